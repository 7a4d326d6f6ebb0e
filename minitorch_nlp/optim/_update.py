"""What the update rules share: their common terms, hyperparameters as NumPy likes them, and large arrays a block at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import backend
from ..tensor.base import TensorBase

__all__ = ["BLOCK", "add_square", "direction", "follow", "in_blocks", "number", "refuse_bfloat16", "scalars"]

BLOCK = 1 << 17  # elements: a few arrays of this size stay in the cache from one pass to the next


def number(value: Any) -> Any:
    """A hyperparameter as a number. A one-element tensor keeps its precision: arithmetic with it rounds as torch's does."""
    return value.array.reshape(())[()] if isinstance(value, TensorBase) else value


def scalars(like: backend.Array, *values: float | None) -> Sequence[Any]:
    """`values` ready to be combined with `like`; None stays None.

    NumPy takes twice as long to multiply a small array by a Python number as by a 0-dim array of its own dtype.
    """
    if like.__class__ is not np.ndarray and backend.device_of(like)[0] != "cpu":
        return values
    dtype = like.dtype
    if dtype.kind == "V":
        refuse_bfloat16(like)
    return [None if v is None else np.asarray(v, dtype) for v in values]


def refuse_bfloat16(param: backend.Array) -> None:
    """A step below 1/512 of a weight would round to nothing, and 0.999 to 1."""
    if param.dtype.kind == "V":
        raise NotImplementedError("optimizers do not update bfloat16 parameters; train in float32, and save a copy in bfloat16")


def in_blocks(update: Callable[..., None], arrays: Sequence[Any], options: Sequence[Any]) -> None:
    """``update(*arrays, *options)`` on arrays of one shape (None is passed on), some rows at a time where they are large.

    An update makes a dozen passes over its arrays. In blocks all but the first find them in the cache: a third less time at
    16 million elements. A GPU is quicker with the whole.
    """
    first = arrays[0]
    if first.size <= BLOCK and first.ndim:
        update(*arrays, *options)
    elif not first.ndim:  # sums and products of 0-dim arrays are scalars, which cannot be written into
        update(*(None if a is None else a.reshape(1) for a in arrays), *options)
    elif backend.device_of(first)[0] != "cpu":
        update(*arrays, *options)
    else:
        rows = max(1, BLOCK * len(first) // first.size)
        for i in range(0, len(first), rows):
            update(*(None if a is None else a[i : i + rows] for a in arrays), *options)


def direction(param, grad, decay, maximize):
    """``grad + decay param``, of ``-grad`` to maximize; `grad` itself where neither is asked for (`decay` None)."""
    if maximize:
        grad = -grad
    if decay is None:
        return grad
    decayed = param * decay
    decayed += grad
    return decayed


def follow(mean, grad, intake):
    """``mean = mean + intake (grad - mean)``, in place; returns the array it needed for that, to be used again."""
    work = grad - mean
    if intake < 0.5:
        work *= intake
        mean += work
    else:  # the same point, counted from the other end: exact where intake is 1
        work *= 1 - intake
        np.subtract(grad, work, out=mean)
    return work


def add_square(square, grad, keep, intake, work):
    """``square = keep square + intake grad^2``, in place; `work` is overwritten."""
    square *= keep
    np.multiply(grad, intake, out=work)
    work *= grad
    square += work
