"""Sorting, choosing and running reductions: long rows, extremes, nan, and what is refused. Warnings are errors here."""

import math

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp.functional import extremum, order, reduction, scan
from minitorch_nlp.testing import gradcheck, gradgradcheck

inf, nan = math.inf, math.nan
LONG = np.random.default_rng(0).permutation(5000).astype(np.float32).reshape(2, 2500)


@pytest.mark.parametrize("largest", [False, True])
def test_the_best_of_a_long_row(largest):
    values, index = order.topk(LONG, k=7, dim=1, largest=largest)
    expected = np.sort(LONG, axis=1)[:, ::-1] if largest else np.sort(LONG, axis=1)
    np.testing.assert_array_equal(values, expected[:, :7])
    np.testing.assert_array_equal(np.take_along_axis(LONG, index, 1), values)


def test_one_of_a_long_row():
    ordered = np.sort(LONG, axis=1)
    values, index = order.kthvalue(LONG, k=100, dim=1, keepdim=True)
    np.testing.assert_array_equal(values, ordered[:, 99:100])
    np.testing.assert_array_equal(np.take_along_axis(LONG, index, 1), values)
    np.testing.assert_array_equal(order.median_dim(LONG, dim=1)[0], ordered[:, 1249])
    assert order.median_all(LONG) == 2499
    with_nan = LONG.copy()
    with_nan[0, 3] = nan
    values, index = order.median_dim(with_nan, dim=1)
    assert math.isnan(values[0])
    assert index[0] == 3
    assert order.nanmedian_dim(with_nan, dim=1)[0][0] in np.sort(LONG[0])[1248:1251]


def test_equal_ones_keep_their_order():
    x = np.array([2, 1, 2, 1, 2])
    np.testing.assert_array_equal(order.sort(x)[1], [1, 3, 0, 2, 4])
    np.testing.assert_array_equal(order.sort(x, descending=True)[1], [0, 2, 4, 1, 3])
    assert order.mode(x)[1] == 4
    np.testing.assert_array_equal(scan.cummax(x, dim=0)[1], [0, 0, 2, 2, 4])


def test_a_long_running_sum_does_not_drift():
    x = np.full(1_000_000, 0.1, dtype=np.float32)
    assert scan.cumsum(x, dim=0)[-1] == pytest.approx(100_000, rel=1e-6)
    halfs = np.full(3000, 0.1, dtype=np.float16)
    assert scan.cumsum(halfs, dim=0)[-1] == pytest.approx(300, rel=1e-3)


def test_logcumsumexp_does_not_overflow():
    x = np.array([-1e4, 0.0, 1e4, 1e4, -inf], dtype=np.float32)
    np.testing.assert_allclose(scan.logcumsumexp(x, dim=0), [-1e4, 0, 1e4, 1e4 + math.log(2), 1e4 + math.log(2)])
    t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    torch.logcumsumexp(t, 0).sum().backward()
    np.testing.assert_allclose(t.grad.numpy(), [1, 1, 2, 1, 0], rtol=1e-11)


def test_running_extremes_of_nan():
    x = np.array([1.0, nan, 3.0, nan, 0.0])
    for op in (scan.cummax, scan.cummin):
        values, index = op(x, dim=0)
        np.testing.assert_array_equal(values, [1, nan, nan, nan, nan])
        np.testing.assert_array_equal(index, [0, 1, 1, 3, 3])


def test_sums_of_halfs_are_exact_until_the_end():
    x = np.full(4096, 15.0, dtype=np.float16)
    assert reduction.sum(x) == 61440
    assert reduction.sum(x * 2) == inf
    assert reduction.sum(x).dtype == np.float16


def test_nothing_to_choose_from():
    assert math.isnan(order.median_all(np.zeros(0)))
    assert order.median_all(np.zeros(0, dtype=np.int32)) == np.iinfo(np.int32).min
    assert order.sort(np.zeros((0, 3)), dim=0)[0].shape == (0, 3)
    assert scan.cummax(np.zeros((2, 0)), dim=1)[1].shape == (2, 0)
    assert scan.logcumsumexp(np.zeros((0, 3)), dim=0).shape == (0, 3)
    assert reduction.nansum(np.full(3, nan)) == 0


COMPOSITES = {
    "quantile": lambda x: torch.quantile(x, torch.tensor([0.2, 0.7], dtype=torch.float64), dim=1),
    "nanmean": lambda x: torch.nanmean(x, 0),
    "renorm": lambda x: torch.renorm(x, 2, 0, 1.0),
    "dist": lambda x: torch.dist(x, x.flip(0) * 0.5, 3),
    "cov": lambda x: torch.cov(x, aweights=torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)),
    "corrcoef": lambda x: torch.corrcoef(x),
    "var_mean": lambda x: torch.var_mean(x, 1),
    "nuclear": lambda x: torch.norm(x, "nuc"),
}


@pytest.mark.parametrize("name", COMPOSITES)
def test_composites_have_both_derivatives(name):
    x = torch.tensor([[1.0, -2.0, 0.5], [0.2, 3.5, -1.5]], dtype=torch.float64, requires_grad=True)
    assert gradcheck(COMPOSITES[name], (x,))
    assert gradgradcheck(COMPOSITES[name], (x,))


