"""The ways round what NumPy does slowly, on arrays large enough for them: the same as NumPy's own functions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch_nlp.backend import either, keep_where
from minitorch_nlp.functional.arithmetic import scalar_power
from minitorch_nlp.functional.exponential import expm1_below_0, log1p_above_0

SHAPE = (70, 80)  # more than 4096
ODD = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-40, 3.4e38])
rng = np.random.default_rng(0)


def floats(dtype, shape=SHAPE):
    """Any floats, odd ones among them."""
    x = rng.normal(size=shape).astype(dtype)
    odd = rng.random(shape) < 0.2
    with np.errstate(over="ignore"):
        return np.where(odd, rng.choice(ODD, size=shape).astype(dtype), x)


def same_bits(a, b):
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    assert a.strides == b.strides
    assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("other", [0.0, -1, float("-inf"), float("nan"), SHAPE, (80,), (70, 1), ()])
def test_either(dtype, other):
    x, mask = floats(dtype), rng.random(SHAPE) < 0.5
    y = floats(dtype, other) if isinstance(other, tuple) else other
    y = np.asarray(y, dtype) if other == () else y
    same_bits(either(mask, x, y), np.where(mask, x, y))
    same_bits(either(mask, y, x), np.where(mask, y, x))
    same_bits(either(mask[:1], x, y), np.where(mask[:1], x, y))  # masks broadcast too


@given(st.sampled_from(["float32", "float64", "int64"]), st.booleans(), st.booleans())
def test_either_in_other_layouts_and_dtypes(dtype, turned, sliced):
    x, y, mask = rng.integers(-9, 9, SHAPE).astype(dtype), rng.normal(size=SHAPE).astype("float32"), rng.random(SHAPE) < 0.5
    x, mask = (x.T.copy().T if turned else x), (np.repeat(mask, 2, axis=1)[:, ::2] if sliced else mask)
    same_bits(either(mask, x, y), np.where(mask, x, y))
    assert np.array_equal(keep_where(mask, x), np.where(mask, x, 0.0))
    assert keep_where(mask, x).dtype == np.where(mask, x, 0.0).dtype


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_keep_where(dtype):
    x, mask = floats(dtype), rng.random(SHAPE) < 0.5
    same_bits(keep_where(mask, x), np.where(mask, x, 0.0))


@pytest.mark.parametrize(
    ("quick", "exact", "sign", "units"), [(log1p_above_0, np.log1p, 1, 4), (expm1_below_0, np.expm1, -1, 3)], ids=["log1p", "expm1"]
)
def test_within_a_few_units_in_the_last_place(quick, exact, sign, units):
    x = (sign * np.exp(rng.uniform(-80, 20, 200_000))).astype(np.float32)
    y = exact(x.astype(np.float64))
    assert np.max(np.abs(quick(x) - y) / np.spacing(np.abs(y).astype(np.float32))) <= units
    ends = np.repeat(np.array([0.0, np.nan] + [-np.inf] * (sign < 0), np.float32), 600)
    assert np.array_equal(quick(ends), exact(ends), equal_nan=True)


@pytest.mark.parametrize("y", [3, 3.0, -2, -0.5, 2, 0.5])
def test_powers(y):
    x = np.append(rng.uniform(1e-3, 1e3, 5000), [0, np.inf, np.nan]).astype(np.float32)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(scalar_power(x, y), x.astype(np.float64) ** y, rtol=1e-6)
