"""Reductions: extremes without warnings, ties, zeros, dtypes, and what is refused. Warnings are errors here."""

import math

import numpy as np
import pytest

from minitorch_nlp.functional import reduction as R
from minitorch_nlp.tensor.tensor import Tensor
from minitorch_nlp.testing import check_sample

inf, nan = math.inf, math.nan
X = np.arange(6.0).reshape(2, 3)


def gradient(op, x, **options):
    """The gradient of the sum of op's (first) output."""
    t = Tensor._wrap(np.array(x)).requires_grad_()
    out = op(t, **options)
    R.sum(out[0] if isinstance(out, tuple) else out).backward()
    return t.grad.array


@pytest.mark.parametrize("value", [1e4, -1e4])
def test_logsumexp_does_not_overflow(value):
    x = np.full((2, 3), value)
    np.testing.assert_allclose(R.logsumexp(x, dim=1), value + math.log(3), rtol=1e-14)
    np.testing.assert_allclose(gradient(R.logsumexp, x, dim=1), 1 / 3, rtol=1e-11)
    np.testing.assert_array_equal(R.logsumexp(x * 1e300, dim=1), value * 1e300)


def test_logsumexp_of_nothing_possible():
    x = np.array([[-inf, -inf], [0.0, -inf], [inf, 0.0]], dtype=np.float32)
    np.testing.assert_array_equal(R.logsumexp(x, dim=1), [-inf, 0, inf])
    np.testing.assert_array_equal(gradient(R.logsumexp, x[:2], dim=1), [[0, 0], [1, 0]])
    np.testing.assert_array_equal(R.logsumexp(x[:, :0], dim=1), [-inf] * 3)


def test_overflow_is_quiet():
    big = np.full(4, 1e30, dtype=np.float32)
    assert R.prod(big) == R.cumprod(big, dim=0)[-1] == R.norm(big) == R.norm(big, p=3) == inf
    for op, options in ((R.prod, {}), (R.cumprod, {"dim": 0}), (R.norm, {}), (R.norm, {"p": 3})):
        assert gradient(op, big, **options).shape == (4,)


def test_too_few_elements_are_quiet():
    assert math.isnan(R.mean(np.zeros(0)))
    assert math.isnan(R.var(np.ones(1)))
    assert math.isnan(R.std(np.ones(())))
    assert R.var(np.array([1.0, 3.0]), correction=2) == inf
    assert np.isnan(gradient(R.std, [1.0])).all()
    assert gradient(R.mean, np.zeros((0, 3)), dim=0).shape == (0, 3)


def test_the_mean_of_many_halfs_fits():
    x = np.full(3000, 100, dtype=np.float16)
    assert R.mean(x) == 100
    assert R.mean(x).dtype == np.float16


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64"])
def test_integers_accumulate_in_int64(dtype):
    x = np.ones((2, 3), dtype=dtype)
    for out in (R.sum(x), R.sum(x, dim=1), R.prod(x), R.cumsum(x, dim=0), R.cumprod(x, dim=1)):
        assert out.dtype == np.int64
    assert R.sum(x, dtype=np.dtype("int8")).dtype == np.int8


def test_equal_extremes_share_the_gradient_and_an_index_takes_it():
    x = [[3.0, 1.0, 3.0], [2.0, 2.0, 2.0]]
    np.testing.assert_allclose(gradient(R.amax, x, dim=1), [[0.5, 0, 0.5], [1 / 3] * 3])
    np.testing.assert_allclose(gradient(R.amin, x, dim=1), [[0, 1, 0], [1 / 3] * 3])
    np.testing.assert_array_equal(gradient(R.max_all, x), [[0.5, 0, 0.5], [0, 0, 0]])
    np.testing.assert_array_equal(gradient(R.max_dim, x, dim=1), [[1, 0, 0], [1, 0, 0]])
    np.testing.assert_array_equal(gradient(R.min_dim, x, dim=1, keepdim=True), [[0, 1, 0], [1, 0, 0]])
    np.testing.assert_array_equal(R.max_dim(np.array(x), dim=1)[1], [0, 0])


def test_nan_is_the_extreme():
    x = np.array([1.0, nan, 3.0, nan])
    values, index = R.min_dim(x, dim=0)
    assert math.isnan(values)
    assert index == R.argmax(x) == 1
    np.testing.assert_array_equal(gradient(R.max_all, x), [0, 0.5, 0, 0.5])
    np.testing.assert_array_equal(gradient(R.max_dim, x, dim=0), [0, 1, 0, 0])


