"""How tensors print: texts known from torch, and the options' errors."""

import numpy as np
import pytest

from minitorch_nlp import backend
from minitorch_nlp.tensor.printing import set_printoptions, tensor_repr
from minitorch_nlp.tensor.tensor import Tensor


def text(values, dtype="float32"):
    return tensor_repr(Tensor._wrap(np.array(values, dtype=dtype)))


@pytest.fixture(autouse=True)
def default_options():
    yield
    set_printoptions(profile="default")


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, 2.5], "float32", "tensor([1.0000, 2.5000])"),
        ([1, 2], "float32", "tensor([1., 2.])"),
        (2, "float32", "tensor(2.)"),
        (True, "bool", "tensor(True)"),
        ([True, False], "bool", "tensor([ True, False])"),
        ([1, -20], "int64", "tensor([  1, -20])"),
        ([1, 2], "int32", "tensor([1, 2], dtype=torch.int32)"),
        ([1.5, np.nan, np.inf], "float64", "tensor([1.5000,    nan,    inf], dtype=torch.float64)"),
        ([1.0, 1e9], "float32", "tensor([1.0000e+00, 1.0000e+09])"),
        ([], "float32", "tensor([])"),
        ([], "int64", "tensor([], dtype=torch.int64)"),
        (np.zeros((0, 3)), "float32", "tensor([], size=(0, 3))"),
        ([[1, 2], [3, 4]], "int64", "tensor([[1, 2],\n        [3, 4]])"),
        (np.arange(1001), "int64", "tensor([   0,    1,    2,  ...,  998,  999, 1000])"),
    ],
)
def test_known_texts(values, dtype, expected):
    assert text(values, dtype) == expected


def test_blocks_of_a_3d_tensor_are_apart_and_a_big_one_is_cut():
    assert text([[[1, 2]], [[3, 4]]]) == "tensor([[[1., 2.]],\n\n        [[3., 4.]]])"
    set_printoptions(threshold=8, edgeitems=1)
    assert text(np.arange(9).reshape(3, 3)) == "tensor([[0.,  ..., 2.],\n        ...,\n        [6.,  ..., 8.]])"


def test_gradient_notes():
    x = Tensor._wrap(np.ones(2, np.float32)).requires_grad_()
    assert tensor_repr(x) == "tensor([1., 1.], requires_grad=True)"
    assert tensor_repr(x * 2.0) == "tensor([2., 2.], grad_fn=<MulBackward0>)"


def test_a_tensor_on_a_gpu_says_so_and_moves_only_its_edges(monkeypatch):
    moved = []
    monkeypatch.setattr(backend, "device_of", lambda array: ("cuda", 1))
    monkeypatch.setattr(backend, "to_numpy", lambda array: moved.append(array.size) or array)
    assert text(np.arange(2000)).endswith("1.9990e+03], device='cuda:1')")
    assert moved == [6]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"profile": "tiny"}, ValueError, "profile must be one of default, short, full"),
        ({"precision": "4"}, TypeError, "precision must be a number, not str"),
        ({"precision": 2.5}, TypeError, "precision must be a number, not float"),
        ({"edgeitems": -1}, ValueError, "edgeitems must not be negative"),
        ({"precision": 7, "linewidth": "wide"}, TypeError, "linewidth"),
    ],
)
def test_wrong_options_change_nothing(options, error, words):
    with pytest.raises(error, match=words):
        set_printoptions(**options)
    assert text([0.5]) == "tensor([0.5000])"
