"""Spectral normalisation in its older form: a hook that computes the weight before each forward."""

from __future__ import annotations

from typing import Any

from ...autograd.mode import no_grad
from .. import functional as F
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module
from ..parameter import Parameter
from .weight_norm import hooks_of, remove_hook

__all__ = ["SpectralNorm", "as_matrix", "outputs_dim", "remove_spectral_norm", "spectral_norm"]


def as_matrix(weight: Any, dim: int) -> Any:
    """The weight as a matrix whose rows are the places of `dim`."""
    if dim != 0:
        weight = weight.permute(dim, *(d for d in range(weight.dim()) if d != dim))
    return weight.reshape(weight.shape[0], -1)


def outputs_dim(module: Any, dim: int | None) -> int:
    """The dimension of a weight that counts outputs."""
    if dim is not None:
        return dim
    return int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))


def unit_noise(like: Any, size: int, eps: float) -> Any:
    """A random direction."""
    return F.normalize(like.new_empty(size).normal_(0, 1), dim=0, eps=eps)


def check_iterations(n: int) -> None:
    if n <= 0:
        raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={n}")


class SpectralNorm:
    """The hook: before each forward, the weight is ``_orig`` divided by its largest singular value u^T W v.

    In training, u and v come nearer to the singular vectors by `n_power_iterations` of v <- W^T u / |W^T u|, u <- W v / |W v|.
    """

    _version = 1

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        check_iterations(n_power_iterations)
        self.name = name
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Any:
        """The weight as it is now."""
        weight, u, v = (getattr(module, self.name + end) for end in ("_orig", "_u", "_v"))
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    F.normalize(matrix.t().mv(u), dim=0, eps=self.eps, out=v)
                    F.normalize(matrix.mv(v), dim=0, eps=self.eps, out=u)
                u, v = u.clone(), v.clone()  # a second forward will change the buffers before backward has seen these
        return weight / u.dot(matrix.mv(v))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, do_power_iteration=module.training))

    def note_version(self, module: Module, state_dict: Any, prefix: str, local_metadata: dict[str, Any]) -> None:
        """A state dict hook: torch looks for this where it loads one."""
        local_metadata.setdefault("spectral_norm", {})[f"{self.name}.version"] = self._version


def spectral_norm(module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None) -> Any:
    """Divide a weight by its largest singular value (Miyato et al., 2018), estimated by the power method.

    The parameter is then ``name_orig``, its singular vectors are the buffers ``name_u`` and ``name_v``; a hook computes `name` before each
    forward. `parametrizations.spectral_norm` is the newer form.

    Args:
        n_power_iterations: how many steps of the power method each forward in training makes.
        eps: keeps norms away from 0.
        dim: the dimension that counts outputs: 0, but 1 for transposed convolutions. The others are one.

    Returns:
        The module.
    """
    if hooks_of(module, SpectralNorm, name):
        raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    hook = SpectralNorm(name, n_power_iterations, outputs_dim(module, dim), eps)
    weight = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    with no_grad():
        matrix = as_matrix(weight, hook.dim)
        u, v = (unit_noise(weight, size, eps) for size in matrix.shape)
    delattr(module, name)
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.data)  # an attribute until the first forward: others may look at its shape
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)
    module.register_forward_pre_hook(hook)
    module.register_state_dict_post_hook(hook.note_version)
    return module


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Undo `spectral_norm`: the parameter `name` is back, with the value it has now."""
    keys = hooks_of(module, SpectralNorm, name)
    if not keys:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    hook = remove_hook(module, keys[0])
    with no_grad():
        weight = hook.compute_weight(module, do_power_iteration=False)
    for end in ("", "_u", "_v", "_orig"):
        delattr(module, name + end)
    module.register_parameter(name, Parameter(weight.detach()))
    posts = module._hooks["state_dict_post"]
    for key in [key for key, (post, _) in posts.items() if getattr(post, "__self__", None) is hook]:
        del posts[key]
    return module
