"""L-BFGS: Newton's method with an inverse Hessian made from the last steps and what they did to the gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend
from ..autograd.mode import no_grad
from ..autograd.tape import mark_written
from ..tensor.tensor import Tensor
from ._line_search import Point, strong_wolfe
from ._update import number
from .optimizer import Optimizer, ParamsT, check_lr

__all__ = ["LBFGS"]


def lbfgs_direction(grad, changes, steps, ro, scale, al):
    """``-H grad``, with H the inverse Hessian that the pairs of a step s and the gradient's change y say::

        H_0 = scale 1
        H_k = (1 - ro s y^T) H_(k-1) (1 - ro y s^T) + ro s s^T        (ro = 1 / (y^T s))

    by the two-loop recursion (Nocedal, 1980): products of vectors only. `al` takes the numbers of the first loop.
    """
    d = -grad
    for i in range(len(changes) - 1, -1, -1):
        al[i] = steps[i].dot(d) * ro[i]
        d -= al[i] * changes[i]
    d *= scale
    for i in range(len(changes)):
        d += (al[i] - changes[i].dot(d) * ro[i]) * steps[i]
    return d


class LBFGS(Optimizer):
    """L-BFGS (Liu and Nocedal, 1989). Each `step` makes up to `max_iter` iterations, and so needs a closure.

    For problems without noise: whole data sets rather than batches. There is one parameter group. The state takes
    ``2 * history_size`` times the memory of the parameters.

    Args:
        params: tensors or (name, tensor) pairs.
        lr: the step size, a number or a one-element Tensor; with a line search the one tried first.
        max_iter: iterations per step.
        max_eval: evaluations of the closure per step; ``max_iter * 1.25`` unless given.
        tolerance_grad: stop where no element of the gradient is larger.
        tolerance_change: stop where neither the parameters nor the loss change by more.
        history_size: how many pairs of steps and changes to keep.
        line_search_fn: None for steps of `lr`, or "strong_wolfe".

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (w - 3).square().sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    tensor(5., grad_fn=<SumBackward0>)
    >>> w
    tensor([3.0000, 3.0000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups); give it the parameters of all groups as one")
        self._params = self.param_groups[0]["params"]

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Up to `max_iter` iterations; returns the loss before them. `closure` clears the gradients, computes the loss and calls backward."""
        group = self.param_groups[0]
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError(f"only 'strong_wolfe' is supported as line_search_fn, not {group['line_search_fn']!r}")
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        with no_grad(), np.errstate(all="ignore"):
            first = self._evaluate(closure)
            state["func_evals"] += 1
            loss, grad = float(first), self._flat_grad()
            if not largest(grad) <= group["tolerance_grad"]:
                Run(self, closure, group, state).iterate(loss, grad)
        return first

    def _flat_grad(self) -> Any:
        """All gradients as one vector, zeros where there is none."""
        parts = []
        for p in self._params:
            grad = p._grad
            if grad is None:
                parts.append(np.zeros_like(p.array).reshape(-1))
            else:
                parts.append((grad.to_dense() if grad.is_sparse else grad).array.reshape(-1))
        return np.concatenate(parts)

    def _move(self, t: Any, direction: Any) -> None:
        """``params += t direction``."""
        start = 0
        for p in self._params:
            end = start + p.array.size
            change = direction[start:end].reshape(p.array.shape) * t
            np.add(p.array, change, out=p.array)
            start = end
        mark_written(*self._params)


class Run:
    """The iterations of one `step`: the state as arrays, put back when done."""

    def __init__(self, optimizer: LBFGS, closure: Callable[[], Any], group: dict[str, Any], state: dict[str, Any]) -> None:
        self.optimizer, self.closure, self.group, self.state = optimizer, closure, group, state
        self.d, self.t, self.scale, self.before = (unwrapped(state.get(key)) for key in ("d", "t", "H_diag", "prev_flat_grad"))
        self.changes, self.steps, self.ro = ([unwrapped(v) for v in state.get(key) or ()] for key in ("old_dirs", "old_stps", "ro"))
        self.al = [unwrapped(v) for v in state["al"]] if "al" in state else None

    def iterate(self, loss: float, grad: Any) -> None:
        group, state = self.group, self.state
        tolerance, max_eval = group["tolerance_change"], group["max_eval"]
        evaluations, iterations, last = 1, 0, state.get("prev_loss")
        while iterations < group["max_iter"]:
            iterations += 1
            state["n_iter"] += 1
            lr = number(group["lr"])
            if state["n_iter"] == 1:
                self.d, self.scale, self.changes, self.steps, self.ro = -grad, 1, [], [], []
                self.t = min(1.0, 1.0 / np.abs(grad).sum()) * lr
            else:
                self._turn(grad)
                self.t = lr
            self.before, last = grad.copy(), loss
            slope = grad.dot(self.d)
            if slope > -tolerance:
                break
            loss, grad, done = self._go(loss, grad, slope, max_eval - evaluations, iterations == group["max_iter"])
            evaluations += done
            state["func_evals"] += done
            if iterations == group["max_iter"] or evaluations >= max_eval or largest(grad) <= group["tolerance_grad"]:
                break
            if largest(self.d * self.t) <= tolerance or abs(loss - last) < tolerance:
                break
        self._keep(last)

    def _turn(self, grad: Any) -> None:
        """Take the last step into the history, and compute the direction of the next."""
        y, s = grad - self.before, self.d * self.t
        curvature = y.dot(s)
        if curvature > 1e-10:
            if len(self.changes) == self.group["history_size"]:
                for kept in (self.changes, self.steps, self.ro):
                    kept.pop(0)
            self.changes.append(y)
            self.steps.append(s)
            self.ro.append(1.0 / curvature)
            self.scale = curvature / y.dot(y)
        if self.al is None:
            self.al = [None] * self.group["history_size"]
        self.d = lbfgs_direction(grad, self.changes, self.steps, self.ro, self.scale, self.al)

    def _go(self, loss: float, grad: Any, slope: Any, tries: int, final: bool) -> tuple[float, Any, int]:
        """Move along the direction; the loss and gradient there, and how often the closure was called."""
        optimizer, d = self.optimizer, self.d
        if self.group["line_search_fn"] is not None:
            found, count = strong_wolfe(self._look, Point(0, loss, grad, slope), self.t, largest(d), tries=tries)
            self.t = found.t
            optimizer._move(found.t, d)
            return found.loss, found.grad, count
        optimizer._move(self.t, d)
        if final:  # nothing would use what is there
            return loss, grad, 0
        return float(optimizer._evaluate(self.closure)), optimizer._flat_grad(), 1

    def _look(self, t: Any) -> Point:
        """The point at step size `t`; the parameters stay where they are."""
        params = self.optimizer._params
        here = [p.array.copy() for p in params]
        self.optimizer._move(t, self.d)
        loss, grad = float(self.optimizer._evaluate(self.closure)), self.optimizer._flat_grad()
        for p, array in zip(params, here):
            p.array[...] = array
        mark_written(*params)
        return Point(t, loss, grad, grad.dot(self.d))

    def _keep(self, loss: float | None) -> None:
        """Put all that the next `step` needs into the optimizer's state."""
        if self.al is not None:
            self.state["al"] = [wrapped(v) for v in self.al]
        self.state.update(
            d=wrapped(self.d),
            t=wrapped(self.t),
            old_dirs=[wrapped(v) for v in self.changes],
            old_stps=[wrapped(v) for v in self.steps],
            ro=[wrapped(v) for v in self.ro],
            H_diag=wrapped(self.scale),
            prev_flat_grad=wrapped(self.before),
            prev_loss=loss,
        )


def largest(x: Any) -> Any:
    """The size of the largest element."""
    return np.abs(x).max()


def unwrapped(value: Any) -> Any:
    """The array in a tensor, as a NumPy number where it has no dimensions."""
    if not isinstance(value, Tensor):
        return value
    return value.array if value.ndim else number(value)


def wrapped(value: Any) -> Any:
    """A tensor of an array or a NumPy number; other values stay."""
    return Tensor._wrap(backend.as_array(value)) if hasattr(value, "dtype") else value
