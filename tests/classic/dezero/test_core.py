"""Variables and Functions: printing, dtypes, gradients of any order, and how long a graph lives."""

import gc
import weakref

import numpy as np
import pytest

import minitorch_nlp.classic.dezero.functions as F
from minitorch_nlp.classic.dezero import Config, Function, Parameter, Variable, as_array, as_variable, no_grad, test_mode, using_config
from minitorch_nlp.classic.dezero._operators import power
from minitorch_nlp.classic.dezero.core import add, div, mul, neg, rdiv, rsub, sub
from minitorch_nlp.classic.dezero.core import pow as pow_of
from minitorch_nlp.testing import check_op


def var(*values, dtype=None):
    return Variable(np.array(values[0] if len(values) == 1 else values, dtype=dtype))


# ---- what a Variable is ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (np.array([[1, 2, 3], [4, 5, 6]]), "variable([[1 2 3]\n          [4 5 6]])"),
        (np.array(1.5), "variable(1.5)"),
        (np.array([True, False]), "variable([ True False])"),
        (None, "variable(None)"),
    ],
)
def test_printing(data, text):
    assert repr(Variable(data)) == str(Variable(data)) == text


def test_attributes():
    x = Variable(np.zeros((2, 3), np.float32), name="x")
    assert (x.shape, x.ndim, x.size, x.dtype, len(x), x.name) == ((2, 3), 2, 6, np.float32, 2, "x")
    assert x.grad is None
    assert x.creator is None
    assert x.generation == 0
    x.data = x.data.sum()  # NumPy makes a scalar of it
    assert isinstance(x.data, np.ndarray)
    assert x.shape == ()


@pytest.mark.parametrize("value", [1, 1.0, [1.0], "x", np.float64(1.0)])
def test_only_arrays(value):
    with pytest.raises(TypeError, match=r"is not supported"):
        Variable(value)
    assert isinstance(as_array(1.0), np.ndarray)
    x = var(1.0)
    assert as_variable(x) is x
    if not np.isscalar(value) or isinstance(value, str):
        with pytest.raises(TypeError):
            x + value


def test_a_parameter_without_data_says_so():
    with pytest.raises(ValueError, match=r"no data"):
        F.matmul(var([[1.0]]), Parameter(None))


@pytest.mark.parametrize(
    ("f", "value", "grad"),
    [
        (lambda x: 3 * x + 1, 7.0, 3.0),
        (lambda x: np.array(2.0) + x, 4.0, 1.0),
        (lambda x: np.float64(2.0) * x, 4.0, 2.0),
        (lambda x: x - np.array(2.0), 0.0, 1.0),
        (lambda x: 1 - x, -1.0, -1.0),
        (lambda x: x / 4, 0.5, 0.25),
        (lambda x: 1 / x, 0.5, -0.25),
        (lambda x: -x, -2.0, -1.0),
        (lambda x: x**3, 8.0, 12.0),
        (lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, 1.0, 0.0),
        (lambda x: add(x, 1), 3.0, 1.0),
        (lambda x: sub(x, 1), 1.0, 1.0),
        (lambda x: rsub(x, 1), -1.0, -1.0),
        (lambda x: mul(x, 3), 6.0, 3.0),
        (lambda x: div(x, 4), 0.5, 0.25),
        (lambda x: rdiv(x, 1), 0.5, -0.25),
        (lambda x: neg(x), -2.0, -1.0),
        (lambda x: pow_of(x, 2), 4.0, 4.0),
    ],
)
def test_operators(f, value, grad):
    x = var(2.0)
    y = f(x)
    y.backward()
    assert y.data == pytest.approx(value)
    assert x.grad.data == pytest.approx(grad, abs=1e-12)


def test_power_is_an_op_like_the_others():
    check_op(power)


