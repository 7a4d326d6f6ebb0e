"""Backward: walk the recorded nodes from the youngest to the oldest, handing gradients along their edges.

A node is younger than everything it was made from, so a heap ordered by falling sequence number meets each node after all its
consumers, without recursion and without counting them first.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from ..functional._op import Traced, unbroadcast
from . import tape
from .hooks import leaves, run_hooks, run_posthooks, run_prehooks
from .keeping import Kept, holds_array, map_arrays
from .mode import debug, state
from .node import RELEASED, Node, second_time

__all__ = ["run"]

Results = dict[Any, tuple[Any, bool]]


def run(
    roots: Sequence[tuple[Any, Any]],
    *,
    wanted: Sequence[Any] | None,
    retain_graph: bool,
    create_graph: bool,
    accumulate: Callable[[Any, Any, bool], None] | None = None,
) -> Results:
    """Walk the graph from `roots`, pairs of an edge (Node or leaf) and its gradient (array, or Tensor if `create_graph`).

    Returns, for each leaf reached (or for each edge in `wanted`), its gradient and whether nobody else holds that buffer. With
    `accumulate`, leaves are handed to ``accumulate(leaf, gradient, owned)`` instead.
    """
    keep = set(wanted or ())
    useful = None if wanted is None else leading_to([edge for edge, _ in roots], keep)
    results: Results = {}
    heap: list[tuple[int, Node]] = []  # nodes that have a gradient, the youngest first
    value: dict[Any, Any] = {}  # the gradient so far, per node or leaf
    lent: set[Any] = set()  # those whose buffer somebody else may hold; in all others sums are made in place
    ordinary = not (create_graph or debug.anomaly)  # arrays, and nothing to watch for
    missing = consumers(roots, useful) if leaves.watched else None
    previous, state.enabled = state.enabled, create_graph
    try:
        for edge, g in roots:
            if useful is None or edge in useful:
                add(edge, g, value, lent)
                if isinstance(edge, Node) and (-edge.seq, edge) not in heap:
                    heappush(heap, (-edge.seq, edge))
        while heap:
            node = heappop(heap)[1]
            g = value.pop(node)
            plain = node.plain
            if keep or not plain:
                if node.hooks:
                    g = run_hooks(node.hooks, g, create_graph)
                if node in keep:
                    results[node] = (g, False)
                    if not leads_on(node, useful):
                        continue
                if node.parent is not None:
                    collect(node, g, heap, value)
                    continue
            if ordinary and plain and node.saved is not RELEASED and tape.last_write < node.seq:
                dxs = node.vjp(g)
            else:
                dxs = gradients_of_inputs(node, g, create_graph)
            edges, n = node.edges, len(dxs)
            if n != len(edges):
                check_count(node, dxs)
            # A user's Function may return what it saved, a hook may keep what it saw: such gradients are never taken over.
            distinct = ordinary and node.__class__ is Node and (plain or not node.posthooks) and (n == 1 or all_distinct(dxs))
            for edge, dx, like in zip(edges, dxs, node.inputs):
                if edge is None or dx is None or (useful is not None and edge not in useful):
                    continue
                array = like.array
                if dx.shape != array.shape or dx.dtype is not array.dtype:
                    dx = fit(dx, like, node.seq)
                if edge in value:
                    add(edge, dx, value, lent)
                    continue
                value[edge] = dx
                if isinstance(edge, Node):
                    heappush(heap, (-edge.seq, edge))
                if not distinct or dx is g or dx.base is not None:  # any other was made by this very backward
                    lent.add(edge)
            if not retain_graph:
                node.release()
            if missing is not None:
                for leaf in complete(edges, missing):
                    if leaf in value:
                        finish(leaf, value.pop(leaf), leaf not in lent, accumulate, results, create_graph)
        for leaf, g in value.items():
            if accumulate is None or leaves.watched:
                finish(leaf, g, leaf not in lent, accumulate, results, create_graph)
            else:
                accumulate(leaf, g, leaf not in lent)
    finally:
        state.enabled = previous
    return results


def finish(leaf: Any, g: Any, owned: bool, accumulate: Any, results: Results, create_graph: bool) -> None:
    """A leaf's gradient is complete: its hooks see it, then it is accumulated or returned."""
    if leaf._hooks:
        g, owned = run_hooks(leaf._hooks, g, create_graph), False
    if accumulate is None:
        results[leaf] = (g, owned)
    elif leaf._node_hooks is None:
        accumulate(leaf, g, owned)
    else:
        (g,) = run_prehooks(leaf._node_hooks["prehooks"], (g,), create_graph)
        accumulate(leaf, g, False)
        run_posthooks(leaf._node_hooks["posthooks"], (), (g,), create_graph)


