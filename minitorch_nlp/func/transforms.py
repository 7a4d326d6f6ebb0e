"""Functions made of functions: gradients, Jacobians and their products, of any nested arguments, nested in each other.

Each transform gives the function tensors of its own in place of its arguments. Where the arguments belong to a graph (an outer
transform, or tensors that require grad), so do the results; otherwise they come out plain.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..autograd.functional import by_columns, by_rows, filled, gradients, push_forward, zeros_like
from ..autograd.mode import enable_grad, state
from ..autograd.node import Node
from ..autograd.tape import edge_of
from ..tensor.tensor import Tensor
from ._tree import build, leaves, same_form, tree_map

__all__ = ["grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp"]


def own(x: Any) -> Any:
    """A tensor of this transform's own for an argument, connected to it where that is part of a graph."""
    if not isinstance(x, Tensor):
        raise ValueError(f"a transform differentiates with respect to tensors, not {type(x).__name__}; choose others with argnums")
    return x.view_as(x) if x.requires_grad and state.enabled else x.detach().requires_grad_()


class Level:
    """One call of a transformed function: its own tensors, and whether results belong to a graph beyond it."""

    def __init__(self, arguments: Any) -> None:
        self.recording = state.enabled
        self.arguments = tree_map(own, arguments)
        self.inputs = tuple(leaves(self.arguments))

    def beyond(self, *tensors: Any) -> bool:
        """Whether some of the tensors depend on something that requires grad outside."""
        if not self.recording:
            return False
        mine = {id(x) for x in self.inputs}
        stack = [edge_of(t) for t in tensors if isinstance(t, Tensor) and t.requires_grad]
        seen: set[Any] = set()
        while stack:
            edge = stack.pop()
            if edge is None or edge in seen:
                continue
            seen.add(edge)
            if isinstance(edge, Node):
                stack.extend(edge.edges if edge.parent is None else (edge.parent,))
            elif id(edge) not in mine:
                return True
        return False

    def out(self, tree: Any, graph: bool) -> Any:
        """Results as the caller sees them."""
        return tree if graph else tree_map(lambda t: t.detach() if isinstance(t, Tensor) else t, tree)


def tensors_only(name: str, tree: Any) -> tuple[Any, ...]:
    """The leaves of what a function returned, which must all be tensors."""
    found = leaves(tree)
    for t in found:
        if not isinstance(t, Tensor):
            raise RuntimeError(f"{name}: expected the function to return only tensors, got {type(t).__name__}")
    return tuple(found)


def with_aux(name: str, result: Any, has_aux: bool) -> tuple[Any, Any]:
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(f"{name}: with has_aux=True the function must return a tuple (output, aux)")
    return result


def chosen(name: str, args: tuple[Any, ...], argnums: Any) -> tuple[int, ...]:
    """The positions to differentiate, each checked."""
    if not (isinstance(argnums, int) or (isinstance(argnums, tuple) and all(isinstance(i, int) for i in argnums))):
        raise RuntimeError(f"{name}: argnums must be int or Tuple[int, ...], got: {type(argnums).__name__}")
    wanted = (argnums,) if isinstance(argnums, int) else argnums
    places = tuple(i + len(args) if i < 0 else i for i in wanted)
    if not places or len(set(places)) != len(places):
        raise RuntimeError(f"{name}: argnums elements must be unique and at least one, got {argnums}")
    if any(not 0 <= i < len(args) for i in places):
        raise RuntimeError(f"{name}: got argnums={argnums}, but only {len(args)} positional inputs")
    return places


def split(name: str, args: tuple[Any, ...], argnums: Any) -> tuple[Level, tuple[Any, ...]]:
    """The level for the arguments to differentiate, and all arguments with those replaced."""
    places = chosen(name, args, argnums)
    level = Level(tuple(args[i] for i in places))
    replaced = dict(zip(places, level.arguments))
    return level, tuple(replaced.get(i, a) for i, a in enumerate(args))


def unpacked(argnums: Any, parts: tuple[Any, ...]) -> Any:
    return parts[0] if isinstance(argnums, int) else parts


# ---- one number ----------------------------------------------------------------------------------------------------------------------


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives ``(gradient, value)``, or ``(gradient, (value, aux))``, of one that gives one number."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        level, inner = split("grad", args, argnums)
        with enable_grad():
            value, aux = with_aux("grad", func(*inner, **kwargs), has_aux)
            if not isinstance(value, Tensor):
                raise RuntimeError(f"grad: expected the function to return a tensor, got {type(value).__name__}")
            if value.dim() != 0:
                raise RuntimeError(
                    f"grad: expected the function to return a scalar tensor, got tensor with {value.dim()} dims; use vjp or jacrev"
                )
            graph = level.beyond(value)
            found = filled(gradients((value,), level.inputs, (None,), graph), level.inputs, False, "back")
        result = unpacked(argnums, level.out(build(level.arguments, list(found)), graph))
        value = level.out(value, graph)
        return (result, (value, level.out(aux, level.beyond(*leaves(aux))))) if has_aux else (result, value)

    return wrapper


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient of one that gives one number, for the argument(s) at `argnums`.

    >>> import minitorch_nlp as torch
    >>> torch.func.grad(torch.func.grad(torch.sin))(torch.tensor(0.0))
    tensor(-0.)
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        result, value = both(*args, **kwargs)
        return (result, value[1]) if has_aux else result

    return wrapper


