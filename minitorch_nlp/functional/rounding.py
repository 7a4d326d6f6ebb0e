"""Piecewise constant functions, and remainders. Where a derivative exists it is that of the piece: 0, or that of x - c y."""

from __future__ import annotations

import math

import numpy as np

from ._domain import Real, each
from ._op import Op

__all__ = ["ceil", "floor", "fmod", "remainder", "round", "sign", "trunc"]

STEPS = Real(-3, 3, kinks=(-3, -2, -1, 0, 1, 2, 3), margin=0.1)


def rounded(name, function, x):
    """`function` of floats; integers are whole already, bools are refused."""
    if x.dtype == bool:
        raise NotImplementedError(f"{name}: not implemented for bool tensors; convert with .int() or .float()")
    return function(x) if x.dtype.kind == "f" else x.copy()


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
    if x.dtype == bool:
        return x.copy(), ()
    y = np.sign(x)
    return (np.where(np.isnan(y), 0.0, y).astype(x.dtype) if x.dtype.kind == "f" else y), ()


def sign_backward(dy, saved):
    """dx = 0: y is constant on either side of 0."""
    return (np.zeros_like(dy),)


sign = Op(
    sign_forward, sign_backward, shapes="(...) -> (...)", domain=Real(-3, 3, kinks=(0,)), reference=each(lambda x: math.copysign(1, x))
)


# ---- remainders ----


def divisible(name, x, y):
    """Refuse bools, and integers modulo zero."""
    kinds = {v.dtype.kind if hasattr(v, "dtype") else {bool: "b", int: "i"}.get(type(v), "f") for v in (x, y)}
    if kinds == {"b"}:
        raise NotImplementedError(f"{name}: not implemented for bool tensors; convert with .int()")
    if "f" not in kinds and np.any(np.equal(y, 0)):
        raise RuntimeError(f"ZeroDivisionError: {name}: integer modulo by zero")


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
