"""Adadelta: steps in the parameter's own units, from running averages of squared gradients and squared steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tensor.tensor import Tensor
from ._elementwise import Elementwise, check_nonnegative, step_on_lists
from ._update import add_square, direction, number
from .optimizer import ParamsT, check_lr

__all__ = ["Adadelta", "adadelta"]


def adadelta_update(param, grad, square, steps, lr, rho, intake, eps, decay=None, maximize=False):
    """One step on arrays of one shape, in place::

        g = grad + decay param                             (grad is -grad to maximize)
        square = rho square + intake g^2                   (intake = 1 - rho)
        change = sqrt(steps + eps) / sqrt(square + eps) g
        steps = rho steps + intake change^2
        param = param - lr change

    `decay` None leaves its term out.
    """
    grad = direction(param, grad, decay, maximize)
    work = np.empty_like(param)
    add_square(square, grad, rho, intake, work)
    np.add(square, eps, out=work)
    np.sqrt(work, out=work)
    change = steps + eps
    np.sqrt(change, out=change)
    change /= work
    change *= grad
    add_square(steps, change, rho, intake, work)
    change *= lr
    param -= change


class Adadelta(Elementwise):
    """Adadelta (Zeiler, 2012): ``p -= lr * sqrt(acc_delta + eps) / sqrt(square_avg + eps) * grad``.

    `square_avg` is the running average of the gradient's square, `acc_delta` that of the square of the steps (before `lr`).

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: a factor for the steps, a number or a one-element Tensor.
        rho: how much of each average is kept at a step.
        eps: keeps the denominator from zero, and the first step too.
        weight_decay: L2 penalty, added to the gradient.
        maximize: climb instead of descend.
        foreach, capturable: choose among torch's implementations; here there is one. As in torch, `capturable` needs a GPU.
        differentiable: not supported.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adadelta([w], lr=100.0)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.6838, 1.6838], requires_grad=True)
    """

    _update = staticmethod(adadelta_update)

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_nonnegative(epsilon=eps, weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    @classmethod
    def _slots(cls, group: dict[str, Any]) -> tuple[str, ...]:
        return "square_avg", "acc_delta"

    @classmethod
    def _coefficients(cls, group: dict[str, Any], t: float) -> tuple[Any, ...]:
        rho, decay = group["rho"], group["weight_decay"]
        return number(group["lr"]), rho, 1 - rho, group["eps"], None if decay == 0 else decay


def adadelta(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    square_avgs: Sequence[Tensor],
    acc_deltas: Sequence[Tensor],
    state_steps: Sequence[Tensor],
    capturable: bool = False,
    foreach: bool | None = None,
    differentiable: bool = False,
    has_complex: bool = False,
    *,
    lr: float,
    rho: float,
    eps: float,
    weight_decay: float,
    maximize: bool,
) -> None:
    """One step of `Adadelta` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    See `Adadelta` for the options. `foreach` and `has_complex` choose among torch's implementations; here there is one.
    """
    state = {"step": state_steps, "square_avg": square_avgs, "acc_delta": acc_deltas}
    group = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
    step_on_lists(Adadelta, params, grads, state, group, capturable=capturable, differentiable=differentiable)
