"""Adam for row-sparse gradients: the rows that have none stay as they are, and so do their averages."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..autograd.tape import mark_written
from ..tensor.tensor import Tensor
from ._elementwise import Step, step_on_lists
from ._update import number
from .optimizer import Optimizer, ParamsT, check_lr

__all__ = ["SparseAdam", "sparse_adam"]


def sparse_adam_update(param, grad, mean, square, rows, step_size, intake, intake2, eps):
    """One step on the rows `rows` of (n, ...) arrays, in place; `grad` holds these rows only::

    mean = mean + intake (grad - mean)                  (intake = 1 - beta1)
    square = square + intake2 (grad^2 - square)         (intake2 = 1 - beta2)
    param = param - step_size mean / (sqrt(square) + eps)
    """
    m, s = mean[rows], square[rows]
    m = (grad - m) * intake + m
    s = (grad * grad - s) * intake2 + s
    mean[rows], square[rows] = m, s
    param[rows] += m / (np.sqrt(s) + eps) * -step_size


class SparseAdam(Optimizer):
    """Adam for gradients that hold a few rows, as those of `Embedding` with ``sparse=True``: only these rows, and their averages, move.

    A row's averages therefore stand still while it has no gradient, where Adam's would fall. The corrections for having started at zero
    count all steps.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: learning rate, a number or a one-element Tensor.
        betas: how much of each average is kept at a step.
        eps: keeps the denominator from zero.
        maximize: climb instead of descend.

    >>> import minitorch_nlp as torch
    >>> embedding = torch.nn.Embedding.from_pretrained(torch.ones(4, 2), freeze=False, sparse=True)
    >>> optimizer = torch.optim.SparseAdam(embedding.parameters(), lr=0.5)
    >>> embedding(torch.tensor([2])).sum().backward()
    >>> optimizer.step()
    >>> embedding.weight.detach()[:, 0]
    tensor([1.0000, 1.0000, 0.5000, 1.0000])
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        check_lr(lr)
        if not lr > 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not eps > 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; returns what `closure`, if given, returns."""
        loss = None if closure is None else self._evaluate(closure)
        if any(p._grad is not None and not p._grad.is_sparse for group in self.param_groups for p in group["params"]):
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                steps = [(p, p._grad, self.state[p]) for p in group["params"] if p._grad is not None]
                for p, _, state in steps:
                    if not state:
                        state.update(step=0, exp_avg=Tensor._wrap(np.zeros_like(p.array)), exp_avg_sq=Tensor._wrap(np.zeros_like(p.array)))
                    state["step"] += 1
                self._step_with(steps, group)
        return loss

    @classmethod
    def _step_with(cls, steps: Iterable[Step], group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        for p, gradient, state in steps:
            grad = gradient.array.coalesce()
            if not len(grad.index):
                continue
            t = state["step"]
            step_size = float(number(group["lr"])) * math.sqrt(1 - beta2**t) / (1 - beta1**t)
            values = -grad.values if group["maximize"] else grad.values
            averages = state["exp_avg"].array, state["exp_avg_sq"].array
            sparse_adam_update(p.array, values, *averages, grad.index, step_size, 1 - beta1, 1 - beta2, group["eps"])
            mark_written(p)


def sparse_adam(
    params: Sequence[Tensor],
    grads: Sequence[Any],
    exp_avgs: Sequence[Tensor],
    exp_avg_sqs: Sequence[Tensor],
    state_steps: Sequence[int],
    *,
    eps: float,
    beta1: float,
    beta2: float,
    lr: float,
    maximize: bool,
) -> None:
    """One step of `SparseAdam` on lists: the parameters, their row-sparse gradients, and the state, which the caller keeps. Changed in place.

    `state_steps` are numbers: how many steps there were, this one counted. See `SparseAdam` for the options.
    """
    state = {"step": state_steps, "exp_avg": exp_avgs, "exp_avg_sq": exp_avg_sqs}
    group = {"lr": lr, "betas": (beta1, beta2), "eps": eps, "maximize": maximize}
    step_on_lists(SparseAdam, params, grads, state, group)
