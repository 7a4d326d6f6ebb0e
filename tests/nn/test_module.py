"""Module: registration, listing, moving, printing, copying."""

import copy
import pickle
import subprocess
import sys
import traceback
import warnings

import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn

from .nets import Net

# ---- registration ----


def test_members_are_listed_in_definition_order():
    net = Net()
    assert [n for n, _ in net.named_parameters()] == ["scale", "fc1.weight", "fc1.bias", "fc2.weight"]
    assert [n for n, _ in net.named_children()] == ["fc1", "fc2"]
    assert [n for n, _ in net.named_modules()] == ["", "fc1", "fc2"]
    assert [n for n, _ in net.named_buffers()] == ["steps"]
    assert list(net._parameters) == ["scale"]
    assert list(net._modules) == ["fc1", "fc2"]
    assert net._modules["fc1"] is net.fc1
    assert [n for n, _ in net.named_parameters("p", recurse=False)] == ["p.scale"]


def test_members_are_plain_attributes():
    net = Net()
    assert vars(net)["fc1"] is net.fc1
    assert net.hidden == 3
    net.hidden = 4
    assert net.hidden == 4


def test_writing_to_the_views_registers():
    net = Net()
    replacement = nn.Linear(2, 3)
    net._modules["fc1"] = replacement
    net._parameters["extra"] = nn.Parameter(torch.zeros(1))
    assert net.fc1 is replacement
    assert "extra" in dict(net.named_parameters())
    del net._parameters["extra"]
    assert not hasattr(net, "extra")
    with pytest.raises(KeyError):
        del net._parameters["fc1"]
    with pytest.raises(KeyError):
        net._buffers["scale"]
    assert len(net._buffers) == 1
    assert repr(net._buffers) == "{'steps': tensor([0.])}"
    net._modules["scale"] = nn.ReLU()  # a member that changes its kind moves to the end
    assert [n for n, _ in net.named_children()] == ["fc1", "fc2", "scale"]
    assert not net._parameters


def test_a_replaced_member_keeps_its_place_and_a_deleted_one_loses_it():
    net = Net()
    net.fc1 = nn.Linear(2, 5)
    assert [n for n, _ in net.named_children()] == ["fc1", "fc2"]
    del net.fc1
    net.fc1 = nn.Linear(2, 3)
    assert [n for n, _ in net.named_children()] == ["fc2", "fc1"]


def test_none_reserves_a_name():
    layer = nn.Linear(2, 3, bias=False)
    assert layer.bias is None
    assert list(layer.state_dict()) == ["weight"]
    layer.bias = nn.Parameter(torch.zeros(3))
    assert list(layer.state_dict()) == ["weight", "bias"]
    layer.bias = None
    assert len(list(layer.parameters())) == 1


def test_kinds_replace_each_other_as_in_torch():
    net = Net()
    net.steps = nn.Parameter(torch.zeros(1))  # a parameter takes a buffer's name
    assert "steps" in dict(net.named_parameters())
    assert not list(net.buffers())
    net.hidden = nn.Parameter(torch.zeros(1))  # and a plain attribute's
    assert "hidden" in dict(net.named_parameters())
    net.fc1 = nn.Parameter(torch.zeros(1))  # and a module's
    assert [n for n, _ in net.named_children()] == ["fc2"]
    for name, value, kind in (("scale", torch.ones(3), "parameter"), ("scale", nn.ReLU(), "parameter"), ("fc2", 3, "child module")):
        with pytest.raises(TypeError, match=f"cannot assign .* as {kind} '{name}'"):
            setattr(net, name, value)


def test_buffers_take_tensors_and_keep_whether_they_are_saved():
    net = nn.Module()
    net.register_buffer("a", torch.zeros(1), persistent=False)
    net.a = torch.ones(1)
    net.b = nn.Buffer(torch.ones(2))
    net.c = nn.Buffer(torch.ones(2), persistent=False)
    assert list(dict(net.named_buffers())) == ["a", "b", "c"]
    assert list(net.state_dict()) == ["b"]
    with pytest.raises(TypeError, match="cannot assign 'int' as buffer 'a'"):
        net.a = 3
    del net.a
    net.register_buffer("a", torch.zeros(1))
    assert list(net.state_dict()) == ["b", "a"]
    net.d = 1
    net.d = nn.Buffer(torch.ones(1))
    assert "d" in net.state_dict()


