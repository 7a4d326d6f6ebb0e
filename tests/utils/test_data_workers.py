"""DataLoader with worker processes: the same batches, whatever happens to the workers, and nothing left behind."""

import contextlib
import gc
import multiprocessing
import os
import pickle
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import minitorch_nlp as mt
from minitorch_nlp.utils import data as D
from minitorch_nlp.utils.data._utils import handover, worker

from ..hanging import nothing_hangs  # noqa: F401
from . import worker_datasets as W

METHODS = multiprocessing.get_all_start_methods()
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),  # forking, of Python 3.12 and later
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),  # on one core
]
forks = pytest.mark.skipif("fork" not in METHODS, reason="no fork here")


def segments():
    """Shared memory of this process."""
    return [name for name in os.listdir("/dev/shm") if name.startswith(f"mt-{os.getpid()}-")] if os.path.isdir("/dev/shm") else []


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    gc.collect()  # exceptions hold frames, and those iterators
    assert segments() == []
    assert multiprocessing.active_children() == []


def plain(x):
    """Tensors as lists, with their dtypes."""
    if isinstance(x, mt.Tensor):
        return str(x.dtype), x.tolist()
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return [plain(v) for v in x] if isinstance(x, (list, tuple)) else x


def loader(dataset, **options):
    options.setdefault("multiprocessing_context", "fork" if "fork" in METHODS else None)
    return D.DataLoader(dataset, **{"num_workers": 2, **options})


@pytest.mark.parametrize("size", [3, 40_000])
@pytest.mark.parametrize("method", METHODS)
def test_batches_equal_those_without_workers(method, size):
    runs = []
    for options in ({}, {"num_workers": 2, "multiprocessing_context": method}):
        mt.manual_seed(5)
        batches = list(D.DataLoader(W.Values(9, size), batch_size=2, shuffle=True, **options))
        runs.append((plain(batches), mt.rand(2).tolist()))
    assert runs[0] == runs[1]
    batches[0]["array"].add_(1)
    batches[0]["columns"].fill_(7)


@forks
@pytest.mark.parametrize("options", [{"batch_size": None}, {"sampler": [3, 1, 4]}, {"batch_sampler": [[1], [2, 0]]}, {"in_order": False}])
def test_other_ways_to_choose(options):
    expected = plain(list(D.DataLoader(W.Values(6), **options)))
    assert sorted(map(str, plain(list(loader(W.Values(6), **options))))) == sorted(map(str, expected))


@forks
def test_arrays_of_many_sizes(monkeypatch):
    """The shared memory of a worker grows with its batches; where the system has none, the pipe does."""
    arrays = [np.arange(n) for n in (10, 9000, 20_000, 100, 8192, 70_000, 0, 30_000)] * 2
    dataset = [(a, a[::2], "x" * a.size, a.reshape(-1, 2).T) for a in arrays]
    expected = plain(list(D.DataLoader(dataset, batch_size=None)))
    assert plain(list(loader(dataset, batch_size=None))) == expected
    for attribute, value in {"SHARES": False, "create": lambda name, size: None}.items():
        with monkeypatch.context() as without:
            without.setattr(handover, attribute, value)
            assert plain(list(loader(dataset, batch_size=None))) == expected


@forks
def test_shared_memory_is_used_again():
    passing = iter(loader(W.Values(40, 30_000), batch_size=None, prefetch_factor=1))
    kept = [next(passing) for _ in range(20)]
    if handover.SHARES and os.path.isdir("/dev/shm"):
        assert 1 <= len(segments()) <= 2
    assert [b["array"][-1].item() for b in kept] == list(range(20))


def test_seeds_of_workers():
    """Worker i is seeded with base_seed + i: this package's and Python's generators with that, NumPy's with words mixed from both."""
    mt.manual_seed(11)
    base = int(mt.empty((), dtype=mt.int64).random_())
    mt.manual_seed(11)
    drawn = list(loader(W.Draws(), batch_size=None))
    for i in (0, 1):
        state = np.random.get_state()
        mt.manual_seed(base + i)
        np.random.seed(worker.numpy_seed(base, i))
        mine = drawn[i::2]
        assert [r.item() for _, r, _, _ in mine] == [mt.rand(1).item() for _ in mine]
        assert [r for _, _, r, _ in mine] == [np.random.rand() for _ in mine]
        assert [w.item() for *_, w in mine] == [i] * 4
        np.random.set_state(state)


@forks
def test_worker_info():
    def collate(batch):
        info = D.get_worker_info()
        with pytest.raises(AttributeError):
            info.id = 3
        return info.id, info.num_workers, info.seed, len(info.dataset), random.random() == random.Random(info.seed).random()

    seen = list(loader(range(4), collate_fn=collate))
    assert [s[:2] for s in seen] == [(0, 2), (1, 2)] * 2
    assert seen[1][2] == seen[0][2] + 1
    assert seen[0][3] == 4
    assert seen[0][4]
    assert D.get_worker_info() is None


