"""Modules against PyTorch: which hooks are called in which order with what, and what lazy modules become."""

import copy
import importlib

import numpy as np
import pytest

import minitorch_nlp as ours

torch = pytest.importorskip("torch")


def net_of(t, fail=False):
    """A net of two linear layers, `a` and `b`."""

    class Net(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = t.nn.Linear(2, 3)
            self.b = t.nn.Linear(3, 1)

        def forward(self, x, k=1):
            y = self.b(self.a(x)) * k
            return 1 / 0 if fail else y

    return Net()


def hooks_of_all_modules(t):
    return importlib.import_module(f"{t.__name__}.nn.modules.module")


def noting(log, tag, *shown):
    """A hook that notes its tag, the module's class, and what the functions `shown` say of its arguments."""
    return lambda module, *args: log.append((tag, type(module).__name__, *(show(*args) for show in shown)))


def calls(t, fail=False):
    """The log of a forward and a backward with hooks of all kinds, on all modules and on one."""
    log, net, everywhere = [], net_of(t, fail), hooks_of_all_modules(t)
    handles = [
        everywhere.register_module_forward_pre_hook(noting(log, "all pre")),
        everywhere.register_module_forward_hook(noting(log, "all forward")),
        everywhere.register_module_forward_hook(noting(log, "all always"), always_call=True),
        everywhere.register_module_forward_hook(noting(log, "all kwargs", lambda a, k, o: sorted(k)), with_kwargs=True),
        everywhere.register_module_full_backward_pre_hook(noting(log, "all backward pre")),
        everywhere.register_module_full_backward_hook(noting(log, "all backward", lambda i, o: (len(i), len(o)))),
    ]
    net.register_forward_pre_hook(noting(log, "pre 1"))
    net.register_forward_pre_hook(noting(log, "pre 0", lambda a, k: sorted(k)), prepend=True, with_kwargs=True)
    net.register_forward_hook(noting(log, "forward 1"))
    net.register_forward_hook(noting(log, "forward 0"), prepend=True)
    net.register_forward_hook(noting(log, "always", lambda a, k, o: o is None), with_kwargs=True, always_call=True)
    net.register_full_backward_pre_hook(noting(log, "backward pre 1"))
    net.register_full_backward_pre_hook(noting(log, "backward pre 0"), prepend=True)
    net.register_full_backward_hook(noting(log, "backward 1"))
    net.register_full_backward_hook(noting(log, "backward 0"), prepend=True)
    x = t.ones(1, 2, requires_grad=True)
    try:
        net(x, k=2).sum().backward()
    except ZeroDivisionError:
        log.append("failed")
    finally:
        for handle in handles:
            handle.remove()
    if not fail:
        net(x).sum().backward()
    counts = [len(net._forward_hooks), len(net._forward_pre_hooks), len(net._backward_hooks), len(net._backward_pre_hooks)]
    return log, counts, len(copy.deepcopy(net)._forward_hooks)


def replaced(t):
    """What hooks on all modules put in the place of arguments, outputs and gradients."""
    everywhere, results = hooks_of_all_modules(t), []
    for name, hook in (
        ("forward_pre", lambda m, args: (args[0] * 2,)),
        ("forward", lambda m, args, output: output * 3),
        ("full_backward_pre", lambda m, grad_output: (grad_output[0] * 5,)),
        ("full_backward", lambda m, grad_input, grad_output: (grad_input[0] * 7,)),
    ):
        with getattr(everywhere, f"register_module_{name}_hook")(hook):
            x = t.ones(1, requires_grad=True)
            y = t.nn.Identity()(x)
            y.sum().backward()
            results.append((y.tolist(), x.grad.tolist()))
    return results


def registrations(t):
    """The log of hooks on registration, and what they put in place."""
    log, everywhere, nn = [], hooks_of_all_modules(t), t.nn

    def note(tag):
        return lambda module, name, value: log.append((tag, type(module).__name__, name, type(value).__name__))

    kinds = ("parameter", "buffer", "module")
    handles = [getattr(everywhere, f"register_module_{kind}_registration_hook")(note(kind)) for kind in kinds]
    net = nn.Sequential(nn.Linear(1, 1, bias=False))
    net.register_buffer("q", t.ones(1))
    net.z = nn.Parameter(t.ones(1))
    net.z = nn.Parameter(t.ones(1))
    net.z = None
    net.register_parameter("w", None)
    net.s = nn.Identity()
    net.s = nn.ReLU()
    net.s = None
    net.register_buffer("e", None)
    net.q = t.zeros(2)
    net.add_module("none", None)
    for handle in handles:
        handle.remove()
    holder = nn.Module()
    with everywhere.register_module_parameter_registration_hook(lambda m, name, p: nn.Parameter(p.detach() + 9)):
        holder.p = nn.Parameter(t.zeros(1))
    with everywhere.register_module_buffer_registration_hook(lambda m, name, b: b + 4):
        holder.register_buffer("b", t.zeros(1))
    with everywhere.register_module_module_registration_hook(lambda m, name, child: nn.Tanh()):
        holder.child = nn.ReLU()
    return log, holder.p.tolist(), holder.b.tolist(), repr(holder), [type(m).__name__ for m in holder.modules(remove_duplicate=False)]


def states(t):
    """The log of hooks around state dicts."""
    log, net = [], net_of(t)
    for name, module in (("net", net), ("a", net.a)):
        module.register_state_dict_pre_hook(noting(log, f"{name} pre", lambda prefix, keep: (prefix, keep)))
        module.register_state_dict_post_hook(
            noting(log, f"{name} post", lambda state, prefix, metadata: (list(state), prefix, dict(metadata)))
        )
        module.register_load_state_dict_pre_hook(
            noting(log, f"{name} load", lambda state, prefix, *rest: (sorted(state), prefix, repr(rest[1:])))
        )
        module.register_load_state_dict_post_hook(noting(log, f"{name} loaded", lambda keys: (list(keys[0]), list(keys[1]))))
    state = net.state_dict(prefix="z.")
    state = net.state_dict()
    net.load_state_dict(state)
    state["other"] = state.pop("a.bias")
    results = [repr(net.load_state_dict(state, strict=False)), failure(lambda: net.load_state_dict(state))]
    forgiving = net_of(t)
    forgiving.register_load_state_dict_post_hook(lambda m, keys: (keys.missing_keys.clear(), keys.unexpected_keys.clear())[0])
    results.append(repr(forgiving.load_state_dict(state)))
    wrong, changed = net_of(t), net_of(t)
    wrong.register_state_dict_post_hook(lambda m, state, prefix, metadata: {"only": 1})
    changed.a._register_state_dict_hook(lambda m, state, prefix, metadata: {"lost": 1})
    changed._register_state_dict_hook(lambda m, state, prefix, metadata: {**state, "one": 1})
    results += [failure(lambda: list(wrong.state_dict())), failure(lambda: list(changed.state_dict()))]
    strict = net_of(t)
    strict.register_load_state_dict_post_hook(lambda m, keys: 3)
    results.append(failure(lambda: strict.load_state_dict(strict.state_dict())))
    return log, results


def failure(call):
    """What a call gives, or the type of what it raises."""
    try:
        return call()
    except Exception as error:
        return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")


@pytest.mark.parametrize("log", [calls, lambda t: calls(t, fail=True), replaced, registrations, states])
def test_hooks(log):
    assert log(ours) == log(torch)


# ---- lazy modules -------------------------------------------------------------------------------------------------------------------

LAZY = [
    ("LazyLinear", (3,), {}, (2, 5)),
    ("LazyLinear", (3, False), {"dtype": "float64"}, (5,)),
    ("LazyConv1d", (4, 2), {"stride": 2, "groups": 2}, (1, 4, 5)),
    ("LazyConv2d", (3, 2), {"padding": 1, "bias": False}, (4, 5, 5)),
    ("LazyConv3d", (3, 2), {}, (1, 4, 3, 3, 3)),
    ("LazyConvTranspose1d", (4, 2), {"groups": 2}, (1, 4, 5)),
    ("LazyConvTranspose2d", (3, 2), {}, (1, 4, 3, 3)),
    ("LazyConvTranspose3d", (3, 2), {}, (1, 4, 2, 2, 2)),
    ("LazyBatchNorm1d", (), {}, (3, 4)),
    ("LazyBatchNorm1d", (), {"affine": False, "track_running_stats": False}, (3, 4)),
    ("LazyBatchNorm2d", (1e-3, 0.3), {"bias": False}, (3, 4, 2, 2)),
    ("LazyBatchNorm3d", (), {"track_running_stats": False}, (3, 4, 2, 2, 2)),
    ("LazyInstanceNorm1d", (), {}, (3, 4, 5)),
    ("LazyInstanceNorm2d", (), {"affine": False}, (3, 4, 2, 2)),
    ("LazyInstanceNorm3d", (), {"track_running_stats": False}, (3, 4, 2, 2, 2)),
]


def made(t, name, args, options):
    t.manual_seed(0)
    return getattr(t.nn, name)(*args, **{k: getattr(t, v) if k == "dtype" else v for k, v in options.items()})


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAZY)
def test_lazy_modules(name, args, options, shape):
    """Printed alike before and after, and equal in every number."""
    x = np.random.default_rng(0).standard_normal(shape).astype(options.get("dtype", "float32"))
    shown, values = [], []
    for t in (ours, torch):
        module = made(t, name, args, options)
        before = [repr(module), repr(module.state_dict()), module.has_uninitialized_params()]
        module(t.tensor(x))  # the second call is that of an ordinary layer
        output = module(t.tensor(x))
        shown.append(
            [*before, repr(module), type(module).__name__, [type(p).__name__ for p in module.parameters()], list(module.state_dict())]
        )
        values.append([output, *module.state_dict().values()])
    assert shown[0] == shown[1]
    for a, b in zip(*values, strict=True):
        assert str(a.dtype) == str(b.dtype)
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)


