"""Recurrent layers: a whole sequence through one direction of one layer, with backpropagation through time written by hand.

Input and output are (T, N, features), time first; the weights are laid out as in torch, the blocks of all gates stacked in rows.
More layers and directions are put together from these in `minitorch_nlp.nn`. `_recurrence` has what the three layers share.

Each backward walks the steps from the last one run to the first. Two gradients meet in the state h_t: the output's at t, and what
step t+1 sends back through its W_hh h_t. Called dz_t is always the gradient of what a step's nonlinearities are applied to.
"""

from __future__ import annotations

import math

import numpy as np

from ._domain import Real
from ._op import Op
from ._recurrence import (
    add_biases,
    check_layer,
    columns,
    gradients_by_step,
    layer_gradients,
    project,
    run_cells,
    sample_layer,
    sequence,
    sigmoid,
)

__all__ = ["gru_layer", "lstm_layer", "rnn_layer"]


# ---- the plain recurrent layer ------------------------------------------------------------------------------------------------------


def rnn_layer_forward(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, *, nonlinearity="tanh", reverse=False):
    """h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), with f = tanh or relu (Elman 1990).

    x (T, N, D), h0 (N, H), w_ih (H, D), w_hh (H, H), biases (H). Returns all h_t (T, N, H) and the last one computed (N, H).
    `reverse` runs from the last step to the first; the output stays in the order of time.
    """
    check_layer(1, x, (h0,), w_ih, w_hh, b_ih, b_hh)
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"nonlinearity must be 'tanh' or 'relu', not {nonlinearity!r}")
    states = [columns(h0)]
    for z_x in project(x, w_ih, add_biases(b_ih, b_hh), reverse):
        z = z_x + np.matmul(w_hh, states[-1])
        states.append(np.tanh(z) if nonlinearity == "tanh" else np.maximum(z, 0))
    saved = x, w_ih, w_hh, states, (b_ih is not None, b_hh is not None), nonlinearity, reverse
    return (sequence(states[1:], reverse), columns(states[-1])), saved


def rnn_layer_backward(dy, saved, needs=(True,) * 6):
    """From the last step to the first, with f'(z) = 1 - h^2 for tanh and [h > 0] for relu:

        dh_t = dy_t + W_hh^T dz_{t+1}      (at the last step the gradient of h_T instead of the second term)
        dz_t = dh_t f'(z_t)

    and W_hh^T dz_1 is left for h_0. The weights' gradients: `layer_gradients`.
    """
    x, w_ih, w_hh, states, has_bias, nonlinearity, reverse = saved
    dh, back, dzs = columns(dy[1]), np.transpose(w_hh), []
    for dy_t, h in zip(gradients_by_step(dy[0], reverse), states[:0:-1]):
        dh = dh + dy_t
        dz = dh * (1 - h * h) if nonlinearity == "tanh" else np.where(np.greater(h, 0), dh, 0.0)
        dh = np.matmul(back, dz)
        dzs.append(dz)
    dx, *dweights = layer_gradients(dzs, dzs, states[:-1], x, w_ih, has_bias, reverse, (needs[0], *needs[2:]))
    return dx, np.transpose(dh), *dweights


def rnn_layer_reference(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, *, nonlinearity="tanh", reverse=False):
    f = {"tanh": math.tanh, "relu": lambda z: max(z, 0.0)}[nonlinearity]
    b = np.zeros(len(w_ih)) + (0 if b_ih is None else b_ih) + (0 if b_hh is None else b_hh)

    def cell(x, h):
        return (np.array([f(w_ih[k] @ x + w_hh[k] @ h + b[k]) for k in range(len(h))]),)

    return run_cells(cell, x, (h0,), reverse)


def sample_rnn_layer(draw):
    """For relu, biases of about 3 or -3 keep every z away from the kink at 0: all other terms together stay below 1.6."""
    arrays = sample_layer(draw, 1, 1)
    options = {"nonlinearity": draw.choice(("tanh", "relu")), "reverse": draw.choice((False, True))}
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


