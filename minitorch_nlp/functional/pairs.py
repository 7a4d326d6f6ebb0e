"""Functions of two or three broadcast arrays beside plain arithmetic."""

from __future__ import annotations

import math

import numpy as np

from ._checks import require_arrays, require_float
from ._domain import Distinct, Real, each
from ._op import Op

__all__ = ["addcdiv", "addcmul", "copysign", "fmax", "fmin", "heaviside", "hypot", "ldexp", "lerp", "nextafter"]


def hypot_forward(x, y):
    """z = sqrt(x^2 + y^2), without overflow."""
    require_arrays("hypot", x, y)
    require_float("hypot", x)
    z = np.hypot(x, y)
    return z, (x, y, z)


def hypot_backward(dz, saved):
    """dx = dz x / z, dy = dz y / z, from z^2 = x^2 + y^2; nan at the origin."""
    x, y, z = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return dz * (x / z), dz * (y / z)


hypot = Op(
    hypot_forward,
    hypot_backward,
    shapes="(...), (...) -> (...)",
    domain=(Real(kinks=(0,), margin=0.3), Real()),
    reference=each(lambda x, y: math.sqrt(x * x + y * y)),
    dtypes="promote",
)


def copysign_forward(x, y):
    """z = |x| with the sign of y, which -0 has too."""
    require_arrays("copysign", x)
    return np.copysign(x, y), (x, y)


def copysign_backward(dz, saved):
    """dx = dz where x and y have the same sign, else -dz, and 0 where x = 0;  dy = 0."""
    x, y = saved
    alike = np.equal(np.signbit(x), np.signbit(y))
    return np.where(np.equal(x, 0), 0.0, np.where(alike, dz, -dz)), np.zeros_like(dz)


copysign = Op(
    copysign_forward,
    copysign_backward,
    shapes="(...), (...) -> (...)",
    domain=Real(kinks=(0,)),
    reference=each(lambda x, y: abs(x) * (1 if y > 0 else -1)),
    dtypes="float",
)


def fmax_forward(x, y):
    """z = max(x, y), elementwise, broadcast; a number wins over NaN."""
    require_arrays("fmax", x, y)
    return np.fmax(x, y), (x, y)


def fmax_backward(dz, saved):
    """dz goes to the one that was taken; to x in a tie."""
    x, y = saved
    first = np.greater_equal(x, y) | np.isnan(y)
    return np.where(first, dz, 0.0), np.where(first, 0.0, dz)


fmax = Op(
    fmax_forward,
    fmax_backward,
    shapes="(...), (...) -> (...)",
    domain=(Distinct(-3, -1), Real()),
    reference=each(max),
    dtypes="promote",
)


def fmin_forward(x, y):
    """z = min(x, y), elementwise, broadcast; a number wins over NaN."""
    require_arrays("fmin", x, y)
    return np.fmin(x, y), (x, y)


def fmin_backward(dz, saved):
    """dz goes to the one that was taken; to x in a tie."""
    x, y = saved
    first = np.less_equal(x, y) | np.isnan(y)
    return np.where(first, dz, 0.0), np.where(first, 0.0, dz)


fmin = Op(
    fmin_forward,
    fmin_backward,
    shapes="(...), (...) -> (...)",
    domain=(Distinct(-3, -1), Real()),
    reference=each(min),
    dtypes="promote",
)


def ldexp_forward(x, y):
    """z = x 2^y."""
    require_arrays("ldexp", x, y)
    with np.errstate(over="ignore", invalid="ignore"):
        z = x * np.exp2(y)
    return z, (y, z)


def ldexp_backward(dz, saved):
    """dx = dz 2^y, dy = dz x 2^y ln 2 = dz z ln 2."""
    y, z = saved
    with np.errstate(over="ignore", invalid="ignore"):
        return dz * np.exp2(y), dz * z * math.log(2)


ldexp = Op(
    ldexp_forward,
    ldexp_backward,
    shapes="(...), (...) -> (...)",
    domain=Real(),
    reference=each(lambda x, y: x * 2.0**y),
    dtypes="float",
)


def nextafter_forward(x, y):
    """z = the float next to x on the way to y."""
    require_arrays("nextafter", x, y)
    require_float("nextafter", x)
    return np.nextafter(x, y), (x, y)


def nextafter_backward(dz, saved):
    """dx = dz, since z is x to the last bit, and 0 where x = y;  dy = 0."""
    x, y = saved
    return np.where(np.equal(x, y), 0.0, dz), np.zeros_like(dz)


nextafter = Op(
    nextafter_forward,
    nextafter_backward,
    shapes="(...), (...) -> (...)",
    domain=(Distinct(-3, -1), Real(-0.5, 3)),
    reference=each(math.nextafter),
    dtypes="promote",
)


