"""Every row of TWINS: the twin gives what its definition gives, on samples of the op's own record and on larger arrays.

A new row is tested as it is. If the record's samples never suit its `fits`, `LARGE` needs a sample that does: `test_some_sample_suits_every_twin`
says so.
"""

import math

import numpy as np
import pytest

pytest.importorskip("numba")

from importlib import import_module

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import minitorch_nlp.functional as F
from minitorch_nlp.functional.embedding import scatter_rows
from minitorch_nlp.kernels.choice import TWINS, UPDATES
from minitorch_nlp.kernels.compiling import KERNEL
from minitorch_nlp.kernels.threads import Divided, Helpers
from minitorch_nlp.optim.adam import adam_update
from minitorch_nlp.optim.sgd import sgd_update
from minitorch_nlp.testing.draw import HypothesisDraw, SeededDraw
from minitorch_nlp.testing.op_check import draw_sample

EPS = float(np.finfo(np.float32).eps)
OPS = {name: getattr(F, name, None) or {"scatter_rows": scatter_rows}[name] for name in TWINS}
rng = np.random.default_rng(0)


def randn(*shape):
    return rng.standard_normal(shape)


def layer(gates, t, n, d, h):
    """A recurrent layer's arrays."""
    states = [randn(n, h) for _ in range(gates - 2)]  # GRU: 3 gates, 1 state; LSTM: 4 and 2
    return (randn(t, n, d), *states, *(0.3 * randn(*s) for s in ((gates * h, d), (gates * h, h), (gates * h,), (gates * h,))))


def batch_first(arrays):
    """A layer's arrays, x as the view of (N, T, D) that `batch_first` makes."""
    return (np.swapaxes(np.swapaxes(arrays[0], 0, 1).copy(), 0, 1), *arrays[1:])


def heads(*shape):
    return tuple(randn(*shape) for _ in range(3))


# Arrays and options for the ops whose records draw only tiny ones. Sizes are no multiples of what the processor takes at once.
ROWS = [((randn(*shape),), {}) for shape in ((1, 1), (3, 37), (5, 300), (2, 3, 65))]
LARGE = {
    **{name: ROWS for name in ("relu", "tanh", "sigmoid", "silu", "softmax", "log_softmax")},
    "gelu": [(arrays, {"approximate": a}) for arrays, _ in ROWS for a in ("none", "tanh")],
    "dropout_with_mask": [((x, rng.random(x.shape) < 0.5), {"p": p}) for (x,), _ in ROWS for p in (0.0, 0.3, 1.0)],
    "cross_entropy": [((randn(9, 333), rng.integers(0, 333, 9)), {"reduction": r}) for r in ("mean", "sum", "none")],
    "layer_norm": [((randn(3, 40, 9), randn(40, 9), b), {"normalized_shape": (40, 9)}) for b in (None, randn(40, 9))]
    + [((randn(37, 300), None, None), {"normalized_shape": [300], "eps": 0.1})],
    "rms_norm": [((randn(37, 300), w), {"normalized_shape": (300,)}) for w in (None, randn(300))],
    "scatter_rows": [((randn(50, 3, 5), rng.integers(-7, 7, 50)), {"n": 7, "skip": s}) for s in (None, 2)],
    "convolution": [
        ((x, randn(5, 4, k), b), {"stride": (1,), "padding": (p,), "dilation": (d,)})
        for x in (randn(7, 4, 21), np.swapaxes(randn(7, 21, 4), 1, 2))
        for k, p, d, b in ((1, 0, 1, None), (3, 0, 1, randn(5)), (4, 2, 1, None), (3, 4, 2, randn(5)))
    ],
    "lstm_layer": [(layer(4, 3, n, 7, 6), {"reverse": r}) for r in (False, True) for n in (5, 100)]
    + [(layer(4, 2, 1, 3, 9)[:5], {}), (batch_first(layer(4, 3, 5, 7, 6)), {})],
    "gru_layer": [(layer(3, 3, n, 7, 6), {"reverse": r}) for r in (False, True) for n in (5, 100)]
    + [(layer(3, 2, 1, 3, 9)[:4], {}), (batch_first(layer(3, 3, 5, 7, 6)), {})],
    "scaled_dot_product_attention": [
        (heads(2, 3, 37, 8), {}),
        (heads(2, 3, 37, 8), {"is_causal": True, "scale": 0.3}),
        ((randn(2, 6, 4), randn(2, 39, 4), randn(2, 39, 12)), {"is_causal": True}),
        ((randn(9, 4), randn(5, 4), randn(5, 4)), {"is_causal": True}),
        ((*heads(2, 3, 21, 8), rng.random((2, 1, 1, 21)) < 0.5), {}),
        ((*heads(2, 3, 21, 8), np.arange(21) < np.arange(21)[:, None]), {}),  # the first query has no key
        ((*heads(2, 3, 21, 8), randn(3, 21, 21)), {}),
        ((*heads(2, 3, 21, 8), None, rng.random((2, 3, 21, 21)) < 0.7), {"dropout_p": 0.3, "is_causal": True}),
        ([np.swapaxes(randn(2, 21, 3, 8), 1, 2) for _ in range(3)], {}),
        (heads(2, 3, 150, 8), {"is_causal": True}),  # several blocks of queries
        ((randn(7, 150, 4), randn(7, 70, 4), randn(7, 70, 12)), {"is_causal": True}),
        ((*heads(2, 3, 150, 5), randn(3, 150, 150)), {}),
        ((*heads(2, 3, 150, 5), np.where(np.arange(150) < 5, -3e38, 0.0)[:, None]), {}),  # no key for the first queries, as some write it
        ([np.swapaxes(randn(3, 9, 150, 8), 0, 1) for _ in range(3)], {}),  # the second axis of heads is the outer one in memory
        ((*heads(2, 3, 150, 5), None, rng.random((2, 3, 150, 150)) < 0.7), {"dropout_p": 0.3}),
    ],
}


