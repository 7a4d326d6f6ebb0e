"""Products of vectors and matrices with torch's signatures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..functional import arithmetic as A
from ..functional import movement as V
from ..functional import reduction as R
from ..functional._checks import require_float
from ..functional._einsum import parse_equation
from ..functional._law import wrap_dim
from ..functional._older import takes_older_form
from ..functional.arrangement import diagonal
from ..functional.matmul import addmm, baddbmm, bmm, check_dtypes, matmul, outer
from ..functional.matmul import einsum as einsum_op
from ..settings import warn_once
from .base import array_of
from .results import into

__all__ = [
    "addbmm", "addmm", "addmv", "addr", "baddbmm", "bmm", "chain_matmul", "dot", "einsum", "ger", "inner", "kron", "matmul", "mm",
    "multi_dot", "mv", "outer", "tensordot", "trace", "vdot", "vecdot",
]  # fmt: skip

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def expect_dims(name: str, input: Any, other: Any, dims: tuple[int, int]) -> None:
    try:
        found = (input.ndim, other.ndim)
    except AttributeError:
        found = (array_of(name, input).ndim, array_of(name, other, "other").ndim)
    if found != dims:
        raise RuntimeError(f"{name}: tensors of {dims[0]} and {dims[1]} dimensions wanted, got {found[0]} and {found[1]}; see matmul()")


def mm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """The product of two matrices, (n, k) (k, m) -> (n, m)."""
    expect_dims("mm", input, mat2, (2, 2))
    return matmul(input, mat2) if out is None else into("mm", out, matmul(input, mat2))


def mv(input: Any, vec: Any, *, out: Any = None) -> Any:
    """The product of a matrix and a vector, (n, k) (k) -> (n)."""
    expect_dims("mv", input, vec, (2, 1))
    return matmul(input, vec) if out is None else into("mv", out, matmul(input, vec))


def dot(input: Any, tensor: Any, *, out: Any = None) -> Any:
    """The inner product of two vectors, (n) (n) -> ()."""
    expect_dims("dot", input, tensor, (1, 1))
    return matmul(input, tensor) if out is None else into("dot", out, matmul(input, tensor))


def vdot(input: Any, other: Any, *, out: Any = None) -> Any:
    """`dot`, from which it differs for complex numbers only."""
    return dot(input, other, out=out)


def inner(input: Any, other: Any, *, out: Any = None) -> Any:
    """Sums of products along the last dimension of both, (..., k) (***, k) -> (..., ***); a 0-dim tensor multiplies."""
    x, y = array_of("inner", input), array_of("inner", other, "other")
    check_dtypes("inner", x, y)
    if x.ndim == 0 or y.ndim == 0:
        return into("inner", out, A.mul(input, other))
    if x.shape[-1] != y.shape[-1]:
        raise RuntimeError(f"inner: the last dimensions must match; the shapes are {x.shape} and {y.shape}")
    return into("inner", out, tensordot(input, other, ([-1], [-1])))


def ger(input: Any, vec2: Any, *, out: Any = None) -> Any:
    """The outer product of two vectors, (n) (m) -> (n, m)."""
    return outer(input, vec2, out=out)


def blend(name: str, input: Any, product: Any, beta: float, alpha: float) -> Any:
    """beta input + alpha product, in the product's shape; with beta = 0 the input is ignored, nan and all."""
    check_spread(name, input, product)
    if product.array.dtype.kind not in "fV":
        beta, alpha = int(beta), int(alpha)
    result = product if alpha == 1 else A.mul(product, alpha)
    if beta != 0:
        result = A.add(input if beta == 1 else A.mul(input, beta), result)
    return result


def check_spread(name: str, input: Any, product: Any) -> None:
    try:
        fits = np.broadcast_shapes(input.shape, product.shape) == tuple(product.shape)
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(f"{name}: input of shape {tuple(input.shape)} does not broadcast to the product, {tuple(product.shape)}")


@takes_older_form
def addmv(input: Any, mat: Any, vec: Any, *, beta: float = 1, alpha: float = 1, out: Any = None) -> Any:
    """beta input + alpha (mat vec), (n) (n, k) (k) -> (n)."""
    check_dtypes("addmv", *(array_of("addmv", x) for x in (input, mat, vec)))
    expect_dims("addmv", mat, vec, (2, 1))
    return into("addmv", out, blend("addmv", input, matmul(mat, vec), beta, alpha))


@takes_older_form
def addr(input: Any, vec1: Any, vec2: Any, *, beta: float = 1, alpha: float = 1, out: Any = None) -> Any:
    """beta input + alpha (vec1 outer vec2), (n, m) (n) (m) -> (n, m)."""
    expect_dims("addr", vec1, vec2, (1, 1))
    kinds = {array_of("addr", x).dtype.kind for x in (input, vec1, vec2)}
    if not kinds & {"f", "V"} and any(isinstance(scale, float) for scale in (beta, alpha)):
        raise RuntimeError(f"addr: for integer tensors, beta and alpha must not be floating point numbers; they are {beta} and {alpha}")
    product = outer(vec1, vec2)
    if kinds == {"b"}:
        both = A.mul(product, bool(alpha))
        return into("addr", out, both | input if beta else both)
    check_spread("addr", input, product)
    result = product if alpha == 1 else A.mul(product, alpha)
    return into("addr", out, A.add(A.mul(input, beta), result) if beta else result)


