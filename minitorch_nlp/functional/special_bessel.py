"""Bessel's functions and Airy's, from SciPy's tables (CuPy's on a GPU). Those that torch differentiates have their gradient here."""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._domain import Real, each
from ._op import Op
from .special import in_double, scipy_values

__all__ = [
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "i0", "i0e", "i1", "i1e", "modified_bessel_i0", "modified_bessel_i1",
    "modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "spherical_bessel_j0",
]  # fmt: skip


def mean_over_angles(function):
    """A reference: the mean of ``function(x, t)`` over t in [0, pi], by midpoints, which converge at once for what is even and periodic."""
    angles = [(k + 0.5) * math.pi / 50 for k in range(50)]
    return each(lambda x: sum(function(x, t) for t in angles) / 50)


def integral_to_infinity(function):
    """A reference: the integral of ``function(x, t)`` over t >= 0 by the trapezoidal rule, for an even function that falls like e^-e^t."""
    return each(lambda x: (function(x, 0.0) / 2 + sum(function(x, k / 16) for k in range(1, 120))) / 16)


# ---- modified, of the first kind ----


def i0_forward(x):
    """y = I_0(x) = 1/pi int_0^pi e^(x cos t) dt."""
    return scipy_values("i0", x), (x,)


def i0_backward(dy, saved):
    """dx = dy I_1(x): the derivative under the integral brings cos t down."""
    (x,) = saved
    return (dy * i1(x),)


i0 = Op(
    i0_forward,
    i0_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    reference=mean_over_angles(lambda x, t: math.exp(x * math.cos(t))),
    dtypes="float",
)


def i0e_forward(x):
    """y = e^-|x| I_0(x), which does not overflow."""
    return scipy_values("i0e", x), (x,)


def i0e_backward(dy, saved):
    """dx = dy (i1e(x) - sign(x) i0e(x)): the product rule."""
    (x,) = saved
    return (dy * (i1e(x) - np.sign(x) * i0e(x)),)


i0e = Op(
    i0e_forward,
    i0e_backward,
    shapes="(...) -> (...)",
    domain=Real(-3, 3, kinks=(0,)),
    reference=mean_over_angles(lambda x, t: math.exp(x * math.cos(t) - abs(x))),
    dtypes="float",
    torch_name="SpecialI0E",
)


def i1_forward(x):
    """y = I_1(x) = 1/pi int_0^pi e^(x cos t) cos t dt."""
    return scipy_values("i1", x), (x,)


def i1_backward(dy, saved):
    """dx = dy (I_0(x) - I_1(x) / x), and dy / 2 at 0: Bessel's equation for I_0' = I_1."""
    (x,) = saved
    zero = np.equal(x, 0)
    ratio = i1(x) / np.where(zero, 1.0, x)
    return (np.where(zero, dy * 0.5, dy * (i0(x) - ratio)),)


i1 = Op(
    i1_forward,
    i1_backward,
    shapes="(...) -> (...)",
    domain=Real(-3, 3, kinks=(0,)),
    reference=mean_over_angles(lambda x, t: math.exp(x * math.cos(t)) * math.cos(t)),
    dtypes="float",
    torch_name="SpecialI1",
)


def i1e_forward(x):
    """y = e^-|x| I_1(x), which does not overflow."""
    return scipy_values("i1e", x), (x,)


def i1e_backward(dy, saved):
    """dx = dy (i0e(x) - i1e(x) (sign(x) + 1 / x)), and dy / 2 at 0: the product rule, and I_1' = I_0 - I_1 / x."""
    (x,) = saved
    zero = np.equal(x, 0)
    ratio = i1e(x) * (np.sign(x) + 1 / np.where(zero, 1.0, x))
    return (np.where(zero, dy * 0.5, dy * (i0e(x) - ratio)),)


i1e = Op(
    i1e_forward,
    i1e_backward,
    shapes="(...) -> (...)",
    domain=Real(-3, 3, kinks=(0,)),
    reference=mean_over_angles(lambda x, t: math.exp(x * math.cos(t) - abs(x)) * math.cos(t)),
    dtypes="float",
    torch_name="SpecialI1E",
)


# ---- without a gradient, as in torch ----


def modified_bessel_i0_forward(x):
    """y = I_0(x), as i0, without a gradient."""
    return scipy_values("i0", x), ()


def modified_bessel_i1_forward(x):
    """y = I_1(x), as i1, without a gradient."""
    return scipy_values("i1", x), ()


def modified_bessel_k0_forward(x):
    """y = K_0(x) = int_0^inf e^(-x cosh t) dt."""
    return scipy_values("k0", x), ()


def modified_bessel_k1_forward(x):
    """y = K_1(x) = int_0^inf e^(-x cosh t) cosh t dt."""
    return scipy_values("k1", x), ()


