"""What every optimizer has: groups, state, hooks, errors; and the update rules where they can go wrong by themselves."""

import copy
import gc
import inspect
import pickle
import weakref

import numpy as np
import pytest

import minitorch_nlp as mt
from minitorch_nlp.optim import (
    ASGD,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    NAdam,
    Optimizer,
    RAdam,
    RMSprop,
    Rprop,
    _elementwise,
    _update,
    sgd,
)
from minitorch_nlp.optim.optimizer import required

OPTIONS = {SGD: {"momentum": 0.9, "nesterov": True}, Adam: {"amsgrad": True}, AdamW: {"amsgrad": True}, RMSprop: {"centered": True}}
EVERY = [SGD, Adam, AdamW, Adamax, NAdam, RAdam, Adadelta, Adagrad, RMSprop, Rprop, ASGD, Adafactor]


def leaf(*values, dtype=None):
    return mt.tensor(values or (1.0, 2.0), dtype=dtype or mt.float32, requires_grad=True)


def give(p, *grad):
    p.grad = mt.tensor(grad, dtype=p.dtype)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: SGD([]), ValueError, "empty parameter list"),
        (lambda: SGD(leaf()), TypeError, "iterable of Tensors or dicts"),
        (lambda: SGD([1]), TypeError, "one of the params is int"),
        (lambda: SGD([None]), TypeError, "one of the params is NoneType"),
        (lambda: SGD([{"params": {leaf()}}]), TypeError, "use a list"),
        (lambda: SGD([{"lr": 1.0}]), KeyError, "params"),
        (lambda: SGD([leaf() * 2]), ValueError, "non-leaf"),
        (lambda: SGD([("a", leaf()), leaf()]), ValueError, "with/without names"),
        (lambda: SGD([{"params": [("a", leaf())]}, {"params": [leaf()]}]), ValueError, "with/without names"),
        (lambda: SGD([leaf()], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda: SGD([leaf()], lr=mt.tensor([0.1, 0.2])), ValueError, "1-element"),
        (lambda: SGD([leaf()], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda: SGD([leaf()], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda: SGD([leaf()], nesterov=True), ValueError, "Nesterov"),
        (lambda: SGD([leaf()], nesterov=True, momentum=0.9, dampening=0.1), ValueError, "Nesterov"),
        (lambda: Adam([leaf()], lr=float("nan")), ValueError, "Invalid learning rate: nan"),
        (lambda: Adam([leaf()], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda: Adam([leaf()], betas=(1.0, 0.9)), ValueError, "index 0: 1.0"),
        (lambda: Adam([leaf()], betas=(0.9, -0.1)), ValueError, "index 1: -0.1"),
        (lambda: Adam([leaf()], betas=(0, 0.9)), ValueError, "both floats or both Tensors"),
        (lambda: Adam([leaf()], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda: Adam([leaf()], fused=True, foreach=True), RuntimeError, "`fused` and `foreach`"),
        (lambda: Adam([leaf()], lr=mt.tensor(0.1), foreach=True), ValueError, "lr as a Tensor"),
        (lambda: AdamW([leaf()], differentiable=True), NotImplementedError, "differentiable=True"),
        (lambda: SGD([{"params": [leaf()], "differentiable": True}]), NotImplementedError, "differentiable=True"),
        (lambda: Optimizer([leaf()], {"lr": required}), ValueError, "required optimization parameter lr"),
        (lambda: Optimizer([leaf()], {}).step(), NotImplementedError, "step"),
        (lambda: SGD([leaf()]).add_param_group([leaf()]), TypeError, "must be a dict"),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error, match=words.replace("(", r"\(")):
        make()


def test_a_refused_group_leaves_everything_as_it_was():
    p = leaf()
    optimizer = SGD([p])
    group = {"params": (q for q in [p])}
    with pytest.raises(ValueError, match="more than one parameter group"):
        optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1
    assert set(group) == {"params"}


def test_duplicate_parameters_warn():
    p = leaf()
    with pytest.warns(UserWarning, match="duplicate parameters"):
        SGD([p, p])


def test_groups_have_their_own_options():
    a, b = leaf(1.0), leaf(1.0)
    optimizer = SGD([{"params": a}, {"params": (q for q in [b]), "lr": 0.5}], lr=0.25)
    give(a, 1.0), give(b, 1.0)
    optimizer.step()
    assert (a.item(), b.item()) == (0.75, 0.5)
    c = leaf(1.0)
    optimizer.add_param_group({"params": [c], "lr": 1.0})
    give(c, 1.0)
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    assert (a.item(), c.item()) == (0.75, 0.0)


def test_repr_and_names():
    optimizer = SGD([("w", leaf()), ("b", leaf())], lr=0.5)
    assert repr(optimizer) == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n    fused: None\n    lr: 0.5\n"
        "    maximize: False\n    momentum: 0\n    nesterov: False\n    param_names: ['w', 'b']\n    weight_decay: 0\n)"
    )
    assert "fused" in inspect.signature(AdamW).parameters


@pytest.mark.parametrize("kind", EVERY)
def test_parameters_without_gradient_stay(kind):
    a, b = leaf(1.0), leaf(1.0)
    optimizer = kind([a, b], lr=0.5)
    give(a, 1.0)
    optimizer.step()
    assert a.item() < 1.0
    assert b.item() == 1.0
    assert kind is Adagrad or set(optimizer.state) <= {a}


def test_zero_grad():
    p = leaf()
    optimizer = SGD([p])
    give(p, 1.0, 2.0)
    grad = p.grad
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is grad
    assert grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert p.grad is None


def test_zero_grad_cuts_a_recorded_gradient():
    p = leaf()
    (p * p * p).sum().backward(create_graph=True)
    assert p.grad.requires_grad
    SGD([p]).zero_grad(set_to_none=False)
    assert not p.grad.requires_grad
    assert p.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("kind", EVERY)
def test_closure_runs_with_gradients_on(kind):
    p = leaf(1.0)
    optimizer = kind([p], lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with mt.no_grad():
        assert optimizer.step(closure).item() == 1.0
    assert p.item() < 1.0


@pytest.mark.parametrize("kind", EVERY)
def test_a_graph_that_saved_the_parameter_is_stale_after_a_step(kind):
    p = leaf(1.0)
    loss = (p * p).sum()
    give(p, 1.0)
    kind([p]).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_user_optimizer():
    class Drag(Optimizer):
        def __init__(self, params, lr=required):
            super().__init__(params, {"lr": lr})

        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    state["sum"] = state.get("sum", 0) + p.grad.data
                    p.data.add_(state["sum"], alpha=-group["lr"])

    p = leaf(1.0)
    optimizer = Drag([p], lr=0.25)
    give(p, 1.0)
    optimizer.step()
    optimizer.step()
    assert p.item() == 0.25
    assert optimizer.state_dict()["state"][0]["sum"].item() == 2.0


def test_step_hooks():
    seen = []
    p = leaf(1.0)
    give(p, 1.0)
    optimizer = SGD([p], lr=0.5)
    before = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", o is optimizer, p.item())))
    after = optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("after", o is optimizer, p.item())))
    optimizer.step()
    assert seen == [("before", True, 1.0), ("after", True, 0.5)]
    before.remove()
    after.remove()
    optimizer.step()
    assert len(seen) == 2
    replaced = optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: "loss"), {}))
    assert optimizer.step() == "loss"
    replaced.remove()
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match="must return None or a tuple"):
        optimizer.step()


