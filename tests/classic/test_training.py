"""Optimizers, trainers, shared weights, files of parameters."""

import math
import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

from minitorch_nlp.classic import optimizer as optimizers
from minitorch_nlp.classic.base_model import BaseModel
from minitorch_nlp.classic.dataset import spiral
from minitorch_nlp.classic.layers import Affine, Sigmoid, SoftmaxWithLoss
from minitorch_nlp.classic.optimizer import SGD, AdaGrad, Adam, Momentum, Nesterov, RMSprop
from minitorch_nlp.classic.time_layers import TimeAffine, TimeEmbedding, TimeSoftmaxWithLoss
from minitorch_nlp.classic.trainer import RnnlmTrainer, Trainer, remove_duplicate


class TwoLayerNet(BaseModel):
    def __init__(self, inputs, hidden, outputs):
        self.layers = [
            Affine(0.01 * np.random.randn(inputs, hidden), np.zeros(hidden)),
            Sigmoid(),
            Affine(0.01 * np.random.randn(hidden, outputs), np.zeros(outputs)),
        ]
        self.loss_layer = SoftmaxWithLoss()
        self.params, self.grads = [], []
        for layer in self.layers:
            self.params += layer.params
            self.grads += layer.grads

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def forward(self, x, t):
        return self.loss_layer.forward(self.predict(x), t)

    def backward(self, dout=1):
        dout = self.loss_layer.backward(dout)
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout


# ---- optimizers ---------------------------------------------------------------------------------------------------------------------


def sgd(p, g, s, t, lr):
    return p - lr(t) * g


def momentum(p, g, s, t, lr):
    s["v"] = 0.9 * s.get("v", 0) - lr(t) * g
    return p + s["v"]


def nesterov(p, g, s, t, lr):
    s["v"] = 0.9 * s.get("v", 0) - lr(t) * g
    return p + 0.9 * s["v"] - lr(t) * g


def adagrad(p, g, s, t, lr):
    s["h"] = s.get("h", 0) + g * g
    return p - lr(t) * g / (np.sqrt(s["h"]) + 1e-7)


def rmsprop(p, g, s, t, lr):
    s["h"] = 0.99 * s.get("h", 0) + 0.01 * g * g
    return p - lr(t) * g / (np.sqrt(s["h"]) + 1e-7)


def adam(p, g, s, t, lr):
    s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0) + 0.001 * g * g
    rate = lr(t) * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return p - rate * s["m"] / (np.sqrt(s["v"]) + 1e-7)


FORMULAS = {SGD: sgd, Momentum: momentum, Nesterov: nesterov, AdaGrad: adagrad, RMSprop: rmsprop, Adam: adam}


