"""What the recurrent layers share: everything around the cell itself.

Inside a layer all is features first: the state h is (H, N), one column per sequence of the batch, and a step computes
``W_hh @ h``. The gates of a step are then contiguous blocks of rows, and on a CPU this product and everything elementwise after it
are quicker than with rows. What does not depend on the state (the input's product with its weights, and all weight gradients)
is one big product over every step at once.

Sequences of different lengths come packed: the longest first, so that at step t the first n_t of them are left. The rows of all
steps, one step after the other, make one array (L, features) with L = sum n_t. A padded (T, N, features) is the case n_t = N.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np

from ._domain import Draw, Real
from .elementwise import clone
from .packing import check_counts

__all__ = [
    "Running",
    "add_biases",
    "by_step",
    "check_layer",
    "columns",
    "layer_gradients",
    "product",
    "project",
    "rows_of",
    "run_cells",
    "sample_layer",
    "sequence",
    "side_by_side",
    "sigmoid",
]


# ---- what fits ----------------------------------------------------------------------------------------------------------------------


def check_layer(gates, x, states, w_ih, w_hh, b_ih, b_hh, batch_sizes, w_hr=None):
    """Refuse what does not fit, before anything is computed. Returns n_t for every step, in the order of time.

    `states` are the arrays (N, H), the first of them (N, P) where there is a `w_hr` (P, H). `gates` is G / H.
    """
    counts = padded_counts(x) if batch_sizes is None else packed_counts(x, batch_sizes)
    features, (rows, width) = x.shape[-1], w_hh.shape
    hidden = width if w_hr is None else w_hr.shape[-1]
    arrays = [a for a in (w_ih, *states, b_ih, b_hh, w_hr) if a is not None]
    n = x.shape[1] if batch_sizes is None else counts[0]
    sizes = [(rows, features), *[(n, width), (n, hidden)][: len(states)], *[(rows,)] * sum(b is not None for b in (b_ih, b_hh))]
    if [a.shape for a in arrays] != sizes + ([] if w_hr is None else [(width, hidden)]) or rows != gates * hidden:
        blocks = f"{gates} block{'s' * (gates > 1)}"
        text = f"the weights hold {blocks} of H rows, so G = {gates}H; but G = {rows} and H = {states[-1].shape[-1]}"
        if states[0].shape[-1] != states[-1].shape[-1]:
            text += f", and h0 is P = {states[0].shape[-1]} wide, which without w_hr is H"
        if batch_sizes is None:
            raise ValueError(text)
        shapes = ", ".join(str(a.shape) for a in (x, *arrays, w_hh))
        raise RuntimeError(f"a packed recurrent layer of {n} sequences: {text}; the arrays' shapes are {shapes}")
    if not counts:
        raise ValueError("expected sequence length to be larger than 0; give it at least one step")
    if any(a.dtype != x.dtype for a in (w_hh, *arrays)) or x.dtype.kind != "f":
        found = ", ".join(dict.fromkeys(str(a.dtype) for a in (x, *arrays, w_hh)))
        raise RuntimeError(f"a recurrent layer wants input, states and weights of one float dtype, found {found}; convert with .to()")
    return counts


def padded_counts(x):
    steps, n, _ = x.shape
    return (n,) * steps


def packed_counts(x, batch_sizes):
    """`batch_sizes` as a tuple, if they can belong to the packed `x`."""
    if x.ndim != 2:
        raise RuntimeError(f"packed input must have 2 dimensions, (L, D), got {x.ndim}: its shape is {x.shape}")
    check_counts(tuple(batch_sizes), x.shape[0])
    return tuple(batch_sizes)


# ---- steps and columns --------------------------------------------------------------------------------------------------------------


def in_order(steps, reverse):
    """A list over time as a list in running order, or the other way round."""
    return steps[::-1] if reverse else steps


def columns(x):
    """(N, H) to (H, N), in memory of its own."""
    return clone(np.transpose(x))


def by_step(z, counts, reverse):
    """The columns (G, L) of all steps as a list of (G, n_t) in running order."""
    return in_order([z[:, end - n : end] for n, end in zip(counts, accumulate(counts))], reverse)


def side_by_side(steps, reverse):
    """The inverse: a list of (G, n_t) in running order as (G, L)."""
    return np.concatenate(in_order(steps, reverse), axis=1)


def rows_of(x):
    """(T, N, D) or (L, D) as (L, D)."""
    return x if x.ndim == 2 else x.reshape((x.shape[0] * x.shape[1], x.shape[2]))


def sequence(steps, x, reverse):
    """The outputs (H, n_t) of all steps, in running order, as one array, laid out as `x` is."""
    y = clone(np.transpose(side_by_side(steps, reverse)))
    return y.reshape((*x.shape[:-1], y.shape[1]))


class Running:
    """A state (or its gradient) while the sequences run: those that end are put aside, those that begin come from `start`."""

    def __init__(self, start):
        self.start = start
        self.value: Any = None
        self.count = 0
        self.ended = []

    def at(self, n):
        """The state of the first `n` sequences, which are those of the coming step. The step then sets `value`."""
        if n < self.count:
            self.ended.append(self.value[:, n:])
            self.value = self.value[:, :n]
        elif self.value is None:
            self.value = self.start if n == self.start.shape[1] else self.start[:, :n]
        elif n > self.count:
            self.value = np.concatenate((self.value, self.start[:, self.count : n]), axis=1)
        self.count = n
        return self.value

    def last(self):
        """What each sequence had when it ended."""
        return np.concatenate((self.value, *self.ended[::-1]), axis=1) if self.ended else self.value


# ---- products -----------------------------------------------------------------------------------------------------------------------


def project(x, w_ih, bias, counts, reverse):
    """W_ih x_t + b for all steps by one product: a list of (G, n_t) in running order."""
    z = np.matmul(w_ih, np.transpose(rows_of(x)))
    if bias is not None:
        z = z + np.expand_dims(bias, 1)
    return by_step(z, counts, reverse)


def add_biases(b_ih, b_hh):
    """b_ih + b_hh, each of which may be missing."""
    return b_ih if b_hh is None else b_hh if b_ih is None else b_ih + b_hh


def sigmoid(z):
    """1 / (1 + e^-z), as (1 + tanh(z / 2)) / 2, which cannot overflow."""
    return 0.5 * np.tanh(0.5 * z) + 0.5


def layer_gradients(dz_x, dz_h, before, x, w_ih, has_bias, reverse, needs):
    """(dx, dW_ih, dW_hh, db_ih, db_hh) once every step's dz is known.

    z_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh is linear in everything here, so with the steps and sequences side by side as columns

        dx = W_ih^T dz,  dW_ih = dz x^T = sum_t dz_t x_t^T,  dW_hh = sum_t dz_t h_{t-1}^T,  db = sum_t dz_t.

    `dz_x`, `dz_h` and `before` (the states h_{t-1}) are lists of (., n_t): the dz as backward met them, `before` in running order.
    `dz_h` is what reached the recurrent term; the same list as `dz_x` but in a GRU.
    """
    for_x = side_by_side(dz_x, not reverse)
    for_h = for_x if dz_h is dz_x else side_by_side(dz_h, not reverse)
    dx = dw_ih = dw_hh = None
    if needs[0]:
        dx = np.matmul(np.transpose(for_x), w_ih).reshape(x.shape)
    if needs[1]:
        dw_ih = product(for_x, rows_of(x))
    if needs[2]:
        dw_hh = product(for_h, np.transpose(side_by_side(before, reverse)))
    db_ih = np.sum(for_x, axis=1)
    db_hh = db_ih if for_h is for_x else np.sum(for_h, axis=1)
    return dx, dw_ih, dw_hh, db_ih if has_bias[0] else None, db_hh if has_bias[1] else None


def product(a, b):
    """a b, where BLAS is slow at it (one column times one row) as a multiplication."""
    return a * b if b.shape[0] == 1 else np.matmul(a, b)


# ---- for the tests ------------------------------------------------------------------------------------------------------------------


def run_cells(cell, x, states, reverse, batch_sizes=None):
    """The references' loop: one sequence and one step at a time. ``cell(x, *state vectors) -> new state vectors``, h first."""
    counts = [x.shape[1]] * len(x) if batch_sizes is None else list(batch_sizes)
    firsts = [sum(counts[:t]) for t in range(len(counts))]
    rows = x.reshape(-1, x.shape[-1])
    output = np.zeros((len(rows), states[0].shape[1]))
    last = [np.array(s, dtype=np.float64) for s in states]
    for k in range(max(counts)):
        state = [s[k] for s in states]
        length = sum(n > k for n in counts)
        for t in range(length - 1, -1, -1) if reverse else range(length):
            state = cell(rows[firsts[t] + k], *state)
            output[firsts[t] + k] = state[0]
        for s, value in zip(last, state):
            s[k] = value
    return (output.reshape(*x.shape[:-1], output.shape[1]), *last)


def sample_layer(draw: Draw, gates: int, n_states: int, projected: bool = False) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arrays for a layer: x, states, w_ih, w_hh and biases, each of those present or not, and w_hr; and its options."""
    steps, n, features, hidden = draw.integer(1, 3), draw.integer(0, 2), draw.integer(1, 2), draw.integer(1, 2)
    width = draw.integer(1, 2) if projected else hidden
    rows, small = gates * hidden, Real(-1, 1)
    options: dict[str, Any] = {"reverse": draw.choice((False, True))}
    lead: tuple[int, ...] = (steps, n)
    if draw.choice((False, True)):
        n = draw.integer(1, 3)
        counts = tuple(sorted([n, *(draw.integer(1, n) for _ in range(steps - 1))], reverse=True))
        lead, options["batch_sizes"] = (sum(counts),), counts
    shapes = [(*lead, features), (n, width), (n, hidden), (rows, features), (rows, width)]
    if n_states == 1:
        del shapes[2]
    biases = [draw.array((rows,), small) if draw.choice((True, False)) else None for _ in range(2)]
    w_hr = [draw.array((width, hidden), small)] if projected else []
    return (*(draw.array(shape, small) for shape in shapes), *biases, *w_hr), options