def test_hooks_and_schedulers_do_not_keep_an_optimizer_alive():
    optimizer = SGD([leaf()])
    optimizer.register_step_pre_hook(lambda *a: None)
    here = weakref.ref(optimizer)
    gc.disable()
    try:
        del optimizer
        assert here() is None
    finally:
        gc.enable()


# ---- saving and loading ----


@pytest.mark.parametrize("kind", EVERY)
def test_resume_goes_on_alike(kind):
    options = {"lr": 0.1, **OPTIONS.get(kind, {})}
    p, q = leaf(1.0, -2.0), leaf(7.0, 7.0)
    first, second = kind([p], **options), kind([q], lr=9.0)

    def train(optimizer, param, steps):
        for _ in range(steps):
            param.grad = param.detach() * 3
            optimizer.step()

    train(first, p, 3)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    q.data = p.detach().clone()
    train(first, p, 2)
    train(second, q, 2)
    assert p.tolist() == q.tolist()
    assert second.param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize("kind", EVERY)
def test_pickle_and_deepcopy(kind):
    p = leaf(1.0)
    give(p, 1.0)
    optimizer = kind([p], lr=0.5)
    optimizer.register_step_pre_hook(lambda *a: None)
    optimizer.step()
    for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        (q,) = other.param_groups[0]["params"]
        assert q is not p
        give(q, 1.0)
        other.step()
        assert q.item() < p.item()
        other.register_step_post_hook(lambda *a: None)


def test_load_casts_state_to_the_parameter():
    p, q = leaf(1.0, dtype=mt.float64), leaf(1.0)
    first, second = Adam([p]), Adam([q])
    give(p, 1.0)
    first.step()
    second.load_state_dict(first.state_dict())
    state = second.state[q]
    assert state["exp_avg"].dtype is mt.float32
    assert state["step"].dtype is first.state[p]["step"].dtype


