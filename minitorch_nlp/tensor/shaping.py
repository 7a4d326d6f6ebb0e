"""Shape functions with torch's signatures: sizes as varargs or tuples, dimensions by name or position."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import backend
from ..functional import elementwise as E
from ..functional import indexing as I
from ..functional import movement as V
from ..functional._law import wrap_dim
from ..functional._op import Traced
from .base import integer, refuse_out
from .dtypes import contiguous_format
from .dtypes import dtype as dtype_class

__all__ = [
    "adjoint", "broadcast_tensors", "broadcast_to", "cat", "chunk", "concat", "concatenate", "contiguous", "expand", "expand_as",
    "flatten", "flip", "movedim", "mT", "narrow", "permute", "repeat", "repeat_interleave", "reshape", "reshape_as", "select", "split",
    "squeeze", "stack", "swapaxes", "t", "tile", "transposed", "transpose", "unbind", "unflatten", "unsqueeze", "view", "view_as",
]  # fmt: skip


def sizes_of(args: Sequence[Any], name: str = "size") -> tuple[int, ...]:
    """A size given as ``(2, 3)``, ``[2, 3]`` or ``2, 3``; each may be an integer tensor of one element."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = args[0]
    elif not args:
        raise TypeError(f"{name}: sizes or dims are missing; for none pass an empty tuple, ()")
    try:
        return tuple(map(operator.index, args))
    except TypeError:
        raise TypeError(f"{name}: integers are wanted, or one tuple of them, not {tuple(args)}") from None


def reshape(input: Any, *sizes: Any, shape: Any = None) -> Any:
    """The same elements in another shape; one size may be -1. A view where the layout allows, else a copy."""
    return V.reshape(input, shape=sizes_of(sizes if shape is None else (shape,), "reshape"))


def view(input: Any, *sizes: Any, size: Any = None, dtype: Any = None) -> Any:
    """As `reshape`, but always a view: raises where the layout would need a copy."""
    if dtype is not None or (sizes and isinstance(sizes[0], dtype_class)):
        raise NotImplementedError("view(dtype): reinterpreting the bytes of a tensor is not supported; use .to(dtype) to convert values")
    result = V.reshape(input, shape=sizes_of(sizes if size is None else (size,), "view"))
    array = input.array
    if not array.flags.c_contiguous and array.size and not np.may_share_memory(result.array, array):
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
    a, b = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if a > b:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return V.reshape(input, shape=(1,))
    if a == b:
        return input
    return V.reshape(input, shape=(*shape[:a], math.prod(shape[a : b + 1]), *shape[b + 1 :]))


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """Dimension `dim` as several of the given sizes; one may be -1."""
    shape, sizes = tuple(input.shape), sizes_of((tuple(sizes),), "unflatten")
    if not shape:
        raise RuntimeError("unflatten: a tensor with at least 1 dimension is wanted, this one has none")
    d = wrap_dim(dim, len(shape))
    rest = math.prod(s for s in sizes if s != -1)
    if sizes.count(-1) == 1 and rest:
        sizes = tuple(shape[d] // rest if s == -1 else s for s in sizes)
    if math.prod(sizes) != shape[d]:
        raise RuntimeError(f"unflatten: the sizes {list(sizes)} do not multiply to {shape[d]}, the size of dimension {d}")
    return V.reshape(input, shape=(*shape[:d], *sizes, *shape[d + 1 :]))


def permute(input: Any, *order: Any, dims: Any = None) -> Any:
    """Dimensions in another order; a view."""
    return V.permute(input, dims=sizes_of(order if dims is None else (dims,), "permute"))


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions swapped; a view."""
    return V.transpose(input, dim0=dim0, dim1=dim1)


swapaxes = swapdims = transpose


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Dimensions moved to other places, the rest keeping their order; a view."""
    n = input.ndim
    sources = [wrap_dim(d, n) for d in (source if isinstance(source, (tuple, list)) else (source,))]
    places = [wrap_dim(d, n) for d in (destination if isinstance(destination, (tuple, list)) else (destination,))]
    if len(sources) != len(places) or len(set(sources)) < len(sources) or len(set(places)) < len(places):
        raise RuntimeError(f"movedim: as many different sources as destinations are wanted, got {source} and {destination}")
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


def expand(input: Any, *sizes: Any, size: Any = None) -> Any:
    """Sizes of 1 repeated without copying, -1 keeps a size; a view."""
    return V.expand(input, shape=sizes_of(sizes if size is None else (size,), "expand"))


def broadcast_to(input: Any, *sizes: Any, size: Any = None) -> Any:
    """As `expand`."""
    return expand(input, *sizes, size=size)


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
    return V.unsqueeze(input, dim=integer("unsqueeze", dim))


def cat(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None, out: None = None) -> Any:
    """Tensors joined along an existing dimension."""
    if not isinstance(tensors, (tuple, list)) or out is not None:
        check_list("cat", tensors, out)
    if not tensors:
        raise ValueError("cat: expected a non-empty list of Tensors")
    try:
        return V.cat(*tensors, dim=dim if axis is None else axis)
    except AttributeError:
        check_list("cat", tensors, out)
        raise


concat = concatenate = cat


def stack(tensors: Sequence[Any], dim: int = 0, *, out: None = None) -> Any:
    """Tensors of one shape joined along a new dimension."""
    if not isinstance(tensors, (tuple, list)) or out is not None:
        check_list("stack", tensors, out)
    try:
        return V.stack(*tensors, dim=dim)
    except (AttributeError, TypeError):
        check_list("stack", tensors, out)
        raise


def check_list(name: str, tensors: Any, out: Any) -> None:
    refuse_out(name, out)
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"{name}(): argument 'tensors' must be tuple of Tensors, not {type(tensors).__name__}")
    for i, x in enumerate(tensors):
        if not isinstance(x, (Traced, np.ndarray)):
            raise TypeError(f"{name}(): expected Tensor as element {i} of 'tensors', but got {type(x).__name__}")


