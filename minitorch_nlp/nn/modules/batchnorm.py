"""Batch normalisation: each channel by its own mean and variance over the batch."""

from __future__ import annotations

from typing import Any, NoReturn

from ...tensor.creation import empty, ones, tensor, zeros
from ...tensor.dtypes import int64
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"]


class _NormBase(Module):
    """Weight, bias and running statistics, one of each for a channel; shared by batch and instance normalisation."""

    _version = 2  # since 2 there is num_batches_tracked
    num_features: int
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True,
        device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        for name, present in (("weight", affine), ("bias", affine and bias)):
            self.register_parameter(name, Parameter(empty(num_features, device=device, dtype=dtype)) if present else None)
        track = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, device=device, dtype=dtype) if track else None)
        self.register_buffer("running_var", ones(num_features, device=device, dtype=dtype) if track else None)
        self.register_buffer("num_batches_tracked", tensor(0, dtype=int64, device=device) if track else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Mean 0, variance 1, no batches seen."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0, and the running statistics as at the start."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check_input_dim(self, input: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} must say in _check_input_dim(input) which inputs it takes")

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], strict: bool, missing_keys: list[str],
        unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        if self.track_running_stats and (local_metadata.get("version") or 0) < 2:
            state_dict.setdefault(f"{prefix}num_batches_tracked", self.num_batches_tracked)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)


def check_dims(module: Any, input: Any, *allowed: int) -> None:
    """Refuse an input of another number of dimensions."""
    if input.dim() not in allowed:
        wanted = " or ".join(f"{n}D" for n in allowed)
        raise ValueError(f"{type(module).__name__}: expected {wanted} input (got {input.dim()}D input)")


class _BatchNorm(_NormBase):
    """What BatchNorm1d, BatchNorm2d and BatchNorm3d share."""

    def forward(self, input: Any) -> Any:
        """(N, C, ...) -> the same."""
        self._check_input_dim(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        updates = self.training and self.track_running_stats
        if updates and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:  # the plain mean of all batches so far
                momentum = 1.0 / float(self.num_batches_tracked)
        uses_input = self.training or (self.running_mean is None and self.running_var is None)
        mean, var = (self.running_mean, self.running_var) if updates or not self.training else (None, None)
        return F.batch_norm(input, mean, var, self.weight, self.bias, uses_input, momentum, self.eps)


class BatchNorm1d(_BatchNorm):
    """y = (x - mean) / sqrt(var + eps) * weight + bias for each channel, mean and (biased) variance over the batch and all places.

    In evaluation, and in training beside it, running statistics are kept: running <- (1 - momentum) running + momentum new, the variance
    unbiased. In evaluation they take the place of the batch's.

    Args:
        num_features: C.
        eps: keeps the root away from 0.
        momentum: the weight of the new statistics; None for the plain mean over all batches.
        affine: whether there are weight and bias.
        track_running_stats: whether there are running statistics; without them evaluation normalises as training does.
        bias: whether there is a bias.

    Shape:
        x (N, C) or (N, C, L) -> the same.

    >>> import minitorch_nlp as torch
    >>> norm = torch.nn.BatchNorm1d(1, affine=False)
    >>> norm(torch.tensor([[1.0], [3.0]]))
    tensor([[-1.0000],
            [ 1.0000]])
    >>> list(norm.state_dict())
    ['running_mean', 'running_var', 'num_batches_tracked']
    """

    def _check_input_dim(self, input: Any) -> None:
        check_dims(self, input, 2, 3)


class BatchNorm2d(_BatchNorm):
    """`BatchNorm1d` for x (N, C, H, W)."""

    def _check_input_dim(self, input: Any) -> None:
        check_dims(self, input, 4)


class BatchNorm3d(_BatchNorm):
    """`BatchNorm1d` for x (N, C, D, H, W)."""

    def _check_input_dim(self, input: Any) -> None:
        check_dims(self, input, 5)


class SyncBatchNorm(_BatchNorm):
    """Not supported: batch normalisation over several processes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "SyncBatchNorm is not supported; use BatchNorm1d, whose statistics are those of one process, or LayerNorm"
        )

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> NoReturn:
        """Not supported."""
        raise NotImplementedError("SyncBatchNorm.convert_sync_batchnorm is not supported; keep the BatchNorm layers")
