"""Indexing, gathering and scattering with torch's argument orders, and writing by index."""

from __future__ import annotations

import operator
import warnings
from typing import Any

import numpy as np

from .. import backend
from ..autograd import tape
from ..autograd.mode import state
from ..functional import elementwise as E
from ..functional import indexing as I
from ..functional import movement as V
from ..functional import scattering as S
from ..functional._index import as_tuple, from_front, is_view, number_as
from ..functional._law import RefusedValue, wrap_dim
from ..functional._op import Traced
from ..functional.getitem import assign, explained
from ..functional.indexing import check_vector
from .base import array_of, wrap
from .results import into

__all__ = [
    "as_index", "copy_", "gather", "getitem", "index_add", "index_copy", "index_fill", "index_put", "index_reduce",
    "index_select", "masked_fill", "masked_scatter", "masked_select", "put", "scatter", "scatter_add", "scatter_reduce", "setitem", "take",
    "take_along_dim", "tril", "triu",
]  # fmt: skip


def as_index(index: Any) -> Any:
    """An index as the ops want it: tensors as arrays, slice bounds as numbers, lists as arrays.

    A list with anything but numbers in it is a tuple, as in torch: ``x[[a, b]]`` is ``x[a, b]``.
    """
    if isinstance(index, list) and any(
        isinstance(i, (slice, type(None), type(Ellipsis), Traced, list, tuple, range, np.ndarray)) for i in index
    ):
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
REST = (...,)  # behind integers for every dimension it makes NumPy give an array, not a number


def bound(value: Any) -> Any:
    return value if value is None else operator.index(value)


def tensor_index(array: Any) -> Any:
    if array.dtype.kind in "fV":
        raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, not {array.dtype}; cast with .long()")
    if array.dtype == np.uint8:
        warnings.warn("an index of dtype uint8 is deprecated; convert it with .bool()", stacklevel=5)
        return array.astype(bool)
    return int(array) if array.ndim == 0 and array.dtype != bool else array


def list_index(items: Any) -> Any:
    array = np.asarray(items)
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise IndexError(f"an index must hold integers or bools, not {array.dtype}")
    return array


def plain_view(source: Any, index: Any) -> Any:
    """``source[index]`` by ints and slices where no gradient is wanted: what the op on the tape gives, in less than half the time.

    None where a gradient is wanted, or where there is more to find out about the index.
    """
    parts = index if index.__class__ is tuple else (index,)
    for p in parts:
        if p.__class__ is slice:
            if p.step is not None or p.start.__class__ not in BOUNDS or p.stop.__class__ not in BOUNDS:
                return None
        elif p.__class__ is not int:
            return None
    if source._base is not None:
        tape.sync_view(source)
    array = source.array
    if source._needs_grad or array.__class__ is not np.ndarray:
        return None
    try:
        view = source._wrap(array[parts + REST], None, source._cell)
    except IndexError:
        return None
    tape.mark_view(view, source, (I.getitem, {"index": index}, None))
    return view


def getitem(input: Any, index: Any) -> Any:
    """``input[index]``: a view for integers, slices, None and Ellipsis, a copy for arrays and masks."""
    return I.getitem(input, index=as_index(index))


def setitem(self: Any, index: Any, source: Any) -> None:
    """``self[index] = source``, recorded."""
    if index is False:
        return
    index = None if index is True else as_index(index)
    if isinstance(source, (np.ndarray, np.generic)):
        source = wrap(source)
    elif not isinstance(source, (Traced, int, float)):
        raise TypeError(f"can't assign a {type(source).__name__} to a {type(self).__name__}; use a tensor or a number")
    if isinstance(source, Traced) and source.array.ndim and source.array.shape[0] == 1:
        source = V.reshape(source, shape=without_leading_ones(source.array.shape))
    recorded = state.enabled and (self.requires_grad or (isinstance(source, Traced) and source.requires_grad))
    if recorded or not backend.writable(self.array):  # a part of an expanded tensor may be writable all the same
        record_setitem(self, index, source)
        return
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
    return without_leading_ones(shape[1:]) if shape[:1] == (1,) else shape


def copy_(self: Any, other: Any, non_blocking: bool = False) -> Any:
    """Write `other`, broadcast and cast, into this tensor."""
    if not isinstance(other, (Traced, bool, int, float)):
        raise TypeError(f"copy_(): argument 'other' must be Tensor, not {type(other).__name__}")
    if isinstance(other, Traced) and other.array.shape != self.array.shape and not broadcasts(other.array.shape, self.array.shape):
        raise RuntimeError(f"copy_: other has shape {other.array.shape}, which does not broadcast to {self.array.shape}")
    if isinstance(other, Traced) and alike(self.array, other.array):
        for view in (self, other):
            if view._base is not None:
                tape.sync_view(view)
        if not (state.enabled and (self._needs_grad or other._needs_grad)):
            return tape.assign(self, other.array)
    return tape.apply_inplace(E.overwrite, self, (other,), {})


def alike(a: Any, b: Any) -> bool:
    """Whether two arrays have one shape and dtype and are in main memory."""
    return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape and a.dtype == b.dtype


def broadcasts(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(reversed(shape), reversed(to)))


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False, out: Any = None) -> Any:
    """out[i][j] = input[index[i][j]][j] for dim = 0, and so on."""
    return into("gather", out, I.gather(input, index, dim=dim))


