"""Indexing, gathering and scattering with torch's argument orders, and writing by index."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .. import backend
from ..autograd import tape
from ..autograd.mode import state
from ..functional import elementwise as E
from ..functional import indexing as I
from ..functional import movement as V
from ..functional._index import as_tuple, is_view, number_as
from ..functional._law import RefusedValue, wrap_dim
from ..functional._op import Traced
from ..functional.getitem import assign, explained
from ..functional.indexing import check_vector
from .base import array_of, wrap

__all__ = [
    "as_index", "copy_", "gather", "getitem", "index_add", "index_copy", "index_fill", "index_put_", "index_select", "masked_fill",
    "masked_select", "scatter", "scatter_add", "setitem", "take", "take_along_dim", "tril", "triu",
]  # fmt: skip


def as_index(index: Any) -> Any:
    """An index as the ops want it: tensors as arrays, slice bounds as numbers, lists as arrays.

    A list with anything but numbers in it is a tuple, as in torch: ``x[[a, b]]`` is ``x[a, b]``.
    """
    if isinstance(index, list) and any(isinstance(i, (slice, type(None), type(Ellipsis), Traced, list, tuple, np.ndarray)) for i in index):
        index = tuple(index)
    if isinstance(index, tuple):
        return tuple([part if part.__class__ is int else index_part(part) for part in index])
    return index_part(index)


def index_part(index: Any) -> Any:
    if isinstance(index, slice):
        if index.start.__class__ in BOUNDS and index.stop.__class__ in BOUNDS:
            return index
        return slice(*map(bound, (index.start, index.stop, index.step)))
    if isinstance(index, Traced):
        return tensor_index(index.array)
    if isinstance(index, (list, tuple, range)):
        return list_index(index)
    if isinstance(index, float):
        raise IndexError("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)")
    if isinstance(index, (str, bytes)):
        raise TypeError(f"a tensor is indexed by integers, slices and tensors, not by {index!r}")
    return index


BOUNDS = {int, type(None)}


def bound(value: Any) -> Any:
    return value if value is None else operator.index(value)


def tensor_index(array: Any) -> Any:
    if array.dtype.kind == "f":
        raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, not {array.dtype}; cast with .long()")
    if array.dtype == np.uint8:
        return array.astype(bool)
    return int(array) if array.ndim == 0 and array.dtype != bool else array


def list_index(items: Any) -> Any:
    array = np.asarray(items)
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise IndexError(f"an index must hold integers or bools, not {array.dtype}")
    return array


def getitem(input: Any, index: Any) -> Any:
    """``input[index]``: a view for integers, slices, None and Ellipsis, a copy for arrays and masks."""
    return I.getitem(input, index=as_index(index))


def setitem(self: Any, index: Any, source: Any) -> None:
    """``self[index] = source``, recorded."""
    index = as_index(index)
    if isinstance(source, (np.ndarray, np.generic)):
        source = wrap(source)
    elif not isinstance(source, (Traced, int, float)):
        raise TypeError(f"can't assign a {type(source).__name__} to a {type(self).__name__}; use a tensor or a number")
    if isinstance(source, Traced) and source.ndim > 1 and source.array.shape[0] == 1:
        source = V.reshape(source, shape=without_leading_ones(source.array.shape))
    if state.enabled and (self.requires_grad or (isinstance(source, Traced) and source.requires_grad)):
        record_setitem(self, index, source)
        return
    if not backend.writable(self.array):
        raise RuntimeError("setitem: this memory is read-only, or an expanded tensor's, where elements share it; clone() it first")
    write(self.array, index, source.array if isinstance(source, Traced) else source)
    tape.mark_written(self)


def write(target: Any, index: Any, value: Any) -> None:
    """``target[index] = value`` on arrays."""
    try:
        basic = is_view(as_tuple(index))
        if basic:
            target[index] = value if hasattr(value, "dtype") else number_as(value, target.dtype)
    except IndexError as error:
        raise explained("setitem", target, error) from None
    except RefusedValue as error:
        raise ValueError(f"setitem: {error}") from None
    except ValueError as error:
        raise RuntimeError(
            f"setitem: the value's shape {np.shape(value)} does not broadcast to that of the indexed part, {target[index].shape}"
        ) from error
    if not basic:
        assign(target, index, value)


def record_setitem(self: Any, index: Any, source: Any) -> None:
    if not is_view(as_tuple(index)):
        tape.apply_inplace(I.index_put, self, (source,), {"index": index})
        return
    copy_(I.getitem(self, index=index), source)


def without_leading_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """What broadcasts as `shape` does, and also into fewer dimensions, which assignment allows."""
    return without_leading_ones(shape[1:]) if len(shape) > 1 and shape[0] == 1 else shape


def copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    """Write `src`, broadcast and cast, into this tensor."""
    if not isinstance(src, (Traced, bool, int, float)):
        raise TypeError(f"copy_(): argument 'src' must be Tensor, not {type(src).__name__}")
    if isinstance(src, Traced) and src.array.shape != self.array.shape and not broadcasts(src.array.shape, self.array.shape):
        raise RuntimeError(f"copy_: src has shape {src.array.shape}, which does not broadcast to {self.array.shape}")
    return tape.apply_inplace(E.overwrite, self, (src,), {})


def broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(reversed(shape), reversed(to)))


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """out[i][j] = input[index[i][j]][j] for dim = 0, and so on."""
    return I.gather(input, index, dim=dim)


def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """A copy of `input` with ``out[index[i][j]][j] = src[i][j]`` for dim = 0, and so on."""
    source = value if src is None else src
    if source is None:
        raise TypeError("scatter(): one of 'src' and 'value' is wanted")
    if reduce == "add":
        return scatter_add(input, dim, index, source if isinstance(source, Traced) else input.new_full(index.shape, source))
    if reduce is not None:
        raise NotImplementedError(f"scatter: reduce='{reduce}' is not supported")
    return I.scatter(input, index, source, dim=dim)


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """As `scatter`, adding."""
    return I.scatter_add(input, index, src, dim=dim)


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices along `dim` that `index` lists."""
    return I.index_select(input, index, dim=dim)


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """A copy of `input` with ``alpha * source`` added at the slices that `index` lists."""
    return I.index_add(input, index, source, dim=dim, alpha=alpha)


