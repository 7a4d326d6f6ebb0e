"""Exponential families: densities ``h(x) e^(t(x) . eta - A(eta))``."""

from __future__ import annotations

from typing import Any

from ..autograd.api import grad
from .distribution import Distribution
from .utils import Undefined, sum_rightmost

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """A distribution given by natural parameters eta and its log normalizer A(eta).

    A subclass supplies `_natural_params`, `_log_normalizer` and `_mean_carrier_measure` (the mean of ln h). Entropy and divergence
    follow from A and its gradient, which is the mean of t(x).
    """

    _natural_params: Any = Undefined("a tuple of tensors")
    _mean_carrier_measure: Any = Undefined("the mean of ln h(x)")

    def _log_normalizer(self, *natural_params: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _log_normalizer")

    def entropy(self) -> Any:
        """H = A(eta) - eta . A'(eta) - E ln h"""
        natural = [p.detach().requires_grad_() for p in self._natural_params]
        normalizer = self._log_normalizer(*natural)
        slopes = grad(normalizer.sum(), natural, create_graph=True)
        result = normalizer - self._mean_carrier_measure
        for eta, slope in zip(natural, slopes):
            result = result - sum_rightmost(eta * slope, eta.dim() - len(self._batch_shape))
        return result