@pytest.mark.parametrize("zeros", [[], [0], [3], [1, 2], [0, 3], [0, 1, 2, 3]])
def test_products_have_both_derivatives_at_zeros(zeros):
    x = np.array([[1.5, -2.0, 0.5, 3.0], [1.0, 2.0, -1.0, 0.7]])
    x[0, zeros] = 0
    check_sample(R.cumprod, (x,), {"dim": 1})
    check_sample(R.prod, (x,), {"dim": 1, "keepdim": False})
    check_sample(R.prod, (x,), {"dim": -2, "keepdim": True})
    check_sample(R.prod, (x[0],), {"dim": None, "keepdim": True})


@pytest.mark.parametrize("p", [1, 2, 3, 1.5, 0.5, -1, inf, -inf, "fro"])
def test_the_norm_of_zeros_has_subgradient_zero(p):
    np.testing.assert_array_equal(gradient(R.norm, np.zeros((2, 3)), p=p, dim=1), np.zeros((2, 3)))


def test_a_zero_beside_others_has_subgradient_zero():
    for p in (1, 1.5, 0.5):
        assert gradient(R.norm, [0.0, 2.0, -2.0], p=p)[0] == 0


def test_zero_dimensions_count_as_one():
    x = np.array(2.0)
    for op in (R.sum, R.mean, R.prod, R.amax, R.logsumexp, R.norm):
        for options in ({"dim": 0}, {"dim": -1, "keepdim": True}):
            assert np.shape(op(x, **options)) == ()
            assert gradient(op, x, **options) == 1
    for op in (R.cumsum, R.cumprod):
        assert op(x, dim=-1).shape == ()
        assert gradient(op, x, dim=0) == 1
    value, index = R.max_dim(x, dim=0)
    assert (value, index) == (2, 0)
    with pytest.raises(IndexError):
        R.sum(x, dim=(1,))


def test_no_dimensions_means_all():
    for op in (R.sum, R.mean, R.var, R.std, R.amax, R.amin, R.logsumexp, R.norm):
        assert np.shape(op(X, dim=())) == ()
        assert np.shape(op(X, dim=(), keepdim=True)) == (1, 1)


def test_lists_and_positions():
    np.testing.assert_array_equal(R.sum(X, [0]), [3, 5, 7])
    np.testing.assert_array_equal(R.amax(X, [-1], True), [[2], [5]])
    np.testing.assert_array_equal(R.cumsum(X, 1), np.cumsum(X, 1))


def test_gradients_own_their_memory():
    dx = R.sum_backward(np.array(1.0), R.sum_forward(X)[1])[0]
    assert dx.base is None
    assert dx.flags.writeable
    assert dx.flags.c_contiguous


REFUSED = [
    (R.sum, X, {"dim": 2}, IndexError, "sum: Dimension out of range"),
    (R.sum, X, {"dim": (0, -2)}, RuntimeError, "sum: duplicate"),
    (R.mean, np.arange(3), {}, RuntimeError, r"mean: .* floating point dtype, it has int64; convert it with .float\(\)"),
    (R.var, np.arange(3), {}, RuntimeError, "var: .* floating point"),
    (R.prod, X, {"dim": (0, 1)}, TypeError, r"prod: dim must be an int, got \(0, 1\)"),
    (R.amax, X[:0], {}, RuntimeError, r"amax: the input has no elements, its shape is \(0, 3\)"),
    (R.amin, X[:0], {"dim": (1, 0)}, IndexError, r"amin: dim 0 has size 0 in the shape \(0, 3\)"),
    (R.max_all, X[:0], {}, RuntimeError, "max: the input has no elements"),
    (R.min_dim, X[:, :0], {"dim": -1}, IndexError, "min: dim 1 has size 0"),
    (R.argmax, X > 1, {}, RuntimeError, "argmax: a bool tensor is not supported"),
    (R.argmin, X[:0], {}, IndexError, "argmin: the input has no elements"),
    (R.norm, X, {"p": "nuc"}, NotImplementedError, "nuclear"),
    (R.norm, X, {"p": "two"}, RuntimeError, "order 'two' is not supported"),
    (R.norm, np.arange(3), {}, RuntimeError, "norm: .* floating point"),
    (R.cumsum, X, {"dim": -3}, IndexError, "out of range"),
]


@pytest.mark.parametrize(("op", "x", "options", "error", "text"), REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_refusals(op, x, options, error, text):
    with pytest.raises(error, match=f"(?s){text}"):
        op(x, **options)
