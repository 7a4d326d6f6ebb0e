"""Sequences of different lengths: packing and padding, and recurrent networks on packed batches."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minitorch_nlp as torch
from minitorch_nlp import nn
from minitorch_nlp.nn.utils.rnn import (
    PackedSequence,
    invert_permutation,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)

NETWORKS = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
CELLS = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}
KINDS = list(NETWORKS)


def same(a, b):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-14)


def first(states):
    return states[0] if isinstance(states, tuple) else states


def sequences(lengths, features=3, seed=0):
    rng = np.random.default_rng(seed)
    return [torch.tensor(rng.standard_normal((n, features))) for n in lengths]


# ---- packing ------------------------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.booleans(), st.integers(0, 2), st.sampled_from([0.0, -1.5]))
def test_there_and_back(lengths, batch_first, extra, padding_value):
    """Packed and padded again, every sequence is what it was, at its place, and so is its gradient; padding gets none."""
    given_sequences = sequences(lengths)
    padded = pad_sequence(given_sequences, batch_first=batch_first).requires_grad_()
    packed = pack_padded_sequence(padded, lengths, batch_first, enforce_sorted=False)
    assert packed.data.shape == (sum(lengths), 3)
    assert packed.batch_sizes.tolist() == [sum(n > t for n in lengths) for t in range(max(lengths))]
    total = max(lengths) + extra
    again, counted = pad_packed_sequence(packed, batch_first, padding_value, total)
    assert counted.tolist() == lengths
    expected = pad_sequence(given_sequences, batch_first, padding_value)
    expected = torch.nn.functional.pad(expected, (0, 0) + ((0, extra) if batch_first else (0, 0, 0, extra)), value=padding_value)
    assert torch.equal(again, expected)
    again.square().sum().backward()
    valid = (torch.arange(max(lengths))[:, None] < torch.tensor(lengths)).unsqueeze(-1)
    valid = valid.transpose(0, 1) if batch_first else valid
    assert torch.equal(padded.grad, torch.where(valid, 2 * padded, torch.zeros_like(padded)))
    for a, b, c in zip(unpack_sequence(packed), unpad_sequence(padded, counted, batch_first), given_sequences, strict=True):
        assert torch.equal(a, c)
        assert torch.equal(b, c)


def test_sorted_batches_keep_their_order():
    packed = pack_sequence([torch.tensor([1, 2, 3]), torch.tensor([4, 5]), torch.tensor([6])])
    assert packed.data.tolist() == [1, 4, 6, 2, 5, 3]
    assert packed.batch_sizes.tolist() == [3, 2, 1]
    assert packed.batch_sizes.dtype == torch.int64
    assert packed.sorted_indices is None
    assert packed.unsorted_indices is None
    assert [s.tolist() for s in unpack_sequence(packed)] == [[1, 2, 3], [4, 5], [6]]


def test_unsorted_batches_remember_their_order():
    packed = pack_sequence([torch.tensor([6]), torch.tensor([1, 2, 3]), torch.tensor([7]), torch.tensor([4, 5])], enforce_sorted=False)
    assert packed.data.tolist() == [1, 4, 6, 7, 2, 5, 3]
    assert packed.sorted_indices.tolist() == [1, 3, 0, 2]
    assert packed.unsorted_indices.tolist() == [2, 0, 3, 1]
    assert pad_packed_sequence(packed)[1].tolist() == [1, 3, 1, 2]


def test_lengths_may_be_shorter_than_the_padding():
    x = torch.arange(12.0).reshape(4, 3).requires_grad_()
    packed = pack_padded_sequence(x, [2, 2, 1])
    assert packed.data.tolist() == [0, 1, 2, 3, 4]
    packed.data.sum().backward()
    assert x.grad.tolist() == [[1, 1, 1], [1, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_fields_and_copies():
    packed = pack_sequence(sequences([2, 3]), enforce_sorted=False)
    assert len(packed) == 4
    data, batch_sizes, order, back = packed
    assert isinstance(packed, tuple)
    assert packed._replace(data=2 * data).data[0, 0] == 2 * data[0, 0]
    assert repr(packed).startswith("PackedSequence(data=tensor([[")
    for twin in (copy.deepcopy(packed), pickle.loads(pickle.dumps(packed))):
        assert type(twin) is PackedSequence
        assert torch.equal(twin.data, data)
    assert torch.equal(PackedSequence(data, batch_sizes, order).unsorted_indices, back)
    pair = PackedSequence((data, batch_sizes))
    assert pair.batch_sizes is batch_sizes
    assert pair.sorted_indices is None


def test_moves_and_casts():
    packed = pack_sequence([torch.tensor([1.5, 2.0]), torch.tensor([3.0])])
    casts = {"double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16", "char": "int8", "byte": "uint8"}
    for name, dtype in casts.items():
        assert getattr(packed, name)().data.dtype == getattr(torch, dtype)
    assert packed.to(torch.float64).batch_sizes is packed.batch_sizes
    assert packed.to(dtype=torch.float64).data.dtype == torch.float64
    assert packed.float() is packed
    assert packed.cpu() is packed
    assert packed.to("cpu") is packed
    assert packed.is_cuda is False
    assert packed.is_pinned() is False


def test_invert_permutation():
    assert invert_permutation(torch.tensor([2, 0, 1])).tolist() == [1, 2, 0]
    assert invert_permutation(None) is None


X = torch.zeros(4, 3, 2)
DATA, SIZES = torch.zeros(6, 2), torch.tensor([3, 2, 1])
WRONG = [
    (RuntimeError, r"must be sorted in decreasing order, but are \[2, 4, 1\]; sort", lambda: pack_padded_sequence(X, [2, 4, 1])),
    (RuntimeError, "has to be greater than 0", lambda: pack_padded_sequence(X, [2, 1, 0])),
    (RuntimeError, "at most the 4 steps of the input; lengths are", lambda: pack_padded_sequence(X, [5, 1, 1])),
    (RuntimeError, "one length for each of the 3 sequences, got 2", lambda: pack_padded_sequence(X, [2, 1])),
    (RuntimeError, "1-dimensional and on the CPU, but are 2D", lambda: pack_padded_sequence(X, torch.tensor([[3, 2, 1]]))),
    (RuntimeError, "Cannot pack empty", lambda: pack_padded_sequence(torch.zeros(4, 0, 2), [])),
    (IndexError, "at least 2 dimensions", lambda: pack_padded_sequence(torch.zeros(4), [4])),
    (TypeError, "argument 'input' must be Tensor, not list", lambda: pack_padded_sequence([1], [1])),
    (RuntimeError, "empty list", lambda: pack_sequence([])),
    (ValueError, "at least the length of the longest", lambda: pad_packed_sequence(PackedSequence(DATA, SIZES), total_length=2)),
    (RuntimeError, "add up to the 6 rows", lambda: pad_packed_sequence(PackedSequence(DATA, SIZES[:2]))),
    (RuntimeError, "must never rise", lambda: pad_packed_sequence(PackedSequence(DATA, SIZES.flip(0)))),
    (AssertionError, "the pair", lambda: PackedSequence(DATA)),
    (RuntimeError, "int32 or int64, got torch.float32", lambda: invert_permutation(torch.zeros(2))),
    (RuntimeError, "does not take copy", lambda: PackedSequence(DATA, SIZES).to("cpu", copy=True)),
    (RuntimeError, "page-locked memory is not supported", lambda: PackedSequence(DATA, SIZES).pin_memory()),
    (RuntimeError, "expected an iterable of tensors, got int", lambda: pad_sequence(5)),
    (ValueError, "shorter", lambda: unpad_sequence(X, [1, 2])),
    (ValueError, "does not match weight dtype", lambda: nn.GRU(2, 4)(PackedSequence(DATA.double(), SIZES))),
    (RuntimeError, "Expected 3, got 2", lambda: nn.GRU(3, 4)(PackedSequence(DATA, SIZES))),
    (RuntimeError, r"Expected hidden size \(1, 3, 4\)", lambda: nn.GRU(2, 4)(PackedSequence(DATA, SIZES), torch.zeros(1, 2, 4))),
    (RuntimeError, "must have 2 dimensions", lambda: nn.GRU(2, 4)(PackedSequence(X, SIZES))),
    (RuntimeError, "add up to the 6 rows", lambda: nn.GRU(2, 4)(PackedSequence(DATA, SIZES[:2]))),
    (RuntimeError, "at least 1", lambda: nn.GRU(2, 4)(PackedSequence(DATA, torch.tensor([], dtype=torch.int64)))),
]


@pytest.mark.parametrize(("error", "text", "call"), WRONG)
def test_what_does_not_fit_is_refused(error, text, call):
    with pytest.raises(error, match=text):
        call()


# ---- networks -----------------------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(KINDS), st.lists(st.integers(1, 5), min_size=1, max_size=5), st.integers(1, 2), st.booleans(), st.booleans())
def test_packed_is_each_sequence_alone(kind, lengths, layers, bidirectional, with_states):
    """Outputs, last states and all gradients: those of running every sequence by itself."""
    net = NETWORKS[kind](3, 2, layers, bidirectional=bidirectional, dtype=torch.float64)
    alone = copy.deepcopy(net)
    given_sequences = sequences(lengths)
    hx = torch.tensor(np.random.default_rng(1).standard_normal((layers * (1 + bidirectional), len(lengths), 2)))
    hx = (hx, 2 * hx) if kind == "LSTM" else hx
    output, last = net(pack_sequence(given_sequences, enforce_sorted=False), hx if with_states else None)
    (sum(s.square().sum() for s in unpack_sequence(output)) + first(last).sum()).backward()
    for k, (x, y) in enumerate(zip(given_sequences, unpack_sequence(output), strict=True)):
        state = (hx[0][:, k], hx[1][:, k]) if kind == "LSTM" else hx[:, k]
        expected, end = alone(x, state if with_states else None)
        same(y, expected)
        for a, b in zip(last if kind == "LSTM" else (last,), end if kind == "LSTM" else (end,), strict=True):
            same(a[:, k], b)
        (expected.square().sum() + first(end).sum()).backward()
    for a, b in zip(net.parameters(), alone.parameters(), strict=True):
        same(a.grad, b.grad)


@pytest.mark.parametrize("kind", KINDS)
def test_packed_is_the_loop_of_cells(kind):
    net = NETWORKS[kind](3, 4, dtype=torch.float64)
    cell = CELLS[kind](3, 4, dtype=torch.float64)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in net.state_dict().items()})
    given_sequences = sequences([5, 3, 3, 1])
    output, last = net(pack_sequence(given_sequences))
    for k, (x, y) in enumerate(zip(given_sequences, unpack_sequence(output), strict=True)):
        state = None
        for t in range(len(x)):
            state = cell(x[t : t + 1], state)
            same(first(state)[0], y[t])
        same(first(state), first(last)[:, k])


@pytest.mark.parametrize("kind", KINDS)
def test_equal_lengths_are_the_padded_batch(kind):
    net, x = NETWORKS[kind](3, 4, 2, bidirectional=True, dtype=torch.float64), torch.stack(sequences([4, 4, 4]), 1)
    output, last = net(pack_padded_sequence(x, [4, 4, 4]))
    padded, expected = net(x)
    same(output.data, padded.reshape(12, 8))
    same(first(last), first(expected))


@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_gets_no_gradient(bidirectional):
    net = nn.LSTM(3, 4, 2, batch_first=True, bidirectional=bidirectional, dtype=torch.float64)
    x = pad_sequence(sequences([2, 5, 3]), batch_first=True, padding_value=7.0).requires_grad_()
    output, (h, _) = net(pack_padded_sequence(x, [2, 5, 3], batch_first=True, enforce_sorted=False))
    (pad_packed_sequence(output, batch_first=True)[0].sum() + h.sum()).backward()
    valid = torch.arange(5) < torch.tensor([2, 5, 3])[:, None]
    assert not x.grad[~valid].any()
    assert x.grad[valid].abs().min() > 0


def test_a_loss_of_the_padded_output_does_not_reach_the_weights():
    net = nn.GRU(3, 4, dtype=torch.float64)
    output, _ = net(pack_sequence(sequences([4, 2])))
    padded, _ = pad_packed_sequence(output)
    padded[2:, 1].sum().backward()
    assert not any(p.grad.any() for p in net.parameters())


def test_second_derivatives_through_a_packed_network():
    net = nn.LSTM(2, 2, bidirectional=True, dtype=torch.float64)
    x = torch.tensor(np.random.default_rng(0).standard_normal((3, 2, 2)), requires_grad=True)

    def run(x):
        output, (h, c) = net(pack_padded_sequence(x, [2, 3], enforce_sorted=False))
        return pad_packed_sequence(output)[0].sin().sum() + h.sum() + c.sum()

    assert torch.autograd.gradcheck(run, (x,))
    assert torch.autograd.gradgradcheck(run, (x,))


# ---- torch's functions --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_functions_are_the_networks(kind):
    function = {"RNN": torch.rnn_tanh, "LSTM": torch.lstm, "GRU": torch.gru}[kind]
    net = NETWORKS[kind](3, 4, 2, bidirectional=True, batch_first=True)
    x, zeros = torch.randn(2, 5, 3), torch.zeros(4, 2, 4)
    hx = (zeros, zeros) if kind == "LSTM" else zeros
    weights = list(net.parameters())
    output, *last = function(x, hx, weights, True, 2, 0.0, False, True, True)
    expected, states = net(x)
    assert torch.equal(output, expected)
    assert torch.equal(last[0], first(states))
    packed = pack_padded_sequence(x, [5, 3], batch_first=True)
    output, *last = function(packed.data, packed.batch_sizes, hx, weights, True, 2, 0.0, False, True)
    expected, states = net(packed)
    assert torch.equal(output, expected.data)
    assert torch.equal(last[0], first(states))
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        function(x, hx, weights)
    with pytest.raises(RuntimeError, match="4 weights wanted for each of 2 layers and 2 directions, found 15"):
        function(x, hx, weights[1:], True, 2, 0.0, False, True, True)


def test_cell_functions_are_the_cells():
    x, h = torch.randn(2, 3), torch.randn(2, 4)
    cells = [nn.GRUCell(3, 4), nn.RNNCell(3, 4), nn.RNNCell(3, 4, nonlinearity="relu")]
    for cell, function in zip(cells, (torch.gru_cell, torch.rnn_tanh_cell, torch.rnn_relu_cell), strict=True):
        assert torch.equal(function(x, h, *cell.parameters()), cell(x, h))
    cell = nn.LSTMCell(3, 4, bias=False)
    for a, b in zip(torch.lstm_cell(x, (h, h), cell.weight_ih, cell.weight_hh), cell(x, (h, h)), strict=True):
        assert torch.equal(a, b)
    with pytest.raises(RuntimeError, match="two hidden states"):
        torch.lstm_cell(x, (h,), cell.weight_ih, cell.weight_hh)
