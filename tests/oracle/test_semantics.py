"""Where a NumPy clone of PyTorch usually goes wrong, topic by topic."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

TOPICS = {
    "methods, aliases and in-place twins": """
f.multiply(2)
f.absolute()
f.clip(0, 1)
torch.concat([f, f], dim=1)
torch.concatenate([f, f], axis=1)
f.clone().multiply_(2)
f.clone().subtract_(1, alpha=2)
f.clone().divide_(3, rounding_mode="floor")
f.true_divide(2)
f.negative()
f.greater_equal(1)
f.clone().sigmoid_()
f.clone().arctan_()
f.logical_not()
torch.exp_(f.clone())
""",
    "0-dim results stay tensors": """
f.sum()
f.max()
f[0, 0]
f.argmax()
(z + 1)
z.sqrt()
f.norm()
d.dot(d)
torch.stack([z, z])[0]
f.mean().round()
i.prod()
f.std()
f.median()
""",
    "bools": """
b.sum()
b.prod()
b.cumsum(0)
b.argsort()
b.mode()
b.cummax(0)
-b
b - b
~b
b & True
b | b
b ^ b
b + b
b * b
b.sort()
b.to(torch.uint8) ^ 1
b.any(0)
""",
    "empty tensors": """
e.sum()
e.prod()
e.mean()
e.max()
e.max(0)
e.max(1)
e.argmax()
e.sum(0)
e.cumsum(0)
e.sort(0)
torch.cat([e, e])
torch.cat([torch.tensor([]), f])
e @ f.T
e.T @ e
e.norm()
e.all()
e.any()
e.view(3, 0)
e.reshape(-1)
e.unique()
e.topk(0, 0)
e.median()
w = torch.zeros(0, 3, requires_grad=True); w.sum().backward(); w.grad
w = torch.zeros(0, 3, requires_grad=True); w.softmax(-1).sum().backward(); w.grad
w = torch.zeros(0, 3, requires_grad=True); (w @ torch.ones(3, 2)).sum().backward(); w.grad
w = torch.ones(3, 2, requires_grad=True); (e @ w).sum().backward(); w.grad
""",
    "gradients of broadcast arguments": """
w = torch.tensor(2.0, requires_grad=True); (f * w).sum().backward(); w.grad
w = torch.ones(2, 1, requires_grad=True); (f / w).sum().backward(); w.grad
w = torch.ones(1, 3, requires_grad=True); torch.maximum(f, w).sum().backward(); w.grad
w = torch.tensor(2.0, requires_grad=True); torch.where(f > 0, w, f).sum().backward(); w.grad
w = torch.ones(3, requires_grad=True); (f ** w).nansum().backward(); w.grad
w = torch.ones(1, requires_grad=True); torch.addcmul(f, f, w).sum().backward(); w.grad
w = torch.tensor(0.5, requires_grad=True); torch.lerp(f, f + 1, w).sum().backward(); w.grad
w = torch.ones(2, 1, 1, requires_grad=True); (q @ (w * torch.ones(4, 1))).sum().backward(); w.grad
""",
    "dims": """
f.sum(-1)
f.sum(())
f.sum(None)
f.sum((0, 1))
f.sum([0, -1])
f.sum((0, 0))
f.sum((0, -2))
f.sum(2)
f.mean(())
f.var(())
f.amax(())
f.amax((0, 1))
f.max(-1)
f.all((0, 1))
f.softmax(-2)
f.flip((0, -1))
f.flip((0, 0))
q.permute(2, 0, 0)
q.permute(-1, 0, 1)
q.transpose(-1, 5)
q.unsqueeze(-4)
q.unsqueeze(4)
q.squeeze((0, -1))
z.sum(0)
z.sum(-1)
z.sum(1)
z.softmax(0)
q.logsumexp((0, 2))
q.std((0, 2), keepdim=True)
""",
    "float functions of integers": """
