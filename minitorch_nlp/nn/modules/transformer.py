"""The encoder-decoder Transformer (Vaswani et al., 2017) in its parts."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

from ...autograd.mode import state
from ...tensor import creation
from .. import functional as F
from .. import init
from .._attention import canonical_mask
from .activation import GELU, MultiheadAttention, ReLU
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

__all__ = ["Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer"]


def activation_function(activation: str | Callable[[Any], Any]) -> Callable[[Any], Any]:
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    return F.relu if activation == "relu" else F.gelu


def square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Any:
    """(sz, sz): 0 on and below the diagonal, -inf above: position i may attend to positions up to i."""
    return creation.full((sz, sz), float("-inf"), device=device, dtype=dtype).triu(1)


class TransformerLayer(Module):
    """What encoder and decoder layers share: attention and feed-forward blocks, each with a residual connection and a LayerNorm."""

    self_attn: MultiheadAttention
    norm_first: bool
    activation: Callable[[Any], Any]

    def residual(self, x: Any, norm: Module, block: Callable[[Any], Any]) -> Any:
        """norm(x + block(x)), or with `norm_first` x + block(norm(x))."""
        return x + block(norm(x)) if self.norm_first else norm(x + block(x))

    def _sa_block(self, x: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
        """Attention of the sequence to itself."""
        x, _ = self.self_attn(x, x, x, attn_mask=attn_mask, key_padding_mask=key_padding_mask, is_causal=is_causal, need_weights=False)
        return self.dropout1(x)

    def feed_forward(self, x: Any) -> Any:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(TransformerLayer):
    """Self-attention, then a feed-forward network, each followed by dropout, added to its input and normalised.

    Args:
        d_model: features of the sequence, E.
        nhead: attention heads.
        dim_feedforward: features inside the feed-forward network.
        dropout: probability of dropout.
        activation: "relu", "gelu" or a function.
        layer_norm_eps: eps of the LayerNorms.
        batch_first: sequences are (N, L, E) instead of (L, N, E).
        norm_first: normalise before each block instead of after.
        bias: whether linear layers and norms have one.

    >>> import minitorch_nlp as torch
    >>> layer = torch.nn.TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16)
    >>> layer(torch.randn(10, 3, 8)).shape
    torch.Size([10, 3, 8])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.norm_first = norm_first
        where = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first, **where)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **where)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **where)
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = activation_function(activation)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """(L, N, E) -> (L, N, E); masks as in `MultiheadAttention`."""
        src_key_padding_mask = canonical_mask(src_key_padding_mask, "src_key_padding_mask", src.dtype, src_mask, "src_mask")
        src_mask = canonical_mask(src_mask, "src_mask", src.dtype)
        x = self.residual(src, self.norm1, lambda x: self._sa_block(x, src_mask, src_key_padding_mask, is_causal))
        return self.residual(x, self.norm2, self._ff_block)

    def _ff_block(self, x: Any) -> Any:
        return self.dropout2(self.feed_forward(x))


