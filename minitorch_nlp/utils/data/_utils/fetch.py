"""Fetching: from what a sampler gives to a batch. The same in the main process and in workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....tensor.tensor import Tensor
from ..dataset import take_rows
from .collate import collate_tensor_fn, default_collate, default_collate_fn_map

__all__ = ["IterableFetcher", "MapFetcher", "fetcher"]


def fetcher(iterable: bool, dataset: Any, in_batches: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> Any:
    """What fetches from `dataset`: lists of samples if `in_batches`, else samples one by one."""
    if iterable:
        return IterableFetcher(dataset, in_batches, collate_fn, drop_last)
    return MapFetcher(dataset, in_batches, collate_fn)


class MapFetcher:
    """From a dataset that is asked by index."""

    def __init__(self, dataset: Any, in_batches: bool, collate_fn: Callable[[Any], Any]) -> None:
        self.dataset = dataset
        self.in_batches = in_batches
        self.collate_fn = collate_fn

    def fetch(self, index: Any) -> Any:
        """The batch of the samples at a list of indices, or the sample at one index."""
        dataset = self.dataset
        if not self.in_batches:
            return self.collate_fn(dataset[index])
        if self.collate_fn is default_collate and default_collate_fn_map.get(Tensor) is collate_tensor_fn:
            rows = take_rows(dataset, index)
            if rows is not None:
                return rows
        if getattr(dataset, "__getitems__", None):
            return self.collate_fn(dataset.__getitems__(index))
        return self.collate_fn([dataset[i] for i in index])


class IterableFetcher:
    """From a dataset that is asked for its next sample, whatever the index."""

    def __init__(self, dataset: Any, in_batches: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> None:
        self.samples = iter(dataset)
        self.in_batches = in_batches
        self.collate_fn = collate_fn
        self.drop_last = drop_last
        self.ended = False

    def fetch(self, index: Any) -> Any:
        """The next ``len(index)`` samples, or the next one; StopIteration where there are none."""
        if self.ended:  # the last batch was the dataset's last, and short
            raise StopIteration
        if not self.in_batches:
            return self.collate_fn(next(self.samples))
        batch = []
        for _ in index:
            try:
                batch.append(next(self.samples))
            except StopIteration:
                self.ended = True
                break
        if not batch or (self.drop_last and len(batch) < len(index)):
            raise StopIteration
        return self.collate_fn(batch)