i.exp()
i.sqrt()
i.sigmoid()
b.exp()
u.log()
i / 2
i / i.clamp(1)
i.softmax(0)
i.float().mean()
i.mean()
i.std()
i.tanh()
torch.atan2(i, i)
i.norm()
torch.sin(zi)
i.log1p()
i.erf()
""",
    "mixed dtypes": """
i + f
f + d
f + zd
f * 2.5
i * 2.5
i + True
u + i
u + s
s + i
h + f
h * 2.5
h + zd
zi + 2.5
zi + z
z + zd
b + 1.5
i + zd
u * 300
s * 2**20
f + np.float64(1)
i + np.float32(1)
f / np.sqrt(2)
torch.cat([i, f])
torch.stack([z, zd])
torch.where(b, i, 0.5)
torch.result_type(i, 2.5)
torch.result_type(zi, f)
torch.promote_types(torch.uint8, torch.int8)
torch.can_cast(torch.float32, torch.int64)
i.add_(1.5)
i.clone().add_(f.long())
f.clone().add_(d)
""",
    "errors NumPy does not raise": """
torch.eq(1, 2)
f @ f
torch.cat([f, d])
torch.cat([f, f.T])
torch.nn.functional.cross_entropy(f, torch.zeros(5, dtype=torch.int64))
torch.nn.functional.nll_loss(f, f)
torch.nn.functional.binary_cross_entropy(f.sigmoid(), torch.zeros(2))
f.scatter(1, j, i)
f.scatter(1, j, d)
f.T.view(-1)
f.item()
f[0.5]
f[1.0]
f[5]
f[0, 0, 0]
f.index_select(0, torch.tensor([5]))
f.gather(0, torch.tensor([[7]]))
torch.add(f, f, out=torch.zeros(2, dtype=torch.int64))
f.mean(dtype=torch.int64)
f.reshape(4, 2)
f.expand(4, 3)
f.split(0)
f.chunk(0)
torch.zeros(-1)
torch.tensor([[1, 2], [3]])
f.masked_fill(f, 1)
torch.einsum("ij,jk", f, f)
torch.arange(3) @ torch.arange(3.0)
f.add("a")
f.requires_grad_().numpy()
i.requires_grad_()
torch.stack([f, d])
""",
    "factory keywords": """
torch.zeros(2, 3)
torch.zeros((2, 3))
torch.zeros([2, 3], dtype=torch.int32)
torch.zeros(torch.Size([2, 3]))
torch.zeros(torch.tensor(2), 3)
torch.zeros(2, requires_grad=True)
torch.zeros(2, device="cpu", layout=torch.strided, pin_memory=False)
torch.ones(2, out=torch.zeros(2))
torch.full((2,), 1)
torch.full((2,), 1.5)
torch.full((2,), True)
torch.full((2,), 1, dtype=torch.float64)
torch.arange(0, 1, 0.25)
torch.arange(3, dtype=torch.float64)
torch.linspace(0, 1, 5, dtype=torch.float64)
torch.eye(2, 3)
torch.ones_like(f, dtype=torch.int64, memory_format=torch.preserve_format)
torch.rand(2, 2, generator=torch.Generator().manual_seed(3))
torch.randint(5, (3,), generator=torch.Generator().manual_seed(3))
torch.randn(size=(2, 2), generator=torch.Generator().manual_seed(3))
f.new_zeros(2, 2)
f.new_full((2,), 3)
f.new_tensor([1, 2])
i.new_ones((2,), dtype=torch.float32)
torch.zeros(2, dtype=float)
torch.zeros(2, dtype=int)
torch.zeros(2, dtype=bool)
torch.empty(0)
torch.zeros(())
torch.tril_indices(2, 3)
""",
    "named results": """
