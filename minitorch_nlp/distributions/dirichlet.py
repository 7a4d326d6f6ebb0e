"""The Dirichlet distribution: random shares of a whole."""

from __future__ import annotations

from typing import Any

from ..nn.functional import one_hot
from ..tensor.dtypes import Size
from ..tensor.pointwise import where
from ..tensor.sampling import dirichlet
from . import constraints
from .exp_family import ExponentialFamily

__all__ = ["Dirichlet"]


class Dirichlet(ExponentialFamily):
    """``p(x) = Gamma(a_0) prod x_i^(a_i - 1) / Gamma(a_i)`` on the simplex, with a = `concentration` (..., K) and a_0 its sum.

    `rsample` has no gradient: it raises NotImplementedError where `concentration` requires grad.
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ValueError("Dirichlet: concentration must have one dimension or more, the last one for the shares")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Any:
        """(a - 1) / sum (a - 1) where that is positive, a corner where all a < 1"""
        excess = (self.concentration - 1).clamp(min=0.0)
        inside = excess / excess.sum(-1, True)
        corner = one_hot(inside.argmax(dim=-1), excess.shape[-1]).to(inside)
        return where((self.concentration < 1).all(dim=-1, keepdim=True), corner, inside)

    @property
    def variance(self) -> Any:
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = Size()) -> Any:
        return dirichlet(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        """sum (a_i - 1) ln x_i + ln Gamma(a_0) - sum ln Gamma(a_i)"""
        if self._validate_args:
            self._validate_sample(value)
        a = self.concentration
        return (a - 1.0).xlogy(value).sum(-1) + a.sum(-1).lgamma() - a.lgamma().sum(-1)

    def entropy(self) -> Any:
        """ln B(a) + (a_0 - K) digamma(a_0) - sum (a_i - 1) digamma(a_i)"""
        a, total = self.concentration, self.concentration.sum(-1)
        log_beta = a.lgamma().sum(-1) - total.lgamma()
        return log_beta - (a.size(-1) - total) * total.digamma() - ((a - 1.0) * a.digamma()).sum(-1)

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        return (self.concentration,)

    def _log_normalizer(self, x: Any) -> Any:
        return x.lgamma().sum(-1) - x.sum(-1).lgamma()
