"""How batches get from a worker to the main process.

A batch is pickled, its arrays beside the pickle. What is small goes through the pipe. What is big is copied into shared memory and from
there into memory of the main process: for 1 MB that takes a thirtieth of the time that the pipe takes. A piece of shared memory, here
"slot", is used again for a later batch, because making one costs as much as the pipe; the main process says with each task which is free.
"""

from __future__ import annotations

import io
import os
import pickle
from contextlib import suppress
from importlib.util import find_spec
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np

from ....tensor.tensor import Tensor
from .worker import Caught

__all__ = ["Inbound", "Outbox", "prepare"]

# On Windows shared memory is not used: there it is gone as soon as the worker that made it closes it. Not every other system has it.
SHARES = find_spec("_posixshmem") is not None
BESIDE = 1 << 12  # bytes from which an array goes beside the pickle
SHARED = 1 << 16  # bytes from which a batch goes through shared memory


def prepare() -> None:
    """Start the process that looks after shared memory here, so that the workers do not each start one."""
    if SHARES:
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()


def segment(name: str, size: int = 0) -> Any:
    """Shared memory: new if it has a size, or else that of this name."""
    from multiprocessing.shared_memory import SharedMemory

    return SharedMemory(name, create=size > 0, size=size)


class Pickler(ForkingPickler):
    """Puts the big arrays of what it pickles into a list."""

    def __init__(self, file: io.BytesIO, beside: list[memoryview]) -> None:
        super().__init__(file, 5, True, self.take)
        self.beside = beside

    def take(self, buffer: pickle.PickleBuffer) -> bool:
        view = buffer.raw()
        if view.nbytes < BESIDE:
            return True
        self.beside.append(view)
        return False

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor) and obj.requires_grad and not obj.is_leaf:
            raise RuntimeError(
                "a tensor with a grad_fn cannot go from one process to another: its graph stays behind; detach() it in the worker, or use num_workers=0"
            )
        return NotImplemented


def pack(data: Any) -> list[memoryview]:
    """The pickle of `data`, and the big arrays beside it."""
    file, beside = io.BytesIO(), []
    Pickler(file, beside).dump(data)
    return [file.getbuffer(), *beside]


class Outbox:
    """The worker's end: sends results, and makes the shared memory."""

    def __init__(self, connection: Any, name: str) -> None:
        self.connection = connection
        self.name = name
        self.slots: dict[int, tuple[int, Any]] = {}  # slot -> (how often it was made anew, memory)

    def send(self, task: int | None, slot: int, data: Any, where: str) -> None:
        """Send a result; if it cannot be pickled, the error."""
        try:
            parts = pack(data)
        except Exception as error:
            parts = pack(Caught(error, where))
        sizes = [part.nbytes for part in parts]
        total = sum(sizes)
        made, memory = self.room(slot, total) if SHARES and total >= SHARED else (None, None)
        if memory is None:
            self.connection.send((task, slot, None, sizes))
            for part in parts:
                self.connection.send_bytes(part)
            return
        start = 0
        for part, size in zip(parts, sizes):
            memory.buf[start : start + size] = part
            start += size
        self.connection.send((task, slot, made, sizes))

    def room(self, slot: int, size: int) -> tuple[Any, Any]:
        """The slot's memory, with room for `size` bytes: (how often it was made anew, memory), or (None, None) where there is none."""
        made, memory = self.slots.get(slot, (-1, None))
        if memory is None or memory.size < size:
            fresh = create(f"{self.name}-{slot}-{made + 1}", size + size // 4)
            if fresh is None:
                return None, None
            if memory is not None:
                memory.close()
            self.slots[slot] = made + 1, fresh
        return self.slots[slot]

    def discard(self) -> None:
        """Remove the shared memory: the main process, which else does it, has gone."""
        for _, memory in self.slots.values():
            discard(memory)


def create(name: str, size: int) -> Any:
    """Shared memory, or None where the system has too little or none."""
    try:
        memory = segment(name, size)
    except OSError:
        return None
    path = f"/dev/shm/{name}"
    try:
        if os.path.exists(path):  # have it set aside now: too little is an error here, but a signal when it is written
            with open(path, "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, size)
    except OSError:
        discard(memory)
        return None
    return memory


class Inbound:
    """The main process's end: receives one worker's results, and removes its shared memory."""

    def __init__(self, connection: Any, name: str) -> None:
        self.connection = connection
        self.name = name
        self.slots: dict[int, tuple[int, Any]] = {}

    def read(self) -> tuple[int | None, int, list[Any]]:
        """The next result's task and slot, and its parts in memory of their own, to be given to `unpack`."""
        task, slot, made, sizes = self.connection.recv()
        parts = [np.empty(size, np.uint8) for size in sizes]
        if made is None:
            for part in parts:
                self.connection.recv_bytes_into(part)
        else:
            memory = np.frombuffer(self.attach(slot, made).buf, np.uint8)
            start = 0
            for part in parts:
                part[:] = memory[start : start + part.size]
                start += part.size
        return task, slot, parts

    def attach(self, slot: int, made: int) -> Any:
        known, memory = self.slots.get(slot, (-1, None))
        if made != known:
            if memory is not None:
                discard(memory)
            memory = segment(f"{self.name}-{slot}-{made}")
            self.slots[slot] = made, memory
        return memory

    def close(self, unread: list[int]) -> None:
        """Remove the shared memory, that of the slots with `unread` results too, which may have been made anew."""
        self.connection.close()
        for slot in unread if SHARES else ():
            made, _ = self.slots.get(slot, (-1, None))
            try:
                discard(segment(f"{self.name}-{slot}-{made + 1}"))
            except (FileNotFoundError, ValueError):  # ValueError: killed between making it and giving it a size
                continue
        for _, memory in self.slots.values():
            discard(memory)
        self.slots.clear()


def unpack(parts: list[Any]) -> Any:
    return pickle.loads(parts[0], buffers=parts[1:])


def discard(memory: Any) -> None:
    """Give it back to the system. BufferError: the traceback of an interruption still looks at it."""
    with suppress(BufferError):
        memory.close()
    with suppress(FileNotFoundError):
        memory.unlink()
