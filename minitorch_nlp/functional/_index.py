"""What an index means, on plain arrays: torch's rules where they are not NumPy's, and the checks of gather and its kin.

In torch an integer in an index takes its slice first, and only then are the arrays looked at. So ``x[0, :, i]`` keeps the order of the
dimensions, where NumPy would move those of ``i`` to the front. `split` writes an index as these two steps.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from .. import backend
from ._law import RefusedValue

__all__ = [
    "add_at", "as_tuple", "check_along", "check_bounds", "check_index_dtype", "corner", "flat_along", "is_index_dtype", "is_view", "kept",
    "number_as", "read", "split", "spread", "view",
]  # fmt: skip

ALL = slice(None)


def as_tuple(index: Any) -> tuple[Any, ...]:
    return index if index.__class__ is tuple else (index,)


def kept(index: Any) -> tuple[Any, ...]:
    """The parts of an index, safe to keep until backward: the arrays copied, since their owner may change them."""
    return tuple(p.copy() if hasattr(p, "copy") else p for p in as_tuple(index))


def is_view(parts: tuple[Any, ...]) -> bool:
    """Whether these parts are integers, slices, None and Ellipsis only, which select a view. Slices must go forwards."""
    for p in parts:
        kind = p.__class__
        if kind is slice:
            check_step(p)
        elif kind is not int and p is not None and p is not Ellipsis:
            return False
    return True


def check_step(part: slice) -> None:
    if part.step is not None and part.step < 1:
        raise RefusedValue(f"slice step must be greater than zero, got {part.step}; use flip() to reverse a dimension")


def split(parts: tuple[Any, ...], ndim: int, like: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """``x[parts]`` in two steps, ``x[basic][arrays]``, new arrays beside `like`; `arrays` is empty where the first step is all."""
    used = sum(width(p) for p in parts)
    if used > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}: {used} given")
    basic: list[Any] = []
    arrays: list[Any] = []
    for p in parts:
        if p is Ellipsis:
            basic += [ALL] * (ndim - used)
            arrays += [ALL] * (ndim - used)
        elif p is None or isinstance(p, slice):
            if p is not None:
                check_step(p)
            basic.append(p)
            arrays.append(ALL)
        elif isinstance(p, bool) or (hasattr(p, "dtype") and p.dtype == bool and p.ndim == 0):
            basic.append(None)  # True keeps everything under a new dimension of size 1, False nothing under one of size 0
            arrays.append(backend.beside(like, np.arange(int(p))))
        elif hasattr(p, "dtype") and p.ndim:
            check_index_array(p)
            basic += [ALL] * width(p)
            arrays.append(p)
        else:
            basic.append(as_integer(p))
    return tuple(basic), tuple(arrays) if any(a is not ALL for a in arrays) else ()


def width(part: Any) -> int:
    """How many dimensions a part of an index stands for."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    if isinstance(part, np.bool_):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and integer or bool tensors are valid indices (got numpy.bool)"
        )
    return part.ndim if hasattr(part, "dtype") and part.dtype == bool else 1


def as_integer(part: Any) -> int:
    try:
        return operator.index(part)
    except TypeError:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and integer or bool tensors are valid indices "
            f"(got {type(part).__name__}); round a float with int()"
        ) from None


def check_index_array(array: Any) -> None:
    if array.dtype != bool and not is_index_dtype(array.dtype):
        raise IndexError(f"tensors used as indices must be int64, int32 or bool tensors, not {array.dtype}; cast with .long()")


def view(x: Any, basic: tuple[Any, ...]) -> Any:
    """The part of `x` that integers and slices select, sharing memory; an array also where it is one element."""
    y = x[basic]
    return x[(*basic, ...)] if isinstance(y, np.generic) else y


def read(x: Any, basic: tuple[Any, ...], arrays: tuple[Any, ...]) -> Any:
    """``x[basic][arrays]``."""
    x = view(x, basic)
    if not arrays:
        return x
    dim = only_integers(arrays)
    if dim is not None:
        return x.take(arrays[dim], axis=dim)  # quicker, and gives C order
    y = x[arrays]
    return y if y.flags.c_contiguous else y.copy()


def only_integers(arrays: tuple[Any, ...]) -> int | None:
    """The place of the one integer array among full slices, if that is what `arrays` is."""
    found = [d for d, a in enumerate(arrays) if a is not ALL]
    return found[0] if len(found) == 1 and arrays[found[0]].dtype != bool else None


def add_at(target: Any, basic: tuple[Any, ...], arrays: tuple[Any, ...], values: Any) -> None:
    """``target[basic][arrays] += values`` in place, once per occurrence of a repeated place."""
    part = view(target, basic)
    if arrays:
        backend.scatter_add(part, arrays, values)
    else:
        part[...] += values


