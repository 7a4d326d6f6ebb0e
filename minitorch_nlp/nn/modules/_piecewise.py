"""Activation functions made of pieces, and those with a dimension or a parameter; exported by activation.py."""

from __future__ import annotations

from typing import Any

from ...tensor.creation import empty
from .. import functional as F
from .. import init as initialize
from ..parameter import Parameter
from .module import Module

__all__ = [
    "CELU", "Hardshrink", "Hardsigmoid", "Hardswish", "PReLU", "RReLU", "Softmax2d", "Softmin", "Softshrink", "Tanhshrink", "Threshold",
]  # fmt: skip


class CELU(Module):
    """y = x where x > 0, else `alpha` (e^(x / alpha) - 1)."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class Hardshrink(Module):
    """y = 0 where -`lambd` <= x <= `lambd`, else x."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(Module):
    """y = x - `lambd` above `lambd`, x + `lambd` below -`lambd`, 0 between."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Tanhshrink(Module):
    """y = x - tanh x"""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.tanhshrink(input)


class Hardsigmoid(Module):
    """y = min(max(x + 3, 0), 6) / 6"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.hardsigmoid(input, self.inplace)


class Hardswish(Module):
    """y = x hardsigmoid(x)"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.hardswish(input, self.inplace)


class Threshold(Module):
    """y = x where x > `threshold`, else `value`."""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}" + (", inplace=True" if self.inplace else "")


class PReLU(Module):
    """y = x where x > 0, else w x, w a trained number, or one for each channel, dimension 1.

    >>> import minitorch_nlp as torch
    >>> torch.nn.PReLU()(torch.tensor([-1.0, 2.0])).detach()
    tensor([-0.2500,  2.0000])
    """

    weight: Parameter

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(empty((num_parameters,), device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weights to `init`."""
        initialize.constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        """(N, C, ...) -> (N, C, ...)."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class RReLU(Module):
    """y = x where x > 0, else a x; in training a is drawn from [`lower`, `upper`] for each such element, else it is their mean."""

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")


class Softmin(Module):
    """softmax(-x) along `dim`."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.softmin(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax2d(Module):
    """Softmax over the channels of each place: (N, C, H, W) or (C, H, W)."""

    def forward(self, input: Any) -> Any:
        """(N, C, H, W) -> (N, C, H, W)."""
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: the input must be (C, H, W) or (N, C, H, W), it has {input.dim()} dimensions")
        return F.softmax(input, -3)
