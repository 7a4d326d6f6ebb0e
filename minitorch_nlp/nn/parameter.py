"""Parameter: a tensor that a Module finds by itself. Buffer: module state that is not trained. Both also without a shape yet."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np

from .. import backend
from ..tensor.base import TensorBase
from ..tensor.copying import attributes
from ..tensor.creation import empty
from ..tensor.tensor import Tensor

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]


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
        copy.__dict__.update(attributes(self))
        return copy

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), (self.data, self._needs_grad)


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


# ---- without a shape ----------------------------------------------------------------------------------------------------------------

SLOT: Any = TensorBase.__dict__["array"]  # where a tensor keeps its array


class Uninitialized(Tensor):
    """What an UninitializedParameter and an UninitializedBuffer share: a dtype and a device, but no values until `materialize`."""

    __slots__ = ()
    _becomes: type = Tensor

    def _refuse(self) -> Any:
        raise ValueError(
            f"Attempted to use an uninitialized parameter or buffer ({type(self).__name__}): it gets its shape from the first input; "
            "call the module once before, for example before making the optimizer"
        )

    array: Any = property(_refuse, lambda self, value: SLOT.__set__(self, value))  # every use of a tensor's values goes through it

    @property
    def shape(self) -> Any:
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer: it gets one from the first input. "
            "Call the module once before, also before its state dict is loaded into another"
        )

    @property
    def data(self) -> Any:
        """No values, but with the dtype and the device."""
        return Tensor._wrap(SLOT.__get__(self))

    dtype = property(lambda self: self.data.dtype)
    device = property(lambda self: self.data.device)

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter (or buffer) of this shape, with arbitrary values.

        >>> import minitorch_nlp as torch
        >>> p = torch.nn.UninitializedParameter()
        >>> p.materialize((2, 3))
        >>> type(p).__name__, p.shape
        ('Parameter', torch.Size([2, 3]))
        """
        values = empty(shape, device=self.device if device is None else device, dtype=self.dtype if dtype is None else dtype)
        self.__class__ = self._becomes
        self.array = values.array

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return make_uninitialized(*self.__reduce_ex__(2)[1])

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return make_uninitialized, (type(self), self.data, self._needs_grad, getattr(self, "persistent", True))


def make_uninitialized(cls: Any, blank: Tensor, requires_grad: bool, persistent: bool) -> Any:
    """One with the dtype and device of `blank`."""
    self = object.__new__(cls)
    self.array, self._cell, self._node, self._needs_grad = blank.array, [0, 0], None, requires_grad
    if issubclass(cls, Buffer):
        self.persistent = persistent
    return self


class UninitializedParameter(Uninitialized, Parameter):
    """A parameter whose shape is not known yet; `materialize` gives it one. What is done with it before raises ValueError."""

    __slots__ = ()
    _becomes = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return make_uninitialized(cls, empty(0, device=device, dtype=dtype), requires_grad, True)

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        """Nothing left to do: `__new__` has done it."""


class UninitializedBuffer(Uninitialized, Buffer):
    """A buffer whose shape is not known yet; `materialize` gives it one."""

    __slots__ = ()

    def __new__(cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True) -> Any:
        return make_uninitialized(cls, empty(0, device=device, dtype=dtype), requires_grad, persistent)

    def __init__(self, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True) -> None:
        """Nothing left to do: `__new__` has done it."""


def is_lazy(param: Any) -> TypeGuard[Uninitialized]:
    """Whether a parameter or buffer has no shape yet."""
    return isinstance(param, Uninitialized)
