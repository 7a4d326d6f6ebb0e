"""Imported before NumPy: how long the threads of NumPy's OpenBLAS wait for the next product before they sleep.

They wait by keeping a core busy, 2^26 ticks (some 25 ms) unless told otherwise, and a compiled kernel that has been divided among threads finds
no core free meanwhile. 2^20 ticks (0.4 ms) are enough from one product to the next. ``OPENBLAS_THREAD_TIMEOUT``, if set, counts
instead; where NumPy has been imported before, nothing can be said any more.
"""

from __future__ import annotations

import os
import sys

__all__: list[str] = []

SETTING, TICKS = "OPENBLAS_THREAD_TIMEOUT", "20"  # a power of two

if "numpy" not in sys.modules and SETTING not in os.environ:
    os.environ[SETTING] = TICKS
    import numpy  # noqa: F401  (reads it once)

    del os.environ[SETTING]
