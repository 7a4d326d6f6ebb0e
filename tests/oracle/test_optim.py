"""Optimizers and schedules beside PyTorch's: the same numbers, state and text."""

import copy
import inspect

import numpy as np
import pytest

import minitorch_nlp as mt

torch = pytest.importorskip("torch")

STEPS = 50
SHAPES = [(3, 4), (5,), (), (0, 2), (2, 3, 40)]

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
}
TOLERANCE = {"float64": 1e-12, "float32": 1e-6}


def pair(dtype, seed=0):
    """The same parameters here and there."""
    rng = np.random.default_rng(seed)
    arrays = [np.asarray(rng.normal(size=s), dtype) for s in SHAPES]
    ours = [mt.tensor(a, dtype=getattr(mt, dtype), requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    return ours, theirs


def train(steps, ours, theirs, optimizers, seed):
    """Steps with the same gradients, which depend on the parameters a little, as in life."""
    rng = np.random.default_rng(seed)
    ours_opt, theirs_opt = optimizers
    for _ in range(steps):
        for p, q in zip(ours, theirs, strict=True):
            noise = np.asarray(rng.normal(size=tuple(p.shape)), p.dtype.dtype)
            p.grad = mt.from_numpy(noise) + 0.5 * p.detach()
            q.grad = torch.from_numpy(noise) + 0.5 * q.detach()
        ours_opt.step()
        theirs_opt.step()


def close(ours, theirs, dtype):
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def translate(value, to):
    """A state_dict with the other library's tensors."""
    if isinstance(value, dict):
        return {k: translate(v, to) for k, v in value.items()}
    if isinstance(value, list):
        return [translate(v, to) for v in value]
    if isinstance(value, (mt.Tensor, torch.Tensor)):
        return to(value.detach().numpy().copy())
    return value


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", OPTIMIZERS)
def test_steps(case, dtype):
    name, options = OPTIMIZERS[case]
    ours, theirs = pair(dtype)
    optimizers = getattr(mt.optim, name)(ours, **options), getattr(torch.optim, name)(theirs, foreach=False, **options)
    train(STEPS, ours, theirs, optimizers, 1)
    close(ours, theirs, dtype)
    assert repr(optimizers[0]) == repr(optimizers[1]).replace("foreach: False", "foreach: None")


@pytest.mark.parametrize("case", OPTIMIZERS)
def test_state_dicts_are_interchangeable(case):
    name, options = OPTIMIZERS[case]
    ours, theirs = pair("float64")
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


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
def test_signatures(name):
    ours, theirs = (inspect.signature(getattr(m.optim, name)).parameters for m in (mt, torch))
    assert [(p.name, p.default, p.kind) for p in ours.values()] == [(p.name, p.default, p.kind) for p in theirs.values()]


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW"])
@pytest.mark.parametrize("shape", [(), (1,)])
def test_tensor_learning_rate(name, shape):
    ours, theirs = pair("float32")
    options = {"weight_decay": 0.1}
    optimizers = (
        getattr(mt.optim, name)(ours, lr=mt.full(shape, 0.01), **options),
        getattr(torch.optim, name)(theirs, lr=torch.full(shape, 0.01), foreach=False, **options),
    )
    train(10, ours, theirs, optimizers, 1)
    close(ours, theirs, "float32")


def test_tensor_betas():
    ours, theirs = pair("float32")
    optimizers = tuple(
        m.optim.Adam(p, betas=(m.tensor(0.8), m.tensor(0.9)), **o) for m, p, o in ((mt, ours, {}), (torch, theirs, {"foreach": False}))
    )
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


# ---- schedules ----


class Decay:
    """A schedule function with state."""

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, t):
        return self.rate**t


SCHEDULES = {
    "lambda": lambda L, o: L.LambdaLR(o, Decay(0.95)),
    "lambdas": lambda L, o: L.LambdaLR(o, [lambda t: 0.9**t, lambda t: 1 / (1 + t)]),
    "multiplicative": lambda L, o: L.MultiplicativeLR(o, lambda t: 1 - 0.01 * t),
    "step": lambda L, o: L.StepLR(o, 7, gamma=0.3),
    "milestones": lambda L, o: L.MultiStepLR(o, [3, 8, 8, 30], gamma=0.7),
    "constant": lambda L, o: L.ConstantLR(o, 0.3, total_iters=8),
    "linear": lambda L, o: L.LinearLR(o, 0.1, 0.7, total_iters=11),
    "linear default": lambda L, o: L.LinearLR(o),
    "exponential": lambda L, o: L.ExponentialLR(o, 0.93),
    "polynomial": lambda L, o: L.PolynomialLR(o, 23, power=1.7),
    "cosine": lambda L, o: L.CosineAnnealingLR(o, 13, eta_min=0.001),
    "cosine long": lambda L, o: L.CosineAnnealingLR(o, 100),
    "restarts": lambda L, o: L.CosineAnnealingWarmRestarts(o, 7),
    "restarts doubling": lambda L, o: L.CosineAnnealingWarmRestarts(o, 3, 2, eta_min=0.01),
    "one cycle": lambda L, o: L.OneCycleLR(o, 0.7, total_steps=60),
    "one cycle linear": lambda L, o: L.OneCycleLR(o, [0.7, 0.3], epochs=10, steps_per_epoch=6, anneal_strategy="linear", pct_start=0.25),
    "one cycle three": lambda L, o: L.OneCycleLR(o, 0.7, total_steps=55, three_phase=True, base_momentum=0.8, max_momentum=0.9),
    "one cycle plain": lambda L, o: L.OneCycleLR(o, 0.7, total_steps=55, cycle_momentum=False),
    "cyclic": lambda L, o: L.CyclicLR(o, 0.01, 0.5, 5, 9),
    "cyclic halving": lambda L, o: L.CyclicLR(o, 0.01, [0.5, 0.7], 6, mode="triangular2", cycle_momentum=False),
    "cyclic range": lambda L, o: L.CyclicLR(o, 0.01, 0.5, 6, mode="exp_range", gamma=0.98),
    "cyclic own": lambda L, o: L.CyclicLR(o, 0.01, 0.5, 6, scale_fn=Decay(0.99), scale_mode="iterations"),
    "sequential": lambda L, o: L.SequentialLR(
        o, [L.LinearLR(o, 0.1, total_iters=5), L.CosineAnnealingLR(o, 20), L.StepLR(o, 4)], milestones=[5, 25]
    ),
    "sequential at once": lambda L, o: L.SequentialLR(o, [L.ConstantLR(o, 0.1), L.ExponentialLR(o, 0.9)], milestones=[0]),
    "sequential nested": lambda L, o: L.SequentialLR(
        o, [L.SequentialLR(o, [L.ConstantLR(o, 0.5), L.ExponentialLR(o, 0.9)], [3]), L.StepLR(o, 4)], milestones=[9]
    ),
    "sequential restarts": lambda L, o: L.SequentialLR(o, [L.LinearLR(o), L.CosineAnnealingWarmRestarts(o, 5)], milestones=[6]),
    "chained": lambda L, o: L.ChainedScheduler([L.ConstantLR(o, 0.1, 4), L.ExponentialLR(o, 0.9)]),
    "two": lambda L, o: [L.ExponentialLR(o, 0.97), L.CosineAnnealingLR(o, 9, 0.01)][-1],
}


def optimizers_for(kind, lr=0.5):
    for m in (mt, torch):
        groups = [{"params": [m.ones(1, requires_grad=True)]}, {"params": [m.ones(1, requires_grad=True)], "lr": 0.2}]
        yield m, getattr(m.optim, kind)(groups, lr=lr, **({"momentum": 0.9} if kind == "SGD" else {}))


def describe(optimizer):
    """All that a schedule may change."""
    return [{k: v for k, v in g.items() if k not in ("params", "foreach", "fused")} for g in optimizer.param_groups]


def run(name, kind):
    results = []
    for m, o in optimizers_for(kind):
        scheduler = SCHEDULES[name](m.optim.lr_scheduler, o)
        o.step()
        log = []
        for _ in range(STEPS):
            log.append((copy.deepcopy(describe(o)), list(scheduler.get_last_lr())))
            scheduler.step()
        results.append((log, scheduler.state_dict()))
    return results


@pytest.mark.filterwarnings("ignore:Detected call")  # a nested sequence is stepped when it is made, in both
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name, kind):
    """Equal to the last bit: they are the same Python floats."""
    (ours, state), (theirs, their_state) = run(name, kind)
    for t, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        assert a == b, f"epoch {t}"
    assert state.keys() == their_state.keys()
    for key, value in state.items():
        if key != "_schedulers":
            assert value == their_state[key], key


