"""Derivatives of sampled functions by finite differences."""

from __future__ import annotations

from typing import Any

from ..functional import movement as V
from ..functional._law import wrap_dim
from ..functional._op import Traced
from .base import array_of

__all__ = ["gradient"]


def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Any, ...]:
    """The derivative of a sampled function along each dimension: second-order differences inside, of `edge_order` at the ends.

    Args:
        spacing: the distance between samples: one number, one for each dimension, or for each a 1-d tensor of coordinates.
        dim: the dimension or dimensions wanted; all if None.
        edge_order: 1 or 2.

    >>> import minitorch_nlp as torch
    >>> torch.gradient(torch.tensor([1.0, 4.0, 9.0, 16.0]))
    (tensor([3., 4., 6., 7.]),)
    """
    x = array_of("gradient", input)
    if edge_order not in (1, 2):
        raise RuntimeError(f"gradient: edge_order must be 1 or 2, it is {edge_order}")
    dims = range(x.ndim) if dim is None else [wrap_dim(d, x.ndim) for d in ((dim,) if isinstance(dim, int) else dim)]
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"gradient: a dimension appears several times in dim={dim}")
    if isinstance(spacing, Traced):
        raise RuntimeError("gradient: spacing must be a number, or a list or tuple of numbers or 1-d tensors, not one tensor")
    spacing = 1 if spacing is None else spacing
    steps = [spacing] * len(dims) if isinstance(spacing, (int, float)) else list(spacing)
    if len(steps) != len(dims):
        raise RuntimeError(f"gradient: spacing has {len(steps)} entries for {len(dims)} dimensions")
    for d, step in zip(dims, steps):
        if x.ndim == 0 or x.shape[d] <= edge_order:
            raise RuntimeError(f"gradient: each dimension must have at least edge_order + 1 = {edge_order + 1} elements, x is {x.shape}")
        if isinstance(step, Traced) and step.array.shape != (x.shape[d],):
            raise RuntimeError(f"gradient: the coordinates of dimension {d} must be of shape ({x.shape[d]},), not {step.array.shape}")
    return tuple(slope(input, d, step, edge_order) for d, step in zip(dims, steps))


def slope(x: Any, d: int, step: Any, edge_order: int) -> Any:
    """dx/dt along dimension `d`, from the parabola through three neighbours; with `edge_order` 1 from the line through two at the ends.

    With distances a and b to the left and right neighbour: x' = (a^2 x_right - b^2 x_left + (b^2 - a^2) x) / (a b (a + b)).
    """
    n, tail = x.shape[d], (1,) * (x.ndim - 1 - d)
    widths = None if isinstance(step, (int, float)) else (step[1:] - step[:-1]).reshape((n - 1, *tail))

    def at(start: int, stop: int) -> Any:
        return x[(slice(None),) * d + (slice(start, stop),)]

    def width(start: int, stop: int) -> Any:
        return step if widths is None else widths[start:stop]

    parts = []
    a, b = width(0, 1), width(1, 2) if n > 2 else None
    if edge_order == 1:
        parts.append((at(1, 2) - at(0, 1)) / a)
    else:
        parts.append(parabola(at(0, 1), at(1, 2), at(2, 3), a, b, -a))
    if n > 2:
        parts.append(parabola(at(0, n - 2), at(1, n - 1), at(2, n), width(0, n - 2), width(1, n - 1), 0))
    a, b = width(n - 3, n - 2), width(n - 2, n - 1)
    if edge_order == 1:
        parts.append((at(n - 1, n) - at(n - 2, n - 1)) / b)
    else:
        parts.append(parabola(at(n - 3, n - 2), at(n - 2, n - 1), at(n - 1, n), a, b, b))
    return V.cat(*parts, dim=d)


def parabola(left: Any, middle: Any, right: Any, a: Any, b: Any, t: Any) -> Any:
    """The slope, at the distance t from the middle, of the parabola through three points at -a, 0 and b.

    Of Lagrange's three polynomials the slopes are (2 t - b) / (a (a + b)), (b - a - 2 t) / (a b) and (2 t + a) / (b (a + b)).
    """
    return left * ((2 * t - b) / (a * (a + b))) + middle * ((b - a - 2 * t) / (a * b)) + right * ((2 * t + a) / (b * (a + b)))
