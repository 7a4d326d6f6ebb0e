"""NumPy's indices, in the terms of the op that reads items."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import backend
from ...functional import getitem
from ...functional._op import Traced

__all__ = ["items"]


def part(x: Any) -> Any:
    """One part of an index, with arrays of int64 or bool for lists and Variables."""
    x = x.array if isinstance(x, Traced) else np.asarray(x) if isinstance(x, list) else x
    if isinstance(x, np.integer):
        return int(x)
    return x.astype(np.int64) if backend.is_array(x) and (x.dtype.kind == "u" or not x.size) else x


def is_basic(x: Any) -> bool:
    """An integer, a slice forwards, None or Ellipsis."""
    return (x is None or isinstance(x, (int, slice, type(Ellipsis)))) and not isinstance(x, bool) and (getattr(x, "step", 1) or 1) > 0


def items(x: Any, index: Any) -> Any:
    """``x[index]`` as NumPy reads it.

    The op is asked directly where it means the same: for basic indices, and for arrays of integers alone. For other ones (backwards,
    masks, arrays beside slices) it is asked for the places that NumPy finds.
    """
    parts = tuple(map(part, index if isinstance(index, tuple) else (index,)))
    if all(map(is_basic, parts)) or all(backend.is_array(p) and p.dtype.kind == "i" for p in parts):
        return getitem(x, index=parts)
    places = np.arange(x.size).reshape(x.shape)[parts]
    return getitem(x.reshape(-1), index=places)
