"""Layers, models, optimizers, datasets, loaders, transforms, and drawing."""

import gzip
import shutil
import struct

import numpy as np
import pytest

import minitorch_nlp.classic.dezero.functions as F
import minitorch_nlp.classic.dezero.layers as L
from minitorch_nlp.classic.dezero import (
    DataLoader,
    Dataset,
    Layer,
    Model,
    Parameter,
    SeqDataLoader,
    Variable,
    cuda,
    optimizers,
    transforms,
    utils,
)
from minitorch_nlp.classic.dezero.datasets import MNIST, SinCurve, Spiral, get_spiral
from minitorch_nlp.classic.dezero.models import MLP, VGG16, Sequential

# ---- layers ------------------------------------------------------------------------------------------------------------------------


class Net(Model):
    def __init__(self):
        super().__init__()
        for name in ("zulu", "mike", "alpha"):
            setattr(self, name, L.Linear(2, in_size=2))
        self.scale = Parameter(np.ones(1))
        self.inner = Sequential(L.Linear(1, nobias=True), L.BatchNorm())

    def forward(self, x):
        return self.inner(self.alpha(self.mike(self.zulu(x))) * self.scale)


def test_parameters_come_in_the_order_they_were_assigned():
    net = Net()
    names = [name for name, _ in net.named_params()]
    assert names[:7] == ["zulu/W", "zulu/b", "mike/W", "mike/b", "alpha/W", "alpha/b", "scale"]
    assert names[7:] == ["inner/l0/W", "inner/l1/avg_mean", "inner/l1/avg_var", "inner/l1/gamma", "inner/l1/beta"]
    assert [id(p) for p in net.params()] == [id(p) for _, p in net.named_params()]
    net(np.ones((3, 2), np.float32)).backward()
    assert net.scale.grad is not None
    net.cleargrads()
    assert all(p.grad is None for p in net.params())


def test_linear_draws_as_dezero():
    np.random.seed(0)
    layer = L.Linear(3)
    assert layer.W.data is None
    x = Variable(np.ones((5, 2), np.float32))
    assert layer(x).dtype == np.float32
    np.random.seed(0)
    np.testing.assert_array_equal(layer.W.data, np.random.randn(2, 3).astype(np.float32) * np.float32(np.sqrt(1 / 2)))
    assert layer.inputs[0]() is x
    assert L.Linear(3, nobias=True).b is None
    assert L.Linear(3, dtype=np.float64, in_size=2).W.dtype == np.float64


def test_weights_in_a_file(tmp_path):
    path = tmp_path / "weights.npz"
    a, b = MLP((4, 3)), MLP((4, 3))
    x = np.ones((2, 5), np.float32)
    y = a(x)
    a.save_weights(path)
    b.load_weights(path)
    np.testing.assert_array_equal(b(x).data, y.data)
    assert sorted(np.load(path).files) == ["l0/W", "l0/b", "l1/W", "l1/b"]
    with pytest.raises(KeyError, match=r"no l2/W"):
        MLP((4, 3, 2)).load_weights(path)
    with pytest.raises(KeyError, match=r"l1/b has shape \(9,\)"):
        MLP((4, 9)).load_weights(path)


def test_convolutions():
    image = np.ones((2, 3, 8, 8), np.float32)
    assert L.Conv2d(4, 3, stride=2, pad=1)(image).shape == (2, 4, 4, 4)
    layer = L.Deconv2d(4, 3, stride=2, pad=1, in_channels=3)
    assert layer.W.shape == (3, 4, 3, 3)
    assert layer(image).shape == (2, 4, 15, 15)


def test_recurrent_layers():
    x = [np.full((2, 3), v, np.float32) for v in (0.1, -0.5)]
    rnn = L.RNN(4, in_size=3)
    h = np.tanh(x[0] @ rnn.x2h.W.data)
    np.testing.assert_allclose(rnn(x[0]).data, h, rtol=1e-5)
    np.testing.assert_allclose(rnn(x[1]).data, np.tanh(x[1] @ rnn.x2h.W.data + h @ rnn.h2h.W.data), rtol=1e-5)
    rnn.reset_state()
    assert rnn.h is None
    lstm = L.LSTM(4)
    for step in x:
        y = lstm(step)
    assert [n for n, _ in lstm.named_params()][:4] == ["x2f/W", "x2f/b", "x2i/W", "x2i/b"]
    sigmoid = lambda v: 1 / (1 + np.exp(-v))
    h = c = np.zeros((2, 4))
    for step in x:
        f, i, o, u = (step @ getattr(lstm, f"x2{g}").W.data + h @ getattr(lstm, f"h2{g}").W.data for g in "fiou")
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(u)
        h = sigmoid(o) * np.tanh(c)
    np.testing.assert_allclose(y.data, h, rtol=1e-5)