def consumers(roots: Sequence[tuple[Any, Any]], useful: set[Any] | None) -> dict[Any, int]:
    """How many gradients each leaf waits for."""
    count: dict[Any, int] = {}
    seen: set[Any] = set()
    stack = [edge for edge, _ in roots]
    while stack:
        node = stack.pop()
        if not isinstance(node, Node) or node in seen or (useful is not None and node not in useful):
            continue
        seen.add(node)
        for edge in node.edges if node.parent is None else (node.parent,):
            if isinstance(edge, Node):
                stack.append(edge)
            elif edge is not None:
                count[edge] = count.get(edge, 0) + 1
    return count


def complete(edges: Sequence[Any], missing: dict[Any, int]) -> list[Any]:
    """The leaves among `edges` that wait for no further gradient."""
    found = []
    for edge in edges:
        if edge is not None and not isinstance(edge, Node):
            missing[edge] = missing.get(edge, 1) - 1
            if missing[edge] == 0:
                found.append(edge)
    return found


def leads_on(node: Node, useful: set[Any] | None) -> bool:
    """Whether gradients are wanted beyond a node whose own gradient is; if not, it is not run and keeps what it saved."""
    beyond = node.edges if node.parent is None else (node.parent,)
    return useful is None or any(edge in useful for edge in beyond if edge is not None)


def add(target: Any, g: Any, value: dict[Any, Any], lent: set[Any]) -> None:
    """Add `g` to the gradient that `target` has so far, if any."""
    before = value.get(target)
    if before is None:
        value[target] = g
        lent.add(target)
    elif target not in lent and before.ndim:
        before += g
        value[target] = before  # row-sparse gradients have become another object
    else:
        value[target] = before + g
        lent.discard(target)


def collect(part: Node, g: Any, heap: list[tuple[int, Node]], value: dict[Any, Any]) -> None:
    """Put one output's gradient in its place among those of its op; the op's node runs when all have arrived."""
    parent = part.parent
    assert parent is not None
    assert parent.outputs is not None
    parts = value.get(parent)
    if parts is None:
        parts = value[parent] = [None] * len(parent.outputs)
        heappush(heap, (-parent.seq, parent))
    before = parts[part.index]
    parts[part.index] = g if before is None else before + g


def all_distinct(dxs: Sequence[Any]) -> bool:
    """Whether no two gradients are one and the same buffer."""
    if len(dxs) == 2:
        return dxs[0] is not dxs[1]
    if len(dxs) == 3:
        a, b, c = dxs
        return a is not b and b is not c and a is not c
    ids = [id(dx) for dx in dxs if dx is not None]
    return len(ids) == len(set(ids))


