"""What the linear algebra ops share: checks, memory order, triangles, elimination, and well-behaved samples for their tests."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend
from ._op import Traced
from .matmul import transposed

__all__ = [
    "LinAlgError", "array_of", "columns", "eliminate", "identity", "lapack", "permutation", "require_matrices", "sample_invertible",
    "separated", "substitute", "symmetric_sample", "transposed",
]  # fmt: skip

Refusals = tuple[type[Exception], type[Exception]]  # for integers, and for halves


class LinAlgError(RuntimeError):
    """A matrix that cannot be inverted, factored or solved with: singular, or not positive-definite."""


def array_of(x: Any) -> Any:
    return x.array if isinstance(x, Traced) else x


def require_matrices(name: str, x: Any, *, square: bool = False, refuse: Refusals = (RuntimeError, RuntimeError)) -> None:
    """Refuse what is not a stack of float32 or float64 matrices (square ones, if asked)."""
    if x.ndim < 2:
        raise RuntimeError(f"{name}: the input must have at least 2 dimensions; it has the shape {tuple(x.shape)}")
    if square and x.shape[-1] != x.shape[-2]:
        raise RuntimeError(f"{name}: square matrices are wanted, these are {x.shape[-2]} by {x.shape[-1]}")
    if x.dtype.kind != "f":
        raise refuse[0](f"{name}: a floating point input is wanted, not {x.dtype}; convert it with .float()")
    if x.dtype.itemsize < 4:
        raise refuse[1](f"{name}: not implemented for {x.dtype}; convert it with .float()")


def lapack(name: str, reason: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``function(*args)``, with NumPy's LinAlgError as ours."""
    try:
        return function(*args, **kwargs)
    except np.linalg.LinAlgError:
        raise LinAlgError(f"{name}: {reason}") from None


def columns(x: Any) -> Any:
    """The same matrices, columns contiguous in memory, as LAPACK leaves them."""
    return transposed(transposed(x).copy())


def identity(like: Any, n: int) -> Any:
    """The (n, n) identity in the dtype and on the device of `like`."""
    array = array_of(like)
    return as_kind_of(like, backend.beside(array, np.eye(n, dtype=array.dtype)))


def as_kind_of(like: Any, array: Any) -> Any:
    """A constant beside `like`: a Tensor where that is one."""
    return like._wrap(array) if isinstance(like, Traced) else array


def substitute(a: Any, b: Any, upper: bool, unitriangular: bool) -> Any:
    """X with A X = B for triangular A, row by row; only that triangle is read. A zero on the diagonal gives inf or nan."""
    n, k = b.shape[-2:]
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    x = transposed(np.empty_like(b, shape=(*batch, k, n), order="C"))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for i in reversed(range(n)) if upper else range(n):
            known = slice(i + 1, n) if upper else slice(0, i)
            row = b[..., i, :] - np.matmul(a[..., i : i + 1, known], x[..., known, :])[..., 0, :]
            x[..., i, :] = row if unitriangular else row / a[..., i, i : i + 1]
    return x


def eliminate(x: Any) -> tuple[Any, Any]:
    """Gaussian elimination with partial pivoting: L below the diagonal and U above it in one matrix, and the rows swapped, counted from 1.

    Column by column for the whole stack at once: the largest element becomes the pivot, and the rows below lose their multiple of its row.
    """
    m, n = x.shape[-2:]
    batch = x.shape[:-2]
    lu = x.reshape((math.prod(batch), m, n)).copy()
    pivots = np.zeros_like(lu, shape=(len(lu), min(m, n)), dtype=np.int32)
    every = backend.beside(lu, np.arange(len(lu)))
    with np.errstate(over="ignore", invalid="ignore"):
        for j in range(min(m, n)):
            p = np.argmax(np.abs(lu[:, j:, j]), axis=1) + j
            pivots[:, j] = p + 1
            row = lu[every, p]
            lu[every, p] = lu[:, j]
            lu[:, j] = row
            pivot = lu[:, j, j : j + 1]
            below = lu[:, j + 1 :, j] / np.where(pivot == 0, 1, pivot)
            lu[:, j + 1 :, j] = below
            lu[:, j + 1 :, j + 1 :] -= below[:, :, None] * lu[:, j, None, j + 1 :]
    return lu.reshape(x.shape), pivots.reshape((*batch, min(m, n)))


def permutation(pivots: Any, m: int, like: Any) -> Any:
    """P (..., m, m) with A = P L U: the identity with the swaps of `pivots` done from the last to the first."""
    pivots, array = array_of(pivots), array_of(like)
    batch = pivots.shape[:-1]
    swaps = pivots.reshape((math.prod(batch), pivots.shape[-1])) - 1
    p = np.zeros_like(array, shape=(len(swaps), m, m), order="C")
    p[:, :, :] = identity(array, m)
    every = backend.beside(array, np.arange(len(swaps)))
    for j in reversed(range(swaps.shape[-1])):
        row = p[every, swaps[:, j]]
        p[every, swaps[:, j]] = p[:, j]
        p[:, j] = row
    return as_kind_of(like, p.reshape((*batch, m, m)))


# ---- samples --------------------------------------------------------------------------------------------------------------------------


def separated(draw: Any, m: int, n: int) -> Any:
    """A stack of (m, n) matrices near a diagonal one, whose singular values are at least 0.3 apart and from 0."""
    from ._domain import Real

    noise = draw.array((*draw.shape(0, 2), m, n), Real(-0.2, 0.2))
    diagonal = np.zeros((m, n))
    for i in range(min(m, n)):
        diagonal[i, i] = 1.5 * (i + 1)
    noise += diagonal  # in place: the memory layout stays
    return noise


def sample_invertible(draw: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    n = draw.integer(0, 3)
    return (separated(draw, n, n)[..., ::-1],), {}


def symmetric_sample(draw: Any) -> Any:
    """Symmetric positive-definite matrices with distinct eigenvalues."""
    n = draw.integer(0, 3)
    x = separated(draw, n, n)
    return (x + np.swapaxes(x, -1, -2)) / 2