# ---- dtypes ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "value", "grad"),
    [
        (lambda x: F.reshape(x, (6,)), "[1 2 3 4 5 6]", "[[1 1 1] [1 1 1]]"),
        (lambda x: x.T, "[[1 4] [2 5] [3 6]]", "[[1 1 1] [1 1 1]]"),
        (lambda x: F.sum(x, axis=0), "[5 7 9]", "[[1 1 1] [1 1 1]]"),
        (lambda x: x[1], "[4 5 6]", "[[0 0 0] [1 1 1]]"),
        (lambda x: F.get_item(x, np.array([0, 0, 1])), "[[1 2 3] [1 2 3] [4 5 6]]", "[[2 2 2] [1 1 1]]"),
        (lambda x: x**2, "[[ 1 4 9] [16 25 36]]", "[[ 2 4 6] [ 8 10 12]]"),
        (lambda x: x * x + 3 * x, "[[ 4 10 18] [28 40 54]]", "[[ 5 7 9] [11 13 15]]"),
        (lambda x: x.dot(np.array([[1], [1], [1]])), "[[ 6] [15]]", "[[1 1 1] [1 1 1]]"),
        (lambda x: x * 0.5, "[[0.5 1. 1.5] [2. 2.5 3. ]]", "[[0.5 0.5 0.5] [0.5 0.5 0.5]]"),
        (lambda x: F.exp(x * 0), "[[1. 1. 1.] [1. 1. 1.]]", "[[0. 0. 0.] [0. 0. 0.]]"),
        (lambda x: x / 2, "[[0.5 1. 1.5] [2. 2.5 3. ]]", "[[0.5 0.5 0.5] [0.5 0.5 0.5]]"),
        (lambda x: F.average(x, axis=1), "[2. 5.]", "[[0.33333333 0.33333333 0.33333333] [0.33333333 0.33333333 0.33333333]]"),
        (lambda x: F.max(x, axis=1), "[3 6]", "[[0 0 1] [0 0 1]]"),
        (lambda x: F.sum_to(x, (1, 3)), "[[5 7 9]]", "[[1 1 1] [1 1 1]]"),
    ],
)
def test_integers(f, value, grad):
    """Integers stay integers where NumPy keeps them so, and have gradients: floats where those are."""
    x = var([[1, 2, 3], [4, 5, 6]])
    y = f(x)
    y.backward()
    assert " ".join(str(y.data).split()) == value
    assert " ".join(str(x.grad.data).split()) == grad


def test_float32_stays_beside_numbers_and_widens_beside_float64():
    w = var([[1.0], [2.0]], dtype=np.float32)
    y = (w * 2.0 + 1) ** 2 / 3 - F.mean(w) * 0.5
    y.backward()
    assert y.dtype == w.grad.dtype == np.float32
    w.cleargrad()
    y = F.matmul(np.ones((3, 2)), w)
    y.backward()
    assert y.dtype == w.grad.dtype == np.float64


@pytest.mark.parametrize(
    "index",
    [
        1, -1, np.int64(2), ..., None, slice(None, None, -1), (slice(None), slice(3, None, -2)), (0, slice(None), [0, 2]), [[0, 1], [2, 0]],
        (slice(None), np.array([0, 0]), slice(1, 3)), ([0, 1, 1], [2, 2, 2]), (np.arange(2), slice(None), np.array([3, 3], np.uint8)),
        np.ones((3, 4), bool), (slice(None), np.array([True, False, True, False])), np.array([], dtype=int), [], (0, None, ..., 1),
    ],
    ids=str,
)  # fmt: skip
def test_items_are_numpys(index):
    x = Variable(np.random.default_rng(0).standard_normal((3, 4, 5)))
    y = x[index]
    np.testing.assert_array_equal(y.data, x.data[index])
    (y**2).backward()
    expected = np.zeros_like(x.data)
    np.add.at(expected, index, 2 * x.data[index])
    np.testing.assert_allclose(x.grad.data, expected)


def test_items_at_a_variable():
    x = Variable(np.arange(6).reshape(2, 3))
    assert x[Variable(np.array([1, 0]))].data[0, 0] == 3
    assert [row.shape for row in x] == [(3,), (3,)]


