"""Shapes: viewing the same elements in another shape or order of dimensions, joining arrays and taking them apart.

Views share their input's memory. The references state an op as a map of indices: the element of y at i is that of x at source(i).
What moves elements within a shape (flip, roll, pad, triangles, diagonals) is in `arrangement`.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Any

import numpy as np

from ._axes import along, any_dim, any_order, in_c_order, mapped, sample_movement, unique_dims
from ._law import RefusedValue, wrap_dim
from ._op import Op
from .arrangement import diag_embed, diagonal, flip, pad, repeat, roll, tril, triu

__all__ = [
    "cat", "diag_embed", "diagonal", "expand", "flip", "pad", "permute", "repeat", "reshape", "roll", "split", "spread", "squeeze", "stack",
    "transpose", "tril", "triu", "unbind", "unsqueeze",
]  # fmt: skip


def reshape_forward(x, *, shape):
    """y = the elements of x, in C order, in another shape; one size may be -1."""
    try:
        y = x.reshape(shape)
    except ValueError:
        raise misfit(x, shape) from None
    if y.shape != shape and any(s < -1 for s in shape):  # NumPy takes any negative size for -1
        raise misfit(x, shape)
    return y, (x.shape,)


def misfit(x: Any, shape: tuple[int, ...]) -> RuntimeError:
    if sum(s == -1 for s in shape) > 1:
        return RuntimeError(f"reshape: only one dimension can be inferred (-1), got {list(shape)}")
    if any(s < -1 for s in shape):
        return RuntimeError(f"reshape: invalid shape dimension {min(shape)} in {list(shape)}; only -1 may be negative")
    if -1 in shape and 0 in shape and math.prod(x.shape) == 0:
        return RuntimeError(f"reshape: -1 in {list(shape)} is ambiguous for a tensor of 0 elements: any size would fit")
    return RuntimeError(f"reshape: shape '{list(shape)}' is invalid for input of size {math.prod(x.shape)}, its shape is {tuple(x.shape)}")


def reshape_backward(dy, saved):
    """dx = dy in x's shape: each element goes back where it was."""
    (shape,) = saved
    return (dy.reshape(shape),)


def sample_reshape(draw):
    shape = draw.shape()
    n = math.prod(shape)
    shapes = [(-1,), (n,), (1, *shape), shape[::-1], (*shape[1:], *shape[:1])]
    return (draw.array(shape),), {"shape": draw.choice(shapes)}


reshape = Op(
    reshape_forward,
    reshape_backward,
    shapes="(...) -> (shape)",
    sample=sample_reshape,
    reference=lambda x, shape: np.array([x[i] for i in np.ndindex(*x.shape)]).reshape(shape),
    view="maybe",
    torch_name="View",
)


def permute_forward(x, *, dims):
    """y = x with its dimensions in another order: dimension k of y is dimension dims[k] of x."""
    return x.transpose(dims), (dims,)


def permute_backward(dy, saved):
    """dx = dy with the dimensions in the inverse order."""
    (dims,) = saved
    n = len(dims)
    inverse = sorted(range(n), key=lambda k: dims[k] % n)
    return (np.transpose(dy, inverse),)


def permute_reference(x, dims):
    front = [d % x.ndim for d in dims]
    return mapped(x, tuple(x.shape[d] for d in front), lambda i: tuple(i[front.index(d)] for d in range(x.ndim)))


permute = Op(
    permute_forward,
    permute_backward,
    shapes="(...) -> (dims)",
    sample=sample_movement(lambda draw, shape: {"dims": any_order(draw, len(shape))}),
    reference=permute_reference,
    view=True,
)


def transpose_forward(x, *, dim0, dim1):
    """y = x with two dimensions swapped."""
    if x.ndim == 0:
        return x.reshape(()), (wrap_dim(dim0, 0), wrap_dim(dim1, 0))
    return x.swapaxes(dim0, dim1), (dim0, dim1)


def transpose_backward(dy, saved):
    """dx = dy with the two swapped back."""
    return (np.swapaxes(dy, *saved) if dy.ndim else dy,)


transpose = Op(
    transpose_forward,
    transpose_backward,
    shapes="(...) -> (...)",
    sample=sample_movement(lambda draw, shape: {"dim0": any_dim(draw, len(shape)), "dim1": any_dim(draw, len(shape))}),
    reference=lambda x, dim0, dim1: np.moveaxis(x, [dim0, dim1], [dim1, dim0]) if x.ndim and (dim0 - dim1) % x.ndim else x,
    view=True,
)


def expand_forward(x, *, shape):
    """y = x repeated, without copying, along its dimensions of size 1 and along new leading ones; -1 keeps a size."""
    old, lead = x.shape, len(shape) - x.ndim
    new = tuple(old[i - lead] if s == -1 and i >= lead else s for i, s in enumerate(shape))
    if lead < 0 or any(n != o and (o != 1 or n < 0) for n, o in zip(new[lead:], old)) or any(n < 0 for n in new[:lead]):
        raise RuntimeError(
            f"expand: {tuple(old)} cannot be expanded to {list(shape)}: sizes are compared from the last one; those that are not 1 "
            "must stay (or be given as -1), and new ones come in front"
        )
    same = math.prod(new) == math.prod(old)  # nothing is repeated: a plain view, which may be written to
    return x.reshape(new) if same else np.broadcast_to(x, new), ()


