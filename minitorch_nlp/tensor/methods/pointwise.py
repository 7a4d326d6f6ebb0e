"""Elementwise methods and their in-place twins."""

from __future__ import annotations

from typing import Any

from ...functional import activation as N
from ...functional import arithmetic as A
from ...functional import elementwise as E
from ...functional import rounding
from ...functional import special as S
from ...functional.softmax import log_softmax, softmax
from .. import comparing, pointwise
from ..inplace import InPlace, fill_, zero_

__all__ = ["PointwiseMethods"]


class PointwiseMethods:
    """Functions of each element by itself, or of broadcast pairs."""

    __slots__ = ()

    # ---- arithmetic ----

    add, sub, subtract, mul, multiply = pointwise.add, pointwise.sub, pointwise.sub, A.mul, A.mul
    div, divide, true_divide = pointwise.div, pointwise.div, A.div
    floor_divide, remainder, fmod = pointwise.floor_divide, rounding.remainder, rounding.fmod
    pow, neg, negative = A.pow, A.neg, A.neg
    maximum, minimum = A.maximum, A.minimum
    square, reciprocal = pointwise.square, pointwise.reciprocal
    clamp = clip = pointwise.clamp
    clamp_min, clamp_max = pointwise.clamp_min, pointwise.clamp_max

    add_, sub_, mul_, div_, pow_, neg_ = map(InPlace, (pointwise.add, pointwise.sub, A.mul, pointwise.div, A.pow, A.neg))
    subtract_, multiply_, divide_, true_divide_, negative_ = sub_, mul_, div_, div_, neg_
    floor_divide_, remainder_, fmod_ = map(InPlace, (pointwise.floor_divide, rounding.remainder, rounding.fmod))
    square_, reciprocal_ = map(InPlace, (pointwise.square, pointwise.reciprocal))
    clamp_, clamp_min_, clamp_max_ = map(InPlace, (pointwise.clamp, pointwise.clamp_min, pointwise.clamp_max))
    clip_ = clamp_

    def where(self, condition: Any, other: Any) -> Any:
        """This tensor where the condition holds, else `other`."""
        return pointwise.where(condition, self, other)

    def addcmul_(self: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
        """self += value * tensor1 * tensor2."""
        return self.add_(A.mul(tensor1, tensor2), alpha=value)

    def addcdiv_(self: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
        """self += value * tensor1 / tensor2."""
        return self.add_(A.div(tensor1, tensor2), alpha=value)

    def lerp_(self: Any, end: Any, weight: Any) -> Any:
        """self += weight * (end - self)."""
        return self.add_(A.mul(A.sub(end, self), weight))

    # ---- functions ----

    exp, log, sqrt, rsqrt = E.exp, E.log, E.sqrt, E.rsqrt
    abs, absolute = E.abs, E.abs
    sin, cos, tanh, sigmoid, erf = E.sin, E.cos, N.tanh, N.sigmoid, S.erf
    relu, softmax, log_softmax = N.relu, softmax, log_softmax
    sign, floor, ceil, trunc, round = rounding.sign, rounding.floor, rounding.ceil, rounding.trunc, rounding.round

    exp_, log_, sqrt_, rsqrt_, abs_, sin_, cos_, erf_ = map(InPlace, (E.exp, E.log, E.sqrt, E.rsqrt, E.abs, E.sin, E.cos, S.erf))
    absolute_ = abs_
    tanh_, sigmoid_, relu_ = map(InPlace, (N.tanh, N.sigmoid, N.relu))
    floor_, ceil_, round_, trunc_, sign_ = map(InPlace, (rounding.floor, rounding.ceil, rounding.round, rounding.trunc, rounding.sign))
    fill_, zero_ = fill_, zero_

    # ---- comparisons and logic ----

    eq, ne, lt, le, gt, ge = comparing.eq, comparing.ne, comparing.lt, comparing.le, comparing.gt, comparing.ge
    not_equal, less, less_equal, greater, greater_equal = comparing.ne, comparing.lt, comparing.le, comparing.gt, comparing.ge
    equal, isclose, allclose = comparing.equal, comparing.isclose, comparing.allclose
    isnan, isinf, isfinite = comparing.isnan, comparing.isinf, comparing.isfinite
    logical_and, logical_or, logical_not, logical_xor = (
        comparing.logical_and, comparing.logical_or, comparing.logical_not, comparing.logical_xor
    )  # fmt: skip
