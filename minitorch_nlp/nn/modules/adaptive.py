"""Softmax over a large vocabulary, the rare words in clusters of their own (Grave et al., 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ... import backend
from ...tensor.joining import cat
from .. import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _ASMoutput(NamedTuple):
    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-probabilities of the target words, and the loss, at a cost that depends on how rare the words are.

    The classes, sorted by falling frequency, are cut into a shortlist and clusters. The head decides between the words of the shortlist
    and the clusters; within cluster i a smaller layer with in_features / div_value^(i + 1) units decides:
    ln p(word) = ln p(cluster) + ln p(word | cluster). Only clusters that some target lies in are computed.

    Args:
        in_features: size of the input, D.
        n_classes: size of the vocabulary, V.
        cutoffs: where the clusters begin, e.g. ``[2000, 10000]`` for a shortlist of 2000 words and two clusters.
        div_value: how fast the clusters' layers shrink.
        head_bias: whether the head has a bias.

    Shape:
        input (N, D), target (N) -> (output (N), loss ()); or (D), () -> ((), ()).

    >>> import minitorch_nlp as torch
    >>> softmax = torch.nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 50])
    >>> output, loss = softmax(torch.randn(5, 16), torch.tensor([1, 9, 30, 60, 99]))
    >>> output.shape, loss.shape
    (torch.Size([5]), torch.Size([]))
    >>> softmax.log_prob(torch.randn(5, 16)).shape
    torch.Size([5, 100])
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        check_cutoffs(cutoffs, n_classes)
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        where = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **where)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(pairwise(self.cutoffs)):
            hidden = int(in_features // (div_value ** (i + 1)))
            layers = Linear(in_features, hidden, bias=False, **where), Linear(hidden, high - low, bias=False, **where)
            self.tail.append(Sequential(*layers))

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        for layer in (self.head, *(layer for cluster in self.tail for layer in cluster)):
            layer.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> _ASMoutput:
        """The log-probability of each target, and minus their mean: (N, D), (N) -> (N), ()."""
        check_shapes(input_, target_)
        batched = target_.dim() > 0
        input, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        numbers = target.array
        if ((numbers < 0) | (numbers >= self.n_classes)).any():
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{numbers.min()}, {numbers.max()}] were found."
            )
        cluster = np.searchsorted(backend.beside(numbers, np.asarray(self.cutoffs)), numbers, side="right")  # 0 is the shortlist
        place = np.where(cluster == 0, numbers, self.shortlist_size + cluster - 1)
        output = F.log_softmax(self.head(input), dim=1).gather(1, target._wrap(place[:, None])).squeeze(1)
        for i, low in enumerate(self.cutoffs[:-1]):
            rows = np.flatnonzero(cluster == i + 1)
            if len(rows):
                where = target._wrap(rows)
                inside = F.log_softmax(self.tail[i](input.index_select(0, where)), dim=1)
                words = target._wrap((numbers[rows] - low)[:, None])
                output = output.index_add(0, where, inside.gather(1, words).squeeze(1))
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    def log_prob(self, input: Any) -> Any:
        """The log-probabilities of all classes: (N, D) -> (N, V)."""
        return self._get_full_log_prob(input, self.head(input))

    def _get_full_log_prob(self, input: Any, head_output: Any) -> Any:
        head = F.log_softmax(head_output, dim=1)
        short = self.shortlist_size
        clusters = [F.log_softmax(layer(input), dim=1) + head[:, short + i : short + i + 1] for i, layer in enumerate(self.tail)]
        return cat([head[:, :short], *clusters], 1)

    def predict(self, input: Any) -> Any:
        """The most probable class of each row, (N, D) -> (N); clusters are computed only for rows whose best is not in the shortlist."""
        head_output = self.head(input)
        best = head_output.argmax(1)
        rare = best >= self.shortlist_size
        if rare.any():
            best[rare] = self._get_full_log_prob(input[rare], head_output[rare]).argmax(1)
        return best


def check_cutoffs(cutoffs: list[int], n_classes: int) -> None:
    if not cutoffs:
        raise ValueError("cutoffs should be a sequence of length larger than 0")
    ordered = all(low < high for low, high in pairwise(cutoffs)) and all(int(c) == c for c in cutoffs)
    if not ordered or min(cutoffs) <= 0 or max(cutoffs) > n_classes - 1:
        raise ValueError(
            "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, each between 1 and "
            f"n_classes - 1 = {n_classes - 1}; got {cutoffs}"
        )


def check_shapes(input: Any, target: Any) -> None:
    if target.dim() > 1:
        raise RuntimeError(f"0D or 1D target tensor expected, multi-target not supported; the target has {target.dim()} dimensions")
    if target.dim() == 1 and input.shape[0] != target.shape[0]:
        raise RuntimeError(
            f"Input and target should have the same size in the batch dimension: input is {tuple(input.shape)}, target {tuple(target.shape)}"
        )
    if input.dim() != target.dim() + 1:
        raise RuntimeError(f"{target.dim()}D target tensor expects {target.dim() + 1}D input tensors, but found {tuple(input.shape)}")
