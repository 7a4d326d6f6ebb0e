"""Compiled draws: the bits of the NumPy path, the generator left in the same state, and no compiler for a program that draws little."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minitorch_nlp import random
from minitorch_nlp.kernels.compiling import available
from minitorch_nlp.random import boxmuller, twins

pytest.importorskip("numba")
if not available():
    pytest.skip("kernels are turned off", allow_module_level=True)

from minitorch_nlp.kernels import draws

numbers = st.floats(width=32) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-45, float("inf"), float("nan"), 1e300])
sizes = st.integers(0, 40) | st.integers(0, 3000)


def both(draw):
    """What `draw` gives, and the generator's state afterwards, from the NumPy path and from the compiled one."""
    results = []
    for module in (None, draws):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(twins, "module", module)
            patch.setattr(twins, "available", lambda: False)
            generator = random.Generator().manual_seed(7)
            random.uniform(3, generator=generator)  # not at the beginning of a block of words
            results.append((draw(generator), generator.state_bytes()))
    return results


def agree(draw):
    (a, state), (b, other) = both(draw)
    assert (a.dtype, a.shape) == (b.dtype, b.shape)
    a, b = (np.where(np.isnan(x), np.nan, x) for x in (a, b))  # a nan has many patterns
    assert a.tobytes() == b.tobytes()
    assert state.tobytes() == other.tobytes()


@settings(deadline=None)
@given(sizes, st.sampled_from(["float16", "float32", "float64"]), numbers, numbers.map(abs).filter(lambda s: s >= 0))
@example(16, "float32", 0.0, 1.0)
@example(17, "float32", 0.0, 1.0)
@example(31, "float16", 0.5, 2.0)
@example(10_000, "float32", -0.0, 1.0)
@example(16, "float16", 0.0, 1e-45)
@example(16, "float32", 0.0, 0.0)
@example(4113, "float32", 1.1, 0.3)
def test_normals(n, dtype, mean, std):
    agree(lambda g: random.normal((n,), dtype, mean, std, g))


@settings(deadline=None)
@given(sizes)
@example(1)
@example(2)
@example(300)
@example(301)
def test_permutations(n):
    agree(lambda g: random.permutation(n, g))


@pytest.mark.parametrize("radius", [True, False])
def test_the_transform_over_its_domain(radius):
    """Every 61st of the 2^24 values that a radius or an angle is made of, the other being fixed; and the first and last."""
    k = np.union1d(np.arange(0, 1 << 24, 61), [1, (1 << 24) - 1])
    k = np.resize(k, (len(k) // 8 + 1) * 8).reshape(-1, 8)
    other = np.full_like(k, 6601320)
    words = np.concatenate((k, other) if radius else (other, k), axis=1)
    expected = boxmuller.block32(words.astype(np.int32), 0.0, 1.0)
    high = np.uint32(0xAB000000)  # the bits that are not used
    found = draws.normal32((words.astype(np.uint32) | high).ravel(), words.size, 0.0, 1.0)
    np.testing.assert_array_equal(found.view(np.int32), expected.ravel().view(np.int32))


def test_a_multiply_add_rounds_once():
    """1 + 2^-23 squared is 1 + 2^-22 + 2^-46; less 1 + 2^-22, only the last term is left, which rounding the product would have dropped."""
    x = np.float32(1 + 2.0**-23)
    assert one_fma(x, x, np.float32(-1 - 2.0**-22)) == np.float32(2.0**-46)


@draws.inlined
def one_fma(x, y, z):
    return draws.fma(x, y, z)


def test_compiled_code_is_loaded_once_it_is_likely_to_pay(monkeypatch):
    monkeypatch.setattr(twins, "module", None)
    monkeypatch.setattr(twins, "lost", 0.0)
    monkeypatch.setattr(twins, "available", lambda: True)
    loaded = []
    monkeypatch.setattr(twins, "import_module", lambda name: loaded.append(name) or draws)
    assert twins.compiled_draws(twins.ENOUGH) is None
    assert loaded == []
    assert twins.compiled_draws(1e-5) is draws
    assert twins.compiled_draws(0.0) is draws
    assert loaded == ["minitorch_nlp.kernels.draws"]


def test_without_numba_nothing_is_loaded(monkeypatch):
    monkeypatch.setattr(twins, "module", None)
    monkeypatch.setattr(twins, "available", lambda: False)
    assert twins.compiled_draws(1e9) is None


def test_a_few_draws_import_no_numba():
    script = "import sys, minitorch_nlp as t\nfor _ in range(50): t.randn(1000); t.randperm(100)\nassert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
