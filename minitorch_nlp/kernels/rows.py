"""Ops along rows: each row is read and written while it is in the nearest cache."""

import numpy as np
from numba import njit, prange

from .compiling import compiled


@njit(inline="always", fastmath={"contract", "nsz"})
def exp(x):
    """e^x for float32, within 1 unit in the last place: 2^n e^r with |r| <= ln(2)/2, e^r by a polynomial.

    `math.exp` is a call per element; this is arithmetic only, which the compiler runs on eight elements at once.
    """
    x = min(max(x, np.float32(-87.33654)), np.float32(88.72283))
    n = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    r = x - n * np.float32(0.693359375) + n * np.float32(2.12194440e-4)
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1)
    return p * np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)


@compiled
def softmax_rows(x, y):
    rows, n = x.shape
    for i in prange(rows):
        top = x[i, 0]
        for j in range(1, n):
            top = max(top, x[i, j])
        total = np.float32(0)
        for j in range(n):
            e = exp(x[i, j] - top)
            y[i, j] = e
            total += e
        for j in range(n):
            y[i, j] /= total


def softmax_forward(x, *, dim=-1):
    y = np.empty_like(x)
    n = x.shape[-1]
    softmax_rows(x.reshape(-1, n), y.reshape(-1, n))
    return y, (y, dim)


@compiled
def softmax_rows_backward(dy, y, dx):
    rows, n = y.shape
    for i in prange(rows):
        total = np.float32(0)
        for j in range(n):
            total += dy[i, j] * y[i, j]
        for j in range(n):
            dx[i, j] = y[i, j] * (dy[i, j] - total)


def softmax_backward(dy, saved):
    y, _ = saved
    n = y.shape[-1]
    dx = np.empty_like(y)
    softmax_rows_backward(dy.reshape(-1, n), y.reshape(-1, n), dx.reshape(-1, n))
    return (dx,)
