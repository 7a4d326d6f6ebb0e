"""`backward` and `grad`: torch's calls, checked and handed to the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import backend
from ..functional._op import Traced
from . import engine
from .tape import edge_of, mark_written, sync_view

__all__ = ["backward", "grad"]


def as_tuple(x: Any) -> tuple[Any, ...]:
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def roots_of(tensors: Sequence[Any], gradients: Sequence[Any], create_graph: bool) -> list[tuple[Any, Any]]:
    """(edge, gradient) for each output; the gradient of a one-element output is 1 unless given."""
    if len(tensors) != len(gradients):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(gradients)} gradients")
    roots = []
    for i, (t, g) in enumerate(zip(tensors, gradients)):
        if t._base is not None:
            sync_view(t)
        if not t._needs_grad:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        if g is None:
            if t.array.size != 1:
                raise RuntimeError(
                    f"grad can be implicitly created only for scalar outputs; this one has shape {list(t.shape)}: "
                    "reduce it (.sum(), .mean()) or pass gradient="
                )
            roots.append((edge_of(t), t._wrap(np.ones_like(t.array)) if create_graph else backend.one_like(t.array)))
            continue
        if g.array.shape != t.array.shape:
            raise RuntimeError(f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a shape of {t.shape}.")
        roots.append((edge_of(t), g if create_graph else g.array))
    return roots


def backward(
    tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """Add the gradient of `tensors` to the ``.grad`` of every leaf they were made from (or of `inputs` only)."""
    outputs = as_tuple(tensors)
    gradients = (None,) * len(outputs) if grad_tensors is None else as_tuple(grad_tensors)
    roots = roots_of(outputs, gradients, create_graph)
    targets = None if inputs is None else as_tuple(inputs)
    if targets is not None and not targets:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    wanted = None if targets is None else [edge_of(t) for t in targets]
    results = engine.run(
        roots, wanted=wanted, retain_graph=create_graph if retain_graph is None else retain_graph, create_graph=create_graph
    )
    if targets is not None:
        results = {t: results[edge] for t, edge in zip(targets, wanted or ()) if edge in results}
    for tensor, (g, owned) in results.items():
        accumulate(tensor, g, owned)


def accumulate(tensor: Any, g: Any, owned: bool) -> None:
    """Add `g` to ``tensor.grad``; the first one becomes it, copied if someone else may hold the buffer."""
    grad = tensor._grad
    if isinstance(g, Traced):
        tensor._grad = g if grad is None else grad + g
    elif grad is None:
        array = g if g.__class__ is np.ndarray else backend.as_array(g)
        tensor._grad = tensor._wrap(array if owned and array.flags.c_contiguous else array.copy())
    else:
        grad.array += g
        mark_written(grad)
    if tensor._accumulate_hooks:
        for hook in list(tensor._accumulate_hooks.values()):
            hook(tensor)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, returned instead of accumulated.

    >>> import minitorch_nlp as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (g,) = torch.autograd.grad(x**2, x, create_graph=True)
    >>> torch.autograd.grad(g, x)
    (tensor(2.),)
    """
    if is_grads_batched:
        raise NotImplementedError("grad: is_grads_batched=True is not supported; loop over the grad_outputs")
    outs, targets = as_tuple(outputs), as_tuple(inputs)
    for t in targets:
        if not t.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    gradients = (None,) * len(outs) if grad_outputs is None else as_tuple(grad_outputs)
    roots = roots_of(outs, gradients, create_graph)
    edges = [edge_of(t) for t in targets]
    results = engine.run(
        roots, wanted=edges, retain_graph=create_graph if retain_graph is None else retain_graph, create_graph=create_graph
    )
    found = []
    for t, edge in zip(targets, edges):
        if edge in results:
            g = results[edge][0]
            found.append(g if isinstance(g, Traced) else t._wrap(backend.as_array(g)))
        elif materialize_grads:
            found.append(t._wrap(np.zeros_like(t.array)))
        elif allow_unused:
            found.append(None)
        else:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior."
            )
    return tuple(found)
