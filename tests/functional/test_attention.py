"""scaled_dot_product_attention: masks of every kind against each other, queries without keys, extremes, dropout, what is refused."""

import math

import numpy as np
import pytest

from minitorch_nlp.functional.attention import scaled_dot_product_attention as attention
from minitorch_nlp.functional.dropout import dropout_with_mask
from minitorch_nlp.tensor.tensor import Tensor

rng = np.random.default_rng(0)
Q, K, V = rng.standard_normal((2, 3, 5, 4)), rng.standard_normal((2, 3, 6, 4)), rng.standard_normal((2, 3, 6, 2))
KEEP = rng.random((2, 1, 5, 6)) > 0.4
KEEP[..., 0] = True


def gradients(*arrays, **options):
    tensors = [a if a is None else Tensor._wrap(np.array(a)) for a in arrays]
    for t in tensors:
        if t is not None:
            t.requires_grad_(t.array.dtype.kind == "f")
    y = attention(*tensors, **options)
    (y * Tensor._wrap(np.cos(np.arange(y.array.size)).reshape(y.shape))).sum().backward()
    return [t.grad.array for t in tensors if t is not None and t.grad is not None]


def same(first, second):
    for a, b in zip(first, second):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_masks_of_every_kind_agree():
    bias = np.where(KEEP, 0.0, -np.inf)
    np.testing.assert_allclose(attention(Q, K, V, KEEP), attention(Q, K, V, bias))
    same(gradients(Q, K, V, KEEP), gradients(Q, K, V, bias))
    causal = np.tril(np.ones((5, 6), dtype=bool))
    np.testing.assert_allclose(attention(Q, K, V, causal), attention(Q, K, V, is_causal=True))
    same(gradients(Q, K, V, causal), gradients(Q, K, V, is_causal=True))


def test_a_masked_key_might_as_well_be_missing():
    y = attention(Q, K, V, np.arange(6) < 4)
    np.testing.assert_allclose(y, attention(Q, K[:, :, :4], V[:, :, :4]))


def test_queries_without_keys_give_0():
    keep = KEEP.copy()
    keep[1, 0, 2] = False
    for mask in (keep, np.where(keep, 0.0, -np.inf)):
        y = attention(Q, K, V, mask)
        np.testing.assert_array_equal(y[1, :, 2], 0)
        assert np.abs(y[0, :, 2]).min() > 0
        dq, dk, dv, *dmask = gradients(Q, K, V, mask)
        np.testing.assert_array_equal(dq[1, :, 2], 0)
        assert all(np.isfinite(g).all() for g in (dk, dv, *dmask))
    for g, x in zip(gradients(Q, K, V, np.zeros((5, 6), dtype=bool)), (Q, K, V)):
        np.testing.assert_array_equal(g, np.zeros_like(x))


def test_no_keys_at_all():
    y = attention(Q, K[:, :, :0], V[:, :, :0])
    np.testing.assert_array_equal(y, np.zeros((2, 3, 5, 2)))
    dq, dk, dv = gradients(Q, K[:, :, :0], V[:, :, :0])
    np.testing.assert_array_equal(dq, np.zeros_like(Q))
    assert dk.shape == (2, 3, 0, 4)
    assert dv.shape == (2, 3, 0, 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_scores(dtype):
    """Each query takes the one key it is nearest to; nothing overflows, and the softmax is flat, so that scores get no gradient."""
    eye = np.eye(3, dtype=dtype) * 1000
    v = np.arange(6, dtype=dtype).reshape(3, 2)
    np.testing.assert_array_equal(attention(eye, eye, v), v)
    dq, dk, dv = gradients(eye, eye, v)
    np.testing.assert_array_equal(dq, 0)
    np.testing.assert_array_equal(dk, 0)
    assert np.abs(dv).min() > 0


def test_scale():
    np.testing.assert_allclose(attention(Q, K, V), attention(Q / 2, K, V, scale=1.0))
    np.testing.assert_allclose(attention(Q, K, V, scale=0), np.broadcast_to(V.mean(2, keepdims=True), (2, 3, 5, 2)))
    same(gradients(Q, K, V, scale=-0.3)[1:], gradients(Q * -0.3, K, V, scale=1.0)[1:])


def test_dropout_is_unbiased_and_drops():
    mask = np.zeros((2, 3, 5, 6), dtype=bool)
    np.testing.assert_array_equal(attention(Q, K, V, None, mask, dropout_p=0.5), 0)
    np.testing.assert_allclose(attention(Q, K, V, None, ~mask, dropout_p=0.5), 2 * attention(Q, K, V))
    np.testing.assert_array_equal(attention(Q, K, V, None, mask, dropout_p=1.0), 0)
    halves = [attention(Q, K, V, None, m, dropout_p=0.5) for m in (KEEP | mask, ~(KEEP | mask))]
    np.testing.assert_allclose((halves[0] + halves[1]) / 2, attention(Q, K, V))


def test_dropout_with_mask():
    x = np.array([1.0, -2.0, 3.0], dtype=np.float32)
    y = dropout_with_mask(x, np.array([True, False, True]), p=0.5)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, [2, 0, 6])
    np.testing.assert_array_equal(dropout_with_mask(x, np.zeros(3, dtype=bool), p=1.0), 0)
    with pytest.raises(NotImplementedError, match="int64"):
        dropout_with_mask(np.arange(3), np.ones(3, dtype=bool), p=0.5)


@pytest.mark.parametrize(
    ("error", "match", "arrays", "options"),
    [
        (RuntimeError, "attn_mask must not be given with is_causal=True", (Q, K, V, KEEP), {"is_causal": True}),
        (RuntimeError, "must be bool or have the query's dtype, float64, it has int64", (Q, K, V, KEEP.astype(int)), {}),
        (RuntimeError, "must be bool or have the query's dtype, float64, it has float32", (Q, K, V, KEEP.astype(np.float32)), {}),
        (RuntimeError, "at least 2 dimensions", (Q[0, 0, 0], K, V), {}),
        (RuntimeError, "one dtype; they have float32, float64, float64", (Q.astype(np.float32), K, V), {}),
        (RuntimeError, "e = 3, but query has e = 4", (Q, K[..., :3], V), {}),
        (RuntimeError, "s = 4, but key has s = 6", (Q, K, V[:, :, :4]), {}),
        (RuntimeError, r"attn_mask \(7, 2, 3, 5, 6\) does not broadcast", (Q, K, V, np.ones((7, 2, 3, 5, 6), dtype=bool)), {}),
        (NotImplementedError, "not implemented for int64", (Q.astype(int), K.astype(int), V.astype(int)), {}),
    ],
)
def test_refused(error, match, arrays, options):
    with pytest.raises(error, match=match):
        attention(*arrays, **options)


def test_batches_broadcast():
    y = attention(Q, K[:, :1], V[:1])
    np.testing.assert_allclose(y, attention(Q, np.broadcast_to(K[:, :1], K.shape), np.broadcast_to(V[:1], V.shape)))
    dq, dk, dv = gradients(Q, K[:, :1], V[:1])
    assert (dq.shape, dk.shape, dv.shape) == (Q.shape, (2, 1, 6, 4), (1, 3, 6, 2))
    assert math.isclose(attention(Q[0, 0], K[0, 0], V[0, 0])[0, 0], attention(Q, K, V)[0, 0, 0, 0])
