"""What depends on order: sorting, the largest k, the k-th smallest, medians, the commonest value.

All of them copy chosen elements, so all have one gradient: it goes back to where each was chosen. nan counts as the largest.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from ._axes import along, reference_along, sample_reduction
from ._domain import Distinct
from ._index import flat_along
from ._law import wrap_dim
from ._op import Op
from .extremum import max_all_backward, max_dim_backward
from .indexing import put_along
from .scan import running

__all__ = ["kthvalue", "median_all", "median_dim", "mode", "nanmedian_all", "nanmedian_dim", "ordering", "sort", "topk"]


def ordering(x, d: int, descending: bool):
    """The indices that sort along dimension d; the order among equals is kept, also when descending."""
    if x.ndim == 0:
        return np.zeros_like(x, dtype=np.int64)
    x = comparable(x)
    if not descending:
        return np.argsort(x, axis=d, kind="stable")
    flipped = np.flip(np.argsort(np.flip(x, axis=d), axis=d, kind="stable"), axis=d)
    return x.shape[d] - 1 - flipped


def comparable(x):
    """bfloat16 as float32, which sorts nan last."""
    return x.astype(np.float32) if x.dtype.kind == "V" else x


def pick(x, index, d: int):
    """The elements of x at `index` along dimension d."""
    return x.reshape(-1).take(flat_along(index, d, x.shape))


def sort_forward(x, *, dim=-1, descending=False):
    """(y, k): y_i = x_{k_i} along `dim`, in order; the order among equals is kept, and nan counts as the largest."""
    d = wrap_dim(dim, x.ndim)
    index = ordering(x, d, descending)
    return (pick(x, index, d), index), (index, d, x.shape)


def sort_backward(dys, saved):
    """dx_{k_i} = dy_i: each output is a copy of one element."""
    index, d, shape = saved
    return (put_along(dys[0], index, d, shape),)


def sort_reference(x, *, dim=-1, descending=False):
    """Python's own sort of (value, index) pairs, row by row."""
    if x.ndim == 0:
        return x, np.zeros((), dtype=np.int64)
    rows = np.moveaxis(x, dim, -1)
    values, index = np.zeros(rows.shape), np.zeros(rows.shape, dtype=np.int64)
    for place in np.ndindex(rows.shape[:-1]):
        order = sorted(range(rows.shape[-1]), key=lambda i: -rows[place][i] if descending else rows[place][i])
        values[place], index[place] = [rows[place][i] for i in order], order
    return np.moveaxis(values, -1, dim), np.moveaxis(index, -1, dim)


sort = Op(
    sort_forward,
    sort_backward,
    shapes="(...) -> (...), (...)",
    sample=sample_reduction(Distinct(), single=True, required=True, keepdim=False, options={"descending": (False, True)}),
    reference=sort_reference,
)


def topk_forward(x, *, k, dim=-1, largest=True, sorted=True):
    """(y, i): the k largest (or smallest) along `dim` and where they are, in order; nan counts as the largest."""
    d = wrap_dim(dim, x.ndim)
    if x.dtype == bool:
        raise RuntimeError("topk: not implemented for bool tensors; convert with .int()")
    size = x.shape[d] if x.ndim else 1
    if not 0 <= k <= size:
        raise ValueError(f"selected index k out of range: k = {k}, but dimension {d} has size {size}")
    index = best(x, k, d, largest) if x.ndim else np.zeros_like(x, dtype=np.int64)
    return (pick(x, index, d), index), (index, d, x.shape)


def best(x, k: int, d: int, largest: bool):
    """Where the k largest (or smallest) are along dimension d, in order."""
    n = x.shape[d]
    if n < 1000 or 8 * k > n or k == 0:
        return ordering(x, d, largest)[along(d, slice(k))].copy()
    cut, chosen = (n - k, slice(n - k, None)) if largest else (k - 1, slice(k))
    places = np.argpartition(comparable(x), cut, axis=d)[along(d, chosen)]
    order = ordering(pick(x, places, d), d, largest)
    return np.take_along_axis(places, order, d)


def topk_backward(dys, saved):
    """dx_{i_j} = dy_j, and 0 where x was not chosen: each output is a copy of one element."""
    return sort_backward(dys, saved)


def topk_reference(x, *, k, dim=-1, largest=True, sorted=True):
    """The head of the sorted rows."""
    values, index = sort_reference(x, dim=dim, descending=largest)
    return (values[along(wrap_dim(dim, x.ndim), slice(k))], index[along(wrap_dim(dim, x.ndim), slice(k))]) if x.ndim else (values, index)


