"""Functions of the bits of integers; on bools they are those of logic."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional._promotion import promote
from .base import array_of, value, wrap
from .comparing import misfit
from .results import into

__all__ = ["bits", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "shift"]


def bits(name: str, ufunc: Any, x: Any, y: Any) -> Any:
    """``ufunc(x, y)`` of integers or bools, after torch's promotion; one of the two may be a number."""
    a, b = value(x), value(y)
    if getattr(a, "dtype", None) is not getattr(b, "dtype", None):
        a, b = promote([a, b])
    dtype = getattr(a, "dtype", None) or getattr(b, "dtype", None)
    if dtype is None:
        raise TypeError(f"{name}(): one of 'input' and 'other' must be a Tensor, not {type(x).__name__} and {type(y).__name__}")
    if dtype.kind in "fV":
        raise NotImplementedError(f"{name}: not implemented for floating point; compare first, or convert with .long()")
    try:
        return wrap(ufunc(a, b))
    except ValueError as error:
        raise misfit(name, a, b) from error


def shift(name: str, ufunc: Any, x: Any, y: Any) -> Any:
    """As `bits`, for shifts, which bools do not have."""
    if {v.dtype.kind if hasattr(v, "dtype") else type(v).__name__ for v in (value(x), value(y))} <= {"b", "bool"}:
        raise NotImplementedError(f"{name}: not implemented for bool tensors; convert with .int()")
    return bits(name, ufunc, x, y)


def bitwise_and(input: Any, other: Any, *, out: Any = None) -> Any:
    """The bits that both have: input & other.

    >>> import minitorch_nlp as torch
    >>> torch.bitwise_and(torch.tensor([5, 6]), 3)
    tensor([1, 2])
    """
    return into("bitwise_and", out, bits("bitwise_and", np.bitwise_and, input, other))


def bitwise_or(input: Any, other: Any, *, out: Any = None) -> Any:
    """The bits that at least one has: input | other."""
    return into("bitwise_or", out, bits("bitwise_or", np.bitwise_or, input, other))


def bitwise_xor(input: Any, other: Any, *, out: Any = None) -> Any:
    """The bits that exactly one has: input ^ other."""
    return into("bitwise_xor", out, bits("bitwise_xor", np.bitwise_xor, input, other))


def bitwise_not(input: Any, *, out: Any = None) -> Any:
    """The bits that `input` does not have: ~input."""
    array = array_of("bitwise_not", input)
    if array.dtype.kind in "fV":
        raise NotImplementedError("bitwise_not: not implemented for floating point; compare first, or convert with .long()")
    return into("bitwise_not", out, wrap(~array))


def bitwise_left_shift(input: Any, other: Any, *, out: Any = None) -> Any:
    """The bits moved up by `other` places: input << other, input 2^other."""
    return into("bitwise_left_shift", out, shift("bitwise_left_shift", np.left_shift, input, other))


def bitwise_right_shift(input: Any, other: Any, *, out: Any = None) -> Any:
    """The bits moved down by `other` places, the sign staying: input >> other, input / 2^other rounded down."""
    return into("bitwise_right_shift", out, shift("bitwise_right_shift", np.right_shift, input, other))
