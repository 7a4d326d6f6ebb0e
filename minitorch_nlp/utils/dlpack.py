"""Sharing tensors with other libraries by DLPack."""

from __future__ import annotations

from ..tensor.interop import from_dlpack, to_dlpack

__all__ = ["from_dlpack", "to_dlpack"]
