"""Decoding with a cache, rotary positions, subclassed Transformer layers, and what attention modules refuse."""

import math

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn
from minitorch_nlp.nn.attention import SDPBackend, sdpa_kernel
from minitorch_nlp.nn.generation import KVCache, RotaryEmbedding, rotary, rotary_angles

F = nn.functional


class Decoder(nn.Module):
    """Two layers of causal attention with rotary positions: over a whole sequence, or over its next tokens with caches."""

    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Embedding(11, 8), nn.Linear(8, 11)
        self.projections = nn.ModuleList([nn.Linear(8, 24) for _ in range(2)])
        self.turn = RotaryEmbedding(4, max_positions=16)

    def forward(self, tokens, caches=None):
        h = self.embed(tokens)
        n, steps, _ = h.shape
        for i, project in enumerate(self.projections):
            q, k, v = project(h).reshape(n, steps, 3, 2, 4).permute(2, 0, 3, 1, 4)
            start = 0 if caches is None else caches[i].length
            q, k = self.turn(q, start), self.turn(k, start)
            if caches is None:
                y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            else:
                k, v = caches[i].append(k, v)
                y = F.scaled_dot_product_attention(q, k, v, attn_mask=caches[i].mask(steps))
            h = h + y.transpose(1, 2).reshape(n, steps, 8)
        return self.head(h)


@pytest.mark.parametrize("cuts", [(1,) * 9, (4, 1, 1, 3), (9,)])
def test_decoding_with_a_cache_is_recomputing(cuts):
    torch.manual_seed(0)
    model, tokens = Decoder().double(), torch.randint(11, (3, 9))
    caches = [KVCache(3, 2, 16, 4, dtype=torch.float64) for _ in range(2)]
    with torch.no_grad():
        parts = [model(part, caches) for part in tokens.split(cuts, 1)]
        whole = model(tokens)
    assert caches[0].length == 9
    np.testing.assert_allclose(torch.cat(parts, 1).numpy(), whole.numpy(), rtol=1e-12, atol=1e-14)


def test_a_cache_goes_back():
    cache = KVCache(1, 1, 4, 2)
    first = torch.randn(2, 1, 1, 3, 2)
    cache.append(*first)
    cache.reset(1)
    keys, values = cache.append(*torch.zeros(2, 1, 1, 1, 2))
    assert keys[0, 0].tolist() == [first[0, 0, 0, 0].tolist(), [0, 0]]
    assert values.shape == (1, 1, 2, 2)
    assert repr(cache) == "KVCache((1, 1, 4, 2), length=2)"
    assert cache.mask(2).tolist() == [[True, False], [True, True]]


@pytest.mark.parametrize(
    ("error", "match", "key", "value"),
    [
        (IndexError, "5 positions do not fit into max_positions=4", (1, 2, 5, 3), (1, 2, 5, 3)),
        (RuntimeError, r"key must be \(1, 2, 1, 3\) .* it is \(1, 2, 1, 4\)", (1, 2, 1, 4), (1, 2, 1, 3)),
        (RuntimeError, r"value must be \(1, 2, 1, 3\)", (1, 2, 1, 3), (1, 2, 2, 3)),
        (RuntimeError, r"key must be \(1, 2, 1, 3\)", (2, 2, 1, 3), (2, 2, 1, 3)),
    ],
)
def test_what_a_cache_refuses(error, match, key, value):
    cache = KVCache(1, 2, 4, 3)
    with pytest.raises(error, match=match):
        cache.append(torch.zeros(key), torch.zeros(value))
    assert cache.length == 0
    with pytest.raises(RuntimeError, match="float64"):
        cache.append(torch.zeros(1, 2, 1, 3).double(), torch.zeros(1, 2, 1, 3))
    with pytest.raises(RuntimeError, match="gradients do not flow through the cache"):
        cache.append(torch.zeros(1, 2, 1, 3, requires_grad=True), torch.zeros(1, 2, 1, 3))
    with pytest.raises(ValueError, match="it holds 0 positions"):
        cache.reset(1)


@pytest.mark.parametrize("interleaved", [False, True])
def test_rotary_keeps_lengths_and_distances(interleaved):
    rng = np.random.default_rng(0)
    q, k = (np.broadcast_to(rng.standard_normal(8), (12, 8)) for _ in range(2))
    cos, sin = (a.numpy() for a in rotary_angles(12, 8, dtype=torch.float64))
    q, k = (rotary(x, cos, sin, interleaved=interleaved) for x in (q, k))
    np.testing.assert_allclose(np.linalg.norm(q, axis=1), np.linalg.norm(q[0]))
    products = q @ k.T
    for distance in range(12):
        np.testing.assert_allclose(np.diagonal(products, distance), products[0, distance])
    assert not np.isclose(products[0, 1], products[0, 2])
    np.testing.assert_allclose(rotary(q, cos, -sin, interleaved=interleaved)[3], q[0])


