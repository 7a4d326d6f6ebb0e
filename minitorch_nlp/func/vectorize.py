"""`vmap`: a function of one sample, run over a batch. One call per sample, and a stack of what they give."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tensor.sampling import get_rng_state, set_rng_state
from ..tensor.tensor import Tensor
from ._tree import build, children, leaves, same_form

__all__ = ["vmap"]


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that maps `func` over the dimension `in_dims` of its arguments and stacks the results along `out_dims`.

    `func` really runs once per sample, so it may do what torch's cannot (``item()``, ``if`` on values), and gains no speed.

    Args:
        in_dims: a number for all arguments, or one for each, nested like them; None for arguments that are not mapped.
        out_dims: a number for all outputs, or one for each.
        randomness: "error" refuses random functions, "different" lets each sample draw its own numbers (one sample's after
            the other's: other numbers than torch's), "same" gives all samples the same.
        chunk_size: without effect.

    >>> import minitorch_nlp as torch
    >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.vmap(torch.dot)(x, x)
    tensor([ 5., 25.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        values, dims, size = mapped(name_of(func), args, in_dims)
        results = []
        state = get_rng_state() if randomness != "different" else None
        for b in range(size):
            if randomness == "same":
                set_rng_state(state)
            sample = [v if d is None else v.select(d, b) for v, d in zip(values, dims)]
            results.append(func(*build(args, sample), **kwargs))
            check_outputs(name_of(func), results)
        if size == 0:
            empty = [v if d is None else np.zeros_like(v.detach(), shape=without(v.shape, d)) for v, d in zip(values, dims)]
            results.append(func(*build(args, empty), **kwargs))
            check_outputs(name_of(func), results)
        if randomness == "error" and not get_rng_state().equal(state):
            raise RuntimeError('vmap: called random operation while in randomness error mode; use randomness="same" or "different"')
        return gathered(name_of(func), results, size, out_dims)

    return wrapper


def name_of(func: Any) -> str:
    return getattr(func, "__name__", repr(func))


def without(shape: Any, dim: int) -> tuple[int, ...]:
    return (*shape[:dim], *shape[dim + 1 :])


def spread(dims: Any, tree: Any) -> list[Any] | None:
    """One of `dims` per leaf of `tree`: a number or None stands for all leaves below it. None where the forms differ."""
    if dims is None or isinstance(dims, int):
        return [dims] * len(leaves(tree))
    parts, below = children(tree), children(dims)
    if parts is None or below is None or type(dims) is not type(tree) or len(parts) != len(below):
        return None
    found: list[Any] = []
    for d, part in zip(below, parts):
        some = spread(d, part)
        if some is None:
            return None
        found += some
    return found


def mapped(name: str, args: tuple[Any, ...], in_dims: Any) -> tuple[list[Any], list[Any], int]:
    """(the leaves of the arguments, the dimension of each that is mapped, the batch size)."""
    called = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(f"{called}: expected `in_dims` to be int or a (potentially nested) tuple, got {type(in_dims).__name__}")
    values = leaves(args)
    if not values:
        raise ValueError(f"{called}: got no inputs; there must be something to map over")
    dims = spread(in_dims, args)
    if dims is None:
        raise ValueError(f"{called}: in_dims is not nested like the inputs")
    sizes = set()
    for i, (v, d) in enumerate(zip(values, dims)):
        if d is None:
            continue
        if isinstance(d, bool) or not isinstance(d, int):
            raise ValueError(f"{called}: got in_dim={d} for an input, but in_dim must be either an integer dimension or None.")
        if not isinstance(v, Tensor):
            raise ValueError(f"{called}: got in_dim={d} for an input of type {type(v).__name__}, which cannot be mapped; use in_dim=None")
        if not -v.dim() <= d < v.dim():
            raise ValueError(f"{called}: got in_dim={d} for an input with {v.dim()} dims; it must be between {-v.dim()} and {v.dim() - 1}")
        dims[i] = d % v.dim()
        sizes.add(v.shape[dims[i]])
    if not sizes:
        raise ValueError(f"{called}: at least one input must be mapped; all in_dims are None")
    if len(sizes) > 1:
        raise ValueError(f"vmap: expected all tensors to have the same size in the mapped dimension, got sizes {sorted(sizes)}")
    return values, dims, sizes.pop()


def check_outputs(name: str, results: list[Any]) -> None:
    for leaf in leaves(results[-1]):
        if not isinstance(leaf, Tensor):
            raise ValueError(f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(leaf)}.")
    if not same_form(results[0], results[-1]):
        raise ValueError(f"vmap({name}, ...): `{name}` returned differently nested results for different samples")


def gathered(name: str, results: list[Any], size: int, out_dims: Any) -> Any:
    """The results of all samples as one."""
    first = results[0]
    flat = leaves(first)
    dims = spread(out_dims, first)
    if dims is None and isinstance(out_dims, tuple) and len(out_dims) == 1 and len(flat) == 1:
        dims = list(out_dims)
    if dims is None:
        raise ValueError(f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not nested like the outputs of {name}")
    columns = list(zip(*[leaves(r) for r in results]))
    stacked = []
    for column, d in zip(columns, dims):
        if d is None:
            stacked.append(column[0])
            continue
        if not -column[0].dim() - 1 <= d <= column[0].dim():
            raise IndexError(f"vmap({name}): out_dims={d} is out of range for an output with {column[0].dim()} dims")
        whole: Any = np.stack(column, d)
        stacked.append(whole if size else whole.narrow(d, 0, 0))
    return build(first, stacked)
