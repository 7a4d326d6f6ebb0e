"""Pools: the largest, the mean or the norm of each window. The formulas are at the functions of the same names in `nn.functional`."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d",
    "AvgPool1d", "AvgPool2d", "AvgPool3d", "FractionalMaxPool2d", "FractionalMaxPool3d", "LPPool1d", "LPPool2d", "LPPool3d", "MaxPool1d",
    "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d",
]  # fmt: skip


def tuple_of(value: Any, n: int) -> Any:
    """A number as a tuple of n; a sequence as a tuple."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * n


class _MaxPoolNd(Module):
    """What the max pools share."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def options(self) -> tuple[Any, ...]:
        return self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPoolNd):
    """The largest of each window: (N, C, L) -> (N, C, T), T = floor((L + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1.

    Args:
        kernel_size: how many places a window has.
        stride: how far it lies from the one before; side by side if None.
        padding: how many places are added at both ends; they are never the largest.
        dilation: how far the places of one window lie apart.
        return_indices: whether to return also where each value was found, for `MaxUnpool1d`.
        ceil_mode: whether a last window may reach past the end.

    >>> import minitorch_nlp as torch
    >>> torch.nn.MaxPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 5.0]]))
    tensor([[3., 5.]])
    """

    def forward(self, input: Any) -> Any:
        """(N, C, L) -> (N, C, T)."""
        return F.max_pool1d(input, *self.options())


class MaxPool2d(_MaxPoolNd):
    """`MaxPool1d` over two dimensions."""

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) -> (N, C, H', W')."""
        return F.max_pool2d(input, *self.options())


class MaxPool3d(_MaxPoolNd):
    """`MaxPool1d` over three dimensions."""

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W) -> (N, C, D', H', W')."""
        return F.max_pool3d(input, *self.options())


class _MaxUnpoolNd(Module):
    """What the unpools share."""

    dims = 0

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = tuple_of(kernel_size, self.dims)
        self.stride = self.kernel_size if stride is None else tuple_of(stride, self.dims)
        self.padding = tuple_of(padding, self.dims)

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        """Values and indices (N, C, *T) -> (N, C, *L)."""
        function = (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[self.dims - 1]
        return function(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpoolNd):
    """`MaxPool1d` undone: each value back at its index, 0 elsewhere. Takes the values, the indices and, optionally, the size."""

    dims = 1


class MaxUnpool2d(_MaxUnpoolNd):
    """`MaxUnpool1d` over two dimensions."""

    dims = 2


class MaxUnpool3d(_MaxUnpoolNd):
    """`MaxUnpool1d` over three dimensions."""

    dims = 3


class AvgPool1d(Module):
    """The mean of each window: (N, C, L) -> (N, C, T), T = floor((L + 2 padding - kernel_size) / stride) + 1.

    Args:
        count_include_pad: whether the padding counts, as zeros.
        The others as in `MaxPool1d`.

    >>> import minitorch_nlp as torch
    >>> torch.nn.AvgPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 6.0]]))
    tensor([[2., 4.]])
    """

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True
    ) -> None:
        super().__init__()
        self.kernel_size = tuple_of(kernel_size, 1)
        self.stride = tuple_of(kernel_size if stride is None else stride, 1)
        self.padding = tuple_of(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Any) -> Any:
        """(N, C, L) -> (N, C, T)."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPoolNd(Module):
    """What the mean pools over several dimensions share."""

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def options(self) -> tuple[Any, ...]:
        return self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPoolNd):
    """`AvgPool1d` over two dimensions; with `divisor_override` the sum divided by that."""

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) -> (N, C, H', W')."""
        return F.avg_pool2d(input, *self.options())


class AvgPool3d(_AvgPoolNd):
    """`AvgPool1d` over three dimensions; with `divisor_override` the sum divided by that."""

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W) -> (N, C, D', H', W')."""
        return F.avg_pool3d(input, *self.options())


class _LPPoolNd(Module):
    """What the norm pools share."""

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def options(self) -> tuple[Any, ...]:
        return float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode

    def extra_repr(self) -> str:
        return f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, ceil_mode={self.ceil_mode}"


class LPPool1d(_LPPoolNd):
    """The p-norm of each window, p the `norm_type`: (sum of x^p)^(1/p)."""

    def forward(self, input: Any) -> Any:
        """(N, C, L) -> (N, C, T)."""
        return F.lp_pool1d(input, *self.options())


class LPPool2d(_LPPoolNd):
    """`LPPool1d` over two dimensions."""

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) -> (N, C, H', W')."""
        return F.lp_pool2d(input, *self.options())


class LPPool3d(_LPPoolNd):
    """`LPPool1d` over three dimensions."""

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W) -> (N, C, D', H', W')."""
        return F.lp_pool3d(input, *self.options())


