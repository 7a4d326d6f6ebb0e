"""Recurrent layers: a whole sequence through one direction of one layer, with backpropagation through time written by hand.

Input and output are (T, N, features), time first; the weights are laid out as in torch, the blocks of all gates stacked in rows.
With `batch_sizes`, a tuple of n_t for every step, input and output are packed (L, features): see `_recurrence`. More layers
and directions are put together from these in `minitorch_nlp.nn`. `_recurrence` has what the three layers share.

Each backward walks the steps from the last one run to the first. Two gradients meet in the state h_t: the output's at t, and what
step t+1 sends back through its W_hh h_t. Called dz_t is always the gradient of what a step's nonlinearities are applied to.
"""

from __future__ import annotations

import math

import numpy as np

from ._domain import Real
from ._op import Op
from ._recurrence import (
    Running,
    add_biases,
    by_step,
    check_layer,
    columns,
    layer_gradients,
    product,
    project,
    rows_of,
    run_cells,
    sample_layer,
    sequence,
    side_by_side,
    sigmoid,
)

__all__ = ["gru_layer", "lstm_layer", "rnn_layer"]


# ---- the plain recurrent layer ------------------------------------------------------------------------------------------------------


def rnn_layer_forward(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, *, nonlinearity="tanh", reverse=False, batch_sizes=None):
    """h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), with f = tanh or relu (Elman 1990).

    x (T, N, D), h0 (N, H), w_ih (H, D), w_hh (H, H), biases (H). Returns all h_t (T, N, H) and the last one computed (N, H).
    `reverse` runs from the last step to the first; the output stays in the order of time.
    """
    counts = check_layer(1, x, (h0,), w_ih, w_hh, b_ih, b_hh, batch_sizes)
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"nonlinearity must be 'tanh' or 'relu', not {nonlinearity!r}")
    state, before, after = Running(columns(h0)), [], []
    for z_x in project(x, w_ih, add_biases(b_ih, b_hh), counts, reverse):
        h = state.at(z_x.shape[1])
        z = z_x + np.matmul(w_hh, h)
        state.value = np.tanh(z) if nonlinearity == "tanh" else np.maximum(z, 0)
        before.append(h)
        after.append(state.value)
    saved = x, w_ih, w_hh, before, after, (b_ih is not None, b_hh is not None), counts, nonlinearity, reverse
    return (sequence(after, x, reverse), columns(state.last())), saved


def rnn_layer_backward(dy, saved, needs=(True,) * 6):
    """From the last step to the first, with f'(z) = 1 - h^2 for tanh and [h > 0] for relu:

        dh_t = dy_t + W_hh^T dz_{t+1}      (at the last step the gradient of h_T instead of the second term)
        dz_t = dh_t f'(z_t)

    and W_hh^T dz_1 is left for h_0. The weights' gradients: `layer_gradients`.
    """
    x, w_ih, w_hh, before, after, has_bias, counts, nonlinearity, reverse = saved
    dstate, back, dzs = Running(columns(dy[1])), np.transpose(w_hh), []
    for dy_t, h in zip(by_step(np.transpose(rows_of(dy[0])), counts, not reverse), after[::-1]):
        dh = dstate.at(h.shape[1]) + dy_t
        dz = dh * (1 - h * h) if nonlinearity == "tanh" else np.where(np.greater(h, 0), dh, 0.0)
        dstate.value = np.matmul(back, dz)
        dzs.append(dz)
    dx, *dweights = layer_gradients(dzs, dzs, before, x, w_ih, has_bias, reverse, (needs[0], *needs[2:]))
    return dx, np.transpose(dstate.last()), *dweights


def rnn_layer_reference(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, *, nonlinearity="tanh", reverse=False, batch_sizes=None):
    f = {"tanh": math.tanh, "relu": lambda z: max(z, 0.0)}[nonlinearity]
    b = np.zeros(len(w_ih)) + (0 if b_ih is None else b_ih) + (0 if b_hh is None else b_hh)

    def cell(x, h):
        return (np.array([f(w_ih[k] @ x + w_hh[k] @ h + b[k]) for k in range(len(h))]),)

    return run_cells(cell, x, (h0,), reverse, batch_sizes)


