"""Backward: walk the recorded nodes from the youngest to the oldest, handing gradients along their edges.

A node is younger than everything it was made from, so a heap ordered by falling sequence number meets each node after all its
consumers, without recursion and without counting them first.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from ..functional._op import Traced, unbroadcast
from . import tape
from .mode import debug, state
from .tape import RELEASED, Node

__all__ = ["run"]


def run(
    roots: Sequence[tuple[Any, Any]],
    *,
    wanted: Sequence[Any] | None,
    retain_graph: bool,
    create_graph: bool,
) -> dict[Any, tuple[Any, bool]]:
    """Walk the graph from `roots`, pairs of an edge (Node or leaf) and its gradient (array, or Tensor if `create_graph`).

    Returns, for each leaf reached (or for each edge in `wanted`), its gradient and whether nobody else holds that buffer.
    """
    keep = set(wanted or ())
    useful = None if wanted is None else leading_to([edge for edge, _ in roots], keep)
    results: dict[Any, tuple[Any, bool]] = {}
    heap: list[tuple[int, Node]] = []  # nodes that have a gradient, the youngest first
    value: dict[Any, Any] = {}  # the gradient so far, per node or leaf
    owned: set[Any] = set()  # those whose buffer nobody else holds, so that sums may be made in place
    ordinary = not (create_graph or debug.anomaly)  # arrays, and nothing to watch for
    previous, state.enabled = state.enabled, create_graph
    try:
        for edge, g in roots:
            if useful is None or edge in useful:
                add(edge, g, value, owned)
                if isinstance(edge, Node) and (-edge.seq, edge) not in heap:
                    heappush(heap, (-edge.seq, edge))
        while heap:
            node = heappop(heap)[1]
            g = value.pop(node)
            if node.hooks:
                g = run_hooks(node.hooks, g, create_graph)
            if keep and node in keep:
                results[node] = (g, False)
            if node.parent is not None:
                collect(node, g, heap, value)
                continue
            if ordinary and node.outputs is None and node.saved is not RELEASED and tape.last_write < node.seq:
                dxs = node.vjp(g)
            else:
                dxs = gradients_of_inputs(node, g, create_graph)
            if len(dxs) != len(node.edges):
                check_count(node, dxs)
            # A user's Function may return what it saved: its gradients are never taken over.
            distinct = ordinary and node.__class__ is Node and all_distinct(dxs)
            for edge, dx, like in zip(node.edges, dxs, node.inputs):
                if edge is None or dx is None or (useful is not None and edge not in useful):
                    continue
                array = like.array
                if dx.shape != array.shape or dx.dtype is not array.dtype:
                    dx = fit(dx, array)
                if edge in value:
                    add(edge, dx, value, owned)
                    continue
                value[edge] = dx
                if isinstance(edge, Node):
                    heappush(heap, (-edge.seq, edge))
                if distinct and dx is not g and dx.base is None:  # made by this very backward: nobody else holds it
                    owned.add(edge)
            if not retain_graph:
                node.release()
    finally:
        state.enabled = previous
    for leaf, g in value.items():
        if leaf._hooks:
            g = run_hooks(leaf._hooks, g, create_graph)
        results[leaf] = (g, leaf in owned and g is value[leaf])
    return results


def add(target: Any, g: Any, value: dict[Any, Any], owned: set[Any]) -> None:
    """Add `g` to the gradient that `target` has so far, if any."""
    before = value.get(target)
    if before is None:
        value[target] = g
    elif target in owned and before.ndim:
        before += g
    else:
        value[target] = before + g
        owned.add(target)


def collect(part: Node, g: Any, heap: list[tuple[int, Node]], value: dict[Any, Any]) -> None:
    """Put one output's gradient in its place among those of its op; the op's node runs when all have arrived."""
    parent = part.parent
    assert parent is not None
    assert parent.outputs is not None
    parts = value.get(parent)
    if parts is None:
        parts = value[parent] = [None] * len(parent.outputs)
        heappush(heap, (-parent.seq, parent))
    parts[part.index] = g


def all_distinct(dxs: Sequence[Any]) -> bool:
    """Whether no two gradients are one and the same buffer."""
    if len(dxs) == 1:
        return True
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
        raise RuntimeError(
            f"{node.name()}: trying to backward through the graph a second time, but the values it saved have been freed; "
            "pass retain_graph=True to the first backward() if you need the graph again"
        )
    if tape.last_write > node.seq:
        mark_stale(node)
    dy = materialize(node, g) if node.outputs is not None else g
    try:
        dxs = vjp_on_tensors(node, dy) if create_graph else node.vjp(dy)
    except Exception as error:
        blame(node, error)
        raise
    if debug.anomaly:
        check_nan(node, dxs)
    return dxs


def check_count(node: Node, dxs: Sequence[Any]) -> None:
    """One gradient per input; optional arrays that the caller left out have one too."""
    if len(dxs) != len(getattr(node.op, "array_names", ())):
        raise RuntimeError(f"{node.name()}: backward returned {len(dxs)} gradients for {len(node.edges)} inputs")


def materialize(node: Node, parts: list[Any]) -> tuple[Any, ...]:
    """The gradients of all outputs, zeros for those nobody used."""
    assert node.outputs is not None
    some = next(p for p in parts if p is not None)
    return tuple(np.zeros_like(some, shape=like.shape, dtype=like.dtype) if p is None else p for p, like in zip(parts, node.outputs))


def fit(g: Any, array: Any) -> Any:
    """The gradient in the shape and dtype of the input it belongs to: undo broadcasting and promotion, once, here."""
    if g.shape != array.shape:
        g = unbroadcast(g, array.shape)
    return g if g.dtype == array.dtype else g.astype(array.dtype)


def vjp_on_tensors(node: Node, dy: Any) -> tuple[Any, ...]:
    """The same backward, run on Tensors, so that it is recorded and can be differentiated again.

    What the forward saved must then be Tensors too. Inputs and the output are found by identity; where it saved anything else,
    the forward is run again on Tensors.
    """
    op = node.op
    if not isinstance(node.saved, tuple) or not hasattr(op, "forward"):
        return node.vjp(dy)
    inputs = [reconnect(x, edge) for x, edge in zip(node.inputs, node.edges)]
    table = {id(x.array): x for x in inputs if isinstance(x, Traced)}
    saved: Any = []
    for s in node.saved:
        if isinstance(s, StaleArray) or not tape.holds_array(s) or (hasattr(s, "dtype") and s.dtype.kind != "f"):
            saved.append(s)
        elif id(s) in table:
            saved.append(table[id(s)])
        elif id(s) == node.out_id:
            saved.append(dy._wrap(s, node))
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


def reconnect(x: Any, edge: Any) -> Any:
    """An input as it was when the op ran: its values, at its place in the graph then."""
    if not isinstance(x, Traced) or edge is x or x._node is edge:
        return x
    return x._wrap(x.array, edge if isinstance(edge, Node) else None)


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


def run_hooks(hooks: Any, g: Any, create_graph: bool) -> Any:
    """Each hook sees the gradient as a Tensor and may return another."""
    for hook, wrap in list(hooks.values()):
        replaced = hook(g if isinstance(g, Traced) else wrap(g))
        if replaced is not None:
            g = replaced if create_graph else replaced.array
    return g


def mark_stale(node: Node) -> None:
    """Replace arrays this node saved, and that were written to since, by something that raises when it is used.

    Not before: a product by a constant saved its input too, and never looks at it.
    """
    stale = [x.array for x in node.inputs if isinstance(x, Traced) and x._cell[0] > node.seq]
    output = node.out_id if node.out_cell is not None and node.out_cell[0] > node.seq else 0
    if stale or output:
        node.saved = without_stale(node.saved, stale, output, node.name())


def without_stale(saved: Any, stale: list[Any], output: int, name: str) -> Any:
    if isinstance(saved, (tuple, list)):
        parts = [without_stale(s, stale, output, name) for s in saved]
        return parts if isinstance(saved, list) else saved._make(parts) if hasattr(saved, "_make") else tuple(parts)  # type: ignore[attr-defined]
    if not (hasattr(saved, "dtype") and hasattr(saved, "shape")):
        return saved
    touched = id(saved) == output or any(np.may_share_memory(saved, array) for array in stale)
    return StaleArray(name, saved) if touched else saved


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
            error = RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")
            blame(node, error)
            raise error


def blame(node: Node, error: Exception) -> None:
    """Under `detect_anomaly`, add where in the forward pass the failing node was made."""
    add_note = getattr(error, "add_note", None)  # Python 3.11 and later
    if node.trace and add_note is not None:
        add_note(f"{node.name()} was recorded here in the forward pass:\n{node.trace}")
