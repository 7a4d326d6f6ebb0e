"""Averages of a model's weights over its training: `AveragedModel`, how to average, and a schedule for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from itertools import chain
from typing import Any

from ..autograd.mode import no_grad
from ..nn import Module
from ..nn.modules.batchnorm import _BatchNorm
from ..tensor.creation import tensor
from ..tensor.dtypes import int64
from ..tensor.tensor import Tensor
from .lr_scheduler.base import LRScheduler, Rate, per_group
from .optimizer import Optimizer

__all__ = ["SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn", "update_bn"]

Average = Callable[[Tensor, Tensor, Any], Tensor]
MultiAverage = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """A function that moves an exponential average on: ``decay * average + (1 - decay) * current``."""
    check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAverage:
    """As `get_ema_avg_fn`, for lists of tensors, in place."""
    check_decay(decay)

    @no_grad()
    def ema_update(ema_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], _: Any) -> None:
        for average, current in zip(ema_param_list, current_param_list):
            if average.is_floating_point():
                average.lerp_(current, 1 - decay)
            else:
                average.copy_(average * decay + current * (1 - decay))

    return ema_update


def get_swa_avg_fn() -> Average:
    """A function that takes one more into a plain mean: ``average + (current - average) / (n + 1)``."""

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def get_swa_multi_avg_fn() -> MultiAverage:
    """As `get_swa_avg_fn`, for lists of tensors, in place."""

    @no_grad()
    def swa_update(averaged_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], num_averaged: Any) -> None:
        share = float(1 / (num_averaged + 1))
        for average, current in zip(averaged_param_list, current_param_list):
            if average.is_floating_point():
                average.lerp_(current, share)
            else:
                average.add_((current - average) / (num_averaged + 1))

    return swa_update


def check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's: all weighed alike (Izmailov et al., 2018), unless told otherwise.

    The first `update_parameters` copies, every further one averages. `avg_fn` and `multi_avg_fn` are not in the state_dict.

    Args:
        model: the model; it is copied.
        device: where to keep the averages.
        avg_fn: ``avg_fn(average, current, n_averaged)`` returns the new average of one parameter, as `get_ema_avg_fn`'s does.
        multi_avg_fn: ``multi_avg_fn(averages, currents, n_averaged)`` changes a list of averages in place, as `get_ema_multi_avg_fn`'s does;
            called once per dtype.
        use_buffers: average the buffers too; otherwise they are copied.

    >>> import minitorch_nlp as torch
    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> average = torch.optim.swa_utils.AveragedModel(model)
    >>> for weight in (1.0, 2.0, 6.0):
    ...     _ = model.weight.data.fill_(weight)
    ...     average.update_parameters(model)
    >>> average.module.weight.item(), average.n_averaged.item()
    (3.0, 3)
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: MultiAverage | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model gives."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the parameters of `model` as they are now into the averages."""
        averages, currents = self._averaged(self), self._averaged(model)
        currents = [c.to(a.device) for a, c in zip(averages, currents)]
        if self.n_averaged.item() == 0:
            for average, current in zip(averages, currents):
                average.copy_(current)
        elif self.multi_avg_fn is not None:
            for dtype in dict.fromkeys(a.dtype for a in averages):
                pairs = [(a, c) for a, c in zip(averages, currents) if a.dtype is dtype]
                self.multi_avg_fn([a for a, _ in pairs], [c for _, c in pairs], self.n_averaged)
        else:
            for average, current in zip(averages, currents):
                average.copy_((self.avg_fn or get_swa_avg_fn())(average, current, self.n_averaged))
        if not self.use_buffers:
            for kept, current in zip(self.module.buffers(), model.buffers(), strict=True):
                kept.detach().copy_(current.detach().to(kept.device))
        self.n_averaged += 1

    def _averaged(self, model: Module) -> list[Tensor]:
        """Of this model or another, what there are averages of."""
        own = self.module if model is self else model
        return [t.detach() for t in (chain(own.parameters(), own.buffers()) if self.use_buffers else own.parameters())]


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running means and variances of a model's BatchNorm layers anew, by one pass over `loader`.

    An averaged model needs it: the statistics are of the weights that were there while training.

    Args:
        loader: of batches, each a tensor or a list or tuple whose first element is one.
        model: left in the mode, training or not, that it was in.
        device: move batches there first.
    """
    layers = {module: module.momentum for module in model.modules() if isinstance(module, _BatchNorm)}
    if not layers:
        return
    was_training = model.training
    model.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # plain means over all batches
    for batch in loader:
        x = batch[0] if isinstance(batch, (list, tuple)) else batch
        model(x if device is None else x.to(device))
    for layer, momentum in layers.items():
        layer.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Anneals each group's learning rate to a constant in `anneal_epochs`, then keeps it.

    Args:
        swa_lr: the constant, one for all groups or a list.
        anneal_epochs: how many epochs it takes.
        anneal_strategy: "cos" or "linear".
        last_epoch: -1 to begin.

    >>> import minitorch_nlp as torch
    >>> optimizer = torch.optim.SGD([torch.ones(2, requires_grad=True)], lr=1.0)
    >>> scheduler = torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> for epoch in range(4):
    ...     print(scheduler.get_last_lr())
    ...     optimizer.step()
    ...     scheduler.step()
    [1.0]
    [0.75]
    [0.5]
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        rates = per_group("swa_lr", optimizer, swa_lr)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        for rate, group in zip(rates, optimizer.param_groups):
            group["swa_lr"] = rate
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        present = self._present()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for lr, group in zip(present, self.optimizer.param_groups, strict=True):
            goal = group["swa_lr"]
            began = goal if before == 1 else (lr - before * goal) / (1 - before)
            rates.append(goal * now + began * (1 - now))
        return rates

    def _share(self, step: int) -> float:
        """How much of the way is done at `step`, from 0 to 1."""
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t
