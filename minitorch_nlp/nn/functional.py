"""Functions of neural networks under torch's signatures.

Most names are the ops of `minitorch_nlp.functional` themselves. A thin function stands here only where torch's signature differs
from the op's, or where random numbers are drawn; the formula is one call further.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import backend, random
from ..autograd.mode import no_grad
from ..autograd.tape import apply_inplace
from ..functional import activation as A
from ..functional import normalization as N
from ..functional.activation import gelu, glu, logsigmoid, sigmoid, softplus, softsign, tanh
from ..functional.arrangement import pad
from ..functional.embedding import embedding as embedding_op
from ..functional.matmul import linear
from ..functional.softmax import log_softmax as log_softmax_op
from ..functional.softmax import softmax as softmax_op
from ..tensor.tensor import Tensor
from ._attention import multi_head_attention_forward, scaled_dot_product_attention
from ._dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d
from ._losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)

__all__ = [
    "alpha_dropout",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "embedding",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardtanh",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mish",
    "mse_loss",
    "multi_head_attention_forward",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "relu",
    "relu6",
    "rms_norm",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softmin",
    "softplus",
    "softsign",
    "tanh",
]

# ---- activations --------------------------------------------------------------------------------------------------------------------


def run(op: Any, input: Any, inplace: bool, **options: Any) -> Any:
    """``op(input)``, written into `input` if asked."""
    return apply_inplace(op, input, (), options) if inplace else op(input, **options)


def relu(input: Any, inplace: bool = False) -> Any:
    """y = max(x, 0)"""
    return apply_inplace(A.relu, input, (), {}) if inplace else A.relu(input)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """y = x where x > 0, else `negative_slope` x."""
    return run(A.leaky_relu, input, inplace, negative_slope=negative_slope)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """y = x where x > 0, else `alpha` (e^x - 1)."""
    return run(A.elu, input, inplace, alpha=alpha)


def selu(input: Any, inplace: bool = False) -> Any:
    """y = s (x where x > 0, else a (e^x - 1)), a = 1.6733, s = 1.0507."""
    return run(A.selu, input, inplace)


def silu(input: Any, inplace: bool = False) -> Any:
    """y = x sigmoid(x)"""
    return run(A.silu, input, inplace)


def mish(input: Any, inplace: bool = False) -> Any:
    """y = x tanh(softplus(x))"""
    return run(A.mish, input, inplace)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """y = min(max(x, min_val), max_val)"""
    return run(A.hardtanh, input, inplace, min_val=min_val, max_val=max_val)


def relu6(input: Any, inplace: bool = False) -> Any:
    """y = min(max(x, 0), 6)"""
    return run(A.relu6, input, inplace)


def implicit_dim(name: str, input: Any, dim: int | None) -> int:
    """The dimension torch takes where none is given: 1, but 0 for 0, 1 and 3 dimensions."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.", stacklevel=3
    )
    return 0 if input.dim() in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """y_i = e^x_i / sum_k e^x_k along `dim`; with `dtype` the input is cast first.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.softmax(torch.zeros(4), dim=0)
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    return softmax_op(input, dim=implicit_dim("softmax", input, dim), dtype=dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """y_i = x_i - ln sum_k e^x_k along `dim`; with `dtype` the input is cast first."""
    return log_softmax_op(input, dim=implicit_dim("log_softmax", input, dim), dtype=dtype)


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """softmax(-x)"""
    return softmax_op(-input, dim=implicit_dim("softmin", input, dim), dtype=dtype)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """softmax((logits + g) / tau) with g = -ln E, E exponentially distributed: a differentiable sample (Jang et al., 2017).

    With `hard` the result is one-hot, and its gradient that of the soft one.
    """
    noise = -np.log(random.exponential(tuple(logits.shape), logits.array.dtype, 1.0))
    y = softmax_op((logits + Tensor._wrap(backend.beside(logits.array, noise))) / tau, dim=dim)
    if not hard:
        return y
    chosen = np.equal(np.argmax(y.array, axis=dim, keepdims=True), np.arange(y.shape[dim]).reshape(along_last(dim, y.dim())))
    return y + (Tensor._wrap(chosen.astype(y.array.dtype)) - y.detach())


def along_last(dim: int, ndim: int) -> tuple[int, ...]:
    """The shape that puts a vector along `dim`."""
    return tuple(-1 if d == dim % ndim else 1 for d in range(ndim))


# ---- layers -------------------------------------------------------------------------------------------------------------------------


def refuse_max_norm_and_sparse(name: str, max_norm: Any, sparse: bool) -> None:
    if max_norm is not None:
        raise NotImplementedError(f"{name}: max_norm is not supported; rescale the rows of the weight in your training loop")
    if sparse:
        raise NotImplementedError(f"{name}: sparse=True is not supported; the gradient of the weight is dense")


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of `weight` (V, D) at the indices `input` (...): (..., D). The row `padding_idx` gets no gradient."""
    if max_norm is not None or sparse:
        refuse_max_norm_and_sparse("embedding", max_norm, sparse)
    if padding_idx is not None:
        rows = weight.shape[0]
        if not -rows <= padding_idx < rows:
            raise AssertionError(f"Padding_idx must be within num_embeddings: got {padding_idx} for {rows} rows")
        padding_idx %= rows
    return embedding_op(input, weight, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """y_o = x1^T A_o x2 + b_o: (..., D1), (..., D2), (H, D1, D2) -> (..., H). A composite of two products."""
    left = (input1.unsqueeze(-2).unsqueeze(-3) @ weight).squeeze(-2)  # x1^T A_o: (..., H, D2)
    y = (left @ input2.unsqueeze(-1)).squeeze(-1)
    return y if bias is None else y + bias


def layer_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """y = (x - mean) / sqrt(var + eps) * weight + bias, over the last dimensions, `normalized_shape`."""
    if isinstance(normalized_shape, int):
        raise TypeError("layer_norm(): argument 'normalized_shape' (position 2) must be tuple of ints, not int")
    return N.layer_norm(input, weight, bias, normalized_shape=tuple(normalized_shape), eps=eps)


def rms_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None) -> Any:
    """y = x / sqrt(mean(x^2) + eps) * weight, over the last dimensions; `eps` None is the dtype's machine epsilon."""
    return N.rms_norm(input, weight, normalized_shape=tuple(normalized_shape), eps=eps)


