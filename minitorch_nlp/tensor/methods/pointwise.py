"""Elementwise methods and their in-place twins."""

from __future__ import annotations

from typing import Any

from ...functional import activation as N
from ...functional import arithmetic as A
from ...functional import elementwise as E
from ...functional import exponential as X
from ...functional import pairs, rounding
from ...functional import special as S
from ...functional import trigonometric as G
from ...functional.shrinking import hardshrink, prelu
from ...functional.softmax import log_softmax, softmax
from .. import bitwise, comparing, pointwise
from ..inplace import InPlace, Overwrite, fill_, zero_

__all__ = ["PointwiseMethods"]


class PointwiseMethods:
    """Functions of each element by itself, or of broadcast pairs."""

    __slots__ = ()

    # ---- arithmetic ----

    add, sub, subtract, mul, multiply = pointwise.add, pointwise.sub, pointwise.sub, A.mul, A.mul
    div = divide = pointwise.div
    true_divide, reciprocal = A.div, E.reciprocal
    floor_divide, remainder, fmod = rounding.floor_divide, rounding.remainder, rounding.fmod
    pow, float_power, square = A.pow, pointwise.float_power, pointwise.square
    neg, negative, positive = A.neg, A.neg, pointwise.positive
    maximum, minimum, fmax, fmin = A.maximum, A.minimum, pairs.fmax, pairs.fmin
    clamp = clip = pointwise.clamp
    clamp_min, clamp_max = pointwise.clamp_min, pointwise.clamp_max
    addcmul, addcdiv, lerp = pointwise.addcmul, pointwise.addcdiv, pairs.lerp
    gcd, lcm = pointwise.gcd, pointwise.lcm

    add_, sub_, mul_, div_ = InPlace(pointwise.add), InPlace(pointwise.sub), InPlace(A.mul), InPlace(pointwise.div)
    subtract_, multiply_, divide_ = sub_, mul_, div_
    true_divide_, reciprocal_ = InPlace(A.div), InPlace(E.reciprocal)
    floor_divide_, remainder_, fmod_ = InPlace(rounding.floor_divide), InPlace(rounding.remainder), InPlace(rounding.fmod)
    pow_, float_power_, square_ = InPlace(A.pow), pointwise.float_power_, InPlace(pointwise.square)
    neg_ = negative_ = InPlace(A.neg)
    clamp_ = clip_ = InPlace(pointwise.clamp)
    clamp_min_, clamp_max_ = InPlace(pointwise.clamp_min), InPlace(pointwise.clamp_max)
    addcmul_, addcdiv_, lerp_ = InPlace(pointwise.addcmul), InPlace(pointwise.addcdiv), InPlace(pairs.lerp)
    gcd_, lcm_ = InPlace(pointwise.gcd), InPlace(pointwise.lcm)

    def where(self, condition: Any, other: Any) -> Any:
        """This tensor where the condition holds, else `other`."""
        return pointwise.where(condition, self, other)

    # ---- exponentials and logarithms ----

    exp, exp2, expm1, log, log2, log10, log1p = E.exp, X.exp2, X.expm1, E.log, X.log2, X.log10, X.log1p
    sqrt, rsqrt, logit, sigmoid, relu, erf = E.sqrt, E.rsqrt, X.logit, N.sigmoid, N.relu, S.erf
    logaddexp, logaddexp2, xlogy, ldexp, frexp = X.logaddexp, X.logaddexp2, X.xlogy, pairs.ldexp, pointwise.frexp
    softmax, log_softmax, hardshrink, prelu = softmax, log_softmax, hardshrink, prelu

    exp_, exp2_, expm1_ = InPlace(E.exp), InPlace(X.exp2), InPlace(X.expm1)
    log_, log2_, log10_, log1p_ = InPlace(E.log), InPlace(X.log2), InPlace(X.log10), InPlace(X.log1p)
    sqrt_, rsqrt_, logit_, sigmoid_, relu_, erf_ = map(InPlace, (E.sqrt, E.rsqrt, X.logit, N.sigmoid, N.relu, S.erf))
    xlogy_, ldexp_ = InPlace(X.xlogy), InPlace(pairs.ldexp)

    # ---- trigonometry ----

    sin, cos, tan, sinh, cosh, tanh = E.sin, E.cos, G.tan, G.sinh, G.cosh, N.tanh
    asin, acos, atan, asinh, acosh, atanh = G.asin, G.acos, G.atan, G.asinh, G.acosh, G.atanh
    arcsin, arccos, arctan, arcsinh, arccosh, arctanh = asin, acos, atan, asinh, acosh, atanh
    atan2 = arctan2 = G.atan2
    sinc, deg2rad, rad2deg, hypot = G.sinc, G.deg2rad, G.rad2deg, pairs.hypot

    sin_, cos_, tan_, sinh_, cosh_, tanh_ = map(InPlace, (E.sin, E.cos, G.tan, G.sinh, G.cosh, N.tanh))
    asin_, acos_, atan_, asinh_, acosh_, atanh_ = map(InPlace, (G.asin, G.acos, G.atan, G.asinh, G.acosh, G.atanh))
    arcsin_, arccos_, arctan_, arcsinh_, arccosh_, arctanh_ = asin_, acos_, atan_, asinh_, acosh_, atanh_
    atan2_ = arctan2_ = InPlace(G.atan2)
    sinc_, deg2rad_, rad2deg_, hypot_ = InPlace(G.sinc), InPlace(G.deg2rad), InPlace(G.rad2deg), InPlace(pairs.hypot)

    # ---- signs, rounding, replacing ----

    abs = absolute = E.abs
    sign = sgn = rounding.sign
    copysign, signbit, angle, heaviside = pairs.copysign, comparing.signbit, rounding.angle, pairs.heaviside
    floor, ceil, round, trunc, fix, frac = (
        rounding.floor, rounding.ceil, rounding.round, rounding.trunc, rounding.trunc, rounding.frac
    )  # fmt: skip
    nextafter, nan_to_num = pairs.nextafter, E.nan_to_num
    conj = resolve_conj = resolve_neg = pointwise.itself
    conj_physical, is_conj, is_neg = pointwise.conj_physical, pointwise.never, pointwise.never
    real, imag = property(pointwise.itself), property(pointwise.imag)

    abs_ = absolute_ = InPlace(E.abs)
    sign_ = sgn_ = InPlace(rounding.sign)
    copysign_, heaviside_, nextafter_, nan_to_num_ = map(InPlace, (pairs.copysign, pairs.heaviside, pairs.nextafter, E.nan_to_num))
    floor_, ceil_, round_, trunc_, frac_ = map(InPlace, (rounding.floor, rounding.ceil, rounding.round, rounding.trunc, rounding.frac))
    fix_, conj_physical_ = trunc_, pointwise.itself
    fill_, zero_ = fill_, zero_

    # ---- comparisons, logic, bits ----

    eq, ne, lt, le, gt, ge = comparing.eq, comparing.ne, comparing.lt, comparing.le, comparing.gt, comparing.ge
    not_equal, less, less_equal, greater, greater_equal = comparing.ne, comparing.lt, comparing.le, comparing.gt, comparing.ge
    equal, isclose, allclose, is_nonzero = comparing.equal, comparing.isclose, comparing.allclose, comparing.is_nonzero
    isnan, isinf, isfinite, isreal = comparing.isnan, comparing.isinf, comparing.isfinite, comparing.isreal
    isposinf, isneginf = comparing.isposinf, comparing.isneginf
    logical_and, logical_or, logical_not, logical_xor = (
        comparing.logical_and, comparing.logical_or, comparing.logical_not, comparing.logical_xor
    )  # fmt: skip
    bitwise_and, bitwise_or, bitwise_xor, bitwise_not = bitwise.bitwise_and, bitwise.bitwise_or, bitwise.bitwise_xor, bitwise.bitwise_not
    bitwise_left_shift, bitwise_right_shift = bitwise.bitwise_left_shift, bitwise.bitwise_right_shift

    eq_, ne_, lt_, le_, gt_, ge_ = map(Overwrite, (eq, ne, lt, le, gt, ge))
    not_equal_, less_, less_equal_, greater_, greater_equal_ = ne_, lt_, le_, gt_, ge_
    logical_and_, logical_or_, logical_not_, logical_xor_ = map(Overwrite, (logical_and, logical_or, logical_not, logical_xor))
    bitwise_and_, bitwise_or_, bitwise_xor_, bitwise_not_ = map(InPlace, (bitwise_and, bitwise_or, bitwise_xor, bitwise_not))
    bitwise_left_shift_, bitwise_right_shift_ = InPlace(bitwise_left_shift), InPlace(bitwise_right_shift)
