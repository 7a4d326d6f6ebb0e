"""Tensors of numbers in a row, of indices, of ones on a diagonal: what is made from numbers alone."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..settings import warn_once
from .base import integer
from .creation import deliver, float_or, number
from .dtypes import as_numpy_dtype, dtype_of_number
from .dtypes import int64 as int64_dtype

__all__ = ["arange", "eye", "linspace", "logspace", "meshgrid", "range", "tril_indices", "triu_indices"]


def steps_between(name: str, first: Any, last: Any, by: Any) -> float:
    """How many steps lead from the first to the last number, perhaps not a whole number."""
    if by == 0:
        raise RuntimeError(f"{name}: step must be nonzero")
    steps = (last - first) / by
    if steps < 0:
        raise RuntimeError(f"{name}: from {first} one does not come to {last} in steps of {by}")
    if not math.isfinite(steps):
        raise RuntimeError(f"{name}: start, end and step must be finite, got {first}, {last}, {by}")
    return steps


def arange(start: Any = None, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
           out: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """start, start + step, ... below `end`: ``arange(end)``, ``arange(start, end, step)``. int64 for integers, else the default dtype."""
    if start is None or end is None:
        start, end = 0, start if end is None else end
    limits = [number("arange", x) for x in (start, end, step)]
    if dtype is None and out is None:
        kind = dtype_of_number(0.0 if any(isinstance(x, float) for x in limits) else 0)
    else:
        kind = float_or(dtype, out)
    if kind.kind == "b":
        raise NotImplementedError("arange: not implemented for bool; compare or convert an integer range")
    count = math.ceil(steps_between("arange", *limits))
    if kind.kind in "fV":
        first, _, by = limits
        array = (first + np.arange(count) * by).astype(kind)
    else:
        first, last, by = map(int, limits)
        steps_between("arange", first, last, by)  # cut towards zero, the step may be 0
        array = np.arange(first, last, by, dtype=np.int64).astype(kind, copy=False)
    return deliver("arange", array, device, requires_grad, out, layout)


def range(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
          out: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """start, start + step, ... up to `end`, which is included; the default dtype. Superseded by `arange`."""
    warnings.warn("range() is deprecated, since it includes the end; use arange()", UserWarning, stacklevel=2)
    if end is None:
        raise TypeError("range() missing 1 required argument: 'end'")
    first, last, by = [number("range", x) for x in (start, end, step)]
    array = first + np.arange(math.floor(steps_between("range", first, last, by)) + 1) * by
    return deliver("range", array.astype(float_or(dtype, out)), device, requires_grad, out, layout)


def spaced(name: str, start: Any, end: Any, steps: Any, kind: np.dtype) -> np.ndarray:
    """`steps` values from `start` to `end`, the first half counted from the start, the second from the end, as torch does."""
    if integer(name, steps) < 0:
        raise RuntimeError(f"{name}: number of steps must be non-negative, got {steps}")
    for x in (start, end):
        if getattr(x, "ndim", 0):
            raise RuntimeError(f"{name}: start and end must be numbers or 0-dim tensors, got shape {tuple(x.shape)}")
    cast = (lambda v: float(kind.type(v))) if kind.kind in "fV" else int
    first, last = cast(number(name, start)), cast(number(name, end))
    step = (last - first) / (steps - 1) if steps > 1 else 0.0
    step = cast(step) if kind.kind in "fV" else step
    i = np.arange(steps)
    return np.where(i < steps // 2, first + step * i, last - step * (steps - 1 - i)) if steps > 1 else np.full(steps, first)


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, out: Any = None,
             layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """`steps` values from `start` to `end`, both included, equally spaced."""
    kind = float_or(dtype, out)
    if kind.kind == "b":
        raise NotImplementedError("linspace: not implemented for bool; compare or convert floats")
    return deliver("linspace", spaced("linspace", start, end, steps, kind).astype(kind), device, requires_grad, out, layout)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, device: Any = None,
             requires_grad: bool = False, out: Any = None, layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """base^x for `steps` values x from `start` to `end`."""
    kind = float_or(dtype, out)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        values = np.power(float(number("logspace", base)), spaced("logspace", start, end, steps, np.dtype("float64"))).astype(kind)
    return deliver("logspace", values, device, requires_grad, out, layout)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, out: Any = None,
        layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """Ones on the diagonal of an n x m matrix; m is n unless given."""
    check_sizes("eye", n, n if m is None else m)
    return deliver("eye", np.eye(n, m, dtype=float_or(dtype, out)), device, requires_grad, out, layout)


def check_sizes(name: str, rows: int, columns: int) -> None:
    if min(integer(name, rows), integer(name, columns)) < 0:
        raise RuntimeError(f"{name}: sizes must not be negative, got {rows} and {columns}")


def triangle(name: str, indices: Any, row: int, col: int, offset: int, dtype: Any, device: Any, requires_grad: bool, layout: Any) -> Any:
    check_sizes(name, row, col)
    kind = int64_dtype.dtype if dtype is None else as_numpy_dtype(dtype)
    if kind.kind not in "iu":
        raise NotImplementedError(f"{name}: not implemented for {kind}; indices are integers")
    return deliver(name, np.stack(indices(row, offset, col)).astype(kind), device, requires_grad, None, layout)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
                 layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """The indices of the lower triangle, (2, n)."""
    return triangle("tril_indices", np.tril_indices, row, col, offset, dtype, device, requires_grad, layout)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
                 layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
    """The indices of the upper triangle, (2, n)."""
    return triangle("triu_indices", np.triu_indices, row, col, offset, dtype, device, requires_grad, layout)


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """Coordinate grids from vectors: one tensor per vector, each over the whole grid."""
    if indexing is None:
        warn_once("meshgrid: indexing should be given, 'ij' or 'xy'; without it, it is 'ij'")
        indexing = "ij"
    vectors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    if any(v.ndim > 1 for v in vectors):
        raise RuntimeError(f"meshgrid: vectors or 0-dim tensors are wanted, got shapes {[tuple(v.shape) for v in vectors]}")
    if len({v.dtype for v in vectors}) > 1:
        raise RuntimeError(f"meshgrid: all tensors must have the same dtype, got {[v.dtype for v in vectors]}")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    if indexing == "xy" and len(vectors) > 1:
        first, second, *rest = vectors
        b, a, *others = meshgrid(second, first, *rest, indexing="ij")
        return (a, b, *others)
    shape = tuple(v.numel() for v in vectors)
    return tuple(v.reshape((1,) * i + (-1,) + (1,) * (len(shape) - i - 1)).expand(shape) for i, v in enumerate(vectors))
