"""Norms of vectors and matrices, what is measured with them, and distances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import backend
from ..functional import arithmetic as A
from ..functional import elementwise as E
from ..functional import geometry
from ..functional import reduction as R
from ..functional import spectral as S
from ..functional._law import wrap_dim
from ..functional._matrices import LinAlgError, require_matrices
from ..functional.indexing import index_select
from ..functional.movement import cat, permute, unsqueeze
from ..functional.scan import cumprod
from ..functional.solving import cutoff, inv
from ..settings import warn_once
from .base import array_of, integer, wrap
from .dtypes import as_dtype, as_numpy_dtype
from .linalg import require_kind
from .results import into

__all__ = [
    "cdist", "cond", "cross", "frobenius_norm", "matrix_norm", "matrix_rank", "norm", "nuclear_norm", "pdist", "vander", "vector_norm",
]  # fmt: skip


def widened(name: str, x: Any, dtype: Any) -> Any:
    """`x` as `dtype`, which must be a float dtype that loses nothing."""
    array = array_of(name, x)
    require_kind(name, array)
    if dtype is None:
        return x
    target = as_numpy_dtype(dtype)
    if target.kind not in "fV":
        raise RuntimeError(f"{name}: dtype should be floating point, but got {as_dtype(dtype)}")
    if target.itemsize < array.dtype.itemsize:
        raise RuntimeError(f"{name}: dtype {as_dtype(dtype)} is narrower than the input's, {x.dtype}")
    return E.astype(x, dtype=target)


def vector_norm(x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None) -> Any:
    """(sum |x|^ord)^(1/ord) of all elements, or along `dim`; max |x| for inf, min |x| for -inf, the number of non-zeros for 0."""
    if not isinstance(ord, (int, float)):
        raise TypeError(f"linalg.vector_norm(): argument 'ord' must be a number, not {type(ord).__name__}")
    x = widened("linalg.vector_norm", x, dtype)
    dims = None if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    reduced = [x.shape[wrap_dim(d, x.ndim)] for d in dims] if dims and x.ndim else x.shape
    if 0 in reduced and (ord < 0 or ord == math.inf):
        raise RuntimeError(f"linalg.vector_norm: the {ord} norm of no elements is not defined; the input has the shape {tuple(x.shape)}")
    return into("linalg.vector_norm", out, R.norm(x, p=float(ord), dim=dims or None, keepdim=keepdim))


def two_dims(name: str, x: Any, dim: Any) -> tuple[int, int]:
    if x.ndim < 2:
        raise RuntimeError(f"{name}: the input must have at least 2 dimensions; it has the shape {tuple(x.shape)}")
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dims) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple, got {dims}")
    row, column = (wrap_dim(d, x.ndim) for d in dims)
    if row == column:
        raise RuntimeError(f"{name}: dims must be different, got {dims}")
    return row, column


def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None, out: Any = None) -> Any:
    """The norm of the matrices in the two dimensions `dim`.

    "fro": the root of the sum of squares; "nuc": the sum of the singular values; 2 and -2: the largest and the smallest of them;
    1 and -1 (inf and -inf): the largest and the smallest sum of absolute values in a column (row).
    """
    name = "linalg.matrix_norm"
    x = widened(name, A, dtype)
    row, column = two_dims(name, x, dim)
    if ord == "fro":
        return into(name, out, R.norm(x, p=2, dim=(row, column), keepdim=keepdim))
    if isinstance(ord, bool) or ord not in ("nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"{name}: order {ord} is not supported; use 'fro', 'nuc', inf, -inf, 1, -1, 2 or -2")
    if ord in (1, -1, math.inf, -math.inf):
        inner, outer = (row, column) if abs(ord) == 1 else (column, row)
        sums = R.norm(x, p=1, dim=(inner,), keepdim=True)
        if not x.shape[outer]:
            return into(name, out, sums_of_nothing(name, sums, ord, row, column, keepdim))
        return into(name, out, largest(sums, (row, column), ord > 0, keepdim))
    if x.array.dtype.itemsize < 4:
        raise RuntimeError(f"{name}: not implemented for {x.dtype}; convert it with .float()")
    order = [d for d in range(x.ndim) if d not in (row, column)] + [row, column]
    values = S.svdvals(permute(x, dims=tuple(order)))
    if ord == "nuc":
        result = R.sum(values, dim=(-1,))
    elif values.shape[-1]:
        result = largest(values, (-1,), ord > 0, False)
    else:
        result = sums_of_nothing(name, values, ord, -1, -1, False)
    if keepdim:
        for d in sorted((row, column)):
            result = unsqueeze(result, dim=d)
    return into(name, out, result)


def largest(x: Any, dims: tuple[int, ...], wanted: bool, keepdim: bool) -> Any:
    return (R.amax if wanted else R.amin)(x, dim=dims, keepdim=keepdim)


def sums_of_nothing(name: str, x: Any, ord: Any, row: int, column: int, keepdim: bool) -> Any:
    """The largest of no sums is 0, the smallest is not defined."""
    if ord < 0:
        raise RuntimeError(f"{name}: the {ord} norm of a matrix without elements is not defined")
    return R.sum(x, dim=tuple({row, column}), keepdim=keepdim)


def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None) -> Any:
    """A vector's or a matrix' norm: of `A` flattened without `ord`, else by the number of dimensions, or of `dim`s, as one or the other."""
    dims = (dim,) if isinstance(dim, int) else None if dim is None else tuple(dim)
    if ord is None:
        return vector_norm(A, 2, dims, keepdim, dtype=dtype, out=out)
    n = array_of("linalg.norm", A).ndim
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(f"linalg.norm: dim must be one or two dimensions, got {dim}")
    if dims is None and n not in (1, 2):
        raise RuntimeError(f"linalg.norm: with ord but without dim, the input must have 1 or 2 dimensions, it has {n}")
    if isinstance(ord, str) or (len(dims) if dims is not None else n) == 2:
        return matrix_norm(A, ord, (-2, -1) if dims is None else dims, keepdim, dtype=dtype, out=out)
    return vector_norm(A, ord, dims, keepdim, dtype=dtype, out=out)


def frobenius_norm(input: Any, dim: Any, keepdim: bool = False, *, out: Any = None) -> Any:
    """The root of the sum of squares along one or two dimensions."""
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dims) > 2:
        raise RuntimeError(f"frobenius_norm: at most 2 dimensions are wanted, got {len(dims)}")
    return vector_norm(input, 2, dims, keepdim, out=out)


def nuclear_norm(input: Any, dim: Any = (-2, -1), keepdim: bool = False, *, out: Any = None) -> Any:
    """The sum of a matrix' singular values."""
    if isinstance(dim, bool):
        dim, keepdim = (-2, -1), dim
    return matrix_norm(input, "nuc", dim, keepdim, out=out)


