"""Wrappers for several GPUs and processes, of which there are none here."""

import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn
from minitorch_nlp.nn.modules.utils import _pair, _triple, consume_prefix_in_state_dict_if_present
from minitorch_nlp.nn.parallel import DistributedDataParallel, data_parallel


def test_data_parallel_is_the_module_under_another_name():
    net = nn.Linear(3, 2)
    wrapped = nn.DataParallel(net)
    x = torch.randn(4, 3)
    assert wrapped.module is net
    assert wrapped.device_ids == []
    assert torch.equal(wrapped(x), net(x))
    assert torch.equal(data_parallel(net, x, module_kwargs={}), net(x))
    assert [name for name, _ in wrapped.named_parameters()] == ["module.weight", "module.bias"]
    assert repr(wrapped).startswith("DataParallel(\n  (module): Linear(")
    wrapped(x).sum().backward()
    assert net.bias.grad.tolist() == [4.0, 4.0]
    other = nn.Linear(3, 2)
    state = wrapped.state_dict()
    consume_prefix_in_state_dict_if_present(state, "module.")
    assert list(state._metadata) == [""]
    other.load_state_dict(state)
    assert torch.equal(other(x), net(x))


def test_several_gpus_are_warned_about(monkeypatch):
    moved = []
    monkeypatch.setattr("minitorch_nlp.backend.gpu_count", lambda: 2)
    monkeypatch.setattr(nn.Module, "to", lambda self, device: moved.append(str(device)))
    with pytest.warns(UserWarning, match="everything is computed on GPU 0"):
        wrapped = nn.DataParallel(nn.Linear(3, 2))
    assert (wrapped.device_ids, wrapped.output_device, moved) == ([0], 0, ["cuda:0"])
    with pytest.raises(NotImplementedError, match="output_device must be the first of device_ids, 1, not 0"):
        nn.DataParallel(nn.Linear(3, 2), device_ids=[1], output_device=0)


def test_distributed_wants_a_process_group():
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        DistributedDataParallel(nn.Linear(1, 1), device_ids=[0])
    assert not isinstance(nn.Linear(1, 1), DistributedDataParallel)


def test_sizes():
    assert _pair(3) == (3, 3)
    assert _pair([1, 2]) == (1, 2)
    assert _triple(1) == (1, 1, 1)


def test_stateless_functional_call_is_the_one_of_func():
    net = nn.Linear(2, 1)
    tensors = {"weight": torch.tensor([[1.0, 2.0]]), "bias": torch.zeros(1)}
    with pytest.warns(FutureWarning, match=r"use torch\.func\.functional_call"):
        y = nn.utils.stateless.functional_call(net, tensors, torch.tensor([3.0, 4.0]))
    assert y.tolist() == [11.0]
    assert y.tolist() == torch.func.functional_call(net, tensors, torch.tensor([3.0, 4.0])).tolist()
    assert net(torch.tensor([3.0, 4.0])).tolist() != y.tolist()
