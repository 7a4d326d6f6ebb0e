"""Indexing ops: who shares memory, what is refused and in which words, and the corners."""

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import backend
from minitorch_nlp.functional import indexing as I
from minitorch_nlp.tensor.tensor import Tensor

X = np.arange(12.0).reshape(3, 4)
ROWS = np.array([2, 0])

VIEWS = [0, -1, (1, 2), (..., 0), None, (), slice(1, 3), (slice(None), slice(None, None, 2)), (slice(None), None, 1), np.int64(1)]
COPIES = [ROWS, (ROWS, 0), (0, ROWS), X > 3, np.array([True, False, True]), True, (slice(1, 3), ROWS), np.array([], dtype=int)]


def leaf(x):
    return Tensor._wrap(np.array(x, dtype=np.float64)).requires_grad_()


@pytest.mark.parametrize("index", VIEWS, ids=repr)
def test_views_share_memory(index):
    x = X.copy()
    y = I.getitem(x, index=index)
    assert isinstance(y, np.ndarray)
    assert np.shares_memory(x, y)
    y[...] = -5
    np.testing.assert_array_equal(x[index], -5)


@pytest.mark.parametrize("index", COPIES, ids=repr)
def test_copies_share_nothing(index):
    assert not np.may_share_memory(I.getitem(X, index=index), X)


def test_an_element_of_a_vector_is_a_view():
    x = Tensor._wrap(np.arange(3.0))
    x[1].add_(10)
    x[-1] += 1
    assert x.tolist() == [0, 11, 3]


def test_integers_take_their_slice_before_arrays_are_looked_at():
    x = np.zeros((3, 4, 5, 6))
    assert I.getitem(x, index=(0, slice(None), ROWS)).shape == (4, 2, 6)  # NumPy: (2, 4, 6)
    assert I.getitem(x, index=(ROWS, 0, slice(None), ROWS)).shape == (2, 5)
    assert I.getitem(x, index=(ROWS, slice(None), ROWS)).shape == (2, 4, 6)
    assert I.getitem(x, index=(slice(None), 0, ROWS)).shape == (3, 2, 6)


@pytest.mark.parametrize(
    ("index", "kind", "words"),
    [
        (slice(None, None, -1), ValueError, "slice step must be greater than zero, got -1; use flip"),
        ((0, slice(None, None, -2)), ValueError, "greater than zero, got -2"),
        ((ROWS, slice(None, None, -2)), ValueError, "greater than zero, got -2"),
        (3, IndexError, "index 3 is out of bounds for dimension 0 with size 3"),
        ((0, 0, 0), IndexError, "too many indices"),
        ((ROWS, 0, 0), IndexError, "too many indices for tensor of dimension 2: 3 given"),
        (np.array([3]), IndexError, "index 3 is out of bounds"),
        (np.array([-4]), IndexError, "index -4 is out of bounds"),
        ((ROWS, np.array([0, 9])), IndexError, "index 9 is out of bounds"),
        (np.array([True, False]), IndexError, "boolean index did not match"),
        ((ROWS, np.arange(3)), IndexError, "shape mismatch"),
        (1.0, IndexError, r"got float\); round a float with int"),
        ("a", IndexError, "got str"),
        (np.array([1.0]), IndexError, "must be int64, int32 or bool tensors, not float64"),
        (np.array([1], dtype=np.int16), IndexError, "not int16"),
    ],
    ids=repr,
)
def test_what_getitem_refuses(index, kind, words):
    with pytest.raises(kind, match=words) as caught:
        I.getitem(X, index=index)
    assert caught.type is kind
    with pytest.raises(kind, match=words):
        I.index_put(X, 0.0, index=index)
    assert "x has shape (3, 4)" in str(caught.value) or kind is ValueError


def test_an_index_changed_after_the_read_does_not_change_the_gradient():
    x, rows = leaf(np.zeros(4)), np.array([1, 1, 3])
    y = I.getitem(x, index=rows)
    rows[:] = 0
    y.sum().backward()
    assert x.grad.tolist() == [0, 2, 0, 1]


