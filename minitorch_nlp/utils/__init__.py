"""Helpers around training: `data` loads it, `checkpoint` saves memory, `dlpack` shares tensors with other libraries. Loaded when first used."""

from importlib import import_module
from typing import Any

LATER = ("checkpoint", "data", "dlpack", "hooks", "tensorboard")


def __getattr__(name: str) -> Any:
    if name in LATER:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'", name=name)
