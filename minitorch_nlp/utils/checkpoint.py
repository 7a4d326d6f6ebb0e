"""Checkpointing: let go of what a part of the network saves for backward, and run that part again when backward needs it.

Without re-entrance, every node recorded in the part keeps a token instead of its values. The first token that backward meets runs
the part again, with the same random numbers; the nodes recorded then lend their values to those of the graph. With re-entrance, the
part is one `Function`, whose backward runs the part again and calls `backward` on it.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from ..autograd.api import backward
from ..autograd.function import Function
from ..autograd.keeping import Keeping, Kept, holds_array, map_arrays, strip_inputs
from ..autograd.mode import enable_grad, state
from ..tensor.sampling import get_rng_state, set_rng_state
from ..tensor.tensor import Tensor

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "checkpoint",
    "checkpoint_sequential",
    "create_selective_checkpoint_contexts",
    "detach_variable",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]


class CheckpointError(RuntimeError):
    """A part did other things when it was run again than it had done at first."""


class Settings:
    """What `set_checkpoint_early_stop` sets: None where the call decides."""

    early_stop: bool | None = None


settings = Settings()


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Whether checkpoints made in this block stop running a part again as soon as backward has all it needs."""
    before, settings.early_stop = settings.early_stop, bool(enable)
    try:
        yield
    finally:
        settings.early_stop = before


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """For torch's scripts: a `CheckpointError` names the ops here in any case."""
    yield


def noop_context_fn() -> tuple[Any, Any]:
    """Two contexts that do nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


def create_selective_checkpoint_contexts(policy_fn_or_list: Any, allow_cache_entry_mutation: bool = False) -> NoReturn:
    """Refused: a checkpointed part is run again as a whole."""
    raise NotImplementedError("create_selective_checkpoint_contexts is not supported; checkpoint smaller parts instead")


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """``function(*args, **kwargs)``, which keeps nothing for backward but its arguments and is run again there.

    Args:
        use_reentrant: False is recommended, and allows keyword arguments, `autograd.grad` and tensors that are not arguments.
        preserve_rng_state: draw the same random numbers again (True unless given).
        context_fn: gives two context managers, for the first run and for the others. Without re-entrance only.
        determinism_check: "default" compares names and shapes of what is saved in both runs; "none" does not.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.utils.checkpoint import checkpoint
    >>> x = torch.ones(2, requires_grad=True)
    >>> checkpoint(torch.exp, x, use_reentrant=False).sum().backward()
    >>> x.grad
    tensor([2.7183, 2.7183])
    """
    use_reentrant = explicit("checkpoint", use_reentrant)
    preserve = kwargs.pop("preserve_rng_state", True)
    if use_reentrant:
        if kwargs:
            raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}; with use_reentrant=True arguments go by position")
        if context_fn is not noop_context_fn or debug:
            raise ValueError("checkpoint: context_fn and debug are only there with use_reentrant=False")
        return CheckpointFunction.apply(function, preserve, *args)
    if determinism_check not in ("default", "none"):
        raise ValueError(f'checkpoint: determinism_check should be "default" or "none", got {determinism_check!r}')
    first, again = context_fn()
    if not state.enabled:
        with first:
            return function(*args, **kwargs)
    stop = early_stop if settings.early_stop is None else settings.early_stop
    part = Part(lambda: function(*args, **kwargs), again, preserve, determinism_check == "default", stop)
    with first, Keeping(part):
        return function(*args, **kwargs)


def explicit(name: str, use_reentrant: bool | None) -> bool:
    if use_reentrant is None:
        warnings.warn(f"{name}: the use_reentrant parameter should be passed explicitly; False is recommended", UserWarning, stacklevel=3)
        return True
    return use_reentrant


@contextlib.contextmanager
def random_numbers_from(rng: Any) -> Iterator[None]:
    """Within the block, draw from that state of the generator; leave the generator as it was."""
    before = get_rng_state()
    try:
        if rng is not None:
            set_rng_state(rng)
        yield
    finally:
        if rng is not None:
            set_rng_state(before)


# ---- without re-entrance -----------------------------------------------------------------------------------------------------------


class Part:
    """A checkpointed call: the keeper of its nodes, and how to get their values again."""

    def __init__(self, run: Callable[[], Any], context: Any, preserve: bool, check: bool, early_stop: bool) -> None:
        self.run, self.context, self.check, self.early_stop = run, context, check, early_stop
        self.rng = get_rng_state() if preserve else None
        self.kept: list[Any] = []  # what each node with values had saved: name, shapes and dtypes
        self.made: dict[int, Any] = {}  # nodes of the latest repetition that backward has not come to yet

    def keep(self, node: Any) -> None:
        if has_values(node):
            self.kept.append(summary(node))
            node.saved = Token(self, len(self.kept) - 1)
            node.out_cell = None
            node.plain = False
            if hasattr(node, "ctx"):
                node.ctx._saved = ()
        strip_inputs(node)

    def take(self, index: int) -> Any:
        """The node of the repetition that matches."""
        if index not in self.made:
            self.made.clear()
            self.repeat()
        return self.made.pop(index)

    def repeat(self) -> None:
        again = Repetition(self)
        with enable_grad(), random_numbers_from(self.rng), self.context, Keeping(again), contextlib.suppress(Enough):
            self.run()
        if again.count != len(self.kept):
            raise CheckpointError(
                f"checkpoint: {len(self.kept)} ops saved values at first, but {again.count} did when the function was run again; "
                "it must do the same both times"
            )


class Repetition:
    """The keeper while a part runs again: collects its nodes as they are."""

    def __init__(self, part: Part) -> None:
        self.part, self.count = part, 0

    def keep(self, node: Any) -> None:
        part, n = self.part, self.count
        if not has_values(node):
            return
        if n < len(part.kept) and part.check and summary(node) != part.kept[n]:
            raise CheckpointError(
                f"checkpoint: op {n} that saved values was {part.kept[n]} at first, but {summary(node)} when the function was run again; "
                "it must do the same both times"
            )
        part.made[n] = node
        self.count += 1
        if part.early_stop and self.count == len(part.kept):
            raise Enough


class Enough(BaseException):
    """Ends a repetition: all values are there."""


class Token(Kept):
    """Stands where a checkpointed node's `saved` was."""

    def __init__(self, part: Part, index: int) -> None:
        self.part, self.index = part, index

    def restore(self, node: Any) -> Any:
        twin = self.part.take(self.index)
        twin.edges = node.edges
        return twin


