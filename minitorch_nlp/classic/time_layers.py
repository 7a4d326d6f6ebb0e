"""Layers for sequences, batch first: xs (N, T, D); and the cells for one step.

The weights are the book's: Wx (D, G), Wh (H, G), b (G), where the columns of an LSTM are blocks f, g, i, o (G = 4H), those of a GRU
z, r, n (G = 3H). `minitorch_nlp.functional` stacks blocks in rows, an LSTM's as i, f, g, o.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import functional as F
from ..backend import Array
from ..functional import Op
from ._gru import reset_first_gru
from ._layer import Layer, like_params
from .functions import sigmoid, softmax
from .layers import (
    Affine,
    Dropout,
    Embedding,
    EmbeddingDot,
    MatMul,
    NegativeSamplingLoss,
    Relu,
    Repeat,
    Sigmoid,
    SigmoidWithLoss,
    Softmax,
    SoftmaxWithLoss,
    Sum,
    Tanh,
    UnigramSampler,
    cross_entropy_error,
)
from .np import GPU, np

# Scripts that say `from common.time_layers import *` use the names of `layers`, and `np`, too.
__all__ = [
    "GRU", "LSTM", "RNN", "TimeAffine", "TimeBiLSTM", "TimeDropout", "TimeEmbedding", "TimeGRU", "TimeLSTM", "TimeRNN",
    "TimeSigmoidWithLoss", "TimeSoftmaxWithLoss",
    "Affine", "Dropout", "Embedding", "EmbeddingDot", "GPU", "MatMul", "NegativeSamplingLoss", "Relu", "Repeat", "Sigmoid",
    "SigmoidWithLoss", "Softmax", "SoftmaxWithLoss", "Sum", "Tanh", "UnigramSampler", "cross_entropy_error", "np", "sigmoid", "softmax",
]  # fmt: skip


# ---- one op for a step and for a sequence -------------------------------------------------------------------------------------------


class Recurrent(Layer):
    """Wx (D, G), Wh (H, G), b (G), and the op that runs them over time-first sequences."""

    op: Op
    order: Sequence[int] = (0,)  # where the op's blocks lie among the blocks of columns here

    def __init__(self, Wx: Array, Wh: Array, b: Array) -> None:
        super().__init__(Wx, Wh, b)

    def run_steps(self, xs: Array, states: list[Array]) -> tuple[Array, list[Array]]:
        """The states after every step, (T, N, H), of xs (T, N, D); and all states after the last."""
        weights = [self.to_rows(p) for p in self.params]
        hs, *last = self.run(type(self).op, like_params(xs, self), *states, *weights)
        return hs, last

    def back_steps(self, dhs: Array, dlast: list[Array]) -> tuple[Array, list[Array]]:
        """The gradients of xs and of the states before the first step."""
        grads = self.back(type(self).op, (dhs, *dlast))
        count = 1 + len(dlast)
        self.write(*[self.to_columns(g) for g in grads[count : count + 3]])
        return grads[0], list(grads[1:count])

    def to_rows(self, weight: Array) -> Array:
        """(., G) to (G, .), the blocks in the op's order; a view where that is the order here."""
        blocks = np.split(weight.T, len(self.order))
        return blocks[0] if len(blocks) == 1 else np.concatenate([blocks[k] for k in self.order])

    def to_columns(self, grad: Array) -> Array:
        """The inverse of `to_rows`."""
        blocks = np.split(grad, len(self.order))
        back = [self.order.index(k) for k in range(len(blocks))]
        return blocks[0].T if len(blocks) == 1 else np.concatenate([blocks[k] for k in back]).T

    def zero_state(self, n: int) -> Array:
        Wh = self.params[1]
        return np.zeros((n, Wh.shape[0]), Wh.dtype)


class ElmanOp(Recurrent):
    """h_t = tanh(x_t Wx + h_{t-1} Wh + b)."""

    op = F.rnn_layer


class LstmOp(Recurrent):
    """With x_t Wx + h_{t-1} Wh + b in blocks of columns f, g, i, o, sigmoid of f, i and o, and tanh of g:

    c_t = f c_{t-1} + g i      h_t = o tanh(c_t)
    """

    op = F.lstm_layer
    order = (2, 0, 1, 3)


