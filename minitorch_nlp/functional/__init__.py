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
from .arrangement import diag_embed, diagonal, flip, pad, repeat, roll, tril, triu
from .attention import scaled_dot_product_attention
from .ctc import ctc_loss
from .determinant import det, matrix_exp, slogdet
from .averaging import adaptive_avg_pool, avg_pool
from .channel_norm import batch_norm, batch_norm_with_moments, group_norm
from .convolution import conv_transpose, conv_weight, convolution
from .dropout import dropout_with_mask
from .elementwise import abs, astype, clamp, clone, cos, exp, log, nan_to_num, overwrite, reciprocal, rsqrt, sin, sqrt, to_device
from .embedding import embedding, scatter_rows
from .embedding_bag import embedding_bag
from .exponential import exp2, expm1, frexp, log1p, log2, log10, logaddexp, logaddexp2, logit, xlogy
from .extremum import amax, amin, aminmax, argmax, argmin, max_all, max_dim, min_all, min_dim
from .factorization import cholesky, lu_factor, qr
from .geometry import cdist, cross
from .folding import add_windows, sliding_windows
from .getitem import getitem, index_put, scatter_index
from .indexing import gather, index_add, index_select, masked_fill, masked_select, scatter, scatter_add, take_along_dim
from .interpolation import upsample
from .likelihood_loss import gaussian_nll_loss, poisson_nll_loss
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
from .margin_loss import (
    cosine_embedding_loss, hinge_embedding_loss, margin_ranking_loss, multi_margin_loss, multilabel_margin_loss, soft_margin_loss,
)  # fmt: skip
from .matmul import addmm, baddbmm, bmm, einsum, linear, matmul, outer
from .movement import cat, expand, permute, reshape, split, spread, squeeze, stack, transpose, unbind, unsqueeze
from .normalization import layer_norm, rms_norm, weight_norm
from .order import kthvalue, median_all, median_dim, mode, nanmedian_all, nanmedian_dim, sort, topk
from .packing import pack_padded, pad_packed
from .pairs import addcdiv, addcmul, copysign, fmax, fmin, heaviside, hypot, ldexp, lerp, nextafter
from .pooling import adaptive_max_pool, max_pool, max_unpool
from .recurrent import gru_layer, lstm_layer, rnn_layer
from .reduction import logsumexp, mean, nansum, norm, prod, std, sum, var
from .replacing import diagonal_scatter, select_scatter, slice_scatter
from .rotary import rotary
from .rounding import angle, ceil, div_rounded, floor, floor_divide, fmod, frac, remainder, round, sign, trunc
from .scan import cummax, cummin, cumprod, cumsum, logcumsumexp
from .scattering import index_reduce, masked_scatter, put, scatter_reduce, take
from .shrinking import celu, hardshrink, hardsigmoid, hardswish, prelu, rrelu_with_noise, softshrink, tanhshrink, threshold
from .softmax import log_softmax, softmax
from .special import entr, erf, erfc, erfcx, erfinv, log_ndtr, ndtr, ndtri, xlog1py
from .special_bessel import (
    airy_ai, bessel_j0, bessel_j1, bessel_y0, bessel_y1, i0, i0e, i1, i1e, modified_bessel_i0, modified_bessel_i1, modified_bessel_k0,
    modified_bessel_k1, scaled_modified_bessel_k0, scaled_modified_bessel_k1, spherical_bessel_j0,
)  # fmt: skip
from .special_gamma import digamma, igamma, igammac, lgamma, mvlgamma, polygamma, zeta
from .special_polynomials import (
    chebyshev_polynomial_t, chebyshev_polynomial_u, chebyshev_polynomial_v, chebyshev_polynomial_w, hermite_polynomial_h,
    hermite_polynomial_he, laguerre_polynomial_l, legendre_polynomial_p, shifted_chebyshev_polynomial_t, shifted_chebyshev_polynomial_u,
    shifted_chebyshev_polynomial_v, shifted_chebyshev_polynomial_w,
)  # fmt: skip
from .strided import as_strided, unfold
from .trigonometric import acos, acosh, asin, asinh, atan, atan2, atanh, cosh, deg2rad, rad2deg, sinc, sinh, tan
from .spectral import eigh, eigvalsh, svd, svdvals
from .solving import inv, pinv, solve, solve_triangular

