"""Matrix products: errors in words, layouts, dtypes, and what einsum understands."""

import numpy as np
import pytest

from minitorch_nlp.functional._einsum import parse_equation
from minitorch_nlp.functional.matmul import addmm, bmm, einsum, linear, linear_backward, linear_forward, matmul, outer
from minitorch_nlp.tensor.tensor import Tensor
from minitorch_nlp.testing import check_sample

rng = np.random.default_rng(0)


def real(*shape, dtype="float64"):
    return rng.standard_normal(shape).astype(dtype)


@pytest.mark.parametrize(
    ("call", "kind", "lines"),
    [
        (lambda: matmul(real(2, 3),
        real(4, 5)), RuntimeError, ["matmul: x (..., i, k), y (..., k, j) -> (..., i, j)", "k = 4, but x has k = 3"]),
        (lambda: matmul(real(3), real(4)), RuntimeError, ["matmul: x (k), y (k)", "x (k) is (3,)", "y (k) is (4,)"]),
        (lambda: matmul(real(5, 2, 3), real(4)), RuntimeError, ["must be the first of y", "x (..., i, k) is (5, 2, 3)"]),
        (lambda: matmul(real(5, 2, 3), real(4, 3, 2)), RuntimeError, ["(4,) does not broadcast with (5,) of x"]),
        (lambda: matmul(real(), real(3)), RuntimeError, ["at least one dimension; use * for a 0-dim one"]),
        (lambda: matmul(real(2, 2),
        real(2, 2, dtype="float32")), RuntimeError, ["same dtype, but got float64, float32; cast with .to(dtype)"]),
        (lambda: matmul(np.ones((2, 2), bool), np.ones((2, 2), bool)), NotImplementedError, ["not implemented for bool"]),
        (lambda: linear(real(2, 3), real(4, 5)), RuntimeError,
         ["linear: x (..., i), weight (o, i), bias (o)? -> (..., o)", "weight (o, i)   is (4, 5)   <- i = 5, but x has i = 3",
          "hint: weight is stored as (out_features, in_features)"]),
        (lambda: linear(real(2, 3), real(4, 3), real(5)), RuntimeError, ["bias", "o = 5, but weight has o = 4"]),
        (lambda: linear(real(2, 3), real(1, 4, 3)), RuntimeError, ["2 dimensions wanted, it has 3"]),
        (lambda: linear(real(), real(4, 3)), RuntimeError, ["1 dimension wanted, it has 0"]),
        (lambda: bmm(real(1, 2, 3), real(5, 3, 2)), RuntimeError, ["bmm:", "n = 5, but x has n = 1"]),
        (lambda: bmm(real(5, 2, 1), real(5, 3, 2)), RuntimeError, ["k = 3, but x has k = 1"]),
        (lambda: bmm(real(5, 2, 1), real(5, 2, 4)), RuntimeError, ["k = 2, but x has k = 1"]),
        (lambda: matmul(real(5, 2, 1), real(5, 2, 4)), RuntimeError, ["the second last of y"]),
        (lambda: bmm(real(2, 3), real(3, 2)), RuntimeError, ["3 dimensions wanted, it has 2"]),
        (lambda: addmm(real(3), real(2, 3), real(3, 4)), RuntimeError, ["addmm:", "is (3,)"]),
        (lambda: addmm(real(5, 2, 4), real(2, 3),
        real(3, 4)), RuntimeError, ["input of shape (5, 2, 4) does not broadcast to the product, (2, 4)"]),
        (lambda: outer(real(2, 2), real(2)), RuntimeError, ["outer: input and vec2 must be vectors", "(2, 2)"]),
        (lambda: einsum(real(2, 3), real(4, 4),
        equation="ij,jk->ik"), RuntimeError, ["'j' has size 4 in operand 1, but 3 before", "(2, 3), (4, 4)"]),
        (lambda: einsum(real(2, 3), equation="ij,jk"), RuntimeError, ["has 2 operands, but 1 were given"]),
        (lambda: einsum(real(2, 3), equation="ijk"), RuntimeError, ["operand 0 has 2 dimensions, but its subscripts are 'ijk'"]),
        (lambda: einsum(real(2, 3), equation="ij->k"), RuntimeError, ["'k' does not appear in any operand"]),
        (lambda: einsum(real(2, 3), equation="ij->ii"), RuntimeError, ["'i' appears more than once in the output"]),
        (lambda: einsum(real(2, 3), equation="i1"), RuntimeError, ["invalid subscript '1'"]),
    ],
)  # fmt: skip
def test_errors_say_law_fact_and_fix(call, kind, lines):
    with pytest.raises(kind) as caught:
        call()
    for line in lines:
        assert line in str(caught.value)


def test_a_failed_linear_changes_nothing():
    x, weight, bias = real(2, 3), real(4, 3), real(5)
    before = bias.copy()
    with pytest.raises(RuntimeError):
        linear(x, weight, bias)
    np.testing.assert_array_equal(bias, before)


