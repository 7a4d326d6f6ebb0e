"""torch's format from before 1.6: one pickle after the other, then the storages, each as its number of elements and its bytes.

It has no checksums: damage to a tensor's bytes goes unseen.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend
from ..tensor.storage import TypedStorage, UntypedStorage
from .source import Source, empty_bytes
from .storages import Placement, StorageType, read_saved_id
from .unpickler import read_plain
from .zipfile_format import write_all

__all__ = ["load_stream", "write_stream"]

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001


def write_stream(out: Any, data: bytes, storages: list[tuple[str, np.ndarray, int]], protocol: int) -> None:
    """Write the pickle `data` and the storages it names: key, bytes, bytes per element."""
    machine = {"protocol_version": VERSION, "little_endian": sys.byteorder == "little", "type_sizes": {"short": 2, "int": 4, "long": 4}}
    head = io.BytesIO()
    for part in (MAGIC, VERSION, machine):
        pickle.dump(part, head, protocol)
    head.write(data)
    pickle.dump([key for key, _, _ in storages], head, protocol)
    write_all(out, head.getvalue())
    for _, memory, width in storages:
        write_all(out, (memory.size // width).to_bytes(8, "little"))
        write_all(out, in_file_order(memory, width))


def in_file_order(memory: np.ndarray, width: int) -> np.ndarray:
    """Bytes of elements `width` wide, changed between this machine's order and the file's, which is little-endian."""
    return memory if sys.byteorder == "little" or width == 1 else memory.reshape(-1, width)[:, ::-1].reshape(-1)


class Part:
    """A storage of a file: the bytes yet to be read, and the tensors' storage, on whatever device it was put."""

    def __init__(self, kind: StorageType, host: np.ndarray, placed: UntypedStorage) -> None:
        self.kind = kind
        self.host = host
        self.placed = placed
        self.storage = TypedStorage(placed.array.view(kind.dtype))
        self.filled = False

    def fill(self, source: Source) -> None:
        """Read its bytes, which its tensors then have."""
        width = self.kind.dtype.itemsize
        count = int.from_bytes(source.bytes_at(source.tell(), 8).tobytes(), "little")
        if count * width != self.host.size:
            raise source.damaged(f"a storage should be {self.host.size // width} x {self.kind}, but has {count} elements")
        source.fill(self.host)
        self.filled = True
        values = in_file_order(self.host, width)
        if values is not self.placed.array:
            self.placed.array[...] = backend.to_device(values, *backend.device_of(self.placed.array))


class PartLoader:
    """Finds the storages that the pickle speaks of. They are empty until `fill`, for the file has their bytes behind the pickle."""

    def __init__(self, source: Source, place: Placement, trusted: bool) -> None:
        self.source = source
        self.place = place
        self.trusted = trusted
        self.parts: dict[str, Part] = {}
        self.views: dict[Any, TypedStorage] = {}
        self.left = source.length

    def __call__(self, saved_id: Any) -> Any:
        """The storage of ``("storage", type, key, location, count, view)``; the class of ``("module", class, file, text)``."""
        saved_id = tuple(map(as_text, saved_id)) if type(saved_id) is tuple else saved_id
        if self.trusted and type(saved_id) is tuple and saved_id[:1] == ("module",):
            return saved_id[1]
        kind, key, location, count = read_saved_id(saved_id, 6)
        part = self.parts.get(key)
        if part is None:
            part = self.parts[key] = self.prepare(kind, location, count)
        if (part.kind, part.host.size) != (kind, count * kind.dtype.itemsize):
            raise pickle.UnpicklingError(f"load: storage {key[:50]!r} is of {part.kind} in one place, of {count} x {kind} in another")
        return part.storage if saved_id[5] is None else self.view(part, saved_id[5])

    def prepare(self, kind: StorageType, location: str, count: int) -> Part:
        """Memory for a storage. All together take no more than the file has."""
        size = count * kind.dtype.itemsize
        self.left -= size
        if self.left < 0:
            raise self.source.damaged(f"its storages have more than its {self.source.length} bytes")
        host = empty_bytes(size, self.source.label)
        return Part(kind, host, self.place(UntypedStorage(host), location))

    def view(self, part: Part, saved: Any) -> TypedStorage:
        """Part of a storage, as files from before torch 0.4 have it: ``(key, offset, count)``."""
        if type(saved) is not tuple or len(saved) != 3 or not all(type(n) is int and n >= 0 for n in saved[1:]):
            raise pickle.UnpicklingError("load: a view of a storage must be (key, offset, count)")
        key, offset, count = as_text(saved[0]), *saved[1:]
        if type(key) is not str or offset + count > len(part.storage):
            raise self.source.damaged(f"{count} elements from {offset} on reach out of their storage of {len(part.storage)}")
        return self.views.setdefault(key, TypedStorage(part.storage.array[offset : offset + count]))

    def fill(self, keys: Any) -> None:
        """Read the storages' bytes, which the file has in the order of `keys`."""
        keys = list(map(as_text, keys)) if type(keys) is list else None
        if keys is None or not all(type(key) is str for key in keys) or sorted(keys) != sorted(self.parts):
            raise self.source.damaged("the storages it lists are not those that its tensors have")
        for key in keys:
            self.parts[key].fill(self.source)


def as_text(part: Any) -> Any:
    """Keys that Python 2 has written are bytes if the pickle is read with ``encoding="bytes"``."""
    return part.decode("latin1") if type(part) is bytes else part


def load_stream(source: Source, place: Placement, trusted: bool, read: Callable[[Source, Callable[[Any], Any]], Any]) -> Any:
    """The object in a file; `read` makes it of its pickle."""
    for what, wanted in (("number", MAGIC), ("version", VERSION)):
        found = read_plain(source, no_storage)
        if type(found) is not int or found != wanted:
            raise source.damaged(f"its {what} is not {wanted}")
    read_plain(source, no_storage)  # about the machine it was written on, which does not matter: numbers are little-endian
    loader = PartLoader(source, place, trusted)
    result = read(source, loader)
    loader.fill(read_plain(source, no_storage))
    source.leave(source.tell())
    return result


def no_storage(saved_id: Any) -> Any:
    raise pickle.UnpicklingError("load: a storage is named where the file has only its own description")
