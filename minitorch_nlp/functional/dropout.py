"""Dropout, given its mask: the random numbers are drawn by the caller."""

from __future__ import annotations

import numpy as np

from ._checks import require_float
from ._domain import Bool, Real
from ._op import Op

__all__ = ["dropout_noise", "dropout_with_mask"]


def dropout_noise(mask, p, like):
    """What dropout multiplies by, in the dtype of `like`: 1 / (1 - p) where the bool `mask` keeps, else 0."""
    noise = mask.astype(like.dtype)
    return noise / (1 - p) if p < 1 else np.zeros_like(noise)


def dropout_with_mask_forward(x, mask, *, p):
    """y = x n, n = 1 / (1 - p) where `mask` is True, else 0: the mean over masks, True with probability 1 - p, is x."""
    require_float("dropout_with_mask", x)
    n = dropout_noise(mask, p, x)
    return x * n, (n,)


def dropout_with_mask_backward(dy, saved):
    """dx = dy n: the noise does not depend on x."""
    (n,) = saved
    return dy * n, None


dropout_with_mask = Op(
    dropout_with_mask_forward,
    dropout_with_mask_backward,
    shapes="(...), (...) -> (...)",
    domain=(Real(), Bool()),
    options={"p": (0.5, 0.1, 0.0, 1.0)},
    reference=lambda x, mask, p: np.where(mask, x / (1 - p) if p < 1 else 0.0, 0.0 * x),
    torch_name="Mul",
)
