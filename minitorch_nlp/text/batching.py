"""Batches for language models: streams for truncated backpropagation through time, random windows, padded sequences of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .. import random
from ..nn.utils.rnn import pad_sequence
from ..tensor.creation import as_tensor
from ..tensor.tensor import Tensor
from ._shared import as_array, as_ids

__all__ = ["BPTTBatches", "BucketBatchSampler", "detach_state", "pad_batch", "random_windows"]


class BPTTBatches:
    """Inputs and targets for truncated backpropagation through time (Mikolov et al., 2010).

    The text is cut into N streams; each batch continues all of them where the batch before stopped, so that a recurrent state can be carried
    over (see `detach_state`). Every id but the last few that do not fill N streams is a target once per pass.

    Args:
        ids: the text, a 1-d tensor or a list.
        batch_size: N, the streams.
        length: T, the steps in a batch; the last batch may have fewer.
        batch_first: (N, T) batches instead of (T, N).

    Raises:
        ValueError: fewer than N + 1 ids.

    >>> from minitorch_nlp.text import BPTTBatches
    >>> for x, y in BPTTBatches(range(9), batch_size=2, length=3, batch_first=True):
    ...     print(x.tolist(), y.tolist())
    [[0, 1, 2], [4, 5, 6]] [[1, 2, 3], [5, 6, 7]]
    [[3], [7]] [[4], [8]]
    """

    def __init__(self, ids: Any, batch_size: int, length: int, *, batch_first: bool = False) -> None:
        data = as_ids(ids, "BPTTBatches")
        if batch_size < 1 or length < 1:
            raise ValueError(f"BPTTBatches: batch_size={batch_size} and length={length} must be at least 1")
        self.steps = (len(data) - 1) // batch_size
        if self.steps < 1:
            raise ValueError(f"BPTTBatches: {len(data)} ids are too few for {batch_size} streams; at least {batch_size + 1} are needed")
        used = self.steps * batch_size
        self.inputs, self.targets = (data[s : s + used].reshape(batch_size, self.steps) for s in (0, 1))
        self.length, self.batch_first = length, batch_first

    def __len__(self) -> int:
        """The number of batches in a pass."""
        return -(-self.steps // self.length)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        for start in range(0, self.steps, self.length):
            cut = (part[:, start : start + self.length] for part in (self.inputs, self.targets))
            x, y = (np.array(part if self.batch_first else part.T, order="C") for part in cut)
            yield Tensor._wrap(x), Tensor._wrap(y)


def detach_state(state: Any) -> Any:
    """A recurrent state (a tensor, or tuples, lists and dicts of such) cut off from the graph: the next batch starts from its values."""
    if isinstance(state, dict):
        return {key: detach_state(value) for key, value in state.items()}
    if isinstance(state, (tuple, list)):
        parts = [detach_state(value) for value in state]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)
    return state.detach() if isinstance(state, Tensor) else state


def random_windows(ids: Any, length: int, size: int, *, generator: Any = None) -> tuple[Any, Any]:
    """`size` windows of `length` ids, from anywhere in the text, and the same windows one id on: two tensors (size, length).

    Raises:
        ValueError: fewer than ``length + 1`` ids.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.text import random_windows
    >>> x, y = random_windows(torch.arange(100), length=5, size=2, generator=torch.Generator().manual_seed(0))
    >>> x.shape, bool((y == x + 1).all())
    (torch.Size([2, 5]), True)
    """
    data = as_ids(ids, "random_windows")
    if len(data) <= length:
        raise ValueError(f"random_windows: {len(data)} ids have no window of {length} and one more; give a longer text or a smaller length")
    starts = random.integers((size,), 0, len(data) - length, generator=generator)
    windows = data[starts[:, None] + np.arange(length + 1)]
    return Tensor._wrap(windows[:, :-1].copy()), Tensor._wrap(windows[:, 1:].copy())


def pad_batch(sequences: Sequence[Any], padding_value: float = 0, *, batch_first: bool = True) -> tuple[Any, Any]:
    """Sequences (tensors or lists) as one tensor (N, T), or (T, N), filled up with `padding_value`, and their lengths (N,).

    It fits ``DataLoader(collate_fn=pad_batch)`` over a dataset of sequences.

    >>> from minitorch_nlp.text import pad_batch
    >>> pad_batch([[1, 2, 3], [4]])
    (tensor([[1, 2, 3],
            [4, 0, 0]]), tensor([3, 1]))
    """
    rows = [row if isinstance(row, Tensor) else as_tensor(np.asarray(row) if len(row) else np.zeros(0, np.int64)) for row in sequences]
    lengths = np.array([len(row) for row in rows], np.int64)
    return pad_sequence(rows, batch_first=batch_first, padding_value=padding_value), Tensor._wrap(lengths)


class BucketBatchSampler:
    """Batches of sequences of about the same length, in random order: little padding. For ``DataLoader(batch_sampler=...)``.

    The sequences are shuffled, sorted by length within buckets of `bucket_size` batches, cut into batches, and the batches shuffled. Each pass
    draws anew.

    Args:
        lengths: the length of each sequence.
        batch_size: sequences in a batch.
        bucket_size: batches in a bucket; larger: less padding, less chance.
        shuffle: if False, all are sorted by length, nothing is drawn.
        drop_last: leave out a batch with fewer sequences.
        generator: where to draw; the default generator unless given.

    >>> from minitorch_nlp.text import BucketBatchSampler
    >>> list(BucketBatchSampler([5, 1, 4, 2], batch_size=2, shuffle=False))
    [[1, 3], [2, 0]]
    """

    def __init__(
        self,
        lengths: Any,
        batch_size: int,
        *,
        bucket_size: int = 100,
        shuffle: bool = True,
        drop_last: bool = False,
        generator: Any = None,
    ) -> None:
        if batch_size < 1 or bucket_size < 1:
            raise ValueError(f"BucketBatchSampler: batch_size={batch_size} and bucket_size={bucket_size} must be at least 1")
        self.lengths = as_array(lengths)
        self.batch_size, self.bucket_size, self.shuffle, self.drop_last = batch_size, bucket_size, shuffle, drop_last
        self.generator = generator

    def __len__(self) -> int:
        """The number of batches in a pass."""
        return len(self.lengths) // self.batch_size if self.drop_last else -(-len(self.lengths) // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        n = len(self.lengths)
        order = random.permutation(n, generator=self.generator) if self.shuffle else np.arange(n)
        bucket = self.batch_size * self.bucket_size if self.shuffle else max(n, 1)
        groups = [order[start : start + bucket] for start in range(0, n, bucket)]
        order = np.concatenate([g[np.argsort(self.lengths[g], kind="stable")] for g in groups]) if groups else order
        batches = [order[start : start + self.batch_size] for start in range(0, n, self.batch_size)][: len(self)]
        picks = random.permutation(len(batches), generator=self.generator) if self.shuffle else range(len(batches))
        return iter([batches[i].tolist() for i in picks])
