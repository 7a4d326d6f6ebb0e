"""`save` and `load`: torch's functions of these names."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

from .. import backend
from ..tensor.dtypes import Device, as_device
from .atomic import replace_file
from .pickler import pickle_checkpoint
from .storages import Storage, StorageLoader
from .unpickler import read_plain, read_trusted
from .zipfile_format import ALIGNMENT, Archive, write_archive

__all__ = ["load", "save"]

VERSIONS = [str(n).encode() for n in range(1, 11)]


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write `obj` to a file that `load` and ``torch.load`` read.

    Tensors are kept with their dtype, shape, strides and `requires_grad`; those that share memory share it again after loading.
    Of a tensor's own attributes those are kept whose names do not begin with an underscore. Where `f` is a path, the file there
    is replaced only when the new one is complete and on the disk.

    Args:
        obj: tensors, parameters, numbers, text, None, dtypes, and lists, tuples, sets and dicts of them; a `state_dict`.
            Anything else that Python can pickle is written too, but reading it takes ``weights_only=False``.
        f: a path, or a binary file open for writing.

    >>> import io, minitorch_nlp as torch
    >>> f = io.BytesIO()
    >>> torch.save({"weight": torch.ones(2), "epoch": 3}, f)
    >>> torch.load(f)
    {'weight': tensor([1., 1.]), 'epoch': 3}
    """
    if pickle_module not in (None, pickle):
        raise NotImplementedError("save: pickle_module is not supported; Python's own pickle is used")
    if not _use_new_zipfile_serialization:
        raise NotImplementedError("save: _use_new_zipfile_serialization=False, the format from before torch 1.6, is not supported")
    if _disable_byteorder_record:
        raise NotImplementedError("save: _disable_byteorder_record is not supported")
    if pickle_protocol not in (2, 3, 4, 5):
        raise NotImplementedError(f"save: pickle_protocol {pickle_protocol} is not supported, only 2 to 5")
    if not (isinstance(f, (str, os.PathLike)) or hasattr(f, "write")):
        raise AttributeError(f"save: f must be a path or a file with a 'write' method, not {type(f).__name__}")
    data, storages = pickle_checkpoint(obj, pickle_protocol)
    records = archive_records(data, storages)
    if isinstance(f, (str, os.PathLike)):
        replace_file(f, lambda file: write_archive(file, records))
    else:
        write_archive(f, records)


def archive_records(data: bytes, storages: list[Any]) -> list[tuple[str, Any, int]]:
    """The records of a checkpoint, named and ordered as torch has them, with their checksums."""
    import zlib

    contents: list[tuple[str, Any]] = [
        ("data.pkl", data),
        (".format_version", b"1"),
        (".storage_alignment", str(ALIGNMENT).encode()),
        ("byteorder", sys.byteorder.encode()),
        *((f"data/{i}", storage) for i, storage in enumerate(storages)),
        ("version", b"3\n"),
    ]
    records = [(f"archive/{name}", content, zlib.crc32(content)) for name, content in contents]
    names = zlib.crc32(repr([name for name, _, _ in records]).encode())
    sums = zlib.crc32(repr([crc for _, _, crc in records]).encode())
    identity = f"{names:020}{sums:020}".encode()  # equal for equal contents, as torch's is
    return [*records, ("archive/.data/serialization_id", identity, zlib.crc32(identity))]


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save` or ``torch.save`` wrote.

    Nothing in the file is executed and nothing in it is believed unchecked, unless ``weights_only=False``.

    Args:
        f: a path, or a seekable binary file.
        map_location: where storages go: a device for all; a dict from the locations they were saved from; or a function
            ``(storage, location) -> storage`` (None: where it was). Left out: to the device they were saved from.
        weights_only: False reads the pickle with Python's own unpickler, so that objects of any class come back.
            **That executes whatever the file asks for; do so only with files you trust.** None is True.
        pickle_module: whose Unpickler to use; only with ``weights_only=False``.
        mmap: map a file, given by its path, into memory instead of reading it: it is read as it is used, writes to
            tensors do not reach it, and checksums are not checked.

    Raises:
        RuntimeError: the file is truncated or damaged, not such a file at all, or wants a device that is not there.
        pickle.UnpicklingError: it holds more than plain data (the text names what), or its pickle is damaged.
        NotImplementedError: it holds a dtype that is not supported, such as bfloat16.
    """
    if pickle_load_args:
        raise NotImplementedError(f"load: {', '.join(pickle_load_args)} not supported")
    trusted = weights_only is False
    if pickle_module is not None and not trusted:
        raise RuntimeError("load: pickle_module executes what the file asks for and takes weights_only=False beside it")
    place = placement(map_location)
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            return load_archive(Archive(file, os.fspath(f), bool(mmap)), place, trusted, pickle_module)
    if mmap:
        raise ValueError("load: mmap needs f to be a path")
    if not (hasattr(f, "seek") and hasattr(f, "read")):
        raise AttributeError(f"load: f must be a path or a seekable file, not {type(f).__name__}; read it into an io.BytesIO first")
    return load_archive(Archive(f, f"the {type(f).__name__}"), place, trusted, pickle_module)


def load_archive(archive: Archive, place: Callable[[Storage, str], Storage], trusted: bool, pickle_module: Any) -> Any:
    if "constants.pkl" in archive:
        raise RuntimeError(f"load: {archive.label} is a TorchScript program, not a checkpoint; torch.jit.load reads it")
    version = archive.read("version").tobytes() if "version" in archive else b"3"
    if version.strip() not in VERSIONS:
        raise RuntimeError(f"load: {archive.label} is of format version {version[:10]!r}; 1 to 10 are supported")
    data = archive.read("data.pkl").tobytes()
    loader = StorageLoader(archive, place)
    return read_trusted(data, loader, pickle_module) if trusted else read_plain(data, loader)


def placement(map_location: Any) -> Callable[[Storage, str], Storage]:
    """The function from a storage and the location it was saved from to the storage where it shall be."""
    if map_location is None:
        return Storage.to
    if isinstance(map_location, dict):
        return lambda storage, location: storage.to(map_location.get(location, location))
    if isinstance(map_location, (str, Device)):
        device = as_device(map_location)
        if device.type == "cuda" and backend.gpu_count() == 0:
            raise RuntimeError(f"load: map_location is {device}, but no CUDA device is available; use map_location='cpu'")
        return lambda storage, location: storage.to(device)
    if not callable(map_location):
        raise TypeError(f"load: map_location must be a device, a dict, a function or None, not {type(map_location).__name__}")
    function: Any = map_location
    return lambda storage, location: placed_by(function, storage, location)


def placed_by(function: Callable[[Storage, str], Storage | None], storage: Storage, location: str) -> Storage:
    placed = function(storage, location)
    if placed is None:
        return storage.to(location)
    if not isinstance(placed, Storage):
        raise TypeError(f"load: map_location(storage, location) must return a storage or None, not {type(placed).__name__}")
    return placed
