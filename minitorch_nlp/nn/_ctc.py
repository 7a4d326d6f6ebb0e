"""`ctc_loss` with torch's arguments: checks, padding and reduction around the op of `minitorch_nlp.functional.ctc`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import backend
from ..functional._checks import check_reduction
from ..functional._law import RefusedValue
from ..functional.ctc import ctc_loss as ctc_op
from ..tensor.tensor import Tensor

__all__ = ["ctc_loss"]


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """-ln of the probability that the steps' classes spell the target, once runs are merged and blanks left out (Graves et al., 2006).

    Args:
        log_probs: logarithms of probabilities (T, N, C), from `log_softmax`, or (T, C).
        targets: class numbers (N, S), padded, or all words one after the other, (sum of `target_lengths`).
        input_lengths: how many steps of each sequence count, (N).
        target_lengths: how many classes of each target count, (N).
        blank: the class that spells nothing.
        reduction: "mean" divides each loss by its target's length and takes the mean; "sum"; "none", (N).
        zero_infinity: 0 instead of inf for a target that is too long for its steps.

    >>> import minitorch_nlp as torch
    >>> log_probs = torch.full((2, 1, 2), 0.5).log()
    >>> torch.nn.functional.ctc_loss(log_probs, torch.tensor([[1]]), [2], [1]).exp()
    tensor(1.3333)
    """
    try:
        check_reduction(reduction)
    except RefusedValue as error:
        raise ValueError(f"ctc_loss: {error}") from None
    bare = log_probs.dim() == 2
    if bare:
        log_probs = log_probs.unsqueeze(1)
    if log_probs.dim() != 3:
        raise RuntimeError(f"ctc_loss: log_probs must be (T, N, C) or (T, C), they have shape {tuple(log_probs.shape)}")
    steps, n, classes = log_probs.shape
    if not log_probs.numel():
        raise RuntimeError(f"ctc_loss: log_probs must not be empty, they have shape {tuple(log_probs.shape)}")
    if not 0 <= blank < classes:
        raise RuntimeError(f"ctc_loss: blank must be one of the classes 0 to {classes - 1}, it is {blank}")
    like = log_probs.array
    spoken = lengths("input_lengths", input_lengths, n, steps, like)
    spelled = lengths("target_lengths", target_lengths, n, math.inf, like)
    words = Tensor._wrap(padded(targets, spelled, n, classes, blank))
    lengths_of = Tensor._wrap(spoken), Tensor._wrap(spelled)
    losses = ctc_op(log_probs, words, *lengths_of, blank=blank, zero_infinity=zero_infinity, normalized=True)
    if reduction == "mean":
        return (losses / Tensor._wrap(np.maximum(spelled, 1).astype(like.dtype))).mean()
    if reduction == "sum":
        return losses.sum()
    return losses.squeeze(0) if bare else losses


def lengths(name: str, given: Any, n: int, most: float, like: Any) -> Any:
    """The lengths as an int64 array (n), each from 0 to `most`."""
    array = given.array if isinstance(given, Tensor) else backend.beside(like, np.asarray(given))
    if array.dtype.kind not in "iu":
        raise RuntimeError(f"ctc_loss: {name} must be integers, they are {array.dtype}")
    array = array.astype(np.int64).reshape(-1)
    if array.shape != (n,):
        raise RuntimeError(f"ctc_loss: {name} must have one element for each of the {n} sequences, they have shape {tuple(array.shape)}")
    if array.min() < 0 or array.max() > most:
        raise RuntimeError(f"ctc_loss: {name} must be at least 0 and at most {most}, they are {array.min()} to {array.max()}")
    return array


def padded(targets: Any, spelled: Any, n: int, classes: int, blank: int) -> Any:
    """The targets as int64 (n, longest), `blank` behind each one's end."""
    given, longest = targets.array, int(spelled.max())
    inside = np.arange(longest, like=spelled) < spelled[:, None]
    if targets.dim() == 1:
        total = int(spelled.sum())
        if given.shape[0] != total:
            raise RuntimeError(
                f"ctc_loss: targets in a row must have the target_lengths' sum, {total}, elements; they have {given.shape[0]}"
            )
        words = np.full_like(spelled, blank, shape=(n, longest))
        words[inside] = given
    else:
        if targets.dim() != 2 or given.shape[0] != n or given.shape[1] < longest:
            raise RuntimeError(
                f"ctc_loss: targets must be (N, S) = ({n}, {longest} or more), or (sum of target_lengths); they have shape {given.shape}"
            )
        words = np.where(inside, given[:, :longest], blank).astype(np.int64)
    if words.size and not (words.min() >= 0 and words.max() < classes):
        raise RuntimeError(f"ctc_loss: the targets must be classes, 0 to {classes - 1}; they are {words.min()} to {words.max()}")
    return words
