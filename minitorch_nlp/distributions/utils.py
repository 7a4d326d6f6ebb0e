"""What distributions share: broadcasting of parameters, probabilities and logits, properties computed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.mode import enable_grad
from ..functional import sigmoid, softmax
from ..functional._op import Traced
from ..tensor.creation import tensor
from ..tensor.dtypes import get_default_dtype
from ..tensor.sampling import normal_
from ..tensor.shaping import broadcast_tensors
from ..tensor.types import finfo

__all__ = [
    "broadcast_all", "clamp_probs", "lazy_property", "logits_to_probs", "probs_to_logits", "tril_matrix_to_vec", "vec_to_tril_matrix",
]  # fmt: skip

EULER = 0.5772156649015329


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Numbers and tensors as tensors of one shape; numbers take the dtype of the first tensor, or the default one.

    Raises:
        ValueError: something that is neither a number nor a tensor.
    """
    for value in values:
        if not isinstance(value, (Traced, bool, int, float)):
            raise ValueError(f"a parameter must be a number or a Tensor, not a {type(value).__name__}")
    first: Any = next((v for v in values if isinstance(v, Traced)), None)
    kind: dict[str, Any] = {"dtype": get_default_dtype()} if first is None else {"dtype": first.dtype, "device": first.device}
    return tuple(broadcast_tensors(*[v if isinstance(v, Traced) else tensor(v, **kind) for v in values]))


def eps_of(x: Any) -> float:
    return finfo(x.dtype).eps


def tiny_of(x: Any) -> float:
    return finfo(x.dtype).tiny


def standard_normal(shape: Any, like: Any) -> Any:
    """Standard normal numbers with the dtype and device of `like`."""
    return normal_(like.new_empty(shape))


def sum_rightmost(value: Any, dims: int) -> Any:
    """The sum over the last `dims` dimensions."""
    return value if dims == 0 else value.reshape(value.shape[: value.dim() - dims] + (-1,)).sum(-1)


def clamp_probs(probs: Any) -> Any:
    """Probabilities moved off 0 and 1 by the dtype's eps, so that their logarithms are finite."""
    eps = eps_of(probs)
    return probs.clamp(min=eps, max=1 - eps)


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """sigmoid(logits) for single events, softmax(logits) over the last dimension for categories."""
    return sigmoid(logits) if is_binary else softmax(logits, dim=-1)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """ln p / (1 - p) for single events, ln p for categories; p is clamped first."""
    p = clamp_probs(probs)
    return p.log() - (-p).log1p() if is_binary else p.log()


class Undefined:
    """An attribute that subclasses define: asking for it where one has not is an error."""

    def __init__(self, meaning: str) -> None:
        self.__doc__ = meaning

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        raise NotImplementedError(f"{type(instance).__name__} does not define {self.name} ({self.__doc__})")


class lazy_property:
    """A property computed when first asked for, with gradients recorded, and kept as an attribute from then on."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        instance.__dict__[self.wrapped.__name__] = value
        return value


def lower_mask(n: int, diag: int, like: Any) -> Any:
    """(n, n) booleans: column <= row + diag."""
    return like.new_ones((n, n)).tril(diag).bool()


def tril_matrix_to_vec(mat: Any, diag: int = 0) -> Any:
    """The lower triangle of (..., n, n) matrices, row by row: (..., m).

    Raises:
        ValueError: `diag` outside -n ... n - 1.
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"tril_matrix_to_vec: diag must lie in {-n} ... {n - 1}, but diag = {diag}")
    return mat[..., lower_mask(n, diag, mat)]


def vec_to_tril_matrix(vec: Any, diag: int = 0) -> Any:
    """Lower triangular (..., n, n) matrices whose triangles, row by row, are the vectors (..., m).

    Raises:
        ValueError: no n has a triangle of m places.
    """
    m, n = vec.shape[-1], max(0, -diag)
    while triangle_size(n, diag) < m:
        n += 1
    if triangle_size(n, diag) != m:
        raise ValueError(
            f"vec_to_tril_matrix: no square matrix has a triangle (diag = {diag}) of {m} places, the size of the last dimension"
        )
    matrix = vec.new_zeros((*vec.shape[:-1], n, n))
    matrix[..., lower_mask(n, diag, vec)] = vec
    return matrix


def triangle_size(n: int, diag: int) -> int:
    """How many places (row, column) of an n by n matrix have column <= row + diag."""
    return sum(min(n, max(0, row + diag + 1)) for row in range(n))