def spread(values: Any, parts: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `values` added where ``x[parts]`` reads: the transpose of reading."""
    basic, arrays = split(parts, len(shape), values)
    whole = all(b == ALL for b in basic)
    integers = [a for a in arrays if a is not ALL and a.dtype != bool]
    if whole and integers and len(integers) == len(shape):
        out = backend.zeros(values, shape)
        flat = flat_index(integers, shape)
        backend.scatter_add(out.reshape(-1), np.broadcast_to(flat, values.shape).reshape(-1), values.reshape(-1))
        return out
    dim = only_integers(arrays) if whole and arrays else None
    if dim is not None:
        return spread_along(values, arrays[dim], dim, shape)
    out = backend.zeros(values, shape)
    if integers:
        add_at(out, basic, arrays, values)
    else:
        view(out, basic)[arrays or ...] = values  # slices and masks read no place twice
    return out


def spread_along(values: Any, index: Any, dim: int, shape: tuple[int, ...]) -> Any:
    """`spread` for whole slices along one dimension: rows, once that dimension is in front."""
    rows = index.reshape(-1)
    values = values.reshape((*shape[:dim], math.prod(index.shape), *shape[dim + 1 :]))
    if dim == 0:
        return backend.scatter_add_rows(rows, shape[0], values)
    return np.moveaxis(backend.scatter_add_rows(rows, shape[dim], np.moveaxis(values, dim, 0)), 0, dim)


def flat_index(arrays: list[Any], shape: tuple[int, ...]) -> Any:
    """The places of the flattened array that one index array per dimension names."""
    flat: Any = 0
    for a, n in zip(arrays, shape):
        flat = flat * n + from_front(a, n)
    return flat


def from_front(index: Any, size: int) -> Any:
    """int64, negative places counted from the end made positive."""
    index = index.astype(np.int64, copy=False)
    return np.where(index < 0, index + size, index) if index.size and index.min() < 0 else index


def flat_along(index: Any, dim: int, shape: tuple[int, ...]) -> Any:
    """gather's way of addressing: the flat places of ``x[i, index[i, j], k]`` (for dim = 1) in an x of `shape`."""
    flat = index.astype(np.int64, copy=False)
    if not math.prod(index.shape):
        return flat
    strides = [math.prod(shape[d + 1 :]) for d in range(len(shape))]
    if shape and strides[dim] != 1:
        flat = flat * strides[dim]
    for d, n in enumerate(index.shape):
        if d != dim and n > 1:
            flat = flat + backend.beside(index, (np.arange(n) * strides[d]).reshape((n,) + (1,) * (index.ndim - 1 - d)))
    return flat


def corner(shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(0, n) for n in shape)


def number_as(value: Any, dtype: np.dtype) -> Any:
    """A Python number as torch writes it into an array of `dtype`: cut towards zero for integers, refused where it does not fit."""
    if dtype.kind == "b":
        return bool(value)
    try:
        if dtype.kind in "fV":
            fits = abs(value) <= backend.LARGEST[dtype.char] or abs(value) == math.inf or value != value
        else:
            value = int(value)
            most = 2 ** (8 * dtype.itemsize - (dtype.kind == "i")) - 1
            fits = -most - (dtype.kind == "i") <= value <= most
    except (OverflowError, ValueError):  # int(inf), int(nan)
        fits = False
    if not fits:
        raise RuntimeError(f"value {value} cannot be converted to type {dtype} without overflow")
    if dtype.kind == "V":
        return dtype.type(value)  # a Python float would widen the array
    return value % (most + 1) if dtype.kind == "u" else value


def is_index_dtype(dtype: Any) -> bool:
    return dtype.kind == "i" and dtype.itemsize >= 4


def check_index_dtype(name: str, index: Any) -> None:
    if not is_index_dtype(index.dtype):
        raise RuntimeError(f"{name}(): expected dtype int32/int64 for index, got {index.dtype}; cast with .long()")


def check_bounds(index: Any, size: int, message: str, error: type[Exception] = RuntimeError) -> None:
    """Raise `error` unless every element of `index` is in [0, size). `message` may use {index} and {size}."""
    if index.size and index.view(UNSIGNED[index.dtype.itemsize]).max() >= size:  # seen unsigned, a negative place is a huge one
        wrong = index[(index < 0) | (index >= size)].reshape(-1)[0]
        raise error(message.format(index=int(wrong), size=size))


UNSIGNED = {4: np.dtype("uint32"), 8: np.dtype("uint64")}


def check_along(name: str, x: Any, index: Any, dim: int, src: Any = None) -> None:
    """The law of gather and scatter: as many dimensions everywhere, `index` no larger than `x` except along `dim`, nor than `src`."""
    if math.prod(index.shape):
        check_index_dtype(name, index)
    if src is not None and src.dtype != x.dtype:
        raise RuntimeError(f"{name}(): src must have the dtype of x, {x.dtype}, not {src.dtype}; cast it with .to()")
    if not math.prod(index.shape):
        return
    shapes = f"\n  x     is {tuple(x.shape)}\n  index is {tuple(index.shape)}" + ("" if src is None else f"\n  src   is {tuple(src.shape)}")
    for what, other in (("x", x), ("src", src)):
        if other is not None and max(other.ndim, 1) != max(index.ndim, 1):
            raise RuntimeError(f"{name}: index must have as many dimensions as {what}{shapes}")
    if any(n > m for d, (n, m) in enumerate(zip(index.shape, x.shape)) if d != dim):
        raise RuntimeError(f"{name}: index must be no larger than x apart from dimension {dim}{shapes}")
    if src is not None and any(n > m for n, m in zip(index.shape, src.shape)):
        raise RuntimeError(f"{name}: index must be no larger than src{shapes}")
    size = x.shape[dim] if x.ndim else 1
    check_bounds(index, size, f"{name}: index {{index}} is out of bounds for dimension {dim} with size {{size}}")
