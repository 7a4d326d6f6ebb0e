"""Questions about dtypes: what they hold, what two of them have in common, what may be cast to what."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import backend
from ..functional import _promotion
from ..functional._op import Traced
from ..refused import COMPLEX
from .conversion import TYPE_NAMES
from .dtypes import DTYPES, Device, NamedDtype, as_dtype, bfloat16, default, dtype, float32, set_default_dtype

__all__ = ["can_cast", "finfo", "iinfo", "promote_types", "result_type", "set_default_tensor_type", "typename"]


class Limits:
    """Equal to another that speaks of the same dtype."""

    dtype: str

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.dtype == self.dtype

    def __hash__(self) -> int:
        return hash(self.dtype)


class finfo(Limits):
    """What a float dtype can hold: ``finfo(torch.float32).eps``; the default dtype if none is given, its parts' for a complex one.

    Attributes:
        bits, dtype: the size of a number and the name of its type.
        max, min: the largest and the smallest number.
        eps: the step from 1 to the next number.
        tiny, smallest_normal: the smallest positive number with all its digits.
        resolution: what the decimal digits it surely holds come to, ``1e-06``.
    """

    def __init__(self, type: Any = None) -> None:
        kind = as_dtype(backend.default_dtype() if type is None else type)
        kind = kind.to_real() if kind.is_complex else kind
        if not kind.is_floating_point:
            raise TypeError(f"finfo: a floating point dtype is wanted, not {type}; use iinfo for integers")
        self.dtype = kind.name
        self.bits = kind.itemsize * 8
        if kind is bfloat16:  # eight bits fewer of float32's exponent's reach: the same range, 8 significant bits
            self.eps, self.max, self.tiny, self.resolution = 2.0**-7, (2 - 2.0**-7) * 2.0**127, 2.0**-126, 0.01
        else:
            limits = np.finfo(kind.dtype)
            self.eps, self.max = float(limits.eps), float(limits.max)
            self.tiny, self.resolution = float(limits.tiny), 10.0**-limits.precision
        self.min, self.smallest_normal = -self.max, self.tiny

    def __repr__(self) -> str:
        numbers = (f"{name}={getattr(self, name):g}" for name in ("resolution", "min", "max", "eps", "smallest_normal", "tiny"))
        return f"finfo({', '.join(numbers)}, dtype={self.dtype})"


class iinfo(Limits):
    """What an integer dtype can hold: ``iinfo(torch.int64).max``."""

    def __init__(self, type: Any) -> None:
        kind = as_dtype(type)
        if kind.kind not in "iu":
            raise TypeError(f"iinfo: an integer dtype is wanted, not {type}; use finfo for floats")
        limits = np.iinfo(kind.dtype)
        self.bits, self.dtype = kind.itemsize * 8, kind.name
        self.max, self.min = int(limits.max), int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


def dtype_argument(name: str, argument: str, value: Any) -> dtype:
    if not isinstance(value, dtype):
        raise TypeError(f"{name}(): argument '{argument}' must be torch.dtype, not {type(value).__name__}")
    return value


def promote_types(type1: Any, type2: Any) -> dtype:
    """The dtype that tensors of two dtypes are computed in together.

    >>> import minitorch_nlp as torch
    >>> torch.promote_types(torch.int32, torch.float16)
    torch.float16
    """
    a, b = dtype_argument("promote_types", "type1", type1), dtype_argument("promote_types", "type2", type2)
    if a is b:
        return a
    named = [d for d in (a, b) if isinstance(d, NamedDtype) or d is bfloat16]
    if not named:
        return DTYPES[_promotion.promote_types(a.dtype, b.dtype)]
    if any(not d.is_complex and d is not bfloat16 for d in named):
        raise RuntimeError(f"promote_types: {a} and {b} have no common dtype; convert one with .to()")
    if not (a.is_complex or b.is_complex):
        other = b if a is bfloat16 else a
        return bfloat16 if not other.is_floating_point else float32 if other.itemsize < 4 else other
    low, high = sorted((a, b), key=lambda d: d.is_complex)
    if low.kind == "u" and low.itemsize > 1:
        raise RuntimeError(f"promote_types: {a} and {b} have no common dtype; convert one with .to()")
    if not (low.is_complex or low.is_floating_point):
        return high
    return promote_types(low.to_real(), high.to_real()).to_complex()


def two_operands(given: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """What `result_type` was given by position and by name."""
    for names in (("tensor", "other"), ("scalar", "tensor"), ("scalar1", "scalar2")):
        rest = names[len(given) :]
        if len(given) + len(rest) == 2 and set(rest) == set(named):
            return (*given, *(named[name] for name in rest))
    raise TypeError("result_type() takes (tensor, other), (scalar, tensor) or (scalar1, scalar2)")


def result_type(*operands: Any, **named: Any) -> dtype:
    """The dtype of ``tensor + other``, for tensors and Python numbers: tensors with dimensions outrank 0-dim ones, those outrank numbers.

    >>> import minitorch_nlp as torch
    >>> torch.result_type(torch.tensor([1, 2]), 1.0)
    torch.float32
    """
    operands = two_operands(operands, named)
    arrays = [x.array if isinstance(x, Traced) else x for x in operands]
    for x in operands:
        if isinstance(x, complex):
            raise NotImplementedError(f"result_type: {COMPLEX}")
        if not isinstance(x, (Traced, bool, int, float)):
            raise TypeError(f"result_type(): tensors and numbers are wanted, not {type(x).__name__}")
    return DTYPES[_promotion.common_dtype(arrays)]


def can_cast(from_: Any, to: Any) -> bool:
    """Whether torch's rules let a result of one dtype be written into a tensor of the other.

    Complex numbers go into complex ones only, floats not into integers, and only bools into bools.
    """
    source, target = dtype_argument("can_cast", "from_", from_), dtype_argument("can_cast", "to", to)
    if target.kind == "b":
        return source.kind == "b"
    if source.is_complex:
        return target.is_complex
    return not source.is_floating_point or target.kind not in "iu"


def set_default_tensor_type(t: Any) -> None:
    """Set the default float dtype, and device, by the name of a tensor type: ``"torch.cuda.DoubleTensor"``, or by the type itself.

    Superseded by `set_default_dtype` and `set_default_device`.
    """
    where = "cuda." if getattr(t, "tensor_device", "") == "cuda" else ""
    name = t if isinstance(t, str) else f"torch.{where}{getattr(t, '__name__', t)}"
    kind = TYPE_NAMES.get(name.removeprefix("torch.").removeprefix("cuda.").removesuffix("Tensor"))
    if kind is None or not kind.is_floating_point:
        raise TypeError(f"set_default_tensor_type: a floating point type such as torch.FloatTensor is wanted, not {t!r}")
    warnings.warn("set_default_tensor_type is deprecated; use set_default_dtype and set_default_device", UserWarning, stacklevel=2)
    set_default_dtype(kind)
    default.device = Device("cuda") if name.startswith("torch.cuda.") else None


def typename(obj: Any, /) -> str:
    """The name of an object's type: ``'torch.FloatTensor'`` of a tensor, the type's module and name of anything else."""
    if isinstance(obj, Traced):
        return obj.type()
    owner = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(owner, "__module__", None)
    return owner.__qualname__ if module in (None, "", "builtins") else f"{module}.{owner.__qualname__}"
