"""Rprop: steps whose sizes depend on the signs of the gradients only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import backend
from ..tensor.tensor import Tensor
from ._elementwise import Elementwise, step_on_lists
from ._update import number
from .optimizer import ParamsT, check_lr

__all__ = ["Rprop", "rprop"]


def rprop_update(param, grad, before, size, shrink, grow, least, most, maximize=False):
    """One step on arrays of one shape, in place, with the gradient of the step `before`::

        size = grow size       where grad before > 0      (grad is -grad to maximize)
        size = shrink size     where grad before < 0
        size = min(max(size, least), most)
        g = 0 where grad before < 0, grad elsewhere
        param = param - sign(g) size
        before = g

    So where the sign has changed, the minimum was jumped over: the next step is smaller, and this one stands still.
    """
    if maximize:
        grad = -grad
    agreement = grad * before
    kept, turned = agreement > 0, agreement < 0
    factor = kept * grow  # of the three summands one is not 0; where signs are mixed that is ten times quicker than `np.where`
    factor += turned * shrink
    factor += ~(kept | turned)
    size *= factor
    np.clip(size, least, most, out=size)
    before[...] = backend.keep_where(~turned, grad)
    param -= (before > 0) * size
    param += (before < 0) * size


class Rprop(Elementwise):
    """Rprop (Riedmiller and Braun, 1993): each element has a step size, that grows while its gradient keeps its sign.

    For whole data sets: between batches signs change by chance.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: the step sizes at first, a number or a one-element Tensor.
        etas: what a step size is multiplied by where the sign has changed, and where it has stayed.
        step_sizes: the smallest and the largest step size.
        maximize: climb instead of descend.
        foreach, capturable: choose among torch's implementations; here there is one. As in torch, `capturable` needs a GPU.
        differentiable: not supported.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Rprop([w], lr=0.5)
    >>> for _ in range(2):
    ...     w.grad = w.detach() * 2
    ...     optimizer.step()
    >>> w
    tensor([-0.1000,  0.9000], requires_grad=True)
    """

    _update = staticmethod(rprop_update)

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}; the first must be between 0 and 1, the second above 1")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    @classmethod
    def _slots(cls, group: dict[str, Any]) -> tuple[str, ...]:
        return "prev", "step_size"

    @classmethod
    def _start(cls, state: dict[str, Any], array: Any, group: dict[str, Any]) -> None:
        super()._start(state, array, group)
        state["step_size"].array[...] = number(group["lr"])

    @classmethod
    def _coefficients(cls, group: dict[str, Any], t: float) -> tuple[Any, ...]:
        return (*group["etas"], *group["step_sizes"])


def rprop(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    prevs: Sequence[Tensor],
    step_sizes: Sequence[Tensor],
    state_steps: Sequence[Tensor],
    foreach: bool | None = None,
    capturable: bool = False,
    maximize: bool = False,
    differentiable: bool = False,
    has_complex: bool = False,
    *,
    step_size_min: float,
    step_size_max: float,
    etaminus: float,
    etaplus: float,
) -> None:
    """One step of `Rprop` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    See `Rprop` for the options. `foreach` and `has_complex` choose among torch's implementations; here there is one.
    """
    state = {"step": state_steps, "prev": prevs, "step_size": step_sizes}
    group = {"etas": (etaminus, etaplus), "step_sizes": (step_size_min, step_size_max), "maximize": maximize}
    step_on_lists(Rprop, params, grads, state, group, capturable=capturable, differentiable=differentiable)