def sample_rnn_layer(draw):
    """For relu, biases of about 3 or -3 keep every z away from the kink at 0: all other terms together stay below 1.6."""
    arrays, options = sample_layer(draw, 1, 1)
    options["nonlinearity"] = draw.choice(("tanh", "relu"))
    if options["nonlinearity"] == "relu":
        x, h0, w_ih, w_hh, _, _ = arrays
        b = draw.array(w_hh.shape[:1], Real(-0.1, 0.1)) + [draw.choice((3.0, -3.0)) for _ in w_hh]
        arrays = x, h0, 0.3 * w_ih, 0.1 * w_hh, b, None
    return arrays, options


rnn_layer = Op(
    rnn_layer_forward,
    rnn_layer_backward,
    shapes="(T, N, D), (N, H), (H, D), (H, H), (H)?, (H)? -> (T, N, H), (N, H)",
    sample=sample_rnn_layer,
    reference=rnn_layer_reference,
    hint="the input is (time, batch, features); weight_ih is stored as (hidden_size, input_size)",
)


# ---- LSTM ---------------------------------------------------------------------------------------------------------------------------


def gate_scale(c):
    """s (4H, N) for `squash`: 1/2 in the rows of i, f and o, 1 in those of g."""
    half = np.full_like(c, 0.5)
    return np.concatenate((half, half, np.ones_like(c), half))


def squash(z, s, r):
    """s tanh(s z) + r: one tanh for all gates, and no overflow.

    It is tanh(z) where s = 1 and r = 0, and sigmoid(z) = (1 + tanh(z / 2)) / 2 where s = r = 1/2.
    """
    return s * np.tanh(s * z) + r


def squash_slope(a, k):
    """The derivative of a = squash(z): 1 - a^2 where k = s - r = 1, a (1 - a) where k = 0."""
    return (1 - a) * (a + k)


def gates_of(a):
    """The blocks of rows i, f, g, o."""
    n = a.shape[0] // 4
    return a[:n], a[n : 2 * n], a[2 * n : 3 * n], a[3 * n :]


