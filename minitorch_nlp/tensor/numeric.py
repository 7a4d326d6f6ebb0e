"""Differences and integrals of samples, combinations, block matrices, shapes. Gradients come from the functions they are made of."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from .. import backend
from ..functional import arithmetic as A
from ..functional import arrangement, reduction, scan
from ..functional import elementwise as E
from ..functional import indexing as I
from ..functional import movement as V
from ..functional._law import wrap_dim
from ..functional._op import Traced
from . import comparing
from .base import array_of, integer, wrap
from .dtypes import Size
from .results import into
from .sequences import meshgrid

__all__ = [
    "block_diag", "broadcast_shapes", "cartesian_prod", "combinations", "cumulative_trapezoid", "diff", "trapezoid", "trapz",
    "unravel_index",
]  # fmt: skip


def piece(x: Any, dim: int, start: int | None, stop: int | None) -> Any:
    """``x[..., start:stop, ...]`` along dimension `dim`."""
    return x[(slice(None),) * dim + (slice(start, stop),)]


# ---- differences and integrals ----


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None, *, out: Any = None) -> Any:
    """Differences of neighbours along `dim`, taken `n` times; of bools, where they differ.

    >>> import minitorch_nlp as torch
    >>> torch.diff(torch.tensor([1, 3, 2]))
    tensor([ 2, -1])
    """
    shape = array_of("diff", input).shape
    if not shape:
        raise RuntimeError("diff: an input with at least one dimension is wanted, this one has none")
    d = wrap_dim(dim, len(shape))
    for name, x in (("prepend", prepend), ("append", append)):
        if x is not None and (len(x.shape) != len(shape) or any(a != b for i, (a, b) in enumerate(zip(x.shape, shape)) if i != d)):
            raise RuntimeError(f"diff: {name} must have the shape of input, {shape}, except in dimension {d}; it has {tuple(x.shape)}")
    if n < 0:
        raise RuntimeError(f"diff: order must be non-negative but got {n}")
    if n == 0:
        return into("diff", out, E.clone(input))
    parts = [x for x in (prepend, input, append) if x is not None]
    x = V.cat(*parts, dim=d) if len(parts) > 1 else input
    difference = comparing.ne if x.array.dtype.kind == "b" else A.sub
    for _ in range(min(n, x.shape[d])):
        x = difference(piece(x, d, 1, None), piece(x, d, None, -1))
    return into("diff", out, x)


def areas(name: str, y: Any, x: Any, dx: Any, dim: int) -> tuple[Any, int]:
    """Twice the area between each two neighbouring samples, and the dimension they are along."""
    shape = array_of(name, y, "y").shape
    if x is not None and dx is not None:
        raise TypeError(f"{name}: x and dx both say how far apart the samples are; give one of them")
    if not shape:
        raise IndexError(f"{name}: y must have at least one dimension")
    if y.array.dtype.kind == "b":
        raise RuntimeError(f"{name}: bool input is not supported; convert y with .int()")
    d = wrap_dim(dim, len(shape))
    if x is None:
        width = 1 if dx is None else dx.item() if isinstance(dx, Traced) else dx
    else:
        points = array_of(name, x, "x").shape
        if len(points) == 1 and points[0] != shape[d]:
            raise RuntimeError(f"{name}: there must be one x value for each sample: x has {points[0]}, dimension {d} of y has {shape[d]}")
        if len(points) == 1:
            x = V.reshape(x, shape=(*points, *(1,) * (len(shape) - 1 - d)))
        x = V.reshape(x, shape=(1,) * (len(shape) - x.ndim) + tuple(x.shape))
        at = d + x.ndim - len(shape)
        width = A.sub(piece(x, at, 1, None), piece(x, at, None, -1))
    return A.mul(A.add(piece(y, d, None, -1), piece(y, d, 1, None)), width), d - len(shape)


def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integral of samples `y` along `dim` by the trapezoidal rule: sum over i of (x_i - x_(i-1)) (y_i + y_(i-1)) / 2.

    Args:
        x: where the samples are: one coordinate for each, or a tensor that broadcasts with `y`.
        dx: their distance instead; 1 unless given.

    >>> import minitorch_nlp as torch
    >>> torch.trapezoid(torch.tensor([1.0, 5.0, 10.0]))
    tensor(10.5000)
    """
    twice, d = areas("trapezoid", y, x, dx, dim)
    if not y.shape[d]:
        return reduction.sum(twice, dim=d).to(y.dtype)
    return A.div(reduction.sum(twice, dim=d), 2)


