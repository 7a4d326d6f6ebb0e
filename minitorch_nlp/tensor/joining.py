"""Joining tensors and taking them apart, with torch's signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functional import indexing as I
from ..functional import movement as V
from ..functional._law import wrap_dim
from ..functional._op import Traced
from .base import integer
from .results import into

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "cat", "chunk", "column_stack", "concat", "concatenate", "dsplit", "dstack", "hsplit",
    "hstack", "row_stack", "split", "split_with_sizes", "stack", "tensor_split", "unbind", "unsafe_chunk", "unsafe_split",
    "unsafe_split_with_sizes", "vsplit", "vstack",
]  # fmt: skip


# ---- joining ----


def cat(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None, out: Any = None) -> Any:
    """Tensors joined along an existing dimension."""
    if not isinstance(tensors, (tuple, list)):
        check_list("cat", tensors)
    if not tensors:
        raise ValueError("cat: expected a non-empty list of Tensors")
    try:
        result = V.cat(*tensors, dim=dim if axis is None else axis)
    except AttributeError:
        check_list("cat", tensors)
        raise
    return result if out is None else into("cat", out, result)


concat = concatenate = cat


def stack(tensors: Sequence[Any], dim: int = 0, *, out: Any = None) -> Any:
    """Tensors of one shape joined along a new dimension."""
    if not isinstance(tensors, (tuple, list)):
        check_list("stack", tensors)
    try:
        result = V.stack(*tensors, dim=dim)
    except (AttributeError, TypeError):
        check_list("stack", tensors)
        raise
    return result if out is None else into("stack", out, result)


def check_list(name: str, tensors: Any) -> None:
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"{name}(): argument 'tensors' must be tuple of Tensors, not {type(tensors).__name__}")
    for i, x in enumerate(tensors):
        if not isinstance(x, (Traced, np.ndarray)):
            raise TypeError(f"{name}(): expected Tensor as element {i} of 'tensors', but got {type(x).__name__}")


def atleast(n: int, tensors: tuple[Any, ...]) -> Any:
    """Each tensor with at least n dimensions: new ones come in front, the third at the end."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        check_list(f"atleast_{n}d", tensors[0])
        return tuple(widened(n, x) for x in tensors[0])
    check_list(f"atleast_{n}d", tensors)
    found = tuple(widened(n, x) for x in tensors)
    return found[0] if len(found) == 1 else found


def widened(n: int, x: Any) -> Any:
    if x.ndim == 0:
        return V.reshape(x, shape=(1,) * n)
    if x.ndim == 1 and n > 1:
        x = V.unsqueeze(x, dim=0)
    return V.unsqueeze(x, dim=-1) if x.ndim == 2 and n == 3 else x


def atleast_1d(*tensors: Any) -> Any:
    """Numbers as vectors of one element; one tensor, or a tuple for several or for a list of them."""
    return atleast(1, tensors)


def atleast_2d(*tensors: Any) -> Any:
    """As `atleast_1d`, with at least two dimensions: a vector is a row."""
    return atleast(2, tensors)


def atleast_3d(*tensors: Any) -> Any:
    """As `atleast_1d`, with at least three dimensions: a matrix (r, c) is (r, c, 1), a vector (1, n, 1)."""
    return atleast(3, tensors)


def joined(name: str, n: int, tensors: Any, dim: int, out: Any) -> Any:
    check_list(name, tensors)
    if not tensors:
        raise RuntimeError(f"{name}: expected a non-empty list of Tensors")
    parts = [widened(n, x) for x in tensors]
    return into(name, out, V.cat(*parts, dim=0 if n == 1 and parts[0].ndim == 1 else dim))


def hstack(tensors: Sequence[Any], *, out: Any = None) -> Any:
    """Tensors side by side: joined along dimension 1, vectors along 0."""
    return joined("hstack", 1, tensors, 1, out)


def vstack(tensors: Sequence[Any], *, out: Any = None) -> Any:
    """Tensors below each other: joined along dimension 0, vectors as rows."""
    return joined("vstack", 2, tensors, 0, out)


row_stack = vstack


def dstack(tensors: Sequence[Any], *, out: Any = None) -> Any:
    """Tensors behind each other: joined along dimension 2."""
    return joined("dstack", 3, tensors, 2, out)


def column_stack(tensors: Sequence[Any], *, out: Any = None) -> Any:
    """As `hstack`, with vectors as columns."""
    check_list("column_stack", tensors)
    return hstack([V.reshape(x, shape=(x.numel(), 1)) if x.ndim < 2 else x for x in tensors], out=out)


# ---- taking apart ----


def split(tensor: Any, split_size_or_sections: Any = None, dim: int = 0, *, split_size: Any = None) -> tuple[Any, ...]:
    """Pieces of a size (the last may be smaller), or of a list of sizes; views."""
    wanted = split_size_or_sections if split_size is None else split_size
    if tensor.ndim == 0:
        raise RuntimeError("split: a tensor with at least 1 dimension is wanted, this one has none")
    d = wrap_dim(dim, tensor.ndim)
    n = tensor.shape[d]
    if isinstance(wanted, (tuple, list)):
        return split_with_sizes(tensor, wanted, d)
    step = integer("split", wanted)
    if step < 0 or (step == 0 and n):
        raise RuntimeError(f"split: the size of a piece must be positive, got {step}")
    sizes = tuple([min(step, n - i) for i in range(0, n, step)]) if n else (0,)
    return V.split(tensor, sizes=sizes, dim=d)


