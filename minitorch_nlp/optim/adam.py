"""Adam: steps scaled by running averages of the gradient and of its square."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..tensor.tensor import Tensor
from ._elementwise import Elementwise, check_betas, check_nonnegative, step_count, step_on_lists
from ._update import add_square, direction, follow, number
from .optimizer import ParamsT, check_flags, check_lr

__all__ = ["Adam", "adam", "step_count"]


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
    if shrink is not None:
        param *= shrink
    if maximize or decay is not None:
        grad = direction(param, grad, decay, maximize)
    work = follow(mean, grad, intake)
    add_square(square, grad, beta2, intake2, work)
    if peak is not None:
        np.maximum(peak, square, out=peak)
        square = peak
    np.sqrt(square, out=work)
    work /= root
    work += eps
    change = mean * step_size
    change /= work
    param -= change


class Adam(Elementwise):
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

    _update = staticmethod(adam_update)
    _added: ClassVar[dict[str, Any]] = {
        "amsgrad": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "fused": None,
    }
    _instead = ", please consider SparseAdam instead"

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
        check_nonnegative(epsilon=eps)
        check_adam_betas(betas, foreach and not capturable)
        check_nonnegative(weight_decay=weight_decay)
        check_flags(foreach, fused)
        defaults = {
            "lr": lr,
            "betas": tuple(b.squeeze() if isinstance(b, Tensor) else b for b in betas),
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

    @classmethod
    def _slots(cls, group: dict[str, Any]) -> tuple[str | None, ...]:
        return "exp_avg", "exp_avg_sq", "max_exp_avg_sq" if group["amsgrad"] else None

    @classmethod
    def _coefficients(cls, group: dict[str, Any], t: float) -> tuple[Any, ...]:
        """What `adam_update` wants for step number `t`, from `step_size` to `shrink`."""
        lr, decay = number(group["lr"]), group["weight_decay"]
        beta1, beta2 = (number(b) for b in group["betas"])
        step_size = lr / (1 - beta1**t)
        root = (1 - beta2**t) ** 0.5
        coupled = shrink = None
        if decay != 0:
            coupled, shrink = (None, 1 - lr * decay) if group["decoupled_weight_decay"] else (decay, None)
        return step_size, 1 - beta1, beta2, 1 - beta2, root, group["eps"], coupled, shrink


def check_adam_betas(betas: tuple[Any, Any], numbers_only: bool | None) -> None:
    for i, beta in enumerate(betas):
        if isinstance(beta, Tensor) and numbers_only:
            raise ValueError(f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True; leave foreach out")
        if isinstance(beta, Tensor) and beta.array.size != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element, but has shape {list(beta.shape)}")
    check_betas(betas)
    if not (all(isinstance(b, float) for b in betas) or all(isinstance(b, Tensor) for b in betas)):
        raise ValueError("betas must be either both floats or both Tensors")


def adam(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    exp_avgs: Sequence[Tensor],
    exp_avg_sqs: Sequence[Tensor],
    max_exp_avg_sqs: Sequence[Tensor],
    state_steps: Sequence[Tensor],
    foreach: bool | None = None,
    capturable: bool = False,
    differentiable: bool = False,
    fused: bool | None = None,
    grad_scale: Tensor | None = None,
    found_inf: Tensor | None = None,
    has_complex: bool = False,
    decoupled_weight_decay: bool = False,
    *,
    amsgrad: bool,
    beta1: float | Tensor,
    beta2: float | Tensor,
    lr: float | Tensor,
    weight_decay: float,
    eps: float,
    maximize: bool,
) -> None:
    """One step of `Adam` on lists: the parameters, their gradients, and the state, which the caller keeps. Changed in place.

    `max_exp_avg_sqs` may be empty without `amsgrad`.

    See `Adam` for the options. `foreach`, `fused` and `has_complex` choose among torch's implementations; here there is one.
    """
    state = {"step": state_steps, "exp_avg": exp_avgs, "exp_avg_sq": exp_avg_sqs, "max_exp_avg_sq": max_exp_avg_sqs}
    group = {
        "lr": lr,
        "betas": (beta1, beta2),
        "eps": eps,
        "weight_decay": weight_decay,
        "amsgrad": amsgrad,
        "maximize": maximize,
        "decoupled_weight_decay": decoupled_weight_decay,
    }
    step_on_lists(
        Adam, params, grads, state, group, capturable=capturable, differentiable=differentiable, fused=fused, scale=(grad_scale, found_inf)
    )