@pytest.mark.parametrize("x", [(3,), (1, 3), (2, 0, 3), (2, 2, 3), (4, 1, 3), (0, 3)], ids=str)
@pytest.mark.parametrize(
    ("weight", "bias"),
    [((4, 3), (4,)), ((4, 3), (1,)), ((4, 3), ()), ((1, 3), (1,)), ((3,), ()), ((3,), None), ((0, 3), None)],
    ids=str,
)
def test_linear_on_every_kind_of_shape(x, weight, bias):
    check_sample(linear, (real(*x), real(*weight), None if bias is None else real(*bias)), {})


def test_linear_without_features_is_the_bias():
    bias = real(4)
    np.testing.assert_array_equal(linear(real(2, 3, 0), real(4, 0), bias), np.broadcast_to(bias, (2, 3, 4)))
    check_sample(linear, (real(2, 3, 0), real(4, 0), bias), {})


def test_linear_skips_what_nobody_needs():
    x, weight, bias = real(2, 3), real(4, 3), real(4)
    _, saved = linear_forward(x, weight, bias)
    for needs in ((True, False, False), (False, True, False), (False, False, True)):
        assert tuple(g is not None for g in linear_backward(real(2, 4), saved, needs=needs)) == needs


@pytest.mark.parametrize(
    ("x", "y"),
    [((1, 1), (1, 1)), ((6, 1), (1, 5)), ((2, 6, 1), (2, 1, 5)), ((2, 1, 6), (2, 6, 1)), ((2, 0), (0, 3)), ((1,), (1,)), ((0, 2, 3),
    (3, 4)),
     ((3, 1, 2, 2), (2, 2)), ((2, 2), (3, 1, 2, 2)), ((3,), (2, 3, 0))],
    ids=str,
)  # fmt: skip
def test_matmul_on_unusual_shapes(x, y):
    check_sample(matmul, (real(*x), real(*y)), {})


def test_a_vector_product_is_a_0_dim_tensor():
    z = matmul(Tensor._wrap(real(3)), Tensor._wrap(real(3)))
    assert z.shape == ()
    assert isinstance(z.array, np.ndarray)


def test_products_of_integers_stay_integers():
    for dtype in (np.int64, np.int32, np.uint8):
        a, b = rng.integers(0, 5, (2, 3)).astype(dtype), rng.integers(0, 5, (3, 2)).astype(dtype)
        for z in (matmul(a, b), einsum(a, b, equation="ij,jk->ik"), linear(a, b.T), addmm(np.ones((), dtype), a, b, beta=2.5)):
            assert z.dtype == dtype
        np.testing.assert_array_equal(addmm(np.ones((), dtype), a, b, beta=2.5), a @ b + 2)


def test_addmm_with_beta_0_ignores_the_bias():
    x, y = real(2, 3), real(3, 4)
    np.testing.assert_array_equal(addmm(np.full(4, np.nan), x, y, beta=0), x @ y)


def test_einsum_of_one_operand_is_a_copy():
    x = real(3, 3)
    for equation in ("ij->ji", "ii->i", "ij", "...->..."):
        assert not np.shares_memory(einsum(x, equation=equation), x)


@pytest.mark.parametrize(
    ("equation", "ndims", "inputs", "output"),
    [
        ("ij,jk->ik", (2, 2), ("ij", "jk"), "ik"),
        ("ij,jk", (2, 2), ("ij", "jk"), "ik"),
        ("b a", (2,), ("ba",), "ab"),
        ("aB", (2,), ("aB",), "Ba"),
        ("...b,...b", (3, 2), ("acb", "cb"), "ac"),
        ("a...,...b->...", (1, 2), ("a", "cb"), "c"),
        ("...->", (2,), ("ab",), ""),
        ("ii", (2,), ("ii",), ""),
        (",a", (0, 1), ("", "a"), "a"),
    ],
)
def test_equations(equation, ndims, inputs, output):
    assert parse_equation(equation, ndims) == (inputs, output)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [("i,i->i", ((1,), (4,))), ("ij,jk->ik", ((2, 3), (1, 4))), ("ij,jk->ik", ((2, 1), (3, 4))), ("bi,bi->", ((1, 3), (2, 1))),
     ("ij,ij,ij->j", ((1, 3), (2, 1), (2, 3))), ("ii,i->", ((1, 1), (3,))), ("iji,ki->kj", ((2, 3, 2), (1, 2))),
     ("i,j,k->", ((2,), (3,), (2,))), ("ij->", ((0, 3),)), ("ij,k->ik", ((2, 0), (3,)))],
    ids=str,
)  # fmt: skip
def test_einsum_broadcasts_sizes_of_1(equation, shapes):
    check_sample(einsum, tuple(real(*s) for s in shapes), {"equation": equation})
