"""The functional forms beside PyTorch's: the same signatures, and the same numbers on lists of parameters and state."""

import importlib
import inspect
from itertools import chain

import numpy as np
import pytest

import minitorch_nlp as mt

from .optimizing import STEPS, TOLERANCE

torch = pytest.importorskip("torch")

SHAPES = [(3, 4), (5,), ()]
BETAS = {"beta1": 0.8, "beta2": 0.99}
ADAM = {**BETAS, "lr": 0.01, "weight_decay": 0.1, "eps": 1e-8}
# Where it is, how many lists of state it takes (those that start at another number than 0 by name), and its options.
FORMS = {
    "sgd": (1, {}, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "dampening": 0.3, "nesterov": False, "maximize": False}),
    "adam": (4, {}, {**ADAM, "amsgrad": True, "maximize": False}),
    "adamw": (4, {}, {**ADAM, "amsgrad": True, "maximize": True}),
    "adamax": (3, {}, ADAM),
    "nadam": (4, {"mu_products": 1.0}, {**ADAM, "momentum_decay": 4e-3, "decoupled_weight_decay": True}),
    "radam": (3, {}, {**ADAM, "maximize": True}),
    "adadelta": (3, {}, {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1, "maximize": False}),
    "adagrad": (2, {}, {"lr": 0.1, "lr_decay": 0.1, "eps": 1e-3, "weight_decay": 0.1, "maximize": False}),
    "rmsprop": (4, {}, {"lr": 0.01, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.5, "centered": True}),
    "rprop": (3, {"step_sizes": 0.1}, {"step_size_min": 1e-3, "step_size_max": 1.0, "etaminus": 0.5, "etaplus": 1.2}),
    "asgd": (4, {"mus": 1.0, "etas": 0.1}, {"lr": 0.1, "lambd": 0.01, "t0": 3.0, "alpha": 0.75, "weight_decay": 0.1}),
}
SCALARS = ("state_steps", "mu_products", "mus", "etas")


def theirs_of(name):
    hidden = {"muon": "_muon", "adafactor": "_adafactor", "sparse_adam": "_functional"}
    return getattr(importlib.import_module(f"torch.optim.{hidden.get(name, name)}"), name)


def ours_of(name):
    return getattr(importlib.import_module(f"minitorch_nlp.optim.{name}"), name)


@pytest.mark.parametrize("name", [*FORMS, "adafactor", "muon", "sparse_adam"])
def test_signatures(name):
    ours, theirs = (inspect.signature(f).parameters for f in (ours_of(name), theirs_of(name)))
    assert [(p.name, p.default, p.kind) for p in ours.values()] == [(p.name, p.default, p.kind) for p in theirs.values()]


def test_all_are_where_torch_has_them():
    from torch.optim import _functional as theirs

    from minitorch_nlp.optim import _functional as ours

    assert all(getattr(ours, name) is ours_of(name) for name in FORMS if hasattr(theirs, name))


