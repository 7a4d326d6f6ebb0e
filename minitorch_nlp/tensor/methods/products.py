"""Products of vectors and matrices, and linear algebra."""

from __future__ import annotations

from .. import linalg, norms, older_linalg, solving
from ..inplace import InPlace

__all__ = ["ProductMethods"]


class ProductMethods:
    """Products and decompositions."""

    __slots__ = ()

    matmul, mm, bmm, mv, dot, outer = linalg.matmul, linalg.mm, linalg.bmm, linalg.mv, linalg.dot, linalg.outer
    vdot, inner, ger, kron, trace, cross = linalg.vdot, linalg.inner, linalg.ger, linalg.kron, linalg.trace, norms.cross
    addmm, baddbmm, addbmm, addmv, addr = linalg.addmm, linalg.baddbmm, linalg.addbmm, linalg.addmv, linalg.addr
    addmm_, baddbmm_, addbmm_, addmv_, addr_ = map(InPlace, (linalg.addmm, linalg.baddbmm, linalg.addbmm, linalg.addmv, linalg.addr))

    inverse, pinverse, det, logdet, slogdet = solving.inverse, older_linalg.pinverse, older_linalg.det, solving.logdet, older_linalg.slogdet
    matrix_exp, matrix_power = solving.matrix_exp, solving.matrix_power
    cholesky, qr, svd, lu, geqrf = older_linalg.cholesky, older_linalg.qr, older_linalg.svd, older_linalg.lu, older_linalg.geqrf
    cholesky_inverse, cholesky_solve, lu_solve = solving.cholesky_inverse, solving.cholesky_solve, older_linalg.lu_solve
    triangular_solve, orgqr, ormqr = older_linalg.triangular_solve, older_linalg.orgqr, older_linalg.ormqr
