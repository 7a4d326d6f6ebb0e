"""Continuous distributions and coin flips: torch's numbers for torch's words, as plain arrays.

Every function fills its array in C order with one pass over the generator's stream, so the words it takes depend on the shape and dtype
alone. Where a rule below says "24 bits" it means the low 24 bits of one word, "53 bits" the low 53 of two words.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import backend
from .boxmuller import block32, block64, each, pairs
from .checks import FLOATS, Shape, element_count, float_dtype
from .engine import Generator, chosen
from .rounding import add_to_float32, fma
from .twins import compiled_draws

__all__ = ["bernoulli_from", "bernoulli_mask", "exponential", "normal", "uniform"]

BITS24, BITS53 = (1 << 24) - 1, (1 << 53) - 1
BLOCK = 16  # normals are made sixteen at a time
FLOAT32, FLOAT64 = np.dtype("float32"), np.dtype("float64")
NORMALS_CALL, NORMALS_EACH = 6e-5, 1.5e-8  # seconds that the compiled version saves
NEAR = 2.0**-50  # four last bits of a double: more than NumPy's log1p differs from the C library's


def integers24(g: Generator, n: int) -> np.ndarray:
    """24 bits per element, int32 (n,)."""
    words = g.words32(n)
    words &= BITS24
    return words.view(np.int32)


def unit53(g: Generator, n: int) -> np.ndarray:
    """Uniform numbers on [0, 1) with 53 bits each, float64 (n,)."""
    words = g.words64(n)
    words &= BITS53
    u = words.view(np.int64).astype(np.float64)
    u *= 2.0**-53
    return u


def uniform(shape: Shape, dtype: Any = FLOAT32, low: float = 0.0, high: float = 1.0, generator: Generator | None = None) -> np.ndarray:
    """Uniform numbers on [low, high): ``fma(x, high - low, low)`` with x on [0, 1) of 24 bits, or of 53 for float64.

    The bounds and their difference are rounded to the dtype first (to float32 for float16 and bfloat16). A result that rounding lifts to `high`
    becomes `low`.

    Raises:
        RuntimeError: low > high, or a bound or the difference is beyond the dtype.
        NotImplementedError: not a float dtype.

    Example:
        >>> manual = Generator().manual_seed(0)
        >>> uniform(3, np.float32, generator=manual).tolist()
        [0.49625658988952637, 0.7682217955589294, 0.08847743272781372]
    """
    kind, n, g = float_dtype("uniform", dtype), element_count(shape), chosen(generator)
    if (low, high) != (0, 1):
        check_bounds(kind, low, high)
    if kind is FLOAT64 or kind == FLOAT64:
        low, high = float(low), float(high)
        x = unit53(g, n)
        values = x if (low, high) == (0, 1) else replace_top(fma(x, high - low, low), low, high)
    elif (low, high) == (0, 1):
        values = integers24(g, n).astype(np.float32)
        values *= np.float32(2.0**-24)
        values = values if kind == FLOAT32 else replace_top(values.astype(kind), 0.0, 1.0)
    else:
        values = spread32(integers24(g, n), float(np.float32(low)), float(np.float32(high)), kind)
    return values.reshape(shape)


def check_bounds(kind: np.dtype, low: float, high: float) -> None:
    """torch's conditions on the bounds of `uniform`."""
    largest = backend.LARGEST[kind.char]
    for name, bound in (("low", low), ("high", high)):
        if not abs(bound) <= largest:
            raise RuntimeError(f"uniform: {name} must be finite in {kind} (at most {largest:g}), but {name} = {bound}")
    if low > high:
        raise RuntimeError(f"uniform: needs low <= high, but low = {low} > high = {high}; swap them")
    if high - low > largest:
        raise RuntimeError(f"uniform: high - low must fit in {kind} (at most {largest:g}), but low = {low} and high = {high}")


def spread32(k: np.ndarray, low: float, high: float, kind: np.dtype) -> np.ndarray:
    """24-bit integers stretched over [low, high) in float32, then narrowed to `kind` (n,)."""
    width = float(np.float32(high) - np.float32(low))
    product = k * (width * 2.0**-24)  # exact: 24 bits times 24 bits
    if sum_is_exact(width, low, high):
        product += low
        values = product.astype(np.float32)
    else:
        values = add_to_float32(product, low)
    top = width * BITS24 * 2.0**-24 + low
    if kind == FLOAT32 and high - top > max(2.0**-24 * abs(high), 2.0**-149):
        return values  # even the largest draw stays more than half a step below `high`
    return replace_top(values.astype(kind, copy=False), low, high)


