"""Shape functions with torch's signatures: sizes as varargs or tuples, dimensions by name or position."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functional import elementwise as E
from ..functional import indexing as I
from ..functional import movement as V
from ..functional._law import wrap_dim

__all__ = [
    "adjoint", "broadcast_tensors", "broadcast_to", "cat", "chunk", "concat", "concatenate", "contiguous", "expand", "expand_as", "flatten", "flip", "movedim", "mT",
    "narrow", "permute", "repeat", "repeat_interleave", "reshape", "reshape_as", "select", "split", "squeeze", "stack", "swapaxes", "t",
    "tile", "transposed", "transpose", "unbind", "unflatten", "unsqueeze", "view", "view_as",
]  # fmt: skip


def sizes_of(args: Sequence[Any]) -> tuple[int, ...]:
    """A size given as ``(2, 3)``, ``[2, 3]`` or ``2, 3``; each may be a one-element tensor."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = args[0]
    return tuple(int(s) for s in args)


def reshape(input: Any, *shape: Any) -> Any:
    """The same elements in another shape; one size may be -1. A view where the layout allows, else a copy."""
    return V.reshape(input, shape=sizes_of(shape))


def view(input: Any, *shape: Any, dtype: Any = None) -> Any:
    """As `reshape`, but always a view: raises where the layout would need a copy."""
    if dtype is not None or (shape and not isinstance(shape[0], (int, tuple, list)) and not hasattr(shape[0], "array")):
        raise NotImplementedError("view(dtype): reinterpreting the bytes of a tensor is not supported; use .to(dtype) to convert values")
    result = V.reshape(input, shape=sizes_of(shape))
    if input.array.size and not np.may_share_memory(result.array, input.array):
        raise RuntimeError(
            "view: size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
            "subspaces); use .reshape(...) instead, or .contiguous() first"
        )
    return result


def view_as(input: Any, other: Any) -> Any:
    return view(input, tuple(other.shape))


def reshape_as(input: Any, other: Any) -> Any:
    return reshape(input, tuple(other.shape))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Dimensions `start_dim` to `end_dim` as one."""
    shape = tuple(input.shape)
    if not shape:
        return V.reshape(input, shape=(1,))
    a, b = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if a > b:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return V.reshape(input, shape=(*shape[:a], math.prod(shape[a : b + 1]), *shape[b + 1 :]))


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """Dimension `dim` as several of the given sizes; one may be -1."""
    shape = tuple(input.shape)
    d = wrap_dim(dim, len(shape))
    return V.reshape(input, shape=(*shape[:d], *sizes, *shape[d + 1 :]))


def permute(input: Any, *dims: Any) -> Any:
    """Dimensions in another order; a view."""
    return V.permute(input, dims=sizes_of(dims))


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions swapped; a view."""
    return V.transpose(input, dim0=dim0, dim1=dim1)


swapaxes = swapdims = transpose


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Dimensions moved to other places, the rest keeping their order; a view."""
    n = input.ndim
    sources = [wrap_dim(d, n) for d in (source if isinstance(source, (tuple, list)) else (source,))]
    places = [wrap_dim(d, n) for d in (destination if isinstance(destination, (tuple, list)) else (destination,))]
    rest = iter(d for d in range(n) if d not in sources)
    moved = dict(zip(places, sources))
    return V.permute(input, dims=tuple(moved[i] if i in moved else next(rest) for i in range(n)))


def t(input: Any) -> Any:
    """The transpose of a matrix; a vector or number is returned as it is."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return input if input.ndim < 2 else V.transpose(input, dim0=0, dim1=1)


def transposed(input: Any) -> Any:
    """`T`: all dimensions in reverse."""
    return V.permute(input, dims=tuple(reversed(range(input.ndim))))


def mT(input: Any) -> Any:
    """The last two dimensions swapped."""
    if input.ndim < 2:
        raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices. Got {input.ndim}-D tensor.")
    return V.transpose(input, dim0=-2, dim1=-1)


adjoint = mT


def expand(input: Any, *sizes: Any) -> Any:
    """Sizes of 1 repeated without copying, -1 keeps a size; a view."""
    return V.expand(input, shape=sizes_of(sizes))


broadcast_to = expand


