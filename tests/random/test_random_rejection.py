"""Counts and gamma numbers: moments, limits, errors, and that not one uniform number too many is drawn."""

import math

import numpy as np
import pytest

from minitorch_nlp import random
from minitorch_nlp.random import rejection


def seeded(seed=0):
    return random.Generator().manual_seed(seed)


@pytest.mark.parametrize("rate", [0.1, 3.0, 9.9, 10.0, 40.0, 1e6])
def test_poisson_moments(rate):
    values = random.poisson(np.full(4000, rate), seeded(1))
    assert (values == np.floor(values)).all()
    assert abs(values.mean() - rate) < 5 * math.sqrt(rate / 4000)
    np.testing.assert_allclose(values.var(), rate, rtol=0.12)


@pytest.mark.parametrize(("n", "p"), [(5, 0.3), (100, 0.05), (100, 0.5), (1000, 0.9), (7.5, 0.5), (1e9, 0.25)])
def test_binomial_moments(n, p):
    values = random.binomial(np.full(4000, float(n)), np.full(4000, p), seeded(2))
    trials = math.floor(n)
    assert values.min() >= 0
    assert values.max() <= n
    assert n != trials or abs(values.mean() - n * p) < 5 * math.sqrt(n * p * (1 - p) / 4000)
    assert n != trials or abs(values.var() / (n * p * (1 - p)) - 1) < 0.12


@pytest.mark.parametrize("concentration", [0.05, 0.7, 1.0, 2.5, 300.0])
def test_gamma_moments(concentration):
    values = random.standard_gamma(np.full(4000, concentration), seeded(3))
    assert values.min() > 0
    assert abs(values.mean() - concentration) < 5 * math.sqrt(concentration / 4000)
    np.testing.assert_allclose(values.var(), concentration, rtol=0.3 if concentration < 0.1 else 0.15)


def test_dirichlet_rows_are_shares():
    shares = random.dirichlet(np.tile([0.5, 1.0, 4.0], (3000, 1)), seeded(4))
    np.testing.assert_allclose(shares.sum(-1), 1, rtol=1e-12)
    np.testing.assert_allclose(shares.mean(0), np.array([0.5, 1, 4]) / 5.5, atol=0.02)


@pytest.mark.parametrize("k", [0, 1, 5, 6, 7, 8, 20, 1000, 10**9])
def test_log_factorial(k):
    assert rejection.log_factorial(k) == pytest.approx(math.lgamma(k + 1), rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("k", [0, 1, 8, 9, 10, 11, 100])
def test_what_stirling_leaves(k):
    n = k + 1
    stirling = 0.5 * math.log(2 * math.pi) + (k + 0.5) * math.log(n) - n
    assert rejection.stirling_rest(k) == pytest.approx(math.lgamma(n) - stirling, abs=1e-9)


class Counting(random.Generator):
    """Notes how many uniform numbers are drawn."""

    drawn = 0

    def words64(self, n):
        self.drawn += n
        return super().words64(n)


def test_elements_that_are_certain_draw_nothing():
    g = Counting().manual_seed(0)
    assert random.poisson(np.zeros(5), g).tolist() == [0] * 5
    assert random.binomial(np.array([0.0, 3, 3, -1]), np.array([0.5, 0, 1, 0.5]), g).tolist() == [0, 0, 3, 0]
    assert random.poisson(np.zeros((0, 3)), g).shape == (0, 3)
    assert g.drawn == 0


@pytest.mark.parametrize("seed", range(5))
def test_as_many_are_drawn_as_one_by_one(seed):
    whole, single = seeded(seed), seeded(seed)
    rates = np.array([0.5, 20.0, 0.0, 3.0, 1e4] * 4)
    one_by_one = [random.poisson(np.array([rate]), single)[0] for rate in rates]
    assert random.poisson(rates, whole).tolist() == one_by_one
    gammas = [random.standard_gamma(np.array([a]), single)[0] for a in rates]
    assert random.standard_gamma(rates, whole).tolist() == gammas
    assert whole.state_bytes().tobytes() == single.state_bytes().tobytes()


ERRORS = [
    ("poisson", (np.array([-1.0]),), RuntimeError, "needs finite rates >= 0"),
    ("poisson", (np.array([math.nan]),), RuntimeError, "needs finite rates"),
    ("poisson", (np.array([1]),), NotImplementedError, "not implemented for int64"),
    ("binomial", (np.array([1]), np.array([0.5])), ValueError, "needs float counts"),
    ("binomial", (np.array([1.0]), np.array([0.5], "f4")), RuntimeError, "of one dtype"),
    ("binomial", (np.array([math.inf]), np.array([0.5])), RuntimeError, "finite counts"),
    ("binomial", (np.array([1.0]), np.array([math.nan])), RuntimeError, "probabilities that are numbers"),
    ("standard_gamma", (np.array([-1.0]),), RuntimeError, "needs finite concentrations"),
    ("dirichlet", (np.array([1.0], "f2"),), NotImplementedError, "not implemented for float16"),
]


@pytest.mark.parametrize(("name", "args", "error", "text"), ERRORS)
def test_bad_arguments(name, args, error, text):
    g = seeded()
    before = g.state_bytes().tobytes()
    with pytest.raises(error, match=text):
        getattr(random, name)(*args, generator=g)
    assert g.state_bytes().tobytes() == before
