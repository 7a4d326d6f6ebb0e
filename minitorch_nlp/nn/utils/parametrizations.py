"""Ready-made parametrizations: weight normalisation, spectral normalisation, orthogonal matrices."""

from __future__ import annotations

from typing import Any

from ...autograd.mode import no_grad
from ...functional.normalization import weight_norm as weight_norm_op
from ...tensor.comparing import allclose
from ...tensor.decompositions import householder_product
from ...tensor.joining import cat
from ...tensor.older_linalg import geqrf
from ...tensor.sampling import randn
from ...tensor.sequences import eye
from ...tensor.solving import matrix_exp, solve
from ...tensor.tensor import Tensor
from ...tensor.types import finfo
from .. import functional as F
from ..modules.module import Module
from .parametrize import register_parametrization
from .spectral_norm import as_matrix, check_iterations, outputs_dim, unit_noise
from .weight_norm import norm_except_dim

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


class _WeightNorm(Module):
    """w = g v / |v|, the norm over all dimensions but `dim`."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """(g, v) -> w."""
        return weight_norm_op(weight_v, weight_g, dim=self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        """w -> (|w|, w)."""
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Train the length g and the direction v of a weight apart: w = g v / |v| (Salimans and Kingma, 2016).

    They are ``parametrizations.<name>.original0`` and ``original1``. State dicts of the older `nn.utils.weight_norm` are loaded too.

    Args:
        dim: the dimension that has a length for each of its places; None for one length of the whole weight.

    Returns:
        The module.

    >>> import minitorch_nlp as torch
    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(20, 40))
    >>> layer.parametrizations.weight.original0.shape
    torch.Size([40, 1])
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        old = f"{prefix}{name}_g", f"{prefix}{name}_v"
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{name}.original{i}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(rename)
    return module


class _SpectralNorm(Module):
    """W / sigma with sigma = u^T W v, u and v nearly the first singular vectors; a vector is divided by its length."""

    _u: Any
    _v: Any

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        n = weight.dim()
        if not -n <= dim < n:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}] but got {dim})")
        check_iterations(n_power_iterations)
        self.dim = dim % n
        self.eps = eps
        if n > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight, self.dim)
            self.register_buffer("_u", unit_noise(matrix, matrix.shape[0], eps))
            self.register_buffer("_v", unit_noise(matrix, matrix.shape[1], eps))
            self._power_method(matrix, 15)

    @no_grad()
    def _power_method(self, matrix: Any, n_power_iterations: int) -> None:
        """u <- W v / |W v|, v <- W^T u / |W^T u|, in the memory of the buffers."""
        for _ in range(n_power_iterations):
            F.normalize(matrix.mv(self._v), dim=0, eps=self.eps, out=self._u)
            F.normalize(matrix.t().mv(self._u), dim=0, eps=self.eps, out=self._v)

    def forward(self, weight: Any) -> Any:
        """(...) -> the same."""
        if weight.dim() == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()  # the next forward will change the buffers before backward has seen these
        return weight / u.dot(matrix.mv(v))

    def right_inverse(self, value: Any) -> Any:
        """The value itself."""
        return value


def spectral_norm(module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None) -> Any:
    """Divide a weight by its largest singular value (Miyato et al., 2018), estimated by the power method.

    Args:
        n_power_iterations: how many steps of the power method each access in training makes.
        eps: keeps norms away from 0.
        dim: the dimension that counts outputs: 0, but 1 for transposed convolutions. The others are one.

    Returns:
        The module.

    >>> import minitorch_nlp as torch
    >>> layer = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(4, 4))
    >>> [name for name, _ in layer.named_buffers()]
    ['parametrizations.weight.0._u', 'parametrizations.weight.0._v']
    """
    weight = existing(module, name)
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, outputs_dim(module, dim), eps))


def existing(module: Any, name: str) -> Any:
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return weight


# ---- orthogonal matrices ------------------------------------------------------------------------------------------------------------

MAPS = ("matrix_exp", "cayley", "householder")


class _Orthogonal(Module):
    """A matrix with orthonormal columns (rows, if it is wide) from any matrix of its shape, times a fixed orthogonal `base`."""

    base: Any

    def __init__(self, weight: Any, orthogonal_map: str, *, use_trivialization: bool = True) -> None:
        super().__init__()
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        self.use_trivialization = use_trivialization
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:
        """(..., n, k) -> (..., n, k)."""
        wide = X.shape[-2] < X.shape[-1]
        X = X.mT if wide else X
        Q = by_householder(X) if self.orthogonal_map == "householder" else by_skew_matrix(X, self.orthogonal_map)
        if self.use_trivialization:
            Q = self.base @ Q
        return Q.mT if wide else Q

    @no_grad()
    def right_inverse(self, Q: Any) -> Any:
        """From what forward gives Q, or where Q is not orthogonal the orthogonal factor of it."""
        if Q.shape != self.shape:
            raise ValueError(f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}.")
        wide = Q.shape[-2] < Q.shape[-1]
        tall = Q.mT if wide else Q
        if self.use_trivialization:
            self.base = completed(tall)
            start = Q.new_zeros(Q.shape)
            start.diagonal(dim1=-2, dim2=-1).fill_(-1.0)  # of which each map makes the first columns of the identity
            return start
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                f"orthogonal: with use_trivialization=False, a matrix cannot be assigned to the {self.orthogonal_map} map; "
                "use orthogonal_map='householder', or use_trivialization=True"
            )
        A, tau = geqrf(tall)
        diagonal = A.diagonal(dim1=-2, dim2=-1)
        diagonal.sign_()
        diagonal[tau == 0.0] *= -1  # LAPACK says so that it used no reflection: the sign of that column is its own
        return A.mT if wide else A


def by_skew_matrix(X: Any, orthogonal_map: str) -> Any:
    """The first k columns of e^A, or of Cayley's (I - A / 2)^-1 (I + A / 2), for the skew-symmetric A with X below its diagonal."""
    n, k = X.shape[-2], X.shape[-1]
    X = X.tril()
    if n != k:
        X = cat([X, X.new_zeros(n, n - k).expand(*X.shape[:-2], -1, -1)], dim=-1)
    A = X - X.mT
    if orthogonal_map == "matrix_exp":
        Q = matrix_exp(A)
    else:
        one = eye(n, dtype=A.dtype, device=A.device)
        Q = solve(one - 0.5 * A, one + 0.5 * A)
    return Q if n == k else Q[..., :k]


