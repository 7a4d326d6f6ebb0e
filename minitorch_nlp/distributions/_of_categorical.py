"""Distributions that rest on a `Categorical` and share its parameters."""

from __future__ import annotations

from typing import Any

from .distribution import Distribution

__all__ = ["OfCategorical"]


class OfCategorical(Distribution):
    """Events of K numbers, from a `Categorical` with K categories."""

    _categorical: Any

    @property
    def probs(self) -> Any:
        """The probability of each category."""
        return self._categorical.probs

    @property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def _param(self) -> Any:
        return self._categorical._param

    @property
    def param_shape(self) -> Any:
        """The shape of the parameters."""
        return self._categorical.param_shape

    def _start(self, categorical: Any, validate_args: bool | None) -> None:
        """Where ``__init__`` ends."""
        self._categorical = categorical
        Distribution.__init__(self, categorical.batch_shape, categorical.param_shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)  # no parameter is an attribute of its own
        new._categorical = self._categorical.expand(batch_shape)
        for name in ("temperature", "total_count"):
            if name in self.__dict__:
                new.__dict__[name] = self.__dict__[name]
        return new