def test_writing_to_another_part_leaves_the_gradient_of_a_read_valid():
    x = leaf(np.ones(4)) * 2
    y = I.getitem(x, index=slice(0, 2))
    x[3] = 7.0
    y.sum().backward()
    assert y.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("shape", "index"),
    [
        ((), ...),
        ((), None),
        ((), True),
        ((0, 3), slice(None)),
        ((0, 3), np.array([], dtype=int)),
        ((2, 0), 1),
        ((3,), 1),
        ((3,), (1, None)),
        ((1,), False),
    ],
    ids=repr,
)
def test_gradients_of_small_and_empty_tensors(shape, index):
    x = leaf(np.ones(shape))
    y = I.getitem(x, index=index)
    y.sum().backward()
    assert x.grad.shape == shape
    assert float(x.grad.sum()) == y.array.size


def test_repeated_rows_add_up_also_where_they_are_many():
    rng = np.random.default_rng(0)
    for shape in ((50, 30), (50, 31), (50, 2, 30), (50,)):
        for n in (3, 4000):
            rows = rng.integers(-50, 50, n)
            dy = rng.standard_normal((n, *shape[1:])).astype(np.float32)
            expected = np.zeros(shape, dtype=np.float32)
            np.add.at(expected, rows, dy)
            np.testing.assert_array_equal(I.scatter_index(dy, index=rows, shape=shape), expected)


def test_negative_places_in_every_dimension():
    i, j = np.array([0, -1, 1, 2]), np.array([-1, 3, -2, 3])
    dx = I.scatter_index(np.array([1.0, 2, 4, 8]), index=(i, j), shape=(3, 4))
    assert dx.tolist() == [[0, 0, 0, 1], [0, 0, 4, 0], [0, 0, 0, 10]]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
def test_scatter_add_rows_equals_adding_one_by_one(dtype):
    rng = np.random.default_rng(0)
    for n, k, width in ((5, 2000, (7,)), (5000, 300, (8,)), (3, 900, (2, 3)), (4, 0, (3,)), (4, 5, (0,)), (2000, 2000, ())):
        rows, values = rng.integers(0, n, k), (4 * rng.standard_normal((k, *width))).astype(dtype)
        expected = np.zeros((n, *width), dtype)
        for row, value in zip(rows, values, strict=True):
            expected[row] += value
        found = backend.scatter_add_rows(rows, n, values)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, expected)


def test_assign_writes_in_place_or_not_at_all():
    x = np.zeros((2, 3, 4))
    I.assign(x, (0, slice(None), np.array([0, 1])), np.arange(6.0).reshape(3, 2))
    assert x[0, :, :2].tolist() == [[0, 1], [2, 3], [4, 5]]
    before = x.copy()
    for index, value, kind in (
        (slice(None, None, -1), 1.0, ValueError),
        ((0, 5), 1.0, IndexError),
        (np.array([5]), 1.0, IndexError),
        (0, np.ones(5), RuntimeError),
        (np.array([0]), np.ones(4, np.float32), RuntimeError),
    ):
        with pytest.raises(kind):
            I.assign(x, index, value)
    np.testing.assert_array_equal(x, before)
    I.assign(x[0, 0], 1, 7, accumulate=True)
    assert x[0, 0, 1] == 8


def test_index_put_broadcasts_and_casts_where_torch_does():
    assert I.index_put(X, np.ones((1, 1, 4)), index=0)[0].tolist() == [1, 1, 1, 1]
    assert I.index_put(np.zeros(2, dtype=np.int64), 1.9, index=0).tolist() == [1, 0]
    assert I.index_put(np.zeros(2, dtype=np.float32), np.array([1.0, 2.0]), index=slice(None)).dtype == np.float32
    with pytest.raises(RuntimeError, match="value has dtype float64, where it is written float32"):
        I.index_put(np.zeros(2, dtype=np.float32), np.array([1.0, 2.0]), index=ROWS[1:])
    with pytest.raises(RuntimeError, match=r"value of shape \(3,\) does not broadcast to the indexed part, \(2, 4\)"):
        I.index_put(X, np.ones(3), index=ROWS)
    with pytest.raises(RuntimeError, match="value inf cannot be converted to type int64"):
        I.index_put(np.zeros(2, dtype=np.int64), float("inf"), index=0)


