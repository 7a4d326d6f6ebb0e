"""`Function`: a user's own forward and backward on Tensors, in torch's style."""

from __future__ import annotations

import functools
import inspect
import warnings
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..functional._op import Traced
from .keeping import Like, PackedTensor, recorded
from .mode import debug, no_grad, state
from .node import RELEASED, Node, second_time
from .tape import edge_of, mark_written, rebase, sync_view

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "InplaceFunction", "NestedIOFunction", "once_differentiable"]

F = TypeVar("F", bound=Callable[..., Any])


class FunctionCtx:
    """What a Function's forward leaves for its backward: tensors by `save_for_backward`, anything else as attributes."""

    def __init__(self) -> None:
        self._tensors: tuple[Any, ...] = ()  # as given; sorted into `_saved` when the node is made
        self._saved: tuple[Any, ...] = ()
        self._constant: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._materialize = True
        self.needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (inputs, outputs, others) for backward, guarded against changes in place."""
        for i, t in enumerate(tensors):
            if not (t is None or isinstance(t, Traced)):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}; "
                    "keep other values as attributes of ctx"
                )
        self._tensors = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """For `jvp` static methods, which nothing here calls: forward-mode derivatives come from differentiating backward."""

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept, each at its place in the graph."""
        return self._tensors if not self._saved else tuple(None if s is None else s.unpack() for s in self._saved)

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say that these outputs need no gradient."""
        self._constant = only_tensors("mark_non_differentiable", tensors)

    def mark_dirty(self, *tensors: Any) -> None:
        """Say that these inputs were changed in place; they must be returned too."""
        self._dirty = only_tensors("mark_dirty", tensors)

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward sees zeros (True) or None for outputs nobody used."""
        self._materialize = bool(value)


def only_tensors(name: str, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    for i, t in enumerate(tensors):
        if not isinstance(t, Traced):
            raise RuntimeError(f"{name} can only accept variables, but argument {i} is of type {type(t).__name__}")
    return tensors


class Function:
    """A custom differentiable function: subclass, write `forward` and `backward`, call ``MyFunction.apply(...)``.

    >>> import minitorch_nlp as torch
    >>> class Cube(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...     @staticmethod
    ...     def backward(ctx, dy):
    ...         (x,) = ctx.saved_tensors
    ...         return dy * 3 * x**2
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)

    `vmap`, `jvp` and `generate_vmap_rule` are not needed: `torch.vmap` calls the function once per sample, and forward-mode
    derivatives are taken from `backward`.
    """

    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        message = f"{type(self)} should not be instantiated: its methods are static; call {type(self).__name__}.apply(...)"
        warnings.warn(message, DeprecationWarning, stacklevel=2)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"a Function is not called; use {type(self).__name__}.apply(...) with static forward and backward methods")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """torch's newer style: `forward` takes no ctx, and this fills it."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise NotImplementedError("You must implement either the backward or vjp method for your custom autograd.Function to use it.")

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        raise NotImplementedError("You must implement the jvp function for custom autograd.Function to use it with forward mode AD.")

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        raise NotImplementedError("Function.vmap is not called here: torch.vmap runs the function once per sample")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run the forward, recording the function as one node."""
        ctx = FunctionCtx()
        plain = cls.setup_context is Function.setup_context
        if kwargs or not plain:
            args = positional(cls.forward, (ctx, *args) if plain else args, kwargs, defaults=not plain)[int(plain) :]
        edges: list[Any] = []
        for a in args:
            if isinstance(a, Traced):
                if a._base is not None:
                    sync_view(a)
                edges.append(edge_of(a))
            else:
                edges.append(None)
        ctx.needs_input_grad = tuple(e is not None for e in edges)
        with no_grad():
            output = cls.forward(ctx, *args) if plain else cls.forward(*args)
            if not plain:
                cls.setup_context(ctx, args, output)
        return finish(cls, ctx, args, edges, output)


def positional(forward: Any, args: tuple[Any, ...], kwargs: dict[str, Any], defaults: bool) -> tuple[Any, ...]:
    """The arguments of a call in the order of the forward's parameters."""
    bound = inspect.signature(forward).bind(*args, **kwargs)
    if defaults:
        bound.apply_defaults()
    if bound.kwargs:
        raise TypeError(f"a Function takes its arguments by position; {', '.join(bound.kwargs)} cannot be given so")
    return bound.args


