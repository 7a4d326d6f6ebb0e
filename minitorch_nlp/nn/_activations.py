"""Activation functions with torch's signatures; the formulas are in `minitorch_nlp.functional.activation`, `shrinking` and `softmax`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import backend, random
from ..autograd.tape import apply_inplace
from ..functional import activation as A
from ..functional import shrinking as K
from ..functional.softmax import log_softmax as log_softmax_op
from ..functional.softmax import softmax as softmax_op
from ..tensor.tensor import Tensor

__all__ = [
    "celu", "celu_", "elu", "elu_", "gumbel_softmax", "hardsigmoid", "hardswish", "hardtanh", "hardtanh_", "leaky_relu", "leaky_relu_",
    "log_softmax", "mish", "relu", "relu6", "relu_", "rrelu", "rrelu_", "selu", "selu_", "silu", "softmax", "softmin", "threshold",
    "threshold_",
]  # fmt: skip


def run(op: Any, input: Any, inplace: bool, **options: Any) -> Any:
    """``op(input)``, written into `input` if asked."""
    return apply_inplace(op, input, (), options) if inplace else op(input, **options)


def relu(input: Any, inplace: bool = False) -> Any:
    """y = max(x, 0)"""
    return apply_inplace(A.relu, input, (), {}) if inplace else A.relu(input)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """y = x where x > 0, else `negative_slope` x."""
    return run(A.leaky_relu, input, inplace, negative_slope=negative_slope)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """y = x where x > 0, else `alpha` (e^x - 1)."""
    return run(A.elu, input, inplace, alpha=alpha)


def selu(input: Any, inplace: bool = False) -> Any:
    """y = s (x where x > 0, else a (e^x - 1)), a = 1.6733, s = 1.0507."""
    return run(A.selu, input, inplace)


def silu(input: Any, inplace: bool = False) -> Any:
    """y = x sigmoid(x)"""
    return run(A.silu, input, inplace)


def mish(input: Any, inplace: bool = False) -> Any:
    """y = x tanh(softplus(x))"""
    return run(A.mish, input, inplace)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """y = min(max(x, min_val), max_val)"""
    return run(A.hardtanh, input, inplace, min_val=min_val, max_val=max_val)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """y = min(max(x + 3, 0), 6) / 6"""
    return run(K.hardsigmoid, input, inplace)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """y = x hardsigmoid(x)"""
    return run(K.hardswish, input, inplace)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """y = x where x > 0, else `alpha` (e^(x / alpha) - 1)."""
    return run(K.celu, input, inplace, alpha=alpha)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """y = x where x > `threshold`, else `value`."""
    return run(K.threshold, input, inplace, threshold=threshold, value=value)


def relu6(input: Any, inplace: bool = False) -> Any:
    """y = min(max(x, 0), 6)"""
    return run(A.relu6, input, inplace)


def rrelu(input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False) -> Any:
    """y = x where x > 0, else a x; in training a is drawn from [lower, upper] for each such element, else it is their mean."""
    return random_relu(input, lower, upper, training, inplace)


def random_relu(input: Any, lower: float, upper: float, training: bool, inplace: bool, generator: Any = None) -> Any:
    """`rrelu`; the slopes are drawn, as float64, in the order of the elements, for those that are not above 0 only."""
    if lower > upper:
        raise RuntimeError(f"rrelu: lower must not be greater than upper, but {lower} > {upper}")
    if not training:
        return run(A.leaky_relu, input, inplace, negative_slope=(lower + upper) / 2)
    x = backend.to_numpy(input.array)
    lower, upper = np.array((lower, upper), x.dtype).tolist()
    noise, below = np.ones(x.shape, x.dtype), np.less_equal(x, 0)
    noise[below] = random.uniform(int(below.sum()), np.dtype("float64"), lower, upper, generator=generator)
    slopes = Tensor._wrap(backend.beside(input.array, noise))
    return apply_inplace(K.rrelu_with_noise, input, (slopes,), {}) if inplace else K.rrelu_with_noise(input, slopes)


def elu_(input: Any, alpha: float = 1.0) -> Any:
    """In place: `elu`."""
    return elu(input, alpha, inplace=True)


def celu_(input: Any, alpha: float = 1.0) -> Any:
    """In place: `celu`."""
    return celu(input, alpha, inplace=True)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Any:
    """In place: `leaky_relu`."""
    return leaky_relu(input, negative_slope, inplace=True)


def relu_(input: Any) -> Any:
    """In place: `relu`."""
    return relu(input, inplace=True)


def selu_(input: Any) -> Any:
    """In place: `selu`."""
    return selu(input, inplace=True)


def hardtanh_(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """In place: `hardtanh`."""
    return hardtanh(input, min_val, max_val, inplace=True)


def threshold_(input: Any, threshold: float, value: float) -> Any:
    """In place: `threshold`."""
    return run(K.threshold, input, True, threshold=threshold, value=value)


def rrelu_(input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Any:
    """In place: `rrelu`."""
    return rrelu(input, lower, upper, training, inplace=True)


# ---- along a dimension --------------------------------------------------------------------------------------------------------------


def implicit_dim(name: str, input: Any, dim: int | None) -> int:
    """The dimension torch takes where none is given: 1, but 0 for 0, 1 and 3 dimensions."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.", stacklevel=3
    )
    return 0 if input.dim() in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """y_i = e^x_i / sum_k e^x_k along `dim`; with `dtype` the input is cast first.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.softmax(torch.zeros(4), dim=0)
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    return softmax_op(input, dim=implicit_dim("softmax", input, dim), dtype=dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """y_i = x_i - ln sum_k e^x_k along `dim`; with `dtype` the input is cast first."""
    return log_softmax_op(input, dim=implicit_dim("log_softmax", input, dim), dtype=dtype)


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """softmax(-x)"""
    return softmax_op(-input, dim=implicit_dim("softmin", input, dim), dtype=dtype)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """softmax((logits + g) / tau) with g = -ln E, E exponentially distributed: a differentiable sample (Jang et al., 2017).

    With `hard` the result is one-hot, and its gradient that of the soft one.
    """
    noise = -np.log(random.exponential(tuple(logits.shape), logits.array.dtype, 1.0))
    y = softmax_op((logits + Tensor._wrap(backend.beside(logits.array, noise))) / tau, dim=dim)
    if not hard:
        return y
    chosen = np.equal(np.argmax(y.array, axis=dim, keepdims=True), np.arange(y.shape[dim]).reshape(along_last(dim, y.dim())))
    return y + (Tensor._wrap(chosen.astype(y.array.dtype)) - y.detach())


def along_last(dim: int, ndim: int) -> tuple[int, ...]:
    """The shape that puts a vector along `dim`."""
    return tuple(-1 if d == dim % ndim else 1 for d in range(ndim))
