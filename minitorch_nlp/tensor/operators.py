"""Python's operators on Tensors. Each goes straight to the tape: this is the hot path of small networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd.tape import apply
from ..functional import arithmetic as A
from ..functional import elementwise as E
from ..functional import movement as V
from ..functional._op import Traced
from ..functional.getitem import getitem
from ..functional.matmul import matmul
from ..functional.rounding import floor_divide, remainder
from . import comparing, numpy_protocol, pointwise, selecting
from .base import TensorBase, wrap
from .bitwise import bits, shift
from .selecting import as_index, plain_view

__all__ = ["Operators"]

OPERANDS = (Traced, int, float, np.ndarray, np.generic)
# Arithmetic with an ndarray is left to the array, as in torch: it computes with NumPy's dtypes, through `array_ufunc`.
ARITHMETIC = (Traced, int, float, np.generic)
PLAIN = {int, slice, tuple}


class Operators(TensorBase):
    """``x + y``, ``x[i]``, ``x @ y``, ``x += y``, and NumPy's functions on Tensors."""

    __slots__ = ()

    __array_ufunc__ = numpy_protocol.array_ufunc
    __array_function__ = numpy_protocol.array_function

    def __add__(self, other: Any) -> Any:
        return apply(A.add, (self, other), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return apply(A.add, (other, self), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __sub__(self, other: Any) -> Any:
        return apply(A.sub, (self, other), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return apply(A.sub, (other, self), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __mul__(self, other: Any) -> Any:
        return apply(A.mul, (self, other), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __rmul__(self, other: Any) -> Any:
        return apply(A.mul, (other, self), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __truediv__(self, other: Any) -> Any:
        return apply(A.div, (self, other), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __rtruediv__(self, other: Any) -> Any:
        return apply(A.div, (other, self), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __pow__(self, other: Any) -> Any:
        return apply(A.pow, (self, other), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __rpow__(self, other: Any) -> Any:
        return apply(A.pow, (other, self), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __matmul__(self, other: Any) -> Any:
        return apply(matmul, (self, other), {}) if isinstance(other, Traced) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return apply(matmul, (other, self), {}) if isinstance(other, Traced) else NotImplemented

    def __neg__(self) -> Any:
        return apply(A.neg, (self,), {})

    def __pos__(self) -> Any:
        return pointwise.positive(self)

    def __abs__(self) -> Any:
        return apply(E.abs, (self,), {})

    def __floordiv__(self, other: Any) -> Any:
        return apply(floor_divide, (self, other), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __rfloordiv__(self, other: Any) -> Any:
        return apply(floor_divide, (other, self), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __mod__(self, other: Any) -> Any:
        return apply(remainder, (self, other), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    def __rmod__(self, other: Any) -> Any:
        return apply(remainder, (other, self), {}) if isinstance(other, ARITHMETIC) else NotImplemented

    # ---- comparisons and bits ----

    def __eq__(self, other: Any) -> Any:  # type: ignore[override]
        return comparing.eq(self, other) if isinstance(other, OPERANDS) else False

    def __ne__(self, other: Any) -> Any:  # type: ignore[override]
        return comparing.ne(self, other) if isinstance(other, OPERANDS) else True

    def __lt__(self, other: Any) -> Any:
        return comparing.lt(self, other) if isinstance(other, OPERANDS) else NotImplemented

    def __le__(self, other: Any) -> Any:
        return comparing.le(self, other) if isinstance(other, OPERANDS) else NotImplemented

    def __gt__(self, other: Any) -> Any:
        return comparing.gt(self, other) if isinstance(other, OPERANDS) else NotImplemented

    def __ge__(self, other: Any) -> Any:
        return comparing.ge(self, other) if isinstance(other, OPERANDS) else NotImplemented

    __hash__ = object.__hash__

    def __and__(self, other: Any) -> Any:
        return bits("bitwise_and", np.bitwise_and, self, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __or__(self, other: Any) -> Any:
        return bits("bitwise_or", np.bitwise_or, self, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __xor__(self, other: Any) -> Any:
        return bits("bitwise_xor", np.bitwise_xor, self, other) if isinstance(other, ARITHMETIC) else NotImplemented

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __lshift__(self, other: Any) -> Any:
        return shift("bitwise_left_shift", np.left_shift, self, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __rshift__(self, other: Any) -> Any:
        return shift("bitwise_right_shift", np.right_shift, self, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __rlshift__(self, other: Any) -> Any:
        return shift("bitwise_left_shift", np.left_shift, other, self) if isinstance(other, ARITHMETIC) else NotImplemented

    def __rrshift__(self, other: Any) -> Any:
        return shift("bitwise_right_shift", np.right_shift, other, self) if isinstance(other, ARITHMETIC) else NotImplemented

    def __invert__(self) -> Any:
        if self.array.dtype.kind in "fV":
            raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
        return wrap(~self.array)

    # ---- in place ----

    def __iadd__(self, other: Any) -> Any:
        return self._write_inplace(A.add, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __isub__(self, other: Any) -> Any:
        return self._write_inplace(A.sub, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __imul__(self, other: Any) -> Any:
        return self._write_inplace(A.mul, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __itruediv__(self, other: Any) -> Any:
        return self._write_inplace(A.div, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __ipow__(self, other: Any) -> Any:
        return self._write_inplace(A.pow, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __ifloordiv__(self, other: Any) -> Any:
        return self._write_inplace(floor_divide, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __imod__(self, other: Any) -> Any:
        return self._write_inplace(remainder, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __iand__(self, other: Any) -> Any:
        return self._write_inplace(Operators.__and__, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __ior__(self, other: Any) -> Any:
        return self._write_inplace(Operators.__or__, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __ixor__(self, other: Any) -> Any:
        return self._write_inplace(Operators.__xor__, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __ilshift__(self, other: Any) -> Any:
        return self._write_inplace(Operators.__lshift__, other) if isinstance(other, ARITHMETIC) else NotImplemented

    def __irshift__(self, other: Any) -> Any:
        return self._write_inplace(Operators.__rshift__, other) if isinstance(other, ARITHMETIC) else NotImplemented

    # ---- items ----

    def __getitem__(self, index: Any) -> Any:
        if not self._needs_grad and index.__class__ in PLAIN:
            view = plain_view(self, index)
            if view is not None:
                return view
        return apply(getitem, (self,), {"index": index if index.__class__ is int else as_index(index)})

    def __setitem__(self, index: Any, value: Any) -> None:
        selecting.setitem(self, index, value)

    def __iter__(self) -> Any:
        if self.array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(V.unbind(self, dim=0))

    def __reversed__(self) -> Any:
        return V.flip(self, dims=(0,)) if self.array.ndim else self

    def __contains__(self, element: Any) -> bool:
        if not isinstance(element, (Traced, int, float, np.number)):
            raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")
        return bool(comparing.eq(self, element).array.any())
