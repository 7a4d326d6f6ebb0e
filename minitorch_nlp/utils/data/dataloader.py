"""DataLoader: batches of a dataset, in a sampler's order."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from ... import backend
from ...tensor.tensor import Tensor
from .collate import collate_tensor_fn, default_collate, default_collate_fn_map, default_convert
from .dataset import IterableDataset, take_rows
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, draw_seed

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

T_co = TypeVar("T_co", covariant=True)

FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


def get_worker_info() -> None:
    """What a worker process knows of itself; None here, in the main process."""
    return None


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
        num_workers: 0; loading in other processes is not supported.
        collate_fn: makes a batch of a list of samples; `default_collate` unless given.
        pin_memory: changes nothing: arrays are moved to a GPU from wherever they are.
        drop_last: leave the last batch out if it is not full.
        generator: where `shuffle` draws; the default generator unless given.
        timeout, worker_init_fn, multiprocessing_context, prefetch_factor, persistent_workers, pin_memory_device, in_order:
            for worker processes.

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
        check_workers(num_workers, timeout, prefetch_factor, persistent_workers, multiprocessing_context)
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
        self.prefetch_factor = prefetch_factor
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

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialized and name in FIXED:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized; make a new one")
        super().__setattr__(name, value)

    def __iter__(self) -> DataLoaderIterator:
        return DataLoaderIterator(self)

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


class DataLoaderIterator:
    """One pass over a DataLoader."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        if loader.timeout != 0:
            raise AssertionError("DataLoader: timeout is for worker processes; with num_workers=0 it must be 0")
        if loader.pin_memory and backend.gpu_count() == 0:
            warnings.warn("'pin_memory' argument is set as true but no accelerator is found; it changes nothing", stacklevel=3)
        self.loader = loader
        self.index_sampler = loader._index_sampler
        self.indices = iter(self.index_sampler)
        # The seed of worker processes. Drawn without any too, so that what is drawn later does not depend on their number.
        self.base_seed = draw_seed(loader.generator)
        self.samples = iter(loader.dataset) if loader.iterable else None
        self.yielded = 0

    def __iter__(self) -> DataLoaderIterator:
        return self

    def __len__(self) -> int:
        return len(self.index_sampler)

    def __next__(self) -> Any:
        index = next(self.indices)
        if self.loader.iterable:
            return self._next_of_iterable(index)
        loader, dataset = self.loader, self.loader.dataset
        if loader.batch_sampler is None:
            return loader.collate_fn(dataset[index])
        if loader.collate_fn is default_collate and default_collate_fn_map.get(Tensor) is collate_tensor_fn:
            rows = take_rows(dataset, index)
            if rows is not None:
                return rows
        if getattr(dataset, "__getitems__", None):
            return loader.collate_fn(dataset.__getitems__(index))
        return loader.collate_fn([dataset[i] for i in index])

    def _next_of_iterable(self, index: Any) -> Any:
        loader = self.loader
        if self.samples is None:  # the last batch was the dataset's last, and short
            raise StopIteration
        if loader.batch_sampler is None:
            data = next(self.samples)
        else:
            data = []
            for _ in index:
                try:
                    data.append(next(self.samples))
                except StopIteration:
                    self.samples = None
                    break
            if not data or (loader.drop_last and len(data) < len(index)):
                raise StopIteration
        batch = loader.collate_fn(data)
        self.yielded += 1
        if loader.reported_length is not None and self.yielded > loader.reported_length:
            warnings.warn(
                f"Length of IterableDataset {loader.dataset} was reported to be {loader.reported_length} "
                f"(when accessing len(dataloader)), but {self.yielded} samples have been fetched",
                stacklevel=3,
            )
        return batch

    def __getstate__(self) -> Any:
        raise NotImplementedError("an iterator over a DataLoader cannot be pickled; pickle the DataLoader")


def check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool, context: Any) -> None:
    """Refuse what torch refuses of the options for worker processes, then worker processes."""
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers > 0:
        raise NotImplementedError(
            f"DataLoader: num_workers={num_workers} is not supported; use num_workers=0, which loads in the main process"
        )
    if prefetch_factor is not None:
        raise ValueError("prefetch_factor option could only be specified in multiprocessing; with num_workers=0 leave it None")
    if persistent_workers:
        raise ValueError("persistent_workers option needs num_workers > 0")
    if context is not None:
        raise ValueError("multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got num_workers=0")


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
