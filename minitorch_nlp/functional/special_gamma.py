"""The gamma function's family: its logarithm, that one's derivatives, the zeta function they lead to, and incomplete gamma functions.

All but the incomplete ones (SciPy's) follow from Euler-Maclaurin summation: step up by recurrence to where Bernoulli's numbers make a
quickly falling series, and reflect negative arguments. Computed in float64 whatever the dtype.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import require_an_array, require_arrays
from ._domain import Real, each
from ._op import Op
from .special import in_double, scipy_values

__all__ = ["digamma", "igamma", "igammac", "lgamma", "mvlgamma", "polygamma", "zeta"]

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)  # B_2, B_4, ...
STEPS = 9  # series below start at x + 9 or above, where their terms fall to 1e-16


def lgamma_positive(x):
    """ln Gamma(x) for x > 0: Stirling's series at z = x + 9, less ln (x (x + 1) ... (x + 8)); for x >= 9 at x itself."""
    small = x < STEPS
    z = np.where(small, x + STEPS, x)
    below = np.where(small, x, 1.0)
    product = below
    for k in range(1, STEPS):
        product = product * (below + k)
    series = sum(b / (2 * k * (2 * k - 1)) / z ** (2 * k - 1) for k, b in enumerate(BERNOULLI[:8], start=1))
    y = (z - 0.5) * (np.log(z) - 1) - 0.5 + 0.5 * math.log(2 * math.pi) + series
    return np.where(small, y - np.log(product), y)


def lgamma_exact(x):
    """ln |Gamma(x)|, for x < 0 by Gamma(x) Gamma(1 - x) = pi / sin(pi x)."""
    y = lgamma_positive(np.where(x < 0, 1 - x, x))
    reflected = math.log(math.pi) - np.log(np.abs(np.sin(math.pi * (x - np.rint(x))))) - y
    return np.where(np.isinf(x), np.inf, np.where(x < 0, reflected, y))


def lgamma_forward(x):
    """y = ln |Gamma(x)|; inf at 0, -1, -2, ..."""
    return in_double(lgamma_exact, x), (x,)


def lgamma_backward(dy, saved):
    """dx = dy digamma(x), which is (ln Gamma)' by definition."""
    (x,) = saved
    return (dy * digamma(x),)


lgamma = Op(lgamma_forward, lgamma_backward, shapes="(...) -> (...)", domain=Real(0.3, 4), reference=each(math.lgamma), dtypes="float")


def digamma_positive(x):
    """Gamma'(x) / Gamma(x) for x > 0: ln z - 1 / 2z - sum B_2k / (2k z^2k) at z = x + 9, less 1/x + ... + 1/(x + 8)."""
    small = x < STEPS
    z = np.where(small, x + STEPS, x)
    below = np.where(small, x, 1.0)
    steps = sum(1 / (below + k) for k in range(STEPS))
    y = np.log(z) - 0.5 / z - sum(b / (2 * k) / z ** (2 * k) for k, b in enumerate(BERNOULLI[:8], start=1))
    return np.where(small, y - steps, y)


def digamma_exact(x):
    """Gamma'(x) / Gamma(x), for x < 0 by digamma(x) = digamma(1 - x) - pi / tan(pi x)."""
    y = digamma_positive(np.where(x < 0, 1 - x, x))
    reflected = y - math.pi / np.tan(math.pi * (x - np.rint(x)))
    y = np.where(x < 0, np.where(x == np.rint(x), np.nan, reflected), y)
    return np.where(x == 0, np.copysign(np.inf, -x), y)


def digamma_forward(x):
    """y = (ln Gamma)'(x); infinite at 0, nan at -1, -2, ..."""
    return in_double(digamma_exact, x), (x,)


def digamma_backward(dy, saved):
    """dx = dy polygamma(1, x), which is digamma' by definition."""
    (x,) = saved
    return (dy * polygamma(x, n=1),)