def lazy_and_loaded(t, assign):
    lazy, linear = t.nn.LazyLinear(3), t.nn.Linear(5, 3)
    keys = lazy.load_state_dict(linear.state_dict(), assign=assign)
    before = [repr(keys), type(lazy).__name__, lazy.in_features, lazy.weight.shape, t.equal(lazy.weight, linear.weight)]
    lazy(t.ones(2, 5))
    return [*before, repr(lazy), t.equal(lazy.weight, linear.weight)]


LAZY_RESULTS = [
    lambda t: t.nn.LazyLinear(3).weight,
    lambda t: [t.nn.parameter.is_lazy(p) for p in (t.nn.UninitializedParameter(), t.nn.UninitializedBuffer(), t.ones(1))],
    lambda t: [isinstance(t.nn.UninitializedParameter(), t.nn.Parameter), t.nn.UninitializedParameter(requires_grad=False).requires_grad],
    lambda t: [
        t.nn.LazyLinear(3).double().weight.dtype,
        t.nn.LazyLinear(3).to(t.float16).bias.dtype,
        t.nn.LazyBatchNorm1d().double().running_mean.dtype,
    ],
    lambda t: t.nn.LazyLinear(3).weight.shape,
    lambda t: t.nn.LazyLinear(3).weight + 1,
    lambda t: t.add(t.ones(1), t.nn.LazyLinear(3).weight),
    lambda t: t.nn.functional.linear(t.ones(1, 2), t.nn.LazyLinear(3).weight),
    lambda t: t.nn.LazyLinear(3).weight.numel(),
    lambda t: t.nn.init.zeros_(t.nn.LazyLinear(3).weight),
    lambda t: lazy_and_loaded(t, False),
    lambda t: lazy_and_loaded(t, True),
    lambda t: t.nn.Linear(5, 3).load_state_dict(t.nn.LazyLinear(3).state_dict()),
    lambda t: t.nn.LazyLinear(3).load_state_dict(t.nn.LazyLinear(3).state_dict()),
    lambda t: t.nn.LazyLinear(3).load_state_dict({"weight": t.ones(4, 5)}),
    lambda t: t.nn.LazyConv1d(3, 2)(t.ones(4)),
    lambda t: t.nn.LazyConv1d(4, 2, groups=2)(t.ones(1, 3, 5)),
    lambda t: t.nn.LazyBatchNorm2d()(t.ones(2, 4)),
    lambda t: copy.deepcopy(t.nn.LazyLinear(3))(t.ones(1, 2)).shape,
    lambda t: t.nn.Sequential(t.nn.LazyLinear(4), t.nn.LazyLinear(2))(t.ones(2, 5)).shape,
    lambda t: t.nn.LazyLinear(3).zero_grad(),
    lambda t: t.nn.Linear(1, 1).set_submodule("a", 3),
]


