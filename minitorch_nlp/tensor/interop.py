"""Sharing memory with others: NumPy, Python's buffers, DLPack, files."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .. import backend
from ..functional._op import Traced
from . import creation
from .base import TensorBase
from .dtypes import as_device, as_numpy_dtype

__all__ = ["asarray", "from_dlpack", "from_file", "frombuffer", "to_dlpack"]


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Any:  # fmt: skip
    """A tensor of a tensor, an array, a buffer, numbers or sequences; it shares memory where it can.

    Args:
        copy: True always copies, False raises ValueError where memory cannot be shared.
        requires_grad: left out, that of `obj` if it is a tensor. False cuts it off from its graph.

    >>> import minitorch_nlp as torch
    >>> torch.asarray([1, 2], dtype=torch.float32)
    tensor([1., 2.])
    """
    result = aliased(obj, None if dtype is None else as_numpy_dtype(dtype))
    if result is None:
        if copy is False:
            raise ValueError("asarray: a sequence has no memory to share; leave copy=False out")
        made = creation.tensor(obj, dtype=dtype, device=device)
        return made.requires_grad_() if requires_grad else made
    changed = result.to(dtype=dtype, device=creation.here(device) if device is not None or not isinstance(obj, Traced) else None)
    if copy is False and changed is not result:
        raise ValueError(f"asarray: copy=False, but memory of {result.dtype} on {result.device} cannot be shared as asked for")
    if copy and changed is result:
        changed = result.clone()
    if requires_grad is False and changed.requires_grad:
        return changed.detach()
    return changed.requires_grad_() if requires_grad else changed


def aliased(obj: Any, dtype: np.dtype | None) -> Any:
    """A tensor in the memory of `obj`; None where `obj` has none."""
    if isinstance(obj, Traced):
        return obj
    if isinstance(obj, np.ndarray):
        return creation.from_numpy(obj)
    if isinstance(obj, np.generic):
        return creation.from_numpy(np.asarray(obj))
    if hasattr(obj, "__dlpack__"):
        return from_dlpack(obj)
    if isinstance(obj, (bool, int, float, complex, str, list, tuple)):
        return None
    try:
        memoryview(obj)
    except TypeError:
        return None
    return frombuffer(obj, dtype=backend.default_dtype() if dtype is None else dtype)


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Any:
    """A vector in the memory of an object with Python's buffer protocol (bytearray, mmap, array): `count` elements from byte `offset` on.

    A negative `count` takes all there are. Memory that is not writable is warned of once; writing to it raises.

    >>> import minitorch_nlp as torch
    >>> torch.frombuffer(bytearray([1, 2, 3]), dtype=torch.uint8, offset=1)
    tensor([2, 3], dtype=torch.uint8)
    """
    kind = as_numpy_dtype(dtype)
    try:
        size = memoryview(buffer).nbytes
    except TypeError:
        raise ValueError(f"frombuffer: a {type(buffer).__name__} does not implement Python's buffer protocol") from None
    if size == 0 or count == 0:
        raise ValueError(f"frombuffer: both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(f"frombuffer: offset must be in the buffer of {size} bytes, not {offset}")
    rest = size - offset
    if count < 0 and rest % kind.itemsize:
        raise ValueError(f"frombuffer: {rest} bytes from offset {offset} on are no multiple of the {kind.itemsize} of a {kind}")
    if count * kind.itemsize > rest:
        raise ValueError(f"frombuffer: {count} elements of {kind.itemsize} bytes are more than the {rest} bytes from offset {offset} on")
    array = np.frombuffer(buffer, kind, max(count, -1), offset)
    creation.warn_if_read_only(array)
    return creation.place(array, requires_grad=requires_grad)


# ---- DLPack ------------------------------------------------------------------------------------------------------------------------


class Capsule:
    """What NumPy's `from_dlpack` wants around a bare capsule of CPU memory."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor in the memory of another library's array, by the DLPack protocol, or of a capsule from `to_dlpack`."""
    if type(ext_tensor).__name__ == "PyCapsule":
        ext_tensor = Capsule(ext_tensor)
    if not hasattr(ext_tensor, "__dlpack__"):
        raise RuntimeError(f"from_dlpack: an object with __dlpack__, or a DLPack capsule, is wanted, not {type(ext_tensor).__name__}")
    if isinstance(ext_tensor, Traced):
        ext_tensor.__dlpack__()  # refuses one that requires grad
        array = ext_tensor.array
    else:
        on_gpu = ext_tensor.__dlpack_device__()[0] == 2
        try:
            array = backend.cupy().from_dlpack(ext_tensor) if on_gpu else np.from_dlpack(ext_tensor)
        except ValueError as error:  # a capsule that was used already
            raise RuntimeError(f"from_dlpack: {error}; a capsule can be used only once") from error
    result = TensorBase._wrap(creation.shareable(array))
    moved = result if device is None else result.to(as_device(device))
    if copy is False and moved is not result:
        raise ValueError(f"from_dlpack: copy=False, but the memory is not on {device}")
    return moved.clone() if copy and moved is result else moved


def to_dlpack(tensor: Any) -> Any:
    """The tensor's memory as a DLPack capsule, for libraries that have no ``from_dlpack(tensor)``."""
    return tensor.__dlpack__()


def dlpack(self: Any, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None) -> Any:
    """The DLPack protocol: this tensor's memory as a capsule."""
    if self.requires_grad:
        raise BufferError("__dlpack__: a tensor that requires grad cannot be shared with another library; use detach() first")
    options = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
    return self.array.__dlpack__(**{name: value for name, value in options.items() if value is not None})


def dlpack_device(self: Any) -> tuple[int, int]:
    """The DLPack protocol: the kind of device (1 is the CPU, 2 CUDA) and its index."""
    kind, index = self.array.__dlpack_device__()
    return int(kind), int(index)


# ---- files -------------------------------------------------------------------------------------------------------------------------


def from_file(
    filename: str, shared: bool | None = None, size: int | None = 0, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A vector of `size` elements in the memory of a file. With ``shared=True`` what is written goes to the file, which grows as needed."""
    creation.check_layout("from_file", layout)
    kind = creation.float_or(dtype)
    count = int(size or 0)
    if shared and (not os.path.exists(filename) or os.path.getsize(filename) < count * kind.itemsize):
        with open(filename, "ab") as file:
            file.truncate(count * kind.itemsize)
    if os.path.getsize(filename) < count * kind.itemsize:
        raise RuntimeError(f"from_file: {filename} has {os.path.getsize(filename)} bytes, too few for {count} x {kind}")
    array = np.memmap(filename, kind, "r+" if shared else "c", shape=(count,)).view(np.ndarray) if count else np.empty(0, kind)
    return creation.place(array, device=device, requires_grad=requires_grad)
