"""Choices that hold for every `save` and `load` of the process, and the small helpers that torch keeps beside them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

from ..refused import DEVICE, refuse

__all__ = [
    "LoadEndianness",
    "SourceChangeWarning",
    "check_module_version_greater_or_equal",
    "get_crc32_options",
    "get_default_load_endianness",
    "get_default_mmap_options",
    "mkdtemp",
    "set_crc32_options",
    "set_default_load_endianness",
    "set_default_mmap_options",
]

register_package, validate_hpu_device = refuse("register_package validate_hpu_device", DEVICE)
StorageType, normalize_storage_type, storage_to_tensor_type = refuse(
    "StorageType normalize_storage_type storage_to_tensor_type", "a storage has a dtype, and no class for each dtype"
)
(skip_data,) = refuse("skip_data", "a file is read with its data; torch.load(path, mmap=True) reads only what is used")


class SourceChangeWarning(Warning):
    """torch's warning that a class is not what it was when it was pickled. Never given here: source text in a file is not looked at."""


class LoadEndianness(Enum):
    """The byte order of files that do not say theirs."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3


class Options:
    """What the functions below get and set."""

    endianness: LoadEndianness | None = None
    checksums = True
    shared_maps = False


chosen = Options()


def get_default_load_endianness() -> LoadEndianness | None:
    """The byte order that `load` takes a file to have that does not say; None is little."""
    return chosen.endianness


def set_default_load_endianness(endianness: LoadEndianness | None) -> None:
    """Set that byte order. Files since torch 2.1 say theirs, so this is about older ones from big-endian machines."""
    if endianness is not None and not isinstance(endianness, LoadEndianness):
        raise TypeError(f"set_default_load_endianness: a LoadEndianness or None is wanted, not {type(endianness).__name__}")
    chosen.endianness = endianness


def get_crc32_options() -> bool:
    """Whether `save` writes checksums."""
    return chosen.checksums


def set_crc32_options(compute_crc32: bool) -> None:
    """Set whether `save` writes checksums. Without them damage goes unseen, and some zip programs refuse the file."""
    chosen.checksums = bool(compute_crc32)


def get_default_mmap_options() -> int | None:
    """How ``load(mmap=True)`` maps a file: ``mmap.MAP_PRIVATE`` or ``mmap.MAP_SHARED``; None on Windows, where it is private."""
    if os.name != "posix":
        return None
    import mmap

    return mmap.MAP_SHARED if chosen.shared_maps else mmap.MAP_PRIVATE


class set_default_mmap_options:
    """Set how ``load(mmap=True)`` maps a file, from now on or for a ``with`` block.

    With ``mmap.MAP_PRIVATE``, the default, writes to a loaded tensor stay in the process; with ``mmap.MAP_SHARED`` they go to the file, and so
    into every other process that maps it. The file's checksums are then no longer true.
    """

    def __init__(self, flags: int) -> None:
        if os.name != "posix":
            raise RuntimeError("set_default_mmap_options: memory maps are always private on Windows")
        import mmap

        if flags not in (mmap.MAP_PRIVATE, mmap.MAP_SHARED):
            raise ValueError(f"set_default_mmap_options: flags must be mmap.MAP_PRIVATE or mmap.MAP_SHARED, not {flags}")
        self.before = chosen.shared_maps
        chosen.shared_maps = flags == mmap.MAP_SHARED

    def __enter__(self) -> None:
        """Nothing left to do: `__init__` has done it."""

    def __exit__(self, *exc: object) -> None:
        chosen.shared_maps = self.before


@contextmanager
def mkdtemp() -> Iterator[str]:
    """A new folder, removed at the end of the ``with`` block."""
    import shutil
    import tempfile

    path = tempfile.mkdtemp()
    try:
        yield path
    finally:
        shutil.rmtree(path)


def check_module_version_greater_or_equal(module: Any, req_version_tuple: tuple[Any, ...], error_if_malformed: bool = True) -> bool:
    """Whether a module's ``__version__`` is at least ``(1, 2, 3)``.

    Raises:
        RuntimeError: the version cannot be compared; with ``error_if_malformed=False`` that is a warning and the answer True.
    """
    try:
        parts = module.__version__.split(".")
        return tuple(type(wanted)(parts[i]) for i, wanted in enumerate(req_version_tuple)) >= req_version_tuple
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        text = f"the version {getattr(module, '__version__', None)!r} of {module.__name__} cannot be compared with {req_version_tuple}"
        if error_if_malformed:
            raise RuntimeError(text) from error
        warnings.warn(f"{text}; taken to be new enough", stacklevel=2)
        return True
