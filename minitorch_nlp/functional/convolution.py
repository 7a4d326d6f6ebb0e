"""Convolution and the two ops that are its derivatives.

One trilinear sum is behind all three. With x (N, C, *L), w (O, C, *K) and g (N, O, *P)

    S(x, w, g) = sum over n, o, c, t, j of  g[n, o, t] w[o, c, j] x[n, c, t stride + j dilation - padding]

`convolution` is dS/dg, `conv_transpose` is dS/dx and `conv_weight` is dS/dw. So the gradients of each are the other two, and derivatives of
any order stay among them. With `groups`, the channels C and O are cut into that many parts, and S is a sum over the parts.
Each is one matrix product with the windows of x as columns.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import refuse_bfloat16
from ._op import Op
from .folding import add_windows_forward, geometry, window_count, window_view
from .matmul import batched

__all__ = ["conv_transpose", "conv_weight", "convolution"]


def fact(name, law, **arrays):
    """The facts of an error: the law and the shapes."""
    rows = [f"  {key:<6} is {tuple(a.shape)} {a.dtype}" for key, a in arrays.items() if a is not None]
    return f"{name}: {law}\n" + "\n".join(rows)


def check(name, law, x, weight, bias, options, groups, transposed):
    """Refuse what cannot be convolved."""
    shown = fact(name, law, x=x, weight=weight, bias=bias)
    if weight.ndim != x.ndim:
        raise RuntimeError(f"{shown}\nweight must have {x.ndim} dimensions, as x has, (out, in, *kernel); it has {weight.ndim}")
    for key, low in (("stride", 1), ("dilation", 1), ("padding", 0), ("output_padding", 0)):
        if any(k < low for k in options.get(key, ())):
            raise RuntimeError(f"{name}: {key} must be at least {low} everywhere, got {tuple(options[key])}")
    if groups < 1:
        raise RuntimeError(f"{name}: groups must be at least 1, got {groups}")
    if transposed:
        channels, outputs = weight.shape[0], weight.shape[1] * groups
    else:
        channels, outputs = weight.shape[1] * groups, weight.shape[0]
    if x.shape[1] != channels:
        raise RuntimeError(f"{shown}\nwith groups={groups} this weight wants an x with {channels} channels (dimension 1), not {x.shape[1]}")
    if weight.shape[0] % groups or weight.shape[0] < groups:
        raise RuntimeError(f"{shown}\nthe first size of weight must be a positive multiple of groups={groups}")
    if bias is not None and tuple(bias.shape) != (outputs,):
        raise RuntimeError(f"{shown}\nbias must be a vector with {outputs} elements, one for each output channel")
    if any(a is not None and a.dtype != x.dtype for a in (weight, bias)):
        raise RuntimeError(f"{shown}\nall must have the same dtype; cast with .to(dtype)")
    refuse_bfloat16(name, x.dtype)
    if x.dtype.kind == "b":
        raise NotImplementedError(f"{name}: not implemented for bool tensors; convert with .int() or .float()")
    if 0 in x.shape[2:] or 0 in weight.shape[2:]:
        raise RuntimeError(f"{shown}\nonly the batch and the channels may have size 0")


def added_bias(y, bias):
    """y + b, one number for each channel; y is ours to write to."""
    if bias is not None:
        y += bias.reshape((-1,) + (1,) * (y.ndim - 2))
    return y


FEW_WINDOWS = 512  # below this many per example, one product for all examples side by side is quicker than one for each


def examples_inside(dims):
    """The order of axes that makes (N, C, *K, *P) to (C, *K, N, *P)."""
    return (1, *range(2, 2 + dims), 0, *range(2 + dims, 2 + 2 * dims))


def convolution_forward(x, weight, bias=None, *, stride, padding, dilation, groups=1):
    """y[n, o, t] = b[o] + sum over c, j of w[o, c, j] x[n, c, t stride + j dilation - padding]

    (N, C, *L), (O, C / groups, *K), (O)? -> (N, O, *P). Places outside of x are 0; output channel o sees the channels of its group.
    """
    law = "x (N, C, *L), weight (O, C/groups, *K), bias (O)? -> (N, O, *P)"
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    check("convolution", law, x, weight, bias, options, groups, transposed=False)
    kernel = weight.shape[2:]
    count = window_count(x.shape[2:], kernel, stride, padding, dilation)
    if min(count) < 1:
        raise RuntimeError(
            f"{fact('convolution', law, x=x, weight=weight)}\nwith padding={tuple(padding)} and dilation={tuple(dilation)} "
            "the kernel does not fit into x; use a smaller one, or more padding"
        )
    n, outputs, rows, windows = x.shape[0], weight.shape[0], math.prod(weight.shape[1:]), math.prod(count)
    columns, flat = window_view(x, kernel, count, stride, padding, dilation), weight.reshape((groups, outputs // groups, rows))
    if windows < FEW_WINDOWS:
        columns = np.transpose(columns, examples_inside(len(kernel))).reshape((groups, rows, n * windows))
        y = np.swapaxes(batched(flat, columns).reshape((outputs, n, *count)), 0, 1).copy()
    else:
        y = batched(flat, columns.reshape((n, groups, rows, windows))).reshape((n, outputs, *count))
    return added_bias(y, bias), (x, weight, stride, padding, dilation, groups)


def convolution_backward(dy, saved, needs=(True, True, True)):
    """dx = conv_transpose(dy, w), dw = conv_weight(x, dy), db[o] = sum over n, t of dy[n, o, t]: S(x, w, dy) derived by x, w and b."""
    x, weight, stride, padding, dilation, groups = saved
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    dx = dw = None
    if needs[0]:
        dx = conv_transpose(dy, weight, output_padding=missing(x.shape, dy.shape, weight.shape, stride, padding, dilation), **options)
    if needs[1]:
        dw = conv_weight(x, dy, kernel=tuple(weight.shape[2:]), **options)
    return dx, dw, sum_of_channel(dy) if needs[2] else None


def covered_size(count, kernel, stride, padding, dilation):
    """L such that exactly P windows fit: (P - 1) stride - 2 padding + dilation (K - 1) + 1."""
    return tuple((c - 1) * s - 2 * p + d * (k - 1) + 1 for c, k, s, p, d in zip(count, kernel, stride, padding, dilation))


def missing(x_shape, y_shape, weight_shape, stride, padding, dilation):
    """The output padding with which conv_transpose gives x's size back."""
    covered = covered_size(y_shape[2:], weight_shape[2:], stride, padding, dilation)
    return tuple(n - c for n, c in zip(x_shape[2:], covered))


