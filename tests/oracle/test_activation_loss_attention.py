"""Activations, losses, normalization, dropout and attention give PyTorch's values, dtypes, gradients, node names and error types."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from minitorch_nlp.functional import activation as A  # noqa: E402
from minitorch_nlp.functional import attention as T  # noqa: E402
from minitorch_nlp.functional import dropout as D  # noqa: E402
from minitorch_nlp.functional import loss as L  # noqa: E402
from minitorch_nlp.functional import normalization as N  # noqa: E402
from minitorch_nlp.functional import special as S  # noqa: E402
from minitorch_nlp.tensor.tensor import Tensor  # noqa: E402

F = torch.nn.functional
inf, nan = float("inf"), float("nan")
rng = np.random.default_rng(0)


def real(*shape, low=-3.0, high=3.0):
    return rng.uniform(low, high, shape)


X = np.append(real(3, 5), [[0.0, -0.0, 1.0, -1.0, 6.0], [30.0, -30.0, 100.0, -100.0, 1e4]], axis=0)
SCORES, P, Q = real(4, 5), real(4, 5, low=0.01, high=0.99), real(4, 5, low=0.01, high=0.99)
Y3, CUBE = real(4, 5), real(2, 5, 3)
W5, WEIGHT = real(5, low=0.2, high=2.0), real(4, 5)
CLASSES, SOME, NONE = np.array([1, 0, 4, 2]), np.array([1, -100, 4, -100]), np.full(4, -100)
GRID = np.array([[0, 4, -100], [2, 2, 1]])
SOFT = P / P.sum(1, keepdims=True)
EDGE = np.array([[0.0, 1.0, 0.0, 1.0, 0.5]])
EDGE_TARGET = np.array([[0.0, 0.0, 1.0, 1.0, 1.0]])
BOTTOM = np.array([[0.0, -inf, 1.0], [-inf, -inf, -inf], [2.0, 3.0, -inf]])

# ours, the arrays, the options, torch's
ACTIVATIONS = [
    (A.tanh, (X,), {}, torch.tanh),
    (A.sigmoid, (X,), {}, torch.sigmoid),
    (A.relu, (X,), {}, F.relu),
    (A.relu, (np.tile(X, (300, 1)),), {}, F.relu),
    (A.leaky_relu, (X,), {}, F.leaky_relu),
    (A.leaky_relu, (X,), {"negative_slope": 0.3}, lambda x: F.leaky_relu(x, 0.3)),
    (A.leaky_relu, (X,), {"negative_slope": -1.5}, lambda x: F.leaky_relu(x, -1.5)),
    (A.elu, (X,), {}, F.elu),
    (A.elu, (X,), {"alpha": 0.4}, lambda x: F.elu(x, 0.4)),
    (A.selu, (X,), {}, F.selu),
    (A.softplus, (X,), {}, F.softplus),
    (A.softplus, (X,), {"beta": 2.0, "threshold": 3.0}, lambda x: F.softplus(x, 2.0, 3.0)),
    (A.silu, (X,), {}, F.silu),
    (A.gelu, (X,), {}, F.gelu),
    (A.gelu, (X,), {"approximate": "tanh"}, lambda x: F.gelu(x, approximate="tanh")),
    (A.logsigmoid, (X,), {}, F.logsigmoid),
    (A.hardtanh, (X,), {}, F.hardtanh),
    (A.hardtanh, (X,), {"min_val": -0.5, "max_val": 2.0}, lambda x: F.hardtanh(x, -0.5, 2.0)),
    (A.relu6, (X,), {}, F.relu6),
    (A.mish, (X,), {}, F.mish),
    (A.softsign, (X,), {}, F.softsign),
    (A.glu, (CUBE[:, :4],), {"dim": 1}, lambda x: F.glu(x, 1)),
    (A.softmax, (X,), {"dim": -1}, lambda x: F.softmax(x, -1)),
    (A.softmax, (CUBE,), {"dim": 1}, lambda x: F.softmax(x, 1)),
    (A.softmax, (np.array(2.0),), {"dim": 0}, lambda x: F.softmax(x, 0)),
    (A.softmax, (BOTTOM,), {"dim": 1}, lambda x: F.softmax(x, 1)),
    (A.softmax, (np.zeros((2, 0)),), {"dim": 1}, lambda x: F.softmax(x, 1)),
    (A.log_softmax, (X,), {"dim": -1}, lambda x: F.log_softmax(x, -1)),
    (A.log_softmax, (CUBE,), {"dim": 0}, lambda x: F.log_softmax(x, 0)),
    (A.log_softmax, (BOTTOM,), {"dim": 1}, lambda x: F.log_softmax(x, 1)),
    (S.erf, (X,), {}, torch.erf),
]

NORMALIZATIONS = [
    (N.layer_norm, (SCORES,), {"normalized_shape": (5,)}, lambda x: F.layer_norm(x, (5,))),
    (N.layer_norm, (SCORES, W5, W5 + 1), {"normalized_shape": (5,)}, lambda x, w, b: F.layer_norm(x, (5,), w, b)),
    (N.layer_norm, (SCORES, None, W5), {"normalized_shape": (5,)}, lambda x, w, b: F.layer_norm(x, (5,), w, b)),
    (N.layer_norm, (CUBE, CUBE[0], CUBE[1]), {"normalized_shape": (5, 3)}, lambda x, w, b: F.layer_norm(x, (5, 3), w, b)),
    (N.layer_norm, (CUBE + 3, CUBE[0]), {"normalized_shape": (5, 3), "eps": 0.1}, lambda x, w: F.layer_norm(x, (5, 3), w, eps=0.1)),
    (N.layer_norm, (np.zeros((0, 5)), W5), {"normalized_shape": (5,)}, lambda x, w: F.layer_norm(x, (5,), w)),
    (N.rms_norm, (SCORES, W5), {"normalized_shape": (5,)}, lambda x, w: F.rms_norm(x, (5,), w)),
    (N.rms_norm, (CUBE * 1e-4,), {"normalized_shape": (5, 3)}, lambda x: F.rms_norm(x, (5, 3))),
    (N.rms_norm, (CUBE, CUBE[0]), {"normalized_shape": (5, 3), "eps": 0.1}, lambda x, w: F.rms_norm(x, (5, 3), w, 0.1)),
]

LOSSES = [
    (L.mse_loss, (SCORES, Y3), F.mse_loss, {}),
    (L.l1_loss, (SCORES, np.where(P > 0.5, SCORES, Y3)), F.l1_loss, {}),
    (L.huber_loss, (SCORES, Y3), F.huber_loss, {"delta": 0.7}),
    (L.smooth_l1_loss, (SCORES, Y3), F.smooth_l1_loss, {"beta": 0.7}),
    (L.binary_cross_entropy, (P, Q), F.binary_cross_entropy, {}),
    (L.binary_cross_entropy, (EDGE, EDGE_TARGET), F.binary_cross_entropy, {}),
    (L.binary_cross_entropy_with_logits, (SCORES * 30, Q), F.binary_cross_entropy_with_logits, {}),
    (L.kl_div, (np.log(P), Q), F.kl_div, {}),
    (L.kl_div, (np.log(P), np.log(Q)), F.kl_div, {"log_target": True}),
]


CLASSIFIERS = [
    (L.nll_loss, SCORES, CLASSES, None, {}),
    (L.nll_loss, SCORES, SOME, W5, {}),
    (L.nll_loss, SCORES, NONE, W5, {}),
    (L.nll_loss, SCORES, CLASSES, None, {"ignore_index": 4}),
    (L.nll_loss, CUBE, GRID, W5, {}),
    (L.nll_loss, SCORES[0], np.array(3), None, {}),
    (L.cross_entropy, SCORES, CLASSES, None, {}),
    (L.cross_entropy, SCORES * 3000, CLASSES, None, {}),
    (L.cross_entropy, SCORES, CLASSES.astype(np.uint8), None, {}),
    (L.cross_entropy, SCORES, SOME, None, {}),
    (L.cross_entropy, SCORES, NONE, None, {}),
    (L.cross_entropy, SCORES, NONE, W5, {"label_smoothing": 0.1}),
    (L.cross_entropy, SCORES, SOME, W5, {}),
    (L.cross_entropy, SCORES, CLASSES, W5 * 0, {}),
    (L.cross_entropy, SCORES, CLASSES, None, {"label_smoothing": 0.1}),
    (L.cross_entropy, SCORES, SOME, W5, {"label_smoothing": 0.3}),
    (L.cross_entropy, SCORES, CLASSES, W5, {"label_smoothing": 1.0, "ignore_index": 0}),
    (L.cross_entropy, CUBE, GRID, None, {}),
    (L.cross_entropy, CUBE, np.abs(GRID) % 5, W5, {"label_smoothing": 0.2, "ignore_index": 2}),
    (L.cross_entropy, SCORES[0], np.array(3), W5, {"label_smoothing": 0.2}),
    (L.cross_entropy, SCORES[:0], CLASSES[:0], None, {}),
    (L.cross_entropy, BOTTOM[[0, 2]], np.array([0, 1]), None, {}),
    (L.cross_entropy, BOTTOM[[0, 2]], np.array([1, -100]), None, {}),
    (L.cross_entropy, SCORES, SOFT, None, {}),
    (L.cross_entropy, SCORES, SOFT, W5, {"label_smoothing": 0.2}),
    (L.cross_entropy, SCORES[0], SOFT[0], W5, {}),
    (L.cross_entropy, CUBE, np.abs(CUBE), W5, {"label_smoothing": 0.2}),
]

KEY, VALUE = real(2, 2, 4, 3, low=-1), real(2, 2, 4, 2)
QUERY = real(2, 2, 5, 3, low=-1)
KEEP = rng.random((2, 1, 5, 4)) > 0.4
KEEP[0, 0, 2] = False  # a query without keys
BIAS = np.where(KEEP, real(2, 1, 5, 4), -inf)

ATTENTIONS = [
    ((QUERY, KEY, VALUE), {}),
    ((QUERY * 100, KEY, VALUE), {}),
    ((QUERY, KEY, VALUE), {"is_causal": True}),
    ((QUERY[:, :, :3], KEY, VALUE), {"is_causal": True, "scale": 0.3}),
    ((QUERY, KEY, VALUE, KEEP), {}),
    ((QUERY, KEY, VALUE, KEEP[0, 0]), {"scale": 2.0}),
    ((QUERY, KEY, VALUE, BIAS), {}),
    ((QUERY, KEY, VALUE, BIAS[1, 0, 0]), {}),
    ((QUERY[0, 0], KEY[0, 0], VALUE[0, 0]), {}),
    ((QUERY, KEY[:, :1], VALUE[:1]), {}),
    ((QUERY, KEY[:, :, :0], VALUE[:, :, :0]), {}),
]


def tensors(arrays, dtype, needs=True):
    """The arrays as torch tensors and as ours; floats as `dtype`, requiring grad."""
    cast = [None if a is None else np.asarray(a, dtype if np.asarray(a).dtype.kind == "f" else None) for a in arrays]
    theirs = [None if a is None else torch.tensor(a, requires_grad=needs and a.dtype.kind == "f") for a in cast]
    ours = [None if a is None else Tensor._wrap(a.copy()).requires_grad_(needs and a.dtype.kind == "f") for a in cast]
    return ours, theirs


def compare(op, arrays, options, function, dtype, same_name=True, skip=()):
    """Value, dtype, shape, node name and the gradient of every float array."""
    ours, theirs = tensors(arrays, dtype)
    y, expected = op(*ours, **options), function(*theirs)
    tolerance = {"rtol": 1e-10, "atol": 1e-12} if dtype == "float64" else {"rtol": 3e-6, "atol": 2e-6}
    assert tuple(y.shape) == tuple(expected.shape)
    assert str(y.dtype) == str(expected.dtype)
    np.testing.assert_allclose(y.array, expected.detach().numpy(), **tolerance)
    if same_name:
        assert y.grad_fn.name() == expected.grad_fn.name()
    dy = np.random.default_rng(1).standard_normal(y.shape).astype(dtype)
    y.backward(Tensor._wrap(dy))
    expected.backward(torch.from_numpy(np.asarray(dy)))
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if b is not None and b.requires_grad and i not in skip:
            np.testing.assert_allclose(a.grad.array, b.grad.numpy(), err_msg=f"gradient of array {i}", **tolerance)


def label(value):
    return value.name if hasattr(value, "name") else None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("op", "arrays", "options", "function"), ACTIVATIONS + NORMALIZATIONS, ids=label)
def test_activation_and_normalization(op, arrays, options, function, dtype):
    compare(op, arrays, options, function, dtype, same_name=op is not N.rms_norm)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("op", "arrays", "function", "options"), LOSSES, ids=label)
@pytest.mark.filterwarnings("ignore:reduction:UserWarning")
def test_loss(op, arrays, function, options, dtype, reduction):
    options = options | {"reduction": reduction}
    named = op not in (L.kl_div, L.l1_loss)  # composites in torch, so that the name depends on the reduction
    compare(op, arrays, options, lambda *a: function(*a, **options), dtype, named, skip=(1,) if arrays[0] is EDGE else ())


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("op", "x", "target", "weight", "options"), CLASSIFIERS, ids=label)
def test_classifier(op, x, target, weight, options, dtype, reduction):
    options = options | {"reduction": reduction}
    function = F.nll_loss if op is L.nll_loss else F.cross_entropy

    def of_torch(x, target, weight):  # torch refuses a gradient for the weights
        return function(x, target, None if weight is None else weight.detach(), **options)

    fused = target.dtype.kind != "f" and x.ndim < 3 and "label_smoothing" not in options
    compare(op, (x, target, weight), options, of_torch, dtype, same_name=fused, skip=(2,))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kl_div_batchmean(dtype):
    options = {"reduction": "batchmean"}
    compare(L.kl_div, (np.log(P), Q), options, lambda *a: F.kl_div(*a, **options), dtype, same_name=False)


@pytest.mark.parametrize("reduction", ["mean", "none"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binary_losses_with_weights(dtype, reduction):
    r = {"reduction": reduction}

    def bce(x, t, w):
        return F.binary_cross_entropy(x, t, w.detach(), **r)

    def logits(x, t, w, p):
        return F.binary_cross_entropy_with_logits(x, t, w.detach(), pos_weight=p.detach(), **r)

    compare(L.binary_cross_entropy, (P, Q, W5), r, bce, dtype, skip=(2,))
    compare(L.binary_cross_entropy_with_logits, (SCORES, Q, WEIGHT, W5), r, logits, dtype, skip=(2, 3))


@pytest.mark.parametrize("op", [L.mse_loss, L.l1_loss, L.huber_loss, L.smooth_l1_loss], ids=label)
def test_losses_broadcast(op):
    function = getattr(F, op.name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compare(op, (SCORES, SCORES[0]), {}, function, "float64")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("arrays", "options"), ATTENTIONS)
def test_attention(arrays, options, dtype):
    function = F.scaled_dot_product_attention
    compare(T.scaled_dot_product_attention, arrays, options, lambda *a: function(*a, **options), dtype, same_name=False)


@pytest.mark.parametrize("p", [0.1, 0.15, 0.42, 0.5])
def test_dropout_numbers(p):
    """Bit for bit: torch divides the mask by 1 - p in the input's dtype, then multiplies."""
    x = torch.randn(1000, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(3)
    expected = F.dropout(x, p).numpy()
    np.testing.assert_array_equal(D.dropout_with_mask(x.numpy(), expected != 0, p=p), expected)


def test_attention_dropout():
    mask = rng.random((2, 2, 5, 4)) > 0.25

    def composite(q, k, v, m, d):
        return torch.softmax(q @ k.mT / 3**0.5, -1) * d / 0.75 @ v

    compare(T.scaled_dot_product_attention, (QUERY, KEY, VALUE, None, mask), {"dropout_p": 0.25}, composite, "float64", same_name=False)


INT = np.arange(3)
ERRORS = [
    (A.leaky_relu, (INT,), {}, F.leaky_relu),
    (A.gelu, (INT,), {}, F.gelu),
    (A.softmax, (INT,), {"dim": 0}, lambda x: F.softmax(x, 0)),
    (A.relu, (INT > 1,), {}, F.relu),
    (A.hardtanh, (INT > 1,), {}, F.hardtanh),
    (A.gelu, (X,), {"approximate": "other"}, lambda x: F.gelu(x, approximate="other")),
    (A.hardtanh, (X,), {"min_val": 2.0, "max_val": 1.0}, lambda x: F.hardtanh(x, 2.0, 1.0)),
    (A.softmax, (X,), {"dim": 2}, lambda x: F.softmax(x, 2)),
    (A.log_softmax, (np.array(1.0),), {"dim": 1}, lambda x: F.log_softmax(x, 1)),
    (A.glu, (SCORES,), {"dim": 1}, lambda x: F.glu(x, 1)),
    (A.glu, (np.array(1.0),), {"dim": 0}, lambda x: F.glu(x, 0)),
    (N.layer_norm, (SCORES,), {"normalized_shape": (4,)}, lambda x: F.layer_norm(x, (4,))),
    (N.layer_norm, (SCORES,), {"normalized_shape": ()}, lambda x: F.layer_norm(x, ())),
    (N.layer_norm, (SCORES, W5[:4]), {"normalized_shape": (5,)}, lambda x, w: F.layer_norm(x, (5,), w)),
    (N.layer_norm, (INT,), {"normalized_shape": (3,)}, lambda x: F.layer_norm(x, (3,))),
    (N.rms_norm, (SCORES,), {"normalized_shape": (4,)}, lambda x: F.rms_norm(x, (4,))),
    (L.mse_loss, (SCORES, Y3), {"reduction": "batchmean"}, lambda x, t: F.mse_loss(x, t, reduction="batchmean")),
    (L.mse_loss, (INT, INT), {}, F.mse_loss),
    (L.huber_loss, (SCORES, Y3), {"delta": 0.0}, lambda x, t: F.huber_loss(x, t, delta=0.0)),
    (L.smooth_l1_loss, (SCORES, Y3), {"beta": -1.0}, lambda x, t: F.smooth_l1_loss(x, t, beta=-1.0)),
    (L.binary_cross_entropy, (P + 1, Q), {}, F.binary_cross_entropy),
    (L.binary_cross_entropy, (P, Q - 1), {}, F.binary_cross_entropy),
    (L.binary_cross_entropy, (P, Q, W5[:4]), {}, F.binary_cross_entropy),
    (L.binary_cross_entropy, (P, P > 0.5), {}, F.binary_cross_entropy),
    (L.binary_cross_entropy_with_logits, (P, Q, CUBE), {}, F.binary_cross_entropy_with_logits),
    (L.cross_entropy, (SCORES, CLASSES + 1), {}, F.cross_entropy),
    (L.cross_entropy, (SCORES, CLASSES - 1), {}, F.cross_entropy),
    (L.nll_loss, (SCORES, CLASSES + 1), {}, F.nll_loss),
    (L.cross_entropy, (SCORES, CLASSES[:2]), {}, F.cross_entropy),
    (L.nll_loss, (SCORES, CLASSES[:2]), {}, F.nll_loss),
    (L.cross_entropy, (SCORES, CLASSES[:, None]), {}, F.cross_entropy),
    (L.cross_entropy, (SCORES, CLASSES.astype("int32")), {}, F.cross_entropy),
    (L.cross_entropy, (SCORES, CLASSES.astype("float64")), {}, F.cross_entropy),
    (L.cross_entropy, (CUBE, GRID[:, :2]), {}, F.cross_entropy),
    (L.cross_entropy, (SCORES, CLASSES, W5[:4]), {}, F.cross_entropy),
    (L.cross_entropy, (SCORES, SOFT), {"ignore_index": 1}, lambda x, t: F.cross_entropy(x, t, ignore_index=1)),
    (L.cross_entropy, (SCORES, CLASSES), {"label_smoothing": 1.5}, lambda x, t: F.cross_entropy(x, t, label_smoothing=1.5)),
    (L.cross_entropy, (SCORES, CLASSES), {"reduction": "avg"}, lambda x, t: F.cross_entropy(x, t, reduction="avg")),
    (L.nll_loss, (np.array(1.0), np.array(0)), {}, F.nll_loss),
    (T.scaled_dot_product_attention, (QUERY, KEY, VALUE, KEEP), {"is_causal": True},
     lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m, is_causal=True)),
    (T.scaled_dot_product_attention, (QUERY, KEY, VALUE, KEEP.astype("int64")), {}, F.scaled_dot_product_attention),
    (T.scaled_dot_product_attention, (QUERY[0, 0, 0], KEY, VALUE), {}, F.scaled_dot_product_attention),
    (T.scaled_dot_product_attention, (QUERY, KEY[..., :2], VALUE), {}, F.scaled_dot_product_attention),
    (T.scaled_dot_product_attention, (QUERY, KEY, VALUE[..., :3, :]), {}, F.scaled_dot_product_attention),
    (T.scaled_dot_product_attention, (QUERY[0], KEY[0], VALUE[0], np.ones((3, 2, 5, 4), bool)), {}, F.scaled_dot_product_attention),
]  # fmt: skip


@pytest.mark.parametrize(("op", "arrays", "options", "function"), ERRORS, ids=label)
def test_error_types(op, arrays, options, function):
    ours, theirs = tensors(arrays, "float64", needs=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Exception) as expected:
            function(*theirs)
    with pytest.raises(expected.type) as got:
        op(*ours, **options)
    assert isinstance(got.value, expected.type)
