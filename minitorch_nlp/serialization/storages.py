"""Storages: the runs of memory that tensors are views of. Files hold storages once and tensors as (storage, offset, size, stride)."""

from __future__ import annotations

import math
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend
from ..nn.parameter import Buffer, Parameter
from ..tensor import dtypes as D
from ..tensor.dtypes import as_device, dtype
from ..tensor.storage import TypedStorage, UntypedStorage
from ..tensor.tensor import Tensor
from .options import LoadEndianness, chosen
from .zipfile_format import Archive

__all__ = [
    "STORAGE_TYPES",
    "Placement",
    "StorageLoader",
    "StorageType",
    "default_restore_location",
    "location_tag",
    "read_saved_id",
    "rebuild_from_type",
    "rebuild_parameter",
    "rebuild_parameter_with_state",
    "rebuild_tensor",
    "rebuild_tensor_v3",
    "validate_cuda_device",
]


class StorageType:
    """What a file calls a storage of one element type."""

    __slots__ = ("element", "name")

    def __init__(self, name: str, element: dtype) -> None:
        self.name = name
        self.element = element

    @property
    def dtype(self) -> np.dtype:
        return self.element.dtype

    def __repr__(self) -> str:
        return self.name


STORAGE_TYPES = [
    StorageType("torch.FloatStorage", D.float32),
    StorageType("torch.DoubleStorage", D.float64),
    StorageType("torch.HalfStorage", D.float16),
    StorageType("torch.BFloat16Storage", D.bfloat16),
    StorageType("torch.LongStorage", D.int64),
    StorageType("torch.IntStorage", D.int32),
    StorageType("torch.ShortStorage", D.int16),
    StorageType("torch.CharStorage", D.int8),
    StorageType("torch.ByteStorage", D.uint8),
    StorageType("torch.BoolStorage", D.bool_),
    StorageType("torch.storage.UntypedStorage", D.uint8),  # bytes; its tensors say their dtype themselves
]
UNTYPED = STORAGE_TYPES[-1]


Placement = Callable[[UntypedStorage, str], UntypedStorage]  # moves a storage, given where it was saved from, to where it shall be


def default_restore_location(storage: Any, location: Any) -> Any:
    """The same storage on the device that a file calls `location`; itself where it is there already.

    Raises:
        RuntimeError: there is no such device here.
    """
    try:
        device = as_device(location)
        known = device.type in ("cpu", "cuda")
    except RuntimeError:
        known = False
    if not known:
        raise RuntimeError(f"load: a storage is to go to {str(location)[:50]!r}, which is not supported; use map_location='cpu'")
    if device.type == "cuda" and backend.gpu_count() == 0:
        raise RuntimeError(f"load: a storage is to go to {device}, but no CUDA device is available; use map_location='cpu'")
    array = backend.to_device(storage.array, device.type, device.index or 0)
    return storage if array is storage.array else storage.like(array)


def location_tag(storage: Any) -> str:
    """What a file calls the device that a storage is on: "cpu", "cuda:0"."""
    return str(storage.device)


def validate_cuda_device(location: Any) -> int:
    """The index of the CUDA device that a file calls `location`.

    Raises:
        RuntimeError: there is no such device here.
    """
    index = as_device(location).index or 0
    if index >= backend.gpu_count():
        raise RuntimeError(f"load: {location} is wanted, but {backend.gpu_count()} CUDA devices are available; use map_location='cpu'")
    return index


def read_saved_id(saved_id: Any, length: int) -> tuple[StorageType, str, str, int]:
    """The type, key, location and count of a storage, from ``("storage", type, key, location, count, ...)`` of `length` parts."""
    if type(saved_id) is not tuple or len(saved_id) != length or type(saved_id[0]) is not str or saved_id[0] != "storage":
        raise pickle.UnpicklingError("load: a persistent id must be ('storage', type, key, location, count)")
    kind, key, location, count = saved_id[1:5]
    if not (type(kind) is StorageType and type(key) is type(location) is str and type(count) is int and 0 <= count < 1 << 63):
        kinds = ", ".join(type(part).__name__ for part in saved_id[1:5])
        raise pickle.UnpicklingError(f"load: a storage must have a type, key, location and count, not {kinds}")
    return kind, key, location, count


class StorageLoader:
    """Finds the storages a pickle speaks of in the archive, each once."""

    def __init__(self, archive: Archive, place: Placement) -> None:
        self.archive = archive
        self.place = place
        self.loaded: dict[str, tuple[tuple[StorageType, int], TypedStorage]] = {}
        self.swapped = byte_order(archive) != sys.byteorder

    def __call__(self, saved_id: Any) -> TypedStorage:
        """The storage of ``("storage", type, key, location, count)``."""
        kind, key, location, count = read_saved_id(saved_id, 5)
        if key not in self.loaded:
            placed = self.place(UntypedStorage(self.read(kind, key, count)), location)
            self.loaded[key] = (kind, count), TypedStorage(placed.array.view(kind.dtype))
        first, storage = self.loaded[key]
        if first != (kind, count):
            raise pickle.UnpicklingError(f"load: storage {key!r} is {first[1]} x {first[0]} in one place, {count} x {kind} in another")
        return storage

    def read(self, kind: StorageType, key: str, count: int) -> Any:
        """The bytes of a storage, in this machine's order."""
        size = self.archive.size(f"data/{key}")
        if size != count * kind.dtype.itemsize:
            raise self.archive.damaged(f"storage {key!r} should be {count} x {kind}, but has {size} bytes")
        data = self.archive.read(f"data/{key}")
        if not self.swapped:
            return data
        if kind is UNTYPED:
            raise NotImplementedError("load: unsigned tensors from a machine of the other byte order are not supported")
        return data.view(kind.dtype).byteswap(inplace=True).view(np.uint8)


