"""Dropout: masks drawn as torch draws them, then the op of `minitorch_nlp.functional.dropout`."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .. import backend, random
from ..autograd.tape import apply_inplace
from ..functional import dropout as D
from ..tensor.sampling import memory_order
from ..tensor.tensor import Tensor

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]


def check_probability(p: float) -> None:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """In training, zero each element with probability `p` and divide the rest by 1 - p; else the input.

    The mask is drawn in the order the input lies in memory.
    """
    check_probability(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul_(0) if inplace else input * 0
    array = input.array

    def draw(shape: tuple[int, ...]) -> np.ndarray:
        return random.bernoulli_mask(shape, 1 - p)

    mask = draw(array.shape) if array.flags.c_contiguous else memory_order(input, draw)
    return drop(input, mask, p, inplace)


def drop(input: Any, mask: np.ndarray, p: float, inplace: bool) -> Any:
    mask = backend.beside(input.array, mask)
    return apply_inplace(D.dropout_with_mask, input, (mask,), {"p": p}) if inplace else D.dropout_with_mask(input, mask, p=p)


def feature_dropout(input: Any, p: float, training: bool, inplace: bool) -> Any:
    """Dropout of whole channels: one draw for each (n, c) of an (N, C, ...)."""
    check_probability(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul_(0) if inplace else input * 0
    return drop(input, np.broadcast_to(channel_mask("feature_dropout", input, p), input.shape), p, inplace)


def channel_mask(name: str, input: Any, p: float) -> np.ndarray:
    """(N, C, 1, ...), True with probability 1 - p."""
    if input.dim() < 2:
        raise RuntimeError(f"{name}: channels are dimension 1, so the input must have at least 2 dimensions; it has {input.dim()}")
    return random.bernoulli_mask((*input.shape[:2], *(1,) * (input.dim() - 2)), 1 - p)


def channel_dropout(name: str, spatial: int, input: Any, p: float, training: bool, inplace: bool) -> Any:
    if input.dim() == spatial + 2:
        return feature_dropout(input, p, training, inplace)
    if input.dim() == spatial + 1:
        result = feature_dropout(input.unsqueeze(0), p, training, inplace)
        return input if inplace else result.squeeze(0)
    raise RuntimeError(f"{name}: expected {spatial + 1} or {spatial + 2} dimensions, (C, ...) or (N, C, ...), but received {input.dim()}")


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """`dropout` of whole channels of (N, C, L) or (C, L)."""
    return channel_dropout("dropout1d", 1, input, p, training, inplace)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """`dropout` of whole channels of (N, C, H, W). (N, C, L) is taken too, as in torch; use `dropout1d` for it."""
    if input.dim() == 3:
        warnings.warn("dropout2d: a 3-D input is taken as (N, C, L), as in torch; call dropout1d for it.", stacklevel=2)
        return feature_dropout(input, p, training, inplace)
    return channel_dropout("dropout2d", 2, input, p, training, inplace)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """`dropout` of whole channels of (N, C, D, H, W) or (C, D, H, W)."""
    return channel_dropout("dropout3d", 3, input, p, training, inplace)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """y = a (x m + A (m - 1)) + a A p, m = 1 with probability 1 - p else 0: keeps mean 0 and variance 1 after SELU.

    A = 1.7581 is minus SELU's limit at -inf, a = ((A^2 p + 1)(1 - p))^(-1/2).
    """
    check_probability(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul_(0) if inplace else input * 0
    return drop_to_limit(input, memory_order(input, lambda shape: random.bernoulli_mask(shape, 1 - p)), p, inplace)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """`alpha_dropout` of whole channels: one draw for each (n, c) of an (N, C, ...)."""
    check_probability(p)
    if not training or p == 0 or input.numel() == 0:
        return input
    if p == 1:
        return input.mul_(0) if inplace else input * 0
    return drop_to_limit(input, channel_mask("feature_alpha_dropout", input, p), p, inplace)


def drop_to_limit(input: Any, mask: np.ndarray, p: float, inplace: bool) -> Any:
    """a (x m + A (m - 1)) + a A p."""
    if input.array.dtype.kind not in "fV":
        raise RuntimeError(f"alpha_dropout: the result is floating point, the input {input.dtype}; convert it with .float()")
    limit = 1.7580993408473766
    a = 1 / math.sqrt((limit * limit * p + 1) * (1 - p))
    kind = input.array.dtype
    kept = mask.astype(kind)
    noise = Tensor._wrap(backend.beside(input.array, (kept * a).astype(kind, copy=False)))
    shift = Tensor._wrap(backend.beside(input.array, ((kept - 1) * (limit * a) + limit * a * p).astype(kind, copy=False)))
    return input.mul_(noise).add_(shift) if inplace else input * noise + shift
