"""RAdam: Adam that trusts its averages of squares only once there are enough of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tensor.tensor import Tensor
from ._elementwise import Elementwise, check_betas, check_nonnegative, step_on_lists
from ._update import add_square, direction, follow, number
from .optimizer import ParamsT, check_lr

__all__ = ["RAdam", "radam"]


def radam_update(param, grad, mean, square, step_size, intake, beta2, intake2, eps=None, decay=None, shrink=None, maximize=False):
    """One step on arrays of one shape, in place::

        param = shrink param                                     (decoupled weight decay: shrink = 1 - lr weight_decay)
        g = grad + decay param                                   (grad is -grad to maximize)
        mean = mean + intake (g - mean)                          (intake = 1 - beta1)
        square = beta2 square + intake2 g^2                      (intake2 = 1 - beta2)
        param = param - step_size mean / (sqrt(square) + eps)    (without the denominator where eps is None)

    The average of squares is worth rho = rho_inf - 2 t beta2^t / (1 - beta2^t) numbers, rho_inf = 2 / (1 - beta2) - 1. Where rho > 5
    its variance is finite and the step is rectified by it::

        step_size = lr / (1 - beta1^t) sqrt(1 - beta2^t) sqrt((rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho))

    before that the step is the mean's alone, step_size = lr / (1 - beta1^t). None leaves a term out.
    """
    if shrink is not None:
        param *= shrink
    grad = direction(param, grad, decay, maximize)
    work = follow(mean, grad, intake)
    add_square(square, grad, beta2, intake2, work)
    change = mean * step_size
    if eps is not None:
        np.sqrt(square, out=work)
        work += eps
        change /= work
    param -= change


class RAdam(Elementwise):
    """RAdam (Liu et al., 2020): Adam with a warm-up of its own, from the variance of its average of squares.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: learning rate, a number or a one-element Tensor.
        betas: how much of the averages of the gradient and of its square is kept at a step.
        eps: keeps the denominator from zero.
        weight_decay: L2 penalty, added to the gradient.
        decoupled_weight_decay: the parameter shrinks instead, as in AdamW.
        maximize: climb instead of descend.
        foreach, capturable: choose among torch's implementations; here there is one. As in torch, `capturable` needs a GPU.
        differentiable: not supported.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.RAdam([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 1.0000], requires_grad=True)
    """

    _update = staticmethod(radam_update)
    _added = Elementwise._added | {"decoupled_weight_decay": False}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_nonnegative(epsilon=eps)
        check_betas(betas)
        check_nonnegative(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    @classmethod
    def _slots(cls, group: dict[str, Any]) -> tuple[str, ...]:
        return "exp_avg", "exp_avg_sq"

    @classmethod
    def _coefficients(cls, group: dict[str, Any], t: float) -> tuple[Any, ...]:
        lr, (beta1, beta2), decay = number(group["lr"]), group["betas"], group["weight_decay"]
        step_size = lr / (1 - beta1**t)
        left = 1 - beta2**t
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * t * beta2**t / left
        eps = None
        if length > 5.0:
            eps = group["eps"]
            step_size *= (left * (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) ** 0.5
        coupled = shrink = None
        if decay != 0:
            coupled, shrink = (None, 1 - lr * decay) if group["decoupled_weight_decay"] else (decay, None)
        return step_size, 1 - beta1, beta2, 1 - beta2, eps, coupled, shrink


def radam(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    exp_avgs: Sequence[Tensor],
    exp_avg_sqs: Sequence[Tensor],
    state_steps: Sequence[Tensor],
    decoupled_weight_decay: bool = False,
    foreach: bool | None = None,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    maximize: bool = False,
    *,
    beta1: float,
    beta2: float,
    lr: float,
    weight_decay: float,
    eps: float,
) -> None:
    """One step of `RAdam` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    See `RAdam` for the options. `foreach` and `has_complex` choose among torch's implementations; here there is one.
    """
    state = {"step": state_steps, "exp_avg": exp_avgs, "exp_avg_sq": exp_avg_sqs}
    group = {
        "lr": lr,
        "betas": (beta1, beta2),
        "eps": eps,
        "weight_decay": weight_decay,
        "decoupled_weight_decay": decoupled_weight_decay,
        "maximize": maximize,
    }
    step_on_lists(RAdam, params, grads, state, group, capturable=capturable, differentiable=differentiable)
