"""Filling parameters with their first values. Every function works in place, records nothing and returns its tensor.

With the same seed they draw PyTorch's numbers.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend, random
from ..autograd.mode import no_grad
from ..autograd.tape import mark_written
from ..missing import explains_missing

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

GAINS = {"sigmoid": 1.0, "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
LINEAR = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights before a nonlinearity are scaled so that the variance of the signal is kept.

    1 for linear and sigmoid, 5/3 for tanh, sqrt(2) for relu, sqrt(2 / (1 + slope^2)) for leaky_relu (`param`, 0.01 if None), 3/4 for selu.

    >>> import minitorch_nlp as torch
    >>> torch.nn.init.calculate_gain("leaky_relu", 1)
    1.0
    """
    if nonlinearity in LINEAR:
        return 1.0
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {slope} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}; use one of {', '.join((*LINEAR, 'leaky_relu', *GAINS))}")
    return GAINS[nonlinearity]


def _calculate_fan_in_and_fan_out(tensor: Any) -> tuple[int, int]:
    """How many inputs each output sees, and how many outputs each input reaches: (D, H) for an (H, D) matrix."""
    if tensor.dim() < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    receptive_field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * receptive_field, tensor.shape[0] * receptive_field


def _calculate_correct_fan(tensor: Any, mode: str) -> int:
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]


@no_grad()
def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Any:
    """Values from U(a, b)."""
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Any:
    """Values from N(mean, std^2)."""
    return tensor.normal_(mean, std, generator=generator)


@no_grad()
def constant_(tensor: Any, val: float) -> Any:
    """The same value everywhere."""
    return tensor.fill_(val)


def ones_(tensor: Any) -> Any:
    """Ones."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Any) -> Any:
    """Zeros."""
    return constant_(tensor, 0.0)


@no_grad()
def eye_(tensor: Any) -> Any:
    """The identity matrix: y = x for a square Linear."""
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    write(tensor, np.eye(*tensor.shape))
    return tensor


@no_grad()
def dirac_(tensor: Any, groups: int = 1) -> Any:
    """The identity for a convolution's weight (out, in, ...): as many channels as there are pass through."""
    if tensor.dim() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    per_group = tensor.shape[0] // groups
    values = np.zeros(tensor.shape)
    middle = tuple(n // 2 for n in tensor.shape[2:])
    for g in range(groups):
        for d in range(min(per_group, tensor.shape[1])):
            values[(g * per_group + d, d, *middle)] = 1
    write(tensor, values)
    return tensor


def xavier_uniform_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """U(-a, a) with a = gain sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010): keeps variance forwards and backwards.

    >>> import minitorch_nlp as torch
    >>> w = torch.nn.init.xavier_uniform_(torch.empty(3, 5))
    >>> bool((w.abs() <= (6 / 8) ** 0.5).all())
    True
    """
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    std = gain * math.sqrt(2.0 / (fan_in + fan_out))
    a = math.sqrt(3.0) * std  # a uniform variable on (-a, a) has standard deviation a / sqrt(3)
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """N(0, std^2) with std = gain sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / (fan_in + fan_out)), generator)


def kaiming_uniform_(tensor: Any, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None) -> Any:
    """U(-b, b) with b = gain sqrt(3 / fan) (He et al., 2015), for layers before relu; `a` is leaky_relu's slope."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    fan = _calculate_correct_fan(tensor, mode)
    bound = math.sqrt(3.0) * (calculate_gain(nonlinearity, a) / math.sqrt(fan))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor: Any, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None) -> Any:
    """N(0, std^2) with std = gain / sqrt(fan) (He et al., 2015)."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    fan = _calculate_correct_fan(tensor, mode)
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(fan), generator)


@no_grad()
def trunc_normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None) -> Any:
    """N(mean, std^2) conditioned on [a, b], by rejection.

    Where more than 0.3 of the normal's mass lies in [a, b], normal draws are repeated until they fall inside; else uniform draws on
    [a, b] are accepted with probability pdf / max pdf.
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn("trunc_normal_: mean is more than 2 std from [a, b]; the values may not be distributed as asked.", stacklevel=2)
    mass = normal_cdf((b - mean) / std) - normal_cdf((a - mean) / std)
    fill = redraw_normal if mass > 0.3 else reject_uniform
    fill(tensor, mean, std, a, b, generator)
    mark_written(tensor)
    return tensor


def normal_cdf(x: float) -> float:
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


def redraw_normal(tensor: Any, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    values = tensor.normal_(mean, std, generator=generator).array
    low, high = values.dtype.type(a), values.dtype.type(b)
    while (outside := (values < low) | (values > high)).any():
        values[outside] = like(tensor).normal_(mean, std, generator=generator).array[outside]


def reject_uniform(tensor: Any, mean: float, std: float, a: float, b: float, generator: Any) -> None:
    log_peak = -0.5 * ((min(max(mean, a), b) - mean) / std) ** 2

    def rejected(x: Any) -> Any:
        with np.errstate(divide="ignore"):  # log 0 = -inf: accepted
            log_u = np.log(like(tensor).uniform_(generator=generator).array)
        z = (x - mean) / std
        return log_u > np.square(z) * -0.5 - log_peak

    values = tensor.uniform_(a, b, generator=generator).array
    pending = rejected(values)
    while pending.any():
        candidates = like(tensor).uniform_(a, b, generator=generator).array
        values[pending] = candidates[pending]
        pending &= rejected(candidates)


def like(tensor: Any) -> Any:
    """An empty tensor with the shape, dtype and memory order of `tensor`."""
    return tensor._wrap(np.empty_like(tensor.array))


@no_grad()
def orthogonal_(tensor: Any, gain: float = 1, generator: Any = None) -> Any:
    """A (semi-)orthogonal matrix times `gain` (Saxe et al., 2013); dimensions after the first count as one.

    The Q of a normal matrix's QR decomposition, its signs fixed by the diagonal of R so that it is uniformly distributed.
    """
    if tensor.dim() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    draws = random.normal((rows, columns), tensor.array.dtype, generator=generator)
    q, r = np.linalg.qr(draws.T if rows < columns else draws)
    q = q * np.sign(np.diagonal(r))
    write(tensor, gain * (q.T if rows < columns else q).reshape(tensor.shape))
    return tensor


@no_grad()
def sparse_(tensor: Any, sparsity: float, std: float = 0.01, generator: Any = None) -> Any:
    """N(0, std^2), in each column a fraction `sparsity` of the rows zero (Martens, 2010)."""
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    tensor.normal_(0, std, generator=generator)
    for column in range(columns):
        tensor.array[random.permutation(rows)[:zeros], column] = 0
    mark_written(tensor)
    return tensor


def write(tensor: Any, values: np.ndarray) -> None:
    tensor.array[...] = backend.beside(tensor.array, values)
    mark_written(tensor)


def deprecated(function: Callable[..., Any]) -> Callable[..., Any]:
    """The old name of an initialiser, without the underscore."""
    new = function.__name__
    old = new.removesuffix("_")

    @functools.wraps(function)
    def warned(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new}`.", FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    return warned


uniform = deprecated(uniform_)
normal = deprecated(normal_)
constant = deprecated(constant_)
eye = deprecated(eye_)
dirac = deprecated(dirac_)
xavier_uniform = deprecated(xavier_uniform_)
xavier_normal = deprecated(xavier_normal_)
kaiming_uniform = deprecated(kaiming_uniform_)
kaiming_normal = deprecated(kaiming_normal_)
orthogonal = deprecated(orthogonal_)
sparse = deprecated(sparse_)


__getattr__ = explains_missing(__name__)