def test_cov_without_freedom_warns():
    with pytest.warns(UserWarning, match="degrees of freedom"):
        assert math.isnan(torch.cov(torch.tensor([2.0])))


def test_an_out_of_another_shape_warns():
    values, index = torch.ones(2), torch.empty(0, dtype=torch.long)
    with pytest.warns(UserWarning, match="sort: an output with one or more elements was resized"):
        torch.sort(torch.tensor([3.0, 1.0, 2.0]), out=(values, index))
    assert values.tolist() == [1, 2, 3]
    assert index.tolist() == [1, 2, 0]


X = np.arange(6.0).reshape(2, 3)

REFUSED = [
    (order.topk, X, {"k": 4}, RuntimeError, "topk: selected index k out of range: k = 4, but dimension 1 has size 3"),
    (order.topk, X > 1, {"k": 1}, RuntimeError, "topk: not implemented for bool"),
    (order.kthvalue, X, {"k": 0}, RuntimeError, "kthvalue: selected number k out of range: k = 0"),
    (order.kthvalue, X > 1, {"k": 1}, NotImplementedError, "kthvalue: not implemented for bool"),
    (order.median_dim, X[:0], {"dim": 0}, IndexError, "reduction dim 0 to have non-zero size"),
    (order.nanmedian_dim, X[:, :0], {"dim": 1}, IndexError, "reduction dim 1 to have non-zero size"),
    (order.mode, X[:0], {"dim": 0}, IndexError, "reduction dim 0 to have non-zero size"),
    (order.sort, X, {"dim": 2}, IndexError, "Dimension out of range"),
    (scan.cummax, X, {"dim": -3}, IndexError, "Dimension out of range"),
    (scan.logcumsumexp, np.arange(3), {"dim": 0}, NotImplementedError, r"logcumsumexp: not implemented for int64; convert with .float\(\)"),
    (extremum.aminmax, X[:0], {}, RuntimeError, "aminmax: the input has no elements"),
    (reduction.sum, 2, {}, TypeError, r"sum\(\): argument 'input' must be Tensor, not int"),
]


@pytest.mark.parametrize(("op", "x", "options", "error", "text"), REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_refusals(op, x, options, error, text):
    with pytest.raises(error, match=f"(?s){text}"):
        op(x, **options)


REFUSED_HERE = [
    (lambda: torch.searchsorted(torch.ones(2, 3), torch.ones(3, 3)), RuntimeError, r"sorted_sequence is \(2, 3\)"),
    (lambda: torch.searchsorted(torch.ones(3), torch.ones(3), side="up"), RuntimeError, "side is 'left' or 'right'"),
    (lambda: torch.searchsorted(torch.ones(3), torch.ones(3), sorter=torch.tensor([0, 1, 3])), RuntimeError, "outside of"),
    (lambda: torch.bucketize(torch.ones(3), torch.ones(2, 2)), RuntimeError, "boundaries must be a vector"),
    (lambda: torch.quantile(torch.ones(3), 2), RuntimeError, r"q must be in the range \[0, 1\]"),
    (lambda: torch.quantile(torch.ones(3), 0.5, interpolation="most"), RuntimeError, "one of linear, lower, higher, midpoint, nearest"),
    (lambda: torch.histc(torch.tensor([1.0, inf])), RuntimeError, r"the range \[1.0, inf\] is not finite"),
    (lambda: torch.histogram(torch.ones(3), 2, weight=torch.ones(2)), RuntimeError, "weight must have the shape"),
    (lambda: torch.histogramdd(torch.ones(3, 2), [2]), RuntimeError, "2 dimensions want 2 bins"),
    (lambda: torch.cov(torch.ones(2, 3), fweights=torch.ones(3)), RuntimeError, "fweights must be integers"),
    (lambda: torch.renorm(torch.ones(3), 2, 0, 1), RuntimeError, "at least 2 dimensions"),
    (lambda: torch.hash_tensor(torch.ones(3), mode=2), RuntimeError, "mode 2 is unknown"),
    (lambda: torch.ones(2, 3).sum_to_size(2), RuntimeError, r"size \[2\] is not expandable to size \[2, 3\]"),
    (lambda: torch.unique(torch.tensor(1.0), dim=0), IndexError, "no slices"),
    (lambda: torch.norm(torch.ones(3), "nuc"), RuntimeError, "wants 2 dimensions, got 1"),
    (lambda: torch.norm(torch.ones(3), dtype=torch.int64), RuntimeError, "cannot be taken as"),
    (lambda: torch.ones(2, 3).amax((0, 0)), RuntimeError, "amax: duplicate"),
    (lambda: torch.ones(2, 3).all((0, 0)), RuntimeError, "appears multiple times"),
    (lambda: torch.ones(2, 3).sum(dims=1), TypeError, r"sum\(\) got an unexpected keyword argument 'dims'"),
]


@pytest.mark.parametrize(("call", "error", "text"), REFUSED_HERE, ids=lambda v: v if isinstance(v, str) else "")
def test_refusals_of_functions(call, error, text):
    with pytest.raises(error, match=f"(?s){text}"):
        call()