def test_embedding():
    layer = L.EmbedID(5, 3)
    layer(np.array([1, 1, 4])).backward()
    np.testing.assert_array_equal(layer.W.grad.data[:, 0], [0, 2, 0, 0, 1])


def test_a_layer_without_forward():
    with pytest.raises(NotImplementedError, match=r"Layer has no forward"):
        Layer()(1)


# ---- optimizers --------------------------------------------------------------------------------------------------------------------


def by_hand(name, p, g, steps):
    """Each optimizer's steps on one number with a gradient that stays, as written in the papers."""
    state = [0.0, 0.0]
    for t in range(1, steps + 1):
        if name == "SGD":
            p -= 0.01 * g
        elif name == "MomentumSGD":
            state[0] = 0.9 * state[0] - 0.01 * g
            p += state[0]
        elif name == "AdaGrad":
            state[0] += g**2
            p -= 0.001 * g / (state[0] ** 0.5 + 1e-8)
        elif name == "AdaDelta":
            state[0] = 0.95 * state[0] + 0.05 * g**2
            d = ((state[1] + 1e-6) / (state[0] + 1e-6)) ** 0.5 * g
            state[1] = 0.95 * state[1] + 0.05 * d**2
            p -= d
        else:
            state = [0.9 * state[0] + 0.1 * g, 0.999 * state[1] + 0.001 * g**2]
            p -= 0.001 * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t) * state[0] / (state[1] ** 0.5 + 1e-8)
    return p


class One(Model):
    def __init__(self, *values):
        super().__init__()
        for i, v in enumerate(values):
            setattr(self, f"p{i}", Parameter(np.array([v])))


@pytest.mark.parametrize("name", ["SGD", "MomentumSGD", "AdaGrad", "AdaDelta", "Adam"])
def test_optimizer(name):
    model = One(2.0, 5.0)
    optimizer = getattr(optimizers, name)().setup(model)
    for _ in range(3):
        model.p0.grad = Variable(np.array([0.3]))
        optimizer.update()
    assert model.p0.data[0] == pytest.approx(by_hand(name, 2.0, 0.3, 3), rel=1e-12)
    assert model.p1.data[0] == 5.0


def test_hooks():
    model = One(2.0, 5.0)
    optimizer = optimizers.SGD(lr=1.0).setup(model)
    optimizer.add_hook(optimizers.WeightDecay(0.1))
    optimizer.add_hook(optimizers.ClipGrad(1.0))
    for p, g in ((model.p0, 2.8), (model.p1, 3.5)):
        p.grad = Variable(np.array([g]))
    optimizer.update()
    assert [model.p0.data[0], model.p1.data[0]] == pytest.approx([2 - 0.6, 5 - 0.8])
    optimizer.add_hook(optimizers.FreezeParam(model))
    model.p0.grad = Variable(np.array([1.0]))
    optimizer.update()
    assert model.p0.data[0] == pytest.approx(1.4)
    assert len(optimizers.FreezeParam(L.Linear(2, in_size=2), model.p0).freeze_params) == 3


# ---- data --------------------------------------------------------------------------------------------------------------------------


def test_spiral():
    x, t = get_spiral()
    assert (x.shape, x.dtype, np.bincount(t).tolist()) == ((300, 2), np.float32, [100, 100, 100])
    np.random.seed(1984)  # point by point, as the book draws it
    points = []
    for arm in range(3):
        for i in range(100):
            theta = arm * 4.0 + 4.0 * i / 100 + np.random.randn() * 0.2
            points.append((i / 100 * np.sin(theta), i / 100 * np.cos(theta)))
    order = np.random.permutation(300)
    np.testing.assert_allclose(x, np.array(points)[order], rtol=1e-6)
    np.testing.assert_array_equal(t, order // 100)
    assert len(Spiral(train=False)) == 300


def write_idx(path, array, packed):
    raw = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}i", *array.shape) + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(raw) if packed else raw)


