"""Elementwise functions with torch's signatures, where those say more than the op: scaling factors, rounding modes, casts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional import arithmetic as A
from ..functional import elementwise as E
from ..functional import pairs, rounding
from ..functional._older import warn_of_older_form
from ..functional._op import Traced
from ..functional._promotion import promote
from ..functional.exponential import frexp as frexp_op
from ..settings import warn_once
from .base import array_of, value, wrap
from .comparing import both
from .dtypes import dtype_of_number
from .inplace import one_value
from .results import into, named_result

__all__ = [
    "add", "addcdiv", "addcmul", "clamp", "clamp_max", "clamp_min", "conj_physical", "div", "fill", "float_power", "float_power_", "frexp",
    "gcd", "imag", "itself", "lcm", "never", "positive", "rsub", "square", "sub", "where",
]  # fmt: skip

BOOL = np.dtype("bool")
PYTHON_KINDS = {bool: "b", int: "i", float: "f"}
frexp_result = named_result("frexp", "mantissa", "exponent")


# ---- sums with a factor ----


def add(input: Any, other: Any, *older: Any, alpha: float = 1, out: Any = None) -> Any:
    """input + alpha * other, broadcast. In torch's older order: ``add(input, alpha, other)``."""
    if older:
        alpha, other = factor_first("add", other, older)
    return into("add", out, A.add(input, other if alpha == 1 and alpha is not True else scaled("add", input, other, alpha)))


def sub(input: Any, other: Any, *older: Any, alpha: float = 1, out: Any = None) -> Any:
    """input - alpha * other, broadcast. In torch's older order: ``sub(input, alpha, other)``."""
    if older:
        alpha, other = factor_first("sub", other, older)
    return into("sub", out, A.sub(input, other if alpha == 1 and alpha is not True else scaled("sub", input, other, alpha)))


def factor_first(name: str, factor: Any, rest: tuple[Any, ...], arrays: int = 1) -> tuple[Any, ...]:
    """The arguments of torch's older form, ``add(input, alpha, other)``, checked: (alpha, other)."""
    if len(rest) != arrays or isinstance(factor, Traced):
        raise TypeError(f"{name}() takes {arrays + 1} positional arguments, and its factor by keyword")
    warn_of_older_form()
    return (factor, *rest)


def scaled(name: str, input: Any, other: Any, alpha: float) -> Any:
    """alpha * other, where that keeps integers integers."""
    kinds = {x.dtype.kind if hasattr(x, "dtype") else PYTHON_KINDS[type(x)] for x in (input, other)}
    if isinstance(alpha, float) and not kinds & {"f", "V"}:
        raise RuntimeError(f"{name}: for integer tensors, alpha must not be a floating point number; it is {alpha}")
    if isinstance(alpha, bool) and kinds != {"b"}:
        raise RuntimeError(f"{name}: a bool as alpha is only supported for bool tensors")
    return A.mul(other, bool(alpha) if kinds == {"b"} else alpha)


def rsub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """other - alpha * input."""
    array_of("rsub", input)
    return sub(other, input, alpha=alpha)


def addcmul(input: Any, tensor1: Any, tensor2: Any, *older: Any, value: float = 1, out: Any = None) -> Any:
    """input + value * tensor1 * tensor2, broadcast. In torch's older order: ``addcmul(input, value, tensor1, tensor2)``."""
    if older:
        value, tensor1, tensor2 = factor_first("addcmul", tensor1, (tensor2, *older), 2)
    return into("addcmul", out, pairs.addcmul(input, tensor1, tensor2, value=value))


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *older: Any, value: float = 1, out: Any = None) -> Any:
    """input + value * tensor1 / tensor2, broadcast. In torch's older order: ``addcdiv(input, value, tensor1, tensor2)``."""
    if older:
        value, tensor1, tensor2 = factor_first("addcdiv", tensor1, (tensor2, *older), 2)
    if all(array_of("addcdiv", t, "tensors").dtype.kind not in "fV" for t in (tensor1, tensor2)):
        raise RuntimeError("addcdiv: integer division is not supported; divide with torch.div(..., rounding_mode=...) and add")
    return into("addcdiv", out, pairs.addcdiv(input, tensor1, tensor2, value=value))


# ---- quotients and powers ----


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Any:
    """input / other; with `rounding_mode` "floor" or "trunc" rounded down or towards zero, integers staying integers."""
    if rounding_mode is None:
        return into("div", out, A.div(input, other))
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")
    return into("div", out, rounding.div_rounded(input, other, rounding_mode=rounding_mode))


def square(input: Any, *, out: Any = None) -> Any:
    """input^2."""
    return into("square", out, A.pow(input, 2))


