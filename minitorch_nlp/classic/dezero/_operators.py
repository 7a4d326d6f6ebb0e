"""Python's operators on Variables, and NumPy's functions on them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import backend
from ...functional import arithmetic as A
from ...functional import matmul
from ...functional._domain import Real, each
from ...functional._op import Op, Traced
from ...tensor import numpy_protocol
from ._tape import alike

__all__ = ["Operators", "power"]


def pow_forward(x, exponent):
    """z = x^exponent as NumPy has it, of integers too."""
    z = x**exponent
    return z, (x, exponent, z)


power = Op(
    pow_forward,
    A.pow_backward,
    shapes="(...), (...) -> (...)",
    domain=(Real(0.3, 2.5), Real(-2, 2)),
    reference=each(math.pow),
    dtypes="promote",
)


def operand(x: Any) -> Any:
    """An argument of an operator: a Variable, a number or an array.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(x, (Traced, int, float, np.number, np.bool_)) or backend.is_array(x):
        return x
    raise TypeError(f"{type(x)} is not supported")


class Operators(Traced):
    """What can be written with a Variable on either side."""

    __slots__ = ()

    def dot(self, other: Any) -> Any:
        """The matrix product."""
        return matmul(*alike(self, operand(other)))

    matmul = __matmul__ = dot

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(*alike(operand(other), self))

    def __add__(self, other: Any) -> Any:
        return A.add(self, operand(other))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return A.sub(self, operand(other))

    def __rsub__(self, other: Any) -> Any:
        return A.sub(operand(other), self)

    def __mul__(self, other: Any) -> Any:
        return A.mul(self, operand(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return A.div(self, operand(other))

    def __rtruediv__(self, other: Any) -> Any:
        return A.div(operand(other), self)

    def __pow__(self, exponent: Any) -> Any:
        return power(self, operand(exponent))

    def __rpow__(self, base: Any) -> Any:
        return power(operand(base), self)

    def __neg__(self) -> Any:
        return A.neg(self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """``np.array(2.0) + x``, ``np.sin(x)``: recorded where there is an op for it; comparisons give arrays."""
        op = power if ufunc is np.power else numpy_protocol.UFUNCS.get(ufunc)
        if method != "__call__" or kwargs:
            raise TypeError(f"np.{ufunc.__name__} with {method} or {', '.join(kwargs) or 'options'} does not take Variables; use x.data")
        if op is not None:
            return op(*map(operand, inputs))
        values = ufunc(*(x.array if isinstance(x, Traced) else x for x in inputs))
        if values.dtype.kind == "f":
            raise TypeError(f"np.{ufunc.__name__} has no derivative here; use x.data, or write a Function")
        return values

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's functions on Variables, recorded."""
        translated = numpy_protocol.FUNCTIONS.get(function)
        if translated is None:
            raise TypeError(f"np.{function.__name__} does not take Variables; use x.data")
        y = translated(*args, **kwargs)
        return self._wrap(y.array) if isinstance(y, Traced) and not isinstance(y, Operators) else y
