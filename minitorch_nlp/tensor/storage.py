"""The memory a tensor is a view of, as an object: its size, address and bytes."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

import numpy as np

from .. import backend
from .dtypes import DTYPES, Device, as_device, dtype

__all__ = ["TypedStorage", "UntypedStorage", "address", "is_storage", "memory_of", "storage", "untyped_storage"]


def memory_of(tensor: Any) -> Any:
    """The run of memory that `tensor` is a view of, as a vector of bytes: that of its base, or where that has gaps, all of the array's."""
    origin = tensor._origin if tensor._base is None else tensor._base.array
    array = tensor.array if origin is None else origin
    memory = as_bytes(array)
    while memory is None and backend.is_array(array.base):
        array = array.base
        memory = as_bytes(array)
    return memory


def as_bytes(array: Any) -> Any:
    """An array without gaps as a vector of bytes, in the order of memory; None if it has gaps."""
    flat = array.transpose(sorted(range(array.ndim), key=lambda axis: -array.strides[axis]))
    return flat.reshape(-1).view(np.uint8) if flat.flags.c_contiguous else None


def address(array: Any) -> int:
    return array.ctypes.data if isinstance(array, np.ndarray) else array.data.ptr


class UntypedStorage:
    """A run of memory as bytes: ``storage[i]`` reads and writes it. Its size cannot be changed."""

    def __init__(self, memory: Any) -> None:
        self.array = memory

    @property
    def device(self) -> Device:
        kind, index = backend.device_of(self.array)
        return Device(kind, index if kind == "cuda" else None)

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    is_sparse = False

    def is_shared(self) -> bool:
        return False

    def is_pinned(self) -> bool:
        return False

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return address(self.array)

    def nbytes(self) -> int:
        return self.array.nbytes

    def size(self) -> int:
        """The number of elements: bytes."""
        return self.array.size

    __len__ = size

    def element_size(self) -> int:
        return self.array.itemsize

    def tolist(self) -> list[Any]:
        return self.array.tolist()

    def clone(self) -> Any:
        return self.like(self.array.copy())

    def cpu(self) -> Any:
        return self if not self.is_cuda else self.like(backend.to_numpy(self.array))

    def cuda(self, device: Any = None, non_blocking: bool = False) -> Any:
        """The same elements on a GPU; itself where they are there already."""
        place = as_device("cuda" if device is None else device)
        if backend.gpu_count() == 0:
            raise RuntimeError(f"cuda: a storage is to go to {place}, but no CUDA device is available")
        array = backend.to_device(self.array, "cuda", place.index or 0)
        return self if array is self.array else self.like(array)

    def copy_(self, source: Any, non_blocking: Any = None) -> Any:
        """Write another storage's elements into this one."""
        self.array[...] = source.array
        return self

    def fill_(self, value: Any) -> Any:
        self.array[...] = value
        return self

    def like(self, array: Any) -> Any:
        return UntypedStorage(array)

    def type(self) -> str:
        return "torch.storage.UntypedStorage"

    def resize_(self, size: Any) -> NoReturn:
        raise NotImplementedError("resize_: a storage cannot change its size here; use tensor.resize_()")

    def __eq__(self, other: object) -> bool:
        """Whether both are the same memory."""
        return isinstance(other, UntypedStorage) and (self.data_ptr(), self.nbytes()) == (other.data_ptr(), other.nbytes())

    def __hash__(self) -> int:
        return hash((self.data_ptr(), self.nbytes()))

    def __iter__(self) -> Any:
        return iter(self.tolist())

    def __getitem__(self, index: Any) -> Any:
        found = self.array[index]
        return self.like(found) if isinstance(index, slice) else found.item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self.array[index] = value

    def described(self) -> str:
        return f"torch.storage.UntypedStorage(device={self.device})"

    def __repr__(self) -> str:
        return " " + "\n ".join(map(str, self.tolist())) + f"\n[{self.described()} of size {len(self)}]"


class TypedStorage(UntypedStorage):
    """A run of memory as elements of a dtype."""

    @property
    def dtype(self) -> dtype:
        return DTYPES[self.array.dtype]

    def untyped(self) -> UntypedStorage:
        return UntypedStorage(self.array.view(np.uint8))

    def like(self, array: Any) -> Any:
        return TypedStorage(array)

    def type(self) -> str:
        return f"torch.{self.pickle_storage_type()}"

    def pickle_storage_type(self) -> str:
        names = {"float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16", "int64": "Long", "int32": "Int",
                 "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool"}  # fmt: skip
        return f"{names.get(self.dtype.name, 'Untyped')}Storage"

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            raise RuntimeError("storage[a:b]: slices are only supported on untyped_storage()")
        return super().__getitem__(index)

    def described(self) -> str:
        return f"torch.storage.TypedStorage(dtype={self.dtype}, device={self.device})"


def is_storage(obj: Any, /) -> bool:
    """Whether `obj` is a storage."""
    return type(obj) in (UntypedStorage, TypedStorage)


def untyped_storage(tensor: Any) -> UntypedStorage:
    """All the memory that `tensor` is a view of, as bytes."""
    memory = memory_of(tensor)
    if memory is None:
        raise RuntimeError("untyped_storage: this tensor's memory is not one run; clone() it first")
    return UntypedStorage(memory)


def storage(tensor: Any) -> TypedStorage:
    """All the memory that `tensor` is a view of, as elements of its dtype; superseded by `untyped_storage`."""
    warnings.warn("storage() is deprecated; use untyped_storage()", UserWarning, stacklevel=2)
    return TypedStorage(untyped_storage(tensor).array.view(tensor.array.dtype))