class InplaceFunction(Function):
    """A Function that is told on construction whether it works in place."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class NestedIOFunction(Function):
    """torch's base of functions on nested structures."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        raise NotImplementedError("NestedIOFunction is not supported; take and return flat tuples of tensors with Function")


class FunctionOp:
    """A Function in the place of a node's op."""

    takes_needs = False
    array_names: tuple[str, ...] = ()

    def __init__(self, function: type[Function]) -> None:
        self.function = function
        self.name = function.__name__
        own_vjp, own_backward = function.vjp is not Function.vjp, function.backward is not Function.backward
        if own_vjp and own_backward:
            raise RuntimeError("Implementing both 'backward' and 'vjp' for a custom Function is not allowed; implement one of them.")
        self.backward = function.vjp if own_vjp else function.backward

    def node_name(self, options: Any) -> str:
        return f"{self.name}Backward"


class BackwardCFunction(Node):
    """The node of a Function. What its ctx has, it has: ``y.grad_fn.saved_tensors``."""

    ctx: FunctionCtx
    wrap: Callable[..., Any]

    __slots__ = ("ctx", "wrap")

    def vjp(self, dy: Any) -> tuple[Any, ...]:
        dys = dy if isinstance(dy, tuple) else (dy,)
        recording = any(isinstance(d, Traced) for d in dys)
        grads = self.op.backward(self.ctx, *(d if d is None or isinstance(d, Traced) else self.wrap(d) for d in dys))
        grads = grads if isinstance(grads, tuple) else (grads,)
        expected = len(self.edges)
        if len(grads) < expected or any(g is not None for g in grads[expected:]):
            raise RuntimeError(f"function {self.name()} returned an incorrect number of gradients (expected {expected}, got {len(grads)})")
        for i, (g, edge, x) in enumerate(zip(grads, self.edges, self.inputs)):
            if edge is not None and g is not None:
                self.check(i, g, x.array.shape)
        return tuple(g if edge is None or g is None or recording else g.array for g, edge in zip(grads, self.edges))

    def check(self, i: int, g: Any, shape: tuple[int, ...]) -> None:
        """A gradient must have its input's shape, or one that the input broadcasts to."""
        if not isinstance(g, Traced):
            raise RuntimeError(f"{self.name()}: expected Tensor or None as gradient {i} (got {type(g).__name__})")
        got = g.array.shape
        aligned = got[len(got) - len(shape) :]
        if len(got) < len(shape) or any(n not in (1, m) for n, m in zip(shape, aligned)):
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {i} - got {list(got)} but expected shape compatible with {list(shape)}"
            )

    def pack(self, hooks: Any) -> None:
        """Hand what is saved to `saved_tensors_hooks`."""
        for s in self.ctx._saved:
            if s is not None:
                s.value = PackedTensor(hooks, s.value)

    def release(self) -> None:
        if self.ctx._saved:
            self.ctx._saved, self.ctx._tensors = (), ()
            self.saved, self.inputs = RELEASED, [Like(x.array.shape, x.array.dtype) if isinstance(x, Traced) else x for x in self.inputs]
        else:
            super().release()

    def __getattr__(self, name: str) -> Any:
        if name == "saved_tensors" and self.saved is RELEASED:
            raise RuntimeError(second_time(self))
        return getattr(self.ctx, name)

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self.name()} object at {id(self):#x}>"


class Saved:
    """One tensor a Function saved. Outputs are held without their node, which would hold itself."""

    __slots__ = ("node", "output", "stamped", "value")

    def __init__(self, value: Any, node: Any, output: int | None) -> None:
        self.value, self.output, self.stamped = value, output, (value._cell, node.seq)
        self.node = weakref.ref(node) if output is not None else None

    def unpack(self) -> Any:
        packed = isinstance(self.value, PackedTensor)
        tensor = self.value.restore() if packed else self.value
        cell, seq = self.stamped
        if cell[0] > seq and not packed:
            raise RuntimeError(
                f"one of the variables needed for gradient computation has been modified by an inplace operation: "
                f"a saved tensor of shape {list(tensor.shape)}; clone() it before changing it"
            )
        if self.output is None or self.node is None:
            return tensor
        node: Any = self.node()
        if node is None:
            return tensor
        part = node if node.outputs is None else node.parts[self.output]()
        return tensor._wrap(tensor.array, part if part is not None else part_of(node, self.output))


def finish(cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], edges: list[Any], output: Any) -> Any:
    """What `apply` returns: the outputs, with the function's node behind them where gradients are wanted."""
    outputs = output if isinstance(output, tuple) else (output,)
    dirty = [id(t) for t in ctx._dirty]
    recording = state.enabled and any(ctx.needs_input_grad)
    if not all(any(id(o) == d for o in outputs) for d in dirty):
        raise RuntimeError("some inputs marked as dirty during the forward were not returned as output; return every one of them")
    for t in ctx._dirty:
        if recording and t._needs_grad and t._node is None:
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation; wrap it in torch.no_grad()")
    if ctx._dirty:
        mark_written(*ctx._dirty)
    given = {id(a) for a in args if isinstance(a, Traced)}
    same = [id(o) in given and id(o) not in dirty for o in outputs]
    if recording:
        results = record(cls, ctx, args, edges, outputs, same)
    else:
        results = [o.detach() if s else o for o, s in zip(outputs, same)]
    return tuple(results) if isinstance(output, tuple) else results[0]


