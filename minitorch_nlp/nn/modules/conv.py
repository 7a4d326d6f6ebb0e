"""Convolutions over one, two and three dimensions, and their transposes."""

from __future__ import annotations

import math
from typing import Any

from ...tensor.creation import empty
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


def tuple_of(value: Any, n: int) -> Any:
    """A number as a tuple of n; a sequence as a tuple."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


class _ConvNd(Module):
    """What all of them share: the parameters, and how they are drawn and printed."""

    in_channels: int
    out_channels: int
    weight: Parameter
    bias: Parameter | None

    dims = 0  # how many dimensions the kernel slides along

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, transposed: bool,
        output_padding: Any, groups: int, bias: bool, padding_mode: str, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        n = self.dims
        if groups <= 0:
            raise ValueError(f"groups must be a positive integer, got {groups}")
        for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise ValueError(f"{name} must be divisible by groups, got {name}={channels} and groups={groups}")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = tuple_of(kernel_size, n)
        self.stride = tuple_of(stride, n)
        self.padding = padding if isinstance(padding, str) else tuple_of(padding, n)
        self.dilation = tuple_of(dilation, n)
        self.transposed = transposed
        self.output_padding = tuple_of(output_padding, n)
        self.groups = groups
        self.padding_mode = padding_mode
        self.check_padding()
        channels = (in_channels, out_channels // groups) if transposed else (out_channels, in_channels // groups)
        self.weight = Parameter(empty((*channels, *self.kernel_size), device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def check_padding(self) -> None:
        if isinstance(self.padding, str):
            if self.padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {self.padding!r}, should be 'same' or 'valid', or give numbers")
            if self.padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError(f"padding='same' is not supported for strided convolutions, stride is {self.stride}")
        if self.padding_mode not in PADDING_MODES:
            raise ValueError(f"padding_mode must be one of {', '.join(PADDING_MODES)}, but got padding_mode={self.padding_mode!r}")
        if self.transposed and self.padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}, got {self.padding_mode!r}')

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, from U(-b, b) with b = sqrt(1 / (inputs of one output))."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        fan_in = self.weight.shape[1] * math.prod(self.kernel_size)
        if self.bias is not None and fan_in:
            bound = 1 / math.sqrt(fan_in)
            init.uniform_(self.bias, -bound, bound)

    def amounts(self) -> tuple[int, ...]:
        """The padding as `F.pad` takes it: (before, after) for each dimension from the last."""
        if self.padding == "same":
            totals = [d * (k - 1) for k, d in zip(self.kernel_size, self.dilation)]
            return tuple(k for t in reversed(totals) for k in (t // 2, t - t // 2))
        pads: Any = (0,) * self.dims if self.padding == "valid" else self.padding
        return tuple(p for p in reversed(pads) for _ in range(2))

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * self.dims:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self.dims:
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * self.dims:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _Conv(_ConvNd):
    """What Conv1d, Conv2d and Conv3d share."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
        bias: bool = True, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, False, 0, groups, bias, padding_mode, device, dtype
        )

    def forward(self, input: Any) -> Any:
        """(N, C, *L) -> (N, O, *T)."""
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        """The convolution with another weight: what layers that change it first call. Padding other than zeros is put around the input."""
        function = (F.conv1d, F.conv2d, F.conv3d)[self.dims - 1]
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self.amounts(), mode=self.padding_mode), 0
        return function(input, weight, bias, self.stride, padding, self.dilation, self.groups)


