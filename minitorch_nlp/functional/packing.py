"""Sequences of different lengths without their padding: `pack_padded` and `pad_packed`, each the other's gradient.

The batch is sorted, the longest sequence first, so that at step t its first n_t sequences are left; `batch_sizes` is the tuple of all
n_t. Packed, the rows of all steps stand one step after the other: (L, ...) with L = sum n_t.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from ._domain import Draw
from ._law import RefusedValue
from ._op import Op

__all__ = ["pack_padded", "pad_packed"]


def check_counts(batch_sizes, rows):
    falling = all(a >= b for a, b in zip(batch_sizes, (*batch_sizes[1:], 1)))
    if not batch_sizes or not falling or sum(batch_sizes) != rows:
        raise RuntimeError(
            f"batch_sizes must never rise, be at least 1, and add up to the {rows} rows of the packed data; "
            f"they are {batch_sizes} and add up to {sum(batch_sizes)}"
        )


def pack_padded_forward(x, *, batch_sizes):
    """y = (x_0[:n_0], x_1[:n_1], ...): the rows of a padded batch (T, N, ...) that are not padding, (L, ...)."""
    y = np.concatenate([x[t, :n] for t, n in enumerate(batch_sizes)])
    return y, (tuple(batch_sizes), x.shape[0])


def pack_padded_backward(dy, saved):
    """dx_t[:n_t] = dy's rows of step t; the padding, which y does not show, gets exactly 0."""
    batch_sizes, steps = saved
    return (pad_packed(dy, batch_sizes=batch_sizes, total_length=steps),)


def pack_padded_reference(x, *, batch_sizes):
    rows = [x[t, k] for t, n in enumerate(batch_sizes) for k in range(n)]
    return np.array(rows).reshape((sum(batch_sizes), *x.shape[2:]))


def draw_counts(draw: Draw) -> tuple[int, ...]:
    return tuple(sorted((draw.integer(1, 3) for _ in range(draw.integer(1, 3))), reverse=True))


def sample_padded(draw):
    counts = draw_counts(draw)
    return (draw.array((len(counts) + draw.integer(0, 1), counts[0], *draw.shape(0, 2))),), {"batch_sizes": counts}


pack_padded = Op(
    pack_padded_forward,
    pack_padded_backward,
    shapes="(T, N, ...) -> (L, ...)",
    sample=sample_padded,
    reference=pack_padded_reference,
    torch_name="PackPaddedSequence",
)


def pad_packed_forward(x, *, batch_sizes, padding_value=0.0, total_length=None):
    """The padded batch (T, N, ...) of packed rows (L, ...): y_t[:n_t] = x's rows of step t, and `padding_value` in all other places.

    T is the number of steps, or `total_length`; N is n_0.
    """
    check_counts(batch_sizes, x.shape[0])
    steps = len(batch_sizes) if total_length is None else total_length
    if steps < len(batch_sizes):
        raise RefusedValue(f"total_length must be at least the longest sequence, {len(batch_sizes)}, but is {steps}")
    n = batch_sizes[0]
    padding = np.full_like(x, padding_value, shape=(n, *x.shape[1:]))
    parts = []
    for count, end in zip(batch_sizes, accumulate(batch_sizes)):
        parts.append(x[end - count : end])
        if count < n:
            parts.append(padding[count:])
    parts += [padding] * (steps - len(batch_sizes))
    return np.concatenate(parts).reshape((steps, n, *x.shape[1:])), (tuple(batch_sizes),)


def pad_packed_backward(dy, saved):
    """dx = dy where y shows x: the rows that are not padding."""
    (batch_sizes,) = saved
    return (pack_padded(dy, batch_sizes=batch_sizes),)


def pad_packed_reference(x, *, batch_sizes, padding_value=0.0, total_length=None):
    y = np.full((total_length or len(batch_sizes), batch_sizes[0], *x.shape[1:]), padding_value)
    rows = iter(x)
    for t, n in enumerate(batch_sizes):
        for k in range(n):
            y[t, k] = next(rows)
    return y


def sample_packed(draw):
    counts = draw_counts(draw)
    options = {"batch_sizes": counts, "padding_value": draw.choice((0.0, -1.5)), "total_length": draw.choice((None, len(counts) + 2))}
    return (draw.array((sum(counts), *draw.shape(0, 2))),), options


pad_packed = Op(
    pad_packed_forward,
    pad_packed_backward,
    shapes="(L, ...) -> (T, N, ...)",
    sample=sample_packed,
    reference=pad_packed_reference,
    torch_name="PadPackedSequence",
)
