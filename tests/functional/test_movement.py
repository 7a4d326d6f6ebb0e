"""Movement ops: who shares memory, what is refused, and the corners of joining, splitting and padding."""

import numpy as np
import pytest

from minitorch_nlp.functional import movement as V
from minitorch_nlp.functional import reduction as R
from minitorch_nlp.tensor.tensor import Tensor
from minitorch_nlp.testing import check_sample

X = np.arange(6.0).reshape(2, 3)

VIEWS = [
    (V.reshape, {"shape": (3, 2)}),
    (V.reshape, {"shape": (2, 3)}),
    (V.permute, {"dims": (1, 0)}),
    (V.transpose, {"dim0": 0, "dim1": 1}),
    (V.expand, {"shape": (1, 2, -1)}),
    (V.squeeze, {}),
    (V.unsqueeze, {"dim": 1}),
    (V.diagonal, {"offset": 1}),
    (V.split, {"sizes": (1, 2), "dim": 1}),
    (V.unbind, {"dim": -1}),
]
COPIES = [
    (V.cat, {}),
    (V.flip, {"dims": (0,)}),
    (V.flip, {"dims": ()}),
    (V.roll, {"shifts": 0}),
    (V.repeat, {"repeats": (1, 1)}),
    (V.pad, {"pad": (0, 0)}),
    (V.pad, {"pad": (-1, 0)}),
    (V.pad, {"pad": (0, 0), "mode": "replicate"}),
    (V.tril, {}),
    (V.triu, {"diagonal": -5}),
    (V.spread, {"shape": (2, 3)}),
]


def leaf(x):
    return Tensor._wrap(np.array(x, dtype=np.float64)).requires_grad_()


def last(out):
    return out[-1] if isinstance(out, tuple) else out


@pytest.mark.parametrize(("op", "options"), VIEWS, ids=lambda v: getattr(v, "name", str(v)))
def test_views_share_memory_and_can_be_written(op, options):
    x = X.copy()
    last(op(x, **options))[...] = 99
    assert (x == 99).any()


@pytest.mark.parametrize(("op", "options"), COPIES, ids=lambda v: getattr(v, "name", str(v)))
def test_copies_have_their_own_memory(op, options):
    x = X.copy()
    last(op(x, **options))[...] = 99
    assert not (x == 99).any()


@pytest.mark.parametrize(("op", "options"), VIEWS, ids=lambda v: getattr(v, "name", str(v)))
def test_writing_through_a_view_is_recorded(op, options):
    x = leaf(X)
    y = x * 1
    if op.name in ("split", "unbind"):
        with pytest.raises(RuntimeError, match="several views at once"):
            last(op(y, **options)).mul_(3)
        return
    last(op(y, **options)).mul_(3)
    (y * Tensor._wrap(X)).sum().backward()
    expected = np.ones_like(X)
    last(op(expected, **options))[...] = 3
    np.testing.assert_array_equal(x.grad.array, expected * X)


def test_an_expanded_view_is_not_written():
    with pytest.raises(RuntimeError, match="single memory location"):
        V.expand(Tensor._wrap(X[:1].copy()), shape=(4, 3)).mul_(2)


def test_reshape_copies_where_the_layout_needs_it():
    x = X.copy()
    assert not np.may_share_memory(V.reshape(x.T, shape=(6,)), x)


def test_a_slice_of_a_vector_is_a_view_of_zero_dimensions():
    first, second = V.unbind(Tensor._wrap(np.array([1.0, 2.0])))
    assert first.shape == ()
    second.mul_(5)
    assert second.item() == 10
    assert first._cell is second._cell


def test_empty_tensors_of_another_era_are_left_out_of_cat():
    x, none = leaf(X), leaf([])
    out = V.cat(none, x, none, dim=1)
    out.sum().backward()
    assert out.shape == (2, 3)
    assert none.grad.shape == (0,)
    np.testing.assert_array_equal(x.grad.array, np.ones((2, 3)))


def test_unused_parts_of_a_split_get_zeros():
    x = leaf(X)
    V.split(x, sizes=(1, 2), dim=1)[1].sum().backward()
    np.testing.assert_array_equal(x.grad.array, [[0, 1, 1], [0, 1, 1]])


