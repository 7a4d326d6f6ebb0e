"""Scaled dot-product attention, fused: scores, softmax, dropout and the weighted sum in one op.

E and Ev are the features of keys and values, L and S the numbers of queries and keys.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import require_float
from ._domain import Bool, Real
from ._op import Op
from ._reductions import peak
from .dropout import dropout_noise
from .softmax import dot_along

__all__ = ["scaled_dot_product_attention"]

NAME = "scaled_dot_product_attention"


def scaled_dot_product_attention_forward(
    query, key, value, attn_mask=None, dropout_mask=None, *, is_causal=False, scale=None, dropout_p=0.0
):
    """y = softmax(scale query key^T + mask) value, over the keys: (..., L, E), (..., S, E), (..., S, Ev) -> (..., L, Ev)

    attn_mask (..., L, S) is added to the scores, or, if bool, excludes keys where it is False; a query without any key gets 0. `is_causal`
    excludes the keys s > l. `scale` is 1 / sqrt(E) unless given. Weights are dropped where the bool `dropout_mask` (..., L, S) is
    False, the others divided by 1 - dropout_p.

    The softmax is divided by its sum last, in the output: with e = exp(scores - max), y = (e value) / rowsum(e).
    """
    check(query, key, value, attn_mask, is_causal)
    features, keys = query.shape[-1], key.shape[-2]
    q = query * (1 / math.sqrt(max(features, 1)) if scale is None else scale)
    scores = q @ np.swapaxes(key, -1, -2)
    bias = additive_mask(scores, attn_mask, is_causal)
    if bias is not None:
        scores = masked(scores, bias)
    if keys == 0:
        return scores @ value, (q, key, value, scores, None, None, scale)
    top = peak(scores, -1)
    if attn_mask is not None:
        top = np.where(np.equal(top, -math.inf), 0.0, top)  # no key: exp(-inf - 0) = 0 for all of them
    with np.errstate(invalid="ignore"):
        e = np.exp(scores - top)
    total = np.sum(e, axis=-1, keepdims=True)
    if attn_mask is not None:
        total = np.where(np.equal(total, 0), 1.0, total)
    noise = None if dropout_mask is None else dropout_noise(dropout_mask, dropout_p, query)
    y = (e if noise is None else e * noise) @ value / total
    return y, (q, key, value, e, total, noise, scale)


def check(query, key, value, attn_mask, is_causal):
    """Refuse what no message of NumPy's would explain."""
    require_float(NAME, query)
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise RuntimeError(
            f"{NAME}: query, key and value must have at least 2 dimensions, (..., L, E), (..., S, E), (..., S, Ev); "
            f"they have shapes {tuple(query.shape)}, {tuple(key.shape)}, {tuple(value.shape)}"
        )
    if not query.dtype == key.dtype == value.dtype:
        raise RuntimeError(f"{NAME}: query, key and value must have one dtype; they have {query.dtype}, {key.dtype}, {value.dtype}")
    if attn_mask is None:
        return
    if is_causal:
        raise RuntimeError(f"{NAME}: attn_mask must not be given with is_causal=True; put the causal mask into attn_mask")
    if attn_mask.dtype.kind != "b" and attn_mask.dtype != query.dtype:
        raise RuntimeError(f"{NAME}: attn_mask must be bool or have the query's dtype, {query.dtype}, it has {attn_mask.dtype}")


def additive_mask(scores, attn_mask, is_causal):
    """What to add to the scores: 0 for the keys that take part, -inf for the others; a float mask as it is."""
    if is_causal:
        return np.triu(np.full_like(scores, -math.inf, shape=scores.shape[-2:]), 1)
    if attn_mask is None or attn_mask.dtype.kind != "b":
        return attn_mask
    zeros = np.zeros_like(scores, shape=attn_mask.shape)
    return np.where(attn_mask, zeros, -math.inf)


def masked(scores, bias):
    sums = scores + bias
    if sums.shape != scores.shape:
        raise RuntimeError(f"{NAME}: attn_mask {tuple(bias.shape)} does not broadcast to the scores' shape {tuple(scores.shape)}")
    return sums


