"""Numba, kept at arm's length: found without being imported, imported with the first kernel that runs, compiled code kept on disk.

``MINITORCH_NLP_KERNELS=0`` turns every kernel off. Numba keeps compiled code beside this file, or in ``NUMBA_CACHE_DIR``.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

from ..settings import follow_threads, get_num_threads

__all__ = ["FLOATS", "Kernel", "available", "compiled"]

# What the compiler may assume of floats. Sums may be regrouped and products fused with sums; inf and nan keep their meaning.
FLOATS = {"contract", "reassoc", "nsz", "arcp"}
SEVERAL_FROM = 32_768  # elements: waking the other threads takes as long as some ten thousand additions


@cache
def available() -> bool:
    """Whether kernels are used: Numba is installed, and the environment does not say no."""
    return os.environ.get("MINITORCH_NLP_KERNELS", "1") != "0" and find_spec("numba") is not None


class Threads:
    """How many threads a kernel may use: OpenBLAS's number, as `set_num_threads` sets it; one in a forked child."""

    count: int = 0  # 0: not asked yet

    @classmethod
    def use(cls, n: int) -> None:
        import numba

        cls.count = min(n, numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
        if cls.count > 1:
            cls.count = cls.start(cls.count)

    @staticmethod
    def start(n: int) -> int:
        """Start `n` threads; 1 where OpenMP is missing: Numba's own pool takes 50 times longer to wake, and must not be called twice at once."""
        import numba

        numba.config.THREADING_LAYER = "omp"  # type: ignore[attr-defined]
        try:
            numba.set_num_threads(n)
        except ValueError:  # no OpenMP here
            return 1
        return n


def alone_after_fork() -> None:
    """GNU's OpenMP ends a forked child that uses it."""
    Threads.count = 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=alone_after_fork)


def retarget(n: int) -> None:
    if Threads.count:
        Threads.use(n)


follow_threads(retarget)


class Kernel:
    """One function compiled twice, when first called: for one thread, and, where its loop is a `prange`, for several.

    The first argument's size says which of the two runs.
    """

    def __init__(self, function: Callable[..., Any], floats: Any) -> None:
        self.function = function
        self.floats = floats
        self.one: Any = None
        self.several: Any = None

    def __call__(self, *args: Any) -> Any:
        if Threads.count != 1 and args[0].size >= SEVERAL_FROM:
            if not Threads.count:
                Threads.use(get_num_threads())
            if Threads.count > 1:
                if self.several is None:
                    self.several = compile_function(self.function, self.floats, parallel=True)
                return self.several(*args)
        if self.one is None:
            self.one = compile_function(self.function, self.floats, parallel=False)
        return self.one(*args)


def compiled(function: Callable[..., Any] | None = None, *, floats: Any = FLOATS) -> Any:
    """Decorator: a `Kernel` of this function. `floats` is Numba's ``fastmath``; False keeps the order of every operation."""
    return Kernel(function, floats) if function is not None else lambda f: Kernel(f, floats)


def compile_function(function: Callable[..., Any], floats: Any, parallel: bool) -> Any:
    """`numba.njit` with this house's options; without a cache, and one warning, where no folder for it can be written."""
    import numba

    options = {"nogil": True, "error_model": "numpy", "fastmath": floats, "parallel": parallel}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError as error:  # Numba's type for "cannot cache: no locator available"
        warn_once(str(error))
        return numba.njit(**options)(function)


@cache
def warn_once(reason: str) -> None:
    warnings.warn(
        f"compiled kernels cannot be kept on disk, so each process compiles them anew ({reason}); set NUMBA_CACHE_DIR", stacklevel=4
    )
