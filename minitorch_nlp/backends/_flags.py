"""Switches set for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

__all__ = ["changed"]


@contextmanager
def changed(module: ModuleType, **values: Any) -> Iterator[None]:
    """Within the block, these attributes of `module`; those that are None stay."""
    values = {name: value for name, value in values.items() if value is not None}
    before = {name: getattr(module, name) for name in values}
    vars(module).update(values)
    try:
        yield
    finally:
        vars(module).update(before)
