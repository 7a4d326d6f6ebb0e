"""torch.cpu: the CPU as a device like others. It is there, there is one, and it has always finished."""

from __future__ import annotations

from typing import Any

from ..missing import explains_missing
from . import amp

__all__ = ["amp", "current_device", "device_count", "is_available", "is_initialized", "set_device", "synchronize"]

__getattr__ = explains_missing(__name__)


def is_available() -> bool:
    """True."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """The name of the device, "cpu"; there is no other."""
    return "cpu"


def set_device(device: Any) -> None:
    """There is one: nothing to choose."""


def synchronize(device: Any = None) -> None:
    """Wait until the CPU has finished: it has."""
