"""Making tensors: from data, from sizes, from other tensors."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import numpy as np

from .. import backend
from ..functional._op import Traced
from ..functional._promotion import promote_types
from .base import TensorBase
from .dtypes import as_device, as_dtype, as_numpy_dtype
from .shaping import sizes_of

__all__ = [
    "arange", "as_tensor", "empty", "empty_like", "eye", "from_numpy", "full", "full_like", "linspace", "logspace", "meshgrid", "ones", "ones_like",
    "place", "scalar_tensor", "tensor", "tril_indices", "triu_indices", "zeros", "zeros_like",
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
        return numbers([data], type(data), dtype).reshape(())
    try:
        items = list(data)
    except TypeError:
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}") from None
    return array_from_items(items, dtype)


def numbers(items: list[Any], kind: type, dtype: np.dtype | None) -> np.ndarray:
    """Python numbers as a vector; what a dtype cannot hold is an error."""
    target = as_numpy_dtype(kind) if dtype is None else dtype
    try:
        array = np.array(items)
        return array.astype(target) if target.kind in "fb" or array.dtype.kind == "f" else np.array(items, dtype=target)
    except OverflowError as error:
        raise RuntimeError(f"value cannot be converted to type {target} without overflow: {error}") from None


def array_from_items(items: list[Any], dtype: np.dtype | None) -> np.ndarray:
    if not items:
        return np.empty(0, dtype=backend.default_dtype() if dtype is None else dtype)
    kinds = {type(i) for i in items}
    if kinds <= {bool, int, float}:
        return numbers(items, float if float in kinds else bool if kinds == {bool} else int, dtype)
    for i in items:
        if isinstance(i, Traced) and i.array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars; join tensors with torch.stack or torch.cat")
    parts = [array_from(i, dtype).reshape(()) if isinstance(i, Traced) else array_from(i, dtype) for i in items]
    if len({p.shape for p in parts}) > 1:
        other = next(p for p in parts if p.shape != parts[0].shape)
        if not (parts[0].ndim and other.ndim):
            raise TypeError("not a sequence: numbers and sequences are mixed at one level")
        raise ValueError(f"expected sequence of length {len(parts[0])} at dim 1 (got {len(other)})")
    common = reduce(promote_types, (p.dtype for p in parts))
    return np.stack(parts).astype(common, copy=False)


def supported(array: np.ndarray) -> np.ndarray:
    """The array, if torch could hold its dtype too."""
    if array.dtype.kind == "c":
        raise NotImplementedError("complex tensors are not supported; keep the real and imaginary part in two tensors")
    if array.dtype.kind not in "fiub":
        raise TypeError(f"can't convert np.ndarray of type {array.dtype} to a tensor; supported: float, int, uint and bool types")
    if not array.dtype.isnative:
        raise ValueError("given numpy array has byte order different from the native byte order; use array.astype(array.dtype.newbyteorder('='))")
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
    if isinstance(data, Traced) and (dtype is None or data.array.dtype == as_numpy_dtype(dtype)):
        return data if device is None else data.to(device)
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
    return place(np.array(s, dtype=as_numpy_dtype(dtype or float)), device=device, requires_grad=requires_grad)


# ---- from sizes --------------------------------------------------------------------------------------------------------------------


def shape_from(size: tuple[Any, ...], name: str) -> tuple[int, ...]:
    try:
        shape = sizes_of(size)
    except (TypeError, ValueError):
        raise TypeError(f"{name}(): sizes must be integers, got {size}") from None
    if any(s < 0 for s in shape):
        raise RuntimeError(f"{name}: trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return shape


def check_layout(name: str, out: Any, layout: Any, memory_format: Any = None) -> None:
    if out is not None:
        raise NotImplementedError(f"{name}: out= is not supported; assign the result")
    if layout is not None and str(layout) != "torch.strided":
        raise NotImplementedError(f"{name}: layout={layout} is not supported; tensors are strided")
    if memory_format is not None and str(memory_format) not in ("torch.contiguous_format", "torch.preserve_format"):
        raise NotImplementedError(f"{name}: memory_format={memory_format} is not supported")


def filled(name: str, size: tuple[Any, ...], fill: Any, dtype: Any, device: Any, requires_grad: bool, out: Any, layout: Any) -> Any:
    check_layout(name, out, layout)
    kind = backend.default_dtype() if dtype is None else as_numpy_dtype(dtype)
    array = np.zeros(shape_from(size, name), kind) if fill == 0 else np.full(shape_from(size, name), fill, kind)
    return place(array, device=device, requires_grad=requires_grad)


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False, out: None = None, layout: Any = None) -> Any:
    """A tensor of zeros.

    >>> import minitorch_nlp as torch
    >>> torch.zeros(2, 3).shape
    torch.Size([2, 3])
    """
    return filled("zeros", size, 0, dtype, device, requires_grad, out, layout)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False, out: None = None, layout: Any = None) -> Any:
    """A tensor of ones."""
    return filled("ones", size, 1, dtype, device, requires_grad, out, layout)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False, out: None = None, layout: Any = None,
          memory_format: Any = None) -> Any:  # fmt: skip
    """A tensor of uninitialised values."""
    check_layout("empty", out, layout, memory_format)
    kind = backend.default_dtype() if dtype is None else as_numpy_dtype(dtype)
    return place(np.empty(shape_from(size, "empty"), kind), device=device, requires_grad=requires_grad)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, out: None = None, layout: Any = None) -> Any:
    """A tensor filled with one value; its dtype is the value's unless given."""
    value = fill_value.item() if isinstance(fill_value, (Traced, np.generic)) else fill_value  # type: ignore[attr-defined]
    kind = type(value) if dtype is None else dtype
    return filled("full", (size,) if not isinstance(size, int) else ((size,),), value, kind, device, requires_grad, out, layout)


