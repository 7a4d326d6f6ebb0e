"""Padding: something put around the last dimensions. Amounts are (left, right, top, bottom, front, back), or one number for all."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .module import Module

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "ReflectionPad1d",
    "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip


def amounts(padding: Any, n: int) -> Any:
    """(before, after) for each of n dimensions."""
    return tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * (2 * n)


class _PadNd(Module):
    """What the layers share that pad with values of the input."""

    dims = 0
    mode = ""

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = amounts(padding, self.dims)

    def forward(self, input: Any) -> Any:
        """(..., L) -> (..., left + L + right), and so on."""
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadNd(Module):
    """What the layers share that pad with one number."""

    dims = 0

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__()
        self.padding = amounts(padding, self.dims)
        self.value = value

    def forward(self, input: Any) -> Any:
        """(..., L) -> (..., left + L + right), and so on."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _CircularPadNd(_PadNd):
    """What the circular ones share."""

    mode = "circular"

    def forward(self, input: Any) -> Any:
        """(..., L) -> (..., left + L + right), and so on."""
        n = self.dims
        if input.dim() not in (n + 1, n + 2):
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.dim()}D input)")
        return super().forward(input)


class _ReflectionPadNd(_PadNd):
    """What the reflecting ones share."""

    mode = "reflect"


class _ReplicationPadNd(_PadNd):
    """What the replicating ones share."""

    mode = "replicate"


class ConstantPad1d(_ConstantPadNd):
    """The number `value` around the last dimension.

    >>> import minitorch_nlp as torch
    >>> torch.nn.ConstantPad1d((1, 2), 5.0)(torch.tensor([1.0, 2.0]))
    tensor([5., 1., 2., 5., 5.])
    """

    dims = 1


class ConstantPad2d(_ConstantPadNd):
    """The number `value` around the last two dimensions."""

    dims = 2


class ConstantPad3d(_ConstantPadNd):
    """The number `value` around the last three dimensions."""

    dims = 3


class ReflectionPad1d(_ReflectionPadNd):
    """The last dimension mirrored at both ends; the ends themselves are not repeated.

    >>> import minitorch_nlp as torch
    >>> torch.nn.ReflectionPad1d(2)(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 2., 1., 2., 3., 2., 1.]])
    """

    dims = 1


class ReflectionPad2d(_ReflectionPadNd):
    """The last two dimensions mirrored at both ends; the ends themselves are not repeated."""

    dims = 2


class ReflectionPad3d(_ReflectionPadNd):
    """The last three dimensions mirrored at both ends; the ends themselves are not repeated."""

    dims = 3


class ReplicationPad1d(_ReplicationPadNd):
    """The first and last places of the last dimension repeated.

    >>> import minitorch_nlp as torch
    >>> torch.nn.ReplicationPad1d(1)(torch.tensor([[1.0, 2.0]]))
    tensor([[1., 1., 2., 2.]])
    """

    dims = 1


class ReplicationPad2d(_ReplicationPadNd):
    """The first and last places of the last two dimensions repeated."""

    dims = 2


class ReplicationPad3d(_ReplicationPadNd):
    """The first and last places of the last three dimensions repeated."""

    dims = 3


class CircularPad1d(_CircularPadNd):
    """The last dimension continued from its other end.

    >>> import minitorch_nlp as torch
    >>> torch.nn.CircularPad1d(1)(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 1., 2., 3., 1.]])
    """

    dims = 1


class CircularPad2d(_CircularPadNd):
    """The last two dimensions continued from their other end."""

    dims = 2


class CircularPad3d(_CircularPadNd):
    """The last three dimensions continued from their other end."""

    dims = 3


class ZeroPad1d(ConstantPad1d):
    """Zeros around the last dimension."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Zeros around the last two dimensions."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Zeros around the last three dimensions."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"
