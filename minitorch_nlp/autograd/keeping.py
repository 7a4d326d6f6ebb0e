"""What nodes save, between forward and backward: kept as it is, packed by the user's functions, or made anew.

A *keeper* is an object with ``keep(node)``, the last of `state.keepers`. It may replace ``node.saved`` by a `Kept`, whose
``restore(node)`` gives the node with its values again when backward comes to it. Checkpointing and `saved_tensors_hooks` are keepers.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..functional._op import Traced
from .mode import debug, no_grad, state

__all__ = ["Keeping", "Kept", "Like", "PackedTensor", "TensorHooks", "holds_array", "map_arrays", "recorded", "strip_inputs"]

ndarray = np.ndarray


class Like(NamedTuple):
    """What is left of an input where its values are no longer needed: enough to shape a gradient."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def array(self) -> Like:
        """Itself: where an input's array is asked for its shape and dtype only."""
        return self


class Kept:
    """Stands where `saved` was. `restore` gives a node like the one it was taken from, with its values."""

    def restore(self, node: Any) -> Any:
        raise NotImplementedError


def holds_array(saved: Any) -> bool:
    if saved.__class__ is tuple or saved.__class__ is list:
        for s in saved:  # noqa: SIM110 (a plain loop is quicker, and this runs once per node)
            if s.__class__ is ndarray or (s is not None and holds_array(s)):
                return True
        return False
    return (hasattr(saved, "dtype") and hasattr(saved, "shape")) or isinstance(saved, Kept)


def map_arrays(saved: Any, function: Callable[[Any], Any]) -> Any:
    """`saved` with each array in it replaced by ``function(array)``."""
    if isinstance(saved, (tuple, list)):
        parts = [map_arrays(s, function) for s in saved]
        return parts if isinstance(saved, list) else saved._make(parts) if hasattr(saved, "_make") else tuple(parts)  # type: ignore[attr-defined]
    return function(saved) if hasattr(saved, "dtype") and hasattr(saved, "shape") else saved


def strip_inputs(node: Any) -> None:
    """Let go of the values of a node's inputs."""
    node.inputs = [Like(x.array.shape, x.array.dtype) if isinstance(x, Traced) else x for x in node.inputs]


class Keeping:
    """A ``with`` block in which `keeper` looks at every new node of this thread."""

    def __init__(self, keeper: Any) -> None:
        self.keeper = keeper

    def __enter__(self) -> Any:
        if self.keeper is not None:
            state.keepers = (*state.keepers, self.keeper)
            debug.watch(1)
        return self.keeper

    def __exit__(self, *exc: object) -> None:
        if self.keeper is not None:
            state.keepers = state.keepers[:-1]
            debug.watch(-1)


def recorded(node: Any) -> None:
    """What happens to a new node while someone is watching."""
    if debug.anomaly:
        node.trace = forward_trace()
    if state.keepers:
        state.keepers[-1].keep(node)


INTERNAL = tuple(os.path.join(os.path.dirname(os.path.dirname(__file__)), layer) for layer in ("autograd", "functional", "tensor"))


def forward_trace() -> str:
    """Where an op was called: the innermost frames of the user's code and of the modules it went through."""
    import traceback

    frames = traceback.extract_stack(limit=40)
    while frames and frames[-1].filename.startswith(INTERNAL):
        frames.pop()
    return "".join(traceback.format_list(frames[-12:]))


# ---- packed by the user's functions ------------------------------------------------------------------------------------------------


class TensorHooks:
    """The keeper behind `saved_tensors_hooks`: every saved array passes through `pack`, and back through `unpack`."""

    def __init__(self, pack: Callable[[Any], Any], unpack: Callable[[Any], Any]) -> None:
        self.pack, self.unpack = pack, unpack

    def keep(self, node: Any) -> None:
        inputs = [x for x in node.inputs if isinstance(x, Traced)]
        if hasattr(node, "pack"):  # a user's Function
            node.pack(self)
            return
        if not inputs or not holds_array(node.saved):
            return
        seen: dict[int, int] = {}
        known = True

        def packed(array: Any) -> Any:
            nonlocal known
            if isinstance(array, np.generic):  # a number, no tensor of torch's
                known = known and array.dtype.kind != "f"
                return array
            places = [k for k, x in enumerate(node.inputs) if isinstance(x, Traced) and x.array is array]
            nth = seen[id(array)] = seen.get(id(array), -1) + 1
            if places:
                return PackedTensor(self, node.inputs[places[nth % len(places)]], place=places[nth % len(places)])
            output = id(array) == node.out_id
            known = known and (output or array.dtype.kind not in "fV")
            return PackedTensor(self, inputs[0]._wrap(array, node if output else None), output=output)

        node.saved = Packed(map_arrays(node.saved, packed))
        node.plain = False
        if known:  # double backward never needs to run the forward again
            strip_inputs(node)


class PackedTensor:
    """One saved tensor, as the user's function packed it; its `dtype` and `shape` let it pass for an array."""

    def __init__(self, hooks: TensorHooks, tensor: Any, place: int | None = None, output: bool = False) -> None:
        self.unpack, self.place, self.output = hooks.unpack, place, output
        self.dtype, self.shape = tensor.array.dtype, tensor.array.shape
        version = tensor._version
        with no_grad(), Keeping(Plain()):
            self.value = hooks.pack(tensor)
        if tensor._version != version:
            raise RuntimeError("a saved tensor pack hook is modifying its input in place; clone() it there")

    def restore(self) -> Any:
        with no_grad(), Keeping(Plain()):
            tensor = self.unpack(self.value)
        if not isinstance(tensor, Traced):
            raise TypeError(f"output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(tensor).__name__}")
        return tensor


class Plain:
    """The keeper that leaves nodes as they are: hooks do not see what they do themselves."""

    def keep(self, node: Any) -> None:
        pass


class Packed(Kept):
    """The `saved` of a node whose arrays were packed."""

    def __init__(self, saved: Any) -> None:
        self.saved = saved

    def restore(self, node: Any) -> Any:
        twin = node.twin()
        inputs = list(node.inputs)

        def unpacked(packed: Any) -> Any:
            if not isinstance(packed, PackedTensor):
                return packed
            tensor = packed.restore()
            if packed.place is not None:
                inputs[packed.place] = tensor
            elif packed.output:
                twin.out_id = id(tensor.array)
            return tensor.array

        twin.saved = map_arrays(self.saved, unpacked)
        twin.inputs = inputs
        return twin
