"""Making tensors: from data, from sizes, from other tensors."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from .. import backend
from ..functional._index import number_as
from ..functional._op import Traced
from ..functional._promotion import promote_types
from ..refused import COMPLEX
from ..settings import warn_once
from .base import TensorBase, array_of, value, warn_of_lost_gradient
from .dtypes import as_device, as_numpy_dtype, contiguous_format, default, dtype_of_number, get_default_dtype, preserve_format, strided
from .results import into
from .shaping import sizes_of

__all__ = [
    "as_tensor", "empty", "empty_like", "empty_permuted", "empty_strided", "from_numpy", "full", "full_like", "ones", "ones_like",
    "place", "scalar_tensor", "tensor", "zeros", "zeros_like",
]  # fmt: skip


def place(array: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A tensor around `array`, cast, moved and marked as asked; where no device is named it stays where it is."""
    if dtype is not None:
        array = array.astype(as_numpy_dtype(dtype), copy=False)
    if device is not None:
        d = as_device(device)
        array = backend.to_device(array, d.type, d.index or 0)
    result = TensorBase._wrap(array)
    if requires_grad:
        result.requires_grad = True
    return result


def here(device: Any) -> Any:
    """The device that was asked for, or the default one; None is the CPU."""
    return default.device if device is None else device


def deliver(name: str, array: Any, device: Any, requires_grad: bool, out: Any = None, layout: Any = None) -> Any:
    """Where functions that make tensors from sizes and numbers end: a tensor on the device asked for, or written into `out`."""
    if layout is not None and layout is not strided:
        check_layout(name, layout)
    if out is None:
        return place(array, device=here(device), requires_grad=requires_grad)
    if out.array.dtype != array.dtype:
        raise RuntimeError(f"{name}: dtype {array.dtype} does not match that of out, {out.array.dtype}")
    if out.shape != array.shape:
        out.resize_(0)  # its elements are to be lost: no warning
    into(name, out, place(array, device=out.device))
    return out.requires_grad_() if requires_grad else out


def array_from(data: Any, dtype: np.dtype | None = None) -> np.ndarray:
    """A new array from numbers, nested sequences, arrays or tensors, of `dtype` or of the one torch infers."""
    if isinstance(data, (Traced, np.ndarray, np.generic)):
        array = data.array if isinstance(data, Traced) else supported(np.asarray(data))
        return array.astype(array.dtype if dtype is None else dtype)
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if isinstance(data, complex):
        raise NotImplementedError(f"tensor: {COMPLEX}")
    if isinstance(data, (bool, int, float)):
        return numbers([data], data, dtype).reshape(())
    if not (hasattr(data, "__len__") and hasattr(data, "__getitem__")) or isinstance(data, Mapping):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}; numbers, sequences of them, arrays and tensors are data")
    return array_from_items(list(data), dtype)


def numbers(items: list[Any], like: bool | int | float, dtype: np.dtype | None) -> np.ndarray:
    """Python numbers as a vector, of the dtype that `like` would have; what it cannot hold is an error."""
    target = dtype_of_number(like) if dtype is None else dtype
    try:
        if target.kind in "fVb":
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
    if np.ndarray in kinds:
        warn_once("a tensor is made of a list of arrays, which is slow; make one array of them first, with np.array()", 5)
    for i in items:
        if isinstance(i, str):
            raise ValueError(f"a tensor holds numbers, not text such as {i!r}")
        if isinstance(i, Traced):
            if i.array.size != 1:
                raise ValueError("only one element tensors can be converted to Python scalars; join tensors with torch.stack or torch.cat")
            warn_of_lost_gradient(i, 6)
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
        raise NotImplementedError(f"from_numpy: {COMPLEX}")
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        raise TypeError(f"can't convert np.ndarray of type {array.dtype} to a tensor; supported: float, int, uint and bool")
    if not array.dtype.isnative:
        raise ValueError("the array's byte order is not the machine's own; pass array.astype(array.dtype.newbyteorder('='))")
    return array


def shareable(array: np.ndarray) -> np.ndarray:
    """The array, if torch could hold its dtype and its strides too."""
    supported(array)
    for step in array.strides:
        if step < 0:
            raise ValueError("some strides of the array are negative, which is not supported; pass array.copy()")
        if step % array.itemsize:
            raise ValueError("the array's strides are not a multiple of its element size; pass array.copy()")
    return array


