"""Indexing, embedding and matrix products give PyTorch's values, shapes, gradients and error types."""

import numpy as np
import pytest

from minitorch_nlp.functional import indexing as I
from minitorch_nlp.functional import unbroadcast
from minitorch_nlp.functional.embedding import embedding
from minitorch_nlp.functional.matmul import addmm, baddbmm, bmm, einsum, linear, matmul, outer

torch = pytest.importorskip("torch")
F = torch.nn.functional
rng = np.random.default_rng(0)


def real(*shape, dtype="float64"):
    return rng.standard_normal(shape).astype(dtype)


def ints(*values):
    return np.array(values)


def theirs(value):
    """The same argument for torch: arrays as tensors, floats as leaves."""
    if isinstance(value, tuple):
        return tuple(theirs(v) for v in value)
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy()).requires_grad_(value.dtype.kind == "f")
    return value


def same(op, function, arrays, options=None, tolerance=1e-12, gradients=True):
    """Forward and backward of `op` on `arrays` equal `function` of the same tensors."""
    options = options or {}
    prepared = op.casts(list(arrays)) if op.casts else arrays
    out, saved = op.forward(*prepared, **options)
    out = np.asarray(out)
    tensors = [theirs(a) for a in arrays]
    expected = function(*tensors)
    assert out.shape == tuple(expected.shape)
    assert str(out.dtype) == str(expected.dtype).removeprefix("torch.")
    np.testing.assert_allclose(out, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    if not (gradients and expected.requires_grad):
        return
    dy = rng.standard_normal(out.shape).astype(out.dtype)
    expected.backward(torch.from_numpy(dy.copy()))
    for a, t, g in zip(arrays, tensors, op.backward(dy, saved), strict=True):
        if isinstance(t, torch.Tensor) and t.requires_grad:
            found = np.zeros_like(a) if g is None else unbroadcast(np.asarray(g), a.shape).astype(a.dtype)
            wanted = np.zeros_like(a) if t.grad is None else t.grad.numpy()
            np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


def same_error(op, function, arrays, options=None):
    """`op` raises the type of error torch raises."""
    with pytest.raises(Exception) as caught:  # torch says which
        function(*(theirs(a) for a in arrays))
    with pytest.raises(caught.type):
        op(*arrays, **(options or {}))


# ---- indexing --------------------------------------------------------------------------------------------------------------------

ALL = slice(None)
i2, j2, k2 = ints(0, 2), ints(1, 3), ints([0], [4])
mask0, mask01, mask12, mask = np.array([True, False, True]), real(3, 4) > 0, real(4, 5) > 0, real(3, 4, 5) > 0
INDICES = [
    0, -1, (0, 1), (0, 1, 2), ..., None, (), (..., 0), (0, ...), (None, 0, None), (ALL, None), slice(1, None), slice(None, None, 2),
    slice(5, 9), slice(-2, None),
    (ALL, slice(1, 3), -1), np.int64(1), True, False, (ALL, True), (ALL, True, 0), (True, i2), np.array(True), np.array(2),
    (np.array(1), ALL, i2),
    i2, -i2, k2[:, 0] * 0, k2 % 3, i2.astype(np.int32), i2[:0], (ALL, j2), (..., k2), (0, j2), (j2 % 3, 0), (0, ALL, j2), (ALL, 0, j2),
    (i2, ALL, k2),
    (i2, 0, k2), (i2, j2, k2), (i2, None, j2), (None, i2, j2), (ALL, i2, None, j2), (i2, ALL, None, 0), (slice(1, None),
    j2, slice(1, 3)), (..., i2, 0),
    (slice(None, None, 2), 1, j2), mask0, mask01, mask, (ALL, mask12), (mask0, 0), (mask0, j2), (0, mask12), (mask01, ALL),
    (mask01, i2[:1]), (..., mask12),
    mask & False, mask | True,
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_getitem(index):
    for x in (real(3, 4, 5), real(5, 4, 3).T, real(3, 4, 5, dtype="float32")):
        same(I.getitem, lambda t: t[theirs(index)], (x,), {"index": index})


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_index_put(index):
    x = real(3, 4, 5)
    read = torch.arange(60).reshape(3, 4, 5)[theirs(index)]
    shape, once = read.shape, len(read.unique()) == read.numel()  # of two values in one place, which one stays is not defined

    def put(x, y):
        z = x.clone()
        z[theirs(index)] = y
        return z

    def add(x, y):
        places = torch.arange(60).reshape(3, 4, 5)[theirs(index)]
        return torch.index_put(x.reshape(-1), (places,), y, accumulate=True).reshape(x.shape)

    values = [real(*shape), real(*shape[1:]), real()]
    for y in (*values, 2.5):
        if once:
            same(I.index_put, put, (x, y), {"index": index})
    for y in values:
        same(I.index_put, add, (x, y), {"index": index, "accumulate": True})


def test_getitem_of_small_tensors():
    for x, index in (
        (real(3), 0),
        (real(), ...),
        (real(), None),
        (real(), True),
        (real(0, 2), ints()[:0].astype(int)),
        (real(0, 2), ALL),
        (real(2, 0), 1),
    ):
        same(I.getitem, lambda t, index=index: t[theirs(index)], (x,), {"index": index})


@pytest.mark.parametrize(
    "index",
    [slice(None, None, -1), slice(None, None, 0), 1.5, 3, -4, (0, 0, 0, 0), (0, 5), ints(5), ints(-4), np.zeros(2, bool),
    np.zeros((3, 5), bool),
     ints(1).astype(np.int16), ints(1).astype(np.int8), ints(1.0), (i2, ints(0, 1, 2)), (ALL, slice(0, 1, -2)), (ALL, ALL, ALL, None, 0)],
    ids=repr,
)  # fmt: skip
def test_getitem_errors(index):
    same_error(I.getitem, lambda t: t[theirs(index)], (real(3, 4, 5),), {"index": index})


GATHERS = [  # x, index, dim
    (real(3, 4), ints([0, 3], [1, 1]), 1),
    (real(3, 4), ints([0, 2, 1], [1, 1, 0], [2, 2, 2], [0, 0, 0]), 0),
    (real(3, 4), ints([0], [1], [2]), -1),
    (real(3), ints(0, 0, 2, 1), 0),
    (real(), np.array(0), 0),
    (real(), ints(0), 0),
    (real(3), np.array(1), 0),
    (real(2, 3, 4), rng.integers(0, 3, (2, 5, 4)), 1),
    (real(2, 3, 4), rng.integers(0, 3, (1, 5, 2)), -2),
    (real(4, 3).T, rng.integers(0, 4, (3, 2)), 1),
    (real(3, 4), np.zeros((0, 4), int), 0),
    (real(3, 4), np.zeros(0, int), 1),
    (real(3, 4), ints([0, 1]).astype(np.int32), 1),
    (real(2, 0), np.zeros((2, 0), int), 1),
]


@pytest.mark.parametrize(("x", "index", "dim"), GATHERS)
def test_gather_scatter(x, index, dim):
    same(I.gather, lambda x, i: torch.gather(x, dim, i), (x, index), {"dim": dim})
    same(I.scatter_add, lambda x, i, s: torch.scatter_add(x, dim, i, s), (x, index, real(*index.shape)), {"dim": dim})
    wide = real(*(n + 1 for n in index.shape))  # torch has no gradient for a src larger than index
    same(I.scatter_add, lambda x, i, s: torch.scatter_add(x, dim, i, s), (x, index, wide), {"dim": dim}, gradients=False)
    if index.size == len(np.unique(index)):
        same(I.scatter, lambda x, i, s: torch.scatter(x, dim, i, s), (x, index, real(*index.shape)), {"dim": dim})
        same(I.scatter, lambda x, i, s: torch.scatter(x, dim, i, s), (x, index, wide), {"dim": dim}, gradients=False)
    same(I.scatter, lambda x, i, s: torch.scatter(x, dim, i, s), (x, index, 2.5), {"dim": dim})


@pytest.mark.parametrize(
    ("x", "index", "dim"),
    [(real(3, 4), ints([0, 4]), 1), (real(3, 4), ints([0, -1]), 1), (real(3, 4), ints(0, 1), 1), (real(3, 4), np.zeros((4, 1), int), 1),
     (real(3, 4), ints([0.0]), 1), (real(3, 4), ints([0]).astype(np.int16), 1), (real(3, 4), ints([True]), 1), (real(3, 4), ints([0]), 2),
     (real(3, 4), ints([0]), -3)],
)  # fmt: skip
def test_gather_scatter_errors(x, index, dim):
    same_error(I.gather, lambda x, i: torch.gather(x, dim, i), (x, index), {"dim": dim})
    same_error(I.scatter_add, lambda x, i, s: torch.scatter_add(x, dim, i, s), (x, index, real(9, 9)), {"dim": dim})
    same_error(I.scatter, lambda x, i, s: torch.scatter(x, dim, i, s), (x, index, real(9, 9)), {"dim": dim})
    same_error(I.scatter, lambda x, i, s: torch.scatter(x, dim, i, s), (x, index, 1.0), {"dim": dim})


@pytest.mark.parametrize("src", [real(1, 4), real(), real(9, 9, dtype="float32"), 1e999], ids=lambda s: str(np.shape(s)))
def test_scatter_src_errors(src):
    x, index = real(3, 4), ints([0, 1], [1, 2])
    if isinstance(src, float):
        same_error(I.scatter, lambda x, i, s: torch.scatter(x, 0, i, s), (ints([1, 2], [3, 4]), index % 2, src), {"dim": 0})
    else:
        same_error(I.scatter, lambda x, i, s: torch.scatter(x, 0, i, s), (x, index, src), {"dim": 0})
        same_error(I.scatter_add, lambda x, i, s: torch.scatter_add(x, 0, i, s), (x, index, src), {"dim": 0})


def test_take_along_dim():
    x = real(3, 4, 5)
    for index, dim in (
        (ints([[0]], [[1]], [[3]]), 1),
        (rng.integers(0, 5, (3, 4, 2)), 2),
        (rng.integers(-3, 3, (2, 4, 1)), 0),
        (ints([[1, 1]]), -1),
    ):
        same(I.take_along_dim, lambda x, i, dim=dim: torch.take_along_dim(x, i, dim), (x, index), {"dim": dim})
    same(I.take_along_dim, lambda x, i: torch.take_along_dim(x, i, 1), (x[:1], rng.integers(0, 4, (3, 2, 5))), {"dim": 1})
    for index, dim in ((ints(0, 1), 1), (ints([[0]]).astype(np.int32), 1), (ints([[0]]), 3), (np.zeros((2, 1, 1), int), 1)):
        same_error(I.take_along_dim, lambda x, i, dim=dim: torch.take_along_dim(x, i, dim), (x, index), {"dim": dim})


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_index_select_and_add(dim):
    x = real(3, 4, 5)
    for index in (ints(0, 2, 2, 1), ints(0).astype(np.int32), np.array(1), ints()[:0].astype(int)):
        same(I.index_select, lambda x, i: torch.index_select(x, dim, i), (x, index), {"dim": dim})
        shape = list(x.shape)
        shape[dim] = index.size
        for alpha in (1, -0.5):
            add = lambda x, i, s, alpha=alpha: torch.index_add(x, dim, i, s, alpha=alpha)
            same(I.index_add, add, (x, index, real(*shape)), {"dim": dim, "alpha": alpha})
    same(I.index_select, lambda x, i: torch.index_select(x, 0, i), (real(), ints(0)), {"dim": 0})


def test_index_select_and_add_errors():
    x = real(3, 4, 5)
    for index, dim in ((ints(3), 0), (ints(-1), 0), (ints([0]), 0), (ints(0).astype(np.int16), 1), (ints(0.0), 1), (ints(0), 3)):
        same_error(I.index_select, lambda x, i, dim=dim: torch.index_select(x, dim, i), (x, index), {"dim": dim})
    for index, src in (
        (ints(0, 1), real(3, 4, 5)),
        (ints(0), real(1, 1, 5)),
        (ints(0), real(1, 4, 5, dtype="float32")),
        (ints([0]), real(1, 4, 5)),
    ):
        same_error(I.index_add, lambda x, i, s: torch.index_add(x, 0, i, s), (x, index, src), {"dim": 0})


MASKS = [real(3, 4) > 0, real(4) > 0, real(1, 4) > 0, real(3, 1) > 0, np.array(True), np.array(False), real(2, 3, 4) > 0]


@pytest.mark.parametrize("mask", MASKS, ids=lambda m: str(m.shape))
def test_masks(mask):
    x = real(3, 4)
    same(I.masked_select, torch.masked_select, (x, mask))
    for value in (2.5, 0, True, real(), -np.inf, real(dtype="float32")):
        same(I.masked_fill, torch.masked_fill, (x, mask, value))
    for number in (1.7, -3, True, np.array(17)):
        same(I.masked_fill, torch.masked_fill, (ints([1, 2, 3, 4]), mask, number))
        same(I.masked_fill, torch.masked_fill, (ints([True, False, True, False]), mask, number))
    same(I.masked_fill, torch.masked_fill, (ints([1, 2, 3, 4]).astype(np.uint8), mask, -1))


@pytest.mark.parametrize(
    ("x", "mask", "value"),
    [(real(3), np.ones(3), 0.0), (real(3), np.ones(2, bool), 0.0), (real(3), np.ones(3, bool), real(1)), (ints(1, 2), np.ones(2, bool),
    np.inf),
     (ints(1, 2), np.ones(2, bool), np.nan), (real(3, dtype="float32"), np.ones(3, bool), 1e300), (real(3, dtype="float16"),
     np.ones(3, bool), 1e9),
     (ints(1).astype(np.int8), np.ones(1, bool), 128), (ints(1).astype(np.uint8), np.ones(1, bool), -256)],
)  # fmt: skip
def test_mask_errors(x, mask, value):
    same_error(I.masked_fill, torch.masked_fill, (x, mask, value))
    if mask.dtype != bool or mask.shape != x.shape:
        same_error(I.masked_select, torch.masked_select, (x, mask))


# ---- embedding --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{}, {"padding_idx": 1}, {"padding_idx": -1}, {"scale_grad_by_freq": True}, {"padding_idx": 0, "scale_grad_by_freq": True}],
)
@pytest.mark.parametrize("indices", [ints([1, 4, 1], [0, 1, 2]), np.array(3), ints()[:0].astype(int), ints(1, 1, 1).astype(np.int32)])
def test_embedding(indices, options):
    for dtype in ("float64", "float32"):
        same(
            embedding,
            lambda i, w: F.embedding(i, w, **options),
            (indices, real(5, 3, dtype=dtype)),
            options,
            tolerance=2e-7 if dtype == "float32" else 1e-12,
        )


@pytest.mark.parametrize("width", [200, 201, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_embedding_gradient_is_bitwise_the_same(width, dtype):
    """Rows are added up in the order of their occurrence, as torch adds them."""
    indices = rng.zipf(1.5, 700) % 300
    weight = real(300, width, dtype=dtype)
    same(embedding, F.embedding, (indices, weight), tolerance=0)


@pytest.mark.parametrize(
    ("indices", "weight"),
    [(ints(5), real(5, 3)), (ints(-1), real(5, 3)), (ints(0), real(5)), (ints(0), real(5, 3, 2)), (ints(0.0), real(5, 3)),
     (ints(0).astype(np.int16), real(5, 3)), (ints(True), real(5, 3))],
)  # fmt: skip
def test_embedding_errors(indices, weight):
    same_error(embedding, F.embedding, (indices, weight))


# ---- matrix products --------------------------------------------------------------------------------------------------------------

PRODUCTS = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)),
    ((5, 2, 3), (5, 3, 2)),
    ((5, 1, 2, 3), (4, 3, 2)), ((1, 2, 3), (6, 5, 3, 2)), ((2, 0), (0, 3)), ((0, 2), (2, 3)), ((0,), (0,)), ((2, 5, 1), (2, 1, 4)),
    ((2, 1, 4), (2, 4, 1)),
    ((4, 1), (1, 3)), ((6, 2, 1, 3), (6, 2, 3, 5)), ((0, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 0, 3), (5, 3, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("x", "y"), PRODUCTS)
def test_matmul(x, y):
    same(matmul, torch.matmul, (real(*x), real(*y)))
    same(matmul, torch.matmul, (real(*x[::-1]).T, real(*y[::-1]).T))
    same(matmul, torch.matmul, (rng.integers(-5, 5, x), rng.integers(-5, 5, y)))
    if len(x) == len(y) == 3 and x[0] == y[0]:
        same(bmm, torch.bmm, (real(*x), real(*y)))


@pytest.mark.parametrize(("x", "y"), [((3,), (4,)), ((2, 3), (4,)), ((4,), (3, 2)), ((2, 3), (4, 4)), ((5, 2, 3), (4, 3, 2)), ((5, 2, 3),
(2, 3)), ((), (3,)),
                                  ((2, 3), ()), ((5, 2, 1), (5, 3, 2)), ((5, 2, 3), (4,))])  # fmt: skip
def test_matmul_errors(x, y):
    same_error(matmul, torch.matmul, (real(*x), real(*y)))
    same_error(bmm, torch.bmm, (real(*x), real(*y)))


def test_matmul_dtype_errors():
    for a, b in (("float32", "float64"), ("float32", "int64"), ("bool", "bool")):
        same_error(matmul, torch.matmul, (np.ones((2, 2), a), np.ones((2, 2), b)))
        same_error(linear, F.linear, (np.ones((2, 2), a), np.ones((2, 2), b)))
        same_error(
            einsum, lambda x, y: torch.einsum("ij,jk->ik", x, y), (np.ones((2, 2), a), np.ones((2, 2), b)), {"equation": "ij,jk->ik"}
        )
    same_error(linear, F.linear, (real(2, 2), real(2, 2), real(2, dtype="float32")))


@pytest.mark.parametrize("x", [(2, 3), (3,), (5, 2, 3), (4, 5, 2, 3), (0, 3), (5, 0, 3), (1, 3)])
@pytest.mark.parametrize(
    ("weight", "bias"), [((4, 3), (4,)), ((4, 3), None), ((1, 3), (1,)), ((4, 3), (1,)), ((4, 3), ()), ((3,), None), ((0, 3), (0,))]
)
def test_linear(x, weight, bias):
    same(linear, F.linear, (real(*x), real(*weight), None if bias is None else real(*bias)))
    same(linear, F.linear, (real(*x[::-1]).T, real(*weight[::-1]).T, None if bias is None else real(*bias)))


def test_linear_without_features():
    same(linear, F.linear, (real(2, 0), real(4, 0), real(4)))
    same(linear, F.linear, (real(3, 2, 0), real(4, 0), None))
    same(linear, F.linear, (real(2, 3), real(4, 3), real(2, 4)))


@pytest.mark.parametrize(("x", "weight", "bias"), [((2, 3), (4, 5), (4,)), ((2, 3), (4, 3), (5,)), ((2, 3), (2, 4, 3), (4,)), ((), (4, 3),
None), ((3,), (4, 5), None),
                                             ((5, 2, 3), (4, 5), None), ((2, 3), (4,), None)])  # fmt: skip
def test_linear_errors(x, weight, bias):
    same_error(linear, F.linear, (real(*x), real(*weight), None if bias is None else real(*bias)))


@pytest.mark.parametrize("options", [{}, {"beta": 2, "alpha": 0.5}, {"beta": 0}, {"alpha": 0}])
def test_addmm_baddbmm(options):
    for bias in ((4,), (2, 4), (2, 1), (), (1, 1)):
        same(addmm, lambda b, x, y: torch.addmm(b, x, y, **options), (real(*bias), real(2, 3), real(3, 4)), options)
        same(baddbmm, lambda b, x, y: torch.baddbmm(b, x, y, **options), (real(*bias), real(5, 2, 3), real(5, 3, 4)), options)
    ignored = np.full(4, np.nan), real(2, 3), real(3, 4)
    np.testing.assert_array_equal(addmm(*ignored, beta=0), ignored[1] @ ignored[2])


def test_addmm_errors():
    for b, x, y in (
        ((3,), (2, 3), (3, 4)),
        ((5, 2, 4), (2, 3), (3, 4)),
        ((4,), (5, 2, 3), (3, 4)),
        ((4,), (2, 3), (4, 4)),
        ((4,), (3,), (3, 4)),
    ):
        same_error(addmm, torch.addmm, (real(*b), real(*x), real(*y)))
    same_error(addmm, torch.addmm, (real(4), real(2, 3), real(3, 4, dtype="float32")))
    same_error(baddbmm, torch.baddbmm, (real(4), real(1, 2, 3), real(5, 3, 4)))
    same_error(outer, torch.outer, (real(3, 1), real(4)))


def test_outer():
    same(outer, torch.outer, (real(3), real(4)))
    same(outer, torch.outer, (real(3), rng.integers(0, 5, 4)))
    same(outer, torch.outer, (real(3, dtype="float32"), real(2)), tolerance=1e-6)


EQUATIONS = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij,jk->ik", (2, 3), (1, 4)), ("i,i->i", (1,), (4,)), ("ii", (4, 4)),
    ("ii->i", (4, 4)),
    ("...ij->...ji", (5, 4, 3)), ("...ij->ij", (5, 4, 3)), ("...,...", (5, 1), (3,)), ("i...,i...", (5, 1), (5, 3)),
    ("b i j , b j k -> b i k", (5, 1, 2), (5, 2, 3)),
    ("ba", (2, 3)), ("bA", (2, 3)), ("i->", (3,)), (",", (), ()), ("i,->i", (3,), ()), ("", ()), ("->", ()), ("i...j,k->...", (2, 5, 3),
    (3,)), ("ij->i...", (2, 3)),
    ("ij...->i...j", (2, 3)), ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)), ("bn,anm,bm->ba", (2, 5), (3, 5, 4), (2, 4)), ("ii,i->i", (3, 3),
    (3,)),
    ("iij,jii->ij", (2, 2, 3), (3, 2, 2)), ("iii->i", (3, 3, 3)), ("iij,k->", (2, 2, 3), (4,)), ("bhqd,bhkd->bhqk", (2, 3, 4, 5),
    (2, 3, 6, 5)),
    ("bhqk,bhkd->bqhd", (2, 3, 4, 6), (2, 3, 6, 5)), ("btd,vd->btv", (2, 3, 4), (5, 4)), ("btd,btv->dv", (2, 3, 4), (2, 3, 5)),
    ("ijk,ijk->k", (2, 3, 4), (2, 3, 4)),
    ("...hd,...hd->...h", (2, 3, 4), (3, 4)), ("a...b,b...c->a...c", (2, 3, 4), (4, 3, 5)), ("ij,ij->", (0, 3), (0, 3)),
    ("ij,jk->ik", (2, 0), (0, 3)),
    ("i,j,k->ijk", (2,), (3,), (4,)), ("ij,ik,il->jkl", (2, 3), (2, 4), (2, 5)), ("ij->ji", (2, 3)), ("...i,...i->i", (2, 1, 3), (4, 3)),
    ("ab,ab->ba", (2, 3), (2, 3)),
]  # fmt: skip


