"""Loss functions with torch's signatures; the formulas are in `minitorch_nlp.functional.loss`."""

from __future__ import annotations

import warnings
from typing import Any

from ..functional import loss as L

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    "smooth_l1_loss",
]


def legacy_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The `reduction` that torch's old pair of flags stands for, where one of them is given."""
    if size_average is None and reduce is None:
        return reduction
    meant = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(f"size_average and reduce args will be deprecated, please use reduction='{meant}' instead.", stacklevel=3)
    return meant


def warn_broadcast(input: Any, target: Any) -> None:
    """Different shapes broadcast, which in a loss is rarely meant."""
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). They are broadcast, "
            "which may give wrong results; make their sizes equal.",
            stacklevel=3,
        )


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """-log softmax(input)[target]: the loss of a classifier from its scores.

    Args:
        input: scores (N, C), (C) or (N, C, d1, ...).
        target: class numbers (N), () or (N, d1, ...), or probabilities in the shape of `input`.
        weight: a weight for each class, (C).
        ignore_index: targets with this number count nothing.
        reduction: "mean", "sum" or "none".
        label_smoothing: how much of the target's probability is spread over all classes.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.cross_entropy(torch.zeros(2, 4), torch.tensor([1, 3]))
    tensor(1.3863)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if weight is None and ignore_index == -100 and reduction == "mean" and label_smoothing == 0:
        return L.cross_entropy(input, target)  # as nearly always; to hand the options on costs a microsecond
    return L.cross_entropy(input, target, weight, ignore_index=ignore_index, reduction=reduction, label_smoothing=label_smoothing)


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """-input[target], input log-probabilities (N, C)."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    return L.nll_loss(input, target, weight, ignore_index=ignore_index, reduction=reduction)


def mse_loss(
    input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """(input - target)^2"""
    reduction = legacy_reduction(size_average, reduce, reduction)
    warn_broadcast(input, target)
    if weight is not None:
        return weighted(L.mse_loss(input, target, reduction="none"), weight, reduction)
    return L.mse_loss(input, target, reduction=reduction)


def l1_loss(
    input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """|input - target|"""
    reduction = legacy_reduction(size_average, reduce, reduction)
    warn_broadcast(input, target)
    if weight is not None:
        return weighted(L.l1_loss(input, target, reduction="none"), weight, reduction)
    return L.l1_loss(input, target, reduction=reduction)


def smooth_l1_loss(
    input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """d^2 / (2 beta) where d = |input - target| < beta, else d - beta / 2."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    warn_broadcast(input, target)
    return L.smooth_l1_loss(input, target, reduction=reduction, beta=beta)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """d^2 / 2 where d = |input - target| < delta, else delta (d - delta / 2)."""
    warn_broadcast(input, target)
    if weight is not None:
        losses = checked_weight(L.huber_loss(input, target, reduction="none", delta=delta), weight) * weight
        return losses if reduction == "none" else losses.sum() if reduction == "sum" else losses.mean()
    return L.huber_loss(input, target, reduction=reduction, delta=delta)


def checked_weight(losses: Any, weight: Any) -> Any:
    if weight.shape != losses.shape:
        raise ValueError(f"Weights and input must have the same size, got {weight.shape} and {losses.shape}")
    return losses


def weighted(losses: Any, weight: Any, reduction: str) -> Any:
    """Each element's loss times its weight; the mean is over the weights."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")
    losses = checked_weight(losses, weight) * weight
    return losses if reduction == "none" else losses.sum() if reduction == "sum" else losses.sum() / weight.sum()


def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """-(target log input + (1 - target) log(1 - input)), input probabilities; logarithms are limited to -100."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is not supported; make them equal."
        )
    return L.binary_cross_entropy(input, target, weight, reduction=reduction)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """`binary_cross_entropy` of sigmoid(input), stable for large scores; `pos_weight` multiplies the positive term."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    return L.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction=reduction)


def kl_div(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """target (log target - input), input log-probabilities, target probabilities or, with `log_target`, log-probabilities.

    reduction "batchmean", the sum divided by the batch size, is the divergence; "mean" divides by the number of elements.
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if reduction == "mean":
        warnings.warn(
            "kl_div: reduction 'mean' divides the sum by the number of elements; 'batchmean', by the batch size, gives the divergence.",
            stacklevel=2,
        )
    return L.kl_div(input, target, reduction=reduction, log_target=log_target)
