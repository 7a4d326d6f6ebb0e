"""Making tensors: from data, from sizes, from other tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from .. import backend
from ..functional._index import number_as
from ..functional._op import Traced
from ..functional._promotion import promote_types
from .base import TensorBase, array_of, integer, refuse_out, value
from .dtypes import as_device, as_numpy_dtype, contiguous_format, dtype_of_number, get_default_dtype, preserve_format, strided
from .shaping import sizes_of

__all__ = [
    "arange", "as_tensor", "empty", "empty_like", "eye", "from_numpy", "full", "full_like", "linspace", "logspace", "meshgrid", "ones",
    "ones_like", "place", "scalar_tensor", "tensor", "tril_indices", "triu_indices", "zeros", "zeros_like",
]  # fmt: skip


def place(array: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A tensor around `array`, cast, moved and marked as asked: where every creation function ends."""
    if dtype is not None:
        array = array.astype(as_numpy_dtype(dtype), copy=False)
    if device is not None:
        d = as_device(device)
        array = backend.to_device(array, d.type, d.index or 0)
    result = TensorBase._wrap(array)
    if requires_grad:
        result.requires_grad = True
    return result


def array_from(data: Any, dtype: np.dtype | None = None) -> np.ndarray:
    """A new array from numbers, nested sequences, arrays or tensors, of `dtype` or of the one torch infers."""
    if isinstance(data, (Traced, np.ndarray, np.generic)):
        array = data.array if isinstance(data, Traced) else supported(np.asarray(data))
        return array.astype(array.dtype if dtype is None else dtype)
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if isinstance(data, complex):
        raise NotImplementedError("complex tensors are not supported; keep the real and imaginary part in two tensors")
    if isinstance(data, (bool, int, float)):
        return numbers([data], data, dtype).reshape(())
    if not (hasattr(data, "__len__") and hasattr(data, "__getitem__")) or isinstance(data, Mapping):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}; numbers, sequences of them, arrays and tensors are data")
    return array_from_items(list(data), dtype)


def numbers(items: list[Any], like: bool | int | float, dtype: np.dtype | None) -> np.ndarray:
    """Python numbers as a vector, of the dtype that `like` would have; what it cannot hold is an error."""
    target = dtype_of_number(like) if dtype is None else dtype
    try:
        if target.kind in "fb":
            if target.itemsize != 2:
                return np.array(items, dtype=target)
            with np.errstate(over="ignore"):  # a number too large for a half is inf, as in masks of -1e9
                return np.array(items, dtype=target)
        exact = isinstance(like, float) or target.kind == "u"  # floats to be cut, negative numbers to be wrapped
        return np.array([number_as(i, target) for i in items] if exact else items, dtype=target)
    except OverflowError as error:
        kind = ValueError if dtype is None else RuntimeError
        raise kind(f"value cannot be converted to type {target} without overflow: {error}") from None


def array_from_items(items: list[Any], dtype: np.dtype | None) -> np.ndarray:
    if not items:
        return np.empty(0, dtype=backend.default_dtype() if dtype is None else dtype)
    kinds = {type(i) for i in items}
    if kinds <= {bool, int, float}:
        return numbers(items, 1.0 if float in kinds else kinds == {bool} or 1, dtype)
    for i in items:
        if isinstance(i, str):
            raise ValueError(f"a tensor holds numbers, not text such as {i!r}")
        if isinstance(i, Traced) and i.array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars; join tensors with torch.stack or torch.cat")
    parts = [array_from(i, dtype).reshape(()) if isinstance(i, Traced) else array_from(i, dtype) for i in items]
    shape = parts[0].shape
    for part in parts:
        if part.ndim != len(shape):
            raise (TypeError if 0 in (part.ndim, len(shape)) else ValueError)("numbers and sequences are mixed at one level")
        for dim, (wanted, got) in enumerate(zip(shape, part.shape), start=1):
            if wanted != got:
                raise ValueError(f"expected sequence of length {wanted} at dim {dim} (got {got})")
    common = reduce(promote_types, (p.dtype for p in parts))
    return np.stack(parts).astype(common, copy=False)