def warn_if_read_only(array: np.ndarray) -> None:
    if not array.flags.writeable:
        warn_once("the tensor shares memory that is not writable; writing to it raises an error: copy() it first", 4)


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False) -> Any:
    """A new tensor with a copy of `data`: numbers, nested lists, arrays.

    Floats become the default dtype (float32), integers int64, bools bool.

    >>> import minitorch_nlp as torch
    >>> torch.tensor([[1, 2], [3, 4.5]])
    tensor([[1.0000, 2.0000],
            [3.0000, 4.5000]])
    """
    if isinstance(data, np.ndarray):
        shareable(data)
    elif isinstance(data, Traced):
        warnings.warn("to copy a tensor, use tensor.detach().clone(), not torch.tensor(tensor)", stacklevel=2)
    if device is None:
        device = data.device if isinstance(data, Traced) else default.device
    return place(array_from(data, None if dtype is None else as_numpy_dtype(dtype)), device=device, requires_grad=requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """A tensor with `data`, sharing memory with an array or tensor where dtype and device allow."""
    if isinstance(data, Traced):
        return data.to(dtype=dtype, device=here(device))
    if isinstance(data, np.ndarray):
        array = shareable(data)
        result = place(array, dtype=dtype, device=here(device))
        if result.array is array:
            warn_if_read_only(array)
        return result
    return place(array_from(data, None if dtype is None else as_numpy_dtype(dtype)), device=here(device))


def from_numpy(array: np.ndarray) -> Any:
    """A tensor that shares memory with a NumPy array."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    warn_if_read_only(shareable(array))
    return TensorBase._wrap(array if array.__class__ is np.ndarray else array.view(np.ndarray))


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, layout: Any = None,
                  pin_memory: bool = False) -> Any:  # fmt: skip
    """A 0-dim tensor of one number, in the default dtype unless told otherwise."""
    return full((), s, dtype=dtype or get_default_dtype(), device=device, requires_grad=requires_grad, layout=layout)


# ---- from sizes --------------------------------------------------------------------------------------------------------------------


def shape_from(sizes: tuple[Any, ...], name: str, size: Any = None) -> tuple[int, ...]:
    """The shape that a creation function was given, as numbers, as a tuple, or by the keyword ``size``."""
    if size is not None and sizes:
        raise TypeError(f"{name}() got multiple values for argument 'size'")
    shape = sizes_of(sizes if size is None else (size,), name)
    if shape and min(shape) < 0:
        raise RuntimeError(f"{name}: trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return shape


def check_layout(name: str, layout: Any, memory_format: Any = None) -> None:
    if layout is not None and layout is not strided:
        raise NotImplementedError(f"{name}: layout={layout} is not supported; tensors are strided")
    if memory_format is not None and memory_format not in (contiguous_format, preserve_format):
        raise NotImplementedError(f"{name}: memory_format={memory_format} is not supported")


def float_or(dtype: Any, out: Any = None) -> np.dtype:
    """The dtype asked for, else that of `out`, else the default one."""
    if dtype is not None:
        return as_numpy_dtype(dtype)
    return backend.default_dtype() if out is None else array_of("out", out, "out").dtype


def zeros(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
          out: Any = None, layout: Any = None) -> Any:  # fmt: skip
    """A tensor of zeros.

    >>> import minitorch_nlp as torch
    >>> torch.zeros(2, 3).shape
    torch.Size([2, 3])
    """
    return deliver("zeros", np.zeros(shape_from(sizes, "zeros", size), float_or(dtype, out)), device, requires_grad, out, layout)


def ones(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
         out: Any = None, layout: Any = None) -> Any:  # fmt: skip
    """A tensor of ones."""
    return deliver("ones", np.ones(shape_from(sizes, "ones", size), float_or(dtype, out)), device, requires_grad, out, layout)


def empty(*sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
          out: Any = None, layout: Any = None, memory_format: Any = None) -> Any:  # fmt: skip
    """A tensor of uninitialised values."""
    check_layout("empty", None, memory_format)
    if memory_format is preserve_format:
        raise RuntimeError("empty: memory_format=preserve_format has nothing to preserve; leave it out")
    return deliver("empty", np.empty(shape_from(sizes, "empty", size), float_or(dtype, out)), device, requires_grad, out, layout)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
         out: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """A tensor filled with one value; its dtype is the value's unless given."""
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): argument 'size' must be a tuple of ints, not {type(size).__name__}")
    fill = number("full", fill_value)
    kind = dtype_of_number(fill) if dtype is None and out is None else float_or(dtype, out)
    return deliver("full", np.full(shape_from((size,), "full"), number_as(fill, kind), kind), device, requires_grad, out, layout)


