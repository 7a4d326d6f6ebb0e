"""Trigonometric and hyperbolic functions and their inverses; sin, cos and tanh are in elementwise.py and activation.py.

The derivative of an inverse f of g follows from g(f(x)) = x: f' = 1 / g'(f).
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import require_arrays
from ._domain import Real, each
from ._op import Op

__all__ = ["acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cosh", "deg2rad", "rad2deg", "sinc", "sinh", "tan"]


def tan_forward(x):
    """y = tan x = sin x / cos x, x in radians."""
    y = np.tan(x)
    return y, (y,)


def tan_backward(dy, saved):
    """dx = dy (1 + y^2): the quotient rule gives (cos^2 + sin^2) / cos^2."""
    (y,) = saved
    return (dy * (1 + y * y),)


tan = Op(tan_forward, tan_backward, shapes="(...) -> (...)", domain=Real(-1.2, 1.2), reference=each(math.tan), dtypes="float")


def asin_forward(x):
    """y = asin x, the angle in [-pi/2, pi/2] whose sine is x; nan outside [-1, 1]."""
    with np.errstate(invalid="ignore"):
        return np.arcsin(x), (x,)


def asin_backward(dy, saved):
    """dx = dy / sqrt(1 - x^2), since sin' = cos = sqrt(1 - sin^2)."""
    (x,) = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return (dy / np.sqrt(1 - x * x),)


asin = Op(asin_forward, asin_backward, shapes="(...) -> (...)", domain=Real(-0.9, 0.9), reference=each(math.asin), dtypes="float")


def acos_forward(x):
    """y = acos x, the angle in [0, pi] whose cosine is x; nan outside [-1, 1]."""
    with np.errstate(invalid="ignore"):
        return np.arccos(x), (x,)


def acos_backward(dy, saved):
    """dx = -dy / sqrt(1 - x^2), since acos = pi/2 - asin."""
    (x,) = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return (-dy / np.sqrt(1 - x * x),)


acos = Op(acos_forward, acos_backward, shapes="(...) -> (...)", domain=Real(-0.9, 0.9), reference=each(math.acos), dtypes="float")


def atan_forward(x):
    """y = atan x, the angle in [-pi/2, pi/2] whose tangent is x."""
    return np.arctan(x), (x,)


def atan_backward(dy, saved):
    """dx = dy / (1 + x^2), since tan' = 1 + tan^2."""
    (x,) = saved
    return (dy / (1 + x * x),)


atan = Op(atan_forward, atan_backward, shapes="(...) -> (...)", domain=Real(), reference=each(math.atan), dtypes="float")


def atan2_forward(x, y):
    """z = the angle in [-pi, pi] of the point at height x and distance y to the right: atan(x / y), in the right quadrant."""
    require_arrays("atan2", x, y)
    return np.arctan2(x, y), (x, y)


def atan2_backward(dz, saved):
    """dx = dz y / (x^2 + y^2), dy = -dz x / (x^2 + y^2), and 0 at the origin: the chain rule on atan(x / y)."""
    x, y = saved
    square = x * x + y * y
    with np.errstate(invalid="ignore"):
        g = dz / np.where(np.equal(square, 0), 1.0, square)
        return g * y, -g * x


atan2 = Op(
    atan2_forward,
    atan2_backward,
    shapes="(...), (...) -> (...)",
    domain=(Real(kinks=(0,), margin=0.3), Real()),
    reference=each(math.atan2),
    dtypes="float",
)


def sinh_forward(x):
    """y = sinh x = (e^x - e^-x) / 2."""
    with np.errstate(over="ignore"):
        return np.sinh(x), (x,)


def sinh_backward(dy, saved):
    """dx = dy cosh x."""
    (x,) = saved
    with np.errstate(over="ignore"):
        return (dy * np.cosh(x),)


sinh = Op(sinh_forward, sinh_backward, shapes="(...) -> (...)", domain=Real(-2, 2), reference=each(math.sinh), dtypes="float")


