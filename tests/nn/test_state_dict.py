"""state_dict and load_state_dict."""

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn


def make():
    net = nn.Sequential(OrderedDict(a=nn.Linear(2, 3), b=nn.Sequential(nn.Linear(3, 2, bias=False))))
    net.register_buffer("steps", torch.zeros(1))
    net.register_buffer("scratch", torch.zeros(1), persistent=False)
    return net


def test_keys_order_and_metadata():
    state = make().state_dict()
    assert type(state) is OrderedDict
    assert list(state) == ["steps", "a.weight", "a.bias", "b.0.weight"]
    assert dict(state._metadata) == {"": {"version": 1}, "a": {"version": 1}, "b": {"version": 1}, "b.0": {"version": 1}}
    assert dict(copy.deepcopy(state)._metadata) == dict(state._metadata)
    assert dict(pickle.loads(pickle.dumps(state))._metadata) == dict(state._metadata)


def test_values_share_memory_outside_the_graph():
    net = make()
    state = net.state_dict()
    assert not state["a.weight"].requires_grad
    assert type(state["a.weight"]) is torch.Tensor
    assert np.shares_memory(state["a.weight"].array, net.a.weight.array)
    assert net.state_dict(keep_vars=True)["a.weight"] is net.a.weight


def test_destination_and_prefix():
    into = {"x": 1}
    assert make().state_dict(destination=into, prefix="net.") is into
    assert list(into) == ["x", "net.steps", "net.a.weight", "net.a.bias", "net.b.0.weight"]
    assert list(make().state_dict({}, "p.")) == ["p.steps", "p.a.weight", "p.a.bias", "p.b.0.weight"]


def test_load_copies_values():
    source, target = make(), make()
    weight = target.a.weight
    result = target.load_state_dict(source.state_dict())
    assert repr(result) == "<All keys matched successfully>"
    assert result.missing_keys == []
    assert target.a.weight is weight
    assert weight.tolist() == source.a.weight.tolist()
    assert not np.shares_memory(weight.array, source.a.weight.array)
    assert weight.requires_grad
    assert weight.is_leaf


def test_load_casts_to_the_members_dtype():
    net = nn.Linear(2, 2)
    net.load_state_dict(nn.Linear(2, 2).double().state_dict())
    assert net.weight.dtype is torch.float32


def test_load_assign_takes_the_tensors():
    net, source = nn.Linear(2, 2), nn.Linear(2, 2).double()
    state = source.state_dict()
    net.weight.requires_grad_(False)
    net.load_state_dict(state, assign=True)
    assert net.weight.dtype is torch.float64
    assert np.shares_memory(net.weight.array, source.weight.array)
    assert isinstance(net.weight, nn.Parameter)
    assert not net.weight.requires_grad
    assert net.bias.requires_grad
    state = source.state_dict(keep_vars=True)
    net.load_state_dict(state, assign=True)
    assert net.weight is source.weight
    buffered = make()
    steps = torch.ones(1)
    buffered.load_state_dict({"steps": steps}, strict=False, assign=True)
    assert buffered.steps is steps


def test_every_fault_is_listed_at_once_and_nothing_is_loaded():
    net = make()
    before = net.a.weight.tolist()
    zero = torch.zeros(1)
    state = {"a.weight": torch.zeros(3, 2), "a.bias": torch.zeros(4), "steps": [0.0], "foo": zero, "b.1.x": zero, "a": zero}
    with pytest.raises(RuntimeError) as error:
        net.load_state_dict(state)
    lines = str(error.value).split("\n\t")
    assert lines[0] == "Error(s) in loading state_dict for Sequential:"
    assert lines[1] == 'Missing key(s) in state_dict: "b.0.weight". '
    assert lines[2] == 'Unexpected key(s) in state_dict: "foo", "a", "b.1.x". '
    assert lines[3].startswith('While copying the parameter named "steps", expected torch.Tensor')
    assert lines[4] == (
        "size mismatch for a.bias: copying a param with shape torch.Size([4]) from checkpoint, "
        "the shape in current model is torch.Size([3])."
    )
    assert net.a.weight.tolist() == before


