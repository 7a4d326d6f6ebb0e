"""Random choices for an op's samples: from Hypothesis (which shrinks failures) or from a plain seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from ..functional._domain import Bool, Distinct, Index, Real

__all__ = ["HypothesisDraw", "SeededDraw"]

T = TypeVar("T")


class SeededDraw:
    """`Draw` from a seed: the same samples every time, without Hypothesis.

    >>> SeededDraw(0).shape(2, 2, min_size=1)
    (3, 2)
    """

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def integer(self, low: int, high: int) -> int:
        """An integer in [low, high]."""
        return int(self.rng.integers(low, high, endpoint=True))

    def choice(self, values: Sequence[T]) -> T:
        """One of `values`."""
        return values[self.integer(0, len(values) - 1)]

    def shape(self, min_dims: int = 0, max_dims: int = 3, min_size: int = 0, max_size: int = 3) -> tuple[int, ...]:
        """A shape with that many dimensions of those sizes. Size 0 is drawn rarely: it ends most other tests."""
        sizes = []
        for _ in range(self.integer(min_dims, max_dims)):
            low = max(min_size, 1) if min_size or self.integer(0, 7) else min_size
            sizes.append(self.integer(low, max_size) if low else 0)
        return tuple(sizes)

    def broadcastable(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape that broadcasts to `shape`."""
        kept = shape[self.integer(0, len(shape)) if self.integer(0, 1) else 0 :]
        return tuple(1 if self.integer(0, 3) == 0 else n for n in kept)

    def index(self, shape: tuple[int, ...], size: int) -> np.ndarray:
        """int64 values in [0, size)."""
        return self.rng.integers(0, size, size=shape) if math.prod(shape) else np.zeros(shape, dtype=np.int64)

    def array(self, shape: tuple[int, ...], domain: Any = Real()) -> np.ndarray:  # noqa: B008 (frozen)
        """Values from `domain` in one of several memory layouts."""
        return lay_out(self.values(shape, domain), self.integer(0, 3))

    def values(self, shape: tuple[int, ...], domain: Any) -> np.ndarray:
        n = math.prod(shape)
        if isinstance(domain, Bool):
            return self.rng.integers(0, 2, size=shape).astype(bool)
        if isinstance(domain, Index):
            raise TypeError("an Index domain needs the size of its letter: use draw.index(shape, size)")
        if isinstance(domain, Distinct):
            grid = np.linspace(domain.low, domain.high, n)
            return self.rng.permutation(grid).reshape(shape)
        return away_from_kinks(self.rng.uniform(domain.low, domain.high, size=shape), domain)


class HypothesisDraw(SeededDraw):
    """`Draw` from Hypothesis' data: sizes and choices shrink, values come from a drawn seed."""

    def __init__(self, data: Any) -> None:
        from hypothesis import strategies as st

        self.data, self.st = data, st
        super().__init__(data.draw(st.integers(0, 2**32 - 1), label="seed of the values"))

    def integer(self, low: int, high: int) -> int:
        """An integer in [low, high]."""
        return self.data.draw(self.st.integers(low, high))


def away_from_kinks(values: np.ndarray, domain: Real) -> np.ndarray:
    """Move values out of the margin around each kink, staying on their side."""
    for kink in domain.kinks:
        near = np.abs(values - kink) < domain.margin
        values = np.where(near, kink + np.where(values < kink, -domain.margin, domain.margin), values)
    return values


def lay_out(values: np.ndarray, layout: int) -> np.ndarray:
    """The same values contiguous (0, 1), with the axes reversed in memory (2), or with gaps between them (3)."""
    if layout == 2 and values.ndim:  # asfortranarray makes a 0-dim array 1-dim
        return np.asfortranarray(values)
    if layout == 3 and values.ndim:
        wide = np.full((*values.shape[:-1], 2 * values.shape[-1]), 99, dtype=values.dtype)
        wide[..., ::2] = values
        return wide[..., ::2]
    return values
