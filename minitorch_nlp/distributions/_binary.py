"""Parameters given as probabilities or as logits, the other computed when asked for."""

from __future__ import annotations

from typing import Any

from .distribution import Distribution
from .utils import broadcast_all, lazy_property, logits_to_probs, probs_to_logits

__all__ = ["BinaryEvents", "one_of"]


def one_of(name: str, probs: Any, logits: Any) -> None:
    """ValueError unless exactly one of the two is given."""
    if (probs is None) == (logits is None):
        raise ValueError(f"{name}: pass either probs or logits, one of them and not both")


class BinaryEvents(Distribution):
    """Distributions of events with a probability ``probs = sigmoid(logits)``."""

    def _set_parameters(self, probs: Any, logits: Any, *others: Any) -> tuple[Any, ...]:
        """Keep the one given, broadcast with the others, which are returned."""
        one_of(type(self).__name__, probs, logits)
        given, *rest = broadcast_all(logits if probs is None else probs, *others)
        self.__dict__["logits" if probs is None else "probs"] = given
        return tuple(rest)

    @property
    def _param(self) -> Any:
        return self.__dict__["probs"] if "probs" in self.__dict__ else self.__dict__["logits"]

    @property
    def param_shape(self) -> Any:
        """The shape of the parameters."""
        return self._param.size()

    @lazy_property
    def logits(self) -> Any:
        """ln p / (1 - p)"""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """sigmoid(logits)"""
        return logits_to_probs(self.logits, is_binary=True)
