"""Writing the pickle of a checkpoint: Python's pickler, with torch's names for what is torch's and tensors as views of storages."""

from __future__ import annotations

import codecs
import io
import pickle
from typing import Any

import numpy as np

from .. import backend
from ..nn.parameter import Buffer, Parameter
from ..tensor.dtypes import Device, Size, dtype
from ..tensor.tensor import Tensor
from .allowed import NAMES
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

TYPE_OF = {kind.dtype: kind for kind in reversed(STORAGE_TYPES)}
UNTYPED = STORAGE_TYPES[-1]


def pickle_checkpoint(obj: Any, protocol: int = 2) -> tuple[bytes, list[np.ndarray]]:
    """The pickle of `obj`, and the bytes of the storages it refers to by number."""
    out = io.BytesIO()
    pickler = CheckpointPickler(out, protocol)
    pickler.dump(obj)
    return out.getvalue(), [backend.to_numpy(s.memory).view(np.uint8) for s in pickler.storages.values()]


class SavedStorage:
    """A run of memory to be saved, and the dtype of the tensors in it."""

    def __init__(self, memory: Any, element: np.dtype, key: str) -> None:
        self.memory = memory
        self.element = element
        self.key = key
        kind, index = backend.device_of(memory)
        self.location = "cpu" if kind == "cpu" else f"{kind}:{index}"


class CheckpointPickler(pickle._Pickler):
    """Python's pickler; the one in Python, not in C, because only there a global can be given another name."""

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.storages: dict[Any, SavedStorage] = {}

    def persistent_id(self, obj: Any) -> Any:
        if type(obj) is not SavedStorage:
            return None
        kind = TYPE_OF.get(obj.element, UNTYPED)
        return "storage", kind, obj.key, obj.location, obj.memory.nbytes // kind.dtype.itemsize

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return self.reduce_tensor(obj)
        if id(obj) in NAMES:
            return NAMES[id(obj)]
        if type(obj) is Size:
            return Size, (tuple(obj),)
        if type(obj) is Device:
            return Device, (obj.type,) if obj.index is None else (obj.type, obj.index)
        if type(obj) is bytes and not obj and self.proto < 3:
            return codecs.encode, ("", "latin1")  # torch reads this; it does not read the pickler's own bytes()
        return NotImplemented

    def save_global(self, obj: Any, name: str | None = None) -> None:
        known = NAMES.get(id(obj))
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
        attributes = {k: v for k, v in tensor.__dict__.items() if not hasattr(Tensor, k) and k not in INTERNAL}
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
        """A tensor as a view of its storage."""
        array = tensor.array
        place = find_storage(array) or find_storage(array.copy())
        assert place is not None  # a fresh copy is its own storage
        memory, offset = place
        storage = self.storage(memory, array.dtype)
        strides = tuple(s // array.itemsize for s in (array.strides if memory is not array else memory.strides))
        args = storage, offset // array.itemsize, tuple(array.shape), strides, tensor.requires_grad, no_hooks()
        return (rebuild_tensor, args) if array.dtype in TYPE_OF else (rebuild_tensor_v3, (*args, tensor.dtype))

    def storage(self, memory: Any, element: np.dtype) -> SavedStorage:
        raise NotImplementedError


INTERNAL = {"_retains"}
