"""ASGD: gradient descent that also keeps the average of the points it went through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..tensor.tensor import Tensor
from ._elementwise import Elementwise, check_nonnegative, step_count, step_on_lists
from ._update import direction, number
from .optimizer import ParamsT, check_lr

__all__ = ["ASGD", "asgd"]


def asgd_update(param, grad, average, rate, shrink, share=None, decay=None, maximize=False):
    """One step on arrays of one shape, in place::

        g = grad + decay param                             (grad is -grad to maximize)
        param = shrink param - rate g                      (shrink = 1 - lambd rate)
        average = average + share (param - average)        (share None, which is 1: average = param)

    `decay` None leaves its term out.
    """
    grad = direction(param, grad, decay, maximize)
    param *= shrink
    param -= grad * rate
    if share is None:
        average[...] = param
    else:
        work = param - average
        work *= share
        average += work


class ASGD(Elementwise):
    """Averaged stochastic gradient descent (Polyak and Juditsky, 1992): the average of the parameters is ``state[p]["ax"]``.

    The rate falls with the steps, ``eta = lr / (1 + lambd * lr * t)**alpha``, and from step `t0` on each point gets its share of the
    average, ``mu = 1 / max(1, t - t0)``. The parameters themselves go on without it.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: learning rate at first, a number or a one-element Tensor.
        lambd: how fast the rate falls, and how fast the parameters shrink.
        alpha: the power of the fall.
        t0: the step at which averaging begins.
        weight_decay: L2 penalty, added to the gradient.
        maximize: climb instead of descend.
        foreach, capturable: choose among torch's implementations; here there is one. As in torch, `capturable` needs a GPU.
        differentiable: not supported.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([4.0], requires_grad=True)
    >>> optimizer = torch.optim.ASGD([w], lr=1.0, lambd=0.0, t0=0)
    >>> for _ in range(3):
    ...     w.grad = torch.ones(1)
    ...     optimizer.step()
    >>> w.item(), optimizer.state[w]["ax"].item()
    (1.0, 1.5)
    """

    _update = staticmethod(asgd_update)
    _counters = ("step", "eta", "mu")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_nonnegative(weight_decay=weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    @classmethod
    def _slots(cls, group: dict[str, Any]) -> tuple[str, ...]:
        return ("ax",)

    @classmethod
    def _start(cls, state: dict[str, Any], array: Any, group: dict[str, Any]) -> None:
        state.update(step=step_count(0.0), eta=step_count(number(group["lr"])), mu=step_count(1.0), ax=Tensor._wrap(np.zeros_like(array)))

    @classmethod
    def _advance(cls, state: dict[str, Any], group: dict[str, Any]) -> tuple[float, float]:
        """The rate and the share of this step, those of the next being put into the state."""
        (t,) = super()._advance(state, group)
        eta, mu, lr = state["eta"].array, state["mu"].array, number(group["lr"])
        now = eta.item(), mu.item()
        eta[()] = step_count(lr / (1 + group["lambd"] * lr * t) ** group["alpha"]).array  # rounded, whatever dtype it was loaded with
        mu[()] = step_count(1 / max(1, t - group["t0"])).array
        return now

    @classmethod
    def _coefficients(cls, group: dict[str, Any], rate: float, share: float) -> tuple[Any, ...]:
        decay = group["weight_decay"]
        return rate, 1 - group["lambd"] * rate, None if share == 1 else share, None if decay == 0 else decay


def asgd(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    axs: Sequence[Tensor],
    mus: Sequence[Tensor],
    etas: Sequence[Tensor],
    state_steps: Sequence[Tensor],
    foreach: bool | None = None,
    maximize: bool = False,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    *,
    lambd: float,
    lr: float,
    t0: float,
    alpha: float,
    weight_decay: float,
) -> None:
    """One step of `ASGD` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    See `ASGD` for the options. `foreach` and `has_complex` choose among torch's implementations; here there is one.
    """
    state = {"step": state_steps, "ax": axs, "mu": mus, "eta": etas}
    group = {"lr": lr, "lambd": lambd, "t0": t0, "alpha": alpha, "weight_decay": weight_decay, "maximize": maximize}
    step_on_lists(ASGD, params, grads, state, group, capturable=capturable, differentiable=differentiable)
