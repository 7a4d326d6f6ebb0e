"""Losses that push scores or distances apart by a margin.

Those of classifiers take scores (N, C) or (C) and class numbers; the others compare element by element, or vector by vector.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import check_reduction, require_float
from ._domain import Bool, Real
from ._law import RefusedValue
from ._op import Op, Traced
from .activation import logsigmoid, sigmoid
from .cross_entropy import subtract_at
from .indexing import index_add
from .loss import REDUCTIONS, reduced, reduced_reference, spread

__all__ = [
    "cosine_embedding_loss", "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss", "multilabel_margin_loss",
    "soft_margin_loss",
]  # fmt: skip

TINY = 1e-12  # added to the squared norms of cosine_embedding_loss


def last_step(name):
    """torch's composites are named by their last step: the reduction, or `name`."""
    return lambda options: {"mean": "Mean", "sum": "Sum"}.get(options.get("reduction", "mean"), name)


def values_of(x):
    return x.array if isinstance(x, Traced) else x


def sample_signs(count, kinks=(), low=-3.0, high=3.0, **options):
    """`count` arrays of one shape, a target of -1 and 1, a reduction, and one of each option."""

    def sample(draw):
        shape = draw.shape()
        arrays = [draw.array(shape, Real(low, high, kinks=kinks)) for _ in range(count)]
        target = np.where(draw.array(shape, Bool()), 1.0, -1.0)
        return (*arrays, target), {"reduction": draw.choice(REDUCTIONS)} | {k: draw.choice(v) for k, v in options.items()}

    return sample


# ---- element by element -----------------------------------------------------------------------------------------------------------


def soft_margin_loss_forward(x, target, *, reduction="mean"):
    """l = ln(1 + e^(-target x)), target 1 or -1; elementwise, broadcast; then the reduction."""
    check_reduction(reduction)
    require_float("soft_margin_loss", x)
    losses = -logsigmoid(target * x)
    return reduced(losses, reduction), (x, target, reduction, tuple(losses.shape))


def soft_margin_loss_backward(dy, saved, needs=(True, True)):
    """dx = -target s dl, dtarget = -x s dl, s = sigmoid(-target x), from (ln(1 + e^-z))' = -sigmoid(-z); dl = dy, or dy / n."""
    x, target, reduction, shape = saved
    g = -spread(dy, reduction, shape) * sigmoid(-target * x)
    return g * target, g * x if needs[1] else None


soft_margin_loss = Op(
    soft_margin_loss_forward,
    soft_margin_loss_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_signs(1),
    reference=lambda x, target, reduction: reduced_reference(np.log(1 + np.exp(-target * x)), reduction),
    dtypes="promote",
)


def hinge_embedding_loss_forward(x, target, *, margin=1.0, reduction="mean"):
    """l = x where target = 1, max(0, margin - x) where target = -1 (both, added, where it is neither); then the reduction."""
    check_reduction(reduction)
    require_float("hinge_embedding_loss", x)
    apart = np.where(np.not_equal(target, 1), np.maximum(margin - x, 0), 0.0)
    losses = apart + np.where(np.not_equal(target, -1), x, 0.0)
    return reduced(losses, reduction), (x, target, margin, reduction, tuple(losses.shape))


def hinge_embedding_loss_backward(dy, saved):
    """dx = dl where target = 1, -dl where target = -1 and x <= margin; dtarget = 0; dl = dy, or dy / n under the mean."""
    x, target, margin, reduction, shape = saved
    dl = spread(dy, reduction, shape)
    pushed = np.not_equal(target, 1) & np.less_equal(x, margin)
    return np.where(np.not_equal(target, -1), dl, 0.0) - np.where(pushed, dl, 0.0), None


hinge_embedding_loss = Op(
    hinge_embedding_loss_forward,
    hinge_embedding_loss_backward,
    shapes="(...), (...) -> (...)",
    sample=lambda draw: sample_hinge(draw),
    reference=lambda x, target, margin, reduction: reduced_reference(np.where(target == 1, x, np.clip(margin - x, 0, None)), reduction),
    dtypes="promote",
    torch_name=last_step("Add"),
)


def sample_hinge(draw):
    (x, target), options = sample_signs(1, kinks=(1.0, 0.4), margin=(1.0, 0.4))(draw)
    return (x, target.astype(np.int64)), options


def margin_ranking_loss_forward(x1, x2, target, *, margin=0.0, reduction="mean"):
    """l = max(0, margin - target (x1 - x2)): x1 should be larger where target = 1, smaller where -1; broadcast; then the reduction."""
    check_reduction(reduction)
    z = margin - target * (x1 - x2)
    return reduced(np.maximum(z, 0), reduction), (x1, x2, target, margin, reduction)


