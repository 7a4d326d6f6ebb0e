"""Losses, dropout and rrelu as they are in the `torch` namespace: other argument orders than in `nn.functional`, reductions as numbers.

What PyTorch takes for a reduction that is not given is 0, "none", whatever it writes in its signatures.
"""

from __future__ import annotations

from typing import Any

from ..functional.loss import kl_div as kl_div_op
from . import _ctc as C
from . import _losses as L
from . import _margin_losses as M
from ._activations import random_relu
from ._dropout import alpha_dropout as alpha_dropout_function
from ._dropout import dropout as dropout_function
from ._dropout import feature_alpha_dropout as feature_alpha_dropout_function
from ._dropout import feature_dropout as feature_dropout_function

__all__ = [
    "alpha_dropout", "alpha_dropout_", "binary_cross_entropy_with_logits", "cosine_embedding_loss", "ctc_loss", "dropout", "dropout_",
    "feature_alpha_dropout", "feature_alpha_dropout_", "feature_dropout", "feature_dropout_", "hinge_embedding_loss", "kl_div",
    "margin_ranking_loss", "poisson_nll_loss", "rrelu", "rrelu_", "triplet_margin_loss",
]  # fmt: skip

REDUCTIONS = ("none", "mean", "sum")


def named(name: str, reduction: Any) -> str:
    """torch's number of a reduction as its name: 0 none, 1 mean, 2 sum."""
    if not isinstance(reduction, int):
        raise TypeError(f"{name}(): argument 'reduction' must be int (0 none, 1 mean, 2 sum), not {type(reduction).__name__}")
    if not 0 <= reduction < 3:
        raise ValueError(f"{name}: reduction must be 0 (none), 1 (mean) or 2 (sum), it is {reduction}")
    return REDUCTIONS[reduction]


# ---- losses -----------------------------------------------------------------------------------------------------------------------


def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: int = 0) -> Any:
    """`nn.functional.binary_cross_entropy_with_logits`."""
    word = named("binary_cross_entropy_with_logits", reduction)
    return L.binary_cross_entropy_with_logits(input, target, weight, reduction=word, pos_weight=pos_weight)


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: int = 0) -> Any:
    """`nn.functional.cosine_embedding_loss`."""
    return M.cosine_embedding_loss(input1, input2, target, margin, reduction=named("cosine_embedding_loss", reduction))


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = 0,
    zero_infinity: bool = False,
) -> Any:
    """`nn.functional.ctc_loss`."""
    return C.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, named("ctc_loss", reduction), zero_infinity)


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: int = 0) -> Any:
    """`nn.functional.hinge_embedding_loss`."""
    return M.hinge_embedding_loss(input, target, margin, reduction=named("hinge_embedding_loss", reduction))


def kl_div(input: Any, target: Any, reduction: int = 0, *, log_target: bool = False) -> Any:
    """`nn.functional.kl_div`."""
    return kl_div_op(input, target, reduction=named("kl_div", reduction), log_target=log_target)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: int = 0) -> Any:
    """`nn.functional.margin_ranking_loss`."""
    return M.margin_ranking_loss(input1, input2, target, margin, reduction=named("margin_ranking_loss", reduction))


def poisson_nll_loss(input: Any, target: Any, log_input: bool, full: bool, eps: float, reduction: int) -> Any:
    """`nn.functional.poisson_nll_loss`."""
    return M.poisson_nll_loss(input, target, log_input, full, eps=eps, reduction=named("poisson_nll_loss", reduction))


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: int = 0,
) -> Any:
    """`nn.functional.triplet_margin_loss`."""
    return M.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction=named("triplet_margin_loss", reduction))


# ---- random -----------------------------------------------------------------------------------------------------------------------


def check(p: float) -> None:
    """As in `nn.functional`, with the type of error that torch raises here."""
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.dropout`."""
    check(p)
    return dropout_function(input, p, train)


def dropout_(input: Any, p: float, train: bool) -> Any:
    """In place: `dropout`."""
    check(p)
    return dropout_function(input, p, train, inplace=True)


def feature_dropout(input: Any, p: float, train: bool) -> Any:
    """Dropout of whole channels of an (N, C, ...)."""
    check(p)
    return feature_dropout_function(input, p, train, False)


def feature_dropout_(input: Any, p: float, train: bool) -> Any:
    """In place: `feature_dropout`."""
    check(p)
    return feature_dropout_function(input, p, train, True)


def alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.alpha_dropout`."""
    check(p)
    return alpha_dropout_function(input, p, train)


def alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """In place: `alpha_dropout`."""
    check(p)
    return alpha_dropout_function(input, p, train, inplace=True)


def feature_alpha_dropout(input: Any, p: float, train: bool) -> Any:
    """`nn.functional.feature_alpha_dropout`."""
    check(p)
    return feature_alpha_dropout_function(input, p, train)


def feature_alpha_dropout_(input: Any, p: float, train: bool) -> Any:
    """In place: `feature_alpha_dropout`."""
    check(p)
    return feature_alpha_dropout_function(input, p, train, inplace=True)


def rrelu(input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None) -> Any:
    """`nn.functional.rrelu`."""
    return random_relu(input, lower, upper, training, False, generator)


def rrelu_(input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None) -> Any:
    """In place: `rrelu`."""
    return random_relu(input, lower, upper, training, True, generator)
