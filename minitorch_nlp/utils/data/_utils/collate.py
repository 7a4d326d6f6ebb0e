"""Collating: a list of samples becomes one batch, element by element."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from ....tensor.creation import as_tensor, tensor
from ....tensor.dtypes import float64
from ....tensor.joining import stack
from ....tensor.tensor import Tensor

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]

FnMap = dict[Any, Callable[..., Any]]


def default_collate(batch: Sequence[Any]) -> Any:
    """A batch from a list of samples.

    Tensors and arrays are stacked along a new first dimension; Python numbers become a tensor (floats float64); strings stay a list.
    Tuples, lists, named tuples and dicts are collated entry by entry: a list of (x, y) gives [xs, ys].

    >>> from minitorch_nlp.utils.data import default_collate
    >>> default_collate([(0, "a"), (1, "b")])
    [tensor([0, 1]), ('a', 'b')]
    >>> default_collate([{"x": 1.0}, {"x": 2.0}])
    {'x': tensor([1., 2.], dtype=torch.float64)}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Sequence[Any], *, collate_fn_map: FnMap | None = None) -> Any:
    """`default_collate` with a choice of what to do with each type: ``{type or types: function(batch, collate_fn_map=...)}``."""
    first = batch[0]
    kind = type(first)
    functions = collate_fn_map or {}
    function = functions.get(kind) or next((f for types, f in functions.items() if isinstance(first, types)), None)
    if function is not None:
        return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        return like(first, {key: collate([d[key] for d in batch], collate_fn_map=collate_fn_map) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(collate(entries, collate_fn_map=collate_fn_map) for entries in zip(*batch)))
    if isinstance(first, Sequence):
        sizes = {len(sample) for sample in batch}
        if len(sizes) > 1:
            raise RuntimeError(
                f"each element in list of batch should be of equal size, but got {sorted(sizes)}; pass a collate_fn that pads"
            )
        entries = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch)]
        return entries if isinstance(first, tuple) else like(first, entries)
    raise unfit(kind)


def like(original: Any, entries: Any) -> Any:
    """`entries` (a dict or a list) in a container of the original's type, with its other attributes; plain where that does not work."""
    try:
        if isinstance(original, MutableMapping):
            clone: Any = copy.copy(original)
            clone.update(entries)
            return clone
        if isinstance(original, MutableSequence):
            clone = copy.copy(original)
            for i, entry in enumerate(entries):
                clone[i] = entry
            return clone
        return type(original)(entries)
    except TypeError:
        return entries


def unfit(kind: Any) -> TypeError:
    return TypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {kind}; pass a collate_fn that knows it"
    )


def collate_tensor_fn(batch: Sequence[Any], *, collate_fn_map: FnMap | None = None) -> Any:
    """Stack tensors of one shape."""
    arrays = [t.array for t in batch]
    if len({a.shape for a in arrays}) > 1:
        first = arrays[0].shape
        i, other = next((i, a.shape) for i, a in enumerate(arrays) if a.shape != first)
        raise RuntimeError(
            f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and {list(other)} at entry {i}; "
            "pass a collate_fn that pads"
        )
    alike = {type(a) for a in arrays} == {np.ndarray} and len({a.dtype for a in arrays}) == 1
    if alike and (arrays[0].dtype.kind not in "fV" or not any(t.requires_grad for t in batch)):
        return Tensor._wrap(np.array(arrays))  # several times quicker than np.stack on small arrays
    return stack(batch, 0)


def collate_numpy_array_fn(batch: Sequence[Any], *, collate_fn_map: FnMap | None = None) -> Any:
    if batch[0].dtype.kind in "SUO":
        raise unfit(batch[0].dtype)
    return collate([as_tensor(a) for a in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Sequence[Any], *, collate_fn_map: FnMap | None = None) -> Any:
    return as_tensor(np.asarray(batch))


def collate_float_fn(batch: Sequence[Any], *, collate_fn_map: FnMap | None = None) -> Any:
    return tensor(batch, dtype=float64)


def collate_int_fn(batch: Sequence[Any], *, collate_fn_map: FnMap | None = None) -> Any:
    return tensor(batch)


def collate_str_fn(batch: Any, *, collate_fn_map: FnMap | None = None) -> Any:
    return batch


# Users may add types here; the first match counts.
default_collate_fn_map: FnMap = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def default_convert(data: Any) -> Any:
    """NumPy arrays and numbers in `data` as tensors; all else as it is. What a DataLoader does to samples it does not batch.

    >>> import numpy as np
    >>> from minitorch_nlp.utils.data import default_convert
    >>> default_convert({"x": np.array([1, 2]), "name": "a"})
    {'x': tensor([1, 2]), 'name': 'a'}
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        return data if isinstance(data, np.str_) or data.dtype.kind in "SUO" else as_tensor(data)
    if isinstance(data, Mapping):
        return like(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(default_convert(d) for d in data))
    if isinstance(data, tuple):
        return [default_convert(d) for d in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return like(data, [default_convert(d) for d in data])
    return data