f.max(0).values
f.max(0).indices
f.sort(1)
f.topk(2)
f.median(0)
f.mode(0)
f.kthvalue(1, 0)
f.cummax(0)
f.aminmax()
str(f.max(0))
str(f.topk(1))
str(torch.linalg.slogdet(torch.eye(2)))
str(torch.linalg.qr(torch.eye(2)))[:40]
torch.linalg.eigh(torch.eye(2)).eigenvalues
values, places = f.max(0); values
""",
    "var and std": """
f.var()
f.var(0)
f.var(0, unbiased=False)
f.var(0, correction=0)
f.var(correction=2)
f.std(1, keepdim=True)
z.var()
torch.tensor([1.0]).std()
torch.var_mean(f, 0)
torch.std_mean(f)
f.var(False)
f.var((0, 1), correction=0, keepdim=True)
w = torch.tensor([2.0, 2.0], requires_grad=True); w.std().backward(); w.grad
""",
    "subgradients": """
w = torch.zeros(3, requires_grad=True); w.norm().backward(); w.grad
w = torch.zeros(3, requires_grad=True); w.norm(1).backward(); w.grad
w = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True); w.abs().sum().backward(); w.grad
w = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True); w.sign().sum().backward(); w.grad
w = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True); w.floor().sum().backward(); w.grad
w = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True); w.round().requires_grad
w = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True); w.relu().sum().backward(); w.grad
w = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True); w.clamp(-1, 0).sum().backward(); w.grad
w = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True); w.clamp(min=0).sum().backward(); w.grad
tie.max().backward(); tie.grad
tie.max(1).values.sum().backward(); tie.grad
tie.amax(1).sum().backward(); tie.grad
tie.min().backward(); tie.grad
torch.maximum(tie, torch.zeros(3)).sum().backward(); tie.grad
tie.median().backward(); tie.grad
tie.sort(1).values[:, 0].sum().backward(); tie.grad
w = torch.tensor([0.0, 4.0], requires_grad=True); torch.where(w > 0, w.sqrt(), torch.zeros(2)).sum().backward(); w.grad
w = torch.tensor([0.0, 4.0], requires_grad=True); torch.where(w > 0, w, w.detach().log()).sum().backward(); w.grad
w = torch.tensor([1.0, nan], requires_grad=True); w.masked_fill(w != w, 0).sum().backward(); w.grad
w = torch.tensor([0.0, 2.0, 3.0], requires_grad=True); w.prod().backward(); w.grad
w = torch.tensor([0.0, 0.0, 3.0], requires_grad=True); w.prod().backward(); w.grad
w = torch.tensor([0.0, 2.0, 3.0], requires_grad=True); w.cumprod(0).sum().backward(); w.grad
w = torch.tensor([0.0, 2.0], requires_grad=True); (w ** 0).sum().backward(); w.grad
w = torch.tensor([0.0, 2.0], requires_grad=True); (w ** 2).sum().backward(); w.grad
w = torch.tensor([0.0, 2.0], requires_grad=True); w.pow(torch.tensor([0.0, 1.0])).sum().backward(); w.grad
w = torch.tensor([0.0, 2.0], requires_grad=True); w.hypot(torch.zeros(2)).sum().backward(); w.grad
w = torch.zeros(2, 3, requires_grad=True); torch.cdist(w, w).sum().backward(); w.grad
""",
    "losses": """