class GruOp(Recurrent):
    """With x_t Wx + b in blocks of columns z, r, n:

    z = sigmoid(x_z + h_{t-1} Whz)      r = sigmoid(x_r + h_{t-1} Whr)      n = tanh(x_n + (r h_{t-1}) Whn)
    h_t = (1 - z) h_{t-1} + z n

    Here the reset gate r acts before the product with Wh, unlike in `nn.GRU`: see `_gru`.
    """

    op = reset_first_gru


# ---- one step -----------------------------------------------------------------------------------------------------------------------


class Cell(Recurrent):
    """One step, of a cell whose only state is h."""

    def forward(self, x: Array, h_prev: Array) -> Array:
        """x (N, D) and h (N, H) of the step before: the new h (N, H)."""
        return self.run_steps(x[None], [like_params(h_prev, self)])[0][0]

    def backward(self, dh_next: Array) -> tuple[Array, Array]:
        """dx and the gradient of h_prev."""
        dxs, (dh_prev,) = self.back_steps(dh_next[None], [np.zeros_like(dh_next)])
        return dxs[0], dh_prev


class RNN(Cell, ElmanOp):
    """One step of a plain recurrent layer, h = tanh(x Wx + h_prev Wh + b)."""


class GRU(Cell, GruOp):
    """One step of a gated recurrent unit: the formula of `GruOp`."""


class LSTM(LstmOp):
    """One step of a long short-term memory: the formula of `LstmOp`."""

    def forward(self, x: Array, h_prev: Array, c_prev: Array) -> tuple[Array, Array]:
        """x (N, D), and h and c (N, H) of the step before: the new h and c."""
        hs, (_, c_next) = self.run_steps(x[None], [like_params(h_prev, self), like_params(c_prev, self)])
        return hs[0], c_next

    def backward(self, dh_next: Array, dc_next: Any) -> tuple[Array, Array, Array]:
        """dx and the gradients of h_prev and c_prev. At the last step `dc_next` may be the number 0."""
        zeros = np.zeros_like(dh_next)
        dxs, (dh_prev, dc_prev) = self.back_steps(dh_next[None], [zeros, zeros + dc_next])
        return dxs[0], dh_prev, dc_prev


# ---- sequences ----------------------------------------------------------------------------------------------------------------------


class TimeRecurrent(Recurrent):
    """A whole sequence: xs (N, T, D) -> hs (N, T, H).

    With `stateful` a sequence goes on where the one before ended, and the gradient stops there (truncated backpropagation through time);
    otherwise each starts from zeros. `set_state` gives a start, `reset_state` forgets. After `forward`, `h` (and an LSTM's `c`) is the last state
    (N, H); after `backward`, `dh` (and `dc`) is the gradient of the state the sequence started from.
    """

    def __init__(self, Wx: Array, Wh: Array, b: Array, stateful: bool = False) -> None:
        super().__init__(Wx, Wh, b)
        self.stateful = stateful
        self.h: Any = None
        self.dh: Any = None

    def start(self, n: int) -> list[Array]:
        """The states a sequence of a batch of n starts from."""
        if not self.stateful or self.h is None:
            self.h = self.zero_state(n)
        return [like_params(self.h, self)]

    def forward(self, xs: Array) -> Array:
        hs, last = self.run_steps(np.swapaxes(xs, 0, 1), self.start(len(xs)))
        self.keep(last)
        return np.swapaxes(hs, 0, 1)

    def backward(self, dhs: Array) -> Array:
        dlast = [np.zeros_like(state) for state in self.states()]
        dxs, dfirst = self.back_steps(np.swapaxes(dhs, 0, 1), dlast)
        self.keep_gradients(dfirst)
        return np.swapaxes(dxs, 0, 1)

    def states(self) -> list[Array]:
        return [self.h]

    def keep(self, states: list[Array]) -> None:
        (self.h,) = states

    def keep_gradients(self, grads: list[Array]) -> None:
        (self.dh,) = grads

    def set_state(self, h: Array) -> None:
        """Start the next sequence from `h` (N, H), if `stateful`."""
        self.h = h

    def reset_state(self) -> None:
        """Start the next sequence from zeros."""
        self.h = None


class TimeRNN(TimeRecurrent, ElmanOp):
    """A plain recurrent layer: h_t = tanh(x_t Wx + h_{t-1} Wh + b). What it takes and keeps: `TimeRecurrent`."""


class TimeGRU(TimeRecurrent, GruOp):
    """Gated recurrent units: the formula of `GruOp`. What it takes and keeps: `TimeRecurrent`."""