def test_the_gradient_of_a_value_with_extra_leading_ones():
    x, y = leaf(np.zeros((3, 4))), leaf(np.ones((1, 1, 4)))
    I.index_put(x, y, index=0).sum().backward()
    assert y.grad.array.tolist() == [[[1, 1, 1, 1]]]
    assert x.grad.array.sum(1).tolist() == [0, 4, 4]


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: I.gather(X, np.array([[0, 4]]), dim=1), RuntimeError, "gather: index 4 is out of bounds for dimension 1 with size 4"),
        (lambda: I.gather(X, np.array([[-1]]), dim=0), RuntimeError, "index -1 is out of bounds for dimension 0 with size 3"),
        (lambda: I.gather(X, np.array([[0.0]]), dim=0), RuntimeError, "expected dtype int32/int64 for index, got float64"),
        (lambda: I.gather(X, np.array([0]), dim=0), RuntimeError, r"as many dimensions as x\n  x     is \(3, 4\)\n  index is \(1,\)"),
        (lambda: I.gather(X, np.zeros((4, 1), int), dim=1), RuntimeError, "no larger than x apart from dimension 1"),
        (lambda: I.gather(X, np.array([[0]]), dim=2), IndexError, "Dimension out of range"),
        (lambda: I.scatter(X, np.array([[0, 1]]), np.ones((1, 1)), dim=1), RuntimeError, r"no larger than src\n(.*\n)+  src   is \(1, 1\)"),
        (lambda: I.scatter(X, np.array([[0]]), np.ones((1, 1), np.float32), dim=1), RuntimeError, "dtype of x, float64, not float32"),
        (lambda: I.scatter_add(X, np.array([[0]]), 1.0, dim=1), TypeError, "must be Tensor, not float"),
        (lambda: I.take_along_dim(X, np.array([[4]]), dim=1), RuntimeError, "index 4 is out of bounds for dimension 1 with size 4"),
        (lambda: I.index_select(X, np.array([4]), dim=1), IndexError, "index_select: index 4 is out of range for dimension 1 with size 4"),
        (lambda: I.index_select(X, np.array([[0]]), dim=1), IndexError, r"supposed to be a vector, but it has shape \(1, 1\)"),
        (
            lambda: I.index_add(X, np.array([0]), np.ones((2, 4)), dim=0),
            RuntimeError,
            r"float64 \(1, 4\)\n(.*\n)+  src   is float64 \(2, 4\)",
        ),
        (lambda: I.masked_fill(X, X, 0), RuntimeError, "expected a bool mask, got float64"),
        (lambda: I.masked_fill(X, X > 1, np.ones(4)), RuntimeError, "a number or a 0-dim tensor, but has shape"),
        (lambda: I.masked_fill(X, np.ones(3, bool), 0), RuntimeError, "does not broadcast"),
        (lambda: I.masked_fill(X.astype(np.float32), X > 1, 1e39), RuntimeError, "value 1e.39 cannot be converted to type float32"),
        (lambda: I.masked_select(X, X), RuntimeError, "expected a bool mask"),
    ],
)
def test_errors_say_what_is_wrong(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_take_along_dim_counts_negative_places_from_the_end_once():
    assert I.take_along_dim(X, np.array([[-1], [-4], [0]]), dim=1).tolist() == [[3], [4], [8]]
    with pytest.raises(RuntimeError, match="index -1 is out of bounds"):
        I.take_along_dim(X, np.array([[-5]]), dim=1)


def test_masked_fill_keeps_the_dtype():
    x, mask = np.array([1, 2], dtype=np.int32), np.array([True, False])
    for value, filled in ((7.9, 7), (True, 1), (np.array(2.5), 2)):
        y = I.masked_fill(x, mask, value)
        assert (y.dtype, y.tolist()) == (np.int32, [filled, 2])
    half = I.masked_fill(x.astype(np.float16), mask, float("-inf"))
    assert (half.dtype, half.tolist()) == (np.float16, [-np.inf, 2])


def test_the_gradient_of_a_fill_value_is_the_sum_over_the_mask():
    x, value = leaf(X), leaf(5.0)
    (I.masked_fill(x, X > 6, value) * leaf(X)).sum().backward()
    assert value.grad.item() == X[X > 6].sum()
    np.testing.assert_array_equal(x.grad.array, np.where(X > 6, 0, X))


def test_scatter_writes_a_copy():
    x = X.copy()
    I.scatter(x, np.array([[0]]), np.array([[9.0]]), dim=0)
    I.scatter_add(x, np.array([[0]]), np.array([[9.0]]), dim=0)
    I.index_add(x, np.array([0]), np.ones((1, 4)), dim=0)
    I.index_put(x, 9.0, index=0)
    np.testing.assert_array_equal(x, X)


def test_a_mask_changed_before_backward_raises():
    x, mask = leaf(X), torch.tensor(X > 6)
    y = I.masked_select(x * 1, mask).sum()
    mask[0, 0] = True
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()