def byte_order(archive: Archive) -> str:
    """The byte order of a file's storages, "little" or "big"."""
    if "byteorder" in archive:
        order = archive.read("byteorder").tobytes().decode("latin1")
        if order not in ("little", "big"):
            raise archive.damaged(f"its byteorder is {order[:20]!r}")
        return order
    taken = {LoadEndianness.BIG: "big", LoadEndianness.NATIVE: sys.byteorder}
    return taken.get(chosen.endianness, "little") if chosen.endianness else "little"


def rebuild_tensor(
    storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any = False, hooks: Any = None, metadata: Any = None
) -> Tensor:
    """A tensor over part of a storage: element (i, j, ...) is ``storage[offset + i * stride[0] + j * stride[1] + ...]``.

    Raises:
        UnpicklingError: the arguments are of wrong types.
        RuntimeError: the tensor would reach out of its storage.
    """
    if type(storage) is not TypedStorage:
        raise pickle.UnpicklingError(f"load: a tensor's storage is a {type(storage).__name__}")
    if metadata:
        raise NotImplementedError("load: tensors with metadata (conjugate or negative views) are not supported")
    return view_of(storage.array, offset, size, stride, requires_grad, hooks)


def rebuild_tensor_v3(
    storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any, kind: Any, metadata: Any = None
) -> Tensor:
    """`rebuild_tensor` over a storage of bytes, for the dtypes that have no storage type of their own."""
    if type(storage) is not TypedStorage or not isinstance(kind, dtype):
        raise pickle.UnpicklingError(f"load: a tensor is to be made of a {type(storage).__name__} and a {type(kind).__name__}")
    if metadata:
        raise NotImplementedError("load: tensors with metadata (conjugate or negative views) are not supported")
    if storage.nbytes() % kind.itemsize:
        raise RuntimeError(f"load: a storage of {storage.nbytes()} bytes cannot hold {kind} elements; the file is damaged")
    return view_of(storage.array.view(kind.dtype), offset, size, stride, requires_grad, hooks)


def view_of(flat: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any) -> Tensor:
    """A tensor over the 1-d array `flat`, after every argument was checked."""
    for numbers in ((offset,), size, stride):
        if not (isinstance(numbers, tuple) and len(numbers) <= 32 and all(type(n) is int and 0 <= n < 1 << 63 for n in numbers)):
            raise pickle.UnpicklingError("load: a tensor's offset, size and stride must be (up to 32) integers from 0 up")
    if type(requires_grad) is not bool or hooks:
        raise pickle.UnpicklingError("load: a tensor's requires_grad must be a bool, and its hooks none")
    end = 0 if 0 in size else 1 + offset + sum((n - 1) * step for n, step in zip(size, stride))
    if len(size) != len(stride) or end > flat.size:
        raise RuntimeError(
            f"load: a tensor of size {size}, stride {stride} and offset {offset} reaches out of its storage of {flat.size} elements; "
            "the file is damaged"
        )
    if math.prod(max(n, 1) for n in size) * flat.itemsize >= 1 << 63:
        raise RuntimeError(f"load: a tensor of size {size} is too big")
    tensor = Tensor._wrap(backend.strided(flat, 0 if 0 in size else offset, size, stride))
    tensor.requires_grad = requires_grad
    return tensor


def rebuild_parameter(data: Any, requires_grad: Any, hooks: Any) -> Parameter:
    """A Parameter over the memory of `data`."""
    if type(data) is not Tensor or type(requires_grad) is not bool or hooks:
        raise pickle.UnpicklingError(f"load: a Parameter is to be made of a {type(data).__name__} and a {type(requires_grad).__name__}")
    return Parameter(data, requires_grad)


def rebuild_parameter_with_state(data: Any, requires_grad: Any, hooks: Any, state: Any) -> Parameter:
    """A Parameter with the attributes its owner had set on it."""
    return set_state(rebuild_parameter(data, requires_grad, hooks), state)


def rebuild_from_type(function: Callable[..., Any], kind: Any, args: Any, state: Any) -> Tensor:
    """A tensor with attributes of its owner's, or of a class of its owner's; a Buffer where the attributes say so."""
    known = function is rebuild_tensor or function is rebuild_tensor_v3  # not ==: it may be a tensor
    if not (known and isinstance(kind, type) and issubclass(kind, Tensor)):
        raise pickle.UnpicklingError(f"load: a tensor with attributes is to be made by a {type(function).__name__}; refused")
    tensor = function(*args)
    if type(state) is dict and state.get("_is_buffer") is True and kind is Tensor:
        state = {k: v for k, v in state.items() if k != "_is_buffer"}
        buffer = Buffer(tensor, persistent=state.pop("persistent", True) is True)
        return set_state(buffer, state)
    if kind is not Tensor:
        tensor.__class__ = kind
    return set_state(tensor, state)


def set_state(tensor: Any, state: Any) -> Any:
    """Set attributes; names that a tensor already has a meaning for are refused."""
    if type(state) is not dict or not all(type(name) is str for name in state):
        raise pickle.UnpicklingError("load: a tensor's attributes must be a dict by name")
    taken = [name for name in state if hasattr(type(tensor), name)]
    if taken:
        raise pickle.UnpicklingError(f"load: the attributes {taken!r:.200} of a tensor cannot be set from a file")
    tensor.__dict__.update(state)
    return tensor


def no_hooks() -> OrderedDict[str, Any]:
    """What torch writes where a tensor's hooks would be."""
    return OrderedDict()
