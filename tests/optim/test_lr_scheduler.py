"""Schedules: their base class, their errors, and what they share with the optimizer. The numbers are compared with torch's elsewhere."""

import copy
import math

import pytest

import minitorch_nlp as mt
from minitorch_nlp.optim import SGD, Adam
from minitorch_nlp.optim import lr_scheduler as L


def optimizer(lr=1.0, groups=1, kind=SGD, **options):
    return kind([{"params": [mt.ones(1, requires_grad=True)]} for _ in range(groups)], lr=lr, **options)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda o: L.StepLR("sgd", 1), TypeError, "str is not an Optimizer"),
        (lambda o: L.ReduceLROnPlateau(None), TypeError, "NoneType is not an Optimizer"),
        (lambda o: L.StepLR(o, 1, last_epoch=3), KeyError, "initial_lr"),
        (lambda o: L.LambdaLR(o, [abs, abs]), ValueError, "Expected 1 lr_lambdas, .* but got 2"),
        (lambda o: L.MultiplicativeLR(o, 0.5), TypeError, "should be a function, but got float"),
        (lambda o: L.ConstantLR(o, 1.5), ValueError, "between 0 and 1"),
        (lambda o: L.LinearLR(o, 0.0), ValueError, "greater than 0"),
        (lambda o: L.LinearLR(o, 0.5, 1.5), ValueError, "between 0 and 1"),
        (lambda o: L.CosineAnnealingWarmRestarts(o, 0), ValueError, "positive integer T_0"),
        (lambda o: L.CosineAnnealingWarmRestarts(o, 1, 0.5), ValueError, "integer T_mult >= 1"),
        (lambda o: L.CosineAnnealingWarmRestarts(o, 1, eta_min="0"), ValueError, "float or int eta_min"),
        (lambda o: L.CosineAnnealingWarmRestarts(o, 1).step(-1), ValueError, "non-negative epoch"),
        (lambda o: L.OneCycleLR(o, 1.0), ValueError, "total_steps OR"),
        (lambda o: L.OneCycleLR(o, 1.0, total_steps=0), ValueError, "positive integer total_steps"),
        (lambda o: L.OneCycleLR(o, 1.0, epochs=1, steps_per_epoch=0), ValueError, "positive integer steps_per_epoch"),
        (lambda o: L.OneCycleLR(o, 1.0, 10, pct_start=1), ValueError, "pct_start"),
        (lambda o: L.OneCycleLR(o, 1.0, 10, anneal_strategy="x"), ValueError, "'cos' or 'linear'"),
        (lambda o: L.OneCycleLR(o, [1.0, 2.0], 10), ValueError, "max_lr must have the same length"),
        (lambda o: L.CyclicLR(o, 0.1, 1.0, mode="x"), ValueError, "mode 'x' is invalid"),
        (lambda o: L.ReduceLROnPlateau(o, factor=1.0), ValueError, "Factor should be < 1.0"),
        (lambda o: L.ReduceLROnPlateau(o, mode="x"), ValueError, "mode x is unknown"),
        (lambda o: L.ReduceLROnPlateau(o, threshold_mode="x"), ValueError, "threshold mode x is unknown"),
        (lambda o: L.ReduceLROnPlateau(o, min_lr=[0, 0]), ValueError, "expected 1 min_lrs, got 2"),
        (lambda o: L.SequentialLR(o, [], []), ValueError, "at least one"),
        (lambda o: L.SequentialLR(o, [L.StepLR(o, 1)], [1]), ValueError, "one more than the number of milestones"),
        (lambda o: L.SequentialLR(o, [L.StepLR(optimizer(), 1)], []), ValueError, "same optimizer"),
        (lambda o: L.SequentialLR(o, [L.ReduceLROnPlateau(o)], []), ValueError, "ReduceLROnPlateau"),
        (lambda o: L.SequentialLR(o, [o.step], []), TypeError, "`optimizer` as its attribute"),
        (lambda o: L.ChainedScheduler([]), ValueError, "at least one"),
        (lambda o: L.LRScheduler(o), NotImplementedError, "get_lr"),
    ],
)
def test_errors(make, error, words):
    o = optimizer()
    with pytest.raises(error, match=words):
        make(o)


def test_momentum_schedules_need_momentum():
    class Plain(mt.optim.Optimizer):
        def step(self):
            pass

    o = Plain([mt.ones(1, requires_grad=True)], {"lr": 1.0})
    with pytest.raises(ValueError, match="momentum or beta1"):
        L.OneCycleLR(o, 1.0, 10)
    assert o.param_groups[0]["lr"] == 1.0
    assert "max_lr" not in o.param_groups[0]
    L.OneCycleLR(o, 1.0, 10, cycle_momentum=False)


def test_too_many_one_cycle_steps():
    o = optimizer(kind=Adam)
    scheduler = L.OneCycleLR(o, 1.0, 2)
    o.step()
    scheduler.step(), scheduler.step()
    with pytest.raises(ValueError, match=r"Tried to step 3 times. The specified number of total steps is 2"):
        scheduler.step()


