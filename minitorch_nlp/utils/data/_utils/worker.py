"""A worker process from inside: it seeds itself, then turns the tasks it is sent into batches until it is told to stop."""

from __future__ import annotations

import os
import pickle
import random as python_random
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import numpy as np

from .... import random
from ....settings import set_num_threads
from .fetch import IterableFetcher, fetcher

__all__ = ["Caught", "IterableEnd", "Setup", "WorkerInfo", "get_worker_info", "numpy_seed", "work"]

CHECK_INTERVAL = 1.0  # seconds between looks whether the main process still lives


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker knows of itself: its number, how many there are, its seed, and its own copy of the dataset."""

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str = "multiprocessing"


current: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """What a worker process of a DataLoader knows of itself; None in the main process.

    An IterableDataset asks it in ``__iter__``, to give each worker other samples:

    >>> from minitorch_nlp.utils.data import DataLoader, IterableDataset, get_worker_info
    >>> class Count(IterableDataset):
    ...     def __iter__(self):
    ...         info = get_worker_info()
    ...         return iter(range(6) if info is None else range(info.id, 6, info.num_workers))
    >>> list(DataLoader(Count(), batch_size=3))
    [tensor([0, 1, 2]), tensor([3, 4, 5])]
    """
    return current


class Setup(NamedTuple):
    """All that a worker is started with; pickled where processes are not forked."""

    iterable: bool
    dataset: Any
    in_batches: bool
    collate_fn: Callable[[Any], Any]
    drop_last: bool
    base_seed: int
    worker_init_fn: Callable[[int], None] | None
    id: int
    num_workers: int
    tasks: Any  # where they come in
    results: Any  # where they go out
    memory: str  # how the names of its shared memory begin
    parent: int  # the main process's id if this one is forked from it, or else 0


class Resume(NamedTuple):
    """A task: begin the dataset anew, and say that all before is done."""


class IterableEnd(NamedTuple):
    """A result: this worker's IterableDataset has no more."""


class KeyErrorText(str):
    """A text that a KeyError shows as it is, line breaks and all."""

    def __repr__(self) -> str:
        return str(self)


class Caught:
    """An exception on its way to the main process: its type and its traceback as text."""

    def __init__(self, error: BaseException, where: str) -> None:
        self.kind = next(kind for kind in type(error).__mro__ if pickles(kind))  # a class inside a function has no name to find it by
        self.text = f"Caught {type(error).__name__} {where}.\nOriginal " + "".join(traceback.format_exception(error))

    def reraise(self) -> NoReturn:
        """Raise it here; as a RuntimeError where its type cannot be made from a text."""
        text = KeyErrorText(self.text) if self.kind is KeyError else self.text
        make: Any = self.kind
        try:
            error = make(message=text) if getattr(make, "message", None) else make(text)
        except Exception:
            raise RuntimeError(text) from None
        try:
            raise error
        finally:
            del error  # its traceback holds this frame, and so the iterator and its workers


def pickles(x: Any) -> bool:
    try:
        pickle.dumps(x)
    except Exception:
        return False
    return True


def numpy_seed(base_seed: int, worker_id: int) -> np.ndarray:
    """The seed of np.random in a worker: four words mixed from both, since the same seed for two Mersenne Twisters gives one stream twice."""
    words = [worker_id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    return np.random.SeedSequence(words).generate_state(4)


class Inbox:
    """The tasks, read by a thread as they come: the main process never waits for room in the pipe, and its word to stop is heard at once."""

    def __init__(self, connection: Any, parent: int) -> None:
        from queue import SimpleQueue

        self.connection = connection
        # A forked process has the other end of its own pipe open too, and does not see in the pipe that the main process has gone.
        self.parent = parent or os.getppid()
        self.queue: Any = SimpleQueue()
        self.stopped = False
        self.orphaned = False  # stopped because the main process has gone
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        task = ()
        try:
            while task is not None and os.getppid() == self.parent:
                if self.connection.poll(CHECK_INTERVAL):
                    task = self.connection.recv()
                    self.queue.put(task)
        except (EOFError, OSError):  # the main process has gone
            return
        finally:
            self.orphaned = task is not None
            self.stopped = True
            self.queue.put(None)

    def take(self) -> Any:
        """The next task; None to stop."""
        task = self.queue.get()
        return None if self.stopped else task


def work(setup: Setup) -> None:
    """The life of a worker process."""
    from .handover import Outbox

    global current
    inbox, outbox = Inbox(setup.tasks, setup.parent), Outbox(setup.results, setup.memory)
    try:
        seed = setup.base_seed + setup.id
        set_num_threads(1)  # there are other workers, and the main process
        python_random.seed(seed)
        random.manual_seed(seed)
        np.random.seed(numpy_seed(setup.base_seed, setup.id))
        current = WorkerInfo(setup.id, setup.num_workers, seed, setup.dataset)
        serve(setup, inbox, outbox)
    except (KeyboardInterrupt, BrokenPipeError):  # the main process is interrupted too, or has gone
        pass
    if inbox.orphaned:
        outbox.discard()


def serve(setup: Setup, inbox: Inbox, outbox: Any) -> None:
    """Answer each task, until there are no more."""
    where = f"in DataLoader worker process {setup.id}"
    failed = initialise(setup, where)
    source = failed or begin(setup, where)
    ended = False
    while (task := inbox.take()) is not None:
        if isinstance(task, Resume):
            source, ended = failed or begin(setup, where), False
            outbox.send(None, 0, task, where)
        elif not ended:
            number, slot, index = task
            result = source if isinstance(source, Caught) else fetched(source, index, where)
            ended = isinstance(result, IterableEnd)
            outbox.send(number, slot, result, where)
            del index, result  # not held while waiting
        del task


def initialise(setup: Setup, where: str) -> Caught | None:
    """Call `worker_init_fn`; its error, if there is one."""
    try:
        if setup.worker_init_fn is not None:
            setup.worker_init_fn(setup.id)
    except Exception as error:
        return Caught(error, where)
    return None


def begin(setup: Setup, where: str) -> Any:
    """What fetches from the dataset, or the error of making it."""
    try:
        return fetcher(setup.iterable, setup.dataset, setup.in_batches, setup.collate_fn, setup.drop_last)
    except Exception as error:
        return Caught(error, where)


def fetched(source: Any, index: Any, where: str) -> Any:
    """The batch, or what came instead of it."""
    try:
        return source.fetch(index)
    except Exception as error:
        if isinstance(error, StopIteration) and isinstance(source, IterableFetcher):
            return IterableEnd()
        return Caught(error, where)