torch.nn.functional.cross_entropy(f, torch.tensor([0, 2]))
torch.nn.functional.cross_entropy(f, f.softmax(1))
torch.nn.functional.cross_entropy(f, f.softmax(1), label_smoothing=0.1, weight=torch.tensor([1.0, 2.0, 3.0]))
torch.nn.functional.cross_entropy(f, torch.tensor([0, 2]), label_smoothing=0.1, weight=torch.tensor([1.0, 2.0, 3.0]))
torch.nn.functional.cross_entropy(f, torch.tensor([0, -100]), label_smoothing=0.1, weight=torch.tensor([1.0, 2.0, 3.0]))
torch.nn.functional.cross_entropy(f, torch.tensor([-100, -100]))
torch.nn.functional.cross_entropy(f, torch.tensor([-100, -100]), reduction="sum")
torch.nn.functional.cross_entropy(q, torch.tensor([[0, 1, 2, 0], [1, 1, 2, 2]]))
torch.nn.functional.cross_entropy(q, torch.tensor([[0, 1, 2, 0], [1, 1, 2, 2]]), reduction="none")
torch.nn.functional.cross_entropy(f[0], torch.tensor(1))
torch.nn.functional.nll_loss(f.log_softmax(1), torch.tensor([0, 2]), ignore_index=2)
torch.nn.functional.cross_entropy(f, torch.tensor([0, 7]))
torch.nn.functional.cross_entropy(f, torch.tensor([0.0, 1.0]))
torch.nn.functional.binary_cross_entropy_with_logits(f, torch.ones(2, 3), pos_weight=torch.tensor([1.0, 2.0, 3.0]))
torch.nn.functional.kl_div(f.log_softmax(1), f.softmax(1), reduction="batchmean")
torch.nn.functional.smooth_l1_loss(f, torch.zeros(2, 3), beta=0.5)
torch.nn.functional.cross_entropy(f * 1e4, torch.tensor([0, 2]))
""",
    "recurrent layers": """
torch.manual_seed(0); m = torch.nn.LSTM(3, 4); m(torch.ones(5, 3))[0].shape
torch.manual_seed(0); m = torch.nn.LSTM(3, 4, proj_size=2); sorted(m.state_dict())
torch.manual_seed(0); m = torch.nn.LSTM(3, 4, proj_size=2, bidirectional=True); m(torch.ones(5, 2, 3))[0].sum(0)
torch.manual_seed(0); m = torch.nn.GRU(3, 4, bias=False, num_layers=2); m(torch.ones(5, 2, 3))[1].sum(0)
torch.manual_seed(0); m = torch.nn.RNN(3, 4, batch_first=True, nonlinearity="relu"); m(torch.ones(2, 5, 3))[0].sum(1)
torch.nn.LSTM(3, 4)(torch.ones(5, 2, 4))
torch.nn.LSTM(3, 4)(torch.ones(5, 2, 3), torch.ones(1, 2, 4))
p = torch.nn.utils.rnn.pack_padded_sequence(q, [2, 3], batch_first=True, enforce_sorted=False); p.batch_sizes
p = torch.nn.utils.rnn.pack_padded_sequence(q, [2, 3], batch_first=True); p
""",
    "attention": """
torch.manual_seed(0); m = torch.nn.MultiheadAttention(4, 2); m(torch.ones(3, 4), torch.ones(3, 4), torch.ones(3, 4))[1]
m = torch.nn.MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True, kdim=3); m(q, torch.ones(2, 3, 3), q)[1].shape
torch.manual_seed(0); m = torch.nn.MultiheadAttention(4, 2, batch_first=True); x = torch.ones(2, 3, 4); m(x, x, x, average_attn_weights=False)[1].shape
torch.manual_seed(0); m = torch.nn.MultiheadAttention(4, 2); m(q, q, q, key_padding_mask=torch.ones(3, 2) < 0)[1]
torch.nn.functional.scaled_dot_product_attention(q, q, q, attn_mask=torch.zeros(3, 3, dtype=torch.bool))
torch.nn.functional.scaled_dot_product_attention(q, q, q, attn_mask=torch.ones(3, 3).tril() > 0)
torch.nn.functional.scaled_dot_product_attention(q, q, q, is_causal=True)
torch.nn.Transformer.generate_square_subsequent_mask(3)
torch.manual_seed(0); m = torch.nn.TransformerEncoderLayer(4, 2, 8, 0.0, torch.nn.functional.gelu); m(q).sum(0)
torch.nn.MultiheadAttention(4, 3)
""",
    "optimizers and schedules": """
