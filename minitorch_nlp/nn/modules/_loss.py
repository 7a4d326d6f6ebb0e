"""What all losses have: a reduction, and some a weight."""

from __future__ import annotations

from typing import Any

from .._losses import legacy_reduction
from .module import Module

__all__ = ["_Loss", "_WeightedLoss"]


class _Loss(Module):
    """A loss with its reduction: "mean", "sum" or "none"."""

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = legacy_reduction(size_average, reduce, reduction)


class _WeightedLoss(_Loss):
    """A loss with a weight, a buffer: it moves with the module."""

    weight: Any

    def __init__(self, weight: Any = None, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
