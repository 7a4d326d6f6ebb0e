"""A mixture of distributions of one family."""

from __future__ import annotations

from typing import Any

from ..autograd.mode import no_grad
from ..functional import log_softmax
from ..tensor.dtypes import Size
from . import constraints
from .categorical import Categorical
from .distribution import Distribution

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """``p(x) = sum over k of w_k p_k(x)``: a `Categorical` says which component of the other's last batch dimension is drawn from."""

    arg_constraints: Any = {}

    def __init__(self, mixture_distribution: Any, component_distribution: Any, validate_args: bool | None = None) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(f"MixtureSameFamily: mixture_distribution must be a Categorical, not a {type(mixture_distribution).__name__}")
        if not isinstance(component_distribution, Distribution):
            raise ValueError(
                f"MixtureSameFamily: component_distribution must be a Distribution, not a {type(component_distribution).__name__}"
            )
        mixed, components = mixture_distribution.batch_shape, component_distribution.batch_shape
        if not components or any(1 not in (i, j) and i != j for i, j in zip(reversed(mixed), reversed(components[:-1]))):
            raise ValueError(f"MixtureSameFamily: batch shapes (...) and (..., k) are wanted, but they are {mixed} and {components}")
        if mixture_distribution._num_events != components[-1]:
            raise ValueError(
                f"MixtureSameFamily: {mixture_distribution._num_events} weights, but {components[-1]} components; as many are wanted"
            )
        self._mixture_distribution, self._component_distribution = mixture_distribution, component_distribution
        self._num_component = components[-1]
        super().__init__(components[:-1], component_distribution.event_shape, validate_args=validate_args)
        self._event_ndims = len(self._event_shape)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = self._get_checked_instance(MixtureSameFamily, _instance)
        new._component_distribution = self._component_distribution.expand((*batch_shape, self._num_component))
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        new._num_component, new._event_ndims = self._num_component, self._event_ndims
        return self._expanded(new, batch_shape)

    @constraints.dependent_property
    def support(self) -> Any:
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Any:
        """The Categorical."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Any:
        """The components, in the last batch dimension."""
        return self._component_distribution

    def _weights(self) -> Any:
        return self._mixture_distribution.probs.reshape((*self._mixture_distribution.param_shape,) + (1,) * self._event_ndims)

    @property
    def mean(self) -> Any:
        """sum w_k m_k"""
        return (self._weights() * self._component_distribution.mean).sum(-1 - self._event_ndims)

    @property
    def variance(self) -> Any:
        """sum w_k (v_k + (m_k - m)^2)"""
        away = self._component_distribution.mean - self.mean.unsqueeze(-1 - self._event_ndims)
        return (self._weights() * (self._component_distribution.variance + away.pow(2))).sum(-1 - self._event_ndims)

    def _for_each(self, value: Any) -> Any:
        return value.unsqueeze(-1 - self._event_ndims)

    def cdf(self, value: Any) -> Any:
        """sum w_k P(x_k <= value)"""
        return (self._component_distribution.cdf(self._for_each(value)) * self._mixture_distribution.probs).sum(-1)

    def log_prob(self, value: Any) -> Any:
        """ln sum w_k p_k(x)"""
        if self._validate_args:
            self._validate_sample(value)
        log_probs = self._component_distribution.log_prob(self._for_each(value))
        return (log_probs + log_softmax(self._mixture_distribution.logits, dim=-1)).logsumexp(-1)

    def sample(self, sample_shape: Any = Size()) -> Any:
        """The component is drawn first, then one number from every component, of which one is kept."""
        with no_grad():
            chosen = self._mixture_distribution.sample(sample_shape)
            drawn = self._component_distribution.sample(sample_shape)
            index = chosen.reshape((*chosen.shape, *(1,) * (self._event_ndims + 1)))
            index = index.expand((*chosen.shape, 1, *self._event_shape))
            dim = len(Size(sample_shape)) + len(self._batch_shape)
            return drawn.gather(dim, index).squeeze(dim)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self._mixture_distribution!r},\n  {self._component_distribution!r})"
