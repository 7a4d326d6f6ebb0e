"""Steps of LSTM and GRU: everything between two products in one pass. Only sequences of one length, without projection.

Features first, as in the definitions: a step's gates are blocks of H rows, each (H, N), which the loops see as vectors. `z` (G, T N) holds the
input's share of all steps side by side, those of step t from column t N on.
"""

import numpy as np

from .compiling import KERNEL, compiled
from .formulas import sigmoid, tanh

ONE = np.float32(1)


# ---- what both share --------------------------------------------------------------------------------------------------------------------


def steps_of(x, reverse):
    return range(x.shape[0] - 1, -1, -1) if reverse else range(x.shape[0])


def columns(x):
    """(..., N, H) to (..., H, N), in memory of its own."""
    return np.swapaxes(x, -1, -2).copy()


def bias_like(b, w):
    return np.zeros_like(w, shape=len(w)) if b is None else b


def rows_of(x):
    return x.reshape(-1, x.shape[-1])


def states_before(after, h0, reverse):
    """h_{t-1} of every step, (T N, H), from the h_t (T, H, N)."""
    y = columns(after)
    return rows_of(np.concatenate((y[1:], h0[None]) if reverse else (h0[None], y[:-1])))


def input_gradients(dz, x, w_ih, has_bias, needs):
    """(dx, dW_ih, db_ih): z = W_ih x + b, with all steps side by side as columns."""
    dx = (dz.T @ w_ih).reshape(x.shape) if needs[0] else None
    return dx, dz @ rows_of(x) if needs[1] else None, dz.sum(axis=1) if has_bias else None


# ---- LSTM -------------------------------------------------------------------------------------------------------------------------------


@compiled
def lstm_step(z, start, product, bias, c_before, gates, c, tanh_c, h):
    """gates = f(z_t + W_hh h + b) in blocks i, f, g, o;  c = f c_before + i g;  h = o tanh(c)."""
    rows, columns = product.shape
    for k in range(rows):
        for j in range(columns):
            gates[k, j] = z[k, start + j] + (product[k, j] + bias[k])
    a, before, cell, squashed, state = gates.reshape(-1), c_before.reshape(-1), c.reshape(-1), tanh_c.reshape(-1), h.reshape(-1)
    n = cell.size
    for e in range(n):
        i, f, g, o = sigmoid(a[e]), sigmoid(a[n + e]), tanh(a[2 * n + e]), sigmoid(a[3 * n + e])
        a[e], a[n + e], a[2 * n + e], a[3 * n + e] = i, f, g, o
        cell[e] = f * before[e] + i * g
        squashed[e] = tanh(cell[e])
        state[e] = o * squashed[e]


def lstm_layer_forward(x, h0, c0, w_ih, w_hh, b_ih=None, b_hh=None, w_hr=None, *, reverse=False, batch_sizes=None):
    (steps, n, _), k = x.shape, w_hh.shape[1]
    z, bias = w_ih @ rows_of(x).T, bias_like(b_ih, w_ih) + bias_like(b_hh, w_hh)
    h, c = columns(h0), columns(c0)
    gates, cells, squashed, after = (np.empty_like(x, shape=(steps, rows, n)) for rows in (4 * k, k, k, k))
    for t in steps_of(x, reverse):
        lstm_step(z, t * n, w_hh @ h, bias, c, gates[t], cells[t], squashed[t], after[t])
        h, c = after[t], cells[t]
    saved = KERNEL, x, h0, c0, w_ih, w_hh, after, cells, squashed, gates, (b_ih is not None, b_hh is not None), reverse
    return (columns(after), columns(h), columns(c)), saved


@compiled
def lstm_step_backward(dy, dh, dc_after, gates, c_before, tanh_c, dz, all_dz, start, dc_before):
    """The gradients of the step's sums, dz (4H, N), and of c_before; dh and dc_after come from the step that ran after it."""
    d_out, d_state, d_cell, a = dy.reshape(-1), dh.reshape(-1), dc_after.reshape(-1), gates.reshape(-1)
    before, squashed, d, d_before = c_before.reshape(-1), tanh_c.reshape(-1), dz.reshape(-1), dc_before.reshape(-1)
    n = before.size
    for e in range(n):
        i, f, g, o, s = a[e], a[n + e], a[2 * n + e], a[3 * n + e], squashed[e]
        dm = d_out[e] + d_state[e]
        dc = d_cell[e] + dm * o * (ONE - s * s)
        d[e] = dc * g * (i * (ONE - i))
        d[n + e] = dc * before[e] * (f * (ONE - f))
        d[2 * n + e] = dc * i * (ONE - g * g)
        d[3 * n + e] = dm * s * (o * (ONE - o))
        d_before[e] = dc * f
    rows, columns = dz.shape
    for k in range(rows):
        for j in range(columns):
            all_dz[k, start + j] = dz[k, j]