def float_power(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """input^exponent in float64, whatever the dtypes."""
    if not (isinstance(input, Traced) or isinstance(exponent, Traced)):
        raise TypeError("float_power(): one of 'input' and 'exponent' must be a Tensor")
    if out is not None and hasattr(out, "array") and out.array.dtype != np.float64:
        raise RuntimeError(f"float_power: the result is float64 and cannot be written to an output of {out.dtype}")
    base, power = (E.astype(x, dtype=np.dtype("float64")) if isinstance(x, Traced) else float(x) for x in (input, exponent))
    return into("float_power", out, A.pow(base, power))


def float_power_(self: Any, exponent: Any) -> Any:
    """In place: self^exponent; only float64 tensors can hold the result."""
    if self.array.dtype != np.float64:
        raise RuntimeError(f"float_power_: the base is {self.dtype}, but the result is torch.float64; use the out-of-place form")
    return self.pow_(exponent)


def common_divisor(name: str, ufunc: Any, input: Any, other: Any, out: Any) -> Any:
    a, b = promote([array_of(name, input), array_of(name, other, "other")])
    if a.dtype.kind not in "iu":
        raise NotImplementedError(f"{name}: not implemented for {a.dtype}; it is for integers")
    return into(name, out, both(name, ufunc, a, b))


def gcd(input: Any, other: Any, *, out: Any = None) -> Any:
    """The greatest common divisor of integers, never negative."""
    return common_divisor("gcd", np.gcd, input, other, out)


def lcm(input: Any, other: Any, *, out: Any = None) -> Any:
    """The least common multiple of integers, never negative."""
    return common_divisor("lcm", np.lcm, input, other, out)


def frexp(input: Any, *, out: Any = None) -> Any:
    """(mantissa, exponent) with input = mantissa 2^exponent and 1/2 <= |mantissa| < 1."""
    return into("frexp", out, frexp_result(*frexp_op(input)))


# ---- bounds and choices ----


def clamp(input: Any, min: Any = None, max: Any = None, *, out: Any = None) -> Any:
    """Each element brought into [min, max]; either may be missing, a number or a tensor."""
    if min is None and max is None:
        raise RuntimeError("clamp: at least one of 'min' or 'max' must not be None")
    array_of("clamp", input)
    return into("clamp", out, E.clamp(input, min, max))


def clamp_min(input: Any, min: Any, *, out: Any = None) -> Any:
    """max(input, min)."""
    return clamp(input, min, out=out)


def clamp_max(input: Any, max: Any, *, out: Any = None) -> Any:
    """min(input, max)."""
    return clamp(input, None, max, out=out)


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where the condition holds, else `other`; with the condition alone, the indices where it holds."""
    mask = array_of("where", condition, "condition")
    if input is None and other is None:
        return tuple(wrap(i.copy()) for i in np.nonzero(mask if mask.ndim else mask.reshape(1)))
    for x in (input, other):
        if not isinstance(x, (Traced, int, float, np.ndarray, np.generic)):
            raise TypeError(f"where(): 'input' and 'other' must be Tensors or numbers, not {type(x).__name__}")
    if mask.dtype is not BOOL:
        if mask.dtype != np.uint8:
            raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {mask.dtype}")
        warn_once("where: a condition of dtype uint8 is deprecated; convert it with .bool()")
        condition = wrap(mask.astype(bool))
    if not isinstance(input, Traced) and not isinstance(other, Traced):
        input = value(input)
        input = wrap(np.asarray(input, dtype=dtype_of_number(input)))
    return into("where", out, A.where(condition, input, other))


def fill(input: Any, value: Any) -> Any:
    """A tensor like `input` with one value everywhere: a number, or a 0-dim tensor, which gets a gradient."""
    array_of("fill", input)
    return E.overwrite(input, one_value("fill", input, value))


# ---- what a real number makes trivial ----


def itself(input: Any) -> Any:
    """`input` itself: what conjugates and real parts of real numbers are."""
    array_of("conj", input)
    return input


def conj_physical(input: Any, *, out: Any = None) -> Any:
    """The complex conjugate: of real numbers, themselves."""
    return input if out is None else into("conj_physical", out, input)


def imag(input: Any) -> Any:
    """The imaginary part, which real tensors do not have."""
    raise RuntimeError("imag is not implemented for tensors with non-complex dtypes; complex dtypes are not supported")


def never(input: Any) -> bool:
    """False: no tensor here is a lazy conjugate or negation."""
    array_of("is_conj", input)
    return False


def positive(input: Any) -> Any:
    """`input` itself, +input; bools are refused."""
    if array_of("positive", input).dtype == BOOL:
        raise RuntimeError("positive: the + operator is not supported on bool tensors; convert with .int()")
    return input
