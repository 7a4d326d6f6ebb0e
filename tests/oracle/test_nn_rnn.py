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
    lambda t: t.nn.LSTM(4, 6, dropout="a"),
    lambda t: t.nn.LSTM(4, 6, dropout=-0.1),
    lambda t: t.nn.LSTM(4, 6, bias=None),
    lambda t: t.nn.LSTM(4.0, 6),
    lambda t: t.nn.LSTM(4, 0),
    lambda t: t.nn.LSTM(4, 6, num_layers=0),
    lambda t: t.nn.LSTMCell(4, 6)(t.zeros(2, 5)),
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
