"""Elementwise functions with torch's signatures, where those say more than the op: scaling factors, comparisons, casts."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..functional import arithmetic as A
from ..functional import elementwise as E
from ..functional._op import Traced
from ..functional._promotion import promote
from .base import TensorBase
from .dtypes import as_numpy_dtype

__all__ = [
    "add", "allclose", "ceil", "clamp", "div", "eq", "equal", "floor", "floor_divide", "fmod", "ge", "gt", "isclose", "isfinite", "isinf",
    "isnan", "le", "logical_and", "logical_not", "logical_or", "logical_xor", "lt", "ne", "remainder", "round", "rsub", "sign", "square", "sub",
    "trunc", "where",
]  # fmt: skip


def wrap(array: Any) -> Any:
    return TensorBase._wrap(backend.as_array(array))


def value(x: Any) -> Any:
    """The array or number behind an argument."""
    if isinstance(x, Traced):
        return x.array
    return x.item() if isinstance(x, np.generic) else x


def add(input: Any, other: Any, *, alpha: float = 1, out: None = None) -> Any:
    """input + alpha * other, broadcast."""
    refuse_out(out)
    return A.add(input, other if alpha == 1 else A.mul(other, alpha))


def sub(input: Any, other: Any, *, alpha: float = 1, out: None = None) -> Any:
    """input - alpha * other, broadcast."""
    refuse_out(out)
    return A.sub(input, other if alpha == 1 else A.mul(other, alpha))


def rsub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """other - alpha * input."""
    return sub(other, input, alpha=alpha)


def refuse_out(out: None) -> None:
    if out is not None:
        raise NotImplementedError("out= is not supported here; assign the result, or copy it with out.copy_(result)")


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """input / other; with `rounding_mode` "floor" or "trunc" rounded down or towards zero, integers staying integers."""
    if rounding_mode is None:
        return A.div(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        return by_numpy(truncated_quotient, input, other)
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


def truncated_quotient(x: Any, y: Any) -> Any:
    if np.result_type(x, y).kind == "f":
        return np.trunc(x / y)
    return np.where((np.asarray(x) % y != 0) & ((np.asarray(x) < 0) != (np.asarray(y) < 0)), x // y + 1, x // y)


def by_numpy(function: Any, *args: Any) -> Any:
    """A NumPy function of no gradient, after torch's promotion."""
    arrays = promote([value(a) for a in args])
    if any(hasattr(a, "dtype") and a.dtype.kind in "iu" for a in arrays) and function in DIVISIONS and np.any(np.equal(arrays[1], 0)):
        raise RuntimeError("ZeroDivisionError: integer division or modulo by zero")
    with np.errstate(all="ignore"):
        return wrap(function(*arrays))


DIVISIONS = (np.floor_divide, np.mod, np.fmod, truncated_quotient)


def floor_divide(input: Any, other: Any) -> Any:
    """input / other rounded down."""
    return by_numpy(np.floor_divide, input, other)


def remainder(input: Any, other: Any) -> Any:
    """input - other * floor(input / other): Python's %, with the sign of the divisor. Differentiable in `input`."""
    quotient = floor_divide(input, other)
    if not isinstance(input, Traced) or value(input).dtype.kind != "f":
        return by_numpy(np.mod, input, other)
    return A.sub(input, A.mul(quotient, other))


def fmod(input: Any, other: Any) -> Any:
    """The remainder with the sign of `input`, as C's fmod."""
    return by_numpy(np.fmod, input, other)


# ---- comparisons: bool tensors, no gradient ----------------------------------------------------------------------------------------


def compare(ufunc: Any, x: Any, y: Any) -> Any:
    a, b = value(x), value(y)
    try:
        return wrap(ufunc(a, b))
    except ValueError as error:
        raise RuntimeError(f"{ufunc.__name__}: shapes {np.shape(a)} and {np.shape(b)} do not broadcast") from error


def eq(input: Any, other: Any) -> Any:
    """Where input = other."""
    return compare(np.equal, input, other)