def expand_backward(dy, saved):
    """dx = dy summed over the copies, which is done where it is handed to x, as for every broadcast."""
    return (dy,)


def sample_expand(draw):
    shape = draw.shape()
    return (draw.array(draw.broadcastable(shape)),), {"shape": shape}


def expand_reference(x, shape):
    return mapped(x, shape, lambda i: tuple(k if n != 1 else 0 for k, n in zip(i[len(i) - x.ndim :], x.shape)))


expand = Op(expand_forward, expand_backward, shapes="(...) -> (shape)", sample=sample_expand, reference=expand_reference, view=True)


def spread_forward(x, *, shape):
    """y = x broadcast to `shape`, in memory of its own: quicker to make and to use than a view that repeats."""
    return np.full_like(x, x, shape=shape, order="C"), ()


def spread_backward(dy, saved):
    """dx = dy summed over the copies, as for `expand`."""
    return (dy,)


spread = Op(
    spread_forward, spread_backward, shapes="(...) -> (shape)", sample=sample_expand, reference=expand_reference, torch_name="Expand"
)


def squeeze_forward(x, *, dim=None):
    """y = x without its dimensions of size 1: all of them, or those among `dim` (an int or a tuple)."""
    shape = x.shape
    if dim is None:
        left = tuple(n for n in shape if n != 1)
    else:
        dims = unique_dims(tuple(dim) if isinstance(dim, (tuple, list)) else (dim,), x.ndim)
        left = tuple(n for d, n in enumerate(shape) if n != 1 or d not in dims)
    return x.reshape(left), (shape,)


def squeeze_backward(dy, saved):
    """dx = dy in x's shape."""
    (shape,) = saved
    return (dy.reshape(shape),)


