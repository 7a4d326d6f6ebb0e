"""Piecewise constant functions, rounded quotients, and remainders. Where a derivative exists it is that of the piece: 0, or that of x - c y."""

from __future__ import annotations

import math

import numpy as np

from ._checks import refuse_bfloat16, require_an_array, require_arrays, require_float
from ._domain import Real, each
from ._op import Op

__all__ = ["angle", "ceil", "div_rounded", "floor", "floor_divide", "fmod", "frac", "remainder", "round", "sign", "trunc"]

STEPS = Real(-3, 3, kinks=(-3, -2, -1, 0, 1, 2, 3), margin=0.1)


def rounded(name, function, x):
    """`function` of floats; integers are whole already, bools are refused."""
    if x.dtype.kind == "b":
        raise NotImplementedError(f"{name}: not implemented for bool tensors; convert with .int() or .float()")
    if x.dtype.kind == "f":
        return function(x)
    refuse_bfloat16(name, x.dtype)
    return x.copy()


def floor_forward(x):
    """y = the largest integer not above x."""
    return rounded("floor", np.floor, x), ()


def floor_backward(dy, saved):
    """dx = 0: y is constant between integers."""
    return (np.zeros_like(dy),)


floor = Op(floor_forward, floor_backward, shapes="(...) -> (...)", domain=STEPS, reference=each(math.floor))


def ceil_forward(x):
    """y = the smallest integer not below x."""
    return rounded("ceil", np.ceil, x), ()


def ceil_backward(dy, saved):
    """dx = 0: y is constant between integers."""
    return (np.zeros_like(dy),)


ceil = Op(ceil_forward, ceil_backward, shapes="(...) -> (...)", domain=STEPS, reference=each(math.ceil))


def trunc_forward(x):
    """y = x without its fraction, rounded towards 0."""
    return rounded("trunc", np.trunc, x), ()


def trunc_backward(dy, saved):
    """dx = 0: y is constant between integers."""
    return (np.zeros_like(dy),)


trunc = Op(trunc_forward, trunc_backward, shapes="(...) -> (...)", domain=STEPS, reference=each(math.trunc))


def frac_forward(x):
    """y = x - trunc(x), the fraction with the sign of x."""
    require_float("frac", x)
    with np.errstate(invalid="ignore"):
        return x - np.trunc(x), ()


def frac_backward(dy, saved):
    """dx = dy: between integers y is x less a constant."""
    return (dy,)


frac = Op(frac_forward, frac_backward, shapes="(...) -> (...)", domain=STEPS, reference=each(lambda x: math.fmod(x, 1)))


def round_forward(x, *, decimals=0):
    """y = the nearest integer, halves to even; with `decimals` d the nearest multiple of 10^-d."""
    if decimals == 0:
        return rounded("round", np.rint, x), ()
    if x.dtype.kind != "f":
        raise NotImplementedError(f"round: decimals={decimals} is not implemented for {x.dtype}; convert with .float()")
    scale = 10.0 ** abs(decimals)
    return (np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale), ()


def round_backward(dy, saved):
    """dx = 0: y is constant between the halves."""
    return (np.zeros_like(dy),)


round = Op(
    round_forward,
    round_backward,
    shapes="(...) -> (...)",
    domain=Real(-3, 3, kinks=tuple(k / 2 for k in range(-7, 8)), margin=0.1),
    options={"decimals": (0,)},
    reference=each(lambda x, decimals: math.floor(x + 0.5)),
)


def sign_forward(x):
    """y = 1, 0 or -1, the sign of x; 0 for nan."""
    if x.dtype.kind == "b":
        return x.copy(), ()
    y = np.sign(x)
    return (np.where(np.isnan(y), 0.0, y).astype(x.dtype) if x.dtype.kind in "fV" else y), ()


def sign_backward(dy, saved):
    """dx = 0: y is constant on either side of 0."""
    return (np.zeros_like(dy),)


sign = Op(
    sign_forward, sign_backward, shapes="(...) -> (...)", domain=Real(-3, 3, kinks=(0,)), reference=each(lambda x: math.copysign(1, x))
)


def angle_forward(x):
    """y = the angle of a real number in the complex plane: pi where x < 0, else 0; nan for nan."""
    return np.where(np.isnan(x), x, np.where(np.less(x, 0), math.pi, np.zeros_like(x))), ()