@pytest.mark.parametrize(
    ("groups", "words"),
    [([[2], [3]], "different number of parameter groups"), ([[2, 3]], "group 0 has 2 parameters, but 1")],
)
def test_load_refuses_other_groups(groups, words):
    saved = SGD([{"params": [leaf() for _ in g]} for g in groups]).state_dict()
    optimizer = SGD([leaf()], lr=0.5)
    with pytest.raises(ValueError, match=words):
        optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_load_refuses_differentiable():
    saved = SGD([leaf()]).state_dict()
    saved["param_groups"][0]["differentiable"] = True
    with pytest.raises(NotImplementedError, match="differentiable"):
        SGD([leaf()]).load_state_dict(saved)


def test_load_a_state_saved_before_some_options_existed():
    p = leaf(1.0)
    give(p, 1.0)
    optimizer = Adam([p])
    optimizer.step()
    saved = optimizer.state_dict()
    for key in ("maximize", "amsgrad", "fused", "decoupled_weight_decay"):
        del saved["param_groups"][0][key]
    saved["state"][0]["step"] = 1
    other = Adam([p])
    other.load_state_dict(saved)
    other.step()
    assert other.state[p]["step"].item() == 2.0
    assert optimizer.state_dict()["param_groups"][0]["params"] == [0]


# ---- the updates ----


@pytest.mark.parametrize("kind", EVERY)
def test_large_arrays_are_updated_like_small_ones(kind, monkeypatch):
    """In blocks of rows, the last one shorter, and for layouts that are not contiguous."""
    results = []
    for block, smallest in ((_update.BLOCK, sgd.SMALLEST), (8, 0)):
        monkeypatch.setattr(_update, "BLOCK", block)
        for module in (_elementwise, sgd):
            monkeypatch.setattr(module, "SMALLEST", smallest)
        rng = np.random.default_rng(0)
        p = mt.from_numpy(rng.normal(size=(7, 5)).astype(np.float32).T).requires_grad_()
        decay = {} if kind is Rprop else {"weight_decay": 0.1}
        optimizer = kind([p], **decay, **OPTIONS.get(kind, {}))
        for _ in range(3):
            p.grad = mt.from_numpy(rng.normal(size=(5, 7)).astype(np.float32))
            optimizer.step()
        results.append(p.detach().numpy())
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan, 3e38])
def test_bad_gradients_pass_without_warnings(kind, bad):
    p = leaf(1.0)
    optimizer = kind([p], lr=10.0)
    for _ in range(3):
        give(p, bad)
        optimizer.step()


@pytest.mark.parametrize("kind", EVERY)
def test_dtype_shape_and_memory_stay(kind):
    for dtype in (mt.float16, mt.float32, mt.float64):
        for shape in ((), (0,), (1,), (2, 3)):
            p = mt.ones(shape, dtype=dtype, requires_grad=True)
            array = p.array
            optimizer = kind([p], lr=0.25, **({} if kind is Rprop else {"weight_decay": 0.5}))
            p.grad = mt.ones(shape, dtype=dtype)
            grad = p.grad.array.copy()
            optimizer.step()
            assert p.array is array
            assert array.dtype == dtype.dtype
            np.testing.assert_array_equal(p.grad.array, grad)
            for value in optimizer.state[p].values():
                assert value.dtype in (dtype, mt.float32)


def test_sgd_keeps_the_gradient_out_of_its_buffer():
    p = leaf(1.0)
    optimizer = SGD([p], lr=0.5, momentum=0.5)
    give(p, 1.0)
    optimizer.step()
    p.grad.zero_()
    optimizer.step()
    assert p.item() == 1 - 0.5 - 0.25


def test_adam_without_memory_has_the_gradient_itself_as_average():
    """Also after one so large that adding a difference to it would lose the next."""
    p = leaf(1.0)
    optimizer = Adam([p], betas=(0.0, 0.9))
    for grad in (1e8, 1.0):
        give(p, grad)
        optimizer.step()
        assert optimizer.state[p]["exp_avg"].item() == grad


def test_a_tensor_learning_rate_is_read_at_each_step():
    lr = mt.tensor(0.5)
    p = leaf(1.0)
    optimizer = SGD([p], lr=lr)
    give(p, 1.0)
    optimizer.step()
    lr.fill_(0.25)
    optimizer.step()
    assert p.item() == 0.25
    assert "lr: 0.25" in repr(optimizer)
