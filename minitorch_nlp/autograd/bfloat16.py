"""Ops on bfloat16 tensors: computed in float32, the results rounded once.

NumPy's own arithmetic on bfloat16 arrays rounds after every step, and its sums stop growing at 256 ones. So ops refuse them, as they refuse
integers where these make no sense, and the tape then takes this way round. It is made of recorded casts: gradients follow it back, rounded
to bfloat16 where they come to a bfloat16 tensor. Views, and ops that only move elements, work on the arrays as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functional._op import Op, Traced
from ..functional._promotion import CATEGORY, common_dtype

__all__ = ["in_float32", "takes_bfloat16", "through_float32"]

FLOAT32 = np.dtype("float32")


def holds_bfloat16(x: Any) -> bool:
    return isinstance(x, Traced) and x.array.dtype.kind == "V"


def through_float32(op: Op, args: tuple[Any, ...], out: Any) -> bool:
    """Whether `op`, which could work on bfloat16 arrays, is better recorded in float32, since its backward may add many numbers up.

    Views must share memory, and casts are what the other way is made of.
    """
    if op.view and (op.view is True or np.may_share_memory(out, args[0].array)):
        return False
    return any(map(holds_bfloat16, args))


def takes_bfloat16(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether an op that failed may succeed in float32: bfloat16 is what its arguments come to, or what it was asked for."""
    if op.name in ("astype", "to_device"):
        return False
    if getattr(kwargs.get("dtype"), "name", "") == "bfloat16":
        return True
    arrays = [a.array for a in args if isinstance(a, Traced)]
    if not any(a.dtype.kind == "V" for a in arrays):
        return False
    if op.casts is not None:
        return common_dtype(arrays).kind == "V"
    return not any(a.dtype.kind == "f" for a in arrays)  # else the dtypes are the mistake


def in_float32(op: Op, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``op(*args, **kwargs)`` with float32 for bfloat16; results in float32 are rounded, unless another dtype was asked for."""
    asked = kwargs.get("dtype")
    given = [a.array.dtype for a in args if holds_bfloat16(a)]
    bfloat16 = given[0] if given else np.dtype(asked)
    if op.casts is not None:
        args = tuple(a.astype(bfloat16) if isinstance(a, Traced) and CATEGORY[a.array.dtype.kind] == 1 else a for a in args)
    wide = tuple(a.astype(FLOAT32) if holds_bfloat16(a) else a for a in args)
    if asked is not None and np.dtype(asked) == bfloat16:
        kwargs, asked = {**kwargs, "dtype": FLOAT32}, None

    def rounded(x: Any) -> Any:
        return x.astype(bfloat16) if asked is None and x.array.dtype == FLOAT32 else x

    result = op(*wide, **kwargs)
    return tuple(map(rounded, result)) if isinstance(result, tuple) else rounded(result)
