"""Integers, permutations and categories: torch's numbers for torch's words, as plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from .checks import FLOATS, Shape, element_count, integer
from .distributions import exponential, unit53
from .engine import Generator, chosen
from .twins import compiled_draws

__all__ = ["integers", "multinomial", "permutation", "random_full"]

ONE_WORD = 1 << 28  # ranges below this take one word per element, others two
HUGE = ((1 << 32) - 1) // 20  # from this n on torch shuffles with 64-bit draws
PIECE = 1 << 20  # steps whose words are drawn at a time
SHORT = 300  # up to here a list is shuffled faster than arrays
MANY = 4096  # from here on three vector passes are quicker than one of plain divisions
SHUFFLE_EACH = 3e-8  # seconds an element that the compiled version saves
INT64_MIN = -(1 << 63)
DIGITS = {"e": 11, "E": 8, "f": 24, "d": 53}  # of the significand: all integers up to 2^digits are floats


def integers(shape: Shape, low: int, high: int | None = None, dtype: Any = np.int64, generator: Generator | None = None) -> np.ndarray:
    """Integers in [low, high), as `dtype`: ``word mod (high - low) + low``.

    One word per element below a range of 2^28, else two. Without `high`, up to the largest value of the dtype, inclusive (the largest
    to which a float dtype holds every integer). For a float dtype a bound that would round past itself is first moved inwards.

    Raises:
        RuntimeError: low >= high, or a bound beyond the dtype.
        TypeError: a bound that is not an integer.
        ValueError: a bound beyond int64.

    Example:
        >>> integers(4, 0, 10, generator=Generator().manual_seed(0)).tolist()
        [4, 9, 3, 0]
    """
    kind, n, g = integer_target("randint", dtype), element_count(shape), chosen(generator)
    low = integer("randint", "low", low)
    if high is None and low == INT64_MIN:
        return full_range(g, n, kind).reshape(shape)
    last = largest_integer(kind) if high is None else integer("randint", "high", high) - 1
    if last < low:
        raise RuntimeError(f"randint: needs low < high, but low = {low} and high = {last + 1}; swap or widen them")
    check_range(kind, low, last)
    if kind.char in FLOATS:
        low, last = first_within(low, kind), last if high is None else last_within(last, kind)
        if last < low:
            raise RuntimeError(f"randint: no integer of [low, high) is a {kind}; widen the bounds or draw int64")
    return offset_draws(g, n, low, last - low + 1).astype(kind).reshape(shape)


def offset_draws(g: Generator, n: int, low: int, span: int) -> np.ndarray:
    """``word mod span + low``, int64 (n,); wraps around as int64 does."""
    if span < ONE_WORD:
        values = remainders(g.words32(n), span)
        return values + low if low else values
    words = g.words64(n) % np.uint64(span)
    words += np.uint64(low % (1 << 64))
    return words.view(np.int64)


def remainders(words: np.ndarray, span: int) -> np.ndarray:
    """``words mod span``, int64 (n,). NumPy divides by one number with vector instructions, but has none for the remainder."""
    if len(words) < MANY:
        return (words % np.uint32(span)).astype(np.int64)
    multiples = words // np.uint32(span)
    multiples *= np.uint32(span)
    return np.subtract(words, multiples, dtype=np.int64)


def integer_target(op: str, dtype: Any) -> np.dtype:
    """`dtype` if integers can be drawn into it: bool, an integer up to 64 bits, or a float."""
    kind = np.dtype(dtype)
    if kind.char not in FLOATS and kind.kind not in "biu":
        raise NotImplementedError(f"{op}: needs a bool, integer or float dtype, but dtype = {kind}; draw int64 and cast")
    return kind


def largest_integer(kind: np.dtype) -> int:
    """The last value drawn into `kind` where no upper bound is given."""
    if kind.char in FLOATS:
        return 1 << DIGITS[kind.char]
    return 1 if kind.kind == "b" else min(int(np.iinfo(kind).max), (1 << 63) - 1)


def first_within(low: int, kind: np.dtype) -> int:
    """`low`, moved up where ``low + 1`` rounds to a float below low."""
    rounded = to_int64(low + 1, kind)
    return low if rounded >= low else rounded + step_at(low + 1, kind)


def last_within(last: int, kind: np.dtype) -> int:
    """`last`, moved down where it rounds to a float above itself."""
    rounded = to_int64(last, kind)
    return last if rounded <= last else rounded - step_at(last, kind) - 1


def to_int64(value: int, kind: np.dtype) -> int:
    rounded = float(kind.type(value))
    return int(rounded) if abs(rounded) < 2.0**63 else INT64_MIN


def step_at(value: int, kind: np.dtype) -> int:
    """The distance of neighbouring floats near `value`, which is beyond 2^digits."""
    return 1 << (abs(value).bit_length() - DIGITS[kind.char])


def check_range(kind: np.dtype, low: int, last: int) -> None:
    if kind.char in FLOATS:
        least, most = -backend.LARGEST[kind.char], backend.LARGEST[kind.char]
    else:
        least, most = (0, 1) if kind.kind == "b" else (int(np.iinfo(kind).min), int(np.iinfo(kind).max))
    if not (least <= low and last <= most):
        raise RuntimeError(f"randint: [low, high) must fit in {kind} ({least} ... {most}), but it is [{low}, {last + 1})")


def full_range(g: Generator, n: int, kind: np.dtype) -> np.ndarray:
    """All 64 bits as an int64, as `kind` (n,)."""
    if kind.char not in "fd" and kind != np.int64:
        raise NotImplementedError(f"random: the full 64-bit range needs int64, float32 or float64, but dtype = {kind}; give both bounds")
    return g.words64(n).view(np.int64).astype(kind)


def random_full(shape: Shape, dtype: Any = np.int64, generator: Generator | None = None) -> np.ndarray:
    """Integers from 0 to the dtype's largest: ``random_()`` without bounds.

    int64 and float64 take two words (63 bits, and mod 2^53 + 1), the others one (mod 2^24 + 1 for float32, mod 2^11 + 1 for float16).

    Raises:
        NotImplementedError: a dtype torch cannot fill either (uint16, uint32, uint64, complex).

    Example:
        >>> int(random_full((), np.int64, Generator().manual_seed(0)))
        900450186894289455
    """
    kind, n, g = integer_target("random", dtype), element_count(shape), chosen(generator)
    if kind.kind == "u" and kind.itemsize > 1:
        raise NotImplementedError(f"random: not implemented for {kind}; draw int64 and cast")
    span = largest_integer(kind) + 1
    if kind.itemsize == 8:
        return (g.words64(n) % np.uint64(span)).astype(kind).reshape(shape)
    return (g.words32(n) % np.uint32(span)).astype(kind).reshape(shape)


def permutation(n: int, generator: Generator | None = None) -> np.ndarray:
    """The integers 0 ... n - 1 in random order, int64 (n,).

    Fisher and Yates: for i = 0 ... n - 2, swap place i with place ``i + word mod (n - i)``. From n = 214748364 on their other way, with
    64-bit draws: for i = 0 ... n - 1, put what lies at place ``z = draw mod (i + 1)`` at place i, and i at place z.

    Raises:
        RuntimeError: n < 0.

    Example:
        >>> permutation(5, Generator().manual_seed(0)).tolist()
        [4, 0, 1, 3, 2]
    """
    n = integer("randperm", "n", n)
    if n < 0:
        raise RuntimeError(f"randperm: needs n >= 0, but n = {n}")
    if n >= HUGE:
        return inside_out(n, chosen(generator))
    if n < 2:
        return np.arange(n)
    words = chosen(generator).words32(n - 1)
    twin = compiled_draws(SHUFFLE_EACH * n)
    if twin is not None:
        return twin.permutation(words)
    steps = np.arange(n, dtype=np.int64)
    targets = steps.copy()
    targets[:-1] += words % np.arange(n, 1, -1, dtype=np.uint32)
    if n > SHORT:
        return swapped(steps, targets)
    order = list(range(n))
    for i, j in enumerate(targets.tolist()):
        order[i], order[j] = order[j], order[i]
    return np.array(order, np.int64)


def inside_out(n: int, g: Generator) -> np.ndarray:
    """0 ... n - 1 shuffled while being written, int64 (n,). A step reads what earlier ones wrote: a loop over all n, in pieces."""
    order = np.empty(n, np.int64)
    for start in range(0, n, PIECE):
        steps = np.arange(start, min(start + PIECE, n), dtype=np.int64)
        places = (g.words64(len(steps)) % (steps + 1).astype(np.uint64)).tolist()
        for i, z in enumerate(places, start):
            order[i] = order[z]
            order[z] = i
    return order


def swapped(steps: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """0 ... n - 1 after swapping place i with place h[i] >= i for i = 0 ... n - 1, without a loop over i.

    Let A(k) be what lies at place k when step k starts. Only earlier steps j with h[j] = k wrote there, each leaving its A(j), so
    A(k) = A(j) for the last such j, and k if there is none. Step i fetches its final value from place h[i], where the last j < i with
    h[j] = h[i] left A(j). Sorting the steps by (target, step) puts each such j next to its i; A follows from doubling the links.
    """
    target = np.sort((targets << 32) | steps)
    step = target & 0xFFFFFFFF
    target >>= 32
    again = target[1:] == target[:-1]  # entry p + 1 has the target of entry p
    link = steps.copy()  # the j whose A is A(k); k itself where nobody wrote before
    link[targets] = steps  # the last of several writes stays; a step that swaps a place with itself is nobody's link but its own
    while not np.array_equal(further := link[link], link):
        link = further
    target[1:] = np.where(again, link[step[:-1]], target[1:])
    result = np.empty_like(target)
    result[step] = target
    return result


def multinomial(p: np.ndarray, num_samples: int, replacement: bool = False, generator: Generator | None = None) -> np.ndarray:
    """Categories drawn with probabilities proportional to each row of `p`, int64 (num_samples,) or (rows, num_samples).

    One sample, or no replacement: a race of exponential clocks, the largest ``p / q`` with q exponential win. Otherwise the first
    category whose cumulated probability reaches u, u of 53 bits. The order among equal keys (p = 0) is by index here, torch's is arbitrary.

    Args:
        p: weights (c,) or (rows, c), floats >= 0; they need not sum to 1.

    Raises:
        RuntimeError: not 1 or 2 dims, not floats, a negative, infinite or nan weight, a row of zeros, or num_samples < 1 or, without
            replacement, more than c.

    Example:
        >>> multinomial(np.array([0.0, 1.0, 0.0]), 2, replacement=True).tolist()
        [1, 1]
    """
    count, g = integer("multinomial", "num_samples", num_samples), chosen(generator)
    check_weights(p, count, replacement)
    rows = p.reshape(-1, p.shape[-1])
    if replacement and count > 1:
        picked = pick_cumulated(rows, count, g)
    else:
        picked = pick_fastest(rows, count, g)
    return picked.reshape(*p.shape[:-1], count)


def check_weights(p: np.ndarray, count: int, replacement: bool) -> None:
    """torch's conditions on the arguments of `multinomial`."""
    if p.dtype.char not in "efd":
        raise RuntimeError(f"multinomial: needs float weights, but they are {p.dtype}; cast them with .float()")
    if p.ndim not in (1, 2):
        raise RuntimeError(f"multinomial: needs weights (c,) or (rows, c), but their shape is {p.shape}")
    if count < 1:
        raise RuntimeError(f"multinomial: needs num_samples >= 1, but num_samples = {count}")
    if count > p.shape[-1] and not (replacement and p.shape[-1]):
        raise RuntimeError(
            f"multinomial: without replacement needs num_samples <= c, but num_samples = {count} and c = {p.shape[-1]}; "
            "pass replacement=True"
        )
    if not ((p >= 0) & (p < np.inf)).all():
        raise RuntimeError(f"multinomial: needs finite weights >= 0, but they span {p.min()} ... {p.max()}; pass probabilities, not logits")
    if not (p > 0).any(axis=-1).all():
        raise RuntimeError("multinomial: needs a weight above 0 in every row, but a row is all 0")


