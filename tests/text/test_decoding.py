"""Writing text: filters against their definitions, beam search against all texts there are, with real LSTMs and caches."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch_nlp as torch
from minitorch_nlp import nn
from minitorch_nlp.nn.generation import KVCache
from minitorch_nlp.text import (
    beam_search,
    generate,
    greedy,
    length_normalizer,
    reorder_state,
    repetition_penalty,
    sample,
    top_k_filter,
    top_p_filter,
)  # fmt: skip

F = nn.functional
LOGITS = st.lists(st.integers(-4, 4), min_size=1, max_size=7)
INF = float("-inf")


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def markov(V, seed=0):
    """A model whose next token depends on the last one only."""
    table = torch.randn(V, V, generator=seeded(seed), dtype=torch.float64) * 2
    return table, lambda ids, state: (table[ids[:, -1]], state)


# ---- filters ---------------------------------------------------------------------------------------------------------------------------


@given(LOGITS, st.integers(1, 9))
def test_top_k_is_its_definition(scores, k):
    kept = set(sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:k])
    expected = [s if i in kept else INF for i, s in enumerate(scores)]
    assert top_k_filter(torch.tensor([scores], dtype=torch.float32), k)[0].tolist() == expected


@given(LOGITS, st.floats(0.01, 1.0))
def test_top_p_is_its_definition(scores, p):
    total = sum(map(math.exp, scores))
    kept, mass = set(), 0.0
    for i in sorted(range(len(scores)), key=lambda i: (-scores[i], i)):
        if mass >= p - 1e-9:
            break
        kept.add(i)
        mass += math.exp(scores[i]) / total
    found = top_p_filter(torch.tensor(scores, dtype=torch.float64), p - 1e-9 if p < 1 else 1.0).tolist()
    assert found == [float(s) if i in kept or p == 1 else INF for i, s in enumerate(scores)]


def test_filters_leave_their_argument_alone_and_say_what_is_wrong():
    scores = torch.tensor([1.0, 2.0])
    top_k_filter(scores, 1), top_p_filter(scores, 0.1), repetition_penalty(scores[None], torch.tensor([[1]]), 2.0)
    assert scores.tolist() == [1, 2]
    for wrong in (lambda: top_k_filter(scores, 0), lambda: top_p_filter(scores, 0), lambda: top_p_filter(scores, 1.1)):
        with pytest.raises(ValueError, match="filter"):
            wrong()


def test_repetition_penalty():
    scores = torch.tensor([[2.0, -2.0, 4.0], [1.0, 1.0, 1.0]])
    assert repetition_penalty(scores, torch.tensor([[0, 1, 0], [2, 2, 2]]), 2.0).tolist() == [[1, -4, 4], [1, 1, 0.5]]


# ---- greedy and sampled ----------------------------------------------------------------------------------------------------------------


def test_greedy_follows_the_highest_score_and_stops():
    table, step = markov(6)
    ids = greedy(step, torch.tensor([[2], [3]]), length=5)
    for row in ids.tolist():
        assert all(after == int(table[before].argmax()) for before, after in itertools.pairwise(row))
    end = ids[0, 2].item()
    stopped = greedy(step, torch.tensor([[2]]), length=5, end=end)
    assert stopped.tolist() == [ids[0, :3].tolist()]
    assert greedy(step, torch.tensor([[2]]), length=0).tolist() == [[2]]


def test_sampling_draws_from_the_filtered_distribution():
    table, step = markov(5)
    start = torch.zeros(20_000, 1, dtype=torch.int64)
    drawn = sample(step, start, 1, temperature=2.0, top_k=3, top_p=0.9, generator=seeded())[:, 1]
    expected = F.softmax(top_p_filter(top_k_filter(table[0] / 2.0, 3), 0.9), dim=-1)
    shares = torch.bincount(drawn, minlength=5) / 20_000
    assert torch.allclose(shares.double(), expected, atol=0.015)
    assert ((shares == 0) == (expected == 0)).all()


def test_sampling_is_multinomial_step_by_step():
    table, step = markov(5)
    g, ids = seeded(4), torch.tensor([[0], [1]])
    for _ in range(6):
        ids = torch.cat([ids, torch.multinomial(F.softmax(table[ids[:, -1]] / 0.8, dim=-1), 1, generator=g)], 1)
    assert torch.equal(sample(step, torch.tensor([[0], [1]]), 6, temperature=0.8, generator=seeded(4)), ids)


def test_a_small_temperature_is_greedy_and_a_penalty_avoids_repeats():
    _, step = markov(5)
    start = torch.tensor([[0], [1]])
    assert torch.equal(sample(step, start, 5, temperature=1e-4), greedy(step, start, 5))
    fixed = torch.tensor([5.0, 4.0, 3.0, 2.0])
    ids = sample(lambda ids, s: (fixed.expand(len(ids), 4), s), torch.tensor([[0]]), 3, temperature=1e-3, penalty=10.0)
    assert sorted(ids[0].tolist()) == [0, 1, 2, 3]


def test_ended_rows_stay_ended():
    # Row 0 ends at once; row 1 counts up to 3 and then ends.
    def step(ids, state):
        last = ids[:, -1]
        return F.one_hot(torch.where(last == 0, 4, (last + 1) % 5), 5).float(), state

    assert greedy(step, torch.tensor([[0], [1]]), length=9, end=4).tolist() == [[0, 4, 4, 4], [1, 2, 3, 4]]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda step: greedy(step, torch.tensor([1]), 2),
        lambda step: greedy(step, torch.zeros(1, 0, dtype=torch.int64), 2),
        lambda step: greedy(lambda ids, state: (torch.zeros(2, 1, 5), state), torch.zeros(2, 1, dtype=torch.int64), 2),
        lambda step: sample(step, torch.tensor([[1]]), 2, temperature=0),
        lambda step: beam_search(step, torch.zeros(1, 0, dtype=torch.int64), None, 1, 1),
        lambda step: beam_search(step, torch.tensor([1]), None, 0, 1),
        lambda step: beam_search(step, torch.tensor([1]), None, 1, 0),
        lambda step: beam_search(step, torch.tensor([1]), None, 1, 1, -1.0),
        lambda step: beam_search(lambda ids, state: (torch.zeros(1, 5), state), torch.tensor([1]), None, 2, 1),
    ],
)
def test_errors(wrong):
    with pytest.raises(ValueError, match="must"):
        wrong(markov(5)[1])


# ---- beam search -----------------------------------------------------------------------------------------------------------------------


def all_texts(table, start, end, max_length, penalty):
    """Every text of the model, with its score; best first."""
    V = len(table)
    logp = table.log_softmax(-1).tolist()
    found = []
    for length in range(1, max_length + 1):
        for text in itertools.product(range(V), repeat=length):
            if end in text[:-1] or (length < max_length and text[-1] != end):
                continue
            score = sum(logp[a][b] for a, b in zip((start, *text), text))
            found.append((score / ((5 + length) / 6) ** penalty, list(text)))
    return sorted(found, key=lambda pair: -pair[0])


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 4), st.integers(1, 3), st.sampled_from([0.0, 0.6, 1.0, 2.0]), st.booleans(), st.integers(0, 99))
def test_a_wide_beam_finds_the_best_texts(V, max_length, penalty, ends, seed):
    table, step = markov(V, seed)
    starts = [0, V - 1]
    end = V - 1 if ends else None
    width = V**max_length
    found = beam_search(step, torch.tensor(starts), end, width, max_length, penalty)
    for row, start in enumerate(starts):
        expected = all_texts(table, start, end, max_length, penalty)
        scores = [s for s in found.scores[row].tolist() if s > INF]
        assert scores == pytest.approx([s for s, _ in expected], abs=1e-9)
        texts = [ids[:n] for ids, n in zip(found.ids[row].tolist(), found.lengths[row].tolist())]
        assert sorted(t for t in texts if t) == sorted(t for _, t in expected)
        best = expected[0][0]  # 0, 2, 0 from 0 takes the same steps as 2, 0, 0: several texts may be the best
        assert texts[0] in [text for score, text in expected if score == pytest.approx(best, abs=1e-9)]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(1, 4), st.integers(1, 5), st.sampled_from([0.0, 1.0]), st.integers(0, 99))
def test_a_narrow_beam_reports_true_scores_of_different_texts(V, width, max_length, penalty, seed):
    table, step = markov(V, seed)
    every = {tuple(text): score for score, text in all_texts(table, 0, V - 1, max_length, penalty)}
    found = beam_search(step, torch.tensor([0]), V - 1, width, max_length, penalty)
    texts = [tuple(ids[:n]) for ids, n in zip(found.ids[0].tolist(), found.lengths[0].tolist()) if n]
    assert texts
    assert len(set(texts)) == len(texts)
    assert found.scores[0].tolist()[: len(texts)] == pytest.approx([every[t] for t in texts])
    assert found.scores[0].tolist() == sorted(found.scores[0].tolist(), reverse=True)


@given(st.integers(2, 6), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_a_beam_of_one_is_no_worse_than_greedy(V, max_length, seed):
    table, step = markov(V, seed)
    best = beam_search(step, torch.tensor([0]), V - 1, 1, max_length).scores.item()
    text = greedy(step, torch.tensor([[0]]), max_length, end=V - 1)[0].tolist()
    logp = table.log_softmax(-1)
    assert best >= sum(logp[a, b].item() for a, b in itertools.pairwise(text)) - 1e-9


def test_length_penalty_prefers_longer_texts():
    # Two ends: at once with probability 0.5, or after two more tokens of probability 0.9 each: 0.405.
    logits = torch.tensor([[INF, 0.5, INF, 0.5], [INF, INF, 0.9, 0.1], [INF, INF, 0.1, 0.9], [INF, INF, INF, 1.0]])
    logits = torch.where(logits == INF, logits, logits.log())
    short = beam_search(lambda ids, s: (logits[ids[:, -1]], s), torch.tensor([0]), 3, 3, 4)
    long = beam_search(lambda ids, s: (logits[ids[:, -1]], s), torch.tensor([0]), 3, 3, 4, 1.0)
    assert short.ids[0, 0, : int(short.lengths[0, 0])].tolist() == [3]
    assert long.ids[0, 0, : int(long.lengths[0, 0])].tolist() == [1, 2, 3]
    assert long.scores[0, 0].item() == pytest.approx(math.log(0.405) / length_normalizer(3, 1.0), rel=1e-5)


def test_the_search_goes_on_while_a_longer_text_can_win():
    # To end at once has probability 0.55; the longer text 0.45 * 0.99 * 0.99, which a penalty of 2 makes the better one.
    P = torch.tensor([[0.0, 0.45, 0.0, 0.55], [0.0, 0.0, 0.99, 0.01], [0.0, 0.0, 0.01, 0.99], [0.0, 0.0, 0.0, 1.0]]).log()
    found = beam_search(lambda ids, s: (P[ids[:, -1]], s), torch.tensor([0]), 3, 1, 4, 2.0)
    assert found.ids.tolist() == [[[1, 2, 3]]]


class TinyLSTM(nn.Module):
    def __init__(self, V):
        super().__init__()
        self.embedding, self.lstm, self.head = nn.Embedding(V, 4), nn.LSTM(4, 6, batch_first=True), nn.Linear(6, V)

    def forward(self, ids, state=None):
        h, state = self.lstm(self.embedding(ids), state)
        return self.head(h[:, -1]) * 5, state


class TinyGPT(nn.Module):
    """One layer of attention over a cache of keys and values."""

    def __init__(self, V, positions=20):
        super().__init__()
        self.tokens, self.places = nn.Embedding(V, 8), nn.Embedding(positions, 8)
        self.qkv, self.head = nn.Linear(8, 24), nn.Linear(8, V)
        self.positions = positions

    def forward(self, ids, cache=None):
        cache = KVCache(batch=len(ids), heads=1, max_positions=self.positions, features=8) if cache is None else cache
        T = ids.shape[1]
        x = self.tokens(ids) + self.places(torch.arange(cache.length, cache.length + T))
        q, k, v = (part[:, None] for part in self.qkv(x).split(8, -1))
        keys, values = cache.append(k, v)
        h = x + F.scaled_dot_product_attention(q, keys, values, attn_mask=cache.mask(T))[:, 0]
        return self.head(h[:, -1]) * 5, cache


def score(model, beginning, text):
    """log P of `text` after `beginning`, the whole of it read anew for each token."""
    total, ids = 0.0, beginning
    for token in text:
        logits, _ = model(torch.tensor([ids]))
        total += logits[0].log_softmax(-1)[token].item()
        ids = [*ids, token]
    return total


@pytest.mark.parametrize("kind", ["lstm", "gpt"])
@torch.no_grad()
def test_states_and_caches_are_carried_along(kind):
    torch.manual_seed(1)
    prompt = torch.tensor([[1, 2], [3, 0]])
    model = TinyLSTM(7) if kind == "lstm" else TinyGPT(7)
    for i, row in enumerate(greedy(model, prompt, 5).tolist()):
        for t in range(2, 7):
            assert row[t] == model(torch.tensor([row[:t]]))[0].argmax().item(), i
    drawn, g = prompt, seeded()
    for _ in range(5):
        drawn = torch.cat([drawn, torch.multinomial(model(drawn)[0].softmax(-1), 1, generator=g)], 1)
    assert torch.equal(sample(model, prompt, 5, generator=seeded()), drawn)


@pytest.mark.parametrize("kind", ["lstm", "gpt"])
@pytest.mark.parametrize("width", [1, 4])
@torch.no_grad()
def test_beams_carry_their_own_states(kind, width):
    torch.manual_seed(1)
    prompt = torch.tensor([[1, 2], [3, 0]])
    model = TinyLSTM(7) if kind == "lstm" else TinyGPT(7)
    reorder = (lambda state, rows: reorder_state(state, rows, 1)) if kind == "lstm" else reorder_state
    found = beam_search(model, prompt, 6, width, 8, 0.7, reorder=reorder)
    for i in range(2):
        for ids, n, s in zip(found.ids[i].tolist(), found.lengths[i].tolist(), found.scores[i].tolist()):
            assert s == pytest.approx(score(model, prompt[i].tolist(), ids[:n]) / length_normalizer(n, 0.7), abs=1e-4)


def test_a_given_state_is_repeated_for_the_beam():
    """To begin with the state after a text is to begin with that text."""
    torch.manual_seed(2)
    model = TinyLSTM(7)
    source, start = torch.tensor([[1, 2, 3], [4, 5, 0]]), torch.tensor([1, 1])
    _, state = model(source)
    given = beam_search(model, start, 6, 3, 5, state=state, reorder=lambda s, rows: reorder_state(s, rows, 1))
    read = beam_search(model, torch.cat([source, start[:, None]], 1), 6, 3, 5, reorder=lambda s, rows: reorder_state(s, rows, 1))
    assert torch.equal(given.ids, read.ids)
    assert torch.allclose(given.scores, read.scores, atol=1e-5)


def test_reordering():
    state = {"a": [torch.arange(3)], "b": (torch.arange(3), None, 5)}
    found = reorder_state(state, torch.tensor([2, 2]))
    assert found["a"][0].tolist() == [2, 2]
    assert found["b"][0].tolist() == [2, 2]
    assert found["b"][1:] == (None, 5)
    with pytest.raises(TypeError, match="reorder=function"):
        reorder_state(object(), torch.tensor([0]))


def test_generate_takes_any_rule():
    _, step = markov(4)
    ids = generate(step, torch.tensor([[0]]), 3, lambda logits, ids: logits.argmin(-1))
    assert ids.shape == (1, 4)
