"""Indexing, gathering and scattering with torch's argument orders, and writing by index."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import tape
from ..autograd.mode import state
from ..functional import elementwise as E
from ..functional import indexing as I
from ..functional import movement as V
from ..functional._op import Traced

__all__ = [
    "copy_", "gather", "getitem", "index_add", "index_copy", "index_fill", "index_put_", "index_select", "masked_fill", "masked_select", "scatter",
    "scatter_add", "setitem", "take", "take_along_dim", "tril", "triu",
]  # fmt: skip


def as_index(index: Any) -> Any:
    """An index as NumPy wants it: tensors as arrays, a list as an array, slice bounds as ints."""
    if isinstance(index, tuple):
        return tuple(as_index(i) for i in index)
    if isinstance(index, Traced):
        array = index.array
        if array.dtype.kind == "f":
            raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, not {array.dtype}; cast with .long()")
        if array.dtype == np.uint8:
            return array.astype(bool)
        return int(array) if array.ndim == 0 and array.dtype != bool else array
    if isinstance(index, slice):
        return slice(*(i.item() if isinstance(i, Traced) else i for i in (index.start, index.stop, index.step)))
    if isinstance(index, (list, range)):
        items = [i.item() if isinstance(i, Traced) and i.ndim == 0 else i for i in index]
        if any(isinstance(i, (slice, type(None), type(Ellipsis))) for i in items):
            return tuple(as_index(i) for i in items)
        array = np.asarray([i.array if isinstance(i, Traced) else i for i in items])
        return array.astype(np.int64) if array.size == 0 else as_index_array(array)
    if isinstance(index, float):
        raise IndexError("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)")
    return index


def as_index_array(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "iub":
        raise IndexError(f"an index must hold integers or bools, not {array.dtype}")
    return array


def is_basic(index: Any) -> bool:
    """Whether an index selects a view: only integers, slices, None and Ellipsis."""
    if isinstance(index, tuple):
        return all(is_basic(i) for i in index)
    return not isinstance(index, bool) and (index is None or index is Ellipsis or isinstance(index, (int, slice, np.integer)))


def getitem(input: Any, index: Any) -> Any:
    """``input[index]``: a view for integers, slices, None and Ellipsis, a copy for arrays and masks."""
    return I.getitem(input, index=as_index(index))


def setitem(self: Any, index: Any, source: Any) -> None:
    """``self[index] = source``, recorded."""
    index = as_index(index)
    if isinstance(source, (np.ndarray, np.generic)):
        source = self._wrap(np.asarray(source))
    elif not isinstance(source, (Traced, bool, int, float)):
        raise TypeError(f"can't assign a {type(source).__name__} to a {type(self).__name__}; use a tensor or a number")
    recording = state.enabled and (self.requires_grad or (isinstance(source, Traced) and source.requires_grad))
    if is_basic(index) and recording:
        copy_(I.getitem(self, index=index), source)
    elif recording:
        tape.apply_inplace(I.index_put, self, (source,), {"index": index})
    else:
        self.array[index] = fitting(self, index, source)
        tape.mark_written(self)


def fitting(target: Any, index: Any, source: Any) -> Any:
    """The values to assign, after checking that they fit where they go."""
    if not isinstance(source, Traced):
        return source
    place = target.array[index]
    shape = source.array.shape
    while len(shape) > place.ndim and shape[0] == 1:
        shape = shape[1:]
    try:
        np.broadcast_to(source.array.reshape(shape), place.shape)
    except ValueError as error:
        raise RuntimeError(
            f"setitem: shape mismatch: the value has shape {tuple(source.shape)}, which does not broadcast to the indexed part, {place.shape}"
        ) from error
    return source.array.reshape(shape)


def copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    """Write `src`, broadcast and cast, into this tensor."""
    if not isinstance(src, (Traced, bool, int, float)):
        raise TypeError(f"copy_(): argument 'src' must be Tensor, not {type(src).__name__}")
    return tape.apply_inplace(E.overwrite, self, (src,), {})


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """out[i][j] = input[index[i][j]][j] for dim = 0, and so on."""
    return I.gather(input, index, dim=dim)


def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """A copy of `input` with ``out[index[i][j]][j] = src[i][j]`` for dim = 0, and so on."""
    if reduce == "add":
        return scatter_add(input, dim, index, src if value is None else input._wrap(np.full(index.shape, value, dtype=input.array.dtype)))
    if reduce is not None:
        raise NotImplementedError(f"scatter: reduce='{reduce}' is not supported")
    return I.scatter(input, index, value if src is None else src, dim=dim)


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """As `scatter`, adding."""
    return I.scatter_add(input, index, src, dim=dim)


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices along `dim` that `index` lists."""
    return I.index_select(input, index, dim=dim)


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """A copy of `input` with ``alpha * source`` added at the slices that `index` lists."""
    return I.index_add(input, index, source, dim=dim, alpha=alpha)


def along(dim: int, ndim: int, index: Any) -> tuple[Any, ...]:
    return (slice(None),) * (dim % max(ndim, 1)) + (index.array,)


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy of `input` with the slices that `index` lists replaced."""
    return I.index_put(input, source, index=along(dim, input.ndim, index))


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy of `input` with the slices that `index` lists filled with `value`."""
    return I.index_put(input, value, index=along(dim, input.ndim, index))


def index_put_(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """``self[indices] = values``, or += with `accumulate`."""
    return tape.apply_inplace(I.index_put, self, (values,), {"index": as_index(tuple(indices)), "accumulate": accumulate})


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """A copy of `input` with `value` where the mask is True."""
    return I.masked_fill(input, mask, value)


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where the mask is True, as a vector."""
    return I.masked_select(input, mask)


def take(input: Any, index: Any) -> Any:
    """Elements of the flattened tensor."""
    return I.getitem(V.reshape(input, shape=(-1,)), index=index.array)


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """As `gather`, broadcasting; of the flattened tensor without `dim`."""
    if dim is None:
        return I.take_along_dim(V.reshape(input, shape=(-1,)), V.reshape(indices, shape=(-1,)), dim=0)
    return I.take_along_dim(input, indices, dim=dim)


def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle, zeros above the given diagonal."""
    return V.tril(input, diagonal=diagonal)


def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle, zeros below the given diagonal."""
    return V.triu(input, diagonal=diagonal)
