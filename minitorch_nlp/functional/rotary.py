"""Rotary position embedding: positions told to attention by turning pairs of features (Su et al., 2021)."""

from __future__ import annotations

import numpy as np

from ._checks import require_float
from ._op import Op

__all__ = ["rotary"]


def rotary_forward(x, cos, sin, *, interleaved=False):
    """y = R x: each pair of features (a, b) at position t turned by its angle, to (a cos - b sin, b cos + a sin).

    x (..., T, E), cos and sin (..., T, E / 2) -> (..., T, E). A pair is (x_i, x_{i + E/2}); with `interleaved` it is
    (x_{2i}, x_{2i + 1}), as in the paper. A query turned by m times an angle and a key by n times have a product that depends on m - n
    only.
    """
    require_float("rotary", x)
    if x.shape[-1] % 2:
        raise RuntimeError(f"rotary: features are turned in pairs, so their number must be even; x has shape {tuple(x.shape)}")
    if not 2 * cos.shape[-1] == 2 * sin.shape[-1] == x.shape[-1]:
        features, angles = x.shape[-1], cos.shape[-1]
        raise RuntimeError(f"rotary: x's {features} features make {features // 2} pairs, but cos and sin have {angles} angles")
    return turned(x, cos, sin, interleaved), (x, cos, sin, interleaved)


def turned(x, cos, sin, interleaved):
    """The pairs (a, b) of x turned by the angles whose cosines and sines are given."""
    a, b = pairs(x, interleaved)
    first, second = a * cos - b * sin, b * cos + a * sin
    if interleaved:
        return np.stack((first, second), axis=-1).reshape((*first.shape[:-1], 2 * first.shape[-1]))
    return np.concatenate((first, second), axis=-1)


def pairs(x, interleaved):
    half = x.shape[-1] // 2
    return (x[..., ::2], x[..., 1::2]) if interleaved else (x[..., :half], x[..., half:])


def rotary_backward(dy, saved, needs=(True, True, True)):
    """dx = R^T dy, the turn by minus the angle;  dcos = a dy_1 + b dy_2,  dsin = a dy_2 - b dy_1

    y = R x is linear in x, so dx = R^T dy. A rotation is orthogonal: R^T is its inverse, the same turn with -sin for sin. And
    y_1 = a cos - b sin, y_2 = b cos + a sin are linear in cos and sin too.
    """
    x, cos, sin, interleaved = saved
    dx = turned(dy, cos, -sin, interleaved) if needs[0] else None
    if not (needs[1] or needs[2]):
        return dx, None, None
    (a, b), (dy_1, dy_2) = pairs(x, interleaved), pairs(dy, interleaved)
    return dx, a * dy_1 + b * dy_2, a * dy_2 - b * dy_1


def rotary_reference(x, cos, sin, *, interleaved=False):
    """Pair by pair as a product of complex numbers: (a + ib)(cos + i sin)."""
    half = x.shape[-1] // 2
    y = np.zeros((*np.broadcast_shapes(x.shape[:-1], cos.shape[:-1]), 2 * half))
    for i in range(half):
        k, m = (2 * i, 2 * i + 1) if interleaved else (i, i + half)
        z = (x[..., k] + 1j * x[..., m]) * (cos[..., i] + 1j * sin[..., i])
        y[..., k], y[..., m] = z.real, z.imag
    return y


def sample_rotary(draw):
    """Leading dimensions that broadcast, an even number of features."""
    lead, steps, half = draw.shape(0, 2), draw.integer(0, 3), draw.integer(0, 2)
    shape = (*draw.broadcastable(lead), steps, half)
    arrays = draw.array((*lead, steps, 2 * half)), draw.array(shape), draw.array(shape)
    return arrays, {"interleaved": draw.choice((False, True))}


rotary = Op(
    rotary_forward,
    rotary_backward,
    shapes="(..., t, e), (..., t, h), (..., t, h) -> (..., t, e)",
    sample=sample_rotary,
    reference=rotary_reference,
)