def heaviside_forward(x, values):
    """z = 0 where x < 0, values where x = 0, 1 where x > 0; 0 for nan."""
    require_arrays("heaviside", x, values)
    if x.dtype != values.dtype:
        raise RuntimeError(f"heaviside: input and values must have the same dtype, not {x.dtype} and {values.dtype}; cast one with .to()")
    return np.where(np.equal(x, 0), values, np.greater(x, 0).astype(x.dtype)), (x,)


def heaviside_backward(dz, saved):
    """dx = 0, for z is constant on either side of 0;  dvalues = dz where x = 0: there z is the value."""
    (x,) = saved
    return np.zeros_like(dz), np.where(np.equal(x, 0), dz, 0.0)


heaviside = Op(
    heaviside_forward,
    heaviside_backward,
    shapes="(...), (...) -> (...)",
    domain=Real(kinks=(0,)),
    reference=each(lambda x, y: (1 + math.copysign(1, x)) / 2),
)


# ---- of three ----


def lerp_forward(x, end, weight):
    """z = x + w (end - x): x for w = 0, end for w = 1; computed from the nearer of the two."""
    require_float("lerp", x)
    for name, v in (("end", end), ("weight", weight)):
        if v is end and not hasattr(v, "dtype"):
            raise TypeError(f"lerp(): argument 'end' must be Tensor, not {type(v).__name__}")
        if hasattr(v, "dtype") and v.dtype != x.dtype and (v is end or v.ndim):
            raise RuntimeError(f"lerp: expected dtype {x.dtype} for `{name}` but got dtype {v.dtype}; cast it with .to()")
    if hasattr(weight, "dtype"):
        weight = weight.astype(x.dtype)
        z = np.where(np.less(np.abs(weight), 0.5), x + weight * (end - x), end - (1 - weight) * (end - x))
    else:
        z = x + weight * (end - x) if abs(weight) < 0.5 else end - (1 - weight) * (end - x)
    return z, (x, end, weight)


def lerp_backward(dz, saved, needs=(True, True, True)):
    """dx = dz (1 - w), dend = dz w, dw = dz (end - x)."""
    x, end, weight = saved
    return dz * (1 - weight) if needs[0] else None, dz * weight if needs[1] else None, dz * (end - x) if needs[2] else None


lerp = Op(
    lerp_forward,
    lerp_backward,
    shapes="(...), (...), (...) -> (...)",
    domain=Real(),
    reference=each(lambda x, end, weight: x * (1 - weight) + end * weight),
)


def addcmul_forward(x, tensor1, tensor2, *, value=1):
    """z = x + value * tensor1 * tensor2, broadcast."""
    require_arrays("addcmul", x, tensor1, tensor2)
    if x.dtype.kind == "b":
        raise NotImplementedError("addcmul: not implemented for bool tensors; convert with .int() or .float()")
    if x.dtype.kind != "f":
        value = int(value)
    return x + (value * tensor1 if value != 1 else tensor1) * tensor2, (tensor1, tensor2, value)


def addcmul_backward(dz, saved, needs=(True, True, True)):
    """dx = dz, dtensor1 = dz value tensor2, dtensor2 = dz value tensor1: the product rule."""
    tensor1, tensor2, value = saved
    return dz, dz * (value * tensor2) if needs[1] else None, dz * (value * tensor1) if needs[2] else None


addcmul = Op(
    addcmul_forward,
    addcmul_backward,
    shapes="(...), (...), (...) -> (...)",
    domain=Real(),
    options={"value": (1, 0.5, -2)},
    reference=each(lambda x, tensor1, tensor2, value: x + value * tensor1 * tensor2),
    dtypes="promote",
)


def addcdiv_forward(x, tensor1, tensor2, *, value=1):
    """z = x + value * tensor1 / tensor2, broadcast."""
    require_arrays("addcdiv", x, tensor1, tensor2)
    require_float("addcdiv", x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return x + (value * tensor1 if value != 1 else tensor1) / tensor2, (tensor1, tensor2, value)


def addcdiv_backward(dz, saved, needs=(True, True, True)):
    """dx = dz, dtensor1 = dz value / tensor2, dtensor2 = -dz value tensor1 / tensor2^2: the quotient rule."""
    tensor1, tensor2, value = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        d1 = dz * (value / tensor2) if needs[1] else None
        return dz, d1, -dz * (value * tensor1 / (tensor2 * tensor2)) if needs[2] else None


addcdiv = Op(
    addcdiv_forward,
    addcdiv_backward,
    shapes="(...), (...), (...) -> (...)",
    domain=(Real(), Real(), Real(0.5, 3)),
    options={"value": (1, 0.5, -2)},
    reference=each(lambda x, tensor1, tensor2, value: x + value * tensor1 / tensor2),
    dtypes="promote",
)
