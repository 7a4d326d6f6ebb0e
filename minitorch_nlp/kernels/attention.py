"""Scaled dot-product attention, four queries at a time: their scores stay in the nearest cache, and no (L, S) array is kept for backward.

Inside a head keys and values lie transposed, (features, S), so that every inner loop runs along the keys. Backward computes the weights
again from the scores and ln sum exp(scores) of each query, as in Dao et al., FlashAttention (2022).
"""

import math

import numpy as np

from .compiling import KERNEL, compiled
from .formulas import exp, exponentials, largest, row_dot
from .threads import divided

ZERO = np.float32(0)


# ---- products of a block of four rows, x or z (4, n), with a matrix of rows that are n long; k is a multiple of 4 ------------------------
# As many rows and terms at once as the registers hold: each number is loaded once for two or four products.


@compiled(keep=False)
def combine(a, rows, z, n):
    """z = a rows: (4, k) (k, n) -> (4, n), on the first n columns."""
    for p in range(0, 4, 2):
        for j in range(n):
            z[p, j] = ZERO
            z[p + 1, j] = ZERO
        for c in range(0, rows.shape[0], 4):
            a0, a1, a2, a3 = a[p, c], a[p, c + 1], a[p, c + 2], a[p, c + 3]
            b0, b1, b2, b3 = a[p + 1, c], a[p + 1, c + 1], a[p + 1, c + 2], a[p + 1, c + 3]
            for j in range(n):
                r0, r1, r2, r3 = rows[c, j], rows[c + 1, j], rows[c + 2, j], rows[c + 3, j]
                z[p, j] += a0 * r0 + a1 * r1 + a2 * r2 + a3 * r3
                z[p + 1, j] += b0 * r0 + b1 * r1 + b2 * r2 + b3 * r3


@compiled(keep=False)
def dots(x, rows, z, n):
    """z = x rows^T: (4, n) (k, n) -> (4, k)."""
    for c in range(0, rows.shape[0], 2):
        s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = ZERO
        for j in range(n):
            r, s = rows[c, j], rows[c + 1, j]
            x0, x1, x2, x3 = x[0, j], x[1, j], x[2, j], x[3, j]
            s0 += x0 * r
            s1 += x1 * r
            s2 += x2 * r
            s3 += x3 * r
            t0 += x0 * s
            t1 += x1 * s
            t2 += x2 * s
            t3 += x3 * s
        z[0, c], z[1, c], z[2, c], z[3, c] = s0, s1, s2, s3
        z[0, c + 1], z[1, c + 1], z[2, c + 1], z[3, c + 1] = t0, t1, t2, t3


@compiled(keep=False)
def spread(a, x, rows, n):
    """rows += a^T x: (4, k) (4, n) -> (k, n)."""
    for c in range(0, rows.shape[0], 2):
        a0, a1, a2, a3 = a[0, c], a[1, c], a[2, c], a[3, c]
        b0, b1, b2, b3 = a[0, c + 1], a[1, c + 1], a[2, c + 1], a[3, c + 1]
        for j in range(n):
            x0, x1, x2, x3 = x[0, j], x[1, j], x[2, j], x[3, j]
            rows[c, j] += a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3
            rows[c + 1, j] += b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3


@compiled(keep=False)
def four_rows(x, i, scale, block):
    """Rows i to i + 3 of x times scale, zeros past the end."""
    rows, k = x.shape
    for p in range(4):
        for c in range(k):
            block[p, c] = x[i + p, c] * scale if i + p < rows else ZERO


@compiled(keep=False)
def add_mask(scores, i, length, n, causal, masks, which):
    """Add the mask to the scores of queries i to i + 3, on the first n keys; -inf for the keys after a query if causal."""
    for p in range(min(4, length - i)):
        if causal:
            for j in range(i + p + 1, n):
                scores[p, j] = -np.inf
        if masks.size:
            row = masks[which, (i + p) % masks.shape[1]]
            for j in range(n):
                scores[p, j] += row[j]


# ---- one head after the other: query (B, L, E), key (B, S, E), value (B, S, Ev) ---------------------------------------------------------
# `which` (B) is each head's mask in `masks` (., L or 1, S), which is added to the scores; `kept` (B, L, S) is dropout's mask. Where there
# is none, the array has no elements.


@divided(7, 8_192)
@compiled
def attend(query, key, value, y, log_total, which, kept, masks, factor, causal, scale):
    """y = softmax(scale query key^T + mask) value, and ln sum exp(scores) of each query; weights are multiplied by `factor` or dropped."""
    heads, length, features = query.shape
    keys, width = value.shape[1:]
    q, out, totals = np.zeros((4, features), np.float32), np.zeros((4, width), np.float32), np.ones(4)
    scores, weights = np.zeros((4, keys), np.float32), np.zeros((4, keys), np.float32)
    for b in range(heads):
        key_t, value_t = key[b].T.copy(), value[b].T.copy()
        for i in range(0, length, 4):
            n = min(i + 4, keys) if causal else keys
            four_rows(query[b], i, scale, q)
            combine(q, key_t, scores, n)
            add_mask(scores, i, length, n, causal, masks, which[b])
            for p in range(min(4, length - i)):
                top = largest(scores[p, :n])
                if masks.size and top == -np.inf:  # no key: exp(-inf - 0) = 0 for all of them
                    top = ZERO
                total = exponentials(scores[p, :n], top, weights[p, :n])
                totals[p] = 1.0 if masks.size and total == 0 else total
                log_total[b, i + p] = top + math.log(totals[p])
                if kept.size:
                    for j in range(n):
                        weights[p, j] *= factor if kept[b, i + p, j] else ZERO
            dots(weights, value_t, out, n)
            for p in range(min(4, length - i)):
                share = np.float32(1 / totals[p])
                for c in range(width):
                    y[b, i + p, c] = out[p, c] * share


