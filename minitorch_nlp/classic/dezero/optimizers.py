"""Optimizers: they change the ``.data`` of a model's Parameters in place. Hooks see the Parameters first."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...optim.adadelta import adadelta_update
from ...optim.adagrad import adagrad_update
from .core import Parameter
from .layers import Layer

__all__ = ["AdaDelta", "AdaGrad", "Adam", "ClipGrad", "FreezeParam", "MomentumSGD", "Optimizer", "SGD", "WeightDecay"]


class Optimizer:
    """Subclass and write `update_one`."""

    target: Any = None

    def __init__(self) -> None:
        self.hooks: list[Callable[[list[Parameter]], None]] = []
        self.states: dict[int, tuple[Any, ...]] = {}

    def setup(self, target: Any) -> Any:
        """Say whose Parameters to update; gives the optimizer itself."""
        self.target = target
        return self

    def update(self) -> None:
        """Run the hooks on the Parameters that have a gradient, then update them (but those whose gradient a hook took away)."""
        params = [p for p in self.target.params() if p.grad is not None]
        for hook in self.hooks:
            hook(params)
        for p in params:
            if p.grad is not None:
                self.update_one(p)

    def update_one(self, param: Parameter) -> None:
        """Update one Parameter from its gradient."""
        raise NotImplementedError(f"{type(self).__name__} has no update_one")

    def add_hook(self, hook: Callable[[list[Parameter]], None]) -> None:
        """Call ``hook(params)`` before each update."""
        self.hooks.append(hook)

    def state(self, param: Parameter, count: int) -> tuple[Any, ...]:
        """The arrays that belong to a Parameter, zeros at first."""
        key = id(param)
        if key not in self.states:
            self.states[key] = tuple(np.zeros_like(param.data) for _ in range(count))
        return self.states[key]


# ---- hooks -------------------------------------------------------------------------------------------------------------------------


class WeightDecay:
    """grad += rate * data."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def __call__(self, params: list[Parameter]) -> None:
        for p in params:
            p.grad.data += self.rate * p.data


class ClipGrad:
    """Scales all gradients down together where their norm, sqrt(sum g^2), is greater than `max_norm`."""

    def __init__(self, max_norm: float) -> None:
        self.max_norm = max_norm

    def __call__(self, params: list[Parameter]) -> None:
        norm = math.sqrt(sum(float((p.grad.data**2).sum()) for p in params))
        rate = self.max_norm / (norm + 1e-6)
        if rate < 1:
            for p in params:
                p.grad.data *= rate


class FreezeParam:
    """Takes the gradients of some Parameters, or of all in some Layers, away, so that they stay as they are."""

    def __init__(self, *layers: Any) -> None:
        self.freeze_params = [p for x in layers for p in (x.params() if isinstance(x, Layer) else (x,))]

    def __call__(self, params: list[Parameter]) -> None:
        for p in self.freeze_params:
            p.grad = None


# ---- optimizers --------------------------------------------------------------------------------------------------------------------


class SGD(Optimizer):
    """p -= lr g."""

    def __init__(self, lr: float = 0.01) -> None:
        super().__init__()
        self.lr = lr

    def update_one(self, param: Parameter) -> None:
        param.data -= self.lr * param.grad.data


class MomentumSGD(Optimizer):
    """v = momentum v - lr g;  p += v."""

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        super().__init__()
        self.lr, self.momentum = lr, momentum

    def update_one(self, param: Parameter) -> None:
        (v,) = self.state(param, 1)
        v *= self.momentum
        v -= self.lr * param.grad.data
        param.data += v


class AdaGrad(Optimizer):
    """h += g^2;  p -= lr g / (sqrt(h) + eps)."""

    def __init__(self, lr: float = 0.001, eps: float = 1e-8) -> None:
        super().__init__()
        self.lr, self.eps = lr, eps

    def update_one(self, param: Parameter) -> None:
        (total,) = self.state(param, 1)
        adagrad_update(param.data, param.grad.data, total, self.lr, self.eps)


class AdaDelta(Optimizer):
    """s = rho s + (1 - rho) g^2;  d = sqrt(t + eps) / sqrt(s + eps) g;  t = rho t + (1 - rho) d^2;  p -= d."""

    def __init__(self, rho: float = 0.95, eps: float = 1e-6) -> None:
        super().__init__()
        self.rho, self.eps = rho, eps

    def update_one(self, param: Parameter) -> None:
        square, steps = self.state(param, 2)
        adadelta_update(param.data, param.grad.data, square, steps, 1.0, self.rho, 1 - self.rho, self.eps)


class Adam(Optimizer):
    """m += (1 - beta1) (g - m);  v += (1 - beta2) (g^2 - v);  p -= lr m / (sqrt(v) + eps)

    with lr = alpha sqrt(1 - beta2^t) / (1 - beta1^t) at step t: the form with eps beside the uncorrected v (Kingma and Ba, 2015, end of
    section 2), where torch has it beside the corrected one.
    """

    def __init__(self, alpha: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        super().__init__()
        self.t = 0
        self.alpha, self.beta1, self.beta2, self.eps = alpha, beta1, beta2, eps

    @property
    def lr(self) -> float:
        """The rate of this step."""
        return self.alpha * math.sqrt(1 - self.beta2**self.t) / (1 - self.beta1**self.t)

    def update(self) -> None:
        self.t += 1
        super().update()

    def update_one(self, param: Parameter) -> None:
        m, v = self.state(param, 2)
        g = param.grad.data
        m += (1 - self.beta1) * (g - m)
        v += (1 - self.beta2) * (g * g - v)
        param.data -= self.lr * m / (np.sqrt(v) + self.eps)
