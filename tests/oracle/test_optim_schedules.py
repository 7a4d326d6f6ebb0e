"""Schedules beside PyTorch's: the same rates, to the last bit, and the same state."""

import copy

import numpy as np
import pytest

import minitorch_nlp as mt

torch = pytest.importorskip("torch")

STEPS = 50


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


KINDS = [
    "SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adadelta", "Adagrad", "RMSprop", "Rprop", "ASGD", "LBFGS", "Adafactor", "Muon",
    "SparseAdam",
]  # fmt: skip
FOR_ALL = ("one cycle", "one cycle plain", "cyclic", "cyclic own", "step", "cosine", "sequential", "chained")


def optimizers_for(kind, lr=0.5):
    for m in (mt, torch):
        groups = [{"params": [m.ones(1, 1, requires_grad=True)]}, {"params": [m.ones(1, 1, requires_grad=True)], "lr": 0.2}]
        yield m, getattr(m.optim, kind)(groups[:1] if kind == "LBFGS" else groups, lr=lr, **({"momentum": 0.9} if kind == "SGD" else {}))


def describe(optimizer):
    """All that a schedule may change."""
    return [{k: v for k, v in g.items() if k not in ("params", "foreach", "fused")} for g in optimizer.param_groups]


def run(name, kind):
    results = []
    for m, o in optimizers_for(kind):
        try:
            scheduler = SCHEDULES[name](m.optim.lr_scheduler, o)
        except Exception as error:
            results.append(([type(error)], {}))
            continue
        o.step(lambda: 0.0)
        log = []
        for _ in range(STEPS):
            log.append((copy.deepcopy(describe(o)), list(scheduler.get_last_lr())))
            scheduler.step()
        results.append((log, scheduler.state_dict()))
    return results


@pytest.mark.filterwarnings("ignore:Detected call")  # a nested sequence is stepped when it is made, in both
@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in SCHEDULES for kind in (KINDS if name in FOR_ALL else KINDS[:2])])
def test_schedules(name, kind):
    """Equal to the last bit: they are the same Python floats. Where an optimizer has no momentum to cycle, the same error."""
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


@pytest.mark.filterwarnings("ignore:Detected call")
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_of_a_tensor_rate(name):
    """In the tensor's own memory; `get_last_lr` gives copies."""
    logs = []
    for m, o in optimizers_for("SGD", lr=0.5):
        for group in o.param_groups:
            group["lr"] = m.tensor(group["lr"])
        rates = [group["lr"] for group in o.param_groups]
        scheduler = SCHEDULES[name](m.optim.lr_scheduler, o)
        o.step()
        log = []
        for _ in range(20):
            log.append([float(lr) for lr in scheduler.get_last_lr()])
            log.append([float(group["momentum"]) for group in o.param_groups])
            scheduler.step()
        assert all(group["lr"] is rate for group, rate in zip(o.param_groups, rates, strict=True))
        assert all(a is not b for a, b in zip(scheduler.get_last_lr(), rates, strict=True))
        logs.append(log)
    np.testing.assert_allclose(logs[0], logs[1], rtol=1e-6)


def test_plateau_of_a_tensor_rate():
    logs = []
    for m, o in optimizers_for("Adam", lr=0.5):
        for group in o.param_groups:
            group["lr"] = m.tensor(group["lr"])
        scheduler = m.optim.lr_scheduler.ReduceLROnPlateau(o, patience=0)
        for loss in (1.0, m.tensor(2.0), 3.0):
            scheduler.step(loss)
        logs.append([float(lr) for lr in scheduler.get_last_lr()])
    np.testing.assert_allclose(logs[0], logs[1], rtol=1e-6)
