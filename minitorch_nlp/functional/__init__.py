"""Every op: one forward and one hand-written backward on plain arrays, and its record.

The names are grouped by family, one file each; a family's file is the place to read formulas and derivations.
"""

from ._domain import Bool, Distinct, Draw, Index, Real, each
from ._op import Op, unbroadcast
from .activation import (
    elu,
    gelu,
    glu,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    tanh,
)  # fmt: skip
from .arithmetic import add, div, maximum, minimum, mul, neg, pow, sub, where
from .arrangement import diagonal, flip, pad, repeat, roll, tril, triu
from .attention import scaled_dot_product_attention
from .dropout import dropout_with_mask
from .elementwise import abs, astype, clamp, clone, cos, exp, log, overwrite, rsqrt, sin, sqrt, to_device
from .embedding import embedding, scatter_rows
from .extremum import amax, amin, argmax, argmin, max_all, max_dim, min_all, min_dim
from .getitem import getitem, index_put, scatter_index
from .indexing import gather, index_add, index_select, masked_fill, masked_select, scatter, scatter_add, take_along_dim
from .loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)  # fmt: skip
from .matmul import addmm, baddbmm, bmm, einsum, linear, matmul, outer
from .movement import cat, expand, permute, reshape, split, spread, squeeze, stack, transpose, unbind, unsqueeze
from .normalization import layer_norm, rms_norm
from .recurrent import gru_layer, lstm_layer, rnn_layer
from .reduction import logsumexp, mean, norm, prod, std, sum, var
from .rounding import ceil, floor, fmod, remainder, round, sign, trunc
from .scan import cumprod, cumsum
from .softmax import log_softmax, softmax
from .special import erf

__all__ = [
    "Bool", "Distinct", "Draw", "Index", "Op", "Real", "abs", "add", "addmm", "amax", "amin", "argmax", "argmin", "astype", "baddbmm",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "bmm", "cat", "ceil", "clamp", "clone", "cos", "cross_entropy", "cumprod",
    "cumsum", "diagonal", "div", "dropout_with_mask", "each", "einsum", "elu", "embedding", "erf", "exp", "expand", "flip", "floor",
    "fmod", "gather", "gelu", "getitem", "glu", "gru_layer", "hardtanh", "huber_loss", "index_add", "index_put", "index_select", "kl_div",
    "l1_loss", "layer_norm", "leaky_relu", "linear", "log", "log_softmax", "logsigmoid", "logsumexp", "lstm_layer", "masked_fill",
    "masked_select", "matmul", "max_all", "max_dim", "maximum", "mean", "min_all", "min_dim", "minimum", "mish", "mse_loss", "mul", "neg",
    "nll_loss", "norm", "outer", "overwrite", "pad", "permute", "pow", "prod", "relu", "relu6", "remainder", "repeat", "reshape",
    "rms_norm", "rnn_layer", "roll", "round", "rsqrt", "scaled_dot_product_attention", "scatter", "scatter_add", "scatter_index",
    "scatter_rows", "selu", "sigmoid", "sign", "silu", "sin", "smooth_l1_loss", "softmax", "softplus", "softsign", "split", "spread",
    "sqrt", "squeeze", "stack", "std", "sub", "sum", "take_along_dim", "tanh", "to_device", "transpose", "tril", "triu", "trunc",
    "unbind", "unbroadcast", "unsqueeze", "var", "where",
]  # fmt: skip