def sum_of_channel(dy):
    return np.sum(dy, axis=(0, *range(2, dy.ndim)))


def sample_sizes(draw):
    """(N, groups, channels in and out of a group, L, K, options)."""
    size, kernel, options = geometry(draw)
    return draw.integer(0, 2), draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 2), size, kernel, options


def sample_convolution(draw):
    n, g, c, o, size, kernel, options = sample_sizes(draw)
    bias = draw.choice((None, draw.array((g * o,))))
    return (draw.array((n, g * c, *size)), draw.array((g * o, c, *kernel)), bias), {**options, "groups": g}


def terms(x_shape, count, weight_shape, stride, padding, dilation, groups):
    """The index triples (of x, weight, y) whose products S sums, for all n at once."""
    o_group, n = weight_shape[0] // groups, len(stride)
    for o, c, *i in np.ndindex(*weight_shape[:2], *weight_shape[2:], *count):
        place = [t * s + j * d - p for j, t, s, p, d in zip(i[:n], i[n:], stride, padding, dilation)]
        if all(0 <= k < m for k, m in zip(place, x_shape[2:])):
            yield (slice(None), o // o_group * weight_shape[1] + c, *place), (o, c, *i[:n]), (slice(None), o, *i[n:])


def along_channels(bias, ndim):
    return 0 if bias is None else bias.reshape((-1,) + (1,) * (ndim - 2))


def convolution_reference(x, weight, bias=None, *, stride, padding, dilation, groups):
    count = window_count(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    y = np.zeros((x.shape[0], weight.shape[0], *count)) + along_channels(bias, x.ndim)
    for a, b, c in terms(x.shape, count, weight.shape, stride, padding, dilation, groups):
        y[c] += x[a] * weight[b]
    return y


convolution = Op(
    convolution_forward,
    convolution_backward,
    shapes="(n, c, ...), (o, i, ...), (o)? -> (n, o, ...)",
    sample=sample_convolution,
    reference=convolution_reference,
)


def conv_transpose_forward(x, weight, bias=None, *, stride, padding, output_padding, dilation, groups=1):
    """y[n, c, i] = b[c] + sum of w[o, c, j] x[n, o, t] over all o, j, t with t stride + j dilation - padding = i

    (N, O, *P), (O, C / groups, *K), (C)? -> (N, C, *L) with L = (P - 1) stride - 2 padding + dilation (K - 1) + 1 + output_padding.
    """
    law = "x (N, O, *P), weight (O, C/groups, *K), bias (C)? -> (N, C, *L)"
    options = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": output_padding}
    check("conv_transpose", law, x, weight, bias, options, groups, transposed=True)
    count, kernel = x.shape[2:], weight.shape[2:]
    size = tuple(n + o for n, o in zip(covered_size(count, kernel, stride, padding, dilation), output_padding))
    if min(size) < 1:
        raise RuntimeError(f"{fact('conv_transpose', law, x=x, weight=weight)}\npadding={tuple(padding)} leaves an output of size {size}")
    n, outputs, rows = x.shape[0], weight.shape[0] // groups, math.prod(weight.shape[1:])
    flat, channels, windows = np.swapaxes(weight.reshape((groups, outputs, rows)), 1, 2), groups * weight.shape[1], math.prod(count)
    if windows < FEW_WINDOWS:
        side_by_side = np.swapaxes(x, 0, 1).reshape((groups, outputs, n * windows))
        columns = np.moveaxis(batched(flat, side_by_side).reshape((channels, *kernel, n, *count)), 1 + len(kernel), 1)
    else:
        columns = batched(flat, x.reshape((n, groups, outputs, windows))).reshape((n, channels, *kernel, *count))
    y, _ = add_windows_forward(columns, size=size, stride=stride, padding=padding, dilation=dilation)
    y = np.swapaxes(y, 0, 1).copy() if windows < FEW_WINDOWS else y
    return added_bias(y, bias), (x, weight, stride, padding, dilation, groups)


def conv_transpose_backward(dy, saved, needs=(True, True, True)):
    """dx = convolution(dy, w), dw = conv_weight(dy, x), db[c] = sum over n, i of dy[n, c, i]: S(dy, w, x) derived by x, w and b.

    With an output padding of a stride or more, more windows than P fit into dy; those behind the last stand for no x.
    """
    x, weight, stride, padding, dilation, groups = saved
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    dx = dw = None
    if needs[0]:
        dx = convolution(dy, weight, **options)
        if dx.shape != x.shape:
            dx = dx[tuple(slice(0, n) for n in x.shape)]
    if needs[1]:
        dw = conv_weight(dy, x, kernel=tuple(weight.shape[2:]), **options)
    return dx, dw, sum_of_channel(dy) if needs[2] else None


def sample_conv_transpose(draw):
    n, g, c, o, size, kernel, options = sample_sizes(draw)
    count = window_count(size, kernel, **options)
    extra = tuple(draw.integer(0, 2) if m > 0 else 3 for m in covered_size(count, kernel, **options))
    bias = draw.choice((None, draw.array((g * c,))))
    return (draw.array((n, g * o, *count)), draw.array((g * o, c, *kernel)), bias), {**options, "output_padding": extra, "groups": g}


def conv_transpose_reference(x, weight, bias=None, *, stride, padding, output_padding, dilation, groups):
    size = [n + o for n, o in zip(covered_size(x.shape[2:], weight.shape[2:], stride, padding, dilation), output_padding)]
    y = np.zeros((x.shape[0], groups * weight.shape[1], *size)) + along_channels(bias, x.ndim)
    for a, b, c in terms(y.shape, x.shape[2:], weight.shape, stride, padding, dilation, groups):
        y[a] += weight[b] * x[c]
    return y


conv_transpose = Op(
    conv_transpose_forward,
    conv_transpose_backward,
    shapes="(n, o, ...), (o, i, ...), (c)? -> (n, c, ...)",
    sample=sample_conv_transpose,
    reference=conv_transpose_reference,
    torch_name="Convolution",
)


def conv_weight_forward(x, g, *, kernel, stride, padding, dilation, groups=1):
    """y[o, c, j] = sum over n, t of g[n, o, t] x[n, c, t stride + j dilation - padding]

    (N, C, *L), (N, O, *P) -> (O, C / groups, *K): the gradient of a convolution's weight.
    """
    refuse_bfloat16("conv_weight", x.dtype)
    n, dims, count = x.shape[0], len(kernel), g.shape[2:]
    channels, outputs = x.shape[1] // groups, g.shape[1]
    view = window_view(x, kernel, count, stride, padding, dilation)
    rows = np.transpose(view, examples_inside(dims)).reshape((groups, channels * math.prod(kernel), n * math.prod(count)))
    left = np.swapaxes(g, 0, 1).reshape((groups, outputs // groups, n * math.prod(count)))
    y = batched(left, np.swapaxes(rows, 1, 2)).reshape((outputs, channels, *kernel))
    return y, (x, g, stride, padding, dilation, groups)


def conv_weight_backward(dy, saved, needs=(True, True)):
    """dx = conv_transpose(g, dy), dg = convolution(x, dy): S(x, dy, g) derived by x and g."""
    x, g, stride, padding, dilation, groups = saved
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    dx = dg = None
    if needs[0]:
        dx = conv_transpose(g, dy, output_padding=missing(x.shape, g.shape, dy.shape, stride, padding, dilation), **options)
    if needs[1]:
        dg = convolution(x, dy, **options)
        if dg.shape != g.shape:
            dg = dg[tuple(slice(0, n) for n in g.shape)]
    return dx, dg


def sample_conv_weight(draw):
    n, g, c, o, size, kernel, options = sample_sizes(draw)
    count = window_count(size, kernel, **options)
    return (draw.array((n, g * c, *size)), draw.array((n, g * o, *count))), {"kernel": kernel, **options, "groups": g}


def conv_weight_reference(x, g, *, kernel, stride, padding, dilation, groups):
    y = np.zeros((g.shape[1], x.shape[1] // groups, *kernel))
    for a, b, c in terms(x.shape, g.shape[2:], y.shape, stride, padding, dilation, groups):
        y[b] += np.sum(x[a] * g[c])
    return y


conv_weight = Op(
    conv_weight_forward,
    conv_weight_backward,
    shapes="(n, c, ...), (n, o, ...) -> (o, i, ...)",
    sample=sample_conv_weight,
    reference=conv_weight_reference,
    torch_name="ConvolutionBackward",
)
