"""Every function against finite differences, and its values, defaults and shapes against plain NumPy."""

import numpy as np
import pytest

import minitorch_nlp.classic.dezero.functions as F
from minitorch_nlp.classic.dezero import Variable, test_mode, utils
from minitorch_nlp.classic.dezero.functions_conv import col2im_array, im2col_array

rng = np.random.default_rng(0)
X = rng.standard_normal((3, 4))
Y = rng.standard_normal((3, 4))
W = rng.standard_normal((4, 5))
B = rng.standard_normal(5)
P = rng.uniform(0.05, 0.95, (3, 4))
T = np.array([2, 0, 3])
BITS = rng.integers(0, 2, (3, 4))
IMAGE = rng.standard_normal((2, 3, 5, 6))
KERNEL = rng.standard_normal((4, 3, 3, 2))
DEKERNEL = rng.standard_normal((3, 2, 3, 3))
COL = rng.standard_normal((2 * 2 * 3, 3 * 2 * 2))
ONES, ZEROS = np.ones(3), np.zeros(3)


def normed(x, **options):
    return F.batch_norm(x, np.array([1.0, 2.0, 3.0, -1.0]), B[:4], np.zeros(4), np.ones(4), **options) * Y


CASES = {
    "sin": (F.sin, X, np.sin(X)),
    "cos": (F.cos, X, np.cos(X)),
    "tanh": (F.tanh, X, np.tanh(X)),
    "exp": (F.exp, X, np.exp(X)),
    "log": (F.log, P, np.log(P)),
    "clip": (lambda x: F.clip(x, -0.5, 0.6), X, np.clip(X, -0.5, 0.6)),
    "reshape": (lambda x: F.reshape(x, (2, 6)) * Y.reshape(2, 6), X, (X * Y).reshape(2, 6)),
    "transpose": (lambda x: F.transpose(x) * Y.T, X, (X * Y).T),
    "transpose axes": (lambda x: F.transpose(x, (0, 2, 3, 1)) ** 2, IMAGE, IMAGE.transpose(0, 2, 3, 1) ** 2),
    "get_item": (lambda x: F.get_item(x, (slice(None), [0, 0, 2])) ** 2, X, X[:, [0, 0, 2]] ** 2),
    "expand_dims": (lambda x: F.expand_dims(x, 1) ** 2, X, X[:, None] ** 2),
    "flatten": (lambda x: F.flatten(x) ** 2, IMAGE, IMAGE.reshape(2, -1) ** 2),
    "sum": (lambda x: F.sum(x) ** 2, X, X.sum() ** 2),
    "sum axis": (lambda x: F.sum(x, axis=1) ** 2, X, X.sum(1) ** 2),
    "sum axes": (lambda x: F.sum(x, axis=(0, 2), keepdims=True) ** 2, IMAGE, IMAGE.sum((0, 2), keepdims=True) ** 2),
    "sum_to": (lambda x: F.sum_to(x, (1, 4)) ** 2, X, X.sum(0, keepdims=True) ** 2),
    "broadcast_to": (lambda x: F.broadcast_to(x, (2, 3, 4)) ** 2, X, np.broadcast_to(X, (2, 3, 4)) ** 2),
    "average": (lambda x: F.average(x, axis=0) ** 2, X, X.mean(0) ** 2),
    "mean": (lambda x: F.mean(x) ** 2, X, X.mean() ** 2),
    "max": (lambda x: F.max(x) ** 2, X, X.max() ** 2),
    "max axis": (lambda x: F.max(x, axis=1, keepdims=True) * x, X, X.max(1, keepdims=True) * X),
    "min axis": (lambda x: F.min(x, axis=0) ** 2, X, X.min(0) ** 2),
    "matmul": (lambda x: F.matmul(x, W) ** 2, X, (X @ W) ** 2),
    "matmul W": (lambda w: F.matmul(X, w) ** 2, W, (X @ W) ** 2),
    "linear": (lambda x: F.linear(x, W, B) ** 2, X, (X @ W + B) ** 2),
    "linear b": (lambda b: F.linear(X, W, b) ** 2, B, (X @ W + B) ** 2),
    "linear_simple": (lambda w: F.linear_simple(X, w) ** 2, W, (X @ W) ** 2),
    "sigmoid": (F.sigmoid, X, 1 / (1 + np.exp(-X))),
    "sigmoid_simple": (F.sigmoid_simple, X, 1 / (1 + np.exp(-X))),
    "relu": (F.relu, X, np.where(X > 0, X, 0)),
    "leaky_relu": (F.leaky_relu, X, np.where(X > 0, X, 0.2 * X)),
    "softmax": (lambda x: F.softmax(x) * Y, X, np.exp(X) / np.exp(X).sum(1, keepdims=True) * Y),
    "softmax axis 0": (lambda x: F.softmax(x, axis=0) * Y, X, np.exp(X) / np.exp(X).sum(0) * Y),
    "softmax_simple": (lambda x: F.softmax_simple(x) * Y, X, np.exp(X) / np.exp(X).sum(1, keepdims=True) * Y),
    "log_softmax": (lambda x: F.log_softmax(x) * Y, X, (X - np.log(np.exp(X).sum(1, keepdims=True))) * Y),
    "embed_id": (lambda w: F.embed_id(np.array([[1, 1], [0, 2]]), w) ** 2, X, X[[[1, 1], [0, 2]]] ** 2),
    "mean_squared_error": (lambda x: F.mean_squared_error(x, Y), X, ((X - Y) ** 2).sum() / 3),
    "mean_squared_error_simple": (lambda y: F.mean_squared_error_simple(X, y), Y, ((X - Y) ** 2).sum() / 3),
    "softmax_cross_entropy": (
        lambda x: F.softmax_cross_entropy(x, T),
        X,
        -np.log(np.exp(X) / np.exp(X).sum(1, keepdims=True))[range(3), T].mean(),
    ),
    "softmax_cross_entropy_simple": (lambda x: F.softmax_cross_entropy_simple(x, Variable(T)), X, None),
    "sigmoid_cross_entropy": (lambda x: F.sigmoid_cross_entropy(x, BITS), X, None),
    "binary_cross_entropy": (lambda p: F.binary_cross_entropy(p, BITS), P, -np.log(np.where(BITS, P, 1 - P)).sum() / 3),
    "dropout in test mode": (F.dropout, X, X),
    "batch_norm": (normed, X, None),
    "conv2d": (lambda x: F.conv2d(x, KERNEL, ONES[:1].repeat(4), stride=(2, 1), pad=1) ** 2, IMAGE, None),
    "conv2d W": (lambda w: F.conv2d(IMAGE, w) ** 2, KERNEL, None),
    "conv2d_simple": (lambda x: F.conv2d_simple(x, KERNEL, ONES[:1].repeat(4), stride=(2, 1), pad=1) ** 2, IMAGE, None),
    "deconv2d": (lambda x: F.deconv2d(x, DEKERNEL, B[:2], stride=2, pad=1) ** 2, IMAGE, None),
    "deconv2d outsize": (lambda w: F.deconv2d(IMAGE[:1], w, stride=2, pad=1, outsize=(10, 12)) ** 2, DEKERNEL, None),
    "pooling": (lambda x: F.pooling(x, 2, stride=2, pad=1) ** 2, IMAGE, None),
    "pooling_simple": (lambda x: F.pooling_simple(x, 2, stride=2, pad=1) ** 2, IMAGE, None),
    "average_pooling": (lambda x: F.average_pooling(x, (2, 3), stride=2, pad=1) ** 2, IMAGE, None),
    "im2col": (lambda x: F.im2col(x, 2, stride=2) ** 2, IMAGE, None),
    "col2im": (lambda c: F.col2im(c, (2, 3, 4, 6), 2, stride=2) ** 2, COL, None),
}


