"""Batches: every id where it belongs, once."""

import collections

import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch_nlp as torch
from minitorch_nlp.text import BPTTBatches, BucketBatchSampler, detach_state, pad_batch, random_windows


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@given(st.integers(2, 60), st.integers(1, 5), st.integers(1, 7), st.booleans())
def test_streams_continue_from_batch_to_batch(n, batch_size, length, batch_first):
    if n <= batch_size:
        with pytest.raises(ValueError, match="too few"):
            BPTTBatches(range(n), batch_size, length)
        return
    batches = BPTTBatches(torch.arange(n), batch_size, length, batch_first=batch_first)
    found = [(x, y) if batch_first else (x.t(), y.t()) for x, y in batches]
    assert len(found) == len(batches)
    x, y = (torch.cat(parts, 1) for parts in zip(*found))
    steps = (n - 1) // batch_size
    assert x.flatten().tolist() == list(range(steps * batch_size))  # each stream continues, and the streams cover the text
    assert (y == x + 1).all()
    assert all(part.shape == (batch_size, length) for part, _ in found[:-1])


def test_streams_can_be_walked_again_and_written_to():
    batches = BPTTBatches(range(7), 2, 2)
    first = [x.tolist() for x, _ in batches]
    for x, _ in batches:
        x.fill_(0)
    assert [x.tolist() for x, _ in batches] == first


def test_the_carried_state_is_cut_off():
    lstm = torch.nn.LSTM(3, 4)
    _, state = lstm(torch.randn(2, 1, 3))
    h, c = detach_state(state)
    assert isinstance(detach_state({"a": [h]})["a"], list)
    assert h.grad_fn is None
    assert torch.equal(h, state[0])
    assert detach_state(None) is None
    Pair = collections.namedtuple("Pair", "h c")
    assert isinstance(detach_state(Pair(*state)), Pair)


def test_truncated_training_equals_whole_sequence_forward():
    torch.manual_seed(0)
    table, lstm = torch.nn.Embedding(9, 3), torch.nn.LSTM(3, 4)
    whole, _ = lstm(table(torch.arange(8)[:, None]))
    state, parts = None, []
    for x, _ in BPTTBatches(range(9), batch_size=1, length=3):
        h, state = lstm(table(x), state)
        state = detach_state(state)
        parts.append(h)
    assert torch.allclose(torch.cat(parts), whole)


def test_random_windows_are_those_of_a_loop():
    data = torch.arange(50) * 3
    x, y = random_windows(data, length=5, size=4, generator=seeded())
    starts = torch.randint(len(data) - 5, (4,), generator=seeded()).tolist()
    assert x.tolist() == [data[s : s + 5].tolist() for s in starts]
    assert y.tolist() == [data[s + 1 : s + 6].tolist() for s in starts]
    only, following = random_windows([1, 2, 3], length=2, size=1)
    assert (only.tolist(), following.tolist()) == ([[1, 2]], [[2, 3]])
    for wrong in ([], [1], [1, 2]):
        with pytest.raises(ValueError, match="random_windows"):
            random_windows(wrong, length=2, size=1)


@pytest.mark.parametrize(
    ("wrong", "error"), [([0.5, 1.5], TypeError), (["a", "b"], TypeError), ([[1, 2]], ValueError), ([1, -1, 0], ValueError)]
)
def test_ids_that_are_none(wrong, error):
    with pytest.raises(error, match="BPTTBatches"):
        BPTTBatches(wrong, 1, 1)


def test_padding():
    padded, lengths = pad_batch([torch.tensor([1, 2]), [3], []], padding_value=9)
    assert padded.tolist() == [[1, 2], [3, 9], [9, 9]]
    assert lengths.tolist() == [2, 1, 0]
    assert pad_batch([[1, 2], [3]], batch_first=False)[0].tolist() == [[1, 3], [2, 0]]
    packed = torch.nn.utils.rnn.pack_padded_sequence(*pad_batch([[3], [1, 2]]), batch_first=True, enforce_sorted=False)
    assert packed.data.tolist() == [1, 3, 2]


@given(st.lists(st.integers(0, 30)), st.integers(1, 5), st.integers(1, 3), st.booleans(), st.booleans())
def test_buckets_hold_every_sequence_once(lengths, batch_size, bucket_size, shuffle, drop_last):
    sampler = BucketBatchSampler(lengths, batch_size, bucket_size=bucket_size, shuffle=shuffle, drop_last=drop_last, generator=seeded())
    batches = list(sampler)
    assert len(batches) == len(sampler)
    seen = sorted(i for batch in batches for i in batch)
    if drop_last:
        assert all(len(batch) == batch_size for batch in batches)
        assert len(set(seen)) == len(seen)
    else:
        assert seen == list(range(len(lengths)))
    if not shuffle:
        assert [lengths[i] for batch in batches for i in batch] == sorted(lengths)[: len(seen)]


def test_buckets_save_padding_and_draw_anew():
    lengths = torch.randint(1, 100, (1000,), generator=seeded())
    sampler = BucketBatchSampler(lengths, 10, bucket_size=20, generator=seeded())
    first, second = list(sampler), list(sampler)
    assert first != second

    def padding(batches):
        return sum(int(lengths[b].max()) * len(b) for b in batches) / int(lengths.sum())

    assert padding(first) < 1.1 < padding([list(range(i, i + 10)) for i in range(0, 1000, 10)])
    assert [b for b in BucketBatchSampler(lengths, 10, bucket_size=20, generator=seeded())] == first


def test_buckets_in_a_data_loader():
    data = [list(range(n)) for n in (3, 1, 2, 5)]
    loader = torch.utils.data.DataLoader(data, batch_sampler=BucketBatchSampler([3, 1, 2, 5], 2, shuffle=False), collate_fn=pad_batch)
    assert [lengths.tolist() for _, lengths in loader] == [[1, 2], [3, 5]]