def has_values(node: Any) -> bool:
    return bool(node.ctx._saved) if hasattr(node, "ctx") else holds_array(node.saved)


def summary(node: Any) -> Any:
    """What must be the same in both runs."""
    values = [None if s is None else s.value.array for s in node.ctx._saved] if hasattr(node, "ctx") else node.saved
    found: list[str] = []
    map_arrays(values, lambda array: found.append(f"{array.dtype}{list(array.shape)}"))
    return f"{node.name()}({', '.join(found)})"


# ---- with re-entrance --------------------------------------------------------------------------------------------------------------


class CheckpointFunction(Function):
    """The whole part as one node."""

    @staticmethod
    def forward(ctx: Any, run: Callable[..., Any], preserve: bool, *args: Any) -> Any:
        if not any(ctx.needs_input_grad):
            warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=4)
        ctx.run = run
        ctx.rng = get_rng_state() if preserve else None
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.others = [None if isinstance(a, Tensor) else a for a in args]
        ctx.save_for_backward(*(args[i] for i in ctx.places))
        return run(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        if state.walk is None or not state.walk.everywhere:
            raise RuntimeError(
                "checkpoint: with use_reentrant=True neither .grad() nor .backward(inputs=...) works; pass use_reentrant=False, "
                "or call .backward() without inputs"
            )
        args = list(ctx.others)
        for i, t in zip(ctx.places, ctx.saved_tensors):
            args[i] = t
        args = detach_variable(tuple(args))
        with enable_grad(), random_numbers_from(ctx.rng):
            outputs = ctx.run(*args)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [(y, g) for y, g in zip(outputs, grads) if isinstance(y, Tensor) and y.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([y for y, _ in pairs], [g for _, g in pairs])
        return (None, None, *(a.grad if isinstance(a, Tensor) else None for a in args))


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments cut off from their graph, each tensor with its own `requires_grad`."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}")
    return tuple(x.detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in inputs)


def checkpoint_sequential(functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any) -> Any:
    """Run a Sequential, or a list of functions, in `segments` parts, and checkpoint all but the last.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.utils.checkpoint import checkpoint_sequential
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1), torch.nn.Tanh())
    >>> checkpoint_sequential(net, 2, torch.ones(3, 2), use_reentrant=False).shape
    torch.Size([3, 1])
    """
    use_reentrant = explicit("checkpoint_sequential", use_reentrant)
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}")
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(steps) // segments
    if not size:
        raise ValueError(f"checkpoint_sequential: {segments} segments of {len(steps)} functions: there must be at least one for each")

    def run(start: int, end: int) -> Callable[[Any], Any]:
        def part(x: Any) -> Any:
            for step in steps[start:end]:
                x = step(x)
            return x

        return part

    start = 0
    for start in range(0, size * (segments - 1), size):
        input = checkpoint(run(start, start + size), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return run(size * (segments - 1), len(steps))(input)
