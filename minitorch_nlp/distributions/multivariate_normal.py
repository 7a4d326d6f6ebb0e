"""The multivariate normal distribution."""

from __future__ import annotations

import math
from typing import Any

from ..linalg import cholesky, solve_triangular
from ..tensor.dtypes import Size
from ..tensor.numeric import broadcast_shapes
from ..tensor.sequences import eye
from ..tensor.solving import cholesky_inverse
from . import constraints
from .distribution import Distribution
from .utils import lazy_property, standard_normal

__all__ = ["MultivariateNormal"]


def squared_distance(lower: Any, x: Any) -> Any:
    """``|L^-1 x|^2`` over the last dimension: (..., n, n), (..., n) -> (...)"""
    return solve_triangular(lower, x.unsqueeze(-1), upper=False).squeeze(-1).square().sum(-1)


def half_log_det(lower: Any) -> Any:
    """``ln det L``, half of ``ln det L L^T``"""
    return lower.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def factor_of_inverse(precision: Any) -> Any:
    """The lower L with ``L L^T = P^-1``: P = U U^T with U upper (Cholesky's factor of P read backwards), and L = U^-T."""
    upper = cholesky(precision.flip((-2, -1))).flip((-2, -1))
    return solve_triangular(upper.mT, eye(precision.shape[-1], dtype=precision.dtype, device=precision.device), upper=False)


class MultivariateNormal(Distribution):
    """``p(x) = e^(-(x - loc)^T C^-1 (x - loc) / 2) / sqrt((2 pi)^n det C)``

    Args:
        loc: (..., n)
        covariance_matrix, precision_matrix, scale_tril: C, its inverse, or its Cholesky factor, (..., n, n); exactly one.
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
                 validate_args: bool | None = None) -> None:  # fmt: skip
        matrices = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril}
        given = {name: matrix for name, matrix in matrices.items() if matrix is not None}
        if len(given) != 1:
            raise ValueError(f"MultivariateNormal: pass exactly one of {', '.join(matrices)}, not {list(given) or 'none'}")
        ((name, matrix),) = given.items()
        if loc.dim() < 1 or matrix.dim() < 2:
            raise ValueError(
                f"MultivariateNormal: loc (..., n) and {name} (..., n, n) are wanted, but their shapes are {tuple(loc.shape)} and "
                f"{tuple(matrix.shape)}"
            )
        batch_shape = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        self.__dict__[name] = matrix.expand((*batch_shape, -1, -1))
        self.loc = loc.expand((*batch_shape, -1))
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args=validate_args)
        factor = {"covariance_matrix": cholesky, "precision_matrix": factor_of_inverse, "scale_tril": lambda lower: lower}[name]
        self._unbroadcasted_scale_tril = factor(matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril
        return new

    def _as_matrices(self, matrix: Any) -> Any:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Any:
        """L with L L^T = C"""
        return self._as_matrices(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """L L^T"""
        return self._as_matrices(self._unbroadcasted_scale_tril @ self._unbroadcasted_scale_tril.mT)

    @lazy_property
    def precision_matrix(self) -> Any:
        """(L L^T)^-1"""
        return self._as_matrices(cholesky_inverse(self._unbroadcasted_scale_tril))

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        """The diagonal of C"""
        return self._unbroadcasted_scale_tril.pow(2).sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        """loc + L z, z standard normal"""
        z = standard_normal(self._extended_shape(sample_shape), self.loc)
        return self.loc + (self._unbroadcasted_scale_tril @ z.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Any) -> Any:
        """-(n ln 2 pi + |L^-1 (x - loc)|^2) / 2 - ln det L"""
        if self._validate_args:
            self._validate_sample(value)
        lower = self._unbroadcasted_scale_tril
        distance = squared_distance(lower, value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + distance) - half_log_det(lower)

    def entropy(self) -> Any:
        """n (1 + ln 2 pi) / 2 + ln det L"""
        value = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + half_log_det(self._unbroadcasted_scale_tril)
        return value.expand(self._batch_shape) if self._batch_shape else value
