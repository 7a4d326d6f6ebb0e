"""In-place twins: ``x.exp_()`` is ``x <- exp(x)``, written into x's memory and recorded."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

from .. import backend
from ..autograd import tape
from ..functional._index import number_as
from ..functional._op import Traced
from ..functional.elementwise import overwrite

__all__ = ["InPlace", "Overwrite", "fill_", "one_value", "zero_"]


class InPlace:
    """The in-place method of an op or function whose first argument is the tensor."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__name__ = f"{function.__name__}_"
        self.__doc__ = f"In place: ``self <- {function.__name__}(self, ...)``. {function.__doc__ or ''}"

    def __call__(self, input: Any, *args: Any, **kwargs: Any) -> Any:
        return tape.apply_inplace(self.function, input, args, kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)


class Overwrite(InPlace):
    """The in-place method of a function without a gradient: its values replace those of the tensor, and 0 flows back to what they were."""

    def __init__(self, function: Callable[..., Any]) -> None:
        def replaced(x: Any, *args: Any, **kwargs: Any) -> Any:
            return overwrite(x, function(x, *args, **kwargs))

        replaced.__name__, replaced.__doc__ = function.__name__, function.__doc__
        super().__init__(replaced)


def one_value(name: str, tensor: Any, value: Any) -> Any:
    """`value` if it is a 0-dim tensor, or a number that the tensor's dtype can hold."""
    if isinstance(value, Traced):
        if value.array.ndim:
            raise RuntimeError(f"{name} only supports 0-dimension value tensor but got tensor with {value.array.ndim} dimensions.")
        return value
    kind = tensor.array.dtype
    return number_as(value, kind) if kind.kind in "iu" and isinstance(value, (int, float)) else value


def fill_(input: Any, value: Any) -> Any:
    """Write one value everywhere."""
    each_once(input).copy_(one_value("fill_", input, value))
    return input


def zero_(input: Any) -> Any:
    """Write 0 everywhere."""
    each_once(input).copy_(0)
    return input


def each_once(tensor: Any) -> Any:
    """The tensor; of an expanded one the part that holds each element once, which may be written to."""
    array = tensor.array
    if not backend.repeats(array):
        return tensor
    return tensor[tuple(slice(0, 1 if step == 0 else n) for n, step in zip(array.shape, array.strides))]
