"""Layers: what the comparison with PyTorch cannot see, and formulas checked by hand."""

import math
import warnings

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn

F = nn.functional


def test_linear_is_x_wt_plus_b():
    layer = nn.Linear(2, 3)
    x = torch.randn(5, 2)
    weight, bias = (p.detach().numpy() for p in layer.parameters())
    np.testing.assert_allclose(layer(x).detach().numpy(), x.numpy() @ weight.T + bias, rtol=1e-5, atol=1e-6)
    assert nn.Linear(2, 3, dtype=torch.float64, device="cpu").weight.dtype is torch.float64
    assert layer.weight.abs().max().item() <= 1 / math.sqrt(2)


def test_layers_take_device_and_dtype():
    for make in (
        lambda **k: nn.Linear(2, 2, **k),
        lambda **k: nn.Bilinear(2, 2, 2, **k),
        lambda **k: nn.Embedding(2, 2, **k),
        lambda **k: nn.LayerNorm(2, **k),
        lambda **k: nn.RMSNorm(2, **k),
        lambda **k: nn.MultiheadAttention(2, 1, **k),
        lambda **k: nn.LSTM(2, 2, **k),
    ):
        module = make(device="cpu", dtype=torch.float64)
        assert {p.dtype for p in module.parameters()} == {torch.float64}


def test_embedding_padding_row():
    layer = nn.Embedding(4, 2, padding_idx=1)
    assert layer.weight[1].tolist() == [0, 0]
    layer(torch.tensor([0, 1, 1])).sum().backward()
    assert layer.weight.grad.tolist() == [[1, 1], [0, 0], [0, 0], [0, 0]]


def test_dropout_keeps_the_mean_and_is_off_in_evaluation():
    layer = nn.Dropout(0.25)
    x = torch.ones(200, 200)
    y = layer(x)
    values = set(np.unique(y.numpy()).tolist())
    assert values == {0.0, float(np.float32(1 / 0.75))}
    assert y.mean().item() == pytest.approx(1, abs=0.02)
    assert layer.eval()(x) is x
    assert F.dropout(x, 0.0) is x


def test_dropout_draws_nothing_where_nothing_is_dropped():
    x = torch.ones(3)
    torch.manual_seed(0)
    before = torch.get_rng_state().tolist()
    F.dropout(x, 0.0)
    F.dropout(x, 0.5, training=False)
    F.dropout(x, 1.0)
    F.dropout(torch.ones(0), 0.5)
    F.alpha_dropout(x, 0.0, training=True)
    assert torch.get_rng_state().tolist() == before


def test_dropout_gradient_uses_the_same_mask():
    x = torch.ones(50, requires_grad=True)
    y = nn.Dropout()(x)
    y.sum().backward()
    assert x.grad.tolist() == y.tolist()


def test_channel_dropout_drops_whole_channels():
    y = nn.Dropout1d(0.5)(torch.ones(8, 6, 5)).numpy()
    assert {0.0, 2.0} == set(np.unique(y).tolist())
    assert (y == y[:, :, :1]).all()
    x = torch.ones(6, 5)
    assert F.dropout1d(x, 0.5, True, inplace=True) is x
    assert (x.numpy() == x.numpy()[:, :1]).all()


def test_layer_norm_statistics():
    x = torch.randn(4, 10) * 5 + 3
    y = nn.LayerNorm(10)(x).detach().numpy()
    np.testing.assert_allclose(y.mean(1), 0, atol=1e-6)
    np.testing.assert_allclose(y.std(1), 1, rtol=1e-4)
    z = nn.RMSNorm(10)(x).detach().numpy()
    np.testing.assert_allclose((z**2).mean(1), 1, rtol=1e-4)


def test_inplace_activations_write_into_their_input():
    for make in (nn.ReLU, nn.SiLU, nn.Mish, nn.SELU, nn.LeakyReLU, nn.ELU, nn.Hardtanh, nn.ReLU6):
        x = torch.tensor([-1.0, 2.0])
        expected = make()(x.clone()).tolist()
        y = make(inplace=True)(x)
        assert y is x
        assert x.tolist() == expected


def test_attention_weights_are_probabilities():
    m = nn.MultiheadAttention(8, 2, batch_first=True)
    x = torch.randn(3, 5, 8)
    y, weights = m(x, x, x, average_attn_weights=False)
    assert y.shape == (3, 5, 8)
    assert weights.shape == (3, 2, 5, 5)
    np.testing.assert_allclose(weights.sum(-1).detach().numpy(), 1, rtol=1e-5)
    fused, none = m(x, x, x, need_weights=False)
    assert none is None
    np.testing.assert_allclose(fused.detach().numpy(), y.detach().numpy(), atol=1e-5)


def test_attention_does_not_look_at_what_is_masked():
    m = nn.MultiheadAttention(8, 2, batch_first=True)
    x = torch.randn(1, 4, 8)
    causal = torch.ones(4, 4).triu(1).bool()
    changed = x.clone()
    changed[0, 3] = 7.0
    before, weights = m(x, x, x, attn_mask=causal)
    after, _ = m(changed, changed, changed, attn_mask=causal)
    np.testing.assert_allclose(before[0, :3].detach().numpy(), after[0, :3].detach().numpy(), atol=1e-6)
    assert weights[0].triu(1).abs().sum().item() == 0
    padded, _ = m(x, x, x, key_padding_mask=torch.tensor([[False, False, False, True]]))
    other, _ = m(x, changed, changed, key_padding_mask=torch.tensor([[False, False, False, True]]))
    np.testing.assert_allclose(padded.detach().numpy(), other.detach().numpy(), atol=1e-6)


