"""Arithmetic with broadcasting and torch's type promotion.

The gradients here have the shape of the output; the engine sums them down to each input's shape (`unbroadcast`).
"""

from __future__ import annotations

import math
import operator

import numpy as np

from ..backend import either
from ._checks import require_an_array
from ._domain import Bool, Distinct, Real, each
from ._op import Op

__all__ = ["add", "div", "maximum", "minimum", "mul", "neg", "pow", "sub", "where"]


def add_forward(x, y):
    """z = x + y, broadcast."""
    return x + y, ()


def add_backward(dz, saved):
    """dx = dz, dy = dz: each addend moves the sum one to one."""
    return dz, dz


add = Op(add_forward, add_backward, shapes="(...), (...) -> (...)", domain=Real(), reference=each(operator.add), dtypes="promote")


def sub_forward(x, y):
    """z = x - y, broadcast."""
    return x - y, ()


def sub_backward(dz, saved):
    """dx = dz, dy = -dz."""
    return dz, -dz


sub = Op(sub_forward, sub_backward, shapes="(...), (...) -> (...)", domain=Real(), reference=each(operator.sub), dtypes="promote_no_bool")


def mul_forward(x, y):
    """z = x y, elementwise, broadcast."""
    return x * y, (x, y)


def mul_backward(dz, saved, needs=(True, True)):
    """dx = dz y, dy = dz x: the product rule."""
    x, y = saved
    return dz * y if needs[0] else None, dz * x if needs[1] else None


mul = Op(mul_forward, mul_backward, shapes="(...), (...) -> (...)", domain=Real(), reference=each(operator.mul), dtypes="promote")


def div_forward(x, y):
    """z = x / y, elementwise, broadcast; integers give floats, x / 0 is inf or nan."""
    if isinstance(y, (int, float)) and y != 0:
        return x / y, (x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(x, y), (x, y)


def div_backward(dz, saved, needs=(True, True)):
    """dx = dz / y, dy = -dz x / y^2: the quotient rule."""
    x, y = saved
    if not needs[1] and isinstance(y, (int, float)) and y != 0:
        return dz / y, None
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(dz, y) if needs[0] else None, np.divide(-dz * x, y * y) if needs[1] else None


div = Op(
    div_forward,
    div_backward,
    shapes="(...), (...) -> (...)",
    domain=(Real(), Real(0.5, 3)),
    reference=each(operator.truediv),
    dtypes="float",
    torch_name="Div",
)


def neg_forward(x):
    """y = -x."""
    if x.dtype.kind == "b":
        raise RuntimeError("neg: negation of a bool tensor is not supported; use ~ or logical_not()")
    return -x, ()


def neg_backward(dy, saved):
    """dx = -dy."""
    return (-dy,)


neg = Op(neg_forward, neg_backward, shapes="(...) -> (...)", domain=Real(), reference=each(operator.neg))


def pow_forward(x, exponent):
    """z = x^exponent, elementwise, broadcast."""
    if isinstance(exponent, (int, float)) and not isinstance(x, (int, float)) and x.dtype.kind == "f":
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            z = scalar_power(x, exponent)
        return z, (x, exponent, z)
    kind = require_an_array("pow", x, exponent)
    if kind != "f":
        return whole_power(x, exponent, kind), ()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        z = np.power(x, exponent)
    return z, (x, exponent, z)


def scalar_power(x, y):
    """x^y; by products for the exponents that PyTorch takes that way too, and NumPy does not."""
    if y == 3:
        return x * x * x
    if y == -2:
        return 1 / (x * x)
    return 1 / np.sqrt(x) if y == -0.5 else x**y


def whole_power(x, y, kind):
    """x^y of integers. An array of exponents may hold negative ones: 1 / x^-y is then cut to a whole number, 0 but for x = 1 and -1."""
    if kind == "b" and isinstance(y, bool):
        return x | (not y)
    if kind == "b":
        raise NotImplementedError("pow: not implemented for bool tensors; convert with .int() or .float()")
    if isinstance(y, (int, float)):
        if y < 0:
            raise RuntimeError("pow: integers to negative integer powers are not allowed; convert the base with .float()")
        return np.power(x, y)
    negative = np.less(y, 0)
    z = np.power(x, np.where(negative, y & 1, y))
    return np.where(negative & np.not_equal(np.abs(x), 1), 0, z) if negative.any() else z


def pow_backward(dz, saved, needs=(True, True)):
    """dx = dz y x^(y-1), and 0 where y = 0;  dy = dz z ln x, and 0 where x = 0 and y >= 0.

    z = exp(y ln x): dz/dx = y x^y / x and dz/dy = ln(x) x^y. At x = 0 the limits are taken.
    """
    x, y, z = saved
    dx = dy = None
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if needs[0] and isinstance(y, (int, float)):
            dx = dz * (y * x ** (y - 1)) if y != 0 else np.zeros_like(z)
        elif needs[0]:
            dx = either(np.equal(y, 0), 0.0, dz * (y * np.power(x, y - 1)))
        if needs[1]:
            dy = either(np.equal(x, 0) & np.greater_equal(y, 0), 0.0, dz * z * np.log(x))
    return dx, dy


pow = Op(
    pow_forward,
    pow_backward,
    shapes="(...), (...) -> (...)",
    domain=(Real(0.3, 2.5), Real(-2, 2)),
    reference=each(math.pow),
    dtypes="promote_power",
)


def maximum_forward(x, y):
    """z = max(x, y), elementwise, broadcast; NaN wins."""
    return np.maximum(x, y), (x, y)


def maximum_backward(dz, saved):
    """dz goes to the larger; a tie is shared half and half, as in torch, and beside a NaN both get dz."""
    x, y = saved
    part = either(np.equal(x, y), dz / 2, dz)
    return either(np.less(x, y), 0.0, part), either(np.less(y, x), 0.0, part)


maximum = Op(
    maximum_forward,
    maximum_backward,
    shapes="(...), (...) -> (...)",
    domain=(Distinct(-3, -1), Real(-3, 3)),
    reference=each(max),
    dtypes="promote",
)


def minimum_forward(x, y):
    """z = min(x, y), elementwise, broadcast; NaN wins."""
    return np.minimum(x, y), (x, y)


def minimum_backward(dz, saved):
    """dz goes to the smaller; a tie is shared half and half, as in torch, and beside a NaN both get dz."""
    x, y = saved
    part = either(np.equal(x, y), dz / 2, dz)
    return either(np.greater(x, y), 0.0, part), either(np.greater(y, x), 0.0, part)


minimum = Op(
    minimum_forward,
    minimum_backward,
    shapes="(...), (...) -> (...)",
    domain=(Distinct(-3, -1), Real(-3, 3)),
    reference=each(min),
    dtypes="promote",
)


def where_forward(condition, x, y):
    """z = x where `condition` holds, else y; all broadcast."""
    return either(condition, x, y), (condition,)


def where_backward(dz, saved, needs=(False, True, True)):
    """dx = dz where the condition holds, else 0; dy the other way round: each output element is a copy of one of the two."""
    (condition,) = saved
    return None, either(condition, dz, 0.0) if needs[1] else None, either(condition, 0.0, dz) if needs[2] else None


where = Op(
    where_forward,
    where_backward,
    shapes="(...), (...), (...) -> (...)",
    domain=(Bool(), Real(), Real()),
    reference=lambda condition, x, y: condition * x + (1 - condition) * y,
    dtypes="promote_rest",
)
