"""Functions with a known Jacobian, by which one distribution becomes another."""

from __future__ import annotations

import math
from typing import Any

from ..functional import exp, log, sigmoid, tanh
from ..functional._op import Traced
from ..linalg import cholesky
from ..missing import explains_missing
from ..nn.functional import logsigmoid, softplus
from ..refused import refuse
from ..tensor.creation import full_like
from ..tensor.joining import cat
from ..tensor.numeric import broadcast_shapes
from . import constraints
from ._transform import ComposeTransform, IndependentTransform, ReshapeTransform, Transform
from .utils import broadcast_all, eps_of, lazy_property, sum_rightmost, tiny_of

__all__ = [
    "AbsTransform", "AffineTransform", "CatTransform", "ComposeTransform", "CorrCholeskyTransform", "CumulativeDistributionTransform",
    "ExpTransform", "IndependentTransform", "LowerCholeskyTransform", "PositiveDefiniteTransform", "PowerTransform", "ReshapeTransform",
    "SigmoidTransform", "SoftmaxTransform", "SoftplusTransform", "StackTransform", "StickBreakingTransform", "TanhTransform",
    "Transform", "identity_transform",
]  # fmt: skip

identity_transform = ComposeTransform([])
CatTransform, StackTransform = refuse("CatTransform StackTransform", "transform the parts one by one and join them with torch.cat")
(CorrCholeskyTransform,) = refuse("CorrCholeskyTransform", "correlation matrices are not supported")


class Parameterless(Transform):
    """All transforms of one such class are equal."""

    def __eq__(self, other: Any) -> bool:
        return type(self) is type(other)

    __hash__ = object.__hash__


class ExpTransform(Parameterless):
    """y = e^x"""

    domain, codomain, bijective, sign = constraints.real, constraints.positive, True, 1

    def _call(self, x: Any) -> Any:
        return exp(x)

    def _inverse(self, y: Any) -> Any:
        return log(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return x


class PowerTransform(Transform):
    """y = x^exponent for x > 0"""

    domain, codomain, bijective = constraints.positive, constraints.positive, True

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        (self.exponent,) = broadcast_all(exponent)

    def with_cache(self, cache_size: int = 1) -> Any:
        return self if self._cache_size == cache_size else PowerTransform(self.exponent, cache_size=cache_size)

    @lazy_property
    def sign(self) -> Any:
        return self.exponent.sign()

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, PowerTransform) and same_parameter(self.exponent, other.exponent)

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        return x.pow(self.exponent)

    def _inverse(self, y: Any) -> Any:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Any) -> Any:
        return broadcast_shapes(shape, self.exponent.shape)

    inverse_shape = forward_shape


def same_parameter(a: Any, b: Any) -> bool:
    """Whether two numbers or tensors are equal everywhere."""
    same = a == b
    return bool(same.all()) if isinstance(same, Traced) else bool(same)


def clipped_sigmoid(x: Any) -> Any:
    """sigmoid(x), kept inside (0, 1)."""
    return sigmoid(x).clamp(min=tiny_of(x), max=1.0 - eps_of(x))


class SigmoidTransform(Parameterless):
    """y = 1 / (1 + e^-x), x = ln y / (1 - y)"""

    domain, codomain, bijective, sign = constraints.real, constraints.unit_interval, True, 1

    def _call(self, x: Any) -> Any:
        return clipped_sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        y = y.clamp(min=tiny_of(y), max=1.0 - eps_of(y))
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """ln y (1 - y)"""
        return -softplus(-x) - softplus(x)


class SoftplusTransform(Parameterless):
    """y = ln (1 + e^x), x = y + ln (1 - e^-y)"""

    domain, codomain, bijective, sign = constraints.real, constraints.positive, True, 1

    def _call(self, x: Any) -> Any:
        return softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-y).expm1().neg().log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -softplus(-x)


class TanhTransform(Parameterless):
    """y = tanh x. Without a cache (``cache_size=1``) the inverse of a y that rounds to 1 is inf."""

    domain, codomain, bijective, sign = constraints.real, constraints.interval(-1.0, 1.0), True, 1

    def _call(self, x: Any) -> Any:
        return tanh(x)

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """ln (1 - tanh^2 x) = 2 (ln 2 - x - softplus(-2x)), which does not cancel for large x"""
        return 2.0 * (math.log(2.0) - x - softplus(-2.0 * x))


