"""Activations and dropout: one pass, where NumPy makes one for every operation."""

import math

import numpy as np

from .compiling import KERNEL, compiled
from .formulas import erf, exp, sigmoid, tanh
from .threads import divided

SQRT_HALF = np.float32(math.sqrt(0.5))
NORMAL_PEAK = np.float32(1 / math.sqrt(2 * math.pi))
GELU_SLOPE, GELU_CUBE = np.float32(math.sqrt(2 / math.pi)), np.float32(math.sqrt(2 / math.pi) * 0.044715)
ZERO, HALF, ONE, TWO, THREE = (np.float32(n) for n in (0, 0.5, 1, 2, 3))


def flat(*arrays):
    return (a.reshape(-1) for a in arrays)


@divided(2, 1_000_000)
@compiled
def relu_each(x, y):
    for i in range(x.size):
        y[i] = ZERO if x[i] <= ZERO else x[i]  # a nan stays


def relu_forward(x):
    y = np.empty_like(x)
    relu_each(*flat(x, y))
    return y, (y,)


@divided(3, 1_000_000)
@compiled
def relu_each_backward(dy, y, dx):
    for i in range(y.size):
        dx[i] = ZERO if y[i] == ZERO else dy[i]


def relu_backward(dy, saved):
    (y,) = saved
    dx = np.empty_like(y)
    relu_each_backward(*flat(dy, y, dx))
    return (dx,)


@divided(2, 65_536)
@compiled
def tanh_each(x, y):
    for i in range(x.size):
        y[i] = tanh(x[i])


def tanh_forward(x):
    y = np.empty_like(x)
    tanh_each(*flat(x, y))
    return y, (y,)


@divided(3, 1_000_000)
@compiled
def tanh_each_backward(dy, y, dx):
    for i in range(y.size):
        dx[i] = dy[i] * (ONE - y[i] * y[i])


def tanh_backward(dy, saved):
    (y,) = saved
    dx = np.empty_like(y)
    tanh_each_backward(*flat(dy, y, dx))
    return (dx,)


@divided(2, 65_536)
@compiled
def sigmoid_each(x, y):
    for i in range(x.size):
        y[i] = sigmoid(x[i])


def sigmoid_forward(x):
    y = np.empty_like(x)
    sigmoid_each(*flat(x, y))
    return y, (y,)


@divided(3, 1_000_000)
@compiled
def sigmoid_each_backward(dy, y, dx):
    for i in range(y.size):
        dx[i] = dy[i] * (y[i] * (ONE - y[i]))


def sigmoid_backward(dy, saved):
    (y,) = saved
    dx = np.empty_like(y)
    sigmoid_each_backward(*flat(dy, y, dx))
    return (dx,)


@divided(3, 65_536)
@compiled
def silu_each(x, y, s):
    for i in range(x.size):
        s[i] = sigmoid(x[i])
        y[i] = x[i] * s[i]


def silu_forward(x):
    y, s = np.empty_like(x), np.empty_like(x)
    silu_each(*flat(x, y, s))
    return y, (x, s)


@divided(4, 1_000_000)
@compiled
def silu_each_backward(dy, x, s, dx):
    for i in range(x.size):
        dx[i] = dy[i] * (s[i] * (ONE + x[i] * (ONE - s[i])))


def silu_backward(dy, saved):
    x, s = saved
    dx = np.empty_like(x)
    silu_each_backward(*flat(dy, x, s, dx))
    return (dx,)


@divided(3, 65_536)
@compiled
def gelu_none(x, y, f):
    for i in range(x.size):
        f[i] = HALF * (ONE + erf(x[i] * SQRT_HALF))
        y[i] = x[i] * f[i]


@divided(3, 65_536)
@compiled
def gelu_tanh(x, y, f):
    for i in range(x.size):
        f[i] = HALF * (ONE + tanh(x[i] * (GELU_SLOPE + GELU_CUBE * (x[i] * x[i]))))
        y[i] = x[i] * f[i]


def gelu_forward(x, *, approximate="none"):
    y, f = np.empty_like(x), np.empty_like(x)
    (gelu_none if approximate == "none" else gelu_tanh)(*flat(x, y, f))
    return y, (x, f, approximate)


@divided(4, 65_536)
@compiled
def gelu_none_backward(dy, x, f, dx):
    for i in range(x.size):
        dx[i] = dy[i] * (f[i] + x[i] * (exp(x[i] * x[i] * -HALF) * NORMAL_PEAK))


@divided(4, 1_000_000)
@compiled
def gelu_tanh_backward(dy, x, f, dx):
    for i in range(x.size):
        df = (f[i] - f[i] * f[i]) * TWO * (GELU_SLOPE + THREE * GELU_CUBE * (x[i] * x[i]))
        dx[i] = dy[i] * (f[i] + x[i] * df)


def gelu_backward(dy, saved):
    x, f, approximate = saved
    dx = np.empty_like(x)
    (gelu_none_backward if approximate == "none" else gelu_tanh_backward)(*flat(dy, x, f, dx))
    return (dx,)


@divided(3, 1_000_000)
@compiled
def dropped(x, mask, y, scale):
    for i in range(x.size):
        y[i] = x[i] * (scale if mask[i] else ZERO)


def dropout_with_mask_forward(x, mask, *, p):
    y, scale = np.empty_like(x), np.float32(1 / (1 - p) if p < 1 else 0)
    dropped(*flat(x, mask, y), scale)
    return y, (KERNEL, mask, scale)


def dropout_with_mask_backward(dy, saved):
    _, mask, scale = saved
    dy = np.ascontiguousarray(dy)
    dx = np.empty_like(dy)
    dropped(*flat(dy, mask, dx), scale)
    return dx, None
