"""Worker processes beside PyTorch's: the same batches in the same order, from the same seeds, and as much drawn."""

import multiprocessing
import random
import warnings

import numpy as np
import pytest

import minitorch_nlp as mt

from ..hanging import nothing_hangs  # noqa: F401

torch = pytest.importorskip("torch")

pytestmark = [
    pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),
]


def plain(x):
    if isinstance(x, (mt.Tensor, torch.Tensor)):
        return str(x.dtype), x.tolist()
    return [plain(v) for v in x] if isinstance(x, (list, tuple)) else x


def draws(m):
    class Draws(m.utils.data.Dataset):
        def __len__(self):
            return 11

        def __getitem__(self, i):
            info = m.utils.data.get_worker_info()
            return i, m.rand(1), random.random(), np.random.rand(), info.id, info.seed - info.id

    return Draws()


def stream(m, *sizes):
    class Stream(m.utils.data.IterableDataset):
        def __iter__(self):
            i = m.utils.data.get_worker_info().id
            return iter(range(100 * i, 100 * i + sizes[i]))

    return Stream()


def eager(m):
    class Eager(m.utils.data.Sampler):
        def __iter__(self):
            return iter(m.randperm(6).tolist())

    return Eager()


CASES = {
    "shuffle": lambda m: (draws(m), {"batch_size": 2, "shuffle": True}),
    "persistent": lambda m: (draws(m), {"batch_size": 3, "shuffle": True, "persistent_workers": True, "prefetch_factor": 1}),
    "replacement": lambda m: (
        draws(m),
        {"sampler": m.utils.data.RandomSampler(range(11), True, 80), "batch_size": 5, "prefetch_factor": 3},
    ),
    "eager sampler": lambda m: (draws(m), {"sampler": eager(m), "batch_size": None}),
    "stream": lambda m: (stream(m, 5, 2), {"batch_size": 2}),
    "stream drop": lambda m: (stream(m, 1, 9), {"batch_size": 2, "drop_last": True}),
    "stream persistent": lambda m: (stream(m, 0, 5), {"batch_size": None, "persistent_workers": True}),
}


@pytest.mark.parametrize("case", CASES)
def test_batches_and_draws(case):
    logs = []
    for m in (mt, torch):
        m.manual_seed(9)
        generator = m.Generator().manual_seed(4)
        dataset, options = CASES[case](m)
        loader = m.utils.data.DataLoader(dataset, num_workers=2, generator=generator, multiprocessing_context="fork", **options)
        log = []
        for _ in range(2):
            for batch in loader:
                log.append((plain(batch), m.rand(1).item(), m.rand(1, generator=generator).item()))
        logs.append(log)
        del loader
    assert logs[0] == logs[1]


def raiser(m, error):
    class Raiser(m.utils.data.Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, i):
            if i == 1:
                raise error
            return i

    return Raiser()


class TwoArguments(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)


class Message(Exception):
    message = "a text"

    def __init__(self, message):
        super().__init__(message)


ERRORS = [ValueError("v"), KeyError("k"), TwoArguments(1, 2), Message("x"), StopIteration(), UnicodeDecodeError("utf8", b"x", 0, 1, "r")]


def test_errors():
    """Type, first lines and `repr` of what is raised, and the batches around it."""
    logs = []
    for m in (mt, torch):
        for error in ERRORS:
            log = []
            passing = iter(m.utils.data.DataLoader(raiser(m, error), num_workers=2, batch_size=None, multiprocessing_context="fork"))
            for _ in range(5):
                try:
                    log.append(next(passing))
                except Exception as caught:
                    log.append((type(caught), str(caught).splitlines()[:2], repr(caught)[:60]))
            logs.append(log)
            del passing
    assert logs[: len(ERRORS)] == logs[len(ERRORS) :]


OPTIONS = [
    {"num_workers": -1}, {"timeout": -1}, {"prefetch_factor": 2}, {"num_workers": 1, "prefetch_factor": -1},
    {"persistent_workers": True}, {"multiprocessing_context": "fork"},
    {"num_workers": 1, "multiprocessing_context": "x"}, {"num_workers": 1, "multiprocessing_context": 3},
    {"num_workers": 1, "multiprocessing_context": "spawn", "collate_fn": lambda batch: batch}, {"timeout": 1},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options))
def test_options(options):
    kinds = []
    for m in (mt, torch):
        with warnings.catch_warnings(), pytest.raises(Exception) as caught:
            warnings.simplefilter("ignore")
            list(m.utils.data.DataLoader(range(3), **options))
        kinds.append(caught.type)
    assert kinds[0] is kinds[1]
