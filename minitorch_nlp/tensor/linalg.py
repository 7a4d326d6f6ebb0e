"""Matrix products with torch's signatures."""

from __future__ import annotations

from typing import Any

from ..functional.matmul import addmm, baddbmm, bmm, matmul, outer
from ..functional.matmul import einsum as einsum_op

__all__ = ["addmm", "baddbmm", "bmm", "dot", "einsum", "matmul", "mm", "mv", "outer"]


def expect_dims(name: str, input: Any, other: Any, dims: tuple[int, int]) -> None:
    found = (input.ndim, other.ndim)
    if found != dims:
        raise RuntimeError(f"{name}: tensors of {dims[0]} and {dims[1]} dimensions wanted, got {found[0]} and {found[1]}; see matmul()")


def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices, (n, k) (k, m) -> (n, m)."""
    expect_dims("mm", input, mat2, (2, 2))
    return matmul(input, mat2)


def mv(input: Any, vec: Any) -> Any:
    """The product of a matrix and a vector, (n, k) (k) -> (n)."""
    expect_dims("mv", input, vec, (2, 1))
    return matmul(input, vec)


def dot(input: Any, tensor: Any) -> Any:
    """The inner product of two vectors."""
    expect_dims("dot", input, tensor, (1, 1))
    return matmul(input, tensor)


def einsum(equation: str, *operands: Any) -> Any:
    """Sums of products in Einstein's notation: ``einsum("bij,bjk->bik", a, b)``."""
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = tuple(operands[0])
    return einsum_op(*operands, equation=equation)
