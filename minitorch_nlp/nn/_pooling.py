"""Pools with torch's signatures; the formulas are in `minitorch_nlp.functional`."""

from __future__ import annotations

import math
from typing import Any

from ..functional import averaging as V
from ..functional import pooling as P
from ..functional.activation import relu
from ..functional.folding import window_count
from ..functional.rounding import sign
from ..tensor.results import into
from ._sizes import check_dims, each_dim, require_tensor

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices", "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices", "avg_pool1d",
    "avg_pool2d", "avg_pool3d", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d", "max_pool1d_with_indices", "max_pool2d",
    "max_pool2d_with_indices", "max_pool3d", "max_pool3d_with_indices", "max_unpool1d", "max_unpool2d", "max_unpool3d",
]  # fmt: skip


def check_window(name: str, input: Any, n: int, options: dict[str, tuple[int, ...]], ceil_mode: bool) -> None:
    """Refuse sizes that make no window, a padding of more than half of it, and an output without elements."""
    kernel, dilation = options["kernel_size"], options.get("dilation", (1,) * n)
    for key, low in (("kernel_size", 1), ("stride", 1), ("dilation", 1), ("padding", 0)):
        if min(options.get(key, (1,))) < low:
            raise RuntimeError(f"{name}: {key} must be at least {low}, got {options[key]}")
    if any(p > (d * (k - 1) + 1) // 2 for p, k, d in zip(options["padding"], kernel, dilation)):
        raise RuntimeError(f"{name}: padding must be at most half of the window, got {options['padding']} for kernel_size {kernel}")
    count = window_count(input.shape[-n:], kernel, options["stride"], options["padding"], dilation, ceil_mode)
    if min(count) < 1:
        raise RuntimeError(
            f"{name}: no window of size {kernel} fits into input, shape {list(input.shape)}; the output would have size {count}"
        )


def window(name: str, input: Any, n: int, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool, dilation: Any = None) -> Any:
    """The sizes as tuples, checked; without `stride` the windows lie side by side."""
    given = {"kernel_size": kernel_size, "stride": kernel_size if stride in (None, [], ()) else stride, "padding": padding}
    if dilation is not None:
        given["dilation"] = dilation
    options = {key: each_dim(name, key, value, n) for key, value in given.items()}
    check_dims(name, input, n)
    check_window(name, input, n, options, ceil_mode)
    return options


def largest(n: int, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool, return_indices: bool) -> Any:
    """What the max_pool functions share."""
    name = f"max_pool{n}d"
    options = window(name, input, n, kernel_size, stride, padding, ceil_mode, dilation)
    if input.array.dtype.kind == "b" or (n == 1 and input.array.dtype.kind not in "fV"):
        raise NotImplementedError(f"{name}: not implemented for {input.dtype}; convert the input with .float()")
    return P.max_pool(input, **options, ceil_mode=ceil_mode, return_indices=return_indices)


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """y[..., t] = max over j < kernel_size of x[..., t stride + j dilation - padding], (..., C, L) -> (..., C, T)

    Args:
        kernel_size: how many places a window has.
        stride: how far it lies from the one before; side by side if None.
        padding: how many places are added at both ends; they are never the largest.
        ceil_mode: whether a last window may reach past the end.
        return_indices: whether to return also where each value was found.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 5.0]]), 2)
    tensor([[3., 5.]])
    """
    return largest(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool1d` over two dimensions; indices count in the flattened (H W)."""
    return largest(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool1d` over three dimensions; indices count in the flattened (D H W)."""
    return largest(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool1d_with_indices(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool1d` with ``return_indices=True``."""
    return largest(1, input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool2d_with_indices(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool2d` with ``return_indices=True``."""
    return largest(2, input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool3d_with_indices(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool3d` with ``return_indices=True``."""
    return largest(3, input, kernel_size, stride, padding, dilation, ceil_mode, True)


# ---- max_unpool ---------------------------------------------------------------------------------------------------------------------


def unpooled_size(name: str, input: Any, n: int, options: dict[str, tuple[int, ...]], output_size: Any) -> tuple[int, ...]:
    """The size of what was pooled: `output_size` where given, if it can be; else the smallest."""
    kernel, stride, padding = options["kernel_size"], options["stride"], options["padding"]
    usual = [(m - 1) * s + k - 2 * p for m, k, s, p in zip(input.shape[-n:], kernel, stride, padding)]
    if output_size is None:
        return tuple(usual)
    size = tuple(output_size)[2:] if len(output_size) == n + 2 else tuple(output_size)
    if len(size) != n:
        raise ValueError(f"{name}: output_size must have {n} or {n + 2} elements, got {len(output_size)}")
    for d, (m, u, s) in enumerate(zip(size, usual, stride)):
        if not u - s < m < u + s:
            raise ValueError(f"{name}: invalid output_size {list(output_size)}, dimension {d} must be between {u - s} and {u + s}")
    return size


def unpool(n: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any) -> Any:
    """What the max_unpool functions share."""
    name = f"max_unpool{n}d"
    given = {"kernel_size": kernel_size, "stride": kernel_size if stride in (None, [], ()) else stride, "padding": padding}
    options = {key: each_dim(name, key, value, n) for key, value in given.items()}
    require_tensor(name, "indices", indices)
    check_dims(name, input, n)
    if min(options["stride"]) < 1:
        raise RuntimeError(f"{name}: stride must be at least 1, got {options['stride']}")
    if str(indices.dtype) != "torch.int64":
        raise RuntimeError(f"{name}: indices must be int64, got {indices.dtype}; cast them with .long()")
    if indices.shape != input.shape:
        raise RuntimeError(f"{name}: indices must have the shape of input, {list(input.shape)}, not {list(indices.shape)}")
    return P.max_unpool(input, indices, output_size=unpooled_size(name, input, n, options, output_size))


def max_unpool1d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Any:
    """`max_pool1d` undone: each value back at its index, 0 elsewhere.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.max_unpool1d(torch.tensor([[3.0, 5.0]]), torch.tensor([[1, 3]]), 2)
    tensor([[0., 3., 0., 5.]])
    """
    return unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Any:
    """`max_pool2d` undone: each value back at its index, 0 elsewhere."""
    return unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None) -> Any:
    """`max_pool3d` undone: each value back at its index, 0 elsewhere."""
    return unpool(3, input, indices, kernel_size, stride, padding, output_size)


# ---- means --------------------------------------------------------------------------------------------------------------------------


def mean(
    n: int, input: Any, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool, include: bool, divisor: int | None = None
) -> Any:
    """What the avg_pool functions share."""
    name = f"avg_pool{n}d"
    options = window(name, input, n, kernel_size, stride, padding, ceil_mode)
    if divisor == 0:
        raise RuntimeError(f"{name}: divisor_override must not be 0")
    if input.array.dtype.kind not in "fV" and str(input.dtype) != "torch.int64":
        raise NotImplementedError(f"{name}: not implemented for {input.dtype}; convert the input with .float()")
    return V.avg_pool(input, **options, ceil_mode=ceil_mode, count_include_pad=include, divisor_override=divisor)


def avg_pool1d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True
) -> Any:
    """y[..., t] = mean over j < kernel_size of x[..., t stride + j - padding], (..., C, L) -> (..., C, T)

    The padding counts as zeros, or with ``count_include_pad=False`` not at all.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.avg_pool1d(torch.tensor([[1.0, 3.0, 2.0, 6.0]]), 2)
    tensor([[2., 4.]])
    """
    return mean(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    out: Any = None,
) -> Any:  # fmt: skip
    """`avg_pool1d` over two dimensions; with `divisor_override` the sum divided by that."""
    return into("avg_pool2d", out, mean(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override))


def avg_pool3d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    out: Any = None,
) -> Any:  # fmt: skip
    """`avg_pool1d` over three dimensions; with `divisor_override` the sum divided by that."""
    return into("avg_pool3d", out, mean(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override))


def norms(n: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    """What the lp_pool functions share."""
    powers = mean(n, input.pow(norm_type), kernel_size, stride, 0, ceil_mode, True)
    places = math.prod(each_dim(f"lp_pool{n}d", "kernel_size", kernel_size, n))
    return (sign(powers) * relu(powers.abs())).mul(places).pow(1.0 / norm_type)


def lp_pool1d(input: Any, norm_type: float, kernel_size: int, stride: Any = None, ceil_mode: bool = False) -> Any:
    """y[..., t] = (sum over the window of x^p)^(1/p), p the `norm_type`: a composite of `avg_pool1d`."""
    return norms(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """`lp_pool1d` over two dimensions."""
    return norms(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """`lp_pool1d` over three dimensions."""
    return norms(3, input, norm_type, kernel_size, stride, ceil_mode)


# ---- as many windows as asked for ---------------------------------------------------------------------------------------------------


def wanted_size(name: str, input: Any, n: int, output_size: Any) -> tuple[int, ...]:
    """`output_size` as a tuple; None stands for the input's own size, where there is more than one dimension."""
    given = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * n
    if n > 1 and isinstance(output_size, (tuple, list)) and input.ndim <= len(given):
        raise ValueError(f"{name}: input must have at least {len(given) + 1} dimensions for output_size {given}, it has {input.ndim}")
    check_dims(name, input, n)
    own = input.shape[-n:] if n > 1 else (None,)
    size = each_dim(name, "output_size", tuple(own[d] if k is None and d < n else k for d, k in enumerate(given)), n)
    if min(size) < 0:
        raise RuntimeError(f"{name}: output_size must not be negative, got {size}")
    if input.array.dtype.kind not in "fV":
        raise NotImplementedError(f"{name}: not implemented for {input.dtype}; convert the input with .float()")
    return size


def adaptive_mean(n: int, input: Any, output_size: Any) -> Any:
    """What the adaptive_avg_pool functions share."""
    size = wanted_size(f"adaptive_avg_pool{n}d", input, n, output_size)
    if n > 1 and set(size) == {1}:
        return input.mean(tuple(range(-n, 0)), keepdim=True)
    return V.adaptive_avg_pool(input, output_size=size)


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The means of `output_size` windows that cover the length evenly: window t reads from floor(t L / P) to ceil((t + 1) L / P).

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.adaptive_avg_pool1d(torch.tensor([[1.0, 3.0, 2.0]]), 2)
    tensor([[2.0000, 2.5000]])
    """
    return adaptive_mean(1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """`adaptive_avg_pool1d` over two dimensions; None in `output_size` keeps a size."""
    return adaptive_mean(2, input, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """`adaptive_avg_pool1d` over three dimensions; None in `output_size` keeps a size."""
    return adaptive_mean(3, input, output_size)


def adaptive_largest(n: int, input: Any, output_size: Any, return_indices: bool) -> Any:
    """What the adaptive_max_pool functions share."""
    size = wanted_size(f"adaptive_max_pool{n}d", input, n, output_size)
    return P.adaptive_max_pool(input, output_size=size, return_indices=return_indices)


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """As `adaptive_avg_pool1d`, the largest of each window; with `return_indices` also where it was found."""
    return adaptive_largest(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """As `adaptive_avg_pool2d`, the largest of each window; indices count in the flattened (H W)."""
    return adaptive_largest(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """As `adaptive_avg_pool3d`, the largest of each window; indices count in the flattened (D H W)."""
    return adaptive_largest(3, input, output_size, return_indices)


def adaptive_max_pool1d_with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool1d` with ``return_indices=True``."""
    return adaptive_largest(1, input, output_size, True)


def adaptive_max_pool2d_with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool2d` with ``return_indices=True``."""
    return adaptive_largest(2, input, output_size, True)


def adaptive_max_pool3d_with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool3d` with ``return_indices=True``."""
    return adaptive_largest(3, input, output_size, True)
