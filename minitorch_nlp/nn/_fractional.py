"""Fractional max pools (Graham, 2015): windows of one size at random distances, so that the output can have any size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import backend
from ..functional.extremum import max_dim
from ..functional.indexing import gather
from ..tensor.sampling import rand
from ..tensor.tensor import Tensor
from ._sizes import check_dims, each_dim

__all__ = [
    "fractional_max_pool2d", "fractional_max_pool2d_with_indices", "fractional_max_pool3d", "fractional_max_pool3d_with_indices",
]  # fmt: skip


def starts(sample: Any, size: int, count: int, kernel: int) -> Any:
    """Where the windows of each channel start, (N, C) -> (N, C, P): floor((t + u) a) - floor(u a), a = (L - K) / (P - 1), the last at L - K."""
    if count == 1:
        return np.full((*sample.shape, 1), size - kernel)
    alpha = sample.dtype.type((size - kernel) / (count - 1))
    u = sample[..., None]
    places = ((np.arange(count, dtype=sample.dtype) + u) * alpha).astype(np.int64) - (u * alpha).astype(np.int64)
    places[..., -1] = size - kernel
    return places


def sizes(name: str, input: Any, n: int, kernel: tuple[int, ...], output_size: Any, output_ratio: Any) -> tuple[int, ...]:
    """The output size, given or as a fraction of the input's."""
    if output_size is None:
        if output_ratio is None:
            raise ValueError(f"{name}: either output_size or output_ratio must be given")
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * n
        output_size = tuple(int(m * r) for m, r in zip(input.shape[-n:], ratios))
    size = each_dim(name, "output_size", output_size, n)
    for m, p, k in zip(input.shape[-n:], size, kernel):
        if p < 1 or k < 1 or p + k - 1 > m:
            raise RuntimeError(f"{name}: {size} windows of size {kernel} do not fit into input, shape {list(input.shape)}")
    return size


def pool(n: int, input: Any, kernel_size: Any, output_size: Any, output_ratio: Any, return_indices: bool, samples: Any) -> Any:
    """What all of them share: the windows are gathered, and the largest of each taken."""
    name = f"fractional_max_pool{n}d"
    check_dims(name, input, n)
    if input.array.dtype.kind not in "fV":
        raise NotImplementedError(f"{name}: not implemented for {input.dtype}; convert the input with .float()")
    kernel = each_dim(name, "kernel_size", kernel_size, n)
    size = sizes(name, input, n, kernel, output_size, output_ratio)
    lead, places = input.shape[:-n], input.shape[-n:]
    if samples is None:
        samples = rand((lead[0] if len(lead) == 2 else 1, lead[-1], n), dtype=input.dtype, device=input.device)
    u = backend.to_numpy(samples.array).reshape((*lead, n))
    order = (1, 0) if n == 2 else (0, 1, 2)  # which of the random numbers a dimension takes
    table = np.zeros((*lead, 1, 1), np.int64)
    for m, p, k, d in zip(places, size, kernel, order):
        read = starts(u[..., d], m, p, k)[..., :, None] + np.arange(k)
        table = table[..., :, None, :, None] * m + read[..., None, :, None, :]
        table = table.reshape((*lead, table.shape[-4] * p, table.shape[-2] * k))
    index = Tensor._wrap(backend.beside(input.array, table.reshape((*lead, math.prod(size) * math.prod(kernel)))))
    flat = gather(input.reshape((*lead, math.prod(places))), index, dim=-1)
    values, which = max_dim(flat.reshape((*lead, math.prod(size), math.prod(kernel))), dim=-1)
    values = values.reshape((*lead, *size))
    if not return_indices:
        return values
    found = gather(index.reshape((*lead, math.prod(size), math.prod(kernel))), which.unsqueeze(-1), dim=-1)
    return values, found.reshape((*lead, *size))


def fractional_max_pool2d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The largest of each of `output_size` windows, side by side or overlapping at random: (N, C, H, W) -> (N, C, *output_size).

    `output_ratio` gives the size as a fraction of the input's. One random number for each channel and dimension says where the windows lie.
    """
    return pool(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool2d_with_indices(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """`fractional_max_pool2d` with ``return_indices=True``."""
    return pool(2, input, kernel_size, output_size, output_ratio, True, _random_samples)


def fractional_max_pool3d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """`fractional_max_pool2d` over three dimensions."""
    return pool(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d_with_indices(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """`fractional_max_pool3d` with ``return_indices=True``."""
    return pool(3, input, kernel_size, output_size, output_ratio, True, _random_samples)
