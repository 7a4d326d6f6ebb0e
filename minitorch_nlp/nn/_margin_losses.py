"""Margin, likelihood and embedding losses with torch's signatures; the formulas are in `functional.margin_loss` and `likelihood_loss`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..functional import likelihood_loss as K
from ..functional import margin_loss as M
from ..functional.activation import logsigmoid
from ..functional.matmul import linear
from ..tensor.pointwise import clamp_min
from ..tensor.tensor import Tensor
from ._distances import pairwise_distance
from ._losses import cross_entropy, legacy_reduction

__all__ = [
    "cosine_embedding_loss", "gaussian_nll_loss", "hinge_embedding_loss", "linear_cross_entropy", "margin_ranking_loss", "multi_margin_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "poisson_nll_loss", "soft_margin_loss", "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]  # fmt: skip


def reduced(name: str, losses: Any, reduction: str) -> Any:
    """The losses themselves, their sum or their mean."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{name}: {reduction} is not a valid value for reduction; it is one of mean, sum, none")
    return losses if reduction == "none" else losses.sum() if reduction == "sum" else losses.mean()


# ---- of scores --------------------------------------------------------------------------------------------------------------------


def soft_margin_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> Any:
    """ln(1 + e^(-target input)), target 1 or -1."""
    return M.soft_margin_loss(input, target, reduction=legacy_reduction(size_average, reduce, reduction))


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The hinge loss of a classifier: sum_{c != t} max(0, margin - input_t + input_c)^p / C, times the weight of the target class t."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if weight is not None and weight.dim() != 1:
        raise ValueError(f"multi_margin_loss: weight must be one-dimensional, it has shape {tuple(weight.shape)}")
    return M.multi_margin_loss(input, target, weight, p=p, margin=margin, reduction=reduction)


def multilabel_margin_loss(
    input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Any:
    """sum max(0, 1 - input_t + input_c) / C over a row's classes t (its target's numbers before the first -1) and the other classes c."""
    return M.multilabel_margin_loss(input, target, reduction=legacy_reduction(size_average, reduce, reduction))


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The mean over the classes of -(target ln s + (1 - target) ln(1 - s)), s = sigmoid(input). A composite."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduced("multilabel_soft_margin_loss", losses.sum(-1) / input.shape[-1], reduction)


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """``cross_entropy(linear(input, linear_weight, linear_bias), target)``. A composite.

    Args:
        input: (N, D) or (D).
        linear_weight: (C, D), or (C, d1, ..., D) for scores (N, C, d1, ...).
        linear_bias: (C), or (C, d1, ...).
    """
    if options is not None:
        raise NotImplementedError("linear_cross_entropy: options (work in chunks) are not supported; leave them out")
    if input.dim() not in (1, 2) or linear_weight.dim() < 2 or (input.dim() == 1 and linear_weight.dim() > 2):
        raise RuntimeError(
            f"linear_cross_entropy: input must be (N, D), or (D) for (C, D), linear_weight (C, ..., D); they have the shapes {tuple(input.shape)} "
            f"and {tuple(linear_weight.shape)}"
        )
    *outputs, features = linear_weight.shape
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    scores = linear(input, linear_weight.reshape(-1, features), bias).reshape(*input.shape[:-1], *outputs)
    index = -100 if ignore_index is None else ignore_index
    return cross_entropy(scores, target, weight, ignore_index=index, reduction=reduction, label_smoothing=label_smoothing)


# ---- of pairs and triplets --------------------------------------------------------------------------------------------------------


def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """input where target = 1, max(0, margin - input) where target = -1."""
    return M.hinge_embedding_loss(input, target, margin=margin, reduction=legacy_reduction(size_average, reduce, reduction))


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """max(0, margin - target (input1 - input2)): input1 should be the larger where target = 1, the smaller where it is -1."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss: input1, input2 and target must have one number of dimensions; they have the shapes "
            f"{tuple(input1.shape)}, {tuple(input2.shape)} and {tuple(target.shape)}"
        )
    return M.margin_ranking_loss(input1, input2, target, margin=margin, reduction=reduction)


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """1 - cos(input1, input2) where target = 1, max(0, cos - margin) where target = -1: (N, D), (N, D), (N) or (D), (D), ().

    >>> import minitorch_nlp as torch
    >>> x, y = torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    >>> torch.nn.functional.cosine_embedding_loss(x, y, torch.tensor([1, -1]), reduction="none")
    tensor([1., 1.])
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    dims = target.dim()
    if dims > 1 or not input1.dim() == input2.dim() == dims + 1:
        raise RuntimeError(
            "cosine_embedding_loss: inputs and target must be (N, D), (N, D), (N) or (D), (D), (); they have the shapes "
            f"{tuple(input1.shape)}, {tuple(input2.shape)} and {tuple(target.shape)}"
        )
    return M.cosine_embedding_loss(input1, input2, target, margin=margin, reduction=reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """max(0, margin + |anchor - positive|_p - |anchor - negative|_p); with `swap` |positive - negative| if that is less. A composite."""

    def distance(x1: Any, x2: Any) -> Any:
        return pairwise_distance(x1, x2, p, eps)

    return triplets("triplet_margin_loss", (anchor, positive, negative), distance, margin, swap,
                    legacy_reduction(size_average, reduce, reduction))  # fmt: skip


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """`triplet_margin_loss` with a distance of your own."""
    distance = pairwise_distance if distance_function is None else distance_function
    return triplets("triplet_margin_with_distance_loss", (anchor, positive, negative), distance, margin, swap, reduction)


def triplets(name: str, points: tuple[Any, Any, Any], distance: Any, margin: float, swap: bool, reduction: str) -> Any:
    anchor, positive, negative = points
    if margin <= 0:
        raise ValueError(f"{name}: margin must be greater than 0, got {margin}")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(f"{name}: anchor, positive and negative must have one number of dimensions; they have the shapes "
                           f"{tuple(anchor.shape)}, {tuple(positive.shape)} and {tuple(negative.shape)}")  # fmt: skip
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced(name, clamp_min(margin + near - far, 0), reduction)


# ---- of distributions -------------------------------------------------------------------------------------------------------------


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """e^input - target input, input the logarithm of a Poisson rate; or input - target ln(input + eps) for the rate itself."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    return K.poisson_nll_loss(input, target, log_input=log_input, full=full, eps=eps, reduction=reduction)


def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> Any:
    """(ln v + (input - target)^2 / v) / 2, v = max(var, eps); `var` one number, one variance for each element, or one for each last row."""
    if isinstance(var, float):
        if var < 0:
            raise ValueError(f"gaussian_nll_loss: var must not be negative, it is {var}")
        return K.gaussian_nll_loss(input, target, var * input.new_ones(()), full=full, eps=eps, reduction=reduction)
    if not isinstance(var, Tensor):
        raise TypeError(f"gaussian_nll_loss: var must be a Tensor or a float, not {type(var).__name__}")
    if bool((var.array < 0).any()):
        raise ValueError("gaussian_nll_loss: var has negative elements")
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif input.dim() != var.dim() or [v for v, n in zip(var.shape, input.shape) if v != n] != [1]:
            raise ValueError(
                f"gaussian_nll_loss: var must have the input's shape {tuple(input.shape)}, or have it without the last dimension or with one "
                f"size 1; it has {tuple(var.shape)}"
            )
    return K.gaussian_nll_loss(input, target, var, full=full, eps=eps, reduction=reduction)