def margin_ranking_loss_backward(dy, saved, needs=(True, True, True)):
    """dx1 = -target g, dx2 = target g, dtarget = -(x1 - x2) g;  g = dl where margin - target (x1 - x2) >= 0, else 0"""
    x1, x2, target, margin, reduction = saved
    d = x1 - x2
    z = margin - target * d
    g = np.where(np.greater_equal(z, 0), spread(dy, reduction, z.shape), 0.0)
    dx2 = target * g
    return -dx2, dx2, -d * g if needs[2] else None


margin_ranking_loss = Op(
    margin_ranking_loss_forward,
    margin_ranking_loss_backward,
    shapes="(...), (...), (...) -> (...)",
    sample=lambda draw: sample_ranking(draw),
    reference=lambda x1, x2, target, margin, reduction: reduced_reference(np.clip(target * (x2 - x1) + margin, 0, None), reduction),
    dtypes="float",
    torch_name=last_step("ClampMin"),
)


def sample_ranking(draw):
    """Differences of at least 1, so that none is at the kink."""
    shape = draw.shape()
    target = np.where(draw.array(shape, Bool()), 1.0, -1.0)
    pair = draw.array(shape, Real(-1, 1)), draw.array(shape, Real(2, 4))
    if draw.choice((False, True)):
        pair = pair[::-1]
    return (*pair, target), {"margin": draw.choice((0.0, 0.4)), "reduction": draw.choice(REDUCTIONS)}


# ---- vector by vector -------------------------------------------------------------------------------------------------------------


def cosine_embedding_loss_forward(x1, x2, target, *, margin=0.0, reduction="mean"):
    """l = 1 - c where target = 1, max(0, c - margin) where target = -1, else 0;  c = x1 . x2 / sqrt((|x1|^2 + e) (|x2|^2 + e)), e = 1e-12

    (..., d), (..., d), (...) -> (...); then the reduction.
    """
    check_reduction(reduction)
    c = cosine(x1, x2)[0]
    losses = np.where(np.equal(target, 1), 1 - c, 0.0) + np.where(np.equal(target, -1), np.maximum(c - margin, 0), 0.0)
    return reduced(losses, reduction), (x1, x2, target, margin, reduction, tuple(losses.shape))


def cosine(x1, x2):
    """c and what it was made of: the squared norms and the root of their product."""
    m1, m2 = np.sum(x1 * x1, axis=-1) + TINY, np.sum(x2 * x2, axis=-1) + TINY
    r = np.sqrt(m1 * m2)
    return np.sum(x1 * x2, axis=-1) / r, m1, m2, r


def cosine_embedding_loss_backward(dy, saved, needs=(True, True, True)):
    """dx1 = g (x2 / r - c x1 / m1), dx2 = g (x1 / r - c x2 / m2), m = |x|^2 + e, r = sqrt(m1 m2);  g = dl dl/dc

    c = x1 . x2 / r, and dr/dx1 = r x1 / m1. dl/dc is -1 where target = 1, and 1 where target = -1 and c >= margin.
    """
    x1, x2, target, margin, reduction, shape = saved
    c, m1, m2, r = cosine(x1, x2)
    dl = spread(dy, reduction, shape)
    pushed = np.equal(target, -1) & np.greater_equal(c, margin)
    g = (np.where(pushed, dl, 0.0) - np.where(np.equal(target, 1), dl, 0.0))[..., None]
    c, m1, m2, r = c[..., None], m1[..., None], m2[..., None], r[..., None]
    return g * (x2 / r - c * x1 / m1) if needs[0] else None, g * (x1 / r - c * x2 / m2) if needs[1] else None, None


def cosine_embedding_reference(x1, x2, target, margin, reduction):
    def loss(a, b, t):
        c = sum(p * q for p, q in zip(a, b)) / math.hypot(*a, 1e-6) / math.hypot(*b, 1e-6)
        return 1 - c if t == 1 else max(0.0, c - margin)

    rows = [v.reshape(-1, v.shape[-1]) for v in (x1, x2)]
    return reduced_reference(np.array([loss(*v) for v in zip(*rows, target.ravel())]).reshape(target.shape), reduction)


def sample_cosine(draw):
    """Vectors with positive numbers, or with opposite signs, so that c is not near a margin."""
    n, d = draw.integer(1, 3), draw.integer(1, 3)
    shape = draw.choice(((), (n,)))
    sign = draw.choice((1, -1))
    target = np.where(draw.array(shape, Bool()), 1, -1)
    pair = draw.array((*shape, d), Real(0.8, 1.2)), sign * draw.array((*shape, d), Real(0.8, 1.2))
    return (*pair, target), {"margin": draw.choice((0.0, 0.5)), "reduction": draw.choice(REDUCTIONS)}