def scaled_dot_product_attention_backward(dy, saved, needs=(True,) * 5):
    """With P = softmax(S), S = q key^T + mask, q = scale query, y = P value:

    dvalue = P^T dy,  dP = dy value^T,  dS = P (dP - rowsum(dP P)),  dquery = scale dS key,  dkey = dS^T q,  dmask = dS

    dS is the gradient of `softmax`. P = e / total is kept undivided: g = dy / total takes the division, and with dW = g value^T,
    dvalue = e^T g,  dS = e (dW - rowsum(dW e) / total). Dropout multiplies P by the noise n before the value: e n replaces e in dvalue,
    and dW = n (g value^T).
    """
    q, key, value, e, total, noise, scale = saved
    if total is None:  # no key at all: y = 0
        zero = [x * 0 for x in (q, key, value)]
        return (*zero, e, None)
    g = dy / total
    dvalue = np.swapaxes(e if noise is None else e * noise, -1, -2) @ g if needs[2] else None
    if not (needs[0] or needs[1] or needs[3]):
        return None, None, dvalue, None, None
    dweights = g @ np.swapaxes(value, -1, -2)
    if noise is not None:
        dweights = dweights * noise
    ds = (dweights - dot_along(dweights, e, dweights.ndim - 1) / total) * e
    dquery = ds @ key * (1 / math.sqrt(max(q.shape[-1], 1)) if scale is None else scale) if needs[0] else None
    dkey = np.swapaxes(ds, -1, -2) @ q if needs[1] else None
    return dquery, dkey, dvalue, ds if needs[3] else None, None


def attention_reference(query, key, value, attn_mask=None, dropout_mask=None, *, is_causal, scale, dropout_p):
    """Query by query, in plain loops."""
    lead = np.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    n, keys = query.shape[-2], key.shape[-2]
    query, key, value = (np.broadcast_to(x, lead + x.shape[-2:]) for x in (query, key, value))
    mask = np.broadcast_to(True if attn_mask is None else attn_mask, (*lead, n, keys))
    kept = np.broadcast_to(1.0 if dropout_mask is None else dropout_mask / (1 - dropout_p), (*lead, n, keys))
    y = np.zeros((*lead, n, value.shape[-1]))
    for at in np.ndindex(*lead, n):
        *batch, i = at
        factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
        scores = [factor * float(query[at] @ key[(*batch, j)]) for j in range(keys)]
        takes_part = [(j <= i or not is_causal) and (mask.dtype != bool or mask[(*at, j)]) for j in range(keys)]
        added = [0.0 if mask.dtype == bool else m for m in mask[at]]
        weights = [math.exp(s + a) if t else 0.0 for s, a, t in zip(scores, added, takes_part)]
        for j, w in enumerate(weights):
            y[at] += (w / (sum(weights) or 1)) * kept[(*at, j)] * value[(*batch, j)]
    return y


def sample_attention(draw):
    """Up to two batch dimensions that broadcast, a mask of every kind, dropout."""
    lead, n, keys, e, ev = draw.shape(0, 2, min_size=1, max_size=2), *(draw.integer(1, 3) for _ in range(4))
    query, key, value = (draw.array(draw.broadcastable(lead) + tail, Real(-1, 1)) for tail in ((n, e), (keys, e), (keys, ev)))
    full = (*np.broadcast_shapes(query.shape[:-2], key.shape[:-2]), n, keys)
    is_causal = draw.choice((False, True))
    shape = draw.broadcastable(full)
    mask = None if is_causal else draw.choice((None, draw.array(shape, Bool()), draw.array(shape)))
    dropout_mask = draw.choice((None, draw.array(full, Bool())))
    options = {"is_causal": is_causal, "scale": draw.choice((None, 0.7)), "dropout_p": 0.0 if dropout_mask is None else 0.25}
    return (query, key, value, mask, dropout_mask), options


scaled_dot_product_attention = Op(
    scaled_dot_product_attention_forward,
    scaled_dot_product_attention_backward,
    shapes="(..., l, e), (..., s, e), (..., s, v), (..., l, s)?, (..., l, s)? -> (..., l, v)",
    sample=sample_attention,
    reference=attention_reference,
    torch_name="ScaledDotProductFlashAttentionForCpu",
)
