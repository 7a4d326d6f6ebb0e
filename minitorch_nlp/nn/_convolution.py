"""Convolutions with torch's signatures, and `unfold` and `fold`; the formulas are in `minitorch_nlp.functional`."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ..functional.arrangement import pad
from ..functional.convolution import conv_transpose, convolution
from ..functional.folding import add_windows, sliding_windows, window_count
from ._sizes import check_dims, each_dim, require_tensor

__all__ = ["conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "fold", "unfold"]


def same_padding(n: int, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> list[tuple[int, int]]:
    """(before, after) for each dimension so that the output is as large as the input; an odd one goes behind."""
    if any(s != 1 for s in stride):
        raise RuntimeError(f"conv{n}d: padding='same' is not supported for strided convolutions, stride is {stride}; give it as a number")
    totals = [d * (k - 1) for k, d in zip(kernel, dilation)]
    if any(t % 2 for t in totals):
        warnings.warn("padding='same' with an even kernel and an odd dilation pads a copy of the input first.", stacklevel=4)
    return [(t // 2, t - t // 2) for t in totals]


def resolve_padding(
    n: int, input: Any, weight: Any, stride: tuple[int, ...], padding: Any, dilation: tuple[int, ...]
) -> tuple[Any, tuple[int, ...]]:
    """(input, padding) with the words 'same' and 'valid' made numbers; what cannot be the same on both sides is put around `input`."""
    if not isinstance(padding, str):
        return input, each_dim(f"conv{n}d", "padding", padding, n)
    if padding == "valid":
        return input, (0,) * n
    if padding != "same":
        raise RuntimeError(f"conv{n}d: padding is a number for each dimension, 'same' or 'valid', not {padding!r}")
    pairs = same_padding(n, tuple(weight.shape[2:]), stride, dilation)
    if any(a != b for a, b in pairs):
        input = pad(input, pad=tuple(k for a, b in reversed(pairs) for k in (0, b - a)))
    return input, tuple(a for a, _ in pairs)


def convolve(n: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """What conv1d, conv2d and conv3d share; an input without batch is taken as a batch of one."""
    name = f"conv{n}d"
    check_dims(name, input, n, batch_only=False)
    require_tensor(name, "weight", weight)
    strides, dilations = each_dim(name, "stride", stride, n), each_dim(name, "dilation", dilation, n)
    if input.ndim == n + 1:
        return convolve(n, input.unsqueeze(0), weight, bias, stride, padding, dilation, groups).squeeze(0)
    input, paddings = resolve_padding(n, input, weight, strides, padding, dilations)
    return convolution(input, weight, bias, stride=strides, padding=paddings, dilation=dilations, groups=groups)


def conv1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    """y[n, o, t] = b[o] + sum over c, j of w[o, c, j] x[n, c, t stride + j dilation - padding]

    Args:
        input: (N, C, L), or (C, L).
        weight: (O, C / groups, K).
        bias: (O), or None.
        stride: how far a window lies from the one before.
        padding: how many zeros are put at both ends; 'valid' is 0, 'same' keeps the length L.
        dilation: how far the places of one window lie apart.
        groups: into how many parts the channels are cut; each output channel sees those of its part.

    Returns (N, O, T) with T = floor((L + 2 padding - dilation (K - 1) - 1) / stride) + 1.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.conv1d(torch.tensor([[[1.0, 2.0, 4.0]]]), torch.tensor([[[1.0, 10.0]]]))
    tensor([[[21., 42.]]])
    """
    return convolve(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    """`conv1d` over two dimensions: (N, C, H, W), (O, C / groups, K1, K2), (O)? -> (N, O, H', W')."""
    return convolve(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> Any:
    """`conv1d` over three dimensions: (N, C, D, H, W), (O, C / groups, K1, K2, K3), (O)? -> (N, O, D', H', W')."""
    return convolve(3, input, weight, bias, stride, padding, dilation, groups)


def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """`conv1d` with time in front: (T, N, C), (K, C, O), (O) -> (T', N, O)."""
    if getattr(input, "ndim", 3) != 3 or getattr(weight, "ndim", 3) != 3:
        raise RuntimeError(f"conv_tbc: input must be (T, N, C) and weight (K, C, O); they are {list(input.shape)} and {list(weight.shape)}")
    return conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad).permute(2, 0, 1)