def scaled_modified_bessel_k0_forward(x):
    """y = e^x K_0(x)."""
    return scipy_values("k0e", x), ()


def scaled_modified_bessel_k1_forward(x):
    """y = e^x K_1(x)."""
    return scipy_values("k1e", x), ()


def bessel_j0_forward(x):
    """y = J_0(x) = 1/pi int_0^pi cos(x cos t) dt."""
    return scipy_values("j0", x), ()


def bessel_j1_forward(x):
    """y = J_1(x) = 1/pi int_0^pi sin(x cos t) cos t dt."""
    return scipy_values("j1", x), ()


def bessel_y0_forward(x):
    """y = Y_0(x), the second solution of Bessel's equation, -inf at 0; nan below."""
    return scipy_values("y0", x), ()


def bessel_y1_forward(x):
    """y = Y_1(x) = -Y_0'(x), -inf at 0; nan below."""
    return scipy_values("y1", x), ()


def spherical_bessel_j0_forward(x):
    """y = sin(x) / x; 1 at 0, and 0 at infinity."""
    return in_double(lambda v: np.where(np.isinf(v), 0.0, np.where(v == 0, 1.0, np.sin(v) / v)), x), ()


def airy_ai_forward(x):
    """y = Ai(x), the solution of y'' = x y that falls to 0 on the right."""
    return in_double(lambda v: backend.special("airy", v)(v)[0], x), ()


def y0_reference(x):
    """2/pi ((ln(x/2) + gamma) J_0(x) - sum over k >= 1 of (1 + 1/2 + ... + 1/k) (-x^2/4)^k / k!^2)."""
    term, harmonic, j0, total = 1.0, 0.0, 1.0, 0.0
    for k in range(1, 40):
        term *= -x * x / 4 / (k * k)
        harmonic += 1 / k
        j0 += term
        total -= harmonic * term
    return 2 / math.pi * ((math.log(x / 2) + 0.5772156649015329) * j0 + total)


def y1_reference(x):
    """-Y_0'(x), by a difference of the fourth order."""
    h = 1e-3 * x
    step = y0_reference(x + h) - y0_reference(x - h)
    twice = y0_reference(x + 2 * h) - y0_reference(x - 2 * h)
    return -(8 * step - twice) / (12 * h)


def airy_reference(x):
    """Maclaurin's series of the two solutions that start (1, 0) and (0, 1), put together by Ai(0) and Ai'(0)."""
    first, second, f, g = 1.0, x, 1.0, x
    for k in range(1, 40):
        first *= x**3 / ((3 * k - 1) * (3 * k))
        second *= x**3 / ((3 * k) * (3 * k + 1))
        f, g = f + first, g + second
    return f / (3 ** (2 / 3) * math.gamma(2 / 3)) - g / (3 ** (1 / 3) * math.gamma(1 / 3))


def no_gradient(forward, domain, reference):
    return Op(forward, None, shapes="(...) -> (...)", domain=domain, reference=reference, dtypes="float")


LINE, RIGHT = Real(), Real(0.5, 3)
modified_bessel_i0 = no_gradient(modified_bessel_i0_forward, LINE, i0.reference)
modified_bessel_i1 = no_gradient(modified_bessel_i1_forward, LINE, i1.reference)
modified_bessel_k0 = no_gradient(modified_bessel_k0_forward, RIGHT, integral_to_infinity(lambda x, t: math.exp(-x * math.cosh(t))))
modified_bessel_k1 = no_gradient(
    modified_bessel_k1_forward, RIGHT, integral_to_infinity(lambda x, t: math.exp(-x * math.cosh(t)) * math.cosh(t))
)
scaled_modified_bessel_k0 = no_gradient(
    scaled_modified_bessel_k0_forward, RIGHT, integral_to_infinity(lambda x, t: math.exp(x - x * math.cosh(t)))
)
scaled_modified_bessel_k1 = no_gradient(
    scaled_modified_bessel_k1_forward, RIGHT, integral_to_infinity(lambda x, t: math.exp(x - x * math.cosh(t)) * math.cosh(t))
)
bessel_j0 = no_gradient(bessel_j0_forward, LINE, mean_over_angles(lambda x, t: math.cos(x * math.cos(t))))
bessel_j1 = no_gradient(bessel_j1_forward, LINE, mean_over_angles(lambda x, t: math.sin(x * math.cos(t)) * math.cos(t)))
bessel_y0 = no_gradient(bessel_y0_forward, RIGHT, each(y0_reference))
bessel_y1 = no_gradient(bessel_y1_forward, RIGHT, each(y1_reference))
spherical_bessel_j0 = no_gradient(
    spherical_bessel_j0_forward, LINE, each(lambda x: sum((-x * x) ** k / math.factorial(2 * k + 1) for k in range(25)))
)
airy_ai = no_gradient(airy_ai_forward, LINE, each(airy_reference))
