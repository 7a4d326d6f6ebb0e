"""torch.autograd.functional: Jacobians, Hessians and their products with vectors, by backward passes.

vjp: v^T J      one backward
jvp: J v        the derivative of v^T J in v, by a second backward: J^T u is linear in u, and its derivative along v is J v
hvp: H v        the jvp of the gradient;  vhp: v^T H, the vjp of the gradient
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functional._op import Traced
from .api import grad
from .mode import enable_grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = tuple[Any, ...]
INDEPENDENT = {
    "back": "The output of the user-provided function is independent of input {}.",
    "trick": "The gradient with respect to the input is independent of entry {} in the grad_outputs (a linear function of them).",
    "jacobian": "The jacobian of the user-provided function is independent of input {}.",
    "hessian": "The jacobian of the user-provided function with respect to input {} is independent of the input: "
    "it is not twice differentiable.",
}


def tuple_of(x: Any, name: str, function: str) -> tuple[bool, Tensors]:
    """Whether `x` is a tuple of tensors, and that tuple."""
    several = isinstance(x, tuple)
    parts = x if several else (x,)
    for i, part in enumerate(parts):
        if not isinstance(part, Traced):
            which, kind = (f"Value at index {i} of the {name}", type(part)) if several else (f"The {name}", type(x))
            raise TypeError(f"{function}: {which} must be a Tensor, or {name} a tuple of Tensors, not {kind}")
    return several, parts


def fresh(inputs: Tensors, create_graph: bool) -> Tensors:
    """The inputs as tensors of their own that require grad; connected to the given ones where a graph is wanted."""
    return tuple(x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in inputs)


def evaluate(func: Callable[..., Any], inputs: Tensors, name: str, strict: bool) -> tuple[bool, Tensors]:
    """(whether the function gives a tuple, its outputs)."""
    several, outputs = tuple_of(func(*inputs), "outputs of the user-provided function", name)
    for i, y in enumerate(outputs):
        if strict and not y.requires_grad:
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. "
                "The outputs must be computed in a differentiable manner from the input when running in strict mode."
            )
    return several, outputs


def gradients(outputs: Tensors, inputs: Tensors, seeds: Sequence[Any], create_graph: bool) -> Sequence[Any]:
    """The gradients of those outputs that have any; None where an input plays no part."""
    pairs = [(y, s) for y, s in zip(outputs, seeds) if y is not None and y.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    ys, ss = zip(*pairs)
    given = None if all(s is None for s in ss) else ss
    return grad(ys, inputs, given, create_graph=create_graph, retain_graph=True, allow_unused=True)


def filled(found: Sequence[Any], like: Tensors, strict: bool, stage: str, create_graph: bool = False) -> Tensors:
    """`found` with zeros for None; in strict mode that is an error, and so is a result without a graph where one is wanted."""
    for i, g in enumerate(found):
        if strict and g is None:
            raise RuntimeError(INDEPENDENT[stage].format(i) + " This is not allowed in strict mode.")
        if strict and create_graph and not g.requires_grad:
            raise RuntimeError(INDEPENDENT["jacobian"].format(i) + " This is not allowed in strict mode when create_graph=True.")
    return tuple(zeros_like(x) if g is None else g for g, x in zip(found, like))


def zeros_like(x: Any) -> Any:
    return x._wrap(np.zeros_like(x.array))


def result(parts: Tensors, several: bool, create_graph: bool) -> Any:
    parts = parts if create_graph else tuple(p.detach() for p in parts)
    return parts if several else parts[0]


def vectors(v: Any, like: Tensors, several: bool, what: str, name: str) -> Tensors:
    """The given vector(s), checked against what they belong to; 1 for a single number if left out."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if {what} a single Tensor with a single element.")
        return (like[0]._wrap(np.ones_like(like[0].array)),)
    _, vs = tuple_of(v, "v", name)
    if len(vs) != len(like):
        raise RuntimeError(f"{name}: v has invalid length: should be {len(like)} but got {len(vs)}.")
    for x, u in zip(like, vs):
        if x.shape != u.shape:
            raise RuntimeError(f"{name}: v has invalid size: should be {x.shape} but got {u.shape}.")
    return vs


def one_element(outputs: Tensors, several: bool, name: str) -> None:
    if several or outputs[0].numel() != 1:
        raise RuntimeError(f"The function given to {name} should return a single Tensor with a single element")


