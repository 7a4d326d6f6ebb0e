"""Comparisons, logic and tests of values: bool tensors, no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional._op import Traced
from ..functional._promotion import promote
from .base import array_of, value, wrap

__all__ = [
    "allclose", "eq", "equal", "ge", "gt", "isclose", "isfinite", "isinf", "isnan", "le", "logical_and", "logical_not", "logical_or",
    "logical_xor", "lt", "ne",
]  # fmt: skip


def compare(name: str, ufunc: Any, x: Any, y: Any) -> Any:
    """``ufunc(x, y)`` after torch's promotion; `y` may be a number."""
    if not isinstance(x, Traced):
        array_of(name, x)
    a = x.array
    if isinstance(y, Traced):
        b = y.array
        if a.dtype is not b.dtype:
            a, b = promote([a, b])
    elif isinstance(y, (int, float, np.ndarray, np.generic)):
        b = value(y)
    else:
        raise TypeError(f"{name}(): argument 'other' must be Tensor or Number, not {type(y).__name__}")
    try:
        return wrap(ufunc(a, b))
    except ValueError as error:
        raise misfit(name, a, b) from error


def both(name: str, function: Any, a: Any, b: Any, **options: Any) -> Any:
    """``function(a, b)`` of arrays that broadcast."""
    try:
        return wrap(function(a, b, **options))
    except ValueError as error:
        raise misfit(name, a, b) from error


def misfit(name: str, a: Any, b: Any) -> RuntimeError:
    return RuntimeError(f"{name}: shapes {np.shape(a)} and {np.shape(b)} do not broadcast")


def eq(input: Any, other: Any) -> Any:
    """Where input = other."""
    return compare("eq", np.equal, input, other)


def ne(input: Any, other: Any) -> Any:
    """Where input != other."""
    return compare("ne", np.not_equal, input, other)


def lt(input: Any, other: Any) -> Any:
    """Where input < other."""
    return compare("lt", np.less, input, other)


def le(input: Any, other: Any) -> Any:
    """Where input <= other."""
    return compare("le", np.less_equal, input, other)


def gt(input: Any, other: Any) -> Any:
    """Where input > other."""
    return compare("gt", np.greater, input, other)


def ge(input: Any, other: Any) -> Any:
    """Where input >= other."""
    return compare("ge", np.greater_equal, input, other)


def logical_and(input: Any, other: Any) -> Any:
    """Where both are true; numbers other than 0 count as true."""
    return both("logical_and", np.logical_and, array_of("logical_and", input), array_of("logical_and", other, "other"))


def logical_or(input: Any, other: Any) -> Any:
    """Where at least one is true."""
    return both("logical_or", np.logical_or, array_of("logical_or", input), array_of("logical_or", other, "other"))


def logical_xor(input: Any, other: Any) -> Any:
    """Where exactly one is true."""
    return both("logical_xor", np.logical_xor, array_of("logical_xor", input), array_of("logical_xor", other, "other"))


def logical_not(input: Any) -> Any:
    """Where `input` is not true."""
    return wrap(np.logical_not(array_of("logical_not", input)))


def isnan(input: Any) -> Any:
    """Where `input` is nan."""
    return wrap(np.isnan(array_of("isnan", input)))


def isinf(input: Any) -> Any:
    """Where `input` is inf or -inf."""
    return wrap(np.isinf(array_of("isinf", input)))


def isfinite(input: Any) -> Any:
    """Where `input` is neither nan nor infinite."""
    return wrap(np.isfinite(array_of("isfinite", input)))


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and values."""
    a, b = array_of("equal", input), array_of("equal", other, "other")
    return a.shape == b.shape and bool((a == b).all())


def isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Where |input - other| <= atol + rtol |other|."""
    a, b = array_of("isclose", input), array_of("isclose", other, "other")
    if a.dtype != b.dtype:
        raise RuntimeError(f"isclose: both tensors must have the same dtype, got {a.dtype} and {b.dtype}; cast one with .to(dtype)")
    return both("isclose", np.isclose, a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether `isclose` holds everywhere."""
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())
