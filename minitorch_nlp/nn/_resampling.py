"""Other sizes: interpolation, padding, and channels that become places (or the other way round), with torch's signatures."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ..functional.arrangement import pad as pad_op
from ..functional.interpolation import upsample as upsample_op
from ._pooling import adaptive_mean
from ._sizes import require_tensor

__all__ = [
    "channel_shuffle",
    "constant_pad_nd",
    "interpolate",
    "pixel_shuffle",
    "pixel_unshuffle",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]

DIMS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}  # for how many dimensions a mode is
KERNELS = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}
MODES = ("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area")


def per_dim(key: str, value: Any, input: Any) -> list[Any]:
    """`value` as a list with one number for each of the input's dimensions behind (N, C)."""
    n = input.ndim - 2
    if not isinstance(value, (tuple, list)):
        return [value] * n
    if len(value) != n:
        raise ValueError(
            f"interpolate: {key} must be a number, or one for each of the {n} dimensions behind (N, C) of input, shape {list(input.shape)}; "
            f"got {value}"
        )
    return list(value)


def check_mode(input: Any, mode: str, align_corners: bool | None, antialias: bool) -> None:
    """Refuse modes that are not known, or not for as many dimensions."""
    if mode in ("nearest", "area", "nearest-exact") and align_corners is not None:
        raise ValueError(f"interpolate: align_corners is an option of linear, bilinear, bicubic and trilinear; mode is {mode!r}")
    if antialias:
        if mode not in ("bilinear", "bicubic") or input.ndim != 4:
            raise ValueError("interpolate: antialias=True is for the modes bilinear and bicubic and 4 dimensions only")
        raise NotImplementedError("interpolate: antialias=True is not supported; blur the input first, or use mode='area' to shrink it")
    if mode not in MODES or input.ndim not in (3, 4, 5) or (mode in DIMS and input.ndim != DIMS[mode] + 2):
        raise NotImplementedError(
            f"interpolate: mode {mode!r} is not for an input with {input.ndim} dimensions; linear takes (N, C, L), bilinear and bicubic "
            "(N, C, H, W), trilinear (N, C, D, H, W), and nearest, nearest-exact and area each of them"
        )


def interpolated_size(input: Any, size: Any, scale_factor: Any, recompute: bool | None) -> tuple[tuple[int, ...], tuple[float, ...] | None]:
    """(new sizes, scales to compute with): the scales are given up where `size` is given, or is to be taken as if it was."""
    if size is not None and scale_factor is not None:
        raise ValueError("interpolate: only one of size and scale_factor may be given")
    if size is not None:
        if recompute:
            raise ValueError("interpolate: recompute_scale_factor is not meaningful with an explicit size")
        return tuple(int(k) for k in per_dim("size", size, input)), None
    if scale_factor is None:
        raise ValueError("interpolate: either size or scale_factor must be given")
    scales = [float(s) for s in per_dim("scale_factor", scale_factor, input)]
    return tuple(math.floor(n * s) for n, s in zip(input.shape[2:], scales)), None if recompute else tuple(scales)


