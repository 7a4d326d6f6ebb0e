"""Losses: extremes, reductions of nothing, ignored targets, what is refused, and that their arithmetic leaves saved values alone."""

import math

import numpy as np
import pytest

from minitorch_nlp.functional import loss as L
from minitorch_nlp.tensor.tensor import Tensor

inf, nan = math.inf, math.nan
SCORES = np.array([[0.0, 1.0, 2.0], [3.0, -1.0, 0.5]])
PAIRED = [L.mse_loss, L.l1_loss, L.huber_loss, L.smooth_l1_loss, L.binary_cross_entropy, L.binary_cross_entropy_with_logits, L.kl_div]


def gradients(op, *arrays, **options):
    tensors = [Tensor._wrap(np.array(a)) for a in arrays]
    for t in tensors:
        t.requires_grad_(t.array.dtype.kind == "f")
    op(*tensors, **options).sum().backward()
    return [t.grad.array for t in tensors if t.grad is not None]


# ---- classifiers ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy_of_large_scores(dtype):
    x = np.array([[1e4, 0.0, -1e4], [0.0, 1e4, -1e4]], dtype=dtype)
    losses = L.cross_entropy(x, np.array([0, 0]), reduction="none")
    np.testing.assert_array_equal(losses, [0, 1e4])
    assert losses.dtype == dtype
    (dx,) = gradients(L.cross_entropy, x, np.array([0, 0]), reduction="sum")
    np.testing.assert_array_equal(dx, [[0, 0, 0], [-1, 1, 0]])


def test_ignored_rows_count_nothing_whatever_they_hold():
    x = np.concatenate([SCORES, [[nan, inf, -inf]]])
    target = np.array([2, 0, -100])
    for options in ({}, {"label_smoothing": 0.2}):
        assert L.cross_entropy(x, target, **options) == pytest.approx(L.cross_entropy(SCORES, target[:2], **options))
        assert L.cross_entropy(x, target, reduction="none", **options)[2] == 0
    picked = np.array([0.0, 0.0, -inf])
    assert L.nll_loss(np.concatenate([SCORES, [picked]]), target) == pytest.approx(L.nll_loss(SCORES, target[:2]))


@pytest.mark.parametrize("op", [L.cross_entropy, L.nll_loss])
def test_every_target_ignored(op):
    target = np.array([-100, -100])
    assert math.isnan(op(SCORES, target))
    assert op(SCORES, target, reduction="sum") == 0
    for weight in (None, np.ones(3)):
        arrays = (SCORES, target) if weight is None else (SCORES, target, weight)
        np.testing.assert_array_equal(gradients(op, *arrays)[0], np.zeros((2, 3)))


@pytest.mark.parametrize("op", [L.cross_entropy, L.nll_loss])
def test_no_rows(op):
    assert math.isnan(op(SCORES[:0], np.zeros(0, dtype=int)))
    assert op(SCORES[:0], np.zeros(0, dtype=int), reduction="none").shape == (0,)
    assert gradients(op, SCORES[:0], np.zeros(0, dtype=int))[0].shape == (0, 3)


def test_classes_and_their_one_hot_are_the_same():
    target, weight = np.array([2, 0]), np.array([0.5, 1.0, 3.0])
    one_hot = np.eye(3)[target]
    for options in ({}, {"label_smoothing": 0.3}, {"reduction": "sum"}, {"reduction": "none"}):
        np.testing.assert_allclose(L.cross_entropy(SCORES, target, **options), L.cross_entropy(SCORES, one_hot, **options))
    options = {"reduction": "sum", "label_smoothing": 0.3}
    np.testing.assert_allclose(L.cross_entropy(SCORES, target, weight, **options), L.cross_entropy(SCORES, one_hot, weight, **options))


def test_image_layout_is_the_flat_one():
    rng = np.random.default_rng(0)
    x, target = rng.standard_normal((2, 5, 3, 4)), rng.integers(0, 5, (2, 3, 4))
    flat = np.moveaxis(x, 1, -1).reshape(-1, 5)
    for op in (L.nll_loss, L.cross_entropy):
        np.testing.assert_array_equal(op(x, target, reduction="none"), op(flat, target.ravel(), reduction="none").reshape(target.shape))


def test_backward_twice_gives_the_same():
    """The in-place subtraction at the targets must not reach what the forward saved."""
    x = Tensor._wrap(SCORES.copy()).requires_grad_()
    y = L.cross_entropy(x, np.array([2, 0]))
    y.backward(retain_graph=True)
    first = x.grad.array.copy()
    y.backward()
    np.testing.assert_array_equal(x.grad.array, 2 * first)


@pytest.mark.parametrize(
    ("error", "match", "arrays", "options"),
    [
        (IndexError, "target 3 is out of bounds: the classes are 0 to 2", (SCORES, np.array([0, 3])), {}),
        (IndexError, "target -1 is out of bounds", (SCORES, np.array([0, -1])), {}),
        (IndexError, "target 3 is out of bounds", (SCORES, np.array([3, 1])), {"ignore_index": 1}),
        (ValueError, "the input's batch size is 2", (SCORES, np.array([0])), {}),
        (RuntimeError, r"wants a target of shape \(2,\), it has \(2, 1\)", (SCORES, np.array([[0], [1]])), {}),
        (RuntimeError, "int64 or uint8", (SCORES, np.array([0, 1], dtype=np.int32)), {}),
        (RuntimeError, "one element for each of the 3 classes", (SCORES, np.array([0, 1]), np.ones(2)), {}),
        (RuntimeError, "dtype of the input", (SCORES, np.array([0, 1]), np.ones(3, dtype=np.float32)), {}),
        (NotImplementedError, "not implemented for int64", (SCORES.astype(int), np.array([0, 1])), {}),
        (ValueError, "average is not a valid value for reduction", (SCORES, np.array([0, 1])), {"reduction": "average"}),
    ],
)
@pytest.mark.parametrize("op", [L.cross_entropy, L.nll_loss])
def test_refused(op, error, match, arrays, options):
    with pytest.raises(error, match=match):
        op(*arrays, **options)


