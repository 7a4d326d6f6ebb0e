"""Pairs against plain loops; subsampling and negative draws against their probabilities."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch_nlp as torch
from minitorch_nlp.text import NegativeSampler, cbow_windows, skipgram_pairs, subsample, token_counts

SENTENCES = st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=4)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def loop_pairs(sentences, window):
    found = []
    for ids in sentences:
        for t, centre in enumerate(ids):
            found += [(centre, ids[s]) for s in range(t - window, t + window + 1) if s != t and 0 <= s < len(ids)]
    return found


@given(SENTENCES, st.integers(1, 4))
def test_pairs_are_those_of_a_loop(sentences, window):
    centres, contexts = skipgram_pairs(sentences, window)
    assert list(zip(centres.tolist(), contexts.tolist())) == loop_pairs(sentences, window)


@given(SENTENCES, st.integers(1, 4))
def test_windows_are_those_of_a_loop(sentences, window):
    contexts, mask, centres = cbow_windows(sentences, window, padding=9)
    pairs = [(int(c), int(x)) for row, kept, c in zip(contexts, mask, centres) for x in row[kept]]
    assert pairs == loop_pairs(sentences, window)
    assert (contexts[~mask] == 9).all()
    assert mask.any(1).all()


def test_one_sequence_and_empty_ones():
    assert [p.tolist() for p in skipgram_pairs(torch.tensor([4, 5]), 3)] == [[4, 5], [5, 4]]
    for nothing in ([], [[]], [7], [[7], [8]]):
        assert skipgram_pairs(nothing, 2)[0].shape == (0,)
        assert cbow_windows(nothing, 2)[0].shape == (0, 4)
    with pytest.raises(TypeError, match="strings"):
        skipgram_pairs(["the", "cat"])
    with pytest.raises(ValueError, match="window=0"):
        skipgram_pairs([1, 2], 0)


def test_dynamic_windows_weigh_near_words_more():
    """A word at distance d of a window W is taken with probability (W - d + 1) / W."""
    n, window = 30_000, 4
    centres, contexts = skipgram_pairs(range(n), window, dynamic=True, generator=seeded())
    distance = (centres - contexts).abs()
    for d in range(1, window + 1):
        share = int((distance == d).sum()) / (2 * (n - d))
        assert share == pytest.approx((window - d + 1) / window, abs=0.01)


def test_counts():
    assert token_counts([[0, 2], [2]], 4).tolist() == [1, 0, 2, 0]
    assert token_counts([], 2).tolist() == [0, 0]
    with pytest.raises(IndexError, match="id 4"):
        token_counts([4], 4)


def test_subsampling_keeps_the_share_that_the_paper_says():
    counts = [60_000, 30_000, 9_990, 10]
    ids = torch.repeat_interleave(torch.arange(4), torch.tensor(counts))
    kept = token_counts(subsample(ids, counts, threshold=1e-3, generator=seeded()), 4).tolist()
    for count, stayed in zip(counts, kept):
        p = min(1.0, math.sqrt(1e-3 * 100_000 / count))
        assert abs(stayed - count * p) <= 4 * math.sqrt(count * p * (1 - p))  # four standard deviations
    assert kept[3] == 10


def test_subsampling_keeps_the_order_and_says_what_is_wrong():
    kept = subsample(range(100), [1] * 100, threshold=0.005, generator=seeded()).tolist()
    assert 0 < len(kept) < 100
    assert kept == sorted(kept)
    assert subsample([], [1, 2]).tolist() == []
    assert subsample([0] * 5, [5], threshold=1.0).tolist() == [0] * 5
    with pytest.raises(ValueError, match="counts does not have"):
        subsample([3], [1, 2])
    with pytest.raises(ValueError, match="counts does not have"):
        subsample([0], [0, 2])
    with pytest.raises(ValueError, match="threshold"):
        subsample([0], [1], threshold=0)


def test_negative_draws_follow_the_power():
    counts = np.array([16.0, 1.0, 0.0, 81.0])
    drawn = NegativeSampler(counts).sample(100_000, generator=seeded())
    share = token_counts(drawn, 4).numpy() / 100_000
    np.testing.assert_allclose(share, counts**0.75 / (counts**0.75).sum(), atol=0.006)
    assert share[2] == 0
    uniform = NegativeSampler(counts, power=0).sample(30_000, generator=seeded())
    np.testing.assert_allclose(token_counts(uniform, 4).numpy() / 30_000, [1 / 3, 1 / 3, 0, 1 / 3], atol=0.015)


def test_excluded_ids_are_never_drawn_and_the_others_keep_their_proportions():
    counts = np.array([1.0, 2.0, 4.0])
    sampler = NegativeSampler(counts, power=1)
    targets = torch.arange(3).repeat(20_000)[:, None]
    drawn = sampler.sample((60_000, 3), exclude=targets, generator=seeded())
    assert not (drawn == targets).any()
    for target in range(3):
        share = token_counts(drawn[targets[:, 0] == target].flatten(), 3).numpy() / 60_000
        others = np.where(np.arange(3) == target, 0, counts)
        np.testing.assert_allclose(share, others / others.sum(), atol=0.01)


def test_draws_repeat_with_the_seed():
    sampler = NegativeSampler([1, 2, 3])
    assert torch.equal(sampler.sample((4, 5), generator=seeded(3)), sampler.sample((4, 5), generator=seeded(3)))
    assert sampler.sample((0, 5)).shape == (0, 5)


def test_a_corpus_of_one_word_has_no_negatives():
    sampler = NegativeSampler([7])
    assert sampler.sample(3).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="id 0 is excluded"):
        sampler.sample(3, exclude=0)
    for wrong in ([0, 0], [-1, 2], [math.nan], [[1, 2]]):
        with pytest.raises(ValueError, match="NegativeSampler"):
            NegativeSampler(wrong)
