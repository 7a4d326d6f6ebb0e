"""DistributedSampler: each of several processes gets its share of a dataset."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ... import random
from .sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Every `num_replicas`-th index, from `rank` on, of an order that is the same in all processes.

    The order is a permutation drawn from ``seed + epoch``: call `set_epoch` before each pass, or all passes have one order.
    All get equally many: first indices come again at the end, or with `drop_last` last ones are left out.

    Args:
        dataset: only its length is used.
        num_replicas: how many processes there are.
        rank: which of them this is, 0 ... num_replicas - 1.

    Raises:
        RuntimeError: without `num_replicas` or `rank`: there is no process group here to ask.
        ValueError: `rank` is out of range.

    >>> from minitorch_nlp.utils.data import DistributedSampler
    >>> [list(DistributedSampler(range(5), num_replicas=2, rank=rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise RuntimeError("DistributedSampler requires the distributed package, which is not available; give num_replicas and rank")
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        self.shuffle = shuffle
        self.seed = seed
        self.num_samples = self.share()
        self.total_size = self.num_samples * num_replicas

    def share(self) -> int:
        """How many indices each process gets."""
        n = len(self.dataset)
        return n // self.num_replicas if self.drop_last else math.ceil(n / self.num_replicas)

    def __iter__(self) -> Iterator[int]:
        n = len(self.dataset)
        if self.share() != self.num_samples:
            raise AssertionError(f"DistributedSampler: the dataset's length has changed to {n} since the sampler was made; make a new one")
        order = list(range(n))
        if self.shuffle:
            order = random.permutation(n, generator=random.Generator().manual_seed(self.seed + self.epoch)).tolist()
        order *= math.ceil(self.total_size / n) if n else 1  # over again, for those that would get fewer
        return iter(order[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass."""
        self.epoch = epoch