def lstm_layer_forward(x, h0, c0, w_ih, w_hh, b_ih=None, b_hh=None, *, reverse=False):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), with the forget gate of Gers, Schmidhuber and Cummins (2000):

        z_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh      its four blocks of H rows give
        i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)      g = tanh(z_g)
        c_t = f c_{t-1} + i g      h_t = o tanh(c_t)

    x (T, N, D), h0 and c0 (N, H), w_ih (4H, D), w_hh (4H, H), biases (4H); the order of the blocks is i, f, g, o.
    Returns all h_t (T, N, H), and the h and c computed last (N, H). `reverse` runs from the last step to the first; the output
    stays in the order of time.
    """
    check_layer(4, x, (h0, c0), w_ih, w_hh, b_ih, b_hh)
    states, cells, squashed, gates = [columns(h0)], [columns(c0)], [], []
    s = gate_scale(cells[0])
    r = 1 - s
    for z_x in project(x, w_ih, add_biases(b_ih, b_hh), reverse):
        a = squash(z_x + np.matmul(w_hh, states[-1]), s, r)
        i, f, g, o = gates_of(a)
        c = f * cells[-1] + i * g
        tanh_c = np.tanh(c)
        gates.append(a)
        cells.append(c)
        squashed.append(tanh_c)
        states.append(o * tanh_c)
    saved = x, w_ih, w_hh, states, cells, squashed, gates, s - r, (b_ih is not None, b_hh is not None), reverse
    return (sequence(states[1:], reverse), columns(states[-1]), columns(cells[-1])), saved


def lstm_layer_backward(dy, saved, needs=(True,) * 7):
    """From the last step to the first:

        dh_t = dy_t + W_hh^T dz_{t+1}                      (at the last step the gradient of h_T instead of the second term)
        dc_t = dc_{t+1} f_{t+1} + dh_t o_t (1 - tanh^2 c_t)      (at the last step the gradient of c_T instead of the first)

    c_t = f c_{t-1} + i g and h_t = o tanh(c_t) give each gate's gradient by the product rule, and the slope of its sigmoid,
    a (1 - a), or tanh, 1 - a^2, brings it to z:

        dz_i = dc_t g i (1 - i)      dz_f = dc_t c_{t-1} f (1 - f)      dz_g = dc_t i (1 - g^2)      dz_o = dh_t tanh(c_t) o (1 - o)

    W_hh^T dz_1 is left for h_0 and dc_1 f_1 for c_0. The weights' gradients: `layer_gradients`.
    """
    x, w_ih, w_hh, states, cells, squashed, gates, k, has_bias, reverse = saved
    dh, dc, back, dzs = columns(dy[1]), columns(dy[2]), np.transpose(w_hh), []
    for dy_t, a, c_before, tanh_c in zip(gradients_by_step(dy[0], reverse), gates[::-1], cells[-2::-1], squashed[::-1]):
        i, f, g, o = gates_of(a)
        dh = dh + dy_t
        dc = dc + dh * o * (1 - tanh_c * tanh_c)
        dz = np.concatenate((dc * g, dc * c_before, dc * i, dh * tanh_c)) * squash_slope(a, k)
        dh = np.matmul(back, dz)
        dc = dc * f
        dzs.append(dz)
    dx, *dweights = layer_gradients(dzs, dzs, states[:-1], x, w_ih, has_bias, reverse, (needs[0], *needs[3:]))
    return dx, np.transpose(dh), np.transpose(dc), *dweights


def lstm_layer_reference(x, h0, c0, w_ih, w_hh, b_ih=None, b_hh=None, *, reverse=False):
    b = np.zeros(len(w_ih)) + (0 if b_ih is None else b_ih) + (0 if b_hh is None else b_hh)

    def cell(x, h, c):
        z_i, z_f, z_g, z_o = np.split(w_ih @ x + w_hh @ h + b, 4)
        c = c / (1 + np.exp(-z_f)) + np.tanh(z_g) / (1 + np.exp(-z_i))
        return np.tanh(c) / (1 + np.exp(-z_o)), c

    return run_cells(cell, x, (h0, c0), reverse)


lstm_layer = Op(
    lstm_layer_forward,
    lstm_layer_backward,
    shapes="(T, N, D), (N, H), (N, H), (G, D), (G, H), (G)?, (G)? -> (T, N, H), (N, H), (N, H)",
    sample=lambda draw: (sample_layer(draw, 4, 2), {"reverse": draw.choice((False, True))}),
    reference=lstm_layer_reference,
    hint="the input is (time, batch, features); the weights stack the gates i, f, g, o: G = 4 * hidden_size",
)


# ---- GRU ----------------------------------------------------------------------------------------------------------------------------


def gru_layer_forward(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, *, reverse=False):
    """Gated recurrent unit (Cho et al. 2014), with u = W_ih x_t + b_ih and v = W_hh h_{t-1} + b_hh in blocks r, z, n:

        r = sigmoid(u_r + v_r)      z = sigmoid(u_z + v_z)      n = tanh(u_n + r v_n)
        h_t = (1 - z) n + z h_{t-1}

    The reset gate r acts after the product with W_hh, bias included, as in cuDNN and torch.
    x (T, N, D), h0 (N, H), w_ih (3H, D), w_hh (3H, H), biases (3H). Returns all h_t (T, N, H) and the last one computed (N, H).
    `reverse` runs from the last step to the first; the output stays in the order of time.
    """
    check_layer(3, x, (h0,), w_ih, w_hh, b_ih, b_hh)
    states, gates = [columns(h0)], []
    k = states[0].shape[0]
    b = None if b_hh is None else np.expand_dims(b_hh, 1)
    for u in project(x, w_ih, b_ih, reverse):
        h = states[-1]
        v = np.matmul(w_hh, h)
        if b is not None:
            v = v + b
        rz = sigmoid(u[: 2 * k] + v[: 2 * k])
        n = np.tanh(u[2 * k :] + rz[:k] * v[2 * k :])
        states.append(n + rz[k:] * (h - n))
        gates.append((rz, n, v[2 * k :]))
    saved = x, w_ih, w_hh, states, gates, (b_ih is not None, b_hh is not None), reverse
    return (sequence(states[1:], reverse), columns(states[-1])), saved


def gru_layer_backward(dy, saved, needs=(True,) * 6):
    """From the last step to the first, du and dv being the gradients of the two sums u and v (`gru_layer_forward`):

        dh_t = dy_t + z_{t+1} dh_{t+1} + W_hh^T dv_{t+1}      (at the last step the gradient of h_T instead of the last two)

    h_t = n + z (h_{t-1} - n) gives dn = dh (1 - z) and dz = dh (h_{t-1} - n); through tanh and then r v_n, and through the sigmoids,

        du_n = dn (1 - n^2)      dv_n = du_n r      dr = du_n v_n
        du_r = dv_r = dr r (1 - r)      du_z = dv_z = dz z (1 - z)

    and z_1 dh_1 + W_hh^T dv_1 is left for h_0. The weights' gradients: `layer_gradients`.
    """
    x, w_ih, w_hh, states, gates, has_bias, reverse = saved
    k = states[0].shape[0]
    dh, back, dus, dvs = columns(dy[1]), np.transpose(w_hh), [], []
    for dy_t, (rz, n, v_n), h_before in zip(gradients_by_step(dy[0], reverse), gates[::-1], states[-2::-1]):
        r, z = rz[:k], rz[k:]
        dh = dh + dy_t
        du_n = dh * (1 - z) * (1 - n * n)
        du_rz = np.concatenate((du_n * v_n, dh * (h_before - n))) * (rz * (1 - rz))
        dv = np.concatenate((du_rz, du_n * r))
        dus.append(np.concatenate((du_rz, du_n)))
        dvs.append(dv)
        dh = dh * z + np.matmul(back, dv)
    dx, *dweights = layer_gradients(dus, dvs, states[:-1], x, w_ih, has_bias, reverse, (needs[0], *needs[2:]))
    return dx, np.transpose(dh), *dweights


def gru_layer_reference(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, *, reverse=False):
    b_ih, b_hh = (np.zeros(len(w_ih)) if b is None else b for b in (b_ih, b_hh))

    def cell(x, h):
        (u_r, u_z, u_n), (v_r, v_z, v_n) = np.split(w_ih @ x + b_ih, 3), np.split(w_hh @ h + b_hh, 3)
        z = 1 / (1 + np.exp(-u_z - v_z))
        return ((1 - z) * np.tanh(u_n + v_n / (1 + np.exp(-u_r - v_r))) + z * h,)

    return run_cells(cell, x, (h0,), reverse)


gru_layer = Op(
    gru_layer_forward,
    gru_layer_backward,
    shapes="(T, N, D), (N, H), (G, D), (G, H), (G)?, (G)? -> (T, N, H), (N, H)",
    sample=lambda draw: (sample_layer(draw, 3, 1), {"reverse": draw.choice((False, True))}),
    reference=gru_layer_reference,
    hint="the input is (time, batch, features); the weights stack the gates r, z, n: G = 3 * hidden_size",
)