def sample_topk(draw):
    (x,), options = sample_reduction(Distinct(), single=True, required=True, keepdim=False, min_size=1)(draw)
    k = draw.integer(0, x.shape[options["dim"]]) if x.ndim else 1
    return (x,), options | {"k": k, "largest": draw.choice((False, True))}


topk = Op(topk_forward, topk_backward, shapes="(...) -> (...), (...)", sample=sample_topk, reference=topk_reference)


# ---- one element of each row ------------------------------------------------------------------------------------------------------


def chosen(x, index, d: int, keepdim: bool):
    """(outputs, saved) of an op that picks one element along dimension d; `index` has kept it."""
    values = pick(x, index, d)
    if x.ndim and not keepdim:
        values, index = values.squeeze(d), index.squeeze(d)
    return (values, index), (index, d, x.shape, keepdim)


def require_row(name: str, x, d: int) -> None:
    if x.ndim and x.shape[d] == 0:
        raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size; the input has shape {tuple(x.shape)}")


def refuse_bool(name: str, x) -> None:
    if x.dtype == bool:
        raise NotImplementedError(f"{name}: not implemented for bool tensors; convert with .int()")


def kth_place(x, k: int, d: int):
    """Where the k-th smallest (from 0) is along dimension d, which is kept."""
    if x.ndim == 0:
        return np.zeros_like(x, dtype=np.int64)
    order = ordering(x, d, False) if x.shape[d] < 1000 else np.argpartition(comparable(x), k, axis=d)
    return order[along(d, slice(k, k + 1))].copy()


def kthvalue_forward(x, *, k, dim=-1, keepdim=False):
    """(y, i): the k-th smallest along `dim`, counted from 1, and where it is; nan counts as the largest."""
    refuse_bool("kthvalue", x)
    d = wrap_dim(dim, x.ndim)
    require_row("kthvalue", x, d)
    if not 1 <= k <= (x.shape[d] if x.ndim else 1):
        raise ValueError(f"selected number k out of range: k = {k}, but dimension {d} has size {x.shape[d] if x.ndim else 1}")
    return chosen(x, kth_place(x, k - 1, d), d, keepdim)


def kthvalue_backward(dys, saved):
    """dx_i = dy where i is the index, else 0: y is a copy of x_i."""
    return max_dim_backward(dys, saved)


def row_reference(rank):
    """Values and indices where ``rank(row)`` says which element, in order of size, is chosen."""

    def reference(x, *, dim=-1, keepdim=False, **options):
        place = reference_along(lambda row: row.index(sorted(row)[rank(row, **options)]))(x, dim=dim, keepdim=keepdim)
        return reference_along(lambda row: sorted(row)[rank(row, **options)])(x, dim=dim, keepdim=keepdim), place.astype(np.int64)

    return reference


def sample_kthvalue(draw):
    (x,), options = sample_reduction(Distinct(), single=True, required=True, min_size=1)(draw)
    return (x,), options | {"k": draw.integer(1, x.shape[options["dim"]] if x.ndim else 1)}


kthvalue = Op(
    kthvalue_forward,
    kthvalue_backward,
    shapes="(...) -> (...), (...)",
    sample=sample_kthvalue,
    reference=row_reference(lambda row, k: k - 1),
)


