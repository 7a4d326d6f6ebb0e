"""Muon: momentum whose every step is made (nearly) orthogonal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from ..autograd.tape import mark_written
from ..tensor.tensor import Tensor
from ._elementwise import PerParameter, Step, step_on_lists
from ._update import number
from .optimizer import ParamsT, check_lr

__all__ = ["Muon", "muon"]

COEFFICIENTS = (3.4445, -4.775, 2.0315)


def muon_update(param, grad, buffer, adjusted, shrink, momentum, nesterov, coefficients, eps, steps):
    """One step on (n, m) arrays, in place::

    buffer = momentum buffer + (1 - momentum) grad
    G = (1 - momentum) grad + momentum buffer             (nesterov; else G = buffer)
    param = shrink param - adjusted U                     (shrink = 1 - lr weight_decay; U ~ G, orthogonalised)
    """
    buffer[...] = between(buffer, grad, 1 - momentum)
    update = orthogonalize(between(grad, buffer, momentum) if nesterov else buffer, coefficients, eps, steps)
    param *= shrink
    param[...] = fused(update, -adjusted, param)


def fused(x, factor, y):
    """``factor x + y``. In float32 rounded once, as torch's loops do: what is rounded to bfloat16 next has to be the same number."""
    if y.dtype != np.float32:
        return x.astype(y.dtype) * factor + y
    return (x.astype(np.float64) * float(np.float32(factor)) + y).astype(np.float32)


def between(start, end, share):
    """``start + share (end - start)``, counted from the nearer end."""
    share = start.dtype.type(share)
    return fused(end - start, share, start) if share < 0.5 else fused(end - start, share - 1, end)


def orthogonalize(matrix, coefficients, eps, steps):
    """Roughly U V^T of the matrix U S V^T, by Newton and Schulz's iteration with a polynomial of degree 5::

        X = matrix / |matrix|
        X = a X + (b A + c A^2) X,  A = X X^T                 (`steps` times)

    takes each singular value s to a s + b s^3 + c s^5, and those are drawn to around 1 (0.7 to 1.2 with the usual coefficients) quickly
    from anywhere in (0, 1]. As in torch, each of the three lines is summed in float32 and rounded once to bfloat16's 8 bits: that is
    accurate enough for a direction. The order of a sum is the BLAS's, so now and then a number goes to its other neighbour.
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
        gram = to_bfloat16(fused(gram, b, gram @ gram * np.float32(c)))
        x = to_bfloat16(fused(x, a, gram @ x))
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

    @classmethod
    def _start(cls, state: dict[str, Any], array: Any, group: dict[str, Any]) -> None:
        state["momentum_buffer"] = Tensor._wrap(np.zeros_like(array))

    @classmethod
    def _step_with(cls, steps: Iterable[Step], group: dict[str, Any]) -> None:
        lr = number(group["lr"])
        options = (1 - lr * group["weight_decay"], group["momentum"], group["nesterov"], group["ns_coefficients"], group["eps"])
        for p, grad, state in steps:
            n, m = p.shape
            larger = 0.2 * math.sqrt(max(n, m)) if group["adjust_lr_fn"] == "match_rms_adamw" else math.sqrt(max(1, n / m))
            muon_update(p.array, grad.array, state["momentum_buffer"].array, lr * larger, *options, group["ns_steps"])
            mark_written(p)


def muon(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    muon_momentum_bufs: Sequence[Tensor],
    *,
    foreach: bool | None = None,
    lr: float,
    weight_decay: float,
    momentum: float,
    nesterov: bool,
    ns_coefficients: tuple[float, float, float],
    ns_steps: int,
    eps: float,
    adjust_lr_fn: str | None,
    has_complex: bool,
) -> None:
    """One step of `Muon` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    See `Muon` for the options. There is no `foreach` way, and no rule for complex parameters.
    """
    if foreach:
        raise RuntimeError("Foreach is not supported for Muon yet")
    if has_complex:
        raise ValueError("Complex parameters are not supported")
    if any(grad.ndim != 2 for grad in grads):
        raise ValueError("Param gradient must be a 2D matrix")
    state = {"momentum_buffer": muon_momentum_bufs}
    group = {
        "lr": lr,
        "weight_decay": weight_decay,
        "momentum": momentum,
        "nesterov": nesterov,
        "ns_coefficients": ns_coefficients,
        "ns_steps": ns_steps,
        "eps": eps,
        "adjust_lr_fn": adjust_lr_fn,
    }
    step_on_lists(Muon, params, grads, state, group)
