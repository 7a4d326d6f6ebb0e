"""PyTorch's world on plain NumPy, for NLP: ``import minitorch_nlp as torch``.

Every name here has torch's meaning. Where to read: an op's formula and gradient in `functional`, the tape in `autograd`, modules in `nn`.
"""

from __future__ import annotations

from math import e, inf, nan, pi
from typing import Any

from . import startup  # isort: split

from . import amp, autograd, backend, compiler, cpu, cuda, func, linalg, nn, optim, random, serialization, special, utils
from .amp import GradScaler, autocast
from .amp.autocast_mode import (
    autocast_decrement_nesting, autocast_increment_nesting, clear_autocast_cache, get_autocast_cpu_dtype, get_autocast_dtype,
    get_autocast_gpu_dtype, is_autocast_cache_enabled, is_autocast_cpu_enabled, is_autocast_enabled, set_autocast_cache_enabled,
    set_autocast_cpu_dtype, set_autocast_cpu_enabled, set_autocast_dtype, set_autocast_enabled, set_autocast_gpu_dtype,
)  # fmt: skip
from .autograd.anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled, set_anomaly_enabled
from .autograd.mode import enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled
from .compiler import compile
from .func import vmap
from .functional import (
    abs, acos, acosh, addmm, angle, asin, asinh, atan, atan2, atanh, baddbmm, bmm, ceil, celu, copysign, cos, cosh, deg2rad, diag_embed,
    diagonal, digamma, erf, erfc, erfinv, exp, exp2, expm1, floor, floor_divide, fmax, fmin, fmod, frac, hardshrink, heaviside, hypot, i0, igamma,
    igammac, ldexp, lerp, lgamma, log, log10, log1p, log2, log_softmax, logaddexp, logaddexp2, logit, masked_fill, masked_select, matmul,
    maximum, minimum, mul, nan_to_num, neg, nextafter, outer, pow, prelu, rad2deg, reciprocal, relu, remainder, roll, round, rsqrt, selu,
    sigmoid, sign, sin, sinc, sinh, softmax, sqrt, tan, tanh, threshold, tril, triu, trunc, xlogy,
)  # fmt: skip
from .nn.functional import (
    adaptive_avg_pool1d, avg_pool1d, bilinear, channel_shuffle, conv1d, conv2d, conv3d, conv_tbc, conv_transpose1d, conv_transpose2d,
    conv_transpose3d, cosine_similarity, max_pool1d, max_pool1d_with_indices, max_pool2d, max_pool3d, native_channel_shuffle,
    pairwise_distance, pixel_shuffle, pixel_unshuffle, rms_norm,
)  # fmt: skip
from .missing import explains_missing
from .nn._native import (
    alpha_dropout, alpha_dropout_, binary_cross_entropy_with_logits, cosine_embedding_loss, ctc_loss, dropout, dropout_,
    feature_alpha_dropout, feature_alpha_dropout_, feature_dropout, feature_dropout_, hinge_embedding_loss, kl_div, margin_ranking_loss,
    poisson_nll_loss, rrelu, rrelu_, triplet_margin_loss,
)  # fmt: skip
from .nn._native_norm import batch_norm, group_norm, instance_norm, layer_norm, native_batch_norm, native_group_norm, native_layer_norm
from .nn._embedding import embedding_bag_of_weight as embedding_bag
from .nn._embedding import embedding_of_weight as embedding
from .nn._recurrent import gru, gru_cell, lstm, lstm_cell, rnn_relu, rnn_relu_cell, rnn_tanh, rnn_tanh_cell
from .nn._resampling import constant_pad_nd
from .nn.utils.weight_norm import norm_except_dim
from .nn.functional import adaptive_max_pool1d_with_indices as adaptive_max_pool1d
from .refused import (
    complex, dequantize, dsmm, empty_quantized, fake_quantize_per_channel_affine, fake_quantize_per_tensor_affine, hsmm, hspmm, int_repr,
    istft, polar, q_per_channel_axis, q_per_channel_scales, q_per_channel_zero_points, q_scale, q_zero_point, quantize_per_channel,
    quantize_per_tensor, quantize_per_tensor_dynamic, quantized_batch_norm, quantized_max_pool1d, quantized_max_pool2d,
    resize_as_sparse_, saddmm, smm, sparse_bsc_tensor, sparse_bsr_tensor, sparse_compressed_tensor, sparse_coo_tensor, sparse_csc_tensor,
    sparse_csr_tensor, spmm, sspaddmm, stft, view_as_complex, view_as_real,
)  # fmt: skip
from .serialization import load, save
from .settings import (
    are_deterministic_algorithms_enabled, compiled_with_cxx11_abi, get_deterministic_debug_mode, get_float32_matmul_precision,
    get_num_interop_threads, get_num_threads, is_deterministic_algorithms_warn_only_enabled, is_warn_always_enabled,
    set_deterministic_debug_mode, set_float32_matmul_precision, set_flush_denormal, set_num_interop_threads, set_num_threads,
    set_warn_always, sym_float, sym_int, sym_ite, sym_max, sym_min, sym_not, sym_sqrt, sym_sum, use_deterministic_algorithms,
)  # fmt: skip
from .tensor.bitwise import bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor
from .tensor.arranging import (
    diag, diagflat, diagonal_scatter, flip, fliplr, flipud, repeat_interleave, rot90, select_scatter, slice_scatter, tile,
)  # fmt: skip
from .tensor.comparing import (
    allclose, eq, equal, ge, gt, is_nonzero, isclose, isfinite, isin, isinf, isnan, isneginf, isposinf, isreal, le, logical_and,
    logical_not, logical_or, logical_xor, lt, ne, signbit,
)  # fmt: skip
from .tensor.conversion import clone, detach, is_complex, is_floating_point, is_tensor, numel
from .tensor.counting import argwhere, bincount, histc, histogram, histogramdd, nonzero, nonzero_static
from .tensor.copies import (
    alias_copy, as_strided_copy, detach_copy, diagonal_copy, expand_copy, narrow_copy, permute_copy, select_copy, slice_copy, split_copy,
    split_with_sizes_copy, squeeze_copy, t_copy, transpose_copy, unbind_copy, unfold_copy, unsqueeze_copy, view_copy,
)  # fmt: skip
from .tensor.creation import (
    as_tensor, empty, empty_like, empty_permuted, empty_strided, from_numpy, full, full_like, ones, ones_like, scalar_tensor, tensor,
    zeros, zeros_like,
)  # fmt: skip
from .tensor.differences import gradient
from .tensor.dtypes import Device as device
from .tensor.dtypes import (
    Size, bfloat16, cdouble, cfloat, chalf, channels_last, channels_last_3d, complex32, complex64, complex128, contiguous_format, double,
    dtype, float4_e2m1fn_x2, float8_e4m3fn, float8_e4m3fnuz, float8_e5m2, float8_e5m2fnuz, float8_e8m0fnu, float16, float32, float64,
    get_default_device, get_default_dtype, half, int8, int16, int32, int64, jagged, layout, long, memory_format, preserve_format, qint8,
    qint32, quint2x4, quint4x2, quint8, set_default_device, set_default_dtype, short, sparse_bsc, sparse_bsr, sparse_coo, sparse_csc,
    sparse_csr, strided, uint8, uint16, uint32, uint64,
)  # fmt: skip
from .tensor.dtypes import bool_ as bool
from .tensor.dtypes import float_ as float
from .tensor.dtypes import int_ as int
from .tensor.interop import asarray, from_dlpack, from_file, frombuffer, to_dlpack
from .tensor.joining import (
    atleast_1d, atleast_2d, atleast_3d, cat, chunk, column_stack, concat, concatenate, dsplit, dstack, hsplit, hstack, row_stack, split,
    split_with_sizes, stack, tensor_split, unbind, unsafe_chunk, unsafe_split, unsafe_split_with_sizes, vsplit, vstack,
)  # fmt: skip
from .tensor.inplace import InPlace
from .tensor.decompositions import lu_unpack
from .tensor.linalg import (
    addbmm, addmv, addr, chain_matmul, dot, einsum, ger, inner, kron, mm, mv, tensordot, trace, vdot,
)  # fmt: skip
from .tensor.norms import cdist, cross, frobenius_norm, nuclear_norm, pdist
from .tensor.older_linalg import (
    cholesky, det, geqrf, lobpcg, lu, lu_solve, orgqr, ormqr, pca_lowrank, pinverse, qr, slogdet, svd, svd_lowrank, triangular_solve,
    vander,
)  # fmt: skip
from .tensor.solving import cholesky_inverse, cholesky_solve, inverse, logdet, matrix_exp, matrix_power
from .tensor.numeric import (
    block_diag, broadcast_shapes, cartesian_prod, combinations, cumulative_trapezoid, diff, trapezoid, trapz, unravel_index,
)  # fmt: skip
from .tensor.pointwise import (
    add, addcdiv, addcmul, clamp, clamp_max, clamp_min, conj_physical, div, fill, float_power, frexp, gcd, imag, lcm, positive, rsub, square,
    sub, where,
)  # fmt: skip
from .tensor.pointwise import itself as conj
from .tensor.pointwise import never as is_conj
from .tensor.printing import set_printoptions
from .tensor.reducing import (
    all, amax, amin, aminmax, any, argmax, argmin, count_nonzero, cummax, cummin, cumprod, cumsum, dist, hash_tensor, logcumsumexp,
    logsumexp, max, mean, min, nanmean, nansum, norm, prod, renorm, std, std_mean, sum, var, var_mean,
)  # fmt: skip
from .tensor.relayout import as_strided, as_strided_, as_strided_scatter, resize_as_
from .tensor.sampling import (
    Generator, bernoulli, binomial, default_generator, get_rng_state, initial_seed, manual_seed, multinomial, normal, poisson, rand,
    rand_like, randint, randint_like, randn, randn_like, randperm, seed, set_rng_state,
)  # fmt: skip
from .tensor.selecting import (
    gather, index_add, index_copy, index_fill, index_put, index_reduce, index_select, masked_scatter, put, scatter, scatter_add,
    scatter_reduce, take, take_along_dim,
)  # fmt: skip
from .tensor.sequences import arange, eye, linspace, logspace, meshgrid, range, tril_indices, triu_indices
from .tensor.shaping import (
    adjoint, broadcast_tensors, broadcast_to, flatten, is_same_size, movedim, narrow, permute, ravel, reshape, select, squeeze, swapaxes,
    t, transpose, unflatten, unsqueeze,
)  # fmt: skip
from .tensor.sorting import (
    argsort, bucketize, kthvalue, median, mode, msort, nanmedian, searchsorted, sort, topk, unique, unique_consecutive,
)  # fmt: skip
from .tensor.special import mvlgamma, polygamma
from .tensor.statistics import corrcoef, cov, nanquantile, quantile
from .tensor.storage import TypedStorage, UntypedStorage, is_storage
from .tensor.tensor import (
    BFloat16Tensor, BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor, ShortTensor, Tensor,
)  # fmt: skip
from .tensor.types import can_cast, finfo, iinfo, promote_types, result_type, set_default_tensor_type, typename
from .version import __version__
from .tensor.windows import bartlett_window, blackman_window, hamming_window, hann_window, kaiser_window

