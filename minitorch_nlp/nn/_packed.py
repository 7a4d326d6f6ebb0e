"""PackedSequence: sequences of different lengths without padding, as recurrent networks take them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import backend
from ..tensor.dtypes import as_dtype
from ..tensor.tensor import Tensor

__all__ = ["PackedSequence", "invert_permutation"]


class PackedFields(NamedTuple):
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


class PackedSequence(PackedFields):
    """A batch of sequences, the longest first, step by step and without padding. `pack_sequence` and `pack_padded_sequence` make one.

    Attributes:
        data: the rows of all steps, one step after the other, (L, *).
        batch_sizes: how many sequences are left at each step: int64, in main memory.
        sorted_indices: which sequence of the batch stands at each place here; None if they were sorted already.
        unsorted_indices: the inverse of that.

    >>> import minitorch_nlp as torch
    >>> packed = torch.nn.utils.rnn.pack_sequence([torch.tensor([1, 2, 3]), torch.tensor([4, 5])])
    >>> packed.data, packed.batch_sizes
    (tensor([1, 4, 2, 5, 3]), tensor([2, 2, 1]))
    """

    def __new__(cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None) -> PackedSequence:
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("PackedSequence: without batch_sizes, data must be the pair (data, batch_sizes)")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(f"PackedSequence: batch_sizes must be on the CPU, but is on {batch_sizes.device}; move it with .cpu()")
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Move to a device, cast to a dtype, or both, as `Tensor.to`; `batch_sizes` stays. Itself where nothing changes."""
        if "copy" in kwargs:
            raise RuntimeError("PackedSequence.to() does not take copy; use .data.clone()")
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        indices = (None if index is None else index.to(data.device) for index in (self.sorted_indices, self.unsorted_indices))
        return type(self)(data, self.batch_sizes, *indices)

    def cuda(self, device: Any = None) -> PackedSequence:
        """Move to a CUDA device."""
        return self.to("cuda" if device is None else device)

    def cpu(self) -> PackedSequence:
        """Move to main memory."""
        return self.to("cpu")

    def pin_memory(self) -> PackedSequence:
        """Refused: there is no page-locked memory here."""
        raise RuntimeError("PackedSequence.pin_memory: page-locked memory is not supported; leave the call out")

    def double(self) -> PackedSequence:
        """Cast the data to float64."""
        return self.to(as_dtype("float64"))

    def float(self) -> PackedSequence:
        """Cast the data to float32."""
        return self.to(as_dtype("float32"))

    def half(self) -> PackedSequence:
        """Cast the data to float16."""
        return self.to(as_dtype("float16"))

    def long(self) -> PackedSequence:
        """Cast the data to int64."""
        return self.to(as_dtype("int64"))

    def int(self) -> PackedSequence:
        """Cast the data to int32."""
        return self.to(as_dtype("int32"))

    def short(self) -> PackedSequence:
        """Cast the data to int16."""
        return self.to(as_dtype("int16"))

    def char(self) -> PackedSequence:
        """Cast the data to int8."""
        return self.to(as_dtype("int8"))

    def byte(self) -> PackedSequence:
        """Cast the data to uint8."""
        return self.to(as_dtype("uint8"))

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a GPU."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """Whether the data is in page-locked memory: never."""
        return False


def invert_permutation(permutation: Any) -> Any:
    """The permutation that undoes `permutation`, or None for None.

    >>> import minitorch_nlp as torch
    >>> torch.nn.utils.rnn.invert_permutation(torch.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    if permutation.array.dtype.kind != "i":
        raise RuntimeError(f"invert_permutation: expected dtype int32 or int64, got {permutation.dtype}")
    places = backend.to_numpy(permutation.array)
    inverse = np.empty_like(places)
    inverse[places] = np.arange(len(places))
    return Tensor._wrap(backend.beside(permutation.array, inverse))
