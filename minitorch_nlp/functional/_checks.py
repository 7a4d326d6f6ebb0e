"""Checks that several families of ops make before they compute."""

from __future__ import annotations

from ._law import RefusedValue

__all__ = ["check_reduction", "require_float"]


def require_float(name: str, x) -> None:
    """Refuse integers and bools where torch has no kernel for them."""
    if x.dtype.kind != "f":
        raise NotImplementedError(f"{name}: not implemented for {x.dtype}; convert the input with .float()")


def check_reduction(reduction: str, known: tuple[str, ...] = ("mean", "sum", "none")) -> None:
    """Refuse a loss's `reduction` that is not one of the known ones."""
    if reduction not in known:
        raise RefusedValue(f"{reduction} is not a valid value for reduction; it is one of {', '.join(known)}")
