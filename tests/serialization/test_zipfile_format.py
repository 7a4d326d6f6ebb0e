"""The zip container: Python's zipfile agrees with it, and nothing damaged gets through."""

import io
import random
import struct
import zipfile
import zlib
from pickle import UnpicklingError

import numpy as np
import pytest

from minitorch_nlp.serialization import load, save
from minitorch_nlp.serialization.checkpoint import map_file
from minitorch_nlp.serialization.source import Source
from minitorch_nlp.serialization.zipfile_format import (
    END,
    END64,
    ENTRY,
    Archive,
    Record,
    directory_entry,
    end_of_archive,
    local_header,
    write_archive,
)
from minitorch_nlp.tensor.tensor import Tensor

STATE = {
    "a": Tensor._wrap(np.arange(7, dtype=np.float32)),
    "b": Tensor._wrap(np.arange(6).reshape(2, 3).T),
    "c": [1, 2.5, "text", None, (True, {"x"})],
    "e": Tensor._wrap(np.zeros((0, 3), np.float16)),
}


def saved(obj=STATE):
    file = io.BytesIO()
    save(obj, file)
    return file.getvalue()


def as_values(obj):
    """Something comparable: every bit of the tensors."""
    if isinstance(obj, Tensor):
        return obj.array.dtype, obj.array.shape, obj.array.tobytes(), obj.requires_grad
    if isinstance(obj, dict):
        return {k: as_values(v) for k, v in obj.items()}
    return [as_values(v) for v in obj] if isinstance(obj, list) else obj


GOOD = saved()
EXPECTED = as_values(STATE)


def test_zipfile_reads_it_and_records_are_aligned():
    with zipfile.ZipFile(io.BytesIO(GOOD)) as z:
        assert z.testzip() is None
        names = [i.filename for i in z.infolist()]
        assert names[0] == "archive/data.pkl"
        assert {"archive/byteorder", "archive/version", "archive/data/0", "archive/data/1", "archive/data/2"} <= set(names)
        for info in z.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            name, extra = struct.unpack_from("<2H", GOOD, info.header_offset + 26)
            assert (info.header_offset + 30 + name + extra) % 64 == 0


def test_a_plain_zip_made_by_others_is_read():
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            new.writestr(info.filename.replace("archive/", "my model/"), old.read(info))
        new.comment = b"a comment"
    assert outcome(out.getvalue()) == "same"


def test_compressed_records_are_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    assert "compressed or encrypted" in outcome(out.getvalue())


# ---- big files ----


class Sparse:
    """A file that keeps no zeros: what is written as one big zero block only moves on."""

    def __init__(self, path):
        self.file = open(path, "wb")  # noqa: SIM115

    def write(self, data):
        if len(data) < 1 << 20:
            return self.file.write(data)
        self.file.seek(len(data), 1)
        return len(data)


def test_more_than_4_gigabytes(tmp_path):
    """Sizes and places beyond 32 bits, in a file with a hole where the zeros are."""
    path = tmp_path / "big.pt"
    size = (4 << 30) + 64
    zeros = np.zeros(size, np.uint8)
    out = Sparse(path)
    crc = 0x12345678  # reading all of it would take long
    write_archive(
        out, [("archive/data/0", zeros, crc), ("archive/data.pkl", b"N.", zlib.crc32(b"N.")), ("archive/after", b"abc", zlib.crc32(b"abc"))]
    )
    out.file.close()
    with zipfile.ZipFile(path) as z:
        info = z.getinfo("archive/data/0")
        assert (info.file_size, info.CRC) == (size, crc)
        assert z.read("archive/after") == b"abc"
    with open(path, "rb") as file:
        archive = Archive(Source(file, "big"))
        assert archive.size("data/0") == size
        assert archive.read("after").tobytes() == b"abc"
    with open(path, "rb") as file:
        mapped = Archive(Source(file, "big"), map_file(file)).read("data/0")
    assert mapped.shape == (size,)
    assert mapped[-1] == 0


@pytest.mark.parametrize("size", [0, 1, 2**32 - 2, 2**32 - 1, 2**32, 2**40])
@pytest.mark.parametrize("header", [0, 64, 2**32 - 2, 2**32 - 1, 2**33])
def test_directory_entries_of_any_size(size, header):
    record = Record("archive/é", size, header, 0xDEADBEEF)
    raw = directory_entry(record)
    fields = ENTRY.unpack_from(raw)
    name = raw[ENTRY.size : ENTRY.size + fields[10]]
    extra = raw[ENTRY.size + fields[10] :]
    assert Archive.record(Archive.__new__(Archive), name, extra, fields, 2**50) == record
    local = local_header(record)
    assert (header + len(local)) % 64 == 0
    wide = size >= 2**32 - 1  # from there on a reader takes the field to mean: see the zip64 numbers
    assert (local[18:26] == b"\xff" * 8) == wide
    assert (struct.pack("<2H2Q", 1, 16, size, size) in local) == wide


def test_many_records():
    raw = end_of_archive(70_000, 2**33, 2**34)
    assert END64.unpack_from(raw)[6:] == (70_000, 70_000, 2**33, 2**34)
    assert END.unpack(raw[-END.size :])[3:7] == (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)


# ---- damage ----


def outcome(data, **options):
    """What loading `data` gives: "same", or the error; anything else fails the test."""
    error = ""
    try:
        result = load(io.BytesIO(data), **options)
    except (RuntimeError, UnpicklingError, EOFError) as caught:
        error = str(caught)
    assert error.startswith("load: ") or as_values(result) == EXPECTED
    return error or "same"


