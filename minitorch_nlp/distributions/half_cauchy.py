"""The absolute value of a Cauchy number."""

from __future__ import annotations

import math
from typing import Any

from ..tensor.creation import full_like
from .cauchy import Cauchy
from .half_normal import Halved

__all__ = ["HalfCauchy"]


class HalfCauchy(Halved):
    """|x| for a Cauchy x with median 0 and this `scale`."""

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        self._halve(Cauchy(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Any:
        return full_like(self.scale.detach().contiguous(), math.inf)

    @property
    def variance(self) -> Any:
        return self.base_dist.variance
