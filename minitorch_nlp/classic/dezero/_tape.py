"""How Variables sit on the tape: in NumPy's dtypes, integers too, and with functions that know their inputs and outputs.

The formulas are those of the op records in `functional`, the walk is that of `autograd.engine`. Here is what DeZero sees differently:
everything wants a gradient, a gradient keeps the dtype it was computed in, and a graph lives as long as its Variables.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import backend
from ...autograd.engine import ALIAS, run
from ...autograd.keeping import Like
from ...autograd.mode import state
from ...autograd.node import Node
from ...functional._law import explain
from ...functional._op import Op, Traced

__all__ = ["Call", "alike", "apply", "cut", "floating", "generation", "inputs_of", "nodes_behind", "outputs_of", "record", "walk"]

FLOAT64 = np.dtype("float64")
NUMBERS = (bool, int, float)


class Call(Node):
    """The node of a user's Function, which is its `op`."""

    __slots__ = ()

    def vjp(self, dy: Any) -> tuple[Any, ...]:
        """The user's `backward`, on Variables; arrays again unless it is being recorded."""
        if self.op is ALIAS:
            return super().vjp(dy)
        dys = dy if isinstance(dy, tuple) else (dy,)
        recording = any(isinstance(d, Traced) for d in dys)
        wrap = self.kwargs["wrap"]
        dxs = self.op.backward(*(d if d is None or isinstance(d, Traced) else wrap(d) for d in dys))
        dxs = tuple(dxs) if isinstance(dxs, (tuple, list)) else (dxs,)
        dxs = tuple(d if d is None or isinstance(d, Traced) else wrap(backend.as_array(d)) for d in dxs)
        dxs += (None,) * (len(self.edges) - len(dxs))
        return dxs if recording else tuple(None if d is None else d.array for d in dxs)


# ---- running an op -----------------------------------------------------------------------------------------------------------------


def edge(x: Any) -> Any:
    """Where the gradient of an argument goes: to the node that made it, to the Variable itself, or nowhere."""
    if not isinstance(x, Traced) or x.array.dtype.kind == "b":
        return None
    return x if x._node is None else x._node


def require_data(args: Sequence[Any]) -> None:
    for x in args:
        if isinstance(x, Traced) and x.array is None:
            raise ValueError("a Variable has no data yet; assign an array to its .data")


def cast(x: Any, dtype: np.dtype) -> Any:
    """`x` in another dtype, for one op. Its gradient is not cast back: that of an integer may well be 0.5."""
    if isinstance(x, NUMBERS) or x is None or x.dtype == dtype:
        return x
    if not isinstance(x, Traced):
        return x.astype(dtype)
    array = x.array.astype(dtype)
    node = Node(ALIAS, (Like(array.shape, dtype),), [edge(x)], {}, ())
    node.source = x  # type: ignore[attr-defined]
    return x._wrap(array, node)


def alike(*args: Any, to_float: bool = False) -> list[Any]:
    """Arguments in the dtype that NumPy would compute in; Python numbers follow the arrays, as they do in NumPy."""
    require_data(args)
    dtype = np.result_type(*(x if isinstance(x, NUMBERS) else x.dtype for x in args if x is not None))
    if to_float and dtype.kind != "f":
        dtype = FLOAT64
    return [cast(x, dtype) for x in args]


def floating(x: Any) -> Any:
    """A Variable whose values are floats: integers become float64, as in NumPy."""
    return alike(x, to_float=True)[0]


