"""One pass over a DataLoader, in the main process or with workers."""

from __future__ import annotations

import itertools
import warnings
import weakref
from typing import Any

from ... import backend
from ._utils.fetch import fetcher
from ._utils.worker import Caught, IterableEnd, Setup
from .sampler import draw_seed

__all__ = ["_BaseDataLoaderIter", "_MultiProcessingDataLoaderIter", "_SingleProcessDataLoaderIter"]


class _BaseDataLoaderIter:
    """What both have in common. It holds no reference to its loader, which may hold one to it."""

    def __init__(self, loader: Any) -> None:
        if loader.pin_memory and loader.pin_memory_device:
            warnings.warn(f"pin_memory_device={loader.pin_memory_device!r} is deprecated and changes nothing", stacklevel=5)
        if loader.pin_memory and backend.gpu_count() == 0:
            warnings.warn("'pin_memory' argument is set as true but no accelerator is found; it changes nothing", stacklevel=5)
        self.dataset = loader.dataset
        self.index_sampler = loader._index_sampler
        self.indices = iter(self.index_sampler)
        # The seed of worker processes. Drawn without any too, so that what is drawn later does not depend on their number.
        self.base_seed = draw_seed(loader.generator)
        self.num_workers = loader.num_workers
        self.reported_length = loader.reported_length if loader.iterable else None
        self.yielded = 0

    def __iter__(self) -> Any:
        return self

    def __len__(self) -> int:
        return len(self.index_sampler)

    def __next__(self) -> Any:
        data = self._next_data()
        self.yielded += 1
        if self.reported_length is not None and self.yielded > self.reported_length:
            text = (
                f"Length of IterableDataset {self.dataset} was reported to be {self.reported_length} "
                f"(when accessing len(dataloader)), but {self.yielded} samples have been fetched"
            )
            if self.num_workers:
                text += "; each worker iterates over the whole dataset, unless its __iter__ takes its part by get_worker_info()"
            warnings.warn(text, stacklevel=2)
        return data

    def _next_data(self) -> Any:
        raise NotImplementedError

    def __getstate__(self) -> Any:
        raise NotImplementedError("an iterator over a DataLoader cannot be pickled; pickle the DataLoader")


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """A pass in the main process."""

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        if loader.timeout != 0:
            raise AssertionError("DataLoader: timeout is for worker processes; with num_workers=0 it must be 0")
        in_batches = loader.batch_sampler is not None
        self.source = fetcher(loader.iterable, loader.dataset, in_batches, loader.collate_fn, loader.drop_last)

    def _next_data(self) -> Any:
        return self.source.fetch(next(self.indices))


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """A pass with workers. Each batch of indices is a task with a number; workers get them in turn, some ahead of what is asked for.

    Indices are drawn when a task is sent: so many at the start, then one more for each batch handed out.
    """

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        if loader.prefetch_factor <= 0:
            raise AssertionError(f"DataLoader: prefetch_factor must be greater than 0 to iterate, but it is {loader.prefetch_factor}")
        import multiprocessing

        from ._utils.pool import Pool

        self.persistent = loader.persistent_workers
        self.in_order = loader.in_order
        self.ahead = loader.prefetch_factor * loader.num_workers
        setup = Setup(
            loader.iterable, loader.dataset, loader.batch_sampler is not None, loader.collate_fn, loader.drop_last, self.base_seed,
            loader.worker_init_fn, id=0, num_workers=loader.num_workers, tasks=None, results=None, memory="", parent=0,
        )  # fmt: skip
        self.pool = Pool(loader.multiprocessing_context or multiprocessing.get_context(), setup, loader.timeout)
        self._shutdown_workers = weakref.finalize(self, self.pool.shutdown)  # at exit too, and once
        self._begin(loader)

    @property
    def _workers(self) -> list[Any]:
        return [worker.process for worker in self.pool.workers]

    def _begin(self, loader: Any) -> None:
        """Send the first tasks of a pass."""
        self.indices = iter(self.index_sampler)  # a second time in the first pass, as PyTorch does: a sampler may draw here
        self.reported_length = loader.reported_length if loader.iterable else None
        self.yielded = 0
        self.sent = 0  # the number of the next task to send
        self.next = 0  # and of the next to hand out
        self.worker_of: dict[int, int] = {}  # task sent and not handed out -> worker
        self.arrived: dict[int, Any] = {}
        self.load = [0] * self.num_workers  # tasks of each worker
        self.turns = itertools.cycle(range(self.num_workers))
        for _ in range(self.ahead):
            self._send_next()

    def _restart(self, loader: Any) -> None:
        """Another pass with the same processes."""
        self.pool.resume()
        self._begin(loader)

    def _send_next(self) -> None:
        index = next(self.indices, self)
        if index is self:
            return
        active = [self.pool.active(i) for i in range(self.num_workers)]
        for _ in range(self.num_workers):
            worker = next(self.turns)
            if active[worker] and (self.in_order or self.load[worker] < self.ahead // sum(active)):
                break
        else:
            return
        self.pool.send(worker, self.sent, index)
        self.worker_of[self.sent] = worker
        self.load[worker] += 1
        self.sent += 1

    def _next_data(self) -> Any:
        from ._utils.handover import unpack

        while True:
            self._skip()
            if self.next == self.sent:
                if not self.persistent:
                    self._shutdown_workers()
                raise StopIteration
            if self.next in self.arrived:
                return self._hand_out(self.next)
            worker, task, parts = self.pool.receive()
            data = unpack(parts)
            if isinstance(data, IterableEnd):
                self.pool.retire(worker, stop=not self.persistent)
                self._send_next()
                continue
            self.arrived[task] = data
            if not self.in_order:
                return self._hand_out(task)

    def _skip(self) -> None:
        """Pass over tasks that were handed out of order, and those a worker got after its dataset's end."""
        while self.next < self.sent:
            worker = self.worker_of.get(self.next)
            if worker is not None:
                if self.next in self.arrived or self.pool.active(worker):
                    return
                del self.worker_of[self.next]
            self.next += 1

    def _hand_out(self, task: int) -> Any:
        data = self.arrived.pop(task)
        self.load[self.worker_of.pop(task)] -= 1
        self.next += task == self.next
        self._send_next()
        if isinstance(data, Caught):
            data.reraise()
        return data