def record(cls: type[Function], ctx: FunctionCtx, args: Any, edges: list[Any], outputs: tuple[Any, ...], same: list[bool]) -> list[Any]:
    """Put the function's node behind its outputs; an input returned as it is (`same`) becomes a tensor of its own."""
    wrap = next(a for a in args if isinstance(a, Traced))._wrap
    inputs = [a.detach() if any(a is t for t in ctx._dirty) else a for a in args]
    node = BackwardCFunction(FunctionOp(cls), inputs, edges, {}, ())
    node.ctx, node.wrap = ctx, wrap
    node.materializes, node.plain = ctx._materialize, len(outputs) == 1
    if len(outputs) > 1:
        node.outputs = tuple(Like(o.array.shape, o.array.dtype) if isinstance(o, Traced) else Like((), np.dtype(float)) for o in outputs)
        node.parts = (nowhere,) * len(outputs)
    place = {id(o): i for i, o in enumerate(outputs) if isinstance(o, Traced) and not same[i]}
    ctx._saved = tuple(None if t is None else Saved(t if id(t) not in place else t.detach(), node, place.get(id(t))) for t in ctx._tensors)
    ctx._tensors = ()
    if debug.watching:
        recorded(node)
    constant = [id(t) for t in ctx._constant]
    results = []
    for i, o in enumerate(outputs):
        if not isinstance(o, Traced) or id(o) in constant or o.array.dtype.kind not in "fV":
            results.append(o)
            continue
        part = node if node.outputs is None else part_of(node, i)
        if any(o is t for t in ctx._dirty):
            rebase(o, wrap(o.array, part))
            results.append(o)
            continue
        result: Any = o
        if same[i]:
            result = o.detach()
            result._locked = f"an input that {cls.__name__} returned as it is"
        result._node, result._needs_grad = part, True
        results.append(result)
    return results


def nowhere() -> None:
    """Stands for a weak reference to a node that is not there."""


def part_of(node: Any, i: int) -> Node:
    """The node that collects the gradient of output i."""
    part = Node(node.op, (), [], {}, None)
    part.parent, part.index, part.plain = node, i, False
    node.parts = (*node.parts[:i], weakref.ref(part), *node.parts[i + 1 :])
    return part


def once_differentiable(backward: F) -> F:
    """Mark a Function's backward as not differentiable again: differentiating its result raises."""

    @functools.wraps(backward)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            outputs = backward(ctx, *grads)
        if not (state.enabled and any(isinstance(g, Traced) and g.requires_grad for g in grads)):
            return outputs
        sources = [g for g in grads if isinstance(g, Traced)]
        several = outputs if isinstance(outputs, tuple) else (outputs,)
        marked = tuple(o if o is None else refuse_twice(o, sources) for o in several)
        return marked if isinstance(outputs, tuple) else marked[0]

    return wrapper  # type: ignore[return-value]


class Once:
    """The op of a gradient that cannot be differentiated."""

    name = "once_differentiable"
    takes_needs = False

    def node_name(self, options: Any) -> str:
        return "DelayedError"

    def backward(self, dy: Any, saved: Any) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")

    run_backward = backward


def refuse_twice(g: Any, sources: list[Any]) -> Any:
    return g._wrap(g.array, Node(Once(), sources, [edge_of(s) for s in sources], {}, ()))
