"""The gamma distribution."""

from __future__ import annotations

from typing import Any

from ..functional import igamma
from ..tensor.creation import as_tensor
from ..tensor.dtypes import Size
from ..tensor.sampling import standard_gamma
from . import constraints
from .exp_family import ExponentialFamily
from .utils import broadcast_all, tiny_of

__all__ = ["Gamma"]


class Gamma(ExponentialFamily):
    """``p(x) = rate^a x^(a - 1) e^(-rate x) / Gamma(a)`` with a = `concentration`.

    `rsample` has no gradient with respect to `concentration`: it raises NotImplementedError where that requires grad.
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.size(), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.concentration / self.rate

    @property
    def mode(self) -> Any:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Any:
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        """g / rate, g from a gamma distribution of rate 1"""
        shape = self._extended_shape(sample_shape)
        value = standard_gamma(self.concentration.expand(shape)) / self.rate.expand(shape)
        value.detach().clamp_(min=tiny_of(value))  # not recorded: the gradient is that of the quotient
        return value

    def log_prob(self, value: Any) -> Any:
        """a ln rate + (a - 1) ln x - rate x - ln Gamma(a)"""
        value = as_tensor(value, dtype=self.rate.dtype, device=self.rate.device)
        if self._validate_args:
            self._validate_sample(value)
        a, rate = self.concentration, self.rate
        return a.xlogy(rate) + (a - 1).xlogy(value) - rate * value - a.lgamma()

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return igamma(self.concentration, self.rate * value)

    def entropy(self) -> Any:
        """a - ln rate + ln Gamma(a) + (1 - a) digamma(a)"""
        a = self.concentration
        return a - self.rate.log() + a.lgamma() + (1.0 - a) * a.digamma()

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        return self.concentration - 1, -self.rate

    def _log_normalizer(self, x: Any, y: Any) -> Any:
        return (x + 1).lgamma() + (x + 1) * (-y.reciprocal()).log()
