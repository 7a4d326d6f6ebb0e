"""Where gradients enter and leave a module: what full backward hooks see.

The module's inputs and outputs pass through an identity op each. In backward, the one at the outputs learns `grad_output`; the one at
the inputs learns `grad_input` and then calls the hooks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...autograd.function import Function
from ...tensor.tensor import Tensor

__all__ = ["Crossing"]


class BackwardHookFunction(Function):
    """The identity on several tensors; backward hands their gradients to `watch`, which returns them or others."""

    @staticmethod
    def forward(ctx: Any, watch: Callable[..., Any], *tensors: Tensor) -> Any:
        ctx.watch = watch
        return tuple(t.detach() for t in tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return None, *ctx.watch(grads)


def pass_through(watch: Callable[..., Any], values: Sequence[Any]) -> tuple[tuple[Any, ...], list[int]]:
    """The tensors among `values` that need gradients, watched; and their positions."""
    positions = [i for i, v in enumerate(values) if isinstance(v, Tensor) and v.requires_grad]
    if not positions:
        return tuple(values), positions
    out = list(values)
    for i, result in zip(positions, BackwardHookFunction.apply(watch, *(values[i] for i in positions))):
        out[i] = result
    return tuple(out), positions


class Crossing:
    """One call of a module with backward hooks."""

    def __init__(self, module: Any, pre_hooks: list[Any], hooks: list[Any]) -> None:
        self.module = module
        self.pre_hooks = pre_hooks
        self.hooks = hooks
        self.inputs: list[int] = []
        self.n_inputs = self.n_outputs = 0
        self.outputs: list[int] = []
        self.grad_output: tuple[Any, ...] | None = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The module's arguments, watched."""
        self.n_inputs = len(args)
        args, self.inputs = pass_through(self.at_inputs, args)
        return args

    def leave(self, output: Any) -> Any:
        """The module's output, a tensor or a tuple of them, watched."""
        several = isinstance(output, tuple)
        values = output if several else (output,)
        self.n_outputs = len(values)
        values, self.outputs = pass_through(self.at_outputs, values)
        return values if several else values[0]

    def at_outputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        grad_output = spread(grads, self.outputs, self.n_outputs)
        for hook in self.pre_hooks:
            grad_output = replaced(hook(self.module, grad_output), grad_output, "grad_output")
        self.grad_output = grad_output
        if not self.inputs:  # no gradient will leave the module: this is the only moment
            self.call_hooks((None,) * self.n_inputs)
        return tuple(grad_output[i] for i in self.outputs)

    def at_inputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        if self.grad_output is None:
            return grads
        grad_input = self.call_hooks(spread(grads, self.inputs, self.n_inputs))
        return tuple(grad_input[i] for i in self.inputs)

    def call_hooks(self, grad_input: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in self.hooks:
            grad_input = replaced(hook(self.module, grad_input, self.grad_output), grad_input, "grad_input")
        self.grad_output = None
        return grad_input


def spread(grads: tuple[Any, ...], positions: list[int], n: int) -> tuple[Any, ...]:
    """The gradients at their positions among `n` values, None elsewhere."""
    found = dict(zip(positions, grads))
    return tuple(found.get(i) for i in range(n))


def replaced(answer: Any, grads: tuple[Any, ...], what: str) -> tuple[Any, ...]:
    """What a hook returned in place of `grads`."""
    if answer is None:
        return grads
    answer = answer if isinstance(answer, tuple) else (answer,)
    if len(answer) != len(grads):
        raise RuntimeError(f"Backward hook returned an invalid number of {what}, got {len(answer)}, but expected {len(grads)}")
    return answer