def cond(A: Any, p: Any = None, *, out: Any = None) -> Any:
    """How much a matrix stretches errors: norm(A) norm(A^-1), inf for a singular one; for 2 and -2 from the singular values."""
    name = "linalg.cond"
    x = array_of(name, A, "A")
    if x.ndim < 2:
        raise RuntimeError(f"{name}: the input must have at least 2 dimensions; it has the shape {x.shape}")
    if p is not None and (isinstance(p, bool) or p not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)):
        raise RuntimeError(f"{name}: order {p} is not supported; use None, 'fro', 'nuc', inf, -inf, 1, -1, 2 or -2")
    if p in (None, 2, -2):
        values = S.svdvals(A)
        if not values.shape[-1]:
            return into(name, out, R.sum(values, dim=(-1,)))
        ends = values[..., 0], values[..., -1]
        return into(name, out, ratio(*(ends[::-1] if p == -2 else ends)))
    require_matrices(f"{name}(p={p})", x, square=True)
    if not x.size:
        return into(name, out, R.sum(A, dim=(-2, -1)))
    try:
        return into(name, out, matrix_norm(A, p) * matrix_norm(inv(A), p))
    except LinAlgError:
        return into(name, out, wrap(conditions_one_by_one(x, p)))


def ratio(x: Any, y: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return A.div(x, y)


def conditions_one_by_one(x: Any, p: Any) -> Any:
    """Where one matrix of a stack is singular, the others still have a condition number."""
    found = []
    for matrix in x.reshape(-1, *x.shape[-2:]):
        try:
            found.append(matrix_norm(wrap(matrix), p) * matrix_norm(wrap(inv(matrix)), p))
        except LinAlgError:
            found.append(wrap(np.full_like(matrix, math.inf, shape=())))
    return np.stack([f.array for f in found]).reshape(x.shape[:-2])


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None, out: Any = None) -> Any:
    """How many singular values are larger than max(atol, rtol * the largest); rtol is max(m, n) epsilon unless one is given."""
    x = array_of("linalg.matrix_rank", A, "A")
    require_matrices("linalg.matrix_rank", x, square=hermitian)
    if isinstance(tol, bool):
        tol, hermitian = None, tol
    if tol is not None:
        atol, rtol = tol, 0.0
    atol, rtol = (t.array if hasattr(t, "array") else t for t in (atol, rtol))
    size = np.abs(np.linalg.eigvalsh(x)) if hermitian else np.linalg.svd(x, compute_uv=False)
    limit = cutoff(x, size, atol, rtol)
    return into("linalg.matrix_rank", out, wrap(np.sum(size > limit[..., None], axis=-1)))