@pytest.mark.parametrize("sizes", [(5, 2), (0, 3), (3, 0), (0, 0)])
@pytest.mark.parametrize("persistent", [False, True])
@forks
def test_iterable_datasets(sizes, persistent):
    """Batches of the workers in turn, each until its dataset ends."""
    both = loader(W.Stream(*sizes), batch_size=2, persistent_workers=persistent)
    parts = [[list(range(100 * i, 100 * i + n))[k : k + 2] for k in range(0, n, 2)] for i, n in enumerate(sizes)]
    expected = [part[k] for k in range(3) for part in parts if k < len(part)]
    for _ in range(2):
        assert [b.tolist() for b in both] == expected


@forks
def test_length_of_iterable_datasets():
    assert len(loader(W.Stream(3, 3), batch_size=2)) == 2
    assert len(loader(W.Stream(3, 3), batch_size=3, drop_last=True)) == 1
    single = loader(W.Stream(3, 2), batch_size=None)
    assert len(single) == 4
    with pytest.warns(UserWarning, match="reported to be 4 .* but 5 samples .*get_worker_info"):
        assert sorted(single) == [0, 1, 2, 100, 101]


@pytest.mark.parametrize(
    ("what", "error", "name", "words"),
    [
        (W.value_error, ValueError, "ValueError", "wrong"),
        (W.key_error, KeyError, "KeyError", "'key'"),
        (W.two_arguments, RuntimeError, "TwoArguments", "(1, 2)"),  # cannot be made from a text
        (W.local_class, LookupError, "Local", "here"),  # cannot be found in another process
    ],
)
@forks
def test_exceptions_come_with_the_workers_traceback(what, error, name, words):
    for persistent in (False, True):
        both = loader(W.Faulty(what), batch_size=2, persistent_workers=persistent)
        for _ in range(2):
            passing = iter(both)
            assert next(passing).tolist() == [0, 1]
            with pytest.raises(error) as caught:
                next(passing)
            assert type(caught.value) is error
            text = str(caught.value)
            assert text.startswith(f"Caught {name} in DataLoader worker process 1.\nOriginal Traceback (most recent call last):\n")
            assert f"in {what.__name__}" in text
            assert text.rstrip().endswith(words)
            assert [b.tolist() for b in passing] == [[4, 5], [6, 7]]  # it goes on
            del caught, passing


@forks
def test_a_caught_exception_does_not_keep_the_workers():
    gc.disable()
    try:
        with contextlib.suppress(ValueError):
            list(loader(W.Faulty(W.value_error)))
        assert multiprocessing.active_children() == []
    finally:
        gc.enable()


@forks
def test_errors_at_the_start_and_in_results():
    with pytest.raises(OSError, match="Caught OSError in DataLoader worker process 0(.|\n)*no worker 0"):
        list(loader(range(4), worker_init_fn=W.fail_at_start))
    with pytest.raises(NotImplementedError, match="in DataLoader worker process 0(.|\n)*__iter__"):
        list(loader(D.IterableDataset()))
    with pytest.raises(TypeError, match="in DataLoader worker process 0(.|\n)*cannot pickle Unpicklable"):
        list(loader([W.Unpicklable()], batch_size=None))
    x = mt.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"in DataLoader worker process 0(.|\n)*detach\(\)"):
        list(loader(D.TensorDataset(x)))
    [leaf] = loader([mt.nn.Parameter(mt.ones(9000))], batch_size=None)
    assert isinstance(leaf, mt.nn.Parameter)
    assert leaf.requires_grad


@pytest.mark.parametrize("method", [m for m in METHODS if m != "fork"])
def test_what_cannot_be_pickled_is_named(method):
    for name, value in {"dataset": [lambda: 1], "collate_fn": lambda b: b, "worker_init_fn": lambda i: i}.items():
        options = {"dataset": range(3), name: value}
        with pytest.raises((AttributeError, TypeError, pickle.PicklingError), match=f"pickle of {name}, but .*top level of a module"):
            iter(loader(**options, multiprocessing_context=method))


@pytest.mark.parametrize(("what", "words"), [(W.kill, "killed by signal SIGKILL; .*memory"), (W.leave, "exit code 3")])
@forks
def test_a_worker_that_ends_is_reported_at_once(what, words):
    start = time.monotonic()
    passing = iter(loader(W.Faulty(what), batch_size=2))
    pid = passing._workers[1].pid
    with pytest.raises(RuntimeError, match=rf"DataLoader worker \(pid\(s\) {pid}\) exited unexpectedly: {words}"):
        list(passing)
    assert time.monotonic() - start < 5
    with pytest.raises(RuntimeError, match="have ended"):
        next(passing)


@forks
def test_workers_killed_from_outside():
    both = loader(W.Values(20, 30_000), batch_size=None, persistent_workers=True)
    first = list(both)
    passing = iter(both)
    os.kill(passing._workers[0].pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="SIGKILL"):
        list(passing)
    assert plain(list(both)) == plain(first)  # with new workers
    os.kill(both._iterator._workers[1].pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="SIGKILL"):
        list(both)
    iter(both)


