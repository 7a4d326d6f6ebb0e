"""Tensors print exactly as torch prints them."""

import warnings

import numpy as np
import pytest

import minitorch_nlp
from minitorch_nlp.tensor import printing
from minitorch_nlp.tensor.dtypes import DTYPES, get_default_dtype, set_default_dtype
from minitorch_nlp.tensor.tensor import Tensor

torch = pytest.importorskip("torch")

inf, nan = float("inf"), float("nan")
FLAT = [(), (1,), (2,), (7,), (30,), (1000,), (1001,)]
NESTED = [(2, 3), (1, 1, 1), (3, 1, 4), (2, 2, 2, 2), (40, 30), (7, 200), (200, 7), (6, 6, 40), (1, 1001)]
EMPTY = [(0,), (0, 3), (2, 0, 3), (1, 0)]
NAMED = [
    [0.0],
    [-0.0, 0.0],
    [inf, nan],
    [-inf, 0.0],
    [1.0, inf, nan],
    [1.5, -inf, nan],
    [1e8],
    [1e8 + 8],
    [1e9, 1.0],
    [1e5, 1e2],
    [1e5, 99.0],
    [1e-4],
    [1.01e-4, 0.1],
    [9.9e-5, 1.5],
    [1.5, 1500.0],
    [1.5, 1500.2],
    [1e38, 1e-38],
    [5e-45, 1.0],
    [-1.0, 22.0],
    [0.00005, nan],
    [2.5, 1e20],
]
OPTIONS = [
    {"precision": 2},
    {"precision": 0},
    {"precision": 10},
    {"sci_mode": True},
    {"sci_mode": False},
    {"profile": "short"},
    {"profile": "full"},
    {"profile": "short", "precision": 6},
    {"threshold": 5},
    {"threshold": 0, "edgeitems": 1},
    {"threshold": 5, "edgeitems": 0},
    {"threshold": 3, "edgeitems": 7},
    {"linewidth": 10},
    {"linewidth": 23},
    {"linewidth": 200, "sci_mode": True},
    {"linewidth": 0},
]


@pytest.fixture(autouse=True)
def default_options():
    yield
    printing.set_printoptions(profile="default")
    torch.set_printoptions(profile="default")
    set_default_dtype(DTYPES[np.dtype("float32")])
    torch.set_default_dtype(torch.float32)


def check(array):
    with np.errstate(all="ignore"):
        array = np.asarray(array)
    assert printing.tensor_repr(Tensor._wrap(array)) == repr(torch.from_numpy(array.copy()).reshape(array.shape))


