"""Checks that several families of ops make before they compute."""

from __future__ import annotations

from ._law import RefusedValue

__all__ = ["check_reduction", "refuse_bfloat16", "require_an_array", "require_arrays", "require_float"]


def require_float(name: str, x) -> None:
    """Refuse integers and bools where torch has no kernel for them."""
    if x.dtype.kind != "f":
        raise NotImplementedError(f"{name}: not implemented for {x.dtype}; convert the input with .float()")


def refuse_bfloat16(name: str, dtype) -> None:
    """For ops that add up or round more than once: the tape runs them in float32 instead, and rounds the result."""
    if dtype.kind == "V":
        raise NotImplementedError(f"{name}: not computed in bfloat16; convert the input with .float()")


def require_arrays(name: str, *arrays) -> None:
    """Refuse numbers where torch wants tensors only."""
    for i, x in enumerate(arrays):
        if not hasattr(x, "dtype"):
            raise TypeError(f"{name}(): argument {i + 1} must be Tensor, not {type(x).__name__}")


def require_an_array(name: str, x, y) -> str:
    """Refuse two numbers; for an array and a number, or two arrays of one dtype, the category of that: b, u, i or f."""
    array = x if hasattr(x, "dtype") else y
    if not hasattr(array, "dtype"):
        raise TypeError(f"{name}(): one of the arguments must be Tensor, not {type(x).__name__} and {type(y).__name__}")
    return array.dtype.kind


def check_reduction(reduction: str, known: tuple[str, ...] = ("mean", "sum", "none")) -> None:
    """Refuse a loss's `reduction` that is not one of the known ones."""
    if reduction not in known:
        raise RefusedValue(f"{reduction} is not a valid value for reduction; it is one of {', '.join(known)}")
