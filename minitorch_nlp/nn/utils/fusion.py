"""Folding a batch normalisation into the layer before it, for evaluation."""

from __future__ import annotations

import copy
from typing import Any

from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A convolution that computes ``bn(conv(x))``; both in evaluation mode, `transpose` for transposed convolutions.

    >>> import minitorch_nlp as torch
    >>> conv, bn = torch.nn.Conv1d(2, 3, 2).eval(), torch.nn.BatchNorm1d(3).eval()
    >>> x = torch.randn(1, 2, 5)
    >>> torch.allclose(torch.nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)), atol=1e-6)
    True
    """
    check_ready(conv, bn)
    fused = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def check_ready(layer: Any, bn: Any) -> None:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval! Call .eval() on both layers first")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("fusion needs running statistics: a batch norm with track_running_stats=True")


def fuse_conv_bn_weights(
    conv_w: Any, conv_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any, transpose: bool = False
) -> tuple[Any, Any]:
    """w' = w s and b' = (b - mean) s + bias with s = weight / sqrt(var + eps), for each output channel."""
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    return folded(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape)


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A linear layer that computes ``bn(linear(x))``; both in evaluation mode."""
    check_ready(linear, bn)
    if bn.num_features not in (1, linear.out_features):
        raise AssertionError(
            f"To fuse, bn.num_features must be 1 or linear.out_features, got num_features={bn.num_features}, "
            f"out_features={linear.out_features}"
        )
    fused = copy.deepcopy(linear)
    fused.weight, fused.bias = fuse_linear_bn_weights(fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    return fused


def fuse_linear_bn_weights(
    linear_w: Any, linear_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any
) -> tuple[Any, Any]:  # fmt: skip
    """As `fuse_conv_bn_weights`, for each output feature."""
    return folded(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, [-1, 1])


def folded(w: Any, b: Any, mean: Any, var: Any, eps: float, bn_w: Any, bn_b: Any, shape: list[int]) -> tuple[Any, Any]:
    scale = (var + eps).rsqrt()
    scale = scale if bn_w is None else bn_w * scale
    shifted = -mean * scale if b is None else (b - mean) * scale
    shifted = shifted if bn_b is None else shifted + bn_b
    trained = b is not None and b.requires_grad
    bias_dtype = w.dtype if b is None else b.dtype
    return Parameter((w * scale.reshape(shape)).to(w.dtype), w.requires_grad), Parameter(shifted.to(bias_dtype), trained)
