"""What word2vec trains on (Mikolov et al., 2013, "Distributed Representations of Words and Phrases and their Compositionality"):
pairs of words and their neighbours, fewer of the frequent words, and words drawn as wrong answers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import random
from ..tensor.tensor import Tensor
from ._shared import as_array, as_ids, as_sequences

__all__ = ["NegativeSampler", "cbow_windows", "skipgram_pairs", "subsample", "token_counts"]


def token_counts(ids: Any, vocab_size: int) -> Any:
    """How often each of the ids 0 ... V - 1 occurs, int64 (V,), in one sequence of ids or in many.

    >>> from minitorch_nlp.text import token_counts
    >>> token_counts([0, 2, 2], 4)
    tensor([1, 0, 2, 0])
    """
    flat, _ = as_sequences(ids, "token_counts")
    if flat.size and flat.max() >= vocab_size:
        raise IndexError(f"token_counts: there is an id {flat.max()}, but vocab_size is {vocab_size}")
    return Tensor._wrap(np.bincount(flat, minlength=vocab_size).astype(np.int64))


def subsample(ids: Any, counts: Any, threshold: float = 1e-5, *, generator: Any = None) -> Any:
    """The ids with the frequent ones thinned out: each stays with probability min(1, sqrt(threshold / f)), f its share of all `counts`.

    Args:
        ids: one sequence (n,).
        counts: how often each id occurs in the whole corpus (V,), see `token_counts`.
        threshold: ids rarer than this all stay. The paper's 1e-5 suits billions of words; 1e-3 or 1e-4 a small text.
    """
    flat = as_ids(ids, "subsample")
    weights = checked_counts(counts, "subsample")
    if threshold <= 0:
        raise ValueError(f"subsample: threshold={threshold} must be positive")
    if flat.size and (flat.max() >= len(weights) or not weights[flat].all()):
        raise ValueError("subsample: there are ids that counts does not have; count the same ids with token_counts")
    share = weights / max(weights.sum(), 1)
    stay = np.sqrt(threshold / np.maximum(share, threshold))
    drawn = random.uniform((len(flat),), np.float64, generator=generator)
    return Tensor._wrap(flat[drawn < stay[flat]])


def neighbours(ids: Any, window: int, dynamic: bool, generator: Any, user: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The ids (n,), the places around each (n, 2 window) by rising distance to the left and right, and whether they count (n, 2 window)."""
    if window < 1:
        raise ValueError(f"{user}: window={window} must be at least 1")
    flat, owner = as_sequences(ids, user)
    offsets = np.concatenate([np.arange(-window, 0), np.arange(1, window + 1)])
    places = np.arange(len(flat))[:, None] + offsets
    inside = (places >= 0) & (places < len(flat))
    places[~inside] = 0
    if len(flat):
        inside &= owner[places] == owner[:, None]
    if dynamic:
        reach = random.integers((len(flat),), 1, window + 1, generator=generator)
        inside &= np.abs(offsets) <= reach[:, None]
    return flat, places, inside


def skipgram_pairs(ids: Any, window: int = 5, *, dynamic: bool = False, generator: Any = None) -> tuple[Any, Any]:
    """All (centre, neighbour) pairs at most `window` apart, as two tensors (P,), in the order of the text.

    Args:
        ids: one sequence, or several: pairs do not reach from one into another.
        dynamic: draw for each centre how far its own window reaches, 1 ... window, as word2vec does: near words come more often.

    >>> from minitorch_nlp.text import skipgram_pairs
    >>> centres, neighbours = skipgram_pairs([7, 8, 9], window=1)
    >>> list(zip(centres.tolist(), neighbours.tolist()))
    [(7, 8), (8, 7), (8, 9), (9, 8)]
    """
    flat, places, inside = neighbours(ids, window, dynamic, generator, "skipgram_pairs")
    centres = np.repeat(flat, inside.sum(1))
    return Tensor._wrap(centres), Tensor._wrap(flat[places[inside]])


def cbow_windows(ids: Any, window: int = 5, *, padding: int = 0, dynamic: bool = False, generator: Any = None) -> tuple[Any, Any, Any]:
    """For continuous bag of words: the neighbours (n, 2 window), which of them there are (n, 2 window), bool, and the words between (n,).

    Missing neighbours are `padding`. A word without any neighbour is left out. Arguments as `skipgram_pairs`.

    >>> from minitorch_nlp.text import cbow_windows
    >>> contexts, mask, centres = cbow_windows([7, 8, 9], window=1)
    >>> contexts.tolist(), mask.tolist(), centres.tolist()
    ([[0, 8], [7, 9], [8, 0]], [[False, True], [True, True], [True, False]], [7, 8, 9])
    """
    flat, places, inside = neighbours(ids, window, dynamic, generator, "cbow_windows")
    some = inside.any(1)
    contexts = np.where(inside, flat[places] if len(flat) else places, padding)[some]
    return Tensor._wrap(contexts), Tensor._wrap(inside[some]), Tensor._wrap(flat[some])


class NegativeSampler:
    """Draws ids with probability proportional to ``count ** power``: the wrong answers of negative sampling.

    Args:
        counts: how often each id occurs (V,); those that never occur are never drawn.
        power: 1 draws as the words come, 0 all alike; 0.75 is the paper's.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.text import NegativeSampler
    >>> sampler = NegativeSampler([8, 0, 2])
    >>> drawn = sampler.sample(1000, generator=torch.Generator().manual_seed(0))
    >>> sorted(set(drawn.tolist()))
    [0, 2]
    """

    def __init__(self, counts: Any, power: float = 0.75) -> None:
        weights = checked_counts(counts, "NegativeSampler")
        weights = np.where(weights > 0, np.power(np.maximum(weights, 1e-300), power), 0.0)
        if not weights.any() or not np.isfinite(weights).all():
            raise ValueError(f"NegativeSampler: counts to the power {power} must be finite and not all zero")
        self.probabilities = weights / weights.sum()
        self._ends = np.cumsum(self.probabilities)
        self._last = int(np.flatnonzero(weights)[-1])  # what rounding up would go past

    def sample(self, shape: int | tuple[int, ...], *, exclude: Any = None, generator: Any = None) -> Any:
        """Ids of this shape, int64.

        Args:
            exclude: ids that must not be drawn, broadcast against `shape`: the right answers (N, 1) for negatives (N, K). The others keep their
                proportions.

        Raises:
            ValueError: there is (nearly) nothing to draw but an excluded id.
        """
        sizes = (shape,) if isinstance(shape, int) else tuple(shape)
        drawn = self.draw(math.prod(sizes), generator)
        if exclude is None or not drawn.size:
            return Tensor._wrap(drawn.reshape(sizes))
        barred = np.broadcast_to(as_array(exclude), sizes).reshape(-1)
        share = self.probabilities[barred]
        if share.max() > 0.9999:
            only = int(barred[share.argmax()])
            raise ValueError(f"NegativeSampler: id {only} is excluded, but nearly all draws are of it; there must be other ids that occur")
        while (again := np.flatnonzero(drawn == barred)).size:
            drawn[again] = self.draw(len(again), generator)
        return Tensor._wrap(drawn.reshape(sizes))

    def draw(self, count: int, generator: Any) -> np.ndarray:
        u = random.uniform((count,), np.float64, generator=generator) * self._ends[-1]
        return np.minimum(np.searchsorted(self._ends, u, side="right"), self._last)


def checked_counts(counts: Any, user: str) -> np.ndarray:
    values = as_array(counts).astype(np.float64)
    if values.ndim != 1 or not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"{user}: counts must be one row of numbers that are finite and not negative")
    return values
