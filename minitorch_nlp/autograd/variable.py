"""`Variable`: what tensors with gradients were called before PyTorch 0.4."""

from __future__ import annotations

from typing import Any

from ..functional._op import Traced

__all__ = ["Variable"]


class VariableMeta(type):
    """Every tensor is a Variable, and calling it gives a tensor."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Traced)

    def __call__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        if volatile:
            raise NotImplementedError("Variable: volatile=True is not supported; use torch.no_grad()")
        if not isinstance(data, Traced):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        return data.detach().requires_grad_(requires_grad)


class Variable(metaclass=VariableMeta):
    """The old name: ``Variable(x, requires_grad=True)`` is ``x.detach().requires_grad_()``."""
