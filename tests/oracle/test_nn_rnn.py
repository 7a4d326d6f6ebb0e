"""Recurrent networks and cells against PyTorch: the same seed gives the same weights, outputs, gradients and dropout."""

import itertools

import numpy as np
import pytest

import minitorch_nlp as ours

torch = pytest.importorskip("torch")

NETWORKS = [("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("GRU", {})]
SETTINGS = list(itertools.product((1, 2, 3), (False, True), (False, True), (False, True)))  # layers, bidirectional, batch_first, bias
CELLS = [("RNNCell", {}), ("RNNCell", {"nonlinearity": "relu"}), ("LSTMCell", {}), ("GRUCell", {})]


def twins(name, *args, **options):
    """The module here and there, made with the same seed."""
    pair = []
    for library in (ours, torch):
        library.manual_seed(7)
        kwargs = {k: getattr(library, v) if k == "dtype" else v for k, v in options.items()}
        pair.append(getattr(library.nn, name)(*args, **kwargs))
    return pair


def flat(result):
    """The tensors in nested tuples."""
    return [t for part in result for t in flat(part)] if isinstance(result, (tuple, list)) else [result]


def compare(pair, arrays, rng, tolerance=1e-12):
    """Outputs of ``module(*arrays)`` (a nested tuple), and the gradients of a random weighing of all of them."""

    def tensors(library, nested):
        if isinstance(nested, tuple):
            return tuple(tensors(library, n) for n in nested)
        return library.tensor(nested, requires_grad=True)

    calls = [tensors(library, arrays) for library in (ours, torch)]
    results = [flat(module(*args)) for module, args in zip(pair, calls, strict=True)]
    weights = [rng.standard_normal(r.shape) for r in results[1]]
    for library, tensors_out in zip((ours, torch), results, strict=True):
        sum((t * library.tensor(w, dtype=t.dtype)).sum() for t, w in zip(tensors_out, weights, strict=True)).backward()
    for a, b in zip(*results, strict=True):
        assert tuple(a.shape) == tuple(b.shape)
        assert str(a.dtype) == str(b.dtype)
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=tolerance, atol=tolerance)
    leaves = [[*flat(args), *module.parameters()] for args, module in zip(calls, pair, strict=True)]
    for a, b in zip(*leaves, strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=10 * tolerance, atol=10 * tolerance)


@pytest.mark.parametrize(("name", "options"), NETWORKS, ids=str)
def test_networks(name, options):
    rng = np.random.default_rng(0)
    for layers, bidirectional, batch_first, bias in SETTINGS:
        kwargs = {"num_layers": layers, "bidirectional": bidirectional, "batch_first": batch_first, "bias": bias, **options}
        pair = twins(name, 3, 4, dtype="float64", **kwargs)
        assert repr(pair[0]) == repr(pair[1])
        mine, theirs = (module.state_dict() for module in pair)
        assert list(mine) == list(theirs)
        for key in mine:
            np.testing.assert_array_equal(mine[key].numpy(), theirs[key].numpy())
        for shape, batch in (((5, 2, 3), (2 if not batch_first else 5,)), ((5, 3), ())):
            x, state = rng.standard_normal(shape), rng.standard_normal((layers * (1 + bidirectional), *batch, 4))
            compare(pair, (x,), rng)
            for module in pair:
                module.zero_grad()
            compare(pair, (x, (state, 2 * state) if name == "LSTM" else state), rng)
            for module in pair:
                module.zero_grad()


@pytest.mark.parametrize("bias", [True, False])
def test_projection(bias):
    rng = np.random.default_rng(0)
    for layers, bidirectional, batch_first in itertools.product((1, 2), (False, True), (False, True)):
        kwargs = {"num_layers": layers, "bidirectional": bidirectional, "batch_first": batch_first, "bias": bias}
        pair = twins("LSTM", 3, 4, proj_size=2, dtype="float64", **kwargs)
        assert repr(pair[0]) == repr(pair[1])
        mine, theirs = (module.state_dict() for module in pair)
        assert list(mine) == list(theirs)
        for key in mine:
            np.testing.assert_array_equal(mine[key].numpy(), theirs[key].numpy())
        rows, n = layers * (1 + bidirectional), 5 if batch_first else 2
        compare(pair, (rng.standard_normal((5, 2, 3)),), rng)
        for module in pair:
            module.zero_grad()
        compare(pair, (rng.standard_normal((5, 2, 3)), (rng.standard_normal((rows, n, 2)), rng.standard_normal((rows, n, 4)))), rng)


class OnPacked:
    """A network that packs its padded input, and pads its output."""

    def __init__(self, library, network, lengths, **options):
        self.library, self.network, self.lengths, self.options = library, network, lengths, options
        self.parameters, self.zero_grad = network.parameters, network.zero_grad

    def __call__(self, x, hx=None):
        rnn = self.library.nn.utils.rnn
        batch_first = self.network.batch_first
        packed = rnn.pack_padded_sequence(x, self.lengths, batch_first, **self.options)
        output, last = self.network(packed, hx)
        assert output.batch_sizes.tolist() == packed.batch_sizes.tolist()
        padded, lengths = rnn.pad_packed_sequence(output, batch_first)
        assert lengths.tolist() == list(self.lengths)
        return padded, last


@pytest.mark.parametrize(("name", "options"), [*NETWORKS, ("LSTM", {"proj_size": 3})], ids=str)
def test_packed_networks(name, options):
    rng = np.random.default_rng(0)
    for layers, bidirectional, batch_first, bias in SETTINGS[:16]:
        kwargs = {"num_layers": layers, "bidirectional": bidirectional, "batch_first": batch_first, "bias": bias, **options}
        for lengths in ([5, 3, 3, 1], [2, 5, 1, 3], [4]):
            pair = [
                OnPacked(library, network, lengths, enforce_sorted=lengths[0] == 5)
                for library, network in zip((ours, torch), twins(name, 3, 4, dtype="float64", **kwargs), strict=True)
            ]
            n, rows = len(lengths), layers * (1 + bidirectional)
            x = rng.standard_normal((n, 5, 3) if batch_first else (5, n, 3))
            compare(pair, (x,), rng)
            for module in pair:
                module.zero_grad()
            h = rng.standard_normal((rows, n, options.get("proj_size", 4)))
            compare(pair, (x, (h, rng.standard_normal((rows, n, 4))) if name == "LSTM" else h), rng)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
def test_dropout_on_packed_draws_the_same_masks(name):
    rng = np.random.default_rng(0)
    pair = twins(name, 3, 4, 3, dropout=0.4, bidirectional=True, dtype="float64")
    pair = [OnPacked(library, module, [3, 5, 1], enforce_sorted=False) for library, module in zip((ours, torch), pair, strict=True)]
    compare(pair, (rng.standard_normal((5, 3, 3)),), rng)


@pytest.mark.parametrize(("name", "options"), NETWORKS, ids=str)
def test_float32(name, options):
    rng = np.random.default_rng(0)
    pair = twins(name, 16, 32, 2, **options)
    compare(pair, (rng.standard_normal((20, 8, 16)).astype("float32"),), rng, tolerance=2e-5)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("batch_first", [False, True])
def test_dropout_draws_the_same_masks(name, batch_first):
    rng = np.random.default_rng(0)
    pair = twins(name, 3, 4, 3, dropout=0.4, bidirectional=True, batch_first=batch_first, dtype="float64")
    compare(pair, (rng.standard_normal((5, 2, 3)),), rng)


@pytest.mark.parametrize(("name", "options"), CELLS, ids=str)
@pytest.mark.parametrize("bias", [False, True])
def test_cells(name, options, bias):
    rng = np.random.default_rng(0)
    pair = twins(name, 3, 4, bias=bias, dtype="float64", **options)
    assert repr(pair[0]) == repr(pair[1])
    assert list(pair[0].state_dict()) == list(pair[1].state_dict())
    for batch in ((2,), (), (1,), (0,)):
        x, h = rng.standard_normal((*batch, 3)), rng.standard_normal((*batch, 4))
        for args in ((x,), (x, (h, 2 * h) if name == "LSTMCell" else h)):
            compare(pair, args, rng)
            for module in pair:
                module.zero_grad()


def X(t):
    return t.arange(24.0).reshape(4, 3, 2)


def packed(t, dtype=None):
    x = t.arange(48.0, dtype=dtype).reshape(4, 3, 4)
    return t.nn.utils.rnn.pack_padded_sequence(x, [2, 4, 1], enforce_sorted=False)


def ints(t, *numbers):
    return t.tensor(numbers)


# What two libraries print alike, with `t` for the library and `r` for its nn.utils.rnn.
PRINTED = [
    lambda t, r: r.pack_padded_sequence(X(t), [4, 2, 1]),
    lambda t, r: r.pack_padded_sequence(X(t), t.tensor([3, 2, 1], dtype=t.int32)),
    lambda t, r: r.pack_padded_sequence(X(t), t.tensor([4.0, 2, 1])),
    lambda t, r: r.pack_padded_sequence(X(t), (4, 2, 1)),
    lambda t, r: r.pack_padded_sequence(X(t), np.array([4, 2, 1])),
    lambda t, r: r.pack_padded_sequence(X(t), [2, 4, 2], enforce_sorted=False),
    lambda t, r: r.pack_padded_sequence(X(t).long()[:, :, 0], [3, 2, 2]),
    lambda t, r: r.pack_padded_sequence(X(t).transpose(0, 1), [2, 4, 1], batch_first=True, enforce_sorted=False),
    lambda t, r: r.pack_padded_sequence(X(t), [4, 2, 1]).data.stride(),
    lambda t, r: r.pack_padded_sequence(X(t).requires_grad_(), [4, 2, 1]).data.grad_fn.name(),
    lambda t, r: r.pad_packed_sequence(packed(t)),
    lambda t, r: r.pad_packed_sequence(packed(t), batch_first=True)[0].stride(),
    lambda t, r: r.pad_packed_sequence(r.pack_padded_sequence(X(t), [4, 2, 1]), batch_first=True)[0].stride(),
    lambda t, r: r.pad_packed_sequence(packed(t), True, -1.5, 6),
    lambda t, r: r.pad_packed_sequence(packed(t).long(), padding_value=-1.5),
    lambda t, r: r.pack_sequence([ints(t, 1, 2), ints(t, 3, 4, 5)], enforce_sorted=False),
    lambda t, r: r.unpack_sequence(packed(t)),
    lambda t, r: packed(t).to(t.float64),
    lambda t, r: [type(packed(t)._replace(data=0)).__name__, packed(t)._fields, len(packed(t))],
    lambda t, r: r.PackedSequence((ints(t, 1, 2), ints(t, 1, 1))),
    lambda t, r: r.PackedSequence(ints(t, 1, 2), ints(t, 1, 1), None, ints(t, 0)),
    lambda t, r: [packed(t).is_cuda, packed(t).is_pinned(), r.invert_permutation(ints(t, 2, 0, 1)), r.invert_permutation(None)],
    lambda t, r: r.pad_sequence(t.arange(6).reshape(2, 3)),
    lambda t, r: r.pad_sequence([ints(t, 1, 2), t.tensor([1.5])]),
    lambda t, r: r.pad_sequence((s for s in [ints(t, 1, 2), ints(t, 1)]), True, 1.5, padding_side="left"),
    lambda t, r: r.unpad_sequence(t.arange(6).reshape(3, 2), t.tensor([5, 1])),
    lambda t, r: t.nn.LSTM(5, 6, 2, bias=False, proj_size=2),
    lambda t, r: [name for name, _ in t.nn.LSTM(5, 6, 2, bidirectional=True, proj_size=2).named_parameters()],
    lambda t, r: [[tuple(w.shape) for w in ws] for ws in t.nn.LSTM(5, 6, 2, proj_size=2).all_weights],
    lambda t, r: t.nn.LSTM(4, 6, batch_first=True)(t.zeros(3, 5, 4))[0].stride(),
]


@pytest.mark.parametrize("call", PRINTED)
def test_printed_alike(call):
    assert repr(call(ours, ours.nn.utils.rnn)) == repr(call(torch, torch.nn.utils.rnn))


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_functions():
    rng = np.random.default_rng(0)
    pair = twins("LSTM", 4, 6, 2, bidirectional=True, proj_size=3)
    h, c = rng.standard_normal((4, 3, 3)).astype("float32"), rng.standard_normal((4, 3, 6)).astype("float32")
    results = []
    for t, module in zip((ours, torch), pair, strict=True):
        hx, options = (t.tensor(h), t.tensor(c)), (list(module.parameters()), True, 2, 0.3, False, True)
        p = packed(t)
        results.append([*t.lstm(p.data / 50, p.batch_sizes, hx, *options), *t.lstm(t.ones(5, 3, 4), hx, *options, False)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)


# A call that fails, with `t` for the library and `m` for the module it makes.
FAILURES = [
    lambda t: t.nn.LSTM(4, 6)(t.zeros(5, 3, 7)),
    lambda t: t.nn.LSTM(4, 6)(t.zeros(4)),
    lambda t: t.nn.LSTM(4, 6)(t.zeros(0, 3, 4)),
    lambda t: t.nn.LSTM(4, 6)(t.zeros(5, 3, 4), (t.zeros(1, 3, 5), t.zeros(1, 3, 6))),
    lambda t: t.nn.LSTM(4, 6)(t.zeros(5, 3, 4), (t.zeros(1, 3, 6), t.zeros(1, 2, 6))),
    lambda t: t.nn.LSTM(4, 6)(t.zeros(5, 3, 4), t.zeros(2, 3, 6)),
    lambda t: t.nn.LSTM(4, 6)(t.zeros(5, 4), (t.zeros(1, 1, 6), t.zeros(1, 1, 6))),
    lambda t: t.nn.LSTM(4, 6)(t.zeros(5, 3, 4, dtype=t.float64)),
    lambda t: t.nn.LSTM(4, 6)([1.0]),
    lambda t: t.nn.GRU(4, 6)(t.zeros(5, 3, 4), t.zeros(1, 3, 6, dtype=t.float64)),
    lambda t: t.nn.GRU(4, 6)(t.zeros(5, 3, 4), t.zeros(3, 6)),
    lambda t: t.nn.GRU(4, 6, 2)(t.zeros(5, 3, 4), t.zeros(1, 3, 6)),
    lambda t: t.nn.RNN(4, 6)(t.zeros(5, 3, 4, dtype=t.int64)),
    lambda t: t.nn.RNN(4, 6, nonlinearity="sigmoid"),
    lambda t: t.nn.RNN(4, 6, proj_size=3),
    lambda t: t.nn.LSTM(4, 6, proj_size=6),
    lambda t: t.nn.LSTM(4, 6, proj_size=2)(t.zeros(5, 3, 4), (t.zeros(1, 3, 6), t.zeros(1, 3, 6))),
    lambda t: t.nn.LSTM(4, 6, proj_size=2)(t.zeros(5, 3, 4), (t.zeros(1, 3, 2), t.zeros(1, 3, 2))),
    lambda t: t.nn.LSTMCell(4, 6, proj_size=2),
    lambda t: t.nn.GRU(4, 6)(packed(t, t.float64)),
    lambda t: t.nn.GRU(5, 6)(packed(t)),
    lambda t: t.nn.LSTM(4, 6)(packed(t), (t.zeros(1, 2, 6), t.zeros(1, 2, 6))),
    lambda t: t.nn.GRU(4, 6)(packed(t), t.zeros(3, 6)),
    lambda t: t.nn.GRU(4, 6)(packed(t), t.zeros(1, 3, 6, dtype=t.float64)),
    lambda t: t.nn.GRU(4, 6)(t.nn.utils.rnn.PackedSequence(t.zeros(7), t.tensor([3, 2, 1, 1]))),
    lambda t: t.nn.GRU(4, 6)(t.nn.utils.rnn.PackedSequence(t.zeros(6, 4), t.tensor([1, 2, 3]))),
    lambda t: t.nn.GRU(4, 6)((t.zeros(6, 4), t.tensor([3, 2, 1]))),
    lambda t: t.nn.LSTM(4, 6)(t.zeros(5, 3, 4), (t.zeros(1, 3, 6),) * 3),
    lambda t: t.nn.LSTM(4, 6)(t.zeros(5, 3, 4), t.zeros(1, 3, 6)),
    lambda t: t.nn.GRU(4, 6)(t.zeros(5, 3, 4), (t.zeros(1, 3, 6),)),
    lambda t: t.lstm(1),
    lambda t: t.lstm(t.zeros(5, 3, 4), (t.zeros(1, 3, 6),), [t.zeros(24, 4), t.zeros(24, 6)], False, 1, 0.0, True, False, False),
    lambda t: t.gru_cell(t.zeros(3, 4), t.zeros(2, 6), t.zeros(18, 4), t.zeros(18, 6)),
    lambda t: t.nn.utils.rnn.pack_padded_sequence(X(t), [2, 4, 1]),
    lambda t: t.nn.utils.rnn.pack_padded_sequence(X(t), [2, 1, 0]),
    lambda t: t.nn.utils.rnn.pack_padded_sequence(X(t), [2, 1]),
    lambda t: t.nn.utils.rnn.pack_padded_sequence(X(t), t.tensor([[3, 2, 1]])),
    lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(4, 0, 2), []),
    lambda t: t.nn.utils.rnn.pack_padded_sequence(t.zeros(4), [4]),
    lambda t: t.nn.utils.rnn.pack_padded_sequence([1, 2], [1]),
    lambda t: t.nn.utils.rnn.pack_sequence([]),
    lambda t: t.nn.utils.rnn.pack_sequence([t.zeros(1), t.zeros(2)]),
    lambda t: t.nn.utils.rnn.pad_packed_sequence(packed(t), total_length=2),
    lambda t: t.nn.utils.rnn.pad_packed_sequence((1, 2)),
    lambda t: t.nn.utils.rnn.PackedSequence(t.zeros(3)),
    lambda t: t.nn.utils.rnn.invert_permutation(t.zeros(3)),
    lambda t: packed(t).to("cpu", copy=True),
    lambda t: packed(t).pin_memory(),
    lambda t: t.nn.utils.rnn.pad_sequence(5),
    lambda t: t.nn.utils.rnn.pad_sequence([t.zeros(2, 3), t.zeros(2, 4)]),
    lambda t: t.nn.utils.rnn.pad_sequence([t.zeros(2)], padding_side="middle"),
    lambda t: t.nn.utils.rnn.unpad_sequence(X(t), t.tensor([2, 1])),
    lambda t: t.nn.LSTM(4, 6, dropout="a"),
    lambda t: t.nn.LSTM(4, 6, dropout=-0.1),
    lambda t: t.nn.LSTM(4, 6, bias=None),
    lambda t: t.nn.LSTM(4.0, 6),
    lambda t: t.nn.LSTM(4, 0),
    lambda t: t.nn.LSTM(4, 6, num_layers=0),
    lambda t: t.nn.LSTMCell(4, 6)(t.zeros(2, 5)),
    lambda t: t.nn.LSTMCell(4, 6)(t.zeros(2, 4), (t.zeros(2, 6),) * 3),
    lambda t: t.nn.LSTMCell(4, 6)(t.zeros(2, 3, 4)),
    lambda t: t.nn.GRUCell(4, 6)(t.zeros(2, 4), t.zeros(3, 6)),
    lambda t: t.nn.GRUCell(4, 6)(t.zeros(2, 4), t.zeros(2, 1, 6)),
    lambda t: t.nn.GRUCell(4, 6)(t.zeros(2, 4, dtype=t.float64)),
    lambda t: t.nn.RNNCell(4, 6, nonlinearity="sigmoid")(t.zeros(2, 4)),
]


@pytest.mark.parametrize("call", FAILURES)
def test_the_same_errors(call):
    with pytest.raises(Exception) as theirs:
        call(torch)
    with pytest.raises(Exception) as mine:
        call(ours)
    assert type(mine.value) is type(theirs.value), f"{mine.value!r}\n{theirs.value!r}"
