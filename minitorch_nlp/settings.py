"""torch's switches for the whole process: threads, precision, determinism; and its functions on symbolic numbers, for plain ones."""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    "are_deterministic_algorithms_enabled", "compiled_with_cxx11_abi", "get_deterministic_debug_mode", "get_float32_matmul_precision",
    "get_num_interop_threads", "get_num_threads", "is_deterministic_algorithms_warn_only_enabled", "is_warn_always_enabled",
    "set_deterministic_debug_mode", "set_float32_matmul_precision", "set_flush_denormal", "set_num_interop_threads", "set_num_threads",
    "set_warn_always", "sym_float", "sym_int", "sym_ite", "sym_max", "sym_min", "sym_not", "sym_sqrt", "sym_sum",
    "use_deterministic_algorithms", "warn_once",
]  # fmt: skip


class Settings:
    """What was set. `threads` counts while products are held to one thread, and for a NumPy whose BLAS cannot be asked."""

    threads: int = 1
    holding: int = 0  # who holds products to one thread at present
    lock = threading.Lock()
    interop_threads: int = 1
    matmul_precision: str = "highest"
    deterministic: int = 0  # 1: warn, 2: error
    warn_always: bool = False
    warned: set[str] = set()
    followers: list[Callable[[int], None]] = []


settings = Settings()


# ---- threads -----------------------------------------------------------------------------------------------------------------------


@cache
def blas() -> tuple[Any, Any] | None:
    """How NumPy's OpenBLAS is asked for its number of threads, and told; None where NumPy has another BLAS."""
    import ctypes

    folder = Path(np.__file__).parent
    for path in [*folder.parent.glob("numpy.libs/*openblas*"), *folder.glob(".dylibs/*openblas*")]:
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        for prefix, suffix in (("scipy_", "64_"), ("scipy_", ""), ("", "64_"), ("", "")):
            get = getattr(library, f"{prefix}openblas_get_num_threads{suffix}", None)
            if get is not None:
                return get, getattr(library, f"{prefix}openblas_set_num_threads{suffix}")
    return None


def whole_number(name: str, n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, int):
        raise RuntimeError(f"{name} expects an int, but got {type(n).__name__}")
    if n < 1:
        raise RuntimeError(f"{name} expects a positive integer, not {n}")
    return n


def get_num_threads() -> int:
    """How many threads a matrix product on the CPU uses, and a compiled kernel on a large array; everything else uses one."""
    found = blas()
    with settings.lock:
        return int(found[0]()) if found and not settings.holding else settings.threads


def set_num_threads(n: int) -> None:
    """Set how many threads matrix products on the CPU and compiled kernels use. For products it is OpenBLAS's number; another BLAS keeps its own."""
    found = blas()
    with settings.lock:
        settings.threads = whole_number("set_num_threads", n)
        if found and not settings.holding:
            found[1](n)
    for tell in settings.followers:
        tell(n)


def hold_products() -> bool:
    """Have each matrix product stay in its own thread until `release_products`; False where NumPy's BLAS cannot be told."""
    found = blas()
    if found is None:
        return False
    with settings.lock:
        if not settings.holding:
            settings.threads = int(found[0]())
            found[1](1)
        settings.holding += 1
    return True


def release_products() -> None:
    """The last who held them sets the number of threads there was, or that was set meanwhile."""
    found = blas()
    with settings.lock:
        settings.holding -= 1
        if found and not settings.holding:
            found[1](settings.threads)


def forget_holders() -> None:
    """For a forked child, which has only one of its parent's threads."""
    settings.holding, settings.lock = 0, threading.Lock()


def follow_threads(tell: Callable[[int], None]) -> None:
    """Have `tell` called with the number of threads whenever it is set."""
    settings.followers.append(tell)


def get_num_interop_threads() -> int:
    """What was set; operations run one after the other."""
    return settings.interop_threads


def set_num_interop_threads(n: int) -> None:
    """Remembered, and without effect: operations run one after the other."""
    settings.interop_threads = whole_number("set_num_interop_threads", n)


# ---- precision and determinism -----------------------------------------------------------------------------------------------------


def get_float32_matmul_precision() -> str:
    return settings.matmul_precision


def set_float32_matmul_precision(precision: str) -> None:
    """Allow float32 products to be less precise: "highest", "high" or "medium". They are always computed in full here."""
    if precision not in ("highest", "high", "medium"):
        warnings.warn(f"{precision} is not one of 'highest', 'high' or 'medium'; the precision is unchanged", UserWarning, stacklevel=2)
        return
    settings.matmul_precision = precision


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Remembered. Operations on the CPU always give the same results; on a GPU sums over repeated indices may differ in the last digits."""
    if not isinstance(mode, bool) or not isinstance(warn_only, bool):
        raise TypeError(f"use_deterministic_algorithms: mode and warn_only must be bools, not {mode!r} and {warn_only!r}")
    settings.deterministic = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    return settings.deterministic > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    return settings.deterministic == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """`use_deterministic_algorithms` by number or name: "default" (0), "warn" (1), "error" (2)."""
    modes = {"default": 0, "warn": 1, "error": 2, 0: 0, 1: 1, 2: 2}
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode).__name__}")
    if debug_mode not in modes:
        raise RuntimeError(f"debug_mode must be one of 'default', 'warn', 'error', 0, 1, 2, not {debug_mode!r}")
    settings.deterministic = modes[debug_mode]


def get_deterministic_debug_mode() -> int:
    return settings.deterministic


def set_warn_always(b: bool) -> None:
    """Whether warnings that are given once only shall be given each time."""
    if not isinstance(b, bool):
        raise RuntimeError(f"set_warn_always expects a bool, but got {type(b).__name__}")
    settings.warn_always = b


def is_warn_always_enabled() -> bool:
    return settings.warn_always


def warn_once(text: str, stacklevel: int = 3) -> None:
    """A UserWarning that is given once in a process, unless `set_warn_always` asked for it each time."""
    if settings.warn_always or text not in settings.warned:
        settings.warned.add(text)
        warnings.warn(text, UserWarning, stacklevel=stacklevel)


def set_flush_denormal(mode: bool) -> bool:
    """Whether the mode is now as asked for: denormal numbers are never flushed to zero, so False for ``mode=True``."""
    return not mode


def compiled_with_cxx11_abi() -> bool:
    """True: what torch's extensions are built with. Nothing is compiled here."""
    return True


# ---- symbolic numbers: plain ones here ---------------------------------------------------------------------------------------------


def sym_int(a: Any) -> int:
    """`a` cut towards zero."""
    return math.trunc(a)


def sym_float(a: Any) -> float:
    return float(a)


def sym_not(a: Any) -> bool:
    return not a


def sym_max(a: Any, b: Any) -> Any:
    """The larger of two numbers, a float if one of them is."""
    return float(max(a, b)) if float in (type(a), type(b)) else max(a, b)


def sym_min(a: Any, b: Any) -> Any:
    """The smaller of two numbers, a float if one of them is."""
    return float(min(a, b)) if float in (type(a), type(b)) else min(a, b)


def sym_ite(b: Any, t: Any, f: Any) -> Any:
    """`t` if `b` holds, else `f`."""
    return t if b else f


def sym_sqrt(a: Any) -> float:
    return math.sqrt(a)


def sym_sum(args: Sequence[Any]) -> Any:
    """The sum of numbers."""
    return sum(args)
