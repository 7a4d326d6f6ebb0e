"""Functions of arrays, without gradients."""

from __future__ import annotations

import math

from .. import functional as F
from ..backend import Array
from .np import np

__all__ = ["cross_entropy_error", "relu", "sigmoid", "softmax"]


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x), elementwise."""
    return F.sigmoid(x)


def relu(x: Array) -> Array:
    """max(x, 0), elementwise."""
    return F.relu(x)


def softmax(x: Array) -> Array:
    """exp(x_i) / sum_k exp(x_k), along the last dimension."""
    return F.softmax(x, dim=-1)


def labels(t: Array, shape: tuple[int, ...]) -> Array:
    """Class numbers (m,), int64, of targets for scores of this `shape` (..., C): class numbers (...), or one-hot rows (..., C)."""
    one_hot = t.ndim == len(shape) and t.size == math.prod(shape)
    return (t.argmax(axis=-1) if one_hot else t).reshape(-1).astype(np.int64)


def cross_entropy_error(y: Array, t: Array) -> float:
    """-ln(y[i, t_i] + 1e-7), averaged over the rows i: the loss of probabilities `y` (N, C) or (C).

    `t` holds class numbers (N,), or one-hot rows of the shape of `y`.

    >>> import numpy as np
    >>> round(float(cross_entropy_error(np.array([[0.5, 0.5], [0.9, 0.1]]), np.array([0, 0]))), 4)
    0.3993
    """
    rows = y.reshape(-1, y.shape[-1])
    return F.nll_loss(np.log(rows + 1e-7), labels(t, y.shape))
