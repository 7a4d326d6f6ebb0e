"""The error function and its family: erfc, erfcx, erfinv, the normal distribution's ndtr, log_ndtr, ndtri, and entropies.

NumPy has none of them. Float64 follows W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23 (1969), 631-637. For float32 erf, the hot part of GELU, has one rational minimax approximation of our own on the whole
line, without exp and branches; the others are computed in float64.
"""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._checks import require_an_array
from ._domain import Real, each
from ._op import Op, Traced

__all__ = ["entr", "erf", "erfc", "erfcx", "erfinv", "in_double", "log_ndtr", "ndtr", "ndtri", "scipy_values", "xlog1py"]

SQRT_PI, SQRT_TWO_PI, SQRT_HALF = math.sqrt(math.pi), math.sqrt(2 * math.pi), math.sqrt(0.5)

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
# For x >= 4 and t = 1 / x^2: exp(x^2) erfc(x) = (1 / sqrt(pi) - t P(t) / Q(t)) / x. Q is monic.
CODY_FAR = 4.0
CODY_P = (
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2,
    6.58749161529837803e-4,
)  # fmt: skip
CODY_Q = (2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3)


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


def in_double(function, *arrays):
    """`function` of the arrays as float64, its result in their own dtype. Python numbers are passed on as they are.

    Of Tensors, their values alone: the engine runs a forward on Tensors for what it saves, which here is the inputs.
    """
    arrays = tuple(a.array if isinstance(a, Traced) else a for a in arrays)
    dtype = next(a.dtype for a in arrays if hasattr(a, "dtype"))
    with np.errstate(all="ignore"):
        return function(*(a.astype(np.float64) if hasattr(a, "dtype") else a for a in arrays)).astype(dtype)


def scipy_values(name, *arrays):
    """SciPy's function of that name, in float64."""
    return in_double(lambda *values: backend.special(name, *values)(*values), *arrays)


def scaled_tail(a):
    """exp(a^2) erfc(a) for a >= 0.46875."""
    near, far = np.minimum(a, CODY_FAR), np.maximum(a, CODY_FAR)
    t = 1 / (far * far)
    series = t * polynomial(t, CODY_P[0], CODY_P[1:]) / polynomial(t, 1.0, CODY_Q)
    return np.where(a <= CODY_FAR, polynomial(near, CODY_C[0], CODY_C[1:]) / polynomial(near, 1.0, CODY_D), (1 / SQRT_PI - series) / far)


def exp_square(x, sign):
    """exp(sign x^2). x^2 is rounded, which exp would magnify: so the square of x cut to sixteenths, exact, and the rest."""
    x = np.clip(x, -40.0, 40.0)  # beyond, it is 0 or inf
    cut = np.trunc(x * 16) / 16
    return np.exp(sign * cut * cut) * np.exp(sign * (x - cut) * (x + cut))


def erfc_exact(x):
    """erfc for float64, relatively exact in the tail."""
    a = np.abs(x)
    tail = exp_square(a, -1.0) * scaled_tail(np.maximum(a, CODY_SPLIT))
    return np.where(a <= CODY_SPLIT, 1 - erf_exact(x), np.where(x < 0, 2 - tail, tail))


def erfcx_exact(x):
    """exp(x^2) erfc(x) for float64."""
    a = np.abs(x)
    tail = scaled_tail(np.maximum(a, CODY_SPLIT))
    inner = np.minimum(a, CODY_SPLIT) * np.sign(x)
    outer = np.where(x < 0, 2 * exp_square(x, 1.0) - tail, tail)
    return np.where(a <= CODY_SPLIT, np.exp(inner * inner) * (1 - erf_exact(inner)), outer)


def erfc_forward(x):
    """y = 1 - erf(x) = 2 / sqrt(pi) int_x^inf exp(-u^2) du, without cancellation."""
    return in_double(erfc_exact, x), (x,)


def erfc_backward(dy, saved):
    """dx = -dy 2 / sqrt(pi) exp(-x^2): the integrand at the lower limit."""
    (x,) = saved
    return (dy * (-2 / SQRT_PI) * np.exp(-(x * x)),)


erfc = Op(erfc_forward, erfc_backward, shapes="(...) -> (...)", domain=Real(), reference=each(math.erfc), dtypes="float")