def gradients_of_inputs(node: Node, g: Any, create_graph: bool) -> Sequence[Any]:
    """One gradient (or None) per input of `node`, from that of its output: arrays, or Tensors if `create_graph`."""
    if node.saved is RELEASED:
        raise RuntimeError(second_time(node))
    if node.prehooks:
        g = list(run_prehooks(node.prehooks, g if node.outputs is not None else (g,), create_graph))
        g = g if node.outputs is not None else g[0]
    dy = materialize(node, g) if node.outputs is not None else g
    try:
        full = restored(node, node.saved) if isinstance(node.saved, Kept) else node
        if tape.last_write > full.seq:
            mark_stale(full)
        dxs = vjp_on_tensors(full, dy) if create_graph else full.vjp(dy)
        if debug.anomaly and debug.check_nan:
            check_nan(node, dxs)
    except Exception:
        if debug.anomaly:
            blame(node)
        raise
    if node.posthooks:
        dxs = run_posthooks(node.posthooks, dxs, dy if isinstance(dy, tuple) else (dy,), create_graph)
    return dxs


def restored(node: Node, kept: Kept) -> Node:
    """The node with the values that someone kept for it."""
    twin = kept.restore(node)
    twin.home = node
    return twin


def check_count(node: Node, dxs: Sequence[Any]) -> None:
    """One gradient per input; optional arrays that the caller left out have one too."""
    if len(dxs) != len(getattr(node.op, "array_names", ())):
        raise RuntimeError(f"{node.name()}: backward returned {len(dxs)} gradients for {len(node.edges)} inputs")


def materialize(node: Node, parts: list[Any]) -> tuple[Any, ...]:
    """The gradients of all outputs, zeros for those nobody used."""
    assert node.outputs is not None
    if not node.materializes:
        return tuple(parts)
    some = next(p for p in parts if p is not None)
    return tuple(np.zeros_like(some, shape=like.shape, dtype=like.dtype) if p is None else p for p, like in zip(parts, node.outputs))


def fit(g: Any, x: Any, seq: int) -> Any:
    """The gradient in the shape and dtype of the input it belongs to: undo broadcasting and promotion, once, here.

    That of an integer, which only `classic.dezero` has, stays a float.
    """
    array = array_at(x, seq)
    if g.shape != array.shape:
        g = unbroadcast(g, array.shape)
    return g if g.dtype == array.dtype or array.dtype.kind in "iu" else g.astype(array.dtype)


def array_at(tensor: Any, seq: int) -> Any:
    """The array of an input when a node took it: calls such as ``t_()`` may have changed its shape since."""
    for stamp, array in getattr(tensor, "_earlier", ()):
        if stamp > seq:
            return array
    return tensor.array


def vjp_on_tensors(node: Node, dy: Any) -> tuple[Any, ...]:
    """The same backward, run on Tensors, so that it is recorded and can be differentiated again.

    What the forward saved must then be Tensors too. Inputs and the output are found by identity; where it saved anything else,
    the forward is run again on Tensors.
    """
    op = node.op
    if not isinstance(node.saved, tuple) or not hasattr(op, "forward"):
        return node.vjp(dy)
    inputs = [reconnect(x, edge, node.seq) for x, edge in zip(node.inputs, node.edges)]
    table = {id(x.array): x for x in inputs if isinstance(x, Traced)}
    saved: Any = []
    for s in node.saved:
        if isinstance(s, StaleArray) or not holds_array(s) or (hasattr(s, "dtype") and s.dtype.kind not in "fV"):
            saved.append(s)
        elif id(s) in table:
            saved.append(table[id(s)])
        elif id(s) == node.out_id:
            saved.append(dy._wrap(s, node.home or node))
        else:
            saved = None
            break
    if saved is None:
        for x in node.inputs:
            if isinstance(x, Traced) and x._cell[0] > node.seq:
                StaleArray(node.name(), x.array).refuse()
        saved = op.forward(*cast_like_forward(op, inputs), **node.kwargs)[1]
    if op.takes_needs:
        return op.backward(dy, tuple(saved), needs=node.needs())
    return op.backward(dy, tuple(saved))


def reconnect(x: Any, edge: Any, seq: int) -> Any:
    """An input as it was when the op ran: its values, at its place in the graph then."""
    if not isinstance(x, Traced):
        return x
    array = array_at(x, seq)
    if array is x.array and (edge is x or x._node is edge):
        return x
    if edge is not None and not isinstance(edge, Node):  # a leaf whose values come from elsewhere, or in another shape
        edge = Node(ALIAS, (x,), [edge], {}, ())
    return x._wrap(array, edge)


