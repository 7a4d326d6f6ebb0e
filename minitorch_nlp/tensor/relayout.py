"""What depends on, or changes, how a tensor lies in memory: `as_strided`, and the methods that give a tensor another shape in place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import backend
from ..autograd import tape
from ..functional import movement as V
from ..functional import strided as S
from . import shaping
from .base import wrap

__all__ = [
    "as_strided", "as_strided_", "as_strided_scatter", "is_set_to", "resize_", "resize_as_", "set_", "squeeze_", "swapaxes_", "t_",
    "transpose_", "unsqueeze_",
]  # fmt: skip


def memory_of(input: Any) -> Any:
    """All elements of the memory that `input` is a part of, as a vector: a view of its base. None where its base has gaps."""
    root = input._base if input._base is not None else input if input._origin is None else input._wrap(input._origin, None, input._cell)
    array = root.array
    if array.flags.c_contiguous:
        return V.reshape(root, shape=(-1,))
    order = sorted(range(array.ndim), key=lambda d: (-array.strides[d], d))
    turned = V.permute(root, dims=tuple(order))
    return V.reshape(turned, shape=(-1,)) if turned.array.flags.c_contiguous else None


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """The view with these sizes, strides and first element of the memory that `input` lies in; places may come several times.

    >>> import minitorch_nlp as torch
    >>> torch.as_strided(torch.arange(5), (3, 3), (1, 1))
    tensor([[0, 1, 2],
            [1, 2, 3],
            [2, 3, 4]])
    """
    size, stride = shaping.sizes_of((size,), "as_strided"), shaping.sizes_of((stride,), "as_strided")
    offset = input.storage_offset() if storage_offset is None else storage_offset
    flat = memory_of(input)
    if flat is None:
        raise NotImplementedError(
            "as_strided: the tensor's memory has gaps (it is a detached or foreign part of another); clone() it first"
        )
    return S.as_strided(flat, size=size, stride=stride, storage_offset=offset)


def as_strided_scatter(input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A copy of `input` with `src` written to the places that `as_strided` reads."""
    copy = input.clone()
    part = as_strided(copy, size, stride, storage_offset)
    if src.shape != part.shape:
        raise RuntimeError(
            f"as_strided_scatter: src must have the shape of the part it replaces, {tuple(part.shape)}, not {tuple(src.shape)}"
        )
    part.copy_(src)
    return copy


def in_place(function: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    return tape.relayout(self, function, args, kwargs)


def as_strided_(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """`as_strided`, of the tensor itself."""
    return in_place(as_strided, input, size, stride, storage_offset)


def squeeze_(self: Any, dim: Any = None) -> Any:
    """`squeeze`, of the tensor itself."""
    return in_place(shaping.squeeze, self, dim)


def unsqueeze_(self: Any, dim: int) -> Any:
    """`unsqueeze`, of the tensor itself."""
    return in_place(shaping.unsqueeze, self, dim)


def transpose_(self: Any, dim0: int, dim1: int) -> Any:
    """`transpose`, of the tensor itself."""
    return in_place(shaping.transpose, self, dim0, dim1)


def swapaxes_(self: Any, axis0: int, axis1: int) -> Any:
    """`swapaxes`, of the tensor itself."""
    return in_place(shaping.swapaxes, self, axis0, axis1)


def t_(self: Any) -> Any:
    """`t`, of the tensor itself."""
    return in_place(shaping.t, self)


# ---- other memory ----


def refuse_grad(name: str, tensor: Any) -> None:
    if tensor.requires_grad:
        raise RuntimeError(f"{name}: cannot resize variables that require grad; use detach()")


def resize_(self: Any, *sizes: Any, size: Any = None, memory_format: Any = None) -> Any:
    """Another shape in C order: the elements in memory order, cut off, or followed by uninitialised ones.

    Where the memory is too small the tensor moves to memory of its own.
    """
    shape = shaping.sizes_of(sizes if size is None else (*sizes, size), "resize_")
    refuse_grad("resize_", self)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"resize_: sizes must not be negative, got {list(shape)}")
    if shape == self.array.shape:
        return self
    flat, offset, n = memory_of(self), self.storage_offset(), math.prod(shape)
    old = self.array.reshape(-1) if flat is None else flat.array[offset:]
    if n > old.size:
        grown = np.empty_like(old, shape=(n,))
        grown[: old.size] = old
        self._base, self._steps, old = None, (), grown
    self.array = old[:n].reshape(shape)
    return self


def resize_as_(input: Any, the_template: Any, memory_format: Any = None) -> Any:
    """`resize_` to the shape of another tensor."""
    return resize_(input, tuple(the_template.shape))


def set_(self: Any, source: Any = None, *more: Any) -> Any:
    """The tensor becomes another name of the memory of `source`, with its shape and strides; without a source, empty."""
    if more or not (source is None or hasattr(source, "array")):
        raise NotImplementedError("set_: a storage with offset, sizes and strides is not supported; pass a tensor, or use as_strided")
    source = wrap(np.empty_like(self.array, shape=(0,))) if source is None else source
    if source.array.dtype != self.array.dtype:
        raise RuntimeError(f"set_: the source must have this tensor's dtype, {self.dtype}, not {source.dtype}")
    refuse_grad("set_", self)
    self.array, self._cell = source.array, source._cell
    self._base, self._steps, self._base_node = source._base, source._steps, source._base_node
    return self


def is_set_to(self: Any, tensor: Any) -> bool:
    """Whether both are the same part of the same memory, in the same shape and strides."""
    same = self.data_ptr() == tensor.data_ptr() and self.shape == tensor.shape and self.stride() == tensor.stride()
    return same and backend.device_of(self.array) == backend.device_of(tensor.array)