@pytest.mark.parametrize("call", LAZY_RESULTS)
def test_lazy_results(call):
    assert repr(failure(lambda: call(ours))) == repr(failure(lambda: call(torch)))


def lazy_of_a_user(t):
    lazy = importlib.import_module(f"{t.__name__}.nn.modules.lazy")

    class Lazy(lazy.LazyModuleMixin, t.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = t.nn.UninitializedParameter()
            self.b = t.nn.UninitializedBuffer()

        def initialize_parameters(self, x, k=1):
            self.w.materialize((k, x.shape[-1]))
            if k < 3:
                self.b.materialize((2,), dtype=t.float64)

        def forward(self, x, k=1):
            return self.w.shape, self.b.dtype, k

    class Empty(lazy.LazyModuleMixin, t.nn.Module):
        pass

    module = Lazy()
    results = [
        module(t.ones(4), k=2),
        module(t.ones(4)),
        type(module).__name__,
        module.has_uninitialized_params(),
        list(module.state_dict()),
    ]
    other = Lazy()
    other._infer_parameters(other, (t.ones(7),))
    return [*results, other.w.shape, failure(lambda: Lazy()(t.ones(4), k=3)), failure(lambda: Empty()(1))]


def test_lazy_of_a_user():
    assert repr(lazy_of_a_user(ours)) == repr(lazy_of_a_user(torch))
