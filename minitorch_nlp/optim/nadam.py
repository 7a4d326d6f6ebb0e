"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tensor.tensor import Tensor
from ._elementwise import Elementwise, check_betas, check_nonnegative, step_count, step_on_lists
from ._update import add_square, direction, follow, number
from .optimizer import ParamsT, check_lr

__all__ = ["NAdam", "nadam"]


def nadam_update(
    param, grad, mean, square, grad_step, mean_step, intake, beta2, intake2, correction, eps, decay=None, shrink=None, maximize=False
):
    """One step on arrays of one shape, in place::

        param = shrink param                                     (decoupled weight decay: shrink = 1 - lr weight_decay)
        g = grad + decay param                                   (grad is -grad to maximize)
        mean = mean + intake (g - mean)                          (intake = 1 - beta1)
        square = beta2 square + intake2 g^2                      (intake2 = 1 - beta2)
        param = param - (grad_step g + mean_step mean) / (sqrt(square / correction) + eps)

    With the momentum of step t, mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2), and its product P_t = mu_1 ... mu_t:
    grad_step = lr (1 - mu_t) / (1 - P_t), and the mean already with the momentum of the step to come,
    mean_step = lr mu_(t+1) / (1 - P_(t+1)). correction = 1 - beta2^t. `decay` and `shrink` None leave their terms out.
    """
    if shrink is not None:
        param *= shrink
    grad = direction(param, grad, decay, maximize)
    work = follow(mean, grad, intake)
    add_square(square, grad, beta2, intake2, work)
    np.divide(square, correction, out=work)
    np.sqrt(work, out=work)
    work += eps
    change = mean * mean_step
    change += grad * grad_step
    change /= work
    param -= change


class NAdam(Elementwise):
    """NAdam (Dozat, 2016): Adam whose momentum looks one step ahead, and grows with the steps.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: learning rate, a number or a one-element Tensor.
        betas: how much of the averages of the gradient and of its square is kept at a step.
        eps: keeps the denominator from zero.
        weight_decay: L2 penalty, added to the gradient.
        momentum_decay: how fast the momentum comes to its full size, ``betas[0]``.
        decoupled_weight_decay: the parameter shrinks instead, as in AdamW.
        maximize: climb instead of descend.
        foreach, capturable: choose among torch's implementations; here there is one. As in torch, `capturable` needs a GPU.
        differentiable: not supported.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.NAdam([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.4718, 1.4718], requires_grad=True)
    """

    _update = staticmethod(nadam_update)
    _added = Elementwise._added | {"decoupled_weight_decay": False}
    _counters = ("step", "mu_product")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check_nonnegative(weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    @classmethod
    def _slots(cls, group: dict[str, Any]) -> tuple[str, ...]:
        return "exp_avg", "exp_avg_sq"

    @classmethod
    def _start(cls, state: dict[str, Any], array: Any, group: dict[str, Any]) -> None:
        state.update(step=step_count(0.0), mu_product=step_count(1.0))
        for name in cls._slots(group):
            state[name] = Tensor._wrap(np.zeros_like(array))

    @classmethod
    def _advance(cls, state: dict[str, Any], group: dict[str, Any]) -> tuple[float, float]:
        (t,) = super()._advance(state, group)
        product = state["mu_product"].array
        product *= momentum(group, t)
        return t, product.item()

    @classmethod
    def _coefficients(cls, group: dict[str, Any], t: float, product: float) -> tuple[Any, ...]:
        lr, (beta1, beta2), decay = number(group["lr"]), group["betas"], group["weight_decay"]
        ahead = momentum(group, t + 1)
        grad_step = lr * (1.0 - momentum(group, t)) / (1.0 - product)
        mean_step = lr * ahead / (1.0 - product * ahead)
        coupled = shrink = None
        if decay != 0:
            coupled, shrink = (None, 1 - lr * decay) if group["decoupled_weight_decay"] else (decay, None)
        return grad_step, mean_step, 1 - beta1, beta2, 1 - beta2, 1 - beta2**t, group["eps"], coupled, shrink


def momentum(group: dict[str, Any], t: float) -> float:
    """The momentum of step `t`."""
    return group["betas"][0] * (1.0 - 0.5 * 0.96 ** (t * group["momentum_decay"]))


def nadam(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    exp_avgs: Sequence[Tensor],
    exp_avg_sqs: Sequence[Tensor],
    mu_products: Sequence[Tensor],
    state_steps: Sequence[Tensor],
    decoupled_weight_decay: bool = False,
    foreach: bool | None = None,
    capturable: bool = False,
    differentiable: bool = False,
    has_complex: bool = False,
    maximize: bool = False,
    *,
    beta1: float,
    beta2: float,
    lr: float,
    weight_decay: float,
    momentum_decay: float,
    eps: float,
) -> None:
    """One step of `NAdam` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    See `NAdam` for the options. `foreach` and `has_complex` choose among torch's implementations; here there is one.
    """
    state = {"step": state_steps, "exp_avg": exp_avgs, "exp_avg_sq": exp_avg_sqs, "mu_product": mu_products}
    group = {
        "lr": lr,
        "betas": (beta1, beta2),
        "eps": eps,
        "weight_decay": weight_decay,
        "momentum_decay": momentum_decay,
        "decoupled_weight_decay": decoupled_weight_decay,
        "maximize": maximize,
    }
    step_on_lists(NAdam, params, grads, state, group, capturable=capturable, differentiable=differentiable)