@pytest.mark.parametrize("make", FORMULAS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_optimizers(make, dtype):
    """The formulas, with a rate that changes halfway; in place."""
    dice = np.random.RandomState(0)
    params = [dice.randn(3, 4).astype(dtype), dice.randn(4).astype(dtype)]
    expected, states = [p.astype(np.float64) for p in params], [{}, {}]
    places = [id(p) for p in params]
    ours = make(lr=0.1)
    for t in range(1, 7):
        grads = [dice.randn(*p.shape).astype(dtype) for p in params]
        before = [g.copy() for g in grads]
        ours.lr = 0.1 if t < 4 else 0.025
        ours.update(params, grads)
        expected = [
            FORMULAS[make](p, g.astype(np.float64), s, t, lambda t: 0.1 if t < 4 else 0.025) for p, g, s in zip(expected, grads, states)
        ]
        for g, old in zip(grads, before):
            np.testing.assert_array_equal(g, old)
    assert [id(p) for p in params] == places
    for p, wanted in zip(params, expected):
        assert p.dtype == dtype
        np.testing.assert_allclose(p, wanted, rtol=1e-12 if dtype == np.float64 else 2e-5)


def test_every_optimizer_is_tested():
    assert set(optimizers.__all__) == {c.__name__ for c in FORMULAS}


def test_default_rates():
    assert [make().lr for make in FORMULAS] == [0.01] * 5 + [0.001]


def test_gradients_must_match():
    with pytest.raises(ValueError, match="2 parameters, but 1 gradients"):
        SGD().update([np.zeros(1), np.zeros(2)], [np.zeros(1)])


# ---- trainers -----------------------------------------------------------------------------------------------------------------------


def test_the_spiral(capsys, tmp_path, monkeypatch):
    """Chapter 1: what is printed, what is learned, and the picture."""
    import matplotlib

    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    x, t = spiral.load_data()
    model = TwoLayerNet(2, 10, 3)
    trainer = Trainer(model, SGD(lr=1.0))
    trainer.fit(x, t, max_epoch=300, batch_size=30, eval_interval=10)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| epoch 1 |  iter 1 / 10 | time 0[s] | loss 1.10"
    assert re.fullmatch(r"\| epoch 300 \|  iter 1 / 10 \| time \d\[s\] \| loss 0\.1\d", lines[-1])
    assert len(trainer.loss_list) == 300
    assert trainer.loss_list[-1] < 0.2
    assert np.mean(model.predict(x).argmax(1) == t.argmax(1)) > 0.95
    trainer.plot()
    assert "loss.png" in capsys.readouterr().out
    assert (tmp_path / "loss.png").stat().st_size > 5_000
    trainer.plot(ylim=(0, 1))


def test_interval_none_prints_nothing(capsys):
    x, t = spiral.load_data()
    trainer = Trainer(TwoLayerNet(2, 3, 3), Adam())
    trainer.fit(x, t, max_epoch=1, eval_interval=None)
    trainer.fit(x, t, max_epoch=2, eval_interval=None)
    assert capsys.readouterr().out == ""
    assert trainer.current_epoch == 3
    assert trainer.loss_list == []


def test_clipping():
    """With max_grad no step of SGD is longer than lr max_grad."""
    x, t = spiral.load_data()
    model = TwoLayerNet(2, 3, 3)
    trainer = Trainer(model, SGD(lr=1.0))
    before = [p.copy() for p in model.params]
    trainer.fit(x[:30], t[:30], max_epoch=1, batch_size=30, max_grad=1e-4)
    step = math.sqrt(sum(np.sum((p - q) ** 2) for p, q in zip(model.params, before)))
    assert step == pytest.approx(1e-4, rel=0.02)


class Bigram(BaseModel):
    """Scores of the next word from the one before; the table is shared between input and output."""

    def __init__(self, words, width):
        W = (np.random.randn(words, width) / 10).astype("f")
        middle = TimeAffine((np.random.randn(width, width) / 3).astype("f"), np.zeros(width, "f"))
        self.layers = [TimeEmbedding(W), middle, TimeAffine(W.T, np.zeros(words, "f"))]
        self.loss_layer = TimeSoftmaxWithLoss()
        self.params = [p for layer in self.layers for p in layer.params]
        self.grads = [g for layer in self.layers for g in layer.grads]
        self.batches = []

    def forward(self, xs, ts):
        self.batches.append((xs, ts))
        for layer in self.layers:
            xs = layer.forward(xs)
        return self.loss_layer.forward(xs, ts)

    def backward(self, dout=1):
        dout = self.loss_layer.backward(dout)
        for layer in reversed(self.layers):
            dout = layer.backward(dout)


def test_language_model_trainer(capsys):
    np.random.seed(0)
    corpus = np.tile(np.arange(7), 60)
    model = Bigram(7, 8)
    trainer = RnnlmTrainer(model, Adam(lr=0.03))
    trainer.fit(corpus[:-1], corpus[1:], max_epoch=30, batch_size=4, time_size=5, eval_interval=10)
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"\| epoch 1 \|  iter 1 / 20 \| time 0\[s\] \| perplexity 7\.\d\d", lines[0])
    assert len(trainer.ppl_list) == 60
    assert trainer.ppl_list[-1] < 1.5
    W, U = model.layers[0].params[0], model.layers[2].params[0]
    np.testing.assert_array_equal(W.T, U)
    assert U.base is W
    xs, ts = corpus[:-1], corpus[1:]
    np.testing.assert_array_equal(model.batches[0][0], [xs[k * 104 : k * 104 + 5] for k in range(4)])
    np.testing.assert_array_equal(model.batches[1][1], [ts[k * 104 + 5 : k * 104 + 10] for k in range(4)])


def test_batches_begin_again_at_the_end():
    trainer = RnnlmTrainer(None, None)
    x = np.arange(10)
    for _ in range(3):
        batch, target = trainer.get_batch(x, x + 1, 2, 4)
    assert batch.tolist() == [[8, 9, 0, 1], [3, 4, 5, 6]]
    assert target.tolist() == [[9, 10, 1, 2], [4, 5, 6, 7]]


