"""Normalization under the signatures of the torch namespace: ``torch.batch_norm`` takes weight and bias before the running statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..functional.channel_norm import group_norm as channel_group_norm
from ..tensor.results import into
from . import _normalization as F

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "native_batch_norm", "native_group_norm", "native_layer_norm"]


def batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Any:
    """`nn.functional.batch_norm` with another order of arguments; also for a single value per channel. `cudnn_enabled` changes nothing."""
    return F.batch_normalized(input, weight, bias, running_mean, running_var, training, momentum, eps)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5, cudnn_enabled: bool = True) -> Any:
    """`nn.functional.group_norm`, also for a single value per group. `cudnn_enabled` changes nothing."""
    return F.group_normalized(input, num_groups, weight, bias, eps)


def instance_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Any:
    """`nn.functional.instance_norm` with another order of arguments. `cudnn_enabled` changes nothing."""
    return F.instance_normalized(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps)


def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5, cudnn_enable: bool = True
) -> Any:
    """`nn.functional.layer_norm`; `cudnn_enable` changes nothing."""
    return F.layer_norm(input, normalized_shape, weight, bias, eps)


def native_batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
    *,
    out: Any = None,
) -> tuple[Any, Any, Any]:
    """`batch_norm`, and with it the mean and 1 / sqrt(var + eps) of each channel, outside the graph; these are empty if not `training`."""
    if not training:
        y = F.batch_normalized(input, weight, bias, running_mean, running_var, False, momentum, eps)
        return into("native_batch_norm", out, (y, input.new_empty(0), input.new_empty(0)))
    y, mean, var = F.trained(input, weight, bias, running_mean, running_var, momentum, eps)
    return into("native_batch_norm", out, (y, mean.detach(), (var.detach() + eps).rsqrt()))


def native_group_norm(input: Any, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float) -> tuple[Any, Any, Any]:
    """`group_norm` of an input of N examples, C channels and HxW places, and with it the mean and 1 / sqrt(var + eps) of each group."""
    if input.dim() < 2 or input.shape[0] != N or input.shape[1] != C or input.numel() != N * C * HxW:
        raise RuntimeError(f"native_group_norm: N={N}, C={C}, HxW={HxW} do not describe an input of shape {list(input.shape)}")
    y, mean, var = channel_group_norm(input, weight, bias, num_groups=group, eps=eps)
    return y, mean, (var + eps).rsqrt()


def native_layer_norm(input: Any, normalized_shape: Sequence[int], weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    """`layer_norm`, and with it the mean and 1 / sqrt(var + eps) of each row, outside the graph."""
    y = F.layer_norm(input, normalized_shape, weight, bias, eps)
    dims = tuple(range(-len(tuple(normalized_shape)), 0))
    rows = input.detach()
    return y, rows.mean(dims, keepdim=True), (rows.var(dims, correction=0, keepdim=True) + eps).rsqrt()
