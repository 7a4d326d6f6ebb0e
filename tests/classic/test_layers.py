"""Every layer: its gradients against finite differences, and what it computes against the modules of `nn` with the same weights."""

import copy

import numpy as np
import pytest

import minitorch_nlp as torch
import minitorch_nlp.nn as nn
import minitorch_nlp.nn.functional as F
from minitorch_nlp.classic import attention_layer, layers, time_layers
from minitorch_nlp.classic._gru import reset_first_gru
from minitorch_nlp.classic.attention_layer import Attention, AttentionWeight, TimeAttention, WeightSum
from minitorch_nlp.classic.layers import (
    Affine,
    Dropout,
    Embedding,
    EmbeddingDot,
    MatMul,
    NegativeSamplingLoss,
    Relu,
    Repeat,
    Sigmoid,
    SigmoidWithLoss,
    Softmax,
    SoftmaxWithLoss,
    Sum,
    Tanh,
)
from minitorch_nlp.classic.time_layers import (
    GRU,
    LSTM,
    RNN,
    TimeAffine,
    TimeBiLSTM,
    TimeDropout,
    TimeEmbedding,
    TimeGRU,
    TimeLSTM,
    TimeRNN,
    TimeSigmoidWithLoss,
    TimeSoftmaxWithLoss,
)
from minitorch_nlp.testing import check_op

N, T, D, H, V = 3, 4, 2, 5, 6
dice = np.random.RandomState(7)
CORPUS = np.arange(40) % V


def a(*shape):
    return dice.randn(*shape)


def recurrent(gates):
    return [a(D, gates * H), a(H, gates * H), a(gates * H)]


WORDS = np.array([[0, 5, 0, 2], [1, 1, 1, 1], [3, 2, 0, 5]])
LABELS = np.array([[0, 5, -1, 2], [1, -1, -1, 1], [3, 2, 0, 5]])
# name: (class, its arguments, inputs of forward); the inputs of floats have gradients.
CASES = {
    "MatMul": (MatMul, [a(D, H)], [a(N, D)]),
    "MatMul, more dimensions": (MatMul, [a(D, H)], [a(N, T, D)]),
    "Affine": (Affine, [a(D, H), a(H)], [a(N, D)]),
    "Affine, transposed weight": (Affine, [a(H, D).T, a(H)], [a(N, D)]),
    "Embedding": (Embedding, [a(V, D)], [WORDS[:, 0]]),
    "EmbeddingDot": (EmbeddingDot, [a(V, D)], [a(N, D), np.array([0, 5, 0])]),
    "EmbeddingDot, several": (EmbeddingDot, [a(V, D)], [a(N, D), WORDS[:, :3]]),
    "NegativeSamplingLoss": (NegativeSamplingLoss, [a(V, D), CORPUS, 0.75, 2], [a(N, D), np.array([1, 4, 1])]),
    "Sigmoid": (Sigmoid, [], [a(N, D)]),
    "Relu": (Relu, [], [a(N, D)]),
    "Tanh": (Tanh, [], [a(N, D)]),
    "Softmax": (Softmax, [], [a(N, D)]),
    "Repeat": (Repeat, [N], [a(1, D)]),
    "Sum": (Sum, [], [a(N, D)]),
    "Dropout": (Dropout, [0.3], [a(N, D)]),
    "SoftmaxWithLoss": (SoftmaxWithLoss, [], [a(N, V), WORDS[:, 1]]),
    "SoftmaxWithLoss, one-hot": (SoftmaxWithLoss, [], [a(N, V), np.eye(V, dtype=int)[WORDS[:, 1]]]),
    "SigmoidWithLoss": (SigmoidWithLoss, [], [a(N), np.array([0, 1, 1])]),
    "RNN": (RNN, recurrent(1), [a(N, D), a(N, H)]),
    "LSTM": (LSTM, recurrent(4), [a(N, D), a(N, H), a(N, H)]),
    "GRU": (GRU, recurrent(3), [a(N, D), a(N, H)]),
    "TimeRNN": (TimeRNN, recurrent(1), [a(N, T, D)]),
    "TimeLSTM": (TimeLSTM, recurrent(4), [a(N, T, D)]),
    "TimeGRU": (TimeGRU, recurrent(3), [a(N, T, D)]),
    "TimeBiLSTM": (TimeBiLSTM, recurrent(4) + recurrent(4), [a(N, T, D)]),
    "TimeEmbedding": (TimeEmbedding, [a(V, D)], [WORDS]),
    "TimeAffine": (TimeAffine, [a(D, H), a(H)], [a(N, T, D)]),
    "TimeSoftmaxWithLoss": (TimeSoftmaxWithLoss, [], [a(N, T, V), LABELS]),
    "TimeSoftmaxWithLoss, one-hot": (TimeSoftmaxWithLoss, [], [a(N, T, V), np.eye(V, dtype=int)[WORDS]]),
    "TimeSigmoidWithLoss": (TimeSigmoidWithLoss, [], [a(N, T), WORDS % 2]),
    "TimeDropout": (TimeDropout, [0.3], [a(N, T, D)]),
    "WeightSum": (WeightSum, [], [a(N, T, H), a(N, T)]),
    "AttentionWeight": (AttentionWeight, [], [a(N, T, H), a(N, H)]),
    "Attention": (Attention, [], [a(N, T, H), a(N, H)]),
    "TimeAttention": (TimeAttention, [], [a(N, T, H), a(N, 2, H)]),
}


