"""Embedding: rows of a table looked up by index, one by one or in bags."""

from __future__ import annotations

from typing import Any

from ...autograd.mode import no_grad
from ...tensor.creation import empty
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module

__all__ = ["Embedding", "EmbeddingBag"]


def row_of_padding(padding_idx: int | None, rows: int) -> int | None:
    """The padding row counted from the start."""
    if padding_idx is None:
        return None
    if not -rows <= padding_idx < rows:
        raise AssertionError(f"Padding_idx must be within num_embeddings: got {padding_idx} for {rows} rows")
    return padding_idx % rows


def table(rows: int, columns: int, given: Any, device: Any, dtype: Any) -> Any:
    """The weight (V, D): the one given, if it fits, or memory for one."""
    if given is None:
        return empty((rows, columns), device=device, dtype=dtype)
    if tuple(given.shape) != (rows, columns):
        raise AssertionError(
            f"Shape of weight does not match num_embeddings and embedding_dim: it is {tuple(given.shape)}, not {(rows, columns)}"
        )
    return given


def draw_table(weight: Any, padding_idx: int | None) -> None:
    init.normal_(weight)
    if padding_idx is not None:
        with no_grad():
            weight[padding_idx].fill_(0)


def norm_and_frequency(layer: Any) -> str:
    """What both layers print of their options."""
    text = "" if layer.max_norm is None else f", max_norm={layer.max_norm!r}"
    if layer.norm_type != 2:
        text += f", norm_type={layer.norm_type!r}"
    return text + f", scale_grad_by_freq={layer.scale_grad_by_freq!r}" if layer.scale_grad_by_freq is not False else text


class Embedding(Module):
    """One row of the table `weight` for each index.

    Args:
        num_embeddings: size of the vocabulary, V.
        embedding_dim: size of each row, D.
        padding_idx: a row that starts at zero and gets no gradient.
        max_norm: rows that are looked up and are longer are first shortened to it, in `weight` itself.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide each row's gradient by how often it was looked up in the batch.
        sparse: ``weight.grad`` holds the rows looked up only (a `RowSparse`); SGD, Adagrad and SparseAdam take it.

    Shape:
        indices (...) -> (..., D); weight (V, D), drawn from N(0, 1).

    >>> import minitorch_nlp as torch
    >>> torch.nn.Embedding(10, 3)(torch.tensor([[1, 2, 4, 5], [4, 3, 2, 9]])).shape
    torch.Size([2, 4, 3])
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Any = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = row_of_padding(padding_idx, num_embeddings)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        self.weight = Parameter(table(num_embeddings, embedding_dim, _weight, device, dtype), requires_grad=not _freeze)
        if _weight is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table anew; the padding row is zero."""
        draw_table(self.weight, self.padding_idx)

    def forward(self, input: Any) -> Any:
        """(...) indices -> (..., D)."""
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse)

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            text += f", padding_idx={self.padding_idx}"
        text += norm_and_frequency(self)
        return text + ", sparse=True" if self.sparse else text

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """An Embedding over a given table (V, D), by default not trained.

        >>> import minitorch_nlp as torch
        >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> torch.nn.Embedding.from_pretrained(table)(torch.tensor([1]))
        tensor([[3., 4.]])
        """
        if embeddings.dim() != 2:
            raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
        rows, columns = embeddings.shape
        return cls(
            num_embeddings=rows,
            embedding_dim=columns,
            _weight=embeddings,
            _freeze=freeze,
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
        )


class EmbeddingBag(Module):
    """The sum, mean or max of each bag of rows of the table `weight`, without the rows in between.

    Args:
        num_embeddings: size of the vocabulary, V.
        embedding_dim: size of each row, D.
        max_norm, norm_type, scale_grad_by_freq, sparse: as in `Embedding`.
        mode: "sum", "mean" or "max".
        include_last_offset: the last offset says where the last bag ends.
        padding_idx: a row that starts at zero, counts for nothing in a bag and gets no gradient.

    Shape:
        indices (N, L), or (S) and offsets (N) -> (N, D); weight (V, D), drawn from N(0, 1).

    >>> import minitorch_nlp as torch
    >>> bag = torch.nn.EmbeddingBag(10, 3, mode="sum")
    >>> bag(torch.tensor([1, 2, 4, 5, 4, 3, 2, 9]), torch.tensor([0, 4])).shape
    torch.Size([2, 3])
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Any = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.padding_idx = row_of_padding(padding_idx, num_embeddings)
        self.weight = Parameter(table(num_embeddings, embedding_dim, _weight, device, dtype))
        if _weight is None:
            self.reset_parameters()
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset

    def reset_parameters(self) -> None:
        """Draw the table anew; the padding row is zero."""
        draw_table(self.weight, self.padding_idx)

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        """(N, L), or (S) and offsets (N) -> (N, D); `per_sample_weights`, shaped as the input, multiply the rows of a sum."""
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode, self.sparse,
            per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}{norm_and_frequency(self)}, mode={self.mode!r}"
        return text if self.padding_idx is None else f"{text}, padding_idx={self.padding_idx}"

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """An EmbeddingBag over a given table (V, D), by default not trained."""
        if embeddings.dim() != 2:
            raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
        rows, columns = embeddings.shape
        layer = cls(rows, columns, max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings, include_last_offset, padding_idx)
        layer.weight.requires_grad = not freeze
        return layer