def interpolate(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Any:  # fmt: skip
    """The input (N, C, *L) resampled to another size (N, C, *P).

    Args:
        size: P, a number for all dimensions or one for each; or else
        scale_factor: P / L, likewise.
        mode: nearest, nearest-exact, linear, bilinear, bicubic, trilinear (by how many dimensions there are), or area: the mean of what a
            new place covers.
        align_corners: whether the first and last places of both lie on each other, else the edges of these do.
        recompute_scale_factor: whether the scale is taken from the sizes, P being rounded down.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.interpolate(torch.tensor([[[1.0, 2.0]]]), scale_factor=2, mode="linear")
    tensor([[[1.0000, 1.2500, 1.7500, 2.0000]]])
    """
    require_tensor("interpolate", "input", input)
    if input.ndim < 3:
        raise NotImplementedError(f"interpolate: input must be (N, C, *L) with one to three sizes L; it has the shape {list(input.shape)}")
    new, scales = interpolated_size(input, size, scale_factor, recompute_scale_factor)
    check_mode(input, mode, align_corners, antialias)
    if mode == "area":
        return adaptive_mean(input.ndim - 2, input, new)
    if 0 in input.shape[1:] or min(new) < 1:
        raise RuntimeError(
            f"interpolate: only the batch may have size 0; input has the shape {list(input.shape)}, the output size is {new}"
        )
    if input.array.dtype.kind not in "fV" and str(input.dtype) != "torch.uint8":
        raise NotImplementedError(f"interpolate: not implemented for {input.dtype}; convert the input with .float()")
    options = {"align_corners": bool(align_corners)} if mode in DIMS else {}
    return upsample_op(input, size=new, mode=KERNELS.get(mode, mode), scale_factor=scales, **options)


def upsample(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None) -> Any:
    """An old name of `interpolate`."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """An old name of `interpolate`."""
    warnings.warn("`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """An old name of `interpolate` with ``mode="bilinear", align_corners=True``."""
    warnings.warn("`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


# ---- channels and places ------------------------------------------------------------------------------------------------------------


def check_image(name: str, input: Any, key: str, factor: int) -> None:
    require_tensor(name, "input", input)
    if input.ndim < 3:
        raise RuntimeError(f"{name}: input must be (..., C, H, W); it has the shape {list(input.shape)}")
    if factor <= 0:
        raise RuntimeError(f"{name}: {key} must be at least 1, got {factor}")


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """y[c, h r + i, w r + j] = x[c r r + i r + j, h, w], (..., C r r, H, W) -> (..., C, H r, W r): channels become places.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.pixel_shuffle(torch.arange(4.0).view(4, 1, 1), 2)
    tensor([[[0., 1.],
             [2., 3.]]])
    """
    r = upscale_factor
    check_image("pixel_shuffle", input, "upscale_factor", r)
    (*lead, c, h, w) = input.shape
    if c % (r * r):
        raise RuntimeError(f"pixel_shuffle: the channels must be a multiple of {r} * {r}; input has the shape {list(input.shape)}")
    if r == 1:
        return input.clone()
    n = len(lead)
    split = input.reshape((*lead, c // (r * r), r, r, h, w))
    return split.permute(*range(n), n, n + 3, n + 1, n + 4, n + 2).reshape((*lead, c // (r * r), h * r, w * r))


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """`pixel_shuffle` undone: (..., C, H r, W r) -> (..., C r r, H, W)."""
    r = downscale_factor
    check_image("pixel_unshuffle", input, "downscale_factor", r)
    (*lead, c, h, w) = input.shape
    if h % r or w % r:
        raise RuntimeError(f"pixel_unshuffle: height and width must be multiples of {r}; input has the shape {list(input.shape)}")
    if r == 1:
        return input.clone()
    n = len(lead)
    split = input.reshape((*lead, c, h // r, r, w // r, r))
    return split.permute(*range(n), n, n + 2, n + 4, n + 1, n + 3).reshape((*lead, c * r * r, h // r, w // r))


def channel_shuffle(input: Any, groups: int) -> Any:
    """y[:, k g + i] = x[:, i C / g + k], (N, C, *L): the channels dealt out again, one from each of the g groups in turn."""
    require_tensor("channel_shuffle", "input", input)
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle: input must be (N, C, *L); it has the shape {list(input.shape)}")
    if groups <= 0:
        raise RuntimeError(f"channel_shuffle: groups must be at least 1, got {groups}")
    n, c = input.shape[:2]
    if c % groups:
        raise RuntimeError(f"channel_shuffle: the channels must be a multiple of groups={groups}; input has the shape {list(input.shape)}")
    return input.reshape((n, groups, c // groups, *input.shape[2:])).transpose(1, 2).reshape(tuple(input.shape))


native_channel_shuffle = channel_shuffle


def constant_pad_nd(input: Any, pad: Any, value: float = 0) -> Any:
    """The input with `value` put around it, ``(before, after)`` for each dimension from the last: ``nn.functional.pad`` of mode constant."""
    return pad_op(input, pad=tuple(pad), value=value)
