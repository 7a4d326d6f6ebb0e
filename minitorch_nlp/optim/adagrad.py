"""Adagrad: steps scaled by the root of the sum of all squared gradients so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..autograd.tape import mark_written
from ..functional._rows import Rows
from ..tensor.tensor import Tensor
from ._elementwise import Step, step_count, step_on_lists
from ._update import in_blocks, number, scalars
from .optimizer import Optimizer, ParamsT, check_flags, check_lr

__all__ = ["Adagrad", "adagrad"]


def adagrad_update(param, grad, total, rate, eps, decay=None, maximize=False):
    """One step on arrays of one shape, in place::

        g = grad + decay param               (grad is -grad to maximize)
        total = total + g^2
        param = param - rate g / (sqrt(total) + eps)

    `decay` None leaves its term out.
    """
    if maximize:
        grad = -grad
    if decay is not None:
        decayed = param * decay
        decayed += grad
        grad = decayed
    total += grad * grad
    root = np.sqrt(total)
    root += eps
    change = grad * rate
    change /= root
    param -= change


class Adagrad(Optimizer):
    """Adagrad (Duchi, Hazan and Singer, 2011): ``p -= clr * grad / (sqrt(sum) + eps)``, ``sum`` that of all ``grad**2`` so far.

    ``clr = lr / (1 + (t - 1) * lr_decay)`` at step t. Of a row-sparse gradient (`Embedding` with ``sparse=True``) only its rows are
    updated.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: learning rate, a number or a one-element Tensor.
        lr_decay: how fast the rate falls.
        weight_decay: L2 penalty; not for row-sparse gradients.
        initial_accumulator_value: what ``sum`` starts with.
        eps: keeps the denominator from zero.
        maximize: climb instead of descend.
        foreach, fused: choose among torch's implementations; here there is one, so they change nothing.
        differentiable: not supported.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adagrad([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 1.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        named = {"lr_decay": lr_decay, "weight_decay": weight_decay, "initial_accumulator_value": initial_accumulator_value}
        for name, value in (*named.items(), ("epsilon", eps)):
            if not value >= 0.0:
                raise ValueError(f"Invalid {name} value: {value}")
        check_flags(foreach, fused)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                start(self.state[p], p, initial_accumulator_value)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for key, value in {"foreach": None, "maximize": False, "differentiable": False, "fused": None}.items():
                group.setdefault(key, value)
        for s in self.state.values():
            if not isinstance(s["step"], Tensor):
                s["step"] = step_count(float(s["step"]))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; returns what `closure`, if given, returns."""
        loss = None if closure is None else self._evaluate(closure)
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                used = [(p, p._grad, self.state[p]) for p in group["params"] if p._grad is not None]
                for p, _, state in used:
                    if not state:
                        start(state, p, self.defaults["initial_accumulator_value"])
                self._step_with(used, group)
        return loss

    @classmethod
    def _step_with(cls, steps: Sequence[Step], group: dict[str, Any]) -> None:
        lr, lr_decay, eps, decay = number(group["lr"]), group["lr_decay"], group["eps"], group["weight_decay"]
        if decay != 0 and any(grad.is_sparse for _, grad, _ in steps):
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")
        for p, grad, state in steps:
            array, count, total = p.array, state["step"].array, state["sum"].array
            count[()] = count.item() + 1
            rate = lr / (1 + (count.item() - 1) * lr_decay)
            options = (*scalars(array, rate, eps, decay if decay != 0 else None), group["maximize"])
            if grad.is_sparse:
                step_rows(array, grad.array.coalesce(), total, options)
            else:
                in_blocks(adagrad_update, (array, grad.array, total), options)
            mark_written(p)


def step_rows(array: Any, grad: Rows, total: Any, options: Any) -> None:
    """`adagrad_update` of the rows that have a gradient."""
    rows = grad.index
    param, squares = array[rows], total[rows]
    adagrad_update(param, grad.values, squares, *options)
    array[rows], total[rows] = param, squares


def start(state: dict[str, Any], p: Any, value: float) -> None:
    """The state of a parameter before its first step."""
    state["step"] = step_count(0.0)
    state["sum"] = Tensor._wrap(np.full_like(p.array, value))


def adagrad(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    state_sums: Sequence[Tensor],
    state_steps: Sequence[Tensor],
    fused: bool | None = None,
    grad_scale: Tensor | None = None,
    found_inf: Tensor | None = None,
    has_sparse_grad: bool = False,
    foreach: bool | None = None,
    differentiable: bool = False,
    has_complex: bool = False,
    *,
    lr: float,
    weight_decay: float,
    lr_decay: float,
    eps: float,
    maximize: bool,
) -> None:
    """One step of `Adagrad` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    See `Adagrad` for the options. `foreach`, `fused`, `has_sparse_grad` and `has_complex` choose among torch's implementations; here there is one.
    """
    state = {"step": state_steps, "sum": state_sums}
    group = {"lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
    step_on_lists(Adagrad, params, grads, state, group, differentiable=differentiable, fused=fused, scale=(grad_scale, found_inf))
