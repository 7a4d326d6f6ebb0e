"""Beam search: the most probable texts that a search of bounded width finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..autograd.mode import no_grad
from ..functional import log_softmax
from ..nn.generation import KVCache
from ..tensor.creation import full, tensor
from ..tensor.dtypes import float16, float32, int64
from ..tensor.joining import cat
from ..tensor.sequences import arange
from ..tensor.tensor import Tensor
from .decoding import Step

__all__ = ["Hypotheses", "beam_search", "length_normalizer", "reorder_state"]

NEVER = float("-inf")


class Hypotheses(NamedTuple):
    """The texts found for each of N beginnings, the best first.

    ids: (N, width, L): the new tokens, `end` included, filled up with `end` (0 where there is none).
    lengths: (N, width): how many of them belong to the text.
    scores: (N, width): log probability / length penalty, -inf where there are fewer texts than `width`.
    """

    ids: Any
    lengths: Any
    scores: Any


def length_normalizer(length: int, penalty: float) -> float:
    """((5 + length) / 6) ^ penalty: what Wu et al. (2016), "Google's Neural Machine Translation System", divide log probabilities by.

    >>> from minitorch_nlp.text import length_normalizer
    >>> length_normalizer(7, 1.0), length_normalizer(7, 0.0)
    (2.0, 1.0)
    """
    return ((5 + length) / 6) ** penalty


def reorder_state(state: Any, rows: Any, dim: int = 0) -> Any:
    """A state with the rows `rows` (M,) of its batch dimension: tensors, and tuples, lists, dicts of them; KVCaches are reordered in place.

    Args:
        dim: the batch dimension of the tensors: 0, or 1 for the states of `nn.LSTM` and its like.
    """
    if isinstance(state, Tensor):
        return state.index_select(dim, rows)
    if isinstance(state, dict):
        return {key: reorder_state(value, rows, dim) for key, value in state.items()}
    if isinstance(state, (tuple, list)):
        parts = [reorder_state(value, rows, dim) for value in state]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)
    if isinstance(state, KVCache):
        for held in (state.keys, state.values):
            held[:, :, : state.length] = held[:, :, : state.length].index_select(0, rows)
        return state
    if state is None or isinstance(state, (int, float, str)):
        return state
    raise TypeError(f"reorder_state: no rule for a {type(state).__name__}; give beam_search a reorder=function(state, rows) of your own")


@no_grad()
def beam_search(
    step: Step,
    start: Any,
    end: int | None,
    width: int,
    max_length: int,
    length_penalty: float = 0.0,
    *,
    state: Any = None,
    reorder: Callable[[Any, Any], Any] = reorder_state,
) -> Hypotheses:
    """The `width` best texts found for each beginning, by log P(text) / ((5 + length) / 6)^length_penalty.

    At every step each of the `width` texts in hand is continued by every token. Those of the best `width` continuations that are `end` are
    finished; the best `width` others stay in hand. The search stops when nothing in hand can still beat what is finished. A text is a
    sequence of tokens up to `end`, or one of `max_length` tokens without it; both compete by score, and `end` counts as a token.

    Args:
        step: as in `minitorch_nlp.text.decoding`; it is called with N * width rows, those of one beginning together.
        start: the beginnings (N, T) or (N,), int64.
        end: the token that ends a text, or None: all have `max_length` tokens.
        length_penalty: 0 compares log probabilities, which favours short texts; 0.6 to 1 are usual.
        state: what the first step gets, for N rows; `reorder` repeats each `width` times. Empty KVCaches are made for N * width rows.
        reorder: ``reorder(state, rows)``: the state of these rows, in this order. For `nn.LSTM`: ``lambda s, rows: reorder_state(s, rows, 1)``.

    With as many texts in hand as there are texts the result is exact; with one and ``length_penalty=0`` no worse than `greedy`.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.text import beam_search
    >>> table = torch.tensor([[0.1, 0.5, 0.4], [0.3, 0.3, 0.4], [0.05, 0.05, 0.9]]).log()
    >>> found = beam_search(lambda ids, state: (table[ids[:, -1]], state), torch.tensor([0]), end=None, width=2, max_length=2)
    >>> found.ids.tolist(), found.scores.exp()
    ([[[2, 2], [1, 2]]], tensor([[0.3600, 0.2000]]))
    """
    fresh = start[:, None] if start.dim() == 1 else start
    if fresh.dim() != 2 or fresh.shape[1] < 1:
        raise ValueError(f"beam_search: start must be (N,) or (N, T) with at least one token, but its shape is {tuple(start.shape)}")
    if width < 1 or max_length < 1:
        raise ValueError(f"beam_search: width={width} and max_length={max_length} must be at least 1")
    if length_penalty < 0:
        raise ValueError(f"beam_search: length_penalty={length_penalty} must not be negative: longer texts would always get worse")
    N, device = fresh.shape[0], fresh.device
    fresh = fresh.repeat_interleave(width, 0)
    first_rows = arange(N, device=device)[:, None] * width
    state = None if state is None else reorder(state, arange(N, device=device).repeat_interleave(width))
    live = tensor([0.0] + [NEVER] * (width - 1), device=device).expand(N, width)  # one text in hand: the empty one
    texts = full((N, width, 0), 0, dtype=int64, device=device)
    done = Finished(N, width, max_length, end or 0, device)
    best = length_normalizer(max_length, length_penalty)  # log probabilities only fall: a score can become live / best, no more
    for length in range(1, max_length + 1):
        logits, state = step(fresh, state)
        if logits.dim() != 2 or logits.shape[0] != N * width:
            raise ValueError(f"beam_search: step must return scores ({N * width}, V), but their shape is {tuple(logits.shape)}")
        scores = live[..., None] + log_softmax(logits.to(float32) if logits.dtype == float16 else logits, dim=-1).reshape(N, width, -1)
        V = scores.shape[-1]
        here = length_normalizer(length, length_penalty)
        if end is not None:
            least = scores.flatten(1).topk(width)[0][:, -1:]
            ending = scores[..., end]
            done.add(texts, length, (ending / here).masked_fill(ending < least, NEVER), last=end)
            scores = scores.clone()
            scores[..., end] = NEVER
        live, picks = scores.flatten(1).topk(width)
        parents, following = picks // V, picks % V
        texts = cat([texts.gather(1, parents[..., None].expand(-1, -1, length - 1)), following[..., None]], 2)
        if bool((done.scores[:, -1] >= live[:, 0] / best).all()):
            return done.found()
        rows = (first_rows + parents).flatten()
        state, fresh = reorder(state, rows), following.reshape(-1, 1)
    done.add(texts, max_length, live / best)
    return done.found()


class Finished:
    """The best finished texts so far, for each of N beginnings."""

    def __init__(self, N: int, width: int, max_length: int, fill: int, device: Any) -> None:
        self.ids = full((N, width, max_length), fill, dtype=int64, device=device)
        self.lengths = full((N, width), 0, dtype=int64, device=device)
        self.scores = full((N, width), NEVER, dtype=float32, device=device)
        self.width, self.fill = width, fill

    def add(self, texts: Any, length: int, scores: Any, last: int | None = None) -> None:
        """Texts (N, width, T), with the token `last` after each if it is given, of so many tokens and these scores (N, width)."""
        N, width, T = texts.shape
        rest = full((N, width, self.ids.shape[2] - T), self.fill, dtype=int64, device=texts.device)
        if last is not None:
            rest[:, :, :1] = last
        every = cat([self.scores, scores], 1)
        self.scores, order = every.topk(self.width)
        ids = cat([self.ids, cat([texts, rest], 2)], 1)
        self.ids = ids.gather(1, order[..., None].expand(-1, -1, ids.shape[2]))
        self.lengths = cat([self.lengths, full((N, width), length, dtype=int64, device=texts.device)], 1).gather(1, order)

    def found(self) -> Hypotheses:
        """What there is; rows without a text have the length 0."""
        missing = self.scores == NEVER
        longest = max(int(self.lengths.masked_fill(missing, 0).max()), 1)
        ids = self.ids.masked_fill(missing[..., None], self.fill)[:, :, :longest]
        return Hypotheses(ids, self.lengths.masked_fill(missing, 0), self.scores)
