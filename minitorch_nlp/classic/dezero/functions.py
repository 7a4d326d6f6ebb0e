"""DeZero's functions, under its names and with its defaults. They take Variables or arrays and give Variables.

The formulas and their gradients are those of `minitorch_nlp.functional`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import functional as ops
from . import cuda
from ._tape import alike, floating
from .core import Config, Max, Min, Variable, add, as_array, as_variable, div, mul, neg, pow, rdiv, rsub, sub
from .functions_conv import average_pooling, col2im, conv2d, conv2d_simple, deconv2d, im2col, pooling, pooling_simple

__all__ = [
    "Max", "Min", "accuracy", "add", "average", "average_pooling", "batch_norm", "batch_nrom", "binary_cross_entropy", "broadcast_to", "clip",
    "col2im", "conv2d", "conv2d_simple", "cos", "deconv2d", "div", "dropout", "embed_id", "exp", "expand_dims", "flatten", "get_item",
    "im2col", "leaky_relu", "linear", "linear_simple", "log", "log_softmax", "matmul", "max", "mean", "mean_squared_error",
    "mean_squared_error_simple", "min", "mul", "neg", "pooling", "pooling_simple", "pow", "rdiv", "relu", "reshape", "rsub", "sigmoid",
    "sigmoid_cross_entropy", "sigmoid_simple", "sin", "softmax", "softmax_cross_entropy", "softmax_cross_entropy_simple", "softmax_simple",
    "sub", "sum", "sum_to", "tanh", "transpose",
]  # fmt: skip

# ---- elementwise -------------------------------------------------------------------------------------------------------------------


def sin(x: Any) -> Variable:
    """sin x."""
    return ops.sin(as_variable(x))


def cos(x: Any) -> Variable:
    """cos x."""
    return ops.cos(as_variable(x))


def tanh(x: Any) -> Variable:
    """tanh x."""
    return ops.tanh(as_variable(x))


def exp(x: Any) -> Variable:
    """e^x."""
    return ops.exp(as_variable(x))


def log(x: Any) -> Variable:
    """ln x; -inf at 0, nan below."""
    return ops.log(as_variable(x))


def clip(x: Any, x_min: float, x_max: float) -> Variable:
    """x, but at least `x_min` and at most `x_max`; the gradient passes in between and at the bounds."""
    return ops.clamp(as_variable(x), x_min, x_max)


# ---- shape -------------------------------------------------------------------------------------------------------------------------


def reshape(x: Any, shape: tuple[int, ...]) -> Variable:
    """The same elements in another shape."""
    return as_variable(x).reshape(shape)


def transpose(x: Any, axes: Any = None) -> Variable:
    """The axes in the order given, or reversed."""
    return as_variable(x).transpose(axes)


def get_item(x: Any, slices: Any) -> Variable:
    """``x[slices]``; where an element is read twice, its gradients are added."""
    return as_variable(x)[slices]


def expand_dims(x: Any, axis: int) -> Variable:
    """One more axis of size 1, at place `axis` of the result."""
    return ops.unsqueeze(as_variable(x), dim=axis)


def flatten(x: Any) -> Variable:
    """(N, ...) as (N, D)."""
    return reshape(x, (len(x), -1))


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """The sum of all elements, or along an axis or several."""
    return as_variable(x).sum(axis, keepdims)


def sum_to(x: Any, shape: tuple[int, ...]) -> Variable:
    """The sum along those axes where `shape` has size 1 or none: what undoes a broadcast."""
    return ops.unbroadcast(as_variable(x), tuple(shape))


def broadcast_to(x: Any, shape: tuple[int, ...]) -> Variable:
    """x repeated along axes of size 1 and new leading ones."""
    x = as_variable(x)
    return x if x.shape == tuple(shape) else ops.expand(x, shape=tuple(shape))


def average(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """The average of all elements, or along an axis or several."""
    return as_variable(x).mean(axis, keepdims)


mean = average


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """The largest element, or those along an axis. Each of several equal ones gets the whole gradient."""
    return as_variable(x).max(axis, keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Variable:
    """The smallest element, or those along an axis. Each of several equal ones gets the whole gradient."""
    return as_variable(x).min(axis, keepdims)


# ---- layers ------------------------------------------------------------------------------------------------------------------------


def matmul(x: Any, W: Any) -> Variable:
    """The matrix product x W."""
    return as_variable(x).dot(W)


def linear(x: Any, W: Any, b: Any = None) -> Variable:
    """x W + b: (N, I), (I, O), (O) -> (N, O)."""
    y = matmul(x, W)
    return y if b is None else y + b


linear_simple = linear


def sigmoid(x: Any) -> Variable:
    """1 / (1 + e^-x), without overflow."""
    return ops.sigmoid(as_variable(x))


def sigmoid_simple(x: Any) -> Variable:
    """1 / (1 + e^-x), written so."""
    return 1 / (1 + exp(-as_variable(x)))


def relu(x: Any) -> Variable:
    """max(x, 0)."""
    return ops.relu(as_variable(x))


def leaky_relu(x: Any, slope: float = 0.2) -> Variable:
    """x where x > 0, else slope x."""
    return ops.leaky_relu(floating(as_variable(x)), negative_slope=slope)


def softmax(x: Any, axis: int = 1) -> Variable:
    """e^x / sum e^x along `axis`, without overflow."""
    return ops.softmax(floating(as_variable(x)), dim=axis)


def softmax_simple(x: Any, axis: int = 1) -> Variable:
    """e^x / sum e^x along `axis`, written so."""
    y = exp(x)
    return y / y.sum(axis, keepdims=True)


def log_softmax(x: Any, axis: int = 1) -> Variable:
    """x - ln sum e^x along `axis`, without overflow."""
    return ops.log_softmax(floating(as_variable(x)), dim=axis)


def embed_id(x: Any, W: Any) -> Variable:
    """The rows of W at the numbers x."""
    return as_variable(W)[x]


def dropout(x: Any, dropout_ratio: float = 0.5) -> Variable:
    """While training, x with each element 0 with that probability and the others scaled up; x itself in `test_mode`.

    Draws from ``np.random``: `np.random.seed` makes it repeatable.
    """
    x = as_variable(x)
    if not Config.train:
        return x
    mask = cuda.get_array_module(x).random.rand(*x.shape) > dropout_ratio
    return x * mask / (1.0 - dropout_ratio)


def batch_norm(x: Any, gamma: Any, beta: Any, mean: Any, var: Any, decay: float = 0.9, eps: float = 2e-5) -> Variable:
    """gamma (x - m) / sqrt(v + eps) + beta for each channel: (N, C) or (N, C, H, W); gamma, beta, mean, var (C).

    While training, m and v are those of x, and the arrays `mean` and `var` become ``decay * mean + (1 - decay) * m`` (with the unbiased v).
    In `test_mode`, m and v are `mean` and `var`.
    """
    x, gamma, beta = alike(as_variable(x), as_variable(gamma), as_variable(beta), to_float=True)
    if not Config.train:
        return ops.batch_norm_with_moments(x, mean.astype(x.dtype), var.astype(x.dtype), gamma, beta, eps=eps)
    y, m, v = ops.batch_norm(x, gamma, beta, eps=eps)
    count = x.size // gamma.size
    for moving, now in ((mean, m.data), (var, v.data * (count / np.maximum(count - 1, 1)))):
        moving *= decay
        moving += (1 - decay) * now
    return y


batch_nrom = batch_norm  # as DeZero spells it


# ---- losses ------------------------------------------------------------------------------------------------------------------------


def mean_squared_error(x0: Any, x1: Any) -> Variable:
    """sum (x0 - x1)^2 / N, where N is the size of the first axis only."""
    diff = as_variable(x0) - x1
    return (diff**2).sum() / len(diff)


mean_squared_error_simple = mean_squared_error


def labels(t: Any) -> Any:
    """Class numbers as an array."""
    return t.data if isinstance(t, Variable) else t


def softmax_cross_entropy(x: Any, t: Any) -> Variable:
    """-1/N sum_n log_softmax(x_n)[t_n]: scores (N, C), class numbers (N)."""
    return ops.cross_entropy(floating(as_variable(x)), labels(t).ravel().astype(np.int64))


def softmax_cross_entropy_simple(x: Any, t: Any) -> Variable:
    """-1/N sum_n ln p_n[t_n] with p = softmax(x), kept above 1e-15."""
    n = len(x)
    log_p = log(clip(softmax(x), 1e-15, 1.0))
    return -log_p[np.arange(n), labels(t).ravel()].sum() / n


def binary_cross_entropy(p: Any, t: Any) -> Variable:
    """-1/N sum t ln p + (1 - t) ln(1 - p), with p kept within 1e-15 and 0.999."""
    p, t = as_variable(p), labels(t).reshape(p.shape)
    p = clip(p, 1e-15, 0.999)
    return -(t * log(p) + (1 - t) * log(1 - p)).sum() / len(t)


def sigmoid_cross_entropy(x: Any, t: Any) -> Variable:
    """-1/N sum t ln p + (1 - t) ln(1 - p) with p = sigmoid(x), kept within 1e-15 and 1."""
    x, t = as_variable(x), labels(t).reshape(x.shape)
    p = clip(sigmoid(x), 1e-15, 1.0)
    return -(t * log(p) + (1 - t) * log(1 - p)).sum() / len(t)


def accuracy(y: Any, t: Any) -> Variable:
    """The share of rows of `y` (N, C) whose largest element is at t (N); has no gradient."""
    y, t = as_variable(y), labels(t)
    return Variable(as_array((y.data.argmax(axis=1).reshape(t.shape) == t).mean()))
