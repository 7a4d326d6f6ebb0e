"""Dropout: in training, zero at random and scale up what is left."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _DropoutNd(Module):
    """The probability and its check."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """In training each element is zero with probability `p`, else divided by 1 - p, so that its mean stays. In evaluation: the input.

    >>> import minitorch_nlp as torch
    >>> torch.nn.Dropout(0.2).eval()(torch.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """Drops whole channels: (N, C, L) or (C, L)."""

    def forward(self, input: Any) -> Any:
        """(N, C, L) -> (N, C, L)."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Drops whole channels: (N, C, H, W)."""

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) -> (N, C, H, W)."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Drops whole channels: (N, C, D, H, W) or (C, D, H, W)."""

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W) -> (N, C, D, H, W)."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean 0 and variance 1 for SELU networks (Klambauer et al., 2017)."""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_DropoutNd):
    """`AlphaDropout` of whole channels: (N, C, ...)."""

    def forward(self, input: Any) -> Any:
        """(N, C, ...) -> (N, C, ...)."""
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