def erfcx_forward(x):
    """y = exp(x^2) erfc(x); decays as 1 / (x sqrt(pi)) where erfc itself underflows."""
    return in_double(erfcx_exact, x), (x,)


def erfcx_backward(dy, saved):
    """dx = dy (2 x y - 2 / sqrt(pi)): the product rule, and erfc' = -2 / sqrt(pi) exp(-x^2)."""
    (x,) = saved
    with np.errstate(over="ignore", invalid="ignore"):
        return (dy * (2 * x * erfcx(x) - 2 / SQRT_PI),)


erfcx = Op(
    erfcx_forward,
    erfcx_backward,
    shapes="(...) -> (...)",
    domain=Real(-1.5, 3),
    reference=each(lambda x: math.exp(x * x) * math.erfc(x)),
    dtypes="float",
    torch_name="SpecialErfcx",
)


def inverse_erf(x, rest):
    """The y >= 0 with erf(y) = x for float64, given both x in [0, 1] and ``rest = 1 - x``, each as exact as can be.

    From a start good to 2e-3 two of Halley's steps on erf(y) = x where x < 1/2, three of Newton's on log erfc(y) = log(rest) above,
    where that is nearly a parabola.
    """
    low, high = np.minimum(x, 0.5), np.clip(rest, 1e-320, 0.5)
    s = low * low
    y = low * (SQRT_PI / 2) * (1 + s * (math.pi / 12 + s * (7 * math.pi**2 / 480 + s * (127 * math.pi**3 / 40320))))
    for _ in range(2):
        u = (erf_exact(y) - low) * (SQRT_PI / 2) * np.exp(y * y)
        y = y - u / (1 + u * y)
    log_rest = np.log(high)
    half = (log_rest + np.log(2 - high)) / 2  # S. Winitzki's start: erf(y)^2 is about 1 - exp(-y^2 (4 / pi + a y^2) / (1 + a y^2))
    a = 0.147
    b = half + 2 / (math.pi * a)
    z = np.sqrt(np.sqrt(b * b - 2 * half / a) - b)
    for _ in range(3):
        e = erfcx_exact(z)
        z = z + (np.log(e) - z * z - log_rest) * (SQRT_PI / 2) * e
    y = np.where(x < 0.5, y, z)
    y = np.where(np.less_equal(rest, 0), np.inf, y)
    return np.where((rest < 0) | (x < 0) | np.isnan(x), np.nan, y)


def erfinv_forward(x):
    """y with erf(y) = x; infinite at -1 and 1, nan beyond."""
    return in_double(lambda v: np.copysign(inverse_erf(np.abs(v), 1 - np.abs(v)), v), x), (x,)


def erfinv_backward(dy, saved):
    """dx = dy sqrt(pi) / 2 exp(y^2) = dy / erf'(y), y = erfinv(x)."""
    (x,) = saved
    y = erfinv(x)
    return (dy * (SQRT_PI / 2) * np.exp(y * y),)


def bisect(function, low, high):
    """The x in [low, high] where a rising function is 0."""
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if function(middle) > 0 else (middle, high)
    return low


erfinv = Op(
    erfinv_forward,
    erfinv_backward,
    shapes="(...) -> (...)",
    domain=Real(-0.9, 0.9),
    reference=each(lambda x: bisect(lambda y: math.erf(y) - x, -3.0, 3.0)),
    dtypes="float",
)


# ---- the normal distribution ----


def ndtr_forward(x):
    """y = P(Z <= x) = erfc(-x / sqrt(2)) / 2 for a standard normal Z."""
    return in_double(lambda v: erfc_exact(v * -SQRT_HALF) / 2, x), (x,)


def ndtr_backward(dy, saved):
    """dx = dy exp(-x^2 / 2) / sqrt(2 pi): the density."""
    (x,) = saved
    return (dy * (1 / SQRT_TWO_PI) * np.exp(-0.5 * x * x),)


ndtr = Op(
    ndtr_forward,
    ndtr_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    reference=each(lambda x: (1 + math.erf(x * SQRT_HALF)) / 2),
    dtypes="float",
    torch_name="MulBackward1",
)