def test_shared_weights_are_found_by_memory():
    W, b = np.arange(4.0).reshape(2, 2), np.zeros(2)
    equal = W.copy()
    params = [W, b, W.T, equal, W, b]
    grads = [np.full(p.shape, 10.0**i) + np.arange(p.size).reshape(p.shape) for i, p in enumerate(params)]
    wanted = grads[0] + grads[2].T + grads[4]
    kept, sums = remove_duplicate(params, grads)
    assert [id(p) for p in kept] == [id(p) for p in (W, b, equal)]
    np.testing.assert_array_equal(sums[0], wanted)
    np.testing.assert_array_equal(sums[1], [100010, 100012])
    assert len(params) == 6


# ---- files --------------------------------------------------------------------------------------------------------------------------


def test_save_and_load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = TwoLayerNet(2, 10, 3), TwoLayerNet(2, 10, 3)
    first.save_params()
    assert os.listdir(tmp_path) == ["TwoLayerNet.pkl"]
    places = [id(p) for p in second.params]
    second.load_params()
    assert [id(p) for p in second.params] == places
    for p, q in zip(first.params, second.params):
        np.testing.assert_array_equal(p.astype(np.float16), q)
    with open("TwoLayerNet.pkl", "rb") as file:
        assert [a.dtype for a in pickle.load(file)] == [np.float16] * 4
    first.save_params("other.pkl")
    second.load_params("other.pkl")
    with pytest.raises(OSError, match=r"nowhere\.pkl"):
        second.load_params("nowhere.pkl")


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_files_that_pickle_wrote(tmp_path, protocol):
    path = tmp_path / "params.pkl"
    first, second = TwoLayerNet(2, 10, 3), TwoLayerNet(2, 10, 3)
    arrays = [first.params[0].astype(">f4"), *(np.asfortranarray(p, np.float16) for p in first.params[1:])]
    path.write_bytes(pickle.dumps(arrays, protocol))
    second.load_params(str(path))
    for p, q in zip(arrays, second.params):
        np.testing.assert_array_equal(p, q)


class Evil:
    def __reduce__(self):
        return os.system, ("touch executed",)


@pytest.mark.parametrize(
    "content",
    [Evil(), [np.zeros(2), Evil()], {"a": 1}, [1, 2], [np.array([Evil()], object)], [np.array(["a"])], [np.zeros(2, [("a", "f4")])]],
)
def test_files_that_are_not_arrays(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    model = TwoLayerNet(2, 10, 3)
    before = [p.copy() for p in model.params]
    data = pickle.dumps(content)
    for k in (len(data), len(data) - 3, len(data) // 2, 0):
        (tmp_path / "bad.pkl").write_bytes(data[:k])
        with pytest.raises(pickle.UnpicklingError):
            model.load_params("bad.pkl")
    assert os.listdir(tmp_path) == ["bad.pkl"]
    for p, q in zip(model.params, before):
        np.testing.assert_array_equal(p, q)


def test_what_is_refused_is_named(tmp_path):
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(pickle.UnpicklingError, match=f"wants '{os.system.__module__}.system'.*nothing was executed"):
        TwoLayerNet(2, 10, 3).load_params(str(path))


def test_wrong_shapes_change_nothing(tmp_path):
    path = str(tmp_path / "small.pkl")
    TwoLayerNet(2, 9, 3).save_params(path)
    model = TwoLayerNet(2, 10, 3)
    before = [p.copy() for p in model.params]
    with pytest.raises(ValueError, match=r"\(2, 9\).*TwoLayerNet has .*\(2, 10\)"):
        model.load_params(path)
    np.testing.assert_array_equal(before[0], model.params[0])


def test_a_model_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Mine has no forward"):
        type("Mine", (BaseModel,), {})().forward()


def test_without_a_gpu_it_says_so():
    code = "from minitorch_nlp.classic import config\nconfig.GPU = True\nfrom minitorch_nlp.classic.np import *"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    if done.returncode:
        assert "CuPy is not installed" in done.stderr
    model = TwoLayerNet(2, 10, 3)
    layers = [p for layer in model.layers for p in layer.params]
    model.to_cpu()
    assert [id(p) for p in model.params] == [id(p) for p in layers]


def test_moving_keeps_what_is_shared():
    model = Bigram(7, 8)
    model._move(np.copy)
    W = model.layers[0].params[0]
    assert model.params[0] is W
    assert model.params[3].base is W
    assert model.layers[2].params[0].base is W
    assert [id(g) for g in model.grads] == [id(g) for layer in model.layers for g in layer.grads]
