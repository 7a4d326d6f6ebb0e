"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import backend
from ..autograd.tape import mark_written
from ..kernels.choice import SMALLEST, choose_update
from ..tensor.tensor import Tensor
from ._elementwise import Step, step_on_lists
from ._update import in_blocks, number, scalars
from .optimizer import Optimizer, ParamsT, check_flags, check_lr

__all__ = ["SGD", "sgd"]


def sgd_update(param, grad, buffer, lr, weight_decay=None, momentum=None, intake=None, nesterov=False, maximize=False, fresh=False):
    """One step on arrays of one shape, in place::

        g = grad + weight_decay param               (grad is -grad to maximize)
        b = momentum b + intake g                   (intake is 1 - dampening; the first time b = g)
        g = b,  or  g + momentum b  with nesterov
        param = param - lr g

    None leaves a term out: no decay, no momentum (`buffer` is None then), an intake of 1.
    """
    if maximize:
        grad = -grad
    if weight_decay is not None:
        decayed = param * weight_decay
        decayed += grad
        grad = decayed
    if buffer is not None:
        if fresh:
            buffer[...] = grad
        else:
            buffer *= momentum
            buffer += grad if intake is None else grad * intake
        grad = grad + buffer * momentum if nesterov else buffer
    param -= grad * lr


def step_rows(param: Any, grad: Any, group: dict[str, Any]) -> None:
    """``param -= lr grad`` for a row-sparse gradient, in its rows only."""
    change = grad.values * scalars(param, number(group["lr"]))[0]
    backend.add_rows(param, grad.index, change if group["maximize"] else -change)


def refuse_rows(steps: Sequence[Step], weight_decay: Any) -> None:
    """Row-sparse gradients go with neither momentum nor weight decay."""
    if not any(grad.is_sparse for _, grad, _ in steps):
        return
    if weight_decay != 0:
        raise RuntimeError("SGD: weight_decay makes a sparse gradient dense: add(sparse, dense) is not supported; use weight_decay=0")
    raise NotImplementedError("SGD: momentum is not supported for sparse gradients; use momentum=0, SparseAdam or Adagrad")


class SGD(Optimizer):
    """Stochastic gradient descent: ``p -= lr * grad``, optionally with momentum.

    With momentum, ``buf = momentum * buf + (1 - dampening) * grad`` (``buf = grad`` at the first step) and ``p -= lr * buf``;
    with `nesterov`, ``p -= lr * (grad + momentum * buf)``. `weight_decay` adds ``weight_decay * p`` to the gradient.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: learning rate, a number or a one-element Tensor.
        momentum: how much of the last step's direction is kept.
        dampening: how much of the new gradient is left out of `buf`.
        weight_decay: L2 penalty.
        nesterov: look ahead by one momentum step; needs momentum and no dampening.
        maximize: climb instead of descend.
        foreach, fused: choose among torch's implementations; here there is one, so they change nothing.
        differentiable: not supported.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [0.0, 0.0]
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        check_flags(foreach, fused)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for key, value in {"nesterov": False, "maximize": False, "foreach": None, "differentiable": False, "fused": False}.items():
                group.setdefault(key, value)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; returns what `closure`, if given, returns."""
        loss = None if closure is None else self._evaluate(closure)
        for group in self.param_groups:
            keeps = group["momentum"] != 0
            steps = [(p, g, self.state[p] if keeps else None) for p in group["params"] if (g := p._grad) is not None]
            backend.quietly(self._step_with, steps, group)
        return loss

    @classmethod
    def _step_with(cls, steps: Sequence[Step], group: dict[str, Any]) -> None:
        update = choose_update(sgd_update)
        momentum, weight_decay, dampening = group["momentum"], number(group["weight_decay"]), group["dampening"]
        nesterov, maximize = group["nesterov"], group["maximize"]
        values = (
            number(group["lr"]),
            None if weight_decay == 0 else weight_decay,
            None if momentum == 0 else momentum,
            None if dampening == 0 else 1 - dampening,
        )
        plain = momentum == 0 and weight_decay == 0 and not maximize
        if momentum != 0 or weight_decay != 0:
            refuse_rows(steps, weight_decay)
        dtype, numbers = None, []
        for p, grad, state in steps:
            array = p.array
            if grad.is_sparse:
                step_rows(array, grad.array, group)
                continue
            if array.dtype is not dtype:
                dtype = array.dtype
                numbers = [*scalars(array, *values[:1])] if plain else [*scalars(array, *values), nesterov, maximize]
            if plain and array.size < SMALLEST:  # `sgd_update`, without the call
                array -= grad.array * numbers[0]
                continue
            coefficients = numbers
            buffer = None
            if momentum != 0:
                saved = state.get("momentum_buffer")
                if saved is None:
                    saved = state["momentum_buffer"] = Tensor._wrap(np.empty_like(array))
                    coefficients = [*numbers, True]
                buffer = saved.array
            if array.size < SMALLEST and array.ndim:
                sgd_update(array, grad.array, buffer, *coefficients)
            else:
                in_blocks(update, (array, grad.array, buffer), coefficients)
        mark_written(*[p for p, _, _ in steps])


def sgd(
    params: Sequence[Tensor],
    d_p_list: Sequence[Tensor],
    momentum_buffer_list: list[Tensor | None],
    has_sparse_grad: bool = False,
    foreach: bool | None = None,
    fused: bool | None = None,
    grad_scale: Tensor | None = None,
    found_inf: Tensor | None = None,
    *,
    weight_decay: float,
    momentum: float,
    lr: float,
    dampening: float,
    nesterov: bool,
    maximize: bool,
) -> None:
    """One step of `SGD` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    A None in `momentum_buffer_list` is replaced by the buffer that this first step makes.

    See `SGD` for the options. `foreach`, `fused` and `has_sparse_grad` choose among torch's implementations; here there is one.
    """
    state = {"momentum_buffer": momentum_buffer_list}
    group = {
        "lr": lr,
        "momentum": momentum,
        "dampening": dampening,
        "weight_decay": weight_decay,
        "nesterov": nesterov,
        "maximize": maximize,
    }
    states = step_on_lists(SGD, params, d_p_list, state, group, fused=fused, scale=(grad_scale, found_inf))
    if momentum != 0:
        momentum_buffer_list[:] = [own["momentum_buffer"] for own in states]