def median_dim_forward(x, *, dim, keepdim=False):
    """(y, i): the median along `dim`, the lower of the two middle elements, or the first nan if there is one; and where it is."""
    refuse_bool("median", x)
    d = wrap_dim(dim, x.ndim)
    require_row("median", x, d)
    index = kth_place(x, (x.shape[d] - 1) // 2 if x.ndim else 0, d)
    if x.ndim and x.dtype.kind in "fV":
        unknown = np.isnan(x)
        index = np.where(unknown.any(axis=d, keepdims=True), np.argmax(unknown, axis=d, keepdims=True), index)
    return chosen(x, index, d, keepdim)


def median_dim_backward(dys, saved):
    """dx_i = dy where i is the index, else 0: y is a copy of x_i."""
    return max_dim_backward(dys, saved)


sample_row = sample_reduction(Distinct(), single=True, required=True, min_size=1)


median_dim = Op(
    median_dim_forward,
    median_dim_backward,
    shapes="(...) -> (...), (...)",
    sample=sample_row,
    reference=row_reference(lambda row: (len(row) - 1) // 2),
    torch_name="MedianBackward1",
)


def nanmedian_dim_forward(x, *, dim, keepdim=False):
    """(y, i): the median along `dim` of what is not nan, the lower of the two middle elements, and where it is; nan if all are."""
    refuse_bool("nanmedian", x)
    d = wrap_dim(dim, x.ndim)
    require_row("nanmedian", x, d)
    if x.ndim == 0:
        return chosen(x, kth_place(x, 0, d), d, keepdim)
    known = np.sum(np.equal(x, x), axis=d, keepdims=True)
    middle = np.maximum(known - 1, 0) // 2
    return chosen(x, np.take_along_axis(ordering(x, d, False), middle, d), d, keepdim)


def nanmedian_dim_backward(dys, saved):
    """dx_i = dy where i is the index, else 0: y is a copy of x_i."""
    return max_dim_backward(dys, saved)


nanmedian_dim = Op(
    nanmedian_dim_forward,
    nanmedian_dim_backward,
    shapes="(...) -> (...), (...)",
    sample=sample_row,
    reference=row_reference(lambda row: (len(row) - 1) // 2),
    torch_name="NanmedianBackward1",
)


def median_all_forward(x):
    """y = the median of all elements, the lower of the two middle ones; nan if there is one, or nothing."""
    return overall(median_dim_forward, x)


def overall(of_row, x):
    """The median of all elements by that of one row; where there is none, nan (for integers the lowest, as in torch)."""
    refuse_bool("median", x)
    if not math.prod(x.shape):
        y = np.full_like(x, math.nan if x.dtype.kind in "fV" else np.iinfo(x.dtype).min, shape=())
        return y, (x, y)
    y = of_row(x.reshape(-1), dim=0)[0][0]
    return y, (x, y)


def median_all_backward(dy, saved):
    """dx_i = dy / (number of x_k = y) where x_i = y (is nan, if y is), else 0: equal ones share."""
    return max_all_backward(dy, saved)


median_all = Op(
    median_all_forward,
    median_all_backward,
    shapes="(...) -> ()",
    domain=Distinct(),
    nonempty="...",
    reference=reference_along(lambda row: sorted(row)[(len(row) - 1) // 2]),
    torch_name="Median",
)


def nanmedian_all_forward(x):
    """y = the median of all elements that are not nan, the lower of the two middle ones; nan where there is none."""
    return overall(nanmedian_dim_forward, x)


def nanmedian_all_backward(dy, saved):
    """dx_i = dy / (number of x_k = y) where x_i = y (is nan, if y is), else 0: equal ones share."""
    return max_all_backward(dy, saved)


nanmedian_all = Op(
    nanmedian_all_forward,
    nanmedian_all_backward,
    shapes="(...) -> ()",
    domain=Distinct(),
    nonempty="...",
    reference=reference_along(lambda row: sorted(row)[(len(row) - 1) // 2]),
    torch_name="Nanmedian",
)


def mode_forward(x, *, dim=-1, keepdim=False):
    """(y, i): the commonest value along `dim`, the smallest among equally common ones, and where it comes last."""
    d = wrap_dim(dim, x.ndim)
    require_row("mode", x, d)
    if x.ndim == 0:
        return chosen(x, kth_place(x, 0, d), d, keepdim)
    order = ordering(x, d, False)
    row = pick(x, order, d)
    place = np.arange(x.shape[d], like=order).reshape((-1,) + (1,) * (x.ndim - 1 - d))
    start = running(np.maximum, np.where(np.not_equal(row, np.roll(row, 1, axis=d)), place, 0), d)  # of the run each is in
    end = np.argmax(place - start, axis=d, keepdims=True)  # of the first among the longest runs
    return chosen(x, np.take_along_axis(order, end, d), d, keepdim)


def mode_backward(dys, saved):
    """dx_i = dy where i is the index, else 0: y is a copy of x_i."""
    return max_dim_backward(dys, saved)


def mode_reference(x, *, dim=-1, keepdim=False):
    """By counting, row by row."""

    def common(row):
        return max(sorted(set(row)), key=Counter(row).__getitem__)

    place = reference_along(lambda row: len(row) - 1 - row[::-1].index(common(row)))(x, dim=dim, keepdim=keepdim)
    return reference_along(common)(x, dim=dim, keepdim=keepdim), place.astype(np.int64)


def sample_mode(draw):
    (x,), options = sample_row(draw)
    return (draw.choice((x, draw.index(x.shape, 2))),), options  # integers repeat; repeated floats would have no derivative


mode = Op(mode_forward, mode_backward, shapes="(...) -> (...), (...)", sample=sample_mode, reference=mode_reference)
