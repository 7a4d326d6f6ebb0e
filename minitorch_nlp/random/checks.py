"""What every draw checks first: the shape, the dtype, and arguments that must be integers."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["FLOATS", "Shape", "element_count", "float_dtype", "integer"]

Shape = int | Sequence[int]
FLOATS = "efdE"  # NumPy's letters for float16, float32, float64 and bfloat16


def element_count(shape: Shape) -> int:
    """How many elements an array of `shape` has.

    >>> element_count((2, 3)), element_count(5), element_count(())
    (6, 5, 1)
    """
    sizes = (shape,) if isinstance(shape, int) else shape
    if any(n < 0 for n in sizes):
        raise RuntimeError(f"sizes must be 0 or more, but the shape is {tuple(sizes)}")
    return math.prod(sizes)


def float_dtype(op: str, dtype: Any) -> np.dtype:
    """`dtype` as a NumPy dtype, or torch's error where it is not float16, bfloat16, float32 or float64."""
    kind = np.dtype(dtype)
    if kind.char not in FLOATS:
        raise NotImplementedError(f"{op}: needs dtype float16, bfloat16, float32 or float64, but dtype = {kind}; draw floats and cast them")
    return kind


def integer(op: str, name: str, value: Any) -> int:
    """`value` as a Python int within int64, or torch's error."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{op}: {name} must be an int, but {name} = {value!r} ({type(value).__name__}); pass int({name})") from None
    if not -(1 << 63) <= number < 1 << 63:
        raise ValueError(f"{op}: {name} must fit in an int64, but {name} = {number}; use a smaller number")
    return number