class TransformerDecoderLayer(TransformerLayer):
    """Self-attention, attention to the encoder's output (`memory`), then a feed-forward network.

    The arguments are those of `TransformerEncoderLayer`.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.norm_first = norm_first
        where = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first, **where)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout=dropout, bias=bias, batch_first=batch_first, **where)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **where)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **where)
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = activation_function(activation)

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """(T, N, E), memory (S, N, E) -> (T, N, E); masks as in `MultiheadAttention`."""
        x = self.residual(tgt, self.norm1, lambda x: self._sa_block(x, tgt_mask, tgt_key_padding_mask, tgt_is_causal))
        x = self.residual(x, self.norm2, lambda x: self._mha_block(x, memory, memory_mask, memory_key_padding_mask, memory_is_causal))
        return self.residual(x, self.norm3, self._ff_block)

    def _mha_block(self, x: Any, mem: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
        """Attention of the sequence to the memory."""
        x, _ = self.multihead_attn(
            x, mem, mem, attn_mask=attn_mask, key_padding_mask=key_padding_mask, is_causal=is_causal, need_weights=False
        )
        return self.dropout2(x)

    def _ff_block(self, x: Any) -> Any:
        return self.dropout3(self.feed_forward(x))


def clones(layer: Module, n: int) -> ModuleList:
    """`n` copies of a layer, with equal weights of their own."""
    return ModuleList([copy.deepcopy(layer) for _ in range(n)])


def why_not_nested(layer: Module) -> str | None:
    """Why torch would not leave out padded positions in such layers; None if it would."""
    if not isinstance(layer, TransformerEncoderLayer):
        return "encoder_layer is no TransformerEncoderLayer"
    attention = layer.self_attn
    plain_activation = layer.activation in (F.relu, F.gelu) or isinstance(layer.activation, (ReLU, GELU))
    obstacles = {
        "encoder_layer.norm_first is True": layer.norm_first,
        "encoder_layer.self_attn.batch_first is not True": not attention.batch_first,
        "encoder_layer.self_attn has no bias": attention.in_proj_bias is None,
        "encoder_layer.activation is neither relu nor gelu": not plain_activation,
        "encoder_layer.norm1.eps and encoder_layer.norm2.eps differ": layer.norm1.eps != layer.norm2.eps,
        "encoder_layer.self_attn.num_heads is odd": attention.num_heads % 2 == 1,
    }
    return next((text for text, holds in obstacles.items() if holds), None)


class TransformerEncoder(Module):
    """A stack of encoder layers, all copies of one, and a norm at the end if given.

    With `enable_nested_tensor`, padded positions come out of the layers as zeros where torch leaves them out of the computation: in eval
    mode, without gradients, for `batch_first` layers with nothing masked but padding at the end. `mask_check` False says that the padding
    is there without looking.
    """

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None, enable_nested_tensor: bool = True, mask_check: bool = True
    ) -> None:
        super().__init__()
        self.layers = clones(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        obstacle = why_not_nested(encoder_layer) if enable_nested_tensor else None
        if obstacle:
            warnings.warn(f"enable_nested_tensor is True, but padding is computed like the rest: {obstacle}", stacklevel=2)
        self.use_nested_tensor = enable_nested_tensor and not obstacle
        self.mask_check = mask_check

    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None) -> Any:
        """(S, N, E) -> (S, N, E)."""
        src_key_padding_mask = canonical_mask(src_key_padding_mask, "src_key_padding_mask", src.dtype, mask, "mask")
        mask = canonical_mask(mask, "mask", src.dtype)
        y = src
        for layer in self.layers:
            y = layer(y, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=bool(is_causal))
        if src_key_padding_mask is not None and mask is None and self.leaves_out_padding(src, src_key_padding_mask):
            y = y.masked_fill((src_key_padding_mask != 0).unsqueeze(-1), 0.0)
        return y if self.norm is None else self.norm(y)

    def leaves_out_padding(self, src: Any, padding: Any) -> bool:
        """Whether torch would compute without the padded positions, and give zeros there."""
        layer = self.layers[0]
        if not self.use_nested_tensor or src.dim() != 3 or layer.training:
            return False
        if state.enabled and (src.requires_grad or any(p.requires_grad for p in layer.parameters())):
            return False
        padded = padding.array != 0
        return not self.mask_check or not (padded[:, :-1] & ~padded[:, 1:]).any()  # padding is at the end only


class TransformerDecoder(Module):
    """A stack of decoder layers, all copies of one, and a norm at the end if given."""

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = clones(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """(T, N, E), memory (S, N, E) -> (T, N, E)."""
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=bool(tgt_is_causal),
                memory_is_causal=memory_is_causal,
            )
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder, a decoder, and weights drawn by Xavier's rule. Embeddings and the output layer are the user's.

    >>> import minitorch_nlp as torch
    >>> model = torch.nn.Transformer(8, 2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=16, batch_first=True)
    >>> model(torch.randn(3, 10, 8), torch.randn(3, 7, 8)).shape
    torch.Size([3, 7, 8])
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Any], Any] = F.relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        where = {"device": device, "dtype": dtype}
        sizes = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)

        if custom_encoder is None:
            custom_encoder = TransformerEncoder(TransformerEncoderLayer(*sizes), num_encoder_layers, norm())
        if custom_decoder is None:
            custom_decoder = TransformerDecoder(TransformerDecoderLayer(*sizes), num_decoder_layers, norm())
        self.encoder = custom_encoder
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        for p in self.parameters():
            if p.dim() > 1:
                init.xavier_uniform_(p)

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """src (S, N, E), tgt (T, N, E) -> (T, N, E); with `batch_first` N comes first; N may be missing."""
        batch = 0 if self.batch_first else 1
        if src.dim() != tgt.dim() or (src.dim() == 3 and src.shape[batch] != tgt.shape[batch]):
            raise RuntimeError(f"the batch number of src and tgt must be equal: src is {tuple(src.shape)}, tgt {tuple(tgt.shape)}")
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            sizes = f"{src.shape[-1]}, {tgt.shape[-1]}, {self.d_model}"
            raise RuntimeError(f"the feature number of src and tgt must be equal to d_model: {sizes}")
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Any:
        """(sz, sz): 0 on and below the diagonal, -inf above: position i may attend to positions up to i.

        >>> import minitorch_nlp as torch
        >>> torch.nn.Transformer.generate_square_subsequent_mask(2)
        tensor([[0., -inf],
                [0., 0.]])
        """
        return square_subsequent_mask(sz, device, dtype)
