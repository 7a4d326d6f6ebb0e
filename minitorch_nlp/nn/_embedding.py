"""Looking up rows and bags of rows under torch's signatures."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import backend
from ..autograd.tape import mark_written
from ..functional.embedding import check_rows
from ..functional.embedding import embedding as embedding_op
from ..functional.embedding_bag import embedding_bag as embedding_bag_op
from ..functional.embedding_bag import first_best, members
from ..tensor.sequences import arange
from ..tensor.tensor import Tensor

__all__ = ["embedding", "embedding_bag", "embedding_bag_of_weight", "embedding_of_weight", "renormalize_rows"]

MODES = ("sum", "mean", "max")


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of `weight` (V, D) at the indices `input` (...): (..., D).

    Args:
        padding_idx: a row that gets no gradient.
        max_norm: rows that are looked up and are longer are first shortened to it, in `weight` itself.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide each row's gradient by how often it was looked up.
        sparse: ``weight.grad`` holds the rows looked up only, as a `RowSparse`; dense where `weight` is no leaf, or under `create_graph`.

    >>> import minitorch_nlp as torch
    >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.nn.functional.embedding(torch.tensor([1, 1]), table)
    tensor([[3., 4.],
            [3., 4.]])
    """
    if padding_idx is not None:
        rows = weight.shape[0]
        if not -rows <= padding_idx < rows:
            raise AssertionError(f"Padding_idx must be within num_embeddings: got {padding_idx} for {rows} rows")
        padding_idx %= rows
    if max_norm is not None:
        renormalize_rows(weight, input, max_norm, norm_type)
    if sparse:
        return embedding_op(input, weight, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq, sparse=weight.is_leaf)
    return embedding_op(input, weight, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq)


def renormalize_rows(weight: Any, indices: Any, max_norm: float, norm_type: float = 2.0) -> Any:
    """Scale the rows of `weight` at `indices` whose `norm_type`-norm exceeds `max_norm` down to it, in place and unrecorded."""
    table = weight.array
    check_rows("embedding", indices.array, len(table))
    rows = np.unique(indices.array)
    norms = np.linalg.norm(table[rows], norm_type, axis=-1)
    long = norms > max_norm
    if long.any():
        table[rows[long]] *= (max_norm / (norms[long].astype(np.float64) + 1e-7)).astype(table.dtype)[:, None]
    mark_written(weight)
    return weight


