"""`gradcheck` and `gradgradcheck` under torch's signatures, and the strategies users build on."""

import numpy as np
import pytest
from hypothesis import given, settings

import minitorch_nlp as torch
from minitorch_nlp.functional import Bool, Real
from minitorch_nlp.testing import GradcheckError, gradcheck, gradgradcheck, strategies


class WrongCube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, dy):
        (x,) = ctx.saved_tensors
        return dy * 2 * x**2


def point(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def test_right_and_wrong():
    assert gradcheck(lambda x, y: torch.sin(x) * y, (point(0.3, 0.7), point(1.0, 2.0)))
    assert gradgradcheck(lambda x: torch.sin(x) * x, point(0.3, 0.7))
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradcheck(WrongCube.apply, point(1.0, 2.0))
    assert gradcheck(WrongCube.apply, point(1.0), raise_exception=False) is False


def test_second_derivative_that_is_wrong():
    def f(x):
        return (x.detach() ** 2 * 3 * x).sum() - 2 * (x.detach() ** 3).sum()  # value and slope of x^3, no curvature

    with pytest.raises(GradcheckError):
        gradgradcheck(f, point(1.0, 2.0))


def test_several_outputs_and_constants():
    constant = torch.ones(2, dtype=torch.float64)
    assert gradcheck(lambda x, c: (x * c, x.sum()), (point(1.0, 2.0), constant))


def test_nothing_to_check():
    with pytest.raises(ValueError, match="require gradient"):
        gradcheck(torch.sin, torch.ones(2, dtype=torch.float64))


def test_float32_is_too_coarse():
    with pytest.warns(UserWarning, match="not float64"):
        gradcheck(lambda x: x * 2, torch.ones(2, requires_grad=True), raise_exception=False)


@settings(max_examples=50, deadline=None)
@given(strategies.broadcastable_shapes(count=3))
def test_shapes_broadcast(shapes):
    np.broadcast_shapes(*shapes)


@settings(max_examples=50, deadline=None)
@given(strategies.tensors(shape=strategies.shapes(max_dims=2), domain=Real(1, 2)))
def test_tensors(t):
    assert t.requires_grad
    assert t.dtype is torch.float64
    assert t.ndim <= 2
    assert bool(((t >= 1) & (t <= 2)).all())


@settings(max_examples=20, deadline=None)
@given(strategies.arrays(shape=(2, 3), domain=Bool()))
def test_arrays_of_bools(array):
    assert array.dtype == bool
    assert array.shape == (2, 3)
