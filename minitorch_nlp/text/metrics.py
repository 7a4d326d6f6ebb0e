"""How good a model's text is: perplexity, edit distance and error rates, accuracy, BLEU and chrF."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd.mode import no_grad
from ..nn.functional import cross_entropy
from ._shared import as_array, optional

__all__ = [
    "bleu", "character_error_rate", "chrf", "edit_distance", "edit_operations", "exact_match", "perplexity", "perplexity_of_logits",
    "token_accuracy", "word_error_rate",
]  # fmt: skip

TABLE = 1 << 22  # entries of an edit table that are kept at once


def perplexity(nll: float, tokens: int) -> float:
    """exp(nll / tokens), from the summed negative log likelihood (in nats) of so many tokens; inf where that is beyond a float.

    >>> from minitorch_nlp.text import perplexity
    >>> round(perplexity(nll=100 * 3.0, tokens=100), 3)
    20.086
    """
    if tokens < 1:
        raise ValueError("perplexity: there are no tokens to take the mean over")
    try:
        return math.exp(nll / tokens)
    except OverflowError:
        return math.inf


@no_grad()
def perplexity_of_logits(logits: Any, targets: Any, ignore_index: int = -100) -> float:
    """exp of the mean cross entropy of scores (..., V) against the ids (...) that came; targets that are `ignore_index` do not count."""
    if tuple(logits.shape[:-1]) != tuple(targets.shape):
        raise ValueError(f"perplexity_of_logits: scores {tuple(logits.shape)} (..., V) do not fit targets {tuple(targets.shape)} (...)")
    loss = cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=ignore_index, reduction="sum")
    return perplexity(loss.item(), int((targets != ignore_index).sum()))


def token_accuracy(predictions: Any, targets: Any, ignore_index: int = -100) -> float:
    """The share of ids in `predictions` (...) that are those in `targets` (...); targets that are `ignore_index` do not count."""
    guess, truth = as_array(predictions), as_array(targets)
    if guess.shape != truth.shape:
        raise ValueError(
            f"token_accuracy: predictions {guess.shape} and targets {truth.shape} must have the same shape; argmax scores first"
        )
    counted = truth != ignore_index
    if not counted.any():
        raise ValueError("token_accuracy: there are no targets")
    return float((guess == truth)[counted].mean())


def exact_match(hypotheses: Sequence[Any], references: Sequence[Any]) -> float:
    """The share of hypotheses that equal their reference."""
    check_paired(hypotheses, references, "exact_match")
    return sum(h == r for h, r in zip(hypotheses, references)) / len(references)


# ---- edit distance ---------------------------------------------------------------------------------------------------------------------


def edit_distance(a: Sequence[Any], b: Sequence[Any]) -> int:
    """Levenshtein's distance: the fewest insertions, deletions and substitutions that make `b` of `a`, strings or lists of tokens.

    The usual table, D_ij = min(D_i-1,j + 1, D_i,j-1 + 1, D_i-1,j-1 + [a_i != b_j]), a row at a time; two rows are kept.

    >>> from minitorch_nlp.text import edit_distance
    >>> edit_distance("kitten", "sitting")
    3
    """
    return int(last_row(*as_codes(a, b))[-1])


def edit_operations(a: Sequence[Any], b: Sequence[Any]) -> list[tuple[str, int, int]]:
    """The fewest operations that make `b` of `a`: ("equal" | "substitute" | "insert" | "delete", place in a, place in b), in order.

    Long inputs are halved (Hirschberg, 1975), so that memory stays linear. Where several ways are equally short, it is one of them.

    >>> from minitorch_nlp.text import edit_operations
    >>> edit_operations("flaw", "lawn")
    [('delete', 0, 0), ('equal', 1, 0), ('equal', 2, 1), ('equal', 3, 2), ('insert', 4, 3)]
    """
    return operations(*as_codes(a, b), 0, 0)


def as_codes(a: Sequence[Any], b: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """A number for each different item."""
    numbers: dict[Any, int] = {}
    return tuple(np.array([numbers.setdefault(item, len(numbers)) for item in x], np.int32) for x in (a, b))  # type: ignore[return-value]


def next_row(row: np.ndarray, item: Any, b: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Row i of the table from row i - 1. Insertions run along the row: D_ij = min over k <= j of (D_ik + j - k)."""
    fresh = np.empty_like(row)
    fresh[0] = row[0] + 1
    np.minimum(row[1:] + 1, row[:-1] + (b != item), out=fresh[1:])
    fresh -= steps
    np.minimum.accumulate(fresh, out=fresh)
    fresh += steps
    return fresh