def by_householder(X: Any) -> Any:
    """The first k columns of a product of reflections, whose vectors lie below the diagonal of X; on it are the columns' signs."""
    A = X.tril(-1)
    tau = 2.0 / (1.0 + (A * A).sum(-2))
    return householder_product(A, tau) * X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)


def orthogonal_factor(A: Any) -> Any:
    """The Q of A = QR with a positive diagonal of R."""
    X, tau = geqrf(A)
    return householder_product(X, tau) * X.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)


def completed(Q: Any) -> Any:
    """A square orthogonal matrix whose first columns are those of Q, made orthonormal where they are not."""
    n, k = Q.shape[-2], Q.shape[-1]
    if n != k:
        return orthogonal_factor(cat([Q, randn(*Q.shape[:-2], n, n - k, dtype=Q.dtype, device=Q.device)], dim=-1))
    one = eye(k, dtype=Q.dtype, device=Q.device)
    is_orthogonal = allclose(Q.mT @ Q, one, atol=10.0 * n * finfo(Q.dtype).eps)
    return Q.clone() if is_orthogonal else orthogonal_factor(Q)


def orthogonal(module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True) -> Any:
    """Keep a matrix, or a batch of them, orthogonal while it is trained: orthonormal columns, or rows if it is wide.

    Args:
        orthogonal_map: how it is made from a free one: "matrix_exp" (for square matrices, if None), "cayley" or "householder" (for others).
        use_trivialization: put a fixed orthogonal matrix in front, so that training starts near the identity of the map.

    Returns:
        The module. It starts with its own matrix, or with the orthogonal factor of it.

    >>> import minitorch_nlp as torch
    >>> layer = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(3, 3))
    >>> torch.allclose(layer.weight.T @ layer.weight, torch.eye(3), atol=1e-6)
    True
    """
    weight = existing(module, name)
    if weight.dim() < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.dim()} dimensions.")
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.shape[-2] == weight.shape[-1] else "householder"
    if orthogonal_map not in MAPS:
        raise ValueError(f"orthogonal_map has to be one of {', '.join(MAPS)}. Got: {orthogonal_map}")
    return register_parametrization(module, name, _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization), unsafe=True)
