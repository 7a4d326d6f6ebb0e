"""Optimizers beside PyTorch's: the same numbers, state and text."""

import inspect

import pytest

import minitorch_nlp as mt

from .optimizing import SHAPES, STEPS, TOLERANCE, close, pair, train, translate

torch = pytest.importorskip("torch")

OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.1}),
    "sgd decay": ("SGD", {"lr": 0.1, "weight_decay": 0.01}),
    "sgd momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}),
    "sgd dampening": ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    "sgd nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    "sgd maximize": ("SGD", {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.1, "maximize": True}),
    "adam": ("Adam", {"lr": 0.01}),
    "adam decay": ("Adam", {"lr": 0.01, "weight_decay": 0.1}),
    "adam betas": ("Adam", {"lr": 0.01, "betas": (0.5, 0.9), "eps": 1e-6}),
    "adam beta1 small": ("Adam", {"lr": 0.01, "betas": (0.2, 0.9)}),
    "adam beta1 0": ("Adam", {"lr": 0.01, "betas": (0.0, 0.9)}),
    "adam amsgrad": ("Adam", {"lr": 0.01, "amsgrad": True, "weight_decay": 0.1}),
    "adam maximize": ("Adam", {"lr": 0.01, "maximize": True}),
    "adam decoupled": ("Adam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    "adamw": ("AdamW", {"lr": 0.01}),
    "adamw amsgrad": ("AdamW", {"lr": 0.01, "amsgrad": True, "maximize": True, "weight_decay": 0.3}),
    "adagrad": ("Adagrad", {"lr": 0.1}),
    "adagrad decay": ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.3, "eps": 1e-3}),
    "adagrad maximize": ("Adagrad", {"lr": 0.01, "maximize": True}),
    "adamax": ("Adamax", {"lr": 0.01}),
    "adamax decay": ("Adamax", {"lr": 0.01, "weight_decay": 0.1, "maximize": True}),
    "adamax betas": ("Adamax", {"lr": 0.01, "betas": (0.3, 0.5), "eps": 1e-3}),
    "nadam": ("NAdam", {"lr": 0.01}),
    "nadam decay": ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "momentum_decay": 0.3, "maximize": True}),
    "nadam decoupled": ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True, "betas": (0.7, 0.9)}),
    "radam": ("RAdam", {"lr": 0.01}),
    "radam decay": ("RAdam", {"lr": 0.01, "weight_decay": 0.1, "betas": (0.4, 0.9), "maximize": True}),
    "radam decoupled": ("RAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True, "eps": 1e-3}),
    "radam never": ("RAdam", {"lr": 0.01, "betas": (0.9, 0.5)}),
    "adadelta": ("Adadelta", {}),
    "adadelta decay": ("Adadelta", {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop decay": ("RMSprop", {"lr": 0.01, "alpha": 0.7, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    "rmsprop momentum": ("RMSprop", {"lr": 0.01, "momentum": 0.8}),
    "rmsprop centered": ("RMSprop", {"lr": 0.01, "centered": True}),
    "rmsprop all": ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.1, "alpha": 0.4}),
    "rprop": ("Rprop", {}),
    "rprop etas": ("Rprop", {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (1e-2, 0.2), "maximize": True}),
    "asgd": ("ASGD", {}),
    "asgd average": ("ASGD", {"lr": 0.1, "lambd": 0.01, "alpha": 0.6, "t0": 5, "weight_decay": 0.1, "maximize": True}),
    "adafactor": ("Adafactor", {}),
    "adafactor decay": ("Adafactor", {"lr": 0.01, "weight_decay": 0.1, "maximize": True, "beta2_decay": -0.5}),
    "adafactor eps": ("Adafactor", {"lr": 0.01, "eps": (0.5, 1e-1), "d": 2.0}),
}
NAMES = sorted({name for name, _ in OPTIMIZERS.values()})


def shapes_for(name):
    """torch's Adafactor divides by the number of elements."""
    return [s for s in SHAPES if name != "Adafactor" or 0 not in s]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", OPTIMIZERS)
