"""Attention of a decoder to the states of an encoder (Luong, Pham and Manning 2015, with the inner product as score)."""

from __future__ import annotations

from .. import functional as F
from ..backend import Array
from ._layer import Layer
from .layers import Softmax
from .np import np

__all__ = ["Attention", "AttentionWeight", "TimeAttention", "WeightSum"]


class WeightSum(Layer):
    """sum_t a_t hs_t: hs (N, T, H), a (N, T) -> (N, H)."""

    def forward(self, hs: Array, a: Array) -> Array:
        return self.run(F.einsum, hs, a, equation="nth,nt->nh")

    def backward(self, dc: Array) -> tuple[Array, Array]:
        """The gradients of hs and a."""
        dhs, da = self.back(F.einsum, dc)
        return dhs, da


class AttentionWeight(Layer):
    """a = softmax over t of hs_t . h: hs (N, T, H), h (N, H) -> (N, T)."""

    def __init__(self) -> None:
        super().__init__()
        self.softmax = Softmax()

    def forward(self, hs: Array, h: Array) -> Array:
        return self.softmax.forward(self.run(F.einsum, hs, h, equation="nth,nh->nt"))

    def backward(self, da: Array) -> tuple[Array, Array]:
        """The gradients of hs and h."""
        dhs, dh = self.back(F.einsum, self.softmax.backward(da))
        return dhs, dh


class Attention(Layer):
    """sum_t a_t hs_t with a = softmax over t of hs_t . h: hs (N, T, H), h (N, H) -> (N, H). `attention_weight` is a (N, T)."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_weight_layer = AttentionWeight()
        self.weight_sum_layer = WeightSum()
        self.attention_weight: Array = None

    def forward(self, hs: Array, h: Array) -> Array:
        self.attention_weight = self.attention_weight_layer.forward(hs, h)
        return self.weight_sum_layer.forward(hs, self.attention_weight)

    def backward(self, dout: Array) -> tuple[Array, Array]:
        """The gradients of hs and h."""
        dhs, da = self.weight_sum_layer.backward(dout)
        dhs_of_score, dh = self.attention_weight_layer.backward(da)
        return dhs + dhs_of_score, dh


class TimeAttention(Layer):
    """`Attention` of every step of a decoder, hs_dec (N, L, H), to all of an encoder, hs_enc (N, T, H): (N, L, H), in one op."""

    def forward(self, hs_enc: Array, hs_dec: Array) -> Array:
        return self.run(F.scaled_dot_product_attention, hs_dec, hs_enc, hs_enc, scale=1.0)

    def backward(self, dout: Array) -> tuple[Array, Array]:
        """The gradients of hs_enc and hs_dec."""
        dhs_dec, dkey, dvalue, *_ = self.back(F.scaled_dot_product_attention, dout)
        return dkey + dvalue, dhs_dec

    @property
    def attention_weights(self) -> list[Array]:
        """For each of the L steps of the decoder, the weights (N, T) of the last `forward`."""
        hs_dec, hs_enc, *_ = self.saved
        return list(np.swapaxes(F.softmax(hs_dec @ np.swapaxes(hs_enc, 1, 2), dim=-1), 0, 1))
