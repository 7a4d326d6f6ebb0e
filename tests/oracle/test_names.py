"""The list of PyTorch's names in the package is that of the PyTorch installed."""

import pytest

torch = pytest.importorskip("torch")

from .names import FILE, text  # noqa: E402


def test_names():
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m tests.oracle.names"
