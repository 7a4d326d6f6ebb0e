"""DataLoader: batches of a dataset, in a sampler's order."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from ._utils.collate import default_collate, default_convert
from ._utils.worker import get_worker_info
from .dataset import IterableDataset
from .iterators import _BaseDataLoaderIter, _MultiProcessingDataLoaderIter, _SingleProcessDataLoaderIter
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

T_co = TypeVar("T_co", covariant=True)

FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class EndlessSampler(Sampler[None]):
    """The sampler of an IterableDataset, which is asked for its next sample whatever the index."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader(Generic[T_co]):
    """Iterates over a dataset in batches.

    Each iteration asks the sampler for indices, the dataset for those samples, and `collate_fn` to make a batch of them.

    Args:
        dataset: with ``__getitem__`` and ``__len__``, or an `IterableDataset`.
        batch_size: samples per batch; None for no batches: samples one by one.
        shuffle: a new random order each time.
        sampler: an iterable of indices, in place of `shuffle`.
        batch_sampler: an iterable of lists of indices, in place of `batch_size`, `shuffle`, `sampler` and `drop_last`.
        num_workers: how many processes load batches, ahead of what is asked for; 0 loads in this one.
        collate_fn: makes a batch of a list of samples; `default_collate` unless given.
        pin_memory: changes nothing: arrays are moved to a GPU from wherever they are.
        drop_last: leave the last batch out if it is not full.
        timeout: how many seconds to wait for a batch of a worker before a RuntimeError; 0: for ever.
        worker_init_fn: called in each worker with its number, when it is seeded and before it loads.
        multiprocessing_context: how workers are started: "fork", "spawn", "forkserver" or a `multiprocessing` context; Python's own
            choice unless given. All but "fork" send them a pickle of `dataset`, `collate_fn` and `worker_init_fn`.
        generator: where `shuffle` draws, and the seed of the workers; the default generator unless given.
        prefetch_factor: how many batches each worker is ahead; 2 unless given.
        persistent_workers: keep the workers, and their datasets, for the next iteration.
        pin_memory_device: deprecated.
        in_order: batches in the sampler's order; False: in the order they are ready in.

    Worker i is seeded with ``base_seed + i``, where `base_seed` is drawn as the iteration begins: Python's `random`, this package's and
    NumPy's generators. An exception in a worker is raised in the main process, with the worker's traceback; a worker that is killed, or that
    does not answer in time, is a RuntimeError.

    >>> import minitorch_nlp as torch
    >>> dataset = torch.utils.data.TensorDataset(torch.arange(5), torch.arange(5) * 2)
    >>> for x, y in torch.utils.data.DataLoader(dataset, batch_size=3):
    ...     print(x, y)
    tensor([0, 1, 2]) tensor([0, 2, 4])
    tensor([3, 4]) tensor([6, 8])
    """

    _initialized = False

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler[Any] | Iterable[Any] | None = None,
        batch_sampler: Sampler[list[Any]] | Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.iterable = isinstance(dataset, IterableDataset)
        if self.iterable:
            check_iterable_options(shuffle=shuffle or None, sampler=sampler, batch_sampler=batch_sampler)
        check_choice(batch_size, shuffle, sampler, batch_sampler, drop_last)
        if batch_sampler is not None:
            batch_size = None
        if sampler is None:
            if self.iterable:
                sampler = EndlessSampler()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate
        self.collate_fn = collate_fn
        self.persistent_workers = persistent_workers
        self.reported_length: int | None = None  # what len() said of an IterableDataset
        self._initialized = True
        self._iterator: _MultiProcessingDataLoaderIter | None = None  # the one whose workers persist
        warn_of_many(num_workers, 3)

    @property
    def multiprocessing_context(self) -> Any:
        """The `multiprocessing` context that workers are started with; None for Python's own choice."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, method: Any) -> None:
        self._context = context_for(method, self.num_workers)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialized and name in FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized; make a new one")
        super().__setattr__(name, value)

    def __iter__(self) -> _BaseDataLoaderIter:
        if self._iterator is not None and self.persistent_workers and not self._iterator.pool.closed:
            self._iterator._restart(self)
            return self._iterator
        iterator = self._get_iterator()
        if isinstance(iterator, _MultiProcessingDataLoaderIter) and self.persistent_workers:
            self._iterator = iterator
        return iterator

    def _get_iterator(self) -> _BaseDataLoaderIter:
        warn_of_many(self.num_workers, 4)
        return _MultiProcessingDataLoaderIter(self) if self.num_workers else _SingleProcessDataLoaderIter(self)

    def __len__(self) -> int:
        if not self.iterable:
            return len(self._index_sampler)
        length = self.reported_length = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler


def check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool) -> None:
    """Refuse what makes no sense of the options for worker processes."""
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError("prefetch_factor option could only be specified in multiprocessing; with num_workers=0 leave it None")
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError(f"prefetch_factor option should be non-negative, but got prefetch_factor={prefetch_factor}")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def warn_of_many(num_workers: int, stacklevel: int) -> None:
    """More workers than CPUs only stand in each other's way."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if num_workers and (cpus is None or num_workers > cpus):
        warnings.warn(
            f"This DataLoader will create {num_workers} worker processes, but this process may use {cpus} CPUs; "
            "more workers than that can make it slower or freeze it",
            stacklevel=stacklevel,
        )


def context_for(method: Any, num_workers: int) -> Any:
    """The `multiprocessing` context for workers: from the name of a start method, or as it is."""
    if method is None:
        return None
    if num_workers == 0:
        raise ValueError("multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got num_workers=0")
    import multiprocessing
    from multiprocessing.context import BaseContext

    if isinstance(method, str):
        valid = multiprocessing.get_all_start_methods()
        if method not in valid:
            raise ValueError(f"multiprocessing_context option should be a start method in {valid}, but got {method!r}")
        return multiprocessing.get_context(method)
    if not isinstance(method, BaseContext):
        raise TypeError(f"multiprocessing_context option should be a context or the name of a start method, but got {method!r}")
    return method


def check_choice(batch_size: int | None, shuffle: bool | None, sampler: Any, batch_sampler: Any, drop_last: bool) -> None:
    """Only one way to choose samples may be asked for."""
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None:
        if batch_size != 1 or shuffle or sampler is not None or drop_last:
            raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
    elif batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")


def check_iterable_options(**options: Any) -> None:
    for name, value in options.items():
        if value is not None:
            raise ValueError(f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}")
