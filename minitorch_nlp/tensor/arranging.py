"""Order, repetition and diagonals, with torch's signatures."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..functional import arrangement as R
from ..functional import elementwise as E
from ..functional import indexing as I
from ..functional import movement as V
from ..functional import replacing as P
from ..functional._law import wrap_dim
from ..functional._op import Traced
from .base import integer
from .relayout import as_strided
from .results import into
from .shaping import flatten, sizes_of

__all__ = [
    "diag", "diagflat", "diagonal_scatter", "fill_diagonal_", "flip", "fliplr", "flipud", "repeat", "repeat_interleave", "rot90",
    "select_scatter", "slice_scatter", "tile",
]  # fmt: skip


def flip(input: Any, *order: Any, dims: Any = None) -> Any:
    """The order reversed along each of `dims`."""
    return V.flip(input, dims=sizes_of(order if dims is None else (dims,), "flip"))


def repeat(input: Any, *sizes: Any, repeats: Any = None) -> Any:
    """The tensor laid end to end that many times along each dimension."""
    return V.repeat(input, repeats=sizes_of(sizes if repeats is None else (repeats,), "repeat"))


def tile(input: Any, *sizes: Any, dims: Any = None) -> Any:
    """As `repeat`; missing leading repeats are 1."""
    repeats = sizes_of(sizes if dims is None else (dims,), "tile")
    return V.repeat(input, repeats=(1,) * (input.ndim - len(repeats)) + repeats)


def repeat_interleave(input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None) -> Any:
    """Each slice along `dim` repeated in place; without `dim`, of the flattened tensor.

    `repeats` is a number or one integer per slice. With `repeats` alone, the number of each slice that often: [1, 2] gives [0, 1, 1].
    """
    if repeats is None:
        counts = counts_of(input, input.numel())
        return input._wrap(backend.beside(input.array, np.repeat(np.arange(counts.size), counts)))
    if dim is None:
        input, dim = flatten(input), 0
    size = input.shape[wrap_dim(dim, input.ndim)] if input.ndim else 1
    places = np.repeat(np.arange(size), counts_of(repeats, size))
    if output_size is not None and len(places) != output_size:
        raise RuntimeError(f"repeat_interleave: output_size is {output_size}, but the repeats sum to {len(places)}")
    return I.index_select(input, input._wrap(backend.beside(input.array, places)), dim=dim)


def counts_of(repeats: Any, size: int) -> np.ndarray:
    """How often each of `size` slices is wanted: one number for all, or one for each."""
    if not isinstance(repeats, (Traced, int)):
        raise TypeError(f"repeat_interleave(): repeats must be an int or a tensor of ints, not {type(repeats).__name__}")
    counts = np.asarray(repeats) if isinstance(repeats, int) else backend.to_numpy(repeats.array)
    if counts.dtype.kind not in "iu":
        raise NotImplementedError(f"repeat_interleave: not implemented for repeats of {counts.dtype}; convert with .long()")
    if counts.ndim > 1 or counts.size not in (1, size):
        raise RuntimeError(f"repeat_interleave: repeats must be one number, or {size}, one for each slice; got shape {counts.shape}")
    if counts.size and counts.min() < 0:
        raise RuntimeError("repeat_interleave: repeats can not be negative")
    return counts


def fliplr(input: Any) -> Any:
    """Columns in reverse order."""
    if input.ndim < 2:
        raise RuntimeError(f"fliplr: a tensor with at least 2 dimensions is wanted, this one has {input.ndim}")
    return V.flip(input, dims=(1,))


def flipud(input: Any) -> Any:
    """Rows in reverse order."""
    if input.ndim < 1:
        raise RuntimeError("flipud: a tensor with at least 1 dimension is wanted, this one has none")
    return V.flip(input, dims=(0,))


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """A quarter turn, k times, in the plane of two dimensions, from the first towards the second.

    >>> import minitorch_nlp as torch
    >>> torch.rot90(torch.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    n = input.ndim
    if len(dims) != 2 or n < 2:
        raise RuntimeError(f"rot90: two dims of a tensor with at least 2 dimensions are wanted, got dims {tuple(dims)} and {n} dimensions")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == n:
        raise RuntimeError(f"rot90: the two dims must be different, got {tuple(dims)}")
    for d in dims:
        if not -n <= d < n:
            raise RuntimeError(f"rot90: dim {d} is out of range for {n} dimensions")
    a, b = (wrap_dim(d, n) for d in dims)
    if k % 4 == 0:
        return E.clone(input)
    if k % 4 == 2:
        return V.flip(input, dims=(a, b))
    return V.transpose(V.flip(input, dims=(b if k % 4 == 1 else a,)), dim0=a, dim1=b)


# ---- diagonals ----


def diag(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """A vector as the diagonal of a matrix; the diagonal of a matrix, copied."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag: a vector or a matrix is wanted, the tensor has {input.ndim} dimensions")
    result = R.diag_embed(input, offset=diagonal) if input.ndim == 1 else E.clone(R.diagonal(input, offset=diagonal))
    return into("diag", out, result)


def diagflat(input: Any, offset: int = 0) -> Any:
    """All elements as the diagonal of a matrix."""
    return R.diag_embed(V.reshape(input, shape=(-1,)), offset=offset)


def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
    """Write one value on the main diagonal; with `wrap` it starts again below a tall matrix's first."""
    if self.ndim < 2:
        raise RuntimeError(f"fill_diagonal_: a tensor with at least 2 dimensions is wanted, this one has {self.ndim}")
    height, width = self.shape[:2]
    if self.ndim > 2 and len(set(self.shape)) > 1:
        raise RuntimeError(f"fill_diagonal_: all dimensions must be of one size, the shape is {tuple(self.shape)}")
    step, n, offset = sum(self.stride()), min(self.shape), self.storage_offset()
    as_strided(self, (n,), (step,), offset).fill_(fill_value)
    if wrap and self.ndim == 2 and height > width + 1:
        start = self.stride(0) * (width + 1)
        as_strided(self, (-(-(self.numel() - start) // step),), (step,), offset + start).fill_(fill_value)
    return self


# ---- a copy with one part replaced ----


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy of `input` with `src` in the place of ``select(dim, index)``."""
    return P.select_scatter(input, src, dim=dim, index=integer("select_scatter", index))


def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1, *, out: Any = None
) -> Any:
    """A copy of `input` with `src` in the place of the slices start:end:step along `dim`."""
    return into("slice_scatter", out, P.slice_scatter(input, src, dim=dim, start=start, end=end, step=step))


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy of `input` with `src` in the place of its diagonal."""
    return P.diagonal_scatter(input, src, offset=offset, dim1=dim1, dim2=dim2)