def last_row(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The distances of `a` from every beginning of `b`."""
    steps = np.arange(len(b) + 1, dtype=np.int32)
    row = steps
    for item in a:
        row = next_row(row, item, b, steps)
    return row


def operations(a: np.ndarray, b: np.ndarray, i: int, j: int) -> list[tuple[str, int, int]]:
    """The operations for a and b, which begin at the places i and j of the whole."""
    if len(a) < 2 or (len(a) + 1) * (len(b) + 1) <= TABLE:
        return traced(a, b, i, j)
    half = len(a) // 2
    cost = last_row(a[:half], b) + last_row(a[half:][::-1], b[::-1])[::-1]
    cut = int(cost.argmin())
    return operations(a[:half], b[:cut], i, j) + operations(a[half:], b[cut:], i + half, j + cut)


def traced(a: np.ndarray, b: np.ndarray, i: int, j: int) -> list[tuple[str, int, int]]:
    """The operations read off the whole table, from its end back."""
    steps = np.arange(len(b) + 1, dtype=np.int32)
    table = [steps]
    for item in a:
        table.append(next_row(table[-1], item, b, steps))
    found = []
    x, y = len(a), len(b)
    while x or y:
        here = table[x][y]
        if x and y and here == table[x - 1][y - 1] + (a[x - 1] != b[y - 1]):
            x, y = x - 1, y - 1
            found.append(("equal" if a[x] == b[y] else "substitute", i + x, j + y))
        elif y and here == table[x][y - 1] + 1:
            y -= 1
            found.append(("insert", i + x, j + y))
        else:
            x -= 1
            found.append(("delete", i + x, j + y))
    return found[::-1]


def word_error_rate(hypotheses: str | Sequence[str], references: str | Sequence[str]) -> float:
    """Edit distance in words (by white space) over the words of the references, summed over all texts; it can be above 1.

    >>> from minitorch_nlp.text import word_error_rate
    >>> word_error_rate("the cat sat", "the cat sat down")
    0.25
    """
    return error_rate(hypotheses, references, str.split, "word_error_rate")


def character_error_rate(hypotheses: str | Sequence[str], references: str | Sequence[str]) -> float:
    """Edit distance in characters (code points) over the characters of the references, summed over all texts."""
    return error_rate(hypotheses, references, list, "character_error_rate")


def error_rate(hypotheses: str | Sequence[str], references: str | Sequence[str], split: Any, user: str) -> float:
    if isinstance(hypotheses, str) != isinstance(references, str):
        raise TypeError(f"{user}: give two strings or two lists of strings, hypotheses first")
    guesses, truths = ([x] if isinstance(x, str) else list(x) for x in (hypotheses, references))
    check_paired(guesses, truths, user)
    pairs = [(split(guess), split(truth)) for guess, truth in zip(guesses, truths)]
    total = sum(len(truth) for _, truth in pairs)
    if not total:
        raise ValueError(f"{user}: the references are empty, so that there is nothing to count errors against")
    return sum(edit_distance(guess, truth) for guess, truth in pairs) / total


# ---- translation -----------------------------------------------------------------------------------------------------------------------


def bleu(hypotheses: Sequence[str], references: Sequence[str] | Sequence[Sequence[str]], **options: Any) -> float:
    """Corpus BLEU (Papineni et al., 2002), 0 ... 100, as sacrebleu computes it (Post, 2018).

    Args:
        references: one for each hypothesis, or a list of several for each.
        options: those of ``sacrebleu.corpus_bleu``: `tokenize`, `lowercase`, `smooth_method`, ...

    Raises:
        ImportError: the package sacrebleu is missing.
    """
    package = optional("sacrebleu", "text", "bleu")
    return package.corpus_bleu(*for_sacrebleu(hypotheses, references, "bleu"), **options).score


def chrf(hypotheses: Sequence[str], references: Sequence[str] | Sequence[Sequence[str]], **options: Any) -> float:
    """Corpus chrF (Popović, 2015), 0 ... 100, as sacrebleu computes it; ``word_order=2`` gives chrF++. Arguments as `bleu`."""
    package = optional("sacrebleu", "text", "chrf")
    return package.corpus_chrf(*for_sacrebleu(hypotheses, references, "chrf"), **options).score


def for_sacrebleu(hypotheses: Any, references: Any, user: str) -> tuple[list[str], list[list[str | None]]]:
    """The hypotheses, and the references as sacrebleu has them: a list of the first of each hypothesis, of the second, ..."""
    if isinstance(hypotheses, str) or isinstance(references, str):
        raise TypeError(f"{user}: hypotheses and references are lists of strings; pass [text]")
    check_paired(hypotheses, references, user)
    each = [[r] if isinstance(r, str) else list(r) for r in references]
    most = max(map(len, each))
    if min(map(len, each)) < 1:
        raise ValueError(f"{user}: every hypothesis needs at least one reference")
    return list(hypotheses), [[r[k] if k < len(r) else None for r in each] for k in range(most)]


def check_paired(hypotheses: Sequence[Any], references: Sequence[Any], user: str) -> None:
    if len(hypotheses) != len(references):
        raise ValueError(f"{user}: {len(hypotheses)} hypotheses and {len(references)} references; each needs its own")
    if not references:
        raise ValueError(f"{user}: there is nothing to compare")
