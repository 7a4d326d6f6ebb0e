"""torch's ``.pt`` files, written and read without torch and without executing what is in them."""

from __future__ import annotations

from .checkpoint import load, save

__all__ = ["load", "save"]
