"""Vectors: distances, similarities, one-hot rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..autograd.mode import no_grad
from ..tensor.norms import pdist
from ..tensor.shaping import broadcast_tensors
from ..tensor.tensor import Tensor

__all__ = ["cosine_similarity", "one_hot", "pairwise_distance", "pdist"]


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Class numbers (...) as rows (..., num_classes) with a single 1; as many classes as the largest number asks for, unless given.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.one_hot(torch.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    array = tensor.array
    if array.dtype != np.int64:
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor, got {tensor.dtype}; cast it with .long()")
    if array.size == 0 and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if array.size and array.min() < 0:
        raise RuntimeError(f"Class values must be non-negative, got {array.min()}.")
    if num_classes == -1:
        num_classes = int(array.max()) + 1
    if array.size and array.max() >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes: got {array.max()}, num_classes is {num_classes}.")
    classes = backend.beside(array, np.arange(num_classes))
    return Tensor._wrap(np.equal(array[..., None], classes).astype(np.int64, order="C"))


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along `dim`, broadcast. A composite."""
    x1, x2 = broadcast_tensors(x1, x2)
    return ((x1 / floored_norm(x1, dim, eps)) * (x2 / floored_norm(x2, dim, eps))).sum(dim)


def floored_norm(x: Any, dim: int, eps: float) -> Any:
    """max(|x|, eps) along `dim`; the gradient is that of |x| also below eps, as in torch."""
    norm = x.norm(2, dim, keepdim=True).clone()
    with no_grad():
        norm.clamp_(min=eps)
    return norm


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """|x1 - x2 + eps|_p along the last dimension."""
    return (x1 - x2 + eps).norm(p, -1, keepdim=keepdim)