def lstm_layer_forward(x, h0, c0, w_ih, w_hh, b_ih=None, b_hh=None, w_hr=None, *, reverse=False, batch_sizes=None):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), with the forget gate of Gers, Schmidhuber and Cummins (2000):

        z_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh      its four blocks of H rows give
        i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)      g = tanh(z_g)
        c_t = f c_{t-1} + i g      m_t = o tanh(c_t)      h_t = m_t, or W_hr m_t (Sak, Senior and Beaufays 2014)

    x (T, N, D), h0 (N, P), c0 (N, H), w_ih (4H, D), w_hh (4H, P), biases (4H), w_hr (P, H); without w_hr, P = H.
    The order of the blocks is i, f, g, o. Returns all h_t (T, N, P), and the h (N, P) and c (N, H) computed last.
    `reverse` runs from the last step to the first; the output stays in the order of time.
    """
    counts = check_layer(4, x, (h0, c0), w_ih, w_hh, b_ih, b_hh, batch_sizes, w_hr)
    state, cell = Running(columns(h0)), Running(columns(c0))
    before, after, cells, squashed, gates, s = [], [], [], [], [], None
    for z_x in project(x, w_ih, add_biases(b_ih, b_hh), counts, reverse):
        h, c = state.at(z_x.shape[1]), cell.at(z_x.shape[1])
        if s is None or s.shape[1] != c.shape[1]:
            s = gate_scale(c)
            r = 1 - s
            k = s - r
        a = squash(z_x + np.matmul(w_hh, h), s, r)
        i, f, g, o = gates_of(a)
        before.append(h)
        cells.append(c)
        cell.value = f * c + i * g
        tanh_c = np.tanh(cell.value)
        m = o * tanh_c
        state.value = m if w_hr is None else np.matmul(w_hr, m)
        gates.append((a, k))
        squashed.append(tanh_c)
        after.append(state.value)
    saved = x, w_ih, w_hh, w_hr, before, cells, squashed, gates, (b_ih is not None, b_hh is not None), counts, reverse
    return (sequence(after, x, reverse), columns(state.last()), columns(cell.last())), saved


def lstm_layer_backward(dy, saved, needs=(True,) * 8):
    """From the last step to the first:

        dh_t = dy_t + W_hh^T dz_{t+1}                      (at the last step the gradient of h_T instead of the second term)
        dm_t = dh_t, or W_hr^T dh_t
        dc_t = dc_{t+1} f_{t+1} + dm_t o_t (1 - tanh^2 c_t)      (at the last step the gradient of c_T instead of the first)

    c_t = f c_{t-1} + i g and m_t = o tanh(c_t) give each gate's gradient by the product rule, and the slope of its sigmoid,
    a (1 - a), or tanh, 1 - a^2, brings it to z:

        dz_i = dc_t g i (1 - i)      dz_f = dc_t c_{t-1} f (1 - f)      dz_g = dc_t i (1 - g^2)      dz_o = dm_t tanh(c_t) o (1 - o)

    W_hh^T dz_1 is left for h_0 and dc_1 f_1 for c_0. dW_hr = sum_t dh_t m_t^T; the other weights' gradients: `layer_gradients`.
    """
    x, w_ih, w_hh, w_hr, before, cells, squashed, gates, has_bias, counts, reverse = saved
    dstate, dcell, back, dzs, dhs = Running(columns(dy[1])), Running(columns(dy[2])), np.transpose(w_hh), [], []
    dys = by_step(np.transpose(rows_of(dy[0])), counts, not reverse)
    for dy_t, (a, k), c_before, tanh_c in zip(dys, gates[::-1], cells[::-1], squashed[::-1]):
        i, f, g, o = gates_of(a)
        dh = dm = dstate.at(a.shape[1]) + dy_t
        if w_hr is not None:
            dm = np.matmul(np.transpose(w_hr), dh)
        dc = dcell.at(a.shape[1]) + dm * o * (1 - tanh_c * tanh_c)
        dz = np.concatenate((dc * g, dc * c_before, dc * i, dm * tanh_c)) * squash_slope(a, k)
        dstate.value = np.matmul(back, dz)
        dcell.value = dc * f
        dzs.append(dz)
        dhs.append(dh)
    dx, *dweights = layer_gradients(dzs, dzs, before, x, w_ih, has_bias, reverse, (needs[0], *needs[3:5]))
    dw_hr = None
    if w_hr is not None and needs[7]:
        m = side_by_side([gates_of(a)[3] * tanh_c for (a, _), tanh_c in zip(gates, squashed)], reverse)
        dw_hr = product(side_by_side(dhs, not reverse), np.transpose(m))
    return dx, np.transpose(dstate.last()), np.transpose(dcell.last()), *dweights, dw_hr


def lstm_layer_reference(x, h0, c0, w_ih, w_hh, b_ih=None, b_hh=None, w_hr=None, *, reverse=False, batch_sizes=None):
    b = np.zeros(len(w_ih)) + (0 if b_ih is None else b_ih) + (0 if b_hh is None else b_hh)

    def cell(x, h, c):
        z_i, z_f, z_g, z_o = np.split(w_ih @ x + w_hh @ h + b, 4)
        c = c / (1 + np.exp(-z_f)) + np.tanh(z_g) / (1 + np.exp(-z_i))
        m = np.tanh(c) / (1 + np.exp(-z_o))
        return m if w_hr is None else w_hr @ m, c

    return run_cells(cell, x, (h0, c0), reverse, batch_sizes)


lstm_layer = Op(
    lstm_layer_forward,
    lstm_layer_backward,
    shapes="(T, N, D), (N, P), (N, H), (G, D), (G, P), (G)?, (G)?, (P, H)? -> (T, N, P), (N, P), (N, H)",
    sample=lambda draw: sample_layer(draw, 4, 2, projected=draw.choice((False, True))),
    reference=lstm_layer_reference,
    hint="the input is (time, batch, features); the weights stack the gates i, f, g, o: G = 4 * hidden_size; P is H unless there is w_hr",
)


# ---- GRU ----------------------------------------------------------------------------------------------------------------------------


def gru_layer_forward(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, *, reverse=False, batch_sizes=None):
    """Gated recurrent unit (Cho et al. 2014), with u = W_ih x_t + b_ih and v = W_hh h_{t-1} + b_hh in blocks r, z, n:

        r = sigmoid(u_r + v_r)      z = sigmoid(u_z + v_z)      n = tanh(u_n + r v_n)
        h_t = (1 - z) n + z h_{t-1}

    The reset gate r acts after the product with W_hh, bias included, as in cuDNN and torch.
    x (T, N, D), h0 (N, H), w_ih (3H, D), w_hh (3H, H), biases (3H). Returns all h_t (T, N, H) and the last one computed (N, H).
    `reverse` runs from the last step to the first; the output stays in the order of time.
    """
    counts = check_layer(3, x, (h0,), w_ih, w_hh, b_ih, b_hh, batch_sizes)
    state, before, after, gates = Running(columns(h0)), [], [], []
    k = w_hh.shape[1]
    b = None if b_hh is None else np.expand_dims(b_hh, 1)
    for u in project(x, w_ih, b_ih, counts, reverse):
        h = state.at(u.shape[1])
        v = np.matmul(w_hh, h)
        if b is not None:
            v = v + b
        rz = sigmoid(u[: 2 * k] + v[: 2 * k])
        n = np.tanh(u[2 * k :] + rz[:k] * v[2 * k :])
        state.value = n + rz[k:] * (h - n)
        before.append(h)
        after.append(state.value)
        gates.append((rz, n, v[2 * k :]))
    saved = x, w_ih, w_hh, before, gates, (b_ih is not None, b_hh is not None), counts, reverse
    return (sequence(after, x, reverse), columns(state.last())), saved


def gru_layer_backward(dy, saved, needs=(True,) * 6):
    """From the last step to the first, du and dv being the gradients of the two sums u and v (`gru_layer_forward`):

        dh_t = dy_t + z_{t+1} dh_{t+1} + W_hh^T dv_{t+1}      (at the last step the gradient of h_T instead of the last two)

    h_t = n + z (h_{t-1} - n) gives dn = dh (1 - z) and dz = dh (h_{t-1} - n); through tanh and then r v_n, and through the sigmoids,

        du_n = dn (1 - n^2)      dv_n = du_n r      dr = du_n v_n
        du_r = dv_r = dr r (1 - r)      du_z = dv_z = dz z (1 - z)

    and z_1 dh_1 + W_hh^T dv_1 is left for h_0. The weights' gradients: `layer_gradients`.
    """
    x, w_ih, w_hh, before, gates, has_bias, counts, reverse = saved
    k = w_hh.shape[1]
    dstate, back, dus, dvs = Running(columns(dy[1])), np.transpose(w_hh), [], []
    dys = by_step(np.transpose(rows_of(dy[0])), counts, not reverse)
    for dy_t, (rz, n, v_n), h_before in zip(dys, gates[::-1], before[::-1]):
        r, z = rz[:k], rz[k:]
        dh = dstate.at(n.shape[1]) + dy_t
        du_n = dh * (1 - z) * (1 - n * n)
        du_rz = np.concatenate((du_n * v_n, dh * (h_before - n))) * (rz * (1 - rz))
        dv = np.concatenate((du_rz, du_n * r))
        dus.append(np.concatenate((du_rz, du_n)))
        dvs.append(dv)
        dstate.value = dh * z + np.matmul(back, dv)
    dx, *dweights = layer_gradients(dus, dvs, before, x, w_ih, has_bias, reverse, (needs[0], *needs[2:]))
    return dx, np.transpose(dstate.last()), *dweights


def gru_layer_reference(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, *, reverse=False, batch_sizes=None):
    b_ih, b_hh = (np.zeros(len(w_ih)) if b is None else b for b in (b_ih, b_hh))

    def cell(x, h):
        (u_r, u_z, u_n), (v_r, v_z, v_n) = np.split(w_ih @ x + b_ih, 3), np.split(w_hh @ h + b_hh, 3)
        z = 1 / (1 + np.exp(-u_z - v_z))
        return ((1 - z) * np.tanh(u_n + v_n / (1 + np.exp(-u_r - v_r))) + z * h,)

    return run_cells(cell, x, (h0,), reverse, batch_sizes)


gru_layer = Op(
    gru_layer_forward,
    gru_layer_backward,
    shapes="(T, N, D), (N, H), (G, D), (G, H), (G)?, (G)? -> (T, N, H), (N, H)",
    sample=lambda draw: sample_layer(draw, 3, 1),
    reference=gru_layer_reference,
    hint="the input is (time, batch, features); the weights stack the gates r, z, n: G = 3 * hidden_size",
)