def like_dtype(input: Any, dtype: Any) -> np.dtype:
    return input.array.dtype if dtype is None else as_numpy_dtype(dtype)


def zeros_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, memory_format: Any = None, layout: Any = None) -> Any:
    """Zeros with the shape, dtype and device of `input`."""
    check_layout("zeros_like", None, layout, memory_format)
    return place(np.zeros_like(input.array, dtype=like_dtype(input, dtype)), device=device, requires_grad=requires_grad)


def ones_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, memory_format: Any = None, layout: Any = None) -> Any:
    """Ones with the shape, dtype and device of `input`."""
    check_layout("ones_like", None, layout, memory_format)
    return place(np.ones_like(input.array, dtype=like_dtype(input, dtype)), device=device, requires_grad=requires_grad)


def empty_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, memory_format: Any = None, layout: Any = None) -> Any:
    """Uninitialised values with the shape, dtype and device of `input`."""
    check_layout("empty_like", None, layout, memory_format)
    return place(np.empty_like(input.array, dtype=like_dtype(input, dtype)), device=device, requires_grad=requires_grad)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, memory_format: Any = None) -> Any:
    """One value with the shape, dtype and device of `input`."""
    check_layout("full_like", None, None, memory_format)
    value = fill_value.item() if isinstance(fill_value, Traced) else fill_value  # type: ignore[attr-defined]
    return place(np.full_like(input.array, value, dtype=like_dtype(input, dtype)), device=device, requires_grad=requires_grad)


# ---- sequences ---------------------------------------------------------------------------------------------------------------------


def number(x: Any) -> Any:
    return x.item() if isinstance(x, (Traced, np.generic)) else x  # type: ignore[attr-defined]


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, out: None = None) -> Any:
    """start, start + step, ... below `end`. int64 for integers, else the default dtype."""
    check_layout("arange", out, None)
    start, end, step = (number(x) for x in ((0, start, step) if end is None else (start, end, step)))
    if step == 0:
        raise RuntimeError("arange: step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError(f"arange: upper bound and lower bound inconsistent with step sign: start {start}, end {end}, step {step}")
    kind = as_numpy_dtype(dtype or (float if any(isinstance(x, float) for x in (start, end, step)) else int))
    count = math.ceil((end - start) / step)
    return place((start + np.arange(count) * step).astype(kind), device=device, requires_grad=requires_grad)


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """`steps` values from `start` to `end`, both included, equally spaced."""
    if steps < 0:
        raise RuntimeError(f"linspace: number of steps must be non-negative, got {steps}")
    values = np.linspace(number(start), number(end), steps)
    return place(values.astype(backend.default_dtype() if dtype is None else as_numpy_dtype(dtype)), device=device, requires_grad=requires_grad)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """base^x for `steps` values x from `start` to `end`."""
    values = np.logspace(number(start), number(end), steps, base=base)
    return place(values.astype(backend.default_dtype() if dtype is None else as_numpy_dtype(dtype)), device=device, requires_grad=requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Ones on the diagonal of an n x m matrix."""
    return place(np.eye(n, m, dtype=backend.default_dtype() if dtype is None else as_numpy_dtype(dtype)), device=device, requires_grad=requires_grad)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
    """The indices of the lower triangle, (2, n)."""
    return place(np.stack(np.tril_indices(row, offset, col)), dtype=dtype or int, device=device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
    """The indices of the upper triangle, (2, n)."""
    return place(np.stack(np.triu_indices(row, offset, col)), dtype=dtype or int, device=device)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Coordinate grids from vectors: one tensor per vector, each over the whole grid."""
    vectors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f"torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: {indexing}")
    if indexing == "xy" and len(vectors) > 1:
        first, second, *rest = vectors
        b, a, *others = meshgrid(second, first, *rest)
        return (a, b, *others)
    shape = tuple(v.numel() for v in vectors)
    return tuple(v.reshape((1,) * i + (-1,) + (1,) * (len(shape) - i - 1)).expand(shape) for i, v in enumerate(vectors))