def test_errors_before_init():
    class Forgot(nn.Module):
        def __init__(self, value):
            self.number = 3  # plain attributes are allowed, as in torch
            self.member = value

    for value, what in ((nn.ReLU(), "module"), (nn.Parameter(torch.ones(1)), "parameters"), (nn.Buffer(torch.ones(1)), "buffer")):
        with pytest.raises(AttributeError, match=rf"cannot assign {what} before Module.__init__\(\) call"):
            Forgot(value)
    bare = nn.Module.__new__(nn.Module)
    with pytest.raises(AttributeError, match="cannot assign buffer before"):
        bare.register_buffer("x", None)
    with pytest.raises(AttributeError, match="cannot assign parameter before"):
        bare.register_parameter("x", None)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda m: m.register_parameter("a.b", None), KeyError, "t contain"),
        (lambda m: m.register_parameter("", None), KeyError, "t be empty"),
        (lambda m: m.register_parameter(3, None), TypeError, "should be a string. Got int"),
        (lambda m: m.register_parameter("forward", None), KeyError, "attribute 'forward' already exists"),
        (lambda m: m.register_parameter("x", torch.ones(2)), TypeError, "cannot assign 'torch.FloatTensor' object to parameter 'x'"),
        (lambda m: m.register_buffer("x", 3), TypeError, "cannot assign 'int' object to buffer 'x'"),
        (lambda m: m.register_buffer("fc1", torch.ones(2)), KeyError, "attribute 'fc1' already exists"),
        (lambda m: m.add_module("x", 3), TypeError, "int is not a Module subclass"),
        (lambda m: m.add_module("scale", nn.ReLU()), KeyError, "attribute 'scale' already exists"),
        (lambda m: m.register_module("a.b", nn.ReLU()), KeyError, "t contain"),
        (lambda m: m.get_submodule("nope"), AttributeError, "Net has no attribute `nope`"),
        (lambda m: m.get_submodule("scale"), AttributeError, "`scale` is not an nn.Module"),
        (lambda m: m.get_parameter("fc1.nope"), AttributeError, "Linear has no attribute `nope`"),
        (lambda m: m.get_parameter("steps"), AttributeError, "`steps` is not an nn.Parameter"),
        (lambda m: m.get_buffer("scale"), AttributeError, "`scale` is not a buffer"),
        (lambda m: m.set_submodule("", nn.ReLU()), ValueError, "without a target name"),
        (lambda m: m.set_submodule("scale", nn.ReLU()), AttributeError, "`scale` is not an nn.Module"),
        (lambda m: m.set_submodule("new", nn.ReLU(), strict=True), AttributeError, "no attribute `new`"),
        (lambda m: m.train(1), ValueError, "training mode is expected to be boolean"),
        (lambda m: m.to(torch.int64), TypeError, "only accepts floating point dtypes, but got desired dtype=torch.int64"),
        (lambda m: m.load_state_dict([1]), TypeError, "Expected state_dict to be dict-like, got <class 'list'>"),
        (lambda m: nn.Module()(1), NotImplementedError, r'Module \[Module\] is missing the required "forward" function'),
        (lambda m: nn.Module(3), TypeError, r"Module.__init__\(\) got 1 unexpected positional"),
        (lambda m: nn.Module(x=3), TypeError, r"Module.__init__\(\) got an unexpected keyword argument 'x'"),
        (lambda m: m.register_backward_hook(print), NotImplementedError, "register_full_backward_hook"),
    ],
)
def test_errors(call, error, text):
    net = Net()
    before = net.state_dict()
    with pytest.raises(error, match=text):
        call(net)
    assert list(net.state_dict()) == list(before)


def test_an_unknown_attribute_names_the_nearest():
    net = Net()
    with pytest.raises(AttributeError, match=r"'Net' object has no attribute 'fc3'; did you mean 'fc2'\?"):
        net.fc3
    with pytest.raises(AttributeError, match=r"'Net' object has no attribute 'zzzzzz'$"):
        net.zzzzzz
    assert not hasattr(net, "fc3")
    assert getattr(net, "fc3", None) is None
    with pytest.raises(AttributeError) as error:
        net.fc3
    text = "'Net' object has no attribute 'fc3'; did you mean 'fc2'?"
    assert traceback.format_exception_only(error.type, error.value) == [f"AttributeError: {text}\n"]
    copied = pickle.loads(pickle.dumps(error.value))
    assert type(copied) is AttributeError
    assert str(copied) == text


def test_an_unknown_attribute_is_printed_once():
    script = "import minitorch_nlp as torch\ntorch.nn.Linear(1, 1).wieght"
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr.splitlines()[-1]
    assert printed == "AttributeError: 'Linear' object has no attribute 'wieght'; did you mean 'weight'?"


def test_by_dotted_name():
    net = nn.Sequential(Net())
    assert net.get_submodule("0.fc1") is net[0].fc1
    assert net.get_submodule("") is net
    assert net.get_parameter("0.fc1.weight") is net[0].fc1.weight
    assert net.get_buffer("0.steps") is net[0].steps
    relu = nn.ReLU()
    net.set_submodule("0.fc2", relu)
    assert net[0].fc2 is relu


