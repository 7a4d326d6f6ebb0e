"""Special functions with torch's signatures, where those say more than the op."""

from __future__ import annotations

from typing import Any

from ..functional import special_gamma as G
from .base import array_of, integer

__all__ = ["mvlgamma", "polygamma"]


def polygamma(n: int, input: Any, *, out: Any = None) -> Any:
    """The n-th derivative of digamma at `input`, for n >= 0.

    >>> import minitorch_nlp as torch
    >>> torch.polygamma(1, torch.tensor([1.0, 2.0]))
    tensor([1.6449, 0.6449])
    """
    array_of("polygamma", input)
    return G.polygamma(input, n=integer("polygamma", n), out=out)


def mvlgamma(input: Any, p: int, *, out: Any = None) -> Any:
    """The logarithm of the p-dimensional gamma function: p (p - 1) / 4 ln pi + sum over j < p of ln Gamma(input - j / 2)."""
    array_of("mvlgamma", input)
    return G.mvlgamma(input, p=integer("mvlgamma", p), out=out)
