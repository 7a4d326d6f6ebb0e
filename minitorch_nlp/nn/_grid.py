"""Reading an image at any places: `grid_sample`, and the places of an affine map, `affine_grid`. Composites of recorded operations."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

from ..functional.arithmetic import where
from ..functional.indexing import gather
from ..functional.interpolation import cubic_weights
from ..functional.movement import stack
from ..tensor.creation import ones, zeros
from ..tensor.dtypes import int64
from ..tensor.sequences import linspace
from ._sizes import require_tensor

__all__ = ["affine_grid", "grid_sample"]

Padding = Callable[[Any, int], Any]


def unnormalized(g: Any, size: int, align_corners: bool) -> Any:
    """From [-1, 1] to places: -1 and 1 are the centers of the first and last place, or else their outer edges."""
    return (g + 1) * ((size - 1) / 2) if align_corners else ((g + 1) * size - 1) / 2


def clipped(x: Any, size: int) -> Any:
    """x, inside of [0, size - 1]; at the ends and beyond it has no gradient."""
    return where((x > 0) & (x < size - 1), x, x.detach().clamp(0, size - 1))


def reflected(x: Any, low: float, high: float) -> Any:
    """x mirrored at `low` and `high` until it is between them."""
    if high <= low:
        return x * 0
    x, span = x - low, high - low
    x = where(x < 0, -x, x)
    flips = (x.detach() / span).floor()
    inside = x - flips * span
    return where(flips % 2 == 0, inside, span - inside) + low


def padding_rule(padding_mode: str, align_corners: bool) -> Padding:
    """What brings places outside of the image into it."""
    if padding_mode == "zeros":
        return lambda x, size: x
    if padding_mode == "border":
        return clipped
    edge = 0.0 if align_corners else 0.5
    return lambda x, size: clipped(reflected(x, -edge, size - 1 + edge), size)


def taps(x: Any, size: int, mode: str, rule: Padding) -> list[tuple[Any, Any]]:
    """[(place, weight), ...] along one dimension for the fractional places x."""
    if mode == "nearest":
        return [(rule(x.detach(), size).round(), x.sign() * 0 + 1)]  # a weight of 1, and a gradient of 0
    if mode == "bilinear":
        x = rule(x, size)
    low = x.detach().floor()
    f = x - low
    if mode == "bilinear":
        return [(low, 1 - f), (low + 1, f)]
    return [(rule(low + k, size), w) for k, w in zip((-1, 0, 1, 2), cubic_weights(f))]


def check_grid(input: Any, grid: Any, mode: str, padding_mode: str) -> None:
    require_tensor("grid_sample", "input", input)
    require_tensor("grid_sample", "grid", grid)
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(f"grid_sample: mode is 'bilinear', 'nearest' or 'bicubic', not {mode!r}")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(f"grid_sample: padding_mode is 'zeros', 'border' or 'reflection', not {padding_mode!r}")
    if input.dtype != grid.dtype:
        raise RuntimeError(f"grid_sample: input and grid must have the same dtype, they have {input.dtype} and {grid.dtype}")
    if not input.is_floating_point():
        raise NotImplementedError(f"grid_sample: not implemented for {input.dtype}; convert the input with .float()")
    n = input.ndim - 2
    if n not in (2, 3) or grid.ndim != n + 2 or grid.shape[0] != input.shape[0] or grid.shape[-1] != n or (mode == "bicubic" and n == 3):
        raise RuntimeError(
            "grid_sample: input (N, C, H, W), grid (N, H', W', 2) -> (N, C, H', W'), or with three dimensions, not for bicubic"
            f"\n  input is {list(input.shape)}\n  grid  is {list(grid.shape)}"
        )
    if 0 in input.shape[2:]:
        raise RuntimeError(f"grid_sample: there is no place to read from, input has the shape {list(input.shape)}")


def grid_sample(input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None) -> Any:
    """y[n, :, i, j] = x at the place grid[n, i, j] = (horizontal, vertical), from -1 to 1: (N, C, H, W), (N, H', W', 2) -> (N, C, H', W')

    Args:
        mode: how values between places are made: bilinear from two by two, bicubic from four by four, or nearest.
        padding_mode: what is read outside of x: zeros, its border, or x in a reflection.
        align_corners: whether -1 and 1 are the centers of the outer places, or else their outer edges.

    Three dimensions likewise: (N, C, D, H, W), (N, D', H', W', 3). A composite.

    >>> import minitorch_nlp as torch
    >>> image = torch.tensor([[[[0.0, 1.0], [2.0, 3.0]]]])
    >>> torch.nn.functional.grid_sample(image, torch.tensor([[[[0.0, 0.0], [1.0, -1.0]]]]), align_corners=True)
    tensor([[[[1.5000, 1.0000]]]])
    """
    if align_corners is None:
        warnings.warn("grid_sample: align_corners is False unless it is given; it was True in old versions", stacklevel=2)
    check_grid(input, grid, mode, padding_mode)
    places, shape = input.shape[2:], grid.shape[1:-1]
    lead, total = tuple(input.shape[:2]), math.prod(grid.shape[1:-1])
    flat = input.reshape((*lead, math.prod(places)))
    rule = padding_rule(padding_mode, bool(align_corners))
    columns = [grid[..., len(places) - 1 - d].reshape((lead[0], total)) for d in range(len(places))]
    found = [taps(unnormalized(g, m, bool(align_corners)), m, mode, rule) for g, m in zip(columns, places)]
    y = zeros((*lead, total), dtype=input.dtype, device=input.device)
    for corner in product(*found):
        index: Any = zeros(lead[0], total, dtype=int64, device=input.device)
        weight: Any = 1
        inside: Any = True
        for (place, w), m in zip(corner, places):
            place = place.detach()
            inside = (place >= 0) & (place <= m - 1) & inside
            index, weight = index * m + place.clamp(0, m - 1).long(), w * weight
        value = gather(flat, index.unsqueeze(1).expand(*lead, total), dim=2)
        y = y + where(inside.unsqueeze(1), value, 0.0) * weight.unsqueeze(1)
    return y.reshape((*lead, *shape))


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """The places that each place of an image of `size` has in another, by the affine map theta: for `grid_sample`.

    theta (N, 2, 3), size (N, C, H, W) -> (N, H, W, 2); theta (N, 3, 4), size (N, C, D, H, W) -> (N, D, H, W, 3). A composite.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.affine_grid(torch.tensor([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2), align_corners=True)
    tensor([[[[-0.5000,  0.0000],
              [ 1.5000,  0.0000]]]])
    """
    require_tensor("affine_grid", "theta", theta)
    if align_corners is None:
        warnings.warn("affine_grid: align_corners is False unless it is given; it was True in old versions", stacklevel=2)
    if not theta.is_floating_point():
        raise ValueError(f"affine_grid: theta must be floating point, it is {theta.dtype}")
    n = len(size) - 2
    if n not in (2, 3):
        raise NotImplementedError(f"affine_grid: size must be (N, C, H, W) or (N, C, D, H, W), got {tuple(size)}")
    if theta.ndim != 3 or tuple(theta.shape[1:]) != (n, n + 1):
        raise ValueError(f"affine_grid: theta must be (N, {n}, {n + 1}) for a size with {len(size)} elements; it is {list(theta.shape)}")
    if min(size) <= 0:
        raise ValueError(f"affine_grid: the sizes must be positive, got {tuple(size)}")
    options = {"dtype": theta.dtype, "device": theta.device}
    columns = []
    for d in reversed(range(n)):
        m = size[2 + d]
        line = linspace(-1, 1, m, **options) * (1 if align_corners else (m - 1) / m) if m > 1 else zeros(1, **options)
        columns.append(line.reshape((-1,) + (1,) * (n - 1 - d)).expand(*size[2:]))
    base = stack(*columns, ones(*size[2:], **options), dim=-1).reshape((1, math.prod(size[2:]), n + 1))
    grid = base.expand(size[0], -1, -1).bmm(theta.transpose(1, 2))
    return grid.reshape((size[0], *size[2:], n))
