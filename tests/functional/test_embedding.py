"""Embedding: what is refused, padding and frequency, double backward."""

import numpy as np
import pytest

from minitorch_nlp.functional.embedding import embedding, scatter_rows
from minitorch_nlp.tensor.tensor import Tensor

W = np.arange(10.0).reshape(5, 2)


@pytest.mark.parametrize(
    ("indices", "weight", "kind", "words"),
    [
        (np.array([0, 5]), W, IndexError, "index out of range in self: index 5, but weight has 5 rows, numbered from 0; give"),
        (np.array([-1]), W, IndexError, "index -1, but weight has 5 rows"),
        (np.array([0.0]), W, RuntimeError, r"dtype int64 or int32, got float64; cast them with .long\(\)"),
        (np.array([0], dtype=np.int8), W, RuntimeError, "got int8"),
        (np.array([True]), W, RuntimeError, "got bool"),
        (np.array([0]), W[0], RuntimeError, r"must be 2-D, \(num_embeddings, embedding_dim\); it has shape \(2,\)"),
        (np.array([0]), W[None], RuntimeError, "must be 2-D"),
    ],
)
def test_what_is_refused(indices, weight, kind, words):
    with pytest.raises(kind, match=words):
        embedding(indices, weight)


def gradient(indices, dy, **options):
    weight = Tensor._wrap(W.copy()).requires_grad_()
    out = embedding(Tensor._wrap(np.array(indices)), weight, **options)
    out.backward(Tensor._wrap(np.array(dy, dtype=float)))
    return weight.grad.array


def test_the_gradient_adds_up_per_word():
    assert gradient([1, 3, 1], [[1, 2], [3, 4], [5, 6]]).tolist() == [[0, 0], [6, 8], [0, 0], [3, 4], [0, 0]]


@pytest.mark.parametrize("padding_idx", [1, -4])
def test_the_padding_row_gets_none(padding_idx):
    assert gradient([1, 3, 1], [[1, 2], [3, 4], [5, 6]], padding_idx=padding_idx).tolist() == [[0, 0], [0, 0], [0, 0], [3, 4], [0, 0]]


def test_scaled_by_frequency():
    assert gradient([1, 3, 1], [[1, 2], [3, 4], [5, 6]], scale_grad_by_freq=True).tolist() == [[0, 0], [3, 4], [0, 0], [3, 4], [0, 0]]


def test_shapes_without_elements():
    assert embedding(np.zeros((2, 0), int), W).shape == (2, 0, 2)
    assert embedding(np.zeros((0,), int), W[:0]).shape == (0, 2)
    assert embedding(np.array(3), W).tolist() == [6, 7]
    assert embedding(np.array([1, 2]), W[:, :0]).shape == (2, 0)
    assert gradient(np.zeros((2, 0), int), np.zeros((2, 0, 2))).tolist() == np.zeros((5, 2)).tolist()


def test_dtypes_stay():
    for dtype in (np.float16, np.float32, np.int64):
        assert embedding(np.array([1]), W.astype(dtype)).dtype == dtype
    assert scatter_rows(np.ones((2, 3), np.float32), np.array([0, 0]), n=2).dtype == np.float32


def test_double_backward_with_padding_and_frequency():
    indices = np.array([1, 3, 1, 0])
    weight = Tensor._wrap(W.copy()).requires_grad_()
    out = embedding(Tensor._wrap(indices), weight, padding_idx=-2, scale_grad_by_freq=True)
    dy = Tensor._wrap(np.ones((4, 2))).requires_grad_()
    out.backward(dy, create_graph=True)
    (weight.grad * Tensor._wrap(W)).sum().backward()
    np.testing.assert_allclose(dy.grad.array, W[indices] * np.array([[0.5], [0], [0.5], [1]]))
