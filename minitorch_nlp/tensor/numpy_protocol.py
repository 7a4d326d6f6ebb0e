"""NumPy's dispatch protocols on Tensors: ``np.exp(t)`` is ``exp(t)``, recorded.

This is what lets an op's backward, written in NumPy's function style, run on Tensors as it stands and so be differentiated again. Each
entry translates NumPy's argument names to the op's. A NumPy function that is not here gets the values as arrays, which a tensor that
requires grad refuses: nothing leaves the tape silently.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functional import arithmetic as A
from ..functional import elementwise as E
from ..functional import exponential as X
from ..functional import indexing as I
from ..functional import movement as V
from ..functional import pairs, rounding
from ..functional import reduction as R
from ..functional import trigonometric as G
from ..functional._op import Traced
from ..functional.activation import tanh
from ..functional.matmul import einsum, matmul
from .base import wrap

__all__ = ["array_function", "array_ufunc", "scripts"]

# Functions that give a script written for PyTorch arrays, while the library's own code has Tensors from them.
GIVE_ARRAYS = {
    np.concatenate, np.stack, np.where, np.expand_dims, np.roll, np.tril, np.triu, np.einsum, np.take_along_axis, np.zeros_like,
    np.ones_like, np.full_like, np.empty_like,
}  # fmt: skip
scripts: list[Any] = []  # who lets ``import torch`` give this library
PACKAGE = __name__.partition(".")[0]

UFUNCS: dict[Any, Callable[..., Any]] = {
    np.add: A.add,
    np.subtract: A.sub,
    np.multiply: A.mul,
    np.divide: A.div,
    np.power: A.pow,
    np.negative: A.neg,
    np.maximum: A.maximum,
    np.minimum: A.minimum,
    np.exp: E.exp,
    np.log: E.log,
    np.sqrt: E.sqrt,
    np.abs: E.abs,
    np.sin: E.sin,
    np.cos: E.cos,
    np.tanh: tanh,
    np.sign: rounding.sign,
    np.floor: rounding.floor,
    np.ceil: rounding.ceil,
    np.trunc: rounding.trunc,
    np.rint: rounding.round,
    np.remainder: rounding.remainder,
    np.fmod: rounding.fmod,
    np.matmul: matmul,
    np.floor_divide: rounding.floor_divide,
    np.reciprocal: E.reciprocal,
    np.exp2: X.exp2,
    np.expm1: X.expm1,
    np.log1p: X.log1p,
    np.log2: X.log2,
    np.log10: X.log10,
    np.logaddexp: X.logaddexp,
    np.logaddexp2: X.logaddexp2,
    np.tan: G.tan,
    np.arcsin: G.asin,
    np.arccos: G.acos,
    np.arctan: G.atan,
    np.arctan2: G.atan2,
    np.sinh: G.sinh,
    np.cosh: G.cosh,
    np.arcsinh: G.asinh,
    np.arccosh: G.acosh,
    np.arctanh: G.atanh,
    np.deg2rad: G.deg2rad,
    np.rad2deg: G.rad2deg,
    np.hypot: pairs.hypot,
    np.copysign: pairs.copysign,
    np.fmax: pairs.fmax,
    np.fmin: pairs.fmin,
    np.square: lambda x: A.mul(x, x),
    np.positive: lambda x: x,
}


def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """``Tensor.__array_ufunc__``: the op that records; for what has no gradient (comparisons, logic) NumPy's own values.

    With ``out=``, and for methods such as ``np.add.reduce``, NumPy's arrays.
    """
    if method != "__call__" or kwargs:
        return getattr(ufunc, method)(*plain(inputs), **plain(kwargs))
    op = UFUNCS.get(ufunc)
    if op is not None:
        return op(*in_numpys_dtype(ufunc, inputs))
    values = ufunc(*(x.array if isinstance(x, Traced) else x for x in inputs))
    if isinstance(values, tuple):
        return tuple(wrap(v) for v in values)
    if values.dtype.kind in "fV" and any(isinstance(x, Traced) and x.requires_grad for x in inputs):
        raise TypeError(f"np.{ufunc.__name__} on a Tensor is not differentiable here; use a torch function, or .detach().numpy()")
    return wrap(values)


def in_numpys_dtype(ufunc: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Tensors and arrays in the dtypes that NumPy computes in, where torch would take others: float64 for int64 beside float32.

    NumPy's scalars count as Python's numbers, as in torch.
    """
    arrays = [x.array if isinstance(x, Traced) else x for x in inputs]
    own = [x.dtype for x in arrays if hasattr(x, "dtype") and not isinstance(x, np.generic)]
    if len(own) < len(inputs) or any(kind.kind not in "biuf" for kind in own) or (own[0].kind == "f" and own.count(own[0]) == len(own)):
        return inputs
    wanted = ufunc.resolve_dtypes((*own, *[None] * ufunc.nout))
    return tuple(x if kind == new else E.astype(x, dtype=new) for x, kind, new in zip(inputs, own, wanted))


