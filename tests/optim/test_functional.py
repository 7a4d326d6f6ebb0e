"""The functional forms do what the optimizers do, to the last bit; and an optimizer can be lent out and comes back unchanged."""

import numpy as np
import pytest

import minitorch_nlp as mt
from minitorch_nlp.optim import SGD, Adam, RMSprop, swap_in_optimizer_params_and_state
from minitorch_nlp.optim._functional import adam, rmsprop, sgd


def leaf(*values):
    return mt.tensor(values, requires_grad=True)


def test_adam_as_its_class():
    p, q = leaf(1.0, -2.0), leaf(1.0, -2.0).detach()
    optimizer = Adam([p], lr=0.1, amsgrad=True, weight_decay=0.1)
    means, squares, peaks, steps = ([mt.zeros(2)], [mt.zeros(2)], [mt.zeros(2)], [mt.zeros(())])
    options = {"amsgrad": True, "beta1": 0.9, "beta2": 0.999, "lr": 0.1, "weight_decay": 0.1, "eps": 1e-8, "maximize": False}
    for _ in range(5):
        p.grad = 2 * p.detach()
        optimizer.step()
        adam([q], [2 * q], means, squares, peaks, steps, **options)
    assert p.tolist() == q.tolist()
    state = optimizer.state[p]
    lists = {"step": steps, "exp_avg": means, "exp_avg_sq": squares, "max_exp_avg_sq": peaks}
    assert {key: value.tolist() for key, value in state.items()} == {key: values[0].tolist() for key, values in lists.items()}


def test_sgd_makes_the_buffers_that_are_missing():
    p, q = leaf(1.0, -2.0), leaf(1.0, -2.0).detach()
    optimizer, buffers = SGD([p], lr=0.1, momentum=0.9), [None]
    for _ in range(3):
        p.grad = 2 * p.detach()
        optimizer.step()
        sgd([q], [2 * q], buffers, weight_decay=0, momentum=0.9, lr=0.1, dampening=0, nesterov=False, maximize=False)
    assert p.tolist() == q.tolist()
    assert buffers[0].tolist() == optimizer.state[p]["momentum_buffer"].tolist()


def test_lists_that_the_options_leave_out_may_be_empty():
    p, q = leaf(1.0), leaf(1.0).detach()
    optimizer = RMSprop([p], lr=0.1)
    p.grad = mt.ones(1)
    optimizer.step()
    rmsprop(
        [q], [mt.ones(1)], [mt.zeros(1)], [], [], [mt.zeros(())], lr=0.1, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False
    )
    assert p.tolist() == q.tolist()


PLAIN = {"weight_decay": 0, "momentum": 0, "lr": 0.1, "dampening": 0, "nesterov": False, "maximize": False}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"grad_scale": mt.ones(1)}, AssertionError, "fused is not True"),
        ({"grad_scale": mt.ones(1), "fused": True}, NotImplementedError, "grad_scale and found_inf"),
        ({"requires_grad": True}, RuntimeError, "no_grad"),
    ],
)
def test_errors_come_before_any_change(options, error, words):
    p = mt.ones(2, requires_grad=options.pop("requires_grad", False))
    with pytest.raises(error, match=words):
        sgd([p], [mt.ones(2)], [None], **PLAIN, **options)
    assert p.tolist() == [1.0, 1.0]


def test_an_optimizer_lent_out_comes_back_even_after_an_error():
    p, other = leaf(1.0), leaf(5.0)
    p.grad, other.grad = mt.ones(1), mt.ones(1)
    optimizer = Adam([p], lr=0.5)
    optimizer.step()
    params, state, before = optimizer.param_groups[0]["params"], optimizer.state, p.tolist()
    saved = optimizer.state_dict()
    saved["state"] = {0: {key: value.clone() for key, value in saved["state"][0].items()}}
    saved["param_groups"][0]["lr"] = 0.25

    def step_and_fail():
        with swap_in_optimizer_params_and_state(optimizer, {"w": other}, saved):
            optimizer.step()
            optimizer.param_groups[0]["lr"] = 7.0
            raise KeyError

    with pytest.raises(KeyError):
        step_and_fail()
    np.testing.assert_allclose(other.tolist(), [4.75], rtol=1e-6)
    assert saved["state"][0]["step"].item() == 2.0
    assert optimizer.param_groups[0]["params"] is params
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert optimizer.state is state
    assert (p.tolist(), state[p]["step"].item()) == (before, 1.0)
