"""Helpers around training: `data` loads it, `checkpoint` saves memory, `dlpack` shares tensors with other libraries."""

from . import checkpoint, data, dlpack, hooks

__all__ = ["checkpoint", "data", "dlpack", "hooks"]