def lstm_layer_backward(dy, saved, needs=(True,) * 8):
    _, x, h0, c0, w_ih, w_hh, after, cells, squashed, gates, has_bias, reverse = saved
    steps, rows, n = gates.shape
    dys, dh, dc = (columns(d) for d in dy)
    first, back = columns(c0), np.ascontiguousarray(w_hh.T)
    dz, all_dz = np.empty_like(gates[0]), np.empty_like(x, shape=(rows, steps * n))
    for t in reversed(steps_of(x, reverse)):
        earlier = t + 1 if reverse else t - 1
        c_before = cells[earlier] if 0 <= earlier < steps else first
        lstm_step_backward(dys[t], dh, dc, gates[t], c_before, squashed[t], dz, all_dz, t * n, dc)
        dh = back @ dz
    dx, dw_ih, db = input_gradients(all_dz, x, w_ih, any(has_bias), (needs[0], needs[3]))
    dw_hh = all_dz @ states_before(after, h0, reverse) if needs[4] else None
    return dx, dh.T, dc.T, dw_ih, dw_hh, db if has_bias[0] else None, db if has_bias[1] else None, None


# ---- GRU --------------------------------------------------------------------------------------------------------------------------------


@compiled
def gru_step(z, start, product, b_ih, b_hh, h_before, gates, v_n, h):
    """With u = z_t + b_ih and v = W_hh h + b_hh: r, z = sigmoid(u + v), n = tanh(u_n + r v_n), h = n + z (h_before - n)."""
    rows, columns = product.shape
    third = rows // 3
    for k in range(2 * third):
        for j in range(columns):
            gates[k, j] = z[k, start + j] + product[k, j] + (b_ih[k] + b_hh[k])
    for k in range(2 * third, rows):
        for j in range(columns):
            gates[k, j] = z[k, start + j] + b_ih[k]
            v_n[k - 2 * third, j] = product[k, j] + b_hh[k]
    a, v, before, state = gates.reshape(-1), v_n.reshape(-1), h_before.reshape(-1), h.reshape(-1)
    n = state.size
    for e in range(n):
        reset, update = sigmoid(a[e]), sigmoid(a[n + e])
        new = tanh(a[2 * n + e] + reset * v[e])
        a[e], a[n + e], a[2 * n + e] = reset, update, new
        state[e] = new + update * (before[e] - new)


def gru_layer_forward(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, *, reverse=False, batch_sizes=None):
    (steps, n, _), k = x.shape, w_hh.shape[1]
    z, biases = w_ih @ rows_of(x).T, (bias_like(b_ih, w_ih), bias_like(b_hh, w_hh))
    h = columns(h0)
    gates, v_n, after = (np.empty_like(x, shape=(steps, rows, n)) for rows in (3 * k, k, k))
    for t in steps_of(x, reverse):
        gru_step(z, t * n, w_hh @ h, *biases, h, gates[t], v_n[t], after[t])
        h = after[t]
    saved = KERNEL, x, h0, w_ih, w_hh, after, gates, v_n, (b_ih is not None, b_hh is not None), reverse
    return (columns(after), columns(h)), saved


@compiled
def gru_step_backward(dy, dh, gates, v_n, h_before, dv, all_du, all_dv, start, dh_before):
    """The gradients of the step's sums u and v, and what reaches h_before past the product with W_hh."""
    d_out, d_state, a, v = dy.reshape(-1), dh.reshape(-1), gates.reshape(-1), v_n.reshape(-1)
    before, d, d_before = h_before.reshape(-1), dv.reshape(-1), dh_before.reshape(-1)
    n = before.size
    for e in range(n):
        reset, update, new = a[e], a[n + e], a[2 * n + e]
        dstate = d_out[e] + d_state[e]
        du_n = dstate * (ONE - update) * (ONE - new * new)
        d[e] = du_n * v[e] * (reset * (ONE - reset))
        d[n + e] = dstate * (before[e] - new) * (update * (ONE - update))
        d[2 * n + e] = du_n
        d_before[e] = dstate * update
    rows, columns = dv.shape
    third = rows // 3
    for k in range(rows):
        for j in range(columns):
            all_du[k, start + j] = dv[k, j]
            if k >= 2 * third:
                dv[k, j] *= gates[k - 2 * third, j]
            all_dv[k, start + j] = dv[k, j]


def gru_layer_backward(dy, saved, needs=(True,) * 6):
    _, x, h0, w_ih, w_hh, after, gates, v_n, has_bias, reverse = saved
    steps, rows, n = gates.shape
    dys, dh = (columns(d) for d in dy)
    first, back = columns(h0), np.ascontiguousarray(w_hh.T)
    dv, rest = np.empty_like(gates[0]), np.empty_like(dh)
    all_du, all_dv = (np.empty_like(x, shape=(rows, steps * n)) for _ in range(2))
    for t in reversed(steps_of(x, reverse)):
        earlier = t + 1 if reverse else t - 1
        h_before = after[earlier] if 0 <= earlier < steps else first
        gru_step_backward(dys[t], dh, gates[t], v_n[t], h_before, dv, all_du, all_dv, t * n, rest)
        dh = rest + back @ dv
    dx, dw_ih, db_ih = input_gradients(all_du, x, w_ih, has_bias[0], (needs[0], needs[2]))
    dw_hh = all_dv @ states_before(after, h0, reverse) if needs[3] else None
    return dx, dh.T, dw_ih, dw_hh, db_ih, all_dv.sum(axis=1) if has_bias[1] else None
