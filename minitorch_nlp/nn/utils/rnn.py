"""Sequences of different lengths: padded to one tensor, or packed without padding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ... import backend
from ...functional.packing import pack_padded, pad_packed
from ...tensor import creation
from ...tensor.joining import cat
from ...tensor.tensor import Tensor
from .._packed import PackedSequence, invert_permutation
from ._introsort import falling_order

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


# ---- packed -------------------------------------------------------------------------------------------------------------------------


def pack_padded_sequence(input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True) -> PackedSequence:
    """A padded batch without its padding, for RNN, LSTM and GRU.

    Args:
        input: (T, N, *), or (N, T, *) with `batch_first`.
        lengths: the N lengths, each from 1 to T: a list, or a tensor in main memory.
        enforce_sorted: the lengths must be falling already. If False the batch is sorted here, and what a network gives for it is
            brought back into the order of `input`.

    Raises:
        RuntimeError: lengths that are not sorted, not from 1 to T, or not one per sequence.

    >>> import minitorch_nlp as torch
    >>> padded = torch.tensor([[4, 5, 0], [1, 2, 3]])
    >>> packed = torch.nn.utils.rnn.pack_padded_sequence(padded, [2, 3], batch_first=True, enforce_sorted=False)
    >>> packed.data
    tensor([1, 4, 2, 5, 3])
    >>> packed.batch_sizes, packed.sorted_indices
    (tensor([2, 2, 1]), tensor([1, 0]))
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"pack_padded_sequence(): argument 'input' must be Tensor, not {type(input).__name__}")
    if input.dim() < 2:
        raise IndexError(f"pack_padded_sequence: input must be (T, N, *) with at least 2 dimensions, but its shape is {list(input.shape)}")
    counted = checked_lengths(input, lengths, batch_first)
    indices = None
    if enforce_sorted:
        if (counted[1:] > counted[:-1]).any():
            raise RuntimeError(
                f"pack_padded_sequence: lengths must be sorted in decreasing order, but are {counted.tolist()}; "
                "sort the batch, or pass enforce_sorted=False"
            )
    else:
        order = np.array(falling_order(counted.tolist()))
        counted = counted[order]
        indices = Tensor._wrap(backend.beside(input.array, order))
        input = input.index_select(0 if batch_first else 1, indices)
    batch_sizes = (counted > np.arange(counted[0])[:, None]).sum(1)
    data = pack_padded(input.transpose(0, 1) if batch_first else input, batch_sizes=tuple(batch_sizes.tolist()))
    return PackedSequence(data, Tensor._wrap(batch_sizes), indices)


