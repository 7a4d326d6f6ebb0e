"""What optimizers share that step through their parameters one by one, each with a state of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import backend
from ..autograd.mode import is_grad_enabled
from ..autograd.tape import mark_written
from ..kernels.choice import SMALLEST, choose_update
from ..tensor.tensor import Tensor
from ._update import in_blocks, scalars
from .optimizer import Optimizer, check_capturable, check_differentiable, check_on_gpu, refuse_sparse

__all__ = ["Elementwise", "PerParameter", "Step", "check_betas", "check_nonnegative", "step_count", "step_on_lists"]

Step = tuple[Any, Any, Any]  # a parameter, its gradient, and the dict of its state
TAKE_ROWS = {"SGD", "Adagrad", "SparseAdam"}  # have a rule for row-sparse gradients


class PerParameter(Optimizer):
    """An optimizer that updates each parameter by itself. A subclass writes `_start` and `_step_with`.

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
        for group in self.param_groups:
            backend.quietly(self._step_with, self._states(group), group)
        return loss

    def _states(self, group: dict[str, Any]) -> list[Step]:
        """The parameters that have a gradient; a state begins with the first one."""
        steps = []
        for p in group["params"]:
            grad = p._grad
            if grad is None:
                continue
            state = self.state[p]
            if not state:
                self._start(state, p.array, group)
            steps.append((p, grad, state))
        return steps

    @classmethod
    def _start(cls, state: dict[str, Any], array: Any, group: dict[str, Any]) -> None:
        """Fill the state of a parameter before its first step."""
        raise NotImplementedError

    @classmethod
    def _step_with(cls, steps: Iterable[Step], group: dict[str, Any]) -> None:
        """Make these steps with the group's options; the functional form comes in here."""
        raise NotImplementedError


class Elementwise(PerParameter):
    """An optimizer whose new value of an element depends on the numbers of that element alone.

    A subclass gives `_update`, a function of the parameter's array, the gradient's, those of the state that `_slots` names, the numbers
    `_coefficients` computes, and ``maximize``; it changes its arrays in place.
    """

    _update: Callable[..., None]

    @classmethod
    def _slots(cls, group: dict[str, Any]) -> Sequence[str | None]:
        """The names of the state's arrays, in the order `_update` takes them; None for one that the options leave out."""
        raise NotImplementedError

    @classmethod
    def _start(cls, state: dict[str, Any], array: Any, group: dict[str, Any]) -> None:
        """Fill the state of a parameter before its first step."""
        state["step"] = step_count(0.0, group.get("fused"))
        for name in cls._slots(group):
            if name is not None:
                state[name] = Tensor._wrap(np.zeros_like(array))

    @classmethod
    def _advance(cls, state: dict[str, Any], group: dict[str, Any]) -> tuple[Any, ...]:
        """Count the step; returns what the coefficients depend on, beside the group."""
        count = state["step"].array
        t = count.item() + 1
        count[()] = t
        return (t,)

    @classmethod
    def _coefficients(cls, group: dict[str, Any], *now: Any) -> tuple[Any, ...]:
        """The numbers `_update` takes, None for a term left out."""
        raise NotImplementedError

    @classmethod
    def _step_with(cls, steps: Iterable[Step], group: dict[str, Any]) -> None:
        update, advance, maximize = choose_update(cls._update), cls._advance, group["maximize"]
        slots = cls._slots(group)
        numbers: dict[Any, Any] = {}
        written = []
        for p, grad, state in steps:
            array = p.array
            now = advance(state, group)
            key = (now, array.dtype)
            options = numbers.get(key)
            if options is None:
                options = numbers[key] = (*scalars(array, *cls._coefficients(group, *now)), maximize)
            arrays = [array, grad.array]
            for name in slots:
                arrays.append(None if name is None else state[name].array)
            if array.size < SMALLEST and array.ndim:
                cls._update(*arrays, *options)
            else:
                in_blocks(update, arrays, options)
            written.append(p)
        mark_written(*written)


def step_on_lists(
    kind: Any,
    params: Sequence[Any],
    grads: Sequence[Any],
    state: Mapping[str, Sequence[Any]],
    group: dict[str, Any],
    *,
    capturable: bool = False,
    differentiable: bool = False,
    fused: bool | None = None,
    scale: tuple[Any, Any] = (None, None),
) -> list[dict[str, Any]]:
    """One step of the optimizer class `kind` on lists of tensors, in place, with the options of `group`; returns the states as dicts.

    This is what the functional forms call, ``adam(params, grads, exp_avgs, ...)``, for those who keep the state themselves.

    Args:
        state: by the name that the optimizer's own state has, a list as long as `params`; an empty list where the options leave it out,
            None in it where a parameter has none.
        scale: ``(grad_scale, found_inf)``, which only torch's fused steps take.

    Raises:
        RuntimeError: a step count that is no tensor; gradients that would be recorded; row-sparse gradients where there is no rule for them.
        AssertionError: `capturable` on a CPU; a `scale` without `fused`.
        NotImplementedError: `differentiable`, or a `scale`.
    """
    name = kind.__name__
    check_differentiable({"differentiable": differentiable})
    if any(x is not None for x in scale):
        if not fused:
            raise AssertionError(f"{name}: grad_scale and found_inf must be None where fused is not True")
        raise NotImplementedError(
            f"{name}: grad_scale and found_inf are not supported; divide the gradients first, with GradScaler.unscale_"
        )
    if capturable and not fused:
        check_on_gpu(params)
    if name != "SparseAdam" and not all(isinstance(t, Tensor) for t in state.get("step", ())):
        raise RuntimeError(f"{name}: state_steps must be a list of one-element tensors")
    if is_grad_enabled() and any(p.requires_grad for p in params):
        raise RuntimeError(f"{name}: a leaf Variable that requires grad is used in an in-place operation; wrap the step in torch.no_grad()")
    if name not in TAKE_ROWS and any(grad.is_sparse for grad in grads):
        raise RuntimeError(f"{name} does not support sparse gradients")
    steps = []
    for i, p in enumerate(params):
        steps.append((p, grads[i], {key: values[i] for key, values in state.items() if values and values[i] is not None}))
    with np.errstate(all="ignore"):
        kind._step_with(steps, group)
    return [own for _, _, own in steps]


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
