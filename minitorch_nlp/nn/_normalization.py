"""Normalization under torch's signatures: running statistics and checks here, formulas in `minitorch_nlp.functional`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..autograd.tape import mark_written
from ..functional import channel_norm as C
from ..functional import normalization as N
from ..functional.arrangement import pad
from ..tensor.results import into
from ..tensor.tensor import Tensor
from ._pooling import avg_pool2d
from ._sizes import require_tensor

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "normalize", "rms_norm"]


def in_float32(function: Any, input: Any, *parameters: Any) -> Any:
    """`function` of a float16 input, computed in float32: its sums of squares leave float16's range."""
    return function(input.float(), *(p if p is None else p.float() for p in parameters)).half()


def is_half(input: Any) -> bool:
    return input.array.dtype.char == "e"


# ---- channels -----------------------------------------------------------------------------------------------------------------------


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """y = (x - mean) / sqrt(var + eps) * weight + bias, for each channel: (N, C, ...), the other arguments (C) or None.

    In training, mean and variance are those of the input, and the running ones move towards them by `momentum` (the variance with
    n / (n - 1), unbiased). Otherwise the running ones are used.

    >>> import minitorch_nlp as torch
    >>> mean, var = torch.zeros(1), torch.ones(1)
    >>> torch.nn.functional.batch_norm(torch.tensor([[1.0], [3.0]]), mean, var, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    >>> mean, var
    (tensor([0.2000]), tensor([1.1000]))
    """
    require_tensor("batch_norm", "input", input)
    if training:
        check_values("batch_norm", input.shape)
    if eps < 0 or (training and eps == 0):
        raise ValueError(f"batch_norm: eps must be {'positive in training' if training else 'at least 0'}, it is {eps}")
    return batch_normalized(input, weight, bias, running_mean, running_var, training, momentum, eps)


def batch_normalized(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float, eps: float
) -> Any:
    """`batch_norm`, without the checks that torch makes in nn.functional only."""
    if tuple(input.shape) == (0,):  # no channels to look for
        return input.clone()
    if is_half(input):
        return in_float32(
            lambda x, w, b: batch_normalized(x, w, b, running_mean, running_var, training, momentum, eps), input, weight, bias
        )
    if training:
        return trained(input, weight, bias, running_mean, running_var, momentum, eps)[0]
    check_running("batch_norm", input, running_mean, running_var, True)
    return C.batch_norm_with_moments(input, *fixed(input, running_mean, running_var), weight, bias, eps=eps)


