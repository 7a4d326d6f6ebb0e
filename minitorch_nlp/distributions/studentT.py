"""Student's t distribution."""

from __future__ import annotations

import math
from typing import Any

from ..tensor.dtypes import Size
from ..tensor.pointwise import where
from . import constraints
from .chi2 import Chi2
from .distribution import Distribution
from .utils import broadcast_all, standard_normal

__all__ = ["StudentT"]


class StudentT(Distribution):
    """``loc + scale z / sqrt(c / df)`` with z standard normal and c chi-squared with `df` degrees of freedom."""

    arg_constraints = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(self.df.size(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._chi2 = self._chi2.expand(batch_shape)
        return new

    @property
    def mean(self) -> Any:
        """loc; nan for df <= 1"""
        return self.loc.masked_fill(self.df <= 1, math.nan)

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        """scale^2 df / (df - 2); inf for df <= 2, nan for df <= 1"""
        finite = self.df > 2
        df = where(finite, self.df, 3.0)
        return where(finite, self.scale.pow(2) * df / (df - 2), math.inf).masked_fill(self.df <= 1, math.nan)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        z = standard_normal(self._extended_shape(sample_shape), self.df)
        return self.loc + self.scale * (z * (self._chi2.rsample(sample_shape) / self.df).rsqrt())

    def log_prob(self, value: Any) -> Any:
        """-(df + 1)/2 ln (1 + y^2 / df) - ln scale - ln sqrt(df pi) - ln Gamma(df/2) + ln Gamma((df + 1)/2)"""
        if self._validate_args:
            self._validate_sample(value)
        y, df = (value - self.loc) / self.scale, self.df
        constant = self.scale.log() + 0.5 * df.log() + 0.5 * math.log(math.pi) + (0.5 * df).lgamma() - (0.5 * (df + 1.0)).lgamma()
        return -0.5 * (df + 1.0) * (y**2.0 / df).log1p() - constant

    def entropy(self) -> Any:
        """ln scale + (df + 1)/2 (digamma((df + 1)/2) - digamma(df/2)) + ln sqrt(df) B(df/2, 1/2)"""
        half, more = 0.5 * self.df, 0.5 * (self.df + 1)
        log_beta = half.lgamma() + math.lgamma(0.5) - more.lgamma()
        return self.scale.log() + more * (more.digamma() - half.digamma()) + 0.5 * self.df.log() + log_beta
