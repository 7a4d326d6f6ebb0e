"""Arguments of layers that work on the last one, two or three dimensions: an int for all of them, or one for each."""

from __future__ import annotations

from typing import Any

from ..functional._op import Traced

__all__ = ["each_dim", "check_dims", "require_tensor"]


def require_tensor(name: str, key: str, x: Any) -> None:
    if not isinstance(x, Traced):
        raise TypeError(f"{name}(): argument '{key}' must be Tensor, not {type(x).__name__}")


def is_int(k: Any) -> bool:
    return hasattr(k, "__index__") and not isinstance(k, bool)


def each_dim(name: str, key: str, value: Any, n: int) -> tuple[int, ...]:
    """`value` as a tuple of n ints; an int, or a sequence of one, stands for all.

    >>> each_dim("max_pool2d", "stride", 3, 2)
    (3, 3)
    """
    if is_int(value):
        return (int(value),) * n
    if not isinstance(value, (tuple, list)) or not all(map(is_int, value)):
        raise TypeError(f"{name}(): argument '{key}' must be an int or a tuple of {n} ints, not {value!r}")
    if len(value) not in (1, n):
        raise RuntimeError(f"{name}: {key} must be an int or {n} of them, one for each dimension; got {list(value)}")
    return tuple(map(int, value)) * (n if len(value) == 1 else 1)


def check_dims(name: str, input: Any, n: int, batch_only: bool = True) -> None:
    """Refuse an input that is not (C, *L) or (N, C, *L) with n sizes L, or that has a size 0 elsewhere than in N."""
    require_tensor(name, "input", input)
    if input.ndim not in (n + 1, n + 2):
        raise RuntimeError(
            f"{name}: input must be (C, *L) or (N, C, *L), {n + 1} or {n + 2} dimensions; it has the shape {list(input.shape)}"
        )
    if batch_only and 0 in input.shape[input.ndim - n - 1 :]:
        raise RuntimeError(f"{name}: only the batch may have size 0; input has the shape {list(input.shape)}")