@divided(11, 8_192)
@compiled
def attend_backward(query, key, value, dy, log_total, which, kept, dquery, dkey, dvalue, dmask, masks, factor, causal, scale):
    """With P the weights: dvalue = P^T dy, dP = dy value^T, dS = P (dP - rowsum(dP P)), dquery = scale dS key, dkey = scale dS^T query."""
    heads, length, features = query.shape
    keys, width = value.shape[1:]
    q, g = np.zeros((4, features), np.float32), np.zeros((4, width), np.float32)
    weights, dscores, out = np.zeros((4, keys), np.float32), np.zeros((4, keys), np.float32), np.zeros((4, features), np.float32)
    for b in range(heads):
        key_t, value_t = key[b].T.copy(), value[b].T.copy()
        dkey_t, dvalue_t = np.zeros_like(key_t), np.zeros_like(value_t)
        for i in range(0, length, 4):
            n = min(i + 4, keys) if causal else keys
            four_rows(query[b], i, scale, q)
            four_rows(dy[b], i, np.float32(1), g)
            combine(q, key_t, weights, n)
            add_mask(weights, i, length, n, causal, masks, which[b])
            combine(g, value_t, dscores, n)
            for p in range(4):
                shift = log_total[b, i + p] if i + p < length else ZERO
                for j in range(n):
                    weights[p, j] = exp(weights[p, j] - shift)
                if kept.size and i + p < length:
                    for j in range(n):
                        dscores[p, j] *= factor if kept[b, i + p, j] else ZERO
                common = np.float32(row_dot(dscores[p, :n], weights[p, :n]))
                for j in range(n):
                    dscores[p, j] = weights[p, j] * (dscores[p, j] - common)
                if dmask.size and i + p < length:
                    dmask[b, i + p, :n] = dscores[p, :n]
                if kept.size and i + p < length:
                    for j in range(n):
                        weights[p, j] *= factor if kept[b, i + p, j] else ZERO
            spread(g, weights, dvalue_t, n)
            spread(q, dscores, dkey_t, n)
            dots(dscores, key_t, out, n)
            for p in range(min(4, length - i)):
                for c in range(features):
                    dquery[b, i + p, c] = out[p, c] * scale
        dkey[b] = dkey_t.T
        dvalue[b] = dvalue_t.T


# ---- the pair ---------------------------------------------------------------------------------------------------------------------------


def heads_of(x):
    """(..., L, E) as (B, L, E), contiguous."""
    return np.ascontiguousarray(x).reshape(-1, *x.shape[-2:])


def as_masks(attn_mask, lead, keys):
    """The mask as what is added to the scores, (., L or 1, S), and which of them each head takes."""
    heads = math.prod(lead)
    if attn_mask is None:
        return np.zeros(heads, np.int64), np.empty((0, 1, 1), np.float32)
    if attn_mask.dtype.kind == "b":
        attn_mask = np.where(attn_mask, np.float32(0), np.float32(-np.inf))
    mask = np.broadcast_to(attn_mask, (*attn_mask.shape[:-1], keys))
    n = math.prod(mask.shape[:-2])
    which = np.broadcast_to(np.arange(n).reshape(mask.shape[:-2]), lead).reshape(-1)
    return np.ascontiguousarray(which), np.ascontiguousarray(mask).reshape(n, *mask.shape[-2:])


def scaled_dot_product_attention_forward(
    query, key, value, attn_mask=None, dropout_mask=None, *, is_causal=False, scale=None, dropout_p=0.0
):
    lead, length, keys = query.shape[:-2], query.shape[-2], key.shape[-2]
    q, k, v = heads_of(query), heads_of(key), heads_of(value)
    y, log_total = np.empty_like(q, shape=(len(q), length, v.shape[2])), np.empty_like(q, shape=(len(q), length))
    which, masks = as_masks(attn_mask, lead, keys)
    kept = np.empty((len(q), 1, 0), np.bool_) if dropout_mask is None else np.ascontiguousarray(dropout_mask).reshape(len(q), length, keys)
    factor = np.float32(1 / (1 - dropout_p) if dropout_p < 1 else 0)
    scale = np.float32(1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    attend(q, k, v, y, log_total, which, kept, masks, factor, is_causal, scale)
    shape = None if attn_mask is None else (*lead, length, keys)
    return y.reshape(*lead, length, -1), (KERNEL, query, key, value, log_total, which, kept, masks, factor, is_causal, scale, shape)


def scaled_dot_product_attention_backward(dy, saved, needs=(True,) * 5):
    _, query, key, value, log_total, which, kept, masks, factor, is_causal, scale, mask_shape = saved
    q, k, v, g = heads_of(query), heads_of(key), heads_of(value), heads_of(dy)
    dq, dk, dv = np.empty_like(q), np.empty_like(k), np.empty_like(v)
    dmask = np.empty_like(q, shape=(len(q), *mask_shape[-2:]) if mask_shape and needs[3] else (len(q), 1, 0))
    attend_backward(q, k, v, g, log_total, which, kept, dq, dk, dv, dmask, masks, factor, is_causal, scale)
    gradients = (d.reshape(x.shape) for d, x in ((dq, query), (dk, key), (dv, value)))
    return *gradients, dmask.reshape(mask_shape) if mask_shape and needs[3] else None, None