@pytest.mark.filterwarnings("ignore:Detected call")
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_resume_from_their_state(name):
    (o, ours), (p, theirs) = [(o, SCHEDULES[name](m.optim.lr_scheduler, o)) for m, o in optimizers_for("SGD")]
    o.step(), p.step()
    for _ in range(10):
        theirs.step()
    ours.load_state_dict(copy.deepcopy(theirs.state_dict()))
    o.load_state_dict(p.state_dict())
    for _ in range(10):
        ours.step(), theirs.step()
        assert describe(o) == describe(p)


@pytest.mark.filterwarnings("ignore:.*epoch")
@pytest.mark.parametrize(
    "name", ["step", "milestones", "cosine", "exponential", "linear", "constant", "polynomial", "lambda", "restarts doubling"]
)
def test_schedules_jump_to_an_epoch(name):
    logs = []
    for m, o in optimizers_for("SGD"):
        scheduler = SCHEDULES[name](m.optim.lr_scheduler, o)
        o.step()
        log = []
        for epoch in (3, 8, 2, 21):
            scheduler.step(epoch + 0.25 if name.startswith("restarts") else epoch)
            log.append(scheduler.get_last_lr())
        scheduler.step()
        logs.append(log + [scheduler.get_last_lr()])
    assert logs[0] == logs[1]