# ---- backward ----------------------------------------------------------------------------------------------------------------------


def test_gradients_add_up_until_cleared():
    x = var(3.0)
    (x + x).backward()
    ((x + x) + x).backward()
    assert x.grad.data == 5.0
    x.cleargrad()
    assert x.grad is None


def test_backward_starts_with_the_gradient_it_has():
    x = var([1.0, 2.0])
    y = x * 2
    y.grad = var([10.0, 1.0])
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [20.0, 2.0])
    assert y.grad is None


def test_retain_grad():
    x0, x1 = var(1.0), var(2.0)
    t = x0 + x1
    y = x0 + t
    y.backward()
    assert (y.grad, t.grad) == (None, None)
    assert (x0.grad.data, x1.grad.data) == (2.0, 1.0)
    x0.cleargrad(), x1.cleargrad()
    y.backward(retain_grad=True)
    assert (y.grad.data, t.grad.data, x0.grad.data, x1.grad.data) == (1.0, 1.0, 2.0, 1.0)
    y.backward(retain_grad=True)
    assert (x0.grad.data, x0.grad.creator) == (4.0, None)


def test_the_order_of_generations():
    x = var(2.0)
    a = x**2
    y = a**2 + a**2
    y.backward()
    assert (y.data, x.grad.data) == (32.0, 64.0)
    assert (x.generation, a.generation, y.generation) == (0, 1, 3)


def test_creator():
    a, b = var(1.0), var(2.0)
    c = a * b
    d = F.sin(c)
    assert [type(v.creator).__name__ for v in (c, d, d**2, d[...], c.reshape(1, 1).T)] == ["Mul", "Sin", "Pow", "GetItem", "Transpose"]
    assert d.creator is d.creator
    assert d.creator.inputs[0] is c
    assert d.creator.outputs[0]() is d
    assert c.creator.inputs == [a, b]
    assert (c * 3).creator.inputs[1].data == 3
    c.grad = d.creator.backward(var(1.0))
    assert c.grad.data == np.cos(2.0)
    assert [g.data for g in c.creator.backward(c.grad)] == [2 * np.cos(2.0), np.cos(2.0)]


def test_config():
    x = var(2.0)
    with no_grad():
        y = x * x
        assert y.creator is None
        assert not Config.enable_backprop
    assert Config.enable_backprop
    with using_config("enable_backprop", False), using_config("enable_backprop", True):
        assert (x * x).creator is not None
    with test_mode():
        assert not Config.train
        assert F.dropout(x) is x
    assert Config.train


# ---- derivatives of any order ------------------------------------------------------------------------------------------------------


def test_newton():
    x = var(2.0)
    for _ in range(8):
        y = x**4 - 2 * x**2
        x.cleargrad()
        y.backward(create_graph=True)
        gx = x.grad
        x.cleargrad()
        gx.backward()
        x.data -= gx.data / x.grad.data
    assert x.data == pytest.approx(1.0, abs=1e-15)


def test_the_sixth_derivative_of_tanh():
    """f6 = 16 y (1 - y^2)(-45 y^4 + 60 y^2 - 17), from f' = 1 - y^2."""
    x = Variable(np.linspace(-2, 2, 9))
    y = F.tanh(x)
    y.backward(create_graph=True)
    for _ in range(5):
        gx = x.grad
        x.cleargrad()
        gx.backward(create_graph=True)
    t = np.tanh(x.data)
    np.testing.assert_allclose(x.grad.data, 16 * t * (1 - t**2) * (-45 * t**4 + 60 * t**2 - 17), rtol=1e-12, atol=1e-12)


def test_double_backward():
    x = var(2.0)
    y = x**2
    y.backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    z = gx**3 + y
    z.backward()
    assert x.grad.data == 100.0  # 3 (2 x)^2 2 + 2 x


