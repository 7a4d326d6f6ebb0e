"""Orthogonal polynomials by their three-term recurrences, in float64 whatever the dtype; without gradients, as in torch.

The order n is an array or number like the argument; its fraction is cut off, and of negative order all are 0.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import require_an_array
from ._domain import Real, each
from ._op import Op
from .special import in_double

__all__ = [
    "chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w", "hermite_polynomial_h",
    "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p", "shifted_chebyshev_polynomial_t",
    "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v", "shifted_chebyshev_polynomial_w",
]  # fmt: skip


def by_recurrence(x, n, first, following):
    """p_n(x) where p_0 = 1, p_1 = first(x), and p_(k+1) = following(k, x, p_k, p_(k-1))."""

    def values(x, n):
        n = np.trunc(n)
        before = np.ones_like(x * n)
        y = np.where(np.equal(n, 0), before, np.zeros_like(before))
        highest = int(np.max(n)) if math.prod(before.shape) else 0
        current = before * first(x)
        for k in range(1, highest + 1):
            y = np.where(np.equal(n, k), current, y)
            before, current = current, following(k, x, current, before)
        return y

    require_an_array("polynomial", x, n)
    return in_double(values, x, n)


def doubled(k, x, p, q):
    """The step all of Chebyshev's share: cos((k + 1) t) + cos((k - 1) t) = 2 cos(t) cos(k t), x = cos t."""
    return 2 * x * p - q


def doubled_shifted(k, x, p, q):
    return 2 * (2 * x - 1) * p - q


def chebyshev_polynomial_t_forward(x, n):
    """y = T_n(x), of the first kind: cos(n t) for x = cos t."""
    return by_recurrence(x, n, lambda x: x, doubled), ()


def chebyshev_polynomial_u_forward(x, n):
    """y = U_n(x), of the second kind: sin((n + 1) t) / sin t for x = cos t."""
    return by_recurrence(x, n, lambda x: 2 * x, doubled), ()


def chebyshev_polynomial_v_forward(x, n):
    """y = V_n(x), of the third kind: cos((n + 1/2) t) / cos(t / 2) for x = cos t."""
    return by_recurrence(x, n, lambda x: 2 * x - 1, doubled), ()


def chebyshev_polynomial_w_forward(x, n):
    """y = W_n(x), of the fourth kind: sin((n + 1/2) t) / sin(t / 2) for x = cos t."""
    return by_recurrence(x, n, lambda x: 2 * x + 1, doubled), ()


def shifted_chebyshev_polynomial_t_forward(x, n):
    """y = T_n(2 x - 1)."""
    return by_recurrence(x, n, lambda x: 2 * x - 1, doubled_shifted), ()


def shifted_chebyshev_polynomial_u_forward(x, n):
    """y = U_n(2 x - 1)."""
    return by_recurrence(x, n, lambda x: 2 * (2 * x - 1), doubled_shifted), ()


def shifted_chebyshev_polynomial_v_forward(x, n):
    """y = V_n(2 x - 1)."""
    return by_recurrence(x, n, lambda x: 2 * (2 * x - 1) - 1, doubled_shifted), ()


def shifted_chebyshev_polynomial_w_forward(x, n):
    """y = W_n(2 x - 1)."""
    return by_recurrence(x, n, lambda x: 2 * (2 * x - 1) + 1, doubled_shifted), ()


def hermite_polynomial_h_forward(x, n):
    """y = H_n(x), the physicists': H_(k+1) = 2 x H_k - 2 k H_(k-1)."""
    return by_recurrence(x, n, lambda x: 2 * x, lambda k, x, p, q: 2 * x * p - 2 * k * q), ()


def hermite_polynomial_he_forward(x, n):
    """y = He_n(x), the probabilists': He_(k+1) = x He_k - k He_(k-1)."""
    return by_recurrence(x, n, lambda x: x, lambda k, x, p, q: x * p - k * q), ()


