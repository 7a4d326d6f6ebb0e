"""Normalization over rows: every statistic and the result while a row is in the nearest cache."""

import math

import numpy as np

from .compiling import compiled
from .formulas import row_dot, row_sum
from .threads import divided

BLOCK = 16  # rows whose sum is added up before it joins the others


def folded(normalized_shape, *arrays):
    """Arrays (..., *normalized_shape) as rows (m, d)."""
    d = math.prod(normalized_shape)
    return (a.reshape(-1, d) for a in arrays)


def flat(parameter, default, x, normalized_shape):
    """A weight or bias as (d,); where there is none, what changes nothing."""
    if parameter is None:
        return np.full_like(x, default, shape=math.prod(normalized_shape))
    return parameter.reshape(-1)


@divided(4, 262_144)
@compiled
def layer_norm_rows(x, y, xhat, r, w, b, eps):
    rows, d = x.shape
    for i in range(rows):
        mean = np.float32(row_sum(x[i]) / d)
        for j in range(d):
            y[i, j] = x[i, j] - mean
        scale = np.float32(1 / math.sqrt(row_dot(y[i], y[i]) / d + eps))
        r[i] = scale
        for j in range(d):
            normalized = y[i, j] * scale
            xhat[i, j] = normalized
            y[i, j] = normalized * w[j] + b[j]


def layer_norm_forward(x, weight=None, bias=None, *, normalized_shape, eps=1e-5):
    y, xhat = np.empty_like(x), np.empty_like(x)
    rows, y_rows, xhat_rows = folded(normalized_shape, x, y, xhat)
    r = np.empty_like(x, shape=len(rows))
    w, b = flat(weight, 1, x, normalized_shape), flat(bias, 0, x, normalized_shape)
    layer_norm_rows(rows, y_rows, xhat_rows, r, w, b, eps)
    return y, (xhat_rows, r, None if weight is None else w, x.shape, tuple(normalized_shape), bias is not None)


@divided(4, 262_144)
@compiled
def layer_norm_rows_backward(dy, xhat, r, dx, w):
    rows, d = xhat.shape
    for i in range(rows):
        for j in range(d):
            dx[i, j] = dy[i, j] * w[j]
        mean, slope, scale = np.float32(row_sum(dx[i]) / d), np.float32(row_dot(dx[i], xhat[i]) / d), r[i]
        for j in range(d):
            dx[i, j] = (dx[i, j] - xhat[i, j] * slope - mean) * scale


def layer_norm_backward(dy, saved, needs=(True, True, True)):
    xhat, r, w, shape, normalized_shape, has_bias = saved
    dy = dy.reshape(xhat.shape)
    dx = None
    if needs[0]:
        dx = np.empty_like(xhat)
        layer_norm_rows_backward(dy, xhat, r, dx, flat(w, 1, xhat, normalized_shape))
        dx = dx.reshape(shape)
    wanted = w is not None and needs[1], has_bias and needs[2]
    return dx, *(s if s is None else s.reshape(normalized_shape) for s in parameter_gradients(dy, xhat, wanted))


@compiled
def column_sums(dy, xhat, dw, db):
    """dw = sum of dy xhat over the rows, db = sum of dy: some rows at a time."""
    rows, d = xhat.shape
    part_w, part_b = np.empty_like(dw), np.empty_like(db)
    dw[:] = 0
    db[:] = 0
    for start in range(0, rows, BLOCK):
        part_w[:] = 0
        part_b[:] = 0
        for i in range(start, min(start + BLOCK, rows)):
            for j in range(d):
                part_w[j] += dy[i, j] * xhat[i, j]
                part_b[j] += dy[i, j]
        for j in range(d):
            dw[j] += part_w[j]
            db[j] += part_b[j]


def parameter_gradients(dy, xhat, wanted):
    """The gradients (d,) of weight and bias, None for one that nobody wants."""
    if not any(wanted):
        return None, None
    dw, db = np.empty_like(xhat, shape=xhat.shape[1]), np.empty_like(xhat, shape=xhat.shape[1])
    column_sums(dy, xhat, dw, db)
    return dw if wanted[0] else None, db if wanted[1] else None


@divided(4, 262_144)
@compiled
def rms_norm_rows(x, y, xhat, r, w, eps):
    rows, d = x.shape
    for i in range(rows):
        scale = np.float32(1 / math.sqrt(row_dot(x[i], x[i]) / d + eps))
        r[i] = scale
        for j in range(d):
            normalized = x[i, j] * scale
            xhat[i, j] = normalized
            y[i, j] = normalized * w[j]


def rms_norm_forward(x, weight=None, *, normalized_shape, eps=None):
    y, xhat = np.empty_like(x), np.empty_like(x)
    rows, y_rows, xhat_rows = folded(normalized_shape, x, y, xhat)
    r, w = np.empty_like(x, shape=len(rows)), flat(weight, 1, x, normalized_shape)
    rms_norm_rows(rows, y_rows, xhat_rows, r, w, float(np.finfo(x.dtype).eps) if eps is None else eps)
    return y, (xhat_rows, r, None if weight is None else w, x.shape, tuple(normalized_shape))


@divided(4, 262_144)
@compiled
def rms_norm_rows_backward(dy, xhat, r, dx, w):
    rows, d = xhat.shape
    for i in range(rows):
        for j in range(d):
            dx[i, j] = dy[i, j] * w[j]
        slope, scale = np.float32(row_dot(dx[i], xhat[i]) / d), r[i]
        for j in range(d):
            dx[i, j] = (dx[i, j] - xhat[i, j] * slope) * scale


def rms_norm_backward(dy, saved, needs=(True, True)):
    xhat, r, w, shape, normalized_shape = saved
    dy = dy.reshape(xhat.shape)
    dx = None
    if needs[0]:
        dx = np.empty_like(xhat)
        rms_norm_rows_backward(dy, xhat, r, dx, flat(w, 1, xhat, normalized_shape))
        dx = dx.reshape(shape)
    dw = parameter_gradients(dy, xhat, (w is not None and needs[1], False))[0]
    return dx, dw if dw is None else dw.reshape(normalized_shape)
