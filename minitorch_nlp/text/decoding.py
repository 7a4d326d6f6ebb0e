"""Writing text with a model, one token at a time: greedily, at random, or by beam search.

All of it goes through one function of the caller's, ``step(ids, state) -> (logits, state)``:

- `ids` (N, T): the tokens the model has not read yet: all that there are at first, then one each time;
- `state`: None, or what is given, at first; then what `step` returned: a recurrent state, caches of keys and values, or the text so far;
- `logits` (N, V): the scores of the token that comes next.

For an LSTM: ``def step(ids, state): h, state = lstm(embedding(ids), state); return head(h[:, -1]), state``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.mode import no_grad
from ..functional import softmax
from ..tensor.joining import cat
from ..tensor.sampling import multinomial

__all__ = ["Step", "generate", "greedy", "repetition_penalty", "sample", "top_k_filter", "top_p_filter"]

Step = Callable[[Any, Any], tuple[Any, Any]]


# ---- scores ----------------------------------------------------------------------------------------------------------------------------


def top_k_filter(logits: Any, k: int) -> Any:
    """Scores (..., V) with all but the `k` highest set to -inf; of equal ones those with the lower ids stay.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.text import top_k_filter
    >>> top_k_filter(torch.tensor([1.0, 3.0, 2.0]), k=2)
    tensor([-inf, 3., 2.])
    """
    if k < 1:
        raise ValueError(f"top_k_filter: k={k} must be at least 1")
    order = logits.argsort(dim=-1, descending=True, stable=True)
    return logits.scatter(-1, order[..., k:], float("-inf"))


def top_p_filter(logits: Any, p: float) -> Any:
    """Scores (..., V) of the nucleus: the fewest tokens of highest probability whose sum is at least `p`; the others become -inf.

    Holtzman et al. (2020), "The Curious Case of Neural Text Degeneration". Of equally probable tokens those with the lower ids stay.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.text import top_p_filter
    >>> top_p_filter(torch.tensor([0.5, 0.3, 0.2]).log(), p=0.7).exp()
    tensor([0.5000, 0.3000, 0.0000])
    """
    if not 0 < p <= 1:
        raise ValueError(f"top_p_filter: p={p} must be above 0 and at most 1")
    if p == 1:
        return logits
    order = logits.argsort(dim=-1, descending=True, stable=True)
    shares = softmax(logits.double(), dim=-1).gather(-1, order)
    before = shares.cumsum(-1) - shares  # how much the more probable ones have already
    outside = (before >= p).scatter(-1, order, before >= p)
    return logits.masked_fill(outside, float("-inf"))


def repetition_penalty(logits: Any, ids: Any, penalty: float) -> Any:
    """Scores (N, V) with those of the tokens in `ids` (N, T) divided by `penalty` where positive, multiplied where negative.

    Keskar et al. (2019), "CTRL". 1 changes nothing, 1.2 is their choice.
    """
    if penalty <= 0:
        raise ValueError(f"repetition_penalty: penalty={penalty} must be positive; 1 changes nothing")
    scores = logits.gather(-1, ids)
    return logits.scatter(-1, ids, (scores / penalty).where(scores > 0, scores * penalty))


# ---- one text for each row -------------------------------------------------------------------------------------------------------------


@no_grad()
def generate(step: Step, ids: Any, length: int, choose: Callable[[Any, Any], Any], *, end: int | None = None, state: Any = None) -> Any:
    """Up to `length` more tokens for each row of `ids`: the loop behind `greedy` and `sample`.

    Args:
        ids: (N, T), T at least 1, int64: the beginnings.
        choose: ``choose(logits, ids)``: the next tokens (N), from the scores (N, V) and all tokens so far.
        end: the token that ends a text: the rest of its row is `end` again, and when all rows have ended nothing more is asked for.
        state: what the first step gets.

    Returns:
        (N, T + new), the beginnings included.
    """
    if ids.dim() != 2 or ids.shape[1] < 1:
        raise ValueError(f"generate: ids must be (N, T) with at least one token to begin with, but their shape is {tuple(ids.shape)}")
    fresh, ended = ids, None
    for _ in range(length):
        logits, state = step(fresh, state)
        if logits.dim() != 2 or logits.shape[0] != ids.shape[0]:
            raise ValueError(
                f"generate: step must return scores ({ids.shape[0]}, V) of the next token, but their shape is {tuple(logits.shape)}"
            )
        following = choose(logits, ids)
        if end is not None:
            following = following if ended is None else following.masked_fill(ended, end)
            ended = following == end
        fresh = following[:, None]
        ids = cat([ids, fresh], 1)
        if ended is not None and bool(ended.all()):
            break
    return ids


def greedy(step: Step, ids: Any, length: int, *, end: int | None = None, state: Any = None) -> Any:
    """Always the token with the highest score, the first of equal ones; arguments and result as `generate`.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.text import greedy
    >>> def step(ids, state):  # counts up, modulo 5
    ...     return torch.nn.functional.one_hot((ids[:, -1] + 1) % 5, 5).float(), state
    >>> greedy(step, torch.tensor([[0], [2]]), length=4, end=4)
    tensor([[0, 1, 2, 3, 4],
            [2, 3, 4, 4, 4]])
    """
    return generate(step, ids, length, lambda logits, _: logits.argmax(-1), end=end, state=state)


def sample(
    step: Step,
    ids: Any,
    length: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float = 1.0,
    penalty: float = 1.0,
    end: int | None = None,
    state: Any = None,
    generator: Any = None,
) -> Any:
    """Tokens drawn by the model's probabilities, softmax(logits / temperature); arguments and result as `generate`.

    Args:
        temperature: below 1 the probable become more probable; must be positive (`greedy` is its limit at 0).
        top_k: draw from the so many most probable only, see `top_k_filter`.
        top_p: draw from the nucleus only, see `top_p_filter`; after `top_k`.
        penalty: lower the scores of tokens that were there already, see `repetition_penalty`.
        generator: where to draw; one `multinomial` a step.
    """
    if temperature <= 0:
        raise ValueError(f"sample: temperature={temperature} must be positive; greedy() is the limit at 0")

    def choose(logits: Any, ids: Any) -> Any:
        logits = repetition_penalty(logits, ids, penalty) if penalty != 1 else logits
        logits = logits / temperature
        logits = top_k_filter(logits, top_k) if top_k is not None else logits
        return multinomial(softmax(top_p_filter(logits, top_p), dim=-1), 1, generator=generator)[:, 0]

    return generate(step, ids, length, choose, end=end, state=state)