def trapz(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """As `trapezoid`."""
    return trapezoid(y, x, dx=dx, dim=dim)


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """As `trapezoid`, up to each sample but the first."""
    twice, d = areas("cumulative_trapezoid", y, x, dx, dim)
    return scan.cumsum(A.div(twice, 2), dim=d)


# ---- matrices and tuples made of vectors ----


def vector(name: str, x: Any) -> Any:
    if array_of(name, x).ndim != 1:
        raise RuntimeError(f"{name}: a 1D vector is wanted, but got shape {list(x.shape)}")
    return x


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of `r` elements of a vector, one a row, in the order of `itertools.combinations`."""
    n = vector("combinations", input).shape[0]
    if r < 0:
        raise RuntimeError(f"combinations: a non-negative number of elements is wanted, not {r}")
    if r == 0:
        return wrap(backend.zeros(input.array, (0,)))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(choose(range(n), r)), dtype=np.int64).reshape(-1, r)
    return V.stack(*(I.index_select(input, wrap(backend.beside(input.array, column)), dim=0) for column in rows.T.copy()), dim=1)


def cartesian_prod(*tensors: Any) -> Any:
    """All tuples with one element of each vector, one a row, in the order of `itertools.product`; of one vector, itself."""
    for x in tensors:
        vector("cartesian_prod", x)
    if len(tensors) == 1:
        return tensors[0]
    return V.stack(*(V.reshape(g, shape=(-1,)) for g in meshgrid(*tensors, indexing="ij")), dim=1)


def block_diag(*tensors: Any) -> Any:
    """A matrix with the tensors (matrices, or rows, or numbers) along its diagonal and zeros elsewhere."""
    blocks = []
    for i, x in enumerate(tensors):
        if array_of("block_diag", x).ndim > 2:
            raise RuntimeError(f"block_diag: tensors of at most 2 dimensions are wanted, number {i} has {x.ndim}")
        blocks.append(V.reshape(x, shape=(1,) * (2 - x.ndim) + tuple(x.shape)))
    width, left, rows = sum(b.shape[1] for b in blocks), 0, []
    for b in blocks:
        rows.append(arrangement.pad(b, pad=(left, width - left - b.shape[1])))
        left += b.shape[1]
    return V.cat(*rows, dim=0) if rows else wrap(np.zeros((1, 0), dtype=backend.default_dtype()))


# ---- shapes ----


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes broadcast to. A number stands for a shape of one dimension."""
    sizes = []
    for s in shapes:
        if not isinstance(s, (int, tuple, list)):
            raise RuntimeError(f"broadcast_shapes: a shape is an int, or a tuple or list of ints, not {s!r}")
        sizes.append((s,) if isinstance(s, int) else tuple(integer("broadcast_shapes", n) for n in s))
        if any(n < 0 for n in sizes[-1]):
            raise ValueError(f"broadcast_shapes: a dimension is negative: {s}")
    try:
        return Size(np.broadcast_shapes(*sizes))
    except ValueError as error:
        raise RuntimeError(f"broadcast_shapes: {error}") from None


def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """The coordinates, in a tensor of the given shape, of the elements at `indices` of the flattened tensor."""
    array = array_of("unravel_index", indices, "indices")
    if array.dtype.kind not in "iu":
        raise TypeError(f"unravel_index: 'indices' must be of an integer dtype, not {indices.dtype}")
    if not isinstance(shape, (int, tuple, list)):
        raise TypeError(f"unravel_index: 'shape' must be an int or a sequence of ints, not {type(shape).__name__}")
    sizes = (shape,) if isinstance(shape, int) else tuple(integer("unravel_index", n) for n in shape)
    if any(n < 0 for n in sizes):
        raise ValueError(f"unravel_index: 'shape' cannot have negative values, but got {sizes}")
    if array.size and not all(sizes):
        raise RuntimeError(f"unravel_index: a tensor of shape {sizes} has no elements to index")
    steps = [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]
    steps, counts = (backend.beside(array, np.array(v, dtype=np.int64)) for v in (steps, sizes))
    with np.errstate(divide="ignore"):  # no index, and a size of 0
        places = array.astype(np.int64)[..., None] // steps % counts
    return tuple(wrap(places[..., i]) for i in range(len(sizes)))
