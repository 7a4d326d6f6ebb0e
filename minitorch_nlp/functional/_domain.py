"""Where an op's inputs are drawn from when its properties are checked.

A record carries its own domain, so that the generic test needs to know nothing about the op: *the domain is the test*. Shapes come
from the law; where they cannot say what fits (an index, a padding), the record has a ``sample(draw)`` function instead.
`Draw` is what such a function may ask for; `minitorch_nlp.testing` implements it on Hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from ._law import parse_law

__all__ = ["Bool", "Distinct", "Draw", "Index", "Real", "each", "sample_by_law"]

T = TypeVar("T")


@dataclass(frozen=True)
class Real:
    """Floats in [low, high], at least `margin` away from every point of `kinks`."""

    low: float = -3.0
    high: float = 3.0
    kinks: tuple[float, ...] = ()
    margin: float = 0.05


@dataclass(frozen=True)
class Distinct:
    """Floats in [low, high], no two closer than the spacing that fits them all in: for max, min, sort."""

    low: float = -3.0
    high: float = 3.0


@dataclass(frozen=True)
class Index:
    """Integers in [0, size of the law's `letter`)."""

    letter: str


@dataclass(frozen=True)
class Bool:
    """True or False."""


class Draw(Protocol):
    """The choices a `sample` function can make."""

    def integer(self, low: int, high: int) -> int:
        """An integer in [low, high]."""
        ...

    def choice(self, values: Sequence[T]) -> T: ...

    def shape(self, min_dims: int = 0, max_dims: int = 3, min_size: int = 0, max_size: int = 3) -> tuple[int, ...]: ...

    def broadcastable(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape that broadcasts to `shape`: leading dimensions dropped, some sizes 1."""
        ...

    def array(self, shape: tuple[int, ...], domain: Any = Real()) -> Any:
        """A float64 array (int64 for Index, bool for Bool), contiguous or not."""
        ...

    def index(self, shape: tuple[int, ...], size: int) -> Any:
        """int64 values in [0, size)."""
        ...


def sample_by_law(op: Any, draw: Draw) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arrays that satisfy `op.shapes` with values from `op.domain`, and options from `op.options`."""
    groups, _ = parse_law(op.shapes)
    batch = draw.shape(0, 2, min_size=1 if "..." in op.nonempty else 0)
    sizes = {s: draw.integer(1 if s in op.nonempty else 0, 3) for g, _ in groups for s in g if s != "..."}
    indexed = {d.letter for d in domains(op, len(groups)) if isinstance(d, Index)}
    sizes |= {s: max(sizes[s], 1) for s in indexed}
    arrays: list[Any] = []
    several = sum("..." in letters for letters, _ in groups) > 1
    for (letters, optional), domain in zip(groups, domains(op, len(groups))):
        if optional and draw.choice((False, True)):
            arrays.append(None)
            continue
        lead = draw.broadcastable(batch) if several else batch
        shape = tuple(n for s in letters for n in (lead if s == "..." else (sizes[s],)))
        arrays.append(draw.index(shape, sizes[domain.letter]) if isinstance(domain, Index) else draw.array(shape, domain))
    return tuple(arrays), {name: draw.choice(values) for name, values in op.options.items()}


def domains(op: Any, n: int) -> Sequence[Any]:
    return op.domain if isinstance(op.domain, (tuple, list)) else (op.domain,) * n


def each(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reference for an elementwise op from a function of Python floats: ``each(math.exp)``."""

    def reference(*arrays: Any, **options: Any) -> Any:
        grids = np.broadcast_arrays(*arrays)
        values = [function(*map(float, point), **options) for point in zip(*(g.ravel() for g in grids))]
        return np.array(values, dtype=np.float64).reshape(grids[0].shape)

    return reference
