"""What reductions and movements share: dimensions as torch counts them, how samples are drawn, how references are stated."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ._domain import Real
from ._law import wrap_dim

__all__ = [
    "along", "any_dim", "any_order", "axis_of", "count", "in_c_order", "keep", "mapped", "reference_along", "require_elements", "require_float",
    "sample_movement", "sample_reduction", "unique_dims",
]  # fmt: skip

Axis = Any  # None, an int, or a tuple of ints, as in NumPy


def axis_of(dim: Any, ndim: int) -> Axis:
    """torch's `dim` as NumPy's `axis`: () means all, and a 0-dim array counts as having one dimension."""
    if not isinstance(dim, (tuple, list)):
        return dim
    if ndim == 0:
        for d in dim:
            wrap_dim(d, 0)
        return None
    return tuple(dim) or None


def keep(y: Any, shape: tuple[int, ...], axis: Axis, keepdim: bool) -> Any:
    """`y`, reduced from `shape` along `axis`, with those dimensions back as size 1: it then broadcasts to `shape`."""
    if keepdim or axis is None or not shape:
        return y
    n = len(shape)
    gone = {a % n for a in axis} if isinstance(axis, tuple) else {axis % n}
    return y.reshape(tuple(1 if i in gone else s for i, s in enumerate(shape)))


def count(shape: tuple[int, ...], axis: Axis) -> int:
    """How many elements of an array of `shape` go into one."""
    if axis is None or not shape:
        return math.prod(shape)
    return math.prod(shape[a] for a in axis) if isinstance(axis, tuple) else shape[axis]


def require_float(name: str, x: Any) -> None:
    if x.dtype.kind != "f":
        raise RuntimeError(f"{name}: the input must have a floating point dtype, it has {x.dtype}; convert it with .float()")


def require_elements(name: str, shape: tuple[int, ...], axis: Axis, error: type[Exception] = RuntimeError) -> None:
    """Refuse to look for the largest of nothing; `error` is for a reduction over all dimensions."""
    if axis is None:
        if 0 in shape:
            raise error(f"{name}: the input has no elements, its shape is {tuple(shape)}; name a dimension of non-zero size with dim=")
        return
    for a in axis if isinstance(axis, tuple) else (axis,):
        if shape and shape[wrap_dim(a, len(shape))] == 0:
            raise IndexError(f"{name}: dim {a} has size 0 in the shape {tuple(shape)}: there is nothing to choose from")


def sample_reduction(
    domain: Any = Real(),  # noqa: B008 (frozen)
    *,
    single: bool = False,
    required: bool = False,
    min_dims: int = 0,
    min_size: int = 0,
    keepdim: bool = True,
    options: Mapping[str, Sequence[Any]] | None = None,
) -> Callable[[Any], Any]:
    """A ``sample(draw)``: an array and the `dim`, `keepdim` (and further `options`) to reduce it with.

    `single`: `dim` is one int, not a tuple; `required`: `dim` is never None.
    """

    def sample(draw: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        shape = draw.shape(min_dims, 3, min_size=min_size)
        n = max(len(shape), 1)
        dims: list[Any] = [draw.integer(-n, n - 1)]
        if not single:
            dims += [(), tuple(range(0, len(shape), 2)), tuple(range(-1, -len(shape) - 1, -1))]
        if not required:
            dims.append(None)
        chosen = {"dim": draw.choice(dims)} | ({"keepdim": draw.choice((False, True))} if keepdim else {})
        return (draw.array(shape, domain),), chosen | {name: draw.choice(values) for name, values in (options or {}).items()}

    return sample


def reference_along(function: Callable[..., float]) -> Callable[..., Any]:
    """A reference for a reduction from a function of a list of Python floats: ``reference_along(math.fsum)``."""

    def reference(x: Any, *, dim: Any = None, keepdim: bool = False, **options: Any) -> Any:
        given = range(x.ndim) if dim is None or dim == () else (dim,) if isinstance(dim, int) else dim
        gone = sorted({d % x.ndim for d in given if x.ndim})
        left = [d for d in range(x.ndim) if d not in gone]
        sizes = [x.shape[d] for d in left]
        rows = x.transpose(left + gone).reshape((math.prod(sizes), math.prod(x.shape[d] for d in gone)))
        values = [function([float(v) for v in row], **options) for row in rows]
        shape = [1 if d in gone else n for d, n in enumerate(x.shape)] if keepdim else sizes
        return np.array(values, dtype=np.float64).reshape(shape)

    return reference


# ---- what movements share ----


def along(d: int, index: Any) -> tuple[Any, ...]:
    """The index that applies `index` along dimension d, and always gives a view."""
    return (*(slice(None),) * d, index, ...)


def in_c_order(y: Any) -> Any:
    """`y`, just computed, and copied if NumPy has laid its elements out in the order of a transposed input."""
    return y if y.ndim < 2 or y.flags.c_contiguous else y.copy()


def unique_dims(dims: Sequence[int], ndim: int) -> tuple[int, ...]:
    """Each dimension counted from the front; none may come twice."""
    found = tuple(wrap_dim(d, ndim) for d in dims)
    for d in found:
        if found.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims {tuple(dims)}")
    return found


def sample_movement(options: Callable[[Any, tuple[int, ...]], dict[str, Any]], min_dims: int = 0) -> Callable[[Any], Any]:
    """A ``sample(draw)`` of one array, with ``options(draw, its shape)``."""

    def sample(draw: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        shape = draw.shape(min_dims, 3)
        return (draw.array(shape),), options(draw, shape)

    return sample


def any_dim(draw: Any, ndim: int) -> int:
    return draw.integer(-max(ndim, 1), max(ndim, 1) - 1)


def any_order(draw: Any, ndim: int) -> tuple[int, ...]:
    """All dimensions in some order, counted from either end."""
    left, chosen = list(range(ndim)), []
    while left:
        chosen.append(left.pop(draw.integer(0, len(left) - 1)) - ndim * draw.integer(0, 1))
    return tuple(chosen)


def mapped(x: Any, shape: tuple[int, ...], source: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Any:
    """The array of `shape` whose element at i is ``x[source(i)]``: a movement stated element by element."""
    return np.array([x[source(i)] for i in np.ndindex(*shape)], dtype=x.dtype).reshape(shape)