def angle_backward(dy, saved):
    """dx = 0: y is constant on either side of 0."""
    return (np.zeros_like(dy),)


angle = Op(
    angle_forward,
    angle_backward,
    shapes="(...) -> (...)",
    domain=Real(-3, 3, kinks=(0,)),
    reference=each(lambda x: math.atan2(0.0, x)),
    dtypes="float",
)


# ---- quotients and remainders ----


def divisible(name, x, y):
    """Refuse bools, and integers divided by zero; the category of the dtype."""
    kind = require_an_array(name, x, y)
    if kind == "b":
        raise NotImplementedError(f"{name}: not implemented for bool tensors; convert with .int()")
    if kind != "f" and (np.equal(y, 0).any() if hasattr(y, "dtype") else y == 0):
        raise RuntimeError(f"ZeroDivisionError: {name}: integer {'modulo' if name in ('fmod', 'remainder') else 'division'} by zero")
    return kind


def floor_divide_forward(x, y):
    """z = floor(x / y), integers staying integers; inf or nan where y = 0."""
    divisible("floor_divide", x, y)
    with np.errstate(all="ignore"):
        return np.floor_divide(x, y), ()


def floor_divide_backward(dz, saved):
    """dx = dy = 0: the quotient rounded down is constant between its steps."""
    return np.zeros_like(dz), np.zeros_like(dz)


def div_rounded_forward(x, y, *, rounding_mode):
    """z = x / y rounded down ("floor") or towards 0 ("trunc"), integers staying integers."""
    kind = divisible("div", x, y)
    with np.errstate(all="ignore"):
        if rounding_mode == "floor":
            return np.floor_divide(x, y), ()
        if kind == "f":
            return np.trunc(x / y), ()
        away = np.not_equal(np.remainder(x, y), 0) & (np.less(x, 0) != np.less(y, 0))
        return np.floor_divide(x, y) + away, ()  # rounded down, and up again where that was away from 0


def div_rounded_backward(dz, saved):
    """dx = dy = 0: the rounded quotient is constant between its steps."""
    return np.zeros_like(dz), np.zeros_like(dz)


def remainder_forward(x, y):
    """z = x - y floor(x / y): Python's %, with the sign of y; nan where y = 0."""
    divisible("remainder", x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.remainder(x, y), (x, y)


def remainder_backward(dz, saved, needs=(True, True)):
    """dx = dz, dy = -dz floor(x / y): the quotient rounded down is constant between its steps."""
    x, y = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return dz, -dz * np.floor(np.divide(x, y)) if needs[1] else None


def fmod_forward(x, y):
    """z = x - y trunc(x / y): C's fmod, with the sign of x; nan where y = 0."""
    require_arrays("fmod", x)
    divisible("fmod", x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.fmod(x, y), (x, y)


def fmod_backward(dz, saved, needs=(True, True)):
    """dx = dz, dy = -dz trunc(x / y): the truncated quotient is constant between its steps."""
    x, y = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return dz, -dz * np.trunc(np.divide(x, y)) if needs[1] else None


def sample_quotient(draw):
    """x and y whose quotient is not near an integer."""
    shape = draw.shape()
    y = draw.array(draw.broadcastable(shape), Real(-2, 2, kinks=(0,), margin=0.5))
    return (np.asarray(draw.array(shape, STEPS) * y), y), {}


floor_divide = Op(
    floor_divide_forward,
    floor_divide_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_quotient,
    reference=each(lambda x, y: math.floor(x / y)),
    dtypes="promote",
)

div_rounded = Op(
    div_rounded_forward,
    div_rounded_backward,
    shapes="(...), (...) -> (...)",
    sample=lambda draw: (sample_quotient(draw)[0], {"rounding_mode": draw.choice(("floor", "trunc"))}),
    reference=each(lambda x, y, rounding_mode: math.floor(x / y) if rounding_mode == "floor" else math.trunc(x / y)),
    dtypes="promote",
    torch_name="DivBackward2",
)

remainder = Op(
    remainder_forward,
    remainder_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_quotient,
    reference=each(lambda x, y: x - y * math.floor(x / y)),
    dtypes="promote",
)

fmod = Op(
    fmod_forward,
    fmod_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_quotient,
    reference=each(math.fmod),
    dtypes="promote",
)
