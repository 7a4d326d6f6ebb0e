"""Normalization layers and parametrizations: running statistics, keys, what is refused and how, and that they train."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn
from minitorch_nlp.nn import functional as F
from minitorch_nlp.nn.utils import parametrizations, parametrize, prune


def test_running_statistics_follow_the_batches():
    norm = nn.BatchNorm1d(2, momentum=0.25)
    mean, var = torch.zeros(2), torch.ones(2)
    for _ in range(3):
        x = torch.randn(5, 2) * 2 + 1
        norm(x)
        mean, var = 0.75 * mean + 0.25 * x.mean(0), 0.75 * var + 0.25 * x.var(0)
    assert torch.allclose(norm.running_mean, mean)
    assert torch.allclose(norm.running_var, var)
    assert norm.num_batches_tracked.item() == 3
    assert norm.num_batches_tracked.dtype == torch.int64
    kept = norm.running_mean
    norm.eval()(torch.randn(5, 2))
    assert norm.running_mean is kept
    assert norm.num_batches_tracked.item() == 3


def test_momentum_none_is_the_mean_of_all_batches():
    norm = nn.BatchNorm1d(2, momentum=None)
    batches = torch.randn(4, 6, 2)
    for batch in batches:
        norm(batch)
    assert torch.allclose(norm.running_mean, batches.mean((0, 1)), atol=1e-6)
    assert torch.allclose(norm.running_var, batches.var(1).mean(0), atol=1e-6)


def test_running_statistics_may_change_between_forward_and_backward():
    norm, x = nn.BatchNorm1d(2), torch.randn(5, 2, requires_grad=True)
    y = norm.eval()(x)
    expected = torch.autograd.grad(y.sum(), norm.weight, retain_graph=True)[0]
    norm.train()(torch.randn(5, 2))
    assert torch.equal(torch.autograd.grad(y.sum(), norm.weight)[0], expected)


def test_an_error_leaves_the_statistics_alone():
    mean, var = torch.zeros(3), torch.ones(3)
    mistakes: list[dict[str, Any]] = [{"weight": torch.ones(2)}, {"momentum": None}, {"bias": torch.ones(3, dtype=torch.float64)}]
    for wrong in mistakes:
        with pytest.raises((RuntimeError, TypeError)):
            F.batch_norm(torch.randn(4, 3), mean, var, training=True, **wrong)
    assert torch.equal(mean, torch.zeros(3))
    assert torch.equal(var, torch.ones(3))


def test_one_group_is_layer_norm_and_c_groups_are_instance_norm():
    x = torch.randn(3, 4, 5, dtype=torch.float64)
    assert torch.allclose(F.group_norm(x, 1), F.layer_norm(x, (4, 5)))
    assert torch.allclose(F.group_norm(x, 4), F.instance_norm(x))
    assert torch.allclose(F.instance_norm(x), torch.stack([F.batch_norm(row[None], None, None, training=True)[0] for row in x]))


@pytest.mark.parametrize("scale", [1e4, 1e-4])
def test_extremes(scale):
    x = (torch.randn(8, 4, 3) * scale).requires_grad_()
    for y in (F.batch_norm(x, None, None, training=True), F.group_norm(x, 2), F.layer_norm(x, (3,)), F.rms_norm(x, (3,))):
        y.square().sum().backward()
        assert torch.isfinite(y).all()
        assert torch.isfinite(x.grad).all()


def test_keys():
    assert list(nn.BatchNorm1d(3).state_dict()) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert list(nn.BatchNorm1d(3, affine=False, track_running_stats=False).state_dict()) == []
    assert list(nn.InstanceNorm1d(3).state_dict()) == []
    assert list(nn.GroupNorm(1, 3, bias=False).state_dict()) == ["weight"]


def test_checkpoints_from_before_num_batches_tracked_are_loaded():
    norm, state = nn.BatchNorm1d(3), nn.BatchNorm1d(3).state_dict()
    del state["num_batches_tracked"]
    with pytest.raises(RuntimeError, match="num_batches_tracked"):
        norm.load_state_dict(state)
    state._metadata[""]["version"] = 1
    norm(torch.randn(4, 3))
    norm.load_state_dict(state)
    assert norm.num_batches_tracked.item() == 1


def test_refused_by_name():
    for name in ("SyncBatchNorm", "CrossMapLRN2d"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(nn, name)(3)
    with pytest.raises(NotImplementedError, match="convert_sync_batchnorm"):
        nn.SyncBatchNorm.convert_sync_batchnorm(nn.BatchNorm1d(3))
    for name in prune.__all__:
        with pytest.raises(NotImplementedError, match=name):
            getattr(prune, name)(nn.Linear(2, 2), "weight", amount=1)
    base: Any = prune.BasePruningMethod
    with pytest.raises(NotImplementedError, match="BasePruningMethod"):

        class Mine(base):
            pass


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: nn.BatchNorm1d(3)(torch.ones(2, 4)), RuntimeError, "running_mean should contain 4 elements"),
        (lambda: nn.BatchNorm1d(3)(torch.ones(3)), ValueError, "BatchNorm1d: expected 2D or 3D input"),
        (lambda: nn.BatchNorm2d(3)(torch.ones(2, 3)), ValueError, "BatchNorm2d: expected 4D input"),
        (lambda: nn.BatchNorm1d(3)(torch.ones(1, 3)), ValueError, "more than 1 value per channel"),
        (lambda: F.batch_norm(torch.ones(2, 3), None, None, torch.ones(2), training=True), RuntimeError, "weight must have one element"),
        (lambda: F.batch_norm(torch.ones(2, 3), None, None), RuntimeError, "running_mean"),
        (lambda: F.batch_norm([1.0], None, None), TypeError, "'input' must be Tensor"),
        (lambda: nn.GroupNorm(2, 3), ValueError, r"num_channels \(3\) must be divisible by num_groups \(2\)"),
        (lambda: F.group_norm(torch.ones(2, 3, 4), 2), RuntimeError, "num_groups=2 must divide the number of channels, 3"),
        (lambda: nn.InstanceNorm1d(3, affine=True)(torch.ones(2, 4, 5)), ValueError, "num_features is 3"),
        (lambda: nn.utils.weight_norm(nn.Linear(2, 2), "x"), AttributeError, "x"),
        (lambda: pickle.dumps(parametrizations.weight_norm(nn.Linear(2, 2))), RuntimeError, "state_dict"),
    ],
)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_errors(call, kind, text):
    with pytest.raises(kind, match=text):
        call()


# ---- parametrizations ---------------------------------------------------------------------------------------------------------------


class Double(nn.Module):
    """Counts how often it is asked."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return 2 * x

    def right_inverse(self, x):
        return x / 2


