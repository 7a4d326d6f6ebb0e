"""Activations at their kinks and extremes, empty and 0-dim inputs, what is refused, and the error function. Warnings are errors here."""

import math

import numpy as np
import pytest

from minitorch_nlp import backend
from minitorch_nlp.functional import activation as A
from minitorch_nlp.functional.special import erf
from minitorch_nlp.tensor.tensor import Tensor

inf, nan = math.inf, math.nan
EXTREMES = np.array([-1e4, -100.0, 0.0, 100.0, 1e4])
STEP, RAMP, NOTHING = [0, 0, 0.5, 1, 1], [0, 0, 0, 100, 1e4], [0, 0, 0, 0, 0]


def gradient(op, x, **options):
    t = Tensor._wrap(np.array(x)).requires_grad_()
    op(t, **options).sum().backward()
    return t.grad.array


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("op", "value", "slope"),
    [
        (A.tanh, [-1, -1, 0, 1, 1], [0, 0, 1, 0, 0]),
        (A.sigmoid, STEP, [0, 0, 0.25, 0, 0]),
        (A.relu, RAMP, [0, 0, 0, 1, 1]),
        (A.elu, [-1, -1, 0, 100, 1e4], [0, 0, 1, 1, 1]),
        (A.softplus, [0, 0, math.log(2), 100, 1e4], STEP),
        (A.silu, RAMP, STEP),
        (A.gelu, RAMP, STEP),
        (A.mish, RAMP, [0, 0, 0.6, 1, 1]),
        (A.logsigmoid, [-1e4, -100, -math.log(2), 0, 0], [1, 1, 0.5, 0, 0]),
        (A.softsign, EXTREMES / (1 + abs(EXTREMES)), (1 + abs(EXTREMES)) ** -2),
        (erf, [-1, -1, 0, 1, 1], [0, 0, 2 / math.sqrt(math.pi), 0, 0]),
    ],
    ids=lambda v: getattr(v, "name", None),
)
def test_extremes(op, value, slope, dtype):
    x = EXTREMES.astype(dtype)
    np.testing.assert_allclose(op(x), value, rtol=1e-6, atol=1e-40)
    np.testing.assert_allclose(gradient(op, x), slope, rtol=1e-6, atol=1e-40)


SMOOTH = [A.tanh, A.sigmoid, A.softplus, A.silu, A.gelu, A.mish, A.logsigmoid, erf]


@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)
def test_second_derivatives_vanish_at_the_extremes(op):
    """They are 0 there, not 0 * inf."""
    x = Tensor._wrap(np.array([-1e4, -100.0, 100.0, 1e4], dtype=np.float32)).requires_grad_()
    op(x).sum().backward(create_graph=True)
    first, x.grad = x.grad, None
    first.sum().backward()
    np.testing.assert_allclose(x.grad.array, 0, atol=1e-40)


@pytest.mark.parametrize(
    ("op", "options", "kinks", "slopes"),
    [
        (A.relu, {}, [0.0, -0.0], [0, 0]),
        (A.leaky_relu, {"negative_slope": 0.2}, [0.0, -0.0], [0.2, 0.2]),
        (A.elu, {"alpha": 0.3}, [0.0], [0.3]),
        (A.hardtanh, {}, [-1.0, 1.0], [0, 0]),
        (A.relu6, {}, [0.0, 6.0], [0, 0]),
        (A.softplus, {"threshold": 2.0}, [2.0, 2.0000001], [1 / (1 + math.exp(-2)), 1]),
    ],
    ids=lambda v: getattr(v, "name", None),
)
def test_kinks(op, options, kinks, slopes):
    np.testing.assert_allclose(gradient(op, kinks, **options), slopes)


@pytest.mark.parametrize("n", [3, 3 * 4096])
def test_relu_hides_what_is_behind_it(n):
    """sqrt has an infinite derivative at 0, which relu must not turn into 0 * inf; nan goes through."""
    x = Tensor._wrap(np.resize(np.array([-1.0, 4.0, -inf], dtype=np.float32), n)).requires_grad_()
    A.relu(x).sqrt().sum().backward()
    np.testing.assert_array_equal(x.grad.array, np.resize([0, 0.25, 0], n))
    with_nan = np.resize(np.array([nan, -1.0, 2.0]), n)
    np.testing.assert_array_equal(A.relu(with_nan), np.resize([nan, 0, 2], n))
    np.testing.assert_array_equal(gradient(A.relu, with_nan), np.resize([1, 0, 1], n))


@pytest.mark.parametrize("n", [10, 5000])
@pytest.mark.parametrize("bad", [None, inf, nan])
@pytest.mark.parametrize("hidden", [True, False])
def test_keep_where(n, bad, hidden):
    rng = np.random.default_rng(0)
    values, mask = rng.standard_normal(n).astype(np.float32), rng.random(n) > 0.5
    if bad is not None:
        values[np.flatnonzero(mask != hidden)[0]] = bad
    kept = backend.keep_where(mask, values)
    assert kept.dtype == np.float32
    np.testing.assert_array_equal(kept, np.where(mask, values, 0))


