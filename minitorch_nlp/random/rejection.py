"""Numbers made by trial and rejection: Poisson, binomial and gamma counts, each taking as many uniform numbers as luck wants.

Large Poisson and binomial counts are Hörmann's transformed rejection (PTRS and BTRS, 1993), gamma numbers Marsaglia and Tsang's method
(2000). The elements are made one after the other, so these draws cost about a microsecond each. Everything goes through the C library's
logarithms: a draw equals torch's unless a comparison is decided by the last bit of one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .distributions import unit53
from .engine import Generator, chosen

__all__ = ["binomial", "dirichlet", "poisson", "standard_gamma"]

# ln k! less Stirling's formula, for k = 0 ... 9
STIRLING_REST = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
    0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
)  # fmt: skip


HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


class Uniforms:
    """Uniform numbers of 53 bits, handed out one by one.

    They are drawn by the array without drawing one too many: each of the `left` elements still to be made takes at least one.
    """

    def __init__(self, g: Generator, left: int) -> None:
        self.generator, self.left = g, left
        self.next: Callable[[], float] = self.stream().__next__

    def stream(self) -> Iterator[float]:
        while True:
            yield from unit53(self.generator, self.left).tolist()

    def normal(self) -> float:
        """A standard normal, from a pair of uniforms; its twin waits in the generator."""
        g = self.generator
        if g.spare_normal is not None:
            z, g.spare_normal = g.spare_normal, None
            return z
        angle = (2.0 * math.pi) * self.next()
        radius = math.sqrt(-2.0 * math.log1p(-self.next()))
        g.spare_normal = radius * math.sin(angle)
        return radius * math.cos(angle)


def counted(g: Generator, busy: np.ndarray, make: Callable[..., float], *parameters: np.ndarray) -> np.ndarray:
    """``make(uniforms, *parameters)`` for each element in C order; only the `busy` ones take uniform numbers. float64."""
    uniforms = Uniforms(g, int(np.count_nonzero(busy)))
    values = []
    for takes, *element in zip(busy.ravel().tolist(), *(p.ravel().tolist() for p in parameters)):
        values.append(make(uniforms, *element))
        uniforms.left -= takes
    return np.array(values, np.float64).reshape(busy.shape)


# ---- Poisson -----------------------------------------------------------------------------------------------------------------------


def poisson(rate: np.ndarray, generator: Generator | None = None) -> np.ndarray:
    """Poisson counts with the mean `rate`, in its shape and dtype.

    Below a rate of 10: how many uniform numbers can be multiplied until the product falls to ``e^-rate``. From 10 on: PTRS.

    Raises:
        RuntimeError: a rate that is negative, infinite or nan.
        NotImplementedError: rates that are not floats.

    Example:
        >>> poisson(np.array([0.0, 3.0, 1000.0]), Generator().manual_seed(0)).tolist()
        [0.0, 6.0, 986.0]
    """
    if rate.dtype.char not in "efd":
        raise NotImplementedError(f"poisson: not implemented for {rate.dtype}; pass float rates")
    if not ((rate >= 0) & (rate < np.inf)).all():
        raise RuntimeError(
            f"poisson: needs finite rates >= 0, but they span {rate.min()} ... {rate.max()}; pass rates, not their logarithms"
        )
    return counted(chosen(generator), rate > 0, poisson_count, rate).astype(rate.dtype)


def poisson_count(u: Uniforms, rate: float) -> float:
    if rate >= 10:
        return large_poisson_count(u.next, rate)
    if rate == 0:
        return 0
    least, product, count = math.exp(-rate), u.next(), 0
    while product > least:
        product *= u.next()
        count += 1
    return count


def large_poisson_count(uniform: Callable[[], float], rate: float) -> float:
    """PTRS: a count from a table mountain hat, accepted at once in its middle, else by the ratio of the probabilities."""
    root, log_rate = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    certain = 0.9277 - 3.6224 / (b - 2)
    while True:
        x, height = uniform() - 0.5, uniform()
        edge = 0.5 - abs(x)
        if edge <= 0:
            continue
        count = math.floor((2 * a / edge + b) * x + rate + 0.43)
        if edge >= 0.07 and height <= certain:
            return count
        if count < 0 or (edge < 0.013 and height > edge):
            continue
        drawn = log_or_low(height) + math.log(inverse_alpha) - math.log(a / (edge * edge) + b)
        if drawn <= -rate + count * log_rate - log_factorial(count):
            return count


def log_factorial(k: int) -> float:
    """ln k!; from 7! on by Stirling's series, summed as the C library does it (Python's `math.lgamma` is another function)."""
    x = k + 1.0
    if x < 8:
        return math.lgamma(x)
    z = 1 / x
    y = z * z
    rest = HALF_LOG_TWO_PI - 0.5 + z * (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * 691 / 360360)))))
    return (x - 0.5) * (math.log(x) - 1) + rest


def log_or_low(x: float) -> float:
    return math.log(x) if x else -math.inf


# ---- binomial ----------------------------------------------------------------------------------------------------------------------


def binomial(count: np.ndarray, prob: np.ndarray, generator: Generator | None = None) -> np.ndarray:
    """How many of `count` trials of probability `prob` succeed, in their common shape and dtype.

    With 10 expected successes (or failures, whichever are fewer) or more: BTRS. Below: gaps between successes are geometric.

    Raises:
        ValueError: counts that are not floats.
        RuntimeError: another dtype of the probabilities, or a nan or an infinite count.
        NotImplementedError: float16.

    Example:
        >>> binomial(np.array([10.0, 1000.0]), np.array([0.5, 0.25]), Generator().manual_seed(0)).tolist()
        [7.0, 253.0]
    """
    if count.dtype.kind != "f":
        raise ValueError(f"binomial: needs float counts, but they are {count.dtype}; cast them with .float()")
    if prob.dtype != count.dtype:
        raise RuntimeError(f"binomial: needs count and prob of one dtype, but they are {count.dtype} and {prob.dtype}; cast one")
    if count.dtype.char not in "fd":
        raise NotImplementedError(f"binomial: not implemented for {count.dtype}; use float32")
    if not np.isfinite(count).all() or np.isnan(prob).any():
        raise RuntimeError("binomial: needs finite counts and probabilities that are numbers, but there is an inf or nan among them")
    count, prob = np.broadcast_arrays(count, prob)
    busy = (count > 0) & (prob > 0) & (prob < 1)
    rounded = rounding(count.dtype)
    make = lambda u, n, p: successes(u.next, n, p, rounded)  # noqa: E731
    return counted(chosen(generator), busy, make, count, prob).astype(count.dtype)


def rounding(kind: np.dtype) -> Callable[[float], float]:
    """The function that rounds a float64 to `kind`: some steps are taken in the dtype of the parameters."""
    return float if kind == np.float64 else lambda x: float(np.float32(x))


def successes(uniform: Callable[[], float], n: float, p: float, rounded: Callable[[float], float]) -> float:
    if n <= 0 or p <= 0:
        return 0
    if p >= 1:
        return n
    if p > 0.5:
        return n - successes(uniform, n, rounded(1 - p), rounded)
    if rounded(n * p) >= 10:
        return many_successes(uniform, n, p, rounded)
    return few_successes(uniform, n, p)


def few_successes(uniform: Callable[[], float], n: float, p: float) -> float:
    """Trials from one success to the next are ``ceil(ln u / ln(1 - p))``: how many such gaps n trials hold."""
    log_failure, trials, count = math.log1p(-p), 0.0, 0
    while True:
        u = uniform()
        trials += math.ceil(math.log(u) / log_failure) if u else math.inf
        if trials > n:
            return count
        count += 1


def many_successes(uniform: Callable[[], float], n: float, p: float, rounded: Callable[[float], float]) -> float:
    """BTRS: as `large_poisson_count`, with the binomial's probabilities by Stirling's formula."""
    deviation = math.sqrt(rounded(rounded(n * p) * rounded(1 - p)))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    center = rounded(n * p) + 0.5
    certain = 0.92 - 4.2 / b
    odds = rounded(p / rounded(1 - p))
    alpha = (2.83 + 5.1 / b) * deviation
    m = math.floor(rounded(rounded(n + 1) * p))
    while True:
        x, height = uniform() - 0.5, uniform()
        edge = 0.5 - abs(x)
        if edge <= 0:
            continue
        k = rounded(math.floor((2 * a / edge + b) * x + center))
        if not 0 <= k <= n:
            continue
        if edge >= 0.07 and height <= certain:
            return k
        failures = rounded(n - k)
        bound = (
            (m + 0.5) * math.log((m + 1) / (odds * (n - m + 1)))
            + rounded(n + 1) * math.log((n - m + 1) / rounded(failures + 1))
            + (k + 0.5) * math.log(odds * rounded(failures + 1) / rounded(k + 1))
            + stirling_rest(m) + stirling_rest(n - m) - stirling_rest(k) - stirling_rest(failures)
        )  # fmt: skip
        if log_or_low(height * alpha / (a / (edge * edge) + b)) <= bound:
            return k


def stirling_rest(k: float) -> float:
    """ln k! less Stirling's formula for it."""
    if k <= 9:
        return STIRLING_REST[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


# ---- gamma -------------------------------------------------------------------------------------------------------------------------

THIRD, SQUEEZE = float(np.float32(1) / np.float32(3)), float(np.float32(0.0331))


def standard_gamma(concentration: np.ndarray, generator: Generator | None = None) -> np.ndarray:
    """Gamma-distributed numbers of rate 1 with this `concentration`, in its shape and dtype; at least the smallest normal number.

    Raises:
        NotImplementedError: not float32 or float64.
        RuntimeError: a concentration that is negative, infinite or nan.

    Example:
        >>> standard_gamma(np.array([0.5, 100.0]), Generator().manual_seed(0)).shape
        (2,)
    """
    check_concentration("standard_gamma", concentration)
    values = gamma_numbers(concentration, rounding(concentration.dtype), generator)
    return np.maximum(values.astype(concentration.dtype), np.finfo(concentration.dtype).tiny)


def dirichlet(concentration: np.ndarray, generator: Generator | None = None) -> np.ndarray:
    """Rows on the simplex: gamma numbers, made in float64, divided by their sum along the last dimension; inside (0, 1).

    Raises:
        NotImplementedError, RuntimeError: as `standard_gamma`.

    Example:
        >>> float(dirichlet(np.ones(3), Generator().manual_seed(0)).sum().round(6))
        1.0
    """
    check_concentration("dirichlet", concentration)
    values = np.maximum(gamma_numbers(concentration, float, generator), np.finfo(np.float64).tiny)
    kind = concentration.dtype
    shares = (values / values.sum(axis=-1, keepdims=True)).astype(kind)
    return np.clip(shares, np.finfo(kind).tiny, np.nextafter(kind.type(1), kind.type(0)))


def check_concentration(op: str, concentration: np.ndarray) -> None:
    if concentration.dtype.char not in "fd":
        raise NotImplementedError(f"{op}: not implemented for {concentration.dtype}; use float32 or float64")
    if not ((concentration >= 0) & (concentration < np.inf)).all():
        raise RuntimeError(f"{op}: needs finite concentrations >= 0, but they span {concentration.min()} ... {concentration.max()}")


def gamma_numbers(concentration: np.ndarray, rounded: Callable[[float], float], generator: Generator | None) -> np.ndarray:
    make: Any = lambda u, alpha: gamma_number(u, alpha, rounded)  # noqa: E731
    return counted(chosen(generator), concentration > 0, make, concentration)


def gamma_number(u: Uniforms, alpha: float, rounded: Callable[[float], float]) -> float:
    """A cubed shifted normal ``d (1 + c x)^3``, accepted by a squeeze or by its logarithm; for alpha < 1 from alpha + 1, times u^(1 / alpha)."""
    scale = 1.0
    if alpha < 1:
        if alpha == 0:
            return 0.0
        scale = math.pow(1 - u.next(), rounded(1 / alpha))
        alpha = rounded(alpha + 1)
    d = rounded(alpha - THIRD)
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = u.normal()
        y = 1.0 + c * x
        if y <= 0:
            continue
        v, square = y * y * y, x * x
        w = 1 - u.next()
        if w < 1 - SQUEEZE * square * square or math.log(w) < 0.5 * square + d * (1.0 - v + math.log(v)):
            return scale * d * v
