"""Activation functions; softmax and its logarithm are in softmax.py.

Where a function has a kink, its docstring says which side's derivative is taken there: always torch's choice.
"""

from __future__ import annotations

import math

import numpy as np

from ..backend import either, keep_where, quietly, unit
from ._checks import refuse_bfloat16, require_float
from ._domain import Real, each
from ._law import RefusedValue, wrap_dim
from ._op import Op
from .exponential import expm1_below_0, log1p_above_0
from .softmax import log_softmax, softmax
from .special import erf

__all__ = [
    "elu", "gelu", "glu", "hardtanh", "leaky_relu", "log_softmax", "logsigmoid", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "softmax", "softplus", "softsign", "tanh",
]  # fmt: skip

SQRT_HALF = math.sqrt(0.5)
NORMAL_PEAK = 1 / math.sqrt(2 * math.pi)  # the standard normal density at 0
GELU_SLOPE, GELU_CUBE = math.sqrt(2 / math.pi), math.sqrt(2 / math.pi) * 0.044715
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # for which mean 0 and variance 1 are a fixed point
LARGE = 4096  # elements from which NumPy's quick loop for two arrays pays for making the second


def tanh_forward(x):
    """y = tanh x = (e^x - e^-x) / (e^x + e^-x)."""
    y = np.tanh(x)
    return y, (y,)


def tanh_backward(dy, saved):
    """dx = dy (1 - y^2): sinh and cosh are each other's derivative, so tanh' = (cosh^2 - sinh^2) / cosh^2."""
    (y,) = saved
    return (dy * (unit(y) - y * y),)


tanh = Op(tanh_forward, tanh_backward, shapes="(...) -> (...)", domain=Real(), reference=each(math.tanh), dtypes="float")


def sigmoid_forward(x):
    """y = 1 / (1 + e^-x); where e^-x overflows, the quotient is the 0 it should be."""
    e = quietly(np.exp, -x)
    y = np.reciprocal(unit(e) + e)
    return y, (y,)


def sigmoid_backward(dy, saved):
    """dx = dy y (1 - y), from y' = e^-x / (1 + e^-x)^2."""
    (y,) = saved
    return (dy * (y * (unit(y) - y)),)


sigmoid = Op(
    sigmoid_forward,
    sigmoid_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    reference=each(lambda x: 0.5 * (1 + math.tanh(x / 2))),
    dtypes="float",
)


def relu_forward(x):
    """y = max(x, 0)."""
    if x.dtype.kind == "b":
        raise RuntimeError("relu: bool inputs are not supported; convert the input with .float()")
    zero = np.zeros_like(x) if math.prod(x.shape) >= LARGE else 0
    y = np.maximum(x, zero)
    return y, (y,)


def relu_backward(dy, saved):
    """dx = dy where x > 0, else 0; 0 at the kink x = 0. y > 0 says the same of the output."""
    (y,) = saved
    return (keep_where(np.not_equal(y, 0), dy),)


relu = Op(
    relu_forward,
    relu_backward,
    shapes="(...) -> (...)",
    domain=Real(kinks=(0,)),
    reference=each(lambda x: (x + abs(x)) / 2),
)


def leaky_relu_forward(x, *, negative_slope=0.01):
    """y = x where x > 0, else negative_slope x."""
    require_float("leaky_relu", x)
    y = np.maximum(x, x * negative_slope) if 0 < negative_slope <= 1 else either(np.greater(x, 0), x, x * negative_slope)
    return y, (x, negative_slope)


def leaky_relu_backward(dy, saved):
    """dx = dy where x > 0, else negative_slope dy, also at the kink x = 0."""
    x, negative_slope = saved
    return (either(np.greater(x, 0), dy, dy * negative_slope),)


leaky_relu = Op(
    leaky_relu_forward,
    leaky_relu_backward,
    shapes="(...) -> (...)",
    domain=Real(kinks=(0,)),
    options={"negative_slope": (0.01, 0.3, 0, -0.5, 2)},
    reference=each(lambda x, negative_slope: max(x, 0) + negative_slope * min(x, 0)),
)


def elu_forward(x, *, alpha=1.0):
    """y = x where x > 0, else alpha (e^x - 1)."""
    require_float("elu", x)
    y = either(np.greater(x, 0), x, alpha * expm1_below_0(np.minimum(x, 0)))
    return y, (x, y, alpha)


def elu_backward(dy, saved):
    """dx = dy where x > 0, else dy alpha e^x = dy (y + alpha), also at x = 0."""
    x, y, alpha = saved
    return (either(np.less_equal(x, 0), dy * (y + alpha), dy),)


elu = Op(
    elu_forward,
    elu_backward,
    shapes="(...) -> (...)",
    domain=Real(kinks=(0,)),
    options={"alpha": (1.0, 0.4)},
    reference=each(lambda x, alpha: x if x > 0 else alpha * (math.exp(x) - 1)),
)