class AbsTransform(Parameterless):
    """y = |x|; of the two inverses the positive one"""

    domain, codomain = constraints.real, constraints.positive

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class AffineTransform(Transform):
    """y = loc + scale x, for events of `event_dim` dimensions"""

    bijective = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.loc, self.scale, self._event_dim = loc, scale, event_dim

    @property
    def event_dim(self) -> int:
        return self._event_dim

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        return constraints.independent(constraints.real, self._event_dim) if self._event_dim else constraints.real

    codomain = domain

    def with_cache(self, cache_size: int = 1) -> Any:
        return self if self._cache_size == cache_size else AffineTransform(self.loc, self.scale, self._event_dim, cache_size=cache_size)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, AffineTransform) and same_parameter(self.loc, other.loc) and same_parameter(self.scale, other.scale)

    __hash__ = object.__hash__

    @property
    def sign(self) -> Any:
        return self.scale.sign() if isinstance(self.scale, Traced) else (self.scale > 0) - (self.scale < 0)

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        result = self.scale.abs().log() if isinstance(self.scale, Traced) else full_like(x, math.log(abs(self.scale)))
        return sum_rightmost(result, self._event_dim).expand(x.shape[: x.dim() - self._event_dim])

    def forward_shape(self, shape: Any) -> Any:
        return broadcast_shapes(shape, getattr(self.loc, "shape", ()), getattr(self.scale, "shape", ()))

    inverse_shape = forward_shape


class CumulativeDistributionTransform(Transform):
    """y = distribution.cdf(x): draws of the distribution become uniform on [0, 1]."""

    bijective, codomain, sign = True, constraints.unit_interval, 1

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return self.distribution.log_prob(x)

    def with_cache(self, cache_size: int = 1) -> Any:
        return self if self._cache_size == cache_size else CumulativeDistributionTransform(self.distribution, cache_size=cache_size)


# ---- vectors and matrices ----------------------------------------------------------------------------------------------------------


def at_least_a_vector(shape: Any) -> Any:
    if len(shape) < 1:
        raise ValueError("transform: needs events of one dimension, but the shape is ()")
    return shape


class SoftmaxTransform(Parameterless):
    """y = e^x / sum e^x; x = ln y is one of many inverses"""

    domain, codomain = constraints.real_vector, constraints.simplex

    def _call(self, x: Any) -> Any:
        y = (x - x.max(-1, True)[0]).exp()
        return y / y.sum(-1, True)

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def forward_shape(self, shape: Any) -> Any:
        return at_least_a_vector(shape)

    inverse_shape = forward_shape


class StickBreakingTransform(Parameterless):
    """n numbers say which share of the rest of a stick to break off, so n + 1 pieces: ``y_i = z_i prod over j < i of (1 - z_j)``.

    ``z_i = sigmoid(x_i - ln (n - i))``, i from 0, so that x = 0 gives equal pieces.
    """

    domain, codomain, bijective = constraints.real_vector, constraints.simplex, True

    def _call(self, x: Any) -> Any:
        z = clipped_sigmoid(x - pieces_left(x).log())
        one = x.new_ones((*x.shape[:-1], 1))
        return cat([z, one], -1) * cat([one, (1 - z).cumprod(-1)], -1)

    def _inverse(self, y: Any) -> Any:
        pieces = y[..., :-1]
        rest = (1 - pieces.cumsum(-1)).clamp(min=tiny_of(y))
        return pieces.log() - rest.log() + pieces_left(pieces).log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The Jacobian is triangular: sum of ln dy_i/dx_i = ln y_i (1 - z_i)"""
        x = x - pieces_left(x).log()
        return (logsigmoid(x) - x + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        return at_least_a_vector(shape)[:-1] + (shape[-1] + 1,)

    def inverse_shape(self, shape: Any) -> Any:
        return at_least_a_vector(shape)[:-1] + (shape[-1] - 1,)


def pieces_left(x: Any) -> Any:
    """n, n - 1, ..., 1 for an x of (..., n)."""
    return x.shape[-1] + 1 - x.new_ones(x.shape[-1]).cumsum(-1)


class LowerCholeskyTransform(Parameterless):
    """The lower triangle, with e^x on the diagonal"""

    domain, codomain = constraints.independent(constraints.real, 2), constraints.lower_cholesky

    def _call(self, x: Any) -> Any:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Any) -> Any:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(Parameterless):
    """L L^T with the L of `LowerCholeskyTransform`"""

    domain, codomain = constraints.independent(constraints.real, 2), constraints.positive_definite

    def _call(self, x: Any) -> Any:
        lower = LowerCholeskyTransform()(x)
        return lower @ lower.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(cholesky(y))


__getattr__ = explains_missing(__name__)
