"""How results are handed over: named tuples, and ``out=``."""

from __future__ import annotations

import warnings
from operator import itemgetter
from typing import Any

import numpy as np

from .. import backend
from ..autograd.mode import state
from ..autograd.tape import mark_written
from ..functional._op import Traced
from ..functional._promotion import CATEGORY

__all__ = ["into", "named_result"]


class NamedResult(tuple):
    """A result whose parts have names, printed as torch prints it. (`namedtuple` compiles code for each type: 40 of them are felt at import.)"""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __new__(cls, *parts: Any) -> Any:
        return tuple.__new__(cls, parts)

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return f"torch.return_types.{type(self).__name__}(\n" + ",\n".join(f"{n}={v!r}" for n, v in zip(self._fields, self)) + ")"


def named_result(name: str, *fields: str) -> Any:
    """The type of a result with named parts. Without `fields`: values and indices."""
    names = fields or ("values", "indices")
    parts = {field: property(itemgetter(i)) for i, field in enumerate(names)}
    return type(name, (NamedResult,), {"__slots__": (), "_fields": names, **parts})


def into(name: str, out: Any, result: Any) -> Any:
    """`result` written into the tensor (or tensors) `out`, which is returned; without `out`, `result` itself.

    `out` gets the result's shape. It keeps its dtype, which must be of the same category (bool, integer, floating point) or a higher one.
    """
    if out is None:
        return result
    if isinstance(result, tuple):
        if not isinstance(out, (tuple, list)) or len(out) != len(result):
            raise TypeError(f"{name}(): argument 'out' must be a tuple of {len(result)} Tensors")
        check_out(name, zip(out, result))
        written = [write_out(name, o, r) for o, r in zip(out, result)]
        return type(result)(*written) if hasattr(result, "_fields") else tuple(written)
    check_out(name, [(out, result)])
    return write_out(name, out, result)


def check_out(name: str, pairs: Any) -> None:
    """Refuse what cannot be written, before anything is."""
    for out, result in pairs:
        if not isinstance(out, Traced):
            raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
        if state.enabled and (out.requires_grad or result.requires_grad):
            raise RuntimeError(
                f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad"
            )
        source, target = result.array.dtype, out.array.dtype
        if CATEGORY[source.kind] > CATEGORY[target.kind]:
            raise RuntimeError(f"{name}: result type {result.dtype} can't be cast to the desired output type {out.dtype}")
        if out.shape == result.shape and not backend.writable(out.array):
            raise RuntimeError(f"{name}: out= is an expanded tensor, whose elements share memory; clone() it first")


def write_out(name: str, out: Any, result: Any) -> Any:
    if out.shape != result.shape:
        if out.array.size:
            warnings.warn(
                f"{name}: an output with one or more elements was resized since it had shape {list(out.shape)}, which does not match the "
                f"required output shape {list(result.shape)}; out.resize_(0) first says that this is meant",
                UserWarning,
                stacklevel=4,
            )
        out.array = np.empty_like(out.array, shape=result.shape)
        out._base, out._steps = None, ()
    out.array[...] = result.array
    mark_written(out)
    return out