def plain(x: Any) -> Any:
    """`x` with arrays in place of Tensors; raises for one that requires grad."""
    if isinstance(x, Traced):
        return x.numpy()
    if isinstance(x, dict):
        if any(isinstance(o, Traced) for o in x.get("out", ())):
            raise NotImplementedError("a Tensor as out= of a NumPy function is not supported; assign the result")
        return {name: plain(v) for name, v in x.items()}
    return type(x)(map(plain, x)) if type(x) in (tuple, list) else x


def reduction(op: Any) -> Callable[..., Any]:
    return lambda x, axis=None, keepdims=False: op(x, dim=axis, keepdim=keepdims)


def extremum(op: Any) -> Callable[..., Any]:
    return lambda x, axis=None, keepdims=False: op(x, dim=() if axis is None else axis, keepdim=keepdims)


def transpose(x: Any, axes: Any = None) -> Any:
    return V.permute(x, dims=tuple(reversed(range(x.ndim))) if axes is None else tuple(axes))


def move_axis(x: Any, source: int, destination: int) -> Any:
    order = [i for i in range(x.ndim) if i != source % x.ndim]
    order.insert(destination % x.ndim, source % x.ndim)
    return V.permute(x, dims=tuple(order))


def flip(x: Any, axis: Any = None) -> Any:
    return V.flip(x, dims=tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis))


def expand_dims(x: Any, axis: Any) -> Any:
    for a in (axis,) if isinstance(axis, int) else axis:
        x = V.unsqueeze(x, dim=a)
    return x


def cumsum(x: Any, axis: int | None = None) -> Any:
    return R.cumsum(x, dim=axis) if axis is not None else R.cumsum(V.reshape(x, shape=(-1,)), dim=0)


def constant(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose result does not depend on the values: zeros_like, shape questions."""

    def on_tensor(x: Any, *args: Any, **kwargs: Any) -> Any:
        array = x.array if isinstance(x, Traced) else x
        result = function(array, *args, **kwargs)
        return wrap(result) if hasattr(result, "dtype") and isinstance(x, Traced) else result

    return on_tensor


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.where: lambda condition, *values: A.where(condition, *values) if values else np.where(plain(condition)),
    np.sum: reduction(R.sum),
    np.mean: reduction(R.mean),
    np.max: extremum(R.amax),
    np.min: extremum(R.amin),
    np.cumsum: cumsum,
    np.reshape: lambda x, shape: V.reshape(x, shape=shape),
    np.transpose: transpose,
    np.swapaxes: lambda x, axis1, axis2: V.transpose(x, dim0=axis1, dim1=axis2),
    np.moveaxis: move_axis,
    np.expand_dims: expand_dims,
    np.squeeze: lambda x, axis=None: V.squeeze(x, dim=axis),
    np.broadcast_to: lambda x, shape: V.expand(x, shape=shape),
    np.concatenate: lambda xs, axis=0: V.cat(*xs, dim=axis),
    np.stack: lambda xs, axis=0: V.stack(*xs, dim=axis),
    np.flip: flip,
    np.roll: lambda x, shift, axis=(): V.roll(x, shifts=shift, dims=axis),
    np.round: rounding.round,
    np.clip: lambda x, a_min=None, a_max=None: E.clamp(x, a_min, a_max),
    np.tril: lambda x, k=0: V.tril(x, diagonal=k),
    np.triu: lambda x, k=0: V.triu(x, diagonal=k),
    np.einsum: lambda equation, *xs, **kwargs: einsum(*xs, equation=equation),
    np.take_along_axis: lambda x, index, axis: I.take_along_dim(x, index, dim=axis),
    np.zeros_like: constant(np.zeros_like),
    np.ones_like: constant(np.ones_like),
    np.full_like: constant(np.full_like),
    np.empty_like: constant(np.empty_like),
    np.shape: lambda x: tuple(x.shape),
    np.ndim: lambda x: x.ndim,
    np.isfinite: constant(np.isfinite),
    np.argmax: constant(np.argmax),
    np.argmin: constant(np.argmin),
    np.may_share_memory: lambda a, b: np.may_share_memory(*(x.array if isinstance(x, Traced) else x for x in (a, b))),
}


def asked_by_library() -> bool:
    """Whether the NumPy function was called in this package: the frame below is the caller's, since NumPy's dispatch has none."""
    return str(sys._getframe(2).f_globals.get("__name__")).partition(".")[0] == PACKAGE


def array_function(self: Any, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """``Tensor.__array_function__``: the op that records, or NumPy's own function on the arrays."""
    translated = FUNCTIONS.get(function)
    if translated is None or (scripts and function in GIVE_ARRAYS and not asked_by_library()):
        return function(*plain(args), **plain(kwargs))
    return translated(*args, **kwargs)
