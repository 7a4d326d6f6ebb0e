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


LOG = single(
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
LN2_HIGH, LN2_LOW = single(0.693359375, -2.12194440e-4)
TWO_PI, FOUR_OVER_PI = single(6.2831855, 1.27323954)
QUARTER_PI = single(-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)  # minus pi/4, in three parts
COS = single(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
SIN = single(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
ONE_BITS, ROOT_HALF_BITS, FRACTION = 0x3F800000, 0x3F3504F3, 0x7FFFFF  # bit patterns of 1.0 and sqrt(1/2), and the fraction's mask


def block32(k: np.ndarray, mean: float, std: float) -> np.ndarray:
    """Normal float32 numbers from 24-bit integers, (b, 16) -> (b, 16): elements j and j + 8 of a row are a pair."""
    out = np.empty(k.shape, np.float32)
    for start in range(0, len(k), CHUNK):
        part, rows = k[start : start + CHUNK], out[start : start + CHUNK]
        u = part.astype(np.float32).reshape(-1, 2, 8) * np.float32(2**-24)
        radius = np.sqrt(log32(1 - u[:, 0]) * np.float32(-2))
        sine, cosine = sin_cos32(u[:, 1])
        np.multiply(radius, cosine, out=rows[:, :8])
        np.multiply(radius, sine, out=rows[:, 8:])
    return scale32(out, mean, std)


def scale32(z: np.ndarray, mean: float, std: float) -> np.ndarray:
    """``fma(z, std, mean)`` in float32; z may be overwritten."""
    mean, std = single(mean, std)
    if mean != 0:
        return add_to_float32(z.astype(np.float64) * std, mean)
    if std != 1:
        z *= np.float32(std)
    z += np.float32(0)  # adding the mean turns -0 into +0
    return z


def fma32(a: np.ndarray | float, b: np.ndarray, c: np.ndarray | float, wide: np.ndarray) -> np.ndarray:
    """``round32(a b + c)`` of float32 values, b as float64, computed in the float64 scratch array `wide`.

    Adding in float64 and then narrowing could round twice; over all 2^24 inputs of each polynomial here it never matters.
    """
    np.multiply(a, b, out=wide)
    return np.add(wide, c, out=np.empty(wide.shape, np.float32))


def log32(v: np.ndarray) -> np.ndarray:
    """ln v for float32 v in (0, 1]: v = m 2^e with m in [sqrt(1/2), sqrt 2), then a polynomial in m - 1."""
    bits = v.view(np.int32) + (ONE_BITS - ROOT_HALF_BITS)
    e = ((bits >> 23) - 127).astype(np.float32)
    m = ((bits & FRACTION) + ROOT_HALF_BITS).view(np.float32) - np.float32(1)
    z = m * m
    wide_m = m.astype(np.float64)
    wide = np.empty_like(wide_m)
    y = fma32(LOG[0], wide_m, LOG[1], wide)
    for c in LOG[2:]:
        y = fma32(y, wide_m, c, wide)
    y *= m
    y = fma32(y, z.astype(np.float64), e * np.float32(LN2_LOW), wide)
    y -= z * np.float32(0.5)
    m += y
    e *= np.float32(LN2_HIGH)  # exact: few bits times a small integer
    m += e
    return m


def sin_cos32(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(sin, cos) of 2 pi u for float32 u in [0, 1): bring the angle into [-pi/4, pi/4], use polynomials, then undo by octant."""
    t = u * np.float32(TWO_PI)
    octant = (t * np.float32(FOUR_OVER_PI)).astype(np.int32)
    octant += 1
    octant &= ~1
    q = octant.astype(np.float32)
    for part in QUARTER_PI:
        t += q * np.float32(part)  # exact products again
    z = t * t
    wide_z = z.astype(np.float64)
    wide = np.empty_like(wide_z)
    cosine = fma32(fma32(COS[0], wide_z, COS[1], wide), wide_z, COS[2], wide)
    cosine *= z
    cosine = fma32(cosine, wide_z, z * np.float32(-0.5), wide)
    cosine += np.float32(1)
    sine = fma32(fma32(SIN[0], wide_z, SIN[1], wide), wide_z, SIN[2], wide)
    sine *= z
    sine = fma32(sine, t.astype(np.float64), t, wide)
    swap = (octant & 2) != 0
    sine, cosine = np.where(swap, cosine, sine), np.where(swap, sine, cosine)
    sine.view(np.int32)[...] ^= (octant & 4) << 29  # bit 31 is the sign
    cosine.view(np.int32)[...] ^= ((octant + 2) & 4) << 29
    return sine, cosine


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