# ---- products with vectors ---------------------------------------------------------------------------------------------------------


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """``(func(*primals), vjp_fn[, aux])``: ``vjp_fn(v)`` gives v^T J, for one primal alone, for several in a tuple.

    >>> import minitorch_nlp as torch
    >>> y, back = torch.func.vjp(torch.exp, torch.zeros(2))
    >>> back(torch.tensor([1.0, 3.0]))
    (tensor([1., 3.]),)
    """
    level = Level(primals)
    with enable_grad():
        output, aux = with_aux("vjp", func(*level.arguments), has_aux)
    ys = tensors_only("vjp", output)
    graph = level.beyond(*ys)

    def back(*cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        if not same_form(output, given) and not (len(ys) == 1 and isinstance(given, Tensor)):
            raise RuntimeError("vjp_fn: expected the cotangents to be nested like the function's output")
        vs = tensors_only("vjp_fn", given)
        for y, v in zip(ys, vs):
            if y.shape != v.shape:
                raise RuntimeError(f"vjp_fn: expected a cotangent of shape {list(y.shape)} for this output, got {list(v.shape)}")
        deeper = state.enabled and (graph or any(v.requires_grad for v in vs)) if create_graph is None else create_graph
        with enable_grad():
            found = filled(gradients(ys, level.inputs, vs, deeper), level.inputs, False, "back")
        return level.out(build(level.arguments, list(found)), deeper)

    shown = level.out(output, graph)
    return (shown, back, level.out(aux, level.beyond(*leaves(aux)))) if has_aux else (shown, back)


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """``(func(*primals), J v[, aux])``: the derivative of the output along `tangents`; by a backward of the backward.

    >>> import minitorch_nlp as torch
    >>> torch.func.jvp(torch.exp, (torch.zeros(2),), (torch.tensor([1.0, 3.0]),))
    (tensor([1., 1.]), tensor([1., 3.]))
    """
    if not isinstance(primals, tuple):
        raise RuntimeError(f"jvp: expected primals to be a tuple, got {type(primals).__name__}; e.g. jvp(f, (x,), (v,))")
    if not same_form(primals, tangents):
        raise RuntimeError("jvp: expected primals and tangents to be nested alike")
    level = Level(primals)
    vs = matching_tangents(level.inputs, tangents)
    with enable_grad():
        output, aux = with_aux("jvp", func(*level.arguments), has_aux)
        ys = tensors_only("jvp", output)
        graph = level.beyond(*ys) or (level.recording and any(v.requires_grad for v in vs))
        found = push_forward(ys, level.inputs, vs, graph, strict)
    results = level.out(output, graph), level.out(build(output, list(found)), graph)
    return (*results, level.out(aux, level.beyond(*leaves(aux)))) if has_aux else results


def matching_tangents(inputs: tuple[Any, ...], tangents: Any) -> tuple[Any, ...]:
    vs = tensors_only("jvp tangents", tangents)
    for x, v in zip(inputs, vs):
        if x.shape != v.shape:
            raise RuntimeError(f"jvp: expected a tangent of shape {list(x.shape)} for this primal, got {list(v.shape)}")
    return vs


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """``(func(*primals), jvp_fn)``: ``jvp_fn(*tangents)`` gives J v at these primals, without running `func` again."""
    level = Level(primals)
    with enable_grad():
        output = func(*level.arguments)
        ys = tensors_only("linearize", output)
        us = tuple(zeros_like(y).requires_grad_() for y in ys)
        back = filled(gradients(ys, level.inputs, us, True), level.inputs, False, "back")
    graph = level.beyond(*ys)

    def along(*tangents: Any) -> Any:
        if not same_form(primals, tangents):
            raise RuntimeError("linearize: expected tangents nested like the primals")
        vs = matching_tangents(level.inputs, tangents)
        with enable_grad():
            found = filled(gradients(back, us, vs, graph), ys, False, "trick")
        return level.out(build(output, list(found)), graph)

    return level.out(output, graph), along


# ---- whole matrices ----------------------------------------------------------------------------------------------------------------


def jacobian_by(name: str, func: Callable[..., Any], argnums: Any, has_aux: bool, blocks_of: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives, for each tensor of the output, the Jacobian for each tensor of the chosen arguments."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        level, inner = split(name, args, argnums)
        with enable_grad():
            output, aux = with_aux(name, func(*inner, **kwargs), has_aux)
            ys = tensors_only(name, output)
            graph = level.beyond(*ys)
            rows = [unpacked(argnums, build(level.arguments, list(row))) for row in blocks_of(ys, level.inputs, graph)]
        result = level.out(build(output, rows), graph)
        return (result, level.out(aux, level.beyond(*leaves(aux)))) if has_aux else result

    return wrapper


def rows_of(ys: Sequence[Any], xs: Sequence[Any], graph: bool) -> Any:
    return [by_rows(tuple(ys), tuple(xs), i, graph, False) for i in range(len(ys))]


def columns_of(ys: Sequence[Any], xs: Sequence[Any], graph: bool) -> Any:
    return list(zip(*[by_columns(tuple(ys), tuple(xs), j, graph) for j in range(len(xs))]))


def check_chunk(name: str, chunk_size: int | None) -> None:
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"{name}: `chunk_size` should be greater than 0.")


def jacrev(func: Callable[..., Any], argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None) -> Callable[..., Any]:
    """A function that gives the Jacobian, of shape ``output.shape + input.shape``, one backward per output element.

    >>> import minitorch_nlp as torch
    >>> torch.func.jacrev(torch.square)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    check_chunk("jacrev", chunk_size)
    return jacobian_by("jacrev", func, argnums, has_aux, rows_of)


def jacfwd(
    func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, *, chunk_size: int | None = None, randomness: str = "error"
) -> Callable[..., Any]:
    """`jacrev`'s result, one forward derivative per input element."""
    check_chunk("jacfwd", chunk_size)
    return jacobian_by("jacfwd", func, argnums, has_aux, columns_of)


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """A function that gives the second derivatives: the Jacobian of the Jacobian."""
    return jacrev(jacrev(func, argnums), argnums)