def selu_forward(x):
    """y = 1.0507 elu(x) with alpha = 1.6733."""
    require_float("selu", x)
    y = either(np.greater(x, 0), x * SELU_SCALE, (SELU_SCALE * SELU_ALPHA) * expm1_below_0(np.minimum(x, 0)))
    return y, (x, y)


def selu_backward(dy, saved):
    """dx = 1.0507 dy where x > 0, else dy (y + 1.0507 * 1.6733), also at x = 0; as for `elu`."""
    x, y = saved
    return (either(np.less_equal(x, 0), dy * (y + SELU_SCALE * SELU_ALPHA), dy * SELU_SCALE),)


selu = Op(
    selu_forward,
    selu_backward,
    shapes="(...) -> (...)",
    domain=Real(kinks=(0,)),
    reference=each(lambda x: SELU_SCALE * (max(x, 0) + SELU_ALPHA * (math.exp(min(x, 0)) - 1))),
    torch_name="Elu",
)


def softplus_forward(x, *, beta=1.0, threshold=20.0):
    """y = ln(1 + e^(beta x)) / beta, and x itself where beta x > threshold: by then they are equal."""
    require_float("softplus", x)
    z = x * beta
    y = either(np.greater(z, threshold), x, log1p_above_0(np.exp(np.minimum(z, threshold))) / beta)
    return y, (x, beta, threshold)


def softplus_backward(dy, saved):
    """dx = dy sigmoid(beta x), and dy above the threshold."""
    x, beta, threshold = saved
    z = x * beta
    return (either(np.greater(z, threshold), dy, dy * sigmoid(z)),)


softplus = Op(
    softplus_forward,
    softplus_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    options={"beta": (1.0, 2.5), "threshold": (20.0, 18)},
    reference=each(lambda x, beta, threshold: math.log(1 + math.exp(beta * x)) / beta),
)


def silu_forward(x):
    """y = x sigmoid(x)."""
    require_float("silu", x)
    s = sigmoid(x)
    return x * s, (x, s)


def silu_backward(dy, saved):
    """dx = dy s (1 + x (1 - s)), s = sigmoid(x): the product rule with s' = s (1 - s)."""
    x, s = saved
    return (dy * (s * (1 + x * (1 - s))),)


silu = Op(silu_forward, silu_backward, shapes="(...) -> (...)", domain=Real(), reference=each(lambda x: x / (1 + math.exp(-x))))


def gelu_forward(x, *, approximate="none"):
    """y = x F(x), F the standard normal distribution function, (1 + erf(x / sqrt 2)) / 2.

    With approximate="tanh": y = x (1 + tanh u) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3).
    """
    require_float("gelu", x)
    if approximate == "none":
        f = 0.5 * (1 + erf(x * SQRT_HALF))
    elif approximate == "tanh":
        f = 0.5 * (1 + np.tanh(x * (GELU_SLOPE + GELU_CUBE * (x * x))))
    else:
        raise RuntimeError(f"gelu: approximate must be 'none' or 'tanh', it is {approximate!r}")
    return x * f, (x, f, approximate)


def gelu_backward(dy, saved):
    """dx = dy (f + x f'), f what x was multiplied by.

    "none": f' is the normal density, exp(-x^2 / 2) / sqrt(2 pi).
    "tanh": f = (1 + t) / 2, and t' = (1 - t^2) u' with 1 - t^2 = 4 f (1 - f) gives f' = 2 f (1 - f) u',
    u' = sqrt(2 / pi) (1 + 3 * 0.044715 x^2).
    """
    x, f, approximate = saved
    if approximate == "none":
        df = np.exp(x * x * -0.5) * NORMAL_PEAK
    else:
        df = (f - f * f) * (2 * GELU_SLOPE + 6 * GELU_CUBE * (x * x))
    return (dy * (f + x * df),)


def gelu_reference(x, approximate):
    """The integral of the density, or the formula in doubles."""
    if approximate == "none":
        return x * 0.5 * math.erfc(-x / math.sqrt(2))
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


gelu = Op(
    gelu_forward,
    gelu_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    options={"approximate": ("none", "tanh")},
    reference=each(gelu_reference),
)


def logsigmoid_forward(x):
    """y = ln sigmoid(x) = min(x, 0) - ln(1 + e^-|x|)."""
    require_float("logsigmoid", x)
    return np.minimum(x, 0) - log1p_above_0(np.exp(-np.abs(x))), (x,)


def logsigmoid_backward(dy, saved):
    """dx = dy sigmoid(-x), from y' = sigmoid' / sigmoid = 1 - sigmoid(x)."""
    (x,) = saved
    return (dy * sigmoid(-x),)


logsigmoid = Op(
    logsigmoid_forward,
    logsigmoid_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    reference=each(lambda x: -math.log(1 + math.exp(-x))),
    torch_name="LogSigmoid",
)


