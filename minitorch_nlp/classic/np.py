"""``from minitorch_nlp.classic.np import *`` gives `np`: NumPy, or CuPy where `config.GPU` is set; and `GPU` itself."""

from __future__ import annotations

from typing import Any

import numpy

from .. import backend
from .config import GPU

__all__ = ["GPU", "np"]

np: Any = backend.cupy() if GPU else numpy
