"""Tensors as other types and on other devices."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..functional import elementwise as E
from ..functional._op import Traced
from . import creation
from .base import array_of
from .dtypes import Device, as_device, as_dtype, bfloat16, float16, float32, float64, int8, int16, int32, int64, preserve_format, uint8
from .dtypes import bool_ as bool_dtype
from .dtypes import dtype as dtype_class

__all__ = ["Conversions", "clone", "detach", "is_complex", "is_floating_point", "is_tensor", "numel"]

TYPE_NAMES = {
    "Float": float32, "Double": float64, "Half": float16, "Long": int64, "Int": int32, "Short": int16, "Char": int8, "Byte": uint8,
    "Bool": bool_dtype, "BFloat16": bfloat16,
}  # fmt: skip


class Conversions:
    """`to`, `type`, `float` and the like, `cpu` and `cuda`; the same tensor where nothing changes."""

    __slots__ = ()
    array: Any

    def astype(self, dtype: Any) -> Any:
        """NumPy's name for a cast, so that an op's backward can be written once for arrays and Tensors."""
        kind = dtype.dtype if hasattr(dtype, "dtype") else np.dtype(dtype)
        return self if self.array.dtype == kind else E.astype(self, dtype=kind)

    def to(self, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False, copy: bool = False,
           memory_format: Any = None, tensor: Any = None) -> Any:  # fmt: skip
        """The tensor with another dtype or on another device: ``to(torch.float64)``, ``to("cpu")``, ``to(other)``."""
        if len(args) == 1 and isinstance(args[0], dtype_class) and dtype is None and device is None:
            dtype = args[0]  # the quick way
        elif args or tensor is not None:
            dtype, device, copy = targets(args if tensor is None else (tensor, *args), dtype, device, copy)
        result: Any = self if dtype is None else self.astype(as_dtype(dtype))
        if device is not None:
            result = move(result, as_device(device))
        if memory_format is not None and memory_format is not preserve_format:
            creation.check_layout("to", None, memory_format)
            result = result.contiguous() if copy or result is not self else self
        return result.clone() if copy and result is self else result

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """Without an argument the type's name, ``'torch.FloatTensor'``; with one, a cast."""
        if dtype is None:
            kind = as_dtype(self.array.dtype)
            where = "" if isinstance(self.array, np.ndarray) else "cuda."
            return f"torch.{where}{next((n for n, d in TYPE_NAMES.items() if d is kind), kind.name.capitalize())}Tensor"
        if isinstance(dtype, str):
            name = dtype.removeprefix("torch.").removesuffix("Tensor")
            kind = TYPE_NAMES.get(name.removeprefix("cuda."))
            if kind is None or not dtype.startswith("torch.") or not dtype.endswith("Tensor"):
                raise ValueError(f"invalid type: '{dtype}'; known are torch.{', torch.'.join(f'{n}Tensor' for n in TYPE_NAMES)}")
            return self.to(kind).to("cuda" if name.startswith("cuda.") else "cpu")
        if hasattr(dtype, "tensor_dtype"):  # FloatTensor and its kind
            return self.to(dtype.tensor_dtype).to(dtype.tensor_device)
        return self.to(dtype)

    def type_as(self, other: Any) -> Any:
        """The tensor with the dtype of `other`, on its device."""
        array_of("type_as", other, "other")
        return self.to(other)

    def float(self, *, memory_format: Any = None) -> Any:
        return self.astype(float32) if memory_format is None else self.to(float32, memory_format=memory_format)

    def double(self, *, memory_format: Any = None) -> Any:
        return self.astype(float64) if memory_format is None else self.to(float64, memory_format=memory_format)

    def half(self, *, memory_format: Any = None) -> Any:
        return self.astype(float16) if memory_format is None else self.to(float16, memory_format=memory_format)

    def bfloat16(self, *, memory_format: Any = None) -> Any:
        return self.astype(bfloat16) if memory_format is None else self.to(bfloat16, memory_format=memory_format)

    def long(self, *, memory_format: Any = None) -> Any:
        return self.astype(int64) if memory_format is None else self.to(int64, memory_format=memory_format)

    def int(self, *, memory_format: Any = None) -> Any:
        return self.astype(int32) if memory_format is None else self.to(int32, memory_format=memory_format)

    def short(self, *, memory_format: Any = None) -> Any:
        return self.astype(int16) if memory_format is None else self.to(int16, memory_format=memory_format)

    def char(self, *, memory_format: Any = None) -> Any:
        return self.astype(int8) if memory_format is None else self.to(int8, memory_format=memory_format)

    def byte(self, *, memory_format: Any = None) -> Any:
        return self.astype(uint8) if memory_format is None else self.to(uint8, memory_format=memory_format)

    def bool(self, *, memory_format: Any = None) -> Any:
        return self.astype(bool_dtype) if memory_format is None else self.to(bool_dtype, memory_format=memory_format)

    def cpu(self, *, memory_format: Any = None) -> Any:
        return move(self, Device("cpu")) if memory_format is None else self.to("cpu", memory_format=memory_format)

    def cuda(self, device: Any = None, non_blocking: Any = False, memory_format: Any = None) -> Any:
        return self.to("cuda" if device is None else device, memory_format=memory_format)

    def pin_memory(self, device: Any = None) -> Any:
        """The tensor itself: host memory is not pinned here."""
        return self

    # ---- new tensors like this one ----

    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Any:
        """A new tensor with a copy of `data`, by default with this one's dtype and device."""
        return creation.tensor(data, **like(self, dtype, device), requires_grad=requires_grad)

    def new_zeros(self, *sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: Any = False,
                  layout: Any = None, pin_memory: Any = False) -> Any:  # fmt: skip
        """Zeros, by default with this tensor's dtype and device."""
        return creation.zeros(*sizes, size=size, **like(self, dtype, device), requires_grad=requires_grad, layout=layout)

    def new_ones(self, *sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: Any = False,
                 layout: Any = None, pin_memory: Any = False) -> Any:  # fmt: skip
        """Ones, by default with this tensor's dtype and device."""
        return creation.ones(*sizes, size=size, **like(self, dtype, device), requires_grad=requires_grad, layout=layout)

    def new_empty(self, *sizes: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: Any = False,
                  layout: Any = None, pin_memory: Any = False) -> Any:  # fmt: skip
        """Uninitialised values, by default with this tensor's dtype and device."""
        return creation.empty(*sizes, size=size, **like(self, dtype, device), requires_grad=requires_grad, layout=layout)

    def new_full(self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: Any = False,
                 layout: Any = None, pin_memory: Any = False) -> Any:  # fmt: skip
        """One value, by default with this tensor's dtype and device."""
        return creation.full(size, fill_value, **like(self, dtype, device), requires_grad=requires_grad, layout=layout)

    def new_empty_strided(self, size: Any, stride: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False,
                          layout: Any = None, pin_memory: Any = False) -> Any:  # fmt: skip
        """Uninitialised values with the given strides, by default with this tensor's dtype and device."""
        return creation.empty_strided(size, stride, **like(self, dtype, device), requires_grad=requires_grad, layout=layout)


