"""Settings: whether functions are recorded, and whether layers are training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...autograd.mode import state

__all__ = ["Config", "no_grad", "test_mode", "using_config"]


class Settings(type):
    """Lets ``Config.enable_backprop`` be the tape's own switch."""

    @property
    def enable_backprop(cls) -> bool:
        return state.enabled

    @enable_backprop.setter
    def enable_backprop(cls, value: bool) -> None:
        state.enabled = bool(value)


class Config(metaclass=Settings):
    """``Config.enable_backprop``: whether functions are recorded. ``Config.train``: whether dropout and batch normalization are training."""

    train = True


@contextmanager
def using_config(name: str, value: Any) -> Iterator[None]:
    """``Config.name = value`` within a ``with`` block."""
    before = getattr(Config, name)
    setattr(Config, name, value)
    try:
        yield
    finally:
        setattr(Config, name, before)


def no_grad() -> Any:
    """Functions in this ``with`` block are not recorded."""
    return using_config("enable_backprop", False)


def test_mode() -> Any:
    """Dropout and batch normalization in this ``with`` block are as at test time."""
    return using_config("train", False)


test_mode.__test__ = False  # type: ignore[attr-defined]  # pytest takes every name that starts so for a test
