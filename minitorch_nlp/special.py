"""Special functions, as in ``torch.special``.

Bessel's and Airy's functions and the incomplete gamma functions come from SciPy: ``pip install 'minitorch-nlp[special]'``. All others
need NumPy alone. Formulas and gradients are in `functional`, in the files whose names start with special.

>>> import minitorch_nlp as torch
>>> torch.special.expit(torch.tensor([0.0, 1.0]))
tensor([0.5000, 0.7311])
"""

# ruff: noqa: I001 (a list of names, many a line)
from .missing import explains_missing
from .functional import (
    airy_ai, bessel_j0, bessel_j1, bessel_y0, bessel_y1, chebyshev_polynomial_t, chebyshev_polynomial_u, chebyshev_polynomial_v,
    chebyshev_polynomial_w, digamma, entr, erf, erfc, erfcx, erfinv, exp2, expm1, hermite_polynomial_h, hermite_polynomial_he, i0, i0e, i1,
    i1e, laguerre_polynomial_l, legendre_polynomial_p, log1p, log_ndtr, log_softmax, logit, modified_bessel_i0, modified_bessel_i1,
    modified_bessel_k0, modified_bessel_k1, ndtr, ndtri, round, scaled_modified_bessel_k0, scaled_modified_bessel_k1,
    shifted_chebyshev_polynomial_t, shifted_chebyshev_polynomial_u, shifted_chebyshev_polynomial_v, shifted_chebyshev_polynomial_w, sinc,
    softmax, spherical_bessel_j0, xlog1py, xlogy, zeta,
)  # fmt: skip
from .functional import digamma as psi
from .functional import igamma as gammainc
from .functional import igammac as gammaincc
from .functional import lgamma as gammaln
from .functional import sigmoid as expit
from .tensor.reducing import logsumexp
from .tensor.special import mvlgamma as multigammaln
from .tensor.special import polygamma

__all__ = [
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "chebyshev_polynomial_t", "chebyshev_polynomial_u",
    "chebyshev_polynomial_v", "chebyshev_polynomial_w", "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2", "expit", "expm1",
    "gammainc", "gammaincc", "gammaln", "hermite_polynomial_h", "hermite_polynomial_he", "i0", "i0e", "i1", "i1e", "laguerre_polynomial_l",
    "legendre_polynomial_p", "log1p", "log_ndtr", "log_softmax", "logit", "logsumexp", "modified_bessel_i0", "modified_bessel_i1",
    "modified_bessel_k0", "modified_bessel_k1", "multigammaln", "ndtr", "ndtri", "polygamma", "psi", "round", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w", "sinc", "softmax", "spherical_bessel_j0", "xlog1py", "xlogy", "zeta",
]  # fmt: skip

__getattr__ = explains_missing(__name__)