cosine_embedding_loss = Op(
    cosine_embedding_loss_forward,
    cosine_embedding_loss_backward,
    shapes="(..., d), (..., d), (...) -> (...)",
    sample=sample_cosine,
    reference=cosine_embedding_reference,
    dtypes="float",
    torch_name=last_step("Add"),
)

# ---- of classifiers ---------------------------------------------------------------------------------------------------------------


def check_scores(name, x, target):
    """Refuse scores that are no (N, C) or (C), and targets that are no int64."""
    require_float(name, x)
    if x.ndim > 2 or (x.ndim and not x.shape[-1]):
        raise RuntimeError(f"{name}: scores must be (N, C) or (C), with C at least 1; they have shape {tuple(x.shape)}")
    if np.dtype(target.dtype) != np.int64:
        raise RuntimeError(f"{name}: target must be int64, it is {target.dtype}; convert it with .long()")


def rows_of(x):
    """(N, C), (C) or () as (N, C)."""
    return x if x.ndim == 2 else x.reshape((1, math.prod(x.shape)))


def row_gradients(dy, reduction, n):
    """dy for each row's loss, as a column."""
    g = dy / max(n, 1) if reduction == "mean" else dy
    return g.reshape((-1, 1)) if g.ndim else g


def multi_margin_loss_forward(x, target, weight=None, *, p=1, margin=1.0, reduction="mean"):
    """l = weight_t sum_{c != t} max(0, margin - x_t + x_c)^p / C, t the target class, p 1 or 2; then the reduction."""
    check_reduction(reduction)
    if p not in (1, 2):
        raise RefusedValue(f"only p == 1 and p == 2 supported, but p = {p}")
    check_scores("multi_margin_loss", x, target)
    scores = rows_of(x)
    n, classes = scores.shape
    columns = values_of(target).reshape(-1)
    if columns.shape != (n,) or target.ndim > 1:
        raise RuntimeError(f"multi_margin_loss: target must be one class for each of {n} rows, it has shape {tuple(target.shape)}")
    if n and not (columns.min() >= 0 and columns.max() < classes):
        raise RuntimeError(f"multi_margin_loss: a target is out of range: the classes are 0 to {classes - 1}")
    if weight is not None and (tuple(weight.shape) != (classes,) or weight.dtype != x.dtype):
        raise RuntimeError(f"multi_margin_loss: weight must be ({classes},) {x.dtype}, it is {tuple(weight.shape)} {weight.dtype}")
    rows = np.arange(n, like=columns)
    other = np.not_equal(np.arange(classes, like=columns), columns[:, None])
    z = np.where(other, np.maximum(margin + scores - scores[rows, columns][:, None], 0), 0.0)
    sums = np.sum(z if p == 1 else z * z, axis=1) / classes
    losses = (sums if weight is None else sums * weight[columns]).reshape(tuple(target.shape))
    return reduced(losses, reduction), (z, sums, rows, columns, weight, p, reduction, tuple(x.shape))


def multi_margin_loss_backward(dy, saved, needs=(True, True, True)):
    """dx_c = weight_t dl / C where z_c = margin - x_t + x_c > 0 (times 2 z_c for p = 2), dx_t = minus the sum of the others

    dweight_c = sum of dl l / weight_c over the rows of class c; dl = dy, or dy / N under the mean.
    """
    z, sums, rows, columns, weight, p, reduction, shape = saved
    g = row_gradients(dy, reduction, z.shape[0])
    each = g if weight is None else g * weight[columns][:, None]
    dz = np.where(np.greater(z, 0), each / z.shape[1] if p == 1 else 2 / z.shape[1] * each * z, 0.0)
    dx = subtract_at(dz, (rows, columns), np.sum(dz, axis=1))
    dweight = None
    if weight is not None and needs[2]:
        dweight = index_add(np.zeros_like(weight), columns, (g.reshape((-1,)) if g.ndim else g) * sums, dim=0)
    return dx.reshape(shape), None, dweight


def multi_margin_reference(x, target, weight=None, *, p, margin, reduction):
    """Row by row, class by class."""
    losses = []
    for row, t in zip(x.reshape(-1, x.shape[-1]), target.ravel()):
        parts = [max(0.0, margin - row[t] + row[c]) ** p for c in range(len(row)) if c != t]
        losses.append(sum(parts) / len(row) * (1 if weight is None else weight[t]))
    return reduced_reference(np.array(losses).reshape(target.shape), reduction)


