"""Writing the pickle of a checkpoint: Python's pickler, with torch's names for what is torch's and tensors as views of storages."""

from __future__ import annotations

import codecs
import io
import pickle
from typing import Any

import numpy as np

from .. import backend
from ..nn.parameter import Buffer, Parameter
from ..tensor.dtypes import Device, Size, layout
from ..tensor.sampling import Generator
from ..tensor.storage import TypedStorage, UntypedStorage
from ..tensor.tensor import Tensor
from .allowed import NAMES, get_layout
from .storages import (
    STORAGE_TYPES,
    no_hooks,
    rebuild_from_type,
    rebuild_parameter,
    rebuild_parameter_with_state,
    rebuild_tensor,
    rebuild_tensor_v3,
)

__all__ = ["pickle_checkpoint"]

TYPE_OF = {kind.element.name: kind for kind in reversed(STORAGE_TYPES)}
UNTYPED = STORAGE_TYPES[-1]


NAMED = NAMES | {id(Generator): "torch._C.Generator"}
LEAVES = {str, int, float, bool, type(None)}


def pickle_checkpoint(obj: Any, protocol: int = 2, stream: bool = False) -> tuple[bytes, list[tuple[str, np.ndarray, int]]]:
    """The pickle of `obj`, and key, bytes and width of an element of each storage it refers to.

    Args:
        stream: name storages as the format from before torch 1.6 does.
    """
    out = io.BytesIO()
    pickler = CheckpointPickler(out, protocol, stream)
    pickler.dump(obj)
    return out.getvalue(), [(s.key, backend.to_numpy(s.memory), s.kind.dtype.itemsize) for s in pickler.storages.values()]


class SavedStorage:
    """A run of memory to be saved (1-d, bytes), and the dtype of the tensors in it."""

    def __init__(self, memory: Any, element: np.dtype, key: str) -> None:
        self.memory = memory
        self.element = element
        self.kind = TYPE_OF.get(element.name, UNTYPED)
        self.key = key
        kind, index = backend.device_of(memory)
        self.location = "cpu" if kind == "cpu" else f"{kind}:{index}"


PythonPickler: Any = pickle._Pickler


class CheckpointPickler(PythonPickler):
    """Python's pickler; the one in Python, not in C, because only there a global can be given another name."""

    def __init__(self, file: Any, protocol: int, stream: bool = False) -> None:
        super().__init__(file, protocol)
        self.storages: dict[Any, SavedStorage] = {}
        self.view = (None,) if stream else ()

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        kind = type(obj)
        if kind not in LEAVES:
            super().save(obj, save_persistent_id)
        elif id(obj) in self.memo:
            self.write(self.get(self.memo[id(obj)][0]))
        else:
            self.dispatch[kind](self, obj)

    def persistent_id(self, obj: Any) -> Any:
        kind = type(obj)
        if kind is TypedStorage or kind is UntypedStorage:
            obj = self.storage_of(*whole_storage(obj), obj.array.dtype)
        elif kind is not SavedStorage:
            return None
        return "storage", obj.kind, obj.key, obj.location, obj.memory.nbytes // obj.kind.dtype.itemsize, *self.view

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return self.reduce_tensor(obj)
        if id(obj) in NAMED:
            return NAMED[id(obj)]
        if type(obj) is Size:
            return Size, (tuple(obj),)
        if type(obj) is Device:
            return Device, (obj.type,) if obj.index is None else (obj.type, obj.index)
        if type(obj) is layout:
            return get_layout, (repr(obj),)
        if type(obj) is Generator:
            return Generator, (Device("cpu"),), (obj.initial_seed(), None, obj.get_state())
        if type(obj) is bytes and not obj and self.proto < 3:
            return codecs.encode, ("", "latin1")  # torch reads this; it does not read the pickler's own bytes()
        return NotImplemented

    def save_global(self, obj: Any, name: str | None = None) -> None:
        known = NAMED.get(id(obj))
        if known is None:
            super().save_global(obj, name)
            return
        module, _, name = known.rpartition(".")
        if module == "builtins" and self.proto < 3:
            module = "__builtin__"
        self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(obj)

    def reduce_tensor(self, tensor: Any) -> tuple[Any, ...]:
        """The function and arguments that make `tensor` again."""
        attributes = {k: v for k, v in tensor.__dict__.items() if not (k.startswith("_") or hasattr(type(tensor), k))}
        if type(tensor) is Parameter:
            args = tensor.data, tensor.requires_grad, no_hooks()
            return (rebuild_parameter_with_state, (*args, attributes)) if attributes else (rebuild_parameter, args)
        make, args = self.parts(tensor)
        if type(tensor) is Buffer:
            return rebuild_from_type, (make, Tensor, args, {**attributes, "_is_buffer": True})
        if type(tensor) is Tensor and not attributes:
            return make, args
        return rebuild_from_type, (make, type(tensor), args, attributes)

    def parts(self, tensor: Any) -> tuple[Any, tuple[Any, ...]]:
        """A tensor as a view of its storage; what torch's strides cannot say (a negative one) is copied first."""
        found = find_storage(tensor) or find_storage(Tensor._wrap(tensor.array.copy()))
        assert found is not None  # a fresh copy is its own storage
        address, memory, offset, strides = found
        element = tensor.array.dtype
        storage = self.storage_of(address, memory, element)
        args = storage, offset, tuple(tensor.array.shape), strides, tensor.requires_grad, no_hooks()
        return (rebuild_tensor, args) if element.name in TYPE_OF else (rebuild_tensor_v3, (*args, tensor.dtype))

    def storage_of(self, address: Any, memory: Any, element: np.dtype) -> SavedStorage:
        """The storage that is this memory; a new one where it has none yet."""
        storage = self.storages.setdefault(address, SavedStorage(memory, element, str(len(self.storages))))
        if storage.element != element:
            raise RuntimeError(f"save: tensors of {storage.element} and {element} share memory, which the format cannot say; clone() one")
        return storage


def whole_storage(storage: Any) -> tuple[Any, Any]:
    """Address and bytes of the memory that is a storage; of a copy where it is only part of it."""
    found = find_storage(Tensor._wrap(storage.array))
    if found is None or found[1].size != storage.nbytes():
        found = find_storage(Tensor._wrap(storage.array.copy()))
    assert found is not None  # a fresh copy is its own storage
    return found[:2]


def find_storage(tensor: Any) -> tuple[Any, Any, int, tuple[int, ...]] | None:
    """What `tensor` is a view of: the memory's address, the memory as bytes, and offset and strides in elements of the tensor.

    None where they are no whole numbers from 0 up.
    """
    array = root = tensor.array
    while backend.is_array(root.base):
        root = root.base
    by_stride = sorted(range(root.ndim), key=lambda axis: -root.strides[axis])
    memory = root.transpose(by_stride)
    if not memory.flags.c_contiguous:
        return None
    memory = memory.reshape(-1).view(np.uint8)
    start = Tensor._wrap(root).data_ptr()
    numbers = (memory.size, tensor.data_ptr() - start, *array.strides)
    if any(n < 0 or n % array.itemsize for n in numbers):
        return None
    _, offset, *strides = (n // array.itemsize for n in numbers)
    return (start, memory.size) if memory.size else id(root), memory, offset, tuple(strides)
