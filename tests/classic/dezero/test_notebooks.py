"""Small scripts in the style of the book's steps, and one in a process of its own under the name `dezero`."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minitorch_nlp.classic.dezero.functions as F
from minitorch_nlp.classic.dezero import DataLoader, Function, Model, Parameter, SeqDataLoader, Variable, layers, no_grad, optimizers
from minitorch_nlp.classic.dezero.datasets import SinCurve, Spiral
from minitorch_nlp.classic.dezero.models import MLP

ROOT = Path(__file__).parent.parent.parent.parent


def test_goldstein_price():
    x, y = Variable(np.array(1.0)), Variable(np.array(1.0))
    a = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    b = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    (a * b).backward()
    assert (x.grad.data, y.grad.data) == (-5376.0, 8064.0)


def test_rosenbrock_descent():
    x0, x1 = Variable(np.array(0.0)), Variable(np.array(2.0))
    for i in range(10000):
        y = 100 * (x1 - x0**2) ** 2 + (x0 - 1) ** 2
        x0.cleargrad(), x1.cleargrad()
        y.backward()
        if i == 0:
            assert (x0.grad.data, x1.grad.data) == (-2.0, 400.0)
        if abs(x0.data - 1) < 0.1:
            break
        x0.data -= 0.001 * x0.grad.data
        x1.data -= 0.001 * x1.grad.data
    assert 0.9 < x0.data < 1.1


def test_sine_as_a_taylor_series():
    x, y = Variable(np.array(np.pi / 4)), 0
    for i in range(9):
        y = y + (-1) ** i / math.factorial(2 * i + 1) * x ** (2 * i + 1)
    y.backward()
    assert y.data == pytest.approx(np.sin(np.pi / 4), abs=1e-15)
    assert x.grad.data == pytest.approx(np.cos(np.pi / 4), abs=1e-14)


class Sin(Function):
    def forward(self, x):
        return np.sin(x)

    def backward(self, gy):
        return gy * F.cos(self.inputs[0])


def test_higher_derivatives_of_a_users_function():
    x = Variable(np.linspace(-3, 3, 7))
    y = Sin()(x)
    y.backward(create_graph=True)
    found = []
    for _ in range(4):
        gx = x.grad
        found.append(gx.data)
        x.cleargrad()
        gx.backward(create_graph=True)
    t = x.data
    np.testing.assert_allclose(found, [np.cos(t), -np.sin(t), -np.cos(t), np.sin(t)], atol=1e-15)


def test_linear_regression():
    np.random.seed(0)
    x = np.random.rand(100, 1)
    t = 5 + 2 * x + np.random.rand(100, 1)
    W, b = Variable(np.zeros((1, 1))), Variable(np.zeros(1))
    for _ in range(300):
        loss = F.mean_squared_error(F.matmul(x, W) + b, t)
        W.cleargrad(), b.cleargrad()
        loss.backward()
        W.data -= 0.1 * W.grad.data
        b.data -= 0.1 * b.grad.data
    best = np.linalg.lstsq(np.hstack([x, np.ones_like(x)]), t, rcond=None)[0].ravel()
    np.testing.assert_allclose([W.data.item(), b.data.item()], best, atol=0.15)


def test_two_layers_on_a_noisy_sine():
    np.random.seed(0)
    x = np.random.rand(100, 1)
    t = np.sin(2 * np.pi * x) + np.random.rand(100, 1)

    class TwoLayers(Model):
        def __init__(self):
            super().__init__()
            self.l1, self.l2 = layers.Linear(10), layers.Linear(1)

        def forward(self, x):
            return self.l2(F.sigmoid(self.l1(x)))

    model = TwoLayers()
    losses = []
    for _ in range(1000):
        loss = F.mean_squared_error(model(x), t)
        model.cleargrads()
        loss.backward()
        for p in model.params():
            p.data -= 0.2 * p.grad.data
        losses.append(float(loss.data))
    assert losses[-1] < 0.8 * losses[10]
    assert all(p.dtype == np.float32 for p in model.params())


def test_spiral():
    np.random.seed(0)
    train, test = DataLoader(Spiral(train=True), 30), DataLoader(Spiral(train=False), 30, shuffle=False)
    model = MLP((10, 3), activation=F.relu)
    optimizer = optimizers.Adam(0.01).setup(model)
    for _ in range(80):
        for x, t in train:
            loss = F.softmax_cross_entropy(model(x), t)
            model.cleargrads()
            loss.backward()
            optimizer.update()
    with no_grad():
        accuracy = np.mean([F.accuracy(model(x), t).data for x, t in test])
    assert accuracy > 0.9


def test_lstm_on_a_sine():
    np.random.seed(0)

    class Net(Model):
        def __init__(self):
            super().__init__()
            self.rnn, self.fc = layers.LSTM(16), layers.Linear(1)

        def forward(self, x):
            return self.fc(self.rnn(x))

    loader = SeqDataLoader(SinCurve(train=True), batch_size=30)
    model = Net()
    optimizer = optimizers.Adam(0.01).setup(model)
    losses = []
    for _ in range(8):
        model.rnn.reset_state()
        total, loss, count = 0.0, 0, 0
        for x, t in loader:
            loss = loss + F.mean_squared_error(model(x), t)
            count += 1
            if count % 15 == 0 or count == loader.max_iter:
                model.cleargrads()
                loss.backward()
                loss.unchain_backward()
                optimizer.update()
                total, loss = total + float(loss.data), 0
        losses.append(total / count)
    assert losses[-1] < 0.2 * losses[0]
    assert isinstance(model.rnn.x2f.W, Parameter)


SCRIPT = """
import numpy as np
import dezero
import dezero.functions as F
import dezero.layers as L
from dezero import Variable, optimizers
from dezero.core import Function
from dezero.models import MLP, VGG16

