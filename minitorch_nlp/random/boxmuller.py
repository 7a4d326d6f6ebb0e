"""Box and Muller's transform, in torch's three roundings: two uniform numbers in, two normal numbers out.

    r = sqrt(-2 ln u1),  a = 2 pi u2:   r cos a  and  r sin a  are independent normals.

The float32 version repeats, step by step, a logarithm, sine and cosine made of float32 polynomials. Their constants are those of Cephes'
logf and sinf (S. L. Moshier) in the form of avx_mathfun (J. Pommier, G. Garberoglio; zlib licence). The float64 versions use the C library
through `math`, because NumPy's vectorised logarithm may differ from it in the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from .rounding import add_to_float32, fma

__all__ = ["block32", "block64", "pairs"]

CHUNK = 1024  # blocks worked on at a time, so that the scratch arrays stay in cache


def single(*numbers: float) -> tuple[float, ...]:
    """Python floats holding the nearest float32 values."""
    return tuple(np.array(numbers, np.float32).tolist())


def constants(*numbers: float) -> tuple[np.ndarray, ...]:
    """Float32 values as 0-dim float64 arrays, the scalars NumPy adds quickest."""
    return tuple(np.array(number) for number in single(*numbers))


# fmt: off
LOG = constants(
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)
COS_SIN = tuple(np.array(rows, np.float32).astype(np.float64)[:, None] for rows in (
    (2.443315711809948e-5, -1.9515295891e-4), (-1.388731625493765e-3, 8.3321608736e-3), (4.166664568298827e-2, -1.6666654611e-1),
))
# fmt: on
LN2_HIGH, LN2_LOW = np.array(0.693359375, np.float32), np.array(-2.12194440e-4, np.float32)
TWO_PI, FOUR_OVER_PI = np.array(6.2831855, np.float32), np.array(1.27323954, np.float32)
QUARTER_PI_HIGH, QUARTER_PI_MIDDLE = np.array(0.78515625, np.float32), np.array(2.4187564849853515625e-4, np.float32)
(QUARTER_PI_LOW,) = constants(3.77489497744594108e-8)  # the three add up to pi / 4
UNIT24, ONE, HALF, MINUS_TWO = (np.array(number, np.float32) for number in (2.0**-24, 1, 0.5, -2))
TWO_OR_NONE = np.array([[2], [0]], np.int32)
ONE_BITS, ROOT_HALF_BITS, FRACTION = 0x3F800000, 0x3F3504F3, 0x7FFFFF  # bit patterns of 1.0 and sqrt(1/2), and the fraction's mask


def block32(k: np.ndarray, mean: float, std: float) -> np.ndarray:
    """Normal float32 numbers from 24-bit integers, (b, 16) -> (b, 16): elements j and j + 8 of a row are a pair."""
    out = np.empty(k.shape, np.float32)
    for start in range(0, len(k), CHUNK):
        rows = out[start : start + CHUNK].reshape(-1, 2, 8)
        u = np.empty((2, len(rows), 8), np.float32)
        u[...] = k[start : start + CHUNK].reshape(-1, 2, 8).transpose(1, 0, 2)
        u *= UNIT24
        radius = log32(ONE - u[0].ravel())
        radius *= MINUS_TWO
        np.sqrt(radius, out=radius)
        polar = cos_sin32(u[1].ravel())
        polar *= radius
        rows[...] = polar.reshape(u.shape).transpose(1, 0, 2)
    return scale32(out, mean, std)


def scale32(z: np.ndarray, mean: float, std: float) -> np.ndarray:
    """``fma(z, std, mean)`` in float32; z may be overwritten."""
    mean, std = single(mean, std)
    if mean != 0:
        return add_to_float32(z.astype(np.float64) * std, mean)
    z += np.float32(mean)  # 0 turns -0 into 0; a product too small to be anything else stays -0
    if std != 1:
        z *= np.float32(std)
    if std == 0:
        z += np.float32(mean)
    return z


def multiply_add(y: np.ndarray, x: np.ndarray, c: np.ndarray, rounded: np.ndarray) -> None:
    """``y = round32(x y + c)`` in place, for float64 arrays of float32 values; also leaves y in the float32 array `rounded`.

    Adding in float64 and then narrowing could round twice; over all 2^24 inputs of the polynomials here it never matters.
    """
    y *= x
    y += c
    rounded[...] = y
    y[...] = rounded


def log32(v: np.ndarray) -> np.ndarray:
    """ln v for float32 v in (0, 1], (n,): v = m 2^e with m in [sqrt(1/2), sqrt 2), then a polynomial in m - 1."""
    bits = v.view(np.int32) + (ONE_BITS - ROOT_HALF_BITS)
    e = ((bits >> 23) - 127).astype(np.float32)
    bits &= FRACTION
    bits += ROOT_HALF_BITS
    m = bits.view(np.float32)
    m -= ONE
    wide, rounded = m.astype(np.float64), np.empty_like(m)
    y = np.empty_like(wide)
    y[...] = LOG[0]
    for c in LOG[1:]:
        multiply_add(y, wide, c, rounded)
    rounded *= m
    y[...] = rounded
    z = m * m
    multiply_add(y, z.astype(np.float64), e * LN2_LOW, rounded)
    rounded -= z * HALF
    m += rounded
    e *= LN2_HIGH  # exact: few bits times a small integer
    m += e
    return m


def cos_sin32(u: np.ndarray) -> np.ndarray:
    """cos and sin of 2 pi u for float32 u in [0, 1), (n,) -> (2, n): reduce the angle to [-pi/4, pi/4], two polynomials, undo by octant."""
    t = u * TWO_PI
    octant = (t * FOUR_OVER_PI).astype(np.int32)
    octant += 1
    octant &= ~1
    q = octant.astype(np.float32)
    t -= q * QUARTER_PI_HIGH  # exact products again,
    t -= q * QUARTER_PI_MIDDLE
    t = (t - q * QUARTER_PI_LOW).astype(np.float32)  # but this needs float64
    z = t * t
    y, factor = np.empty((2, 2, len(u)))
    rounded, summand = np.empty((2, 2, len(u)), np.float32)
    factor[...] = z
    y[...] = COS_SIN[0]
    multiply_add(y, factor, COS_SIN[1], rounded)
    multiply_add(y, factor, COS_SIN[2], rounded)
    rounded *= z
    y[...] = rounded
    factor[1] = summand[1] = t
    np.multiply(z, -HALF, out=summand[0])
    multiply_add(y, factor, summand, rounded)  # cos: z y - z/2, then + 1; sin: t y + t
    rounded[0] += ONE
    unlike = rounded.view(np.int32)
    unlike = unlike[0] ^ unlike[1]
    unlike &= -((octant >> 1) & 1)  # all bits where cos and sin change places, no bit where they stay
    signs = octant + TWO_OR_NONE
    signs &= 4
    signs <<= 29  # to bit 31, the sign of a float32
    signs ^= unlike
    rounded.view(np.int32)[...] ^= signs
    return rounded


def each(function: Callable[[float], float], x: np.ndarray) -> np.ndarray:
    """The C library's `function` of every element of a float64 array."""
    values: Iterator[float] = map(function, x.ravel().tolist())
    return np.fromiter(values, np.float64, x.size).reshape(x.shape)


def block64(u: np.ndarray, mean: float, std: float) -> np.ndarray:
    """Normal float64 numbers from uniform ones, (b, 16) -> (b, 16): elements j and j + 8 of a row are a pair."""
    u = u.reshape(-1, 2, 8)
    radius = np.sqrt(-2.0 * each(math.log, 1.0 - u[:, 0]))
    angle = (2.0 * math.pi) * u[:, 1]
    z = np.stack((radius * each(math.cos, angle), radius * each(math.sin, angle)), axis=1)
    return fma(z.reshape(-1, 16), std, mean)


def pairs(u: np.ndarray) -> np.ndarray:
    """Normal float64 numbers from uniform ones, (2m,) -> (2m,): neighbours are a pair, the angle is drawn first."""
    radius = np.sqrt(-2.0 * each(math.log1p, -u[1::2]))
    angle = (2.0 * math.pi) * u[0::2]
    z = np.empty_like(u)
    z[0::2] = radius * each(math.cos, angle)
    z[1::2] = radius * each(math.sin, angle)
    return z