@forks
def test_timeout(monkeypatch):
    from minitorch_nlp.utils.data._utils import pool

    monkeypatch.setattr(pool, "PATIENCE", 0.2)
    monkeypatch.setattr(pool.Pool.shutdown, "__defaults__", (0.2,))
    with pytest.raises(RuntimeError, match="DataLoader timed out after 0.3 seconds"):
        list(loader(W.Faulty(W.sleep_long), timeout=0.3))


@forks
def test_leaving_early():
    for batch in loader(W.Values(50, 30_000), batch_size=None, prefetch_factor=4):
        if batch["array"][0] == 3:
            break
    assert segments() == []
    assert multiprocessing.active_children() == []
    cycle = [iter(loader(W.Values(50, 30_000)))]
    cycle.append(cycle)
    workers = cycle[0]._workers
    del cycle
    gc.collect()
    assert not any(w.is_alive() for w in workers)


@forks
def test_tasks_not_yet_begun_are_dropped():
    passing = iter(loader(range(100), collate_fn=W.sleep_in_worker_0, num_workers=1, prefetch_factor=12))
    next(passing)
    start = time.monotonic()
    del passing
    assert time.monotonic() - start < 2  # not 3.6


@forks
def test_persistent_workers():
    both = loader(W.Values(20, 30_000), batch_size=None, persistent_workers=True)
    expected = plain(list(both))
    workers = both._iterator._workers
    next(iter(both))
    assert plain(list(both)) == expected
    assert both._iterator._workers == workers
    assert all(w.is_alive() for w in workers)
    del both
    gc.collect()
    assert not any(w.is_alive() for w in workers)


@forks
def test_out_of_order():
    batches = list(loader(range(6), collate_fn=W.sleep_in_worker_0, in_order=False))
    assert sorted(batches) == [[i] for i in range(6)]
    assert batches[0] == [1]
    assert list(loader(range(6), collate_fn=W.sleep_in_worker_0)) == [[i] for i in range(6)]


@forks
def test_an_interrupted_message_ends_the_workers(monkeypatch):
    passing = iter(loader(range(10)))
    next(passing)
    with monkeypatch.context() as patch:
        patch.setattr(handover.Inbound, "read", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            list(passing)  # the second batch may have come before the first
    assert multiprocessing.active_children() == []


@forks
def test_a_forked_copy_leaves_the_workers_alone():
    passing = iter(loader(range(4)))
    passing.pool.owner += 1
    passing.pool.shutdown()
    passing.pool.owner -= 1
    assert len(list(passing)) == 4


@forks
def test_many_workers_are_warned_of():
    with pytest.warns(UserWarning, match="create 1000 worker processes"):
        D.DataLoader(range(3), num_workers=1000)


def test_contexts():
    one = D.DataLoader(range(3), num_workers=1, multiprocessing_context="spawn")
    assert one.multiprocessing_context.get_start_method() == "spawn"
    assert one.prefetch_factor == 2
    one.multiprocessing_context = multiprocessing.get_context("spawn")
    assert D.DataLoader(range(3), num_workers=1).multiprocessing_context is None
    with pytest.raises(ValueError, match="num_workers=0"):
        D.DataLoader(range(3)).multiprocessing_context = "spawn"


SCRIPT = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
import minitorch_nlp as torch

class Slow(torch.utils.data.Dataset):
    def __len__(self):
        return 1000
    def __getitem__(self, i):
        time.sleep(0.01)
        return torch.zeros(50_000)

passing = iter(torch.utils.data.DataLoader(Slow(), batch_size=None, num_workers=2))
if sys.argv[1] != "die":
    next(passing)
print(*(w.pid for w in passing._workers), flush=True)
if sys.argv[1] == "die":  # before the workers are ready
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "go on":
    for _ in passing:
        pass
"""


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
@pytest.mark.parametrize(
    ("how", "last"),
    [("end", []), ("die", []), (signal.SIGINT, ["KeyboardInterrupt"]), (signal.SIGTERM, []), (signal.SIGKILL, [])],
)
@forks
def test_nothing_outlives_the_main_process(how, last):
    """However it ends: no process, no shared memory, no warnings."""
    command = [sys.executable, "-c", SCRIPT, how if isinstance(how, str) else "go on"]
    main = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert main.stdout is not None
    pids = main.stdout.readline().split()
    assert len(pids) == 2
    if not isinstance(how, str):
        main.send_signal(how)
    _, errors = main.communicate(timeout=30)
    end = time.monotonic() + 10
    while not all(gone(pid) for pid in pids):
        assert time.monotonic() < end, pids
        time.sleep(0.05)
    assert errors.splitlines()[-1:] == last, errors
    assert not [name for name in os.listdir("/dev/shm") if name.startswith(f"mt-{main.pid}-")]