@takes_older_form
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1, out: Any = None) -> Any:
    """beta input + alpha sum_n (batch1_n batch2_n), (i, j) (n, i, k) (n, k, j) -> (i, j)."""
    x, y = array_of("addbmm", batch1, "batch1"), array_of("addbmm", batch2, "batch2")
    if x.ndim != 3 or y.ndim != 3:
        raise RuntimeError(f"addbmm: batch1 and batch2 must have 3 dimensions, they have {x.ndim} and {y.ndim}")
    if x.shape[0] != y.shape[0] or x.shape[2] != y.shape[1]:
        raise RuntimeError(f"addbmm: (n, i, k) and (n, k, j) are wanted, got {x.shape} and {y.shape}")
    check_dtypes("addbmm", array_of("addbmm", input), x, y)
    rows = V.permute(batch1, dims=(1, 0, 2)).reshape(x.shape[1], -1 if x.size else x.shape[0] * x.shape[2])
    product = matmul(rows, batch2.reshape(rows.shape[1], y.shape[2]))
    return into("addbmm", out, blend("addbmm", input, product, beta, alpha))


def vecdot(x: Any, y: Any, *, dim: int = -1, out: Any = None) -> Any:
    """The inner products of the vectors along `dim`, which broadcast in the other dimensions."""
    a, b = array_of("linalg.vecdot", x, "x"), array_of("linalg.vecdot", y, "y")
    require_kind("linalg.vecdot", a)
    check_dtypes("linalg.vecdot", a, b)
    return into("linalg.vecdot", out, R.sum(A.mul(x, y), dim=dim))


def require_kind(name: str, array: Any) -> None:
    """Floats only, where torch refuses integers with a RuntimeError."""
    if array.dtype.kind not in "fV":
        raise RuntimeError(f"{name}: a floating point input is wanted, not {array.dtype}; convert it with .float()")


def trace(input: Any) -> Any:
    """The sum of a matrix's diagonal."""
    x = array_of("trace", input)
    if x.ndim != 2:
        raise RuntimeError(f"trace: a matrix is wanted, this tensor has {x.ndim} dimensions")
    if x.dtype.kind == "b":
        require_float("trace", x)
    return R.sum(diagonal(input))


def kron(input: Any, other: Any, *, out: Any = None) -> Any:
    """The Kronecker product: each element of `input` replaced by itself times all of `other`."""
    x, y = array_of("kron", input), array_of("kron", other, "other")
    n = max(x.ndim, y.ndim)
    a, b = (1,) * (n - x.ndim) + x.shape, (1,) * (n - y.ndim) + y.shape
    wide = input.reshape(tuple(k for size in a for k in (size, 1)))
    product = A.mul(wide, other.reshape(tuple(k for size in b for k in (1, size))))
    return into("kron", out, product.reshape(tuple(i * j for i, j in zip(a, b))))


def tensordot(a: Any, b: Any, dims: Any = 2, out: Any = None) -> Any:
    """Products summed over pairs of dimensions: the last `dims` of `a` and the first of `b`, or ``dims = (of a, of b)``."""
    x, y = array_of("tensordot", a, "a"), array_of("tensordot", b, "b")
    check_dtypes("tensordot", x, y)
    if hasattr(dims, "tolist"):
        dims = dims.tolist()
    if isinstance(dims, int):
        if not 0 <= dims <= min(x.ndim, y.ndim):
            raise RuntimeError(
                f"tensordot: dims must be between 0 and the number of dimensions of both, {x.ndim} and {y.ndim}; it is {dims}"
            )
        dims = range(x.ndim - dims, x.ndim), range(dims)
    left, right = ([wrap_dim(d, z.ndim) for d in ((given,) if isinstance(given, int) else given)] for given, z in zip(dims, (x, y)))
    if len(left) != len(right) or len({*left}) != len(left) or len({*right}) != len(right):
        raise RuntimeError(f"tensordot: as many different dimensions of a as of b are wanted, got {left} and {right}")
    for i, j in zip(left, right):
        if x.shape[i] != y.shape[j] and 1 not in (x.shape[i], y.shape[j]):
            raise RuntimeError(f"tensordot: dimension {i} of a has size {x.shape[i]}, but dimension {j} of b has size {y.shape[j]}")
    first, second = LETTERS[: x.ndim], list(LETTERS[x.ndim : x.ndim + y.ndim])
    for i, j in zip(left, right):
        second[j] = first[i]
    kept = [c for i, c in enumerate(first) if i not in left] + [c for j, c in enumerate(second) if j not in right]
    return into("tensordot", out, einsum_op(a, b, equation=f"{first},{''.join(second)}->{''.join(kept)}"))


