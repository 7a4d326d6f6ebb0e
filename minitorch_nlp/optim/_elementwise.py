"""What optimizers share that step through their parameters one by one, each with a state of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import backend
from ..autograd.tape import mark_written
from ..tensor.tensor import Tensor
from ._update import BLOCK, in_blocks, scalars
from .optimizer import Optimizer, check_capturable, refuse_sparse

__all__ = ["Elementwise", "PerParameter", "check_betas", "check_nonnegative", "step_count"]


class PerParameter(Optimizer):
    """An optimizer that updates each parameter by itself. A subclass writes `_step_group`.

    A state dict written by an older version may lack options: a subclass lists them in `_added`, with the values that mean what was
    done before they existed.
    """

    _added: ClassVar[dict[str, Any]] = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    _counters: Sequence[str] = ("step",)  # the state's 0-dim tensors, numbers in old state dicts
    _instead = ""  # what to use for sparse gradients

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for key, value in self._added.items():
                group.setdefault(key, value)
            for p in group["params"]:
                own = self.state.get(p, {})
                for key in self._counters:
                    if key in own and not isinstance(own[key], Tensor):
                        own[key] = step_count(float(own[key]), group.get("fused"))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; returns what `closure`, if given, returns."""
        loss = None if closure is None else self._evaluate(closure)
        refuse_sparse(type(self).__name__, self.param_groups, self._instead)
        check_capturable(self.param_groups)
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                self._step_group(group)
        return loss

    def _step_group(self, group: dict[str, Any]) -> None:
        raise NotImplementedError


class Elementwise(PerParameter):
    """An optimizer whose new value of an element depends on the numbers of that element alone.

    A subclass gives `_update`, a function of the parameter's array, the gradient's, those of the state that `_slots` names, the numbers
    `_coefficients` computes, and ``maximize``; it changes its arrays in place.
    """

    _update: Callable[..., None]

    def _slots(self, group: dict[str, Any]) -> Sequence[str | None]:
        """The names of the state's arrays, in the order `_update` takes them; None for one that the options leave out."""
        raise NotImplementedError

    def _start(self, state: dict[str, Any], array: Any, group: dict[str, Any]) -> None:
        """Fill the state of a parameter before its first step."""
        state["step"] = step_count(0.0, group.get("fused"))
        for name in self._slots(group):
            if name is not None:
                state[name] = Tensor._wrap(np.zeros_like(array))

    def _advance(self, state: dict[str, Any], group: dict[str, Any]) -> tuple[Any, ...]:
        """Count the step; returns what the coefficients depend on, beside the group."""
        count = state["step"].array
        t = count.item() + 1
        count[()] = t
        return (t,)

    def _coefficients(self, group: dict[str, Any], *now: Any) -> tuple[Any, ...]:
        """The numbers `_update` takes, None for a term left out."""
        raise NotImplementedError

    def _step_group(self, group: dict[str, Any]) -> None:
        update, advance, maximize = self._update, self._advance, group["maximize"]
        slots = self._slots(group)
        numbers: dict[Any, Any] = {}
        written = []
        for p in group["params"]:
            grad = p._grad
            if grad is None:
                continue
            array, state = p.array, self.state[p]
            if not state:
                self._start(state, array, group)
            now = advance(state, group)
            key = (now, array.dtype)
            options = numbers.get(key)
            if options is None:
                options = numbers[key] = (*scalars(array, *self._coefficients(group, *now)), maximize)
            arrays = [array, grad.array]
            for name in slots:
                arrays.append(None if name is None else state[name].array)
            if array.ndim and array.size < BLOCK:
                update(*arrays, *options)
            else:
                in_blocks(update, arrays, options)
            written.append(p)
        mark_written(*written)


def step_count(t: float, fused: bool | None = False) -> Tensor:
    """A step count as torch keeps it: a 0-dim float tensor, always in main memory."""
    return Tensor._wrap(np.array(t, np.float64 if backend.default_dtype() == np.float64 and not fused else np.float32))


def check_betas(betas: tuple[Any, Any]) -> None:
    """Two numbers, at least 0 and below 1."""
    for i, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")


def check_nonnegative(**options: Any) -> None:
    """``check_nonnegative(epsilon=eps)``: numbers that must not be below 0, under the names the error gives them."""
    for name, value in options.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {name} value: {value}")