class Conv1d(_Conv):
    """y[n, o, t] = b[o] + sum over c, j of w[o, c, j] x[n, c, t stride + j dilation - padding]

    Args:
        in_channels: C.
        out_channels: O.
        kernel_size: K, how many places a window has.
        stride: how far it lies from the one before.
        padding: how many places are put at both ends; 'valid' is none, 'same' as many as keep the length.
        dilation: how far the places of one window lie apart.
        groups: into how many parts the channels are cut; each output channel sees those of its part.
        bias: whether there is a b.
        padding_mode: what is put there: zeros, reflect, replicate or circular.

    Shape:
        x (N, C, L) or (C, L) -> y (N, O, T) or (O, T), T = floor((L + 2 padding - dilation (K - 1) - 1) / stride) + 1;
        weight (O, C / groups, K), bias (O).

    >>> import minitorch_nlp as torch
    >>> torch.nn.Conv1d(16, 33, 3, stride=2)(torch.randn(20, 16, 50)).shape
    torch.Size([20, 33, 24])
    """

    dims = 1


class Conv2d(_Conv):
    """`Conv1d` over two dimensions: x (N, C, H, W) -> y (N, O, H', W'); weight (O, C / groups, K1, K2).

    >>> import minitorch_nlp as torch
    >>> torch.nn.Conv2d(1, 6, (3, 300))(torch.randn(2, 1, 20, 300)).shape
    torch.Size([2, 6, 18, 1])
    """

    dims = 2


class Conv3d(_Conv):
    """`Conv1d` over three dimensions: x (N, C, D, H, W) -> y (N, O, D', H', W'); weight (O, C / groups, K1, K2, K3)."""

    dims = 3


class _ConvTransposeNd(_ConvNd):
    """What ConvTranspose1d, ConvTranspose2d and ConvTranspose3d share."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
        groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            True,
            output_padding,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input: Any, output_size: Any = None) -> Any:
        """(N, C, *T) -> (N, O, *L); `output_size` says L, in place of output_padding."""
        function = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[self.dims - 1]
        extra = self.output_padding if output_size is None else self.extra_for(input, list(output_size))
        return function(input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation)

    def extra_for(self, input: Any, size: list[int]) -> tuple[int, ...]:
        """The output padding that gives this size."""
        n = self.dims
        if len(size) == input.dim():
            size = size[input.dim() - n :]
        if len(size) != n:
            raise ValueError(f"{type(self).__name__}: output_size must have {n} or {input.dim()} elements (got {len(size)})")
        places = input.shape[input.dim() - n :]
        least = [
            (t - 1) * s - 2 * p + d * (k - 1) + 1
            for t, s, p, d, k in zip(places, self.stride, self.padding, self.dilation, self.kernel_size)
        ]
        most = [low + s - 1 for low, s in zip(least, self.stride)]
        if any(not low <= k <= high for low, k, high in zip(least, size, most)):
            raise ValueError(
                f"requested an output size of {size}, but valid sizes range from {least} to {most} (for an input of {list(places)})"
            )
        return tuple(k - low for k, low in zip(size, least))


class ConvTranspose1d(_ConvTransposeNd):
    """y[n, o, i] = b[o] + sum of w[c, o, j] x[n, c, t] over all c, j, t with t stride + j dilation - padding = i

    The gradient of `Conv1d` by its input.

    Args:
        output_padding: by how much the output is longer; several lengths give the same T in Conv1d, this chooses one of them.
        The others as in Conv1d.

    Shape:
        x (N, C, T) or (C, T) -> y (N, O, L) or (O, L), L = (T - 1) stride - 2 padding + dilation (K - 1) + 1 + output_padding;
        weight (C, O / groups, K), bias (O).

    >>> import minitorch_nlp as torch
    >>> torch.nn.ConvTranspose1d(16, 33, 3, stride=2)(torch.randn(20, 16, 50)).shape
    torch.Size([20, 33, 101])
    """

    dims = 1


class ConvTranspose2d(_ConvTransposeNd):
    """`ConvTranspose1d` over two dimensions: x (N, C, H', W') -> y (N, O, H, W); weight (C, O / groups, K1, K2)."""

    dims = 2


class ConvTranspose3d(_ConvTransposeNd):
    """`ConvTranspose1d` over three dimensions: x (N, C, D', H', W') -> y (N, O, D, H, W); weight (C, O / groups, K1, K2, K3)."""

    dims = 3