def empty_strided(size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, layout: Any = None,
                  pin_memory: bool = False) -> Any:  # fmt: skip
    """Uninitialised values with the given strides, in elements; strides of 0 repeat elements."""
    shape, steps = shape_from((size,), "empty_strided"), sizes_of((stride,), "empty_strided")
    if len(shape) != len(steps):
        raise RuntimeError(f"empty_strided: as many strides as sizes are wanted, got {len(shape)} sizes and {len(steps)} strides")
    if steps and min(steps) < 0:
        raise RuntimeError(f"empty_strided: strides must not be negative, got {list(steps)}")
    count = 1 + sum((n - 1) * step for n, step in zip(shape, steps)) if 0 not in shape else 0
    flat = np.empty(count, float_or(dtype))
    return deliver("empty_strided", backend.strided(flat, 0, shape, steps), device, requires_grad, None, layout)


def empty_permuted(size: Any, physical_layout: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
                   layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """Uninitialised values whose dimensions lie in memory in the order `physical_layout`, the outermost first."""
    shape, order = shape_from((size,), "empty_permuted"), sizes_of((physical_layout,), "empty_permuted")
    if sorted(order) != list(range(len(shape))):
        raise RuntimeError(f"empty_permuted: physical_layout must name each of the {len(shape)} dimensions once, got {list(order)}")
    array = np.empty([shape[d] for d in order], float_or(dtype)).transpose([order.index(d) for d in range(len(shape))])
    return deliver("empty_permuted", array, device, requires_grad, None, layout)


# ---- like another ------------------------------------------------------------------------------------------------------------------


def like(name: str, function: Any, input: Any, dtype: Any, memory_format: Any, layout: Any, *fill: Any) -> Any:
    """A new array with the shape and dtype of a tensor, and its order in memory unless that repeats elements."""
    if memory_format is not None or layout is not None:
        check_layout(name, layout, memory_format)
    array = array_of(name, input)
    kind = array.dtype if dtype is None else as_numpy_dtype(dtype)
    order = "C" if memory_format is contiguous_format or backend.repeats(array) else "K"
    return function(array, *[number_as(f, kind) for f in fill], dtype=kind, order=order)


def zeros_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
               memory_format: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """Zeros with the shape, dtype and device of `input`."""
    if dtype is memory_format is layout is None and isinstance(input, Traced) and input.array.flags.c_contiguous:
        return place(backend.zeros(input.array, input.array.shape), device=device, requires_grad=requires_grad)  # the quick way
    array = like("zeros_like", np.zeros_like, input, dtype, memory_format, layout)
    return place(array, device=device, requires_grad=requires_grad)


def ones_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
              memory_format: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """Ones with the shape, dtype and device of `input`."""
    return place(like("ones_like", np.ones_like, input, dtype, memory_format, layout), device=device, requires_grad=requires_grad)


def empty_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
               memory_format: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """Uninitialised values with the shape, dtype and device of `input`."""
    return place(like("empty_like", np.empty_like, input, dtype, memory_format, layout), device=device, requires_grad=requires_grad)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
              memory_format: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """One value with the shape, dtype and device of `input`."""
    fill = number("full_like", fill_value)
    array = like("full_like", np.full_like, input, dtype, memory_format, layout, fill)
    return place(array, device=device, requires_grad=requires_grad)


def number(name: str, x: Any) -> Any:
    """A Python number from one, or from a one-element tensor."""
    if isinstance(x, Traced) and x.array.size != 1:
        raise TypeError(f"{name}(): a number is wanted, not a tensor of {x.array.size} elements")
    x = value(x)
    x = x.item() if hasattr(x, "dtype") else x
    if isinstance(x, complex):
        raise NotImplementedError(f"{name}: {COMPLEX}")
    if not isinstance(x, (int, float)):
        raise TypeError(f"{name}(): a number is wanted, not {type(x).__name__}")
    return x
