"""Attention: scaled dot products, and multi-head attention as one function of all its weights."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .. import backend, random
from ..functional import attention as T
from ..functional.arrangement import pad
from ..functional.matmul import linear
from ..functional.softmax import softmax
from ..tensor.creation import zeros
from ..tensor.joining import cat
from ._dropout import dropout

__all__ = ["canonical_mask", "multi_head_attention_forward", "scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(q k^T scale + mask) v, the weights dropped with probability `dropout_p`.

    Args:
        query: (..., L, E); key: (..., S, E); value: (..., S, Ev).
        attn_mask: broadcastable to (..., L, S): True where attending is allowed, or floats to add to the scores.
        is_causal: position i attends to positions up to i only.
        scale: 1 / sqrt(E) unless given.
        enable_gqa: key and value may have fewer heads (dimension -3); each serves several heads of the query.
    """
    if enable_gqa:
        key, value = for_all_heads(query, key), for_all_heads(query, value)
    mask = None
    if dropout_p > 0:
        if dropout_p > 1:
            raise RuntimeError(f"scaled_dot_product_attention: dropout probability has to be between 0 and 1, but got {dropout_p}")
        lead = np.broadcast_shapes(query.shape[:-2], key.shape[:-2])
        shape = (*lead, query.shape[-2], key.shape[-2])
        kept = random.bernoulli_mask(shape, 1 - dropout_p) if dropout_p < 1 else np.zeros(shape, bool)
        mask = backend.beside(query.array, kept)
    return T.scaled_dot_product_attention(query, key, value, attn_mask, mask, is_causal=is_causal, scale=scale, dropout_p=dropout_p)


