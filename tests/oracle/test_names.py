"""The list of PyTorch's names in the package is that of the PyTorch installed."""

import subprocess
import sys

import pytest

pytest.importorskip("torch")

from .names import FILE


def test_names():
    """In a process of its own: transformers, which other tests import, adds names to PyTorch's classes."""
    code = "import sys; from tests.oracle.names import text; sys.stdout.buffer.write(text().encode())"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, check=True)
    assert FILE.read_text(encoding="utf-8") == done.stdout.decode(), "run: python -m tests.oracle.names"