class _AdaptiveAvgPoolNd(Module):
    """What the adaptive mean pools share."""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The means of `output_size` windows that cover the length evenly: (N, C, L) -> (N, C, output_size).

    >>> import minitorch_nlp as torch
    >>> torch.nn.AdaptiveAvgPool1d(1)(torch.tensor([[1.0, 3.0, 2.0]]))
    tensor([[2.]])
    """

    def forward(self, input: Any) -> Any:
        """(N, C, L) -> (N, C, output_size)."""
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """`AdaptiveAvgPool1d` over two dimensions; None in `output_size` keeps a size."""

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) -> (N, C, *output_size)."""
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """`AdaptiveAvgPool1d` over three dimensions; None in `output_size` keeps a size."""

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W) -> (N, C, *output_size)."""
        return F.adaptive_avg_pool3d(input, self.output_size)


class _AdaptiveMaxPoolNd(Module):
    """What the adaptive max pools share."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The largest of each of `output_size` windows that cover the length evenly: (N, C, L) -> (N, C, output_size)."""

    def forward(self, input: Any) -> Any:
        """(N, C, L) -> (N, C, output_size)."""
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """`AdaptiveMaxPool1d` over two dimensions; None in `output_size` keeps a size."""

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) -> (N, C, *output_size)."""
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """`AdaptiveMaxPool1d` over three dimensions; None in `output_size` keeps a size."""

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W) -> (N, C, *output_size)."""
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)


class _FractionalMaxPoolNd(Module):
    """What the fractional max pools share."""

    dims = 0

    def __init__(
        self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False, _random_samples: Any = None
    ) -> None:
        super().__init__()
        name, n = type(self).__name__, self.dims
        if (output_size is None) == (output_ratio is None):
            raise ValueError(f"{name}: exactly one of output_size and output_ratio must be given")
        self.kernel_size = tuple_of(kernel_size, n)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else tuple_of(output_size, n)
        self.output_ratio = None if output_ratio is None else tuple_of(output_ratio, n)
        if self.output_ratio is not None and not all(0 < r < 1 for r in self.output_ratio):
            raise ValueError(f"{name}: output_ratio must be between 0 and 1, got {output_ratio}")

    def options(self) -> tuple[Any, ...]:
        return self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples


class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """The largest of each of `output_size` windows that lie at random distances: (N, C, H, W) -> (N, C, *output_size).

    Args:
        kernel_size: how many places a window has.
        output_size: how many windows there are; or else
        output_ratio: this as a fraction of the input's size.
        return_indices: whether to return also where each value was found, in the flattened (H W).
    """

    dims = 2

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) -> (N, C, *output_size)."""
        return F.fractional_max_pool2d(input, *self.options())


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """`FractionalMaxPool2d` over three dimensions."""

    dims = 3

    def forward(self, input: Any) -> Any:
        """(N, C, D, H, W) -> (N, C, *output_size)."""
        return F.fractional_max_pool3d(input, *self.options())
