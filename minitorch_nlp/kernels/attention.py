"""Scaled dot-product attention by blocks: the scores of 64 queries at a time stay in the cache.

The products are NumPy's, everything between two products is one pass over the block. The weights of a single block are kept for backward;
those of several are computed again, as in Dao et al., FlashAttention (2022), from the scores and two numbers of each query: the largest
score and what exp(scores - that) are multiplied by. Their one sum, ln sum exp(scores), would lose the second beside a mask of -1e9.
"""

import math
from functools import partial

import numpy as np

from .compiling import KERNEL, compiled
from .formulas import exp, largest, row_dot, row_sum
from .threads import even_parts, shared_out, threads

QUERIES = 64  # in a block; with is_causal, keys after its last query are left out of the products
NUMBERS = 2**17  # scores that one part works on at once
ZERO = np.float32(0)


# ---- between the products, on a block's scores (B, Q, S) of queries from `start` on -------------------------------------------------------
# `which` (B) is each head's mask in `masks` (., L or 1, S), which is added to the scores; `kept` (B, L, S) is dropout's mask. Where there
# is none, the array has no elements. The keys from `seen` on are after the query.


@compiled(keep=False)
def scale_and_mask(row, seen, scale, masks, which, query):
    for j in range(row.size):
        row[j] *= scale
    if masks.size:
        mask = masks[which, query % masks.shape[1]]
        for j in range(row.size):
            row[j] += mask[j]
    row[seen:] = -np.inf


@compiled(keep=False)
def drop(row, kept, factor):
    for j in range(row.size):
        row[j] *= factor if kept[j] else ZERO


@compiled
def to_weights(scores, shifts, start, causal, scale, masks, which, kept, factor):
    """The softmax of scale scores + mask along the keys, in place, and each query's largest score and 1 / total; then dropout."""
    heads, queries, keys = scores.shape
    for b in range(heads):
        for i in range(queries):
            query, row = start + i, scores[b, i]
            scale_and_mask(row, min(query + 1, keys) if causal else keys, scale, masks, which[b], query)
            top = largest(row)
            if masks.size and top == -np.inf:  # no key: exp(-inf - 0) = 0 for all of them
                top = ZERO
            for j in range(keys):
                row[j] = exp(row[j] - top)
            total = row_sum(row)
            if masks.size and total == 0:
                total = 1.0
            share = np.float32(1 / total)
            shifts[b, query, 0], shifts[b, query, 1] = top, share
            for j in range(keys):
                row[j] *= share
            if kept.size:
                drop(row, kept[b, query], factor)


@compiled
def to_gradients(scores, dweights, shifts, start, causal, scale, masks, which, kept, factor, dmask, known):
    """With P the weights: dP becomes scale dS, dS = P (dP - rowsum(dP P)), in place; the scores, if not `known` as P, P after dropout."""
    heads, queries, keys = scores.shape
    for b in range(heads):
        for i in range(queries):
            query, row, d = start + i, scores[b, i], dweights[b, i]
            if not known:
                scale_and_mask(row, min(query + 1, keys) if causal else keys, scale, masks, which[b], query)
                top, share = shifts[b, query, 0], shifts[b, query, 1]
                for j in range(keys):
                    row[j] = exp(row[j] - top) * share
            if kept.size:
                drop(d, kept[b, query], factor)
            common = np.float32(row_dot(d, row))
            for j in range(keys):
                d[j] = row[j] * (d[j] - common)
            if dmask.size:
                dmask[b, query, :keys] = d
            for j in range(keys):
                d[j] *= scale
            if kept.size:
                drop(row, kept[b, query], factor)


# ---- some of the heads: query (B, ..., L, E), key (B, ..., S, E), value (B, ..., S, Ev) ---------------------------------------------------


def blocks(length, keys, causal):
    """(first query, last + 1, keys they look at) of each block."""
    for start in range(0, length, QUERIES):
        stop = min(start + QUERIES, length)
        yield slice(start, stop), min(stop, keys) if causal else keys


def flat(x):
    """(..., m, n) as (heads, m, n), in the same memory."""
    return x.reshape(math.prod(x.shape[:-2]), *x.shape[-2:])


product = partial(np.matmul, order="C")  # for `flat`: left to itself the result follows the order of the heads


def attend(query, key, value, which, kept, y, shifts, weights, masks, factor, causal, scale):
    """y = softmax(scale query key^T + mask) value, and what backward needs of each query; weights are multiplied by `factor` or dropped."""
    for q, n in blocks(query.shape[-2], key.shape[-2], causal):
        w = product(query[..., q, :], key[..., :n, :].swapaxes(-1, -2), out=weights if weights.size else None)
        to_weights(flat(w), flat(shifts), q.start, causal, scale, masks, which.reshape(-1), flat(kept), factor)
        np.matmul(w, value[..., :n, :], out=y[..., q, :])


