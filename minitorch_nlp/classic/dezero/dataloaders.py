"""Batches of a Dataset, as pairs of arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import backend

__all__ = ["DataLoader", "SeqDataLoader"]


class DataLoader:
    """An iterator over batches that starts anew, and shuffles anew, each time it has come to the end.

    Shuffles with ``np.random.permutation``: `np.random.seed` makes it repeatable. With `gpu`, batches are CuPy arrays.

    >>> from minitorch_nlp.classic.dezero import DataLoader
    >>> from minitorch_nlp.classic.dezero.datasets import Spiral
    >>> [len(x) for x, t in DataLoader(Spiral(), batch_size=128)]
    [128, 128, 44]
    """

    def __init__(self, dataset: Any, batch_size: int, shuffle: bool = True, gpu: bool = False) -> None:
        self.dataset, self.batch_size, self.shuffle, self.gpu = dataset, batch_size, shuffle, gpu
        self.data_size = len(dataset)
        self.max_iter = math.ceil(self.data_size / batch_size)
        self.reset()

    def reset(self) -> None:
        """Start anew."""
        self.iteration = 0
        self.index = np.random.permutation(self.data_size) if self.shuffle else np.arange(self.data_size)

    def __iter__(self) -> Any:
        return self

    def places(self) -> Any:
        """The numbers of the examples in the next batch."""
        return self.index[self.iteration * self.batch_size : (self.iteration + 1) * self.batch_size]

    def __next__(self) -> tuple[Any, Any]:
        if self.iteration >= self.max_iter:
            self.reset()
            raise StopIteration
        batch = [self.dataset[i] for i in self.places()]
        self.iteration += 1
        x, t = (np.array(part) for part in zip(*batch))
        return (backend.to_device(x, "cuda"), backend.to_device(t, "cuda")) if self.gpu else (x, t)

    next = __next__

    def to_cpu(self) -> None:
        """Give NumPy arrays from now on."""
        self.gpu = False

    def to_gpu(self) -> None:
        """Give CuPy arrays from now on."""
        self.gpu = True


class SeqDataLoader(DataLoader):
    """Batches of a time series: row i goes through the data in order, starting at i / batch_size of it."""

    def __init__(self, dataset: Any, batch_size: int, gpu: bool = False) -> None:
        super().__init__(dataset, batch_size, shuffle=False, gpu=gpu)

    def places(self) -> Any:
        jump = self.data_size // self.batch_size
        return [(i * jump + self.iteration) % self.data_size for i in range(self.batch_size)]
