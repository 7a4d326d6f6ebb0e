"""Which array module an array belongs to, and moving arrays between main memory and the GPU. ``gpu_enable`` says whether there is one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import backend
from ...functional._op import Traced

__all__ = ["as_cupy", "as_numpy", "get_array_module", "gpu_enable"]

gpu_enable: bool


def __getattr__(name: str) -> Any:
    if name == "gpu_enable":  # asked of CuPy when somebody wants to know
        return backend.gpu_count() > 0
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'", name=name)


def plain(x: Any) -> Any:
    return x.array if isinstance(x, Traced) else x


def get_array_module(x: Any) -> Any:
    """NumPy, or CuPy for what lies on a GPU."""
    array = plain(x)
    return backend.cupy() if backend.is_array(array) and not isinstance(array, np.ndarray) else np


def as_numpy(x: Any) -> np.ndarray:
    """A Variable's values, an array or a number as a NumPy array."""
    return backend.to_numpy(backend.as_array(plain(x)))


def as_cupy(x: Any) -> Any:
    """A Variable's values or an array as a CuPy array; RuntimeError without CuPy."""
    return backend.to_device(plain(x), "cuda")
