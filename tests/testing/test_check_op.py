"""`check_op` finds faults: each kind is planted in an op, and caught with a message that names it."""

import math

import numpy as np
import pytest

from minitorch_nlp import functional as F
from minitorch_nlp.functional import Op, Real, each
from minitorch_nlp.testing import OpError, check_op, check_record, seeded_samples


def square_forward(x):
    """y = x^2."""
    return x * x, (x,)


def square_backward(dy, saved):
    """dx = 2 x dy."""
    (x,) = saved
    return (2 * x * dy,)


def record(forward=square_forward, backward=square_backward, **changes):
    if forward is not square_forward:
        forward.__name__ = "square_forward"
    if backward is not None:
        backward.__name__ = "square_backward"
    fields = {"shapes": "(...) -> (...)", "domain": Real(), "reference": each(lambda x: x * x)} | changes
    return Op(forward, backward, **fields)


def test_a_right_op_passes():
    check_op(record())


def wrong_sign(dy, saved):
    """dx = -2 x dy."""
    return (-2 * saved[0] * dy,)


def float64_leak(dy, saved):
    """dx = 2 x dy."""
    return (2.0 * saved[0] * dy * np.ones(()),)


def changes_dy(dy, saved):
    """dx = 2 x dy."""
    dx = 2 * saved[0] * dy
    if isinstance(dy, np.ndarray) and dy.ndim:
        dy *= 2
    return (dx,)


def changes_input(x):
    """y = x^2."""
    y = x * x
    if isinstance(x, np.ndarray) and x.ndim:
        x += 1
    return y, (x,)


def wrong_constant(x):
    """y = x^2."""
    return x * x + 1e-3, (x,)


def float64_output(x):
    """y = x^2."""
    return x * x * np.ones(()), (x,)


def wrong_when_recorded(dy, saved):
    """dx = 2 x dy."""
    (x,) = saved
    return (2 * x * dy if isinstance(dy, np.ndarray) else 3 * x * dy,)


def not_differentiable_again(dy, saved):
    """dx = 2 x dy, with x a constant: the first derivative is right, the second is not."""
    (x,) = saved
    return (2 * (x.detach() if hasattr(x, "detach") else x) * dy,)


FAULTS = {
    "gradient of x is": record(backward=wrong_sign),
    "float64 gradient for x": record(backward=float64_leak),
    "changed dy in place": record(backward=changes_dy),
    "forward changed an input": record(forward=changes_input),
    "differs from its reference": record(forward=wrong_constant),
    "float64 output": record(forward=float64_output),
    "backward on Tensors gives": record(backward=wrong_when_recorded),
    "second derivative": record(backward=not_differentiable_again),
}


@pytest.mark.parametrize("message", FAULTS)
def test_a_fault_is_caught(message):
    with pytest.raises(OpError, match=message):
        check_op(FAULTS[message])


def test_a_missing_unbroadcast_is_caught(monkeypatch):
    from minitorch_nlp.autograd import engine

    monkeypatch.setattr(engine, "unbroadcast", lambda g, shape: g)
    with pytest.raises(OpError, match="the gradient of . has shape"):
        check_op(F.mul)


def test_needs_must_not_change_a_gradient():
    def product_forward(x, y):
        """z = x y."""
        return x * y, (x, y)

    def product_backward(dz, saved, needs=(True, True)):
        """dx = dz y, dy = dz x."""
        x, y = saved
        return dz * y if all(needs) else dz * y * 2, dz * x

    op = Op(product_forward, product_backward, shapes="(...), (...) -> (...)", domain=Real(), reference=each(lambda x, y: x * y))
    with pytest.raises(OpError, match="only one asked for"):
        check_op(op)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reference": None}, "no reference"),
        ({"domain": None}, "no domain"),
        ({"backward": lambda dy, saved: (dy,)}, "derivation"),
        ({"forward": lambda x: (x, ())}, "its formula"),
    ],
)
def test_an_incomplete_record_is_refused(changes, message):
    with pytest.raises(OpError, match=message):
        check_record(record(**changes))


def test_samples_cover_what_they_promise():
    shapes = [tuple(a.shape for a in arrays) for arrays, _ in seeded_samples(F.mul, 300)]
    assert any(0 in s for pair in shapes for s in pair)
    assert any(1 in s for pair in shapes for s in pair)
    assert any(() in pair for pair in shapes)
    assert any(a != b for a, b in shapes)
    layouts = [arrays[0].flags.c_contiguous for arrays, _ in seeded_samples(F.exp, 100)]
    assert set(layouts) == {True, False}


def test_kinks_are_avoided():
    for arrays, _ in seeded_samples(F.abs, 50):
        assert not np.any(np.abs(arrays[0]) < 0.05 - 1e-12)


def test_a_reference_from_plain_floats():
    reference = each(math.hypot)
    np.testing.assert_allclose(reference(np.array([3.0, 6.0]), np.array(4.0)), [5.0, math.hypot(6, 4)])
