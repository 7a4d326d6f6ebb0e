"""`Rows`: the gradient of a table of which some rows were looked up, without the zeros of all the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend

__all__ = ["Rows"]


class Rows:
    """The (n, ...) array that has ``values[k]`` (k, ...) added at row ``index[k]``, and zeros elsewhere.

    It stands for an array where gradients are added up. A sum of two keeps the rows of both, a row that both have twice; a sum with an
    array is an array. `coalesced` says that the rows are sorted and occur once.
    """

    __slots__ = ("coalesced", "index", "n", "values")
    base = None  # it is no view
    tensor: Callable[[Any], Any]  # makes what `.grad` holds; set where Tensor is defined

    def __init__(self, index: Any, values: Any, n: int, coalesced: bool = False) -> None:
        self.index, self.values, self.n, self.coalesced = index, values, n, coalesced

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.n, *self.values.shape[1:])

    @property
    def ndim(self) -> int:
        return self.values.ndim

    @property
    def dtype(self) -> np.dtype:
        return self.values.dtype

    def coalesce(self) -> Rows:
        """The same with each row once, in order: values of one row are added."""
        if self.coalesced:
            return self
        index, place = np.unique(self.index, return_inverse=True)
        return Rows(index, backend.scatter_add_rows(place.reshape(-1), len(index), self.values), self.n, True)

    def dense(self) -> Any:
        return backend.scatter_add_rows(self.index, self.n, self.values)

    def copy(self) -> Rows:
        return Rows(self.index, self.values.copy(), self.n, self.coalesced)

    def astype(self, dtype: Any) -> Rows:
        return Rows(self.index, self.values.astype(dtype), self.n, self.coalesced)

    def map(self, function: Callable[[Any], Any]) -> Rows:
        """With other values in the same rows; `function` is linear, or the rows are coalesced."""
        return Rows(self.index, function(self.values), self.n, self.coalesced)

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, Rows):
            return self.dense() + other
        return Rows(np.concatenate((self.index, other.index)), np.concatenate((self.values, other.values)), self.n)

    def __neg__(self) -> Rows:
        return self.map(lambda v: -v)

    def __mul__(self, factor: Any) -> Rows:
        return self.map(lambda v: v * factor)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple[Any, ...] | None = None, **kwargs: Any) -> Any:
        """``array + rows`` and ``array += rows``, and ``np.isnan``, which anomaly detection asks for."""
        if ufunc is np.isnan:
            return np.isnan(self.values)
        if ufunc is not np.add or method != "__call__":
            raise NotImplementedError(f"{ufunc.__name__}: a row-sparse gradient cannot be used here; make it dense with .to_dense()")
        array = inputs[0] if isinstance(inputs[1], Rows) else inputs[1]
        if out is None:
            array = array.copy()
        backend.add_rows(array, self.index, self.values)
        return array