def test_rotary_angles():
    cos, sin = rotary_angles(torch.tensor([0, 5]), 4, base=100.0)
    np.testing.assert_allclose(cos.numpy(), np.cos([[0, 0], [5, 0.5]]), rtol=1e-6)
    np.testing.assert_allclose(sin.numpy(), np.sin([[0, 0], [5, 0.5]]), rtol=1e-6)
    assert cos.dtype is torch.float32
    with pytest.raises(ValueError, match="must be even, got 3"):
        rotary_angles(4, 3)
    with pytest.raises(RuntimeError, match=r"their number must be even; x has shape \(2, 3\)"):
        rotary(torch.ones(2, 3), cos, sin)
    with pytest.raises(RuntimeError, match="6 features make 3 pairs, but cos and sin have 2 angles"):
        rotary(torch.ones(2, 6), cos, sin)
    turn = RotaryEmbedding(4, 3)
    assert not turn.state_dict()
    with pytest.raises(IndexError, match="positions 2 to 3 are wanted, but there are 3"):
        turn(torch.ones(2, 4), start=2)


def test_layers_are_made_to_be_subclassed():
    """The blocks of a Transformer layer may be replaced one by one, as in torch."""

    class Gated(nn.TransformerEncoderLayer):
        def _ff_block(self, x):
            return super()._ff_block(x) * 0

    class Plain(nn.TransformerDecoderLayer):
        def _sa_block(self, x, attn_mask, key_padding_mask, is_causal=False):
            return x * 0

    x = torch.randn(3, 2, 8)
    layer = Gated(8, 2, 16, dropout=0.0, norm_first=True)
    y = layer(x)
    np.testing.assert_allclose(y.detach().numpy(), (x + layer._sa_block(layer.norm1(x), None, None)).detach().numpy(), rtol=1e-6)
    stack = nn.TransformerDecoder(Plain(8, 2, 16), 2)
    assert all(isinstance(part, Plain) for part in stack.layers)
    assert stack(x, x).shape == (3, 2, 8)


def test_large_scores_in_every_form():
    """Logits of 1e4 and more: no warning, no nan, and each query takes its nearest key."""
    attention = nn.MultiheadAttention(4, 1, bias=False)
    with torch.no_grad():
        attention.in_proj_weight.copy_(torch.eye(4).repeat(3, 1))
        attention.out_proj.weight.copy_(torch.eye(4))
    x = (torch.eye(4) * 1e4)[:, None].requires_grad_()
    for need_weights in (True, False):
        y, _ = attention(x, x, x, need_weights=need_weights)
        y.sum().backward()
        np.testing.assert_array_equal(y.detach().numpy(), x.detach().numpy())
        assert np.isfinite(x.grad.numpy()).all()


def test_choosing_a_backend_changes_nothing():
    q = torch.randn(2, 3, 4)
    expected = F.scaled_dot_product_attention(q, q, q).tolist()
    for backends in (SDPBackend.MATH, [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION]):
        with sdpa_kernel(backends, set_priority=True):
            assert F.scaled_dot_product_attention(q, q, q).tolist() == expected
    with pytest.raises(AssertionError, match="got tuple"), sdpa_kernel((SDPBackend.MATH,)):
        pass
    assert nn.attention.list_flash_attention_impls() == []
    assert nn.attention.current_flash_attention_impl() is nn.attention.restore_flash_attention_impl() is None
    for call in (nn.attention.activate_flash_attention_impl, nn.attention.register_flash_attention_impl):
        with pytest.raises(NotImplementedError, match="has one implementation"):
            call("FA4")


def test_second_derivatives_of_multi_head_attention():
    torch.manual_seed(0)
    attention = nn.MultiheadAttention(4, 2).double()
    x = torch.randn(3, 2, 4, dtype=torch.float64, requires_grad=True)
    for need_weights in (True, False):
        assert torch.autograd.gradgradcheck(lambda x, w=need_weights: attention(x, x, x, need_weights=w)[0], (x,))


def test_causal_mask():
    mask = nn.Transformer.generate_square_subsequent_mask(3, dtype=torch.float64)
    assert mask.dtype is torch.float64
    assert mask.tolist() == [[0, -math.inf, -math.inf], [0, 0, -math.inf], [0, 0, 0]]