class TimeLSTM(TimeRecurrent, LstmOp):
    """Long short-term memory: the formula of `LstmOp`. What it takes and keeps: `TimeRecurrent`."""

    def __init__(self, Wx: Array, Wh: Array, b: Array, stateful: bool = False) -> None:
        super().__init__(Wx, Wh, b, stateful)
        self.c: Any = None
        self.dc: Any = None

    def start(self, n: int) -> list[Array]:
        if not self.stateful or self.c is None:
            self.c = self.zero_state(n)
        return [*super().start(n), like_params(self.c, self)]

    def states(self) -> list[Array]:
        return [self.h, self.c]

    def keep(self, states: list[Array]) -> None:
        self.h, self.c = states

    def keep_gradients(self, grads: list[Array]) -> None:
        self.dh, self.dc = grads

    def set_state(self, h: Array, c: Array | None = None) -> None:
        """Start the next sequence from `h` and `c` (N, H), if `stateful`; without `c` it starts with zeros there."""
        self.h, self.c = h, c

    def reset_state(self) -> None:
        self.h = self.c = None


class TimeBiLSTM(Layer):
    """Two LSTMs, one of which reads the sequence backwards: xs (N, T, D) -> (N, T, 2H), the halves side by side.

    Wx1, Wh1 and b1 belong to the one that reads forwards, Wx2, Wh2 and b2 to the other.
    """

    def __init__(self, Wx1: Array, Wh1: Array, b1: Array, Wx2: Array, Wh2: Array, b2: Array, stateful: bool = False) -> None:
        super().__init__()
        self.forward_lstm = TimeLSTM(Wx1, Wh1, b1, stateful)
        self.backward_lstm = TimeLSTM(Wx2, Wh2, b2, stateful)
        self.params = self.forward_lstm.params + self.backward_lstm.params
        self.grads = self.forward_lstm.grads + self.backward_lstm.grads

    def forward(self, xs: Array) -> Array:
        return np.concatenate((self.forward_lstm.forward(xs), self.backward_lstm.forward(xs[:, ::-1])[:, ::-1]), axis=2)

    def backward(self, dhs: Array) -> Array:
        H = dhs.shape[2] // 2
        return self.forward_lstm.backward(dhs[:, :, :H]) + self.backward_lstm.backward(dhs[:, ::-1, H:])[:, ::-1]

    def reset_state(self) -> None:
        """Start the next sequences from zeros."""
        self.forward_lstm.reset_state()
        self.backward_lstm.reset_state()


# ---- every step by itself -----------------------------------------------------------------------------------------------------------


class TimeEmbedding(Embedding):
    """The rows of W (V, D) that xs (N, T) numbers: (N, T, D)."""


class TimeAffine(Affine):
    """x W + b at every step: xs (N, T, D), W (D, H), b (H) -> (N, T, H)."""

    def forward(self, x: Array) -> Array:
        self.shape = x.shape
        return super().forward(x.reshape(-1, x.shape[-1])).reshape(*x.shape[:-1], -1)

    def backward(self, dout: Array) -> Array:
        return super().backward(dout.reshape(-1, dout.shape[-1])).reshape(self.shape)


class TimeSoftmaxWithLoss(SoftmaxWithLoss):
    """-ln softmax(xs[n, t])[ts[n, t]], averaged over all n and t whose class is not `ignore_label`, -1.

    xs (N, T, V) are scores; ts holds class numbers (N, T), or one-hot rows (N, T, V).
    """

    ignore_label = -1


class TimeSigmoidWithLoss(SigmoidWithLoss):
    """`SigmoidWithLoss` of xs (N, T) and ts (N, T), averaged over both."""


class TimeDropout(Layer):
    """Each element set to 0 with probability `dropout_ratio`, the others divided by 1 - `dropout_ratio`; nothing if not `train_flg`."""

    def __init__(self, dropout_ratio: float = 0.5) -> None:
        super().__init__()
        self.dropout_ratio = dropout_ratio
        self.train_flg = True

    def forward(self, xs: Array) -> Array:
        if not self.train_flg:
            return xs
        mask = np.random.rand(*xs.shape) > self.dropout_ratio
        return self.run(F.dropout_with_mask, xs, mask, p=self.dropout_ratio)

    def backward(self, dout: Array) -> Array:
        return self.back(F.dropout_with_mask, dout)[0] if self.train_flg else dout
