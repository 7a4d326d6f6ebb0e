"""Lazy modules: layers that take the sizes of their parameters from the first input, and then are ordinary layers."""

from __future__ import annotations

from itertools import chain
from typing import Any

from ...autograd.mode import no_grad
from ...tensor.creation import tensor
from ...tensor.dtypes import int64
from ...tensor.tensor import Tensor
from ..parameter import UninitializedBuffer, UninitializedParameter, is_lazy
from .batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .linear import Linear

__all__ = [
    "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyConv1d", "LazyConv2d", "LazyConv3d", "LazyConvTranspose1d",
    "LazyConvTranspose2d", "LazyConvTranspose3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d", "LazyInstanceNorm3d", "LazyLinear",
    "LazyModuleMixin",
]  # fmt: skip


class LazyModuleMixin:
    """Makes a module lazy: ``class LazyNet(LazyModuleMixin, Net)``.

    The constructor assigns `UninitializedParameter` and `UninitializedBuffer`; `initialize_parameters`, which takes what `forward` takes,
    gives them their shapes. It runs before the first forward; then the module is of the class `cls_to_become`, if that is given.
    Parameters get values also from a state dict.
    """

    cls_to_become: type | None = None
    _awaits_input = True
    _parameters: Any
    _buffers: Any

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give every parameter and buffer its shape, from the arguments of `forward`: every subclass defines it."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether any parameter or buffer of this very module has no shape yet."""
        return any(is_lazy(p) for p in chain(self._parameters.values(), self._buffers.values()))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._awaits_input:
            return super().__call__(*args, **kwargs)  # type: ignore[misc]
        self._infer_parameters(self, args, kwargs)
        return self(*args, **kwargs)  # another class's by now

    def _infer_parameters(self, module: Any, args: Any, kwargs: dict[str, Any] | None = None) -> None:
        """Initialise `module` for these arguments, without running its forward."""
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {type(self).__name__} has not been fully initialized: initialize_parameters left something out")
        module._awaits_input = False
        if module.cls_to_become is not None:
            del module._awaits_input
            module.__class__ = module.cls_to_become

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        for name, member in chain(self._parameters.items(), self._buffers.items()):
            value: Any = state_dict.get(prefix + name)
            if is_lazy(member) and isinstance(value, Tensor) and not is_lazy(value):
                member.materialize(value.shape)
        super()._load_from_state_dict(state_dict, prefix, *args)  # type: ignore[misc]


class LazyLinear(LazyModuleMixin, Linear):
    """A `Linear` that takes `in_features` from its first input.

    >>> import minitorch_nlp as torch
    >>> net = torch.nn.Sequential(torch.nn.LazyLinear(4), torch.nn.LazyLinear(2))
    >>> net(torch.ones(3, 5)).shape
    torch.Size([3, 2])
    >>> net[0]
    Linear(in_features=5, out_features=4, bias=True)
    """

    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, False)
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_features = out_features
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, if they are there."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Any) -> None:
        """Take `in_features` from the last dimension of `input`."""
        fresh = self.has_uninitialized_params()
        self.in_features = input.shape[-1]
        if fresh:
            with no_grad():
                materialize(self.weight, (self.out_features, self.in_features))
                materialize(self.bias, (self.out_features,))
                self.reset_parameters()


def materialize(member: Any, shape: tuple[int, ...]) -> None:
    """Give a parameter or buffer its shape, if it is there and has none."""
    if is_lazy(member):
        member.materialize(shape)


# ---- convolutions -------------------------------------------------------------------------------------------------------------------


class LazyConvMixin(LazyModuleMixin):
    """What the lazy convolutions share; the channels of the input are its dimension before the places."""

    dims: int
    groups: int
    kernel_size: Any
    transposed: bool

    def _start(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        self.weight: Any = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias: Any = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, if they are there."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Any, *args: Any, **kwargs: Any) -> None:
        """Take `in_channels` from `input`."""
        n = self.dims
        if input.dim() not in (n + 1, n + 2):
            raise RuntimeError(
                f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {type(self).__name__}, but got size {list(input.shape)}"
            )
        fresh = self.has_uninitialized_params()
        self.in_channels = input.shape[-n - 1]
        if self.in_channels % self.groups:
            raise ValueError(f"in_channels must be divisible by groups, got in_channels={self.in_channels} and groups={self.groups}")
        if fresh:
            inner, outer = self.in_channels, self.out_channels
            channels = (inner, outer // self.groups) if self.transposed else (outer, inner // self.groups)
            with no_grad():
                materialize(self.weight, (*channels, *self.kernel_size))
                materialize(self.bias, (outer,))
                self.reset_parameters()


class LazyConv(LazyConvMixin):
    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype)  # type: ignore[call-arg]
        self._start(out_channels, bias, device, dtype)


class LazyConv1d(LazyConv, Conv1d):
    """A `Conv1d` that takes `in_channels` from its first input."""

    cls_to_become = Conv1d


class LazyConv2d(LazyConv, Conv2d):
    """A `Conv2d` that takes `in_channels` from its first input."""

    cls_to_become = Conv2d


class LazyConv3d(LazyConv, Conv3d):
    """A `Conv3d` that takes `in_channels` from its first input."""

    cls_to_become = Conv3d


class LazyConvTranspose(LazyConvMixin):
    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1,
        bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, device, dtype)  # type: ignore[call-arg]
        self._start(out_channels, bias, device, dtype)


class LazyConvTranspose1d(LazyConvTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` that takes `in_channels` from its first input."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(LazyConvTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` that takes `in_channels` from its first input."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(LazyConvTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` that takes `in_channels` from its first input."""

    cls_to_become = ConvTranspose3d


# ---- normalisation ------------------------------------------------------------------------------------------------------------------


class LazyNorm(LazyModuleMixin):
    """What lazy batch and instance normalisation share; the features are dimension 1 of the input."""

    def __init__(
        self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True, device: Any = None,
        dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(0, eps, momentum, False, False, device, dtype)  # type: ignore[call-arg]
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight: Any = UninitializedParameter(device=device, dtype=dtype)
            if bias:
                self.bias: Any = UninitializedParameter(device=device, dtype=dtype)
        if track_running_stats:
            self.running_mean: Any = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var: Any = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = tensor(0, dtype=int64, device=device)

    def reset_parameters(self) -> None:
        """As of the layer it becomes, if the parameters are there."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Any) -> None:
        """Take `num_features` from `input`."""
        if self.has_uninitialized_params():
            self.num_features = input.shape[1]
            for member in (self.weight, self.bias, self.running_mean, self.running_var):
                materialize(member, (self.num_features,))
            self.reset_parameters()


class LazyBatchNorm1d(LazyNorm, BatchNorm1d):
    """A `BatchNorm1d` that takes `num_features` from its first input."""

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(LazyNorm, BatchNorm2d):
    """A `BatchNorm2d` that takes `num_features` from its first input."""

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(LazyNorm, BatchNorm3d):
    """A `BatchNorm3d` that takes `num_features` from its first input."""

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(LazyNorm, InstanceNorm1d):
    """An `InstanceNorm1d` that takes `num_features` from its first input."""

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(LazyNorm, InstanceNorm2d):
    """An `InstanceNorm2d` that takes `num_features` from its first input."""

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(LazyNorm, InstanceNorm3d):
    """An `InstanceNorm3d` that takes `num_features` from its first input."""

    cls_to_become = InstanceNorm3d
