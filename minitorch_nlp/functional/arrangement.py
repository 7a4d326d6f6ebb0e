"""Order and place within a shape: flip, roll, repeat, pad, triangles, diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._axes import along, any_order, in_c_order, mapped, sample_movement, unique_dims
from ._law import wrap_dim
from ._op import Op
from .getitem import scatter_index

__all__ = ["diag_embed", "diagonal", "flip", "pad", "repeat", "roll", "tril", "triu"]


def flip_forward(x, *, dims):
    """y = x with the order reversed along each of `dims`."""
    dims = unique_dims(dims, x.ndim)
    return np.flip(x, dims if x.ndim else ()).copy("K"), (dims,)


def flip_backward(dy, saved):
    """dx = dy, reversed again."""
    (dims,) = saved
    return (np.flip(dy, dims) if dy.ndim else dy,)


def flip_reference(x, dims):
    gone = [d % x.ndim for d in dims if x.ndim]
    return mapped(x, x.shape, lambda i: tuple(n - 1 - k if d in gone else k for d, (k, n) in enumerate(zip(i, x.shape))))


flip = Op(
    flip_forward,
    flip_backward,
    shapes="(...) -> (...)",
    sample=sample_movement(lambda draw, shape: {"dims": any_order(draw, len(shape))[: draw.integer(0, 3)]}),
    reference=flip_reference,
)


def roll_forward(x, *, shifts, dims=None):
    """y_i = x_(i - shift mod n) along each of `dims`; without `dims`, of the flattened array."""
    shifts = tuple(shifts) if isinstance(shifts, (tuple, list)) else (shifts,)
    dims = () if dims is None else tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if len(shifts) != (len(dims) or 1):
        raise RuntimeError(f"roll: as many shifts as dims are wanted, got {len(shifts)} shifts and {len(dims)} dims")
    if dims and x.ndim == 0:
        raise IndexError(f"roll: dims {dims} given, but the tensor has no dimensions")
    return in_c_order(np.roll(x, shifts, axis=dims) if dims else np.roll(x, shifts[0])), (shifts, dims)


def roll_backward(dy, saved):
    """dx = dy, rolled back."""
    shifts, dims = saved
    return (roll(dy, shifts=tuple(-s for s in shifts), dims=dims),)


def sample_roll(draw):
    shape = draw.shape()
    dims = any_order(draw, len(shape))[: draw.integer(0, 2)]
    shifts = tuple(draw.integer(-4, 4) for _ in dims) or draw.integer(-4, 4)
    return (draw.array(shape),), {"shifts": shifts, "dims": dims or None}


def roll_reference(x, shifts, dims):
    if dims is None:
        values = [x[i] for i in np.ndindex(*x.shape)]
        return np.array([values[(i - shifts) % len(values)] for i in range(len(values))]).reshape(x.shape)
    by = dict(zip([d % x.ndim for d in dims], shifts))
    return mapped(x, x.shape, lambda i: tuple((k - by.get(d, 0)) % x.shape[d] for d, k in enumerate(i)))


roll = Op(roll_forward, roll_backward, shapes="(...) -> (...)", sample=sample_roll, reference=roll_reference)


def repeat_forward(x, *, repeats):
    """y = x laid end to end, repeats[d] times along dimension d; more repeats than dimensions put new ones in front."""
    if len(repeats) < x.ndim:
        raise RuntimeError(f"repeat: at least {x.ndim} counts are wanted, one for each dimension of {tuple(x.shape)}; got {tuple(repeats)}")
    if any(r < 0 for r in repeats):
        raise RuntimeError(f"repeat: counts must not be negative, got {tuple(repeats)}")
    return in_c_order(np.tile(x, repeats)), (x.shape, tuple(repeats))


def repeat_backward(dy, saved):
    """dx = dy summed over the copies: dy seen as (r_0, n_0, r_1, n_1, ...), summed over every r."""
    shape, repeats = saved
    sizes = (1,) * (len(repeats) - len(shape)) + tuple(shape)
    pairs = tuple(n for pair in zip(repeats, sizes) for n in pair)
    return (np.sum(dy.reshape(pairs), axis=tuple(range(0, len(pairs), 2))).reshape(shape) if pairs else dy,)


def sample_repeat(draw):
    shape = draw.shape(0, 2)
    return (draw.array(shape),), {"repeats": tuple(draw.integer(0, 3) for _ in range(len(shape) + draw.integer(0, 1)))}


def repeat_reference(x, repeats):
    sizes = (1,) * (len(repeats) - x.ndim) + x.shape
    return mapped(x, tuple(r * n for r, n in zip(repeats, sizes)), lambda i: tuple(k % n for k, n in zip(i[len(i) - x.ndim :], x.shape)))


repeat = Op(repeat_forward, repeat_backward, shapes="(...) -> (...)", sample=sample_repeat, reference=repeat_reference)


# ---- triangles and diagonals ----


def require_matrix(name: str, x: Any) -> None:
    if x.ndim < 2:
        raise RuntimeError(f"{name}: a tensor with at least 2 dimensions is wanted, this one has the shape {tuple(x.shape)}")


def tril_forward(x, *, diagonal=0):
    """y_ij = x_ij where j - i <= diagonal, else 0: the lower triangle of each matrix."""
    require_matrix("tril", x)
    return in_c_order(np.tril(x, diagonal)), (diagonal,)


def tril_backward(dy, saved):
    """dx = the lower triangle of dy: the rest of x does not reach y."""
    return (np.tril(dy, *saved),)


tril = Op(
    tril_forward,
    tril_backward,
    shapes="(..., r, c) -> (..., r, c)",
    sample=sample_movement(lambda draw, shape: {"diagonal": draw.integer(-3, 3)}, min_dims=2),
    reference=lambda x, diagonal: x * (np.arange(x.shape[-1]) - np.arange(x.shape[-2])[:, None] <= diagonal),
)


def triu_forward(x, *, diagonal=0):
    """y_ij = x_ij where j - i >= diagonal, else 0: the upper triangle of each matrix."""
    require_matrix("triu", x)
    return in_c_order(np.triu(x, diagonal)), (diagonal,)


def triu_backward(dy, saved):
    """dx = the upper triangle of dy: the rest of x does not reach y."""
    return (np.triu(dy, *saved),)


triu = Op(
    triu_forward,
    triu_backward,
    shapes="(..., r, c) -> (..., r, c)",
    sample=sample_movement(lambda draw, shape: {"diagonal": draw.integer(-3, 3)}, min_dims=2),
    reference=lambda x, diagonal: x * (np.arange(x.shape[-1]) - np.arange(x.shape[-2])[:, None] >= diagonal),
)


def diagonal_forward(x, *, offset=0, dim1=0, dim2=1):
    """y[..., i] = x[..., i, i + offset] (x[..., i - offset, i] below), of the matrices in dimensions dim1, dim2."""
    a, b = wrap_dim(dim1, x.ndim), wrap_dim(dim2, x.ndim)
    if a == b:
        raise RuntimeError(f"diagonal: dim1 and dim2 cannot be identical, got {dim1} and {dim2}")
    m = np.moveaxis(x, (a, b), (-2, -1))[..., max(-offset, 0) :, max(offset, 0) :]
    n = min(m.shape[-2:])
    return np.einsum("...ii->...i", m[..., :n, :n]), (x.shape, offset, a, b)  # einsum's diagonal can be written to, NumPy's own cannot


def diagonal_backward(dy, saved):
    """dx = dy on the diagonal, 0 elsewhere."""
    shape, offset, a, b = saved
    n, rows, columns = dy.shape[-1], shape[a], shape[b]
    square = np.tril(np.triu(np.broadcast_to(np.expand_dims(dy, -1), (*dy.shape, n))))
    up, left = min(max(-offset, 0), rows), min(max(offset, 0), columns)
    full = pad(square, pad=(left, columns - n - left, up, rows - n - up))
    places = [d for d in range(len(shape)) if d not in (a, b)] + [a, b]
    return (np.transpose(full, sorted(range(len(shape)), key=places.__getitem__)),)


def sample_diagonal(draw):
    shape = draw.shape(2, 3)
    dim1, dim2 = any_order(draw, len(shape))[:2]
    return (draw.array(shape),), {"offset": draw.integer(-3, 3), "dim1": dim1, "dim2": dim2}


diagonal = Op(
    diagonal_forward,
    diagonal_backward,
    shapes="(...) -> (..., n)",
    sample=sample_diagonal,
    reference=lambda x, offset, dim1, dim2: np.diagonal(x, offset, dim1, dim2),
    view=True,
)


def diag_embed_forward(x, *, offset=0, dim1=-2, dim2=-1):
    """y = matrices, in dimensions dim1 and dim2, with the last dimension of x on their diagonal and 0 elsewhere."""
    if x.ndim == 0:
        raise IndexError("diag_embed: a tensor with at least 1 dimension is wanted, this one has none")
    a, b = wrap_dim(dim1, x.ndim + 1), wrap_dim(dim2, x.ndim + 1)
    if a == b:
        raise RuntimeError(f"diag_embed: dim1 and dim2 cannot be identical, got {dim1} and {dim2}")
    n, sizes = x.shape[-1] + abs(offset), iter(x.shape[:-1])
    y = np.zeros_like(x, shape=tuple(n if d in (a, b) else next(sizes) for d in range(x.ndim + 1)), order="C")
    diagonal_forward(y, offset=offset, dim1=a, dim2=b)[0][...] = x
    return y, (offset, a, b)


def diag_embed_backward(dy, saved):
    """dx = the diagonal of dy: the rest of y is constant."""
    offset, a, b = saved
    return (diagonal(dy, offset=offset, dim1=a, dim2=b),)


def diag_embed_reference(x, offset, dim1, dim2):
    y = np.zeros((*x.shape[:-1], x.shape[-1] + abs(offset), x.shape[-1] + abs(offset)))
    for k in range(x.shape[-1]):
        y[..., k - min(offset, 0), k + max(offset, 0)] = x[..., k]
    return np.moveaxis(y, (-2, -1), (dim1, dim2))


def sample_diag_embed(draw):
    shape = draw.shape(1, 2)
    dim1, dim2 = any_order(draw, len(shape) + 1)[:2]
    return (draw.array(shape),), {"offset": draw.integer(-2, 2), "dim1": dim1, "dim2": dim2}


diag_embed = Op(
    diag_embed_forward, diag_embed_backward, shapes="(..., n) -> (...)", sample=sample_diag_embed, reference=diag_embed_reference
)


# ---- padding ----


def pairs_of(pad: Any, ndim: int) -> list[tuple[int, int]]:
    """(before, after) for each dimension, from torch's list, which starts with the last one."""
    if len(pad) % 2:
        raise RuntimeError(f"pad: an even number of amounts is wanted, (before, after) for each dimension from the last; got {tuple(pad)}")
    if len(pad) > 2 * ndim:
        raise RuntimeError(f"pad: {tuple(pad)} pads {len(pad) // 2} dimensions, but the tensor has {ndim}")
    last_first = [(int(pad[k]), int(pad[k + 1])) for k in range(0, len(pad), 2)]
    return [(0, 0)] * (ndim - len(last_first)) + last_first[::-1]


