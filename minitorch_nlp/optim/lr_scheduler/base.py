"""LRScheduler: counts epochs and writes what `get_lr` says into the optimizer's groups."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ...autograd.tape import mark_written
from ...tensor.tensor import Tensor
from .._update import number
from ..optimizer import Optimizer

__all__ = ["LRScheduler", "check_optimizer", "group_values", "per_group", "set_group_value"]

Rate = Any  # a float, or a one-element Tensor where the group's lr is one


class LRScheduler:
    """The base of all schedules. A subclass writes `get_lr`.

    Making a schedule sets the learning rates of epoch 0; each `step`, after the optimizer's, those of the next epoch.

    Args:
        optimizer: whose learning rates to set.
        last_epoch: -1 to begin; when resuming, the epoch last done (the groups must then hold their ``initial_lr``).

    Attributes:
        last_epoch: the current epoch.
        base_lrs: the learning rates the groups began with.

    >>> import minitorch_nlp as torch
    >>> class Halving(torch.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [lr * 0.5**self.last_epoch for lr in self.base_lrs]
    >>> optimizer = torch.optim.SGD([torch.ones(2, requires_grad=True)], lr=0.8)
    >>> scheduler = Halving(optimizer)
    >>> for epoch in range(2):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.2]
    """

    _get_lr_called_within_step: bool = False
    _is_initial: bool = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copy_of(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with last_epoch >= 0; "
                    "load the optimizer's state_dict first, or begin with last_epoch=-1"
                )
        self.base_lrs: list[Rate] = group_values(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        optimizer._wrap_step()
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the learning rates of the epoch to begin with."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> list[Rate]:
        """The learning rates of `last_epoch`, one per group; called by `step`. To read the present ones use `get_last_lr`."""
        raise NotImplementedError(f"{type(self).__name__} has no get_lr(): an LRScheduler subclass must write it")

    def get_last_lr(self) -> list[Rate]:
        """The learning rates last set, one per group."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch (or, deprecated, to `epoch`) and set its learning rates. Call it after ``optimizer.step()``."""
        if self._step_count == 1:
            self._check_order()
        self._step_count += 1
        if epoch is not None:
            warn_epoch()
        self._update_lr(epoch)

    def _check_order(self) -> None:
        if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
            warnings.warn(
                "`optimizer.step()` has been overridden after the learning rate scheduler was made, "
                "so it is not known whether it ran before `lr_scheduler.step()`",
                UserWarning,
                stacklevel=3,
            )
        elif not self.optimizer._opt_called:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`: the first learning rate of the schedule is skipped; "
                "call `optimizer.step()` first",
                UserWarning,
                stacklevel=3,
            )

    def _update_lr(self, epoch: int | None = None) -> None:
        if epoch is None:
            self.last_epoch += 1
            values = self._computed_lr()
        else:
            self.last_epoch = epoch
            closed_form = getattr(self, "_get_closed_form_lr", None)
            values = closed_form() if closed_form is not None else self._computed_lr()
        for group, lr in zip(self.optimizer.param_groups, values, strict=True):
            set_group_value(group, "lr", lr)
        self._last_lr = group_values(self.optimizer, "lr")

    def _computed_lr(self) -> list[Rate]:
        self._get_lr_called_within_step = True
        try:
            return self.get_lr()
        finally:
            self._get_lr_called_within_step = False

    def _present(self) -> list[Rate]:
        """The learning rates as they are, for `get_lr` to go on from."""
        if not self._get_lr_called_within_step:
            warnings.warn("get_lr() computes the next learning rate; to get the last one use `get_last_lr()`", UserWarning, stacklevel=3)
        return group_values(self.optimizer, "lr")

    def state_dict(self) -> dict[str, Any]:
        """Everything the schedule remembers, except the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.__dict__.update(state_dict)


def check_optimizer(optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def warn_epoch() -> None:
    warnings.warn("scheduler.step(epoch) is deprecated: call scheduler.step() once per epoch", UserWarning, stacklevel=3)


def copy_of(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value


def group_values(optimizer: Optimizer, key: str) -> list[Any]:
    """One option of every group; tensors are copied."""
    return [copy_of(group[key]) for group in optimizer.param_groups]


def set_group_value(group: dict[str, Any], key: str, value: Any) -> None:
    """Set an option; where it is a tensor, in its own memory."""
    if isinstance(group[key], Tensor):
        group[key].array[...] = number(value)
        mark_written(group[key])
    else:
        group[key] = value


def per_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """`value` as a list with one entry per group."""
    n = len(optimizer.param_groups)
    values: Sequence[Any] = value if isinstance(value, (list, tuple)) else [value] * n
    if len(values) != n:
        raise ValueError(f"{name} must have the same length as optimizer.param_groups: it has {len(values)} values, for {n} groups")
    return [copy_of(v) for v in values]
