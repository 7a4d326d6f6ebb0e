"""The losses of classifiers: nll_loss from log-probabilities, cross_entropy from scores.

Inputs are (N, C), (C) or (N, C, d1, ...), targets the same without C. Inside, they are rows (m, C) and classes (m,).
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import check_reduction, require_float
from ._domain import Real
from ._law import RefusedValue
from ._op import Op, Traced
from ._reductions import peak, row_starts, sum_of_columns
from .indexing import index_add, index_put

__all__ = ["cross_entropy", "nll_loss"]

INT64 = np.dtype("int64")

# ---- layouts, targets, reductions -------------------------------------------------------------------------------------------------


def as_rows(x):
    """(C), (N, C) or (N, C, d1, ...) as (m, C)."""
    if x.ndim > 2:
        x = np.moveaxis(x, 1, -1)
    return x if x.ndim == 2 else x.reshape((math.prod(x.shape[:-1]), x.shape[-1]))


def from_rows(rows, shape):
    """The inverse of `as_rows`."""
    if len(shape) < 3:
        return rows.reshape(shape)
    return np.moveaxis(rows.reshape((shape[0], *shape[2:], shape[1])), -1, 1)


def shape_of_rows(x) -> tuple[int, ...]:
    """The shape without the class dimension."""
    return (*x.shape[:1], *x.shape[2:]) if x.ndim > 1 else ()


def check_classes(name, x, target, weight):
    """Refuse what does not fit together."""
    require_float(name, x)
    if x.ndim == 2 and weight is None:
        return x.shape[1]
    if x.ndim == 0:
        raise RefusedValue(f"{name}: the input must have a class dimension, (C), (N, C) or (N, C, d1, ...), but it is 0-dim")
    classes = x.shape[min(x.ndim - 1, 1)]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(f"{name}: weight must have one element for each of the {classes} classes, it has shape {tuple(weight.shape)}")
    if weight is not None and weight.dtype != x.dtype:
        raise RuntimeError(f"{name}: weight must have the dtype of the input, {x.dtype}, it has {weight.dtype}")
    return classes


def check_targets(name, x, target):
    """Refuse targets that are no class numbers, or do not match the input's shape."""
    if np.dtype(target.dtype) not in (np.int64, np.uint8):
        raise RuntimeError(
            f"{name}: target must hold class numbers, int64 or uint8, or for cross_entropy probabilities in the input's shape; "
            f"it is {target.dtype} of shape {tuple(target.shape)}, the input has shape {tuple(x.shape)}"
        )
    wanted, shape = shape_of_rows(x), tuple(target.shape)
    if x.ndim > 1 and shape[:1] != wanted[:1]:
        raise RefusedValue(f"{name}: the input's batch size is {wanted[0]}, the target's shape is {shape}; they must have one batch size")
    if shape != wanted and not (x.ndim == 1 and shape == (1,)):
        raise RuntimeError(f"{name}: an input of shape {tuple(x.shape)} wants a target of shape {wanted}, it has {shape}")


def find_targets(name, target, classes, ignore_index):
    """(columns, keep): each row's class, and which rows count (None: all).

    As unsigned numbers, negative classes are too large, so that one maximum finds whether all is well.
    """
    columns = (target.array if isinstance(target, Traced) else target).reshape(-1)
    if columns.dtype != np.int64:
        columns = columns.astype(np.int64)
    keep = None
    if columns.shape[0] and (columns.view(np.uint64).max() >= classes or 0 <= ignore_index < classes):
        keep = columns != ignore_index
        wrong = columns[keep & ((columns < 0) | (columns >= classes))]
        if wrong.shape[0]:
            known = f"the classes are 0 to {classes - 1}, ignore_index is {ignore_index}"
            raise IndexError(f"{name}: target {int(wrong[0])} is out of bounds: {known}")
        columns = np.where(keep, columns, 0)
    return columns, keep


def row_numbers(columns):
    return np.arange(columns.shape[0], like=columns)


def only(keep, values):
    """0 where a row does not count, whatever its value is."""
    return values if keep is None else np.where(keep, values, 0.0)


def divisor_of(columns, keep, w):
    """What the mean divides by: how many rows count, or the sum of their weights."""
    if w is not None:
        return np.sum(only(keep, w))
    return columns.shape[0] if keep is None else int(keep.sum())


def reduced_rows(losses, divisor, reduction, shape):
    if reduction == "none":
        return losses.reshape(shape)
    total = losses.sum()
    if reduction == "sum":
        return total
    if isinstance(divisor, int):
        return total / divisor if divisor else total + math.nan
    return total / divisor


