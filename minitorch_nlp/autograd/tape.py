"""The tape: what `Op` does when it meets a Tensor. No formula lives here.

`apply` runs an op's forward on the arrays and, where someone wants gradients, records one `Node`. `apply_inplace` does the same and
writes the result into its first tensor, whose place in the graph then moves on; where that tensor is a view, its base moves too.

Time is one counter. Every node has a `seq`, every write in place stamps the memory it touched; a saved array whose stamp is younger
than its node is stale. So a forgotten write is an error in `backward`, never a wrong gradient, and it costs nothing to record.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from .. import backend
from ..functional._law import explain, wrong_kind
from ..functional._op import Op, Traced
from ..functional._promotion import CATEGORY
from .mode import debug, state

__all__ = ["Node", "apply", "apply_inplace", "mark_written", "sync_view"]

ndarray = np.ndarray
clock = count(1)
last_write = 0  # the youngest stamp of all: lets backward skip looking for stale arrays where nothing was written


class Released:
    """Stands where `saved` was once backward has freed it."""


RELEASED = Released()


class Like(NamedTuple):
    """What is left of an input after its node was released: enough to shape a gradient."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def array(self) -> Like:
        """Itself: where an input's array is asked for its shape and dtype only."""
        return self


class Node:
    """One recorded op: its inputs, where their gradients go (`edges`), and what its forward saved.

    An edge is the Node that made an input, or the leaf tensor itself, or None where no gradient is wanted. An op with several
    outputs has one more Node per output (`parent`, `index`) that only collects that output's gradient.
    """

    __slots__ = ("__dict__", "__weakref__", "edges", "inputs", "kwargs", "op", "out_cell", "out_id", "saved", "seq")

    # Rarely set, so they cost nothing until they are:
    parent: Node | None = None
    index: int = 0
    outputs: tuple[Like, ...] | None = None
    hooks: dict[int, Any] | None = None
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
            (None, 0) if e is None else ((e.parent or e), e.index) if isinstance(e, Node) else (AccumulateGrad(e), 0) for e in owner.edges
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
        return op.backward(dy, self.saved, needs=self.needs()) if op.takes_needs else op.backward(dy, self.saved)

    def release(self) -> None:
        """Free what backward needed. A node that had saved no array can be run again, as in torch."""
        saved: Any = self.saved
        if (saved and saved.__class__ is tuple and saved[0].__class__ is ndarray) or holds_array(saved):
            self.saved = RELEASED
            self.inputs = ()
        elif saved is not RELEASED:
            self.inputs = [Like(x.array.shape, x.array.dtype) if isinstance(x, Traced) else x for x in self.inputs]


class AccumulateGrad:
    """How a leaf tensor shows in ``grad_fn.next_functions``."""

    next_functions: tuple[()] = ()

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self.variable):#x}>"


def holds_array(saved: Any) -> bool:
    if saved.__class__ is tuple or saved.__class__ is list:
        for s in saved:  # noqa: SIM110 (a plain loop is quicker, and this runs once per node)
            if s.__class__ is ndarray or (s is not None and holds_array(s)):
                return True
        return False
    return hasattr(saved, "dtype") and hasattr(saved, "shape")


