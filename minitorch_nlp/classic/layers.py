"""Layers for a batch of vectors: x (N, D), one row per example."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..backend import Array
from ..functional import Op
from ._layer import Layer, like_params
from .functions import cross_entropy_error, labels, softmax
from .negative_sampling_layer import EmbeddingDot, NegativeSamplingLoss, UnigramSampler
from .np import GPU, np

# `np`, `GPU` and the functions are there too: scripts that say `from common.layers import *` use them.
__all__ = [
    "Affine", "Dropout", "Embedding", "EmbeddingDot", "GPU", "MatMul", "NegativeSamplingLoss", "Relu", "Repeat", "Sigmoid",
    "SigmoidWithLoss", "Softmax", "SoftmaxWithLoss", "Sum", "Tanh", "UnigramSampler", "cross_entropy_error", "np", "softmax",
]  # fmt: skip


# ---- layers with parameters ---------------------------------------------------------------------------------------------------------


class MatMul(Layer):
    """x W: (..., D), W (D, H) -> (..., H)."""

    def __init__(self, W: Array) -> None:
        super().__init__(W)

    def forward(self, x: Array) -> Array:
        return self.run(F.matmul, like_params(x, self), *self.params)

    def backward(self, dout: Array) -> Array:
        dx, dW = self.back(F.matmul, dout)
        self.write(dW)
        return dx


class Affine(Layer):
    """x W + b: (N, D), W (D, H), b (H) -> (N, H)."""

    def __init__(self, W: Array, b: Array) -> None:
        super().__init__(W, b)

    def forward(self, x: Array) -> Array:
        W, b = self.params
        return self.run(F.addmm, b, like_params(x, self), W)

    def backward(self, dout: Array) -> Array:
        db, dx, dW = self.back(F.addmm, dout)
        self.write(dW, F.unbroadcast(db, self.params[1].shape))
        return dx


class Embedding(Layer):
    """The rows of W (V, D) that `idx` (N,) numbers: (N, D)."""

    def __init__(self, W: Array) -> None:
        super().__init__(W)

    def forward(self, idx: Array) -> Array:
        return self.run(F.embedding, idx, *self.params)

    def backward(self, dout: Array) -> None:
        """Row numbers have no gradient: None."""
        _, dW = self.back(F.embedding, dout)
        self.write(dW)


# ---- functions of the input alone ---------------------------------------------------------------------------------------------------


class Function(Layer):
    """A layer without parameters that is one op of one array."""

    op: Op
    options: dict[str, Any] = {}

    def forward(self, x: Array) -> Array:
        return self.run(type(self).op, x, **self.options)

    def backward(self, dout: Array) -> Array:
        return self.back(type(self).op, dout)[0]


class Sigmoid(Function):
    """1 / (1 + e^-x)."""

    op = F.sigmoid


class Relu(Function):
    """max(x, 0)."""

    op = F.relu


class Tanh(Function):
    """tanh(x)."""

    op = F.tanh


class Softmax(Function):
    """exp(x_i) / sum_k exp(x_k) in each row."""

    op = F.softmax
    options = {"dim": -1}


class Repeat(Function):
    """N copies of a row: (1, D) -> (N, D). Backward adds up their gradients, as `Sum` does forward."""

    op = F.repeat

    def __init__(self, N: int) -> None:
        super().__init__()
        self.options = {"repeats": (N, 1)}


class Sum(Function):
    """The sum of N rows: (N, D) -> (1, D). Backward gives each the same gradient, as `Repeat` does forward."""

    op = F.sum
    options = {"dim": 0, "keepdim": True}


class Dropout(Layer):
    """x with each element set to 0 with probability `dropout_ratio`; in evaluation, x times 1 - `dropout_ratio`.

    Training does not scale up what is left, as `nn.Dropout` and `TimeDropout` do; evaluation scales down instead.
    """

    def __init__(self, dropout_ratio: float = 0.5) -> None:
        super().__init__()
        self.dropout_ratio = dropout_ratio

    def forward(self, x: Array, train_flg: bool = True) -> Array:
        self.mask = np.random.rand(*x.shape) > self.dropout_ratio if train_flg else 1 - self.dropout_ratio
        return self.run(F.mul, x, np.asarray(self.mask, x.dtype))

    def backward(self, dout: Array) -> Array:
        return self.back(F.mul, dout)[0]


# ---- losses -------------------------------------------------------------------------------------------------------------------------


class SoftmaxWithLoss(Layer):
    """-ln softmax(x_i)[t_i], averaged over the rows i of the scores x (N, C): a number.

    `t` holds class numbers (N,), or one-hot rows (N, C). After `forward`, `t` is the class numbers and `y` the probabilities (N, C).
    """

    ignore_label = -100

    def forward(self, x: Array, t: Array) -> float:
        self.x, self.t = x, labels(t, x.shape)
        return self.run(F.cross_entropy, x.reshape(-1, x.shape[-1]), self.t, ignore_index=self.ignore_label)

    def backward(self, dout: float = 1) -> Array:
        return self.back(F.cross_entropy, dout)[0].reshape(self.x.shape)

    @property
    def y(self) -> Array:
        return softmax(self.x)


class SigmoidWithLoss(Layer):
    """-t ln s - (1 - t) ln(1 - s), s = sigmoid(x), averaged over all elements: a number. t has the shape of x; it is 0 or 1."""

    def forward(self, x: Array, t: Array) -> float:
        return self.run(F.binary_cross_entropy_with_logits, x, t.astype(x.dtype))

    def backward(self, dout: float = 1) -> Array:
        return self.back(F.binary_cross_entropy_with_logits, dout)[0]