newaxis = None
detach_, get_device, is_distributed, is_inference, is_signed = (
    Tensor.detach_, Tensor.get_device, Tensor.is_distributed, Tensor.is_inference, Tensor.is_signed
)  # fmt: skip

# torch's other names for the same functions
absolute, negative, clip, multiply, subtract, divide, true_divide = abs, neg, clamp, mul, sub, div, Tensor.true_divide
arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, fix, sgn = acos, acosh, asin, asinh, atan, atan2, atanh, trunc, sign
real, resolve_conj, resolve_neg, is_neg = conj, conj, conj, is_conj
greater, greater_equal, less, less_equal, not_equal, swapdims, moveaxis = gt, ge, lt, le, ne, transpose, movedim

# in place, as functions
abs_, acos_, acosh_, asin_, asinh_, atan_, atanh_ = (
    Tensor.abs_, Tensor.acos_, Tensor.acosh_, Tensor.asin_, Tensor.asinh_, Tensor.atan_, Tensor.atanh_
)  # fmt: skip
arccos_, arccosh_, arcsin_, arcsinh_, arctan_, arctanh_ = acos_, acosh_, asin_, asinh_, atan_, atanh_
ceil_, floor_, round_, trunc_, frac_, cos_, cosh_, sin_, sinh_, sinc_, tan_, tanh_ = (
    Tensor.ceil_, Tensor.floor_, Tensor.round_, Tensor.trunc_, Tensor.frac_, Tensor.cos_, Tensor.cosh_, Tensor.sin_, Tensor.sinh_,
    Tensor.sinc_, Tensor.tan_, Tensor.tanh_,
)  # fmt: skip
clamp_, clamp_max_, clamp_min_, conj_physical_, deg2rad_, rad2deg_, erf_, erfc_, fill_, i0_, zero_ = (
    Tensor.clamp_, Tensor.clamp_max_, Tensor.clamp_min_, Tensor.conj_physical_, Tensor.deg2rad_, Tensor.rad2deg_, Tensor.erf_,
    Tensor.erfc_, Tensor.fill_, Tensor.i0_, Tensor.zero_,
)  # fmt: skip
exp_, exp2_, expm1_, log_, log10_, log1p_, log2_, logit_, xlogy_, ldexp_, sqrt_, rsqrt_, square_, reciprocal_ = (
    Tensor.exp_, Tensor.exp2_, Tensor.expm1_, Tensor.log_, Tensor.log10_, Tensor.log1p_, Tensor.log2_, Tensor.logit_, Tensor.xlogy_,
    Tensor.ldexp_, Tensor.sqrt_, Tensor.rsqrt_, Tensor.square_, Tensor.reciprocal_,
)  # fmt: skip
gcd_, lcm_, nan_to_num_, neg_, relu_, sigmoid_ = (
    Tensor.gcd_, Tensor.lcm_, Tensor.nan_to_num_, Tensor.neg_, Tensor.relu_, Tensor.sigmoid_
)  # fmt: skip
clip_, fix_, negative_, index_put_ = clamp_, trunc_, neg_, Tensor.index_put_
addmv_ = Tensor.addmv_
celu_, selu_, threshold_ = map(InPlace, (celu, selu, threshold))


backend.tune_allocator()
backend.quiet_arithmetic()

no_attribute = explains_missing(__name__)


# Modules that many scripts do without: loaded when first asked for.
LATER = (
    "_dynamo",
    "_inductor",
    "accelerator",
    "backends",
    "distributed",
    "distributions",
    "hub",
    "jit",
    "multiprocessing",
    "onnx",
    "profiler",
    "testing",
    "version",
)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in LATER:
        return import_module(f".{name}", __name__)
    if name in ("as_torch", "get_device_module"):
        return getattr(import_module(".torch_alias" if name == "as_torch" else ".accelerator", __name__), name)
    return no_attribute(name)
