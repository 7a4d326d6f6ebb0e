"""Weight normalisation in its older form: a hook that computes the weight before each forward."""

from __future__ import annotations

import warnings
from typing import Any

from ...functional.normalization import weight_norm as weight_norm_op
from ..modules.module import Module
from ..parameter import Parameter

__all__ = ["WeightNorm", "norm_except_dim", "remove_weight_norm", "weight_norm"]


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The norm of order `pow` over all dimensions but `dim`, which are kept with size 1; over all of them for dim -1.

    >>> import minitorch_nlp as torch
    >>> torch.norm_except_dim(torch.tensor([[3.0, 4.0], [0.0, 2.0]]))
    tensor([[5.],
            [2.]])
    """
    if dim == -1:
        return v.norm(pow)
    size = [1] * v.dim()
    size[dim] = v.shape[dim]
    return v.transpose(0, dim).reshape(v.shape[dim], -1).norm(pow, 1).reshape(size)


class WeightNorm:
    """The hook: before each forward, the weight is computed from its length `_g` and its direction `_v`."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Any:
        """The weight as it is now."""
        return weight_norm_op(getattr(module, self.name + "_v"), getattr(module, self.name + "_g"), dim=self.dim)

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def hooks_of(module: Module, kind: type, name: str) -> list[int]:
    """The keys of the forward pre-hooks of this class for the tensor `name`."""
    entries = (module._hooks or {}).get("forward_pre", {})
    return [key for key, (hook, _) in entries.items() if isinstance(hook, kind) and hook.name == name]  # type: ignore[attr-defined]


def remove_hook(module: Module, key: int) -> Any:
    """The hook under `key`, taken off."""
    assert module._hooks is not None
    return module._hooks["forward_pre"].pop(key)[0]


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Train the length and the direction of a weight apart: w = g v / |v| (Salimans and Kingma, 2016).

    The parameter `name` gives way to ``name_g`` and ``name_v``; a hook computes it before each forward. Deprecated in PyTorch, and so
    here: `parametrizations.weight_norm` does the same by a parametrization.

    Args:
        dim: the dimension that has a length for each of its places; None for one length of the whole weight.

    Returns:
        The module.
    """
    if hooks_of(module, WeightNorm, name):
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.", FutureWarning, stacklevel=2
    )
    hook = WeightNorm(name, dim)
    weight = getattr(module, name)
    length = norm_except_dim(weight, 2, hook.dim)
    del module._parameters[name]
    module.register_parameter(name + "_g", Parameter(length.data))
    module.register_parameter(name + "_v", Parameter(weight.data))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Undo `weight_norm`: the parameter `name` is back, with the value it had at last."""
    keys = hooks_of(module, WeightNorm, name)
    if not keys:
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    weight = remove_hook(module, keys[0]).compute_weight(module)
    delattr(module, name)
    del module._parameters[name + "_g"]
    del module._parameters[name + "_v"]
    module.register_parameter(name, Parameter(weight.data))
    return module