@pytest.mark.parametrize("name", CASES)
def test_function(name):
    f, x, value = CASES[name]
    with test_mode() if "test mode" in name else pytest.MonkeyPatch.context():
        y = f(x)
        assert isinstance(y, Variable)
        if value is not None:
            np.testing.assert_allclose(y.data, value, rtol=1e-12)
        assert utils.gradient_check(f, x)


@pytest.mark.parametrize("name", [n for n in CASES if n not in ("relu", "leaky_relu", "clip")])
def test_second_derivative(name):
    """The gradient of a sum of squared gradients, against finite differences: what backward computes with is recorded too."""
    f, x, _ = CASES[name]

    def squared_gradient(x):
        x = Variable(x.data)
        f(x).backward(create_graph=True)
        return x.grad**2

    x = Variable(x.copy())
    f(x).backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    (gx**2).backward()
    if x.grad is None:  # the gradient is constant
        assert name in ("dropout in test mode", "reshape", "transpose")
    elif x.size < 60:
        assert utils.array_allclose(x.grad, utils.numerical_grad(squared_gradient, x), rtol=1e-4, atol=1e-4)


def test_defaults_of_dezero():
    assert utils.array_allclose(F.softmax_cross_entropy(X, T), F.softmax_cross_entropy_simple(X, T))
    assert utils.array_allclose(F.sigmoid_cross_entropy(X, BITS), F.binary_cross_entropy(F.sigmoid(X), BITS))
    assert F.accuracy(X, X.argmax(1)).data == 1.0
    assert F.accuracy(Variable(X), (X.argmax(1) + np.array([0, 0, 1])) % 4).data == pytest.approx(2 / 3)
    assert F.batch_nrom is F.batch_norm
    assert F.softmax(np.zeros((2, 3, 4))).data[0, 0, 0] == pytest.approx(1 / 3)


def test_each_of_several_largest_gets_the_gradient():
    x = Variable(np.array([[1.0, 3.0, 3.0]]))
    F.max(x, axis=1).backward()
    np.testing.assert_array_equal(x.grad.data, [[0.0, 1.0, 1.0]])


