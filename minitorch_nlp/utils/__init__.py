"""Helpers around training: `data` loads it, `checkpoint` saves memory, `dlpack` shares tensors with other libraries. Loaded when first used."""

from importlib import import_module
from typing import Any

__all__ = ["checkpoint", "data", "dlpack", "hooks", "tensorboard"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'", name=name)
