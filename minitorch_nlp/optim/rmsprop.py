"""RMSprop: steps scaled by the root of the average square of the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tensor.tensor import Tensor
from ._elementwise import Elementwise, check_nonnegative, step_on_lists
from ._update import add_square, direction, follow, number
from .optimizer import ParamsT, check_lr

__all__ = ["RMSprop", "rmsprop"]


def rmsprop_update(param, grad, square, buffer, mean, lr, alpha, intake, eps, momentum=None, decay=None, maximize=False):
    """One step on arrays of one shape, in place::

        g = grad + decay param                             (grad is -grad to maximize)
        square = alpha square + intake g^2                 (intake = 1 - alpha)
        mean = mean + intake (g - mean)                    (centered)
        root = sqrt(square)  or, centered,  sqrt(square - mean^2)
        param = param - lr g / (root + eps)

    or, with momentum::

        buffer = momentum buffer + g / (root + eps)
        param = param - lr buffer

    None leaves a term out (`buffer` and `momentum`, `mean`, `decay`).
    """
    grad = direction(param, grad, decay, maximize)
    work = np.empty_like(param)
    add_square(square, grad, alpha, intake, work)
    if mean is None:
        np.sqrt(square, out=work)
    else:
        work = follow(mean, grad, intake)
        np.multiply(mean, mean, out=work)
        np.subtract(square, work, out=work)
        np.sqrt(work, out=work)
    work += eps
    if buffer is None:
        change = grad * lr
        change /= work
    else:
        buffer *= momentum
        np.divide(grad, work, out=work)
        buffer += work
        change = np.multiply(buffer, lr, out=work)
    param -= change


class RMSprop(Elementwise):
    """RMSprop (Hinton, lecture 6 of "Neural networks for machine learning", 2012): ``p -= lr * grad / (sqrt(square_avg) + eps)``.

    `square_avg` is the running average of the gradient's square. Centered (Graves, 2013), the square of the gradient's average is
    subtracted from it, which leaves the variance.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: learning rate, a number or a one-element Tensor.
        alpha: how much of the average is kept at a step.
        eps: keeps the denominator from zero.
        weight_decay: L2 penalty, added to the gradient.
        momentum: how much of the last step is kept.
        centered: divide by the standard deviation of the gradient.
        maximize: climb instead of descend.
        foreach, capturable: choose among torch's implementations; here there is one. As in torch, `capturable` needs a GPU.
        differentiable: not supported.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.RMSprop([w], lr=0.05)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 1.5000], requires_grad=True)
    """

    _update = staticmethod(rmsprop_update)
    _added = Elementwise._added | {"momentum": 0, "centered": False}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_nonnegative(epsilon=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    @classmethod
    def _slots(cls, group: dict[str, Any]) -> tuple[str | None, ...]:
        return "square_avg", "momentum_buffer" if group["momentum"] > 0 else None, "grad_avg" if group["centered"] else None

    @classmethod
    def _coefficients(cls, group: dict[str, Any], t: float) -> tuple[Any, ...]:
        alpha, momentum, decay = group["alpha"], group["momentum"], group["weight_decay"]
        momentum, decay = (None if x == 0 else x for x in (momentum, decay))
        return number(group["lr"]), alpha, 1 - alpha, group["eps"], momentum, decay


def rmsprop(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    square_avgs: Sequence[Tensor],
    grad_avgs: Sequence[Tensor],
    momentum_buffer_list: Sequence[Tensor],
    state_steps: Sequence[Tensor],
    foreach: bool | None = None,
    maximize: bool = False,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    *,
    lr: float,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
    centered: bool,
) -> None:
    """One step of `RMSprop` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    `grad_avgs` may be empty unless `centered`, and `momentum_buffer_list` without momentum.

    See `RMSprop` for the options. `foreach` and `has_complex` choose among torch's implementations; here there is one.
    """
    state = {"step": state_steps, "square_avg": square_avgs, "grad_avg": grad_avgs, "momentum_buffer": momentum_buffer_list}
    group = {
        "lr": lr,
        "alpha": alpha,
        "eps": eps,
        "weight_decay": weight_decay,
        "momentum": momentum,
        "centered": centered,
        "maximize": maximize,
    }
    step_on_lists(RMSprop, params, grads, state, group, capturable=capturable, differentiable=differentiable)