def row_gradient(dy, divisor, keep, reduction):
    """The gradient of each row's loss: (m,), or 0-dim where it is the same for all."""
    if reduction == "none":
        dy = dy.reshape((-1,))
    elif reduction == "mean":
        dy = dy / (max(divisor, 1) if isinstance(divisor, int) else divisor)
    return only(keep, dy)


def subtract_at(fresh, index, values):
    """`fresh` less `values` at `index`, a place occurring once; in place if it is an array, which nobody else may hold."""
    if isinstance(fresh, Traced):
        return index_put(fresh, -values, index=index, accumulate=True)
    fresh[index] -= values
    return fresh


def weight_gradient(dy, g, nll, y, columns, keep, divisor, reduction, like):
    """dweight_c = sum of g_i nll_i over the rows of class c; under the mean less dy y / divisor for each of them."""
    each = g * nll
    if reduction == "mean":
        each = each - dy * y / divisor
    return index_add(np.zeros_like(like), columns, only(keep, each), dim=0)


# ---- nll_loss ---------------------------------------------------------------------------------------------------------------------


def nll_loss_forward(x, target, weight=None, *, ignore_index=-100, reduction="mean"):
    """l_i = -weight[t_i] x[i, t_i], t the target classes, 0 where t_i is `ignore_index`; then the reduction.

    "mean" divides by the sum of weight[t_i] over the rows that count: nan if there are none.
    """
    check_reduction(reduction)
    classes = check_classes("nll_loss", x, target, weight)
    check_targets("nll_loss", x, target)
    columns, keep = find_targets("nll_loss", target, classes, ignore_index)
    rows = row_numbers(columns)
    nll = -as_rows(x)[rows, columns]
    w = None if weight is None else weight[columns]
    divisor = divisor_of(columns, keep, w)
    with np.errstate(divide="ignore", invalid="ignore"):
        losses = only(keep, nll if w is None else nll * w)
        y = reduced_rows(losses, divisor, reduction, shape_of_rows(x))
    return y, (rows, columns, keep, nll, w, weight, divisor, y, reduction, tuple(x.shape), classes)


def nll_loss_backward(dy, saved, needs=(True, True, True)):
    """dx[i, t_i] = -weight[t_i] g_i, else 0;  g = dy, divided under the mean, 0 in rows that do not count

    dweight_c = sum of g_i (-x[i, c]) over the rows with t_i = c; under the mean the divisor moves too, which takes off dy y / divisor
    for each of those rows.
    """
    rows, columns, keep, nll, w, weight, divisor, y, reduction, shape, classes = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        g = row_gradient(dy, divisor, keep, reduction)
        zeros = np.zeros_like(nll, shape=(rows.shape[0], classes))
        dx = subtract_at(zeros, (rows, columns), g if w is None else only(keep, g * w))
        dw = None
        if weight is not None and needs[2]:
            dw = weight_gradient(dy, g, nll, y, columns, keep, divisor, reduction, weight)
    return from_rows(dx, shape), None, dw


def nll_loss_reference(x, target, weight=None, *, ignore_index, reduction):
    """Row by row."""
    rows = np.moveaxis(x, min(x.ndim - 1, 1), -1).reshape(-1, x.shape[min(x.ndim - 1, 1)])
    w = np.ones(rows.shape[1]) if weight is None else weight
    counted = [(i, t) for i, t in enumerate(target.ravel().tolist()) if t != ignore_index]
    losses = np.zeros(target.size)
    for i, t in counted:
        losses[i] = -w[t] * rows[i, t]
    if reduction == "none":
        return losses.reshape(target.shape)
    return losses.sum() / (sum(w[t] for _, t in counted) if reduction == "mean" else 1)


def sample_classes(draw):
    """Scores in one of the layouts, classes of which some may be ignored (never all), and weights or none."""
    classes = draw.integer(2, 4)
    n, *others = draw.shape(1, 3, min_size=1)
    bare = draw.choice((False, False, True))
    x = draw.array((classes,) if bare else (n, classes, *others), Real())
    shape = () if bare else (n, *others)
    target = draw.index(shape, classes)
    ignore_index = draw.choice((-100, -100, 0, classes + 7))
    if not bare and n > 1 and ignore_index != 0:
        target[-1] = draw.choice((target[-1], ignore_index))
    target[(0,) * len(shape)] = classes - 1
    weight = draw.choice((None, draw.array((classes,), Real(0.3, 2))))
    return (x, target, weight), {"ignore_index": ignore_index, "reduction": draw.choice(("mean", "sum", "none"))}


