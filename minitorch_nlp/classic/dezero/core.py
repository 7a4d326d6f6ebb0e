"""Variable, Parameter and Function: DeZero's core on this package's tape."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ... import backend
from ...autograd.engine import fit, vjp_on_tensors
from ...autograd.keeping import Like
from ...autograd.mode import state
from ...functional import astype as astype_op
from ...functional import permute, reshape
from ...functional import sum as sum_op
from ...functional._op import Traced
from . import _tape
from ._config import Config, no_grad, test_mode, using_config
from ._index import items
from ._operators import Operators

__all__ = [
    "Config", "Function", "Parameter", "Variable", "add", "as_array", "as_variable", "div", "mul", "neg", "no_grad", "pow", "rdiv", "rsub",
    "sub", "test_mode", "using_config",
]  # fmt: skip

# ---- Variable ----------------------------------------------------------------------------------------------------------------------


class Variable(Operators):
    """An array with a gradient, and the function that made it.

    Attributes:
        data: the values, a NumPy or CuPy array of any dtype; may be assigned.
        grad: the gradient that `backward` has added up, a Variable, or None.
        name: for drawings of the graph.

    Raises:
        TypeError: `data` is not an array (a Python number is made one by `as_array`).

    >>> import numpy as np
    >>> from minitorch_nlp.classic.dezero import Variable
    >>> x = Variable(np.array([[1, 2, 3], [4, 5, 6]]))
    >>> x
    variable([[1 2 3]
              [4 5 6]])
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    variable([[ 2  4  6]
              [ 8 10 12]])
    """

    __slots__ = ("__dict__", "__weakref__", "_node", "array", "grad", "name")

    # What the engine asks of a leaf: no hooks, no view of anything, never written to in place by an op.
    _base = _hooks = _node_hooks = None
    _cell = (0, 0)
    _needs_grad = True

    def __init__(self, data: Any, name: str | None = None) -> None:
        if data is not None and not backend.is_array(data):
            raise TypeError(f"{type(data)} is not supported")
        self.array: Any = data
        self.name = name
        self.grad: Any = None
        self._node: Any = None

    apply = staticmethod(_tape.apply)

    @staticmethod
    def _wrap(array: Any, node: Any = None, cell: Any = None) -> Variable:
        y = Variable(backend.as_array(array))
        y._node = node
        return y

    @property
    def data(self) -> Any:
        return self.array

    @data.setter
    def data(self, value: Any) -> None:
        self.array = backend.as_array(value)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def ndim(self) -> int:
        return self.array.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.array.size

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype

    def __len__(self) -> int:
        return len(self.array)

    def __repr__(self) -> str:
        return "variable(None)" if self.array is None else "variable(" + str(self.array).replace("\n", "\n" + " " * 9) + ")"

    # ---- the graph ----

    @property
    def creator(self) -> Function | None:
        """The function that made this Variable: a user's own, or one that says which of ours; None for a leaf."""
        node = self._node
        return None if node is None else function_of(node.parent or node)

    @property
    def generation(self) -> int:
        """0 for a leaf; otherwise one more than the greatest of what it was made from."""
        return _tape.generation(self)

    def backward(self, retain_grad: bool = False, create_graph: bool = False) -> None:
        """Add the gradient of this Variable to the ``.grad`` of those it was made from.

        It starts with ``self.grad``, or with ones; so of an array it is the gradient of the sum.

        Args:
            retain_grad: also for Variables between this one and the leaves.
            create_graph: record it, so that gradients can be differentiated again.
        """
        if self.grad is None:
            self.grad = Variable._wrap(np.ones_like(self.array))
        if self._node is None:
            return
        _tape.walk(self._node, as_variable(self.grad), retain_grad, create_graph)
        if not retain_grad:
            self.grad = None

    def cleargrad(self) -> None:
        """Forget the gradient."""
        self.grad = None

    def unchain(self) -> None:
        """Forget what made this Variable: a leaf from now on, also for what was computed from it already."""
        if self._node is not None:
            _tape.cut(self._node)

    def unchain_backward(self) -> None:
        """`unchain` every Variable that this one was made from: truncated backpropagation through time."""
        root = self._node
        if root is None:
            return
        for node in _tape.nodes_behind(root):
            if node is not root and not isinstance(node, Variable) and node.outputs is None and _tape.outputs_of(node):
                _tape.cut(node)

    # ---- shape ----

    def reshape(self, *shape: Any) -> Variable:
        """The same elements in another shape: ``x.reshape(2, 3)`` or ``x.reshape((2, 3))``."""
        new = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        return self if tuple(new) == self.shape else reshape(self, shape=tuple(new))

    def transpose(self, *axes: Any) -> Variable:
        """The axes in reverse, or in the order given: ``x.transpose(1, 0, 2)`` or ``x.transpose((1, 0, 2))``."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = tuple(axes[0] or ())
        return permute(self, dims=axes or tuple(reversed(range(self.ndim))))

    @property
    def T(self) -> Variable:
        return self.transpose()

    def __getitem__(self, slices: Any) -> Variable:
        """What NumPy reads with that index."""
        return items(self, slices)

    # ---- reductions ----

    def sum(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """The sum of all elements, or along an axis or several."""
        return sum_op(self, dim=axis, keepdim=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """The average of all elements, or along an axis or several."""
        y = self.sum(axis, keepdims)
        return y * (y.size / self.size)

    def max(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """The largest element, or those along an axis. Each of several equal ones gets the whole gradient."""
        return Max(axis, keepdims)(self)

    def min(self, axis: Any = None, keepdims: bool = False) -> Variable:
        """The smallest element, or those along an axis. Each of several equal ones gets the whole gradient."""
        return Min(axis, keepdims)(self)

    def astype(self, dtype: Any) -> Variable:
        """The values in another dtype."""
        return astype_op(self, dtype=np.dtype(dtype))

    # ---- devices ----

    def to_cpu(self) -> None:
        """Move the values to main memory."""
        if self.array is not None:
            self.array = backend.to_numpy(self.array)

    def to_gpu(self) -> None:
        """Move the values to the GPU; needs CuPy."""
        if self.array is not None:
            self.array = backend.to_device(self.array, "cuda")


class Parameter(Variable):
    """A Variable that a Layer learns."""


def as_variable(obj: Any) -> Variable:
    """`obj` itself if it is a Variable, else one around the array."""
    return obj if isinstance(obj, Variable) else Variable(obj)


def as_array(x: Any, array_module: Any = np) -> Any:
    """A number as an array without dimensions; arrays as they are."""
    return array_module.array(x) if np.isscalar(x) else x


# ---- Function ----------------------------------------------------------------------------------------------------------------------


class Function:
    """A differentiable function: subclass, write `forward` on arrays and `backward` on Variables, and call an instance.

    In `backward`, ``self.inputs`` are the Variables it was called with and ``self.outputs`` weak references to those it made.

    >>> import numpy as np
    >>> from minitorch_nlp.classic.dezero import Function, Variable
    >>> class Square(Function):
    ...     def forward(self, x):
    ...         return x**2
    ...     def backward(self, gy):
    ...         (x,) = self.inputs
    ...         return 2 * x * gy
    >>> x = Variable(np.array(3.0))
    >>> y = Square()(x)
    >>> y.backward(create_graph=True)
    >>> x.grad
    variable(6.0)
    """

    inputs: list[Variable]
    outputs: list[weakref.ref[Variable]]
    generation: int

    def __call__(self, *inputs: Any) -> Any:
        """The output as a Variable; several as a list of them."""
        xs: list[Any] = [as_variable(x) for x in inputs]
        ys = self.forward(*(x.array for x in xs))
        arrays = [as_array(y) for y in (ys if isinstance(ys, tuple) else (ys,))]
        outputs: Any = [Variable(a) for a in arrays]
        if state.enabled:
            likes = [Like(x.shape, x.dtype) for x in xs]
            node = _tape.Call(self, likes, [_tape.edge(x) for x in xs], {"wrap": Variable._wrap}, None)
            outputs = _tape.record(node, Variable._wrap, arrays, xs)
            self.inputs, self.outputs, self.generation = xs, _tape.outputs_of(node), node.generation  # type: ignore[attr-defined]
        return outputs if len(outputs) > 1 else outputs[0]

    def forward(self, *xs: Any) -> Any:
        """The output array or arrays, from the input arrays."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self, *gys: Any) -> Any:
        """The gradients of the inputs, from those of the outputs; None for an output that nothing was computed from."""
        raise NotImplementedError(f"{type(self).__name__} has no backward")