def cosh_forward(x):
    """y = cosh x = (e^x + e^-x) / 2."""
    with np.errstate(over="ignore"):
        return np.cosh(x), (x,)


def cosh_backward(dy, saved):
    """dx = dy sinh x."""
    (x,) = saved
    with np.errstate(over="ignore"):
        return (dy * np.sinh(x),)


cosh = Op(cosh_forward, cosh_backward, shapes="(...) -> (...)", domain=Real(-2, 2), reference=each(math.cosh), dtypes="float")


def asinh_forward(x):
    """y = asinh x = ln(x + sqrt(x^2 + 1)), the inverse of sinh."""
    return np.arcsinh(x), (x,)


def asinh_backward(dy, saved):
    """dx = dy / sqrt(x^2 + 1), since sinh' = cosh = sqrt(sinh^2 + 1)."""
    (x,) = saved
    return (dy / np.sqrt(x * x + 1),)


asinh = Op(asinh_forward, asinh_backward, shapes="(...) -> (...)", domain=Real(), reference=each(math.asinh), dtypes="float")


def acosh_forward(x):
    """y = acosh x = ln(x + sqrt(x^2 - 1)), the inverse of cosh; nan below 1."""
    with np.errstate(invalid="ignore"):
        return np.arccosh(x), (x,)


def acosh_backward(dy, saved):
    """dx = dy / sqrt(x^2 - 1), since cosh' = sinh = sqrt(cosh^2 - 1)."""
    (x,) = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return (dy / np.sqrt(x * x - 1),)


acosh = Op(acosh_forward, acosh_backward, shapes="(...) -> (...)", domain=Real(1.2, 3), reference=each(math.acosh), dtypes="float")


def atanh_forward(x):
    """y = atanh x = ln((1 + x) / (1 - x)) / 2, the inverse of tanh; nan outside [-1, 1]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.arctanh(x), (x,)


def atanh_backward(dy, saved):
    """dx = dy / (1 - x^2), since tanh' = 1 - tanh^2."""
    (x,) = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return (dy / (1 - x * x),)


atanh = Op(atanh_forward, atanh_backward, shapes="(...) -> (...)", domain=Real(-0.9, 0.9), reference=each(math.atanh), dtypes="float")


def sinc_forward(x):
    """y = sin(pi x) / (pi x), and its limit 1 at 0."""
    zero = np.equal(x, 0)
    with np.errstate(invalid="ignore"):
        u = math.pi * np.where(zero, 1.0, x)
        return np.where(zero, 1.0, np.sin(u) / u), (x,)


def sinc_backward(dy, saved):
    """dx = dy (cos u - sin(u) / u) / x, u = pi x, by the quotient rule; 0 at the top, x = 0."""
    (x,) = saved
    zero = np.equal(x, 0)
    x = np.where(zero, 1.0, x)
    u = math.pi * x
    with np.errstate(invalid="ignore"):
        return (np.where(zero, 0.0, dy * ((np.cos(u) - np.sin(u) / u) / x)),)


sinc = Op(sinc_forward, sinc_backward, shapes="(...) -> (...)", domain=Real(kinks=(0,)), reference=np.sinc, dtypes="float")


def deg2rad_forward(x):
    """y = x pi / 180: degrees in radians."""
    return x * (math.pi / 180), ()


def deg2rad_backward(dy, saved):
    """dx = dy pi / 180."""
    return (dy * (math.pi / 180),)


deg2rad = Op(
    deg2rad_forward,
    deg2rad_backward,
    shapes="(...) -> (...)",
    domain=Real(-360, 360),
    reference=np.deg2rad,
    dtypes="float",
    torch_name="Deg2Rad",
)


def rad2deg_forward(x):
    """y = x 180 / pi: radians in degrees."""
    return x * (180 / math.pi), ()


def rad2deg_backward(dy, saved):
    """dx = dy 180 / pi."""
    return (dy * (180 / math.pi),)


rad2deg = Op(
    rad2deg_forward,
    rad2deg_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    reference=np.rad2deg,
    dtypes="float",
    torch_name="Rad2Deg",
)
