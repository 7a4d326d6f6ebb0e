"""Adafactor: the average of squared gradients of a matrix, kept as one number per row and one per column."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from ..autograd.tape import mark_written
from ..tensor.tensor import Tensor
from ._elementwise import PerParameter, Step, step_count, step_on_lists
from ._update import follow, number
from .optimizer import ParamsT, check_lr

__all__ = ["Adafactor", "adafactor"]


def adafactor_update(param, grad, rows, columns, variance, intake, step, eps1, eps2, d, shrink=None, maximize=False):
    """One step on the arrays of one parameter, in place::

        G = grad                                                  (-grad to maximize)
        alpha = max(eps2, RMS(param)) step
        param = shrink param                                      (weight decay: shrink = 1 - lr weight_decay)
        rows = rows + intake (mean of G^2 over columns - rows)
        columns = columns + intake (mean of G^2 over rows - columns)
        V = rows columns / max(mean of rows, eps1)
        U = G / max(sqrt(V), eps1)
        param = param - alpha / max(1, RMS(U) / d) U

    The factors are those of the matrix of rank 1 that is nearest to the average of G^2, in the sense of the generalised
    Kullback-Leibler divergence. Where `rows` is None (vectors, numbers) V is the average of G^2 itself, `variance`.
    """
    if maximize:
        grad = -grad
    alpha = max(eps2, root_mean_square(param)) * step
    if shrink is not None:
        param *= shrink
    work = grad * grad
    if rows is None:
        follow(variance, work, intake)
        np.maximum(variance, eps1 * eps1, out=work)
    else:
        follow(rows, work.mean(axis=-1, keepdims=True), intake)
        follow(columns, work.mean(axis=-2, keepdims=True), intake)
        np.multiply(rows, columns, out=work)
        work /= np.maximum(rows.mean(axis=-2, keepdims=True), eps1)
        np.maximum(work, eps1 * eps1, out=work)
    np.sqrt(work, out=work)
    np.divide(grad, work, out=work)
    work *= alpha / max(1.0, root_mean_square(work) / d)
    param -= work


def root_mean_square(x):
    """sqrt(mean of x^2), a Python number."""
    flat = x.reshape(-1)
    return math.sqrt(flat.dot(flat).item()) / math.sqrt(x.size)


class Adafactor(PerParameter):
    """Adafactor (Shazeer and Stern, 2018): Adam without momentum, whose averages take n + m numbers for an (n, m) matrix.

    Steps are relative to the size of the parameter, and clipped where they are unusually large.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: the largest relative step size, which is ``min(lr, 1 / sqrt(t))``; a number or a one-element Tensor.
        beta2_decay: at step t the averages take in ``t**beta2_decay`` of the new squares.
        eps: keeps denominators from zero (None: the parameter's dtype's eps), and the size of the parameter.
        d: clip the step where its root mean square is larger.
        weight_decay: the parameter shrinks by ``lr * weight_decay``.
        foreach: chooses among torch's implementations; here there is one.
        maximize: climb instead of descend.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 1.0], requires_grad=True)
    >>> optimizer = torch.optim.Adafactor([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 0.5000], requires_grad=True)
    """

    _added: ClassVar[dict[str, Any]] = {"foreach": None}

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_lr(lr)
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        for i, value in enumerate(eps, 1):
            if value is not None and not value >= 0.0:
                raise ValueError(f"epsilon{i} should be >= 0 but is: {value}")
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    @classmethod
    def _start(cls, state: dict[str, Any], array: Any, group: dict[str, Any]) -> None:
        state["step"] = step_count(0.0)
        if array.ndim > 1:
            state["row_var"] = Tensor._wrap(np.zeros_like(array[..., :1]))
            state["col_var"] = Tensor._wrap(np.zeros_like(array[..., :1, :]))
        else:
            state["variance"] = Tensor._wrap(np.zeros_like(array))

    @classmethod
    def _step_with(cls, steps: Iterable[Step], group: dict[str, Any]) -> None:
        lr, (eps1, eps2) = number(group["lr"]), group["eps"]
        shrink = None if group["weight_decay"] == 0 else 1 - lr * group["weight_decay"]
        for p, grad, state in steps:
            array, count = p.array, state["step"].array
            if eps1 is None:  # as in torch, of the group's first parameter
                eps1 = float(np.finfo(array.dtype).eps)
            t = count.item() + 1
            count[()] = t
            if not array.size:
                continue
            averages = [state[name].array if name in state else None for name in ("row_var", "col_var", "variance")]
            arrays = [a if a is None or a.ndim else a.reshape(1) for a in (array, grad.array, *averages)]
            options = [t ** group["beta2_decay"], min(lr, t**-0.5), eps1, eps2, group["d"]]
            adafactor_update(*[*arrays, *options], shrink=shrink, maximize=group["maximize"])
            mark_written(p)


def adafactor(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    row_vars: Sequence[Tensor | None],
    col_vars: Sequence[Tensor | None],
    variances: Sequence[Tensor | None],
    state_steps: Sequence[Tensor],
    foreach: bool | None = None,
    grad_scale: Tensor | None = None,
    found_inf: Tensor | None = None,
    has_complex: bool = False,
    *,
    d: float,
    lr: float | Tensor,
    beta2_decay: float,
    weight_decay: float,
    eps1: float,
    eps2: float,
    maximize: bool,
) -> None:
    """One step of `Adafactor` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    A matrix has a `row_var` and a `col_var`, a vector a `variance`, None in place of the others.

    See `Adafactor` for the options. `foreach` and `has_complex` choose among torch's implementations; here there is one.
    """
    state = {"step": state_steps, "row_var": row_vars, "col_var": col_vars, "variance": variances}
    group = {"lr": lr, "beta2_decay": beta2_decay, "eps": (eps1, eps2), "d": d, "weight_decay": weight_decay, "maximize": maximize}
    step_on_lists(Adafactor, params, grads, state, group, scale=(grad_scale, found_inf))
