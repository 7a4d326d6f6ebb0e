"""LSTM and GRU: everything between two products in one pass, and parts of the batch in threads of their own. Only sequences of one length,
without projection.

Features first, as in the definitions: a step's gates are blocks of H rows, each (H, N), which the loops see as vectors. `z` (G, T N) holds the
input's share of all steps side by side, those of step t from column t N on; so do `all_dz` and `all_h` with what the weights' gradients take.
"""

import math

import numpy as np

from .compiling import KERNEL, compiled
from .formulas import sigmoid, tanh
from .threads import cut, for_each, threads

ONE = np.float32(1)
SEQUENCES = 32  # in a part of the batch, at least: products with fewer columns are slow


# ---- what both share --------------------------------------------------------------------------------------------------------------------


def parts_of_batch(n):
    """One for each thread, if that leaves all of them enough."""
    return cut(n, max(1, min(threads(), n // SEQUENCES)))


def steps_of(x, reverse):
    return range(x.shape[0] - 1, -1, -1) if reverse else range(x.shape[0])


def columns(x):
    """(..., N, H) to (..., H, N), in memory of its own."""
    return np.swapaxes(x, -1, -2).copy()


def staggered(x, *shapes, first=0):
    """New arrays of x's dtype. Arrays of whole pages would all begin at one place of a page, and a cache holds no more than eight numbers
    that lie at one place of their pages; the loops of a step go along as many arrays at once."""
    steps = range(64 * first, 64 * (first + len(shapes)), 64)
    return [np.empty_like(x, shape=i + math.prod(shape))[i:].reshape(shape) for i, shape in zip(steps, shapes)]


def bias_like(b, w):
    return np.zeros_like(w, shape=len(w)) if b is None else b


def rows_of(x):
    return x.reshape(-1, x.shape[-1])


def before(states, first, t, reverse):
    """The state that step t began with."""
    earlier = t + 1 if reverse else t - 1
    return states[earlier] if 0 <= earlier < len(states) else first


def totals(gradients):
    """The sums of the parts' gradients; None where nobody asked."""
    first, *rest = gradients
    for more in rest:
        first = [None if a is None else a + b for a, b in zip(first, more)]
    return first


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


def lstm_part(x, h0, c0, w_ih, w_hh, bias, reverse, y, h_n, c_n):
    """Writes all h, and the last h and c; returns what backward takes."""
    (steps, n, _), k = x.shape, w_hh.shape[1]
    z, h_first, c_first = w_ih @ rows_of(x).T, columns(h0), columns(c0)
    gates, cells, squashed, after, product = staggered(x, *((steps, rows, n) for rows in (4 * k, k, k, k)), (4 * k, n))
    h, c = h_first, c_first
    for t in steps_of(x, reverse):
        np.matmul(w_hh, h, out=product)
        lstm_step(z, t * n, product, bias, c, gates[t], cells[t], squashed[t], after[t])
        h, c = after[t], cells[t]
    y[...], h_n[...], c_n[...] = np.swapaxes(after, 1, 2), h.T, c.T
    return h_first, c_first, after, cells, squashed, gates


def lstm_layer_forward(x, h0, c0, w_ih, w_hh, b_ih=None, b_hh=None, w_hr=None, *, reverse=False, batch_sizes=None):
    (steps, n, _), bias = x.shape, bias_like(b_ih, w_ih) + bias_like(b_hh, w_hh)
    y, h, c = np.empty((steps, *h0.shape), x.dtype), np.empty(h0.shape, x.dtype), np.empty(c0.shape, x.dtype)

    def run(p):
        return p, lstm_part(x[:, p], h0[p], c0[p], w_ih, w_hh, bias, reverse, y[:, p], h[p], c[p])

    kept = for_each(parts_of_batch(n), run)
    return (y, h, c), (KERNEL, x, w_ih, w_hh, kept, (b_ih is not None, b_hh is not None), reverse)


@compiled
def lstm_step_backward(dy, dh, dc_after, gates, c_before, tanh_c, h_before, dz, all_dz, all_h, start, dc_before):
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
    beside(dz, all_dz, start)
    beside(h_before, all_h, start)


@compiled(keep=False)
def beside(x, all_x, start):
    rows, columns = x.shape
    for k in range(rows):
        for j in range(columns):
            all_x[k, start + j] = x[k, j]


def lstm_part_backward(dy, x, w_ih, w_hh, kept, reverse, needs, dx, dh0, dc0):
    """Writes the gradients of x, h0 and c0; returns those of the weights and of the biases."""
    h_first, c_first, after, cells, squashed, gates = kept
    (steps, rows, n), k, back = gates.shape, len(h_first), np.ascontiguousarray(w_hh.T)
    dys, dh, dc, dz = staggered(x, (steps, k, n), (k, n), (k, n), (rows, n), first=4)
    all_dz, all_h = (np.empty_like(x, shape=(m, steps * n)) for m in (rows, k))
    for mine, given in zip((dys, dh, dc), dy):
        mine[...] = np.swapaxes(given, -1, -2)
    for t in reversed(steps_of(x, reverse)):
        c, h = before(cells, c_first, t, reverse), before(after, h_first, t, reverse)
        lstm_step_backward(dys[t], dh, dc, gates[t], c, squashed[t], h, dz, all_dz, all_h, t * n, dc)
        np.matmul(back, dz, out=dh)
    if needs[0]:
        dx[...] = (all_dz.T @ w_ih).reshape(x.shape)
    dh0[...], dc0[...] = dh.T, dc.T
    return all_dz @ rows_of(x) if needs[3] else None, all_dz @ all_h.T if needs[4] else None, all_dz.sum(axis=1)


def lstm_layer_backward(dy, saved, needs=(True,) * 8):
    _, x, w_ih, w_hh, kept, has_bias, reverse = saved
    dx, dh, dc = (np.empty(a.shape, x.dtype) for a in (x, *dy[1:]))

    def run(part):
        p, of_forward = part
        dys = dy[0][:, p], dy[1][p], dy[2][p]
        return lstm_part_backward(dys, x[:, p], w_ih, w_hh, of_forward, reverse, needs, dx[:, p], dh[p], dc[p])

    dw_ih, dw_hh, db = totals(for_each(kept, run))
    return dx if needs[0] else None, dh, dc, dw_ih, dw_hh, db if has_bias[0] else None, db if has_bias[1] else None, None


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


def gru_part(x, h0, w_ih, w_hh, biases, reverse, y, h_n):
    """Writes all h, and the last one; returns what backward takes."""
    (steps, n, _), k = x.shape, w_hh.shape[1]
    z, h_first = w_ih @ rows_of(x).T, columns(h0)
    gates, v_n, after, product = staggered(x, *((steps, rows, n) for rows in (3 * k, k, k)), (3 * k, n))
    h = h_first
    for t in steps_of(x, reverse):
        np.matmul(w_hh, h, out=product)
        gru_step(z, t * n, product, *biases, h, gates[t], v_n[t], after[t])
        h = after[t]
    y[...], h_n[...] = np.swapaxes(after, 1, 2), h.T
    return h_first, after, gates, v_n


def gru_layer_forward(x, h0, w_ih, w_hh, b_ih=None, b_hh=None, *, reverse=False, batch_sizes=None):
    (steps, n, _), biases = x.shape, (bias_like(b_ih, w_ih), bias_like(b_hh, w_hh))
    y, h = np.empty((steps, *h0.shape), x.dtype), np.empty(h0.shape, x.dtype)

    def run(p):
        return p, gru_part(x[:, p], h0[p], w_ih, w_hh, biases, reverse, y[:, p], h[p])

    kept = for_each(parts_of_batch(n), run)
    return (y, h), (KERNEL, x, w_ih, w_hh, kept, (b_ih is not None, b_hh is not None), reverse)


@compiled
def gru_step_backward(dy, dh, gates, v_n, h_before, dv, all_du, all_dv, all_h, start, dh_before):
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
    beside(dv, all_du, start)
    for k in range(2 * third, rows):
        for j in range(columns):
            dv[k, j] *= gates[k - 2 * third, j]
    beside(dv, all_dv, start)
    beside(h_before, all_h, start)


def gru_part_backward(dy, x, w_ih, w_hh, kept, reverse, needs, dx, dh0):
    """Writes the gradients of x and h0; returns those of the weights and of the biases."""
    h_first, after, gates, v_n = kept
    (steps, rows, n), k, back = gates.shape, len(h_first), np.ascontiguousarray(w_hh.T)
    dys, dh, dv, past = staggered(x, (steps, k, n), (k, n), (rows, n), (k, n), first=3)
    all_du, all_dv, all_h = (np.empty_like(x, shape=(m, steps * n)) for m in (rows, rows, k))
    for mine, given in zip((dys, dh), dy):
        mine[...] = np.swapaxes(given, -1, -2)
    for t in reversed(steps_of(x, reverse)):
        gru_step_backward(dys[t], dh, gates[t], v_n[t], before(after, h_first, t, reverse), dv, all_du, all_dv, all_h, t * n, past)
        np.matmul(back, dv, out=dh)
        dh += past
    if needs[0]:
        dx[...] = (all_du.T @ w_ih).reshape(x.shape)
    dh0[...] = dh.T
    weights = all_du @ rows_of(x) if needs[2] else None, all_dv @ all_h.T if needs[3] else None
    return *weights, all_du.sum(axis=1), all_dv.sum(axis=1)


def gru_layer_backward(dy, saved, needs=(True,) * 6):
    _, x, w_ih, w_hh, kept, has_bias, reverse = saved
    dx, dh = (np.empty(a.shape, x.dtype) for a in (x, dy[1]))

    def run(part):
        p, of_forward = part
        return gru_part_backward((dy[0][:, p], dy[1][p]), x[:, p], w_ih, w_hh, of_forward, reverse, needs, dx[:, p], dh[p])

    dw_ih, dw_hh, db_ih, db_hh = totals(for_each(kept, run))
    return dx if needs[0] else None, dh, dw_ih, dw_hh, db_ih if has_bias[0] else None, db_hh if has_bias[1] else None
