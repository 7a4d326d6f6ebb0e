"""Losses between two arrays of one shape, and those of classifiers (written in cross_entropy.py).

Every loss ends in a `reduction`: "mean" over all elements, "sum", or "none".
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import check_reduction, require_float
from ._domain import Real
from ._op import Op, Traced
from .activation import logsigmoid, sigmoid
from .cross_entropy import cross_entropy, nll_loss

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "huber_loss", "kl_div", "l1_loss", "mse_loss", "nll_loss",
    "smooth_l1_loss",
]  # fmt: skip

REDUCTIONS = ("mean", "sum", "none")
CLOSEST = float(np.float32(1e-12))  # as near to 0 as binary_cross_entropy's denominator may come


def reduced(losses, reduction):
    """The elements' losses, their sum, or their mean: nan if there are none."""
    if reduction == "none":
        return losses
    total = losses.sum()
    if reduction == "sum":
        return total
    n = math.prod(losses.shape)
    return total / n if n else total + math.nan


def spread(dy, reduction, shape):
    """dy for each element: every one moves the sum one to one, the mean by 1 / n."""
    return dy / max(math.prod(shape), 1) if reduction == "mean" else dy


def reduced_reference(losses, reduction):
    if reduction == "none":
        return losses
    total = math.fsum(losses.ravel())
    return total if reduction == "sum" else total / losses.size if losses.size else math.nan


def sample_pair(first, second, reductions=REDUCTIONS, optional=(), **options):
    """Two arrays of one shape from their domains, optional ones that broadcast to them, a reduction, and one of each option."""

    def sample(draw):
        shape = draw.shape(min_size=1 if optional else 0)  # the mean of nothing is nan, whatever a broadcast weight is
        pair = [draw.array(shape, domain) for domain in (first, second)]
        more = [draw.choice((None, draw.array(draw.broadcastable(shape), domain))) for domain in optional]
        return (*pair, *more), {"reduction": draw.choice(reductions)} | {k: draw.choice(v) for k, v in options.items()}

    return sample


APART = (Real(-1, 1), Real(2, 4))  # so that no difference is at the kink 0 of |d|


def mse_loss_forward(x, target, *, reduction="mean"):
    """l = (x - target)^2, elementwise, broadcast; then the reduction."""
    check_reduction(reduction)
    d = x - target
    require_float("mse_loss", d)
    return reduced(d * d, reduction), (d, reduction)


def mse_loss_backward(dy, saved, needs=(True, True)):
    """dx = 2 d dl, dtarget = -dx; d = x - target, dl = dy, or dy / n under the mean."""
    d, reduction = saved
    dx = (2 * spread(dy, reduction, d.shape)) * d
    return dx, -dx if needs[1] else None


mse_loss = Op(
    mse_loss_forward,
    mse_loss_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_pair(Real(), Real()),
    reference=lambda x, target, reduction: reduced_reference(x * x - 2 * x * target + target * target, reduction),
    dtypes="promote",
)


def l1_loss_forward(x, target, *, reduction="mean"):
    """l = |x - target|, elementwise, broadcast; then the reduction."""
    check_reduction(reduction)
    d = x - target
    require_float("l1_loss", d)
    return reduced(np.abs(d), reduction), (d, reduction)


def l1_loss_backward(dy, saved, needs=(True, True)):
    """dx = sign(d) dl, 0 at the kink d = 0; dtarget = -dx; d = x - target, dl = dy, or dy / n under the mean."""
    d, reduction = saved
    dx = spread(dy, reduction, d.shape) * np.sign(d)
    return dx, -dx if needs[1] else None


l1_loss = Op(
    l1_loss_forward,
    l1_loss_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_pair(*APART),
    reference=lambda x, target, reduction: reduced_reference(np.maximum(x, target) - np.minimum(x, target), reduction),
    dtypes="promote",
    torch_name="Mean",
)


def huber_loss_forward(x, target, *, reduction="mean", delta=1.0):
    """l = d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), d = x - target; elementwise, broadcast; then the reduction.

    With c = d clipped to [-delta, delta] both are c (d - c / 2).
    """
    check_reduction(reduction)
    if delta <= 0:
        raise RuntimeError(f"huber_loss: delta must be positive, it is {delta}")
    d = x - target
    require_float("huber_loss", d)
    c = np.clip(d, -delta, delta)
    return reduced(c * (d - 0.5 * c), reduction), (c, reduction)


def huber_loss_backward(dy, saved, needs=(True, True)):
    """dx = c dl, c = d clipped to [-delta, delta]; dtarget = -dx; d = x - target, dl = dy, or dy / n under the mean.

    Where d is not clipped, l = d^2 / 2 has the derivative d; elsewhere l = delta |d| - delta^2 / 2 has delta sign(d).
    """
    c, reduction = saved
    dx = spread(dy, reduction, c.shape) * c
    return dx, -dx if needs[1] else None


def huber_reference(x, target, reduction, delta):
    d = np.abs(x - target)
    return reduced_reference(np.where(d <= delta, d * d / 2, delta * (d - delta / 2)), reduction)


