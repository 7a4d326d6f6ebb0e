"""Looking up bags of rows of a table, each bag summed, averaged or reduced to its maximum at once."""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._checks import refuse_bfloat16
from ._domain import Distinct
from ._index import is_index_dtype
from ._op import Op
from .embedding import check_rows, rows_gradient, scatter_rows

__all__ = ["embedding_bag", "first_best", "members"]


def embedding_bag_forward(
    indices,
    weight,
    offsets,
    per_sample_weights=None,
    *,
    scale_grad_by_freq=False,
    mode="mean",
    sparse=False,
    include_last_offset=False,
    padding_idx=None,
):
    """y[n] = sum (mean, max) over k in bag n of p[k] W[indices[k]]: (S), (V, D), (N), (S)? -> (N, D)

    Bag n holds the places k from offsets[n] up to offsets[n + 1], the last one all that are left; with `include_last_offset` the last
    offset is where the last bag ends. Places with index `padding_idx` are as if not there. An empty bag gives zeros. The weights p are
    1 unless given, and only a sum takes them.
    """
    refuse_bfloat16("embedding_bag", weight.dtype)
    check_rows("embedding_bag", indices, weight.shape[0], RuntimeError)
    kept, bags, n = members(indices, offsets, include_last_offset, padding_idx)
    rows = indices[kept]
    values = weight.take(rows, axis=0)
    if per_sample_weights is not None:
        values = values * per_sample_weights[kept].reshape((-1, 1))
    counts = np.bincount(bags, minlength=n)
    y = backend.reduce_runs(np.maximum if mode == "max" else np.add, values, bags, counts)
    if mode == "mean":
        y = y / np.maximum(counts, 1).reshape((-1, 1)).astype(y.dtype)
    best = first_best(values, y, bags, counts, rows) if mode == "max" else None
    return y, (weight, per_sample_weights, rows, bags, kept, counts, best, mode, weight.shape[0], scale_grad_by_freq, sparse)


def members(indices, offsets, include_last_offset, padding_idx):
    """The places that count, the bag each belongs to, and the number of bags."""
    check_offsets(offsets, len(indices), include_last_offset)
    n = len(offsets) - bool(include_last_offset)
    kept = backend.beside(indices, np.arange(len(indices)))
    if include_last_offset:
        kept = kept[: int(offsets[n])]
    if padding_idx is not None:
        kept = kept[np.not_equal(indices[: len(kept)], padding_idx)]
    return kept, np.searchsorted(offsets[:n], kept, side="right") - 1, n


def check_offsets(offsets, places, include_last_offset):
    if not is_index_dtype(offsets.dtype):
        raise RuntimeError(f"embedding_bag: expected offsets of dtype int64 or int32, got {offsets.dtype}; cast them with .long()")
    if len(offsets) == 0:
        if include_last_offset:
            raise RuntimeError("embedding_bag: include_last_offset: number of offsets should be at least 1")
        return
    if int(offsets[0]) != 0:
        raise RuntimeError(f"embedding_bag: offsets[0] has to be 0, where the first bag starts; it is {int(offsets[0])}")
    if int(offsets[-1]) > places:
        raise RuntimeError(f"embedding_bag: offsets[-1] can not be greater than the input's length, {places}; it is {int(offsets[-1])}")
    if bool(np.less(offsets[1:], offsets[:-1]).any()):
        raise RuntimeError("embedding_bag: offsets has to be in increasing order: each bag starts where the one before ends")


def first_best(values, y, bags, counts, rows):
    """(N, D): in which row of the table each maximum lies, the first one of equals; -1 for empty bags."""
    places = backend.beside(rows, np.arange(len(rows), dtype=np.float64)).reshape((-1, 1))
    first = backend.reduce_runs(np.minimum, np.where(np.equal(values, y[bags]), places, math.inf), bags, counts)
    return np.where(np.greater(counts, 0).reshape((-1, 1)), rows[first.astype(np.int64)] if len(rows) else -1, -1)


def embedding_bag_backward(dy, saved, needs=(True,) * 4):
    """With bag(k) the bag of place k:  dW[v] = sum over k with indices[k] = v of p[k] dy[bag(k)],  dp[k] = W[indices[k]] . dy[bag(k)]

    y[n] is a sum over its places; for a mean dy[n] is divided by their number first. A maximum hands dy[n, d] to the one row of W that
    was largest there.
    """
    weight, p, rows, bags, kept, counts, best, mode, n, by_frequency, sparse = saved
    if mode == "max":
        return None, max_gradient(dy, best, n), None, None
    if mode == "mean":
        dy = dy / np.maximum(counts, 1).reshape((-1, 1)).astype(dy.dtype)
    values = dy[bags]
    dweight = dp = None
    if needs[1]:
        scaled = values if p is None else values * p[kept].reshape((-1, 1))
        dweight = rows_gradient("embedding_bag", scaled, rows, n, None, by_frequency, sparse)
    if p is not None and needs[3]:
        dp = scatter_rows((values * weight[rows]).sum(-1), kept, n=p.shape[0])
    return None, dweight, None, dp


def max_gradient(dy, best, n):
    """dW (n, D): dy[b, d] added at row best[b, d], column d."""
    columns = dy.shape[-1]
    place = best * columns + backend.beside(best, np.arange(columns))
    wanted = np.flatnonzero(np.greater_equal(best, 0))
    flat = scatter_rows(dy.reshape((math.prod(dy.shape),))[wanted], place.reshape(-1)[wanted], n=n * columns)
    return flat.reshape((n, columns))


def embedding_bag_reference(indices, weight, offsets, per_sample_weights=None, *, mode, include_last_offset=False, padding_idx=None):
    """Bag by bag, in plain loops."""
    ends = [*offsets[1:].tolist(), *([] if include_last_offset else [len(indices)])]
    y = np.zeros((len(ends), weight.shape[1]))
    for bag, (start, end) in enumerate(zip(offsets.tolist(), ends)):
        picked = [
            weight[indices[k]] * (1.0 if per_sample_weights is None else per_sample_weights[k])
            for k in range(start, end)
            if indices[k] != padding_idx
        ]
        if picked:
            y[bag] = {"sum": np.sum, "mean": np.mean, "max": np.max}[mode](picked, axis=0)
    return y


def sample_embedding_bag(draw):
    """Up to 5 places in up to 3 bags, some empty; rows of distinct values, so that a maximum has a derivative."""
    k, v, d = draw.integer(0, 5), draw.integer(1, 4), draw.integer(0, 3)
    mode = draw.choice(("sum", "mean", "max"))
    starts = np.array(sorted(draw.integer(0, k) for _ in range(draw.integer(0, 2))), dtype=np.int64)
    last = draw.choice((False, True))
    offsets = np.concatenate(([0], starts, [k] if last else [])).astype(np.int64)
    p = draw.choice((None, draw.array((k,)))) if mode == "sum" else None
    options = {"mode": mode, "include_last_offset": last, "padding_idx": draw.choice((None, 0))}
    return (draw.index((k,), v), draw.array((v, d), Distinct()), offsets, p), options


embedding_bag = Op(
    embedding_bag_forward,
    embedding_bag_backward,
    shapes="(s), (v, d), (n), (s)? -> (n, d)",
    sample=sample_embedding_bag,
    reference=embedding_bag_reference,
    torch_name="EmbeddingBag",
)
