"""Elementwise functions with torch's signatures, where those say more than the op: scaling factors, rounding modes, casts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional import arithmetic as A
from ..functional import elementwise as E
from ..functional._op import Traced
from ..functional._promotion import promote
from .base import array_of, refuse_out, value, wrap
from .dtypes import dtype_of_number

__all__ = ["add", "clamp", "clamp_max", "clamp_min", "div", "floor_divide", "reciprocal", "rsub", "square", "sub", "where"]

BOOL = np.dtype("bool")


def add(input: Any, other: Any, *, alpha: float = 1, out: None = None) -> Any:
    """input + alpha * other, broadcast."""
    refuse_out("add", out)
    return A.add(input, other if alpha == 1 else scaled("add", input, other, alpha))


def sub(input: Any, other: Any, *, alpha: float = 1, out: None = None) -> Any:
    """input - alpha * other, broadcast."""
    refuse_out("sub", out)
    return A.sub(input, other if alpha == 1 else scaled("sub", input, other, alpha))


def scaled(name: str, input: Any, other: Any, alpha: float) -> Any:
    """alpha * other, where that keeps integers integers."""
    if isinstance(alpha, float) and all(x.dtype.kind != "f" if hasattr(x, "dtype") else isinstance(x, int) for x in (input, other)):
        raise RuntimeError(f"{name}: for integer tensors, alpha must not be a floating point number; it is {alpha}")
    return A.mul(other, alpha)


def rsub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """other - alpha * input."""
    return sub(other, input, alpha=alpha)


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: None = None) -> Any:
    """input / other; with `rounding_mode` "floor" or "trunc" rounded down or towards zero, integers staying integers."""
    refuse_out("div", out)
    if rounding_mode is None:
        return A.div(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        return quotient("div", truncated_quotient, input, other)
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


def floor_divide(input: Any, other: Any) -> Any:
    """input / other rounded down; without a gradient, which would be 0."""
    return quotient("floor_divide", np.floor_divide, input, other)


def truncated_quotient(x: Any, y: Any) -> Any:
    if np.result_type(x, y).kind == "f":
        return np.trunc(x / y)
    return x // y + ((x % y != 0) & ((x < 0) != (y < 0)))  # rounded down, and up again where that was away from 0


def quotient(name: str, function: Any, *args: Any) -> Any:
    """A rounded quotient, after torch's promotion."""
    x, y = promote([value(a) for a in args])
    kinds = {v.dtype.kind if hasattr(v, "dtype") else {bool: "b", int: "i"}.get(type(v), "f") for v in (x, y)}
    if kinds == {"b"}:
        raise NotImplementedError(f"{name}: not implemented for bool tensors; convert with .int()")
    if "f" not in kinds and np.any(np.equal(y, 0)):
        raise RuntimeError(f"ZeroDivisionError: {name}: integer division by zero")
    with np.errstate(all="ignore"):
        return wrap(function(x, y))


def square(input: Any) -> Any:
    """input^2."""
    return A.pow(input, 2)


def clamp(input: Any, min: Any = None, max: Any = None, *, out: None = None) -> Any:
    """Each element brought into [min, max]."""
    refuse_out("clamp", out)
    if min is None and max is None:
        raise RuntimeError("clamp: at least one of 'min' or 'max' must not be None")
    return E.clamp(input, min, max)


def clamp_min(input: Any, min: Any) -> Any:
    """max(input, min)."""
    return clamp(input, min)


def clamp_max(input: Any, max: Any) -> Any:
    """min(input, max)."""
    return clamp(input, None, max)


def reciprocal(input: Any) -> Any:
    """1 / input."""
    return A.div(1, input)


def where(condition: Any, input: Any = None, other: Any = None, *, out: None = None) -> Any:
    """`input` where the condition holds, else `other`; with the condition alone, the indices where it holds."""
    refuse_out("where", out)
    mask = array_of("where", condition, "condition")
    if input is None and other is None:
        return tuple(wrap(i.copy()) for i in np.nonzero(mask if mask.ndim else mask.reshape(1)))
    for x in (input, other):
        if not isinstance(x, (Traced, int, float, np.ndarray, np.generic)):
            raise TypeError(f"where(): 'input' and 'other' must be Tensors or numbers, not {type(x).__name__}")
    if mask.dtype is not BOOL:
        if mask.dtype != np.uint8:
            raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {mask.dtype}")
        condition = wrap(mask.astype(bool))
    if not isinstance(input, Traced) and not isinstance(other, Traced):
        input = value(input)
        input = wrap(np.asarray(input, dtype=dtype_of_number(input)))
    return A.where(condition, input, other)