huber_loss = Op(
    huber_loss_forward,
    huber_loss_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_pair(Real(-1, 1), Real(2, 4), delta=(0.4, 0.9, 6.0)),
    reference=huber_reference,
    dtypes="promote",
)


def smooth_l1_loss_forward(x, target, *, reduction="mean", beta=1.0):
    """l = d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, d = x - target; elementwise, broadcast; then the reduction.

    That is the Huber loss with delta = beta, divided by beta; for beta = 0, |d|.
    """
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss: beta must not be negative, it is {beta}")
    if beta == 0:
        y, (d, _) = l1_loss_forward(x, target, reduction=reduction)
        return y, (np.sign(d), 1, reduction)
    y, (c, _) = huber_loss_forward(x, target, reduction=reduction, delta=beta)
    return y / beta, (c, beta, reduction)


def smooth_l1_loss_backward(dy, saved, needs=(True, True)):
    """dx = c / beta dl, c = d clipped to [-beta, beta]; dtarget = -dx; as for the Huber loss. For beta = 0, dx = sign(d) dl."""
    c, beta, reduction = saved
    return huber_loss_backward(dy / beta, (c, reduction), needs)


smooth_l1_loss = Op(
    smooth_l1_loss_forward,
    smooth_l1_loss_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_pair(Real(-1, 1), Real(2, 4), beta=(0.4, 0.9, 6.0, 0)),
    reference=lambda x, target, reduction, beta: (
        huber_reference(x, target, reduction, beta) / beta if beta else reduced_reference(np.abs(x - target), reduction)
    ),
    dtypes="promote",
    torch_name="SmoothL1Loss",
)


def check_probabilities(name, x, kind):
    """Refuse values outside [0, 1], nan too."""
    values = x.array if isinstance(x, Traced) else x
    if math.prod(values.shape) and not (values.min() >= 0 and values.max() <= 1):
        raise RuntimeError(f"{name}: all elements of {kind} should be between 0 and 1, they are between {values.min()} and {values.max()}")


def check_pair(name, x, target):
    require_float(name, x)
    if target.dtype != x.dtype:
        raise RuntimeError(f"{name}: input and target must have one dtype; they have {x.dtype} and {target.dtype}")
    if tuple(x.shape) != tuple(target.shape):
        raise RuntimeError(f"{name}: input and target must have one shape; they have {tuple(x.shape)} and {tuple(target.shape)}")


def weighted(name, losses, weight):
    """losses times weights that broadcast to them."""
    if weight is None:
        return losses
    result = losses * weight
    if result.shape != losses.shape:
        raise RuntimeError(f"{name}: weight of shape {tuple(weight.shape)} does not broadcast to the input's shape {tuple(losses.shape)}")
    return result