def checked_lengths(input: Any, lengths: Any, batch_first: bool) -> np.ndarray:
    """The lengths as an int64 array, if `input` has such sequences."""
    if isinstance(lengths, Tensor) and (lengths.dim() != 1 or lengths.device.type != "cpu"):
        raise RuntimeError(
            f"pack_padded_sequence: lengths must be 1-dimensional and on the CPU, but are {lengths.dim()}D on {lengths.device}"
        )
    counted = np.asarray(lengths.array if isinstance(lengths, Tensor) else lengths).astype(np.int64)
    n, steps = input.shape[:2] if batch_first else (input.shape[1], input.shape[0])
    if input.numel() == 0:
        raise RuntimeError(f"Cannot pack empty tensors: the input's shape is {list(input.shape)}")
    if counted.shape != (n,):
        raise RuntimeError(f"pack_padded_sequence: expected one length for each of the {n} sequences, got {counted.size}")
    if counted.min() <= 0 or counted.max() > steps:
        raise RuntimeError(
            f"Length of all samples has to be greater than 0, and at most the {steps} steps of the input; lengths are {counted.tolist()}"
        )
    return counted


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Any, Any]:
    """The inverse of `pack_padded_sequence`: the padded batch (T, N, *), in the order it had before it was sorted, and the lengths.

    Args:
        batch_first: return (N, T, *).
        padding_value: what stands after the end of each sequence.
        total_length: pad to this many steps instead of to the longest sequence.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.nn.utils.rnn import pack_sequence, pad_packed_sequence
    >>> packed = pack_sequence([torch.tensor([4, 5]), torch.tensor([1, 2, 3])], enforce_sorted=False)
    >>> pad_packed_sequence(packed, batch_first=True, padding_value=-1)
    (tensor([[ 4,  5, -1],
            [ 1,  2,  3]]), tensor([2, 3]))
    """
    counts = tuple(sequence.batch_sizes.tolist())
    if total_length is not None and total_length < len(counts):
        raise ValueError(
            "pad_packed_sequence: Expected total_length to be at least the length of the longest sequence, "
            f"but got total_length={total_length} and a sequence of length {len(counts)}"
        )
    padded = pad_packed(sequence.data, batch_sizes=counts, padding_value=padding_value, total_length=total_length)
    lengths = (np.array(counts)[:, None] > np.arange(counts[0])).sum(0)
    if batch_first:
        padded = padded.transpose(0, 1)
    order = sequence.unsorted_indices
    if order is not None:
        padded = padded.index_select(0 if batch_first else 1, order)
        lengths = lengths[backend.to_numpy(order.array)]
    return padded, Tensor._wrap(lengths)


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (T_n, *) as a `PackedSequence`: the longest first, or in any order with ``enforce_sorted=False``.

    >>> import minitorch_nlp as torch
    >>> torch.nn.utils.rnn.pack_sequence([torch.tensor([1, 2, 3]), torch.tensor([4])]).data
    tensor([1, 4, 2, 3])
    """
    sequences = list(sequences)
    return pack_padded_sequence(pad_sequence(sequences), [len(s) for s in sequences], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences (T_n, *) again that `pack_sequence` put together, in their order then.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.nn.utils.rnn import pack_sequence, unpack_sequence
    >>> unpack_sequence(pack_sequence([torch.tensor([1, 2, 3]), torch.tensor([4])]))
    [tensor([1, 2, 3]), tensor([4])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


# ---- padded -------------------------------------------------------------------------------------------------------------------------


def pad_sequence(sequences: Iterable[Any], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right") -> Any:
    """Sequences of different lengths as one tensor, the short ones filled up with `padding_value`.

    Args:
        sequences: tensors (T_n, *), all with the same trailing sizes.
        batch_first: return (N, T, *) instead of (T, N, *), T the greatest length.
        padding_side: "right" fills up at the end, "left" at the beginning.

    >>> import minitorch_nlp as torch
    >>> torch.nn.utils.rnn.pad_sequence([torch.tensor([1, 2, 3]), torch.tensor([4])], batch_first=True)
    tensor([[1, 2, 3],
            [4, 0, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(f"pad_sequence: expected an iterable of tensors, got {type(sequences).__name__}")
    sequences = list(sequences)
    if not sequences:
        raise RuntimeError("pad_sequence: received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    trailing = tuple(sequences[0].shape[1:])
    for i, s in enumerate(sequences):
        if s.dim() == 0 or tuple(s.shape[1:]) != trailing:
            wanted = ", ".join(map(str, ("T", *trailing)))
            raise RuntimeError(f"pad_sequence: all sequences must have the shape ({wanted}); number {i} has {tuple(s.shape)}")
    lengths = [s.shape[0] for s in sequences]
    padding = creation.full((1, *trailing), padding_value, dtype=sequences[0].dtype, device=sequences[0].device)
    rows = cat([*sequences, padding]).to(sequences[0].dtype)
    return rows[backend.beside(rows.array, padded_positions(lengths, batch_first, padding_side))]


def padded_positions(lengths: list[int], batch_first: bool, side: str) -> Any:
    """Which row of the sequences, one after the other, stands at each place of the padded batch; the last row is the padding."""
    longest = max(lengths)
    positions = np.full((len(lengths), longest), sum(lengths))
    start = 0
    for n, length in enumerate(lengths):
        first = 0 if side == "right" else longest - length
        positions[n, first : first + length] = np.arange(start, start + length)
        start += length
    return positions if batch_first else positions.T


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences again that `pad_sequence` put together: a list of (lengths[n], *).

    >>> import minitorch_nlp as torch
    >>> padded = torch.tensor([[1, 2, 3], [4, 0, 0]])
    >>> torch.nn.utils.rnn.unpad_sequence(padded, torch.tensor([3, 1]), batch_first=True)
    [tensor([1, 2, 3]), tensor([4])]
    """
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [sequence[: int(length)] for sequence, length in zip(padded_sequences.unbind(0), lengths, strict=True)]
