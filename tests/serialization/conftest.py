"""A checkpoint file around any pickle at all."""

import io
import zlib

import pytest

from minitorch_nlp.serialization.zipfile_format import write_archive


@pytest.fixture
def archive_of():
    def build(data, **records):
        """A file with `data` as its pickle; other records by name, ``data_0`` for data/0."""
        contents = {"data.pkl": data, "byteorder": b"little", "version": b"3\n"}
        contents |= {name.replace("_", "/"): content for name, content in records.items()}
        out = io.BytesIO()
        write_archive(out, [(f"archive/{name}", c, zlib.crc32(c)) for name, c in contents.items() if c is not None])
        return io.BytesIO(out.getvalue())

    return build