ADDED_UP = ("convolution", "lstm_layer", "gru_layer")  # the weights' gradients are sums over the threads' parts


def as_float32(arrays):
    return tuple(a.astype(np.float32) if is_float(a) else a for a in arrays)  # in the same layout


def is_float(a):
    return getattr(getattr(a, "dtype", None), "kind", "") == "f"


def in_double(arrays):
    return tuple(a.astype(np.float64) if is_float(a) else a for a in arrays)


def twin_of(name):
    module = import_module("minitorch_nlp.kernels." + TWINS[name].module)
    op = OPS[name]
    return getattr(module, f"{name}_forward"), getattr(module, f"{name}_backward", op.backward)


def fits(name, arrays, options):
    first = arrays[0]
    return is_float(first) and first.size > 0 and first.ndim > 0 and TWINS[name].fits(*arrays, **options)


def parts(x):
    return x if isinstance(x, tuple) else (x,)


def close(values, defined, exact, what):
    """`values` are as near to `exact` as `defined`, what the definition gives in float32, give or take a few units in the last place."""
    assert len(values) == len(exact)
    for v, d, e in zip(values, defined, exact):
        if e is None or v is None:
            assert v is None or not np.size(v) or d is None, what
            continue
        assert np.shape(v) == np.shape(e), what
        assert np.asarray(v).dtype == np.float32, what
        if np.size(v):
            allowed = 2 * np.max(np.abs(d - e)) + 16 * EPS * max(np.max(np.abs(e)), 1e-30)
            assert np.max(np.abs(v - e)) <= allowed, what


def in_order(a):
    return np.asarray(a).flags.c_contiguous


def gradients_for(out):
    g = np.random.default_rng(1)
    dys = tuple(np.asarray(g.standard_normal(np.shape(o)), np.float32) for o in parts(out))
    return dys if isinstance(out, tuple) else dys[0]


def check(name, arrays, options):
    """Twin against definition, forward and backward, inputs left alone; divided among threads the same bits."""
    op, (forward, backward) = OPS[name], twin_of(name)
    arrays = as_float32(arrays)
    if not fits(name, arrays, options):
        return
    before = [None if a is None else a.copy() for a in arrays]
    out, saved = forward(*arrays, **options)
    defined, defined_saved = op.forward(*arrays, **options)
    exact, exact_saved = op.forward(*in_double(arrays), **options)
    close(parts(out), parts(defined), parts(exact), f"{name} forward")
    for a, b in zip(parts(out), parts(defined)):  # dropout's masks are drawn along the memory
        assert in_order(a) == in_order(b), f"{name}: another layout than the definition's"
    dy = gradients_for(out)
    dy_before = [d.copy() for d in parts(dy)]
    dxs, defined_dxs = backward(dy, saved), op.backward(dy, defined_saved)
    double = tuple(d.astype(np.float64) for d in dy) if isinstance(dy, tuple) else dy.astype(np.float64)
    close(dxs, defined_dxs, op.backward(double, exact_saved), f"{name} backward")
    for a, dx, defined_dx in zip(arrays, dxs, defined_dxs):  # views of gradients
        assert dx is None or not in_order(a) or in_order(dx) or not in_order(defined_dx), f"{name}: another layout of a gradient"
    if saved[0] is not KERNEL:  # either forward goes with either backward
        for mixed in (op.backward(dy, saved), backward(dy, defined_saved)):
            close(mixed, defined_dxs, op.backward(double, exact_saved), f"{name}: a backward on what the other forward saved")
    for a, b in zip((*arrays, *parts(dy)), (*before, *dy_before)):
        assert a is None or np.array_equal(a, b), f"{name} changed an input"
    with divided_by_three(TWINS[name].module):
        again, saved = forward(*arrays, **options)
        dxs_again = backward(dy, saved)
        if name in ADDED_UP:
            close(parts(again), parts(defined), parts(exact), f"{name} forward, divided among threads")
            close(dxs_again, defined_dxs, op.backward(double, exact_saved), f"{name} backward, divided among threads")
            return
        for a, b in zip((*parts(out), *dxs), (*parts(again), *dxs_again)):
            assert a is None or np.array_equal(a, b), f"{name} differs when divided among threads"


