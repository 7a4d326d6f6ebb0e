"""The tape: what `Op` does when it meets a Tensor. No formula lives here.

`apply` runs an op's forward on the arrays and, where someone wants gradients, records one `Node`. `apply_inplace` does the same and
writes the result into its first tensor, whose place in the graph then moves on; where that tensor is a view, its base moves too.

Time is one counter. Every node has a `seq`, every write in place stamps the memory it touched; a saved array whose stamp is younger
than its node is stale. So a forgotten write is an error in `backward`, never a wrong gradient, and it costs nothing to record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import backend
from ..functional._law import explain, wrong_kind
from ..functional._op import Op, Traced
from ..functional._promotion import CATEGORY
from ..kernels.choice import SMALLEST
from .bfloat16 import in_float32, takes_bfloat16, through_float32
from .keeping import Like, recorded
from .mode import debug, state
from .node import Node, clock

__all__ = ["Node", "apply", "apply_inplace", "assign", "mark_written", "sync_view"]

ndarray = np.ndarray
last_write = 0  # the youngest stamp of all: lets backward skip looking for stale arrays where nothing was written


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
        forward = op.run_forward if op.has_twin and arrays[0].size >= SMALLEST else op.forward
        out, saved = forward(*arrays, **kwargs)
    except Exception as error:
        return after_failure(op, args, arrays, kwargs, error)
    if out.__class__ is not ndarray:
        if out.__class__ is tuple:
            recording = wanted and state.enabled and op.backward is not None
            node = Node(op, args, edges, kwargs, saved) if recording else None
            if node is not None and debug.watching:
                recorded(node)
            return wrap_several(tensor, op, args, kwargs, out, node)
        out = backend.as_array(out)
    if wanted and state.enabled and op.backward is not None and (kind := out.dtype.kind) in "fV":
        if kind == "V" and through_float32(op, args, out):
            return in_float32(op, args, kwargs)
        cell = [0, 0]
        node = Node(op, args, edges, kwargs, saved, cell, id(out))
        result = tensor._wrap(out, node, cell)
        if debug.watching:
            recorded(node)
    else:
        result = tensor._wrap(out)
    if op.view:
        adopt_view(result, args[0], op, kwargs, None)
    return result


NUMBERS = {float, int, bool, type(None)}


def after_failure(op: Op, args: tuple[Any, ...], arrays: list[Any], kwargs: dict[str, Any], error: Exception) -> Any:
    """What `apply` does where an op raised: bfloat16 has a way round, for anything else the error is explained."""
    if takes_bfloat16(op, args, kwargs):
        try:
            return in_float32(op, args, kwargs)
        except Exception as wide:
            raise wide from None
    if not isinstance(error, (ValueError, IndexError, TypeError, AttributeError)):
        raise error
    check_arguments(op, args)
    raise explain(op, arrays, kwargs, error) from error


def wrap_several(
    tensor: Any, op: Op, args: tuple[Any, ...], kwargs: dict[str, Any], out: tuple[Any, ...], node: Node | None
) -> tuple[Any, ...]:
    """One tensor per output; each has a node of its own that hands its gradient to the op's node."""
    if node is not None and out and out[0].dtype.kind == "V" and through_float32(op, args, out[0]):
        return in_float32(op, args, kwargs)
    results = []
    if node is not None:
        node.outputs = tuple(Like(o.shape, o.dtype) for o in out)
        node.plain = False
    for i, o in enumerate(out):
        if o.__class__ is not ndarray:
            o = backend.as_array(o)
        part = None
        if node is not None and o.dtype.kind in "fV":
            part = Node(op, (), [], kwargs, None)
            part.parent, part.index, part.plain = node, i, False
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


# ---- views and writes in place ----------------------------------------------------------------------------------------------------


def adopt_view(result: Any, source: Any, op: Op, kwargs: dict[str, Any], index: int | None) -> None:
    """Mark `result`, an output of a view op on `source`, as a view of it; not where the op had to copy."""
    if op.view is True or backend.is_view_of(result.array, source.array):
        mark_view(result, source, (op, kwargs, index))


def mark_view(view: Any, source: Any, step: tuple[Op, dict[str, Any], int | None]) -> None:
    """Mark `view` as what `step` makes of `source`: they share memory, its version, and how to find the one in the other."""
    view._cell = source._cell
    view._base = root = source if source._base is None else source._base
    view._steps = (*source._steps, step)
    if root._node is not None:
        view._base_node = root._node
    if step[2] is not None or not state.enabled or source._locked:
        lock_view(view, source, step)


def lock_view(view: Any, source: Any, step: tuple[Op, dict[str, Any], int | None]) -> None:
    """Note that a view must not be written to where that is recorded: it was made without grad, or is one of several of one op."""
    if not state.enabled:
        view._needs_grad = view._base._needs_grad
        view._locked = "a view made in no_grad mode"
    else:
        view._locked = source._locked if step[2] is None else step


def locked(view: Any) -> str:
    """What kind of view this is, for the error."""
    if isinstance(view._locked, str):
        return view._locked
    op, kwargs, index = view._locked
    return f"output {index} of {op.node_name(kwargs)}, which makes several views at once"


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
    if base._base is not None:  # it became a view itself, by a call such as base.t_()
        base = view._base = base._base
    if view._base_node is base._node:
        return
    if view._locked:
        if not state.enabled:
            return
        raise RuntimeError(
            f"{locked(view)}: its base, or another view of it, was modified inplace, so its place in the graph is unknown; "
            "make the view after the change, or clone() it before"
        )
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
    last_write = stamp = next(clock)
    for tensor in tensors:
        cell = tensor._cell
        cell[0] = stamp
        cell[1] += 1


