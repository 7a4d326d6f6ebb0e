"""The core of a Tensor: an array, its gradient, and its place on the tape. Operations are added in the sibling files."""

from __future__ import annotations

import warnings
from operator import index
from typing import Any
from weakref import ref

import numpy as np

from .. import backend
from ..autograd import tape
from ..autograd.hooks import LAST, RemovableHandle, watch_leaves
from ..autograd.mode import state
from ..autograd.tape import apply
from ..functional._op import Traced
from ..settings import warn_once
from .dtypes import DTYPES, Device, Size, dtype
from .results import into

__all__ = ["RemovableHandle", "TensorBase", "array_of", "integer", "value", "warn_of_lost_gradient", "wrap"]


def set_grad(tensor: Any, value: Any) -> None:
    """``tensor.grad = value``, where it fits."""
    if value is not None:
        if not isinstance(value, Traced):
            raise TypeError(f"assigned grad expected to be a Tensor or None but got {type(value).__name__}")
        own, given = tensor.array, value.array
        if given.shape != own.shape or given.dtype != own.dtype:
            raise RuntimeError(
                f"the assigned grad must have its tensor's shape and dtype, {own.shape} {own.dtype}, not {given.shape} {given.dtype}"
            )
    tensor._grad = value


def get_grad(tensor: Any) -> Any:
    grad = tensor._grad
    if grad is None and tensor.grad_fn is not None and not tensor._retains:
        warnings.warn(
            "the .grad of a tensor that is not a leaf is being read: backward does not fill it; call retain_grad() on the tensor first",
            stacklevel=2,
        )
    return grad


def only_value(tensor: Any) -> Any:
    """The one element, for `float` and `complex`."""
    warn_of_lost_gradient(tensor)
    return one_element(tensor.array)


def warn_of_lost_gradient(tensor: Any, stacklevel: int = 5) -> None:
    """For a conversion to a number, where a gradient is wanted."""
    if state.enabled and tensor.requires_grad:
        warn_once("a tensor with requires_grad=True is converted to a scalar, which has no gradient; call detach() first", stacklevel)


def one_element(array: Any) -> Any:
    if array.size != 1:
        raise ValueError(f"only one element tensors can be converted to Python scalars, this one has {array.size}")
    return array.item()


