"""Datasets and functions for worker processes, at the top level of a light module, so that processes that are not forked find them."""

import os
import signal
import time

import numpy as np

import minitorch_nlp as mt
from minitorch_nlp.utils import data as D


class Values(D.Dataset):
    """Nested samples of several types; the array has `size` elements."""

    def __init__(self, n, size=3):
        self.n = n
        self.size = size

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return {
            "array": np.full(self.size, i, np.float32),
            "columns": np.asfortranarray(np.full((2, self.size), i)),
            "pair": (i, [float(i), "word" * (i + 1)]),
            "none": mt.zeros(0, 3),
        }


class Draws(D.Dataset):
    """What each generator gives in the process that loads the sample."""

    def __len__(self):
        return 8

    def __getitem__(self, i):
        return i, mt.rand(1), np.random.rand(), np.array(D.get_worker_info().id)


class Faulty(D.Dataset):
    """Something happens at sample 3."""

    def __init__(self, what):
        self.what = what

    def __len__(self):
        return 8

    def __getitem__(self, i):
        if i == 3:
            self.what()
        return i


class Stream(D.IterableDataset):
    """Worker i has ``sizes[i]`` samples."""

    def __init__(self, *sizes):
        self.sizes = sizes

    def __iter__(self):
        i = D.get_worker_info().id
        return iter(range(100 * i, 100 * i + self.sizes[i]))

    def __len__(self):
        return 4


class Unpicklable:
    def __reduce__(self):
        raise TypeError("cannot pickle Unpicklable")


class TwoArguments(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)


def value_error():
    raise ValueError("wrong")


def key_error():
    raise KeyError("key")


def two_arguments():
    raise TwoArguments(1, 2)


def local_class():
    class Local(LookupError):
        pass

    raise Local("here")


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    os._exit(3)


def sleep_long():
    time.sleep(100)


def sleep_in_worker_0(index):
    if D.get_worker_info().id == 0:
        time.sleep(0.3)
    return index


def fail_at_start(worker_id):
    raise OSError(f"no worker {worker_id}")


def same(batch):
    return batch
