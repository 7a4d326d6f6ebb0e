"""Words from counts: co-occurrence, pointwise mutual information, truncated SVD. Matrices are scipy's sparse ones.

Church & Hanks (1990), "Word Association Norms, Mutual Information, and Lexicography"; Levy & Goldberg (2014), "Neural Word Embedding as
Implicit Matrix Factorization"; Levy, Goldberg & Dagan (2015), "Improving Distributional Similarity with Lessons Learned from Word Embeddings".
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .. import random
from ..tensor.tensor import Tensor
from ._shared import as_array, as_sequences, optional

__all__ = ["cooccurrence", "ppmi", "truncated_svd"]

SMALL = 512  # up to this many rows or columns the dense decomposition is as quick


def cooccurrence(
    ids: Any, vocab_size: int, window: int = 5, *, weighting: Literal["uniform", "inverse"] = "uniform", symmetric: bool = True
) -> Any:
    """How often word j stands within `window` words of word i: a ``scipy.sparse.csr_array`` (V, V) of float64.

    ::

        C_ij = sum over positions s < t <= s + window with w_s = i, w_t = j of weight(t - s),  weight(d) = 1 or 1 / d
        symmetric: C + C^T

    Args:
        ids: one sequence, or several: windows do not reach from one into another.
        weighting: "uniform": 1 for each; "inverse": 1 / distance, as GloVe counts.
        symmetric: count neighbours on both sides; otherwise only j to the right of i.

    >>> from minitorch_nlp.text import cooccurrence
    >>> cooccurrence([0, 1, 2, 1], vocab_size=3, window=1).toarray()
    array([[0., 1., 0.],
           [1., 0., 2.],
           [0., 2., 0.]])
    """
    sparse = optional("scipy.sparse", "text", "cooccurrence")
    flat, owner = as_sequences(ids, "cooccurrence")
    if window < 1:
        raise ValueError(f"cooccurrence: window={window} must be at least 1")
    if weighting not in ("uniform", "inverse"):
        raise ValueError(f"cooccurrence: weighting={weighting!r} must be 'uniform' or 'inverse'")
    if flat.size and flat.max() >= vocab_size:
        raise IndexError(f"cooccurrence: there is an id {flat.max()}, but vocab_size is {vocab_size}")
    shape = (vocab_size, vocab_size)
    counts = sparse.csr_array(shape, dtype=np.float64)
    flat = flat.astype(np.int32) if vocab_size < 1 << 31 else flat
    for distance in range(1, min(window, len(flat) - 1) + 1):
        together = owner[distance:] == owner[:-distance]
        left, right = flat[:-distance][together], flat[distance:][together]
        weight = 1.0 if weighting == "uniform" else 1 / distance
        counts += sparse.coo_array((np.full(len(left), weight), (left, right)), shape).tocsr()
    return (counts + counts.T).tocsr() if symmetric else counts


def ppmi(counts: Any, *, shift: float = 1.0, alpha: float = 1.0) -> Any:
    """Positive pointwise mutual information of words i and contexts j: a ``csr_array`` of the same shape, without stored zeros.

    ::

        PMI_ij  = log( P(i, j) / (P(i) P_alpha(j)) ),  P(i, j) = C_ij / sum C,  P(i) = sum_j P(i, j),
        P_alpha(j) = (sum_i C_ij)^alpha / sum_k (sum_i C_ik)^alpha
        PPMI_ij = max(0, PMI_ij - log shift)

    Args:
        counts: co-occurrences (V, W), sparse or dense, not negative.
        shift: the k of shifted PPMI, which skip-gram with k negative samples factorizes.
        alpha: 0.75 smooths the contexts: less weight for rare ones.

    >>> from minitorch_nlp.text import cooccurrence, ppmi
    >>> ppmi(cooccurrence([0, 1, 2, 1], vocab_size=3, window=1)).toarray().round(3)
    array([[0.   , 0.693, 0.   ],
           [0.693, 0.   , 0.693],
           [0.   , 0.693, 0.   ]])
    """
    sparse = optional("scipy.sparse", "text", "ppmi")
    if shift <= 0:
        raise ValueError(f"ppmi: shift={shift} must be positive; 1 shifts nothing")
    pairs = as_matrix(counts, sparse, "ppmi").tocoo()
    pairs.sum_duplicates()
    if not (np.isfinite(pairs.data).all() and (pairs.data >= 0).all()):
        raise ValueError("ppmi: counts must be finite and not negative")
    words, contexts = (np.bincount(where, pairs.data, minlength=n).astype(np.float64) for where, n in zip(pairs.coords, pairs.shape))
    smooth = np.power(contexts, alpha, where=contexts > 0, out=np.zeros_like(contexts))
    kept = pairs.data > 0
    rows, columns, data = pairs.coords[0][kept], pairs.coords[1][kept], pairs.data[kept]
    # sum C cancels: P(i, j) / P(i) = C_ij / sum_j C_ij
    values = np.log(data) - np.log(words[rows]) - np.log(smooth[columns]) + np.log(max(smooth.sum(), 1e-300)) - np.log(shift)
    above = values > 0
    return sparse.coo_array((values[above], (rows[above], columns[above])), pairs.shape).tocsr()


def truncated_svd(matrix: Any, dim: int, *, seed: int = 0) -> tuple[Any, Any, Any]:
    """The `dim` largest singular values and their vectors, A ~ U diag(S) Vh: tensors U (V, dim), S (dim) falling, Vh (dim, W), of float64.

    The same matrix gives the same result: the iteration starts from numbers drawn with `seed`, and each column of U has its entry of
    largest size positive. ``U * S.sqrt()`` are common word vectors. On large sparse matrices values below about 1e-8 of the largest are
    noise, since the iteration works on A^T A.

    Args:
        matrix: (V, W), sparse or dense.
        dim: 1 ... min(V, W).

    >>> import numpy as np
    >>> from minitorch_nlp.text import truncated_svd
    >>> U, S, Vh = truncated_svd(np.diag([1.0, 3.0, 2.0]), dim=2)
    >>> S
    tensor([3., 2.], dtype=torch.float64)
    """
    sparse = optional("scipy.sparse", "text", "truncated_svd")
    array = as_matrix(matrix, sparse, "truncated_svd")
    least = min(array.shape)
    if not 1 <= dim <= least:
        raise ValueError(f"truncated_svd: dim={dim} must be from 1 to {least}, the smaller side of the matrix {array.shape}")
    if not np.isfinite(array.data).all():
        raise ValueError("truncated_svd: the matrix has entries that are infinite or nan")
    if array.count_nonzero() == 0:
        U, S, Vh = np.eye(array.shape[0], dim), np.zeros(dim), np.eye(dim, array.shape[1])
    elif least <= SMALL or dim == least:
        U, S, Vh = np.linalg.svd(array.toarray(), full_matrices=False)
        U, S, Vh = U[:, :dim], S[:dim], Vh[:dim]
    else:
        start = random.uniform((least,), np.float64, 0.5, 1.0, generator=random.Generator().manual_seed(seed))
        svds = optional("scipy.sparse.linalg", "text", "truncated_svd").svds
        U, S, Vh = svds(array, dim, v0=start, solver="arpack")
        order = np.argsort(-S, kind="stable")
        U, S, Vh = U[:, order], S[order], Vh[order]
    signs = np.where(np.take_along_axis(U, np.abs(U).argmax(0)[None], 0) < 0, -1.0, 1.0)
    return Tensor._wrap(np.ascontiguousarray(U * signs)), Tensor._wrap(S.copy()), Tensor._wrap(np.ascontiguousarray(Vh * signs.T))


def as_matrix(matrix: Any, sparse: Any, user: str) -> Any:
    """A sparse or dense matrix as a ``csr_array`` of float64."""
    found = matrix if sparse.issparse(matrix) else as_array(matrix)
    if found.ndim != 2:
        raise ValueError(f"{user}: a matrix (V, W) is needed, but the shape is {found.shape}")
    return sparse.csr_array(found, dtype=np.float64)