class Alias:
    """The op of a node that only passes its gradient on."""

    name = "alias"
    takes_needs = False

    def node_name(self, options: Any) -> str:
        return "AliasBackward0"

    def backward(self, dy: Any, saved: Any) -> tuple[Any]:
        return (dy,)

    run_backward = backward


ALIAS = Alias()


def cast_like_forward(op: Any, inputs: list[Any]) -> list[Any]:
    if op.casts is None:
        return inputs
    arrays = op.casts([x.array if isinstance(x, Traced) else x for x in inputs])
    return [x.astype(a.dtype) if isinstance(x, Traced) and x.array.dtype != a.dtype else x for x, a in zip(inputs, arrays)]


def leading_to(roots: Sequence[Any], wanted: set[Any]) -> set[Any]:
    """The edges between `roots` and `wanted`: all others need no gradient."""
    order: list[Any] = []
    seen: set[Any] = set()
    stack = list(roots)
    while stack:
        edge = stack.pop()
        if edge is None or edge in seen:
            continue
        seen.add(edge)
        order.append(edge)
        if isinstance(edge, Node):
            stack.extend([edge.parent] if edge.parent is not None else edge.edges)
    useful = {e for e in order if e in wanted}
    for edge in sorted((e for e in order if isinstance(e, Node)), key=lambda n: n.seq):
        sources = [edge.parent] if edge.parent is not None else edge.edges
        if any(s in useful for s in sources if s is not None):
            useful.add(edge)
    return useful


def mark_stale(node: Node) -> None:
    """Replace arrays this node saved, and that were written to since, by something that raises when it is used.

    Not before: a product by a constant saved its input too, and never looks at it.
    """
    stale = [x.array for x in node.inputs if isinstance(x, Traced) and x._cell[0] > node.seq]
    output = node.out_id if node.out_cell is not None and node.out_cell[0] > node.seq else 0
    if stale or output:
        node.saved = without_stale(node.saved, stale, output, node.name())


def without_stale(saved: Any, stale: list[Any], output: int, name: str) -> Any:
    def checked(array: Any) -> Any:
        touched = id(array) == output or any(np.may_share_memory(array, other) for other in stale)
        return StaleArray(name, array) if touched else array

    return map_arrays(saved, checked)


class StaleArray:
    """A saved array that was changed in place before backward: any use of its values raises torch's error."""

    def __init__(self, op: str, array: Any) -> None:
        self.op, self.shape, self.ndim, self.dtype = op, array.shape, array.ndim, array.dtype

    def refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            f"{self.op}: one of the variables needed for gradient computation has been modified by an inplace operation: "
            f"a tensor of shape {list(self.shape)} that this op had saved was changed afterwards; "
            "clone() it before changing it, or use the out-of-place form"
        )

    __getattr__ = refuse

    __array_ufunc__ = __array_function__ = __array__ = __getitem__ = __bool__ = __len__ = __iter__ = refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = __rpow__ = refuse
    __neg__ = __abs__ = __invert__ = __matmul__ = __rmatmul__ = __lt__ = __le__ = __gt__ = __ge__ = __and__ = __rand__ = __or__ = (
        __ror__
    ) = refuse


def check_nan(node: Node, dxs: Any) -> None:
    for i, dx in enumerate(dxs):
        array = dx.array if isinstance(dx, Traced) else dx
        if array is not None and bool(np.isnan(array).any()):
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")


def blame(node: Node) -> None:
    """Under `detect_anomaly`, say where in the forward pass the failing node was made."""
    where = f"Traceback of forward call that caused the error:\n{node.trace}" if node.trace else "It was made outside detect_anomaly()."
    warnings.warn(f"Error detected in {node.name()}. {where}", stacklevel=7)
