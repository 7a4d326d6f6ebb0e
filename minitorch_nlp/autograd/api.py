"""`backward` and `grad`: torch's calls, checked and handed to the engine."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import backend
from ..functional._op import Traced
from ..functional._rows import Rows
from . import engine
from .graph import GradientEdge
from .hooks import leaves, tensors
from .mode import Walk, no_grad, state
from .node import Node
from .tape import edge_of, mark_written, sync_view

__all__ = ["backward", "grad"]

ndarray = np.ndarray


def as_tuple(x: Any) -> tuple[Any, ...]:
    if isinstance(x, dict):
        return tuple(x.values())
    return (x,) if isinstance(x, GradientEdge) else tuple(x) if isinstance(x, (tuple, list)) else (x,)


def edge(x: Any) -> Any:
    """The engine's name for a tensor or a `GradientEdge`."""
    if isinstance(x, Traced):
        if x._base is not None:
            sync_view(x)
        return edge_of(x)
    if isinstance(x, GradientEdge):
        return x.node if isinstance(x.node, Node) else x.node.variable
    raise TypeError(f"expected a Tensor or a GradientEdge, not {type(x).__name__}")


def roots_of(tensors: Sequence[Any], gradients: Sequence[Any], create_graph: bool) -> list[tuple[Any, Any]]:
    """(edge, gradient) for each output; the gradient of a one-element output is 1 unless given."""
    if len(tensors) != len(gradients):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(gradients)} gradients")
    roots = []
    for i, (t, g) in enumerate(zip(tensors, gradients)):
        if g is not None and not isinstance(g, Traced):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        target = edge(t)
        if target is None:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        if isinstance(t, Traced):
            roots.append((target, first_gradient(i, t, g, create_graph)))
        elif g is None:
            raise RuntimeError("the gradient of a GradientEdge cannot be created implicitly; pass grad_outputs")
        else:
            roots.append((target, g if create_graph else g.array))
    return roots