class Exp(Function):
    def forward(self, x):
        return np.exp(x)
    def backward(self, gy):
        return gy * np.exp(self.inputs[0].data)

x = Variable(np.array([[1, 2], [3, 4]]), name="x")
print(x)
y = Exp()(x * 0)
y.backward()
print(x.grad, isinstance(y, dezero.Variable), dezero.functions is F)

np.random.seed(0)
model = MLP((4, 1))
optimizer = optimizers.SGD(lr=0.2)
optimizer.setup(model)
data = np.random.rand(20, 1)
for i in range(3):
    loss = F.mean_squared_error(model(data), data * 2)
    model.cleargrads()
    loss.backward()
    optimizer.update()
    print(f"{float(loss.data):.4f}")
print([p.name for p in model.params()])
try:
    VGG16(pretrained=True)
except NotImplementedError as error:
    print(str(error).split(":")[0])
try:
    from dezero.models import NoSuchModel
except ImportError:
    print("no such model")
"""


def run(name, *script):
    alias = f"--alias {name}=minitorch_nlp.classic.dezero".split()
    command = [sys.executable, "-W", "error", "-m", "minitorch_nlp.cli", "run", *alias, *map(str, script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", ["dezero", "leopard"])
def test_a_script_that_imports_dezero(tmp_path, name):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("dezero", name))
    lines = run(name, script)
    assert lines[:4] == ["variable([[1 2]", "          [3 4]])", "variable([[0. 0.]", "          [0. 0.]]) True True"]
    losses = [float(line) for line in lines[4:7]]
    assert losses[2] < losses[1] < losses[0]
    assert lines[7:] == ["['W', 'b', 'W', 'b']", "VGG16", "no such model"]


def test_the_example(tmp_path):
    pytest.importorskip("matplotlib")
    lines = run("dezero", ROOT / "examples" / "dezero_tanh.py", "--out", tmp_path / "tanh.png")
    assert float(lines[0].split("largest error ")[1].split()[0]) < 1e-10
    assert (tmp_path / "tanh.png").stat().st_size > 10_000
