"""Hypothesis strategies for the inputs of ops: shapes, groups of shapes that broadcast, arrays, tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ..functional._domain import Real
from ..tensor.tensor import Tensor
from .draw import HypothesisDraw

__all__ = ["arrays", "broadcastable_shapes", "shapes", "tensors"]


def shapes(min_dims: int = 0, max_dims: int = 3, min_size: int = 0, max_size: int = 4) -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes, with sizes 0 and 1 among them."""
    return st.lists(st.integers(min_size, max_size), min_size=min_dims, max_size=max_dims).map(tuple)


@st.composite
def broadcastable_shapes(draw: Any, count: int = 2, max_dims: int = 3, min_size: int = 0, max_size: int = 4) -> tuple[tuple[int, ...], ...]:
    """`count` shapes that broadcast together."""
    data = draw(st.data())
    choices = HypothesisDraw(data)
    full = choices.shape(0, max_dims, min_size, max_size)
    return tuple(choices.broadcastable(full) for _ in range(count))


@st.composite
def arrays(draw: Any, shape: Any = None, dtype: Any = np.float64, domain: Any = None) -> np.ndarray:
    """Arrays of a shape (or of any shape) with values from `domain`, in several memory layouts."""
    choices = HypothesisDraw(draw(st.data()))
    size = choices.shape() if shape is None else draw(shape) if isinstance(shape, st.SearchStrategy) else tuple(shape)
    array = choices.array(size, domain or Real())
    return array if domain is not None and array.dtype.kind != "f" else array.astype(dtype, order="K", copy=False)


@st.composite
def tensors(draw: Any, shape: Any = None, dtype: Any = np.float64, domain: Any = None, requires_grad: bool = True) -> Tensor:
    """Tensors as `arrays` gives them, leaves that require grad."""
    t = Tensor._wrap(draw(arrays(shape, dtype, domain)))
    t.requires_grad = requires_grad and t.array.dtype.kind == "f"
    return t
