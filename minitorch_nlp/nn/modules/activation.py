"""Activation functions as modules, and multi-head attention."""

from __future__ import annotations

import warnings
from typing import Any

from ...tensor.creation import empty
from .. import functional as F
from .. import init
from ..parameter import Parameter
from ._piecewise import (
    CELU,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    PReLU,
    RReLU,
    Softmax2d,
    Softmin,
    Softshrink,
    Tanhshrink,
    Threshold,
)  # fmt: skip
from .linear import NonDynamicallyQuantizableLinear
from .module import Module

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid", "LogSoftmax",
    "Mish", "MultiheadAttention", "PReLU", "RReLU", "ReLU", "ReLU6", "SiLU", "Sigmoid", "Softmax", "Softmax2d", "Softmin", "Softplus",
    "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold",
]  # fmt: skip


class InplaceActivation(Module):
    """An activation whose only setting is whether it overwrites its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ReLU(InplaceActivation):
    """y = max(x, 0)

    >>> import minitorch_nlp as torch
    >>> torch.nn.ReLU()(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.relu(input, self.inplace)


class SiLU(InplaceActivation):
    """y = x sigmoid(x)"""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.silu(input, self.inplace)


class Mish(InplaceActivation):
    """y = x tanh(softplus(x))"""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.mish(input, self.inplace)


class SELU(InplaceActivation):
    """y = s (max(x, 0) + min(a (e^x - 1), 0)), a = 1.6733, s = 1.0507: keeps mean 0 and variance 1."""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.selu(input, self.inplace)


class GELU(Module):
    """y = x Phi(x), Phi the normal distribution's cumulative function; ``approximate="tanh"`` takes a tanh for it."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Tanh(Module):
    """y = tanh(x)"""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.tanh(input)


class Sigmoid(Module):
    """y = 1 / (1 + e^-x)"""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.sigmoid(input)


class LogSigmoid(Module):
    """y = ln(1 / (1 + e^-x))"""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.logsigmoid(input)


class Softsign(Module):
    """y = x / (1 + |x|)"""

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.softsign(input)


class Softmax(Module):
    """y_i = e^x_i / sum_k e^x_k along `dim`.

    >>> import minitorch_nlp as torch
    >>> torch.nn.Softmax(dim=1)(torch.zeros(1, 4))
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """y_i = x_i - ln sum_k e^x_k along `dim`."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class GLU(Module):
    """y = a sigmoid(b), a and b the halves of x along `dim`."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """(..., 2 n, ...) -> (..., n, ...)."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LeakyReLU(Module):
    """y = x where x > 0, else `negative_slope` x."""

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class ELU(Module):
    """y = x where x > 0, else `alpha` (e^x - 1)."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class Softplus(Module):
    """y = ln(1 + e^(beta x)) / beta, and x itself where beta x > `threshold`."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.softplus(input, beta=self.beta, threshold=self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardtanh(Module):
    """y = min(max(x, min_val), max_val)"""

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        if min_value is not None or max_value is not None:
            warnings.warn("Hardtanh: min_value and max_value are deprecated; use min_val and max_val", FutureWarning, stacklevel=2)
        min_val = min_val if min_value is None else min_value
        max_val = max_val if max_value is None else max_value
        if max_val <= min_val:
            raise AssertionError("max_val must be larger than min_val")
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """(...) -> (...)."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class ReLU6(Hardtanh):
    """y = min(max(x, 0), 6)"""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class MultiheadAttention(Module):
    """Attention by several heads side by side (Vaswani et al., 2017).

    Head k projects query, key and value to E / K features each, attends with softmax(q k^T / sqrt(E / K)) v, and the heads' results,
    one after the other, are projected by `out_proj`.

    Args:
        embed_dim: size of the query and of the output, E.
        num_heads: number of heads, K; it divides E.
        dropout: probability with which attention weights are dropped in training.
        bias: whether the projections have one.
        add_bias_kv: append a trained key and value to the sequences.
        add_zero_attn: append a zero key and value to the sequences.
        kdim, vdim: sizes of key and value if they are not E.
        batch_first: sequences are (N, L, E) instead of (L, N, E).

    >>> import minitorch_nlp as torch
    >>> attention = torch.nn.MultiheadAttention(embed_dim=8, num_heads=2, batch_first=True)
    >>> x = torch.randn(3, 5, 8)
    >>> y, weights = attention(x, x, x)
    >>> y.shape, weights.shape
    (torch.Size([3, 5, 8]), torch.Size([3, 5, 5]))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} instead")
        if embed_dim % num_heads:
            raise AssertionError(f"embed_dim must be divisible by num_heads, got embed_dim={embed_dim} and num_heads={num_heads}")
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        self.add_zero_attn = add_zero_attn

        def parameter(present: bool, *shape: int) -> Parameter | None:
            return Parameter(empty(shape, device=device, dtype=dtype)) if present else None

        together = self._qkv_same_embed_dim
        self.register_parameter("q_proj_weight", parameter(not together, embed_dim, embed_dim))
        self.register_parameter("k_proj_weight", parameter(not together, embed_dim, self.kdim))
        self.register_parameter("v_proj_weight", parameter(not together, embed_dim, self.vdim))
        self.register_parameter("in_proj_weight", parameter(together, 3 * embed_dim, embed_dim))
        self.register_parameter("in_proj_bias", parameter(bias, 3 * embed_dim))
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, device=device, dtype=dtype)
        self.register_parameter("bias_k", parameter(add_bias_kv, 1, 1, embed_dim))
        self.register_parameter("bias_v", parameter(add_bias_kv, 1, 1, embed_dim))
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if getattr(self, name) is not None:
                init.xavier_uniform_(getattr(self, name))
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)
        if self.bias_k is not None:
            init.xavier_normal_(self.bias_k)
            init.xavier_normal_(self.bias_v)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """The attended values, and the attention weights (None without `need_weights`).

        Args:
            query: (L, N, E), (N, L, E) with `batch_first`, or (L, E) without a batch.
            key: the same with S for L and kdim for E.
            value: the same with S for L and vdim for E.
            key_padding_mask: (N, S), True (or -inf) where a key is padding and is not attended to.
            need_weights: return the weights too; without them attention runs fused.
            attn_mask: (L, S) or (N K, L, S), True where attending is not allowed, or floats to add to the scores.
            average_attn_weights: return the mean over heads, (N, L, S), instead of each head's, (N, K, L, S).
            is_causal: a hint that `attn_mask` is the causal mask.
        """
        swap = self.batch_first and query.dim() == 3
        if swap:
            query, key, value = batch_second(query, key, value)
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (output.transpose(0, 1) if swap else output), weights


def batch_second(query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
    """(N, L, E) as (L, N, E); what was one tensor stays one, so that it is projected once."""
    query_t = query.transpose(0, 1)
    key_t = query_t if key is query else key.transpose(0, 1)
    return query_t, key_t, key_t if value is key else value.transpose(0, 1)