class TensorBase(Traced):
    """An array with a gradient.

    Attributes:
        array: the values, a NumPy array (a CuPy array on a GPU); always the real storage, never a copy.
        grad: the gradient accumulated by `backward`, a Tensor, or None.
    """

    # _needs_grad, _node: place in the graph; _cell: [stamp, version], shared by all views of the memory.
    __slots__ = ("__dict__", "__weakref__", "_cell", "_needs_grad", "_node", "array")

    _grad: Any = None
    # For a view: what it views, how, and the base's node when `_node` was last right.
    _base: Any = None
    _base_node: Any = None
    _steps: tuple[Any, ...] = ()
    _locked: Any = None  # for a view that must not be written to where that is recorded: why
    _earlier: tuple[Any, ...] = ()  # (stamp, array) before each call such as t_(), which gave it another shape
    _hooks: dict[int, Any] | None = None
    _accumulate_hooks: dict[int, Any] | None = None
    _node_hooks: dict[str, dict[int, Any]] | None = None  # of the leaf's AccumulateGrad node, and a weak reference to that
    _accumulator: Any = None
    _retains: bool = False
    _origin: Any = None  # for a detached view: the array of what it was a view of, whose memory it shares

    apply = staticmethod(apply)
    into = staticmethod(into)

    @staticmethod
    def _wrap(array: Any, node: Any = None, cell: list[int] | None = None) -> Any:
        """A plain Tensor around `array`, made by `node`. The quick way in, for the tape and creation functions."""
        t = new(plain)
        t.array = array
        t._node = node
        t._needs_grad = node is not None
        t._cell = cell or [0, 0]
        return t

    # ---- what it is ----

    @property
    def shape(self) -> Size:
        """The size of each dimension."""
        return new_tuple(Size, self.array.shape)

    @property
    def ndim(self) -> int:
        return self.array.ndim

    @property
    def dtype(self) -> dtype:
        return DTYPES[self.array.dtype]

    @property
    def device(self) -> Device:
        kind, index = backend.device_of(self.array)
        return Device(kind, index if kind == "cuda" else None)

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    # ---- its place in the graph ----

    @property
    def requires_grad(self) -> bool:
        """Whether ops on this tensor are recorded."""
        if self._base is not None:
            tape.sync_view(self)
        return self._needs_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError(f"requires_grad must be a bool, not {value!r}")
        if self.grad_fn is not None:
            raise RuntimeError("you can only change requires_grad flags of leaf variables; detach() gives a tensor that needs no gradient")
        if value and self.array.dtype.kind not in "fV":
            raise RuntimeError(f"only Tensors of floating point dtype can require gradients, not {self.dtype}")
        self._needs_grad = value

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Set `requires_grad` and return the tensor."""
        if not (requires_grad and self.requires_grad):
            self.requires_grad = requires_grad
        return self

    grad = property(get_grad, set_grad, doc="The gradient `backward` has accumulated: a Tensor, or None.")

    @property
    def grad_fn(self) -> Any:
        """The node that made this tensor; None for a leaf."""
        if self._base is not None:
            tape.sync_view(self)
        return self._node

    @property
    def output_nr(self) -> int:
        """Which of the outputs of its `grad_fn` this tensor is."""
        node = self.grad_fn
        return 0 if node is None else node.index

    @property
    def is_leaf(self) -> bool:
        """Made by the user, not by a recorded op."""
        return self.grad_fn is None

    @property
    def _version(self) -> int:
        """How often this memory was changed in place."""
        return self._cell[1]

    @property
    def data(self) -> Any:
        """The same memory as a tensor outside the graph; writes through it are not seen by autograd."""
        return self.detached([0, 0])

    @data.setter
    def data(self, value: TensorBase) -> None:
        if not isinstance(value, Traced):
            raise TypeError(f"data must be a Tensor, not {type(value).__name__}")
        if self._needs_grad and value.array.dtype.kind not in "fV":
            raise RuntimeError("data set to a tensor that requires gradients must be floating point dtype")
        self.array = value.array

    def detach(self) -> Any:
        """The same memory as a tensor that needs no gradient; writes through it still count as changes."""
        return self.detached(self._cell)

    def detached(self, cell: list[int]) -> Any:
        result = self._wrap(self.array, None, cell)
        if self._base is not None:
            result._origin = self._base.array
        elif self._origin is not None:
            result._origin = self._origin
        return result

    def detach_(self) -> Any:
        """Cut this tensor off from the graph that made it."""
        if self._base is not None:
            raise RuntimeError("can't detach views in-place; use detach() instead")
        self._node, self._needs_grad = None, False
        return self

    def register_hook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(grad)`` whenever this tensor's gradient is computed; what it returns replaces the gradient."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        hooks = self._hooks_of_grad()
        handle = RemovableHandle(hooks)
        hooks[handle.id] = (hook, self._wrap)
        return handle

    def _hooks_of_grad(self) -> dict[int, Any]:
        owner = self._node
        hooks = owner.hooks if owner is not None else self._hooks
        if hooks is None:
            hooks = {}
            if owner is not None:
                owner.hooks, owner.plain = hooks, False
            else:
                self._hooks = hooks
                watch_leaves()
        return hooks

    def retain_grad(self) -> None:
        """Keep this non-leaf tensor's gradient in `.grad` too."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.is_leaf or getattr(self, "_retains", False):
            return
        self._retains = True
        kept = ref(self)

        def keep(grad: Any) -> None:
            tensor = kept()
            if tensor is not None:
                tensor._grad = grad.clone() if tensor._grad is None else tensor._grad + grad

        self._hooks_of_grad()[LAST] = (keep, self._wrap)

    @property
    def retains_grad(self) -> bool:
        return getattr(self, "_retains", False)

    def _write_inplace(self, op: Any, *args: Any, **kwargs: Any) -> Any:
        """``self <- op(self, *args)``, recorded."""
        return tape.apply_inplace(op, self, args, kwargs)

    # ---- as Python and NumPy values ----

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The values as a NumPy array that shares memory with this tensor (a copy for a GPU tensor, with ``force=True``)."""
        if self.array.dtype.kind == "V":
            raise TypeError("numpy: Got unsupported ScalarType BFloat16; use .float().numpy()")
        if force:
            return backend.to_numpy(self.array)
        if state.enabled and self.requires_grad:
            raise RuntimeError("can't call numpy() on Tensor that requires grad; use tensor.detach().numpy() instead")
        if not isinstance(self.array, np.ndarray):
            raise TypeError("can't convert cuda device type tensor to numpy; use Tensor.cpu() to copy the tensor to host memory first")
        return self.array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def item(self) -> Any:
        """The one value as a Python number."""
        if self.array.size != 1:
            raise RuntimeError(f"a Tensor with {self.array.size} elements cannot be converted to Scalar")
        return self.array.item()

    def tolist(self) -> Any:
        """Nested Python lists of the values; a number for a 0-dim tensor."""
        return self.array.tolist()

    def __bool__(self) -> bool:
        if self.array.size != 1:
            if self.array.size == 0:
                raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self.array.item())

    def __int__(self) -> int:
        return int(one_element(self.array))

    def __float__(self) -> float:
        return float(only_value(self))

    def __index__(self) -> int:
        if self.array.size != 1 or self.array.dtype.kind not in "iub":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.array.item())

    def __complex__(self) -> complex:
        return complex(only_value(self))

    def __len__(self) -> int:
        if self.array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return self.array.shape[0]

    __hash__ = object.__hash__

    def __format__(self, spec: str) -> str:
        if self.array.ndim == 0 and type(self) is plain:
            return format(self.array.item(), spec)
        return object.__format__(self, spec)


# ---- what the functions on Tensors share ----


def wrap(array: Any) -> Any:
    """A plain Tensor around an array, or around the scalar that NumPy made of one."""
    return TensorBase._wrap(array if array.__class__ is np.ndarray else backend.as_array(array))


def value(x: Any) -> Any:
    """The array or number behind an argument."""
    if isinstance(x, Traced):
        return x.array
    return x.item() if isinstance(x, np.generic) else x


def array_of(name: str, x: Any, argument: str = "input") -> Any:
    """The array behind an argument that must be a tensor."""
    if isinstance(x, Traced):
        return x.array
    raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {type(x).__name__}")


def integer(name: str, x: Any) -> int:
    """An argument that must be an integer: an int, or an integer tensor of one element."""
    try:
        return index(x)
    except TypeError:
        raise TypeError(f"{name}(): an integer is wanted, not {type(x).__name__} {x!r}") from None


new = object.__new__
plain: Any = TensorBase  # the class of what ops return: Tensor, set where that is defined
new_tuple = tuple.__new__  # Size without its checks