def check_mode(mode: str, value: float | None, shape: tuple[int, ...], pairs: list[tuple[int, int]], given: int) -> None:
    """torch's limits of the modes other than constant."""
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"pad: mode {mode!r} is not known; use constant, reflect, replicate or circular")
    if value:
        raise RuntimeError(f"pad: mode {mode!r} takes no value, got {value}")
    if given not in (1, 2, 3) or len(shape) - given not in (1, 2):
        raise NotImplementedError(
            f"pad: mode {mode!r} pads the last 1, 2 or 3 dimensions and wants 1 or 2 more in front; here {given} of {tuple(shape)}"
        )
    for d in range(len(shape) - given, len(shape)):
        n, most, left = shape[d], max(pairs[d]), shape[d] + sum(min(k, 0) for k in pairs[d])
        if n == 0 or (mode == "reflect" and most >= n) or (mode == "circular" and (most > n or left == 0)):
            raise RuntimeError(f"pad: mode {mode!r} cannot take {pairs[d]} elements from dimension {d}, its size is {n}")


def sources(x: Any, d: int, before: int, after: int, mode: str) -> Any:
    """Which element of x along dimension d each element of the padded one copies."""
    n = x.shape[d]
    if mode == "circular":  # crops first, then wraps around what is left
        low, high = max(-before, 0), n - max(-after, 0)
        return low + np.arange(-max(before, 0), high - low + max(after, 0), like=x) % (high - low)
    i = np.arange(-before, n + after, like=x)
    return np.clip(i, 0, n - 1) if mode == "replicate" else n - 1 - np.abs(n - 1 - np.abs(i))