def test_cached_computes_once_in_the_block():
    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Double())
    counter = layer.parametrizations.weight[0]
    counter.calls = 0
    with parametrize.cached():
        with parametrize.cached():
            layer(torch.ones(2))
        layer(torch.ones(2))
    assert counter.calls == 1
    layer(torch.ones(2))
    assert counter.calls == 2


def test_the_optimizer_keeps_the_parameter():
    layer = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    parameter = layer.weight
    parametrize.register_parametrization(layer, "weight", Double())
    assert layer.parametrizations.weight.original is parameter
    before = layer.weight.detach().clone()
    layer(torch.ones(2)).sum().backward()
    optimizer.step()
    assert torch.allclose(layer.weight, before - 0.4)
    parametrize.remove_parametrizations(layer, "weight")
    assert layer.weight is parameter
    assert type(layer) is nn.Linear


def test_a_copy_is_independent():
    layer = parametrizations.weight_norm(nn.Linear(2, 2))
    other = copy.deepcopy(layer)
    parametrize.remove_parametrizations(other, "weight")
    assert parametrize.is_parametrized(layer, "weight")
    assert not parametrize.is_parametrized(other)
    assert torch.allclose(layer.weight, other.weight)


def test_orthogonal_stays_orthogonal_in_training():
    for orthogonal_map in ("matrix_exp", "cayley", "householder"):
        layer = parametrizations.orthogonal(nn.Linear(3, 5).double(), orthogonal_map=orthogonal_map)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
        start = layer.weight.detach().clone()
        for _ in range(5):
            optimizer.zero_grad()
            layer(torch.ones(3, dtype=torch.float64)).square().sum().backward()
            optimizer.step()
        assert torch.allclose(layer.weight.mT @ layer.weight, torch.eye(3, dtype=torch.float64))
        assert not torch.allclose(layer.weight, start)


def test_spectral_norm_is_1():
    for change in (nn.utils.spectral_norm, parametrizations.spectral_norm):
        layer = change(nn.Linear(6, 4), n_power_iterations=50)
        layer(torch.ones(6))
        assert abs(torch.linalg.matrix_norm(layer.weight, 2).item() - 1) < 1e-4


def test_two_forwards_before_one_backward():
    layer = parametrizations.spectral_norm(nn.Linear(3, 1))
    (layer(torch.ones(3)) - layer(torch.zeros(3))).sum().backward()
    assert torch.isfinite(layer.parametrizations.weight.original.grad).all()


def test_functional_call_replaces_originals():
    layer = parametrizations.weight_norm(nn.Linear(2, 2, bias=False))
    g = {"parametrizations.weight.original0": torch.zeros(2, 1)}
    assert not torch.func.functional_call(layer, g, torch.ones(2)).any()


def test_a_whole_network_trains_under_every_change():
    torch.manual_seed(0)
    net = nn.Sequential(
        parametrizations.weight_norm(nn.Linear(4, 16)), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 16), nn.GroupNorm(4, 16), nn.Tanh(),
        parametrizations.spectral_norm(nn.Linear(16, 2)),
    )  # fmt: skip
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    x = torch.randn(64, 4)
    target = (x[:, 0] * x[:, 1] > 0).long()
    for _ in range(120):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x) * 4, target)
        loss.backward()
        optimizer.step()
    assert (net.eval()(x).argmax(1) == target).float().mean() > 0.9
    np.testing.assert_array_equal(copy.deepcopy(net)(x).detach().numpy(), net(x).detach().numpy())