def hardtanh_forward(x, *, min_val=-1.0, max_val=1.0):
    """y = min(max(x, min_val), max_val)."""
    if x.dtype.kind == "b":
        raise RuntimeError("hardtanh: bool inputs are not supported; convert the input with .float()")
    if min_val > max_val:
        raise RefusedValue(f"hardtanh: min_val cannot be greater than max_val, but {min_val} > {max_val}")
    if x.dtype.kind != "f":
        refuse_bfloat16("hardtanh", x.dtype)
        min_val, max_val = int(min_val), int(max_val)
    return np.clip(x, min_val, max_val), (x, min_val, max_val)


def hardtanh_backward(dy, saved):
    """dx = dy where min_val < x < max_val, else 0, also at the two kinks."""
    x, min_val, max_val = saved
    return (either(np.less_equal(x, min_val) | np.greater_equal(x, max_val), 0.0, dy),)


hardtanh = Op(
    hardtanh_forward,
    hardtanh_backward,
    shapes="(...) -> (...)",
    domain=Real(kinks=(-1, 1, -0.5, 2)),
    options={"min_val": (-1.0, -0.5), "max_val": (1.0, 2)},
    reference=each(lambda x, min_val, max_val: sorted((min_val, x, max_val))[1]),
)


def relu6_forward(x):
    """y = min(max(x, 0), 6)."""
    return hardtanh_forward(x, min_val=0.0, max_val=6.0)


def relu6_backward(dy, saved):
    """dx = dy where 0 < x < 6, else 0, also at the two kinks."""
    return hardtanh_backward(dy, saved)


relu6 = Op(
    relu6_forward,
    relu6_backward,
    shapes="(...) -> (...)",
    domain=Real(-3, 9, kinks=(0, 6)),
    reference=each(lambda x: sorted((0.0, x, 6.0))[1]),
    torch_name="Hardtanh",
)


def tanh_softplus(x):
    """(tanh(softplus(x)), e^x): with w = e^x and n = w (w + 2), ((1 + w)^2 - 1) / ((1 + w)^2 + 1) = n / (n + 2).

    Above 20 the quotient is 1 in float64 too, so e^x stops there.
    """
    w = np.exp(np.minimum(x, 20))
    n = w * (w + 2)
    return n / (n + 2), w


def mish_forward(x):
    """y = x tanh(softplus(x))."""
    require_float("mish", x)
    return x * tanh_softplus(x)[0], (x,)


def mish_backward(dy, saved):
    """dx = dy (t + x (1 - t^2) sigmoid(x)), t = tanh(softplus(x)): softplus' = sigmoid, tanh' = 1 - tanh^2."""
    (x,) = saved
    t, w = tanh_softplus(x)
    return (dy * (t + x * (1 - t * t) * (w / (1 + w))),)


mish = Op(
    mish_forward,
    mish_backward,
    shapes="(...) -> (...)",
    domain=Real(),
    reference=each(lambda x: x * math.tanh(math.log1p(math.exp(x)))),
)


def softsign_forward(x):
    """y = x / (1 + |x|)."""
    return x / (1 + np.abs(x)), (x,)


def softsign_backward(dy, saved):
    """dx = dy / (1 + |x|)^2, by the quotient rule: (1 + |x| - x sign(x)) / (1 + |x|)^2."""
    (x,) = saved
    d = 1 + np.abs(x)
    return (dy / (d * d),)


softsign = Op(
    softsign_forward,
    softsign_backward,
    shapes="(...) -> (...)",
    domain=Real(kinks=(0,)),
    reference=each(lambda x: x / (1 + abs(x))),
    dtypes="float",
    torch_name="Div",
)


def halves(x, dim):
    """The first and the second half of `x` along `dim`."""
    n = x.shape[dim] // 2
    lead = (slice(None),) * dim
    return x[(*lead, slice(None, n))], x[(*lead, slice(n, None))]


def glu_forward(x, *, dim=-1):
    """y = a sigmoid(b), where a and b are the halves of x along `dim`."""
    require_float("glu", x)
    if x.ndim == 0:
        raise RuntimeError("glu: a 0-dim tensor has no halves; give it at least one dimension")
    dim = wrap_dim(dim, x.ndim)
    if x.shape[dim] % 2:
        raise RuntimeError(f"glu: dimension {dim} is halved, so its size must be even, but it is {x.shape[dim]}")
    a, b = halves(x, dim)
    s = sigmoid(b)
    return a * s, (x, s, dim)


def glu_backward(dy, saved):
    """da = dy s, db = dy a s (1 - s), s = sigmoid(b); dx is both side by side."""
    x, s, dim = saved
    da = dy * s
    return (np.concatenate((da, da * halves(x, dim)[0] * (1 - s)), axis=dim),)


def glu_reference(x, dim):
    a, b = np.split(x, 2, axis=dim)
    return a * 0.5 * (1 + np.tanh(b / 2))


def sample_glu(draw):
    shape = list(draw.shape(1, 3))
    dim = draw.integer(-len(shape), len(shape) - 1)
    shape[dim] *= 2
    return (draw.array(tuple(shape)),), {"dim": dim}


glu = Op(glu_forward, glu_backward, shapes="(...) -> (...)", sample=sample_glu, reference=glu_reference)
