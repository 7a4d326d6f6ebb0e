"""Learning word vectors by telling the right word from a few drawn ones (Mikolov et al. 2013)."""

from __future__ import annotations

import numpy

from .. import functional as F
from ..backend import Array
from ._layer import Layer, like_params
from .np import np

__all__ = ["EmbeddingDot", "NegativeSamplingLoss", "UnigramSampler"]

ROUNDS = 50  # after which drawing again what does not fit is given up for a slower way


class EmbeddingDot(Layer):
    """h . W[idx]: each row of h (N, H) with one row of W (V, H), or with several: idx (N,) -> (N,), idx (N, S) -> (N, S)."""

    def __init__(self, W: Array) -> None:
        super().__init__(W)

    def forward(self, h: Array, idx: Array) -> Array:
        rows = self.run(F.embedding, idx, *self.params)
        self.lookup = self.saved
        return self.run(F.einsum, like_params(h, self), rows, equation="nh,nsh->ns" if idx.ndim == 2 else "nh,nh->n")

    def backward(self, dout: Array) -> Array:
        dh, drows = self.back(F.einsum, dout)
        self.write(F.embedding.backward(drows, self.lookup)[1])  # type: ignore[misc]
        return dh


class UnigramSampler:
    """Draws words in proportion to how often they occur in a corpus, to the `power`.

    Args:
        corpus: word numbers (length,), from 0.
        power: below 1, rare words get a larger share.
        sample_size: words per example.

    >>> import numpy as np
    >>> sampler = UnigramSampler(np.array([0, 1, 2, 3, 4, 1, 2, 3]), 0.75, 2)
    >>> sampler.get_negative_sample(np.array([1, 3, 0])).shape
    (3, 2)
    """

    def __init__(self, corpus: Array, power: float, sample_size: int) -> None:
        share = np.bincount(np.asarray(corpus)) ** power
        self.sample_size = sample_size
        self.vocab_size = len(share)
        self.word_p = share / share.sum()
        self.cumulated = np.cumsum(self.word_p)
        self.cumulated[int(np.flatnonzero(share)[-1]) :] = 1.0  # so that rounding leaves no gap at the end
        if sample_size >= np.count_nonzero(share):
            raise ValueError(
                f"UnigramSampler: {sample_size} words other than the target are wanted, and different from one another, but the corpus "
                f"has only {int(np.count_nonzero(share))} words; take a smaller sample_size"
            )

    def get_negative_sample(self, target: Array) -> Array:
        """(N, sample_size) word numbers, in each row different from one another and from `target` (N,).

        A word that was drawn before is drawn again, which is the same as drawing without replacement.
        """
        sample = self.draw((len(target), self.sample_size))
        for _ in range(ROUNDS):
            repeated = self.repeated(sample, target)
            if not repeated.any():
                return sample
            sample = np.where(repeated, self.draw(sample.shape), sample)
        for row in np.flatnonzero(self.repeated(sample, target).any(axis=1)).tolist():
            sample[row] = self.finish(sample[row], target[row])
        return sample

    def draw(self, shape: tuple[int, ...]) -> Array:
        return np.searchsorted(self.cumulated, np.random.random(shape), side="right")

    def repeated(self, sample: Array, target: Array) -> Array:
        """Where a word is the target, or stands further to the left in its row already."""
        seen = sample == target[:, None]
        for k in range(1, self.sample_size):
            seen[:, k] |= (sample[:, :k] == sample[:, k : k + 1]).any(axis=1)
        return seen

    def finish(self, words: Array, target: Array) -> Array:
        """A row, of which what comes before the first misfit stays, with the rest drawn from what is left: few words make up for nearly
        all of the corpus. The smallest of the times that clocks of rates p ring at are those of a draw without replacement."""
        good = int(np.argmax(self.repeated(words[None], target[None])[0]))
        p = self.word_p.copy()
        p[words[:good]] = 0
        p[target] = 0
        with numpy.errstate(divide="ignore"):
            times = np.random.exponential(size=len(p)) / p
        words[good:] = np.argsort(times)[: self.sample_size - good]
        return words


class NegativeSamplingLoss(Layer):
    """The loss of telling the target from drawn words: the sum over both of SigmoidWithLoss, label 1 for the target and 0 for the others.

    With s = sigmoid(h . W[word]) it is the average over examples of -ln s(target) - sum_k ln(1 - s(word k)).

    Args:
        W: (V, H), a vector for each word.
        corpus, power, sample_size: see `UnigramSampler`.
    """

    def __init__(self, W: Array, corpus: Array, power: float = 0.75, sample_size: int = 5) -> None:
        super().__init__()
        self.sample_size = sample_size
        self.sampler = UnigramSampler(corpus, power, sample_size)
        self.embed_dot = EmbeddingDot(W)
        self.params, self.grads = self.embed_dot.params, self.embed_dot.grads

    def forward(self, h: Array, target: Array) -> float:
        """`h` (N, H), and the numbers of the right words, (N,)."""
        words = np.concatenate((target[:, None], self.sampler.get_negative_sample(target)), axis=1)
        score = self.embed_dot.forward(h, words)
        right = np.zeros_like(score)
        right[:, 0] = 1
        return self.run(F.binary_cross_entropy_with_logits, score, right, reduction="sum") / max(len(target), 1)

    def backward(self, dout: float = 1) -> Array:
        dscore = self.back(F.binary_cross_entropy_with_logits, dout)[0]
        return self.embed_dot.backward(dscore / max(len(dscore), 1))