def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Pieces of the given sizes, which add up to all of it; views."""
    if input.ndim == 0:
        raise RuntimeError("split: a tensor with at least 1 dimension is wanted, this one has none")
    d = wrap_dim(dim, input.ndim)
    sizes = tuple([integer("split", s) for s in split_sizes])
    if sum(sizes) != input.shape[d]:
        raise RuntimeError(f"split: the sizes {list(sizes)} must sum to {input.shape[d]}, the size of dimension {d}")
    return V.split(input, sizes=sizes, dim=d)


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


def pieces(input: Any, ends: Sequence[int], d: int) -> tuple[Any, ...]:
    """The slices between these places along dimension d, each a view of its own, which may be written to."""
    ends, every = [*ends, input.shape[d]], (slice(None),) * d
    return tuple(I.getitem(input, index=(*every, slice(start, max(start, end)))) for start, end in zip([0, *ends], ends))


def unsafe_split(input: Any, split_size: int, dim: int = 0) -> tuple[Any, ...]:
    """As `split` into pieces of a size; each piece may be written to."""
    parts = split(input, split_size, dim)
    return as_pieces(input, parts, dim)


def unsafe_split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """As `split_with_sizes`; each piece may be written to."""
    return as_pieces(input, split_with_sizes(input, split_sizes, dim), dim)


def unsafe_chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """As `chunk`; each piece may be written to."""
    return as_pieces(input, chunk(input, chunks, dim), dim)


def as_pieces(input: Any, parts: tuple[Any, ...], dim: int) -> tuple[Any, ...]:
    d = wrap_dim(dim, input.ndim)
    ends = np.cumsum([p.shape[d] for p in parts]).tolist()
    return pieces(input, ends[:-1], d)


def tensor_split(
    input: Any,
    indices_or_sections: Any = None,
    dim: int = 0,
    *,
    sections: Any = None,
    indices: Any = None,
    tensor_indices_or_sections: Any = None,
) -> tuple[Any, ...]:
    """So many pieces of nearly equal size, or the pieces between the given places; views.

    >>> import minitorch_nlp as torch
    >>> [len(p) for p in torch.tensor_split(torch.arange(7), 3)]
    [3, 2, 2]
    """
    if input.ndim == 0:
        raise RuntimeError("tensor_split: a tensor with at least 1 dimension is wanted, this one has none")
    wanted = first_given(indices_or_sections, sections, indices, tensor_indices_or_sections)
    d = wrap_dim(dim, input.ndim)
    if isinstance(wanted, Traced):
        if wanted.array.dtype != np.int64 or wanted.ndim > 1:
            raise RuntimeError(
                f"tensor_split: indices must be an int64 vector or number, not {wanted.dtype} of shape {tuple(wanted.shape)}"
            )
        wanted = wanted.tolist()
    if isinstance(wanted, (tuple, list)):
        n = input.shape[d]
        return pieces(input, [min(max(i + n if i < 0 else i, 0), n) for i in (integer("tensor_split", w) for w in wanted)], d)
    count = integer("tensor_split", wanted)
    if count <= 0:
        raise RuntimeError(f"tensor_split: the number of sections must be greater than 0, got {count}")
    size, more = divmod(input.shape[d], count)
    return pieces(input, [size * k + min(k, more) for k in range(1, count)], d)


def evenly(name: str, input: Any, wanted: Any, dim: int, least: int) -> tuple[Any, ...]:
    """`tensor_split` along a fixed dimension, where a number of sections must divide its size."""
    if input.ndim < least:
        raise RuntimeError(f"{name}: a tensor with at least {least} dimension{'s' * (least > 1)} is wanted, this one has {input.ndim}")
    if not isinstance(wanted, (tuple, list)):
        count = integer(name, wanted)
        if count <= 0 or input.shape[dim] % count:
            raise RuntimeError(f"{name}: {input.shape[dim]}, the size of dimension {dim}, cannot be cut into {count} equal sections")
    return tensor_split(input, wanted, dim)


def hsplit(input: Any, indices_or_sections: Any = None, *, sections: Any = None, indices: Any = None) -> tuple[Any, ...]:
    """Columns taken apart: `tensor_split` along dimension 1, for a vector along 0."""
    return evenly("hsplit", input, first_given(indices_or_sections, sections, indices), min(1, max(input.ndim - 1, 0)), 1)


def vsplit(input: Any, indices_or_sections: Any = None, *, sections: Any = None, indices: Any = None) -> tuple[Any, ...]:
    """Rows taken apart: `tensor_split` along dimension 0."""
    return evenly("vsplit", input, first_given(indices_or_sections, sections, indices), 0, 2)


def dsplit(input: Any, indices_or_sections: Any = None, *, sections: Any = None, indices: Any = None) -> tuple[Any, ...]:
    """`tensor_split` along dimension 2."""
    return evenly("dsplit", input, first_given(indices_or_sections, sections, indices), 2, 3)


def first_given(*values: Any) -> Any:
    return next((v for v in values if v is not None), None)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along a dimension, without it; views."""
    return V.unbind(input, dim=dim)