def test_attention_mask_of_another_dtype_is_refused():
    m = nn.MultiheadAttention(4, 2)
    x = torch.ones(3, 1, 4)
    with pytest.raises(RuntimeError, match=r"the mask is torch\.float64, the query torch\.float32"):
        m(x, x, x, attn_mask=torch.zeros(3, 3, dtype=torch.float64))
    with pytest.raises(RuntimeError, match="query has batch size 1, key 2"):
        m(x, torch.ones(3, 2, 4), torch.ones(3, 2, 4))


def test_losses_by_hand():
    scores = torch.tensor([[1.0, 2.0, 3.0]])
    log_sum = math.log(math.exp(1) + math.exp(2) + math.exp(3))
    assert nn.CrossEntropyLoss()(scores, torch.tensor([0])).item() == pytest.approx(log_sum - 1, rel=1e-6)
    assert nn.NLLLoss(reduction="sum")(F.log_softmax(scores, 1), torch.tensor([2])).item() == pytest.approx(log_sum - 3, rel=1e-5)
    a, b = torch.tensor([0.0, 2.0]), torch.tensor([0.5, 0.0])
    assert nn.MSELoss()(a, b).item() == (0.25 + 4) / 2
    assert nn.L1Loss(reduction="sum")(a, b).item() == 2.5
    assert nn.SmoothL1Loss(reduction="none")(a, b).tolist() == [0.125, 1.5]
    assert nn.HuberLoss(reduction="none", delta=0.5)(a, b).tolist() == [0.125, 0.875]
    p, t = torch.tensor([0.25]), torch.tensor([1.0])
    assert nn.BCELoss()(p, t).item() == pytest.approx(math.log(4), rel=1e-6)
    assert nn.BCEWithLogitsLoss()(torch.log(p / (1 - p)), t).item() == pytest.approx(math.log(4), rel=1e-6)
    q = torch.tensor([[0.5, 0.5]])
    kl = nn.KLDivLoss(reduction="batchmean")(torch.log(torch.tensor([[0.25, 0.75]])), q).item()
    assert kl == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(2 / 3), rel=1e-5)


def test_loss_weights_are_buffers():
    loss = nn.CrossEntropyLoss(weight=torch.ones(3))
    assert list(loss.state_dict()) == ["weight"]
    assert loss.double().weight.dtype is torch.float64
    assert list(nn.BCEWithLogitsLoss(pos_weight=torch.ones(3)).state_dict()) == ["pos_weight"]


def test_functions_that_are_ops_are_the_ops_themselves():
    from minitorch_nlp import functional as ops

    for name in ("linear", "gelu", "glu", "sigmoid", "tanh", "softplus", "softsign", "logsigmoid", "pad"):
        assert getattr(F, name) is getattr(ops, name)


def test_one_hot_and_gumbel_softmax():
    assert F.one_hot(torch.tensor([[1], [0]]), 2).tolist() == [[[0, 1]], [[1, 0]]]
    logits = torch.randn(4, 5, requires_grad=True)
    hard = F.gumbel_softmax(logits, hard=True)
    np.testing.assert_allclose(hard.sum(-1).detach().numpy(), 1, rtol=1e-6)
    assert (np.sort(hard.detach().numpy(), -1)[:, :-1] < 1e-6).all()
    (hard * torch.randn(4, 5)).sum().backward()
    assert logits.grad.abs().sum().item() > 0


def test_gqa_repeats_heads():
    q, k = torch.randn(1, 4, 3, 2), torch.randn(1, 2, 3, 2)
    y = F.scaled_dot_product_attention(q, k, k, enable_gqa=True)
    z = F.scaled_dot_product_attention(q[:, 3:], k[:, 1:], k[:, 1:])
    np.testing.assert_allclose(y[:, 3:].numpy(), z.numpy(), rtol=1e-6)
    with pytest.raises(RuntimeError, match="4 query heads are no multiple of 3 key or value heads"):
        F.scaled_dot_product_attention(q, torch.randn(1, 3, 3, 2), torch.randn(1, 3, 3, 2), enable_gqa=True)


def test_every_module_is_exported():
    from minitorch_nlp.nn import modules

    for name in modules.__all__:
        assert getattr(nn, name) is getattr(modules, name)
    for file, name in (
        ("linear", "NonDynamicallyQuantizableLinear"),
        ("activation", "MultiheadAttention"),
        ("sparse", "Embedding"),
        ("normalization", "LayerNorm"),
        ("dropout", "Dropout"),
        ("container", "ModuleList"),
        ("loss", "CrossEntropyLoss"),
        ("flatten", "Flatten"),
        ("rnn", "LSTM"),
        ("module", "Module"),
    ):
        assert hasattr(getattr(modules, file), name)


def test_a_two_layer_network_learns_xor():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
    x, t = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]), torch.tensor([0, 1, 1, 0])
    optimizer, loss = torch.optim.SGD(net.parameters(), lr=0.5), nn.CrossEntropyLoss()
    for _ in range(300):
        optimizer.zero_grad()
        value = loss(net(x), t)
        value.backward()
        optimizer.step()
    assert value.item() < 0.05
    assert net(x).argmax(1).tolist() == t.tolist()


def test_construction_and_use_give_no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.Linear(2, 2)(torch.ones(1, 2))
        nn.Embedding(2, 2)(torch.tensor([0]))
        nn.MSELoss()(torch.ones(2), torch.ones(2))
