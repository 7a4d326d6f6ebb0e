"""Bernoulli's distribution: one toss of a coin."""

from __future__ import annotations

import math
from typing import Any

from ..autograd.mode import no_grad
from ..functional import logit
from ..nn.functional import binary_cross_entropy_with_logits
from ..tensor.dtypes import Size
from ..tensor.sampling import bernoulli
from ..tensor.sequences import arange
from . import constraints
from ._binary import BinaryEvents
from .exp_family import ExponentialFamily
from .utils import broadcast_all

__all__ = ["Bernoulli"]


class Bernoulli(BinaryEvents, ExponentialFamily):
    """1 with probability `probs` = sigmoid(`logits`), else 0.

    >>> import minitorch_nlp as torch
    >>> torch.distributions.Bernoulli(0.25).log_prob(torch.tensor(1.0)).exp()
    tensor(0.2500)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set_parameters(probs, logits)
        super().__init__(self._param.size(), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        """The likelier of 0 and 1; nan where neither is"""
        likely = (self.probs >= 0.5).to(self.probs)
        return likely.masked_fill(self.probs == 0.5, math.nan)

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = Size()) -> Any:
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        """x ln p + (1 - x) ln (1 - p), from the logits"""
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Any:
        """-p ln p - (1 - p) ln (1 - p)"""
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Any:
        return enumerated(self, 2, expand)

    @property
    def _natural_params(self) -> tuple[Any, ...]:
        return (logit(self.probs),)

    def _log_normalizer(self, x: Any) -> Any:
        return x.exp().log1p()


def enumerated(distribution: Any, count: int, expand: bool, dtype: Any = None) -> Any:
    """0 ... count - 1 along a new first dimension, in the dtype of the parameters."""
    param, batch = distribution._param, distribution._batch_shape
    values = arange(count, dtype=dtype or param.dtype, device=param.device).view((-1,) + (1,) * len(batch))
    return values.expand((-1, *batch)) if expand else values
