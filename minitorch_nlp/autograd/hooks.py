"""Hooks: functions of the user's that see gradients pass, and may replace them.

A tensor's hooks see its whole gradient, before anything else does. A node's prehooks see the gradients of its outputs just before its
backward runs, its hooks those and the gradients of its inputs just after. A leaf stands in the graph as an `AccumulateGrad` node.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from ..backend import as_array
from ..functional._op import Traced
from ..functional._rows import Rows

__all__ = [
    "AccumulateGrad",
    "NodeHooks",
    "RemovableHandle",
    "leaves",
    "run_hooks",
    "run_posthooks",
    "run_prehooks",
    "tensors",
    "watch_leaves",
]

LAST = -1  # the key of the hook that `retain_grad` adds: it sees what all others have made of the gradient


class RemovableHandle:
    """Takes a hook back: ``handle.remove()``, or at the end of a ``with`` block."""

    next_id = 0

    def __init__(self, hooks: dict[int, Any], *, extra_dict: Any = None) -> None:
        self.hooks = hooks
        self.extra = extra_dict if isinstance(extra_dict, list) else [] if extra_dict is None else [extra_dict]
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1

    def remove(self) -> None:
        for hooks in (self.hooks, *self.extra):
            hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class NodeHooks:
    """`register_hook` and `register_prehook` of a node, on top of the dict of hooks that it says it has."""

    __slots__ = ()

    def hooks_of(self, kind: str) -> dict[int, Any]:
        raise NotImplementedError

    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call ``fn(grad_inputs, grad_outputs)`` after the node's backward; what it returns replaces ``grad_inputs``."""
        return register(self.hooks_of("posthooks"), fn)

    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call ``fn(grad_outputs)`` before the node's backward; what it returns replaces them."""
        return register(self.hooks_of("prehooks"), fn)


def register(hooks: dict[int, Any], fn: Any) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = fn
    return handle


class AccumulateGrad(NodeHooks):
    """How a leaf tensor shows in ``grad_fn.next_functions``."""

    next_functions: tuple[()] = ()

    def __init__(self, variable: Any) -> None:
        self.variable = variable
        self.metadata: dict[Any, Any] = {}

    @staticmethod
    def of(variable: Any) -> AccumulateGrad:
        """The one node of this leaf, as long as someone holds it; its hooks belong to the leaf."""
        node = variable._accumulator() if variable._accumulator is not None else None
        if node is None:
            node = AccumulateGrad(variable)
            variable._accumulator = weakref.ref(node)
        return node

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def hooks_of(self, kind: str) -> dict[int, Any]:
        watch_leaves()
        if self.variable._node_hooks is None:
            self.variable._node_hooks = {"prehooks": {}, "posthooks": {}}
        return self.variable._node_hooks[kind]

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"


class Tensors:
    """How hooks are handed a Tensor for an array; set where Tensor is defined."""

    wrap: Callable[..., Any]


tensors = Tensors()


class Leaves:
    """Whether a hook was ever put on a leaf: then backward hands each leaf its gradient as soon as it is complete."""

    watched = False


leaves = Leaves()


def watch_leaves() -> None:
    leaves.watched = True


# ---- running them, within backward -------------------------------------------------------------------------------------------------


def run_hooks(hooks: dict[int, Any], g: Any, create_graph: bool) -> Any:
    """A tensor's hooks, in the order of registration; each sees the gradient as a Tensor and may return another."""
    for key in sorted(hooks, key=lambda key: key == LAST):
        hook, wrap = hooks[key]
        g_tensor = g if isinstance(g, Traced) else Rows.tensor(g) if g.__class__ is Rows else wrap(as_array(g))
        replaced = hook(g_tensor)
        if replaced is not None:
            check_replaced(hook, g_tensor, replaced)
            g = replaced if create_graph else replaced.array
    return g


def run_prehooks(hooks: dict[int, Any], gs: Sequence[Any], create_graph: bool) -> Sequence[Any]:
    """A node's prehooks: each sees the gradients of all outputs."""
    for hook in list(hooks.values()):
        seen = as_tensors(gs)
        replaced = hook(seen)
        if replaced is not None:
            gs = replacements(hook, seen, replaced, create_graph)
    return gs


def run_posthooks(hooks: dict[int, Any], dxs: Sequence[Any], gs: Sequence[Any], create_graph: bool) -> Sequence[Any]:
    """A node's hooks: each sees the gradients of the inputs and of the outputs."""
    outputs = as_tensors(gs)
    for hook in list(hooks.values()):
        seen = as_tensors(dxs)
        replaced = hook(seen, outputs)
        if replaced is not None:
            dxs = replacements(hook, seen, replaced, create_graph)
    return dxs


def as_tensors(gs: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(
        g if g is None or isinstance(g, Traced) else Rows.tensor(g) if g.__class__ is Rows else tensors.wrap(as_array(g)) for g in gs
    )


def replacements(hook: Any, before: Sequence[Any], replaced: Any, create_graph: bool) -> tuple[Any, ...]:
    replaced = replaced if isinstance(replaced, (tuple, list)) else (replaced,)
    if len(replaced) != len(before):
        raise RuntimeError(
            f"hook '{name_of(hook)}' has returned an incorrect number of values (got {len(replaced)}, but expected {len(before)})"
        )
    for old, new in zip(before, replaced):
        if new is not None:
            check_replaced(hook, old, new)
    return tuple(new if new is None or create_graph else new.array for new in replaced)


def check_replaced(hook: Any, before: Any, replaced: Any) -> None:
    """A hook may change a gradient's values, not its kind."""
    if not isinstance(replaced, Traced):
        raise TypeError(f"hook '{name_of(hook)}': expected Tensor, but hook returned '{type(replaced).__name__}'")
    if before is None:
        return
    if before.array.shape != replaced.array.shape:
        raise RuntimeError(
            f"hook '{name_of(hook)}' has changed the size of value: from {list(before.shape)} to {list(replaced.shape)}; return the same shape"
        )
    if before.array.dtype != replaced.array.dtype:
        raise RuntimeError(
            f"hook '{name_of(hook)}' has changed the type of value: from {before.dtype} to {replaced.dtype}; return .to({before.dtype})"
        )


def name_of(hook: Any) -> str:
    return getattr(hook, "__name__", type(hook).__name__)
