"""Random numbers: what `random.boxmuller` and `random.discrete` compute, bit for bit, in one pass.

Every multiply-add that torch's loops fuse is the processor's own here, so each line is one rounding; `boxmuller.py` says where the
constants are from.
"""

import math
from typing import Any

import numpy as np
from numba.extending import intrinsic

from .compiling import compiled

exactly = compiled(floats=False)
inlined = compiled(floats=False, keep=False)

PAIRS = 512  # made at a time: their scratch arrays stay in the nearest cache
MASK24 = np.uint32((1 << 24) - 1)
UNIT24, TWO_PI, FOUR_OVER_PI = np.float32(2.0**-24), np.float32(6.2831855), np.float32(1.27323954)
ZERO, HALF, ONE, MINUS_TWO = (np.float32(x) for x in (0, 0.5, 1, -2))
SHIFT, EXPONENT_BIAS = np.int32(0x3F800000 - 0x3F3504F3), np.int32(127)  # of the bit patterns of 1 and sqrt(1/2)
FRACTION, ROOT_HALF = np.int32(0x7FFFFF), np.int32(0x3F3504F3)
I1, I2, I4, I23, I29, EVEN = (np.int32(i) for i in (1, 2, 4, 23, 29, ~1))


def fused(context, x, y, z):
    """x y + z, rounded once."""
    return x(x, x, x), lambda target, builder, signature, args: builder.fma(*args)


fma: Any = intrinsic(fused)


@inlined
def log(v):
    """ln v for float32 v in (0, 1]: v = m 2^e with m in [sqrt(1/2), sqrt 2), then a polynomial in m - 1."""
    bits = np.int32(np.float32(v).view(np.int32) + SHIFT)
    e = np.float32(np.int32(np.int32(bits >> I23) - EXPONENT_BIAS))
    m = np.int32(np.int32(bits & FRACTION) + ROOT_HALF).view(np.float32) - ONE
    y = np.float32(7.0376836292e-2)
    y = fma(y, m, np.float32(-1.1514610310e-1))
    y = fma(y, m, np.float32(1.1676998740e-1))
    y = fma(y, m, np.float32(-1.2420140846e-1))
    y = fma(y, m, np.float32(1.4249322787e-1))
    y = fma(y, m, np.float32(-1.6668057665e-1))
    y = fma(y, m, np.float32(2.0000714765e-1))
    y = fma(y, m, np.float32(-2.4999993993e-1))
    y = fma(y, m, np.float32(3.3333331174e-1))
    z = m * m
    y = fma(y * m, z, e * np.float32(-2.12194440e-4))
    y = fma(-z, HALF, y)
    return fma(e, np.float32(0.693359375), m + y)


@inlined
def cos_sin(u):
    """cos and sin of 2 pi u for float32 u in [0, 1): reduce the angle to [-pi/4, pi/4], two polynomials, undo by octant."""
    t = u * TWO_PI
    octant = np.int32(np.int32(np.int32(t * FOUR_OVER_PI) + I1) & EVEN)
    q = np.float32(octant)
    t = fma(q, np.float32(-0.78515625), t)
    t = fma(q, np.float32(-2.4187564849853515625e-4), t)
    t = fma(q, np.float32(-3.77489497744594108e-8), t)
    z = t * t
    c = fma(np.float32(2.443315711809948e-5), z, np.float32(-1.388731625493765e-3))
    c = fma(c, z, np.float32(4.166664568298827e-2))
    c = fma(c * z, z, -(z * HALF)) + ONE
    s = fma(np.float32(-1.9515295891e-4), z, np.float32(8.3321608736e-3))
    s = fma(s, z, np.float32(-1.6666654611e-1))
    s = fma(s * z, t, t)
    cos, sin = np.float32(c).view(np.int32), np.float32(s).view(np.int32)
    unlike = (cos ^ sin) & -((octant >> I1) & I1)  # all bits where cos and sin change places, no bit where they stay
    cos ^= unlike ^ (((octant + I2) & I4) << I29)  # to bit 31, the sign
    sin ^= unlike ^ ((octant & I4) << I29)
    return np.int32(cos).view(np.float32), np.int32(sin).view(np.float32)


@exactly
def normal_blocks(words, out, mean, std):
    """Normal float32 numbers from words, both (b, 16): elements j and j + 8 of a row are a pair."""
    radius, angle = np.empty(PAIRS, np.float32), np.empty(PAIRS, np.float32)
    rows = PAIRS // 8
    for start in range(0, len(words), rows):
        count = min(rows, len(words) - start)
        for i in range(count):
            for j in range(8):
                radius[8 * i + j] = np.float32(np.int32(words[start + i, j] & MASK24))
                angle[8 * i + j] = np.float32(np.int32(words[start + i, j + 8] & MASK24))
        for i in range(8 * count):
            r = math.sqrt(log(ONE - radius[i] * UNIT24) * MINUS_TWO)
            cos, sin = cos_sin(angle[i] * UNIT24)
            radius[i] = fma(r * cos, std, mean)
            angle[i] = fma(r * sin, std, mean)
        for i in range(count):
            for j in range(8):
                out[start + i, j] = radius[8 * i + j]
                out[start + i, j + 8] = angle[8 * i + j]


def normal32(words, n, mean, std):
    """Normal float32 numbers (n,), n >= 16, from n words, or from n + 16 where n is no multiple of 16: then the last 16 are made of these."""
    out = np.empty(n, np.float32)
    whole = n - n % 16
    mean, std = np.float32(mean), np.float32(std)
    normal_blocks(words[:whole].reshape(-1, 16), out[:whole].reshape(-1, 16), mean, std)
    if whole != n:
        normal_blocks(words[-16:].reshape(1, 16), out[-16:].reshape(1, 16), mean, std)
    return out


@exactly
def shuffle(words, order):
    """Swap place i with place ``i + words[i] mod (n - i)``, for all i but the last."""
    n = len(order)
    for i in range(n):
        order[i] = i
    for i in range(n - 1):
        j = i + np.int64(words[i] % np.uint32(n - i))
        order[i], order[j] = order[j], order[i]


def permutation(words):
    """0 ... n - 1 in random order, int64 (n,), from n - 1 words."""
    order = np.empty(len(words) + 1, np.int64)
    shuffle(words, order)
    return order