def ne(input: Any, other: Any) -> Any:
    """Where input != other."""
    return compare(np.not_equal, input, other)


def lt(input: Any, other: Any) -> Any:
    """Where input < other."""
    return compare(np.less, input, other)


def le(input: Any, other: Any) -> Any:
    """Where input <= other."""
    return compare(np.less_equal, input, other)


def gt(input: Any, other: Any) -> Any:
    """Where input > other."""
    return compare(np.greater, input, other)


def ge(input: Any, other: Any) -> Any:
    """Where input >= other."""
    return compare(np.greater_equal, input, other)


def logical_and(input: Any, other: Any) -> Any:
    return compare(np.logical_and, input, other)


def logical_or(input: Any, other: Any) -> Any:
    return compare(np.logical_or, input, other)


def logical_xor(input: Any, other: Any) -> Any:
    return compare(np.logical_xor, input, other)


def logical_not(input: Any) -> Any:
    return wrap(np.logical_not(value(input)))


def isnan(input: Any) -> Any:
    return wrap(np.isnan(value(input)))


def isinf(input: Any) -> Any:
    return wrap(np.isinf(value(input)))


def isfinite(input: Any) -> Any:
    return wrap(np.isfinite(value(input)))


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and values."""
    a, b = value(input), value(other)
    return a.shape == b.shape and bool((a == b).all())


def isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Where |input - other| <= atol + rtol |other|."""
    return wrap(np.isclose(value(input), value(other), rtol=rtol, atol=atol, equal_nan=equal_nan))


def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether `isclose` holds everywhere."""
    a, b = value(input), value(other)
    if a.dtype != b.dtype:
        raise RuntimeError(f"allclose: both tensors must have the same dtype, got {a.dtype} and {b.dtype}; cast one with .to(dtype)")
    return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan))


# ---- piecewise constant functions: gradient zero -----------------------------------------------------------------------------------


def piecewise_constant(ufunc: Any, input: Any) -> Any:
    """A function whose derivative is 0 wherever it has one: zeros flow back, as in torch."""
    x = value(input)
    result = wrap(ufunc(x) if x.dtype.kind == "f" or ufunc is np.sign else x.copy())
    return A.add(result, A.mul(input, 0)) if getattr(input, "requires_grad", False) else result


def sign(input: Any) -> Any:
    """-1, 0 or 1."""
    return piecewise_constant(np.sign, input)


def floor(input: Any) -> Any:
    """The largest integer not above each element."""
    return piecewise_constant(np.floor, input)


def ceil(input: Any) -> Any:
    """The smallest integer not below each element."""
    return piecewise_constant(np.ceil, input)


def trunc(input: Any) -> Any:
    """Rounded towards zero."""
    return piecewise_constant(np.trunc, input)


def round(input: Any, *, decimals: int = 0) -> Any:
    """Rounded to the nearest, halves to even."""
    if decimals == 0:
        return piecewise_constant(np.rint, input)
    scale = 10.0**decimals
    return A.div(piecewise_constant(np.rint, A.mul(input, scale)), scale)


def square(input: Any) -> Any:
    """input^2."""
    return A.pow(input, 2)


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """Each element brought into [min, max]."""
    if min is None and max is None:
        raise RuntimeError("clamp: at least one of 'min' or 'max' must not be None")
    return E.clamp(input, min, max)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """`input` where the condition holds, else `other`; with the condition alone, the indices where it holds."""
    if input is None and other is None:
        return tuple(wrap(i) for i in np.nonzero(value(condition)))
    mask = value(condition)
    if mask.dtype != bool:
        if mask.dtype != np.uint8:
            raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {mask.dtype}")
        mask = mask.astype(bool)
    if not isinstance(input, Traced) and not isinstance(other, Traced):
        input = wrap(np.asarray(input, dtype=as_numpy_dtype(type(input))))
    return A.where(condition if mask is value(condition) else wrap(mask), input, other)
