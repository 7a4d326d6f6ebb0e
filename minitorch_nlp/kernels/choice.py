"""Which op has a compiled twin, and when it runs: the one visible rule.

A twin is a pair in a module of this package, under the definition's own names: ``softmax_forward`` and ``softmax_backward`` in
`rows.py`. It takes what the definition takes and saves what the definition saves, so that either forward goes with either backward and
a second derivative always runs the definition. It runs where the first array is a float32 NumPy array of at least `smallest` elements and
`fits` agrees; anything else, wrong shapes too, is the definition's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from .compiling import available

__all__ = ["TWINS", "Twin", "choose", "last_dim"]

FLOAT32 = np.dtype("float32")


@dataclass(frozen=True)
class Twin:
    """Where an op's compiled pair is, and what it is good for.

    Args:
        module: the file in this package.
        smallest: elements of the first array from which on the twin is quicker.
        fits: on the forward's arguments: whether the twin can take them (layout, options).
        fits_backward: the same on the backward's (dy, saved).
    """

    module: str
    smallest: int
    fits: Callable[..., bool] = lambda *arrays, **options: True
    fits_backward: Callable[..., bool] = lambda dy, saved: True


def last_dim(x: Any, *, dim: int = -1, **options: Any) -> bool:
    """Rows lie one after the other in memory, and the op works along them."""
    return x.flags.c_contiguous and x.ndim > 0 and dim in (-1, x.ndim - 1)


def contiguous_rows(dy: Any, saved: Any) -> bool:
    """The same for a backward whose `saved` is (y, dim)."""
    y, dim = saved
    return dy.flags.c_contiguous and y.flags.c_contiguous and dim in (-1, y.ndim - 1)


TWINS: dict[str, Twin] = {
    "softmax": Twin("rows", 4096, last_dim, contiguous_rows),
}


def choose(name: str, definition: Callable[..., Any], part: str) -> Callable[..., Any]:
    """The op's `part` ("forward" or "backward"): its definition, or a function that picks the twin for arrays that suit it."""
    twin = TWINS.get(name)
    if twin is None or not available():
        return definition
    smallest, module = twin.smallest, "minitorch_nlp.kernels." + twin.module
    fits = twin.fits if part == "forward" else twin.fits_backward
    wanted = f"{name}_{part}"
    function: Any = None

    def run(x: Any, *rest: Any, **options: Any) -> Any:
        nonlocal function
        if x.__class__ is not np.ndarray or x.size < smallest or x.dtype != FLOAT32 or not fits(x, *rest, **options):
            return definition(x, *rest, **options)
        if function is None:
            function = getattr(import_module(module), wanted)
        return function(x, *rest, **options)

    return run