def pad_forward(x, *, pad, mode="constant", value=None):
    """y = x with elements put before and after it (or, negative, cropped), in pairs from the last dimension: ``(left, right, top, ...)``.

    They are `value` (0), or x mirrored at its ends (reflect), its last element (replicate), or x again from the other end (circular).
    """
    pairs = pairs_of(pad, x.ndim)
    if any(max(-before, 0) + max(-after, 0) > n for (before, after), n in zip(pairs, x.shape)):
        raise RuntimeError(f"pad: {tuple(pad)} crops more than there is of the shape {tuple(x.shape)}")
    if mode == "constant":
        shape = tuple(n + before + after for n, (before, after) in zip(x.shape, pairs))
        y = np.full_like(x, value or 0, shape=shape, order="C")
        inner = tuple(slice(max(before, 0), n - max(after, 0)) for n, (before, after) in zip(shape, pairs))
        y[inner] = x[tuple(slice(max(-before, 0), n - max(-after, 0)) for n, (before, after) in zip(x.shape, pairs))]
        return y, (tuple(pad), mode, x.shape)
    check_mode(mode, value, x.shape, pairs, len(pad) // 2)
    first = x.ndim - len(pad) // 2
    copied = tuple(sources(x, d, *pairs[d], mode) for d in range(first, x.ndim))
    y = x
    for d, source in enumerate(copied, first):
        y = np.take(y, source, axis=d)
    return y, (tuple(pad), mode, x.shape, *copied)


def pad_backward(dy, saved):
    """dx = dy at the places of x: pad with the opposite amounts crops what was added and puts 0 where x was cropped.

    In the other modes an element's copies move with it: dx_k is the sum of dy_j over the places j that copy x_k.
    """
    amounts, mode, shape, *copied = saved
    if mode == "constant":
        return (pad(dy, pad=tuple(-k for k in amounts)),)
    for d, source in enumerate(copied, len(shape) - len(copied)):
        dy = scatter_index(dy, index=along(d, source), shape=(*dy.shape[:d], shape[d], *dy.shape[d + 1 :]))
    return (dy,)


def sample_pad(draw):
    mode = draw.choice(("constant", "constant", "reflect", "replicate", "circular"))
    if mode == "constant":
        shape = draw.shape(0, 3)
        last = shape[len(shape) - draw.integer(0, len(shape)) :]
        pairs = [(draw.integer(-(n // 2), 2), draw.integer(-(n - n // 2), 2)) for n in last]
    else:
        shape = draw.shape(2, 3, min_size=2)
        pairs = [(draw.integer(-1, n - 1), draw.integer(0, n - 1)) for n in shape[1:]][-(len(shape) - draw.choice((1, 2)) or 1) :]
    amounts = tuple(k for pair in reversed(pairs) for k in pair)
    return (draw.array(shape),), {"pad": amounts, "mode": mode} | ({"value": 1.5} if mode == "constant" else {})


def pad_reference(x, pad, mode, value=None):
    """NumPy's own pad, after cropping where amounts are negative. Cropped reflections mirror what was cropped, too."""
    pairs = [(0, 0)] * (x.ndim - len(pad) // 2) + [tuple(pad[k : k + 2]) for k in range(len(pad) - 2, -1, -2)]
    crop = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, pairs))
    more = [(max(a, 0), max(b, 0)) for a, b in pairs]
    if mode == "reflect":
        whole = np.pad(x, more, mode="reflect")
        return whole[tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(whole.shape, pairs))]
    kinds = {"constant": {"constant_values": value or 0}, "replicate": {"mode": "edge"}, "circular": {"mode": "wrap"}}
    return np.pad(x[crop], more, **kinds[mode]) if more else x


pad = Op(pad_forward, pad_backward, shapes="(...) -> (...)", sample=sample_pad, reference=pad_reference, torch_name="ConstantPadNd")
