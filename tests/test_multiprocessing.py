"""Python's multiprocessing under this package's name, and `spawn`."""

import os
import pickle
import signal
import sys
import time

import pytest

import minitorch_nlp as mt
from minitorch_nlp import multiprocessing as mp

from .hanging import nothing_hangs  # noqa: F401

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


def put(i, queue, x):
    queue.put((i, (x + i).tolist()))


def fail(i):
    if i == 1:
        raise ValueError("no second")
    time.sleep(30)


def leave(i, code):
    sys.exit(code)


def kill(i):
    os.kill(os.getpid(), signal.SIGKILL)


def test_pythons_names_are_here():
    import multiprocessing

    assert mt.multiprocessing is mp
    assert mp.get_context("spawn").get_start_method() == "spawn"
    assert mp.Process is multiprocessing.Process
    assert {"Pool", "Queue", "spawn"} <= set(dir(mp))
    with pytest.raises(AttributeError, match="Prozess"):
        mp.Prozess


def test_spawn():
    with mp.Manager() as manager:
        queue = manager.Queue()
        assert mp.spawn(put, (queue, mt.ones(2)), nprocs=2) is None
        assert sorted(queue.get(timeout=10) for _ in range(2)) == [(0, [1, 1]), (1, [2, 2])]


@pytest.mark.skipif("fork" not in mp.get_all_start_methods(), reason="no fork here")
def test_failures():
    start = time.monotonic()
    with pytest.raises(
        mp.ProcessRaisedException, match=r"(?s)Process 1 terminated with the following error:\nTraceback.*no second"
    ) as raised:
        mp.start_processes(fail, nprocs=2, start_method="fork")
    assert raised.value.error_index == 1
    assert time.monotonic() - start < 20  # the other is ended
    with pytest.raises(mp.ProcessExitedException, match="process 0 terminated with exit code 7") as exited:
        mp.start_processes(leave, (7,), start_method="fork")
    assert exited.value.exit_code == 7
    running = mp.start_processes(kill, join=False, start_method="fork")
    assert len(running.pids()) == 1
    with pytest.raises(mp.ProcessExitedException, match="signal SIGKILL") as killed:
        running.join()
    twin = pickle.loads(pickle.dumps(killed.value))
    assert (twin.signal_name, twin.exit_code, twin.error_pid) == ("SIGKILL", -9, running.pids()[0])
    running = mp.start_processes(time.sleep, nprocs=2, join=False, start_method="fork")  # 0 and 1 seconds
    assert not running.join(timeout=0)
    while not running.join():
        pass
    assert running.join()


def test_sharing_strategies():
    assert mp.get_sharing_strategy() in mp.get_all_sharing_strategies()
    mp.set_sharing_strategy("file_system")
    assert mp.get_sharing_strategy() == "file_system"
    mp.set_sharing_strategy("file_descriptor")
    with pytest.raises(AssertionError, match="'memory'"):
        mp.set_sharing_strategy("memory")