def trained(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, momentum: float, eps: float) -> tuple[Any, Any, Any]:
    """`batch_norm` by the input's own mean and variance: the output and these; the running ones follow."""
    check_running("batch_norm", input, running_mean, running_var, False)
    y, mean, var = C.batch_norm(input, weight, bias, eps=eps)
    if running_mean is not None and input.numel():
        track(running_mean, running_var, mean.array, var.array, input.numel() // input.shape[1], momentum)
    return y, mean, var


def fixed(input: Any, *running: Any) -> list[Any]:
    """Running statistics as they are now, outside the graph: a later update leaves what an op has saved of them alone."""
    return [Tensor._wrap(r.array.astype(input.array.dtype)) for r in running]


def track(running_mean: Any, running_var: Any, mean: Any, var: Any, count: int, momentum: float) -> None:
    """running <- (1 - momentum) running + momentum new, in place; the variance of `count` numbers made unbiased."""
    keep = 1 - momentum
    unbiased = count / (count - 1) if count > 1 else math.nan
    for running, new in ((running_mean, momentum * mean), (running_var, momentum * unbiased * var)):
        running.array *= keep
        running.array += new.astype(running.array.dtype, copy=False)
    mark_written(running_mean, running_var)


def check_values(name: str, size: Sequence[int]) -> None:
    """One value has no variance to be divided by."""
    if size[0] * math.prod(size[2:]) == 1:
        size[1]  # an IndexError for one dimension, as in torch
        raise ValueError(f"{name}: Expected more than 1 value per channel when training, got input size {list(size)}")


def check_running(name: str, input: Any, running_mean: Any, running_var: Any, needed: bool) -> None:
    """Both or none, one element for each channel."""
    if (running_mean is None) != (running_var is None):
        raise ValueError(f"{name}: running_mean and running_var must either both be None or neither be None")
    if running_mean is None:
        if needed:
            raise RuntimeError(f"{name}: running_mean and running_var are needed where the input's own statistics are not used")
        return
    for kind, running in (("running_mean", running_mean), ("running_var", running_var)):
        channels = input.shape[1] if input.dim() > 1 else 0
        if tuple(running.shape) != (channels,):
            raise RuntimeError(
                f"{name}: {kind} should contain {channels} elements, one for each channel of an input {list(input.shape)}, "
                f"not {list(running.shape)}"
            )
        if running.dtype != input.dtype and running.array.dtype.char != "e":
            raise RuntimeError(f"{name}: {kind} must have the dtype of the input, {input.dtype}, it has {running.dtype}")


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """y = (x - mean) / sqrt(var + eps) * weight + bias, mean and (biased) variance over each group of channels of each example.

    (N, C, ...) -> the same; weight and bias are (C). One group is `layer_norm` over all but N, C groups are `instance_norm`.
    """
    require_tensor("group_norm", "input", input)
    if input.dim() < 2:
        raise RuntimeError(f"group_norm: Expected at least 2 dimensions for input tensor but received {input.dim()}")
    check_values("group_norm", (input.shape[0] * input.shape[1] // num_groups, num_groups, *input.shape[2:]))
    return group_normalized(input, num_groups, weight, bias, eps)


def group_normalized(input: Any, num_groups: int, weight: Any, bias: Any, eps: float) -> Any:
    """`group_norm`, without the check that torch makes in nn.functional only."""
    if is_half(input):
        return in_float32(lambda x, w, b: group_normalized(x, num_groups, w, b, eps), input, weight, bias)
    return C.group_norm(input, weight, bias, num_groups=num_groups, eps=eps)[0]


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """y = (x - mean) / sqrt(var + eps) * weight + bias, mean and variance of each channel of each example: (N, C, ...).

    Running statistics, where they are given, move towards the mean over the examples by `momentum`; without `use_input_stats` they are
    used instead of the input's.
    """
    require_tensor("instance_norm", "input", input)
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"instance_norm: Expected more than 1 spatial element when training, got input size {list(input.shape)}")
    return instance_normalized(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps)


def instance_normalized(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, use_input_stats: bool, momentum: float, eps: float
) -> Any:
    """`instance_norm`, without the check that torch makes in nn.functional only."""
    check_running("instance_norm", input, running_mean, running_var, not use_input_stats)
    if is_half(input):
        return in_float32(
            lambda x, w, b: instance_normalized(x, w, b, running_mean, running_var, use_input_stats, momentum, eps), input, weight, bias
        )
    if not use_input_stats:
        return C.batch_norm_with_moments(input, *fixed(input, running_mean, running_var), weight, bias, eps=eps)
    channels = input.shape[1] if input.dim() > 1 else 0
    y, mean, var = C.group_norm(input, weight, bias, num_groups=max(channels, 1), eps=eps)
    if running_mean is not None and input.numel():
        track(running_mean, running_var, mean.array.mean(0), var.array.mean(0), math.prod(input.shape[2:]), momentum)
    return y


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """y = x / (k + alpha m)^beta, m the mean of x^2 over `size` neighbouring channels: (N, C, ...), at least 3 dimensions. A composite."""
    if input.dim() < 3:
        raise ValueError(f"local_response_norm: Expected 3D or higher dimensionality input (got {input.dim()} dimensions)")
    if input.numel() == 0:
        return input
    squares = (input * input).reshape(input.shape[0], 1, input.shape[1], -1)
    padded = pad(squares, pad=(0, 0, size // 2, (size - 1) // 2))
    mean = avg_pool2d(padded, (size, 1), stride=1).reshape(input.shape)
    return input / (mean * alpha + k) ** beta


# ---- features -----------------------------------------------------------------------------------------------------------------------


def as_sizes(name: str, normalized_shape: Any) -> tuple[int, ...]:
    if isinstance(normalized_shape, int):
        raise TypeError(f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not int")
    return tuple(normalized_shape)


def layer_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """y = (x - mean) / sqrt(var + eps) * weight + bias, over the last dimensions, `normalized_shape`."""
    sizes = as_sizes("layer_norm", normalized_shape)
    if is_half(input):
        return in_float32(lambda x, w, b: N.layer_norm(x, w, b, normalized_shape=sizes, eps=eps), input, weight, bias)
    return N.layer_norm(input, weight, bias, normalized_shape=sizes, eps=eps)


def rms_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """y = x / sqrt(mean(x^2) + eps) * weight, over the last dimensions; `eps` None is the dtype's machine epsilon."""
    sizes = as_sizes("rms_norm", normalized_shape)
    if is_half(input):
        return in_float32(lambda x, w: N.rms_norm(x, w, normalized_shape=sizes, eps=eps), input, weight)
    if weight is not None and weight.dtype != input.dtype:
        return (N.rms_norm(input, normalized_shape=sizes, eps=eps) * weight).to(input.dtype)
    return N.rms_norm(input, weight, normalized_shape=sizes, eps=eps)


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """y = x / max(|x|_p, eps), the norm along `dim`, one dimension or several.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.normalize(torch.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    return into("normalize", out, input / input.norm(p, dim, keepdim=True).clamp_min(eps))
