"""The functions of one float32: their error in units in the last place, as their docstrings state it, and what they make of nan, inf and 0."""

import numpy as np
import pytest

pytest.importorskip("numba")
pytest.importorskip("scipy")

from scipy import special

from minitorch_nlp.kernels import formulas
from minitorch_nlp.kernels.compiling import compiled

# Every 4096th float32, by its bits: all magnitudes and both signs.
EVERY = np.arange(0, 2**32, 4096 + 1, dtype=np.uint64).astype(np.uint32).view(np.float32)
CASES = {"exp": (np.exp, 1.1), "tanh": (np.tanh, 2), "erf": (special.erf, 6), "sigmoid": (special.expit, 3)}


def on_arrays(formula):
    @compiled(keep=False)
    def loop(x, y):
        for i in range(x.size):
            y[i] = formula(x[i])

    def call(x):
        y = np.empty_like(x)
        loop(x, y)
        return y

    return call


@pytest.mark.parametrize("name", CASES)
def test_error(name):
    exact, units = CASES[name]
    f = on_arrays(getattr(formulas, name))
    x = np.concatenate((EVERY[np.isfinite(EVERY)], np.linspace(-110, 110, 100_001, dtype=np.float32)))
    y = f(x)
    with np.errstate(all="ignore"):
        wanted = exact(x.astype(np.float64))
        rounded = wanted.astype(np.float32)
    np.testing.assert_array_equal(np.isinf(y), np.isinf(rounded))
    usual = np.isfinite(rounded) & ((np.abs(rounded) >= 1.2e-38) | (name == "exp"))  # 1 / (1 + inf) is 0, not 1e-39
    error = np.abs(y[usual] - wanted[usual]) / np.spacing(np.abs(rounded[usual])).astype(np.float64)
    assert error.max() <= units, (error.max(), x[usual][error.argmax()])

    ends = np.float32([np.nan, np.inf, -np.inf, 0])
    np.testing.assert_array_equal(f(ends), exact(ends))
    if name in ("tanh", "erf"):
        assert np.signbit(f(np.float32([-0.0, -1e-42]))).all()


@pytest.mark.parametrize("n", [1, 7, 8, 256, 257, 10_000])
def test_one_row(n):
    rng = np.random.default_rng(n)
    x, z = rng.standard_normal((2, n)).astype(np.float32)
    assert formulas.largest(x) == x.max()
    assert formulas.largest(-np.abs(x)) == -np.abs(x).min()
    double = x.astype(np.float64)
    size = np.abs(double).sum()
    assert abs(formulas.row_sum(x) - double.sum()) <= 1e-6 * size
    assert abs(formulas.row_dot(x, z) - double @ z) <= 1e-6 * (np.abs(double) @ np.abs(z))
    y = np.empty_like(x)
    total = formulas.exponentials(x, np.float32(1), y)
    np.testing.assert_allclose(y, np.exp(double - 1), rtol=5e-7)
    assert total == pytest.approx(np.exp(double - 1).sum(), rel=1e-6)