# ---- vectors ------------------------------------------------------------------------------------------------------------------------


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Class numbers (...) as rows (..., num_classes) with a single 1; as many classes as the largest number asks for, unless given.

    >>> import minitorch_nlp as torch
    >>> torch.nn.functional.one_hot(torch.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    array = tensor.array
    if array.dtype != np.int64:
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor, got {tensor.dtype}; cast it with .long()")
    if array.size == 0 and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if array.size and array.min() < 0:
        raise RuntimeError(f"Class values must be non-negative, got {array.min()}.")
    if num_classes == -1:
        num_classes = int(array.max()) + 1
    if array.size and array.max() >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes: got {array.max()}, num_classes is {num_classes}.")
    classes = backend.beside(array, np.arange(num_classes))
    return Tensor._wrap(np.equal(array[..., None], classes).astype(np.int64))


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: None = None) -> Any:
    """y = x / max(|x|_p, eps), the norm along `dim`."""
    if out is not None:
        raise NotImplementedError("normalize: out= is not supported; assign the result")
    return input / input.norm(p, dim, keepdim=True).clamp_min(eps)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along `dim`, broadcast. A composite."""
    return ((x1 / floored_norm(x1, dim, eps)) * (x2 / floored_norm(x2, dim, eps))).sum(dim)


def floored_norm(x: Any, dim: int, eps: float) -> Any:
    """max(|x|, eps) along `dim`; the gradient is that of |x| also below eps, as in torch."""
    norm = x.norm(2, dim, keepdim=True).clone()
    with no_grad():
        norm.clamp_(min=eps)
    return norm


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """|x1 - x2 + eps|_p along the last dimension."""
    return (x1 - x2 + eps).norm(p, -1, keepdim=keepdim)
