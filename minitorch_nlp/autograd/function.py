"""`Function`: a user's own forward and backward on Tensors, in torch's style."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..functional._op import Traced
from .mode import no_grad, state
from .tape import Like, Node, edge_of

__all__ = ["Function", "FunctionCtx", "once_differentiable"]

F = TypeVar("F", bound=Callable[..., Any])


class FunctionCtx:
    """What a Function's forward leaves for its backward."""

    def __init__(self) -> None:
        self._saved: tuple[Any, ...] = ()
        self._constant: set[int] = set()
        self._materialize = True
        self._seq = 0
        self.needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (inputs, outputs, others) for backward, guarded against changes in place."""
        if not all(t is None or isinstance(t, Traced) for t in tensors):
            raise TypeError("save_for_backward can only save variables; keep other values as attributes of ctx")
        self._saved = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept."""
        for t in self._saved:
            if t is not None and t._cell[0] > self._seq > 0:
                raise RuntimeError(
                    f"one of the variables needed for gradient computation has been modified by an inplace operation: "
                    f"a saved tensor of shape {list(t.shape)}; clone() it before changing it"
                )
        return self._saved

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say that these outputs need no gradient."""
        self._constant = {id(t) for t in tensors}

    def mark_dirty(self, *tensors: Any) -> None:
        raise NotImplementedError("Function.mark_dirty: functions that change their inputs in place are not supported; return a new tensor")

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward sees zeros (True) or None for outputs nobody used."""
        self._materialize = value


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
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: FunctionCtx, inputs: tuple[Any, ...], output: Any) -> None:
        """torch's newer style: `forward` takes no ctx, and this fills it."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise NotImplementedError("You must implement either the backward or vjp method for your custom autograd.Function to use it.")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run the forward, recording the function as one node."""
        ctx = FunctionCtx()
        edges = [edge_of(a) if isinstance(a, Traced) and a.requires_grad else None for a in args]
        ctx.needs_input_grad = tuple(e is not None for e in edges)
        with no_grad():
            if cls.setup_context is Function.setup_context:
                output = cls.forward(ctx, *args)
            else:
                output = cls.forward(*args)
                cls.setup_context(ctx, args, output)
        if not (state.enabled and any(ctx.needs_input_grad)):
            return output
        return record(cls, ctx, args, edges, output)


class FunctionOp:
    """A Function in the place of a node's op."""

    takes_needs = False

    def __init__(self, function: type[Function]) -> None:
        self.function = function
        self.name = function.__name__

    def node_name(self, options: Any) -> str:
        return f"{self.name}Backward"


class FunctionNode(Node):
    """A node whose backward is a Function's, on Tensors."""

    ctx: FunctionCtx
    wrap: Callable[..., Any]

    __slots__ = ("ctx", "wrap")

    def vjp(self, dy: Any) -> tuple[Any, ...]:
        dys = dy if isinstance(dy, tuple) else (dy,)
        recorded = any(isinstance(d, Traced) for d in dys)
        grads = self.op.function.backward(self.ctx, *(d if d is None or isinstance(d, Traced) else self.wrap(d) for d in dys))
        grads = grads if isinstance(grads, tuple) else (grads,)
        if len(grads) < len(self.edges) or any(g is not None for g in grads[len(self.edges) :]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {len(self.edges)}, got {len(grads)})"
            )
        return tuple(g if g is None or recorded else g.array for g in grads[: len(self.edges)])

    def release(self) -> None:
        self.ctx._saved = ()
        super().release()


def record(cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], edges: list[Any], output: Any) -> Any:
    """Put the function's node behind its outputs."""
    outputs = output if isinstance(output, tuple) else (output,)
    wrap = next(a for a in args if isinstance(a, Traced))._wrap
    node = FunctionNode(FunctionOp(cls), args, edges, {}, [t.array for t in ctx._saved if t is not None])
    node.ctx, node.wrap = ctx, wrap
    ctx._seq = node.seq
    results = []
    several = len(outputs) > 1
    if several:
        node.outputs = tuple(Like(o.array.shape, o.array.dtype) if isinstance(o, Traced) else Like((), np.dtype(float)) for o in outputs)
    for i, o in enumerate(outputs):
        if not isinstance(o, Traced) or id(o) in ctx._constant or o.array.dtype.kind != "f":
            results.append(o)
            continue
        result: Any = wrap(o.array) if any(o is a for a in args) else o
        part: Node = node
        if several:
            part = Node(node.op, (), [], {}, None)
            part.parent, part.index = node, i
        result._node, result._needs_grad = part, True
        results.append(result)
    return tuple(results) if isinstance(output, tuple) else results[0]


def once_differentiable(backward: F) -> F:
    """Mark a Function's backward as not differentiable again: under ``create_graph`` its result needs no gradient."""

    def wrapper(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            return backward(ctx, *grads)

    return wrapper  # type: ignore[return-value]