def multi_dot(tensors: Sequence[Any], *, out: Any = None) -> Any:
    """The product of matrices in the order that costs least; the first and the last may be vectors."""
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    ndims = [array_of("multi_dot", t).ndim for t in tensors]
    if any(n != 2 for n in ndims[1:-1]) or any(n not in (1, 2) for n in (ndims[0], ndims[-1])):
        raise RuntimeError(f"multi_dot(): matrices are wanted (the first and the last may be vectors), got {ndims} dimensions")
    check_dtypes("multi_dot", *(t.array for t in tensors))
    chain = list(tensors)
    if ndims[0] == 1:
        chain[0] = chain[0].unsqueeze(0)
    if ndims[-1] == 1:
        chain[-1] = chain[-1].unsqueeze(1)
    sizes = [chain[0].shape[0], *(t.shape[1] for t in chain)]
    for left, right in pairwise(chain):
        if left.shape[1] != right.shape[0]:
            raise RuntimeError(f"multi_dot(): {tuple(left.shape)} and {tuple(right.shape)} cannot be multiplied")
    result = multiply(chain, best_splits(sizes), 0, len(chain) - 1)
    result = result.squeeze(0) if ndims[0] == 1 else result
    return into("multi_dot", out, result.squeeze(-1) if ndims[-1] == 1 else result)


def best_splits(sizes: Sequence[int]) -> dict[tuple[int, int], int]:
    """Where to split each stretch of a chain of matrices of these sizes, so that all together needs the fewest multiplications."""
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    split = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            each = {k: cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)}
            split[i, j] = min(each, key=each.__getitem__)
            cost[i, j] = each[split[i, j]]
    return split


def multiply(chain: Sequence[Any], split: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return chain[i]
    k = split[i, j]
    return matmul(multiply(chain, split, i, k), multiply(chain, split, k + 1, j))


def chain_matmul(*matrices: Any, out: Any = None) -> Any:
    """The product of matrices in the order that costs least; of one matrix, itself. The older name of `multi_dot`."""
    warn_once("chain_matmul is deprecated; use linalg.multi_dot([a, b, ...])")
    for matrix in matrices:
        if array_of("chain_matmul", matrix).ndim != 2:
            raise RuntimeError(f"chain_matmul: matrices are wanted, got {matrix.ndim} dimensions")
    return into("chain_matmul", out, matrices[0]) if len(matrices) == 1 else multi_dot(matrices, out=out)


def einsum(*args: Any) -> Any:
    """Sums of products in Einstein's notation: ``einsum("bij,bjk->bik", a, b)``, or ``einsum(a, [0, 1], b, [1, 2], [0, 2])``.

    Of one operand whose letters are all kept, the result is a view.
    """
    if len(args) < 2:
        raise ValueError("einsum(): an equation and at least one operand are wanted, or at least one operand and its list of subscripts")
    if isinstance(args[0], str):
        equation, *operands = args
        if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
            operands = list(operands[0])
    elif hasattr(args[0], "array"):
        equation, operands = sublists(args)
    else:
        raise TypeError(f"einsum(): argument 'equation' must be str, not {type(args[0]).__name__}")
    if len(operands) == 1:
        return of_one(equation, operands[0])
    return einsum_op(*operands, equation=equation)


def sublists(args: Sequence[Any]) -> tuple[str, list[Any]]:
    """The equation and operands of ``einsum(a, [0, 1], b, [1, 2], [0, 2])``."""
    operands, lists = list(args[0 : len(args) - 1 : 2]), list(args[1::2])
    target = args[-1] if len(args) % 2 else None

    def letters(subscripts: Any) -> str:
        for s in subscripts:
            if s is not Ellipsis and not 0 <= s < len(LETTERS):
                raise ValueError(f"einsum(): subscript {s} is not within the valid range [0, 52)")
        return "".join("..." if s is Ellipsis else SORTED[s] for s in subscripts)

    equation = ",".join(map(letters, lists))
    return equation if target is None else f"{equation}->{letters(target)}", operands


SORTED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # subscript 0 is 'A': the order an implicit output sorts by


def of_one(equation: str, x: Any) -> Any:
    """einsum of one operand: diagonals, sums and a permutation, views where nothing is summed."""
    (letters,), output = parse_equation(equation, (array_of("einsum", x).ndim,))
    for c in dict.fromkeys(letters):
        while letters.count(c) > 1:
            i, j = letters.index(c), letters.rindex(c)
            if x.shape[i] != x.shape[j]:
                raise RuntimeError(f"einsum(): subscript '{c}' is repeated, but stands for the sizes {x.shape[i]} and {x.shape[j]}")
            x = diagonal(x, dim1=i, dim2=j)
            letters = letters[:i] + letters[i + 1 : j] + letters[j + 1 :] + c
    gone = "".join(c for c in letters if c not in output)
    x = V.permute(x, dims=tuple(letters.index(c) for c in output + gone))
    return R.sum(x, dim=tuple(range(-len(gone), 0))) if gone else x