@pytest.mark.parametrize("case", EQUATIONS, ids=lambda c: c[0])
def test_einsum(case):
    equation, *shapes = case
    arrays = tuple(real(*s) for s in shapes)
    same(einsum, lambda *ts: torch.einsum(equation, *ts), arrays, {"equation": equation})
    same(einsum, lambda *ts: torch.einsum(equation, *ts), tuple(real(*s[::-1]).T for s in shapes), {"equation": equation})


def test_einsum_on_integers():
    x = rng.integers(0, 5, (2, 3))
    same(einsum, lambda t: torch.einsum("ij->i", t), (x,), {"equation": "ij->i"})
    same(einsum, lambda t: torch.einsum("ij->i", t), (x > 2,), {"equation": "ij->i"})
    same(einsum, lambda t, s: torch.einsum("i,j->ij", t, s), (x[0], x[1]), {"equation": "i,j->ij"})
    same(einsum, lambda t, s: torch.einsum("ij,kj->ik", t, s), (x, x), {"equation": "ij,kj->ik"})


@pytest.mark.parametrize(
    "case",
    [("ij,jk->ik", (2, 3), (4, 4)), ("ii", (1, 4)), ("ij->ijj", (4, 4)), ("ij->ijk", (4, 4)), ("ij", (3,)), ("i,j", (3,)), ("i", (3,),
    (3,)), ("i1->i", (3, 4)),
     ("..ij->ij", (3, 3)), ("ij->i->j", (3, 3)), ("ijk...", (2, 3)), ("i......j", (2, 3)), ("ij,jk->i k->", (2, 3), (3, 4))],
    ids=lambda c: c[0],
)  # fmt: skip
def test_einsum_errors(case):
    equation, *shapes = case
    same_error(einsum, lambda *ts: torch.einsum(equation, *ts), tuple(real(*s) for s in shapes), {"equation": equation})