class OpFunction(Function):
    """One call of an op of this package, as a `creator` shows it."""

    def __init__(self, node: Any) -> None:
        self.node = weakref.ref(node)
        self.inputs = [x if isinstance(x, Variable) else Variable(as_array(x)) for x in _tape.inputs_of(node)]
        self.outputs, self.generation = _tape.outputs_of(node), node.generation

    def backward(self, gy: Any, *others: Any) -> Any:
        node: Any = self.node()
        dxs = vjp_on_tensors(node, (gy, *others) if others else gy)
        fitted: Any = tuple(d if d is None else fit(d, x, node.seq) for d, x in zip(dxs, node.inputs) if isinstance(x, Traced))
        return fitted if len(fitted) > 1 else fitted[0]


NAMES = {"pow": "Pow", "getitem": "GetItem", "expand": "BroadcastTo", "permute": "Transpose", "matmul": "MatMul", "clamp": "Clip"}


@cache
def class_of(op: str) -> type[OpFunction]:
    """A class under DeZero's name of an op."""
    return type(NAMES.get(op) or "".join(part.capitalize() for part in op.split("_")), (OpFunction,), {})


def function_of(node: Any) -> Function:
    """What a Variable made by `node` has as its creator; always the same object."""
    if isinstance(node.op, Function):
        return node.op
    known = node.__dict__.get("function")
    if known is None:
        known = node.function = class_of(node.op.name)(node)
    return known