def test_options_may_be_given_by_position():
    np.testing.assert_array_equal(V.roll(X, 1, 0), X[::-1])
    np.testing.assert_array_equal(V.transpose(X, 0, 1), X.T)
    np.testing.assert_array_equal(V.pad(X, (1, 0), "constant", 7.0)[:, 0], [7, 7])


@pytest.mark.parametrize("amounts", [(2, 1), (-1, 2), (1, -2), (0, 1, 1, 1), (-1, 0, 0, 1)])
@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_padding_that_also_crops(mode, amounts):
    check_sample(V.pad, (np.random.default_rng(0).standard_normal((2, 2, 3)),), {"pad": amounts, "mode": mode})


def test_gradients_of_spread_and_expand_are_summed():
    for op in (V.spread, V.expand):
        x = leaf([[1.0], [2.0]])
        R.sum(op(x, shape=(3, 2, 4))).backward()
        np.testing.assert_array_equal(x.grad.array, [[12.0], [12.0]])


REFUSED = [
    (V.reshape, (X,), {"shape": (2, 2)}, RuntimeError, r"reshape: shape '\[2, 2\]' is invalid for input of size 6"),
    (V.reshape, (X,), {"shape": (-1, -1)}, RuntimeError, "only one dimension can be inferred"),
    (V.reshape, (X,), {"shape": (-3, 2)}, RuntimeError, "invalid shape dimension -3"),
    (V.reshape, (X[:0],), {"shape": (-1, 0)}, RuntimeError, "ambiguous for a tensor of 0 elements"),
    (V.permute, (X,), {"dims": (0, 5)}, IndexError, "permute: Dimension out of range"),
    (V.expand, (X,), {"shape": (3, 2)}, RuntimeError, r"expand: \(2, 3\) cannot be expanded to \[3, 2\]"),
    (V.squeeze, (X,), {"dim": (1, -1)}, RuntimeError, "dim 1 appears multiple times"),
    (V.diagonal, (X,), {"dim1": 1, "dim2": -1}, RuntimeError, "cannot be identical, got 1 and -1"),
    (V.cat, (X, X[:, :2]), {}, RuntimeError, r"sizes must match except in dimension 0.*\[\(2, 3\), \(2, 2\)\]"),
    (V.cat, (X, np.array(1.0)), {}, RuntimeError, r"zero-dimensional tensor \(at position 1\)"),
    (V.cat, (), {}, ValueError, "non-empty list"),
    (V.stack, (X, X[0]), {}, RuntimeError, r"same shape, they have \[\(2, 3\), \(3,\)\]"),
    (V.stack, (), {}, RuntimeError, "non-empty list"),
    (V.split, (X,), {"sizes": (1, 3)}, RuntimeError, r"must sum to 2, the size of dimension 0; got \[1, 3\]"),
    (V.unbind, (np.array(1.0),), {}, IndexError, "at least 1 dimension"),
    (V.roll, (X,), {"shifts": (1, 2), "dims": 0}, RuntimeError, "2 shifts and 1 dims"),
    (V.repeat, (X,), {"repeats": (2,)}, RuntimeError, "at least 2 counts"),
    (V.tril, (X[0],), {}, RuntimeError, r"tril: .* at least 2 dimensions .* \(3,\)"),
    (V.pad, (X,), {"pad": (1, 2, 3)}, RuntimeError, "even number"),
    (V.pad, (X,), {"pad": (-2, -2)}, RuntimeError, "crops more than there is"),
    (V.pad, (X,), {"pad": (3, 0), "mode": "reflect"}, RuntimeError, r"cannot take \(3, 0\) elements from dimension 1, its size is 3"),
    (V.pad, (X,), {"pad": (-3, 3), "mode": "circular"}, RuntimeError, "cannot take"),
    (V.pad, (X,), {"pad": (1, 1), "mode": "wrap"}, NotImplementedError, "mode 'wrap' is not known"),
    (V.pad, (X,), {"pad": (1, 1), "mode": "reflect", "value": 2.0}, RuntimeError, "takes no value"),
]


@pytest.mark.parametrize(("op", "arrays", "options", "error", "text"), REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_refusals(op, arrays, options, error, text):
    with pytest.raises(error, match=f"(?s){text}"):
        op(*arrays, **options)
