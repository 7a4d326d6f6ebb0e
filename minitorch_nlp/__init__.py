"""PyTorch's world on plain NumPy, for NLP: ``import minitorch_nlp as torch``.

Every name here has torch's meaning. Where to read: an op's formula and gradient in `functional`, the tape in `autograd`, modules in `nn`.
"""

from __future__ import annotations

from math import e, inf, nan, pi
from typing import Any

from . import autograd, backend, cuda, nn, optim, random, serialization, utils
from .autograd.mode import enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled
from .functional import (
    abs, addmm, amax, amin, baddbmm, bmm, ceil, cos, cumprod, diagonal, erf, exp, floor, fmod, log, log_softmax, masked_fill,
    masked_select, matmul, maximum, minimum, mul, neg, outer, pow, relu, remainder, roll, round, rsqrt, sigmoid, sign, sin, softmax, sqrt,
    tanh, tril, triu, trunc,
)  # fmt: skip
from .nn.functional import dropout, embedding, layer_norm
from .serialization import load, save
from .tensor.comparing import (
    allclose, eq, equal, ge, gt, isclose, isfinite, isinf, isnan, le, logical_and, logical_not, logical_or, logical_xor, lt, ne,
)  # fmt: skip
from .tensor.conversion import clone, detach, is_complex, is_floating_point, is_tensor, numel
from .tensor.creation import (
    arange, as_tensor, empty, empty_like, eye, from_numpy, full, full_like, linspace, logspace, meshgrid, ones, ones_like, scalar_tensor,
    tensor, tril_indices, triu_indices, zeros, zeros_like,
)  # fmt: skip
from .tensor.dtypes import Device as device
from .tensor.dtypes import (
    Size, contiguous_format, double, dtype, finfo, float16, float32, float64, get_default_dtype, half, iinfo, int8, int16, int32, int64,
    layout, long, memory_format, preserve_format, set_default_dtype, short, strided, uint8, uint16, uint32, uint64,
)  # fmt: skip
from .tensor.dtypes import bool_ as bool
from .tensor.dtypes import float_ as float
from .tensor.dtypes import int_ as int
from .tensor.linalg import dot, einsum, mm, mv
from .tensor.pointwise import add, clamp, clamp_max, clamp_min, div, floor_divide, reciprocal, rsub, square, sub, where
from .tensor.printing import set_printoptions
from .tensor.reducing import (
    all, any, argmax, argmin, count_nonzero, cumsum, logsumexp, max, mean, min, nonzero, norm, prod, std, sum, var,
)  # fmt: skip
from .tensor.sampling import (
    Generator, bernoulli, default_generator, get_rng_state, initial_seed, manual_seed, multinomial, normal, rand, rand_like, randint,
    randint_like, randn, randn_like, randperm, seed, set_rng_state,
)  # fmt: skip
from .tensor.selecting import gather, index_add, index_copy, index_fill, index_select, scatter, scatter_add, take, take_along_dim
from .tensor.shaping import (
    broadcast_tensors, broadcast_to, cat, chunk, concat, concatenate, flatten, flip, movedim, narrow, permute, repeat_interleave, reshape,
    select, split, squeeze, stack, swapaxes, t, tile, transpose, unbind, unflatten, unsqueeze,
)  # fmt: skip
from .tensor.sorting import argsort, bincount, median, sort, topk, unique
from .tensor.tensor import (
    BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor, ShortTensor, Tensor,
)  # fmt: skip

__version__ = "0.1.0"

# torch's other names for the same functions
absolute, negative, clip, multiply, subtract, divide, true_divide = abs, neg, clamp, mul, sub, div, div
greater, greater_equal, less, less_equal, not_equal, swapdims, moveaxis = gt, ge, lt, le, ne, swapaxes, movedim


backend.tune_allocator()


def __getattr__(name: str) -> Any:
    if name == "testing":  # needs nothing more, but scripts that only train should not pay for it
        from importlib import import_module

        return import_module(".testing", __name__)
    from difflib import get_close_matches

    near = get_close_matches(name, globals(), n=1)
    raise AttributeError(f"module 'minitorch_nlp' has no attribute '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""))