def logarithms(x):
    """ln x and ln(1 - x), neither below -100."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(x), -100), np.maximum(np.log(1 - x), -100)


def binary_cross_entropy_forward(x, target, weight=None, *, reduction="mean"):
    """l = -(target ln x + (1 - target) ln(1 - x)) weight, the logarithms at least -100; elementwise; then the reduction."""
    check_reduction(reduction)
    check_pair("binary_cross_entropy", x, target)
    check_probabilities("binary_cross_entropy", x, "input")
    check_probabilities("binary_cross_entropy", target, "target")
    log_x, log_rest = logarithms(x)
    losses = weighted("binary_cross_entropy", (target - 1) * log_rest - target * log_x, weight)
    return reduced(losses, reduction), (x, target, weight, reduction)


def binary_cross_entropy_backward(dy, saved, needs=(True, True, True)):
    """dx = (x - target) / (x (1 - x)) weight dl,  dtarget = (ln(1 - x) - ln x) weight dl,  dweight = l / weight dl

    -target / x + (1 - target) / (1 - x) on a common denominator, which is at least 1e-12, as in torch.
    dl = dy, or dy / n under the mean.
    """
    x, target, weight, reduction = saved
    dl = spread(dy, reduction, x.shape)
    g = dl if weight is None else dl * weight
    dx = g * (x - target) / np.maximum(x * (1 - x), CLOSEST)
    if not (needs[1] or needs[2]):
        return dx, None, None
    log_x, log_rest = logarithms(x)
    return dx, g * (log_rest - log_x), None if weight is None else dl * ((target - 1) * log_rest - target * log_x)


def binary_cross_entropy_reference(x, target, weight=None, *, reduction):
    losses = -np.log(x**target * (1 - x) ** (1 - target))
    return reduced_reference(losses if weight is None else losses * weight, reduction)


PROBABILITY = Real(0.1, 0.9)

binary_cross_entropy = Op(
    binary_cross_entropy_forward,
    binary_cross_entropy_backward,
    shapes="(...), (...), (...)? -> (...)",
    sample=sample_pair(PROBABILITY, PROBABILITY, optional=(Real(),)),
    reference=binary_cross_entropy_reference,
)


def softplus_of_minus(x):
    """ln(1 + e^-x) without overflow."""
    return -logsigmoid(x)


def binary_cross_entropy_with_logits_forward(x, target, weight=None, pos_weight=None, *, reduction="mean"):
    """l = -(p target ln s + (1 - target) ln(1 - s)) weight, s = sigmoid(x), p = pos_weight; elementwise; then the reduction.

    Stable as ((1 - target) x + (1 + (p - 1) target) ln(1 + e^-x)) weight, since ln s = -ln(1 + e^-x) and ln(1 - s) = ln s - x.
    """
    name = "binary_cross_entropy_with_logits"
    check_reduction(reduction)
    check_pair(name, x, target)
    factor = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    losses = weighted(name, (1 - target) * x + softplus_of_minus(x) * factor, weight)
    if pos_weight is not None and losses.shape != x.shape:
        raise RuntimeError(f"{name}: pos_weight {tuple(pos_weight.shape)} does not broadcast to the input's shape {tuple(x.shape)}")
    return reduced(losses, reduction), (x, target, weight, pos_weight, reduction)


def binary_cross_entropy_with_logits_backward(dy, saved, needs=(True,) * 4):
    """dx = ((1 - target + p target) s - p target) weight dl,  dtarget = ((p - 1) ln(1 + e^-x) - x) weight dl,
    dweight = l / weight dl,  dp = target ln(1 + e^-x) weight dl

    The derivative of ln(1 + e^-x) is s - 1; dl = dy, or dy / n under the mean.
    """
    x, target, weight, pos_weight, reduction = saved
    dl = spread(dy, reduction, x.shape)
    g = dl if weight is None else dl * weight
    positive = target if pos_weight is None else target * pos_weight
    dx = g * (sigmoid(x) - target if pos_weight is None else (1 - target + positive) * sigmoid(x) - positive)
    if not any(needs[1:]):
        return dx, None, None, None
    s = softplus_of_minus(x)
    dtarget = g * (-x if pos_weight is None else (pos_weight - 1) * s - x)
    dweight = None if weight is None else dl * ((1 - target) * x + s * (1 - target + positive))
    return dx, dtarget, dweight, None if pos_weight is None else g * target * s


def binary_cross_entropy_with_logits_reference(x, target, weight=None, pos_weight=None, *, reduction):
    s = 1 / (1 + np.exp(-x))
    losses = -np.log(s) * target * (1 if pos_weight is None else pos_weight) - np.log(1 - s) * (1 - target)
    return reduced_reference(losses if weight is None else losses * weight, reduction)


binary_cross_entropy_with_logits = Op(
    binary_cross_entropy_with_logits_forward,
    binary_cross_entropy_with_logits_backward,
    shapes="(...), (...), (...)?, (...)? -> (...)",
    sample=sample_pair(Real(), PROBABILITY, optional=(Real(), Real(0.5, 2))),
    reference=binary_cross_entropy_with_logits_reference,
    dtypes="promote",
)


def kl_div_forward(x, target, *, reduction="mean", log_target=False):
    """l = target (ln target - x), 0 where target = 0; with `log_target`, e^target (target - x); broadcast; then the reduction.

    x holds log-probabilities. "batchmean" is the sum divided by the size of x's first dimension: the divergence itself.
    """
    check_reduction(reduction, (*REDUCTIONS, "batchmean"))
    require_float("kl_div", x)
    require_float("kl_div", target)
    if log_target:
        losses = np.exp(target) * (target - x)
    else:
        losses = target * np.log(np.where(np.equal(target, 0), 1.0, target)) - target * x
    if reduction != "batchmean":
        return reduced(losses, reduction), (x, target, log_target, reduction, losses.shape)
    n = x.shape[0] if x.ndim else 1
    total = reduced(losses, "sum")
    return total / n if n else total + math.nan, (x, target, log_target, max(n, 1), losses.shape)


def kl_div_backward(dy, saved, needs=(True, True)):
    """dx = -p dl,  dtarget = (ln p - x + 1) dl, or with `log_target` p (ln p - x + 1) dl;  p the target probability

    The second is the product rule on p (ln p - x), times dp/dtarget = p where target = ln p. dl = dy, divided under a mean.
    """
    x, target, log_target, reduction, shape = saved
    dl = dy / reduction if isinstance(reduction, int) else spread(dy, reduction, shape)
    p = np.exp(target) if log_target else target
    dx = -(dl * p)
    if not needs[1]:
        return dx, None
    if log_target:
        return dx, dl * p * (target - x + 1)
    with np.errstate(divide="ignore"):
        return dx, dl * (np.log(target) - x + 1)


def kl_div_reference(x, target, reduction, log_target):
    p, q = (np.exp(target), np.exp(x)) if log_target else (target, np.exp(x))
    losses = p * np.log(p / q)
    if reduction == "batchmean":
        n = x.shape[0] if x.ndim else 1
        return math.fsum(losses.ravel()) / n if n else math.nan
    return reduced_reference(losses, reduction)


kl_div = Op(
    kl_div_forward,
    kl_div_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_pair(Real(-3, -0.1), PROBABILITY, (*REDUCTIONS, "batchmean"), log_target=(False, True)),
    reference=kl_div_reference,
    dtypes="promote",
)
