"""torch.backends.cpu."""

from __future__ import annotations

import platform
import warnings
from functools import cache

__all__ = ["get_cpu_capability"]


@cache
def get_cpu_capability() -> str:
    """The widest vectors NumPy uses here: "AVX512", "AVX2", "NEON" or "DEFAULT"."""
    if platform.machine().lower() in ("arm64", "aarch64"):
        return "NEON"
    try:
        from numpy._core._multiarray_umath import __cpu_features__ as features
    except ImportError:
        warnings.warn("this NumPy does not say what the CPU can do", stacklevel=2)
        return "DEFAULT"
    return "AVX512" if features.get("AVX512F") else "AVX2" if features.get("AVX2") else "DEFAULT"