nll_loss = Op(
    nll_loss_forward,
    nll_loss_backward,
    shapes="(n, c), (n), (c)? -> ()",
    sample=sample_classes,
    reference=nll_loss_reference,
)

# ---- cross_entropy ----------------------------------------------------------------------------------------------------------------


def cross_entropy_forward(x, target, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """l_i = -sum_c weight_c q_ic ln softmax(x_i)_c, then the reduction

    q_i is the one-hot of the class target[i], or the row target[i] of probabilities; smoothed to (1 - a) q + a / C, a = `label_smoothing`.
    Rows whose class is `ignore_index` are 0. "mean" divides by the sum of weight[target[i]] over the rows that count (nan if there are
    none), for probabilities by the number of rows.
    """
    if weight is None and not label_smoothing and x.ndim == 2 and target.dtype is INT64 and target.shape == x.shape[:1]:
        plain = rows_that_all_count(x, target, ignore_index, reduction)
        if plain is not None:
            return plain
    check_reduction(reduction)
    classes = check_classes("cross_entropy", x, target, weight)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"cross_entropy: label_smoothing must be between 0.0 and 1.0, it is {label_smoothing}")
    with np.errstate(divide="ignore", invalid="ignore"):
        if target.dtype.kind == "f" and tuple(target.shape) == tuple(x.shape):
            if ignore_index >= 0:
                raise RuntimeError(f"cross_entropy: ignore_index ({ignore_index}) is for targets that are classes, these are probabilities")
            return from_probabilities(x, target, weight, classes, reduction, label_smoothing)
        check_targets("cross_entropy", x, target)
        columns, keep = find_targets("cross_entropy", target, classes, ignore_index)
        return from_classes(x, row_numbers(columns), columns, keep, weight, classes, reduction, label_smoothing)


