"""Ops along rows: each row is read and written while it is in the nearest cache. Sums are kept in float64."""

import math

import numpy as np

from .compiling import KERNEL, compiled
from .formulas import exp, exponentials, largest, row_dot, row_sum
from .threads import divided


def as_rows(n, *arrays):
    return (a.reshape(-1, n) for a in arrays)


# ---- softmax --------------------------------------------------------------------------------------------------------------------------


@divided(2, 65_536)
@compiled
def softmax_rows(x, y):
    rows, n = x.shape
    for i in range(rows):
        top = largest(x[i])
        scale = np.float32(1 / exponentials(x[i], top, y[i]))
        for j in range(n):
            y[i, j] *= scale


def softmax_forward(x, *, dim=-1, dtype=None):
    y = np.empty_like(x)
    softmax_rows(*as_rows(x.shape[-1], x, y))
    return y, (y, x.ndim - 1)


@divided(3, 262_144)
@compiled
def softmax_rows_backward(dy, y, dx):
    rows, n = y.shape
    for i in range(rows):
        common = np.float32(row_dot(dy[i], y[i]))
        for j in range(n):
            dx[i, j] = y[i, j] * (dy[i, j] - common)


def softmax_backward(dy, saved):
    y, _ = saved
    dx = np.empty_like(y)
    softmax_rows_backward(*as_rows(y.shape[-1], dy, y, dx))
    return (dx,)


@divided(2, 65_536)
@compiled
def log_softmax_rows(x, y):
    rows, n = x.shape
    for i in range(rows):
        top = largest(x[i])
        log_total = np.float32(math.log(exponentials(x[i], top, y[i])))
        for j in range(n):
            y[i, j] = (x[i, j] - top) - log_total


def log_softmax_forward(x, *, dim=-1, dtype=None):
    y = np.empty_like(x)
    log_softmax_rows(*as_rows(x.shape[-1], x, y))
    return y, (y, x.ndim - 1)


@divided(3, 65_536)
@compiled
def log_softmax_rows_backward(dy, y, dx):
    rows, n = y.shape
    for i in range(rows):
        common = np.float32(row_sum(dy[i]))
        for j in range(n):
            dx[i, j] = dy[i, j] - exp(y[i, j]) * common


def log_softmax_backward(dy, saved):
    y, _ = saved
    dx = np.empty_like(y)
    log_softmax_rows_backward(*as_rows(y.shape[-1], dy, y, dx))
    return (dx,)


# ---- cross_entropy: scores (m, C), classes (m,), nothing ignored ----------------------------------------------------------------------


@divided(5, 65_536)
@compiled
def cross_entropy_rows(x, target, e, s, losses):
    for i in range(x.shape[0]):
        top = largest(x[i])
        total = exponentials(x[i], top, e[i])
        s[i] = total
        losses[i] = math.log(total) - (x[i, target[i]] - top)


def cross_entropy_forward(x, target, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    n, classes = x.shape
    e, s, losses = np.empty_like(x), np.empty_like(x, shape=n), np.empty_like(x, shape=n)
    cross_entropy_rows(x, target, e, s, losses)
    places = np.arange(0, n * classes, classes) + target
    y = losses if reduction == "none" else losses.sum() if reduction == "sum" else losses.sum() / n
    return y, (KERNEL, places, e, s, n if reduction == "mean" else 1)


@divided(3, 262_144)
@compiled
def scaled_rows(e, factor, dx):
    rows, n = e.shape
    for i in range(rows):
        for j in range(n):
            dx[i, j] = e[i, j] * factor[i]


def cross_entropy_backward(dy, saved, needs=(True, True, True)):
    _, places, e, s, divisor = saved
    g = dy / divisor
    dx = np.empty_like(e)
    scaled_rows(e, g / s, dx)
    dx.reshape(-1)[places] -= g
    return dx, None, None


# ---- rows of a table --------------------------------------------------------------------------------------------------------------------


@compiled
def add_rows(values, rows, y):
    for k in range(rows.size):
        i = rows[k] + (y.shape[0] if rows[k] < 0 else 0)
        for j in range(values.shape[1]):
            y[i, j] += values[k, j]


def scatter_rows_forward(values, rows, *, n, skip=None):
    y = np.zeros((n, *values.shape[1:]), values.dtype)
    width = values.size // len(rows)
    add_rows(values.reshape(-1, width), rows, y.reshape(n, width))
    if skip is not None:
        y[skip] = 0
    return y, (rows, skip)
