"""The worker processes of one DataLoader iterator, as the main process sees them."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import Any, NoReturn

from .worker import Resume, Setup, work

__all__ = ["Pool"]

PATIENCE = 5.0  # seconds that a worker has to end by itself


class Worker:
    """One process, with the pipe its tasks go into and the one its results come out of."""

    def __init__(self, context: Any, setup: Setup) -> None:
        from .handover import Inbound

        outgoing, self.tasks = context.Pipe(duplex=False)
        incoming, sender = context.Pipe(duplex=False)
        self.results = Inbound(incoming, setup.memory)
        self.process = context.Process(target=work, args=(setup._replace(tasks=outgoing, results=sender),), daemon=True)
        self.active = True  # False once its IterableDataset has ended
        self.free: list[int] = []  # slots of shared memory
        self.slots = 0
        self.waiting: dict[int, int] = {}  # task sent -> slot for its result
        try:
            self.process.start()
        except Exception:
            self.tasks.close()
            incoming.close()
            raise
        finally:  # the child's ends; kept open here they would hide that it has gone
            outgoing.close()
            sender.close()

    def send(self, task: int, index: Any) -> None:
        if not self.free:
            self.free.append(self.slots)
            self.slots += 1
        self.tasks.send((task, self.free[-1], index))
        self.waiting[task] = self.free.pop()

    def read(self) -> tuple[int | None, list[Any]]:
        task, slot, parts = self.results.read()
        if task is not None:
            del self.waiting[task]
            self.free.append(slot)
        return task, parts

    def stop(self) -> None:
        """Tell it to end, and not to begin with what else it was told."""
        with suppress(OSError):  # it has gone
            self.tasks.send(None)

    def close(self) -> None:
        """Be rid of it, by force if need be."""
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(PATIENCE)
            if self.process.is_alive():
                self.process.kill()
        self.process.join()
        self.tasks.close()
        self.results.close(list(self.waiting.values()))

    def fate(self) -> str:
        """How it ended."""
        self.process.join(1)
        code = self.process.exitcode
        if code is None or code >= 0:
            return f"exit code {code}"
        try:
            return f"killed by signal {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"


class Pool:
    """Starts the workers, sends them tasks, receives results, and ends them.

    Each has pipes of its own, so that one that is killed in the middle of a message harms no other.
    """

    def __init__(self, context: Any, setup: Setup, timeout: float) -> None:
        from .handover import prepare

        self.owner = os.getpid()
        self.timeout = timeout
        self.closed = False
        self.workers: list[Worker] = []
        prepare()
        setup = setup._replace(parent=self.owner if context.get_start_method() == "fork" else 0)
        name = f"mt-{self.owner}-{os.urandom(3).hex()}"  # with what follows at most 31 letters, macOS's limit
        try:
            for i in range(setup.num_workers):
                self.workers.append(Worker(context, setup._replace(id=i, memory=f"{name}-{i}")))
        except BaseException as error:
            self.shutdown()
            if isinstance(error, Exception):
                explain(error, setup, context)
            raise
        self.watch()

    def watch(self) -> None:
        """Note what to wait for: results of the active workers, and their ends."""
        active = [w for w in self.workers if w.active]
        self.senders = {w.results.connection: i for i, w in enumerate(self.workers) if w.active}
        self.sentinels = {w.process.sentinel: w for w in active}
        self.watched = [*self.senders, *self.sentinels]

    def active(self, i: int) -> bool:
        return self.workers[i].active

    def send(self, i: int, task: int, index: Any) -> None:
        """Send worker `i` a task."""
        try:
            self.workers[i].send(task, index)
        except BrokenPipeError:
            self.lost([self.workers[i]])

    def receive(self) -> tuple[int, Any, list[Any]]:
        """The next result of any worker: (worker, task, what to unpack). Waits for it, at most `timeout` seconds if that is not 0."""
        from multiprocessing.connection import wait

        if self.closed:
            raise RuntimeError("DataLoader: its workers have ended; iterate over the DataLoader anew")
        ready = wait(self.watched, self.timeout or None)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds")
        dead = [self.sentinels[x] for x in ready if x in self.sentinels]
        if dead:
            self.lost(dead)
        i = next(self.senders[x] for x in ready if x in self.senders)
        try:
            task, parts = self.workers[i].read()
        except (EOFError, ConnectionError):
            self.lost([self.workers[i]])
        except BaseException:  # the rest of the message is still in the pipe, so that nothing can be read from it any more
            self.shutdown(patience=0)
            raise
        return i, task, parts

    def retire(self, i: int, stop: bool) -> None:
        """No more tasks for worker `i`, whose IterableDataset has ended; `stop` it if it is not to begin anew."""
        self.workers[i].active = False
        if stop:
            self.workers[i].stop()
        self.watch()

    def resume(self) -> None:
        """Begin anew with the same processes: drop what they still have to say."""
        for worker in self.workers:
            worker.active = True
        self.watch()
        for worker in self.workers:
            try:
                worker.tasks.send(Resume())
            except BrokenPipeError:
                self.lost([worker])
        answers = 0
        while answers < len(self.workers):
            answers += self.receive()[1] is None
        for worker in self.workers:
            worker.waiting.clear()
            worker.free = list(range(worker.slots))

    def lost(self, workers: list[Worker]) -> NoReturn:
        """Report workers that are no more, and end the others."""
        fates = [(w.process.pid, w.fate()) for w in workers]
        self.shutdown()
        text = f"DataLoader worker (pid(s) {', '.join(str(pid) for pid, _ in fates)}) exited unexpectedly: "
        text += ", ".join(fate for _, fate in fates)
        if "SIGKILL" in text:
            text += "; a system short of memory kills like that: try fewer workers or smaller batches"
        elif "exit code 1" in text:
            text += '; its own error is printed above; if that is about starting a process, begin the script\'s work under `if __name__ == "__main__":`'
        raise RuntimeError(text)

    def shutdown(self, patience: float = PATIENCE) -> None:
        """End the workers, by force where they do not end themselves, and remove what was shared with them."""
        if self.closed or os.getpid() != self.owner:  # a forked process has a copy of this, but not the workers
            return
        self.closed = True
        for worker in self.workers:
            worker.stop()
        if patience:
            self.drain(time.monotonic() + patience)
        for worker in self.workers:
            worker.close()

    def drain(self, deadline: float) -> None:
        """Read what the workers still send, so that they can end, until they have."""
        from multiprocessing.connection import wait

        sentinels = {w.process.sentinel: w.results.connection for w in self.workers}
        watched: set[Any] = {*sentinels, *sentinels.values()}
        while any(s in watched for s in sentinels):
            ready: list[Any] = wait(watched, max(0, deadline - time.monotonic()))
            if not ready:
                return
            for x in ready:
                if x in sentinels:
                    watched -= {x, sentinels[x]}
                elif x in watched:
                    try:
                        x.recv_bytes()
                    except (EOFError, OSError):
                        watched.discard(x)


def explain(error: Exception, setup: Setup, context: Any) -> None:
    """If a worker could not start because something cannot be pickled, raise the same error, saying what it is."""
    from pickle import PicklingError

    from .handover import pack

    method = context.get_start_method()
    if method == "fork" or not isinstance(error, (TypeError, AttributeError, PicklingError)):
        return
    for name in ("dataset", "collate_fn", "worker_init_fn"):
        try:
            pack(getattr(setup, name))
        except Exception as reason:
            kind = next(k for k in (PicklingError, AttributeError, TypeError) if isinstance(error, k))
            fixes = "define it, and what it holds, at the top level of a module"
            raise kind(
                f"DataLoader: a worker process begun by {method!r} is sent a pickle of {name}, but that cannot be pickled: {reason}; "
                + (fixes + ", or use multiprocessing_context='fork'" if "fork" in start_methods() else fixes)
            ) from error


def start_methods() -> list[str]:
    from multiprocessing import get_all_start_methods

    return get_all_start_methods()