__all__ = [
    "Bool", "Distinct", "Draw", "Index", "Op", "Real", "abs", "acos", "acosh", "add", "addcdiv", "addcmul", "addmm", "airy_ai", "amax",
    "amin", "aminmax", "angle", "argmax", "argmin", "as_strided", "asin", "asinh", "astype", "atan", "atan2", "atanh", "baddbmm",
    "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "binary_cross_entropy", "binary_cross_entropy_with_logits", "bmm", "cat", "ceil",
    "celu", "chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w", "clamp", "clone",
    "copysign", "cos", "cosh", "cross_entropy", "cummax", "cummin", "cumprod", "cumsum", "deg2rad", "diag_embed", "diagonal",
    "diagonal_scatter", "digamma", "div", "div_rounded", "dropout_with_mask", "each", "einsum", "elu", "embedding", "embedding_bag", "entr",
    "erf", "erfc",
    "erfcx", "erfinv", "exp", "exp2", "expand", "expm1", "flip", "floor", "floor_divide", "fmax", "fmin", "fmod", "frac", "frexp",
    "gather", "gelu", "getitem", "glu", "gru_layer", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "heaviside",
    "hermite_polynomial_h", "hermite_polynomial_he", "huber_loss", "hypot", "i0", "i0e", "i1", "i1e", "igamma", "igammac", "index_add",
    "index_put", "index_reduce", "index_select", "kl_div", "kthvalue", "l1_loss", "laguerre_polynomial_l", "layer_norm", "ldexp",
    "leaky_relu", "legendre_polynomial_p", "lerp", "lgamma", "linear", "log", "log10", "log1p", "log2", "log_ndtr", "log_softmax",
    "logaddexp", "logaddexp2", "logcumsumexp", "logit", "logsigmoid", "logsumexp", "lstm_layer", "masked_fill", "masked_scatter",
    "masked_select", "matmul", "max_all", "max_dim", "maximum", "mean", "median_all", "median_dim", "min_all", "min_dim", "minimum",
    "mish", "mode", "modified_bessel_i0", "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "mse_loss", "mul", "mvlgamma",
    "nan_to_num", "nanmedian_all", "nanmedian_dim", "nansum", "ndtr", "ndtri", "neg", "nextafter", "nll_loss", "norm", "outer",
    "overwrite", "pack_padded", "pad", "pad_packed",
    "permute", "polygamma", "pow", "prelu", "prod", "put", "rad2deg", "reciprocal", "relu", "relu6", "remainder",
    "repeat", "reshape", "rms_norm", "rnn_layer", "roll", "rotary", "round", "rsqrt", "scaled_dot_product_attention", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "scatter", "scatter_add", "scatter_index", "scatter_reduce", "scatter_rows", "select_scatter", "selu",
    "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w", "sigmoid", "sign", "silu", "sin", "sinc", "sinh", "slice_scatter", "smooth_l1_loss", "softmax",
    "softplus", "softshrink", "softsign", "sort", "spherical_bessel_j0", "split", "spread", "sqrt", "squeeze", "stack", "std", "sub",
    "sum", "take", "take_along_dim", "tan", "tanh", "tanhshrink", "threshold", "to_device", "topk", "transpose", "tril", "triu", "trunc",
    "unbind", "unbroadcast", "unfold", "unsqueeze", "var", "where", "xlog1py", "xlogy", "zeta",
    "cdist", "cholesky", "cross", "det", "eigh", "eigvalsh", "inv", "lu_factor", "matrix_exp", "pinv", "qr", "slogdet", "solve",
    "solve_triangular", "svd", "svdvals",
    "adaptive_avg_pool", "adaptive_max_pool", "add_windows", "avg_pool", "conv_transpose", "conv_weight", "convolution", "max_pool", "max_unpool",
    "sliding_windows", "upsample",
    "cosine_embedding_loss", "ctc_loss", "gaussian_nll_loss", "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss",
    "multilabel_margin_loss", "poisson_nll_loss", "rrelu_with_noise", "soft_margin_loss",
    "batch_norm", "batch_norm_with_moments", "group_norm", "weight_norm",
]  # fmt: skip