def apply(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run `op` on the arrays behind `args`; record a node where a gradient may be wanted.

    Every small op of a user's script passes here: each line is paid for about a million times in a training run.
    """
    arrays = []
    edges = []
    wanted = False
    casts = op.casts
    uniform = True  # all arrays have one float dtype, so that no cast can be needed
    tensor: Any = None
    dtype = None
    for a in args:
        if isinstance(a, Traced):
            tensor = a
            if a._base is not None:
                sync_view(a)
            array = a.array
            if casts is not None and array.dtype is not dtype:
                uniform = uniform and dtype is None and array.dtype.kind == "f"
                dtype = array.dtype
            arrays.append(array)
            if a._needs_grad:
                wanted = True
                edges.append(a if a._node is None else a._node)
            else:
                edges.append(None)
        else:
            if a.__class__ not in NUMBERS:
                uniform = False
                if isinstance(a, np.generic):
                    a = a.item()
            arrays.append(a)
            edges.append(None)
    try:
        if casts is not None and not uniform:
            arrays = casts(arrays)
        out, saved = op.forward(*arrays, **kwargs)
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        check_arguments(op, args)
        raise explain(op, arrays, kwargs, error) from error
    if out.__class__ is tuple:
        recording = wanted and state.enabled and op.backward is not None
        node = Node(op, args, edges, kwargs, saved) if recording else None
        if node is not None and debug.anomaly:
            node.trace = forward_trace()
        return wrap_several(tensor, op, args, kwargs, out, node)
    if out.__class__ is not ndarray:
        out = backend.as_array(out)
    if wanted and state.enabled and op.backward is not None and out.dtype.kind == "f":
        cell = [0, 0]
        node = Node(op, args, edges, kwargs, saved, cell, id(out))
        result = tensor._wrap(out, node, cell)
        if debug.anomaly:
            node.trace = forward_trace()
    else:
        result = tensor._wrap(out)
    if op.view:
        adopt_view(result, args[0], op, kwargs, None)
    return result


NUMBERS = {float, int, bool, type(None)}


def wrap_several(
    tensor: Any, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], out: tuple[Any, ...], node: Node | None
) -> tuple[Any, ...]:
    """One tensor per output; each has a node of its own that hands its gradient to the op's node."""
    results = []
    if node is not None:
        node.outputs = tuple(Like(o.shape, o.dtype) for o in out)
    for i, o in enumerate(out):
        o = backend.as_array(o)
        part = None
        if node is not None and o.dtype.kind == "f":
            part = Node(op, (), [], kwargs, None)
            part.parent, part.index = node, i
        result = tensor._wrap(o, part)
        if op.view:
            adopt_view(result, args[0], op, kwargs, i)
        results.append(result)
    return tuple(results)


def edge_of(tensor: Any) -> Any:
    """Where a tensor's gradient goes: its node, or itself if it is a leaf; None if it wants none."""
    if not tensor._needs_grad:
        return None
    return tensor._node if tensor._node is not None else tensor


def check_arguments(op: Op, args: tuple[Any, ...]) -> None:
    """Name an argument that is no tensor, array or number, before NumPy's own message confuses."""
    wrong = wrong_kind(op, args)
    if wrong is not None:
        raise wrong
    kinds = {backend.device_of(a.array)[0] for a in args if isinstance(a, Traced)}
    if len(kinds) > 1:
        raise RuntimeError(
            f"{op.name}: expected all tensors to be on the same device, but found at least two devices, cuda and cpu; move one with .to(device)"
        )


def forward_trace() -> str:
    import traceback

    return "".join(traceback.format_stack(limit=12)[:-2])


# ---- views and writes in place ----------------------------------------------------------------------------------------------------


def adopt_view(result: Any, source: Any, op: Op, kwargs: dict[str, Any], index: int | None) -> None:
    """Mark `result` as a view of `source`: they share memory, its version, and how to find the one in the other."""
    if op.view == "maybe" and not np.may_share_memory(result.array, source.array):
        return
    result._cell = source._cell
    root = source if source._base is None else source._base
    result._base = root
    result._steps = (*source._steps, (op, kwargs, index))
    result._base_node = root._node


def follow(value: Any, steps: Sequence[tuple[Op, dict[str, Any], int | None]]) -> Any:
    """Apply a view's steps to its base: an array, or a Tensor (then the steps are recorded)."""
    for op, kwargs, index in steps:
        value = op(value, **kwargs)
        if index is not None:
            value = value[index]
    return value


def sync_view(view: Any) -> None:
    """Bring a view's place in the graph up to date after its base, or another view of it, was written."""
    base = view._base
    if view._base_node is base._node:
        return
    previous, state.enabled = state.enabled, True  # the place in the graph does not depend on when someone looks
    try:
        fresh = follow(base, view._steps)
    finally:
        state.enabled = previous
    view._node, view._needs_grad = fresh._node, fresh._needs_grad
    view._base_node = base._node


def mark_written(*tensors: Any) -> None:
    """Say that the memory of tensors was changed: arrays saved from it before now are stale."""
    global last_write
    last_write = next(clock)
    for tensor in tensors:
        cell = tensor._cell
        cell[0] = last_write
        cell[1] += 1


def check_inplace(tensor: Any, recording: bool) -> None:
    if not (recording and state.enabled):
        return
    if tensor._node is None and tensor._needs_grad:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation; wrap the update in torch.no_grad()")
    base = tensor._base
    if base is not None and base._node is None and base._needs_grad:
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation; wrap it in torch.no_grad()"
        )


def apply_inplace(op: Any, tensor: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``tensor <- op(tensor, *args)``, written into its memory and recorded. `op` is an Op or a function of Tensors.

    Where a gradient is wanted the op sees a copy of the old values, so that what it saves survives the write.
    """
    if tensor._base is not None:
        sync_view(tensor)
    recording = state.enabled and (tensor._needs_grad or any(isinstance(a, Traced) and a._needs_grad for a in args))
    check_inplace(tensor, recording or tensor._needs_grad)
    old = tensor._wrap(tensor.array.copy() if recording else tensor.array, tensor._node)
    result = op(old, *args, **kwargs)
    write(op.__name__, tensor, result)
    return tensor


def write(name: str, tensor: Any, result: Any) -> None:
    """Put `result` into `tensor`'s memory and move `tensor` to `result`'s place in the graph."""
    target, source = tensor.array, result.array
    if target.shape != source.shape:
        raise RuntimeError(f"{name}_: output with shape {list(target.shape)} doesn't match the broadcast shape {list(source.shape)}")
    if source.dtype != target.dtype and CATEGORY[source.dtype.kind] > CATEGORY[target.dtype.kind]:
        raise RuntimeError(f"{name}_: result type {source.dtype} can't be cast to the desired output type {target.dtype}")
    if not backend.writable(target):
        raise RuntimeError(
            f"{name}_: unsupported operation: more than one element of the written-to tensor refers to a single memory location "
            "(an expanded tensor); clone() it first"
        )
    target[...] = source
    mark_written(tensor)
    if result._node is not None:
        rebase(tensor, result)


def rebase(tensor: Any, result: Any) -> None:
    """`tensor` now stands for `result`; if it is a view, its base now stands for itself with that part replaced."""
    base = tensor._base
    if base is None:
        tensor._node, tensor._needs_grad = result._node, True
        return
    old = tensor._wrap(base.array, base._node)
    base._node = Node(WriteView(tensor._steps), (old, result), [edge_of(base), result._node], {}, ())
    base._needs_grad = True
    sync_view(tensor)


class WriteView:
    """The node of writing `value` (...) through a view of `base` (...): base with one part replaced.

    db = dy, zero in the part;  dvalue = that part of dy.
    """

    name = "copy_slices"
    takes_needs = False

    def __init__(self, steps: Sequence[tuple[Op, dict[str, Any], int | None]]) -> None:
        self.steps = steps

    def node_name(self, options: Any) -> str:
        return "CopySlices"

    def backward(self, dy: Any, saved: Any) -> tuple[Any, Any]:
        keep = np.ones(dy.shape, dtype=bool)
        follow(keep, self.steps)[...] = False
        mask = backend.beside(dy.array if hasattr(dy, "array") else dy, keep)
        return np.where(mask, dy, 0.0), follow(dy, self.steps)
