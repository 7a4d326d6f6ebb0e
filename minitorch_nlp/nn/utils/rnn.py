"""Sequences of different lengths in one tensor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ... import backend
from ...tensor import creation
from ...tensor.shaping import cat

__all__ = ["pad_sequence", "unpad_sequence"]


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
    return [sequence[: int(length)] for sequence, length in zip(padded_sequences.unbind(0), lengths)]
