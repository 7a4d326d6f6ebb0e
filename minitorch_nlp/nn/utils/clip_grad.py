"""Limiting gradients before an optimizer's step."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from types import GeneratorType
from typing import Any

import numpy as np

from ... import backend
from ...autograd.tape import mark_written
from ...tensor.tensor import Tensor

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def as_list(tensors: Any) -> list[Any]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def grads_of(parameters: Any) -> list[Any]:
    """The gradients of a parameter or of several, without those that have none."""
    grads = [p.grad for p in as_list(parameters) if p.grad is not None]
    if any(g.is_sparse for g in grads):
        raise NotImplementedError("sparse gradients are not clipped, in torch neither; make them dense: p.grad = p.grad.to_dense()")
    return grads


def get_total_norm(tensors: Iterable[Any], norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None) -> Any:
    """The norm of all elements of all tensors together, as if they were one vector: a 0-dim tensor."""
    order = float(norm_type)
    arrays = [t.array for t in as_list(tensors)]
    if not arrays:
        return Tensor._wrap(np.zeros((), backend.default_dtype()))
    norms = [norm_of(a.reshape(-1), order) for a in arrays]
    total = np.linalg.norm(np.stack(norms), order) if len(norms) > 1 else norms[0]
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite, so it cannot be clipped. "
            "To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return Tensor._wrap(backend.as_array(total))


def norm_of(vector: Any, order: float) -> Any:
    """A float16 vector's norm is taken in float32: the squares leave its range."""
    if vector.dtype.char == "e":
        return np.linalg.norm(vector.astype(np.float32), order).astype(vector.dtype)
    return np.linalg.norm(vector, order)


def clip_grads_with_norm_(parameters: Any, max_norm: float, total_norm: Any, foreach: bool | None = None) -> None:
    """Scale the gradients of `parameters` by max_norm / total_norm, where that is less than 1."""
    scale = float(max_norm) / (float(total_norm) + 1e-6)
    if scale >= 1:
        return
    with np.errstate(invalid="ignore"):  # an infinite norm gives inf * 0
        for grad in grads_of(parameters):
            grad.array *= scale
            mark_written(grad)


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Any:
    """Scale all gradients by one factor so that their norm together is at most `max_norm`.

    Args:
        parameters: a tensor or an iterable of tensors.
        max_norm: the limit.
        norm_type: the p of the p-norm; ``float("inf")`` for the largest absolute value.
        error_if_nonfinite: raise where the norm is nan or infinite.
        foreach: accepted; it chooses between two implementations in torch.

    Returns:
        The norm before clipping.

    >>> import minitorch_nlp as torch
    >>> w = torch.nn.Parameter(torch.zeros(2))
    >>> (w * torch.tensor([3.0, 4.0])).sum().backward()
    >>> torch.nn.utils.clip_grad_norm_([w], max_norm=1.0)
    tensor(5.)
    >>> w.grad
    tensor([0.6000, 0.8000])
    """
    is_generator = isinstance(parameters, GeneratorType)
    parameters = as_list(parameters)
    if is_generator and not parameters:
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    total_norm = get_total_norm(grads_of(parameters), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(parameters, max_norm, total_norm)
    return total_norm


def clip_grad_norm(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Any:
    """`clip_grad_norm_` under its older name, deprecated in PyTorch and so here."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.", FutureWarning, stacklevel=2
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Limit every element of the gradients to [-clip_value, clip_value]."""
    limit = float(clip_value)
    for grad in grads_of(parameters):
        np.clip(grad.array, -limit, limit, out=grad.array)
        mark_written(grad)