def split(tensor: Any, split_size_or_sections: Any = None, dim: int = 0, *, split_size: Any = None) -> tuple[Any, ...]:
    """Pieces of a size (the last may be smaller), or of a list of sizes; views."""
    wanted = split_size_or_sections if split_size is None else split_size
    if tensor.ndim == 0:
        raise RuntimeError("split: a tensor with at least 1 dimension is wanted, this one has none")
    d = wrap_dim(dim, tensor.ndim)
    n = tensor.shape[d]
    if isinstance(wanted, (tuple, list)):
        sizes = tuple([integer("split", s) for s in wanted])
        if sum(sizes) != n:
            raise RuntimeError(f"split: the sizes {list(sizes)} must sum to {n}, the size of dimension {d}")
    else:
        step = integer("split", wanted)
        if step < 0 or (step == 0 and n):
            raise RuntimeError(f"split: the size of a piece must be positive, got {step}")
        sizes = tuple([min(step, n - i) for i in range(0, n, step)]) if n else (0,)
    return V.split(tensor, sizes=sizes, dim=d)


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` pieces of equal size (the last may be smaller); views."""
    if input.ndim == 0:
        raise RuntimeError("chunk: a tensor with at least 1 dimension is wanted, this one has none")
    if integer("chunk", chunks) <= 0:
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
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor")
    d = wrap_dim(dim, input.ndim)
    return I.getitem(input, index=(slice(None),) * d + (integer("select", index),))


def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """`length` slices from `start` along a dimension; a view."""
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor")
    d, start, length = wrap_dim(dim, input.ndim), integer("narrow", start), integer("narrow", length)
    n = input.shape[d]
    if not -n <= start <= n:
        raise IndexError(f"narrow: start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start %= n + 1 if start == n else max(n, 1)
    if length < 0 or start + length > n:
        raise RuntimeError(f"narrow: start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return I.getitem(input, index=(slice(None),) * d + (slice(start, start + length),))


def flip(input: Any, *order: Any, dims: Any = None) -> Any:
    """The order reversed along each of `dims`."""
    return V.flip(input, dims=sizes_of(order if dims is None else (dims,), "flip"))


def repeat(input: Any, *sizes: Any, repeats: Any = None) -> Any:
    """The tensor laid end to end that many times along each dimension."""
    return V.repeat(input, repeats=sizes_of(sizes if repeats is None else (repeats,), "repeat"))


def tile(input: Any, *sizes: Any, dims: Any = None) -> Any:
    """As `repeat`; missing leading repeats are 1."""
    repeats = sizes_of(sizes if dims is None else (dims,), "tile")
    return V.repeat(input, repeats=(1,) * (input.ndim - len(repeats)) + repeats)


def repeat_interleave(input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None) -> Any:
    """Each slice along `dim` repeated in place; without `dim`, of the flattened tensor.

    `repeats` is a number or one integer per slice. With `repeats` alone, the number of each slice that often: [1, 2] gives [0, 1, 1].
    """
    if repeats is None:
        counts = counts_of(input, input.numel())
        return input._wrap(backend.beside(input.array, np.repeat(np.arange(counts.size), counts)))
    if dim is None:
        input, dim = flatten(input), 0
    size = input.shape[wrap_dim(dim, input.ndim)] if input.ndim else 1
    places = np.repeat(np.arange(size), counts_of(repeats, size))
    if output_size is not None and len(places) != output_size:
        raise RuntimeError(f"repeat_interleave: output_size is {output_size}, but the repeats sum to {len(places)}")
    return I.index_select(input, input._wrap(backend.beside(input.array, places)), dim=dim)


def counts_of(repeats: Any, size: int) -> np.ndarray:
    """How often each of `size` slices is wanted: one number for all, or one for each."""
    if not isinstance(repeats, (Traced, int)):
        raise TypeError(f"repeat_interleave(): repeats must be an int or a tensor of ints, not {type(repeats).__name__}")
    counts = np.asarray(repeats) if isinstance(repeats, int) else backend.to_numpy(repeats.array)
    if counts.dtype.kind not in "iu":
        raise NotImplementedError(f"repeat_interleave: not implemented for repeats of {counts.dtype}; convert with .long()")
    if counts.ndim > 1 or counts.size not in (1, size):
        raise RuntimeError(f"repeat_interleave: repeats must be one number, or {size}, one for each slice; got shape {counts.shape}")
    if counts.size and counts.min() < 0:
        raise RuntimeError("repeat_interleave: repeats can not be negative")
    return counts


def contiguous(input: Any, memory_format: Any = None) -> Any:
    """The tensor itself if its elements lie in C order, else a copy that does."""
    if memory_format is not None and memory_format is not contiguous_format:
        raise NotImplementedError(f"contiguous: memory_format={memory_format} is not supported")
    return input if input.array.flags.c_contiguous else E.clone(input)