def sample_scores(draw):
    """Scores (n, c) or (c) whose differences are not near -1 and -0.5: multiples of 0.8, moved a little."""
    classes = draw.integer(1, 4)
    shape = draw.choice(((classes,), (draw.integer(1, 3), classes)))
    return 0.8 * draw.index(shape, 5) + draw.array(shape, Real(-0.05, 0.05)), classes


def sample_multi_margin(draw):
    x, classes = sample_scores(draw)
    weight = draw.choice((None, draw.array((classes,), Real(0.3, 2))))
    options = {"p": draw.choice((1, 2)), "margin": draw.choice((1.0, 0.5)), "reduction": draw.choice(REDUCTIONS)}
    return (x, draw.index(x.shape[:-1], classes), weight), options


multi_margin_loss = Op(
    multi_margin_loss_forward,
    multi_margin_loss_backward,
    shapes="(n, c), (n), (c)? -> (n)",
    sample=sample_multi_margin,
    reference=multi_margin_reference,
)


def multilabel_margin_loss_forward(x, target, *, reduction="mean"):
    """l = sum_{t in T} sum_{c not in T} max(0, 1 - x_t + x_c) / C; then the reduction

    T, a row's classes, are the numbers of the row of `target` (N, C) before its first -1.
    """
    check_reduction(reduction)
    check_scores("multilabel_margin_loss", x, target)
    if tuple(target.shape) != tuple(x.shape):
        raise RuntimeError(f"multilabel_margin_loss: target must have the shape of the scores, {tuple(x.shape)}, not {tuple(target.shape)}")
    scores = rows_of(x)
    classes = scores.shape[1]
    labels = rows_of(values_of(target))
    if math.prod(labels.shape) and not (labels.min() >= -1 and labels.max() < classes):
        raise RuntimeError(f"multilabel_margin_loss: target is out of range: the classes are 0 to {classes - 1}, and -1 ends a row")
    given = np.cumsum(labels < 0, axis=1) == 0
    labels, given = labels[:, : width(given)], given[:, : width(given)]
    labels = np.where(given, labels, 0)
    chosen = np.any((labels[:, :, None] == np.arange(classes, like=labels)) & given[:, :, None], axis=1)
    pairs = given[:, :, None] & ~chosen[:, None, :]  # (N, T, C)
    rows = np.arange(scores.shape[0], like=labels)[:, None]
    z = np.where(pairs, np.maximum(1 - scores[rows, labels][:, :, None] + scores[:, None, :], 0), 0.0)
    losses = (np.sum(z, axis=(1, 2)) / classes).reshape(x.shape[:-1])
    return reduced(losses, reduction), (z, rows, labels, reduction, tuple(x.shape))


def width(given):
    """How many classes the row with the most has."""
    return int(given.sum(axis=1).max()) if given.shape[0] else 0


def multilabel_margin_loss_backward(dy, saved):
    """Each pair with 1 - x_t + x_c > 0 adds dl / C to dx_c and takes it off dx_t; dl = dy, or dy / N under the mean."""
    z, rows, labels, reduction, shape = saved
    n, _, classes = z.shape
    g = row_gradients(dy, reduction, n)
    dz = np.where(np.greater(z, 0), (g[:, :, None] if g.ndim else g) / classes, 0.0)
    places = (rows * classes + labels).reshape(-1)
    dx = index_add(np.sum(dz, axis=1).reshape((n * classes,)), places, -np.sum(dz, axis=2).reshape((-1,)), dim=0)
    return dx.reshape(shape), None


def multilabel_margin_reference(x, target, reduction):
    """Row by row, pair by pair."""
    losses = []
    for row, labels in zip(x.reshape(-1, x.shape[-1]), target.reshape(-1, x.shape[-1]).tolist()):
        labels = labels[: labels.index(-1)] if -1 in labels else labels
        rest = [c for c in range(len(row)) if c not in labels]
        losses.append(sum(max(0.0, 1 - row[t] + row[c]) for t in labels for c in rest) / len(row))
    return reduced_reference(np.array(losses).reshape(x.shape[:-1]), reduction)


def sample_multilabel(draw):
    x, classes = sample_scores(draw)
    target = draw.index(x.shape, classes + 1) - 1
    return (x, target), {"reduction": draw.choice(REDUCTIONS)}


multilabel_margin_loss = Op(
    multilabel_margin_loss_forward,
    multilabel_margin_loss_backward,
    shapes="(n, c), (n, c) -> (n)",
    sample=sample_multilabel,
    reference=multilabel_margin_reference,
)
