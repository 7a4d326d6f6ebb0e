"""The geometric distribution: failures before the first success."""

from __future__ import annotations

from typing import Any

from ..autograd.mode import no_grad
from ..nn.functional import binary_cross_entropy_with_logits
from ..tensor.creation import zeros_like
from ..tensor.dtypes import Size
from . import constraints
from ._binary import BinaryEvents
from .utils import broadcast_all, tiny_of

__all__ = ["Geometric"]


class Geometric(BinaryEvents):
    """``P(k) = (1 - probs)^k probs`` for k = 0, 1, 2, ...; unlike `Tensor.geometric_`, which counts the success too."""

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._set_parameters(probs, logits)
        super().__init__(self._param.size(), validate_args=validate_args)
        if self._validate_args and probs is not None and not bool((self.probs > 0).all()):
            raise ValueError(f"parameter probs of distribution {self!r} must be above 0, but found invalid values:\n{self.probs}")

    @property
    def mean(self) -> Any:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Any:
        return zeros_like(self.probs)

    @property
    def variance(self) -> Any:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = Size()) -> Any:
        """floor(ln u / ln (1 - p))"""
        with no_grad():
            u = self.probs.new_empty(self._extended_shape(sample_shape)).uniform_(tiny_of(self.probs), 1)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Any) -> Any:
        """k ln (1 - p) + ln p; ln p alone for k = 0, whatever p"""
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        certain = probs.masked_fill((probs == 1) & (value == 0), 0)
        return value * (-certain).log1p() + self.probs.log()

    def entropy(self) -> Any:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs
