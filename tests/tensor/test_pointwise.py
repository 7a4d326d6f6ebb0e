"""Elementwise functions where PyTorch cannot say what is right: gradients it refuses, texts of errors, warnings."""

import subprocess
import sys

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp.functional._promotion import wrapped


def gradient(function, *values):
    leaves = [torch.tensor(v, requires_grad=True) for v in values]
    function(*leaves).sum().backward()
    return [leaf.grad.tolist() for leaf in leaves]


@pytest.mark.parametrize("function", [lambda x, y: x // y, lambda x, y: torch.div(x, y, rounding_mode="trunc")])
def test_rounded_quotients_have_gradient_zero(function):
    assert gradient(function, [7.0, -7.0], [2.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]


def test_heaviside_is_constant_on_either_side():
    assert gradient(torch.heaviside, [-1.0, 0.0, 2.0], [5.0, 6.0, 7.0]) == [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


@pytest.mark.parametrize("name", ["eq_", "lt_", "logical_not_", "logical_and_", "heaviside_", "floor_divide_"])
def test_no_gradient_flows_past_values_that_were_replaced(name):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    arguments = () if name == "logical_not_" else (torch.ones(2),)
    getattr(y, name)(*arguments).sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("n", "dtype", "expected"), [(300, "uint8", 44), (-1, "uint8", 255), (200, "int8", -56), (-129, "int8", 127),
                                                      (2**63, "int64", -(2**63)), (2**64 - 1, "int32", -1)])  # fmt: skip
def test_wrapped(n, dtype, expected):
    assert wrapped(n, np.dtype(dtype)) == expected


@pytest.mark.parametrize("n", [2**64, -(2**63) - 1])
def test_numbers_beyond_64_bits_do_not_wrap(n):
    with pytest.raises(OverflowError, match="64 bits"):
        torch.tensor([1]) + n


@pytest.mark.parametrize(("function", "error", "text"), [
    (lambda t: t.abs(), NotImplementedError, "abs: not implemented for bool"),
    (lambda t: +t, RuntimeError, "positive: .* bool"),
    (lambda t: t << t, NotImplementedError, "bitwise_left_shift: not implemented for bool"),
    (lambda t: t**t, NotImplementedError, "pow: not implemented for bool"),
    (lambda t: torch.gcd(t, t), NotImplementedError, "gcd: .* integers"),
    (lambda t: torch.isin(t, t), RuntimeError, "isin: bool"),
    (lambda t: torch.atan2(torch.ones(2), 1.0), TypeError, r"atan2\(\): argument 2 must be Tensor, not float"),
    (lambda t: torch.heaviside(torch.ones(2), t), RuntimeError, "same dtype"),
    (lambda t: torch.ones(2).lerp(torch.ones(2).double(), 0.5), RuntimeError, "expected dtype float32 for `end`"),
    (lambda t: torch.ones(2).logaddexp(torch.ones(3)), RuntimeError, "does not broadcast"),
    (lambda t: torch.signbit(torch.ones(2), out=torch.ones(2)), RuntimeError, "out= must be a bool tensor"),
    (lambda t: torch.add(t, 1, 2, 3), TypeError, "factor by keyword"),
])  # fmt: skip
def test_errors_name_the_op_and_the_fact(function, error, text):
    with pytest.raises(error, match=text):
        function(torch.tensor([True, False]))


def test_an_in_place_op_that_fails_changes_nothing():
    x = torch.tensor([1, 2])
    for attempt in (lambda: x.add_(1.5), lambda: x.addcmul_(torch.ones(2), torch.ones(2)), lambda: x.eq_(torch.ones(2, 2)), x.sin_):
        with pytest.raises(RuntimeError):
            attempt()
    assert x.tolist() == [1, 2]
    assert x._version == 0


SCRIPT = """
import warnings
warnings.simplefilter("error")
import numpy as np
before = np.geterr()
import minitorch_nlp as torch
x = torch.tensor([3e38, float("inf")], requires_grad=True)
y = x * x - x
y.sum().backward()
assert torch.isnan(y).tolist() == [False, True]
assert np.geterr() == before
try:
    np.float32(3e38) * np.float32(3e38)
except RuntimeWarning:
    print("users are warned about their own lines")
"""


def test_overflow_is_a_result_not_a_warning():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert run.stdout == "users are warned about their own lines\n", run.stderr


def test_gradient_of_a_parabola_is_exact_on_any_grid():
    t = torch.tensor([0.0, 0.5, 2.0, 3.0, 3.25], dtype=torch.float64)
    (slope,) = torch.gradient(t * t, spacing=(t,), edge_order=2)
    assert torch.allclose(slope, 2 * t)


def test_sums_of_infinities_do_not_warn():
    script = """
import minitorch_nlp as torch
x = torch.tensor([float("inf"), -float("inf")])
print(x.sum(), x.mean(), x.var(), x.std(), x.nansum(), x - x, x.sin(), torch.tensor([1e38]) * 10)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stderr == ""