def lists(m, name, dtype):
    """Parameters, and lists of state before the first step, in library `m`."""
    count, first, _ = FORMS[name]
    rng = np.random.default_rng(0)
    params = [m.tensor(np.asarray(rng.normal(size=s), dtype)) for s in SHAPES]
    names = list(inspect.signature(theirs_of(name)).parameters)[2 : 2 + count]
    state = {}
    for key in names:
        if name == "sgd":
            state[key] = [None] * len(params)
        elif key in SCALARS:
            state[key] = [m.tensor(first.get(key, 0.0)) for _ in params]
        else:
            state[key] = [m.full_like(p, first.get(key, 0.0)) for p in params]
    return params, state


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", FORMS)
def test_steps(name, dtype):
    options = FORMS[name][2]
    (ours, our_state), (theirs, their_state) = lists(mt, name, dtype), lists(torch, name, dtype)
    rng = np.random.default_rng(1)
    for _ in range(STEPS):
        noise = [np.asarray(rng.normal(size=s), dtype) for s in SHAPES]
        ours_of(name)(ours, [mt.from_numpy(g) + 0.5 * p for g, p in zip(noise, ours)], *our_state.values(), **options)
        theirs_of(name)(theirs, [torch.from_numpy(g) + 0.5 * p for g, p in zip(noise, theirs)], *their_state.values(), **options)
    for a, b in zip(chain(ours, *our_state.values()), chain(theirs, *their_state.values()), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def test_adafactor():
    results = []
    for m, f in ((mt, ours_of("adafactor")), (torch, theirs_of("adafactor"))):
        params = [m.tensor([[1.0, -2.0], [0.5, 3.0]]), m.tensor([2.0, 1.0])]
        rows, columns, variances = [m.zeros(2, 1), None], [m.zeros(1, 2), None], [None, m.zeros(2)]
        steps = [m.zeros(()), m.zeros(())]
        for _ in range(5):
            options = {"d": 1.0, "lr": 0.1, "beta2_decay": -0.8, "weight_decay": 0.1, "eps1": 1e-7, "eps2": 1e-3, "maximize": False}
            f(params, [p * 2 for p in params], rows, columns, variances, steps, **options)
        results.append([x.numpy() for x in (*params, rows[0], columns[0], variances[1], *steps)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("nesterov", [False, True])
def test_muon(nesterov):
    results = []
    for m, f in ((mt, ours_of("muon")), (torch, theirs_of("muon"))):
        params, buffers = [m.tensor([[1.0, -2.0], [0.5, 3.0]])], [m.zeros(2, 2)]
        for _ in range(5):
            options = {"lr": 0.1, "weight_decay": 0.1, "momentum": 0.9, "ns_coefficients": (3.4445, -4.775, 2.0315), "ns_steps": 5}
            f(params, [p * 2 for p in params], buffers, **options, nesterov=nesterov, eps=1e-7, adjust_lr_fn=None, has_complex=False)
        results.append([params[0].numpy(), buffers[0].numpy()])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_sparse_adam():
    results = []
    for m, f in ((mt, ours_of("sparse_adam")), (torch, theirs_of("sparse_adam"))):
        layer = m.nn.Embedding.from_pretrained(m.arange(8.0).reshape(4, 2), freeze=False, sparse=True)
        mean, square = m.zeros(4, 2), m.zeros(4, 2)
        for t in range(1, 4):
            layer.zero_grad()
            layer(m.tensor([2, 0, 2][:t])).sum().backward()
            with m.no_grad():
                f([layer.weight], [layer.weight.grad], [mean], [square], [t], eps=1e-8, beta1=0.9, beta2=0.99, lr=0.1, maximize=False)
        results.append([x.detach().numpy() for x in (layer.weight, mean, square)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def call(m, name, **options):
    """One call on parameters of two elements; the error it makes, if any."""
    f = ours_of(name) if m is mt else theirs_of(name)
    count, _, required = FORMS[name]
    p = m.ones(2)
    states = [[m.zeros(())] if k in SCALARS else [m.zeros(2)] for k in list(inspect.signature(f).parameters)[2 : 2 + count]]
    if options.pop("leaf", False):
        p.requires_grad_()
    if options.pop("counts", None):
        states[-1] = [1.0]
    try:
        f([p], [m.ones(2)], *states, **required, **options)
    except Exception as error:
        return type(error)
    return p.detach().tolist()


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    "options",
    [
        {"leaf": True},
        {"counts": True},
        {"capturable": True},
        {"foreach": True},
        {"grad_scale": 1},
        {"has_complex": True},
        {"has_sparse_grad": True},
    ],
)
def test_what_is_refused(name, options):
    known = inspect.signature(theirs_of(name)).parameters
    if (set(options) - {"leaf", "counts"}) - set(known) or (name in ("sgd", "asgd") and "counts" in options):
        pytest.skip("torch does not take it here, or fails by chance")
    ours, theirs = (call(m, name, **options) for m in (mt, torch))
    if isinstance(theirs, list):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    else:
        assert issubclass(ours, theirs)


@pytest.mark.parametrize("name", ["Adam", "SGD", "Rprop"])
def test_swap_in(name):
    results = []
    for m in (mt, torch):
        p = [m.tensor([1.0, 2.0], requires_grad=True), m.tensor([[3.0]], requires_grad=True)]
        o = getattr(m.optim, name)(p, lr=0.1, **({"momentum": 0.9} if name == "SGD" else {}))
        for q in p:
            q.grad = m.ones_like(q)
        o.step()
        saved = o.state_dict()
        saved["state"][1] = {k: v.clone() for k, v in saved["state"][1].items()}
        saved["param_groups"][0]["lr"] = 0.5
        others = {"b": m.tensor([5.0, 6.0], requires_grad=True), "a": m.tensor([[7.0]], requires_grad=True)}
        for q in others.values():
            q.grad = m.ones_like(q)
        with m.optim.swap_in_optimizer_params_and_state(o, others, saved):
            inside = [o.param_groups[0]["lr"], *(q is r for q, r in zip(o.param_groups[0]["params"], others.values(), strict=True))]
            o.step()
        kept = [q is r for q, r in zip(o.param_groups[0]["params"], p, strict=True)]
        results.append((inside, kept, o.param_groups[0]["lr"], [q.tolist() for q in (*p, *others.values())]))
    assert results[0][:3] == results[1][:3]
    for a, b in zip(results[0][3], results[1][3], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


SWAP_ERRORS = {
    "no state": lambda o, s, q: (o.state.clear(), s)[1],
    "no dict": lambda o, s, q: 3,
    "no groups": lambda o, s, q: {"state": s["state"]},
    "a group too many": lambda o, s, q: {**s, "param_groups": s["param_groups"] * 2},
    "an option too many": lambda o, s, q: {**s, "param_groups": [{**s["param_groups"][0], "x": 1}]},
    "fewer parameters": lambda o, s, q: {**s, "param_groups": [{**s["param_groups"][0], "params": [0]}]},
    "tensors": lambda o, s, q: {**s, "param_groups": [{**s["param_groups"][0], "params": list(q.values())}]},
    "an unknown key": lambda o, s, q: {**s, "state": {7: {}}},
    "no dict of state": lambda o, s, q: {**s, "state": {0: 1}},
    "too few tensors": lambda o, s, q: (q.popitem(), s)[1],
    "nothing wrong": lambda o, s, q: s,
    "an empty state": lambda o, s, q: {**s, "state": {}},
}


@pytest.mark.parametrize("case", SWAP_ERRORS)
def test_swap_in_errors(case):
    seen = []
    for m in (mt, torch):
        p = [m.ones(2, requires_grad=True), m.ones(1, requires_grad=True)]
        o = m.optim.Adam(p)
        for q in p:
            q.grad = m.ones_like(q)
        o.step()
        others = {"a": m.ones(2, requires_grad=True), "b": m.ones(1, requires_grad=True)}
        try:
            with m.optim.swap_in_optimizer_params_and_state(o, others, SWAP_ERRORS[case](o, o.state_dict(), others)):
                pass
            seen.append(None)
        except RuntimeError as error:
            seen.append(type(error))
        assert all(q is r for q, r in zip(o.param_groups[0]["params"], p, strict=True))
    assert seen[0] == seen[1]
