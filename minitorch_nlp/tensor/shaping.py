"""Shape functions with torch's signatures: sizes as varargs or tuples, dimensions by name or position."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functional import elementwise as E
from ..functional import indexing as I
from ..functional import movement as V
from ..functional._law import wrap_dim
from ..settings import warn_once
from .base import integer
from .dtypes import contiguous_format
from .dtypes import dtype as dtype_class

__all__ = [
    "H", "adjoint", "broadcast_tensors", "broadcast_to", "contiguous", "expand", "expand_as", "flatten", "is_same_size", "mT", "movedim",
    "narrow", "permute", "ravel", "reshape", "reshape_as", "select", "squeeze", "swapaxes", "swapdims", "t", "transpose", "transposed",
    "unflatten", "unsqueeze", "view", "view_as",
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


def strides_of(shape: tuple[int, ...], steps: tuple[int, ...]) -> tuple[int, ...]:
    """NumPy's strides as torch counts them: for an array without elements, and for a new dimension of size 1, NumPy has zeros."""
    empty = 0 in shape and not any(steps)
    counted: list[int] = []
    after = 1  # how far apart the elements of the dimension in front would lie in C order
    for n, step in zip(reversed(shape), reversed(steps)):
        counted.append(after if empty or (n == 1 and step == 0) else step)
        after = max(n, 1) * counted[-1]
    return tuple(reversed(counted))


def reshape(input: Any, *sizes: Any, shape: Any = None) -> Any:
    """The same elements in another shape; one size may be -1. A view where the layout allows, else a copy."""
    return V.reshape(input, shape=sizes_of(sizes if shape is None else (shape,), "reshape"))


def view(input: Any, *sizes: Any, size: Any = None, dtype: Any = None) -> Any:
    """As `reshape`, but always a view: raises where the layout would need a copy."""
    if dtype is not None or (sizes and isinstance(sizes[0], dtype_class)):
        return view_bytes(input, sizes[0] if dtype is None else dtype)
    result = V.reshape(input, shape=sizes_of(sizes if size is None else (size,), "view"))
    array = input.array
    if not array.flags.c_contiguous and array.size and not np.may_share_memory(result.array, array):
        raise RuntimeError(
            "view: size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous "
            "subspaces); use .reshape(...) instead, or .contiguous() first"
        )
    return result


def view_bytes(input: Any, dtype: Any) -> Any:
    """The same bytes read as another dtype; where its size differs, the last dimension grows or shrinks."""
    array, new = input.array, dtype.dtype
    if array.dtype == new:
        return V.reshape(input, shape=tuple(array.shape))
    if new.itemsize != array.itemsize:
        if not array.ndim:
            raise RuntimeError(f"view(dtype): a tensor with at least 1 dimension is wanted to read {input.dtype} as {dtype}")
        if array.shape[-1] * array.itemsize % new.itemsize or (array.size > 1 and array.strides[-1] != array.itemsize):
            raise RuntimeError(
                f"view(dtype): the last dimension, of size {array.shape[-1]} and stride {input.stride(-1)}, must hold whole and "
                f"neighbouring elements of {dtype}"
            )
    result = input._wrap(array.view(new))
    result._cell = input._cell
    result._origin = array if input._base is None and input._origin is None else input._origin if input._base is None else input._base.array
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


swapdims = transpose


def swapaxes(input: Any, axis0: int, axis1: int) -> Any:
    """`transpose` under NumPy's name; a view."""
    return V.transpose(input, dim0=axis0, dim1=axis1)


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


def ravel(input: Any) -> Any:
    """All elements as a vector: a view where they lie in C order, else a copy."""
    return V.reshape(contiguous(input), shape=(-1,))


def t(input: Any) -> Any:
    """The transpose of a matrix; of a vector or number, the same; a view."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return I.getitem(input, index=()) if input.ndim < 2 else V.transpose(input, dim0=0, dim1=1)


def transposed(input: Any) -> Any:
    """`T`: all dimensions in reverse."""
    if input.array.ndim != 2:
        warn_once("x.T of a tensor that is no matrix is deprecated; use x.mT, or x.permute(*range(x.ndim)[::-1])")
    return V.permute(input, dims=tuple(reversed(range(input.ndim))))


def mT(input: Any) -> Any:
    """The last two dimensions swapped; of a number, the same."""
    if input.ndim == 0:
        return I.getitem(input, index=())
    if input.ndim < 2:
        raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices. Got {input.ndim}-D tensor.")
    return V.transpose(input, dim0=-2, dim1=-1)


adjoint = mT


def H(input: Any) -> Any:
    """The transpose of a matrix."""
    if input.ndim not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {input.ndim}-D tensor.")
    if input.ndim == 0:
        warn_once("x.H of a number is deprecated; it is x itself")
    return t(input)


def expand(input: Any, *sizes: Any, size: Any = None) -> Any:
    """Sizes of 1 repeated without copying, -1 keeps a size; a view."""
    return V.expand(input, shape=sizes_of(sizes if size is None else (size,), "expand"))


def broadcast_to(input: Any, *sizes: Any, size: Any = None) -> Any:
    """As `expand`."""
    return expand(input, *sizes, size=size)


def expand_as(input: Any, other: Any) -> Any:
    return V.expand(input, shape=tuple(other.shape))


def is_same_size(input: Any, other: Any) -> bool:
    """Whether both have the same shape."""
    return input.shape == other.shape


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All expanded to their common shape."""
    try:
        shape = np.broadcast_shapes(*(x.shape for x in tensors))
    except ValueError as error:
        raise RuntimeError(f"broadcast_tensors: shapes {[tuple(x.shape) for x in tensors]} do not broadcast") from error
    return tuple(x if x.shape == shape else V.expand(x, shape=shape) for x in tensors)


def squeeze(input: Any, dim: Any = None) -> Any:
    """Dimensions of size 1 removed: all, or those in `dim`; a view."""
    return V.squeeze(input, dim=tuple(dim) if isinstance(dim, list) else dim)


def unsqueeze(input: Any, dim: int) -> Any:
    """A dimension of size 1 put in at `dim`; a view."""
    return V.unsqueeze(input, dim=integer("unsqueeze", dim))


def select(input: Any, dim: int, index: int) -> Any:
    """One slice along a dimension, without it; a view."""
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor")
    d = wrap_dim(dim, input.ndim)
    return I.getitem(input, index=(slice(None),) * d + (integer("select", index),))


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """`length` slices from `start` along a dimension; a view."""
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor")
    if hasattr(start, "array") and (start.array.ndim or start.array.dtype.kind not in "iu"):
        raise RuntimeError(f"narrow: start must be an int or a 0-dim integral tensor, not {start.dtype} of shape {tuple(start.shape)}")
    d, start, length = wrap_dim(dim, input.ndim), integer("narrow", start), integer("narrow", length)
    n = input.shape[d]
    if not -n <= start <= n:
        raise IndexError(f"narrow: start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start %= n + 1 if start == n else max(n, 1)
    if length < 0 or start + length > n:
        raise RuntimeError(f"narrow: start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return I.getitem(input, index=(slice(None),) * d + (slice(start, start + length),))


def contiguous(input: Any, memory_format: Any = None) -> Any:
    """The tensor itself if its elements lie in C order, else a copy that does."""
    if memory_format is not None and memory_format is not contiguous_format:
        raise NotImplementedError(f"contiguous: memory_format={memory_format} is not supported")
    return input if input.array.flags.c_contiguous else E.clone(input)