# ---- distances and other vectors ------------------------------------------------------------------------------------------------------

MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = MODES[0]) -> Any:
    """|x1_i - x2_j|_p for each pair of rows, (..., i, m) (..., j, m) -> (..., i, j).

    For p = 2 and more than 25 rows it is computed by a matrix product, unless `compute_mode` says otherwise.
    """
    a, b = array_of("cdist", x1, "x1"), array_of("cdist", x2, "x2")
    if compute_mode not in MODES:
        raise ValueError(f"cdist: {compute_mode} is not a valid value for compute_mode; it is one of {', '.join(MODES)}")
    if a.dtype.kind not in "fV" or b.dtype.kind not in "fV":
        raise RuntimeError(f"cdist: only floating-point dtypes are supported, got {x1.dtype} and {x2.dtype}")
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-1]:
        raise RuntimeError(f"cdist: rows of one length are wanted, (..., i, m) and (..., j, m); got {a.shape} and {b.shape}")
    if p < 0:
        raise RuntimeError(f"cdist: p must not be negative, it is {p}")
    if a.dtype.itemsize < 4:
        raise NotImplementedError(f"cdist: not implemented for {x1.dtype}; convert it with .float()")
    many = compute_mode == MODES[1] or (compute_mode == MODES[0] and (a.shape[-2] > 25 or b.shape[-2] > 25))
    return geometry.cdist(x1, x2, p=float(p), by_product=p == 2 and many)


def pdist(input: Any, p: float = 2.0) -> Any:
    """|x_i - x_j|_p for the pairs of different rows i < j, (n, m) -> (n (n - 1) / 2)."""
    x = array_of("pdist", input)
    require_kind("pdist", x)
    if x.ndim != 2 or p < 0:
        raise RuntimeError(f"pdist: a matrix and a p that is not negative are wanted, got {x.ndim} dimensions and p = {p}")
    if x.dtype.itemsize < 4:
        raise NotImplementedError(f"pdist: not implemented for {input.dtype}; convert it with .float()")
    pairs = np.triu_indices(len(x), 1)
    first, second = (index_select(input, wrap(backend.beside(x, i)), dim=0) for i in pairs)
    d = A.sub(first, second)
    if x.shape[1] and p:
        return R.norm(d, p=float(p), dim=(1,))
    return E.overwrite(R.sum(d, dim=(1,)), R.norm(d, p=0.0, dim=(1,)))  # how many differ, with the gradient 0


def cross(input: Any, other: Any, dim: int | None = None, *, out: Any = None) -> Any:
    """The cross product of vectors of 3 numbers along `dim`; without it, along the first dimension of size 3."""
    if dim is None:
        x = array_of("cross", input)
        warn_once("torch.cross without dim is deprecated; give dim, or use linalg.cross, where it is -1")
        dim = next((d for d, n in enumerate(x.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError(f"cross: no dimension of size 3 in {x.shape}")
    return into("cross", out, geometry.cross(input, other, dim=integer("cross", dim)))


def vander(x: Any, N: int | None = None, increasing: bool = True) -> Any:
    """The powers 0 to N - 1 of each element in a new last dimension, (..., n) -> (..., N); N is n unless given."""
    array = array_of("vander", x, "x")
    n = N if N is not None else array.shape[-1] if array.ndim else 0
    if array.dtype.kind == "b":
        x = x.long()
    ones = np.ones_like(x.array, shape=(*array.shape, min(n, 1)))
    if n < 2:
        return wrap(ones)
    column = unsqueeze(x, dim=-1)
    powers = cumprod(column.expand(*array.shape, n - 1), dim=-1)
    result = powers.new_ones(*array.shape, 1)
    result = cat(result, powers, dim=-1)
    return result if increasing else result.flip(-1)
