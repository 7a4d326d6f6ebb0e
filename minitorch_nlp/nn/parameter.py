"""Parameter: a tensor that a Module finds by itself. Buffer: module state that is not trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..tensor.tensor import Tensor

__all__ = ["Buffer", "Parameter"]


class Parameter(Tensor):
    """A tensor that joins `Module.parameters()` when it is assigned as a module's attribute.

    Args:
        data: the values; memory is shared with it, its place in a graph is not. Left out: an empty tensor.
        requires_grad: whether it is trained.

    >>> import minitorch_nlp as torch
    >>> torch.nn.Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __slots__ = ()

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        if not (data is None or isinstance(data, Tensor)):
            raise TypeError(f"{cls.__name__}: data must be a Tensor, not {type(data).__name__}; wrap it in tensor()")
        return share(cls, data, requires_grad)

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        """Nothing left to do: `__new__` has done it."""

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        copy = type(self)(Tensor._wrap(self.array.copy(order="K")), self._needs_grad)
        copy.__dict__.update((k, v) for k, v in self.__dict__.items() if k not in GRAPH_STATE)
        return copy

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), (self.data, self._needs_grad)


# Belongs to the original, not to a copy.
GRAPH_STATE = {"_grad", "_hooks", "_node_hooks", "_accumulator", "_base", "_base_node", "_steps", "_retains"}


class Buffer(Tensor):
    """A tensor that joins `Module.buffers()` when it is assigned as a module's attribute; saved in `state_dict` if `persistent`."""

    __slots__ = ()
    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Buffer:
        if not (data is None or isinstance(data, Tensor)):
            raise TypeError(f"{cls.__name__}: data must be a Tensor, not {type(data).__name__}; wrap it in tensor()")
        self = share(cls, data, data is not None and data.requires_grad)
        self.persistent = persistent
        return self

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        """Nothing left to do: `__new__` has done it."""

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return make_buffer, (self.data, self.persistent)


def make_buffer(data: Tensor, persistent: bool) -> Buffer:
    return Buffer(data, persistent=persistent)


def share(cls: type, data: Tensor | None, requires_grad: bool) -> Any:
    """A `cls` over the memory of `data`, a leaf of the graph."""
    self = object.__new__(cls)
    self.array = np.empty(0, backend.default_dtype()) if data is None else data.array
    self._cell = [0, 0] if data is None else data._cell
    self._node = None
    self._needs_grad = False
    self.requires_grad = requires_grad
    return self