def laguerre_polynomial_l_forward(x, n):
    """y = L_n(x): (k + 1) L_(k+1) = (2 k + 1 - x) L_k - k L_(k-1)."""
    return by_recurrence(x, n, lambda x: 1 - x, lambda k, x, p, q: ((2 * k + 1 - x) * p - k * q) / (k + 1)), ()


def legendre_polynomial_p_forward(x, n):
    """y = P_n(x): (k + 1) P_(k+1) = (2 k + 1) x P_k - k P_(k-1)."""
    return by_recurrence(x, n, lambda x: x, lambda k, x, p, q: ((2 * k + 1) * x * p - k * q) / (k + 1)), ()


# ---- records ----


def polynomial(forward, low, high, reference):
    """The record of one family, tested on [low, high] for orders -1 to 8."""

    def sample(draw):
        shape = draw.shape(max_dims=2)
        return (draw.array(draw.broadcastable(shape), Real(low, high)), draw.index(shape, 10) - 1), {}

    guarded = each(lambda x, n: reference(x, int(n)) if n >= 0 else 0.0)
    return Op(forward, None, shapes="(...), (...) -> (...)", sample=sample, reference=guarded, dtypes="float")


def of_angle(function, shifted=False):
    """A reference in t = arccos x (or arccos(2 x - 1))."""
    return lambda x, n: function(math.acos(2 * x - 1 if shifted else x), n)


def first_kind(t, n):
    return math.cos(n * t)


def second_kind(t, n):
    return math.sin((n + 1) * t) / math.sin(t)


def third_kind(t, n):
    return math.cos((n + 0.5) * t) / math.cos(t / 2)


def fourth_kind(t, n):
    return math.sin((n + 0.5) * t) / math.sin(t / 2)


def hermite_sum(x, n):
    return sum(
        (-1) ** m * math.factorial(n) / (math.factorial(m) * math.factorial(n - 2 * m)) * (2 * x) ** (n - 2 * m) for m in range(n // 2 + 1)
    )


def laguerre_sum(x, n):
    return sum(math.comb(n, k) * (-x) ** k / math.factorial(k) for k in range(n + 1))


def legendre_sum(x, n):
    return sum(math.comb(n, k) * math.comb(n + k, k) * ((x - 1) / 2) ** k for k in range(n + 1))


chebyshev_polynomial_t = polynomial(chebyshev_polynomial_t_forward, -0.9, 0.9, of_angle(first_kind))
chebyshev_polynomial_u = polynomial(chebyshev_polynomial_u_forward, -0.9, 0.9, of_angle(second_kind))
chebyshev_polynomial_v = polynomial(chebyshev_polynomial_v_forward, -0.9, 0.9, of_angle(third_kind))
chebyshev_polynomial_w = polynomial(chebyshev_polynomial_w_forward, -0.9, 0.9, of_angle(fourth_kind))
shifted_chebyshev_polynomial_t = polynomial(shifted_chebyshev_polynomial_t_forward, 0.05, 0.95, of_angle(first_kind, True))
shifted_chebyshev_polynomial_u = polynomial(shifted_chebyshev_polynomial_u_forward, 0.05, 0.95, of_angle(second_kind, True))
shifted_chebyshev_polynomial_v = polynomial(shifted_chebyshev_polynomial_v_forward, 0.05, 0.95, of_angle(third_kind, True))
shifted_chebyshev_polynomial_w = polynomial(shifted_chebyshev_polynomial_w_forward, 0.05, 0.95, of_angle(fourth_kind, True))
hermite_polynomial_h = polynomial(hermite_polynomial_h_forward, -2, 2, hermite_sum)
hermite_polynomial_he = polynomial(hermite_polynomial_he_forward, -2, 2, lambda x, n: 2 ** (-n / 2) * hermite_sum(x / math.sqrt(2), n))
laguerre_polynomial_l = polynomial(laguerre_polynomial_l_forward, 0, 3, laguerre_sum)
legendre_polynomial_p = polynomial(legendre_polynomial_p_forward, -1, 1, legendre_sum)
