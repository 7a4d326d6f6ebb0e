"""LBFGS and Muon beside PyTorch's: whole minimisations, and steps that are rounded to bfloat16."""

import numpy as np
import pytest

import minitorch_nlp as mt
from minitorch_nlp.optim._line_search import Point, strong_wolfe
from minitorch_nlp.optim.muon import orthogonalize

from .optimizing import STEPS, TOLERANCE, close, pair, train, translate

torch = pytest.importorskip("torch")

PROBLEMS = {
    "quadratic": lambda m, p: ((p[0] - 1) ** 2).sum() * 0.7 + ((p[1] @ p[0]) ** 2).sum() + (p[0].sum() * p[1].sum() - 1) ** 2 * 0.1,
    "rosenbrock": lambda m, p: (100 * (p[0][1:] - p[0][:-1] ** 2) ** 2 + (1 - p[0][:-1]) ** 2).sum() + (p[1] ** 2).sum(),
    "logistic": lambda m, p: (
        m.log(1 + m.exp(-(p[1] @ p[0]) * m.tensor([1.0, -1.0, 1.0]))).sum() + 0.1 * (p[0] ** 2).sum() + p[1].pow(2).sum()
    ),
}
LBFGS = {
    "default": {},
    "small steps": {"lr": 0.1, "max_iter": 7},
    "short memory": {"lr": 0.3, "history_size": 2},
    "line search": {"line_search_fn": "strong_wolfe"},
    "line search, short memory": {"line_search_fn": "strong_wolfe", "history_size": 3, "lr": 0.5},
    "few evaluations": {"line_search_fn": "strong_wolfe", "max_eval": 5},
    "one evaluation": {"line_search_fn": "strong_wolfe", "max_eval": 1},
    "no iteration": {"max_iter": 0},
    "tolerant": {"tolerance_grad": 1e-2, "tolerance_change": 1e-3, "line_search_fn": "strong_wolfe"},
    "far": {"line_search_fn": "strong_wolfe", "lr": 30.0},
}


def closure_for(m, problem, params, optimizer, losses):
    def closure():
        optimizer.zero_grad()
        loss = PROBLEMS[problem](m, params)
        loss.backward()
        losses.append(loss.item())
        return loss

    return closure


def start(dtype="float64"):
    rng = np.random.default_rng(3)
    arrays = [rng.normal(size=s).astype(dtype) for s in ((4,), (3, 4))]
    return [[m.tensor(a, requires_grad=True) for a in arrays] for m in (mt, torch)]


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("case", LBFGS)
def test_lbfgs(case, problem):
    """Each loss the closure gives, on the way too."""
    logs = []
    for m, params in zip((mt, torch), start(), strict=True):
        optimizer = m.optim.LBFGS(params, **LBFGS[case])
        losses = []
        for _ in range(3):
            optimizer.step(closure_for(m, problem, params, optimizer, losses))
        state = optimizer.state_dict()["state"][0]
        logs.append((losses, state["func_evals"], state["n_iter"], list(state)))
    (losses, *rest), (their_losses, *their_rest) = logs
    np.testing.assert_allclose(losses, their_losses, rtol=1e-7, atol=1e-10)
    assert rest == their_rest


@pytest.mark.parametrize("case", ["default", "line search", "line search, short memory"])
def test_lbfgs_state_is_interchangeable(case):
    params = start()
    optimizers = [m.optim.LBFGS(p, **LBFGS[case], max_iter=4) for m, p in zip((mt, torch), params, strict=True)]

    def step(optimizers):
        for m, p, o in zip((mt, torch), params, optimizers, strict=True):
            o.step(closure_for(m, "quadratic", p, o, []))

    step(optimizers)
    a, b = (o.state_dict() for o in optimizers)
    assert a["param_groups"] == b["param_groups"]
    assert list(a["state"][0]) == list(b["state"][0])
    for key, value in a["state"][0].items():
        other = b["state"][0][key]
        assert type(value).__name__ == type(other).__name__, key
        if isinstance(value, mt.Tensor):
            assert (tuple(value.shape), str(value.dtype)) == (tuple(other.shape), str(other.dtype))
    others = [m.optim.LBFGS(p) for m, p in zip((mt, torch), params, strict=True)]
    others[0].load_state_dict(translate(b, mt.tensor))
    others[1].load_state_dict(translate(a, torch.tensor))
    step(others)
    close(*params, "float64")


