"""Optimizers: ``update(params, grads)`` changes the arrays of the list `params` in place.

The updates are those of `minitorch_nlp.optim`. Rates may be changed between steps: ``optimizer.lr /= 4``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..backend import Array
from ..optim._update import in_blocks, scalars
from ..optim.adagrad import adagrad_update
from ..optim.adam import adam_update
from ..optim.rmsprop import rmsprop_update
from ..optim.sgd import sgd_update

__all__ = ["SGD", "AdaGrad", "Adam", "Momentum", "Nesterov", "RMSprop"]

EPS = 1e-7


class Optimizer:
    """What optimizers share. The i-th array always belongs to the same parameter."""

    slots = 0  # arrays remembered for each parameter

    def __init__(self, lr: float) -> None:
        self.lr = lr
        self.state: list[list[Array]] = []

    def update(self, params: list[Array], grads: list[Array]) -> None:
        """One step along `grads`."""
        if len(params) != len(grads):
            raise ValueError(f"{type(self).__name__}: there are {len(params)} parameters, but {len(grads)} gradients")
        if not self.state:
            self.state = [[np.zeros_like(p) for _ in range(self.slots)] for p in params]
        for param, grad, state in zip(params, grads, self.state):
            self.step(param, grad, *state)

    def step(self, param: Array, grad: Array, *state: Array) -> None:
        raise NotImplementedError


def apply(update: Any, arrays: list[Any], *numbers: float | None, **flags: bool) -> None:
    """An update of `minitorch_nlp.optim` on arrays of one shape."""
    in_blocks(lambda *rest: update(*rest, **flags), arrays, scalars(arrays[0], *numbers))


class SGD(Optimizer):
    """p <- p - lr g."""

    def __init__(self, lr: float = 0.01) -> None:
        super().__init__(lr)

    def step(self, param: Array, grad: Array, *state: Array) -> None:
        apply(sgd_update, [param, grad, None], self.lr)


class Momentum(Optimizer):
    """v <- momentum v - lr g,  p <- p + v."""

    slots, nesterov = 1, False

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        super().__init__(lr)
        self.momentum = momentum

    def step(self, param: Array, grad: Array, *state: Array) -> None:
        # The rate is in the buffer, as the formula has it: b = -v.
        apply(sgd_update, [param, grad * self.lr, *state], 1.0, None, self.momentum, nesterov=self.nesterov)


class Nesterov(Momentum):
    """v <- momentum v - lr g,  p <- p + momentum v - lr g (Bengio, Boulanger-Lewandowski and Pascanu 2013)."""

    nesterov = True


class AdaGrad(Optimizer):
    """h <- h + g^2,  p <- p - lr g / (sqrt(h) + 1e-7)."""

    slots = 1

    def __init__(self, lr: float = 0.01) -> None:
        super().__init__(lr)

    def step(self, param: Array, grad: Array, *state: Array) -> None:
        apply(adagrad_update, [param, grad, *state], self.lr, EPS)


class RMSprop(Optimizer):
    """h <- decay_rate h + (1 - decay_rate) g^2,  p <- p - lr g / (sqrt(h) + 1e-7)."""

    slots = 1

    def __init__(self, lr: float = 0.01, decay_rate: float = 0.99) -> None:
        super().__init__(lr)
        self.decay_rate = decay_rate

    def step(self, param: Array, grad: Array, *state: Array) -> None:
        apply(rmsprop_update, [param, grad, *state, None, None], self.lr, self.decay_rate, 1 - self.decay_rate, EPS)


class Adam(Optimizer):
    """m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2,  p <- p - lr_t m / (sqrt(v) + 1e-7)

    at step t, with lr_t = lr sqrt(1 - beta2^t) / (1 - beta1^t) (Kingma and Ba 2015, the form at the end of its section 2). `torch.optim.Adam` adds
    its epsilon to the corrected root instead.
    """

    slots = 2

    def __init__(self, lr: float = 0.001, beta1: float = 0.9, beta2: float = 0.999) -> None:
        super().__init__(lr)
        self.beta1, self.beta2 = beta1, beta2
        self.iter = 0

    def update(self, params: list[Array], grads: list[Array]) -> None:
        """One step along `grads`."""
        self.iter += 1
        super().update(params, grads)

    def step(self, param: Array, grad: Array, *state: Array) -> None:
        rate = self.lr * math.sqrt(1 - self.beta2**self.iter) / (1 - self.beta1**self.iter)
        apply(adam_update, [param, grad, *state, None], rate, 1 - self.beta1, self.beta2, 1 - self.beta2, 1.0, EPS)
