"""A choice among categories made continuous, so that draws have a gradient."""

from __future__ import annotations

from typing import Any

from ..tensor.creation import full_like
from ..tensor.dtypes import Size
from ..tensor.sampling import rand
from . import constraints
from ._of_categorical import OfCategorical
from .categorical import Categorical
from .transformed_distribution import TransformedDistribution
from .transforms import ExpTransform
from .utils import broadcast_all, clamp_probs

__all__ = ["ExpRelaxedCategorical", "RelaxedOneHotCategorical"]


class ExpRelaxedCategorical(OfCategorical):
    """The logarithm of a `RelaxedOneHotCategorical` draw: log softmax of (logits + Gumbel noise) / `temperature`."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self.temperature = temperature
        self._start(Categorical(probs, logits), validate_args)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        u = clamp_probs(rand(self._extended_shape(sample_shape), dtype=self.logits.dtype, device=self.logits.device))
        scores = (self.logits - (-u.log()).log()) / self.temperature
        return scores - scores.logsumexp(dim=-1, keepdim=True)

    def log_prob(self, value: Any) -> Any:
        """ln (K - 1)! + (K - 1) ln t + sum of log softmax(logits - t x)"""
        if self._validate_args:
            self._validate_sample(value)
        categories = self._event_shape[0]
        logits, value = broadcast_all(self.logits, value)
        log_scale = full_like(self.temperature, float(categories)).lgamma() + self.temperature.log() * (categories - 1)
        score = logits - value.mul(self.temperature)
        return (score - score.logsumexp(dim=-1, keepdim=True)).sum(-1) + log_scale


class RelaxedOneHotCategorical(TransformedDistribution):
    """Points of the simplex, near its corners for a low `temperature` (a tensor): the Gumbel-softmax distribution."""

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    @property
    def temperature(self) -> Any:
        """How far from the corners draws stay."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """The probabilities of the choice that is relaxed."""
        return self.base_dist.probs
