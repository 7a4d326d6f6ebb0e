"""Muon: momentum whose every step is made (nearly) orthogonal."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..autograd.tape import mark_written
from ..tensor.tensor import Tensor
from ._elementwise import PerParameter
from ._update import follow, number
from .optimizer import ParamsT, check_lr

__all__ = ["Muon"]

COEFFICIENTS = (3.4445, -4.775, 2.0315)


def muon_update(param, grad, buffer, adjusted, shrink, momentum, nesterov, coefficients, eps, steps):
    """One step on (n, m) arrays, in place::

    buffer = momentum buffer + (1 - momentum) grad
    G = (1 - momentum) grad + momentum buffer             (nesterov; else G = buffer)
    param = shrink param - adjusted U                     (shrink = 1 - lr weight_decay; U ~ G, orthogonalised)
    """
    follow(buffer, grad, 1 - momentum)
    towards = buffer
    if nesterov:
        towards = grad.copy()
        follow(towards, buffer, momentum)
    update = orthogonalize(towards, coefficients, eps, steps)
    param *= shrink
    param -= update.astype(param.dtype, copy=False) * adjusted


def orthogonalize(matrix, coefficients, eps, steps):
    """Roughly U V^T of the matrix U S V^T, by Newton and Schulz's iteration with a polynomial of degree 5::

        X = matrix / |matrix|
        X = a X + (b A + c A^2) X,  A = X X^T                 (`steps` times)

    takes each singular value s to a s + b s^3 + c s^5, and those are drawn to around 1 (0.7 to 1.2 with the usual coefficients) quickly
    from anywhere in (0, 1]. As in torch, every product is rounded to bfloat16's 8 bits: that is accurate enough for a direction.
    """
    if steps >= 100:
        raise ValueError(f"Number of steps must be less than 100 for computational efficiency, but is {steps}")
    if len(coefficients) != 3:
        raise ValueError(f"Coefficients must be a tuple of exactly 3 values, but there are {len(coefficients)}")
    a, b, c = coefficients
    flipped = matrix.shape[0] > matrix.shape[1]
    x = to_bfloat16(matrix.T if flipped else matrix)
    x = to_bfloat16(x / np.maximum(to_bfloat16(np.linalg.norm(x)), eps))
    for _ in range(steps):
        gram = to_bfloat16(x @ x.T)
        gram = to_bfloat16(gram @ gram * c + gram * b)
        x = to_bfloat16(gram @ x + x * a)
    return x.T if flipped else x


def to_bfloat16(x):
    """Float32 with the last 16 bits rounded away, to nearest, ties to even; inf and nan stay."""
    x = np.ascontiguousarray(x, np.float32)
    bits = x.view(np.uint32)
    rounded = bits + (np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1)))
    rounded &= np.uint32(0xFFFF0000)
    return np.where(np.isfinite(x), rounded.view(np.float32), x)


class Muon(PerParameter):
    """Muon (Jordan et al., 2024), for the weight matrices of hidden layers. Other parameters belong to another optimizer, such as AdamW.

    Args:
        params: matrices, (name, matrix) pairs, or dicts of a group's ``params`` and options.
        lr: learning rate, a number or a one-element Tensor.
        weight_decay: the parameter shrinks by ``lr * weight_decay``.
        momentum: how much of the average of the gradients is kept at a step.
        nesterov: look ahead by one momentum step.
        ns_coefficients: of the polynomial that makes the step orthogonal.
        eps: keeps the norm the step is divided by from zero.
        ns_steps: how often the polynomial is applied.
        adjust_lr_fn: "original" (or None): `lr` times ``sqrt(max(1, n / m))`` for an (n, m) matrix; "match_rms_adamw": times
            ``0.2 * sqrt(max(n, m))``, so that steps are as large as AdamW's.

    >>> import minitorch_nlp as torch
    >>> w = torch.eye(2).requires_grad_()
    >>> optimizer = torch.optim.Muon([w], lr=0.5, weight_decay=0.0)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([[0.4375, 0.0000],
            [0.0000, 0.4375]], requires_grad=True)
    """

    _added: ClassVar[dict[str, Any]] = {}

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = COEFFICIENTS,
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        for name, value in {"momentum": momentum, "weight decay": weight_decay}.items():
            if not value >= 0.0:
                raise ValueError(f"{name} should be >= 0 but is: {value}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"adjust_lr_fn {adjust_lr_fn!r} is not supported; use 'original' or 'match_rms_adamw'")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(f"Muon only supports 2D parameters, but one has size {tuple(p.shape)}; give it to another optimizer")

    def _step_group(self, group: dict[str, Any]) -> None:
        lr = number(group["lr"])
        options = (1 - lr * group["weight_decay"], group["momentum"], group["nesterov"], group["ns_coefficients"], group["eps"])
        for p in group["params"]:
            if p._grad is None:
                continue
            array, grad, state = p.array, p._grad.array, self.state[p]
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = Tensor._wrap(np.zeros_like(grad))
            n, m = array.shape
            larger = 0.2 * math.sqrt(max(n, m)) if group["adjust_lr_fn"] == "match_rms_adamw" else math.sqrt(max(1, n / m))
            muon_update(array, grad, state["momentum_buffer"].array, lr * larger, *options, group["ns_steps"])
            mark_written(p)
