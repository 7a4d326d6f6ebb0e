"""Adamax: Adam that divides by the largest gradient instead of the root of the average square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tensor.tensor import Tensor
from ._elementwise import Elementwise, check_betas, check_nonnegative, step_on_lists
from ._update import direction, follow, number
from .optimizer import ParamsT, check_lr

__all__ = ["Adamax", "adamax"]


def adamax_update(param, grad, mean, norm, step_size, intake, beta2, eps, decay=None, maximize=False):
    """One step on arrays of one shape, in place::

        g = grad + decay param                        (grad is -grad to maximize)
        mean = mean + intake (g - mean)               (intake = 1 - beta1)
        norm = max(beta2 norm, |g| + eps)
        param = param - step_size mean / norm

    `norm` is the limit of (sum_i beta2^(p (t-i)) |g_i|^p)^(1/p) for p to infinity, so that it needs no correction for starting at 0; the
    mean does: step_size = lr / (1 - beta1^t). `decay` None leaves its term out.
    """
    grad = direction(param, grad, decay, maximize)
    work = follow(mean, grad, intake)
    np.abs(grad, out=work)
    work += eps
    norm *= beta2
    np.maximum(norm, work, out=norm)
    np.multiply(mean, step_size, out=work)
    work /= norm
    param -= work


class Adamax(Elementwise):
    """Adamax (Kingma and Ba, 2015, section 7.1): ``p -= lr / (1 - beta1**t) * exp_avg / exp_inf``.

    `exp_avg` is the running average of the gradient, `exp_inf` the largest of its sizes, where older ones count less.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: learning rate, a number or a one-element Tensor.
        betas: how much of `exp_avg` and of `exp_inf` is kept at a step.
        eps: keeps the denominator from zero.
        weight_decay: L2 penalty, added to the gradient.
        maximize: climb instead of descend.
        foreach, capturable: choose among torch's implementations; here there is one. As in torch, `capturable` needs a GPU.
        differentiable: not supported.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adamax([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 1.5000], requires_grad=True)
    """

    _update = staticmethod(adamax_update)

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
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
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    @classmethod
    def _slots(cls, group: dict[str, Any]) -> tuple[str, ...]:
        return "exp_avg", "exp_inf"

    @classmethod
    def _coefficients(cls, group: dict[str, Any], t: float) -> tuple[Any, ...]:
        beta1, beta2 = group["betas"]
        decay = group["weight_decay"]
        return number(group["lr"]) / (1 - beta1**t), 1 - beta1, beta2, group["eps"], None if decay == 0 else decay


def adamax(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    exp_avgs: Sequence[Tensor],
    exp_infs: Sequence[Tensor],
    state_steps: Sequence[Tensor],
    foreach: bool | None = None,
    maximize: bool = False,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    *,
    eps: float,
    beta1: float,
    beta2: float,
    lr: float,
    weight_decay: float,
) -> None:
    """One step of `Adamax` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    See `Adamax` for the options. `foreach` and `has_complex` choose among torch's implementations; here there is one.
    """
    state = {"step": state_steps, "exp_avg": exp_avgs, "exp_inf": exp_infs}
    group = {"lr": lr, "betas": (beta1, beta2), "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
    step_on_lists(Adamax, params, grads, state, group, capturable=capturable, differentiable=differentiable)