def digamma_reference(x):
    """-gamma + sum over k >= 0 of 1/(k + 1) - 1/(k + x), with the integral and the first correction in place of its tail."""
    n = 2000
    total = -0.5772156649015329 + sum((x - 1) / ((k + 1) * (k + x)) for k in range(n))
    return total + math.log((n + x) / (n + 1)) - 0.5 / (n + x) + 0.5 / (n + 1) - 1 / (12 * (n + x) ** 2) + 1 / (12 * (n + 1) ** 2)


digamma = Op(
    digamma_forward,
    digamma_backward,
    shapes="(...) -> (...)",
    domain=Real(0.3, 4),
    reference=each(digamma_reference),
    dtypes="float",
)


def zeta_positive(s, q):
    """sum over k >= 0 of (k + q)^-s for s > 1, q > 0: nine terms, and Euler and Maclaurin's formula for the rest."""
    total = sum((q + k) ** -s for k in range(STEPS))
    z = q + STEPS
    last = z**-s
    total = total + z ** (1 - s) / (s - 1) + last / 2
    term = s * last / z  # s (s + 1) ... (s + 2k - 2) z^(1 - s - 2k), here for k = 1
    for k, b in enumerate(BERNOULLI, start=1):
        total = total + term * (b / math.factorial(2 * k))
        term = term * (s + 2 * k - 1) * (s + 2 * k) / (z * z)
    return total


def zeta_exact(s, q):
    """Hurwitz' zeta function. For q < 0 and whole s the terms below 0 are, but for their sign, those from 1 - r to -q, r = q - floor(q)."""
    m = np.maximum(-np.floor(q), 0.0)
    y = zeta_positive(s, np.where(q > 0, q, q + m))
    r = q + m
    below = zeta_positive(s, 1 - r) - zeta_positive(s, 1 - q)
    y = np.where(q > 0, y, y + below * np.where(s % 2 == 0, 1.0, -1.0))
    pole = (q <= 0) & (q == np.floor(q))
    y = np.where(pole, np.inf, np.where((q < 0) & (s != np.floor(s)), np.nan, y))
    return np.where(s > 1, y, np.where(s == 1, np.inf, np.nan))


def zeta_forward(x, y):
    """z = sum over k >= 0 of (k + y)^-x, Hurwitz' zeta function; inf for x = 1, nan below."""
    require_an_array("zeta", x, y)
    return in_double(zeta_exact, x, y), (x, y)


def zeta_backward(dz, saved, needs=(False, True)):
    """dy = -dz x zeta(x + 1, y), term by term; in x it is not implemented, as in torch."""
    x, y = saved
    if needs[0]:
        raise NotImplementedError("zeta: the derivative with respect to the first argument is not implemented; detach() it")
    return None, dz * -x * zeta(x + 1, y)


def zeta_reference(s, q):
    """2000 terms, the integral of the rest and the first two corrections."""
    n = 2000.0
    return sum((k + q) ** -s for k in range(2000)) + (n + q) ** (1 - s) / (s - 1) + (n + q) ** -s / 2 + s * (n + q) ** (-s - 1) / 12


zeta = Op(
    zeta_forward,
    zeta_backward,
    shapes="(...), (...) -> (...)",
    sample=lambda draw: sample_order(draw, 2),
    reference=each(zeta_reference),
    dtypes="float",
    torch_name="SpecialZeta",
)


def sample_order(draw, least):
    """A whole order, in which no gradient is wanted, and a positive argument."""
    shape = draw.shape(max_dims=2)
    return (draw.index(draw.broadcastable(shape), 3) + least, draw.array(shape, Real(0.4, 3))), {}


def polygamma_forward(x, *, n):
    """y = digamma's n-th derivative at x."""
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n: {n}")
    if n == 0:
        return in_double(digamma_exact, x), (x, n)
    factor = math.exp(math.lgamma(n + 1)) if n > 20 else math.factorial(n)
    return in_double(lambda v: (factor if n % 2 else -factor) * zeta_exact(float(n + 1), v), x), (x, n)