def attend_backward(query, key, value, which, kept, dy, shifts, weights, dquery, dkey, dvalue, dmask, masks, factor, causal, scale):
    """dvalue = P^T dy, dP = dy value^T, dquery = scale dS key, dkey = scale dS^T query."""
    dkey[...], dvalue[...], known = 0, 0, weights.size > 0
    for q, n in blocks(query.shape[-2], key.shape[-2], causal):
        k, v = key[..., :n, :], value[..., :n, :]
        w = weights if known else product(query[..., q, :], k.swapaxes(-1, -2))
        dscores = product(dy[..., q, :], v.swapaxes(-1, -2))
        masking = causal, scale, masks, which.reshape(-1), flat(kept), factor
        to_gradients(flat(w), flat(dscores), flat(shifts), q.start, *masking, flat(dmask), known)
        dvalue[..., :n, :] += w.swapaxes(-1, -2) @ dy[..., q, :]
        np.matmul(dscores, k, out=dquery[..., q, :])
        dkey[..., :n, :] += dscores.swapaxes(-1, -2) @ query[..., q, :]


def in_parts_of_heads(function, arrays, rest, keys):
    """Call it on some of the first axis at a time, whose blocks have NUMBERS scores or fewer."""
    query = arrays[0]
    parts = even_parts(len(query), query.size // query.shape[-1] / query.shape[-2] * min(query.shape[-2], QUERIES) * keys / NUMBERS)
    shared_out(function, [(*(a[part] for a in arrays), *rest) for part in parts])


# ---- the pair ---------------------------------------------------------------------------------------------------------------------------


def divisible(*arrays):
    """Arrays (..., m, n) with a first axis long enough for all threads, or with all heads in one; its rows as the BLAS takes them."""
    heads = arrays[0].shape[:-2]
    whole = heads and (heads[0] >= threads() or len(heads) == 1)
    return [as_rows(a if whole else a.reshape(-1, *a.shape[-2:])) for a in arrays]


def as_rows(x):
    """x itself where each row is contiguous and rows follow at any distance; a copy of any other, for which NumPy has only slow loops."""
    rows, columns = x.strides[-2:]
    return x if columns == x.itemsize and rows >= x.shape[-1] * columns and rows % columns == 0 else np.ascontiguousarray(x)


def as_masks(attn_mask, lead, keys):
    """The mask as what is added to the scores, (., L or 1, S), and which of them each head takes."""
    if attn_mask is None:
        return np.zeros(lead, np.int64), np.empty((0, 1, 1), np.float32)
    if attn_mask.dtype.kind == "b":
        attn_mask = np.where(attn_mask, np.float32(0), np.float32(-np.inf))
    mask = np.broadcast_to(attn_mask, (*attn_mask.shape[:-1], keys))
    n = math.prod(mask.shape[:-2])
    which = np.broadcast_to(np.arange(n).reshape(mask.shape[:-2]), lead)
    return which, np.ascontiguousarray(mask).reshape(n, *mask.shape[-2:])


def scaled_dot_product_attention_forward(
    query, key, value, attn_mask=None, dropout_mask=None, *, is_causal=False, scale=None, dropout_p=0.0
):
    lead, length, keys = query.shape[:-2], query.shape[-2], key.shape[-2]
    q, k, v = divisible(query, key, value)
    heads = q.shape[:-2]
    which, masks = as_masks(attn_mask, lead, keys)
    which = which.reshape(heads)
    kept = np.empty((*heads, 1, 0), np.bool_) if dropout_mask is None else np.ascontiguousarray(dropout_mask).reshape(*heads, length, keys)
    single = dropout_mask is None and length <= QUERIES
    weights = np.empty((*heads, length, min(length, keys) if is_causal else keys) if single else (*heads, 1, 0), q.dtype)
    y, shifts = np.empty((*heads, length, v.shape[-1]), q.dtype), np.empty((*heads, length, 2), q.dtype)
    factor = np.float32(1 / (1 - dropout_p) if dropout_p < 1 else 0)
    options = masks, factor, is_causal, np.float32(1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    in_parts_of_heads(attend, (q, k, v, which, kept, y, shifts, weights), options, keys)
    shapes = query.shape, key.shape, value.shape, None if attn_mask is None else (*lead, length, keys)
    return y.reshape(*lead, length, -1), (KERNEL, q, k, v, which, kept, shifts, weights, options, shapes)


def scaled_dot_product_attention_backward(dy, saved, needs=(True,) * 5):
    _, q, k, v, which, kept, shifts, weights, options, (*shapes, mask_shape) = saved
    g = as_rows(dy.reshape(*q.shape[:-1], -1))
    dq, dk, dv = np.empty_like(q), np.empty_like(k), np.empty_like(v)
    sizes = mask_shape[-2:] if mask_shape and needs[3] else (1, 0)
    dmask = np.empty((*q.shape[:-2], *sizes), q.dtype)
    in_parts_of_heads(attend_backward, (q, k, v, which, kept, g, shifts, weights, dq, dk, dv, dmask), options, k.shape[-2])
    return *(d.reshape(shape) for d, shape in zip((dq, dk, dv), shapes)), dmask.reshape(mask_shape) if dmask.size else None, None