def test_refused_by_cross_entropy():
    target = np.array([0, 1])
    with pytest.raises(RuntimeError, match=r"label_smoothing must be between 0.0 and 1.0, it is 2"):
        L.cross_entropy(SCORES, target, label_smoothing=2)
    with pytest.raises(RuntimeError, match="ignore_index"):
        L.cross_entropy(SCORES, np.abs(SCORES), ignore_index=1)


# ---- pairs ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", PAIRED, ids=lambda op: op.name)
def test_reductions_of_nothing(op):
    empty = np.zeros((0, 3))
    assert math.isnan(op(empty, empty))
    assert op(empty, empty, reduction="sum") == 0
    assert op(empty, empty, reduction="none").shape == (0, 3)
    assert all(g.shape == (0, 3) for g in gradients(op, empty, empty))
    assert op(np.array(0.5), np.array(0.25)).shape == ()


@pytest.mark.parametrize("op", PAIRED, ids=lambda op: op.name)
def test_unknown_reduction(op):
    with pytest.raises(ValueError, match="avg is not a valid value for reduction; it is one of mean, sum, none"):
        op(SCORES, SCORES, reduction="avg")


@pytest.mark.parametrize("op", PAIRED, ids=lambda op: op.name)
def test_integers_are_refused(op):
    with pytest.raises(NotImplementedError, match="not implemented for int64"):
        op(np.arange(3), np.arange(3))


def test_binary_cross_entropy_at_the_ends():
    x, target = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0])
    np.testing.assert_array_equal(L.binary_cross_entropy(x, target, reduction="none"), [0, 100, 100, 0])
    np.testing.assert_allclose(gradients(L.binary_cross_entropy, x, target)[0], [0, 2.5e11, -2.5e11, 0], rtol=1e-6)


def test_binary_cross_entropy_with_large_logits():
    x, target = np.array([1e4, 1e4, -1e4, -1e4], dtype=np.float32), np.array([1, 0, 1, 0], dtype=np.float32)
    np.testing.assert_array_equal(L.binary_cross_entropy_with_logits(x, target, reduction="none"), [0, 1e4, 1e4, 0])
    np.testing.assert_array_equal(gradients(L.binary_cross_entropy_with_logits, x, target, reduction="sum")[0], [0, 1, -1, 0])


def test_binary_cross_entropy_refuses():
    half = np.full(2, 0.5)
    for values in ([0.5, 1.1], [-0.1, 0.5], [nan, 0.5]):
        with pytest.raises(RuntimeError, match="elements of input should be between 0 and 1"):
            L.binary_cross_entropy(np.array(values), half)
        with pytest.raises(RuntimeError, match="elements of target should be between 0 and 1"):
            L.binary_cross_entropy(half, np.array(values))
    with pytest.raises(RuntimeError, match=r"they have shapes|must have one shape; they have \(2,\) and \(1,\)"):
        L.binary_cross_entropy(half, half[:1])
    with pytest.raises(RuntimeError, match="one dtype"):
        L.binary_cross_entropy(half, half.astype(np.float32))
    with pytest.raises(RuntimeError, match=r"weight of shape \(3, 2\) does not broadcast"):
        L.binary_cross_entropy(half, half, np.ones((3, 2)))
    with pytest.raises(RuntimeError, match=r"pos_weight \(3, 2\) does not broadcast"):
        L.binary_cross_entropy_with_logits(half, half, None, np.ones((3, 2)))


def test_kl_div_of_impossible_events():
    x, target = np.log(np.array([0.5, 0.5])), np.array([0.0, 1.0])
    np.testing.assert_allclose(L.kl_div(x, target, reduction="sum"), math.log(2))
    np.testing.assert_array_equal(L.kl_div(x, target, reduction="none")[0], 0)
    log_target = np.array([-inf, 0.0])
    np.testing.assert_allclose(L.kl_div(x, target[::-1], reduction="batchmean"), math.log(2) / 2)
    assert np.isfinite(L.kl_div(x, np.maximum(log_target, -1e4), log_target=True, reduction="sum"))


def test_robust_losses_refuse():
    with pytest.raises(RuntimeError, match="delta must be positive, it is 0"):
        L.huber_loss(SCORES, SCORES, delta=0)
    with pytest.raises(RuntimeError, match="beta must not be negative, it is -1"):
        L.smooth_l1_loss(SCORES, SCORES, beta=-1)


def test_kinks():
    d = np.array([0.0, 0.5, -0.5, 2.0, nan])
    zero = np.zeros(5)
    np.testing.assert_array_equal(gradients(L.l1_loss, d, zero, reduction="sum")[0], [0, 1, -1, 1, nan])
    np.testing.assert_array_equal(gradients(L.huber_loss, d, zero, reduction="sum", delta=0.5)[0], [0, 0.5, -0.5, 0.5, nan])
    np.testing.assert_array_equal(gradients(L.smooth_l1_loss, d, zero, reduction="sum", beta=0.5)[0], [0, 1, -1, 1, nan])
    np.testing.assert_array_equal(gradients(L.smooth_l1_loss, d, zero, reduction="sum", beta=0)[0], [0, 1, -1, 1, nan])