def sum_is_exact(width: float, low: float, high: float) -> bool:
    """Whether ``k width 2^-24 + low`` fits in a float64 for all k: true for bounds of like size, such as -a and a."""
    finest = math.frexp(width)[1] - 48
    if low != 0:
        finest = min(finest, math.frexp(low)[1] - 24)
    return math.frexp(max(abs(low), abs(high), width))[1] - finest <= 53


def replace_top(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """`values` with `low` in place of `high`; written in place."""
    values[values == values.dtype.type(high)] = low
    return values


def normal(
    shape: Shape,
    dtype: Any = FLOAT32,
    mean: float = 0.0,
    std: float = 1.0,
    generator: Generator | None = None,
    scalar_path: bool = False,
) -> np.ndarray:
    """Normal numbers by Box and Muller's transform: ``fma(z, std, mean)``.

    Sixteen elements or more are made in blocks of 16 from uniform numbers of the dtype; if the size is no multiple of 16, the last 16
    elements are made afresh. Fewer come one by one from pairs of float64 normals, and the second of a pair waits in the generator.
    `scalar_path` asks for the second way at any size: it is what fills an array that is not contiguous.

    Raises:
        RuntimeError: std < 0 or nan.
        NotImplementedError: not a float dtype.

    Example:
        >>> normal((2,), np.float64, generator=Generator().manual_seed(0)).tolist()
        [1.5409961082440433, -0.2934289057609464]
    """
    kind, n, g = float_dtype("normal", dtype), element_count(shape), chosen(generator)
    if not std >= 0:
        raise RuntimeError(f"normal: needs std >= 0, but std = {std}; pass a standard deviation, not its negative or a logarithm")
    draw = few_normals if scalar_path or n < BLOCK else normals64 if kind == FLOAT64 else normals32
    if (mean, std) == (0, 1):
        return draw(g, n, kind, float(mean), 1.0).reshape(shape)
    with np.errstate(over="ignore", invalid="ignore"):  # like torch: inf and nan without a word
        return draw(g, n, kind, float(mean), float(std)).reshape(shape)


def narrow(values: np.ndarray, kind: np.dtype) -> np.ndarray:
    """float64 `values` as `kind`; to float16 and bfloat16 by way of float32."""
    if kind.itemsize == 2:
        values = values.astype(FLOAT32)
    return values.astype(kind, copy=False)


def normals_one_by_one(g: Generator, n: int) -> np.ndarray:
    """Standard normals, float64 (n,): the generator's spare one first, then pairs; an odd last one leaves a spare."""
    if n == 0:
        return np.empty(0)
    waiting = [] if g.spare_normal is None else [g.spare_normal]
    wanted = n - len(waiting)
    z = pairs(unit53(g, wanted + wanted % 2))
    g.spare_normal = float(z[-1]) if wanted % 2 else None
    return np.concatenate((waiting, z[:wanted]))


def few_normals(g: Generator, n: int, kind: np.dtype, mean: float, std: float) -> np.ndarray:
    """Normals of any dtype (n,), made one by one in float64."""
    return narrow(fma(normals_one_by_one(g, n), std, mean), kind)


def normals64(g: Generator, n: int, kind: np.dtype, mean: float, std: float) -> np.ndarray:
    """Float64 normals (n,), n >= 16."""
    return normals_in_blocks(unit53(g, block_draws(n, kind)), n, mean, std)


def normals32(g: Generator, n: int, kind: np.dtype, mean: float, std: float) -> np.ndarray:
    """Float32, float16 or bfloat16 normals (n,), n >= 16."""
    words = g.words32(block_draws(n, kind))
    twin = compiled_draws(NORMALS_CALL + NORMALS_EACH * n)
    if twin is not None:
        values = twin.normal32(words, n, mean, std)
    else:
        words &= BITS24
        values = normals_in_blocks(words.view(np.int32), n, mean, std)
    return values.astype(kind, copy=False)


def block_draws(n: int, kind: np.dtype) -> int:
    """How many uniform numbers `normals_in_blocks` needs: the short dtypes do not draw for the part of the tail they make afresh."""
    if n % BLOCK == 0:
        return n
    return n - n % BLOCK + BLOCK if kind.itemsize == 2 else n + BLOCK


def normals_in_blocks(u: np.ndarray, n: int, mean: float, std: float) -> np.ndarray:
    """Normals (n,) from uniform numbers in [0, 1), float64, or from 24-bit integers: whole blocks, then the last 16 afresh."""
    whole = n - n % BLOCK
    block = block32 if u.dtype == np.int32 else block64
    if whole == n:
        return block(u.reshape(-1, BLOCK), mean, std).ravel()
    z = block(np.concatenate((u[:whole], u[-BLOCK:])).reshape(-1, BLOCK), mean, std).ravel()
    values = np.empty(n, z.dtype)
    values[:whole] = z[:whole]
    values[-BLOCK:] = z[whole:]
    return values


@np.errstate(over="ignore", invalid="ignore")
def exponential(shape: Shape, dtype: Any = FLOAT32, lambd: float = 1.0, generator: Generator | None = None) -> np.ndarray:
    """Exponentially distributed numbers of rate `lambd`: ``-1/lambd log1p(-u)`` in float64, u of 53 bits, then narrowed.

    Raises:
        RuntimeError: lambd <= 0 or nan, or not a float dtype.

    Example:
        >>> exponential(2, np.float64, generator=Generator().manual_seed(0)).shape
        (2,)
    """
    kind, n, g = np.dtype(dtype), element_count(shape), chosen(generator)
    if kind.char not in FLOATS:
        raise RuntimeError(f"exponential: needs dtype float16, bfloat16, float32 or float64, but dtype = {kind}; draw floats and cast them")
    if not lambd > 0:
        raise RuntimeError(f"exponential: needs lambd > 0, but lambd = {lambd}; lambd is the rate, 1 / mean")
    u = np.negative(unit53(g, n))
    scale = -1.0 / float(lambd)
    if kind == FLOAT64:
        return (each(math.log1p, u) * scale).reshape(shape)
    values = np.log1p(u) * scale
    single = (values * (1 - NEAR)).astype(np.float32)
    doubtful = np.flatnonzero(single != (values * (1 + NEAR)).astype(np.float32))  # a last bit could decide: ask the C library
    if doubtful.size:
        single[doubtful] = each(math.log1p, u[doubtful]) * scale
    return single.astype(kind, copy=False).reshape(shape)


def bernoulli_mask(shape: Shape, p: float, generator: Generator | None = None) -> np.ndarray:
    """True with probability p, bool: ``u < p`` with u of 53 bits, two words per element whatever dtype it is for.

    Dropout's mask is this with p the probability to *keep*. p = 0 and p = 1 draw too.

    Raises:
        RuntimeError: p outside [0, 1].

    Example:
        >>> bernoulli_mask((2, 3), 1.0).all()
        np.True_
    """
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli: needs 0 <= p <= 1, but p = {p}; pass a probability")
    words = chosen(generator).words64(element_count(shape))
    words &= BITS53
    return (words < math.ceil(p * 2.0**53)).reshape(shape)  # u < p for u = k 2^-53, in integers


def bernoulli_from(p: np.ndarray, generator: Generator | None = None) -> np.ndarray:
    """0 or 1 per element of `p`, which holds the probabilities of 1; the shape and dtype of `p`.

    ``u < p`` with u of 24 bits, or of 53 where p is float64.

    Raises:
        RuntimeError: an element outside [0, 1].
        NotImplementedError: p not of a float dtype.

    Example:
        >>> bernoulli_from(np.array([0.0, 1.0], np.float32)).tolist()
        [0.0, 1.0]
    """
    kind, g = float_dtype("bernoulli", p.dtype), chosen(generator)
    if not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError(f"bernoulli: needs 0 <= p <= 1, but p spans {p.min()} ... {p.max()}; pass probabilities, e.g. after sigmoid")
    if kind == FLOAT64:
        heads = unit53(g, p.size).reshape(p.shape) < p
    else:
        heads = integers24(g, p.size).astype(np.float32).reshape(p.shape) < p.astype(np.float32) * np.float32(2.0**24)
    return heads.astype(kind)
