"""Exponentials and logarithms to other bases and near 0, and logarithms of sums and odds; exp and log are in elementwise.py."""

from __future__ import annotations

import math

import numpy as np

from ._checks import require_an_array, require_arrays, require_float
from ._domain import Real, each
from ._op import Op

__all__ = ["exp2", "expm1", "frexp", "log1p", "log2", "log10", "logaddexp", "logaddexp2", "logit", "xlogy"]


def expm1_forward(x):
    """y = e^x - 1, exact also where e^x is near 1."""
    with np.errstate(over="ignore"):
        y = np.expm1(x)
    return y, (y,)


def expm1_backward(dy, saved):
    """dx = dy e^x = dy (y + 1)."""
    (y,) = saved
    return (dy * (y + 1),)


expm1 = Op(expm1_forward, expm1_backward, shapes="(...) -> (...)", domain=Real(-2, 2), reference=each(math.expm1), dtypes="float")


def large(x):
    """Whether NumPy's log1p and expm1, which go number by number, are worth going round."""
    return x.__class__ is np.ndarray and x.dtype == np.float32 and x.size >= 512


def expm1_below_0(x):
    """e^x - 1 for x <= 0: 2 t / (1 - t) with t = tanh(x / 2), within 3 units in the last place, six times as quick, in float32."""
    if not large(x):
        return np.expm1(x)
    t = np.tanh(x * 0.5)
    return 2 * t / (1 - t)


def log1p_above_0(x):
    """ln(1 + x) for x >= 0, not inf: ln u - ((u - 1) - x) / u with u = 1 + x, in float32.

    The quotient is the first term of what the rounding of u has cost; within 4 units in the last place, in a quarter of the time.
    """
    if not large(x):
        return np.log1p(x)
    u = 1 + x
    return np.log(u) - ((u - 1) - x) / u


def exp2_forward(x):
    """y = 2^x."""
    with np.errstate(over="ignore"):
        y = np.exp2(x)
    return y, (y,)


def exp2_backward(dy, saved):
    """dx = dy 2^x ln 2, from 2^x = e^(x ln 2)."""
    (y,) = saved
    return (dy * y * math.log(2),)


exp2 = Op(exp2_forward, exp2_backward, shapes="(...) -> (...)", domain=Real(), reference=each(lambda x: 2.0**x), dtypes="float")


def log1p_forward(x):
    """y = ln(1 + x), exact also near 0; -inf at -1, nan below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log1p(x), (x,)


def log1p_backward(dy, saved):
    """dx = dy / (1 + x)."""
    (x,) = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return (dy / (1 + x),)


log1p = Op(
    log1p_forward,
    log1p_backward,
    shapes="(...) -> (...)",
    domain=Real(-0.7, 3),
    reference=each(math.log1p),
    dtypes="float",
    torch_name="Log1P",
)


def log2_forward(x):
    """y = log2 x; -inf at 0, nan below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log2(x), (x,)


def log2_backward(dy, saved):
    """dx = dy / (x ln 2), from log2 x = ln x / ln 2."""
    (x,) = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return (dy / (x * math.log(2)),)


log2 = Op(log2_forward, log2_backward, shapes="(...) -> (...)", domain=Real(0.3, 3), reference=each(math.log2), dtypes="float")