class divided_by_three:
    """Every kernel of the module divides its rows among three threads, however few they are."""

    def __init__(self, module):
        self.kernels = [k for k in vars(import_module("minitorch_nlp.kernels." + module)).values() if isinstance(k, Divided)]

    def __enter__(self):
        self.before = Helpers.count, [k.smallest for k in self.kernels]
        Helpers.use(3)
        for k in self.kernels:
            k.smallest = 0

    def __exit__(self, *_):
        Helpers.count = self.before[0]
        for k, n in zip(self.kernels, self.before[1]):
            k.smallest = n


@pytest.mark.parametrize("name", TWINS)
def test_samples_of_the_record(name):
    @settings(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data):
        check(name, *draw_sample(OPS[name], HypothesisDraw(data)))

    run()


@pytest.mark.parametrize("name", TWINS)
def test_larger_arrays(name):
    for arrays, options in LARGE.get(name, ()):
        check(name, arrays, options)


@pytest.mark.parametrize("name", TWINS)
def test_some_sample_suits_every_twin(name):
    """Else the tests above would compare nothing."""
    samples = [*LARGE.get(name, ()), *(draw_sample(OPS[name], SeededDraw(seed)) for seed in range(50))]
    assert any(fits(name, as_float32(arrays), options) for arrays, options in samples), f"no sample suits {name}: give one in LARGE"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e30, -1e30, 1e-40])
@pytest.mark.parametrize("name", sorted(set(TWINS) - {"lstm_layer", "gru_layer"}))
def test_extreme_values(name, value):
    """nan and the infinities come out where they come out of the definition."""
    for arrays, options in LARGE.get(name, ())[:2]:
        first, *rest = as_float32(arrays)
        x = first.copy()
        x.reshape(-1)[:: max(x.size // 3, 1)] = value
        with np.errstate(all="ignore"):
            for a, b in zip(parts(twin_of(name)[0](x, *rest, **options)[0]), parts(OPS[name].forward(x, *rest, **options)[0])):
                np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6 * np.max(np.abs(first)))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_a_row_of_minus_infinity_is_nan(name):
    x = np.zeros((3, 70), np.float32)
    x[1] = -np.inf
    y = twin_of(name)[0](x)[0]
    assert np.isnan(y[1]).all()
    assert np.isfinite(y[[0, 2]]).all()


@pytest.mark.parametrize("name", TWINS)
def test_other_layouts(name):
    """On transposed memory, and on other dtypes, the op gives what the definition gives: by itself, or because the twin can take it."""
    op = OPS[name]
    for arrays, options in LARGE.get(name, ())[:2]:
        turned = tuple(np.asfortranarray(a, np.float32) if is_float(a) else a for a in arrays)
        if fits(name, turned, options):
            close(
                parts(twin_of(name)[0](*turned, **options)[0]),
                *(parts(op.forward(*f(turned), **options)[0]) for f in (tuple, in_double)),
                name,
            )
        doubled = np.concatenate([arrays[0]] * (TWINS[name].smallest // arrays[0].size + 1))
        out = op.run_forward(doubled, *arrays[1:], **options)[0] if len(arrays) == 1 else op.run_forward(*arrays, **options)[0]
        assert all(np.asarray(o).dtype == np.float64 for o in parts(out))


@pytest.mark.parametrize("name", UPDATES)
@pytest.mark.parametrize("n", [1, 37, 1000])
def test_updates_are_equal_bit_for_bit(name, n):
    update = {"adam_update": adam_update, "sgd_update": sgd_update}[name]
    twin = getattr(import_module("minitorch_nlp.kernels.optimizers"), name)
    arrays = [np.float32(randn(n)), np.float32(randn(n)), np.float32(randn(n)), np.float32(rng.random(n))]
    number = [np.asarray(v, np.float32) for v in (1e-2, 0.1, 0.999, 1e-3, 0.3, 1e-8)]
    if name == "adam_update":
        calls = [(None, *number, decay, shrink, up) for decay in (None, number[1]) for shrink in (None, number[2]) for up in (False, True)]
        calls.append((None, number[0], np.float32(0.7), *number[2:]))
    else:
        arrays.pop()
        some = (None, number[1])
        calls = [
            (number[0], d, number[2], i, nesterov, up, fresh)
            for d in some
            for i in some
            for nesterov, up, fresh in ((0, 0, 0), (1, 1, 0), (0, 0, 1))
        ]
        for options in ((number[0],), (number[0], number[1], None, None, False, True)):
            assert_same_bits(update, twin, [*arrays[:2], None], options)
    for options in calls:
        assert_same_bits(update, twin, arrays, options)


def assert_same_bits(update, twin, arrays, options):
    left, right = ([None if a is None else a.copy() for a in arrays] for _ in range(2))
    update(*left, *options)
    twin(*right, *options)
    for a, b in zip(left, right):
        assert a is None or np.array_equal(a, b), options
