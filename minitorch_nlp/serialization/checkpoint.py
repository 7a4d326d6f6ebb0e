"""`save` and `load`: torch's functions of these names."""

from __future__ import annotations

import os
import pickle
import sys
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from io import BytesIO, UnsupportedOperation
from typing import Any

from .. import backend
from ..tensor.dtypes import Device, as_device
from ..tensor.storage import UntypedStorage
from .atomic import replace_file
from .legacy import load_stream, write_stream
from .options import chosen
from .pickler import pickle_checkpoint
from .source import Source, is_zip
from .storages import Placement, StorageLoader, default_restore_location
from .unpickler import list_globals, read_plain, read_trusted
from .zipfile_format import ALIGNMENT, Archive, write_archive

__all__ = ["get_unsafe_globals_in_checkpoint", "load", "save"]

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
        f: a path, or a binary file open for writing, which is written to from where it stands.
        pickle_protocol: 2 to 5. PyTorch reads 3 to 5 with ``weights_only=False`` only.
        _use_new_zipfile_serialization: False writes the format from before torch 1.6, which has no checksums.
        _disable_byteorder_record: leave out the record of the byte order.

    >>> import io, minitorch_nlp as torch
    >>> f = io.BytesIO()
    >>> torch.save({"weight": torch.ones(2), "epoch": 3}, f)
    >>> _ = f.seek(0)
    >>> torch.load(f)
    {'weight': tensor([1., 1.]), 'epoch': 3}
    """
    if pickle_module not in (None, pickle):
        raise NotImplementedError("save: pickle_module is not supported; Python's own pickle is used")
    if pickle_protocol not in (2, 3, 4, 5):
        raise NotImplementedError(f"save: pickle_protocol {pickle_protocol} is not supported, only 2 to 5")
    if not (isinstance(f, (str, os.PathLike)) or hasattr(f, "write")):
        raise AttributeError(f"save: f must be a path or a file with a 'write' method, not {type(f).__name__}")
    data, storages = pickle_checkpoint(obj, pickle_protocol, stream=not _use_new_zipfile_serialization)

    def write(file: Any) -> None:
        if _use_new_zipfile_serialization:
            write_archive(file, archive_records(data, storages, not _disable_byteorder_record))
        else:
            write_stream(file, data, storages, pickle_protocol)

    if isinstance(f, (str, os.PathLike)):
        replace_file(f, write)
    else:
        write(f)


def archive_records(data: bytes, storages: list[tuple[str, Any, int]], byteorder: bool) -> list[tuple[str, Any, int]]:
    """The records of a checkpoint, named and ordered as torch has them, with their checksums."""
    import zlib

    contents: list[tuple[str, Any]] = [
        ("data.pkl", data),
        (".format_version", b"1"),
        (".storage_alignment", str(ALIGNMENT).encode()),
        *([("byteorder", sys.byteorder.encode())] if byteorder else []),
        *((f"data/{key}", memory) for key, memory, _ in storages),
        ("version", b"3\n"),
    ]
    checksum = zlib.crc32 if chosen.checksums else lambda content: 0
    records = [(f"archive/{name}", content, checksum(content)) for name, content in contents]
    names = zlib.crc32(repr([name for name, _, _ in records]).encode())
    sums = zlib.crc32(repr([crc for _, _, crc in records]).encode())
    identity = f"{names:020}{sums:020}".encode()  # equal for equal contents, as torch's is
    return [*records, ("archive/.data/serialization_id", identity, checksum(identity))]


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

    Nothing in the file is executed and nothing in it is believed unchecked, unless ``weights_only=False``. The page ``docs/files.md`` says what
    is checked.

    Args:
        f: a path, or a seekable binary file, which is read from where it stands.
        map_location: where storages go: a device for all; a dict from the locations they were saved from; or a function
            ``(storage, location) -> storage`` (None: where it was). Left out: to the device they were saved from.
        weights_only: False reads the pickle with Python's own unpickler, so that objects of any class come back.
            **That executes whatever the file asks for; do so only with files you trust.** None is True, unless the environment says
            ``TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1``; with ``TORCH_FORCE_WEIGHTS_ONLY_LOAD=1`` False is True as well.
        pickle_module: whose Unpickler to use; only with ``weights_only=False``.
        mmap: map a file, given by its path, into memory instead of reading it: it is read as it is used, writes to
            tensors do not reach it (but see `torch.serialization.set_default_mmap_options`), and checksums are not checked.
        pickle_load_args: `encoding` for text that Python 2 has written; `errors` and `fix_imports` for ``weights_only=False``.

    Raises:
        RuntimeError: the file is truncated or damaged, not such a file at all, or wants a device that is not there.
        EOFError: there are no bytes where the file stands.
        pickle.UnpicklingError: it holds more than plain data (the text names what), or its pickle is damaged.
        NotImplementedError: it holds a dtype that is not supported, such as complex64.
    """
    unknown = pickle_load_args.keys() - {"encoding", "errors", "fix_imports"}
    if unknown:
        raise NotImplementedError(f"load: {', '.join(sorted(unknown))} not supported")
    trusted = is_trusted(weights_only)
    if pickle_module is not None and not trusted:
        raise RuntimeError("load: pickle_module executes what the file asks for and takes weights_only=False beside it")
    if pickle_load_args and not trusted:
        warnings.warn("load: pickle_load_args only works with weights_only=False, but for encoding", UserWarning, stacklevel=2)
    place = placement(map_location)
    options = {"encoding": "utf-8", **pickle_load_args}

    def read(file: Any, load_storage: Callable[[Any], Any]) -> Any:
        if trusted:
            return read_trusted(file, load_storage, pickle_module, **options)
        return read_plain(file, load_storage, options["encoding"])

    if isinstance(f, (str, os.PathLike)):
        with open(f, "r+b" if mmap and chosen.shared_maps else "rb", buffering=0) as file:
            return load_file(file, Source(file, os.fspath(f)), bool(mmap), place, trusted, read)
    if mmap:
        raise ValueError("load: mmap needs f to be a path")
    return load_file(f, open_source(f), False, place, trusted, read)


