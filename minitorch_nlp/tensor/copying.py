"""Copies of tensors: `copy.copy`, `copy.deepcopy`, pickles."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .. import backend
from .base import TensorBase
from .dtypes import as_dtype
from .storage import address, memory_of

__all__ = ["attributes", "copied", "deepcopied", "reduced"]


def attributes(tensor: Any) -> dict[str, Any]:
    """What its owner has set on a tensor, without what belongs to its place in the graph."""
    return {name: value for name, value in tensor.__dict__.items() if not hasattr(TensorBase, name)}


def leaf(kind: type, array: Any, cell: list[int], requires_grad: bool, state: dict[str, Any]) -> Any:
    """A tensor of class `kind` outside any graph."""
    twin = object.__new__(kind)
    twin.array, twin._cell, twin._node, twin._needs_grad = array, cell, None, requires_grad
    twin.__dict__.update(state)
    return twin


def copied(tensor: Any) -> Any:
    """For `copy.copy`: another tensor in the same memory."""
    return leaf(type(tensor), tensor.array, tensor._cell, tensor.requires_grad, attributes(tensor))


def deepcopied(tensor: Any, memo: dict[Any, Any]) -> Any:
    """For `copy.deepcopy`: memory is copied once, so that views of one memory are views of one memory among the copies too."""
    if not tensor.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol; detach() the tensor first"
        )
    if id(tensor) not in memo:
        origin, array, cell = copied_array(tensor, memo)
        memo[id(tensor)] = twin = leaf(type(tensor), array, cell, tensor.requires_grad, {})
        twin._origin = origin
        if tensor._grad is not None:
            twin._grad = copy.deepcopy(tensor._grad, memo)
        twin.__dict__.update(copy.deepcopy(attributes(tensor), memo))
    return memo[id(tensor)]


def copied_array(tensor: Any, memo: dict[Any, Any]) -> tuple[Any, Any, list[int]]:
    """The copy of the memory of `tensor`, its array as a view of that, and the version counter of that copy."""
    array, memory = tensor.array, memory_of(tensor)
    if memory is None:
        return None, array.copy(order="K"), [0, 0]
    copies = memo.setdefault("storages", {})
    start = address(memory)
    if start not in copies:
        copies[start] = memory.copy(), [0, 0], memory  # kept, so that no other memory gets its address meanwhile
    flat, cell, _ = copies[start]
    whole = flat[: flat.size // array.itemsize * array.itemsize].view(array.dtype)
    offset = (address(array) - start) // array.itemsize
    return whole, backend.strided(whole, offset, array.shape, tuple(step // array.itemsize for step in array.strides)), cell


def reduced(tensor: Any) -> tuple[Any, ...]:
    """For pickles: the values, where they were, and what its owner has set."""
    place = backend.device_of(tensor.array)
    return rebuild, (type(tensor), backend.to_numpy(tensor.array), place, tensor.requires_grad, attributes(tensor))


def rebuild(kind: type, array: np.ndarray, place: tuple[str, int], requires_grad: bool, state: dict[str, Any]) -> Any:
    """A tensor from its pickled parts."""
    as_dtype(array.dtype)  # the first bfloat16 tensor of a program may come from a pickle
    return leaf(kind, backend.to_device(array, *place), [0, 0], requires_grad, state)