def embedding_of_weight(weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False) -> Any:
    """``torch.embedding``: `nn.functional.embedding` with the weight first; a negative `padding_idx` stands for none."""
    return embedding(indices, weight, padding_idx if padding_idx >= 0 else None, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The sum, mean or max of bags of rows of `weight` (V, D), without the rows in between: (N, D).

    Args:
        input: (N, L), each row a bag, or (S), all bags one after the other.
        offsets: (N), where each bag of a 1-D `input` starts; with `include_last_offset` (N + 1), the last one being where the last bag ends.
        per_sample_weights: what each row is multiplied by, shaped as `input`; for sums only.
        padding_idx: places with this index are left out; a mean does not count them.

    An empty bag gives zeros. The others are those of `embedding`.

    >>> import minitorch_nlp as torch
    >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.nn.functional.embedding_bag(torch.tensor([0, 1, 1]), table, torch.tensor([0, 2]))
    tensor([[2., 3.],
            [3., 4.]])
    """
    if weight.array.dtype == np.int64 and input.is_floating_point():
        warnings.warn("embedding_bag(weight, input, ...) is deprecated: the order is embedding_bag(input, weight, ...)", stacklevel=2)
        weight, input = input, weight
    input, offsets, per_sample_weights = bags_in_a_row(input, offsets, per_sample_weights)
    include_last_offset = include_last_offset and input.dim() == 1
    check_mode(mode, scale_grad_by_freq, sparse, per_sample_weights)
    check_weight(weight, per_sample_weights)
    if padding_idx is not None:
        rows = weight.shape[0]
        if not -rows <= padding_idx < rows:
            raise RuntimeError(f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but got {padding_idx}")
        padding_idx %= rows
    if max_norm is not None:
        renormalize_rows(weight, input, max_norm, norm_type)
    return embedding_bag_op(
        input.reshape(-1), weight, offsets, per_sample_weights, scale_grad_by_freq=scale_grad_by_freq, mode=mode,
        sparse=sparse and weight.is_leaf, include_last_offset=include_last_offset, padding_idx=padding_idx,
    )  # fmt: skip


def bags_in_a_row(input: Any, offsets: Any, per_sample_weights: Any) -> tuple[Any, Any, Any]:
    """The input, where its bags start, and the weights as one row; refuses what is neither (S) with offsets nor (N, L) without."""
    if per_sample_weights is not None and per_sample_weights.shape != input.shape:
        raise ValueError(
            f"embedding_bag: per_sample_weights must have the same shape as the input, {tuple(input.shape)}; "
            f"it has {tuple(per_sample_weights.shape)}"
        )
    if input.dim() == 1:
        if offsets is None or offsets.dim() != 1:
            found = "None" if offsets is None else f"{offsets.dim()} dimensions"
            raise ValueError(f"embedding_bag: offsets has to be a 1D Tensor for a 1D input, got {found}; it says where the bags start")
        return input, offsets, per_sample_weights
    if input.dim() != 2:
        raise ValueError(f"embedding_bag: input has to be a 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    if offsets is not None:
        raise ValueError("embedding_bag: if input is 2D, then offsets has to be None, as its rows are the bags")
    n, length = input.shape
    if not length:
        raise RuntimeError(f"embedding_bag: bags of length 0 have no place to start; the input has shape {(n, 0)}")
    starts = arange(0, n * length, length, device=input.device)
    return input, starts, None if per_sample_weights is None else per_sample_weights.reshape(-1)


def check_mode(mode: str, scale_grad_by_freq: bool, sparse: bool, per_sample_weights: Any) -> None:
    if mode not in MODES:
        raise ValueError(f"embedding_bag: mode has to be one of sum, mean or max, not {mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("embedding_bag: max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("embedding_bag: max mode does not support sparse weights")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(f"embedding_bag: per_sample_weights is only supported for mode='sum', got mode={mode!r}")


def check_weight(weight: Any, per_sample_weights: Any) -> None:
    if weight.dim() != 2:
        raise ValueError(f"embedding_bag: weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    if not weight.is_floating_point():
        raise RuntimeError(f"embedding_bag: weight must be a float tensor, got {weight.dtype}")
    if per_sample_weights is not None and per_sample_weights.dtype != weight.dtype:
        raise RuntimeError(
            f"embedding_bag: weight and per_sample_weights must have the same dtype, got {weight.dtype}, {per_sample_weights.dtype}"
        )


def embedding_bag_of_weight(
    weight: Any,
    indices: Any,
    offsets: Any,
    scale_grad_by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Any, Any, Any, Any]:
    """``torch.embedding_bag``: the bags (mode 0 sum, 1 mean, 2 max), the bag of each place, the bags' sizes, and where each maximum lies.

    The last one is a row of the table per element, -1 for empty bags, and (N, D) zeros for sums and means.
    """
    if mode not in (0, 1, 2):
        raise RuntimeError(f"embedding_bag: mode must be 0 (sum), 1 (mean) or 2 (max), not {mode!r}")
    y = embedding_bag(
        indices, weight, offsets, None, 2, scale_grad_by_freq, MODES[mode], sparse, per_sample_weights, include_last_offset, padding_idx
    )
    kept, bags, n = members(indices.array, offsets.array, include_last_offset, padding_idx)
    sizes = np.bincount(bags, minlength=n)
    best = np.zeros_like(indices.array, shape=y.array.shape)
    if mode == 2:
        rows = indices.array[kept]
        best = first_best(weight.array[rows], y.array, bags, sizes, rows)
    return (y, *(Tensor._wrap(backend.as_array(part)) for part in (bags, sizes, best)))
