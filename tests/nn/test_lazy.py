"""Lazy modules: their shapes come from the first input."""

import copy
import pickle

import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn
from minitorch_nlp.nn.modules.lazy import LazyModuleMixin
from minitorch_nlp.nn.parameter import is_lazy


def test_the_first_call_makes_an_ordinary_layer():
    lazy, x = nn.LazyLinear(3), torch.ones(2, 5)
    weight = lazy.weight
    torch.manual_seed(0)
    output = lazy(x)
    torch.manual_seed(0)
    linear = nn.Linear(5, 3)
    assert type(lazy) is nn.Linear
    assert repr(lazy) == repr(linear)
    assert torch.equal(output, linear(x))
    assert lazy.weight is weight
    assert type(weight) is nn.Parameter
    assert weight.requires_grad
    output.sum().backward()
    assert weight.grad is not None


def test_what_was_asked_for_before_the_first_call_holds():
    lazy = nn.LazyLinear(3).double()
    lazy.requires_grad_(False)
    lazy(torch.ones(2, 5, dtype=torch.float64))
    assert lazy.weight.dtype == torch.float64
    assert not lazy.bias.requires_grad


@pytest.mark.parametrize(
    "use", [lambda p: p + 1, lambda p: p.numel(), lambda p: p.detach(), lambda p: torch.ones(1) * p, lambda p: p.zero_()]
)
def test_values_are_refused_before(use):
    with pytest.raises(ValueError, match="call the module once before"):
        use(nn.LazyLinear(3).weight)


def test_the_shape_is_refused_before():
    with pytest.raises(RuntimeError, match="Can't access the shape"):
        _ = nn.LazyLinear(3).weight.shape
    with pytest.raises(RuntimeError, match="Can't access the shape"):
        nn.Linear(5, 3).load_state_dict(nn.LazyLinear(3).state_dict())


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_lazy_too(twin_of):
    lazy = nn.LazyBatchNorm1d(dtype=torch.float64)
    twin = twin_of(lazy)
    assert [repr(v) for v in twin.state_dict().values()] == [repr(v) for v in lazy.state_dict().values()]
    twin(torch.ones(2, 4, dtype=torch.float64))
    assert twin.running_mean.dtype == torch.float64
    assert is_lazy(lazy.weight)
    assert not is_lazy(twin.weight)


def test_a_state_dict_gives_shapes():
    lazy, linear = nn.LazyLinear(3), nn.Linear(5, 3)
    lazy.load_state_dict(linear.state_dict())
    assert torch.equal(lazy.weight, linear.weight)
    x = torch.randn(2, 5)
    assert torch.equal(lazy(x), linear(x))
    assert lazy.in_features == 5


def test_wrong_inputs_are_named():
    with pytest.raises(RuntimeError, match=r"Expected 2D \(unbatched\) or 3D \(batched\) input to LazyConv1d, but got size \[4\]"):
        nn.LazyConv1d(3, 2)(torch.ones(4))
    with pytest.raises(ValueError, match="got in_channels=3 and groups=2"):
        nn.LazyConv1d(4, 2, groups=2)(torch.ones(1, 3, 5))


def test_a_module_of_the_users():
    class Scale(LazyModuleMixin, nn.Module):
        def __init__(self, complete=True):
            super().__init__()
            self.scale = nn.UninitializedParameter()
            self.complete = complete

        def initialize_parameters(self, x):
            if self.complete:
                self.scale.materialize(x.shape[-1:])
                nn.init.ones_(self.scale)

        def forward(self, x):
            return x * self.scale

    net = Scale()
    assert net(torch.ones(2, 3)).tolist() == [[1, 1, 1], [1, 1, 1]]
    assert type(net) is Scale
    with torch.no_grad():
        net.scale.fill_(2)
    assert net(torch.ones(3)).tolist() == [2, 2, 2]
    with pytest.raises(RuntimeError, match="Scale has not been fully initialized"):
        Scale(complete=False)(torch.ones(1))
    with pytest.raises(NotImplementedError, match="initialize_parameters is not implemented"):
        type("Empty", (LazyModuleMixin, nn.Module), {})()(1)
