"""The binomial distribution: successes among `total_count` trials."""

from __future__ import annotations

from typing import Any

from ..autograd.mode import no_grad
from ..tensor.dtypes import Size
from ..tensor.sampling import binomial
from . import constraints
from ._binary import BinaryEvents
from .bernoulli import enumerated

__all__ = ["Binomial"]


class Binomial(BinaryEvents):
    """``P(k) = n! / (k! (n - k)!) probs^k (1 - probs)^(n - k)`` with n = `total_count`."""

    arg_constraints = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        (count,) = self._set_parameters(probs, logits, total_count)
        self.total_count = count.type_as(self._param)
        super().__init__(self._param.size(), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Any:
        return self.total_count * self.probs

    @property
    def mode(self) -> Any:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = Size()) -> Any:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Any) -> Any:
        """ln n! - ln k! - ln (n - k)! + k l - n softplus(l), l the logits"""
        if self._validate_args:
            self._validate_sample(value)
        n, logits = self.total_count, self.logits
        above = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2  # max(l, 0), with the gradient 1/2 at 0
        normalizer = n * above + n * (-logits.abs()).exp().log1p() - (n + 1).lgamma()
        return value * logits - (value + 1).lgamma() - (n - value + 1).lgamma() - normalizer

    def entropy(self) -> Any:
        """The sum of -P(k) ln P(k)"""
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Any:
        count = int(self.total_count.max())
        if not bool((self.total_count == count).all()):
            raise NotImplementedError("Binomial: enumerate_support and entropy need the same total_count in the whole batch")
        return enumerated(self, 1 + count, expand)
