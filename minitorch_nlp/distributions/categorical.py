"""The categorical distribution: one of K categories."""

from __future__ import annotations

import math
from typing import Any

from ..tensor.creation import full
from ..tensor.dtypes import Size, int64
from ..tensor.sampling import multinomial
from ..tensor.shaping import broadcast_tensors
from ..tensor.types import finfo
from . import constraints
from ._binary import one_of
from .bernoulli import enumerated
from .distribution import Distribution
from .utils import lazy_property, logits_to_probs, probs_to_logits

__all__ = ["Categorical"]


class Categorical(Distribution):
    """0 ... K - 1 with probabilities `probs` (normalised first), or softmax(`logits`), along the last dimension.

    >>> import minitorch_nlp as torch
    >>> torch.distributions.Categorical(torch.tensor([1.0, 3.0])).probs
    tensor([0.2500, 0.7500])
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        one_of(type(self).__name__, probs, logits)
        name, given = ("logits", logits) if probs is None else ("probs", probs)
        if given.dim() < 1:
            raise ValueError(f"{type(self).__name__}: {name} must have one dimension or more, the last one for the categories")
        if probs is None:
            self.__dict__["logits"] = logits - logits.logsumexp(dim=-1, keepdim=True)
        else:
            self.__dict__["probs"] = probs / probs.sum(-1, keepdim=True)
        super().__init__(self._param.size()[:-1], validate_args=validate_args)

    @property
    def _param(self) -> Any:
        return self.__dict__["probs"] if "probs" in self.__dict__ else self.__dict__["logits"]

    @property
    def _num_events(self) -> int:
        return self._param.size(-1)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameters."""
        return self._param.size()

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        return constraints.integer_interval(0, self._num_events - 1)

    @lazy_property
    def logits(self) -> Any:
        """ln p"""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Any:
        """softmax(logits)"""
        return logits_to_probs(self.logits)

    @property
    def mean(self) -> Any:
        """nan: categories are not numbers"""
        return full(self._extended_shape(), math.nan, dtype=self.probs.dtype, device=self.probs.device)

    variance = mean

    @property
    def mode(self) -> Any:
        return self.probs.argmax(dim=-1)

    def sample(self, sample_shape: Any = Size()) -> Any:
        sample_shape = Size(sample_shape)
        drawn = multinomial(self.probs.detach().reshape(-1, self._num_events), sample_shape.numel(), True)
        return drawn.T.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Any) -> Any:
        """The value's entry of the logits"""
        if self._validate_args:
            self._validate_sample(value)
        value, log_pmf = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return log_pmf.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self) -> Any:
        """-sum p ln p"""
        return -(self.logits.clamp(min=finfo(self.logits.dtype).min) * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Any:
        return enumerated(self, self._num_events, expand, int64)
