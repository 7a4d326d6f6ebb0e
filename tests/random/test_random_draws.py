"""What must hold of draws for every seed: shapes, ranges, moments, orders, errors."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minitorch_nlp import random
from minitorch_nlp.random import discrete, distributions
from minitorch_nlp.random.boxmuller import block32
from minitorch_nlp.random.discrete import swapped
from minitorch_nlp.random.distributions import BITS24, spread32, sum_is_exact
from minitorch_nlp.random.rounding import add_to_float32, fma

FLOATS = ["float16", "float32", "float64"]
seeds = st.integers(-(2**63), 2**64 - 1)
finite = st.floats(-1e30, 1e30).filter(lambda v: v == 0 or abs(v) > 1e-30)


def seeded(seed=0):
    return random.Generator().manual_seed(seed)


def nearest_float32(value: Fraction) -> float:
    """The float32 nearest to a fraction, ties to even, from three neighbours of a first guess."""
    guess = np.float32(float(value))
    around = [np.nextafter(guess, np.float32(-np.inf)), guess, np.nextafter(guess, np.float32(np.inf))]
    return float(min(around, key=lambda f: (abs(Fraction(float(f)) - value), int(f.view(np.int32)) & 1)))


@settings(deadline=None)
@given(st.floats(-1e5, 1e5, width=32), st.floats(-1e5, 1e5, width=32), st.floats(-1e5, 1e5, width=32))
def test_add_to_float32_rounds_once(x, y, c):
    product = np.array([[float(x) * float(y)]])
    exact = Fraction(x) * Fraction(y) + Fraction(c)
    if exact == 0 or abs(exact) > Fraction(2) ** -100:
        assert add_to_float32(product, c).tolist() == [[nearest_float32(exact)]]


def test_add_to_float32_where_rounding_twice_would_go_wrong():
    tie = 1 + 2.0**-24  # midway between two floats
    for tiny in (2.0**-60, -(2.0**-60)):
        assert np.float32(tie + tiny) == 1  # the double has forgotten `tiny`
        assert add_to_float32(np.array([tiny]), tie)[0] == (1 + 2.0**-23 if tiny > 0 else 1)


@settings(deadline=None)
@given(finite, finite, finite)
def test_fma_rounds_once(x, y, c):
    exact = Fraction(x) * Fraction(y) + Fraction(c)
    assert fma(np.array([x]), y, c)[0] == float(exact)


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**-300, 1.0, 2.0**300, 2.0**1000])
def test_fma_at_extreme_scales(scale):
    u = random.uniform(200, np.float64, generator=seeded())
    y, c = 1.7 * scale, -0.3 * scale
    assert fma(u, y, c).tolist() == [float(Fraction(v) * Fraction(y) + Fraction(c)) for v in u.tolist()]


def test_fma_where_the_last_but_one_rounding_matters():
    x, y, c = 2.0**-53 * (1 + 2.0**-52), 1 - 2.0**-52, 1 + 2.0**-52  # x y + c lies 2^-157 below the middle of two doubles
    assert fma(np.array([x]), y, c)[0] == float(Fraction(x) * Fraction(y) + Fraction(c)) == c


def test_fma_with_infinite_terms():
    assert fma(np.array([0.5, -1.0]), 2.0, math.inf).tolist() == [math.inf, math.inf]


@settings(deadline=None)
@given(st.floats(-1e4, 1e4, width=32), st.floats(-1e4, 1e4, width=32), st.integers(0, BITS24))
@example(1.0, 1.0 + 2.0**-7, BITS24)  # the largest draw rounds up to `high`
def test_uniform_rounds_once_whichever_way_it_takes(low, high, k):
    low, high = min(low, high), max(low, high)
    width = np.float32(high) - np.float32(low)
    exact = Fraction(float(width)) * Fraction(k, 2**24) + Fraction(low)
    value = spread32(np.array([k], np.int32), low, high, np.dtype("float32"))[0]
    if abs(exact) > Fraction(2) ** -100:
        expected = nearest_float32(exact)
        assert value == (low if expected == high else expected)
    assert sum_is_exact(2.0, -1.0, 1.0)
    assert not sum_is_exact(float(np.float32(1.0)), 1e-10, 1.0)


@settings(max_examples=30, deadline=None)
@given(seeds, st.sampled_from(FLOATS), st.floats(-100, 100), st.floats(0, 100), st.sampled_from([(), 5, (2, 3), (40, 50)]))
def test_uniform_stays_in_its_range(seed, dtype, low, width, shape):
    values = random.uniform(shape, dtype, low, low + width, seeded(seed))
    kind = np.dtype(dtype).type
    assert values.dtype == dtype
    assert values.shape == np.empty(shape).shape
    assert (values >= kind(low)).all()
    assert ((values < kind(low + width)) | (values == kind(low))).all()


@pytest.mark.parametrize("dtype", FLOATS)
def test_moments(dtype):
    g = seeded(1)
    u, z, e = random.uniform(20000, dtype, generator=g), random.normal(20000, dtype, 1, 2, g), random.exponential(20000, dtype, 4, g)
    expected = [0.5, 12**-0.5, 1, 2, 0.25, 0.25]
    measured = [f(x.astype(np.float64)) for x in (u, z, e) for f in (np.mean, np.std)]
    np.testing.assert_allclose(measured, expected, rtol=0.03)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", [1, 15, 16, 17, 33, 70])
def test_block_and_scalar_paths(dtype, n):
    block, one_by_one = random.normal(n, dtype, generator=seeded()), random.normal(n, dtype, generator=seeded(), scalar_path=True)
    assert block.dtype == one_by_one.dtype == dtype
    assert (block.tobytes() == one_by_one.tobytes()) == (n < 16)


def test_block_path_against_the_formula_in_float64():
    k = np.concatenate([[0, 1, BITS24, 1 << 23, 1 << 22, 3 << 22, 12582913, 12582909], np.arange(8000) * 2097 % (1 << 24)])
    pairs = np.stack(np.meshgrid(k[:8], k, indexing="ij"), axis=-1).reshape(-1, 8, 2).transpose(0, 2, 1)
    u1, u2 = 1 - pairs[:, 0] / 2**24, pairs[:, 1] / 2**24
    radius = np.sqrt(-2 * np.log(u1))
    expected = np.concatenate([radius * np.cos(2 * np.pi * u2), radius * np.sin(2 * np.pi * u2)], axis=1)
    np.testing.assert_allclose(block32(pairs.reshape(-1, 16).astype(np.int32), 0, 1), expected, rtol=0, atol=3e-6)


def test_normal_of_std_zero_is_the_mean_and_never_minus_zero():
    assert (random.normal(100, "f4", 3, 0, seeded()) == 3).all()
    assert not np.signbit(random.normal(100, "f4", 0, 0, seeded())).any()
    assert (random.normal(20, "f8", math.inf, 1, seeded()) == math.inf).all()


@pytest.mark.parametrize("p", [0, 1, 0.5, 0.3, 1e-17])
def test_mask_frequency(p):
    g = seeded(3)
    mask = random.bernoulli_mask((100, 100), p, g)
    assert mask.dtype == bool
    assert mask.shape == (100, 100)
    assert abs(mask.mean() - p) < 0.02
    assert g.words32(1) == seeded(3).words32(20001)[-1]  # p = 0 and p = 1 draw as well


def test_mask_compares_all_53_bits():
    class Counting(random.Generator):
        def words64(self, n):
            return np.arange(n, dtype=np.uint64) + (np.uint64(0xABC) << 53)  # u = 0, 2^-53, 2^-52, ... under bits that do not count

    assert random.bernoulli_mask(4, 1.5 * 2.0**-53, Counting()).tolist() == [True, True, False, False]
    assert random.bernoulli_mask(4, 2.0**-52, Counting()).tolist() == [True, True, False, False]


def test_exponential_asks_the_c_library_where_a_last_bit_decides(monkeypatch):
    middles = 1 + (2 * np.arange(2000) + 1) * 2.0**-24  # midway between two floats
    u = np.round(-np.expm1(-middles) * 2.0**53) * 2.0**-53
    expected = np.array([-math.log1p(-x) for x in u.tolist()]).astype(np.float32)
    log1p = np.log1p
    for direction in (-np.inf, np.inf):
        monkeypatch.setattr(distributions, "unit53", lambda g, n: u.copy())
        monkeypatch.setattr(np, "log1p", lambda x, d=direction: np.nextafter(np.nextafter(log1p(x), d), d))
        assert random.exponential(2000, "f4").tolist() == expected.tolist()


@pytest.mark.parametrize("dtype", FLOATS)
def test_coins_take_the_dtype_of_their_probabilities(dtype):
    p = np.array([[0, 1, 0.25]] * 4000, dtype)
    heads = random.bernoulli_from(p, seeded())
    assert heads.dtype == dtype
    np.testing.assert_allclose(heads.astype("f8").mean(axis=0), [0, 1, 0.25], atol=0.02)


@given(seeds, st.integers(-(2**62), 2**62), st.integers(1, 2**62 - 1))
@settings(max_examples=50, deadline=None)
def test_integers_stay_in_their_range(seed, low, span):
    values = random.integers((5, 7), low, low + span, generator=seeded(seed))
    assert values.dtype == np.int64
    assert values.shape == (5, 7)
    assert low <= values.min()
    assert values.max() < low + span


def test_integers_reach_all_values():
    assert np.bincount(random.integers(5000, 0, 10, generator=seeded())).min() > 400
    assert set(random.integers(50, -1, 1, np.int8, seeded()).tolist()) == {-1, 0}
    assert set(random.integers(50, 0, 2, bool, seeded()).tolist()) == {True, False}
    assert random.integers(500, 120, None, np.int8, seeded()).max() == 127


@pytest.mark.parametrize(
    ("dtype", "top"), [("bool", 1), ("uint8", 255), ("int8", 127), ("int16", 2**15 - 1), ("int32", 2**31 - 1), ("float16", 2**11)]
)
def test_random_full_spans_the_dtype(dtype, top):
    values = random.random_full(20000, dtype, seeded()).astype(np.int64)
    assert values.min() >= 0
    assert 0.99 * top <= values.max() <= top


@given(seeds, st.integers(0, 700))
@settings(max_examples=40, deadline=None)
def test_permutation_is_one(seed, n):
    order = random.permutation(n, seeded(seed))
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(n))


@settings(deadline=None)
@given(st.lists(st.floats(0, 0.999), min_size=1, max_size=40))
def test_swapping_without_a_loop(fractions):
    n = len(fractions)
    targets = [i + int(f * (n - i)) for i, f in enumerate(fractions)]
    order = list(range(n))
    for i, j in enumerate(targets):
        order[i], order[j] = order[j], order[i]
    assert swapped(np.arange(n), np.array(targets)).tolist() == order


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_permutations_too_long_for_32_bits_are_shuffled_while_written(n, monkeypatch):
    monkeypatch.setattr(discrete, "HUGE", 1)
    monkeypatch.setattr(discrete, "PIECE", 3)
    order = []
    for i, draw in enumerate(seeded(4).words64(n).tolist()):
        order.insert(draw % (i + 1), i)
        if draw % (i + 1) < i:
            order.append(order.pop(draw % (i + 1) + 1))
    assert random.permutation(n, seeded(4)).tolist() == order


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("count", [1, 3])
def test_multinomial_frequencies(replacement, count):
    p = np.array([1, 2, 0, 3, 4], np.float32)
    picked = random.multinomial(np.broadcast_to(p, (4000, 5)), count, replacement, seeded(5))
    assert picked.shape == (4000, count)
    assert picked.dtype == np.int64
    np.testing.assert_allclose(np.bincount(picked[:, 0], minlength=5) / 4000, p / 10, atol=0.025)
    if count > 1 and not replacement:
        assert all(len(set(row)) == count for row in picked.tolist())


def test_multinomial_is_drawn_in_memory_order():
    p = np.arange(1, 13, dtype=np.float32).reshape(3, 4)
    in_columns = random.multinomial(np.asfortranarray(p), 4, generator=seeded(1))
    q = random.exponential((4, 3), generator=seeded(1)).T
    assert in_columns.tolist() == np.argsort(-p / q, axis=1).tolist()
    assert in_columns.tolist() != random.multinomial(p, 4, generator=seeded(1)).tolist()


def test_multinomial_fills_up_with_zero_weights_and_takes_no_rows():
    assert sorted(random.multinomial(np.array([0.0, 1, 0]), 3, generator=seeded()).tolist()) == [0, 1, 2]
    assert random.multinomial(np.ones((0, 3)), 2).shape == random.multinomial(np.ones((0, 3)), 2, True).shape == (0, 2)


NAN = float("nan")
ERRORS = [
    ("uniform", ((3,), "f4", 2, 1), RuntimeError, "needs low <= high, but low = 2 > high = 1; swap them"),
    ("uniform", ((3,), "f4", NAN, 1), RuntimeError, "low must be finite in float32"),
    ("uniform", ((3,), "f4", 0, 1e39), RuntimeError, "high must be finite in float32 .*high = 1e.39"),
    ("uniform", ((3,), "f2", -4e4, 4e4), RuntimeError, "high - low must fit in float16"),
    ("uniform", ((3,), "i8"), NotImplementedError, "uniform: needs dtype float16, bfloat16, float32 or float64, but dtype = int64"),
    ("uniform", (-1,), RuntimeError, "sizes must be 0 or more"),
    ("uniform", ((2, -3),), RuntimeError, r"the shape is \(2, -3\)"),
    ("normal", (3, "f4", 0, -1), RuntimeError, "needs std >= 0, but std = -1"),
    ("normal", (0, "f4", 0, NAN), RuntimeError, "needs std >= 0, but std = nan"),
    ("normal", (3, "i4"), NotImplementedError, "normal: needs dtype"),
    ("exponential", (3, "f4", 0), RuntimeError, "needs lambd > 0, but lambd = 0"),
    ("exponential", (3, "i8"), RuntimeError, "exponential: needs dtype"),
    ("bernoulli_mask", (3, 1.5), RuntimeError, "needs 0 <= p <= 1, but p = 1.5"),
    ("bernoulli_mask", (3, NAN), RuntimeError, "but p = nan"),
    ("bernoulli_from", (np.array([0.5, 1.5]),), RuntimeError, "p spans 0.5 ... 1.5"),
    ("bernoulli_from", (np.array([1, 0]),), NotImplementedError, "bernoulli: needs dtype"),
    ("integers", (3, 5, 5), RuntimeError, "needs low < high, but low = 5 and high = 5"),
    ("integers", (3, 0, 300, "u1"), RuntimeError, r"must fit in uint8 \(0 ... 255\), but it is \[0, 300\)"),
    ("integers", (3, -1, 3, "u1"), RuntimeError, "must fit in uint8"),
    ("integers", (3, 0, 70000, "f2"), RuntimeError, "must fit in float16"),
    ("integers", (3, 0, 3, "?"), RuntimeError, r"must fit in bool \(0 ... 1\)"),
    ("integers", (3, 300, None, "u1"), RuntimeError, "needs low < high"),
    ("integers", (3, 2**53 + 1, 2**53 + 3, "f4"), RuntimeError, "no integer of"),
    ("integers", (3, 0, 2**70), ValueError, "high must fit in an int64"),
    ("integers", (3, 0, 1.5), TypeError, "high must be an int, but high = 1.5"),
    ("integers", (3, 0, 2, "c8"), NotImplementedError, "randint: needs a bool, integer or float dtype"),
    ("integers", (3, -(2**63), None, "i4"), NotImplementedError, "full 64-bit range needs int64, float32 or float64"),
    ("random_full", (3, "u4"), NotImplementedError, "not implemented for uint32"),
    ("permutation", (-1,), RuntimeError, "needs n >= 0, but n = -1"),
    ("permutation", (1.5,), TypeError, "n must be an int"),
    ("multinomial", (np.ones(2), 3), RuntimeError, "num_samples <= c, but num_samples = 3 and c = 2; pass replacement=True"),
    ("multinomial", (np.ones(0), 1, True), RuntimeError, "num_samples <= c"),
    ("multinomial", (np.ones(2), 0), RuntimeError, "num_samples >= 1, but num_samples = 0"),
    ("multinomial", (np.ones(2), 1.5), TypeError, "num_samples must be an int"),
    ("multinomial", (np.zeros((2, 2)), 1), RuntimeError, "a weight above 0 in every row"),
    ("multinomial", (np.array([1.0, -2]), 1), RuntimeError, "finite weights >= 0, but they span -2.0 ... 1.0"),
    ("multinomial", (np.array([1.0, NAN]), 2, True), RuntimeError, "finite weights"),
    ("multinomial", (np.array([1, 2]), 1), RuntimeError, "needs float weights, but they are int64"),
    ("multinomial", (np.ones((2, 2, 2)), 1), RuntimeError, r"their shape is \(2, 2, 2\)"),
    ("multinomial", (np.ones(()), 1), RuntimeError, r"their shape is \(\)"),
]


@pytest.mark.parametrize(("name", "args", "error", "text"), ERRORS)
def test_bad_arguments_say_what_is_wrong_and_draw_nothing(name, args, error, text):
    g = seeded()
    before = g.state_bytes().tobytes()
    with pytest.raises(error, match=text):
        getattr(random, name)(*args, generator=g)
    assert g.state_bytes().tobytes() == before
