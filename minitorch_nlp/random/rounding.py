"""Products and sums rounded once: what a fused multiply-add instruction gives, built from ordinary operations.

torch's sampling loops are compiled with fused multiply-adds, ``fma(x, y, c) = round(x y + c)``. NumPy has none, and rounding the product
and then the sum differs in the last bit now and then, so the single rounding is rebuilt here.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["add_to_float32", "fma"]

SPLIT = 134217729.0  # 2^27 + 1 cuts a double into two halves of 26 bits, whose products are exact (Veltkamp)
HALF_ULP, BELOW = 1 << 28, (1 << 29) - 1  # a double has 29 bits more than a float: these are the ones narrowing drops


def add_to_float32(product: np.ndarray, c: float) -> np.ndarray:
    """``round32(product + c)`` for exact float64 products, float32 (...).

    Adding in float64 and narrowing rounds twice. That goes wrong only where the float64 sum was rounded *and* lies midway between two
    floats: there the sign of what the sum lost decides, so the sum is moved one step in that direction first.
    """
    total = product + c
    tie = np.nonzero((total.view(np.int64) & BELOW) == HALF_ULP)
    if tie[0].size:
        s, p = total[tie], product[tie]
        c_part = s - p
        lost = (p - (s - c_part)) + (c - c_part)  # s + lost is the sum exactly
        total[tie] = np.where(lost == 0, s, np.nextafter(s, np.copysign(np.inf, lost)))
    return total.astype(np.float32)


def fma(x: np.ndarray, y: float, c: float) -> np.ndarray:
    """``round(x y + c)``, float64 (...).

    Boldo and Melquiond's method: split x y + c exactly into three doubles, add the two small ones with rounding to odd (which cannot
    turn into a tie), then the large one with ordinary rounding.
    """
    if c == 0:
        return (x + c) * y if y > 0 else x * y + c  # 0 turns -0 into 0, unless the product is too small to be anything else
    if y == 1 or not (math.isfinite(y) and math.isfinite(c)):
        return x * y + c
    exponent = math.frexp(max(abs(y), abs(c)))[1]  # numbers near 1 keep the splitting from over- and underflow
    y, c = math.ldexp(y, -exponent), math.ldexp(c, -exponent)
    high, low = exact_product(x, y)
    carry, rest = exact_sum(low, c)
    top, middle = exact_sum(high, carry)
    small, lost = exact_sum(middle, rest)
    even = (small.view(np.int64) & 1) == 0
    small = np.where(even & (lost != 0), np.nextafter(small, np.copysign(np.inf, lost)), small)
    return np.ldexp(top + small, exponent)


def exact_sum(a: np.ndarray, b: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Two doubles (s, e) with s = round(a + b) and s + e = a + b exactly (Knuth)."""
    s = a + b
    b_part = s - a
    return s, (a - (s - b_part)) + (b - b_part)


def exact_product(x: np.ndarray, y: float) -> tuple[np.ndarray, np.ndarray]:
    """Two doubles (p, e) with p = round(x y) and p + e = x y exactly (Dekker)."""
    p = x * y
    t = x * SPLIT
    x_high = t - (t - x)
    x_low = x - x_high
    t = y * SPLIT
    y_high = t - (t - y)
    y_low = y - y_high
    return p, x_low * y_low - (((p - x_high * y_high) - x_low * y_high) - x_high * y_low)