def supported(array: np.ndarray) -> np.ndarray:
    """The array, if torch could hold its dtype too."""
    if array.dtype.kind == "c":
        raise NotImplementedError("complex tensors are not supported; keep the real and imaginary part in two tensors")
    if array.dtype.kind not in "fiub":
        raise TypeError(f"can't convert np.ndarray of type {array.dtype} to a tensor; supported: float, int, uint and bool")
    if not array.dtype.isnative:
        raise ValueError("the array's byte order is not the machine's own; pass array.astype(array.dtype.newbyteorder('='))")
    return array


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False) -> Any:
    """A new tensor with a copy of `data`: numbers, nested lists, arrays.

    Floats become the default dtype (float32), integers int64, bools bool.

    >>> import minitorch_nlp as torch
    >>> torch.tensor([[1, 2], [3, 4.5]])
    tensor([[1.0000, 2.0000],
            [3.0000, 4.5000]])
    """
    return place(array_from(data, None if dtype is None else as_numpy_dtype(dtype)), device=device, requires_grad=requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """A tensor with `data`, sharing memory with an array or tensor where dtype and device allow."""
    if isinstance(data, Traced):
        return data.to(dtype=dtype, device=device)
    if isinstance(data, np.ndarray):
        return place(supported(data), dtype=dtype, device=device)
    return place(array_from(data, None if dtype is None else as_numpy_dtype(dtype)), device=device)


def from_numpy(array: np.ndarray) -> Any:
    """A tensor that shares memory with a NumPy array."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    if any(s < 0 for s in array.strides):
        raise ValueError("from_numpy: some strides of the array are negative, which is not supported; pass array.copy()")
    return TensorBase._wrap(supported(array))


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A 0-dim tensor of one number, in the default dtype unless told otherwise."""
    return full((), s, dtype=dtype or get_default_dtype(), device=device, requires_grad=requires_grad)


# ---- from sizes --------------------------------------------------------------------------------------------------------------------


def shape_from(sizes: tuple[Any, ...], name: str, size: Any = None) -> tuple[int, ...]:
    """The shape that a creation function was given, as numbers, as a tuple, or by the keyword ``size``."""
    shape = sizes_of(sizes if size is None else (size,), name)
    if shape and min(shape) < 0:
        raise RuntimeError(f"{name}: trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return shape


def check_layout(name: str, out: Any, layout: Any, memory_format: Any = None) -> None:
    if out is not None:
        refuse_out(name, out)
    if layout is not None and layout is not strided:
        raise NotImplementedError(f"{name}: layout={layout} is not supported; tensors are strided")
    if memory_format is not None and memory_format not in (contiguous_format, preserve_format):
        raise NotImplementedError(f"{name}: memory_format={memory_format} is not supported")


def float_or(dtype: Any) -> np.dtype:
    return backend.default_dtype() if dtype is None else as_numpy_dtype(dtype)


def zeros(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
          out: None = None, layout: Any = None) -> Any:  # fmt: skip
    """A tensor of zeros.

    >>> import minitorch_nlp as torch
    >>> torch.zeros(2, 3).shape
    torch.Size([2, 3])
    """
    check_layout("zeros", out, layout)
    return place(np.zeros(shape_from(sizes, "zeros", size), float_or(dtype)), device=device, requires_grad=requires_grad)


def ones(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
         out: None = None, layout: Any = None) -> Any:  # fmt: skip
    """A tensor of ones."""
    check_layout("ones", out, layout)
    return place(np.ones(shape_from(sizes, "ones", size), float_or(dtype)), device=device, requires_grad=requires_grad)


def empty(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
          out: None = None, layout: Any = None, memory_format: Any = None) -> Any:  # fmt: skip
    """A tensor of uninitialised values."""
    check_layout("empty", out, layout, memory_format)
    return place(np.empty(shape_from(sizes, "empty", size), float_or(dtype)), device=device, requires_grad=requires_grad)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
         out: None = None, layout: Any = None) -> Any:  # fmt: skip
    """A tensor filled with one value; its dtype is the value's unless given."""
    check_layout("full", out, layout)
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): argument 'size' must be a tuple of ints, not {type(size).__name__}")
    fill = number("full", fill_value)
    kind = dtype_of_number(fill) if dtype is None else as_numpy_dtype(dtype)
    return place(np.full(shape_from((size,), "full"), number_as(fill, kind), kind), device=device, requires_grad=requires_grad)


def like(name: str, function: Any, input: Any, dtype: Any, memory_format: Any, *fill: Any) -> Any:
    """A new array with the shape and dtype of a tensor, and its order in memory unless that repeats elements."""
    if memory_format is not None:
        check_layout(name, None, None, memory_format)
    array = array_of(name, input)
    kind = array.dtype if dtype is None else as_numpy_dtype(dtype)
    order = "C" if memory_format is contiguous_format or backend.repeats(array) else "K"
    return function(array, *[number_as(f, kind) for f in fill], dtype=kind, order=order)


def zeros_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
               memory_format: Any = None, layout: Any = None) -> Any:  # fmt: skip
    """Zeros with the shape, dtype and device of `input`."""
    if dtype is memory_format is layout is None and isinstance(input, Traced) and input.array.flags.c_contiguous:
        return place(backend.zeros(input.array, input.array.shape), device=device, requires_grad=requires_grad)  # the quick way
    check_layout("zeros_like", None, layout)
    return place(like("zeros_like", np.zeros_like, input, dtype, memory_format), device=device, requires_grad=requires_grad)


def ones_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
              memory_format: Any = None, layout: Any = None) -> Any:  # fmt: skip
    """Ones with the shape, dtype and device of `input`."""
    check_layout("ones_like", None, layout)
    return place(like("ones_like", np.ones_like, input, dtype, memory_format), device=device, requires_grad=requires_grad)


