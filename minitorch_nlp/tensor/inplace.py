"""In-place twins: ``x.exp_()`` is ``x <- exp(x)``, written into x's memory and recorded."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

from ..autograd import tape

__all__ = ["InPlace", "fill_", "zero_"]


class InPlace:
    """The in-place method of an op or function whose first argument is the tensor."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__name__ = f"{function.__name__}_"
        self.__doc__ = f"In place: ``self <- {function.__name__}(self, ...)``. {function.__doc__ or ''}"

    def __call__(self, tensor: Any, *args: Any, **kwargs: Any) -> Any:
        return tape.apply_inplace(self.function, tensor, args, kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)


def fill_(self: Any, value: Any) -> Any:
    """Write one value everywhere."""
    if hasattr(value, "array") and value.array.ndim:
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.array.ndim} dimensions.")
    return self.copy_(value)


def zero_(self: Any) -> Any:
    """Write 0 everywhere."""
    return self.copy_(0)