def test_steps(case, dtype):
    name, options = OPTIMIZERS[case]
    ours, theirs = pair(dtype, shapes=shapes_for(name))
    optimizers = getattr(mt.optim, name)(ours, **options), getattr(torch.optim, name)(theirs, **options)
    train(STEPS, ours, theirs, optimizers, 1)
    close(ours, theirs, dtype)
    assert repr(optimizers[0]) == repr(optimizers[1])


@pytest.mark.parametrize("case", OPTIMIZERS)
def test_state_dicts_are_interchangeable(case):
    name, options = OPTIMIZERS[case]
    ours, theirs = pair("float64", shapes=shapes_for(name))
    here, there = getattr(mt.optim, name)(ours, **options), getattr(torch.optim, name)(theirs, **options)
    train(5, ours, theirs, (here, there), 1)
    a, b = here.state_dict(), there.state_dict()
    assert a["param_groups"] == b["param_groups"]
    assert [list(g) for g in a["param_groups"]] == [list(g) for g in b["param_groups"]]
    assert {k: list(v) for k, v in a["state"].items()} == {k: list(v) for k, v in b["state"].items()}
    for i, state in a["state"].items():
        for key, value in state.items():
            assert str(value.dtype) == str(b["state"][i][key].dtype)
            assert tuple(value.shape) == tuple(b["state"][i][key].shape)
    new_here, new_there = getattr(mt.optim, name)(ours, lr=9.0), getattr(torch.optim, name)(theirs, lr=9.0)
    new_here.load_state_dict(translate(b, mt.tensor))
    new_there.load_state_dict(translate(a, torch.tensor))
    train(5, ours, theirs, (new_here, new_there), 2)
    close(ours, theirs, "float64")


@pytest.mark.parametrize("name", [*NAMES, "LBFGS", "Muon", "Adagrad", "SparseAdam"])
def test_signatures(name):
    ours, theirs = (inspect.signature(getattr(m.optim, name)).parameters for m in (mt, torch))
    assert [(p.name, p.default, p.kind) for p in ours.values()] == [(p.name, p.default, p.kind) for p in theirs.values()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(), (1,)])
def test_tensor_learning_rate(name, shape):
    ours, theirs = pair("float32", shapes=shapes_for(name))
    options = {} if name == "Rprop" else {"weight_decay": 0.1}
    optimizers = (
        getattr(mt.optim, name)(ours, lr=mt.full(shape, 0.01), **options),
        getattr(torch.optim, name)(theirs, lr=torch.full(shape, 0.01), **options),
    )
    train(10, ours, theirs, optimizers, 1)
    close(ours, theirs, "float32")


def test_tensor_betas():
    ours, theirs = pair("float32")
    optimizers = tuple(m.optim.Adam(p, betas=(m.tensor(0.8), m.tensor(0.9)), **o) for m, p, o in ((mt, ours, {}), (torch, theirs, {})))
    train(10, ours, theirs, optimizers, 1)
    close(ours, theirs, "float32")


def test_groups_names_and_rates_changed_between_steps():
    ours, theirs = pair("float64")
    optimizers = []
    for m, params in ((mt, ours), (torch, theirs)):
        groups = [{"params": [("a", params[0])], "lr": 0.5}, {"params": [("b", params[1]), ("c", params[2])]}]
        optimizers.append(m.optim.AdamW(groups, lr=0.01))
        optimizers[-1].add_param_group({"params": [("d", params[3]), ("e", params[4])], "weight_decay": 0.0})
    train(3, ours, theirs, optimizers, 1)
    for o in optimizers:
        o.param_groups[0]["lr"] = 0.001
    train(3, ours, theirs, optimizers, 2)
    close(ours, theirs, "float64")
    assert repr(optimizers[0]) == repr(optimizers[1])
    assert optimizers[0].state_dict()["param_groups"] == optimizers[1].state_dict()["param_groups"]
