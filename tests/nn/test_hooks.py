"""Hooks on modules."""

import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn
from minitorch_nlp.nn.modules import module as modules


class Double(nn.Module):
    def forward(self, x, factor=2):
        return x * factor


def test_forward_pre_hook_changes_arguments():
    net = Double()
    handle = net.register_forward_pre_hook(lambda m, args: args[0] + 1)
    assert net(torch.ones(1)).tolist() == [4]
    handle.remove()
    assert net(torch.ones(1)).tolist() == [2]
    net.register_forward_pre_hook(lambda m, args: (args[0] + 1,))
    with net.register_forward_pre_hook(lambda m, args, kwargs: (args, {"factor": 10}), with_kwargs=True):
        assert net(torch.ones(1)).tolist() == [20]
    assert net(torch.ones(1)).tolist() == [4]
    net.register_forward_pre_hook(lambda m, args, kwargs: None, with_kwargs=True)
    assert net(torch.ones(1)).tolist() == [4]
    net.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match="must return None or a tuple of"):
        net(torch.ones(1))


def test_forward_hook_sees_and_changes_the_output():
    net = Double()
    seen = []
    net.register_forward_hook(lambda m, args, output: seen.append((m, args[0].item(), output.item())))
    net.register_forward_hook(lambda m, args, kwargs, output: output + kwargs["factor"], with_kwargs=True)
    assert net(torch.ones(1), factor=3).tolist() == [6]
    assert seen == [(net, 1.0, 3.0)]


def test_hooks_run_in_order_of_registration_unless_prepended():
    net = Double()
    order = []
    net.register_forward_hook(lambda *a: order.append("first"))
    net.register_forward_hook(lambda *a: order.append("second"))
    net.register_forward_hook(lambda *a: order.append("prepended"), prepend=True)
    net(torch.ones(1))
    assert order == ["prepended", "first", "second"]


def test_always_call_runs_when_forward_raises():
    net = Double()
    seen = []
    net.register_forward_hook(lambda m, args, output: seen.append("usual"))
    net.register_forward_hook(lambda m, args, output: seen.append(output), always_call=True)
    net.register_forward_hook(lambda m, args, kwargs, output: seen.append(kwargs), always_call=True, with_kwargs=True)
    with pytest.raises(TypeError):
        net(torch.ones(1), nonsense=1)
    assert seen == [None, {"nonsense": 1}]
    net(torch.ones(1))
    assert len(seen) == 5


def test_always_call_does_not_run_twice_when_a_later_hook_raises():
    net = Double()
    seen = []
    net.register_forward_hook(lambda m, args, output: seen.append(output.item()), always_call=True)
    net.register_forward_hook(lambda m, args, output: 1 / 0)
    net.register_forward_hook(lambda m, args, output: seen.append(output), always_call=True)
    with pytest.raises(ZeroDivisionError):
        net(torch.ones(1))
    assert seen == [2.0, None]


def test_full_backward_hook_sees_both_sides():
    net = Double()
    seen = []
    net.register_full_backward_hook(lambda m, grad_input, grad_output: seen.append((grad_input, grad_output)))
    x = torch.ones(2, requires_grad=True)
    net(x, 3).sum().backward()
    ((grad_input, grad_output),) = seen
    assert grad_input[0].tolist() == [3, 3]
    assert grad_input[1] is None  # the factor is no tensor
    assert grad_output[0].tolist() == [1, 1]
    assert x.grad.tolist() == [3, 3]


def test_backward_hooks_replace_gradients():
    net = Double()
    net.register_full_backward_pre_hook(lambda m, grad_output: (grad_output[0] * 10,))
    net.register_full_backward_hook(lambda m, grad_input, grad_output: (grad_input[0] + 1,))
    net.register_full_backward_hook(lambda m, grad_input, grad_output: grad_input[0] * 2, prepend=True)
    x = torch.ones(1, requires_grad=True)
    net(x).sum().backward()
    assert x.grad.tolist() == [41]  # 10 * 2, doubled, plus 1
    net.register_full_backward_hook(lambda m, grad_input, grad_output: (1, 2))
    with pytest.raises(RuntimeError, match="invalid number of grad_input, got 2, but expected 1"):
        net(x).sum().backward()