def test_dropout_follows_numpys_seed():
    x = np.ones((50, 40), np.float32)
    np.random.seed(0)
    y = F.dropout(x, 0.3)
    np.random.seed(0)
    mask = np.random.rand(50, 40) > 0.3
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y.data, np.where(mask, x / np.float32(0.7), 0))


def test_batch_norm_moves_its_averages():
    x, mean, var = rng.standard_normal((6, 3, 2, 2)), np.zeros(3), np.ones(3)
    y = F.batch_norm(x, ONES, ZEROS, mean, var)
    np.testing.assert_allclose(y.data, (x - x.mean((0, 2, 3), keepdims=True)) / np.sqrt(x.var((0, 2, 3), keepdims=True) + 2e-5), rtol=1e-6)
    np.testing.assert_allclose(mean, 0.1 * x.mean((0, 2, 3)))
    np.testing.assert_allclose(var, 0.9 + 0.1 * x.var((0, 2, 3), ddof=1))
    with test_mode():
        z = F.batch_norm(x, ONES, ZEROS, mean, var)
    np.testing.assert_allclose(z.data, (x - mean[:, None, None]) / np.sqrt(var[:, None, None] + 2e-5))


def test_images():
    y = F.conv2d(IMAGE, KERNEL, np.arange(4.0), stride=(2, 1), pad=1)
    np.testing.assert_allclose(y.data, F.conv2d_simple(IMAGE, KERNEL, np.arange(4.0), stride=(2, 1), pad=1).data)
    assert y.shape == (2, 4, 3, 7)
    padded = np.pad(IMAGE, ((0, 0), (0, 0), (1, 1), (1, 1)))
    assert y.data[1, 2, 1, 3] == pytest.approx((padded[1, :, 2:5, 3:5] * KERNEL[2]).sum() + 2)
    assert F.deconv2d(IMAGE, DEKERNEL, stride=2, pad=1).shape == (2, 2, 9, 11)
    assert F.deconv2d(IMAGE, DEKERNEL, stride=2, pad=1, outsize=(10, 12)).shape == (2, 2, 10, 12)
    z = F.pooling(-np.abs(IMAGE), 2, stride=2, pad=1)
    assert z.data[0, 0, 0, 0] == 0  # DeZero's padding may win
    np.testing.assert_array_equal(z.data, F.pooling_simple(-np.abs(IMAGE), 2, stride=2, pad=1).data)
    assert F.average_pooling(IMAGE, 5).data[0, 0, 0, 0] == pytest.approx(IMAGE[0, 0, :5, :5].mean())


def test_windows():
    col = im2col_array(IMAGE, (2, 3), 1, 0)
    assert col.shape == (2 * 4 * 4, 3 * 2 * 3)
    np.testing.assert_array_equal(col[4 * 1 + 2], IMAGE[0, :, 1:3, 2:5].ravel())
    assert im2col_array(IMAGE, (2, 3), 1, 0, to_matrix=False).shape == (2, 3, 2, 3, 4, 4)
    for matrix in (True, False):
        col = im2col_array(IMAGE, 2, 1, 1, to_matrix=matrix)
        counts = col2im_array(im2col_array(np.ones_like(IMAGE), 2, 1, 1, matrix), IMAGE.shape, 2, 1, 1, matrix)
        np.testing.assert_allclose(col2im_array(col, IMAGE.shape, 2, 1, 1, matrix), counts * IMAGE)
    assert isinstance(col, np.ndarray)


def test_shapes_in_utils():
    assert utils.get_conv_outsize(4, 3, 1, 1) == 4
    assert utils.get_deconv_outsize(3, 3, 2, 1) == 5
    assert (utils.pair(2), utils.pair((1, 2))) == ((2, 2), (1, 2))
    with pytest.raises(ValueError):
        utils.pair([1, 2])
    np.testing.assert_array_equal(utils.sum_to(np.ones((2, 3)), (1, 3)), [[2, 2, 2]])
    np.testing.assert_allclose(utils.logsumexp(X), np.log(np.exp(X).sum(1, keepdims=True)))
    assert utils.max_backward_shape(X, None) == [1, 1]
    assert utils.max_backward_shape(IMAGE, (0, -1)) == [1, 3, 5, 1]
    assert utils.reshape_sum_backward(Variable(np.ones((2, 5, 6))), (2, 3, 5, 6), 1, False).shape == (2, 1, 5, 6)
    assert utils.reshape_sum_backward(Variable(np.ones(())), (2,), None, False).shape == ()


def test_gradient_check_fails_where_it_should(capsys):
    assert not utils.gradient_check(lambda x: Variable(x.data**2) + x, X)
    assert "finite differences" in capsys.readouterr().out
    assert utils.array_equal(Variable(X), X)
    assert not utils.array_allclose(X, X + 0.1)