def pick_fastest(p: np.ndarray, count: int, g: Generator) -> np.ndarray:
    """The `count` largest ``p / q`` of each row, q exponential, largest first: int64 (rows, count)."""
    in_columns = p.shape[0] > 1 and p.shape[1] > 1 and 0 < p.strides[0] < p.strides[1]  # clocks are drawn in memory order
    q = exponential(p.shape[::-1], p.dtype, generator=g).T if in_columns else exponential(p.shape, p.dtype, generator=g)
    with np.errstate(divide="ignore", over="ignore"):
        keys = p / q
    if count == 1:
        return np.argmax(keys, axis=1)[:, None]
    return np.stack([largest(row, count) for row in keys]) if len(keys) else np.empty((0, count), np.int64)


def largest(keys: np.ndarray, count: int) -> np.ndarray:
    """Where the `count` largest of `keys` are, largest first, equal ones by index: int64 (count,)."""
    least = np.partition(keys, -count)[-count]
    candidates = np.flatnonzero(~(keys < least))  # nan, from 0 / 0, stays in
    return candidates[np.argsort(-keys[candidates], kind="stable")[:count]]


def pick_cumulated(p: np.ndarray, count: int, g: Generator) -> np.ndarray:
    """Inverse of the cumulated weights, which are summed left to right in p's dtype (float16 in float32): int64 (rows, count)."""
    sums = np.cumsum(p, axis=1, dtype=np.result_type(p.dtype, np.float32))
    sums /= sums[:, -1:]
    u = unit53(g, len(p) * count).reshape(len(p), count)
    picked = [np.searchsorted(row, x) for row, x in zip(sums.astype(np.float64), u)]
    return np.stack(picked) if picked else np.empty((0, count), np.int64)
