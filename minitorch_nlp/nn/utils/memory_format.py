"""The memory layout of convolution weights. It changes no value."""

from __future__ import annotations

from typing import Any

from ...tensor.dtypes import channels_last, channels_last_3d, contiguous_format, preserve_format
from ..modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Lay the weights of all Conv2d and ConvTranspose2d in `module` out in this format; returns the module."""
    return converted(module, memory_format, (Conv2d, ConvTranspose2d), channels_last)


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Lay the weights of all Conv3d and ConvTranspose3d in `module` out in this format; returns the module."""
    return converted(module, memory_format, (Conv3d, ConvTranspose3d), channels_last_3d)


def converted(module: Any, memory_format: Any, kinds: tuple[type, ...], last: Any) -> Any:
    if memory_format not in (contiguous_format, preserve_format, last):
        raise RuntimeError(f"these weights can be {contiguous_format} or {last}, not {memory_format}")
    for layer in module.modules():
        if isinstance(layer, kinds):
            weight = layer.weight.detach()
            if memory_format is last:
                weight = weight.movedim(1, -1).contiguous().movedim(-1, 1)
            elif memory_format is contiguous_format:
                weight = weight.contiguous()
            layer.weight.data = weight
    return module