def test_truncated_at_every_length():
    for n in range(len(GOOD)):
        assert outcome(GOOD[:n]) != "same"


def test_bytes_before_or_after():
    assert "directory" in outcome(GOOD + b"x")
    assert "not a .pt file" in outcome(b"x" + GOOD)
    assert outcome(GOOD + GOOD) != "same"


def test_a_gap_behind_the_directory():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:  # a small one, without zip64
        for record in entries():
            z.writestr(record.name, Archive(Source(io.BytesIO(GOOD), "good")).read(record.name.removeprefix("archive/")).tobytes())
    plain = out.getvalue()
    assert outcome(plain) == "same"
    assert "directory should end at byte" in outcome(plain[:-22] + b"gap" + plain[-22:])


def test_every_byte_flipped():
    counts = {"same": 0, "error": 0}
    for at in range(len(GOOD)):
        damaged = bytearray(GOOD)
        damaged[at] ^= (0x01, 0x80, 0xFF)[at % 3]
        counts["same" if outcome(bytes(damaged)) == "same" else "error"] += 1
    assert counts["error"] > 500
    assert counts["same"] > 300  # padding, dates and the like


def test_random_damage():
    draw = random.Random(11)
    for _ in range(600):
        damaged = bytearray(GOOD)
        for _ in range(draw.choice([1, 2, 5, 40])):
            kind, at, n = draw.randrange(5), draw.randrange(len(damaged)), draw.randrange(1, 60)
            if kind == 0:
                damaged[at] = draw.randrange(256)
            elif kind == 1:
                damaged[at : at + n] = draw.randbytes(n)
            elif kind == 2:
                del damaged[at : at + n]
            elif kind == 3:
                damaged[at:at] = damaged[draw.randrange(len(damaged)) :][:n]
            else:
                struct.pack_into("<I", damaged, min(at, len(damaged) - 4), draw.choice([0, 1, 2**31, 2**32 - 1]))
        outcome(bytes(damaged))


def test_random_damage_with_right_checksums(archive_of):
    """Damage that no checksum shows: the pickle itself is broken, or written by someone with ill intent."""
    archive = Archive(Source(io.BytesIO(GOOD), "good"))
    data = archive.read("data.pkl").tobytes()
    storages = {f"data_{i}": archive.read(f"data/{i}").tobytes() for i in range(3)}
    draw = random.Random(12)
    for _ in range(1500):
        damaged = bytearray(data)
        for _ in range(draw.choice([1, 1, 2, 8])):
            at, n = draw.randrange(len(damaged)), draw.randrange(1, 12)
            if draw.random() < 0.5:
                damaged[at] = draw.randrange(256)
            elif draw.random() < 0.5:
                del damaged[at : at + n]
            else:
                damaged[at:at] = damaged[draw.randrange(len(damaged)) :][:n]
        error = "load: "
        try:
            load(archive_of(bytes(damaged), **storages))
        except (RuntimeError, UnpicklingError) as caught:
            error = str(caught)
        assert error.startswith("load: ")


def test_a_wrong_checksum_is_named():
    at = GOOD.index(np.arange(7, dtype=np.float32).tobytes())
    damaged = bytearray(GOOD)
    damaged[at + 5] ^= 4
    assert "record 'data/0' does not match its checksum" in outcome(bytes(damaged))


def rebuilt(entries, count=None, body=GOOD):
    """GOOD with another directory."""
    start = END.unpack(GOOD[-22:])[6]
    directory = b"".join(entries)
    return body[:start] + directory + end_of_archive(len(entries) if count is None else count, len(directory), start)


def entries():
    return list(Archive(Source(io.BytesIO(GOOD), "good")).records.values())


def test_directories_that_lie():
    raw = [directory_entry(r) for r in entries()]
    assert outcome(rebuilt(raw)) == "same"
    assert "two records named" in outcome(rebuilt([*raw, raw[0]]))
    assert "entries of" in outcome(rebuilt(raw, count=3))
    assert "record 'data/0' is missing" in outcome(rebuilt([e for e in raw if b"data/0" not in e]))
    assert "no data.pkl" in outcome(rebuilt(raw[1:]))
    assert "no data.pkl" in outcome(rebuilt([*raw, raw[0].replace(b"archive", b"ARCHIVE")]))
    assert "not UTF-8" in outcome(rebuilt([*raw, raw[0].replace(b"archive", b"archiv\xff")]))

    def with_first_storage(**changes):
        return rebuilt([directory_entry(r._replace(**changes) if r.name == "archive/data/0" else r) for r in entries()])

    assert "does not fit" in outcome(with_first_storage(size=1 << 40))
    assert "does not fit" in outcome(with_first_storage(header=1 << 40))
    assert "no record at byte" in outcome(with_first_storage(header=1))
    assert "should be 7 x torch.FloatStorage" in outcome(with_first_storage(size=24))
    assert "another record is where" in outcome(with_first_storage(header=0))


def test_records_that_overlap_cannot_multiply_memory():
    """One region of the file under many names would be read many times."""
    start = END.unpack(GOOD[-22:])[6]
    pieces = [directory_entry(r) for r in entries()]
    pieces += [directory_entry(Record(f"archive/data/x{i}", start // 2, 0, 0)) for i in range(100)]
    assert "overlap" in outcome(rebuilt(pieces))