def first_gradient(i: int, t: Any, g: Any, create_graph: bool) -> Any:
    """The gradient that output number i starts with, in its own shape and dtype."""
    array = t.array
    if g is None:
        if array.size != 1:
            raise RuntimeError(
                f"grad can be implicitly created only for scalar outputs; this one has shape {list(t.shape)}: "
                "reduce it (.sum(), .mean()) or pass gradient="
            )
        return t._wrap(np.ones_like(array)) if create_graph else backend.one_like(array)
    if g.array.shape != array.shape:
        raise RuntimeError(f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a shape of {t.shape}.")
    if g.array.dtype != array.dtype:
        g = g.to(t.dtype)
    return g if create_graph else g.array


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradient of `tensors` to the ``.grad`` of every leaf they were made from (or of `inputs` only)."""
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Use `grad_tensors`."
            )
        grad_tensors = grad_variables
    outputs = as_tuple(tensors)
    gradients = (None,) * len(outputs) if grad_tensors is None else as_tuple(grad_tensors)
    roots = roots_of(outputs, gradients, create_graph)
    retain_graph = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        engine_run(roots, None, retain_graph, create_graph, accumulate)
        return
    targets = dict.fromkeys(as_tuple(inputs))
    if not targets:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    wanted = [edge(t) for t in targets]
    if None in wanted:
        raise RuntimeError("an element of `inputs` to `backward()` does not require grad")
    results = engine_run(roots, wanted, retain_graph, create_graph, accumulate)
    for target, place in zip(targets, wanted):
        if place in results and isinstance(target, Traced):  # a tensor that is no leaf
            with no_grad():
                accumulate(target, results[place][0], False)


def engine_run(roots: Any, wanted: Any, retain_graph: bool, create_graph: bool, collect: Any) -> engine.Results:
    before, state.walk = state.walk, Walk(roots, wanted is None)
    try:
        return engine.run(roots, wanted=wanted, retain_graph=retain_graph, create_graph=create_graph, accumulate=collect)
    finally:
        state.walk = before


def accumulate(tensor: Any, g: Any, owned: bool) -> None:
    """Add `g` to ``tensor.grad``; the first one becomes it, copied if someone else may hold the buffer."""
    grad = tensor._grad
    if grad is None and g.__class__ is ndarray:
        tensor._grad = tensor._wrap(g if owned and g.flags.c_contiguous else g.copy())
    elif isinstance(g, Traced):
        tensor._grad = g.clone() if grad is None else grad + g
    elif g.__class__ is Rows or (grad is not None and grad.is_sparse):
        tensor._grad = with_rows(tensor, grad, g)
    elif grad is None:
        array = backend.as_array(g)
        tensor._grad = tensor._wrap(array if owned and array.flags.c_contiguous else array.copy())
    else:
        grad.array += g
        mark_written(grad)
    if leaves.watched and tensor._accumulate_hooks:
        for hook in list(tensor._accumulate_hooks.values()):
            result = hook(tensor)
            if not (result is None or isinstance(result, Traced)):
                raise TypeError(f"a post accumulate grad hook must return None, not {type(result).__name__}")


def with_rows(tensor: Any, grad: Any, g: Any) -> Any:
    """The sum of two gradients of which one is row-sparse, as ``.grad`` holds it."""
    total = g if grad is None else g + grad.array if g.__class__ is not Rows else grad.array + g
    return Rows.tensor(total) if total.__class__ is Rows else tensor._wrap(total)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of `outputs` with respect to `inputs`, returned instead of accumulated; a dict for a dict of inputs.

    With `is_grads_batched`, `grad_outputs` have one more dimension in front, and so have the results: one backward each. `only_inputs` is ignored.

    >>> import minitorch_nlp as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> (g,) = torch.autograd.grad(x**2, x, create_graph=True)
    >>> torch.autograd.grad(g, x)
    (tensor(2.),)
    """
    if not only_inputs:
        warnings.warn("`only_inputs` is deprecated and ignored. Use `backward` to add to other gradients.", FutureWarning, stacklevel=2)
    if isinstance(inputs, dict):
        options = (grad_outputs, retain_graph, create_graph, True, allow_unused, is_grads_batched, materialize_grads)
        return dict(zip(inputs, grad(outputs, tuple(inputs.values()), *options)))
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.")
    outs, targets = as_tuple(outputs), as_tuple(inputs)
    if not targets:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    places = [edge(t) for t in targets]
    if None in places:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    gradients = (None,) * len(outs) if grad_outputs is None else as_tuple(grad_outputs)
    retain = create_graph if retain_graph is None else retain_graph
    unused = "error" if not allow_unused and not materialize_grads else "zeros" if materialize_grads else "none"
    if not is_grads_batched:
        return gradients_at(targets, places, roots_of(outs, gradients, create_graph), retain, create_graph, unused)
    several = max((len(g) for g in gradients if g is not None), default=0)
    rows = []
    for k in range(several):
        roots = roots_of(outs, [None if g is None else g[k] for g in gradients], create_graph)
        rows.append(gradients_at(targets, places, roots, retain or k + 1 < several, create_graph, unused))
    return tuple(None if column[0] is None else np.stack(column) for column in zip(*rows))


def gradients_at(targets: Any, places: Any, roots: Any, retain: bool, create_graph: bool, unused: str) -> tuple[Any, ...]:
    """One backward; what arrives at each place."""
    results = engine_run(roots, places, retain, create_graph, None)
    found = []
    for i, (t, place) in enumerate(zip(targets, places)):
        if place in results:
            g = results[place][0]
            found.append(g if isinstance(g, Traced) else Rows.tensor(g) if g.__class__ is Rows else tensors.wrap(backend.as_array(g)))
        elif unused == "zeros":
            found.append(t._wrap(np.zeros_like(t.array)))
        elif unused == "none":
            found.append(None)
        else:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
    return tuple(found)
