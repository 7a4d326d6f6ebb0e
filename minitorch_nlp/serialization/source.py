"""A file, or the part of one from where it stands, as bytes that are read with their length in mind."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

__all__ = ["Source", "is_zip"]

ZIP_MARK = b"PK\x03\x04"
STREAM_MARK = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"  # the number that begins a file of torch's before 1.6, as pickle writes it
TAR_MARK, TAR_PLACE = b"ustar", 257


class Section(io.RawIOBase):
    """The bytes of a seekable binary file from where it stands; place 0 is there."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.start = file.tell()
        file.seek(0, 2)
        self.length = file.tell() - self.start
        file.seek(self.start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (self.start, self.file.tell(), self.start + self.length)[whence]
        self.file.seek(base + offset)
        return self.tell()

    def tell(self) -> int:
        return self.file.tell() - self.start

    def readinto(self, buffer: Any) -> int | None:
        if hasattr(self.file, "readinto"):
            return self.file.readinto(buffer)
        data = self.file.read(len(buffer))
        if not isinstance(data, bytes):
            raise TypeError(f"load: f must be a file open in binary mode; its read() gives {type(data).__name__}")
        buffer[: len(data)] = data
        return len(data)


class Source(io.BufferedReader):
    """A file to load from. No more memory is taken for a read than the file has bytes.

    Args:
        file: a seekable binary file; what lies before its position is not looked at.
        label: what to call it in errors.

    Raises:
        EOFError: nothing is behind the file's position.
    """

    def __init__(self, file: Any, label: str) -> None:
        section = Section(file)
        super().__init__(section)
        self.section = section
        self.length = section.length
        self.label = label
        if self.length <= 0:
            stands = "it stands at its end; seek(0) comes first" if section.start else "it has no bytes"
            raise EOFError(f"load: {label} is empty: {stands}")

    def damaged(self, fact: str) -> RuntimeError:
        return RuntimeError(f"load: {self.label} is truncated or damaged: {fact}; save it again or fetch a fresh copy")

    def bytes_at(self, start: int, count: int) -> Any:
        """`count` bytes of the file, in memory of their own; checked against the file's length before any is allocated."""
        if start < 0 or count < 0 or start + count > self.length:
            raise self.damaged(f"bytes {start} to {start + count} are wanted, it has {self.length}")
        data = empty_bytes(count, self.label)
        self.seek(start)
        self.fill(data)
        return data

    def fill(self, data: Any) -> None:
        """Read the next bytes into all of an array of bytes."""
        done = self.readinto(memoryview(data)) if data.size else 0
        if done != data.size:
            raise self.damaged(f"it ends at byte {self.tell()}")

    def leave(self, position: int) -> None:
        """Let the file stand behind what was read of it."""
        self.section.file.seek(self.section.start + position)


def empty_bytes(count: int, label: str) -> Any:
    try:
        return np.empty(count, np.uint8)
    except MemoryError as error:
        raise RuntimeError(f"load: {count} bytes of {label} do not fit into memory; mmap=True reads a file as it is used") from error


def is_zip(source: Source) -> bool:
    """Whether a checkpoint is in the zip format of today; else it is in the stream format from before torch 1.6.

    Raises:
        RuntimeError: it is neither.
    """
    start = source.bytes_at(0, min(source.length, 512)).tobytes()
    source.seek(0)
    if start.startswith(ZIP_MARK):
        return True
    if start[:1] == b"\x80" and STREAM_MARK in start[:30]:
        return False
    if start[TAR_PLACE:].startswith(TAR_MARK):
        raise RuntimeError(f"load: {source.label} is in torch's tar format from before 0.1.10; load it in torch and save it again")
    if source.label.endswith(".safetensors"):
        raise RuntimeError(f"load: {source.label} is in the safetensors format; read it with minitorch_nlp.safetensors.load_file")
    at = f" at byte {source.section.start}, where it stands," if source.section.start else ""
    raise RuntimeError(f"load: {source.label} is not a .pt file: it begins{at} neither as a zip file does nor as torch's older format does")