def test_lbfgs_in_float32():
    """A few iterations: rounding sends the later ones to other points of the flat valley."""
    params = start("float32")
    for m, p in zip((mt, torch), params, strict=True):
        m.optim.LBFGS(p, lr=m.tensor(0.5), max_iter=3, line_search_fn="strong_wolfe").step(
            closure_for(m, "logistic", p, m.optim.SGD(p), [])
        )
    close(*params, "float32")


CURVES = {
    "waves": lambda t: (-np.sin(3 * t) - 0.1 * t, -3 * np.cos(3 * t) - 0.1),
    "steep": lambda t: (t**4 - 2 * t, 4 * t**3 - 2),
    "flat": lambda t: (np.log(1 + np.exp(-t)), -1 / (1 + np.exp(t))),
    "corner": lambda t: (abs(t - 0.7) ** 1.1 - 0.01 * t, 1.1 * np.sign(t - 0.7) * abs(t - 0.7) ** 0.1 - 0.01),
    "far away": lambda t: ((t - 300) ** 2, 2 * (t - 300)),
    "wall": lambda t: (1 / abs(1.5 - t) - 5 * t + t * t, np.sign(1.5 - t) / (1.5 - t) ** 2 - 5 + 2 * t),
}


@pytest.mark.parametrize("tries", [25, 3])
@pytest.mark.parametrize("curve", CURVES)
def test_line_search(curve, tries):
    """Every point it looks at, from many first steps."""
    from torch.optim.lbfgs import _strong_wolfe

    f = CURVES[curve]
    for first in 10.0 ** np.linspace(-4, 2, 25):
        ours, theirs = [], []

        def look(t, seen=ours):
            loss, slope = (float(v) for v in f(float(t)))
            seen.append(float(t))
            return Point(t, loss, np.array([slope]), np.float64(slope))

        def there(x, t, d, seen=theirs):
            point = look(t, seen)
            return point.loss, torch.tensor(point.grad)

        begin = look(0, [])
        with np.errstate(all="ignore"):
            point, count = strong_wolfe(look, begin, first, 1.0, tries=tries)
        one, grad = torch.ones(1, dtype=torch.float64), torch.tensor(begin.grad)
        loss, _, t, evaluations = _strong_wolfe(there, [], first, one, begin.loss, grad, grad.dot(one), max_ls=tries)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)
        assert (count, float(point.t), point.loss) == (evaluations, pytest.approx(float(t)), pytest.approx(loss))


MUON = {
    "default": {},
    "plain": {"nesterov": False, "weight_decay": 0.0},
    "like adamw": {"adjust_lr_fn": "match_rms_adamw", "momentum": 0.5},
    "original": {"adjust_lr_fn": "original", "ns_steps": 3},
    "polynomial": {"ns_coefficients": (1.5, -0.5, 0.0), "ns_steps": 8, "eps": 1e-3},
}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", MUON)
def test_muon(case, dtype):
    """Sums of so few products come out alike in any order, so that every rounding to bfloat16 is the same."""
    options = MUON[case]
    ours, theirs = pair(dtype, shapes=[(3, 4), (6, 2), (1, 5), (2, 2), (8, 8), (12, 4)])
    optimizers = [mt.optim.Muon(ours, lr=0.01, **options), torch.optim.Muon(theirs, lr=0.01, **options)]
    train(STEPS // 2, ours, theirs, optimizers, 1)
    others = mt.optim.Muon(ours), torch.optim.Muon(theirs)
    others[0].load_state_dict(translate(optimizers[1].state_dict(), mt.tensor))
    others[1].load_state_dict(translate(optimizers[0].state_dict(), torch.tensor))
    optimizers = others
    train(STEPS, ours, theirs, optimizers, 2)
    close(ours, theirs, "float32")
    assert repr(optimizers[0]) == repr(optimizers[1])
    a, b = (o.state_dict() for o in optimizers)
    assert a["param_groups"] == b["param_groups"]
    assert list(a["state"][3]) == list(b["state"][3])


@pytest.mark.parametrize("shape", [(16, 16), (40, 5), (100, 30)])
def test_muon_rounds_like_bfloat16(shape):
    from torch.optim._muon import _zeropower_via_newtonschulz

    matrix = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    coefficients = (3.4445, -4.775, 2.0315)
    ours = orthogonalize(matrix, coefficients, 1e-7, 5)
    theirs = _zeropower_via_newtonschulz(torch.tensor(matrix), coefficients, 5, 1e-7).float().numpy()
    assert np.abs(ours - theirs).max() <= 2.0**-7