class Max(Function):
    """y = max_i x_i, of all elements or along `axis`;  dx_i = dy where x_i = y: each of several equal ones gets all of it."""

    reduce: Callable[..., Any] = staticmethod(np.max)

    def __init__(self, axis: Any = None, keepdims: bool = False) -> None:
        self.axis, self.keepdims = axis, keepdims

    def forward(self, x: Any) -> Any:
        y = self.reduce(x, axis=self.axis, keepdims=True)
        self.kept, self.mask = y.shape, x == y
        return y if self.keepdims else y.squeeze(self.axis)

    def backward(self, gy: Variable) -> Variable:
        return gy.reshape(self.kept) * self.mask


class Min(Max):
    """y = min_i x_i, with the gradient of `Max`."""

    reduce = staticmethod(np.min)


# ---- the operators as functions ----------------------------------------------------------------------------------------------------


def add(x0: Any, x1: Any) -> Variable:
    """x0 + x1."""
    return as_variable(x0) + x1


def sub(x0: Any, x1: Any) -> Variable:
    """x0 - x1."""
    return as_variable(x0) - x1


def rsub(x0: Any, x1: Any) -> Variable:
    """x1 - x0."""
    return x1 - as_variable(x0)


def mul(x0: Any, x1: Any) -> Variable:
    """x0 x1, elementwise."""
    return as_variable(x0) * x1


def div(x0: Any, x1: Any) -> Variable:
    """x0 / x1, elementwise."""
    return as_variable(x0) / x1


def rdiv(x0: Any, x1: Any) -> Variable:
    """x1 / x0, elementwise."""
    return x1 / as_variable(x0)


def neg(x: Any) -> Variable:
    """-x."""
    return -as_variable(x)


def pow(x: Any, c: Any) -> Variable:
    """x^c, elementwise."""
    return as_variable(x) ** c
