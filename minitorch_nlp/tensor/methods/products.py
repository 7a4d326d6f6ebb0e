"""Products of vectors and matrices, and linear algebra."""

from __future__ import annotations

from .. import linalg

__all__ = ["ProductMethods"]


class ProductMethods:
    """Products and decompositions."""

    __slots__ = ()

    matmul, mm, bmm, mv, dot, outer = linalg.matmul, linalg.mm, linalg.bmm, linalg.mv, linalg.dot, linalg.outer
    addmm, baddbmm = linalg.addmm, linalg.baddbmm
