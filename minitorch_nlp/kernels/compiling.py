"""Numba, kept at arm's length: found without being imported, imported with the first kernel that runs, compiled code kept on disk.

``MINITORCH_NLP_KERNELS=0`` turns every kernel off. Numba keeps compiled code in ``__pycache__`` beside this file, where that cannot be
written in a folder of the user's, or in ``NUMBA_CACHE_DIR``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, partial
from importlib.util import find_spec
from typing import Any

from ..settings import warn_once

__all__ = ["FLOATS", "KERNEL", "available", "compiled"]

# What the compiler may assume of floats. Sums may be regrouped and products fused with sums; inf and nan keep their meaning.
FLOATS = {"contract", "reassoc", "nsz", "arcp"}


class KERNEL:
    """First among what a twin saves that is not what its definition saves: backward then has to be the twin's too."""


@cache
def available() -> bool:
    """Whether kernels are used: Numba is installed, and the environment does not say no."""
    return os.environ.get("MINITORCH_NLP_KERNELS", "1") != "0" and find_spec("numba") is not None


def compiled(function: Callable[..., Any] | None = None, *, floats: Any = FLOATS, keep: bool = True) -> Any:
    """Decorator: `numba.njit` with this house's options; compiled when first called, without Python's lock while it runs.

    Args:
        floats: Numba's ``fastmath``; False keeps the order and the rounding of every operation.
        keep: keep the compiled code on disk. Numba looks at a function's own file to see whether what it kept is out of date, and does not
            notice a change in the file of a function that it calls: after editing `formulas.py`, remove ``__pycache__/*.nbi``.
    """
    if function is None:
        return partial(compiled, floats=floats, keep=keep)
    import numba

    options = {"nogil": True, "error_model": "numpy", "fastmath": floats}
    if keep:
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:  # Numba's type for "cannot cache: no locator available"
            warn_once("compiled kernels cannot be kept on disk, so each process compiles them anew; set NUMBA_CACHE_DIR to a folder")
    return numba.njit(**options)(function)
