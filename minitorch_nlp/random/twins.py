"""When draws are made by compiled code (`kernels.draws`): once a program has drawn so much that loading it is likely to pay.

The compiled functions give the same numbers, bit for bit, so the change-over shows in nothing but the time.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..kernels.compiling import available

__all__ = ["compiled_draws"]

ENOUGH = 0.25  # seconds; loading Numba and the compiled code takes about 0.6, compiling it, the first time on a computer, a second more

module: Any = None
lost = 0.0  # seconds that compiled code would have saved so far


def compiled_draws(saves: float) -> Any:
    """`kernels.draws`, or None while it is not worth its loading. `saves` is what it would save in this call, in seconds, roughly."""
    global module, lost
    if module is None and available():
        lost += saves
        if lost > ENOUGH:
            module = import_module("minitorch_nlp.kernels.draws")
    return module