def test_second_derivative_by_an_integer():
    x = var(2)
    y = F.exp(x)
    y.backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    gx.backward()
    assert x.grad.data == pytest.approx(np.exp(2.0))


class Square(Function):
    def forward(self, x):
        return x**2

    def backward(self, gy):
        (x,) = self.inputs
        return 2 * x * gy


class SumAndProduct(Function):
    def forward(self, x, y):
        return x + y, x * y

    def backward(self, gs, gp):
        x, y = self.inputs
        seen.append((gs, gp))
        gs, gp = 0.0 if gs is None else gs, 0.0 if gp is None else gp
        return gs + gp * y, gs + gp * x


seen = []


def test_users_functions():
    x = var(0.5)
    a = Square()(x)
    y = Square()(F.exp(a))
    assert isinstance(a.creator, Square)
    assert a.creator.outputs[0]() is a
    y.backward(create_graph=True)
    assert x.grad.data == pytest.approx(3.297442541400256)
    gx = x.grad
    x.cleargrad()
    gx.backward()
    e = np.exp(2 * 0.25)
    assert x.grad.data == pytest.approx(4 * e + 16 * 0.25 * e)  # y = exp(2 x^2)


def test_a_users_function_keeps_its_gradients_dtype():
    class Half(Function):
        def forward(self, x):
            return x * 0.5

        def backward(self, gy):
            return gy * 0.5

    x = var(3)
    Half()(x).backward()
    assert (x.grad.data, x.grad.dtype) == (0.5, np.float64)


def test_several_outputs():
    x, y = var(2.0), var(3.0)
    s, p = SumAndProduct()(x, y)
    assert (s.data, p.data) == (5.0, 6.0)
    assert s.creator is p.creator
    (s * p).backward(create_graph=True)  # x^2 y + x y^2
    assert (x.grad.data, y.grad.data) == (2 * 6 + 9.0, 4 + 12.0)
    gx = x.grad
    x.cleargrad(), y.cleargrad()
    gx.backward()
    assert (x.grad.data, y.grad.data) == (6.0, 10.0)
    p = SumAndProduct()(x, y)[1]
    p.backward()
    assert seen[-1][0] is None


# ---- how long a graph lives --------------------------------------------------------------------------------------------------------


def test_unchain():
    x = var(2.0)
    a = x**2
    b = a * 3
    a.unchain()
    b.backward()
    assert (a.creator, a.grad.data, x.grad) == (None, 3.0, None)


def test_unchain_backward_frees_the_past():
    x = var(2.0)
    past = x * 2
    h = past * 2
    other = h * 5
    y = Square()(h * 3)
    forgotten = weakref.ref(past)
    del past
    y.backward()
    y.unchain_backward()
    assert forgotten() is None
    assert x.grad.data == 2 * 24 * 3 * 4
    assert h.creator is None
    assert y.creator is not None
    other.backward()
    assert (h.grad.data, x.grad.data) == (5.0, 576.0)


@pytest.mark.parametrize("retain_grad", [False, True])
def test_no_cycle_keeps_the_graph(retain_grad):
    gc.collect()
    gc.disable()
    try:
        x = var(np.ones(3))
        s, p = SumAndProduct()(x, x * 2)
        y = Square()(F.exp(s + p[0]) / x.sum())
        y.creator.inputs[0].creator.inputs
        seen.clear()
        y.backward(retain_grad=retain_grad)
        seen.clear()
        gone = [weakref.ref(v) for v in (y, s, p, y.creator, y._node)]
        del y, s, p
        assert [r() for r in gone] == [None] * 5
    finally:
        gc.enable()


def test_numpy_functions_that_are_not_recorded_are_refused():
    x = var([1.0, 2.0])
    for call in (lambda: np.median(x), lambda: np.add.reduce(x), lambda: np.add(x, 1, out=np.zeros(2)), lambda: np.cbrt(x)):
        with pytest.raises(TypeError, match=r"\.data"):
            call()
    assert np.greater(x, 1).tolist() == [False, True]
