"""`RowSparse`: what ``weight.grad`` holds after a lookup with ``sparse=True``."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..functional._op import Traced
from ..functional._rows import Rows
from .base import TensorBase
from .dtypes import DTYPES, Device, Size, dtype, get_default_dtype, layout, sparse_coo

__all__ = ["RowSparse"]


class RowSparse(Traced):
    """The gradient of a table (n, ...) of which some rows were looked up: their indices and values, as torch's sparse COO tensor.

    It has what optimizers and training loops ask for: `coalesce`, `to_dense`, `_indices`, `_values`, `norm`, products with numbers, sums.
    It is no Tensor: for anything else make it one with `to_dense`.

    >>> import minitorch_nlp as torch
    >>> embedding = torch.nn.Embedding(1000, 2, sparse=True)
    >>> embedding(torch.tensor([5, 7, 5])).sum().backward()
    >>> embedding.weight.grad.coalesce()
    tensor(indices=tensor([[5, 7]]),
           values=tensor([[2., 2.],
                          [1., 1.]]),
           size=(1000, 2), nnz=2, layout=torch.sparse_coo)
    """

    __slots__ = ("array",)
    apply, into, _wrap = TensorBase.apply, TensorBase.into, staticmethod(TensorBase._wrap)
    is_sparse, is_leaf, requires_grad, is_cuda = True, True, False, False
    _needs_grad, _node, _base, grad_fn = False, None, None, None
    array: Any

    def __init__(self, rows: Rows) -> None:
        self.array = rows

    # ---- what it is ----

    @property
    def shape(self) -> Size:
        return Size(self.array.shape)

    @property
    def dtype(self) -> dtype:
        return DTYPES[self.array.dtype]

    @property
    def device(self) -> Device:
        kind, index = backend.device_of(self.array.values)
        return Device(kind, index if kind == "cuda" else None)

    @property
    def layout(self) -> layout:
        return sparse_coo

    def size(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        return self.array.ndim

    @property
    def ndim(self) -> int:
        return self.array.ndim

    def sparse_dim(self) -> int:
        return 1

    def dense_dim(self) -> int:
        return self.array.ndim - 1

    def numel(self) -> int:
        return self.shape.numel()

    def _nnz(self) -> int:
        """How many rows are held; one that occurs twice counts twice until `coalesce`."""
        return len(self.array.index)

    def is_coalesced(self) -> bool:
        return self.array.coalesced

    # ---- its parts ----

    def _indices(self) -> Any:
        """(1, nnz): the row numbers."""
        return TensorBase._wrap(self.array.index[None])

    def _values(self) -> Any:
        """(nnz, ...): what is in those rows."""
        return TensorBase._wrap(self.array.values)

    def indices(self) -> Any:
        """`_indices` of a coalesced gradient."""
        self.check_coalesced("indices")
        return self._indices()

    def values(self) -> Any:
        """`_values` of a coalesced gradient."""
        self.check_coalesced("values")
        return self._values()

    def check_coalesced(self, what: str) -> None:
        if not self.array.coalesced:
            raise RuntimeError(f"Cannot get {what} on an uncoalesced tensor: a row may occur twice; call .coalesce() first")

    def coalesce(self) -> RowSparse:
        """Each row once, in order, the values of one row added."""
        return RowSparse(self.array.coalesce())

    def to_dense(self) -> Any:
        """The whole (n, ...) tensor."""
        return TensorBase._wrap(self.array.dense())

    # ---- arithmetic ----

    def clone(self) -> RowSparse:
        return RowSparse(self.array.copy())

    def detach(self) -> RowSparse:
        return self

    detach_ = detach
    data = property(detach)

    def to(self, *args: Any, **kwargs: Any) -> RowSparse:
        """In another dtype or on another device: the arguments of ``Tensor.to``."""
        rows, values = self.array, self._values().to(*args, **kwargs).array
        return RowSparse(Rows(backend.to_device(rows.index, *backend.device_of(values)), values, rows.n, rows.coalesced))

    def cpu(self) -> RowSparse:
        return self.to("cpu")

    def zero_(self) -> RowSparse:
        """Hold no rows at all."""
        rows = self.array
        self.array = Rows(rows.index[:0], rows.values[:0], rows.n, True)
        return self

    def mul_(self, factor: float) -> RowSparse:
        """Multiply by a number, in place."""
        self.array = self.array * number(factor)
        return self

    def div_(self, divisor: float) -> RowSparse:
        """Divide by a number, in place."""
        divisor = number(divisor)
        self.array = self.array.map(lambda v: v / divisor)
        return self

    def __mul__(self, factor: float) -> RowSparse:
        return RowSparse(self.array * number(factor))

    __rmul__ = mul = __mul__
    __imul__ = mul_

    def __truediv__(self, divisor: float) -> RowSparse:
        return self.clone().div_(divisor)

    div = __truediv__
    __itruediv__ = div_

    def __neg__(self) -> RowSparse:
        return RowSparse(-self.array)

    def __add__(self, other: Any) -> RowSparse:
        if not isinstance(other, RowSparse):
            raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
        return RowSparse(self.array + other.array)

    def norm(self, p: float = 2) -> Any:
        """The norm of all elements: a 0-dim tensor."""
        return TensorBase._wrap(self.array.coalesce().values).norm(p)

    def sum(self) -> Any:
        return TensorBase._wrap(self.array.values).sum()

    def __repr__(self) -> str:
        lines = []
        for name, part in (("indices", self._indices()), ("values", self._values())):
            text = repr(part).replace(f", dtype={part.dtype}", "")
            lines.append(f"{name}={text},".replace("\n", "\n" + " " * (8 + len(name))))
        kind = "" if self.dtype is get_default_dtype() else f", dtype={self.dtype}"
        lines.append(f"size={tuple(self.shape)}, nnz={self._nnz()}{kind}, layout={self.layout})")
        return "tensor(" + "\n       ".join(lines)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a row-sparse gradient has no '{name}'; make it a Tensor with .to_dense()")


def number(x: Any) -> Any:
    """A factor: a number, or a tensor of one element."""
    if isinstance(x, TensorBase):
        x = x.array
    if np.ndim(x) or isinstance(x, Traced):
        raise NotImplementedError("a row-sparse gradient is multiplied and divided by numbers only; make it dense with .to_dense()")
    return x
