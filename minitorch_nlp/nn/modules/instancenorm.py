"""Instance normalisation: each channel of each example by its own mean and variance."""

from __future__ import annotations

import warnings
from typing import Any

from .. import functional as F
from .batchnorm import _NormBase, check_dims

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _InstanceNorm(_NormBase):
    """What InstanceNorm1d, InstanceNorm2d and InstanceNorm3d share."""

    dims = 0  # of one example: its channels and its places

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = False, track_running_stats: bool = False,
        device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _check_input_dim(self, input: Any) -> None:
        check_dims(self, input, self.dims, self.dims + 1)

    def forward(self, input: Any) -> Any:
        """(N, C, ...) or (C, ...) -> the same."""
        self._check_input_dim(input)
        dim = input.dim() - self.dims
        if input.shape[dim] != self.num_features:
            fact = f"{type(self).__name__}: dimension {dim} of the input has size {input.shape[dim]}, num_features is {self.num_features}"
            if self.affine:
                raise ValueError(f"{fact}; the weight has one element for each feature")
            warnings.warn(f"{fact}, which is not used because affine=False", stacklevel=2)
        return self.normalized(input.unsqueeze(0)).squeeze(0) if dim == 0 else self.normalized(input)

    def normalized(self, input: Any) -> Any:
        uses_input = self.training or not self.track_running_stats
        momentum = 0.0 if self.momentum is None else self.momentum
        return F.instance_norm(input, self.running_mean, self.running_var, self.weight, self.bias, uses_input, momentum, self.eps)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], strict: bool, missing_keys: list[str],
        unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        if local_metadata.get("version") is None and not self.track_running_stats:
            found = [key for key in (f"{prefix}running_mean", f"{prefix}running_var") if state_dict.pop(key, None) is not None]
            if found:
                error_msgs.append(
                    f"Unexpected running stats buffer(s) {' and '.join(found)} for {type(self).__name__} with track_running_stats=False; "
                    "remove these keys from the state dict, or make the layer with track_running_stats=True"
                )
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)


class InstanceNorm1d(_InstanceNorm):
    """y = (x - mean) / sqrt(var + eps) * weight + bias, mean and (biased) variance over the places of one channel of one example.

    Args:
        num_features: C.
        eps: keeps the root away from 0.
        momentum: the weight of new statistics in the running ones.
        affine: whether there are weight and bias.
        track_running_stats: whether running statistics are kept in training, and used in evaluation.
        bias: whether there is a bias.

    Shape:
        x (N, C, L) or (C, L) -> the same.

    >>> import minitorch_nlp as torch
    >>> torch.nn.InstanceNorm1d(1)(torch.tensor([[[1.0, 3.0]], [[0.0, 8.0]]]))
    tensor([[[-1.0000,  1.0000]],
    <BLANKLINE>
            [[-1.0000,  1.0000]]])
    """

    dims = 2


class InstanceNorm2d(_InstanceNorm):
    """`InstanceNorm1d` for x (N, C, H, W) or (C, H, W)."""

    dims = 3


class InstanceNorm3d(_InstanceNorm):
    """`InstanceNorm1d` for x (N, C, D, H, W) or (C, D, H, W)."""

    dims = 4
