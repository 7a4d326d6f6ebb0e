"""torch's type promotion, which differs from NumPy's.

Dtypes fall in three categories: bool < integer < float. The result has the highest category among the operands. Within it,
arrays with dimensions outrank 0-dim arrays, and those outrank Python numbers: a lower rank contributes its category,
never its width. So int64 with float32 is float32, and a 0-dim float64 does not widen a float32 array.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from .. import backend
from ._index import number_as

__all__ = [
    "common_dtype", "promote", "promote_exact", "promote_no_bool", "promote_power", "promote_rest", "promote_to_float", "promote_types",
    "wrapped",
]  # fmt: skip

PYTHON_NUMBERS = (bool, int, float)
PYTHON_CATEGORY = {type(None): 0, bool: 0, int: 1, float: 2}
CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2, "V": 2}  # V: bfloat16
TAKES_NUMBERS = {"b": 0, "u": 1, "i": 1, "f": 2, "V": -1}  # the highest category of Python numbers that leaves arrays as they are
WIDE_UNSIGNED = {np.dtype("uint16"), np.dtype("uint32"), np.dtype("uint64")}
INT64, FLOAT32, BOOL = np.dtype("int64"), np.dtype("float32"), np.dtype("bool")


def promote_types(a: np.dtype, b: np.dtype) -> np.dtype:
    """The common dtype of two arrays of equal rank.

    >>> promote_types(np.dtype("int64"), np.dtype("float32"))
    dtype('float32')
    """
    if a == b:
        return a
    low, high = sorted((a, b), key=lambda d: CATEGORY[d.kind])
    if CATEGORY[high.kind] < 2 and (a in WIDE_UNSIGNED or b in WIDE_UNSIGNED):
        raise RuntimeError(f"uint16, uint32 and uint64 have no common dtype with other integers, here {a} and {b}; convert one with .to()")
    if CATEGORY[low.kind] < CATEGORY[high.kind]:
        return high
    if {low.kind, high.kind} == {"V", "f"}:  # a half has more digits than a bfloat16, and a smaller range: neither holds the other
        return max(low, high, FLOAT32, key=lambda d: d.itemsize)
    return np.promote_types(a, b)


def common_dtype(operands: list[Any]) -> np.dtype:
    """The dtype torch computes in, for arrays and Python numbers together."""
    ranks: list[list[np.dtype]] = [[], [], []]  # dimensioned arrays, 0-dim arrays, Python numbers
    for x in operands:
        if isinstance(x, PYTHON_NUMBERS):
            ranks[2].append(BOOL if isinstance(x, bool) else INT64 if isinstance(x, int) else backend.default_dtype())
        elif x is not None:
            ranks[0 if x.ndim else 1].append(x.dtype)
    result = None
    for dtypes in ranks:
        if not dtypes:
            continue
        here = reduce(promote_types, dtypes)
        if result is None or CATEGORY[here.kind] > CATEGORY[result.kind]:
            result = here if result is None else promote_types(result, here)
    assert result is not None
    return result


def promote(operands: list[Any]) -> list[Any]:
    """Cast arrays to their common dtype. Python numbers stay, for NumPy lets them follow the array; too large ones wrap round."""
    dtype, number = None, 0
    for x in operands:
        category = PYTHON_CATEGORY.get(type(x))
        if category is not None:
            number = max(number, category)
        elif dtype is None:
            dtype = x.dtype
        elif x.dtype is not dtype and x.dtype != dtype:
            return cast_all(operands, common_dtype(operands))
    if dtype is None or TAKES_NUMBERS[dtype.kind] >= number:
        if number != 1 or dtype is None or dtype.kind == "f":
            return operands
        return [x if x.__class__ is not int or 0 <= x < 128 else wrapped(x, dtype) for x in operands]
    return cast_all(operands, common_dtype(operands))


def promote_exact(operands: list[Any]) -> list[Any]:
    """As `promote`, for clamp and where: numbers that an integer dtype cannot hold are refused."""
    promoted = promote(operands)
    for p in promoted:
        if hasattr(p, "dtype"):
            if p.dtype.kind == "f":
                break
            return [number_as(x, p.dtype) if isinstance(x, PYTHON_NUMBERS) else y for x, y in zip(operands, promoted)]
    return promoted


def promote_power(operands: list[Any]) -> list[Any]:
    """As `promote`, for base and exponent: an exponent does not wrap round, it is refused where it does not fit."""
    base, exponent = promote(operands)
    if type(operands[1]) is int and hasattr(base, "dtype") and base.dtype.kind in "iu":
        number_as(operands[1], base.dtype)
        exponent = operands[1]
    return [base, exponent]


def promote_rest(operands: list[Any]) -> list[Any]:
    """As `promote_exact`, leaving the first array alone: the condition of where."""
    return [operands[0], *promote_exact(operands[1:])]


def promote_no_bool(operands: list[Any]) -> list[Any]:
    """As `promote`, for subtraction, which means nothing on bools."""
    if any(isinstance(x, bool) or getattr(x, "dtype", None) == BOOL for x in operands):
        raise RuntimeError("sub: subtraction with a bool tensor is not supported; use ^ or logical_not(), or convert it with .int()")
    return promote(operands)


def promote_to_float(operands: list[Any]) -> list[Any]:
    """As `promote`, and integers become the default float: exp, mean, division."""
    first = operands[0]
    if hasattr(first, "dtype") and first.dtype.kind == "f":
        return operands if len(operands) == 1 else promote(operands)
    dtype = common_dtype(operands)
    return cast_all(operands, dtype if CATEGORY[dtype.kind] == 2 else backend.default_dtype())


def cast_all(operands: list[Any], dtype: np.dtype) -> list[Any]:
    """Arrays as `dtype`; a Python number beside an array is left to NumPy's own weak promotion, brought into an integer dtype's range.

    Not to bfloat16: sums would lose digits, and each step of an op would round. The tape runs the op in float32 instead.
    """
    if dtype.kind == "V":
        raise NotImplementedError("not computed in bfloat16; convert the input with .float()")
    wrap = dtype.kind in "iu"
    return [
        (x.astype(dtype) if x.dtype != dtype else x) if hasattr(x, "dtype") else wrapped(x, dtype) if wrap and type(x) is int else x
        for x in operands
    ]


def wrapped(n: int, dtype: np.dtype) -> int:
    """A Python integer modulo 2^bits, in the range of the integer `dtype`: what arithmetic on that dtype makes of it.

    >>> wrapped(300, np.dtype("uint8")), wrapped(200, np.dtype("int8"))
    (44, -56)
    """
    if 0 <= n < 128 or (n >= -128 and n < 0 and dtype.kind == "i"):
        return n
    if not -(2**63) <= n < 2**64:
        raise OverflowError(f"int too big to convert: {n} does not fit in 64 bits")
    size = 2 ** (8 * dtype.itemsize)
    n %= size
    return n - size if dtype.kind == "i" and 2 * n >= size else n
