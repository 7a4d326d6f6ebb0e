"""Parameters, and copies of modules: deepcopy and pickle keep types, sharing and torch's layout."""

import copy
import pickle

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn

from .nets import Net

# ---- parameters ----


def test_parameter_shares_memory_and_not_its_place_in_the_graph():
    data = torch.ones(2)
    p = nn.Parameter(data)
    data[0] = 5
    assert p.tolist() == [5, 1]
    assert isinstance(p, torch.Tensor)
    assert p.requires_grad
    assert p.is_leaf
    q = nn.Parameter(p * 2)
    assert q.is_leaf
    assert type(p * 2) is torch.Tensor
    assert repr(p) == "Parameter containing:\ntensor([5., 1.], requires_grad=True)"
    assert repr(nn.Parameter()) == "Parameter containing:\ntensor([], requires_grad=True)"
    assert not nn.Parameter(torch.arange(3), requires_grad=False).requires_grad
    with pytest.raises(RuntimeError, match="floating point"):
        nn.Parameter(torch.arange(3))
    with pytest.raises(TypeError, match=r"data must be a Tensor, not list; wrap it in tensor\(\)"):
        nn.Parameter([1.0])
    with pytest.raises(TypeError, match="data must be a Tensor, not float"):
        nn.Buffer(1.0)


def test_copies_of_parameters_stay_parameters():
    p = nn.Parameter(torch.ones(2))
    p.grad = torch.ones(2)
    p.tag = "mine"
    for q in (copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        assert type(q) is nn.Parameter
        assert q.requires_grad
        assert q.grad is None
        assert q.tolist() == [1, 1]
        assert not np.shares_memory(q.array, p.array)
    assert copy.deepcopy(p).tag == "mine"
    twice = copy.deepcopy([p, p])
    assert twice[0] is twice[1]
    b = pickle.loads(pickle.dumps(nn.Buffer(torch.ones(1), persistent=False)))
    assert type(b) is nn.Buffer
    assert not b.persistent
    assert copy.deepcopy(b).tolist() == [1]
    assert nn.Buffer().shape == (0,)


# ---- copying modules ----


def test_deepcopy_and_pickle():
    net = Net()
    net.fc1.register_forward_hook(print_nothing)
    net.eval()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert repr(twin) == repr(net)
        assert list(twin.state_dict()) == list(net.state_dict())
        assert twin.hidden == 3
        assert not twin.training
        assert twin.fc1._hooks
        x = torch.ones(1, 2)
        assert twin(x).tolist() == net(x).tolist()
        twin.scale = nn.Parameter(torch.zeros(3))
        assert net.scale.tolist() == [1, 1, 1]
        assert [n for n, _ in twin.named_parameters()] == [n for n, _ in net.named_parameters()]


def print_nothing(module, args, output):
    """A hook at module level, so that it can be pickled."""


def test_a_pickle_has_torchs_layout():
    state = Net().__getstate__()
    assert list(state["_parameters"]) == ["scale"]
    assert list(state["_buffers"]) == ["steps"]
    assert list(state["_modules"]) == ["fc1", "fc2"]
    assert "fc1" not in state
    assert "_members" not in state


def test_functions_kept_on_a_module_are_copied_by_name():
    for function in (nn.functional.gelu, nn.functional.relu, torch.abs):
        net = nn.Module()
        net.act = function
        assert copy.deepcopy(net).act is function
        assert pickle.loads(pickle.dumps(net)).act is function


def test_own_getstate_on_dict_works():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(1, 1)
            self.secret = 1

        def __getstate__(self):
            state = self.__dict__.copy()
            del state["secret"]
            return state

        def __setstate__(self, state):
            self.__dict__.update(state)
            self.secret = 2

    twin = copy.deepcopy(Own())
    assert twin.secret == 2
    assert list(twin.state_dict()) == ["fc.weight", "fc.bias"]
    twin.fc = nn.Linear(2, 2)
    assert twin.state_dict()["fc.weight"].shape == (2, 2)