def test_mnist(tmp_path, monkeypatch):
    images = np.arange(3 * 28 * 28).reshape(3, 28, 28) % 256
    for kind, packed in (("train", True), ("t10k", False)):
        end = ".gz" if packed else ""
        write_idx(tmp_path / f"{kind}-images-idx3-ubyte{end}", images, packed)
        write_idx(tmp_path / f"{kind}-labels-idx1-ubyte{end}", np.array([5, 0, 4]), packed)
    train, test = MNIST(folder=tmp_path), MNIST(train=False, transform=None, folder=tmp_path)
    x, t = train[1]
    assert (x.shape, x.dtype, t, len(train)) == ((784,), np.float32, 0, 3)
    np.testing.assert_allclose(x, images[1].ravel() / np.float32(255))
    assert (test[2][0].shape, test[2][1]) == ((1, 28, 28), 4)
    assert MNIST.labels()[7] == "7"
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match=r"put train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz"):
        MNIST(folder=tmp_path)
    for content in (b"\0\0\x0d\1\0\0\0\0", b"\0\0\x08\1\0\0\0\5a"):
        (tmp_path / "train-labels-idx1-ubyte").write_bytes(content)
        with pytest.raises(ValueError, match=r"train-labels"):
            MNIST(folder=tmp_path)


def test_what_is_refused():
    with pytest.raises(NotImplementedError, match=r"VGG16: "):
        VGG16(pretrained=True)
    from minitorch_nlp.classic.dezero import datasets

    with pytest.raises(NotImplementedError, match=r"CIFAR10: nothing is downloaded"):
        datasets.CIFAR10()


class Ten(Dataset):
    def prepare(self):
        self.data, self.label = np.arange(10), np.arange(10) * 2


def test_loaders():
    loader = DataLoader(Ten(), 4, shuffle=False)
    assert [(x.tolist(), t.tolist()) for x, t in loader][2] == ([8, 9], [16, 18])
    assert len(list(loader)) == 3
    np.random.seed(3)
    order = np.random.permutation(10)
    np.random.seed(3)
    assert np.concatenate([x for x, _ in DataLoader(Ten(target_transform=lambda t: -t), 4)]).tolist() == order.tolist()
    rows = [x.tolist() for x, _ in SeqDataLoader(Ten(), 2)]
    assert rows == [[0, 5], [1, 6], [2, 7], [3, 8], [4, 9]]
    with pytest.raises(TypeError, match=r"one integer"):
        Ten()[[0, 1]]
    x, t = SinCurve()[998]
    assert (x.shape, len(SinCurve(train=False)), SinCurve(train=False)[0][0][0]) == ((1,), 999, 1.0)


def test_transforms():
    image = np.arange(12, dtype=np.float64).reshape(3, 2, 2)
    f = transforms.Compose([transforms.Normalize([0, 4, 8], [1, 2, 4]), transforms.Flatten(), transforms.ToFloat()])
    np.testing.assert_array_equal(f(image), np.array([0, 1, 2, 3, 0, 0.5, 1, 1.5, 0, 0.25, 0.5, 0.75], np.float32))
    assert f(image).dtype == np.float32
    assert transforms.ToInt()(image).dtype == int
    assert transforms.Compose()(3) == 3
    with pytest.raises(NotImplementedError, match=r"Resize"):
        transforms.Resize(3)


# ---- arrays and drawings -----------------------------------------------------------------------------------------------------------


def test_array_modules():
    assert cuda.get_array_module(Variable(np.ones(1))) is np
    assert cuda.as_numpy(3.0).shape == ()
    assert cuda.as_numpy(Variable(np.ones(2))).tolist() == [1, 1]
    if not cuda.gpu_enable:
        with pytest.raises(RuntimeError, match=r"CuPy"):
            MLP((2,)).to_gpu() or Variable(np.ones(1)).to_gpu()
    with pytest.raises(AttributeError):
        cuda.nothing


def test_graph_as_text(tmp_path, monkeypatch):
    x = Variable(np.array([1.0, 2.0]), name="x")
    y = F.sum(x * 2)
    text = utils.get_dot_graph(y)
    boxes = [line.split("[label=")[1].split(",")[0] for line in text.splitlines() if "shape=box" in line]
    assert boxes == ['"Sum"', '"Mul"']
    assert f'{id(x)} [label="x: (2,) float64", color=orange, style=filled]' in text
    assert f"{id(x)} -> {id(y.creator.inputs[0].creator)}" in text
    assert f"{id(y.creator)} -> {id(y)}" in text
    assert 'label="x"' in utils.get_dot_graph(y, verbose=False)
    for _ in range(60):  # 2^60 ways through the graph, each function once
        y = y + y
    assert utils.get_dot_graph(y).count('"Add"') == 60
    path = MLP((2, 1)).plot(np.ones((1, 3), np.float32), to_file=tmp_path / "model.dot")
    assert path.read_text().count("shape=box") == 5
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(RuntimeError, match=r"dot"):
        utils.plot_dot_graph(y, to_file=tmp_path / "graph.png")