def along(name: str, input: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """The index of whole slices along `dim`."""
    places = array_of(name, index, "index")
    return (*(slice(None),) * wrap_dim(dim, input.ndim), places)


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy of `input` with the slices that `index` lists replaced by those of `source`."""
    places, new = array_of("index_copy", index, "index"), array_of("index_copy", source, "source")
    d = wrap_dim(dim, input.ndim)
    check_vector("index_copy", input.array, places, d)
    wanted = (*input.shape[:d], places.size, *input.shape[d + 1 :]) if input.ndim else ()
    if new.ndim != input.ndim or (new.ndim and new.shape[d] != places.size):
        raise IndexError(f"index_copy: source must have shape {wanted}, input's with one slice for each index, not {new.shape}")
    if new.shape != wanted or new.dtype != input.array.dtype:
        raise RuntimeError(f"index_copy: source must have shape {wanted} and dtype {input.array.dtype}, not {new.shape} and {new.dtype}")
    return I.index_put(input, source, index=along("index_copy", input, dim, index) if input.ndim else ())


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy of `input` with the slices that `index` lists filled with `value`, a number or a 0-dim tensor."""
    if isinstance(value, Traced) and value.ndim:
        raise RuntimeError(f"index_fill: value must be a number or a 0-dim tensor, but has shape {tuple(value.shape)}")
    return I.index_put(input, value, index=along("index_fill", input, dim, index) if input.ndim else ())


def index_put_(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """``self[indices] = values``, or += with `accumulate`."""
    array_of("index_put_", values, "values")
    return tape.apply_inplace(I.index_put, self, (values,), {"index": as_index(tuple(indices)), "accumulate": accumulate})


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """A copy of `input` with `value` where the mask is True."""
    return I.masked_fill(input, mask, value)


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where the mask is True, as a vector."""
    return I.masked_select(input, mask)


def take(input: Any, index: Any) -> Any:
    """Elements of the flattened tensor."""
    places = array_of("take", index, "index")
    if places.dtype != np.int64:
        raise RuntimeError(f"take: index must be int64, not {places.dtype}; cast with .long()")
    return I.getitem(V.reshape(input, shape=(-1,)), index=places)


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
