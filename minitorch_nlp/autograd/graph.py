"""torch.autograd.graph: the recorded graph, and what happens to the values it saves."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ..functional._op import Traced
from . import keeping
from .hooks import AccumulateGrad, RemovableHandle
from .mode import state
from .node import Node
from .tape import edge_of, mark_written

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


class GradientEdge(NamedTuple):
    """Where a tensor's gradient goes: a node, and which of its outputs."""

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The edge `backward` and `grad` take in the place of `tensor`; it does not keep the tensor alive."""
    if not tensor.requires_grad:
        raise RuntimeError("it is not possible to get the gradient edge for a Tensor that does not require gradients")
    node = tensor.grad_fn
    return GradientEdge(AccumulateGrad.of(tensor), 0) if node is None else GradientEdge(node, node.index)


def increment_version(tensor: Any) -> None:
    """Say that the memory of a tensor, or of each of several, was changed where autograd could not see it."""
    for t in (tensor,) if isinstance(tensor, Traced) else tensor:
        mark_written(t)


# ---- what ops save -----------------------------------------------------------------------------------------------------------------


class saved_tensors_hooks(keeping.Keeping):
    """Within the block, what ops save for backward is ``pack_hook(tensor)``; backward gets ``unpack_hook`` of that.

    What an op saves is its own business: here it may be another set of tensors than in PyTorch.

    >>> import minitorch_nlp as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(), torch.from_numpy):
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([2., 2.])
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        super().__init__(keeping.TensorHooks(pack_hook, unpack_hook))

    def __enter__(self) -> None:
        if state.no_keepers is not None:
            raise RuntimeError(state.no_keepers)
        super().__enter__()


class save_on_cpu(saved_tensors_hooks):
    """Within the block, what ops save is kept in the host's memory; it goes back to its device for backward."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        if pin_memory:
            raise NotImplementedError("save_on_cpu: pin_memory=True is not supported; use pin_memory=False")

        def pack(tensor: Any) -> tuple[Any, Any]:
            return tensor.device, tensor.detach().cpu()

        super().__init__(pack, lambda packed: packed[1].to(packed[0]))


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within the block, entering `saved_tensors_hooks` raises `error_message`."""
    if any(isinstance(keeper, keeping.TensorHooks) for keeper in state.keepers):
        raise RuntimeError(error_message)
    before, state.no_keepers = state.no_keepers, error_message
    try:
        yield
    finally:
        state.no_keepers = before


class MutationContext:
    """What `allow_mutation_on_saved_tensors` gives; `clear` has nothing to free, as every saved tensor is a copy of its own."""

    def clear(self) -> None:
        """Nothing is held here."""


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[MutationContext]:
    """Within the block, saved tensors may be changed in place before backward: each is copied when it is saved."""
    with saved_tensors_hooks(lambda tensor: tensor.detach().clone(), lambda copy: copy):
        yield MutationContext()


# ---- hooks on several tensors ------------------------------------------------------------------------------------------------------


class MultiHandle(RemovableHandle):
    """The handles of the hooks on each of several tensors, as one."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        super().__init__({})
        self.handles = tuple(handles)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(tensors: Sequence[Any], fn: Callable[..., Any], *, mode: str = "all") -> RemovableHandle:
    """Call `fn` in each backward: with the gradients of all `tensors`, when those that get one have theirs; or ("any") with the first.

    With "all", a tensor that this backward does not reach has None in the list.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if not all(t.requires_grad for t in tensors):
        raise AssertionError("register_multi_grad_hook: a tensor does not require grad")
    edges = [edge_of(t) for t in tensors]
    walk: dict[str, Any] = {}

    def hook_of(i: int) -> Callable[[Any], None]:
        def hook(g: Any) -> None:
            if walk.get("id") is not state.walk:
                walk.update(id=state.walk, grads=[None] * len(tensors), waiting=reached(edges))
            if mode == "any":
                first, walk["waiting"] = walk["waiting"], None
                if first is not None:
                    fn(g)
                return
            walk["grads"][i] = g
            walk["waiting"].discard(i)
            if not walk["waiting"]:
                fn(walk["grads"])
                walk.clear()

        return hook

    return MultiHandle([t.register_hook(hook_of(i)) for i, t in enumerate(tensors)])


def reached(edges: Sequence[Any]) -> set[int]:
    """Which of the edges the backward under way reaches."""
    seen: set[Any] = set()
    stack = list(state.walk.roots) if state.walk is not None else []
    while stack:
        edge = stack.pop()
        if edge is None or edge in seen:
            continue
        seen.add(edge)
        if isinstance(edge, Node):
            stack.extend((edge.parent,) if edge.parent is not None else edge.edges)
    return {i for i, edge in enumerate(edges) if edge in seen}
