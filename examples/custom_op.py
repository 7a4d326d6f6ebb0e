"""An op of one's own: forward, backward, record; then a proof of its gradient, and a use.

The softsign-like squash y = x / sqrt(1 + x^2) is smooth, cheap, and not in the package.

    python examples/custom_op.py
"""

from __future__ import annotations

import math

import numpy as np

import minitorch_nlp as torch
from minitorch_nlp.functional import Op, Real, each
from minitorch_nlp.testing import OpError, check_op


def squash_forward(x):
    """y = x / sqrt(1 + x^2), between -1 and 1."""
    r = 1 / np.sqrt(1 + x * x)
    return x * r, (r,)


def squash_backward(dy, saved):
    """dx = dy r^3, with r = (1 + x^2)^(-1/2).

    dy/dx = r + x dr/dx = r - x^2 r^3 = r^3 (r^-2 - x^2) = r^3.
    """
    (r,) = saved
    return (dy * r**3,)


squash = Op(
    squash_forward,
    squash_backward,
    shapes="(...) -> (...)",
    domain=Real(-3, 3),
    reference=each(lambda x: math.sin(math.atan(x))),  # an independent way to the same value
)


def wrong_backward(dy, saved):
    """dx = dy r^2: a plausible slip."""
    (r,) = saved
    return (dy * r**2,)


def main() -> None:
    check_op(squash)
    print("squash: forward, gradient, second derivative, shapes and dtypes hold on every sample")

    wrong_backward.__name__ = "squash_backward"
    try:
        check_op(Op(squash_forward, wrong_backward, shapes="(...) -> (...)", domain=Real(-3, 3), reference=squash.reference))
    except OpError as error:
        print(f"a wrong backward is caught:\n{str(error).splitlines()[0]}")

    x = torch.linspace(-2, 2, 5, requires_grad=True)
    y = squash(x)
    y.sum().backward()
    print(y)
    print(x.grad)


if __name__ == "__main__":
    main()
