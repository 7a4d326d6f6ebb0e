"""What several files here need: ids as NumPy arrays, and optional packages with an error that says how to get them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from .. import backend
from ..tensor.tensor import Tensor

__all__ = ["as_array", "as_ids", "as_sequences", "optional"]


def optional(package: str, extra: str, user: str) -> Any:
    """The module `package`, for the function `user`; where it is missing the error names the `extra` that brings it."""
    try:
        return import_module(package)
    except ImportError as error:
        text = f"{user} needs {package.split('.')[0]}; install it with: pip install 'minitorch-nlp[{extra}]'"
        raise ImportError(text, name=package) from error


def as_array(x: Any) -> np.ndarray:
    """A tensor, an array or nested lists as a NumPy array."""
    if isinstance(x, Tensor):
        return backend.to_numpy(x.detach().array)
    return backend.to_numpy(x) if backend.is_array(x) else np.asarray(x)


def as_ids(ids: Any, user: str) -> np.ndarray:
    """Token ids, given as a 1-d tensor or array or as a list, as int64 (n,)."""
    array = as_array(ids if isinstance(ids, (Tensor, Sequence)) or backend.is_array(ids) else list(ids))
    if array.ndim != 1:
        raise ValueError(f"{user}: the ids must be one row of integers, but their shape is {array.shape}; pass one sequence, flattened")
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{user}: the ids must be integers, but they are {array.dtype}; encode the tokens with a Vocab first")
    array = array.astype(np.int64, copy=False)
    if array.size and array.min() < 0:
        raise ValueError(f"{user}: ids count from 0, but id {array.min()} is at position {int(array.argmin())}")
    return array


def as_sequences(ids: Any, user: str) -> tuple[np.ndarray, np.ndarray]:
    """One sequence of ids, or many, end to end: (ids (n,), the number of the sequence each is from (n,))."""
    if isinstance(ids, Tensor) or backend.is_array(ids):
        flat = as_ids(ids, user)
        return flat, np.zeros(len(flat), np.int64)
    items = list(ids)
    if all(isinstance(i, (int, np.integer)) for i in items):
        flat = as_ids(items, user)
        return flat, np.zeros(len(flat), np.int64)
    rows = [as_ids(row, user) for row in items if not isinstance(row, str)]
    if len(rows) < len(items):
        raise TypeError(f"{user}: the ids must be integers, but there are strings among them; encode the tokens with a Vocab first")
    return np.concatenate(rows), np.repeat(np.arange(len(rows)), [len(row) for row in rows])


def checked_tokens(tokens: Iterable[Any], user: str) -> list[str]:
    """`tokens` as a list, if all are strings."""
    listed = list(tokens)
    for position, token in enumerate(listed):
        if not isinstance(token, str):
            raise TypeError(f"{user}: tokens are strings, but number {position} is {token!r} of type {type(token).__name__}")
    return listed