def random_array(rng, shape, dtype):
    """Values of a style drawn at random: small, whole, wide-ranging, with nan and inf, mostly zero."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return rng.random(shape) < 0.5
    if kind in "iu":
        info = np.iinfo(dtype)
        high = int(rng.choice([2, 10, 120, info.max]))
        return rng.integers(0 if kind == "u" else -high, high, size=shape, dtype=dtype)
    with np.errstate(over="ignore"):
        values = rng.standard_normal(shape) * 10.0 ** rng.integers(-6, 10)
        style = rng.integers(5)
        if style == 1:
            values = np.round(values)
        elif style == 2:
            values = values * 10.0 ** rng.integers(-4, 5, size=shape)
        elif style == 3:
            values = np.where(rng.random(shape) < 0.2, rng.choice([nan, inf, -inf, 0.0]), values)
        elif style == 4:
            values = np.where(rng.random(shape) < 0.9, 0.0, values)
        return np.asarray(values, dtype=dtype)


@pytest.mark.parametrize("dtype", [str(d) for d in DTYPES])
def test_random_tensors(dtype):
    rng = np.random.default_rng(1)
    for shape in FLAT + NESTED + EMPTY:
        for _ in range(12 if np.prod(shape) < 100 else 3):
            check(random_array(rng, shape, dtype))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_named_values(dtype):
    for values in NAMED:
        with np.errstate(over="ignore"):
            array = np.array(values).astype(dtype)
        check(array)
        check(array[0])
        check(np.broadcast_to(array, (3, len(values))))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options(options):
    printing.set_printoptions(**options)
    torch.set_printoptions(**options)
    rng = np.random.default_rng(2)
    for dtype in ("float32", "float64", "int64", "bool"):
        for shape in [(), (1,), (5,), (12,), (1, 6), (4, 5), (9, 20), (2, 3, 4), (0,), (0, 3)]:
            check(random_array(rng, shape, dtype))
    for values in NAMED:
        check(np.array(values))


def test_options_accumulate_but_sci_mode_does_not():
    for options in ({"precision": 2, "sci_mode": True}, {"linewidth": 40}, {"edgeitems": 1, "threshold": 3}):
        printing.set_printoptions(**options)
        torch.set_printoptions(**options)
        check(np.linspace(0.0, 5.0, 9, dtype=np.float32))
        check(np.linspace(0.0, 5.0, 3, dtype=np.float32))


def test_default_dtype():
    set_default_dtype(DTYPES[np.dtype("float64")])
    torch.set_default_dtype(torch.float64)
    assert get_default_dtype().name == "float64"
    for dtype in ("float32", "float64", "int64", "bool", "float16"):
        check(np.ones(2, dtype))
        check(np.ones(0, dtype))
        check(np.ones((0, 2), dtype))


def test_notes_on_lines_of_every_length():
    """The gradient note goes to a new line exactly where torch's does."""
    for n in range(1, 90):
        values = np.full(n, 0.25, np.float32)
        ours = Tensor._wrap(values).requires_grad_()
        theirs = torch.from_numpy(values).requires_grad_()
        assert printing.tensor_repr(ours) == repr(theirs)
        assert printing.tensor_repr(ours * 2.0) == repr(theirs * 2.0)
        check(values.astype(np.float64))
        check(np.arange(n).astype(np.int16))
    ours = Tensor._wrap(np.full(4, 7.0)).requires_grad_() * 2.0
    theirs = torch.full((4,), 7.0, dtype=torch.float64, requires_grad=True) * 2.0
    for linewidth in range(20, 100):  # two notes: where the first breaks counts for the second
        printing.set_printoptions(linewidth=linewidth)
        torch.set_printoptions(linewidth=linewidth)
        assert printing.tensor_repr(ours) == repr(theirs)


def test_wide_integers():
    for digits in range(1, 19):
        for n in range(1, 12):
            check(np.full(n, 10**digits, np.int64).astype(np.uint64))


def test_strided_and_reversed_memory():
    values = np.arange(60, dtype=np.float32).reshape(5, 12)
    for view in (values.T, values[:, ::3], values[1:, 2:5]):
        assert printing.tensor_repr(Tensor._wrap(view)) == repr(torch.from_numpy(np.ascontiguousarray(view)))


def twins(array, requires_grad):
    return [lib.tensor(array, requires_grad=requires_grad) for lib in (torch, minitorch_nlp)]


def test_views_gradients_and_containers():
    rng = np.random.default_rng(3)
    makers = [
        lambda x: x, lambda x: x * 2, lambda x: x.T, lambda x: x[..., 0], lambda x: x[:0], lambda x: x.sum(), lambda x: x.detach(),
        lambda x: [x, (x[0], {"a": x})], lambda x: x.shape, lambda x: x > 0, lambda x: x.long(), lambda x: x.unsqueeze(0).expand(2, *x.shape),
        lambda x: x.flatten()[::3], lambda x: x.half(), lambda x: x.max(), lambda x: x.max(0), lambda x: x.reshape(-1),
    ]  # fmt: skip
    for shape in [(3, 4), (1, 1), (2, 30), (40, 30), (2, 2, 3)]:
        for dtype in ("float32", "float64"):
            for make in makers:
                array = random_array(rng, shape, dtype)
                theirs, ours = twins(array, requires_grad=bool(rng.integers(2)))
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # .T of three dimensions
                    assert repr(make(theirs)) == repr(make(ours))
                    assert str(make(theirs)) == str(make(ours))


def test_parameters_and_classes_of_the_owner():
    for shape in [(2,), (3, 40), (0,), ()]:
        array = np.full(shape, 0.25, np.float32)
        texts = []
        for lib in (torch, minitorch_nlp):
            own = type("Mine", (lib.Tensor,), {})
            plain = lib.tensor(array)
            mine = plain.as_subclass(own)
            made = [lib.nn.Parameter(plain), lib.nn.Parameter(plain, requires_grad=False), lib.nn.Buffer(plain), mine]
            texts.append([*map(repr, made), repr(lib.nn.ParameterList(made[:2])), mine.__repr__(tensor_contents="...")])
        assert texts[0] == texts[1]
