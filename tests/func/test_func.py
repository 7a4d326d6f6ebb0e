"""torch.func where PyTorch has nothing to compare with, or where we do more."""

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import func


def test_vmap_runs_python_on_each_sample():
    x = torch.tensor([1.0, -2.0, 3.0])
    assert torch.vmap(lambda a: a * 2 if a.item() > 0 else a * 0)(x).tolist() == [2.0, 0.0, 6.0]


def test_same_randomness_restores_nothing_else():
    torch.manual_seed(0)
    first = torch.vmap(lambda a: a + torch.rand(2), randomness="same")(torch.zeros(3, 2))
    assert torch.equal(first[0], first[2])
    assert not torch.equal(first[0], torch.rand(2))


def test_per_sample_gradients_add_up():
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    x, y = torch.randn(5, 3), torch.randn(5, 1)
    params = {name: p.detach() for name, p in net.named_parameters()}

    def loss(p, a, b):
        return ((func.functional_call(net, p, a) - b) ** 2).sum()

    each = torch.vmap(func.grad(loss), in_dims=(None, 0, 0))(params, x, y)
    ((net(x) - y) ** 2).sum().backward()
    for name, p in net.named_parameters():
        assert each[name].shape == (5, *p.shape)
        assert np.allclose(each[name].sum(0).numpy(), p.grad.numpy(), atol=1e-5)


def test_functional_call_gives_back_what_was_there_after_an_error():
    layer = torch.nn.Linear(3, 2)
    weight, bias = layer.weight, layer.bias
    with pytest.raises(RuntimeError):
        func.functional_call(layer, {"weight": torch.ones(7, 7)}, torch.ones(3))
    assert layer.weight is weight
    assert layer.bias is bias
    func.functional_call(layer, {"extra": torch.ones(1)}, torch.ones(3))
    assert not hasattr(layer, "extra")


def test_results_are_plain_unless_something_outside_requires_grad():
    x = torch.ones(2)
    w = torch.ones(2, requires_grad=True)
    assert not func.grad(lambda a: (a**2).sum())(x).requires_grad
    assert func.grad(lambda a: (a**2 * w).sum())(x).requires_grad
    assert not func.vjp(torch.exp, x)[0].requires_grad
    with torch.no_grad():
        assert not func.grad(lambda a: (a**2).sum())(w).requires_grad
    assert w.grad is None


def test_functionalize_is_refused():
    with pytest.raises(NotImplementedError, match="functionalize"):
        func.functionalize(torch.exp)
    with pytest.raises(NotImplementedError, match=r"torch\.func\.jvp"):
        torch.autograd.forward_ad.make_dual(torch.ones(1), torch.ones(1))