def check_inplace(tensor: Any, recording: bool) -> None:
    if not (recording and state.enabled):
        return
    if tensor._locked:
        raise RuntimeError(f"{locked(tensor)}: such a view cannot be modified inplace where that is recorded; clone() it first")
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


def assign(tensor: Any, array: Any) -> Any:
    """``tensor <- array``, of one shape, dtype and device, where nothing is recorded: one pass, no copy in between."""
    if tensor._base is not None:
        sync_view(tensor)
    check_inplace(tensor, tensor._needs_grad)
    write("overwrite", tensor, tensor._wrap(array))
    return tensor


def write(name: str, tensor: Any, result: Any) -> None:
    """Put `result` into `tensor`'s memory and move `tensor` to `result`'s place in the graph."""
    target, source = tensor.array, result.array
    if target.shape != source.shape:
        raise RuntimeError(f"{name}_: output with shape {list(target.shape)} doesn't match the broadcast shape {list(source.shape)}")
    if source.dtype != target.dtype and CATEGORY[source.dtype.kind] > CATEGORY[target.dtype.kind]:
        raise RuntimeError(f"{name}_: result type {source.dtype} can't be cast to the desired output type {target.dtype}")
    if not backend.writable(target):
        unlock(name, tensor)
    if tensor._base is not None and name not in PLAIN_WRITES and overlaps(tensor):
        raise NotImplementedError(
            f"{name}_: a view made by unfold or as_strided whose elements share memory is only filled or copied into; clone() it first"
        )
    target[...] = source
    mark_written(tensor)
    if result._node is not None:
        rebase(tensor, result)


PLAIN_WRITES = {"overwrite", "index_put"}


def overlaps(view: Any) -> bool:
    """Whether elements of a view made by unfold or as_strided may share memory."""
    if not any(op.name in ("unfold", "as_strided") for op, _, _ in view._steps):
        return False
    end = view.array.itemsize
    for step, n in sorted((step, n) for step, n in zip(view.array.strides, view.array.shape) if n > 1):
        if step < end:
            return True
        end += (n - 1) * step
    return False


def unlock(name: str, tensor: Any) -> None:
    """Allow a write to memory that is read-only just because it was taken out of an expanded view; refuse it otherwise."""
    target, base = tensor.array, tensor._base
    if not backend.repeats(target) and base is not None and backend.writable(base.array):
        try:
            target.flags.writeable = True
        except ValueError:  # NumPy does not know whose memory this is
            tensor.array = target = follow(base.array, tensor._steps)
    if not backend.writable(target):
        name = "copy" if name == "overwrite" else name
        raise RuntimeError(
            f"{name}_: unsupported operation: more than one element of the written-to tensor refers to a single memory location "
            "(an expanded tensor), or the memory is read-only; clone() it first"
        )


def relayout(tensor: Any, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``tensor <- function(tensor, *args)`` for a function that gives a view: the tensor itself takes on the view's shape.

    A stand-in keeps the old shape. The tensor becomes a view of it, and so do the views that were made before.
    """
    if tensor._base is not None:
        sync_view(tensor)
    check_inplace(tensor, tensor._needs_grad)
    old = tensor._wrap(tensor.array, tensor._node, tensor._cell)
    old._base, old._steps, old._base_node, old._locked = tensor._base, tensor._steps, tensor._base_node, tensor._locked
    result = function(old, *args, **kwargs)
    mark_written(tensor)
    if result is old:
        return tensor
    tensor._earlier = (*tensor._earlier, (last_write, tensor.array))
    tensor.array = result.array
    if not (tensor._needs_grad and tensor._node is None):  # a leaf, changed without grad, stays a leaf
        tensor._base, tensor._steps, tensor._base_node = result._base, result._steps, result._base_node
        tensor._node = result._node if state.enabled or tensor._node is None else follow_recorded(tensor)
        tensor._needs_grad = tensor._node is not None
    return tensor


def follow_recorded(view: Any) -> Any:
    """The node of a view that was made without grad, as if it had been recorded."""
    view._base_node = None
    sync_view(view)
    return view._node


def rebase(tensor: Any, result: Any) -> None:
    """`tensor` now stands for `result`; if it is a view, its base now stands for itself with that part replaced."""
    base = tensor._base
    if base is None:
        tensor._node, tensor._needs_grad = result._node, True
        return
    old = tensor._wrap(base.array, base._node)
    base._node = Node(WriteView(base.array, tensor._steps), (old, result), [edge_of(base), result._node], {}, ())
    base._needs_grad = True
    sync_view(tensor)


class WriteView:
    """The node of writing `value` (...) through a view of `base` (...): base with one part replaced.

    db = dy, zero in the part;  dvalue = that part of dy.
    """

    name = "copy_slices"
    takes_needs = False

    def __init__(self, base: Any, steps: Sequence[tuple[Op, dict[str, Any], int | None]]) -> None:
        self.steps = steps
        strides = base.strides  # the mask must lie in memory as the base does: some views are views of that layout only
        self.order = None if base.flags.c_contiguous else sorted(range(base.ndim), key=lambda d: -strides[d])

    def node_name(self, options: Any) -> str:
        return "CopySlices"

    def backward(self, dy: Any, saved: Any) -> tuple[Any, Any]:
        order = self.order
        keep = np.ones(dy.shape if order is None else [dy.shape[d] for d in order], dtype=bool)
        if order is not None:
            keep = keep.transpose(sorted(range(keep.ndim), key=order.__getitem__))
        part = follow(keep, self.steps)
        if not part.flags.writeable:  # a step was an expand
            part.flags.writeable = True
        part[...] = False
        mask = backend.beside(dy.array if hasattr(dy, "array") else dy, keep)
        return np.where(mask, dy, 0.0), follow(dy, self.steps)

    run_backward = backward