# ---- products with a vector --------------------------------------------------------------------------------------------------------


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """``(func(inputs), v^T J)``.

    >>> import minitorch_nlp as torch
    >>> torch.autograd.functional.vjp(lambda x: x**2, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    several, xs = tuple_of(inputs, "inputs", "vjp")
    with enable_grad():
        xs = fresh(xs, create_graph)
        many, ys = evaluate(func, xs, "vjp", strict)
        vs = vectors(v, ys, many, "the user-provided function returns", "vjp")
        found = filled(gradients(ys, xs, vs, create_graph), xs, strict, "back", create_graph)
    return result(ys, many, create_graph), result(found, several, create_graph)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """``(func(inputs), J v)``, by a backward of the backward.

    >>> import minitorch_nlp as torch
    >>> torch.autograd.functional.jvp(lambda x: x**2, torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    several, xs = tuple_of(inputs, "inputs", "jvp")
    with enable_grad():
        vs = vectors(v, xs, several, "the input to the user-provided function is", "jvp")
        xs = fresh(xs, create_graph)
        many, ys = evaluate(func, xs, "jvp", strict)
        found = push_forward(ys, xs, vs, create_graph, strict)
    return result(ys, many, create_graph), result(found, many, create_graph)


def push_forward(ys: Tensors, xs: Tensors, vs: Tensors, create_graph: bool, strict: bool = False) -> Tensors:
    """J v for the recorded ``ys(xs)``: the gradient in u of <v, J^T u>."""
    us = tuple(zeros_like(y).requires_grad_() for y in ys)
    back = filled(gradients(ys, xs, us, True), xs, strict, "back")
    return filled(gradients(back, us, vs, create_graph), ys, strict, "trick", create_graph)


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """``(func(inputs), v^T H)`` for a function that gives one number."""
    several, xs = tuple_of(inputs, "inputs", "vhp")
    with enable_grad():
        vs = vectors(v, xs, several, "the input to the user-provided function is", "vhp")
        xs = fresh(xs, create_graph)
        many, ys = evaluate(func, xs, "vhp", strict)
        one_element(ys, many, "vhp")
        firsts = filled(gradients(ys, xs, (None,), True), xs, strict, "back")
        found = filled(gradients(firsts, xs, vs, create_graph), xs, strict, "hessian", create_graph)
    return result(ys, many, create_graph), result(found, several, create_graph)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """``(func(inputs), H v)`` for a function that gives one number; H is symmetric, so `vhp` gives the same for less."""
    several, xs = tuple_of(inputs, "inputs", "hvp")
    with enable_grad():
        vs = vectors(v, xs, several, "the input to the user-provided function is", "hvp")
        xs = fresh(xs, create_graph)
        many, ys = evaluate(func, xs, "hvp", strict)
        one_element(ys, many, "hvp")
        firsts = filled(gradients(ys, xs, (None,), True), xs, strict, "back")
        if strict:
            filled(gradients(firsts, xs, vs, True), xs, strict, "hessian")
        found = push_forward(firsts, xs, vs, create_graph)
    return result(ys, many, create_graph), result(found, several, create_graph)


# ---- whole matrices ----------------------------------------------------------------------------------------------------------------


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """J[i..., j...] = d output[i...] / d input[j...], of shape ``output.shape + input.shape``; one backward per output element.

    `vectorize` changes nothing but what torch allows with it; ``strategy="forward-mode"`` goes column by column.

    >>> import minitorch_nlp as torch
    >>> torch.autograd.functional.jacobian(lambda x: x**2, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(f'jacobian: strategy must be "forward-mode" or "reverse-mode", not {strategy!r}')
    if strategy == "forward-mode" and create_graph:
        raise NotImplementedError('jacobian: create_graph=True and strategy="forward-mode" do not go together; use "reverse-mode"')
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError('jacobian: strategy="forward-mode" is only there with vectorize=True')
    if strict and vectorize:
        raise RuntimeError("jacobian: strict=True and vectorize=True are not supported together")
    several, xs = tuple_of(inputs, "inputs", "jacobian")
    with enable_grad():
        xs = fresh(xs, create_graph)
        many, ys = evaluate(func, xs, "jacobian", strict)
        if strategy == "forward-mode":
            columns = [by_columns(ys, xs, j, create_graph) for j in range(len(xs))]
            blocks = list(zip(*columns))
        else:
            blocks = [by_rows(ys, xs, i, create_graph, strict) for i in range(len(ys))]
    rows = [result(tuple(row), several, create_graph) for row in blocks]
    return tuple(rows) if many else rows[0]


def by_rows(ys: Tensors, xs: Tensors, i: int, create_graph: bool, strict: bool) -> Tensors:
    """The Jacobian of output i with respect to each input: one backward per element."""
    y = ys[i]
    rows = []
    for k in range(y.numel()):
        found = gradients((y,), xs, (one_hot(y, k),), create_graph)
        for j, g in enumerate(found):
            if strict and g is None:
                raise RuntimeError(
                    f"Output {i} of the user-provided function is independent of input {j}. This is not allowed in strict mode."
                )
        rows.append(filled(found, xs, strict, "back", create_graph))
    if not rows:
        return tuple(x._wrap(np.zeros_like(x.array, shape=(*y.shape, *x.shape))) for x in xs)
    return tuple(np.stack(column).reshape((*y.shape, *x.shape)) for column, x in zip(zip(*rows), xs))


def by_columns(ys: Tensors, xs: Tensors, j: int, create_graph: bool) -> Tensors:
    """The Jacobian of each output with respect to input j: one forward derivative per element."""
    x = xs[j]
    columns = [push_forward(ys, (x,), (one_hot(x, k),), create_graph) for k in range(x.numel())]
    if not columns:
        return tuple(y._wrap(np.zeros_like(y.array, shape=(*y.shape, *x.shape))) for y in ys)
    return tuple(np.moveaxis(np.stack(parts), 0, -1).reshape((*y.shape, *x.shape)) for parts, y in zip(zip(*columns), ys))


def one_hot(like: Any, k: int) -> Any:
    """Zeros in the shape of `like`, and 1 at its k-th element."""
    seed = np.zeros_like(like.array).reshape(-1)
    seed[k] = 1
    return like._wrap(seed.reshape(like.array.shape))


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The matrix of second derivatives of a function that gives one number: the Jacobian of its gradient.

    >>> import minitorch_nlp as torch
    >>> torch.autograd.functional.hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    several, xs = tuple_of(inputs, "inputs", "hessian")

    def gradient(*points: Any) -> Any:
        many, ys = evaluate(func, points, "hessian", strict)
        one_element(ys, many, "hessian")
        firsts = filled(gradients(ys, points, (None,), True), points, strict, "back")
        if strict and not all(g.requires_grad for g in firsts):
            place = next(i for i, g in enumerate(firsts) if not g.requires_grad)
            raise RuntimeError(INDEPENDENT["hessian"].format(place) + " This is not allowed in strict mode.")
        return firsts

    whole = jacobian(gradient, xs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return whole if several else whole[0][0]
