"""Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict."""

from collections import OrderedDict

import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn


def three():
    return nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 3)


def test_sequential_applies_in_order():
    a, b, c = three()
    net = nn.Sequential(a, b, c)
    x = torch.ones(4, 1)
    assert net(x).tolist() == c(b(a(x))).tolist()
    assert list(net.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert nn.Sequential()(3) == 3


def test_sequential_from_ordered_dict():
    a, b, _ = three()
    net = nn.Sequential(OrderedDict([("first", a), ("second", b)]))
    assert net.first is a
    assert net[1] is b
    assert repr(net) == "Sequential(\n  (first): Linear(in_features=1, out_features=2, bias=True)\n  (second): ReLU()\n)"
    assert list(net[1:]._modules) == ["second"]


def test_sequential_indexing():
    a, b, c = three()
    net = nn.Sequential(a, b, c)
    assert len(net) == 3
    assert net[0] is a
    assert net[-1] is c
    assert list(net) == [a, b, c]
    assert type(net[:2]) is nn.Sequential
    assert list(net[:2]) == [a, b]
    assert net[torch.tensor(1)] is b
    net[1] = nn.Tanh()
    assert isinstance(net[1], nn.Tanh)
    with pytest.raises(IndexError, match="index 3 is out of range"):
        net[3]
    with pytest.raises(IndexError, match="index -4 is out of range"):
        net[-4] = a
    with pytest.raises(TypeError, match="int is not a Module subclass"):
        nn.Sequential(3)


def test_sequential_editing():
    a, b, c = three()
    net = nn.Sequential(a, b)
    assert net.append(c) is net
    net.insert(1, nn.Tanh())
    assert [type(m).__name__ for m in net] == ["Linear", "Tanh", "ReLU", "Linear"]
    assert list(net._modules) == ["0", "1", "2", "3"]
    assert isinstance(net.pop(1), nn.Tanh)
    del net[0]
    assert list(net._modules) == ["0", "1"]
    assert net.extend([a]) is net
    assert list(net) == [b, c, a]
    del net[:2]
    assert list(net) == [a]
    assert list(nn.Sequential(a) + nn.Sequential(b)) == [a, b]
    net += nn.Sequential(b)
    assert list(net) == [a, b]
    assert len(net * 2) == len(2 * net) == 4
    net *= 3
    assert len(net) == 6
    for call, error in (
        (lambda: net.insert(9, a), IndexError),
        (lambda: net.insert(0, 3), AssertionError),
        (lambda: net + [a], ValueError),
        (lambda: net.__iadd__([a]), ValueError),
        (lambda: net * 1.5, TypeError),
        (lambda: net * 0, ValueError),
    ):
        with pytest.raises(error):
            call()


def test_a_sequential_subclass_with_a_parameter_of_its_own():
    class Scaled(nn.Sequential):
        def __init__(self, *modules):
            super().__init__(*modules)
            self.scale = nn.Parameter(torch.full((1,), 2.0))

        def forward(self, x):
            return super().forward(x) * self.scale

    net = Scaled(nn.Identity())
    assert len(net) == 1
    assert net(torch.ones(1)).tolist() == [2]


def test_module_list():
    a, b, c = three()
    layers = nn.ModuleList([a, b])
    assert layers.append(c) is layers
    assert list(layers) == [a, b, c]
    assert layers[-1] is c
    assert type(layers[1:]) is nn.ModuleList
    assert list(layers[1:]) == [b, c]
    layers.insert(0, c)
    assert list(layers) == [c, a, b, c]
    assert layers.pop() is c
    del layers[0]
    layers[0] = b
    assert list(layers) == [b, b]
    layers.extend([a])
    layers += [c]
    assert len(layers) == 4
    assert len(layers + [a]) == 5
    del layers[1:]
    assert list(layers) == [b]
    assert b in layers
    with pytest.raises(TypeError, match=r"ModuleList\.extend should be called with an iterable, but got int"):
        nn.ModuleList(3)
    with pytest.raises(IndexError, match="index 7 is out of range"):
        layers[7]
    with pytest.raises(NotImplementedError, match="missing the required"):
        layers(1)


def test_module_list_folds_equal_neighbours():
    layers = nn.ModuleList([*(nn.Linear(1, 1) for _ in range(3)), nn.ReLU(), nn.ModuleList([nn.ReLU(), nn.ReLU()]), nn.ModuleList()])
    assert repr(layers) == (
        "ModuleList(\n  (0-2): 3 x Linear(in_features=1, out_features=1, bias=True)\n  (3): ReLU()\n"
        "  (4): ModuleList(\n    (0-1): 2 x ReLU()\n  )\n  (5): ModuleList()\n)"
    )


def test_module_dict():
    a, b, c = three()
    layers = nn.ModuleDict({"a": a, "b": b})
    layers["c"] = c
    assert list(layers) == list(layers.keys()) == ["a", "b", "c"]
    assert list(layers.values()) == [a, b, c]
    assert dict(layers.items())["b"] is b
    assert "a" in layers
    assert len(layers) == 3
    assert layers.pop("a") is a
    del layers["b"]
    assert list(layers) == ["c"]
    layers.update([("x", a)])
    layers.update(nn.ModuleDict({"y": b}))
    assert list(layers) == ["c", "x", "y"]
    layers.clear()
    assert not len(layers)
    with pytest.raises(KeyError):
        layers["nope"]
    for bad, error in ((3, TypeError), ([3], TypeError), ([("a", a, a)], ValueError), ([("a", 3)], TypeError)):
        with pytest.raises(error):
            nn.ModuleDict(bad)


def test_parameter_list():
    p = nn.Parameter(torch.ones(2))
    params = nn.ParameterList([p, torch.zeros(2, 3)])
    assert params[0] is p
    assert isinstance(params[1], nn.Parameter)
    assert len(params) == 2
    params.append(torch.zeros(1))
    params[0] = torch.ones(5)
    params += [torch.zeros(2)]
    assert [tuple(q.shape) for q in params] == [(5,), (2, 3), (1,), (2,)]
    assert list(params.state_dict()) == ["0", "1", "2", "3"]
    assert len(params[1:3]) == 2
    assert params[-1].shape == (2,)
    params.append("text")
    assert params[4] == "text"
    assert repr(params).startswith("ParameterList(\n    (0): Parameter containing: [torch.float32 of size 5]\n    (1): ")
    assert "(4): Object of type: str" in repr(params)
    with pytest.raises(IndexError):
        params[9]
    with pytest.raises(TypeError, match=r"ParameterList\.extend"):
        nn.ParameterList(3)


def test_parameter_dict():
    params = nn.ParameterDict({"a": torch.ones(2)})
    params["b"] = nn.Parameter(torch.zeros(2, 3))
    assert list(params) == list(params.keys()) == ["a", "b"]
    assert [k for k, _ in params.items()] == ["a", "b"]
    assert len(list(params.values())) == 2
    assert "a" in params
    assert params.get("z") is None
    assert params.get("a") is params["a"]
    assert repr(params) == (
        "ParameterDict(\n    (a): Parameter containing: [torch.FloatTensor of size 2]\n"
        "    (b): Parameter containing: [torch.FloatTensor of size 2x3]\n)"
    )
    popped = params.pop("a")
    assert popped.tolist() == [1, 1]
    assert list(params.state_dict()) == ["b"]
    params.update([("c", torch.ones(1))])
    params.clear()
    assert not len(params)
    for call, error in (
        (lambda: params["z"], KeyError),
        (lambda: params.__setitem__(3, torch.ones(1)), TypeError),
        (lambda: params.__setitem__("keys", torch.ones(1)), KeyError),
        (lambda: nn.ParameterDict(3), TypeError),
    ):
        with pytest.raises(error):
            call()
    assert not len(params)
