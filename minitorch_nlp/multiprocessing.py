"""Python's `multiprocessing`, with `spawn`: run a function in several processes, and raise here what fails there.

Every name of Python's module is here too: Process, Queue, Pool, get_context, set_start_method... Tensors go between processes as copies.
"""

from __future__ import annotations

import importlib
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

__all__ = [
    "ProcessContext", "ProcessException", "ProcessExitedException", "ProcessRaisedException", "get_all_sharing_strategies",
    "get_sharing_strategy", "set_sharing_strategy", "spawn", "start_processes",
]  # fmt: skip

STRATEGIES = {"file_descriptor", "file_system"}
PATIENCE = 30.0  # seconds that a process has to end when it is told to
strategy = "file_descriptor"


def __getattr__(name: str) -> Any:
    """Python's module is imported when it is first needed."""
    if name.startswith("__"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module("multiprocessing"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(importlib.import_module("multiprocessing"))})


class ProcessException(Exception):
    """A process begun by `spawn` has failed: its number, and its process id."""

    def __init__(self, msg: str, error_index: int, error_pid: int) -> None:
        super().__init__(msg)
        self.msg = msg
        self.error_index = error_index
        self.error_pid = error_pid

    def __reduce__(self) -> Any:
        return type(self), (self.msg, self.error_index, self.error_pid)


class ProcessRaisedException(ProcessException):
    """It raised an exception, whose traceback is the text of this one."""


class ProcessExitedException(ProcessException):
    """It exited with a code that is not 0, or was ended by a signal."""

    def __init__(self, msg: str, error_index: int, error_pid: int, exit_code: int, signal_name: str | None = None) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code = exit_code
        self.signal_name = signal_name

    def __reduce__(self) -> Any:
        return type(self), (self.msg, self.error_index, self.error_pid, self.exit_code, self.signal_name)


class ProcessContext:
    """Processes that are running, as `spawn` with ``join=False`` returns them."""

    def __init__(self, processes: list[Any], errors: list[Any]) -> None:
        self.processes = processes
        self.errors = errors
        self.sentinels = {process.sentinel: i for i, process in enumerate(processes)}

    def pids(self) -> list[int]:
        return [process.pid for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait until a process fails or all have ended, at most `timeout` seconds.

        True if all have ended. If one fails the others are ended too, after `grace_period` seconds if it is given.

        Raises:
            ProcessRaisedException: one raised an exception.
            ProcessExitedException: one exited with a code that is not 0, or was ended by a signal.
        """
        from multiprocessing.connection import wait

        ready: list[Any] = wait(list(self.sentinels), timeout) if self.sentinels else []
        for sentinel in ready:
            i = self.sentinels.pop(sentinel)
            self.processes[i].join()
            if self.processes[i].exitcode != 0:
                self._end(grace_period)
                raise self._failure(i)
        return not self.sentinels

    def _end(self, grace_period: float | None) -> None:
        if grace_period is not None:
            self._wait(grace_period)
        for process in self.processes:
            if process.is_alive():
                process.terminate()
        self._wait(PATIENCE if grace_period is None else grace_period)
        for process in self.processes:
            if process.is_alive():
                process.kill()
            process.join()

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        for process in self.processes:
            process.join(max(0.0, end - time.monotonic()))

    def _failure(self, i: int) -> ProcessException:
        import signal

        process, code = self.processes[i], self.processes[i].exitcode
        if self.errors[i].poll():
            try:
                text = self.errors[i].recv()
                return ProcessRaisedException(f"\n\n-- Process {i} terminated with the following error:\n{text}", i, process.pid)
            except EOFError:
                pass
        if code > 0:
            return ProcessExitedException(f"process {i} terminated with exit code {code}", i, process.pid, code)
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"<Unknown signal {-code}>"
        return ProcessExitedException(f"process {i} terminated with signal {name}", i, process.pid, code, name)


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Run ``fn(i, *args)`` in `nprocs` new processes, i = 0 ... nprocs - 1.

    Args:
        fn: a function at the top level of a module; it and `args` are sent to the processes as pickles.
        args: what it is called with after i.
        nprocs: how many processes.
        join: wait until all have ended, and return None; else return a `ProcessContext`.
        daemon: end them with this process.
        start_method: "spawn"; for others use `start_processes`.

    Raises:
        ProcessRaisedException: `fn` raised an exception in one of them.
        ProcessExitedException: one exited with a code that is not 0, or was ended by a signal.
    """
    if start_method != "spawn":
        warnings.warn(f"spawn() always uses start_method='spawn', not {start_method!r}; use start_processes()", FutureWarning, stacklevel=2)
    return start_processes(fn, args, nprocs, join, daemon, start_method="spawn")


def start_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """`spawn` with a choice of how the processes are started: "spawn", "fork" or "forkserver"."""
    context: Any = importlib.import_module("multiprocessing").get_context(start_method)
    processes, errors = [], []
    for i in range(nprocs):
        reader, writer = context.Pipe(duplex=False)
        process = context.Process(target=call, args=(fn, i, args, writer), daemon=daemon)
        process.start()
        writer.close()
        processes.append(process)
        errors.append(reader)
    running = ProcessContext(processes, errors)
    if not join:
        return running
    while not running.join():
        pass
    return None


def call(fn: Callable[..., Any], i: int, args: tuple[Any, ...], errors: Any) -> None:
    """What each process does."""
    import sys
    import threading

    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        fn(i, *args)
    except KeyboardInterrupt:  # whoever began this process ends it
        pass
    except Exception:
        errors.send(traceback.format_exc())
        sys.exit(1)


def end_with_parent() -> None:
    """Wait for the end of the process that began this one, then interrupt this one."""
    import _thread
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        _thread.interrupt_main()


def get_all_sharing_strategies() -> set[str]:
    """The names `set_sharing_strategy` takes."""
    return set(STRATEGIES)


def get_sharing_strategy() -> str:
    """The name last set."""
    return strategy


def set_sharing_strategy(new_strategy: str) -> None:
    """Note a name. It changes nothing: workers of a DataLoader use few pieces of shared memory, by name, and no file descriptor per tensor."""
    global strategy
    if new_strategy not in STRATEGIES:
        raise AssertionError(f"set_sharing_strategy: the strategy must be one of {sorted(STRATEGIES)}, but it is {new_strategy!r}")
    strategy = new_strategy