def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None, out: Any = None) -> Any:
    """A copy of `input` with ``out[index[i][j]][j] = src[i][j]`` for dim = 0, and so on; added or multiplied with `reduce`."""
    source = value if src is None else src
    if source is None:
        raise TypeError("scatter(): one of 'src' and 'value' is wanted")
    if reduce is None:
        return into("scatter", out, I.scatter(input, index, source, dim=dim))
    if reduce not in ("add", "multiply"):
        raise RuntimeError(f"scatter: reduce must be either add or multiply, got {reduce!r}; for more there is scatter_reduce")
    if not isinstance(source, Traced):
        source = input.new_full(index.shape, number_as(source, input.array.dtype))
    result = S.scatter_reduce(input, index, source, dim=dim, reduce="sum" if reduce == "add" else "prod")
    return into("scatter", out, result)


def scatter_add(input: Any, dim: int, index: Any, src: Any, *, out: Any = None) -> Any:
    """As `scatter`, adding."""
    return into("scatter_add", out, I.scatter_add(input, index, src, dim=dim))


def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True, out: Any = None) -> Any:
    """A copy of `input` where each place named by `index` holds the sum, prod, mean, amax or amin of what `src` has for it.

    >>> import minitorch_nlp as torch
    >>> torch.scatter_reduce(torch.zeros(2), 0, torch.tensor([0, 0, 1]), torch.tensor([1.0, 3.0, 5.0]), "amax")
    tensor([3., 5.])
    """
    array_of("scatter_reduce", src, "src")
    return into("scatter_reduce", out, S.scatter_reduce(input, index, src, dim=dim, reduce=reduce, include_self=include_self))


def index_select(input: Any, dim: int, index: Any, *, out: Any = None) -> Any:
    """The slices along `dim` that `index` lists."""
    return into("index_select", out, I.index_select(input, index, dim=dim))


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1, out: Any = None) -> Any:
    """A copy of `input` with ``alpha * source`` added at the slices that `index` lists."""
    return into("index_add", out, I.index_add(input, index, source, dim=dim, alpha=alpha))


def index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True, out: Any = None) -> Any:
    """As `scatter_reduce`, of the whole slices that `index` lists: prod, mean, amax or amin."""
    result = S.index_reduce(input, index, source, dim=dim, reduce=reduce, include_self=include_self)
    return into("index_reduce", out, result)


def along(name: str, input: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """The index of whole slices along `dim`."""
    places = array_of(name, index, "index")
    return (*(slice(None),) * wrap_dim(dim, input.ndim), places)


def index_copy(input: Any, dim: int, index: Any, source: Any, *, out: Any = None) -> Any:
    """A copy of `input` with the slices that `index` lists replaced by those of `source`."""
    places, new = array_of("index_copy", index, "index"), array_of("index_copy", source, "source")
    d = wrap_dim(dim, input.ndim)
    check_vector("index_copy", input.array, places, d)
    wanted = (*input.shape[:d], places.size, *input.shape[d + 1 :]) if input.ndim else ()
    if new.ndim != input.ndim or (new.ndim and new.shape[d] != places.size):
        raise IndexError(f"index_copy: source must have shape {wanted}, input's with one slice for each index, not {new.shape}")
    if new.shape != wanted or new.dtype != input.array.dtype:
        raise RuntimeError(f"index_copy: source must have shape {wanted} and dtype {input.array.dtype}, not {new.shape} and {new.dtype}")
    return into("index_copy", out, I.index_put(input, source, index=along("index_copy", input, dim, index) if input.ndim else ()))


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy of `input` with the slices that `index` lists filled with `value`, a number or a 0-dim tensor."""
    if isinstance(value, Traced) and value.ndim:
        raise RuntimeError(f"index_fill: value must be a number or a 0-dim tensor, but has shape {tuple(value.shape)}")
    *whole, places = along("index_fill", input, dim, index)
    if places.dtype != np.int64:
        raise IndexError(f"index_fill: index must have dtype int64, not {places.dtype}; convert with .long()")
    if not input.ndim:
        return I.index_put(input, value, index=())
    once = np.unique(from_front(places, input.shape[len(whole)]))  # a slice filled twice passes its gradient on once
    return I.index_put(input, value, index=(*whole, once))


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy of `input` with ``out[indices] = values``, or += with `accumulate`."""
    array_of("index_put", values, "values")
    places = tuple([tensor_index(array_of("index_put", part, "indices")) for part in indices])
    return I.index_put(input, values, index=places, accumulate=accumulate)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """A copy of `input` with `value` where the mask is True."""
    return I.masked_fill(input, mask, value)


def masked_select(input: Any, mask: Any, *, out: Any = None) -> Any:
    """The elements where the mask is True, as a vector."""
    return into("masked_select", out, I.masked_select(input, mask))


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """A copy of `input` with the elements of `source`, one after the other, where the mask is True."""
    return S.masked_scatter(input, mask, source)


def take(input: Any, index: Any, *, out: Any = None) -> Any:
    """Elements of the flattened tensor."""
    array_of("take", index, "index")
    return into("take", out, S.take(input, index))


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """A copy of `input` with ``out.flatten()[index] = source``, or += with `accumulate`."""
    return S.put(input, index, source, accumulate=accumulate)


def take_along_dim(input: Any, indices: Any, dim: int | None = None, *, out: Any = None) -> Any:
    """As `gather`, broadcasting; of the flattened tensor without `dim`."""
    if dim is None:
        input, indices, dim = V.reshape(input, shape=(-1,)), V.reshape(indices, shape=(-1,)), 0
    return into("take_along_dim", out, I.take_along_dim(input, indices, dim=dim))


def tril(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """The lower triangle, zeros above the given diagonal."""
    return into("tril", out, V.tril(input, diagonal=diagonal))


def triu(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """The upper triangle, zeros below the given diagonal."""
    return into("triu", out, V.triu(input, diagonal=diagonal))
