"""The zip files torch writes: records stored as they are, each beginning at a multiple of 64 bytes, under one folder.

Only that kind of zip is read, and nothing in it is believed before it is checked: every place and size against the file,
every record against its checksum.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from .source import Source

__all__ = ["Archive", "write_archive"]

ALIGNMENT = 64
UTF8, DESCRIPTOR, ENCRYPTED = 0x800, 0x8, 0x1
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF  # in a field: the number is in the zip64 extension

LOCAL = struct.Struct("<4s5H3I2H")
ENTRY = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
END64 = struct.Struct("<4sQ2H2I4Q")
LOCATOR = struct.Struct("<4sIQI")
LOCAL_MARK, ENTRY_MARK, DESCRIPTOR_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x07\x08"
END_MARK, END64_MARK, LOCATOR_MARK = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


class Record(NamedTuple):
    """One file in the archive, as the directory at the end has it."""

    name: str
    size: int
    header: int  # where its local header begins
    crc: int
    stored: bool = True  # as it is, neither compressed nor encrypted


def write_archive(out: Any, records: Iterable[tuple[str, Any, int]]) -> None:
    """Write ``(name, bytes, CRC-32)`` records to `out`, front to back without seeking."""
    written = []
    position = 0
    for name, data, crc in records:
        record = Record(name, len(data), position, crc)
        head = local_header(record)
        tail = descriptor(record)
        for part in (head, data, tail):
            write_all(out, part)
        position += len(head) + len(data) + len(tail)
        written.append(record)
    directory = b"".join(map(directory_entry, written))
    write_all(out, directory)
    write_all(out, end_of_archive(len(written), len(directory), position))


def write_all(out: Any, data: Any) -> None:
    """`data` to `out`, also where `out` takes it in pieces."""
    while len(data):
        done = out.write(data)
        data = data[len(data) if done is None else done :]


def local_header(record: Record) -> bytes:
    """What stands before a record, filled up so that its bytes begin at a multiple of `ALIGNMENT`."""
    name = record.name.encode()
    big = record.size >= FULL32
    sizes = struct.pack("<2H2Q", 1, 16, record.size, record.size) if big else b""
    fill = -(record.header + LOCAL.size + len(name) + len(sizes) + 4) % ALIGNMENT
    extra = sizes + struct.pack("<2sH", b"FB", fill) + b"Z" * fill
    size = FULL32 if big else 0
    flags = UTF8 | (DESCRIPTOR if record.size else 0)
    return LOCAL.pack(LOCAL_MARK, 0, flags, 0, 0, 0, 0, size, size, len(name), len(extra)) + name + extra


def descriptor(record: Record) -> bytes:
    """What stands behind a record: its checksum and sizes."""
    layout = "<4sI2Q" if record.size >= FULL32 else "<4sI2I"
    return struct.pack(layout, DESCRIPTOR_MARK, record.crc, record.size, record.size) if record.size else b""


def directory_entry(record: Record) -> bytes:
    name = record.name.encode()
    wide = b""
    size, header = record.size, record.header
    if size >= FULL32:
        wide, size = struct.pack("<2Q", size, size), FULL32
    if header >= FULL32:
        wide, header = wide + struct.pack("<Q", header), FULL32
    extra = struct.pack("<2H", 1, len(wide)) + wide if wide else b""
    flags = UTF8 | (DESCRIPTOR if record.size else 0)
    fixed = ENTRY.pack(ENTRY_MARK, 0, 0, flags, 0, 0, 0, record.crc, size, size, len(name), len(extra), 0, 0, 0, 0, header)
    return fixed + name + extra


def end_of_archive(count: int, size: int, start: int) -> bytes:
    """The last words, in the wide and in the classic form: where the directory is."""
    wide = END64.pack(END64_MARK, END64.size - 12, 0x031E, 45, 0, 0, count, count, size, start)
    locator = LOCATOR.pack(LOCATOR_MARK, 0, start + size, 1)
    few, short, near = min(count, FULL16), min(size, FULL32), min(start, FULL32)
    return wide + locator + END.pack(END_MARK, 0, 0, few, few, short, near, 0)


class Archive:
    """A zip file written by torch or by `write_archive`, open for reading.

    Args:
        source: where it is.
        mapped: the file's memory map, where records shall be taken from it instead of read; checksums are then not checked.

    Raises:
        RuntimeError: it is no such zip file, or it is damaged.
    """

    def __init__(self, source: Source, mapped: Any = None) -> None:
        self.source = source
        self.label = source.label
        self.damaged = source.damaged
        self.map = mapped
        self.records: dict[str, Record] = {}
        for record in self.directory():
            if record.name in self.records:
                raise self.damaged(f"it has two records named {record.name!r}")
            self.records[record.name] = record
        if sum(r.size for r in self.records.values() if r.stored) > source.length:
            raise self.damaged("its records overlap")
        self.folder = self.find_folder()
        self.checked = mapped is None and any(r.crc for r in self.records.values())  # torch can be told to write all of them as 0

    def bytes_at(self, start: int, count: int) -> Any:
        """`count` bytes of the file: in memory of their own, or those of the map."""
        if self.map is None:
            return self.source.bytes_at(start, count)
        if not 0 <= start <= start + count <= self.source.length:
            raise self.damaged(f"bytes {start} to {start + count} are wanted, it has {self.source.length}")
        return np.frombuffer(self.map, np.uint8, count, start) if count else np.empty(0, np.uint8)

    def unpack(self, layout: struct.Struct, mark: bytes, start: int, what: str) -> tuple[Any, ...]:
        """The fields after the four bytes that say what this is."""
        fields = layout.unpack(self.bytes_at(start, layout.size))
        if fields[0] != mark:
            raise self.damaged(f"no {what} at byte {start}")
        return fields[1:]

    def find_end(self) -> tuple[int, int, int]:
        """The directory's number of entries, size and place."""
        tail_start = max(0, self.source.length - END.size - FULL16)
        tail = self.bytes_at(tail_start, self.source.length - tail_start).tobytes()
        at = tail.rfind(END_MARK)
        if at < 0 or len(tail) < at + END.size:
            raise self.damaged("it has no directory at its end")
        end = tail_start + at
        *_, count, size, start, comment = self.unpack(END, END_MARK, end, "end")
        if end + END.size + comment != self.source.length:
            raise self.damaged("its directory is not at its end")
        if end >= LOCATOR.size and bytes(self.bytes_at(end - LOCATOR.size, 4)) == LOCATOR_MARK:
            end -= LOCATOR.size
            _, wide, _ = self.unpack(LOCATOR, LOCATOR_MARK, end, "zip64 locator")
            length, *_, count, size, start = self.unpack(END64, END64_MARK, wide, "zip64 end")
            if wide + 12 + length != end:
                raise self.damaged(f"its zip64 end should be before byte {end}, not at {wide}")
            end = wide
        if start + size != end:
            raise self.damaged(f"its directory should end at byte {end}, not {start + size}")
        return count, size, start

    def directory(self) -> list[Record]:
        count, size, start = self.find_end()
        data = self.bytes_at(start, size).tobytes()
        records = []
        at = 0
        while at < size:
            if at + ENTRY.size > size or data[at : at + 4] != ENTRY_MARK:
                raise self.damaged(f"no directory entry at byte {start + at}")
            fields = ENTRY.unpack_from(data, at)
            lengths = fields[10:13]
            at += ENTRY.size
            name, extra, _ = (data[at + sum(lengths[:i]) : at + sum(lengths[: i + 1])] for i in range(3))
            at += sum(lengths)
            records.append(self.record(name, extra, fields, start))
        if at != size or len(records) != count:
            raise self.damaged(f"its directory has {len(records)} entries of {count}")
        return records

    def record(self, raw_name: bytes, extra: bytes, fields: tuple[Any, ...], directory: int) -> Record:
        """One directory entry, checked; `fields` are those of `ENTRY`."""
        flags, method, crc, packed, size, header = fields[3], fields[4], fields[7], fields[8], fields[9], fields[16]
        try:
            name = raw_name.decode()
        except UnicodeDecodeError as error:
            raise self.damaged(f"the name {raw_name!r} is not UTF-8") from error
        if FULL32 in (size, packed, header):
            wide = iter(self.zip64_numbers(extra, name))
            size, packed, header = (next(wide, -1) if n == FULL32 else n for n in (size, packed, header))
        stored = method == 0 and not flags & ENCRYPTED
        if (stored and size != packed) or not 0 <= header <= header + packed <= directory:
            raise self.damaged(f"record {name!r} of {size} bytes at {header} does not fit")
        return Record(name, size, header, crc, stored)

    def zip64_numbers(self, extra: bytes, name: str) -> list[int]:
        """The 8-byte numbers in the zip64 part of an entry's extra field."""
        while len(extra) >= 4:
            kind, size = struct.unpack_from("<2H", extra)
            if kind == 1 and len(extra) >= 4 + size:
                return list(struct.unpack_from(f"<{size // 8}Q", extra, 4))
            extra = extra[4 + size :]
        raise self.damaged(f"the size of record {name!r} is missing")

    def find_folder(self) -> str:
        """The one folder all records are in, with its slash: where data.pkl is."""
        found = [name for name in self.records if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(found) != 1:
            raise self.damaged("it has no data.pkl record")
        return found[0].removesuffix("data.pkl")

    def __contains__(self, name: str) -> bool:
        return self.folder + name in self.records

    def size(self, name: str) -> int:
        """The size in bytes of a record that can be read."""
        record = self.records.get(self.folder + name)
        if record is None:
            raise self.damaged(f"record {name!r:.100} is missing")
        if not record.stored:
            raise RuntimeError(f"load: record {name!r} of {self.label} is compressed or encrypted; torch stores records as they are")
        return record.size

    def read(self, name: str) -> Any:
        """A record's bytes, in memory of their own (a private mapping where the archive is mapped)."""
        size = self.size(name)
        record = self.records[self.folder + name]
        *_, name_length, extra_length = self.unpack(LOCAL, LOCAL_MARK, record.header, "record")
        start = record.header + LOCAL.size
        if self.bytes_at(start, name_length).tobytes() != record.name.encode():
            raise self.damaged(f"another record is where {name!r} should be")
        data = self.bytes_at(start + name_length + extra_length, size)
        if self.checked:
            import zlib

            if zlib.crc32(data) != record.crc:
                raise self.damaged(f"record {name!r} does not match its checksum")
        return data