def polygamma_backward(dy, saved):
    """dx = dy polygamma(n + 1, x), by definition."""
    x, n = saved
    return (dy * polygamma(x, n=n + 1),)


def polygamma_reference(x, n):
    return each(digamma_reference)(x) if n == 0 else (-1) ** (n + 1) * math.factorial(n) * each(zeta_reference)(n + 1, x)


polygamma = Op(
    polygamma_forward,
    polygamma_backward,
    shapes="(...) -> (...)",
    domain=Real(0.5, 4),
    options={"n": (0, 1, 2, 3)},
    reference=polygamma_reference,
    dtypes="float",
)


def mvlgamma_forward(x, *, p):
    """y = p (p - 1) / 4 ln pi + sum over j < p of ln Gamma(x - j / 2): the logarithm of the p-dimensional gamma function."""
    if p < 1:
        raise RuntimeError(f"mvlgamma: p has to be greater than or equal to 1, it is {p}")
    return in_double(lambda v: p * (p - 1) / 4 * math.log(math.pi) + sum(lgamma_exact(v - j / 2) for j in range(p)), x), (x, p)


def mvlgamma_backward(dy, saved):
    """dx = dy sum over j < p of digamma(x - j / 2)."""
    x, p = saved
    total = digamma(x)
    for j in range(1, p):
        total = total + digamma(x - j / 2)
    return (dy * total,)


mvlgamma = Op(
    mvlgamma_forward,
    mvlgamma_backward,
    shapes="(...) -> (...)",
    domain=Real(1.5, 4),
    options={"p": (1, 2, 3)},
    reference=lambda x, p: each(lambda v: p * (p - 1) / 4 * math.log(math.pi) + sum(math.lgamma(v - j / 2) for j in range(p)))(x),
    dtypes="float",
)


# ---- incomplete gamma functions ----


def gamma_density(a, x):
    """x^(a - 1) e^-x / Gamma(a): the gamma distribution's density, the derivative of its probabilities."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.exp((a - 1) * np.log(x) - x - lgamma(a))


def igamma_forward(x, y):
    """z = P(x, y) = 1 / Gamma(x) int_0^y t^(x - 1) e^-t dt, the regularized lower incomplete gamma function."""
    require_arrays("igamma", x, y)
    return scipy_values("gammainc", x, y), (x, y)


def igamma_backward(dz, saved, needs=(False, True)):
    """dy = dz y^(x - 1) e^-y / Gamma(x), the integrand at the upper limit; in x it is not implemented, as in torch."""
    x, y = saved
    if needs[0]:
        raise NotImplementedError("igamma: the derivative for 'igamma: input' is not implemented; detach() it")
    return None, dz * gamma_density(x, y)


def igamma_reference(a, x):
    """The series x^a e^-x sum over k >= 0 of x^k / Gamma(a + k + 1)."""
    return x**a * math.exp(-x) * sum(x**k / math.gamma(a + k + 1) for k in range(60))


igamma = Op(
    igamma_forward,
    igamma_backward,
    shapes="(...), (...) -> (...)",
    sample=lambda draw: sample_order(draw, 1),
    reference=each(igamma_reference),
    dtypes="float",
)


def igammac_forward(x, y):
    """z = Q(x, y) = 1 - P(x, y), the regularized upper incomplete gamma function."""
    require_arrays("igammac", x, y)
    return scipy_values("gammaincc", x, y), (x, y)


def igammac_backward(dz, saved, needs=(False, True)):
    """dy = -dz y^(x - 1) e^-y / Gamma(x), the integrand at the lower limit; in x it is not implemented, as in torch."""
    x, y = saved
    if needs[0]:
        raise NotImplementedError("igammac: the derivative for 'igammac: input' is not implemented; detach() it")
    return None, -dz * gamma_density(x, y)


igammac = Op(
    igammac_forward,
    igammac_backward,
    shapes="(...), (...) -> (...)",
    sample=lambda draw: sample_order(draw, 1),
    reference=each(lambda a, x: 1 - igamma_reference(a, x)),
    dtypes="float",
)