@pytest.mark.parametrize("name", ["step", "cosine", "linear", "restarts"])
def test_schedules_resume_from_last_epoch(name):
    make = {
        "step": lambda L, o: L.StepLR(o, 3, last_epoch=7),
        "cosine": lambda L, o: L.CosineAnnealingLR(o, 13, last_epoch=7),
        "linear": lambda L, o: L.LinearLR(o, 0.1, 0.7, 11, last_epoch=7),
        "restarts": lambda L, o: L.CosineAnnealingWarmRestarts(o, 3, last_epoch=1),
    }[name]
    logs = []
    for m, o in optimizers_for("SGD"):
        for group in o.param_groups:
            group["initial_lr"] = 0.8
        scheduler = make(m.optim.lr_scheduler, o)
        o.step()
        log = [scheduler.get_last_lr()]
        for _ in range(10):
            scheduler.step()
            log.append(scheduler.get_last_lr())
        logs.append(log)
    assert logs[0] == logs[1]


PLATEAUS = [
    {"patience": 2},
    {"patience": 0, "mode": "max", "factor": 0.5},
    {"patience": 1, "threshold": 0.1, "threshold_mode": "abs", "cooldown": 2},
    {"patience": 1, "mode": "max", "threshold": 0.2, "threshold_mode": "abs"},
    {"patience": 1, "threshold": 0.3, "min_lr": [0.01, 0.05]},
    {"patience": 0, "eps": 0.05},
]


@pytest.mark.parametrize("options", PLATEAUS)
def test_plateau(options):
    logs = []
    for m, o in optimizers_for("SGD"):
        rng = np.random.default_rng(0)
        scheduler = m.optim.lr_scheduler.ReduceLROnPlateau(o, **options)
        log = []
        for _ in range(STEPS):
            scheduler.step(float(rng.normal()))
            log.append((scheduler.get_last_lr(), scheduler.num_bad_epochs, scheduler.best))
        logs.append((log, scheduler.state_dict()))
    assert logs[0] == logs[1]


@pytest.mark.parametrize("name", ["lambda", "step", "linear", "cosine", "restarts", "one cycle plain", "cyclic halving", "sequential"])
def test_schedules_of_a_tensor_rate(name):
    logs = []
    for m, o in optimizers_for("SGD", lr=0.5):
        for group in o.param_groups:
            group["lr"] = m.tensor(group["lr"])
        scheduler = SCHEDULES[name](m.optim.lr_scheduler, o)
        o.step()
        log = []
        for _ in range(20):
            log.append([float(lr) for lr in scheduler.get_last_lr()])
            scheduler.step()
        logs.append(log)
    np.testing.assert_allclose(logs[0], logs[1], rtol=1e-6)
