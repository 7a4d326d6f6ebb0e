"""`Node`: one recorded op in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np

from ..functional._op import Traced
from .hooks import AccumulateGrad, NodeHooks, tensors
from .keeping import Like, holds_array, strip_inputs

__all__ = ["RELEASED", "Node", "clock", "second_time"]

ndarray = np.ndarray
clock = count(1)


class Released:
    """Stands where `saved` was once backward has freed it."""


RELEASED = Released()


class Node(NodeHooks):
    """One recorded op: its inputs, where their gradients go (`edges`), and what its forward saved.

    An edge is the Node that made an input, or the leaf tensor itself, or None where no gradient is wanted. An op with several
    outputs has one more Node per output (`parent`, `index`) that only collects that output's gradient.
    """

    __slots__ = ("__dict__", "__weakref__", "edges", "inputs", "kwargs", "op", "out_cell", "out_id", "saved", "seq")

    # Rarely set, so they cost nothing until they are:
    parent: Node | None = None
    index: int = 0
    outputs: tuple[Like, ...] | None = None
    parts: tuple[Any, ...] = ()  # weak references to the nodes of its outputs, where there are several
    hooks: dict[int, Any] | None = None  # those of the tensor it made
    prehooks: dict[int, Any] | None = None  # those of the node itself
    posthooks: dict[int, Any] | None = None
    plain: bool = True  # one output, no hooks at all, values at hand: the engine's short way
    materializes: bool = True  # backward wants zeros, not None, for outputs nobody used
    home: Node | None = None  # the node in the graph that this one stands in for
    trace: str | None = None  # where the op was called, under detect_anomaly

    def __init__(
        self,
        op: Any,
        inputs: Sequence[Any],
        edges: list[Any],
        kwargs: dict[str, Any],
        saved: Any,
        out_cell: list[int] | None = None,
        out_id: int = 0,
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.edges = edges
        self.kwargs = kwargs
        self.saved = saved
        self.seq = next(clock)
        self.out_cell = out_cell  # with out_id: tells whether the output, if saved, was written to since
        self.out_id = out_id

    def name(self) -> str:
        return self.parent.name() if self.parent else self.op.node_name(self.kwargs)

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes gradients flow to, with the index of the output each stands for, as torch lists them."""
        owner = self.parent or self
        return tuple(
            (None, 0) if e is None else ((e.parent or e), e.index) if isinstance(e, Node) else (AccumulateGrad.of(e), 0)
            for e in owner.edges
        )

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"

    def needs(self) -> list[bool]:
        """Which of the op's arrays want a gradient; optional ones that were left out do not."""
        wanted = [e is not None for e in self.edges]
        missing = len(self.op.array_names) - len(wanted)
        return wanted + [False] * missing if missing > 0 else wanted

    def vjp(self, dy: Any) -> tuple[Any, ...]:
        """The gradients of the inputs from that of the output: the op's hand-written backward."""
        op = self.op
        return op.run_backward(dy, self.saved, needs=self.needs()) if op.takes_needs else op.run_backward(dy, self.saved)

    def release(self) -> None:
        """Free what backward needed. A node that had saved no array can be run again, as in torch."""
        saved: Any = self.saved
        if (saved and saved.__class__ is tuple and saved[0].__class__ is ndarray) or holds_array(saved):
            self.saved = RELEASED
            self.inputs = ()
        elif saved is not RELEASED:
            strip_inputs(self)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A place for the user's own notes."""
        owner = self.parent or self
        return owner.__dict__.setdefault("notes", {})

    def hooks_of(self, kind: str) -> dict[int, Any]:
        owner = self.parent or self
        owner.plain = False
        hooks = getattr(owner, kind)
        if hooks is None:
            hooks = {}
            setattr(owner, kind, hooks)
        return hooks

    def twin(self) -> Node:
        """A node with the same contents, to be given other values."""
        other = object.__new__(type(self))
        for slot in COPIED if type(self) is Node else (*COPIED, "ctx", "wrap"):
            setattr(other, slot, getattr(self, slot))
        other.__dict__.update(self.__dict__)
        return other

    # What the op kept, under the names torch's nodes have. (A __getattr__ for all names would make every access slower.)
    _saved_self = property(lambda self: saved_value(self.parent or self, "self"))
    _saved_other = property(lambda self: saved_value(self.parent or self, "other"))
    _saved_result = property(lambda self: saved_value(self.parent or self, "result"))


COPIED = ("edges", "inputs", "kwargs", "op", "out_cell", "out_id", "saved", "seq")


def saved_value(node: Node, name: str) -> Any:
    """The saved input or output of that name, as a tensor at its place in the graph."""
    if node.saved is RELEASED:
        raise RuntimeError(second_time(node))
    arrays = node.saved if isinstance(node.saved, tuple) else ()
    if name == "result" and node.out_id:
        for s in arrays:
            if id(s) == node.out_id:
                return tensors.wrap(s, node)
    for k, x in zip(("self", "other"), node.inputs):
        if k == name and isinstance(x, Traced) and any(s is x.array for s in arrays):
            return x
    raise AttributeError(f"{node.name()} has saved no '{name}'")


def second_time(node: Node) -> str:
    return (
        f"{node.name()}: trying to backward through the graph a second time, but the values it saved have been freed; "
        "pass retain_graph=True to the first backward() if you need the graph again"
    )