def test_not_strict_returns_the_keys_but_still_refuses_other_sizes():
    net = make()
    result = net.load_state_dict({"a.weight": torch.zeros(3, 2), "foo": torch.zeros(1)}, strict=False)
    assert result.missing_keys == ["steps", "a.bias", "b.0.weight"]
    assert result.unexpected_keys == ["foo"]
    assert repr(result).startswith("_IncompatibleKeys(missing_keys=['steps'")
    missing, unexpected = result
    assert unexpected == ["foo"]
    assert missing
    assert net.a.weight.abs().sum().item() == 0
    with pytest.raises(RuntimeError, match=r"size mismatch for a\.weight"):
        net.load_state_dict({"a.weight": torch.zeros(2, 2)}, strict=False)


def test_loading_is_seen_by_autograd():
    """A saved weight that is overwritten before backward must not give a wrong gradient."""
    net = nn.Linear(2, 2)
    x = torch.ones(1, 2, requires_grad=True)
    y = net(x).sum()
    net.load_state_dict(nn.Linear(2, 2).state_dict())
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_extra_state():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.count = 0

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    net, other = nn.Sequential(Counting()), nn.Sequential(Counting())
    net[0].count = 7
    state = net.state_dict()
    assert state["0._extra_state"] == {"count": 7}
    other.load_state_dict(state)
    assert other[0].count == 7
    with pytest.raises(RuntimeError, match=r'Missing key.*"0\._extra_state"'):
        other.load_state_dict({})
    with pytest.raises(RuntimeError, match=r'Unexpected key.*"0\._extra_state"'):
        nn.Sequential(nn.ReLU()).load_state_dict(state)
    with pytest.raises(RuntimeError, match="get_extra_state"):
        nn.ReLU().get_extra_state()
    with pytest.raises(RuntimeError, match="set_extra_state"):
        nn.ReLU().set_extra_state(None)


def test_hooks_around_saving_and_loading():
    net = nn.Linear(1, 1)
    seen = []
    net.register_state_dict_pre_hook(lambda module, prefix, keep_vars: seen.append(("pre", prefix, keep_vars)))
    net.register_state_dict_post_hook(lambda module, state, prefix, meta: seen.append(("post", list(state), meta["version"])))
    nn.Sequential(net).state_dict()
    assert seen == [("pre", "0.", False), ("post", ["0.weight", "0.bias"], 1)]


def test_pre_hooks_of_loading_see_and_change_their_modules_keys():
    net = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    seen = []
    net[0].register_load_state_dict_pre_hook(lambda module, state, prefix, *rest: state.update({prefix + "weight": torch.zeros(1, 1)}))
    net[0]._register_load_state_dict_pre_hook(lambda state, *rest: seen.append(list(state)))
    net.load_state_dict({key: torch.ones(value.shape) for key, value in net.state_dict().items()})
    assert net[0].weight.item() == 0
    assert net[1].weight.item() == 1
    assert seen == [["0.weight", "0.bias"]]


def test_a_post_hook_sees_loaded_values_and_may_forgive_keys():
    net = nn.Linear(1, 1)
    seen = []

    def forgive(module, keys):
        seen.append(module.weight.item())
        keys.missing_keys.clear()

    handle = net.register_load_state_dict_post_hook(forgive)
    net.load_state_dict({"weight": torch.full((1, 1), 4.0)})
    assert seen == [4.0]
    handle.remove()
    with pytest.raises(RuntimeError, match="Missing key"):
        net.load_state_dict({"weight": torch.zeros(1, 1)})
    assert net.weight.item() == 4.0


def test_own_load_from_state_dict_is_called_with_versions():
    class Renamed(nn.Linear):
        _version = 2

        def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
            if local_metadata.get("version", 1) < 2:
                state_dict[prefix + "weight"] = state_dict.pop(prefix + "kernel")
            super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

    net = nn.Sequential(Renamed(1, 1))
    state = OrderedDict({"0.kernel": torch.full((1, 1), 3.0), "0.bias": torch.zeros(1)})
    net[0].load_state_dict(OrderedDict({"kernel": torch.full((1, 1), 3.0), "bias": torch.zeros(1)}))
    assert net[0].weight.item() == 3.0
    assert list(state) == ["0.kernel", "0.bias"]
    assert net.state_dict()._metadata["0"] == {"version": 2}