def empty_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
               memory_format: Any = None, layout: Any = None) -> Any:  # fmt: skip
    """Uninitialised values with the shape, dtype and device of `input`."""
    check_layout("empty_like", None, layout)
    return place(like("empty_like", np.empty_like, input, dtype, memory_format), device=device, requires_grad=requires_grad)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
              memory_format: Any = None, layout: Any = None) -> Any:  # fmt: skip
    """One value with the shape, dtype and device of `input`."""
    check_layout("full_like", None, layout)
    fill = number("full_like", fill_value)
    return place(like("full_like", np.full_like, input, dtype, memory_format, fill), device=device, requires_grad=requires_grad)


# ---- sequences ---------------------------------------------------------------------------------------------------------------------


def number(name: str, x: Any) -> Any:
    """A Python number from one, or from a one-element tensor."""
    if isinstance(x, Traced) and x.array.size != 1:
        raise TypeError(f"{name}(): a number is wanted, not a tensor of {x.array.size} elements")
    x = value(x)
    x = x.item() if hasattr(x, "dtype") else x
    if not isinstance(x, (int, float)):
        raise TypeError(f"{name}(): a number is wanted, not {type(x).__name__}")
    return x


def arange(start: Any = None, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
           out: None = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """start, start + step, ... below `end`: ``arange(end)``, ``arange(start, end, step)``. int64 for integers, else the default dtype."""
    check_layout("arange", out, layout)
    if start is None or end is None:
        start, end = 0, start if end is None else end
    limits = [number("arange", x) for x in (start, end, step)]
    kind = dtype_of_number(0.0 if any(isinstance(x, float) for x in limits) else 0) if dtype is None else as_numpy_dtype(dtype)
    if kind.kind == "b":
        raise NotImplementedError("arange: not implemented for bool; compare or convert an integer range")
    try:
        first, last, by = limits if kind.kind == "f" else map(int, limits)
        count = math.ceil((last - first) / (by or 1))
    except (ValueError, OverflowError):  # of int or ceil
        raise RuntimeError(f"arange: start, end and step must be finite, got {start}, {end}, {step}") from None
    if by == 0:
        raise RuntimeError("arange: step must be nonzero")
    if (last - first) * by < 0:
        raise RuntimeError(f"arange: from {first} one does not come to {last} in steps of {by}")
    array = np.arange(first, last, by, dtype=kind) if kind.kind != "f" else (first + np.arange(count) * by).astype(kind)
    return place(array, device=device, requires_grad=requires_grad)


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """`steps` values from `start` to `end`, both included, equally spaced."""
    if integer("linspace", steps) < 0:
        raise RuntimeError(f"linspace: number of steps must be non-negative, got {steps}")
    values = np.linspace(number("linspace", start), number("linspace", end), steps)
    return place(values.astype(float_or(dtype)), device=device, requires_grad=requires_grad)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, device: Any = None,
             requires_grad: bool = False) -> Any:  # fmt: skip
    """base^x for `steps` values x from `start` to `end`."""
    values = np.logspace(number("logspace", start), number("logspace", end), integer("logspace", steps), base=base)
    return place(values.astype(float_or(dtype)), device=device, requires_grad=requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Ones on the diagonal of an n x m matrix; m is n unless given."""
    check_sizes("eye", n, n if m is None else m)
    return place(np.eye(n, m, dtype=float_or(dtype)), device=device, requires_grad=requires_grad)


def check_sizes(name: str, rows: int, columns: int) -> None:
    if min(integer(name, rows), integer(name, columns)) < 0:
        raise RuntimeError(f"{name}: sizes must not be negative, got {rows} and {columns}")


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
    """The indices of the lower triangle, (2, n)."""
    check_sizes("tril_indices", row, col)
    return place(np.stack(np.tril_indices(row, offset, col)), dtype=dtype or int, device=device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
    """The indices of the upper triangle, (2, n)."""
    check_sizes("triu_indices", row, col)
    return place(np.stack(np.triu_indices(row, offset, col)), dtype=dtype or int, device=device)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Coordinate grids from vectors: one tensor per vector, each over the whole grid."""
    vectors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    if any(v.ndim > 1 for v in vectors):
        raise RuntimeError(f"meshgrid: vectors or 0-dim tensors are wanted, got shapes {[tuple(v.shape) for v in vectors]}")
    if len({v.dtype for v in vectors}) > 1:
        raise RuntimeError(f"meshgrid: all tensors must have the same dtype, got {[v.dtype for v in vectors]}")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    if indexing == "xy" and len(vectors) > 1:
        first, second, *rest = vectors
        b, a, *others = meshgrid(second, first, *rest)
        return (a, b, *others)
    shape = tuple(v.numel() for v in vectors)
    return tuple(v.reshape((1,) * i + (-1,) + (1,) * (len(shape) - i - 1)).expand(shape) for i, v in enumerate(vectors))
