"""Activations made of pieces: those that shrink, cut off or bend, beside the ones in activation.py.

At a kink the docstring says which side's derivative is taken: always torch's choice.
"""

from __future__ import annotations

import math

import numpy as np

from ..backend import either, keep_where
from ._checks import refuse_bfloat16, require_float
from ._domain import Real, each
from ._op import Op
from .exponential import expm1_below_0

__all__ = ["celu", "hardshrink", "hardsigmoid", "hardswish", "prelu", "rrelu_with_noise", "softshrink", "tanhshrink", "threshold"]


def hardshrink_forward(x, *, lambd=0.5):
    """y = 0 where -lambd <= x <= lambd, else x."""
    require_float("hardshrink", x)
    return either(np.less_equal(np.abs(x), lambd), 0.0, x), (x, lambd)


def hardshrink_backward(dy, saved):
    """dx = 0 where -lambd <= x <= lambd, else dy."""
    x, lambd = saved
    return (either(np.less_equal(np.abs(x), lambd), 0.0, dy),)


hardshrink = Op(
    hardshrink_forward,
    hardshrink_backward,
    shapes="(...) -> (...)",
    domain=Real(kinks=(-1, -0.5, 0.5, 1)),
    options={"lambd": (0.5, 1.0)},
    reference=each(lambda x, lambd: x if abs(x) > lambd else 0.0),
)


def softshrink_forward(x, *, lambd=0.5):
    """y = x - lambd above lambd, x + lambd below -lambd, 0 between: x less its part in [-lambd, lambd]."""
    require_float("softshrink", x)
    if lambd < 0:
        raise RuntimeError(f"softshrink: lambd must be greater or equal to 0, but found to be {lambd}")
    return x - np.clip(x, -lambd, lambd), (x, lambd)


def softshrink_backward(dy, saved):
    """dx = 0 where -lambd <= x <= lambd, else dy."""
    x, lambd = saved
    return (either(np.less_equal(np.abs(x), lambd), 0.0, dy),)


softshrink = Op(
    softshrink_forward,
    softshrink_backward,
    shapes="(...) -> (...)",
    domain=Real(kinks=(-1, -0.5, 0.5, 1)),
    options={"lambd": (0.5, 1.0)},
    reference=each(lambda x, lambd: math.copysign(max(abs(x) - lambd, 0.0), x)),
)


def tanhshrink_forward(x):
    """y = x - tanh x."""
    t = np.tanh(x)
    return x - t, (t,)


def tanhshrink_backward(dy, saved):
    """dx = dy tanh^2 x: 1 - tanh' = 1 - (1 - tanh^2)."""
    (t,) = saved
    return (dy * (t * t),)


tanhshrink = Op(
    tanhshrink_forward,
    tanhshrink_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    reference=each(lambda x: x - math.tanh(x)),
    dtypes="float",
    torch_name="Sub",
)


def threshold_forward(x, *, threshold, value):
    """y = x where x > threshold, else value."""
    if x.dtype.kind == "b":
        raise NotImplementedError("threshold: not implemented for bool tensors; convert with .int() or .float()")
    if x.dtype.kind != "f":
        refuse_bfloat16("threshold", x.dtype)
        threshold, value = int(threshold), int(value)
    return either(np.less_equal(x, threshold), value, x).astype(x.dtype), (x, threshold)


def threshold_backward(dy, saved):
    """dx = dy where x > threshold, else 0, also at the threshold."""
    x, threshold = saved
    return (either(np.less_equal(x, threshold), 0.0, dy),)


threshold = Op(
    threshold_forward,
    threshold_backward,
    shapes="(...) -> (...)",
    domain=Real(kinks=(0, 1)),
    options={"threshold": (0, 1.0), "value": (-2.0, 0.5)},
    reference=each(lambda x, threshold, value: x if x > threshold else value),
)


def hardsigmoid_forward(x):
    """y = 0 below -3, 1 above 3, (x + 3) / 6 between."""
    require_float("hardsigmoid", x)
    return np.clip(x + 3, 0, 6) / 6, (x,)


def hardsigmoid_backward(dy, saved):
    """dx = dy / 6 where -3 < x < 3, else 0, also at the two kinks."""
    (x,) = saved
    return (keep_where(np.less(np.abs(x), 3), dy / 6),)


hardsigmoid = Op(
    hardsigmoid_forward,
    hardsigmoid_backward,
    shapes="(...) -> (...)",
    domain=Real(-5, 5, kinks=(-3, 3)),
    reference=each(lambda x: sorted((0.0, x / 6 + 0.5, 1.0))[1]),
)


def hardswish_forward(x):
    """y = x hardsigmoid(x)."""
    require_float("hardswish", x)
    return x * (np.clip(x + 3, 0, 6) / 6), (x,)