def case(name, dtype=np.float64):
    """A fresh layer, its inputs, and which of them have gradients."""
    make, arguments, inputs = CASES[name]
    cast = [np.array(x, dtype) if is_float(x) else x for x in arguments]
    inputs = [np.array(x, dtype) if is_float(x) else x for x in inputs]
    return make(*cast), inputs, [i for i, x in enumerate(inputs) if is_float(x)]


def is_float(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def run(layer, inputs):
    """The outputs as a tuple; random numbers are the same every time."""
    np.random.seed(3)
    out = layer.forward(*inputs)
    return out if isinstance(out, tuple) else (out,)


def gradients(layer, dys):
    if np.ndim(dys[0]) == 0:
        dxs = layer.backward() if dys == (1,) else layer.backward(*dys)
    else:
        dxs = layer.backward(*dys)
    return dxs if isinstance(dxs, tuple) else (dxs,)


def differences(f, x, step=1e-6):
    """df/dx, one element at a time; f looks at `x` anew on each call."""
    out = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        old = x[at]
        x[at] = old + step
        up = f()
        x[at] = old - step
        out[at] = (up - f()) / (2 * step)
        x[at] = old
    return out


@pytest.mark.parametrize("name", CASES)
def test_gradients(name):
    layer, inputs, floats = case(name)
    outputs = run(layer, inputs)
    dys = tuple(np.random.RandomState(1).randn(*np.shape(y)) if np.ndim(y) else 1.7 for y in outputs)
    places = [id(g) for g in layer.grads]
    for g in layer.grads:
        g[...] = 99.0  # what was there before does not count
    dxs = gradients(layer, dys)
    assert [id(g) for g in layer.grads] == places

    def loss():
        return sum(float(np.sum(y * dy)) for y, dy in zip(run(layer, inputs), dys))

    assert len(layer.grads) == len(layer.params)
    found = list(layer.grads)
    for param, grad in zip(layer.params, found):
        np.testing.assert_allclose(grad, differences(loss, param), atol=2e-7)
    for i, dx in zip(floats, dxs):
        assert dx.shape == inputs[i].shape
        np.testing.assert_allclose(dx, differences(loss, inputs[i]), atol=2e-7)


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_and_inputs_are_not_written(name):
    layer, inputs, floats = case(name, np.float32)
    before = copy.deepcopy((layer.params, inputs))
    outputs = run(layer, inputs)
    dxs = gradients(layer, tuple(np.ones_like(y) if np.ndim(y) else 1 for y in outputs))
    assert all(y.dtype == np.float32 for y in outputs)
    assert [dx.dtype for dx in dxs if dx is not None] == [np.float32] * len(floats)
    for old, new in zip(before[0] + before[1], layer.params + inputs):
        np.testing.assert_array_equal(old, new)


def test_every_layer_is_tested():
    def found(module):
        return {n for n in module.__all__ if isinstance(getattr(module, n), type) and n != "UnigramSampler"}

    names = found(layers) | found(time_layers) | found(attention_layer)
    assert {make.__name__ for make, *_ in CASES.values()} == names


def test_star_imports_give_what_the_books_scripts_use():
    assert {"np", "GPU", "softmax", "cross_entropy_error"} <= set(layers.__all__)
    assert set(layers.__all__) | {"sigmoid"} <= set(time_layers.__all__)


def test_gru_op():
    check_op(reset_first_gru)


@pytest.mark.parametrize("name", ["MatMul", "SoftmaxWithLoss", "TimeLSTM"])
def test_backward_needs_forward(name):
    with pytest.raises(RuntimeError, match="call forward first"):
        case(name)[0].backward(np.ones((N, T, H)))


def test_shapes_that_do_not_fit_are_explained():
    with pytest.raises(RuntimeError, match="but mat1 has k = 4"):
        Affine(a(3, 2), a(2)).forward(a(5, 4))
    with pytest.raises(RuntimeError, match="time, batch, features"):
        TimeLSTM(*recurrent(4)).forward(a(N, T, D + 1))
    with pytest.raises(RuntimeError, match="gates z, r, n"):
        TimeGRU(*recurrent(3)).forward(a(N, T, D + 1))
    with pytest.raises(IndexError, match="index 6"):
        Embedding(a(V, D)).forward(np.array([6]))


# ---- the same as the modules of nn --------------------------------------------------------------------------------------------------


def same(found, tensor):
    np.testing.assert_allclose(found, tensor.detach().numpy(), atol=1e-12)


def leaf(x):
    return torch.tensor(x, requires_grad=True)


def blocks(weight, order):
    """Columns in the book's order of gates as rows in torch's."""
    parts = np.split(weight.T, len(order))
    return torch.tensor(np.concatenate([parts[k] for k in order]))


@pytest.mark.parametrize(("layer", "module", "order"), [(TimeRNN, nn.RNN, (0,)), (TimeLSTM, nn.LSTM, (2, 0, 1, 3))])
def test_recurrent_layers(layer, module, order):
    Wx, Wh, b = recurrent(len(order))
    ours = layer(Wx, Wh, b, stateful=True)
    theirs = module(D, H, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(blocks(Wx, order))
        theirs.weight_hh_l0.copy_(blocks(Wh, order))
        theirs.bias_ih_l0.copy_(blocks(b, order))
        theirs.bias_hh_l0.zero_()
    states = [leaf(a(1, N, H)) for _ in range(1 + (layer is TimeLSTM))]
    ours.set_state(*[s.detach().numpy()[0] for s in states])
    xs, dhs = a(N, T, D), a(N, T, H)
    x = leaf(xs)
    out, last = theirs(x, tuple(states) if layer is TimeLSTM else states[0])
    same(ours.forward(xs), out)
    same(ours.h, (last[0] if layer is TimeLSTM else last)[0])
    out.backward(torch.tensor(dhs))
    same(ours.backward(dhs), x.grad)
    same(ours.dh, states[0].grad[0])
    if layer is TimeLSTM:
        same(ours.c, last[1][0])
        same(ours.dc, states[1].grad[0])
    for grad, p in zip(ours.grads, (theirs.weight_ih_l0, theirs.weight_hh_l0, theirs.bias_ih_l0)):
        same(blocks(grad, order).numpy(), p.grad)


@pytest.mark.parametrize(("layer", "gates"), [(TimeRNN, 1), (TimeLSTM, 4), (TimeGRU, 3)])
def test_state(layer, gates):
    """A stateful layer that reads a sequence in two parts gives what it gives for the whole; one that is not begins anew."""
    weights = recurrent(gates)
    xs = a(N, T, D)
    whole = layer(*weights).forward(xs)
    going_on, anew = layer(*weights, stateful=True), layer(*weights)
    for own in (going_on, anew):
        np.testing.assert_allclose(own.forward(xs[:, :2]), whole[:, :2], atol=1e-12)
    np.testing.assert_allclose(going_on.forward(xs[:, 2:]), whole[:, 2:], atol=1e-12)
    assert np.abs(anew.forward(xs[:, 2:]) - whole[:, 2:]).max() > 1e-3
    going_on.reset_state()
    np.testing.assert_allclose(going_on.forward(xs), whole, atol=1e-12)
    h = a(N, H)
    going_on.set_state(h)
    started = going_on.forward(xs)
    cell = {TimeRNN: RNN, TimeLSTM: LSTM, TimeGRU: GRU}[layer](*weights)
    states = [h, np.zeros((N, H))][: 1 + (layer is TimeLSTM)]
    for t in range(T):
        states = cell.forward(xs[:, t], *states)
        states = list(states) if isinstance(states, tuple) else [states]
        np.testing.assert_allclose(started[:, t], states[0], atol=1e-12)


def test_cells_in_a_loop_of_ones_own():
    """As chapter 6 puts TimeLSTM together: the gradients of c begin as the number 0."""
    weights = recurrent(4)
    xs, dhs = a(N, T, D), a(N, T, H)
    whole = TimeLSTM(*weights)
    hs, dxs = whole.forward(xs), whole.backward(dhs)
    h, c, cells = np.zeros((N, H)), np.zeros((N, H)), [LSTM(*weights) for _ in range(T)]
    for t, cell in enumerate(cells):
        h, c = cell.forward(xs[:, t], h, c)
        np.testing.assert_allclose(h, hs[:, t], atol=1e-12)
    dh, dc, grads = 0, 0, [0, 0, 0]
    for t in reversed(range(T)):
        dx, dh, dc = cells[t].backward(dhs[:, t] + dh, dc)
        grads = [g + own for g, own in zip(grads, cells[t].grads)]
        np.testing.assert_allclose(dx, dxs[:, t], atol=1e-12)
    for g, wanted in zip(grads, whole.grads):
        np.testing.assert_allclose(g, wanted, atol=1e-12)


def test_another_label_may_be_ignored():
    scores = a(1, 3, V)
    layer = TimeSoftmaxWithLoss()
    layer.ignore_label = 2
    assert layer.forward(scores, np.array([[1, 2, 2]])) == pytest.approx(SoftmaxWithLoss().forward(scores[0, :1], np.array([1])))


def test_gradient_of_the_first_state():
    """As the encoder of a seq2seq model gets it."""
    layer = TimeGRU(*recurrent(3), stateful=True)
    xs, dhs, h = a(N, T, D), a(N, T, H), a(N, H)

    def loss():
        layer.set_state(h)
        return float(np.sum(layer.forward(xs) * dhs))

    loss()
    layer.backward(dhs)
    found = layer.dh
    np.testing.assert_allclose(found, differences(loss, h), atol=2e-7)


def test_losses_are_those_of_nn():
    scores, labels = a(N, T, V), LABELS
    loss = TimeSoftmaxWithLoss()
    same(
        loss.forward(scores, labels),
        F.cross_entropy(torch.tensor(scores.reshape(-1, V)), torch.tensor(labels.reshape(-1)), ignore_index=-1),
    )
    assert loss.y.shape == scores.shape
    np.testing.assert_allclose(loss.y.sum(-1), 1)
    logits, right = a(N), np.array([0, 1, 1])
    same(SigmoidWithLoss().forward(logits, right), F.binary_cross_entropy_with_logits(torch.tensor(logits), torch.tensor(right * 1.0)))


def test_attention_is_that_of_nn():
    hs_enc, hs_dec = a(N, T, H), a(N, 2, H)
    layer = TimeAttention()
    out = layer.forward(hs_enc, hs_dec)
    q, k = torch.tensor(hs_dec), torch.tensor(hs_enc)
    same(out, F.scaled_dot_product_attention(q, k, k, scale=1.0))
    one = Attention()
    for step in range(2):
        np.testing.assert_allclose(one.forward(hs_enc, hs_dec[:, step]), out[:, step], atol=1e-12)
        np.testing.assert_allclose(one.attention_weight, layer.attention_weights[step], atol=1e-12)


def test_dropout():
    x = np.ones((200, 50))
    np.random.seed(0)
    layer = Dropout(0.25)
    out = layer.forward(x)
    assert set(np.unique(out)) == {0.0, 1.0}
    assert abs(out.mean() - 0.75) < 0.02
    assert np.all(layer.forward(x, train_flg=False) == 0.75)
    timed = TimeDropout(0.25)
    assert set(np.unique(timed.forward(x[None]))) == {0.0, 4 / 3}
    timed.train_flg = False
    assert timed.forward(x) is x
    assert timed.backward(x) is x


def test_integers_and_other_floats_are_taken():
    W = a(V, D).astype("f")
    one_hot = np.eye(V, dtype=np.int32)
    out = MatMul(W).forward(one_hot)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, W)
    assert Affine(a(D, H).astype("f"), np.zeros(H, "f")).forward(a(N, D)).dtype == np.float32


def test_negative_samples():
    """Each row: different words, none of them the target; the shares are those of drawing without replacement."""
    words = np.repeat(np.arange(5), [50, 20, 10, 5, 1])
    sampler = layers.UnigramSampler(words, 0.75, 2)
    np.testing.assert_allclose(sampler.word_p, np.array([50, 20, 10, 5, 1]) ** 0.75 / (np.array([50, 20, 10, 5, 1]) ** 0.75).sum())
    np.random.seed(0)
    sample = sampler.get_negative_sample(np.full(40_000, 1))
    assert not np.any(sample == 1)
    assert np.all(sample[:, 0] != sample[:, 1])
    p = sampler.word_p.copy()
    p[1] = 0
    p /= p.sum()
    first = p
    second = sum(p[i] * np.where(np.arange(5) == i, 0, p) / (1 - p[i]) for i in (0, 2, 3, 4))
    for k, share in enumerate((first, second)):
        np.testing.assert_allclose(np.bincount(sample[:, k], minlength=5) / len(sample), share, atol=0.012)


def test_negative_samples_of_a_lopsided_corpus():
    """All but one word are rare: rejection alone would draw for ever."""
    sampler = layers.UnigramSampler(np.concatenate((np.zeros(2_000_000, np.int8), np.arange(1, 5, dtype=np.int8))), 1.0, 3)
    np.random.seed(0)
    sample = sampler.get_negative_sample(np.zeros(3000, int))
    assert np.all(np.sort(sample, axis=1)[:, 1:] != np.sort(sample, axis=1)[:, :-1])
    assert sample.min() == 1
    np.testing.assert_allclose(np.bincount(sample[:, 0], minlength=5)[1:] / 3000, 0.25, atol=0.04)
    with pytest.raises(ValueError, match="has only 5 words"):
        layers.UnigramSampler(np.arange(5), 0.75, 5)
