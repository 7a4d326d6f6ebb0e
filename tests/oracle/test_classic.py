"""The book's layers and optimizers against PyTorch, with the same weights."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from minitorch_nlp.classic import optimizer  # noqa: E402
from minitorch_nlp.classic.attention_layer import TimeAttention  # noqa: E402
from minitorch_nlp.classic.layers import (  # noqa: E402
    Affine,
    Embedding,
    MatMul,
    NegativeSamplingLoss,
    Relu,
    Sigmoid,
    SigmoidWithLoss,
    Softmax,
    SoftmaxWithLoss,
    Tanh,
)
from minitorch_nlp.classic.time_layers import (  # noqa: E402
    TimeAffine,
    TimeBiLSTM,
    TimeDropout,
    TimeEmbedding,
    TimeLSTM,
    TimeRNN,
    TimeSigmoidWithLoss,
    TimeSoftmaxWithLoss,
)
from minitorch_nlp.classic.trainer import remove_duplicate  # noqa: E402

F = torch.nn.functional
N, T, D, H, V = 3, 4, 5, 6, 7
TOLERANCE = {np.float64: 1e-12, np.float32: 2e-5}
dice = np.random.RandomState(0)
WORDS = dice.randint(0, V, (N, T))
LABELS = np.where(dice.rand(N, T) < 0.3, -1, dice.randint(0, V, (N, T)))
ONES = dice.randint(0, 2, (N, T))


def lstm(x, Wx, Wh, b, reverse=False):
    """torch's LSTM, with the book's weights."""

    def rows(w):
        f, g, i, o = w.T.split(H)
        return torch.cat((i, f, g, o))

    x = x.flip(1) if reverse else x
    weights = [rows(Wx), rows(Wh), rows(b[:, None].T)[:, 0], torch.zeros_like(b)]
    zero = x.new_zeros(1, N, H)
    y = torch._VF.lstm(x, (zero, zero), weights, True, 1, 0.0, False, False, True)[0]
    return y.flip(1) if reverse else y


def elman(x, Wx, Wh, b):
    return torch._VF.rnn_tanh(x, x.new_zeros(1, N, H), [Wx.T, Wh.T, b, torch.zeros_like(b)], True, 1, 0.0, False, False, True)[0]


def sized(*shapes):
    return [np.random.RandomState(k).randn(*shape) for k, shape in enumerate(shapes)]


RNN, LSTM = [(D, H), (H, H), (H,)], [(D, 4 * H), (H, 4 * H), (4 * H,)]
# layer, shapes of its weights, inputs (shapes or integers), the same in torch: (inputs..., weights...) -> output
CASES = [
    (MatMul, [(D, H)], [(N, D)], lambda x, W: x @ W),
    (Affine, [(D, H), (H,)], [(N, D)], lambda x, W, b: x @ W + b),
    (Embedding, [(V, D)], [WORDS[0]], F.embedding),
    (Sigmoid, [], [(N, D)], torch.sigmoid),
    (Relu, [], [(N, D)], torch.relu),
    (Tanh, [], [(N, D)], torch.tanh),
    (Softmax, [], [(N, D)], lambda x: x.softmax(-1)),
    (SoftmaxWithLoss, [], [(N, V), WORDS[:, 0]], F.cross_entropy),
    (SigmoidWithLoss, [], [(N,), ONES[:, 0]], lambda x, t: F.binary_cross_entropy_with_logits(x, t.to(x.dtype))),
    (TimeRNN, RNN, [(N, T, D)], elman),
    (TimeLSTM, LSTM, [(N, T, D)], lstm),
    (TimeBiLSTM, LSTM + LSTM, [(N, T, D)], lambda x, *w: torch.cat((lstm(x, *w[:3]), lstm(x, *w[3:], reverse=True)), 2)),
    (TimeEmbedding, [(V, D)], [WORDS], F.embedding),
    (TimeAffine, [(D, H), (H,)], [(N, T, D)], lambda x, W, b: x @ W + b),
    (
        TimeSoftmaxWithLoss,
        [],
        [(N, T, V), LABELS],
        lambda x, t: F.cross_entropy(x.flatten(0, 1), t.flatten(), ignore_index=-1),
    ),
    (TimeSigmoidWithLoss, [], [(N, T), ONES], lambda x, t: F.binary_cross_entropy_with_logits(x, t.to(x.dtype))),
    (TimeAttention, [], [(N, T, H), (N, 2, H)], lambda enc, dec: (dec @ enc.mT).softmax(-1) @ enc),
]


def leaf(x):
    return torch.tensor(x, requires_grad=x.dtype.kind == "f")


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("make", "shapes", "inputs", "theirs"), CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_layers(make, shapes, inputs, theirs, dtype):
    weights = [w.astype(dtype) for w in sized(*shapes)]
    inputs = [x if isinstance(x, np.ndarray) else np.random.RandomState(9).randn(*x).astype(dtype) for x in inputs]
    layer = make(*weights)
    out = layer.forward(*inputs)
    xs, ws = [leaf(x) for x in inputs], [leaf(w) for w in weights]
    wanted = theirs(*xs, *ws)

    def same(found, tensor):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, tensor.detach().numpy(), rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])

    same(out, wanted)
    dy = np.random.RandomState(8).randn(*np.shape(out)).astype(dtype) if np.ndim(out) else 1
    wanted.backward(torch.tensor(dy) if np.ndim(out) else None)
    dxs = layer.backward(dy)
    dxs = dxs if isinstance(dxs, tuple) else (dxs,)
    for dx, x in zip(dxs, [x for x in xs if x.requires_grad]):
        same(dx, x.grad)
    for grad, w in zip(layer.grads, ws):
        same(grad, w.grad)


def test_negative_sampling():
    W, h, target = *sized((V, H), (N, H)), WORDS[:, 1]
    layer = NegativeSamplingLoss(W, np.arange(5 * V) % V, sample_size=3)
    layer.sampler.get_negative_sample = lambda target: (target[:, None] + [1, 2, 4]) % V
    loss = layer.forward(h, target)
    dh = layer.backward()
    w, x = leaf(W), leaf(h)
    words = torch.tensor(np.concatenate((target[:, None], (target[:, None] + [1, 2, 4]) % V), 1))
    score = torch.einsum("nsh,nh->ns", w[words], x)
    wanted = -(F.logsigmoid(score[:, 0]) + F.logsigmoid(-score[:, 1:]).sum(1)).mean()
    wanted.backward()
    np.testing.assert_allclose(loss, wanted.item(), rtol=1e-12)
    np.testing.assert_allclose(dh, x.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(layer.grads[0], w.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (optimizer.SGD(0.1), lambda p: torch.optim.SGD(p, 0.1)),
        (optimizer.Momentum(0.1), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
        (optimizer.Nesterov(0.1), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True)),
        (optimizer.AdaGrad(0.1), lambda p: torch.optim.Adagrad(p, 0.1, eps=1e-7)),
        (optimizer.RMSprop(0.1), lambda p: torch.optim.RMSprop(p, 0.1, alpha=0.99, eps=1e-7)),
        (optimizer.Adam(0.1), lambda p: torch.optim.Adam(p, 0.1, eps=0.0)),
    ],
    ids=lambda v: type(v).__name__,
)
def test_optimizers(ours, theirs, monkeypatch):
    """The epsilons of the two Adams stand at different places, so they are 0 here."""
    if isinstance(ours, optimizer.Adam):
        monkeypatch.setattr(optimizer, "EPS", 0.0)
    params = sized((3, 4), (4,))
    leaves = [leaf(p) for p in params]
    other = theirs(leaves)
    for k in range(5):
        grads = [np.random.RandomState(k).uniform(0.5, 1.5, p.shape) for p in params]
        for p, g in zip(leaves, grads):
            p.grad = torch.tensor(g)
        other.step()
        ours.update(params, grads)
    for p, q in zip(params, leaves):
        np.testing.assert_allclose(p, q.detach().numpy(), rtol=1e-12)


def test_a_language_model_with_shared_weights():
    """Embedding, LSTM, and the embedding again; twenty steps of truncated backpropagation with clipping, in both."""
    from minitorch_nlp.classic.util import clip_grads

    E, Wx, Wh, b, bias = (w * 0.3 for w in sized((V, H), (H, 4 * H), (H, 4 * H), (4 * H,), (V,)))
    corpus = np.random.RandomState(5).randint(0, V, (N, 101))
    layers = [TimeEmbedding(E), TimeDropout(0.0), TimeLSTM(Wx, Wh, b, stateful=True), TimeAffine(E.T, bias)]
    loss_layer, sgd = TimeSoftmaxWithLoss(), optimizer.SGD(0.5)
    leaves = [leaf(w) for w in (E, Wx, Wh, b, bias)]
    theirs = torch.optim.SGD(leaves, 0.5)
    f, g, i, o = (np.arange(k * H, (k + 1) * H) for k in range(4))
    order = torch.tensor(np.concatenate((i, f, g, o)))
    state = (torch.zeros(1, N, H, dtype=torch.float64),) * 2
    for k in range(20):
        xs, ts = corpus[:, 5 * k : 5 * k + 5], corpus[:, 5 * k + 1 : 5 * k + 6]
        out = xs
        for layer in layers:
            out = layer.forward(out)
        loss = loss_layer.forward(out, ts)
        back = loss_layer.backward()
        for layer in reversed(layers):
            back = layer.backward(back)
        params, grads = remove_duplicate([p for x in layers for p in x.params], [q for x in layers for q in x.grads])
        clip_grads(grads, 0.25)
        sgd.update(params, grads)

        e, wx, wh, bb, bi = leaves
        weights = [wx.T[order], wh.T[order], bb[order], torch.zeros_like(bb)]
        y, *state = torch._VF.lstm(
            F.embedding(torch.tensor(xs), e), tuple(s.detach() for s in state), weights, True, 1, 0.0, True, False, True
        )
        wanted = F.cross_entropy((y @ e.T + bi).flatten(0, 1), torch.tensor(ts).flatten())
        theirs.zero_grad()
        wanted.backward()
        torch.nn.utils.clip_grad_norm_(leaves, 0.25)
        theirs.step()
        assert loss == pytest.approx(wanted.item(), rel=1e-10)
    for p, q in zip((E, Wx, Wh, b, bias), leaves):
        np.testing.assert_allclose(p, q.detach().numpy(), atol=1e-11)
