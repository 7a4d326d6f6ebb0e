"""Special functions as methods, and their in-place twins; differences."""

from __future__ import annotations

from typing import Any

from ...functional import special as S
from ...functional import special_bessel as B
from ...functional import special_gamma as G
from .. import numeric, special
from ..inplace import InPlace

__all__ = ["SpecialMethods"]


class SpecialMethods:
    """The error function's, the gamma function's and Bessel's relatives."""

    __slots__ = ()

    erfc, erfinv, i0, lgamma, digamma, igamma, igammac = S.erfc, S.erfinv, B.i0, G.lgamma, G.digamma, G.igamma, G.igammac
    mvlgamma = special.mvlgamma
    diff = numeric.diff

    erfc_, erfinv_, i0_, lgamma_, digamma_ = map(InPlace, (S.erfc, S.erfinv, B.i0, G.lgamma, G.digamma))
    igamma_, igammac_, mvlgamma_ = InPlace(G.igamma), InPlace(G.igammac), InPlace(special.mvlgamma)

    def polygamma(self: Any, n: int) -> Any:
        """digamma's n-th derivative."""
        return special.polygamma(n, self)

    polygamma_ = InPlace(polygamma)
