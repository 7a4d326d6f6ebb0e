"""The gated recurrent unit as it was first published: the reset gate acts on the state, before the product with its weights.

`functional.gru_layer`, as cuDNN and PyTorch, lets it act on the product. The two are different functions, and neither has weights that make it
the other.
"""

from __future__ import annotations

import numpy as np

from ..functional import Op, Real
from ..functional._recurrence import by_step, columns, product, project, rows_of, run_cells, sequence, side_by_side, sigmoid

__all__ = ["reset_first_gru"]


def check(x, h0, w_x, w_h, b):
    steps, n, features = x.shape
    rows, hidden = w_h.shape
    if rows != 3 * hidden or (w_x.shape, h0.shape, b.shape) != ((rows, features), (n, hidden), (rows,)):
        raise ValueError(f"the weights hold 3 blocks of H rows, so G = 3H; but G = {rows} and H = {hidden}")
    if not steps:
        raise ValueError("expected sequence length to be larger than 0; give it at least one step")


def reset_first_gru_forward(x, h0, w_x, w_h, b):
    """Gated recurrent unit (Cho et al. 2014), with u = W_x x_t + b, and all of u, W_x, W_h in blocks z, r, n:

        z = sigmoid(u_z + W_hz h_{t-1})      r = sigmoid(u_r + W_hr h_{t-1})      n = tanh(u_n + W_hn (r h_{t-1}))
        h_t = (1 - z) h_{t-1} + z n

    x (T, N, D), h0 (N, H), w_x (3H, D), w_h (3H, H), b (3H). Returns all h_t (T, N, H) and the last one (N, H).
    """
    check(x, h0, w_x, w_h, b)
    k = w_h.shape[1]
    h, before, after, gates = columns(h0), [], [], []
    for u in project(x, w_x, b, (x.shape[1],) * x.shape[0], False):
        zr = sigmoid(u[: 2 * k] + np.matmul(w_h[: 2 * k], h))
        z, reset = zr[:k], zr[k:] * h
        n = np.tanh(u[2 * k :] + np.matmul(w_h[2 * k :], reset))
        before.append(h)
        gates.append((zr, reset, n))
        h = h + z * (n - h)
        after.append(h)
    return (sequence(after, x, False), columns(h)), (x, w_x, w_h, before, gates)


def reset_first_gru_backward(dy, saved, needs=(True,) * 5):
    """From the last step to the first, with dh the gradient of h_t: that of the output at t, and what step t+1 leaves below.

    h_t = h + z (n - h), h = h_{t-1}, gives dn = dh z and dz = dh (n - h); through the tanh and its product with r h,

        du_n = dn (1 - n^2)      d(r h) = W_hn^T du_n      dr = d(r h) h

    and through the sigmoids du_z = dz z (1 - z), du_r = dr r (1 - r). For h_{t-1} that leaves

        dh (1 - z) + d(r h) r + W_hz^T du_z + W_hr^T du_r.

    u is linear in x, W_x and b. W_hz and W_hr met h_{t-1}, W_hn met r h_{t-1}: dW_hn = sum_t du_n (r h_{t-1})^T.
    """
    x, w_x, w_h, before, gates = saved
    k = w_h.shape[1]
    back_zr, back_n = np.transpose(w_h[: 2 * k]), np.transpose(w_h[2 * k :])
    dh, dus = np.transpose(dy[1]), []
    dys = by_step(np.transpose(rows_of(dy[0])), (x.shape[1],) * len(gates), True)
    for dy_t, (zr, _, n), h in zip(dys, gates[::-1], before[::-1]):
        z, r = zr[:k], zr[k:]
        dh = dh + dy_t
        du_n = dh * z * (1 - n * n)
        dreset = np.matmul(back_n, du_n)
        du_zr = np.concatenate((dh * (n - h), dreset * h)) * (zr * (1 - zr))
        dus.append(np.concatenate((du_zr, du_n)))
        dh = dh * (1 - z) + dreset * r + np.matmul(back_zr, du_zr)
    du = side_by_side(dus, True)
    met_h = np.transpose(side_by_side(before, False))
    met_reset = np.transpose(side_by_side([reset for _, reset, _ in gates], False))
    dx = np.matmul(np.transpose(du), w_x).reshape(x.shape) if needs[0] else None
    dw_x = product(du, rows_of(x)) if needs[2] else None
    dw_h = np.concatenate((product(du[: 2 * k], met_h), product(du[2 * k :], met_reset))) if needs[3] else None
    return dx, np.transpose(dh), dw_x, dw_h, np.sum(du, axis=1)


def reset_first_gru_reference(x, h0, w_x, w_h, b):
    w_z, w_r, w_n = np.split(w_h, 3)

    def cell(x, h):
        u_z, u_r, u_n = np.split(w_x @ x + b, 3)
        z, r = 1 / (1 + np.exp(-u_z - w_z @ h)), 1 / (1 + np.exp(-u_r - w_r @ h))
        return ((1 - z) * h + z * np.tanh(u_n + w_n @ (r * h)),)

    return run_cells(cell, x, (h0,), False)


def sample(draw):
    steps, n, features, hidden = draw.integer(1, 3), draw.integer(0, 2), draw.integer(1, 2), draw.integer(1, 2)
    shapes = (steps, n, features), (n, hidden), (3 * hidden, features), (3 * hidden, hidden), (3 * hidden,)
    return tuple(draw.array(shape, Real(-1, 1)) for shape in shapes), {}


reset_first_gru = Op(
    reset_first_gru_forward,
    reset_first_gru_backward,
    shapes="(T, N, D), (N, H), (G, D), (G, H), (G) -> (T, N, H), (N, H)",
    sample=sample,
    reference=reset_first_gru_reference,
    hint="the input is (time, batch, features); the weights stack the gates z, r, n: G = 3 * hidden_size",
)