def test_backward_hook_of_a_module_with_several_outputs_and_inputs():
    class Swap(nn.Module):
        def forward(self, a, b):
            return b * 2, a * 3

    net = Swap()
    seen = []
    net.register_full_backward_hook(lambda m, gi, go: seen.append(([g.item() for g in gi], [g.item() for g in go])))
    a, b = (torch.ones(1, requires_grad=True) for _ in range(2))
    y, z = net(a, b)
    (y + 5 * z).backward()
    assert seen == [([15.0, 2.0], [1.0, 5.0])]


def test_backward_hook_where_no_input_needs_a_gradient():
    layer = nn.Linear(2, 2)
    seen = []
    layer.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go[0].tolist())))
    layer(torch.ones(1, 2)).sum().backward()
    assert seen == [((None,), [[1, 1]])]
    assert layer.weight.grad is not None
    with torch.no_grad():
        layer(torch.ones(1, 2))
    assert len(seen) == 1


def test_backward_hook_under_create_graph():
    net = Double()
    net.register_full_backward_hook(lambda m, gi, go: (gi[0] * 3,))
    x = torch.tensor([2.0], requires_grad=True)
    (g,) = torch.autograd.grad(net(x**2).sum(), x, create_graph=True)
    assert g.tolist() == [24]  # 3 * 2 * 2x
    (h,) = torch.autograd.grad(g.sum(), x)
    assert h.tolist() == [12]


def test_grad_fn_name():
    layer = nn.Linear(1, 1)
    layer.register_full_backward_hook(lambda *a: None)
    assert layer(torch.ones(1, 1)).grad_fn.name() == "BackwardHookFunctionBackward"


def test_hooks_on_all_modules():
    net = nn.Sequential(Double(), Double())
    order = []
    net[0].register_forward_hook(lambda m, args, output: order.append("own"))
    with modules.register_module_forward_hook(lambda m, args, output: order.append(type(m).__name__)):
        net(torch.ones(1))
    assert order == ["Double", "own", "Double", "Sequential"]
    net(torch.ones(1))
    assert order[4:] == ["own"]
    with modules.register_module_forward_pre_hook(lambda m, args: args[0] + 1):
        assert Double()(torch.ones(1)).tolist() == [4]
    x = torch.ones(1, requires_grad=True)
    with (
        modules.register_module_full_backward_pre_hook(lambda m, grad_output: (grad_output[0] * 5,)),
        modules.register_module_full_backward_hook(lambda m, grad_input, grad_output: (grad_input[0] * 7,)),
    ):
        Double()(x).sum().backward()
    assert x.grad.tolist() == [70]
    with pytest.raises(NotImplementedError, match="use register_module_full_backward_hook"):
        modules.register_module_backward_hook(print)


def test_registration_hooks():
    seen = []
    with modules.register_module_parameter_registration_hook(lambda m, name, p: seen.append(name)):
        nn.Linear(1, 1)
    nn.Linear(1, 1)
    assert seen == ["weight", "bias"]
    with modules.register_module_module_registration_hook(lambda m, name, child: nn.Identity()):
        assert type(nn.Sequential(nn.Linear(1, 1))[0]) is nn.Identity
    with modules.register_module_buffer_registration_hook(lambda m, name, b: b + 1):
        holder = nn.Module()
        holder.register_buffer("b", torch.zeros(1))
    assert holder.b.tolist() == [1]


def test_an_error_in_an_always_called_hook_does_not_hide_the_forwards():
    net = Double()
    net.register_forward_hook(lambda m, args, output: 1 / 0, always_call=True)
    with pytest.warns(UserWarning, match="silenced: division by zero"), pytest.raises(TypeError, match="nonsense"):
        net(torch.ones(1), nonsense=1)


def test_hooks_can_be_cleared():
    net = Double()
    net.register_forward_hook(lambda m, args, output: output * 0)
    assert len(net._forward_hooks) == 1
    net._forward_hooks.clear()
    assert net(torch.ones(1)).tolist() == [2]
    assert len(net._forward_pre_hooks) == len(net._backward_hooks) == 0
