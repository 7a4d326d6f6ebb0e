"""nn.init: the distributions it promises (the exact numbers are compared with PyTorch elsewhere)."""

import math

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp.nn import Parameter, init


def test_constants():
    t = torch.empty(2, 3)
    assert init.ones_(t) is t
    assert t.tolist() == [[1, 1, 1]] * 2
    assert init.zeros_(t).tolist() == [[0, 0, 0]] * 2
    assert init.constant_(t, 0.5).tolist() == [[0.5] * 3] * 2
    assert init.eye_(t).tolist() == [[1, 0, 0], [0, 1, 0]]
    kernel = init.dirac_(torch.empty(2, 2, 3))
    assert kernel[0].tolist() == [[0, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("fill", "bound", "std"),
    [
        (lambda t: init.uniform_(t, -2, 2), 2, 4 / math.sqrt(12)),
        (lambda t: init.normal_(t, 0, 0.3), None, 0.3),
        (lambda t: init.xavier_uniform_(t), math.sqrt(6 / 500), math.sqrt(2 / 500)),
        (lambda t: init.xavier_normal_(t, gain=2), None, 2 * math.sqrt(2 / 500)),
        (lambda t: init.kaiming_uniform_(t), math.sqrt(6 / 300), math.sqrt(2 / 300)),
        (lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="linear"), None, math.sqrt(1 / 200)),
        (lambda t: init.trunc_normal_(t, std=5.0, a=-0.1, b=0.1), 0.1, 0.2 / math.sqrt(12)),
    ],
)
def test_spread(fill, bound, std):
    torch.manual_seed(0)
    t = fill(torch.empty(200, 300))
    assert t.mean().item() == pytest.approx(0, abs=std / 50)
    assert t.std().item() == pytest.approx(std, rel=0.02)
    if bound is not None:
        assert t.abs().max().item() <= bound


def test_orthogonal():
    for shape in ((4, 4), (6, 3), (3, 6), (3, 2, 3)):
        w = init.orthogonal_(torch.empty(shape, dtype=torch.float64), gain=2.0).numpy().reshape(shape[0], -1)
        gram = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
        np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_sparse():
    t = init.sparse_(torch.empty(10, 6), sparsity=0.35)
    assert (t == 0).sum(0).tolist() == [4] * 6


def test_parameters_stay_leaves_and_generators_are_used():
    p = Parameter(torch.zeros(4, 4))
    init.xavier_uniform_(p)
    assert p.is_leaf
    assert p.requires_grad
    assert p.grad_fn is None
    torch.manual_seed(0)
    before = torch.get_rng_state().tolist()
    a, b = (init.normal_(torch.empty(20), generator=torch.Generator().manual_seed(3)).tolist() for _ in range(2))
    assert a == b
    assert torch.get_rng_state().tolist() == before


def test_fans():
    assert init._calculate_fan_in_and_fan_out(torch.empty(3, 5)) == (5, 3)
    assert init._calculate_fan_in_and_fan_out(torch.empty(3, 5, 2, 2)) == (20, 12)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: init.xavier_uniform_(torch.empty(3)), "fewer than 2 dimensions"),
        (lambda: init.eye_(torch.empty(3)), "Only tensors with 2 dimensions"),
        (lambda: init.dirac_(torch.empty(3)), "3, 4, or 5 dimensions"),
        (lambda: init.dirac_(torch.empty(3, 1, 1), 2), "divisible by groups"),
        (lambda: init.sparse_(torch.empty(3), 0.1), "Only tensors with 2 dimensions"),
        (lambda: init.orthogonal_(torch.empty(3)), "2 or more dimensions"),
        (lambda: init.kaiming_uniform_(torch.empty(3, 3), mode="in"), "Mode in not supported"),
        (lambda: init.calculate_gain("swish"), "Unsupported nonlinearity swish; use one of linear"),
        (lambda: init.calculate_gain("leaky_relu", True), "negative_slope True not a valid number"),
    ],
)
def test_errors(call, text):
    with pytest.raises(ValueError, match=text):
        call()