def test_dir_lists_members():
    names = dir(nn.Sequential(Net()))
    assert "0" not in names
    assert "state_dict" in names
    assert {"fc1", "scale", "steps"} <= set(dir(Net()))


# ---- sharing ----


def test_shared_parameters_are_listed_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(5, 4)
            self.head = nn.Linear(4, 5, bias=False)
            self.head.weight = self.embed.weight

    net = Tied()
    assert [n for n, _ in net.named_parameters()] == ["embed.weight"]
    assert len(list(net.parameters())) == 1
    assert [n for n, _ in net.named_parameters(remove_duplicate=False)] == ["embed.weight", "head.weight"]
    assert list(net.state_dict()) == ["embed.weight", "head.weight"]
    twin = copy.deepcopy(net)
    assert twin.head.weight is twin.embed.weight
    assert twin.head.weight is not net.head.weight
    twin = pickle.loads(pickle.dumps(net.embed))
    assert twin.weight.tolist() == net.embed.weight.tolist()
    net.double()
    assert net.head.weight is net.embed.weight
    assert net.head.weight.dtype is torch.float64


def test_shared_modules_are_listed_once():
    layer = nn.Linear(2, 2)
    net = nn.Sequential(layer, nn.ReLU(), layer)
    assert [n for n, _ in net.named_modules()] == ["", "0", "1"]
    assert [n for n, _ in net.named_modules(remove_duplicate=False)] == ["", "0", "1", "2"]
    assert len(list(net.children())) == 2
    assert len(list(net.parameters())) == 2


# ---- modes, moving, applying ----


def test_train_and_eval_reach_below():
    net = nn.Sequential(Net(), nn.Dropout())
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    net.train()
    assert all(m.training for m in net.modules())


def test_requires_grad_and_zero_grad():
    net = Net()
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())
    net.requires_grad_()
    net(torch.ones(1, 2)).sum().backward()
    grad = net.scale.grad
    net.zero_grad(set_to_none=False)
    assert net.scale.grad.tolist() == [0, 0, 0]
    assert net.scale.grad is not None
    assert grad is not None
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_casting_keeps_parameter_objects_and_casts_gradients():
    net = Net()
    net.register_buffer("count", torch.zeros(1, dtype=torch.int64))
    net(torch.ones(1, 2)).sum().backward()
    before = list(net.parameters())
    assert net.double() is net
    assert all(a is b for a, b in zip(before, net.parameters()))
    assert all(p.dtype is torch.float64 and p.grad.dtype is torch.float64 for p in net.parameters())
    assert net.steps.dtype is torch.float64
    assert net.count.dtype is torch.int64
    assert net(torch.ones(1, 2, dtype=torch.float64)).dtype is torch.float64
    assert net.half().scale.dtype is torch.float16
    assert net.float().scale.dtype is torch.float32
    assert net.to(torch.float64).scale.dtype is torch.float64
    assert net.to("cpu", torch.float32).scale.dtype is torch.float32
    assert net.to(dtype=torch.float64).scale.dtype is torch.float64
    assert net.to(torch.ones(1)).scale.dtype is torch.float32
    assert net.to(device="cpu").scale.dtype is torch.float32
    assert net.count.dtype is torch.int64
    assert net.cpu().to_empty(device="cpu") is net
    assert net.type(torch.float64).count.dtype is torch.float64


def test_an_optimizer_made_before_a_cast_goes_on():
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net.double()
    net(torch.ones(1, 2, dtype=torch.float64)).sum().backward()
    before = net.scale.tolist()
    optimizer.step()
    assert net.scale.tolist() != before


def test_apply_visits_children_first():
    seen = []
    nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU())).apply(lambda m: seen.append(type(m).__name__))
    assert seen == ["Linear", "ReLU", "Sequential", "Sequential"]


def test_compile_changes_nothing():
    net = Net()
    assert net.compile(mode="max-autotune") is None
    assert net(torch.ones(1, 2)).shape == (1, 2)


def test_call_super_init_passes_arguments_on():
    class Mixin:
        def __init__(self, value):
            self.value = value

    class Both(nn.Module, Mixin):
        call_super_init = True

    assert Both(3).value == 3


# ---- printing ----


def test_repr():
    assert repr(Net()) == (
        "Net(\n  (fc1): Linear(in_features=2, out_features=3, bias=True)\n  (fc2): Linear(in_features=3, out_features=2, bias=False)\n)"
    )
    assert repr(nn.Module()) == "Module()"

    class Extra(nn.Module):
        def extra_repr(self):
            return "a=1\nb=2"

    assert repr(Extra()) == "Extra(\n  a=1\n  b=2\n)"
    assert repr(nn.Sequential(Extra())) == "Sequential(\n  (0): Extra(\n    a=1\n    b=2\n  )\n)"


def test_no_warnings_at_construction():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Net()
