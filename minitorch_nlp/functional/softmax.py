"""Softmax along a dimension, and its logarithm."""

from __future__ import annotations

import math

import numpy as np

from ._axes import in_c_order
from ._checks import require_float
from ._law import wrap_dim
from ._op import Op
from ._reductions import peak

__all__ = ["dot_along", "log_softmax", "softmax"]


def dot_along(a, b, dim):
    """sum_k a_k b_k along `dim`, kept as size 1."""
    if dim == a.ndim - 1:
        return np.einsum("...k,...k->...", a, b)[..., None]  # one pass, no product in between
    return np.sum(a * b, axis=dim, keepdims=True)


def softmax_forward(x, *, dim=-1, dtype=None):
    """y_i = exp(x_i) / sum_k exp(x_k), along `dim`; of `x` cast to `dtype` if given. nan where all x_k are -inf."""
    if dtype is not None:
        x = x.astype(dtype)
    require_float("softmax", x)
    dim = wrap_dim(dim, x.ndim)
    if 0 in x.shape:
        return x + 0, (x, dim)
    with np.errstate(invalid="ignore"):
        e = np.exp(x - peak(x, dim))
        y = in_c_order(e / np.sum(e, axis=dim, keepdims=True))
    return y, (y, dim)


def softmax_backward(dy, saved):
    """dx_i = y_i (dy_i - sum_k dy_k y_k)

    dy_k/dx_i = y_k (1[k = i] - y_i); contract with dy_k over k.
    """
    y, dim = saved
    return (y * (dy - dot_along(dy, y, dim)),)


def sample_along(draw):
    """An array of up to three dimensions and one of them."""
    shape = draw.shape(0, 3)
    return (draw.array(shape),), {"dim": draw.integer(-len(shape), len(shape) - 1) if shape else draw.choice((-1, 0))}


def softmax_reference(x, dim):
    """Row by row in Python floats."""

    def row(values):
        total = math.fsum(math.exp(v) for v in values)
        return np.array([math.exp(v) / total for v in values])

    return np.apply_along_axis(row, dim, x) if x.ndim and x.size else np.ones_like(x)


softmax = Op(softmax_forward, softmax_backward, shapes="(...) -> (...)", sample=sample_along, reference=softmax_reference)


def log_softmax_forward(x, *, dim=-1, dtype=None):
    """y_i = x_i - ln sum_k exp(x_k), along `dim`; of `x` cast to `dtype` if given."""
    if dtype is not None:
        x = x.astype(dtype)
    require_float("log_softmax", x)
    dim = wrap_dim(dim, x.ndim)
    if 0 in x.shape:
        return x + 0, (x, dim)
    with np.errstate(invalid="ignore"):
        z = x - peak(x, dim)
        y = in_c_order(z - np.log(np.sum(np.exp(z), axis=dim, keepdims=True)))
    return y, (y, dim)


def log_softmax_backward(dy, saved):
    """dx_i = dy_i - exp(y_i) sum_k dy_k

    dy_k/dx_i = 1[k = i] - exp(x_i) / sum_j exp(x_j), and that quotient is exp(y_i).
    """
    y, dim = saved
    return (dy - np.exp(y) * np.sum(dy, axis=dim, keepdims=True),)


log_softmax = Op(
    log_softmax_forward,
    log_softmax_backward,
    shapes="(...) -> (...)",
    sample=sample_along,
    reference=lambda x, dim: np.log(softmax_reference(x, dim)),
)
