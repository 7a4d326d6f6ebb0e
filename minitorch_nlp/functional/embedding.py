"""Looking up rows of a table, and its transpose: adding rows into a table."""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ._index import check_bounds, is_index_dtype
from ._op import Op, Traced
from ._rows import Rows

__all__ = ["check_rows", "embedding", "rows_gradient", "scatter_rows"]


def scatter_rows_forward(values, rows, *, n, skip=None):
    """Y[v] = sum of values[k] over all k with rows[k] = v, for v < n; row `skip` stays zero."""
    y = backend.scatter_add_rows(rows, n, values)
    if skip is not None:
        y[skip] = 0
    return y, (rows, skip)


def scatter_rows_backward(dy, saved):
    """dvalues[k] = dY[rows[k]], and 0 where rows[k] is skipped: each value was added to one row."""
    rows, skip = saved
    dvalues = dy[rows]
    if skip is not None:
        kept = np.not_equal(rows, skip).reshape((-1,) + (1,) * (dvalues.ndim - 1))
        dvalues = np.where(kept, dvalues, 0.0)
    return dvalues, None


def scatter_rows_reference(values, rows, *, n, skip=None):
    y = np.zeros((n, *values.shape[1:]))
    for row, value in zip(rows.tolist(), values):
        if row != skip:
            y[row] += value
    return y


def sample_scatter_rows(draw):
    k, n = draw.integer(0, 4), draw.integer(1, 4)
    values = draw.array((k, *draw.shape(0, 2)))
    return (values, draw.index((k,), n)), {"n": n, "skip": draw.choice((None, 0, n - 1))}


scatter_rows = Op(
    scatter_rows_forward,
    scatter_rows_backward,
    shapes="(k, ...), (k) -> (n, ...)",
    sample=sample_scatter_rows,
    reference=scatter_rows_reference,
)


def embedding_forward(indices, weight, *, padding_idx=None, scale_grad_by_freq=False, sparse=False):
    """y[...] = W[indices[...]]: one row of the weight (V, D) per index.

    With `padding_idx` that row gets no gradient; with `scale_grad_by_freq` a row's gradient is divided by how often its index occurs;
    with `sparse` the gradient holds the rows looked up and no others.
    """
    if weight.ndim != 2:
        raise RuntimeError(f"embedding: 'weight' must be 2-D, (num_embeddings, embedding_dim); it has shape {tuple(weight.shape)}")
    check_rows("embedding", indices, weight.shape[0])
    return weight.take(indices, axis=0), (indices, weight.shape[0], padding_idx, scale_grad_by_freq, sparse)


def check_rows(name, indices, rows, error: type[Exception] = IndexError):
    """Refuse indices that are no row numbers of a table."""
    if not is_index_dtype(indices.dtype):
        raise RuntimeError(f"{name}: expected indices of dtype int64 or int32, got {indices.dtype}; cast them with .long()")
    check_bounds(
        indices,
        rows,
        f"{name}: index out of range in self: index {{index}}, but weight has {{size}} rows, numbered from 0;"
        " give the layer as many rows as the vocabulary has words",
        error,
    )


def embedding_backward(dy, saved):
    """dW[v] = sum of dy[...] over all places where indices[...] = v, and 0 for v = padding_idx.

    y[k] = W[indices[k]], so dy[k]/dW[v] is 1 where indices[k] = v and else 0; words that did not occur get zeros.
    """
    indices, n, padding_idx, by_frequency, sparse = saved
    rows = indices.reshape(-1)
    values = dy.reshape((math.prod(indices.shape), dy.shape[-1]))
    skip = None if padding_idx is None else padding_idx % max(n, 1)
    return None, rows_gradient("embedding", values, rows, n, skip, by_frequency, sparse)


def rows_gradient(name, values, rows, n, skip=None, by_frequency=False, sparse=False):
    """The gradient of a table of n rows from those of the rows looked up; a `Rows` if `sparse`, unless it is to be differentiated again."""
    if by_frequency:
        if sparse:
            raise RuntimeError(f"{name}_backward: scale_grad_by_freq not supported with sparse gradients; use sparse=False")
        counts = np.bincount(rows, minlength=1)[rows]
        values = values / counts.reshape((-1, 1)).astype(values.dtype)
    if not sparse or isinstance(values, Traced):
        return scatter_rows(values, rows, n=n, skip=skip)
    if skip is not None:
        kept = np.not_equal(rows, skip)
        rows, values = rows[kept], values[kept]
    return Rows(rows, values, n)


def embedding_reference(indices, weight, *, padding_idx=None, scale_grad_by_freq=False, sparse=False):
    rows = [weight[i] for i in indices.ravel().tolist()]
    return np.array(rows).reshape((*indices.shape, weight.shape[1]))


def sample_embedding(draw):
    v = draw.integer(1, 4)
    return (draw.index(draw.shape(0, 2), v), draw.array((v, draw.integer(0, 3)))), {}


embedding = Op(
    embedding_forward,
    embedding_backward,
    shapes="(...), (v, d) -> (..., d)",
    sample=sample_embedding,
    reference=embedding_reference,
    torch_name="Embedding",
)
