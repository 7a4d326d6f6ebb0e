"""Negative logarithms of a distribution's density: what to minimise where its parameters are predicted."""

from __future__ import annotations

import math

import numpy as np

from ._checks import check_reduction
from ._domain import Real
from ._op import Op
from .loss import REDUCTIONS, reduced, reduced_reference, spread

__all__ = ["gaussian_nll_loss", "poisson_nll_loss"]

HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


def last_step(constant):
    """torch's composites are named by their last step: the reduction, the constant's addition, or what comes before."""
    return lambda options: {"mean": "Mean", "sum": "Sum"}.get(options.get("reduction", "mean"), "Add" if options.get("full") else constant)


def poisson_nll_loss_forward(x, target, *, log_input=True, full=False, eps=1e-8, reduction="mean"):
    """l = e^x - target x, or x - target ln(x + eps) where x is not `log_input`; broadcast; then the reduction

    With `full` the constant ln target! is added too where target > 1, as Stirling's
    target ln target - target + ln(2 pi target) / 2.
    """
    check_reduction(reduction)
    losses = np.exp(x) - target * x if log_input else x - target * np.log(x + eps)
    if full:
        t = np.where(np.greater(target, 1), target, 1.0)
        losses = losses + np.where(np.greater(target, 1), t * np.log(t) - t + 0.5 * np.log(2 * math.pi * t), 0.0)
    return reduced(losses, reduction), (x, target, log_input, full, eps, reduction, tuple(losses.shape))


def poisson_nll_loss_backward(dy, saved, needs=(True, True)):
    """dx = (e^x - target) dl, or (1 - target / (x + eps)) dl;  dtarget = -x dl, or -ln(x + eps) dl

    With `full` dtarget has also (ln target + 1 / (2 target)) dl where target > 1. dl = dy, or dy / n under the mean.
    """
    x, target, log_input, full, eps, reduction, shape = saved
    dl = spread(dy, reduction, shape)
    dx = dl * (np.exp(x) - target if log_input else 1 - target / (x + eps))
    if not needs[1]:
        return dx, None
    slope = -(x if log_input else np.log(x + eps))
    if full:
        t = np.where(np.greater(target, 1), target, 1.0)
        slope = slope + np.where(np.greater(target, 1), np.log(t) + 0.5 / t, 0.0)
    return dx, dl * slope


def poisson_reference(x, target, log_input, full, eps, reduction):
    rate = np.exp(x) if log_input else x + eps
    losses = rate - target * np.log(rate) - (0 if log_input else eps)
    if full:
        losses = losses + np.where(target > 1, np.log(np.sqrt(2 * np.pi * target) * (target / np.e) ** target), 0)
    return reduced_reference(losses, reduction)


def sample_poisson(draw):
    shape = draw.shape()
    options = {"log_input": draw.choice((True, False)), "full": draw.choice((True, False)), "eps": draw.choice((1e-8, 0.1))}
    arrays = draw.array(shape, Real(0.3, 2)), draw.array(shape, Real(0.2, 4, kinks=(1.0,)))
    return arrays, options | {"reduction": draw.choice(REDUCTIONS)}


poisson_nll_loss = Op(
    poisson_nll_loss_forward,
    poisson_nll_loss_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_poisson,
    reference=poisson_reference,
    dtypes="float",
    torch_name=last_step("Sub"),
)


def gaussian_nll_loss_forward(x, target, var, *, full=False, eps=1e-6, reduction="mean"):
    """l = (ln v + (x - target)^2 / v) / 2, v = max(var, eps); broadcast; with `full` plus ln(2 pi) / 2; then the reduction."""
    check_reduction(reduction)
    d, v = x - target, np.maximum(var, eps)
    losses = 0.5 * (np.log(v) + d * d / v)
    if full:
        losses = losses + HALF_LOG_TWO_PI
    return reduced(losses, reduction), (x, target, var, eps, reduction, tuple(losses.shape))


def gaussian_nll_loss_backward(dy, saved, needs=(True, True, True)):
    """dx = (x - target) / v dl, dtarget = -dx, dvar = (1 - (x - target)^2 / v) / (2 v) dl, v = max(var, eps)

    Below eps too the gradient of v goes on to var, as in torch, so that it can grow. dl = dy, or dy / n under the mean.
    """
    x, target, var, eps, reduction, shape = saved
    dl = spread(dy, reduction, shape)
    d, v = x - target, np.maximum(var, eps)
    dx = dl * (d / v)
    return dx, -dx if needs[1] else None, dl * ((1 - d * d / v) / (2 * v)) if needs[2] else None


def gaussian_reference(x, target, var, full, eps, reduction):
    density = np.exp(-((x - target) ** 2) / (2 * var)) / np.sqrt(2 * np.pi * var)
    return reduced_reference(-np.log(density) - (0 if full else HALF_LOG_TWO_PI), reduction)


def sample_gaussian(draw):
    shape = draw.shape()
    arrays = draw.array(shape), draw.array(shape), draw.array(shape, Real(0.3, 2))
    return arrays, {"full": draw.choice((True, False)), "eps": 1e-6, "reduction": draw.choice(REDUCTIONS)}


gaussian_nll_loss = Op(
    gaussian_nll_loss_forward,
    gaussian_nll_loss_backward,
    shapes="(...), (...), (...) -> (...)",
    sample=sample_gaussian,
    reference=gaussian_reference,
    dtypes="float",
    torch_name=last_step("Mul"),
)