def transposed(
    n: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any, groups: int, dilation: Any
) -> Any:
    """What the conv_transpose functions share."""
    name = f"conv_transpose{n}d"
    check_dims(name, input, n, batch_only=False)
    require_tensor(name, "weight", weight)
    given = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    options = {key: each_dim(name, key, value, n) for key, value in given.items()}
    if input.ndim == n + 1:
        return transposed(n, input.unsqueeze(0), weight, bias, stride, padding, output_padding, groups, dilation).squeeze(0)
    if any(o >= max(s, d) for o, s, d in zip(options["output_padding"], options["stride"], options["dilation"])):
        raise RuntimeError(
            f"{name}: output_padding must be smaller than stride or dilation in each dimension, "
            f"got {options['output_padding']} with stride {options['stride']} and dilation {options['dilation']}"
        )
    return conv_transpose(input, weight, bias, **options, groups=groups)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """y[n, c, i] = b[c] + sum of w[o, c, j] x[n, o, t] over all o, j, t with t stride + j dilation - padding = i

    The gradient of `conv1d` by its input: it puts a scaled copy of the kernel where conv1d would have read.

    Args:
        input: (N, O, T), or (O, T).
        weight: (O, C / groups, K).
        bias: (C), or None.
        output_padding: by how much the output is longer; several lengths give the same T, this chooses one of them.

    Returns (N, C, L) with L = (T - 1) stride - 2 padding + dilation (K - 1) + 1 + output_padding.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.conv_transpose1d(torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[1.0, 10.0]]]))
    tensor([[[ 1., 12., 20.]]])
    """
    return transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """`conv_transpose1d` over two dimensions: (N, O, H', W'), (O, C / groups, K1, K2), (C)? -> (N, C, H, W)."""
    return transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """`conv_transpose1d` over three dimensions: (N, O, D', H', W'), (O, C / groups, K1, K2, K3), (C)? -> (N, C, D, H, W)."""
    return transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


# ---- windows as columns -------------------------------------------------------------------------------------------------------------


def window_options(name: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[tuple[int, ...], dict[str, Any]]:
    """(kernel, the others) as pairs of ints, checked."""
    kernel = each_dim(name, "kernel_size", kernel_size, 2)
    options = {
        "stride": each_dim(name, "stride", stride, 2),
        "padding": each_dim(name, "padding", padding, 2),
        "dilation": each_dim(name, "dilation", dilation, 2),
    }
    for key, low, sizes in (("kernel_size", 1, kernel), *zip(options, (1, 0, 1), options.values())):
        if min(sizes) < low:
            raise RuntimeError(f"{name}: {key} must be at least {low}, got {sizes}")
    return kernel, options


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The windows of images as columns: (N, C, H, W) -> (N, C K1 K2, number of windows); without batch likewise.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.unfold(torch.arange(6.0).view(1, 1, 2, 3), (2, 2))
    tensor([[[0., 1.],
             [1., 2.],
             [3., 4.],
             [4., 5.]]])
    """
    require_tensor("unfold", "input", input)
    if input.ndim < 3:
        raise IndexError(f"unfold: input must be (C, H, W) or (N, C, H, W); it has the shape {list(input.shape)}")
    check_dims("unfold", input, 2)
    if not input.is_floating_point() and input.array.dtype.kind != "b":
        raise NotImplementedError(f"unfold: not implemented for {input.dtype}; convert the input with .float()")
    kernel, options = window_options("unfold", kernel_size, dilation, padding, stride)
    count = window_count(input.shape[-2:], kernel, **options)
    if min(count) < 1:
        raise RuntimeError(f"unfold: no window of size {kernel} fits into input, shape {list(input.shape)}, with {options}")
    columns = sliding_windows(input, kernel=kernel, count=count, **options)
    return columns.reshape((*input.shape[:-3], input.shape[-3] * math.prod(kernel), math.prod(count)))


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Columns put back as windows, overlapping ones added: (N, C K1 K2, number of windows) -> (N, C, H, W), (H, W) the `output_size`.

    The transpose of `unfold`; without batch likewise.
    """
    require_tensor("fold", "input", input)
    size = each_dim("fold", "output_size", output_size, 2)
    kernel, options = window_options("fold", kernel_size, dilation, padding, stride)
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            f"fold: input must be (C K1 K2, windows) or (N, C K1 K2, windows), not empty; it has the shape {list(input.shape)}"
        )
    if input.shape[-2] % math.prod(kernel):
        raise RuntimeError(
            f"fold: dimension {input.ndim - 2} of input must be a multiple of {kernel[0]} * {kernel[1]}, it is {input.shape[-2]}"
        )
    count = window_count(size, kernel, **options)
    if min(count) < 1 or math.prod(count) != input.shape[-1]:
        raise RuntimeError(
            f"fold: an output of size {size} has {count[0]} x {count[1]} windows with kernel_size={kernel}, {options}; "
            f"input of shape {list(input.shape)} has {input.shape[-1]}"
        )
    if not input.is_floating_point() and input.array.dtype.kind != "b":
        raise NotImplementedError(f"fold: not implemented for {input.dtype}; convert the input with .float()")
    columns = input.reshape((*input.shape[:-2], input.shape[-2] // math.prod(kernel), *kernel, *count))
    return add_windows(columns, size=size, **options)