def targets(args: tuple[Any, ...], dtype: Any, device: Any, copy: Any) -> tuple[Any, Any, Any]:
    """dtype, device and copy of a call to `to` with arguments by position: ``(device, dtype)``, ``(dtype)`` or ``(other)``, then flags."""
    before = (dtype is not None) + (device is not None)
    flags = sum(1 for a in args if a is True or a is False)
    targets = args[: len(args) - flags]
    first = targets[0] if targets else None
    if isinstance(first, Traced):
        fits, dtype, device = len(targets) == 1 and not before, first.dtype, first.device
    elif first is None or isinstance(first, (str, int, Device)):
        fits = len(targets) <= 2 and (first is None or device is None) and (len(targets) < 2 or dtype is None)
        device = device if first is None else first
        dtype = targets[1] if len(targets) == 2 else dtype
    else:
        fits, dtype = len(targets) == 1 and not before, first
    if not fits or flags > 2 or isinstance(dtype, (str, int, Traced)):
        raise TypeError(
            f"to(): wants a dtype, a device, a device and a dtype, or a tensor, not {', '.join(type(a).__name__ for a in args)}"
        )
    return dtype, device, args[-1] if flags == 2 else copy


def like(tensor: Any, dtype: Any, device: Any) -> dict[str, Any]:
    """The keywords for a new tensor: what was asked for, else as `tensor` is."""
    return {"dtype": tensor.dtype if dtype is None else dtype, "device": tensor.device if device is None else device}


def move(tensor: Any, device: Device) -> Any:
    """The tensor on a device; recorded, so that the gradient comes back to where the tensor was."""
    kind, index = backend.device_of(tensor.array)
    if (device.type, device.index or 0) == (kind, index):
        return tensor
    return E.to_device(tensor, kind=device.type, index=device.index or 0)


# ---- as functions ------------------------------------------------------------------------------------------------------------------


def is_tensor(obj: Any) -> Any:
    """Whether `obj` is a Tensor."""
    return isinstance(obj, Traced)


def is_floating_point(input: Any) -> Any:
    """Whether the tensor holds floats."""
    return array_of("is_floating_point", input).dtype.kind in "fV"


def is_complex(input: Any) -> Any:
    """Whether the tensor holds complex numbers: never here."""
    return array_of("is_complex", input).dtype.kind == "c"


def numel(input: Any) -> Any:
    """The number of elements."""
    return array_of("numel", input).size


def clone(input: Any, *, memory_format: Any = preserve_format) -> Any:
    """A copy that gradients flow through."""
    return input.clone(memory_format=memory_format)


def detach(input: Any) -> Any:
    """The same memory as a tensor that needs no gradient."""
    return input.detach()
