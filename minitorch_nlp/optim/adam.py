"""Adam: steps scaled by running averages of the gradient and of its square."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend
from ..autograd.tape import mark_written
from ..tensor.tensor import Tensor
from ._update import in_blocks, number, scalars
from .optimizer import Optimizer, ParamsT, check_flags, check_lr

__all__ = ["Adam"]


def adam_update(param, grad, mean, square, peak, step_size, intake, beta2, intake2, root, eps, decay=None, shrink=None, maximize=False):
    """One step on arrays of one shape, in place::

        param = shrink param                                  (decoupled weight decay: shrink = 1 - lr weight_decay)
        g = grad + decay param                                (grad is -grad to maximize)
        mean = mean + intake (g - mean)                       (intake = 1 - beta1)
        square = beta2 square + intake2 g^2                   (intake2 = 1 - beta2)
        peak = max(peak, square)                              (amsgrad; used in place of square below)
        param = param - step_size mean / (sqrt(square) / root + eps)

    Both averages start at 0 and so are too small by 1 - beta^t after t steps: step_size = lr / (1 - beta1^t) and
    root = sqrt(1 - beta2^t) make up for it. None leaves a term out (`peak`, `decay`, `shrink`).
    """
    if maximize:
        grad = -grad
    if shrink is not None:
        param *= shrink
    if decay is not None:
        decayed = param * decay
        decayed += grad
        grad = decayed
    work = grad - mean
    if intake < 0.5:
        work *= intake
        mean += work
    else:  # the same point, counted from the other end: exact where beta1 is 0
        work *= 1 - intake
        np.subtract(grad, work, out=mean)
    square *= beta2
    np.multiply(grad, intake2, out=work)
    work *= grad
    square += work
    if peak is not None:
        np.maximum(peak, square, out=peak)
        square = peak
    np.sqrt(square, out=work)
    work /= root
    work += eps
    change = mean * step_size
    change /= work
    param -= change


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015).

    Keeps running averages of the gradient (`exp_avg`) and of its square (`exp_avg_sq`) and steps by
    ``lr * exp_avg / (sqrt(exp_avg_sq) + eps)``, both corrected for having started at zero.

    Args:
        params: tensors, (name, tensor) pairs, or dicts of a group's ``params`` and options.
        lr: learning rate, a number or a one-element Tensor.
        betas: how much of each average is kept at a step; two floats or two one-element Tensors.
        eps: keeps the denominator from zero.
        weight_decay: L2 penalty, added to the gradient (with `decoupled_weight_decay`: the parameter shrinks instead, as in AdamW).
        amsgrad: divide by the largest average of the square so far.
        maximize: climb instead of descend.
        foreach, fused, capturable: choose among torch's implementations; here there is one, so they change nothing.
        differentiable: not supported.

    >>> import minitorch_nlp as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.Adam([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.5000, 1.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True; leave foreach out")
        check_lr(lr)
        if not eps >= 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        if not weight_decay >= 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        check_flags(foreach, fused)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        absent = {"foreach": None, "fused": None}
        for group in self.param_groups:
            for key in ("amsgrad", "maximize", "foreach", "capturable", "differentiable", "decoupled_weight_decay", "fused"):
                group.setdefault(key, absent.get(key, False))
            for p in group["params"]:
                count = self.state.get(p, {}).get("step")
                if count is not None and not isinstance(count, Tensor):
                    self.state[p]["step"] = step_count(float(count))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; returns what `closure`, if given, returns."""
        loss = None if closure is None else self._evaluate(closure)
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                self._step_group(group)
        return loss

    def _step_group(self, group: dict[str, Any]) -> None:
        amsgrad, maximize = group["amsgrad"], group["maximize"]
        numbers: dict[Any, Any] = {}
        for p in group["params"]:
            grad = p._grad
            if grad is None:
                continue
            array, state = p.array, self.state[p]
            if not state:
                start(state, array, amsgrad)
            count = state["step"].array
            t = count.item() + 1
            count[()] = t
            key = (t, array.dtype)
            if key not in numbers:
                numbers[key] = (*scalars(array, *coefficients(group, t)), maximize)
            peak = state["max_exp_avg_sq"].array if amsgrad else None
            arrays = (array, grad.array, state["exp_avg"].array, state["exp_avg_sq"].array, peak)
            in_blocks(adam_update, arrays, numbers[key])
            mark_written(p)


def coefficients(group: dict[str, Any], t: float) -> tuple[Any, ...]:
    """What `adam_update` wants for step number `t`, from `step_size` to `shrink`."""
    lr, decay = number(group["lr"]), group["weight_decay"]
    beta1, beta2 = (number(b) for b in group["betas"])
    step_size = lr / (1 - beta1**t)
    root = (1 - beta2**t) ** 0.5
    coupled = shrink = None
    if decay != 0:
        coupled, shrink = (None, 1 - lr * decay) if group["decoupled_weight_decay"] else (decay, None)
    return step_size, 1 - beta1, beta2, 1 - beta2, root, group["eps"], coupled, shrink


def start(state: dict[str, Any], array: Any, amsgrad: bool) -> None:
    """The state of a parameter before its first step."""
    state["step"] = step_count(0.0)
    for name in ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if amsgrad else ("exp_avg", "exp_avg_sq"):
        state[name] = Tensor._wrap(np.zeros_like(array))


def step_count(t: float) -> Tensor:
    """A step count as torch keeps it: a 0-dim float tensor, always in main memory."""
    return Tensor._wrap(np.array(t, np.float64 if backend.default_dtype() == np.float64 else np.float32))


def check_betas(betas: tuple[Any, Any]) -> None:
    for i, beta in enumerate(betas):
        if isinstance(beta, Tensor) and beta.array.size != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element, but has shape {list(beta.shape)}")
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
    if not (all(isinstance(b, float) for b in betas) or all(isinstance(b, Tensor) for b in betas)):
        raise ValueError("betas must be either both floats or both Tensors")
