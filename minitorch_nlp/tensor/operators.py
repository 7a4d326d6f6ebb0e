"""Python's operators on Tensors. Each goes straight to the tape: this is the hot path of small networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.tape import apply
from ..functional import arithmetic as A
from ..functional import elementwise as E
from ..functional import movement as V
from ..functional._op import Traced
from ..functional.matmul import matmul
from . import numpy_protocol, pointwise, selecting
from .base import TensorBase

__all__ = ["Operators"]

OPERANDS = (Traced, int, float, np.ndarray, np.generic)


class Operators(TensorBase):
    """``x + y``, ``x[i]``, ``x @ y``, ``x += y``, and NumPy's functions on Tensors."""

    __slots__ = ()

    __array_ufunc__ = numpy_protocol.array_ufunc
    __array_function__ = numpy_protocol.array_function

    def __add__(self, other: Any) -> Any:
        return apply(A.add, (self, other), {}) if isinstance(other, OPERANDS) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return apply(A.add, (other, self), {}) if isinstance(other, OPERANDS) else NotImplemented

    def __sub__(self, other: Any) -> Any:
        return apply(A.sub, (self, other), {}) if isinstance(other, OPERANDS) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return apply(A.sub, (other, self), {}) if isinstance(other, OPERANDS) else NotImplemented

    def __mul__(self, other: Any) -> Any:
        return apply(A.mul, (self, other), {}) if isinstance(other, OPERANDS) else NotImplemented

    def __rmul__(self, other: Any) -> Any:
        return apply(A.mul, (other, self), {}) if isinstance(other, OPERANDS) else NotImplemented

    def __truediv__(self, other: Any) -> Any:
        return apply(A.div, (self, other), {}) if isinstance(other, OPERANDS) else NotImplemented

    def __rtruediv__(self, other: Any) -> Any:
        return apply(A.div, (other, self), {}) if isinstance(other, OPERANDS) else NotImplemented

    def __pow__(self, other: Any) -> Any:
        return apply(A.pow, (self, other), {}) if isinstance(other, OPERANDS) else NotImplemented

    def __rpow__(self, other: Any) -> Any:
        return apply(A.pow, (other, self), {}) if isinstance(other, OPERANDS) else NotImplemented

    def __matmul__(self, other: Any) -> Any:
        return apply(matmul, (self, other), {}) if isinstance(other, (Traced, np.ndarray)) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return apply(matmul, (other, self), {}) if isinstance(other, (Traced, np.ndarray)) else NotImplemented

    def __neg__(self) -> Any:
        return apply(A.neg, (self,), {})

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return apply(E.abs, (self,), {})

    def __floordiv__(self, other: Any) -> Any:
        return pointwise.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return pointwise.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return pointwise.remainder(self, other)

    def __rmod__(self, other: Any) -> Any:
        return pointwise.remainder(other, self)

    # ---- comparisons and bits ----

    def __eq__(self, other: Any) -> Any:  # type: ignore[override]
        return pointwise.eq(self, other) if isinstance(other, OPERANDS) else False

    def __ne__(self, other: Any) -> Any:  # type: ignore[override]
        return pointwise.ne(self, other) if isinstance(other, OPERANDS) else True

    def __lt__(self, other: Any) -> Any:
        return pointwise.lt(self, other)

    def __le__(self, other: Any) -> Any:
        return pointwise.le(self, other)

    def __gt__(self, other: Any) -> Any:
        return pointwise.gt(self, other)

    def __ge__(self, other: Any) -> Any:
        return pointwise.ge(self, other)

    __hash__ = object.__hash__

    def __and__(self, other: Any) -> Any:
        return bits(np.bitwise_and, self, other)

    def __or__(self, other: Any) -> Any:
        return bits(np.bitwise_or, self, other)

    def __xor__(self, other: Any) -> Any:
        return bits(np.bitwise_xor, self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __invert__(self) -> Any:
        if self.array.dtype.kind == "f":
            raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
        return pointwise.wrap(~self.array)

    # ---- in place ----

    def __iadd__(self, other: Any) -> Any:
        return self._write_inplace(A.add, other)

    def __isub__(self, other: Any) -> Any:
        return self._write_inplace(A.sub, other)

    def __imul__(self, other: Any) -> Any:
        return self._write_inplace(A.mul, other)

    def __itruediv__(self, other: Any) -> Any:
        return self._write_inplace(A.div, other)

    def __ipow__(self, other: Any) -> Any:
        return self._write_inplace(A.pow, other)

    def __iand__(self, other: Any) -> Any:
        return self._write_inplace(Operators.__and__, other)

    def __ior__(self, other: Any) -> Any:
        return self._write_inplace(Operators.__or__, other)

    # ---- items ----

    def __getitem__(self, index: Any) -> Any:
        return selecting.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        selecting.setitem(self, index, value)

    def __iter__(self) -> Any:
        if self.array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(V.unbind(self, dim=0))

    def __contains__(self, element: Any) -> bool:
        return bool(pointwise.eq(self, element).array.any())


def bits(ufunc: Any, x: Any, y: Any) -> Any:
    a, b = pointwise.value(x), pointwise.value(y)
    if any(hasattr(v, "dtype") and v.dtype.kind == "f" or isinstance(v, float) for v in (a, b)):
        raise RuntimeError(f"{ufunc.__name__}: not implemented for floating point tensors; compare first, or convert with .long()")
    return pointwise.wrap(ufunc(a, b))