def test_order_of_steps_is_checked_once():
    o = optimizer()
    scheduler = L.StepLR(o, 1)
    with pytest.warns(UserWarning, match="before `optimizer.step\\(\\)`"):
        scheduler.step()
    scheduler.step()
    o = optimizer()
    scheduler = L.StepLR(o, 1)
    o.step = lambda: None
    with pytest.warns(UserWarning, match="overridden"):
        scheduler.step()


def test_get_lr_outside_step_warns():
    scheduler = L.ExponentialLR(optimizer(), 0.5)
    with pytest.warns(UserWarning, match="get_last_lr"):
        assert scheduler.get_lr() == [0.5]


def test_epoch_argument_is_deprecated_and_goes_there():
    o = optimizer()
    scheduler = L.StepLR(o, 2, gamma=0.5)
    o.step()
    with pytest.warns(UserWarning, match="deprecated"):
        scheduler.step(6)
    assert scheduler.get_last_lr() == [0.125]
    assert scheduler.last_epoch == 6


def test_two_schedules_multiply():
    o = optimizer()
    a, b = L.ExponentialLR(o, 0.5), L.StepLR(o, 2, gamma=0.1)
    o.step()
    for _ in range(2):
        a.step(), b.step()
    assert o.param_groups[0]["lr"] == pytest.approx(0.025)


def test_a_tensor_rate_is_changed_in_place_and_copied_out():
    lr = mt.tensor(1.0)
    o = optimizer(lr=lr)
    scheduler = L.ExponentialLR(o, 0.5)
    o.step()
    first = scheduler.get_last_lr()[0]
    scheduler.step()
    assert o.param_groups[0]["lr"] is lr
    assert lr.item() == 0.5
    assert first.item() == 1.0
    assert scheduler.base_lrs[0].item() == 1.0


def test_plateau_follows_new_groups():
    o = optimizer()
    scheduler = L.ReduceLROnPlateau(o, patience=0, factor=0.5)
    o.add_param_group({"params": [mt.ones(1, requires_grad=True)], "lr": 4.0})
    scheduler.step(1.0), scheduler.step(1.0)
    assert [g["lr"] for g in o.param_groups] == [0.5, 2.0]
    listed = L.ReduceLROnPlateau(o, patience=0, min_lr=[0, 0])
    o.add_param_group({"params": [mt.ones(1, requires_grad=True)]})
    listed.step(1.0)
    with pytest.raises(RuntimeError, match="3 param groups"):
        listed.step(1.0)


def test_plateau_takes_tensors_and_nan_is_no_improvement():
    o = optimizer()
    scheduler = L.ReduceLROnPlateau(o, patience=1, factor=0.5)
    scheduler.step(mt.tensor(1.0))
    scheduler.step(math.nan)
    scheduler.step(mt.tensor(1.0))
    assert scheduler.get_last_lr() == [0.5]


class Factor:
    def __init__(self, base):
        self.base = base

    def __call__(self, x):
        return self.base**x


SAVED = {
    "lambda": lambda o: L.LambdaLR(o, Factor(0.5)),
    "milestones": lambda o: L.MultiStepLR(o, [2, 4, 4]),
    "cosine": lambda o: L.CosineAnnealingLR(o, 5),
    "restarts": lambda o: L.CosineAnnealingWarmRestarts(o, 2, 2),
    "one cycle": lambda o: L.OneCycleLR(o, 1.0, 20),
    "cyclic": lambda o: L.CyclicLR(o, 0.1, 1.0, 4, scale_fn=Factor(0.9)),
    "sequential": lambda o: L.SequentialLR(o, [L.LinearLR(o, 0.1, total_iters=3), L.ExponentialLR(o, 0.9)], [3]),
    "chained": lambda o: L.ChainedScheduler([L.ExponentialLR(o, 0.9), L.StepLR(o, 3)]),
}


@pytest.mark.parametrize("name", SAVED)
def test_resume_goes_on_alike(name):
    first = optimizer(momentum=0.9)
    scheduler = SAVED[name](first)
    first.step()
    for _ in range(4):
        scheduler.step()
    state, optimizer_state = copy.deepcopy(scheduler.state_dict()), copy.deepcopy(first.state_dict())
    second = optimizer(momentum=0.9)
    resumed = SAVED[name](second)
    second.step()
    if name == "lambda":
        resumed.lr_lambdas[0].base = 7.0
    kept = copy.deepcopy(state)
    resumed.load_state_dict(state)
    assert state == kept
    second.load_state_dict(optimizer_state)
    for _ in range(6):
        scheduler.step(), resumed.step()
        assert resumed.get_last_lr() == scheduler.get_last_lr()
        assert second.param_groups[0]["lr"] == first.param_groups[0]["lr"]


def test_plain_functions_are_not_saved():
    state = L.LambdaLR(optimizer(), lambda t: 1.0).state_dict()
    assert state["lr_lambdas"] == [None]
    assert "optimizer" not in state