def for_all_heads(query: Any, x: Any) -> Any:
    """Keys or values (..., K', S, E), each head as often as it serves heads of the query, (..., K, L, E)."""
    heads, own = query.shape[-3], x.shape[-3]
    if heads % own:
        raise RuntimeError(f"scaled_dot_product_attention: {heads} query heads are no multiple of {own} key or value heads")
    return x if heads == own else x.repeat_interleave(heads // own, -3)


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """Project, attend with each head, project: (L, N, E), (S, N, kdim), (S, N, vdim) -> (L, N, E), and the weights or None.

    The arguments are those of `nn.MultiheadAttention`; without a batch (L, E) -> (L, E). A composite of linear, softmax and products,
    or of linear and `scaled_dot_product_attention` where no weights are wanted.
    """
    keys = key.shape[0] if static_k is None else static_k.shape[1]
    check_inputs(query, key, value, key_padding_mask, attn_mask, embed_dim_to_check, num_heads, keys)
    if not use_separate_proj_weight and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint: pass the causal mask too.")
    key_padding_mask = canonical_mask(key_padding_mask, "key_padding_mask", query.dtype, attn_mask, "attn_mask")
    attn_mask = canonical_mask(attn_mask, "attn_mask", query.dtype)
    batched = query.dim() == 3
    if not batched:
        query, key, value = add_batch(query, key, value)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    if any(w is None for w in weights or (in_proj_weight,)):
        wanted = "q_proj_weight, k_proj_weight and v_proj_weight" if use_separate_proj_weight else "in_proj_weight"
        raise AssertionError(f"use_separate_proj_weight is {use_separate_proj_weight}, so {wanted} must be given")
    q, k, v = project(query, key, value, weights, in_proj_weight, in_proj_bias)
    check_static(static_k, static_v, query.shape[1] * num_heads, q.shape[2] // num_heads, bias_k, bias_v)
    extra = 0
    if bias_k is not None:
        k, v = (cat([x, b.expand(1, x.shape[1], -1)]) for x, b in ((k, bias_k), (v, bias_v)))
        extra += 1
    if add_zero_attn:
        k, v = (cat([x, zeros((1, *x.shape[1:]), dtype=x.dtype, device=x.device)]) for x in (k, v))
        extra += 1
    causal = is_causal and key_padding_mask is None and not need_weights  # the hint is trusted, also where keys were appended
    mask = None if causal else merge_masks(attn_mask, key_padding_mask, q.dtype, num_heads, extra)
    heads = [split_heads(x, num_heads) for x in (q, k, v)]
    heads[1:] = [with_static(h, s, add_zero_attn) for h, s in zip(heads[1:], (static_k, static_v))]
    y, attention = attend(heads, mask, dropout_p if training else 0.0, need_weights, causal)
    length, batch, features = q.shape
    y = linear(y.permute(2, 0, 1, 3).reshape(length, batch, features), out_proj_weight, out_proj_bias)
    if attention is not None and average_attn_weights:
        attention = attention.mean(1)
    if not batched:
        return y.squeeze(1), None if attention is None else attention.squeeze(0)
    return y, attention


def check_inputs(
    query: Any, key: Any, value: Any, key_padding_mask: Any, attn_mask: Any, embed_dim: int, num_heads: int, keys: int
) -> None:
    """Every shape that can be wrong, before anything is computed."""
    n = query.dim()
    if n not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {n}-D query tensor")
    kind = f"For {'batched (3-D)' if n == 3 else 'unbatched (2-D)'} `query`, expected"
    if key.dim() != n or value.dim() != n:
        raise AssertionError(f"{kind} `key` and `value` to be {n}-D but found {key.dim()}-D and {value.dim()}-D tensors respectively")
    if query.shape[-1] != embed_dim:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim}, but got {query.shape[-1]}")
    if key.shape[:-1] != value.shape[:-1]:
        raise AssertionError(f"key's sequence and batch dims {key.shape[:-1]} do not match value's {value.shape[:-1]}")
    batch = query.shape[1] if n == 3 else 1
    if n == 3 and key.shape[1] != batch:
        raise RuntimeError(
            f"multi_head_attention_forward: query has batch size {batch}, key {key.shape[1]}; sequences are (L, N, E) unless batch_first"
        )
    length, source = query.shape[0], key.shape[0]
    if key_padding_mask is not None:
        if key_padding_mask.dim() != n - 1:
            raise AssertionError(f"{kind} `key_padding_mask` to be `None` or {n - 1}-D but found {key_padding_mask.dim()}-D tensor instead")
        if tuple(key_padding_mask.shape) != ((batch, keys) if n == 3 else (keys,)):
            raise AssertionError(f"expected key_padding_mask of shape (N, S) = {(batch, keys)}, but got {tuple(key_padding_mask.shape)}")
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(f"{kind} `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D tensor instead")
        wanted = (length, source) if attn_mask.dim() == 2 else (batch * num_heads, length, source)
        if tuple(attn_mask.shape) != wanted:
            kind = AssertionError if n == 2 and attn_mask.dim() == 3 else RuntimeError
            raise kind(f"The shape of the {attn_mask.dim()}D attn_mask is {attn_mask.shape}, but should be {wanted}.")


def check_static(static_k: Any, static_v: Any, rows: int, features: int, bias_k: Any, bias_v: Any) -> None:
    """Given keys and values are (N K, S, E / K), and no bias can be added to them."""
    if (bias_k is None) != (bias_v is None):
        raise AssertionError("bias_k and bias_v are given together, or neither is")
    for name, x in (("static_k", static_k), ("static_v", static_v)):
        if x is None:
            continue
        if bias_k is not None:
            raise AssertionError(f"multi_head_attention_forward: bias cannot be added to {name}")
        if x.shape[0] != rows or x.shape[2] != features:
            raise AssertionError(f"expecting {name} of shape ({rows}, S, {features}), (N K, S, E / K), but got {tuple(x.shape)}")


def with_static(heads: Any, static: Any, add_zero_attn: bool) -> Any:
    """The keys or values (N, K, S, E / K) of all heads: those that were given, with the zero of `add_zero_attn`, or else the projected."""
    if static is None:
        return heads
    x = static.reshape(*heads.shape[:2], *static.shape[1:])
    return cat([x, zeros((*x.shape[:2], 1, x.shape[3]), dtype=x.dtype, device=x.device)], 2) if add_zero_attn else x


def add_batch(query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
    """A batch of one; what was one tensor stays one."""
    query_b = query.unsqueeze(1)
    key_b = query_b if key is query else key.unsqueeze(1)
    return query_b, key_b, key_b if value is key else value.unsqueeze(1)


def project(query: Any, key: Any, value: Any, weights: Any, packed: Any, bias: Any) -> tuple[Any, Any, Any]:
    """q, k, v; projected in one product where they come from one tensor."""
    if weights is None and query is key and key is value:
        return linear(query, packed, bias).chunk(3, -1)
    biases = (None, None, None) if bias is None else bias.chunk(3)
    if weights is not None:
        return tuple(linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases))  # type: ignore[return-value]
    size = packed.shape[1]
    if key is value:
        kv = linear(key, packed[size:], None if bias is None else bias[size:])
        return linear(query, packed[:size], biases[0]), *kv.chunk(2, -1)
    return tuple(linear(x, w, b) for x, w, b in zip((query, key, value), packed.chunk(3), biases))  # type: ignore[return-value]


def split_heads(x: Any, num_heads: int) -> Any:
    """(L, N, E) -> (N, K, L, E / K)"""
    length, batch, features = x.shape
    return x.reshape(length, batch, num_heads, features // num_heads).permute(1, 2, 0, 3)


def merge_masks(attn_mask: Any, key_padding_mask: Any, dtype: Any, num_heads: int, extra: int) -> Any:
    """Both masks as one to add to the scores (N, K, L, S), its sizes possibly 1; None where nothing is masked.

    `extra` keys were appended that nothing masks.
    """
    merged = None
    if attn_mask is not None:
        m = additive(attn_mask, dtype, extra)
        merged = m if m.dim() == 2 else m.reshape(-1, num_heads, *m.shape[1:])
    if key_padding_mask is not None:
        m = additive(key_padding_mask, dtype, extra)
        m = m.reshape(m.shape[0], 1, 1, m.shape[1])
        merged = m if merged is None else merged + m
    return merged


def canonical_mask(mask: Any, name: str, dtype: Any, other: Any = None, other_name: str = "") -> Any:
    """A mask as floats to add to scores: -inf where a bool mask is True. Warns where `other`, its companion, is of another kind."""
    if mask is None:
        return None
    if mask.array.dtype.kind not in "bfV":
        raise AssertionError(f"only bool and floating types of {name} are supported, it is {mask.dtype}")
    if other is not None and mask.dtype != other.dtype:
        warnings.warn(f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.", stacklevel=3)
    if mask.array.dtype.kind == "b":
        return mask._wrap(np.where(mask.array, -math.inf, 0.0).astype(dtype.dtype))
    return mask


def additive(mask: Any, dtype: Any, extra: int) -> Any:
    """A float mask with zeros for the `extra` keys, if it has the query's dtype."""
    if mask.dtype != dtype:
        raise RuntimeError(f"multi_head_attention_forward: the mask is {mask.dtype}, the query {dtype}; cast it with .to(query.dtype)")
    return pad(mask, pad=(0, extra)) if extra else mask


def attend(heads: list[Any], mask: Any, dropout_p: float, need_weights: bool, causal: bool) -> tuple[Any, Any]:
    """Attention of all heads, (N, K, L, E / K), and its weights (N, K, L, S) if they are wanted; `heads` are q, k, v."""
    q, k, v = heads
    if not need_weights:
        return scaled_dot_product_attention(q, k, v, mask, dropout_p, causal), None
    scores = (q * math.sqrt(1.0 / q.shape[-1])) @ k.transpose(-2, -1)
    weights = softmax(scores if mask is None else scores + mask, dim=-1)
    weights = dropout(weights.contiguous(), dropout_p)  # its mask is drawn in the order of memory
    return weights @ v, weights