def log_ndtr_exact(x):
    """log P(Z <= x): from the scaled tail on the left, where P underflows; from 1 - P on the right, where it rounds to 1."""
    left, right = np.minimum(x, -1.0), np.maximum(x, -1.0)
    far = np.log(erfcx_exact(left * -SQRT_HALF) / 2) - left * left / 2
    return np.where(x < -1, far, np.log1p(erfc_exact(right * SQRT_HALF) / -2))


def log_ndtr_forward(x):
    """y = log P(Z <= x) for a standard normal Z."""
    return in_double(log_ndtr_exact, x), (x,)


def log_ndtr_backward(dy, saved):
    """dx = dy sqrt(2 / pi) / erfcx(-x / sqrt(2)): density over probability, exp(-x^2 / 2) cancelled."""
    (x,) = saved
    return (dy * math.sqrt(2 / math.pi) / erfcx(x * -SQRT_HALF),)


log_ndtr = Op(
    log_ndtr_forward,
    log_ndtr_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    reference=each(lambda x: math.log(math.erfc(-x * SQRT_HALF) / 2)),
    dtypes="float",
    torch_name="SpecialLogNdtr",
)


def ndtri_exact(p):
    """The quantile, from whichever tail p is in."""
    tail = np.minimum(p, 1 - p)
    return np.copysign(inverse_erf(1 - 2 * tail, 2 * tail), p - 0.5) / SQRT_HALF


def ndtri_forward(x):
    """y with P(Z <= y) = x for a standard normal Z; infinite at 0 and 1, nan beyond."""
    return in_double(ndtri_exact, x), (x,)


def ndtri_backward(dy, saved):
    """dx = dy sqrt(2 pi) exp(y^2 / 2): one over the density at y."""
    (x,) = saved
    y = ndtri(x)
    return (dy * SQRT_TWO_PI * np.exp(0.5 * y * y),)


ndtri = Op(
    ndtri_forward,
    ndtri_backward,
    shapes="(...) -> (...)",
    domain=Real(0.05, 0.95),
    reference=each(lambda p: bisect(lambda x: math.erfc(-x * SQRT_HALF) / 2 - p, -5.0, 5.0)),
    dtypes="float",
    torch_name="SpecialNdtri",
)


# ---- entropies ----


def entr_forward(x):
    """y = -x ln x; 0 at 0, -inf below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(np.equal(x, 0), np.abs(x), -x * np.log(x))
    return np.where(np.less(x, 0), -np.inf, y).astype(x.dtype), (x,)


def entr_backward(dy, saved):
    """dx = -dy (ln x + 1)."""
    (x,) = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return (-dy * (np.log(x) + 1),)


entr = Op(
    entr_forward,
    entr_backward,
    shapes="(...) -> (...)",
    domain=Real(0.2, 3),
    reference=each(lambda x: x * math.log(1 / x)),
    dtypes="float",
    torch_name="SpecialEntr",
)


def xlog1py_forward(x, y):
    """z = x ln(1 + y), and 0 where x = 0, unless y is nan."""
    require_an_array("xlog1py", x, y)
    if not hasattr(y, "dtype"):
        y = np.full_like(x, y, shape=())
    with np.errstate(divide="ignore", invalid="ignore"):
        z = x * np.log1p(y)
    return np.where(np.equal(x, 0) & np.equal(y, y), np.zeros_like(z), z), (x, y)


def xlog1py_backward(dz, saved, needs=(True, True)):
    """dx = dz ln(1 + y), and 0 where x = 0 and y <= -1;  dy = dz x / (1 + y)."""
    x, y = saved
    dx = dy = None
    with np.errstate(divide="ignore", invalid="ignore"):
        if needs[0]:
            flat = np.equal(x, 0) & np.less_equal(y, -1)
            dx = np.where(flat, 0.0, dz * np.log1p(np.where(flat, 0.0, y)))
        if needs[1]:
            dy = dz * x / (y + 1)
    return dx, dy


xlog1py = Op(
    xlog1py_forward,
    xlog1py_backward,
    shapes="(...), (...) -> (...)",
    domain=(Real(), Real(-0.7, 3)),
    reference=each(lambda x, y: x * math.log(1 + y)),
    dtypes="float",
    torch_name="SpecialXlog1Py",
)
