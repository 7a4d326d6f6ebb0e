"""Metrics against known values and slow definitions."""

import functools
import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch_nlp as torch
from minitorch_nlp.text import (
    bleu,
    character_error_rate,
    chrf,
    edit_distance,
    edit_operations,
    exact_match,
    metrics,
    perplexity,
    perplexity_of_logits,
    token_accuracy,
    word_error_rate,
)  # fmt: skip

SHORT = st.text("abc", max_size=8)


def slow_distance(a, b):
    @functools.cache
    def d(i, j):
        if not i or not j:
            return i + j
        return min(d(i - 1, j) + 1, d(i, j - 1) + 1, d(i - 1, j - 1) + (a[i - 1] != b[j - 1]))

    return d(len(a), len(b))


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("", "", 0),
        ("abc", "", 3),
        ("", "ab", 2),
        ("kitten", "sitting", 3),
        ("intention", "execution", 5),
        ("flaw", "lawn", 2),
        ("été", "ete", 2),
    ],
)
def test_known_distances(a, b, distance):
    assert edit_distance(a, b) == distance
    assert edit_distance(a.split(), b.split()) == (a != b)


@given(SHORT, SHORT)
def test_distance_is_its_definition(a, b):
    assert edit_distance(a, b) == slow_distance(a, b)


@pytest.mark.parametrize("table", [1, 30, 1 << 20])  # halved to the last letter, halved sometimes, whole
@given(SHORT, SHORT)
def test_operations_lead_from_a_to_b_and_are_fewest(table, a, b):
    before = metrics.TABLE
    metrics.TABLE = table
    try:
        found = edit_operations(a, b)
    finally:
        metrics.TABLE = before
    built, i, j = "", 0, 0
    for name, at_a, at_b in found:
        assert (at_a, at_b) == (i, j)
        if name == "equal":
            assert a[i] == b[j]
        if name == "substitute":
            assert a[i] != b[j]
        if name != "delete":
            built += b[j]
        i += name != "insert"
        j += name != "delete"
    assert (built, i, j) == (b, len(a), len(b))
    assert sum(name != "equal" for name, _, _ in found) == edit_distance(a, b)


def test_long_strings():
    text = "the cat sat on the mat " * 60
    other = text.replace("cat", "dog").replace("mat", "mat!")
    assert edit_distance(text, other) == 60 * 4
    assert sum(name != "equal" for name, _, _ in edit_operations(text, other)) == 240


def test_error_rates():
    assert word_error_rate("the cat", "the cat sat on") == 0.5
    assert word_error_rate(["a b", "c"], ["a x", "c d"]) == 0.5  # 2 errors, 4 words
    assert word_error_rate("a b c", "x") == 3.0
    assert word_error_rate(["", "b"], ["", "b"]) == 0.0
    assert character_error_rate("abd", "abc") == pytest.approx(1 / 3)
    for wrong, error in ((("a", ""), ValueError), ((["a"], []), ValueError), (("a", ["a"]), TypeError), (([], []), ValueError)):
        with pytest.raises(error, match="word_error_rate"):
            word_error_rate(*wrong)


def test_perplexity():
    assert perplexity(0.0, 5) == 1.0
    assert perplexity(math.log(50) * 10, 10) == pytest.approx(50)
    assert perplexity(1e6, 1) == math.inf
    assert math.isnan(perplexity(math.nan, 1))
    with pytest.raises(ValueError, match="no tokens"):
        perplexity(0.0, 0)
    uniform = torch.zeros(2, 3, 7)
    assert perplexity_of_logits(uniform, torch.zeros(2, 3, dtype=torch.int64)) == pytest.approx(7)
    targets = torch.tensor([[1, -100, 2], [-100, -100, 0]])
    logits = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    picked = [logits[0, 0].log_softmax(-1)[1], logits[0, 2].log_softmax(-1)[2], logits[1, 2].log_softmax(-1)[0]]
    assert perplexity_of_logits(logits, targets) == pytest.approx(math.exp(-sum(picked).item() / 3), rel=1e-5)
    assert perplexity_of_logits(logits, targets.clamp(min=0), ignore_index=0) == pytest.approx(
        math.exp(-sum(picked[:2]).item() / 2), rel=1e-5
    )
    with pytest.raises(ValueError, match="do not fit"):
        perplexity_of_logits(uniform, torch.zeros(6, dtype=torch.int64))
    with pytest.raises(ValueError, match="no tokens"):
        perplexity_of_logits(uniform, torch.full((2, 3), -100))


def test_accuracy_and_exact_match():
    assert token_accuracy([[1, 2], [3, 4]], [[1, -100], [3, 5]]) == pytest.approx(2 / 3)
    assert token_accuracy(torch.tensor([1]), torch.tensor([1])) == 1.0
    assert exact_match(["a", "b"], ["a", "c"]) == 0.5
    assert exact_match([[1, 2]], [[1, 2]]) == 1.0
    for wrong in (([1], [1, 2]), ([1], [-100])):
        with pytest.raises(ValueError, match="token_accuracy"):
            token_accuracy(*wrong)


def slow_bleu(hypothesis, reference):
    """BLEU of one pair, from its definition, no smoothing needed."""
    h, r = hypothesis.split(), reference.split()
    total = 0.0
    for n in range(1, 5):
        grams = [tuple(h[i : i + n]) for i in range(len(h) - n + 1)]
        there = [tuple(r[i : i + n]) for i in range(len(r) - n + 1)]
        hits = sum(min(grams.count(g), there.count(g)) for g in set(grams))
        total += math.log(hits / len(grams)) / 4
    return 100 * math.exp(total + min(0.0, 1 - len(r) / len(h)))


def test_bleu_and_chrf():
    pytest.importorskip("sacrebleu")
    hypothesis, reference = "the cat sat on the mat today", "the cat sat on the mat and slept"
    assert bleu([hypothesis], [reference]) == pytest.approx(slow_bleu(hypothesis, reference))
    assert bleu(["a b c d"], ["a b c d"]) == pytest.approx(100)
    assert bleu(["a b c d", "x y z w"], [["q", "a b c d"], ["x y z w"]]) == pytest.approx(100)  # a different number of references
    few, many = ["a b c d", "a b c d"], "a b c d e f g h i"
    assert bleu(few, [[many, many], [many]]) == pytest.approx(bleu(few, [many, many]))  # a missing one is not an empty one
    assert bleu(["A B C D"], ["a b c d"], lowercase=True) == pytest.approx(100)
    assert chrf(["the cat"], ["the cat"]) == pytest.approx(100)
    # Letters of "abc" against "abd": 2/3 of 1-grams, 1/2 of 2-grams, 0 of 3-grams; precision and recall are equal.
    assert chrf(["abc"], ["abd"], char_order=3) == pytest.approx(100 * (2 / 3 + 1 / 2 + 0) / 3)
    for wrong, error in ((("a", "a"), TypeError), ((["a"], []), ValueError), ((["a"], [[]]), ValueError)):
        with pytest.raises(error, match="bleu"):
            bleu(*wrong)


def test_without_sacrebleu(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    for f in (bleu, chrf):
        with pytest.raises(ImportError, match=r"minitorch-nlp\[text\]"):
            f(["a"], ["a"])
