"""layer_norm and rms_norm: what they promise of the output, constant rows, empty shapes, and what is refused."""

import numpy as np
import pytest

from minitorch_nlp.functional import normalization as N
from minitorch_nlp.tensor.tensor import Tensor

rng = np.random.default_rng(0)
X = rng.standard_normal((4, 6)) * 3 + 5


def test_rows_have_mean_0_and_variance_1():
    y = N.layer_norm(X, normalized_shape=(6,), eps=0.0)
    np.testing.assert_allclose(y.mean(1), 0, atol=1e-14)
    np.testing.assert_allclose(y.var(1), 1)
    np.testing.assert_allclose((N.rms_norm(X, normalized_shape=(6,), eps=0.0) ** 2).mean(1), 1)


def test_dimensions_fold_into_one():
    w, b = rng.standard_normal((2, 4, 6))
    x = rng.standard_normal((3, 4, 6))
    folded = N.layer_norm(x.reshape(3, 24), w.reshape(24), b.reshape(24), normalized_shape=(24,))
    np.testing.assert_array_equal(N.layer_norm(x, w, b, normalized_shape=(4, 6)), folded.reshape(x.shape))
    np.testing.assert_array_equal(N.layer_norm(x.transpose(2, 1, 0), normalized_shape=(4, 3)).shape, (6, 4, 3))


def test_constant_rows():
    constant = np.full((2, 6), 7.0, dtype=np.float32)
    np.testing.assert_allclose(N.layer_norm(constant, normalized_shape=(6,)), 0, atol=1e-3)
    zeros = np.zeros((2, 6), dtype=np.float32)
    np.testing.assert_array_equal(N.rms_norm(zeros, normalized_shape=(6,)), 0)
    assert np.isnan(N.layer_norm(zeros, normalized_shape=(6,), eps=0.0)).all()
    assert np.isnan(N.rms_norm(zeros, normalized_shape=(6,), eps=0.0)).all()


def test_eps_of_rms_norm_is_the_dtypes():
    for dtype, eps in ((np.float32, 2.0**-23), (np.float64, 2.0**-52)):
        x = np.full(1, 1e-4 if dtype is np.float32 else 1e-8, dtype=dtype)
        np.testing.assert_allclose(N.rms_norm(x, normalized_shape=(1,)), x / np.sqrt(x * x + eps), rtol=1e-6)


def test_large_values():
    x = np.array([[1e4, -1e4, 5e3]], dtype=np.float32)
    np.testing.assert_allclose(N.layer_norm(x, normalized_shape=(3,)), N.layer_norm(x.astype(float), normalized_shape=(3,)), rtol=1e-5)


@pytest.mark.parametrize("shape", [(0, 6), (2, 0, 6)])
def test_no_rows(shape):
    x, w, b = (Tensor._wrap(np.ones(s)).requires_grad_() for s in (shape, (6,), (6,)))
    N.layer_norm(x, w, b, normalized_shape=(6,)).sum().backward()
    assert x.grad.shape == shape
    np.testing.assert_array_equal(w.grad.array, np.zeros(6))
    np.testing.assert_array_equal(b.grad.array, np.zeros(6))


@pytest.mark.parametrize("op", [N.layer_norm, N.rms_norm])
def test_refused(op):
    w = np.ones(6)
    with pytest.raises(RuntimeError, match=rf"{op.name}: normalized_shape \(5\) wants an input of shape \(..., 5\), but it is \(4, 6\)"):
        op(X, normalized_shape=(5,))
    with pytest.raises(RuntimeError, match="wants an input of shape"):
        op(X, normalized_shape=(1, 4, 6))
    with pytest.raises(RuntimeError, match="normalized_shape is empty"):
        op(X, normalized_shape=())
    with pytest.raises(RuntimeError, match=r"weight must have the shape of normalized_shape, \(6,\), it has \(4,\)"):
        op(X, w[:4], normalized_shape=(6,))
    with pytest.raises(RuntimeError, match="weight must have the dtype of the input, float64, it has float32"):
        op(X, w.astype(np.float32), normalized_shape=(6,))
    with pytest.raises(NotImplementedError, match="int64"):
        op(np.ones((2, 6), dtype=int), normalized_shape=(6,))


def test_bias_is_checked_too():
    with pytest.raises(RuntimeError, match="layer_norm: bias must have the shape"):
        N.layer_norm(X, None, np.ones(5), normalized_shape=(6,))
