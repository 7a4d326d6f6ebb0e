"""Comparisons, logic and tests of values: bool tensors, no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional._op import Traced
from ..functional._promotion import common_dtype, promote, wrapped
from .base import array_of, value, wrap
from .results import into

__all__ = [
    "allclose", "eq", "equal", "ge", "gt", "is_nonzero", "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal",
    "le", "logical_and", "logical_not", "logical_or", "logical_xor", "lt", "ne", "signbit",
]  # fmt: skip


def compare(name: str, ufunc: Any, x: Any, y: Any) -> Any:
    """``ufunc(x, y)`` after torch's promotion; `y` may be a number."""
    if not isinstance(x, Traced):
        array_of(name, x)
    a = x.array
    if isinstance(y, Traced):
        b = y.array
        if a.dtype is not b.dtype:
            kind = common_dtype([a, b])
            a, b = a.astype(kind, copy=False), b.astype(kind, copy=False)
    elif isinstance(y, (int, float, np.ndarray, np.generic)):
        b = value(y)
        if b.__class__ is int and a.dtype.kind in "iu":
            b = wrapped(b, a.dtype)
        elif a.dtype.kind == "V":
            b = a.dtype.type(b)
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


def eq(input: Any, other: Any, *, out: Any = None) -> Any:
    """Where input = other."""
    result = compare("eq", np.equal, input, other)
    return result if out is None else into("eq", out, result)


def ne(input: Any, other: Any, *, out: Any = None) -> Any:
    """Where input != other."""
    result = compare("ne", np.not_equal, input, other)
    return result if out is None else into("ne", out, result)


def lt(input: Any, other: Any, *, out: Any = None) -> Any:
    """Where input < other."""
    result = compare("lt", np.less, input, other)
    return result if out is None else into("lt", out, result)


def le(input: Any, other: Any, *, out: Any = None) -> Any:
    """Where input <= other."""
    result = compare("le", np.less_equal, input, other)
    return result if out is None else into("le", out, result)


def gt(input: Any, other: Any, *, out: Any = None) -> Any:
    """Where input > other."""
    result = compare("gt", np.greater, input, other)
    return result if out is None else into("gt", out, result)


def ge(input: Any, other: Any, *, out: Any = None) -> Any:
    """Where input >= other."""
    result = compare("ge", np.greater_equal, input, other)
    return result if out is None else into("ge", out, result)


def logical_and(input: Any, other: Any, *, out: Any = None) -> Any:
    """Where both are true; numbers other than 0 count as true."""
    a, b = array_of("logical_and", input), array_of("logical_and", other, "other")
    return into("logical_and", out, both("logical_and", np.logical_and, a, b))


def logical_or(input: Any, other: Any, *, out: Any = None) -> Any:
    """Where at least one is true."""
    a, b = array_of("logical_or", input), array_of("logical_or", other, "other")
    return into("logical_or", out, both("logical_or", np.logical_or, a, b))


def logical_xor(input: Any, other: Any, *, out: Any = None) -> Any:
    """Where exactly one is true."""
    a, b = array_of("logical_xor", input), array_of("logical_xor", other, "other")
    return into("logical_xor", out, both("logical_xor", np.logical_xor, a, b))


def logical_not(input: Any, *, out: Any = None) -> Any:
    """Where `input` is not true."""
    return into("logical_not", out, wrap(np.logical_not(array_of("logical_not", input))))


def isnan(input: Any) -> Any:
    """Where `input` is nan."""
    return wrap(np.isnan(array_of("isnan", input)))


def isinf(input: Any) -> Any:
    """Where `input` is inf or -inf."""
    return wrap(np.isinf(array_of("isinf", input)))


def isfinite(input: Any) -> Any:
    """Where `input` is neither nan nor infinite."""
    return wrap(np.isfinite(array_of("isfinite", input)))


def isposinf(input: Any, *, out: Any = None) -> Any:
    """Where `input` is inf."""
    return into_bools("isposinf", out, np.equal(array_of("isposinf", input), np.inf))


def isneginf(input: Any, *, out: Any = None) -> Any:
    """Where `input` is -inf."""
    return into_bools("isneginf", out, np.equal(array_of("isneginf", input), -np.inf))


def signbit(input: Any, *, out: Any = None) -> Any:
    """Where the sign bit is set: where `input` < 0, and at -0."""
    array = array_of("signbit", input)
    return into_bools("signbit", out, np.signbit(array) if array.dtype.kind in "fV" else np.less(array, 0))


def into_bools(name: str, out: Any, array: Any) -> Any:
    """`array` as a tensor, or in `out`, which must be a bool tensor."""
    if isinstance(out, Traced) and out.array.dtype != bool:
        raise RuntimeError(f"{name}: out= must be a bool tensor, not {out.dtype}")
    return into(name, out, wrap(array))


def isreal(input: Any) -> Any:
    """Where the imaginary part is 0: everywhere."""
    return wrap(np.ones_like(array_of("isreal", input), dtype=bool))


def is_nonzero(input: Any) -> bool:
    """Whether a tensor of one element is not 0."""
    array_of("is_nonzero", input)
    return bool(input)


def isin(
    elements: Any = None, test_elements: Any = None, *, assume_unique: bool = False, invert: bool = False, element: Any = None,
    test_element: Any = None, out: Any = None,
) -> Any:  # fmt: skip
    """Where an element is one of `test_elements` (with `invert`, where it is none of them); one of the two may be a number.

    >>> import minitorch_nlp as torch
    >>> torch.isin(torch.tensor([1, 2, 3]), torch.tensor([2, 3]))
    tensor([False,  True,  True])
    """
    x, y = (b if a is None else a for a, b in ((elements, element), (test_elements, test_element)))
    for v in (x, y):
        if not isinstance(v, (Traced, int, float)) or not (isinstance(x, Traced) or isinstance(y, Traced)):
            raise TypeError(f"isin(): 'elements' and 'test_elements' must be Tensors, one of them may be a number, not {type(v).__name__}")
    a, b = promote([in_numpy(value(x)), in_numpy(value(y))])
    if (a if hasattr(a, "dtype") else b).dtype.kind == "b":
        raise RuntimeError("isin: bool tensors are not supported; convert with .int()")
    return into("isin", out, wrap(np.isin(a, b, assume_unique=assume_unique, invert=invert)))


def in_numpy(x: Any) -> Any:
    """bfloat16 as float32, which NumPy can sort and search."""
    return x.astype(np.float32) if getattr(getattr(x, "dtype", None), "kind", "") == "V" else x


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and values."""
    a, b = array_of("equal", input), array_of("equal", other, "other")
    return a.shape == b.shape and bool((a == b).all())


def isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Where |input - other| <= atol + rtol |other|."""
    a, b = array_of("isclose", input), array_of("isclose", other, "other")
    if a.dtype != b.dtype:
        raise RuntimeError(f"isclose: both tensors must have the same dtype, got {a.dtype} and {b.dtype}; cast one with .to(dtype)")
    if min(rtol, atol) < 0:
        raise RuntimeError(f"isclose: rtol and atol must be greater than or equal to zero, but they are {rtol} and {atol}")
    return both("isclose", np.isclose, a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether `isclose` holds everywhere."""
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())
