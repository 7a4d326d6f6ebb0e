"""exp, tanh, sigmoid and erf of one float32 in arithmetic alone, so that the compiler runs a loop of them on eight numbers at once; and sums
and the like of one row.

`math.exp` would be a call for each. The errors stated are the largest over all float32 numbers (exp, tanh, erf) against float64.
"""

import numpy as np

from .compiling import compiled

# Terms must not be regrouped in here: x - n a - n b is exact only in that order.
inlined = compiled(floats={"contract", "nsz"}, keep=False)
BLOCK = 256  # elements whose sum is a float32, so that eight go through at once; the sum of the blocks is a float64


@inlined
def exp(x):
    """e^x within 1.1 units in the last place: 2^n e^r with |r| <= ln(2)/2, and e^r by the polynomial of Cephes (S. Moshier, expf).

    2^n is applied in two halves, so that results below the normal range and inf come out right. 0, a masked key's weight, is not left to
    them: processors take a hundred times as long over numbers below the normal range.
    """
    gone = x < np.float32(-104.0)
    x = np.float32(0) if gone else min(x, np.float32(89.0))
    n = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    r = x - n * np.float32(0.693359375) - n * np.float32(-2.12194440e-4)
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1)
    whole = np.int32(n)
    half = np.int32(whole >> np.int32(1))
    return np.float32(0) if gone else p * power_of_two(half) * power_of_two(np.int32(whole - half))


@inlined
def power_of_two(n):
    """2^n for -126 <= n <= 127: n in the bits of the exponent."""
    return np.int32((n + np.int32(127)) << np.int32(23)).view(np.float32)


@inlined
def sigmoid(x):
    """1 / (1 + e^-x)"""
    return np.float32(1) / (np.float32(1) + exp(-x))


@inlined
def tanh(x):
    """Within 2 units in the last place: 1 - 2 / (e^2|x| + 1) with the sign of x; for |x| < 0.625 the polynomial of Cephes (tanhf)."""
    a = abs(x)
    far = np.float32(1) - np.float32(2) / (exp(a + a) + np.float32(1))
    z = x * x
    p = np.float32(-5.70498872745e-3)
    p = p * z + np.float32(2.06390887954e-2)
    p = p * z - np.float32(5.37397155531e-2)
    p = p * z + np.float32(1.33314422036e-1)
    p = p * z - np.float32(3.33332819422e-1)
    near = p * z * a + a
    return np.copysign(near if a < np.float32(0.625) else far, x)


@inlined
def erf(x):
    """The quotient of `functional.special`, within 6 units in the last place."""
    z = min(max(x, np.float32(-3.85)), np.float32(3.85))
    t = z * z
    p = np.float32(0.0542596988)
    p = p * t + np.float32(7.40452147)
    p = p * t + np.float32(95.9697342)
    p = p * t + np.float32(1363.43689)
    p = p * t + np.float32(4892.86084)
    p = p * t + np.float32(29274.7363)
    q = t + np.float32(29.837976)
    q = q * t + np.float32(384.890045)
    q = q * t + np.float32(2942.03979)
    q = q * t + np.float32(12984.1924)
    q = q * t + np.float32(25944.0605)
    near = min(max(z * p / q, np.float32(-1)), np.float32(1))
    return np.copysign(np.float32(1), x) if abs(x) >= np.float32(3.85) else near


# ---- one row ----------------------------------------------------------------------------------------------------------------------------


@compiled(keep=False)
def largest(row):
    """The largest element, by the bits: as whole numbers they have the order of the floats once those of a negative one are turned round.

    The compiler compares eight whole numbers at once, but no floats, among which may be nan. A nan that goes unseen here shows later.
    """
    bits = row.view(np.int32)
    top = np.int32(-(2**31))
    for j in range(bits.size):
        top = max(top, in_order(bits[j]))
    return np.int32(in_order(top)).view(np.float32)


@compiled(keep=False)
def in_order(bits):
    """Its own inverse."""
    return np.int32(bits ^ ((bits >> np.int32(31)) & np.int32(0x7FFFFFFF)))


@compiled(keep=False)
def exponentials(x, top, y):
    """y = exp(x - top); returns the sum. y is not x: where they share memory, one number goes at a time."""
    n = x.size
    total = 0.0
    for start in range(0, n, BLOCK):
        part = np.float32(0)
        for j in range(start, min(start + BLOCK, n)):
            e = exp(x[j] - top)
            y[j] = e
            part += e
        total += part
    return total


@compiled(keep=False)
def row_sum(x):
    n = x.size
    total = 0.0
    for start in range(0, n, BLOCK):
        part = np.float32(0)
        for j in range(start, min(start + BLOCK, n)):
            part += x[j]
        total += part
    return total


@compiled(keep=False)
def row_dot(x, y):
    n = x.size
    total = 0.0
    for start in range(0, n, BLOCK):
        part = np.float32(0)
        for j in range(start, min(start + BLOCK, n)):
            part += x[j] * y[j]
        total += part
    return total