def cross_entropy_backward(dy, saved, needs=(True, True, True)):
    """dx_i = g_i (softmax(x_i) W_i - Q_i), Q_ic = weight_c q_ic, W_i = sum_c Q_ic;  g = dy, divided under the mean, 0 in ignored rows

    l_i = -sum_c Q_ic x_ic + W_i ln sum_k exp(x_ik), and the gradient of that logarithm is the softmax.
    """
    *rest, kind = saved
    if kind is plain_gradient:
        return kind(dy, *rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        return kind(dy, rest, needs)


def rows_that_all_count(x, target, ignore_index, reduction):
    """The everyday case, scores (m, C) and classes (m,), no weights, nothing ignored: -ln softmax(x)_t = ln s - (x - max)_t

    with e = exp(x - max) and s its sum over the classes. None if a target is no class, or a class is ignored.
    """
    n, classes = x.shape
    columns = target.array if isinstance(target, Traced) else target
    usual = n and x.dtype.kind == "f" and (ignore_index < 0 or ignore_index >= classes) and reduction in ("mean", "sum", "none")
    if not usual:
        return None
    unsigned = columns.view(np.uint64)  # so that negative classes are too large
    if unsigned[unsigned.argmax()] >= classes:
        return None
    places = columns + row_starts((n, classes), columns)  # in the flattened scores: quicker than two indices
    z = x - peak(x, 1)
    e = np.exp(z)
    s = sum_of_columns(e)
    losses = np.log(s) - z.reshape(-1)[places]
    y = losses if reduction == "none" else sum_of_columns(losses) if reduction == "sum" else sum_of_columns(losses) / n
    return y, (places, e, s, n if reduction == "mean" else 1, plain_gradient)


def plain_gradient(dy, places, e, s, divisor):
    """dx = g (e / s - one-hot), g = dy / divisor"""
    g = dy / divisor
    dx = (e * (g / s)[:, None]).reshape(-1)
    if isinstance(dx, Traced):
        dx = subtract_at(dx, (places,), g)
    else:
        dx[places] -= g
    return dx.reshape(e.shape), None, None


def from_classes(x, rows, columns, keep, weight, classes, reduction, a):
    """As `rows_that_all_count`, with rows that do not, weights, smoothing, and further dimensions."""
    scores = as_rows(x)
    z = scores - peak(scores, 1)
    e = np.exp(z)
    s = sum_of_columns(e)
    log_s = np.log(s)
    nll = log_s - z[rows, columns]
    w = None if weight is None else weight[columns]
    losses = nll if w is None else nll * w
    if a:
        even = classes * log_s - np.sum(z, axis=1) if weight is None else np.sum(weight) * log_s - z @ weight
        losses = (1 - a) * losses + (a / classes) * even
    divisor = divisor_of(columns, keep, w)
    y = reduced_rows(only(keep, losses), divisor, reduction, shape_of_rows(x))
    return y, (rows, columns, keep, e, s, nll, w, weight, divisor, y, reduction, a, tuple(x.shape), class_gradients)


def class_gradients(dy, saved, needs):
    """dx = e (A + B W) / s - A one-hot - B weight, with A_i = (1 - a) g_i weight[t_i], B = a / C g, W = sum_c weight_c

    dweight is that of nll_loss, times 1 - a, less a / C sum_i g_i ln softmax(x_i)_c.
    """
    rows, columns, keep, e, s, nll, w, weight, divisor, y, reduction, a, shape = saved
    classes = e.shape[1]
    g = row_gradient(dy, divisor, keep, reduction)
    at_target = g if w is None else only(keep, g * w)
    total = at_target
    if a:
        at_target, even = (1 - a) * at_target, (a / classes) * g
        total = at_target + even * (classes if weight is None else np.sum(weight))
    dx = subtract_at(e * (total / s)[:, None], (rows, columns), at_target)
    if a:
        even = even[:, None] if even.ndim else even
        dx = dx - (even if weight is None else even * weight)
    dw = None
    if weight is not None and needs[2]:
        dw = weight_gradient(dy, (1 - a) * g, nll, y, columns, keep, divisor, reduction, weight)
        if a:
            dw = dw - np.sum(even * np.log(e / s[:, None]), axis=0)
    return from_rows(dx, shape), None, dw


def from_probabilities(x, target, weight, classes, reduction, a):
    scores, q = as_rows(x), as_rows(target)
    if a:
        q = q * (1 - a) + a / classes
    z = scores - peak(scores, 1)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    weighted = q if weight is None else q * weight
    losses = -np.sum(weighted * log_p, axis=1)
    n = scores.shape[0]
    y = reduced_rows(losses, n, reduction, shape_of_rows(x))
    return y, (log_p, q, weighted, weight, n, reduction, a, tuple(x.shape), probability_gradients)


def probability_gradients(dy, saved, needs):
    """dtarget = -(1 - a) weight g ln softmax(x);  dweight_c = -sum_i g_i q_ic ln softmax(x_i)_c"""
    log_p, q, weighted, weight, n, reduction, a, shape = saved
    g = row_gradient(dy, n, None, reduction)
    g = g[:, None] if g.ndim else g
    dx = g * (np.exp(log_p) * np.sum(weighted, axis=1, keepdims=True) - weighted)
    dq = -g * log_p if needs[1] or needs[2] else None
    dtarget = from_rows((1 - a) * dq * (1 if weight is None else weight), shape) if needs[1] else None
    return from_rows(dx, shape), dtarget, np.sum(dq * q, axis=0) if weight is not None and needs[2] else None


def cross_entropy_reference(x, target, weight=None, *, ignore_index, reduction, label_smoothing):
    """Row by row, one probability at a time."""
    classes = x.shape[min(x.ndim - 1, 1)]
    rows = np.moveaxis(x, min(x.ndim - 1, 1), -1).reshape(-1, classes)
    w = np.ones(classes) if weight is None else weight
    soft = target.dtype.kind == "f"
    if soft:
        targets = np.moveaxis(target, min(x.ndim - 1, 1), -1).reshape(-1, classes)
    else:
        targets = np.equal.outer(target.ravel(), np.arange(classes)) * 1.0
    counts = np.ones(len(rows)) if soft else (target.ravel() != ignore_index) * 1.0
    losses = []
    for row, q, count in zip(rows, targets, counts):
        q = (1 - label_smoothing) * q + label_smoothing / classes
        losses.append(-count * sum(w[c] * q[c] * math.log(math.exp(row[c]) / sum(map(math.exp, row))) for c in range(classes)))
    if reduction == "none":
        shape = () if x.ndim == 1 else (x.shape[0], *x.shape[2:])
        return np.array(losses).reshape(shape)
    divisor = 1 if reduction == "sum" else len(rows) if soft else sum(targets @ w * counts)
    return math.fsum(losses) / divisor


def sample_cross_entropy(draw):
    (x, target, weight), options = sample_classes(draw)
    if draw.choice((False, True)):
        target = draw.array(x.shape, Real(0.1, 0.9))
        options["ignore_index"] = -100
    return (x, target, weight), options | {"label_smoothing": draw.choice((0.0, 0.0, 0.3))}


cross_entropy = Op(
    cross_entropy_forward,
    cross_entropy_backward,
    shapes="(n, c), (n), (c)? -> ()",
    sample=sample_cross_entropy,
    reference=cross_entropy_reference,
    torch_name="NllLoss",
)
