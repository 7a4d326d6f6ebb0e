"""Sums and maxima in other words give what `sum` and `max` give."""

import threading
import warnings

import numpy as np
import pytest

from minitorch_nlp import backend
from minitorch_nlp.functional._reductions import LONGEST, peak, sum_of_columns, sum_of_rows

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dim", [-1, 0, 1, 2])
@pytest.mark.parametrize("layout", [lambda x: x, np.asfortranarray, lambda x: x[::2, ::-1], lambda x: x.transpose(2, 0, 1)])
def test_peak_is_the_maximum_whatever_the_layout(dim, layout):
    x = layout(RNG.normal(size=(4, 3, 5)).astype("f"))
    np.testing.assert_array_equal(peak(x, dim), x.max(dim, keepdims=True))


@pytest.mark.parametrize("shape", [(), (1,), (7,), (0, 3), (2, 0, 3), (3, 1)])
def test_peak_of_small_shapes(shape):
    x = np.zeros(shape) + 2.5
    np.testing.assert_array_equal(peak(x, -1), x.max(-1, keepdims=True))


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_peak_of_special_values(special):
    x = np.array([[1, special, 2], [special, special, special], [-1, -2, -3]])
    np.testing.assert_array_equal(peak(x, 1), x.max(1, keepdims=True))


def test_peak_refuses_rows_without_elements():
    with pytest.raises(ValueError):
        peak(np.zeros((2, 0)), -1)


@pytest.mark.parametrize("n", [1, 3, 1000, LONGEST, LONGEST + 1])
def test_sums_are_as_exact_as_those_of_numpy(n):
    x = RNG.random((2, n), dtype=np.float32)
    np.testing.assert_allclose(sum_of_columns(x), x.sum(1, dtype=float), rtol=3e-6)
    np.testing.assert_allclose(sum_of_columns(x[0]), x[0].sum(dtype=float), rtol=3e-6)
    np.testing.assert_allclose(sum_of_rows(x.T), x.sum(1, dtype=float), rtol=3e-6)
    assert sum_of_columns(x).dtype == sum_of_rows(x).dtype == np.float32


def test_quietly_leaves_the_error_state_as_it_is():
    x = np.array([1e4], "f")
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        assert backend.quietly(np.exp, x) == np.inf
        assert backend.quietly(backend.quietly, np.exp, x) == np.inf
        assert np.geterr()["over"] == "raise"
        with pytest.raises(FloatingPointError):
            np.exp(x)


def test_quietly_in_several_threads_at_once():
    """One context cannot be entered twice."""
    both, seen = threading.Barrier(2), []
    threads = [threading.Thread(target=lambda: backend.quietly(lambda: seen.append(both.wait(5)))) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(seen) == [0, 1]


@pytest.mark.parametrize("char", "efd")
def test_unit_leaves_dtypes_alone(char):
    x = np.ones(3, char)
    assert (backend.unit(x) - x / 2).dtype == (backend.unit(x[0]) - x[0] / 2).dtype == x.dtype
    assert backend.unit(np.ones(3, int)) == 1
