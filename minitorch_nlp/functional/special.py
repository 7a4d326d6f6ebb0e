"""The error function: forward by rational approximation, since NumPy has none.

Float64 follows W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969), 631-637.
Float32, the hot part of GELU, uses one rational minimax approximation of our own on the whole line: no exp and no branches.
"""

from __future__ import annotations

import math

import numpy as np

from ._domain import Real, each
from ._op import Op

__all__ = ["erf"]

# erf(x) = x P(x^2) / Q(x^2) on [-3.85, 3.85], relative error 2e-8 before rounding; beyond, it is 1 in float32. Q is monic.
FAST_LIMIT = 3.85
FAST_P = (0.0542596988, 7.40452147, 95.9697342, 1363.43689, 4892.86084, 29274.7363)
FAST_Q = (29.837976, 384.890045, 2942.03979, 12984.1924, 25944.0605)

# Cody: erf(x) = x A(x^2) / B(x^2) for |x| <= 0.46875, and 1 - erf(x) = exp(-x^2) C(x) / D(x) above. B and D are monic.
CODY_SPLIT = 0.46875
CODY_A = (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3)
CODY_B = (2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
CODY_C = (
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
    8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
)  # fmt: skip
CODY_D = (
    1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
    4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
)  # fmt: skip
CODY_LIMIT = 6.0  # 1 - erf(6) is below half of float64's spacing at 1


def polynomial(t, leading, coefficients):
    """Horner's rule, in place in the product ``leading * t``: a fresh array, whatever `leading` is."""
    p = t * leading
    p += coefficients[0]
    for c in coefficients[1:]:
        p *= t
        p += c
    return p


def erf_fast(x):
    """erf for float32, within 6 units in the last place (0.7 on average)."""
    z = np.clip(x, -FAST_LIMIT, FAST_LIMIT)
    t = z * z
    p = polynomial(t, FAST_P[0], FAST_P[1:])
    q = polynomial(t, 1.0, FAST_Q)
    p *= z
    p /= q
    return np.clip(p, -1.0, 1.0)


def erf_exact(x):
    """erf for float64, within 2 units in the last place."""
    z = np.clip(x, -CODY_LIMIT, CODY_LIMIT)
    t, a = z * z, np.abs(z)
    inner = z * polynomial(t, CODY_A[0], CODY_A[1:]) / polynomial(t, 1.0, CODY_B)
    outer = 1.0 - np.exp(-t) * polynomial(a, CODY_C[0], CODY_C[1:]) / polynomial(a, 1.0, CODY_D)
    return np.where(a <= CODY_SPLIT, inner, np.sign(z) * outer)


def erf_forward(x):
    """y = 2 / sqrt(pi) int_0^x exp(-u^2) du."""
    if x.dtype == np.float64:
        y = erf_exact(x)
    elif x.dtype == np.float32:
        y = erf_fast(x)
    else:
        y = erf_fast(x.astype(np.float32)).astype(x.dtype)
    return y, (x,)


def erf_backward(dy, saved):
    """dx = dy 2 / sqrt(pi) exp(-x^2): the integrand at the upper limit."""
    (x,) = saved
    return (dy * (2 / math.sqrt(math.pi)) * np.exp(-(x * x)),)


erf = Op(erf_forward, erf_backward, shapes="(...) -> (...)", domain=Real(), reference=each(math.erf), dtypes="float")
