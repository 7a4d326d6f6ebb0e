"""What the recurrent layers share: everything around the cell itself.

Inside a layer all is features first: the state h is (H, N), one column per sequence of the batch, and a step computes
``W_hh @ h``. The gates of a step are then contiguous blocks of rows, and on a CPU this product and everything elementwise after it
are quicker than with rows. What does not depend on the state (the input's product with its weights, and all weight gradients)
is one big product over every step at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._domain import Draw, Real
from .elementwise import clone

__all__ = [
    "add_biases",
    "check_layer",
    "columns",
    "gradients_by_step",
    "layer_gradients",
    "project",
    "run_cells",
    "sample_layer",
    "sequence",
    "sigmoid",
]


def check_layer(gates, x, states, w_ih, w_hh, b_ih, b_hh):
    """Refuse what does not fit, before anything is computed. `states` are the arrays (N, H), `gates` is G / H."""
    _, n, features = x.shape
    rows, hidden = w_hh.shape
    biases = [b for b in (b_ih, b_hh) if b is not None]
    fits = w_ih.shape == (rows, features) and all(s.shape == (n, hidden) for s in states) and all(b.shape == (rows,) for b in biases)
    if not fits or rows != gates * hidden:
        raise ValueError(f"the weights hold {gates} block{'s' * (gates > 1)} of H rows, so G = {gates}H; but G = {rows} and H = {hidden}")
    if x.shape[0] == 0:
        raise ValueError("expected sequence length to be larger than 0; give it at least one step")
    for a in (x, *states, w_ih, w_hh, *biases):
        if a.dtype != x.dtype or a.dtype.kind != "f":
            found = ", ".join(dict.fromkeys(str(a.dtype) for a in (x, *states, w_ih, w_hh, *biases)))
            raise RuntimeError(f"a recurrent layer wants input, states and weights of one float dtype, found {found}; convert with .to()")


def in_order(steps, reverse):
    """A list over time as a list in running order, or the other way round."""
    return steps[::-1] if reverse else steps


def columns(x):
    """(N, H) to (H, N), in memory of its own."""
    return clone(np.transpose(x))


def sequence(steps, reverse):
    """The outputs (H, N) of all steps, in running order, as one (T, N, H)."""
    return clone(np.transpose(np.stack(in_order(steps, reverse)), (0, 2, 1)))


def project(x, w_ih, bias, reverse):
    """W_ih x_t + b for all steps by one product: a list of (G, N) in running order."""
    steps, n, features = x.shape
    z = np.matmul(w_ih, np.transpose(x.reshape((steps * n, features))))
    if bias is not None:
        z = z + np.expand_dims(bias, 1)
    return in_order([z[:, t * n : (t + 1) * n] for t in range(steps)], reverse)


def add_biases(b_ih, b_hh):
    """b_ih + b_hh, each of which may be missing."""
    return b_ih if b_hh is None else b_hh if b_ih is None else b_ih + b_hh


def sigmoid(z):
    """1 / (1 + e^-z), as (1 + tanh(z / 2)) / 2, which cannot overflow."""
    return 0.5 * np.tanh(0.5 * z) + 0.5


def gradients_by_step(dy, reverse):
    """The output's gradient (T, N, H) as a list of (H, N), from the step run last to the first."""
    dy = np.transpose(dy, (0, 2, 1))
    return in_order([dy[t] for t in range(dy.shape[0])], not reverse)


def layer_gradients(dz_x, dz_h, before, x, w_ih, has_bias, reverse, needs):
    """(dx, dW_ih, dW_hh, db_ih, db_hh) once every step's dz is known.

    z_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh is linear in everything here, so with the steps and sequences side by side as columns

        dx = W_ih^T dz,  dW_ih = dz x^T = sum_t dz_t x_t^T,  dW_hh = sum_t dz_t h_{t-1}^T,  db = sum_t dz_t.

    `dz_x`, `dz_h` and `before` (the states h_{t-1}) are lists of (., N): the dz as backward met them, `before` in running order.
    `dz_h` is what reached the recurrent term; the same list as `dz_x` but in a GRU.
    """
    for_x = np.concatenate(in_order(dz_x, not reverse), axis=1)
    for_h = for_x if dz_h is dz_x else np.concatenate(in_order(dz_h, not reverse), axis=1)
    dx = dw_ih = dw_hh = None
    if needs[0]:
        dx = np.matmul(np.transpose(for_x), w_ih).reshape(x.shape)
    if needs[1]:
        dw_ih = product(for_x, x.reshape((x.shape[0] * x.shape[1], x.shape[2])))
    if needs[2]:
        dw_hh = product(for_h, np.transpose(np.concatenate(in_order(before, reverse), axis=1)))
    db_ih = np.sum(for_x, axis=1)
    db_hh = db_ih if for_h is for_x else np.sum(for_h, axis=1)
    return dx, dw_ih, dw_hh, db_ih if has_bias[0] else None, db_hh if has_bias[1] else None


def product(a, b):
    """a b, where BLAS is slow at it (one column times one row) as a multiplication."""
    return a * b if b.shape[0] == 1 else np.matmul(a, b)


def run_cells(cell, x, states, reverse):
    """The references' loop: one sequence and one step at a time. ``cell(x, *state vectors) -> new state vectors``, h first."""
    steps, n = x.shape[:2]
    output = np.zeros((steps, n, states[0].shape[1]))
    last = [np.array(s, dtype=np.float64) for s in states]
    for k in range(n):
        state = [s[k] for s in states]
        for t in range(steps - 1, -1, -1) if reverse else range(steps):
            state = cell(x[t, k], *state)
            output[t, k] = state[0]
        for s, value in zip(last, state):
            s[k] = value
    return (output, *last)


def sample_layer(draw: Draw, gates: int, n_states: int) -> tuple[Any, ...]:
    """Arrays for a layer: x, states, w_ih, w_hh and biases, each of those present or not."""
    steps, n, features, hidden = draw.integer(1, 3), draw.integer(0, 2), draw.integer(1, 2), draw.integer(1, 2)
    rows, small = gates * hidden, Real(-1, 1)
    shapes = [(steps, n, features), *[(n, hidden)] * n_states, (rows, features), (rows, hidden)]
    biases = [draw.array((rows,), small) if draw.choice((True, False)) else None for _ in range(2)]
    return (*(draw.array(shape, small) for shape in shapes), *biases)