def squeeze_reference(x, dim=None):
    dims = range(x.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    return np.squeeze(x, axis=tuple(d for d in dims if x.ndim and x.shape[d] == 1))


def sample_squeeze(draw):
    shape = draw.broadcastable(draw.shape())
    return (draw.array(shape),), {"dim": draw.choice((None, any_dim(draw, len(shape)), any_order(draw, len(shape))[:2]))}


squeeze = Op(
    squeeze_forward,
    squeeze_backward,
    shapes="(...) -> (...)",
    sample=sample_squeeze,
    reference=squeeze_reference,
    view=True,
    torch_name=lambda options: f"SqueezeBackward{['NoneType', 'int', 'tuple'].index(type(options.get('dim')).__name__)}",
)


def unsqueeze_forward(x, *, dim):
    """y = x with a dimension of size 1 put in at `dim`."""
    shape = x.shape
    d = wrap_dim(dim, x.ndim + 1)
    return x.reshape((*shape[:d], 1, *shape[d:])), (shape,)


def unsqueeze_backward(dy, saved):
    """dx = dy in x's shape."""
    (shape,) = saved
    return (dy.reshape(shape),)


unsqueeze = Op(
    unsqueeze_forward,
    unsqueeze_backward,
    shapes="(...) -> (...)",
    sample=sample_movement(lambda draw, shape: {"dim": any_dim(draw, len(shape) + 1)}),
    reference=lambda x, dim: np.expand_dims(x, dim),
    view=True,
)


# ---- several arrays ----


def cat_forward(*xs, dim=0):
    """y = the arrays joined along an existing dimension; in all others their sizes agree. An array of shape (0,) is left out."""
    try:
        y = np.concatenate(xs, axis=dim)
    except ValueError:  # arrays of shape (0,) have the wrong number of dimensions, and that is allowed
        some = [x for x in xs if x.shape != (0,)]
        if len(some) == len(xs):
            raise cannot_join(xs, dim) from None
        return (cat(*some, dim=dim) if some else xs[0].copy()), (tuple(x.shape for x in xs), dim)
    if not (y.flags.c_contiguous or all(map(is_channels_last, xs))):
        y = y.copy()
    return y, (tuple(x.shape for x in xs), dim)


def is_channels_last(x):
    return x.ndim == 4 and not x.flags.c_contiguous and x.transpose((0, 2, 3, 1)).flags.c_contiguous


def cannot_join(xs: Any, dim: int) -> Exception:
    if not xs:
        return RefusedValue("cat: expected a non-empty list of tensors")
    shapes = [tuple(x.shape) for x in xs]
    if () in shapes:
        return RuntimeError(f"cat: a zero-dimensional tensor (at position {shapes.index(())}) cannot be joined; use stack, or unsqueeze(0)")
    wrap_dim(dim, len(shapes[0]))
    return RuntimeError(f"cat: sizes must match except in dimension {dim}, and so must the number of dimensions; the shapes are {shapes}")


def cat_backward(dy, saved):
    """dx_k = the slice of dy that x_k filled."""
    shapes, dim = saved
    d = dim % dy.ndim
    left_out = [len(shape) != dy.ndim for shape in shapes]
    ends = list(accumulate(0 if out else shape[d] for out, shape in zip(left_out, shapes)))
    return tuple(
        np.zeros_like(dy, shape=(0,)) if out else dy[along(d, slice(start, end))] for out, start, end in zip(left_out, [0, *ends], ends)
    )


def sample_cat(draw):
    shape = draw.shape(1, 3)
    d = draw.integer(0, len(shape) - 1)
    xs = [draw.array((*shape[:d], draw.integer(0, 3), *shape[d + 1 :])) for _ in range(draw.integer(1, 3))]
    return (*xs, *draw.choice(((), (np.zeros(0),)))), {"dim": d - len(shape) * draw.integer(0, 1)}


def cat_reference(*xs, dim):
    rows = [row for x in xs if x.shape != (0,) for row in np.moveaxis(x, dim, 0)]
    some = next((x for x in xs if x.shape != (0,)), xs[0])
    return np.moveaxis(np.array(rows).reshape((len(rows), *np.moveaxis(some, dim, 0).shape[1:])), 0, dim)


cat = Op(cat_forward, cat_backward, shapes="(...) -> (...)", sample=sample_cat, reference=cat_reference, dtypes="promote")


def stack_forward(*xs, dim=0):
    """y = the arrays, all of one shape, joined along a new dimension."""
    if not xs:
        raise RuntimeError("stack: expected a non-empty list of tensors")
    d = wrap_dim(dim, xs[0].ndim + 1)
    try:
        return in_c_order(np.concatenate([x[along(d, None)] for x in xs], axis=d)), (d, len(xs))
    except (ValueError, IndexError):
        raise RuntimeError(f"stack: all tensors must have the same shape, they have {[tuple(x.shape) for x in xs]}") from None


def stack_backward(dy, saved):
    """dx_k = the k-th slice of dy."""
    d, n = saved
    return tuple(dy[along(d, k)] for k in range(n))


def sample_stack(draw):
    shape = draw.shape()
    return tuple(draw.array(shape) for _ in range(draw.integer(1, 3))), {"dim": any_dim(draw, len(shape) + 1)}


stack = Op(
    stack_forward,
    stack_backward,
    shapes="(...) -> (...)",
    sample=sample_stack,
    reference=lambda *xs, dim: np.moveaxis(np.array(xs), 0, dim),
    dtypes="promote",
)


def split_forward(x, *, sizes, dim=0):
    """(y_0, y_1, ...) = x cut along `dim` into pieces of the given sizes, which add up to all of it."""
    if x.ndim == 0:
        raise RuntimeError("split: a tensor with at least 1 dimension is wanted, this one has none")
    d = wrap_dim(dim, x.ndim)
    ends = list(accumulate(sizes))
    if any(n < 0 for n in sizes) or (ends[-1] if ends else 0) != x.shape[d]:
        raise RuntimeError(f"split: sizes must not be negative and must sum to {x.shape[d]}, the size of dimension {d}; got {list(sizes)}")
    return tuple(x[along(d, slice(end - n, end))] for n, end in zip(sizes, ends)), (d,)


def split_backward(dys, saved):
    """dx = the pieces' gradients, joined."""
    (d,) = saved
    return (np.concatenate(dys, axis=d),)


def evenly_cut(sizes: tuple[int, ...]) -> bool:
    """Whether all pieces are of one size, but for the last, which may be smaller."""
    return len(set(sizes[:-1])) <= 1 and sizes[-1:] <= sizes[:1]


def sample_split(draw):
    shape = draw.shape(1, 3)
    dim = any_dim(draw, len(shape))
    first = draw.integer(0, shape[dim])
    return (draw.array(shape),), {"sizes": (first, shape[dim] - first), "dim": dim}


split = Op(
    split_forward,
    split_backward,
    shapes="(...) -> (...)",
    sample=sample_split,
    reference=lambda x, sizes, dim: tuple(np.split(x, list(accumulate(sizes))[:-1], axis=dim)),
    view=True,
    torch_name=lambda options: "Split" if evenly_cut(options.get("sizes", ())) else "SplitWithSizes",
)


def unbind_forward(x, *, dim=0):
    """(y_0, y_1, ...) = the slices of x along `dim`, without that dimension."""
    if x.ndim == 0:
        raise IndexError("unbind: a tensor with at least 1 dimension is wanted, this one has none")
    d = wrap_dim(dim, x.ndim)
    front = (slice(None),) * d
    return tuple([x[(*front, k, ...)] for k in range(x.shape[d])]), (d,)


def unbind_backward(dys, saved):
    """dx = the slices' gradients, stacked."""
    (d,) = saved
    return (np.stack(dys, axis=d),)


unbind = Op(
    unbind_forward,
    unbind_backward,
    shapes="(...) -> (...)",
    sample=sample_movement(lambda draw, shape: {"dim": any_dim(draw, len(shape))}, min_dims=1),
    reference=lambda x, dim: tuple(np.take(x, k, axis=dim) for k in range(x.shape[dim])),
    view=True,
)