w = torch.ones(2, requires_grad=True); o = torch.optim.SGD([w], lr=torch.tensor(0.5)); w.sum().backward(); o.step(); w
w = torch.ones(2, requires_grad=True); o = torch.optim.Adam([w], lr=0.5, maximize=True); w.sum().backward(); o.step(); w
w = torch.ones(2, requires_grad=True); o = torch.optim.SGD([{"params": [w], "lr": 1.0}], lr=0.5); w.sum().backward(); o.step(); w
o = torch.optim.SGD([g], lr=1.0); s = torch.optim.lr_scheduler; s.SequentialLR(o, [s.ConstantLR(o, 0.1), s.ExponentialLR(o, 0.9)], [2]).get_last_lr()
o = torch.optim.SGD([g], lr=1.0, momentum=0.9); torch.optim.lr_scheduler.OneCycleLR(o, 2.0, 10); o.param_groups[0]["momentum"]
w = torch.ones(2, requires_grad=True); o = torch.optim.AdamW([w]); sorted(o.state_dict()["param_groups"][0])
torch.optim.SGD([torch.ones(2)], lr=-1)
torch.optim.SGD([], lr=1)
""",
    "hidden state": """
torch.manual_seed(0); m = torch.nn.Embedding(4, 3, max_norm=1.0); m(torch.tensor([0, 1])); m.weight
torch.manual_seed(0); m = torch.nn.Embedding(4, 3, padding_idx=1); m(torch.tensor([0, 1])).sum().backward(); m.weight.grad
m = torch.nn.BatchNorm1d(3); m(f); m.running_mean
m = torch.nn.BatchNorm1d(3); m(f); m.running_var
m = torch.nn.BatchNorm1d(3); m(f); m.num_batches_tracked
m = torch.nn.BatchNorm1d(3, momentum=None); m(f); m(f * 2); m.running_mean
m = torch.nn.BatchNorm1d(3).eval(); m(f)
r, v = torch.zeros(3), torch.ones(3); torch.nn.functional.batch_norm(f, r, v, training=True); v
""",
    "integer division and rounding": """
i // 2
i // -2
-i // 4
i % 3
i % -3
i.fmod(3)
i.fmod(-3)
i.remainder(-3)
f // 0.3
f % 0.3
f % -0.3
torch.div(i, 2, rounding_mode="trunc")
torch.div(i, 2, rounding_mode="floor")
torch.div(-i, 2, rounding_mode="trunc")
torch.div(f, 0.3, rounding_mode="trunc")
i // 0
f // 0
f % 0
i % 0
i << 1
i >> 1
i ** 2
i ** -1
2 ** i
torch.pow(2, zi)
i.pow(0.5)
torch.tensor([1]) ** -1
torch.tensor([0.5, 1.5, 2.5, -0.5]).round()
torch.tensor([0.125, 1.375]).round(decimals=2)
torch.tensor([15.0, 25.0]).round(decimals=-1)
7 // i.clamp(1)
7 % i.clamp(1)
1 / i
""",
    "printing": """
str(z)
str(f)
str(d)
str(i)
str(b)
str(e)
str(g)
str(g * 2)
str(n)
str(torch.tensor([1e-8, 1.0]))
str(torch.tensor([1e8, 1.0]))
str(torch.tensor([1.0, 2.5]))
str(torch.arange(2000.0))
str(torch.zeros(2, 0, 3))
str(torch.tensor(3, dtype=torch.int32))
str(torch.tensor([inf, -inf, nan]))
str(h)
str(q.requires_grad_()[0])
repr(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()))
f"{z:.2f} {zi:d}"
str(torch.Size([2, 3]))
str(torch.float32)
str(torch.device("cpu"))
""",
}


@pytest.mark.parametrize(("topic", "script"), [(topic, script) for topic, text in TOPICS.items() for script in lines(text)])
def test_semantics(topic, script):
    check(script, torch)