def apply(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run `op` on the arrays behind `args` and, unless under `no_grad`, record it."""
    inputs: list[Any] = [x.item() if isinstance(x, np.generic) else x for x in args]
    require_data(inputs)
    if op.dtypes == "promote_rest":
        inputs[1:] = alike(*inputs[1:])
    elif op.casts is not None:
        inputs = alike(*inputs, to_float=op.dtypes == "float")
    arrays = [x.array if isinstance(x, Traced) else x for x in inputs]
    try:
        out, saved = op.forward(*arrays, **kwargs)
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise explain(op, arrays, kwargs, error) from error
    outs = [backend.as_array(o) for o in (out if isinstance(out, tuple) else (out,))]
    edges = [edge(x) for x in inputs]
    wrap = next(x._wrap for x in inputs if isinstance(x, Traced))
    if not state.enabled or op.backward is None or outs[0].dtype.kind == "b" or not any(e is not None for e in edges):
        results = [wrap(o) for o in outs]
    else:
        results = record(Node(op, inputs, edges, kwargs, saved, None, id(outs[0])), wrap, outs, inputs)
    return tuple(results) if isinstance(out, tuple) else results[0]


def record(node: Any, wrap: Any, arrays: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
    """Variables around `arrays`, the outputs of `node`; it knows them weakly."""
    node.generation = max((generation(x) for x in inputs), default=0)
    if len(arrays) == 1:
        results = [wrap(arrays[0], node)]
    else:
        node.outputs, node.plain, node.materializes = tuple(Like(a.shape, a.dtype) for a in arrays), False, isinstance(node.op, Op)
        results = []
        for i, array in enumerate(arrays):
            part: Any = Node(node.op, (), [], node.kwargs, None)
            part.parent, part.index, part.plain, part.generation = node, i, False, node.generation
            results.append(wrap(array, part))
            part.made = [weakref.ref(results[-1])]
    node.made = [weakref.ref(y) for y in results]
    return results


# ---- what is known of the graph ----------------------------------------------------------------------------------------------------


def generation(x: Any) -> int:
    """How many functions lie on the longest way from a leaf to `x`."""
    node = x._node if isinstance(x, Traced) else None
    if node is None:
        return 0
    return generation(node.source) if "source" in node.__dict__ else node.__dict__.get("generation", 0) + 1


def inputs_of(node: Any) -> list[Any]:
    """What an op was called with: Variables (before any cast), arrays and numbers."""
    return [
        x._node.source if isinstance(x, Traced) and x._node and "source" in x._node.__dict__ else x for x in node.inputs if x is not None
    ]


def outputs_of(node: Any) -> list[Any]:
    """Weak references to the Variables that a node made."""
    return node.__dict__.get("made", [])


def nodes_behind(root: Node) -> list[Any]:
    """`root`, and all nodes and leaves that gradients flow to from it."""
    seen: dict[Any, None] = {}
    stack: list[Any] = [root]
    while stack:
        e = stack.pop()
        if e is not None and e not in seen:
            seen[e] = None
            if isinstance(e, Node):
                stack += e.edges if e.parent is None else (e.parent,)
    return list(seen)


def walk(root: Node, seed: Any, keep_all: bool, create_graph: bool) -> None:
    """Add the gradients of what `root` was made from to the ``.grad`` of the leaves, or with `keep_all` of every Variable behind it."""

    def add(x: Any, g: Any, owned: bool) -> None:
        g = g if isinstance(g, Traced) else x._wrap(g if owned else g.copy())
        x.grad = g if x.grad is None else x.grad + g

    places = nodes_behind(root) if keep_all else None
    roots = [(root, seed if create_graph else seed.array)]
    found = run(roots, wanted=places, retain_graph=True, create_graph=create_graph, accumulate=None if keep_all else add)
    before, state.enabled = state.enabled, create_graph
    try:
        for place, (g, _) in found.items():
            made = [place] if isinstance(place, Traced) else [r() for r in outputs_of(place) if place.outputs is None]
            for x in made:
                if x is not None and place is not root:
                    add(x, g, False)
    finally:
        state.enabled = before


def cut(node: Any) -> None:
    """Make what `node` made a leaf: gradients that come this way end there, and what lies behind is let go."""
    made = [y for y in (r() for r in outputs_of(node)) if y is not None]
    array = Like((), FLOAT64) if not made else Like(made[0].shape, made[0].dtype)
    node.op, node.saved, node.kwargs, node.parent = ALIAS, (), {}, None
    node.inputs, node.edges = (array,), [made[0] if made else None]
    for y in made:
        y._node = None