def is_trusted(weights_only: bool | None) -> bool:
    """Whether a file may execute what it wants: only where ``weights_only=False`` says so, or the environment for those who say nothing."""
    never, always = (
        os.environ.get(f"TORCH_FORCE_{name}WEIGHTS_ONLY_LOAD", "").lower() in ("1", "y", "yes", "true") for name in ("", "NO_")
    )
    if never and always:
        raise RuntimeError("load: TORCH_FORCE_WEIGHTS_ONLY_LOAD and TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD are both set; unset one")
    if always and weights_only is None:
        warnings.warn("load: TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD is set, so this file may execute what it wants", UserWarning, stacklevel=3)
        return True
    return weights_only is not None and not weights_only and not never


def open_source(f: Any) -> Source:
    if not (hasattr(f, "seek") and hasattr(f, "read") and hasattr(f, "tell")):
        raise AttributeError(f"load: f must be a path or a seekable file, not {type(f).__name__}; read it into an io.BytesIO first")
    try:
        f.seek(f.tell())
    except OSError as error:
        raise UnsupportedOperation(f"load: this {type(f).__name__} cannot seek; read it into an io.BytesIO first") from error
    return Source(f, f"the {type(f).__name__}")


def load_file(file: Any, source: Source, mapped: bool, place: Placement, trusted: bool, read: Callable[..., Any]) -> Any:
    """The object in a file of either format."""
    if is_zip(source):
        return load_archive(Archive(source, map_file(file) if mapped else None), place, read)
    if mapped:
        raise RuntimeError(
            f"load: mmap=True reads the zip format only, and {source.label} is in the one from before torch 1.6; save it again"
        )
    return load_stream(source, place, trusted, read)


def map_file(file: Any) -> Any:
    """The memory map of a file: private to this process, unless `set_default_mmap_options` says otherwise."""
    import mmap

    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_WRITE if chosen.shared_maps else mmap.ACCESS_COPY)


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The classes and functions that a file wants and that ``load(weights_only=True)`` would refuse, by name.

    Nothing is executed and no tensor is read.

    Raises:
        ValueError: the file is not in the zip format.
    """
    with open(f, "rb", buffering=0) if isinstance(f, (str, os.PathLike)) else nullcontext(f) as file:
        source = open_source(file)
        if not is_zip(source):
            raise ValueError(f"get_unsafe_globals_in_checkpoint: {source.label} is in the format from before torch 1.6; save it again")
        archive = Archive(source)
        if "constants.pkl" in archive:
            raise ValueError(f"get_unsafe_globals_in_checkpoint: {source.label} is a TorchScript program, not a checkpoint")
        return list_globals(BytesIO(archive.read("data.pkl").tobytes()))


def load_archive(archive: Archive, place: Placement, read: Callable[..., Any]) -> Any:
    if "constants.pkl" in archive:
        raise RuntimeError(f"load: {archive.label} is a TorchScript program, not a checkpoint; torch.jit.load reads it")
    version = archive.read("version").tobytes() if "version" in archive else b"3"
    if version.strip() not in VERSIONS:
        raise RuntimeError(f"load: {archive.label} is of format version {version[:10]!r}; 1 to 10 are supported")
    data = archive.read("data.pkl").tobytes()
    result = read(BytesIO(data), StorageLoader(archive, place))
    archive.source.leave(archive.source.length)
    return result


def placement(map_location: Any) -> Placement:
    """The function from a storage and the location it was saved from to the storage where it shall be."""
    if map_location is None:
        return default_restore_location
    if isinstance(map_location, dict):
        return lambda storage, location: default_restore_location(storage, map_location.get(location, location))
    if isinstance(map_location, (str, Device)):
        device = as_device(map_location)
        if device.type == "cuda" and backend.gpu_count() == 0:
            raise RuntimeError(f"load: map_location is {device}, but no CUDA device is available; use map_location='cpu'")
        return lambda storage, location: default_restore_location(storage, device)
    if not callable(map_location):
        raise TypeError(f"load: map_location must be a device, a dict, a function or None, not {type(map_location).__name__}")
    function: Any = map_location
    return lambda storage, location: placed_by(function, storage, location)


def placed_by(function: Callable[[Any, str], Any], storage: UntypedStorage, location: str) -> UntypedStorage:
    placed = function(storage, location)
    if placed is None:
        return default_restore_location(storage, location)
    if type(placed) is not UntypedStorage:
        raise TypeError(f"load: map_location(storage, location) must return a storage or None, not {type(placed).__name__}")
    return placed
