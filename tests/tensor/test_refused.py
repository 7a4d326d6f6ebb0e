"""What is not supported says so by name; what does not exist says so in Python's words."""

import copy

import pytest

import minitorch_nlp as torch
from minitorch_nlp import refused
from minitorch_nlp.refused import Refused
from minitorch_nlp.tensor.tensor import Tensor

METHODS = [name for name, value in vars(refused.RefusedMethods).items() if isinstance(value, Refused)]
FUNCTIONS = [name for name, value in vars(refused).items() if isinstance(value, Refused)]
NAMED = ["complex32", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2", "qint8", "quint8"]


@pytest.mark.parametrize("name", METHODS)
def test_methods(name):
    assert hasattr(Tensor, name)
    with pytest.raises(NotImplementedError, match=f"^{name}: "):
        getattr(torch.ones(2), name)(1)


@pytest.mark.parametrize("name", ["__torch_function__", "__torch_dispatch__"])
def test_classes_that_want_to_be_asked_are_refused_when_they_are_made(name):
    with pytest.raises(NotImplementedError, match=f"^Logged.{name}: "):
        type("Logged", (Tensor,), {name: classmethod(lambda *_: None)})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    with pytest.raises(NotImplementedError, match=f"^{name}: "):
        getattr(torch, name)(torch.ones(2), dim=1)


@pytest.mark.parametrize("name", NAMED)
def test_dtypes_are_names_only(name):
    dtype = getattr(torch, name)
    assert {"a": dtype}["a"] == dtype
    assert copy.deepcopy(dtype) is dtype
    x = torch.ones(2)
    for call in (
        lambda: x.to(dtype),
        lambda: x.type(dtype),
        lambda: torch.zeros(2, dtype=dtype),
        lambda: torch.tensor([1.0], dtype=dtype),
        lambda: torch.ones_like(x, dtype=dtype),
        lambda: x.new_zeros(2, dtype=dtype),
        lambda: torch.nn.Linear(2, 2, dtype=dtype),
        lambda: torch.arange(3, dtype=dtype),
        lambda: x.sum(dtype=dtype),
    ):
        with pytest.raises(NotImplementedError, match=f"torch.{name}: tensors of this dtype are not supported"):
            call()
    assert x.dtype is torch.float32


def test_layouts_and_memory_formats_are_names_only():
    with pytest.raises(NotImplementedError, match=r"zeros: layout=torch.sparse_coo is not supported"):
        torch.zeros(2, layout=torch.sparse_coo)
    for call in (lambda f: torch.ones(2).to(memory_format=f), lambda f: torch.ones(2).clone(memory_format=f)):
        with pytest.raises(NotImplementedError, match=r"memory_format=torch.channels_last is not supported"):
            call(torch.channels_last)


def test_other_devices_are_names_only():
    assert str(torch.device("mps", 1)) == "mps:1"
    for call in (lambda: torch.ones(2, device="mps"), lambda: torch.ones(2).to("meta")):
        with pytest.raises(NotImplementedError, match="device type '(mps|meta)' is not supported; use 'cpu' or 'cuda'"):
            call()


def test_unknown_attributes():
    for x, kind in ((torch.ones(2), "Tensor"), (torch.nn.Parameter(torch.ones(2)), "Parameter")):
        with pytest.raises(AttributeError, match=f"^'{kind}' object has no attribute 'sofmax'$"):
            x.sofmax()
    with pytest.raises(AttributeError, match="has no attribute 'sofmax'; did you mean 'softmax'"):
        torch.sofmax


def test_a_refusal_changes_nothing():
    x = torch.ones(2)
    with pytest.raises(NotImplementedError):
        x.share_memory_()
    with pytest.raises(NotImplementedError):
        torch.set_default_dtype(torch.bfloat16)
    assert torch.get_default_dtype() is torch.float32
    with pytest.raises(NotImplementedError, match="a storage cannot change its size"):
        x.untyped_storage().resize_(0)
