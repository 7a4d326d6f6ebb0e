"""Large arrays divided among threads: one part for the caller, one for each helper.

A kernel runs without Python's lock, so that plain Python threads will do. Handing a part to a helper and waiting for it takes some 20
microseconds, about what OpenMP takes when its threads sleep in between; and where they do not sleep they keep the cores from the threads
of the BLAS, and from other processes.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import Any

from ..settings import follow_threads, forget_holders, get_num_threads, hold_products, release_products

__all__ = ["Divided", "divided", "cut", "even_parts", "for_each", "in_parts", "shared_out"]


class Part:
    """A call of a kernel, under the caller's `np.errstate`; `done` is locked until it has run."""

    __slots__ = ("args", "context", "done", "error", "kernel")

    def __init__(self, kernel: Callable[..., Any], args: Sequence[Any]) -> None:
        self.kernel, self.args, self.context = kernel, args, copy_context()
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def run(self) -> None:
        try:
            self.context.run(self.kernel, *self.args)
        except BaseException as error:
            self.error = error
        finally:
            self.done.release()


class Helpers:
    """Threads that wait for parts, one less than `count`: the caller works too."""

    count: int = 0  # 0: not asked yet
    parts: SimpleQueue[Part] = SimpleQueue()
    started: int = 0

    @classmethod
    def use(cls, count: int) -> None:
        cls.count = count
        while cls.started < count - 1:
            cls.started += 1
            threading.Thread(target=cls.work, args=(cls.parts,), daemon=True, name="minitorch_nlp kernels").start()

    @staticmethod
    def work(parts: SimpleQueue[Part]) -> None:
        while True:
            parts.get().run()


def retarget(count: int) -> None:
    if Helpers.count:
        Helpers.use(count)


def alone_after_fork() -> None:
    """A forked child has none of its parent's threads; like a worker process in PyTorch, it computes with one."""
    Helpers.count, Helpers.started, Helpers.parts = 1, 0, SimpleQueue()
    forget_holders()


follow_threads(retarget)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=alone_after_fork)


def in_parts(kernel: Callable[..., Any], calls: Sequence[Sequence[Any]]) -> None:
    """``kernel(*args)`` for every `args` in `calls`, the first of them here. Parts nobody has begun by then are done here too.

    None of them runs any more when this returns or raises.
    """
    parts = [Part(kernel, args) for args in calls]
    queue = Helpers.parts
    for part in parts[1:]:
        queue.put(part)
    parts[0].run()
    try:
        while True:
            queue.get_nowait().run()
    except Empty:
        pass
    for part in parts:
        part.done.acquire()
    for part in parts:
        if part.error is not None:
            raise part.error


def threads() -> int:
    """How many work together."""
    if not Helpers.count:
        Helpers.use(get_num_threads())
    return Helpers.count


def even_parts(total: int, least: float = 1) -> list[slice]:
    """The numbers from 0 to `total` in parts of about one size: `least` of them or more, so that every thread gets as many."""
    return cut(total, min(total, -(-math.ceil(least) // threads()) * threads()))


def cut(total: int, count: int) -> list[slice]:
    return [slice(total * i // count, total * (i + 1) // count) for i in range(count)]


def shared_out(function: Callable[..., Any], calls: Sequence[Sequence[Any]]) -> None:
    """`in_parts` for functions that multiply matrices: meanwhile each of their products stays in its own thread."""
    if len(calls) > 1 and threads() > 1 and hold_products():
        try:
            in_parts(function, calls)
        finally:
            release_products()
    else:
        for args in calls:
            function(*args)


def for_each(parts: Sequence[Any], function: Callable[[Any], Any]) -> list[Any]:
    """``[function(part) for part in parts]``, shared out."""
    results: list[Any] = [None] * len(parts)

    def run(i: int) -> None:
        results[i] = function(parts[i])

    shared_out(run, [(i,) for i in range(len(parts))])
    return results


class Divided:
    """A kernel whose first `arrays` arguments have the same rows; it may be called on any part of the rows."""

    def __init__(self, kernel: Callable[..., Any], arrays: int, smallest: int) -> None:
        self.kernel, self.arrays, self.smallest = kernel, arrays, smallest

    def __call__(self, *args: Any) -> None:
        first = args[0]
        if first.size >= self.smallest and Helpers.count != 1:
            parts = even_parts(len(first))
            if len(parts) > 1:
                k = self.arrays
                in_parts(self.kernel, [[*(a[part] for a in args[:k]), *args[k:]] for part in parts])
                return
        self.kernel(*args)


def divided(arrays: int, smallest: int) -> Callable[[Callable[..., Any]], Divided]:
    """Decorator over `compiled`: divide the rows of the first `arrays` arguments among threads if the first has `smallest` elements."""
    return lambda kernel: Divided(kernel, arrays, smallest)
