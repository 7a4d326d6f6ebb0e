"""Elementwise functions with torch's signatures, where those say more than the op: scaling factors, rounding modes, casts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional import arithmetic as A
from ..functional import elementwise as E
from ..functional._op import Traced
from ..functional._promotion import promote
from .base import array_of, value, wrap
from .dtypes import dtype_of_number
from .results import into

__all__ = ["add", "clamp", "clamp_max", "clamp_min", "div", "floor_divide", "reciprocal", "rsub", "square", "sub", "where"]

BOOL = np.dtype("bool")


def add(input: Any, other: Any, *, alpha: float = 1, out: Any = None) -> Any:
    """input + alpha * other, broadcast."""
    return into("add", out, A.add(input, other if alpha == 1 else scaled("add", input, other, alpha)))


def sub(input: Any, other: Any, *, alpha: float = 1, out: Any = None) -> Any:
    """input - alpha * other, broadcast."""
    return into("sub", out, A.sub(input, other if alpha == 1 else scaled("sub", input, other, alpha)))


def scaled(name: str, input: Any, other: Any, alpha: float) -> Any:
    """alpha * other, where that keeps integers integers."""
    if isinstance(alpha, float) and all(x.dtype.kind != "f" if hasattr(x, "dtype") else isinstance(x, int) for x in (input, other)):
        raise RuntimeError(f"{name}: for integer tensors, alpha must not be a floating point number; it is {alpha}")
    return A.mul(other, alpha)


def rsub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """other - alpha * input."""
    return sub(other, input, alpha=alpha)


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Any:
    """input / other; with `rounding_mode` "floor" or "trunc" rounded down or towards zero, integers staying integers."""
    if rounding_mode is None:
        return into("div", out, A.div(input, other))
    if rounding_mode == "floor":
        return floor_divide(input, other, out=out)
    if rounding_mode == "trunc":
        return into("div", out, quotient("div", truncated_quotient, input, other))
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


def floor_divide(input: Any, other: Any, *, out: Any = None) -> Any:
    """input / other rounded down; without a gradient, which would be 0."""
    return into("floor_divide", out, quotient("floor_divide", np.floor_divide, input, other))


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


def square(input: Any, *, out: Any = None) -> Any:
    """input^2."""
    return into("square", out, A.pow(input, 2))


def clamp(input: Any, min: Any = None, max: Any = None, *, out: Any = None) -> Any:
    """Each element brought into [min, max]."""
    if min is None and max is None:
        raise RuntimeError("clamp: at least one of 'min' or 'max' must not be None")
    return into("clamp", out, E.clamp(input, min, max))


def clamp_min(input: Any, min: Any, *, out: Any = None) -> Any:
    """max(input, min)."""
    return clamp(input, min, out=out)


def clamp_max(input: Any, max: Any, *, out: Any = None) -> Any:
    """min(input, max)."""
    return clamp(input, None, max, out=out)


def reciprocal(input: Any, *, out: Any = None) -> Any:
    """1 / input."""
    return into("reciprocal", out, A.div(1, input))


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where the condition holds, else `other`; with the condition alone, the indices where it holds."""
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
    return into("where", out, A.where(condition, input, other))