def log10_forward(x):
    """y = log10 x; -inf at 0, nan below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(x), (x,)


def log10_backward(dy, saved):
    """dx = dy / (x ln 10), from log10 x = ln x / ln 10."""
    (x,) = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return (dy / (x * math.log(10)),)


log10 = Op(log10_forward, log10_backward, shapes="(...) -> (...)", domain=Real(0.3, 3), reference=each(math.log10), dtypes="float")


def logaddexp_forward(x, y):
    """z = ln(e^x + e^y), without overflow."""
    require_arrays("logaddexp", x, y)
    require_float("logaddexp", x)
    with np.errstate(invalid="ignore"):
        return np.logaddexp(x, y), (x, y)


def logaddexp_backward(dz, saved):
    """dx = dz e^x / (e^x + e^y) = dz / (1 + e^(y - x)), dy with x and y exchanged."""
    x, y = saved
    with np.errstate(over="ignore", invalid="ignore"):
        return dz / (1 + np.exp(y - x)), dz / (1 + np.exp(x - y))


logaddexp = Op(
    logaddexp_forward,
    logaddexp_backward,
    shapes="(...), (...) -> (...)",
    domain=Real(),
    reference=each(lambda x, y: math.log(math.exp(x) + math.exp(y))),
    dtypes="promote",
)


def logaddexp2_forward(x, y):
    """z = log2(2^x + 2^y), without overflow."""
    require_arrays("logaddexp2", x, y)
    require_float("logaddexp2", x)
    with np.errstate(invalid="ignore"):
        return np.logaddexp2(x, y), (x, y)


def logaddexp2_backward(dz, saved):
    """dx = dz 2^x / (2^x + 2^y) = dz / (1 + 2^(y - x)), dy with x and y exchanged: the two ln 2 cancel."""
    x, y = saved
    with np.errstate(over="ignore", invalid="ignore"):
        return dz / (1 + np.exp2(y - x)), dz / (1 + np.exp2(x - y))


logaddexp2 = Op(
    logaddexp2_forward,
    logaddexp2_backward,
    shapes="(...), (...) -> (...)",
    domain=Real(),
    reference=each(lambda x, y: math.log2(2.0**x + 2.0**y)),
    dtypes="promote",
)


def xlogy_forward(x, y):
    """z = x ln y, and 0 where x = 0, whatever y is but nan."""
    require_an_array("xlogy", x, y)
    if not hasattr(y, "dtype"):
        y = np.full_like(x, y, shape=())  # the logarithm of a Python number would be float64
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.equal(x, 0) & ~np.isnan(y), 0.0, np.multiply(x, np.log(y))), (x, y)


def xlogy_backward(dz, saved, needs=(True, True)):
    """dx = dz ln y, and 0 where x = 0 and y <= 0;  dy = dz x / y."""
    x, y = saved
    dx = dy = None
    with np.errstate(divide="ignore", invalid="ignore"):
        if needs[0]:
            flat = np.equal(x, 0) & np.less_equal(y, 0)
            dx = np.where(flat, 0.0, dz * np.log(np.where(flat, 1.0, y)))
        if needs[1]:
            dy = dz * np.divide(x, y)
    return dx, dy


xlogy = Op(
    xlogy_forward,
    xlogy_backward,
    shapes="(...), (...) -> (...)",
    domain=(Real(), Real(0.3, 3)),
    reference=each(lambda x, y: x * math.log(y)),
    dtypes="float",
)


def logit_forward(x, *, eps=None):
    """y = ln(x / (1 - x)), the inverse of sigmoid; with `eps`, x is first brought into [eps, 1 - eps]. nan outside [0, 1]."""
    z = x if eps is None else np.clip(x, eps, 1 - eps)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(z / (1 - z)), (x, eps)


def logit_backward(dy, saved):
    """dx = dy / (x (1 - x)), since (ln x - ln(1 - x))' = 1/x + 1/(1 - x); outside [0, 1] nan, outside [eps, 1 - eps] 0."""
    x, eps = saved
    low, high, fill = (0.0, 1.0, math.nan) if eps is None else (eps, 1 - eps, 0.0)
    outside = np.less(x, low) | np.greater(x, high)
    x = np.where(outside, 0.5, x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (np.where(outside, fill, dy / (x * (1 - x))),)


logit = Op(
    logit_forward,
    logit_backward,
    shapes="(...) -> (...)",
    domain=Real(0.05, 0.95, kinks=(0.2, 0.8), margin=0.02),
    options={"eps": (None, 1e-6, 0.2)},
    reference=each(lambda x, eps: 2 * math.atanh(2 * sorted((eps or 0.0, x, 1 - (eps or 0.0)))[1] - 1)),
    dtypes="float",
)


def frexp_forward(x):
    """(m, e) with x = m 2^e, 1/2 <= |m| < 1 and e an integer; (x, 0) for 0, inf and nan."""
    if x.dtype.kind != "f":
        raise RuntimeError(f"frexp: only floating-point dtypes are supported, not {x.dtype}; convert with .float()")
    mantissa, exponent = np.frexp(x)
    return (mantissa, exponent), (exponent,)


def frexp_backward(dy, saved):
    """dx = dm 2^-e: between the powers of 2 the exponent is constant."""
    (exponent,) = saved
    return (dy[0] * np.exp2((-exponent).astype(dy[0].dtype)),)


frexp = Op(
    frexp_forward,
    frexp_backward,
    shapes="(...) -> (...), (...)",
    domain=Real(0.55, 0.95),
    reference=lambda x: (x * 1.0, np.zeros(x.shape, np.int32)),
)