def hardswish_backward(dy, saved):
    """dx = 0 for x <= -3, dy for x >= 3, dy (x / 3 + 1/2) between, the derivative of (x^2 + 3 x) / 6."""
    (x,) = saved
    return (either(np.less_equal(x, -3), 0.0, either(np.less(x, 3), dy * (x / 3 + 0.5), dy)),)


hardswish = Op(
    hardswish_forward,
    hardswish_backward,
    shapes="(...) -> (...)",
    domain=Real(-5, 5, kinks=(-3, 3)),
    reference=each(lambda x: x * sorted((0.0, x / 6 + 0.5, 1.0))[1]),
)


def celu_forward(x, *, alpha=1.0):
    """y = x where x > 0, else alpha (e^(x / alpha) - 1)."""
    require_float("celu", x)
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: celu: alpha cannot be 0")
    y = either(np.greater(x, 0), x, alpha * expm1_below_0(np.minimum(x, 0) / alpha))
    return y, (x, y, alpha)


def celu_backward(dy, saved):
    """dx = dy where x > 0, else dy e^(x / alpha) = dy (y / alpha + 1), also at x = 0."""
    x, y, alpha = saved
    return (either(np.greater(x, 0), dy, dy * (y / alpha + 1)),)


celu = Op(
    celu_forward,
    celu_backward,
    shapes="(...) -> (...)",
    domain=Real(kinks=(0,)),
    options={"alpha": (1.0, 0.4)},
    reference=each(lambda x, alpha: max(0.0, x) + min(0.0, alpha * (math.exp(x / alpha) - 1))),
)


def prelu_forward(x, weight):
    """y = x where x > 0, else w x; w is one number, or one for each channel, dimension 1 of x."""
    require_float("prelu", x)
    return either(np.greater(x, 0), x, channels(x, weight) * x), (x, weight)


def channels(x, weight):
    """`weight` in a shape that broadcasts along dimension 1 of `x`."""
    n = math.prod(weight.shape)
    if weight.ndim > 1 or weight.dtype != x.dtype:
        raise RuntimeError(f"prelu: weight must be 0- or 1-dimensional and {x.dtype}, it is {tuple(weight.shape)} and {weight.dtype}")
    if n == 1:
        return weight.reshape(())
    size = x.shape[1] if x.ndim > 1 else 1
    if x.ndim == 0 or n != size:
        raise RuntimeError(f"prelu: weight must have 1 element, or {size}, one for each channel of x {tuple(x.shape)}; it has {n}")
    return weight.reshape((n,) + (1,) * (x.ndim - 2))


def prelu_backward(dy, saved, needs=(True, True)):
    """dx = dy where x > 0, else dy w;  dw = sum of dy x over the places that w was used at with x <= 0."""
    x, weight = saved
    dx = dw = None
    positive = np.greater(x, 0)
    if needs[0]:
        dx = either(positive, dy, dy * channels(x, weight))
    if needs[1]:
        dw = either(positive, 0.0, dy * x)
        axes = None if math.prod(weight.shape) == 1 else (0, *range(2, x.ndim))
        dw = np.sum(dw, axis=axes).reshape(weight.shape)
    return dx, dw


def prelu_reference(x, weight):
    moved = np.moveaxis(x, 1, -1) if weight.size > 1 else x
    y = np.maximum(moved, 0) + weight * np.minimum(moved, 0)
    return (np.moveaxis(y, -1, 1) if weight.size > 1 else y).reshape(x.shape)


def sample_prelu(draw):
    shape = draw.shape(2, 4) if draw.choice((False, True)) else draw.shape(0, 1)
    size = draw.choice(((), (1,), (shape[1],))) if len(shape) > 1 and shape[1] > 0 else (1,)
    return (draw.array(shape, Real(kinks=(0,))), draw.array(size)), {}


prelu = Op(
    prelu_forward,
    prelu_backward,
    shapes="(...), (...) -> (...)",
    sample=sample_prelu,
    reference=prelu_reference,
    torch_name="PreluKernel",
)


def rrelu_with_noise_forward(x, noise):
    """y = x noise: leaky_relu with random slopes, which the caller has drawn, 1 where x > 0."""
    require_float("rrelu_with_noise", x)
    if x.dtype.itemsize < 4:
        raise NotImplementedError(f"rrelu_with_noise: not implemented for {x.dtype}; convert the input with .float()")
    return x * noise, (x, noise)


def rrelu_with_noise_backward(dy, saved, needs=(True, True)):
    """dx = dy noise, dnoise = dy x: the slopes do not depend on x."""
    x, noise = saved
    return dy * noise, dy * x if needs[1] else None


rrelu_with_noise = Op(
    rrelu_with_noise_forward,
    rrelu_with_noise_backward,
    shapes="(...), (...) -> (...)",
    domain=Real(),
    reference=each(lambda x, noise: math.copysign(abs(x) * abs(noise), x * noise)),
)
