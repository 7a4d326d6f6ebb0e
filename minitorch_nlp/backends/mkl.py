"""torch.backends.mkl: whether NumPy computes with MKL."""

from functools import cache
from typing import Any

__all__ = ["is_available"]


@cache
def is_available() -> bool:
    """Whether NumPy was built with MKL."""
    import numpy as np

    facts: Any = np.show_config(mode="dicts")
    return "mkl" in str(facts.get("Build Dependencies", {}).get("blas", {}).get("name", "")).lower()
