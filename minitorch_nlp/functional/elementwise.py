"""Elementwise functions of one array."""

from __future__ import annotations

import math

import numpy as np

from .. import backend
from ..backend import keep_where
from ._checks import refuse_bfloat16
from ._domain import Real, each
from ._op import Op

__all__ = [
    "abs", "astype", "clamp", "clone", "cos", "exp", "log", "nan_to_num", "overwrite", "reciprocal", "rsqrt", "sin", "sqrt", "to_device",
]  # fmt: skip


def exp_forward(x):
    """y = e^x."""
    with np.errstate(over="ignore"):
        y = np.exp(x)
    return y, (y,)


def exp_backward(dy, saved):
    """dx = dy e^x = dy y."""
    (y,) = saved
    return (dy * y,)


exp = Op(exp_forward, exp_backward, shapes="(...) -> (...)", domain=Real(-2, 2), reference=each(math.exp), dtypes="float")


def log_forward(x):
    """y = ln x; -inf at 0, nan below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(x), (x,)


def log_backward(dy, saved):
    """dx = dy / x."""
    (x,) = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return (dy / x,)


log = Op(log_forward, log_backward, shapes="(...) -> (...)", domain=Real(0.3, 3), reference=each(math.log), dtypes="float")


def sqrt_forward(x):
    """y = x^(1/2); nan below 0."""
    with np.errstate(invalid="ignore"):
        y = np.sqrt(x)
    return y, (y,)


def sqrt_backward(dy, saved):
    """dx = dy / (2 y), from y^2 = x; inf at 0, as in torch."""
    (y,) = saved
    with np.errstate(divide="ignore", invalid="ignore"):
        return (dy / (2 * y),)


sqrt = Op(sqrt_forward, sqrt_backward, shapes="(...) -> (...)", domain=Real(0.3, 3), reference=each(math.sqrt), dtypes="float")


def rsqrt_forward(x):
    """y = x^(-1/2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        y = 1 / np.sqrt(x)
    return y, (y,)


def rsqrt_backward(dy, saved):
    """dx = -dy y^3 / 2, since d(x^-1/2)/dx = -x^(-3/2) / 2."""
    (y,) = saved
    return (-0.5 * dy * y * y * y,)


rsqrt = Op(rsqrt_forward, rsqrt_backward, shapes="(...) -> (...)", domain=Real(0.3, 3), reference=each(lambda x: x**-0.5), dtypes="float")


def reciprocal_forward(x):
    """y = 1 / x; inf at 0."""
    with np.errstate(divide="ignore"):
        y = 1 / x
    return y, (y,)


def reciprocal_backward(dy, saved):
    """dx = -dy y^2, since d(x^-1)/dx = -x^-2."""
    (y,) = saved
    return (-dy * (y * y),)


reciprocal = Op(
    reciprocal_forward, reciprocal_backward, shapes="(...) -> (...)", domain=Real(0.3, 3), reference=each(lambda x: x**-1), dtypes="float"
)


def nan_to_num_forward(x, *, nan=None, posinf=None, neginf=None):
    """y = x with numbers in place of nan (0 if None) and of inf and -inf (the largest and smallest of the dtype if None)."""
    if x.dtype.kind != "f":
        refuse_bfloat16("nan_to_num", x.dtype)
        return x.copy(), ()
    limits = np.finfo(x.dtype)
    y = backend.either(np.isnan(x), 0.0 if nan is None else nan, x)
    y = backend.either(np.equal(x, math.inf), limits.max if posinf is None else posinf, y)
    return backend.either(np.equal(x, -math.inf), limits.min if neginf is None else neginf, y), (x,)


def nan_to_num_backward(dy, saved):
    """dx = dy where x was finite and stayed, else 0."""
    (x,) = saved
    return (keep_where(np.isfinite(x), dy),)


nan_to_num = Op(
    nan_to_num_forward,
    nan_to_num_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    options={"nan": (None, 2.0)},
    reference=lambda x, nan: np.nan_to_num(x, nan=nan or 0.0),
)


def abs_forward(x):
    """y = |x|."""
    if x.dtype.kind == "b":
        raise NotImplementedError("abs: not implemented for bool tensors; convert with .int()")
    return np.abs(x), (x,)


def abs_backward(dy, saved):
    """dx = dy sign(x), 0 at the kink x = 0."""
    (x,) = saved
    return (dy * np.sign(x),)


abs = Op(abs_forward, abs_backward, shapes="(...) -> (...)", domain=Real(-3, 3, kinks=(0,)), reference=each(math.fabs))


def sin_forward(x):
    """y = sin x, x in radians."""
    return np.sin(x), (x,)


def sin_backward(dy, saved):
    """dx = dy cos x."""
    (x,) = saved
    return (dy * np.cos(x),)


sin = Op(sin_forward, sin_backward, shapes="(...) -> (...)", domain=Real(), reference=each(math.sin), dtypes="float")


def cos_forward(x):
    """y = cos x, x in radians."""
    return np.cos(x), (x,)


def cos_backward(dy, saved):
    """dx = -dy sin x."""
    (x,) = saved
    return (-dy * np.sin(x),)


cos = Op(cos_forward, cos_backward, shapes="(...) -> (...)", domain=Real(), reference=each(math.cos), dtypes="float")


def clamp_forward(x, min=None, max=None):
    """y = min(max(x, low), high); either bound may be missing. Where low > high, y is high."""
    if min is None and max is None:
        raise ValueError("clamp: at least one of min or max must not be None")
    if isinstance(x, np.ndarray) and x.dtype.kind == "f" and not hasattr(min, "dtype") and not hasattr(max, "dtype"):
        return np.clip(x, min, max), (x, min, max)  # one pass, where both bounds are numbers
    y = x if min is None else np.maximum(x, min)
    return (y if max is None else np.minimum(y, max)), (x, min, max)


def clamp_backward(dy, saved, needs=(True, True, True)):
    """dx = dy where low <= x <= high, else 0 (the gradient passes at a bound); a bound gets dy where it is the output.

    Where the bounds meet or cross, x has no influence left: low gets nothing, and high gets dy where it is below low or x.
    """
    x, low, high = saved
    if high is None:
        return keep_where(np.greater_equal(x, low), dy), keep_where(np.less(x, low), dy) if needs[1] else None, None
    if low is None:
        return keep_where(np.less_equal(x, high), dy), None, keep_where(np.greater(x, high), dy) if needs[2] else None
    dlow = keep_where(np.less(x, low) & np.less(low, high), dy) if needs[1] else None
    dhigh = keep_where(np.greater(x, high) | np.less(high, low), dy) if needs[2] else None
    return keep_where(np.greater_equal(x, low) & np.less_equal(x, high), dy), dlow, dhigh


def clamp_reference(x, low=None, high=None):
    """The middle one of x and its bounds."""
    y = x if low is None else np.where(x < low, low, x)
    return y if high is None else np.where(y > high, high, y)


clamp = Op(
    clamp_forward,
    clamp_backward,
    shapes="(...), (...)?, (...)? -> (...)",
    sample=lambda draw: sample_clamp(draw),
    reference=clamp_reference,
    dtypes="promote_exact",
)


def sample_clamp(draw):
    shape = draw.shape()
    x = draw.array(shape, Real(-3, 3, kinks=(-1, 1), margin=0.2))
    low = draw.choice((None, -1.0, draw.array(draw.broadcastable(shape), Real(-1.1, -0.9))))
    high = draw.choice((1.0, draw.array(draw.broadcastable(shape), Real(0.9, 1.1))))
    return (x, low, high), {}


def astype_forward(x, *, dtype):
    """y = x with elements of type `dtype`; a float too large for it becomes inf, or an undefined integer."""
    dtype = np.dtype(dtype)
    if x.dtype.kind != "f" or (dtype.kind == "f" and dtype.itemsize >= x.dtype.itemsize):
        return x.astype(dtype), ()
    with np.errstate(over="ignore", invalid="ignore"):
        return x.astype(dtype), ()


def astype_backward(dy, saved):
    """dx = dy; the engine casts it back to x's dtype."""
    return (dy,)


astype = Op(
    astype_forward,
    astype_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    options={"dtype": (np.dtype("float64"),)},
    reference=lambda x, dtype: x * 1.0,
    torch_name="ToCopy",
)


def clone_forward(x, *, memory_format=None):
    """y = x in memory of its own, in C order; with preserve_format in the order of x, unless that repeats elements."""
    if memory_format is None:
        return x.copy(), ()
    return x.copy("K" if str(memory_format) == "torch.preserve_format" and not backend.repeats(x) else "C"), ()


def clone_backward(dy, saved):
    """dx = dy."""
    return (dy,)


clone = Op(
    clone_forward,
    clone_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    options={"memory_format": (None,)},
    reference=lambda x, memory_format: x * 1.0,
)


def overwrite_forward(x, y):
    """z = y, broadcast to the shape of x and cast to its dtype: what assignment leaves in x."""
    z = np.zeros_like(x) + y if not hasattr(y, "dtype") else np.broadcast_to(y, x.shape)
    return z.astype(x.dtype), ()


def overwrite_backward(dz, saved, needs=(True, True)):
    """dx = 0: nothing of x is left;  dy = dz."""
    return np.zeros_like(dz) if needs[0] else None, dz


overwrite = Op(
    overwrite_forward,
    overwrite_backward,
    shapes="(...), (...) -> (...)",
    sample=lambda draw: sample_overwrite(draw),
    reference=lambda x, y: 0 * x + y,
    torch_name="torch::autograd::CopyBackwards",
)


def sample_overwrite(draw):
    shape = draw.shape()
    return (draw.array(shape), draw.array(draw.broadcastable(shape))), {}


def to_device_forward(x, *, kind, index=0):
    """y = x in the memory of another device."""
    return backend.to_device(x, kind, index), backend.device_of(x)


def to_device_backward(dy, saved):
    """dx = dy, moved back to where x is."""
    kind, index = saved
    return (to_device(dy, kind=kind, index=index),)


to_device = Op(
    to_device_forward,
    to_device_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    options={"kind": ("cpu",)},
    reference=lambda x, kind: x * 1.0,
    torch_name="ToCopy",
)