def expand_as(input: Any, other: Any) -> Any:
    return V.expand(input, shape=tuple(other.shape))


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All expanded to their common shape."""
    try:
        shape = np.broadcast_shapes(*(x.shape for x in tensors))
    except ValueError as error:
        raise RuntimeError(f"broadcast_tensors: shapes {[tuple(x.shape) for x in tensors]} do not broadcast") from error
    return tuple(V.expand(x, shape=shape) for x in tensors)


def squeeze(input: Any, dim: Any = None) -> Any:
    """Dimensions of size 1 removed: all, or those in `dim`; a view."""
    return V.squeeze(input, dim=tuple(dim) if isinstance(dim, list) else dim)


def unsqueeze(input: Any, dim: int) -> Any:
    """A dimension of size 1 put in at `dim`; a view."""
    return V.unsqueeze(input, dim=int(dim))


def cat(tensors: Sequence[Any], dim: int = 0, *, out: None = None) -> Any:
    """Tensors joined along an existing dimension."""
    if out is not None:
        raise NotImplementedError("cat: out= is not supported; assign the result")
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"cat(): argument 'tensors' must be tuple of Tensors, not {type(tensors).__name__}")
    if not tensors:
        raise ValueError("cat: expected a non-empty list of Tensors")
    return V.cat(*tensors, dim=dim)


concat = concatenate = cat


def stack(tensors: Sequence[Any], dim: int = 0, *, out: None = None) -> Any:
    """Tensors of one shape joined along a new dimension."""
    if out is not None:
        raise NotImplementedError("stack: out= is not supported; assign the result")
    if not tensors:
        raise RuntimeError("stack: expected a non-empty TensorList")
    return V.stack(*tensors, dim=dim)


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces of a size (the last may be smaller), or of a list of sizes; views."""
    d = wrap_dim(dim, tensor.ndim)
    n = tensor.shape[d]
    if isinstance(split_size_or_sections, (tuple, list)):
        sizes = tuple(int(s) for s in split_size_or_sections)
        if sum(sizes) != n:
            raise RuntimeError(f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), but got {list(sizes)}")
    else:
        step = int(split_size_or_sections)
        if step < 0 or (step == 0 and n):
            raise RuntimeError(f"split expects split_size be non-negative, and positive for a non-empty dimension, but got split_size={step}")
        sizes = tuple(min(step, n - i) for i in range(0, n, step)) if n else (0,)
    return V.split(tensor, sizes=sizes, dim=d)


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` pieces of equal size (the last may be smaller); views."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input.shape[wrap_dim(dim, input.ndim)]
    if n == 0:
        return V.split(input, sizes=(0,) * chunks, dim=dim)
    return split(input, -(-n // chunks), dim)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along a dimension, without it; views."""
    return V.unbind(input, dim=dim)


def select(input: Any, dim: int, index: int) -> Any:
    """One slice along a dimension, without it; a view."""
    d = wrap_dim(dim, input.ndim)
    return I.getitem(input, index=(slice(None),) * d + (int(index),))


def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """`length` slices from `start` along a dimension; a view."""
    d, start, length = wrap_dim(dim, input.ndim), int(start), int(length)
    n = input.shape[d]
    if not -n <= start <= n:
        raise IndexError(f"narrow: start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start %= n + 1 if start == n else max(n, 1)
    if length < 0 or start + length > n:
        raise RuntimeError(f"narrow: start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return I.getitem(input, index=(slice(None),) * d + (slice(start, start + length),))


def flip(input: Any, *dims: Any) -> Any:
    """The order reversed along each of `dims`."""
    return V.flip(input, dims=sizes_of(dims))


def repeat(input: Any, *repeats: Any) -> Any:
    """The tensor laid end to end that many times along each dimension."""
    return V.repeat(input, repeats=sizes_of(repeats))


def tile(input: Any, *dims: Any) -> Any:
    """As `repeat`; missing leading repeats are 1."""
    repeats = sizes_of(dims)
    return V.repeat(input, repeats=(1,) * (input.ndim - len(repeats)) + repeats)


def repeat_interleave(input: Any, repeats: Any, dim: int | None = None) -> Any:
    """Each slice along `dim` repeated in place; without `dim`, of the flattened tensor."""
    if dim is None:
        input, dim = flatten(input), 0
    counts = np.asarray(repeats.array if hasattr(repeats, "array") else repeats)
    index = np.repeat(np.arange(input.shape[dim]), counts)
    return I.index_select(input, input._wrap(index), dim=dim)


def contiguous(input: Any) -> Any:
    """The tensor itself if its elements lie in C order, else a copy that does."""
    return input if input.array.flags.c_contiguous else E.clone(input)