def test_integers():
    x = np.array([-2, 0, 9])
    for op, expected in ((A.relu, [0, 0, 9]), (A.relu6, [0, 0, 6]), (A.hardtanh, [-1, 0, 1])):
        assert op(x).dtype == np.int64
        np.testing.assert_array_equal(op(x), expected)
    for op in (A.tanh, A.sigmoid, A.softsign, erf):
        assert op(x).dtype == np.float32


@pytest.mark.parametrize(
    "op", [A.leaky_relu, A.elu, A.selu, A.softplus, A.silu, A.gelu, A.mish, A.logsigmoid, A.glu, A.softmax, A.log_softmax]
)
def test_integers_are_refused(op):
    with pytest.raises(NotImplementedError, match=f"{op.name}: not implemented for int64"):
        op(np.arange(4))


def test_arguments_are_refused():
    x = np.ones((2, 3))
    with pytest.raises(RuntimeError, match="approximate must be 'none' or 'tanh'"):
        A.gelu(x, approximate="fast")
    with pytest.raises(ValueError, match="min_val cannot be greater than max_val, but 1 > 0"):
        A.hardtanh(x, min_val=1, max_val=0)
    with pytest.raises(RuntimeError, match="size must be even, but it is 3"):
        A.glu(x, dim=1)
    with pytest.raises(RuntimeError, match="relu: bool"):
        A.relu(x > 0)
    with pytest.raises(TypeError, match="unexpected keyword argument 'axis'"):
        A.softmax(x, axis=1)
    with pytest.raises(IndexError, match="Dimension out of range"):
        A.softmax(x, dim=2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_extremes(dtype):
    x = np.array([[1e4, 0.0, -1e4], [-inf, 0.0, 0.0], [1e30, 1e30, -1e30]], dtype=dtype)
    np.testing.assert_array_equal(A.softmax(x), [[1, 0, 0], [0, 0.5, 0.5], [0.5, 0.5, 0]])
    np.testing.assert_allclose(A.log_softmax(x), np.array([[0, -1e4, -2e4], [-inf, np.log(0.5), np.log(0.5)], [np.log(0.5)] * 2 + [-2e30]]))
    for op in (A.softmax, A.log_softmax):
        for row in ([-inf, -inf], [inf, 0.0], [nan, 0.0]):
            assert np.isnan(op(np.array(row, dtype=dtype))).all()


def test_softmax_shapes():
    assert A.softmax(np.array(3.0), dim=0) == 1
    assert A.log_softmax(np.array(3.0)) == 0
    for shape, dim in (((0,), 0), ((2, 0), 1), ((0, 2), 1), ((2, 0), 0)):
        for op in (A.softmax, A.log_softmax):
            assert op(np.zeros(shape), dim=dim).shape == shape
            assert gradient(op, np.zeros(shape), dim=dim).shape == shape
    assert A.softmax(np.arange(3), dim=0, dtype=np.float64).dtype == np.float64


def test_a_number_of_gelu():
    """Phi(1) = 0.841344746..., from a table; and the tanh form at 1."""
    assert A.gelu(np.array(1.0)) == pytest.approx(0.8413447460685429, rel=1e-15)
    assert A.gelu(np.array(1.0), approximate="tanh") == pytest.approx(0.8411919906082768, rel=1e-14)


# ---- erf -------------------------------------------------------------------------------------------------------------------------


def units_off(dtype, low, high, n=40001):
    """How many units in the last place erf is off, at most and on average."""
    x = np.linspace(low, high, n).astype(dtype)
    exact = np.array([math.erf(v) for v in x])
    off = np.abs(erf(x).astype(np.float64) - exact) / np.spacing(np.abs(exact.astype(dtype)))
    return off.max(), off.mean()


def test_erf_is_accurate():
    for low, high in ((-7, 7), (-0.5, 0.5), (-1e-3, 1e-3), (0, 1e-300)):
        most, mean = units_off("float64", low, high)
        assert most <= 4
        assert mean < 1
    for low, high in ((-5, 5), (-0.5, 0.5), (-1e-3, 1e-3)):
        most, mean = units_off("float32", low, high)
        assert most <= 6.5
        assert mean < 1


def test_erf_saturates():
    for dtype in ("float16", "float32", "float64"):
        y = erf(np.array([-inf, -1e4, -6, 6, 1e4, inf, nan, 0], dtype=dtype))
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, [-1, -1, -1, 1, 1, 1, nan, 0])
    assert np.abs(erf(np.linspace(3, 5, 100001, dtype=np.float32))).max() == 1
    assert erf(np.zeros((0, 3))).shape == (0, 3)
    assert erf(np.array(0.5)) == pytest.approx(0.5204998778130465, rel=1e-15)
