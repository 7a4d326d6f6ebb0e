"""Mixtures of experts: noisy top-k gates by scatter, dispatch by index_add_, balancing losses."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions.normal import Normal

torch.manual_seed(5)


class Expert(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d, h), nn.SiLU(), nn.Linear(h, d))

    def forward(self, x):
        return self.net(x)


class NoisyTopkRouter(nn.Module):
    def __init__(self, d, n, k):
        super().__init__()
        self.k = k
        self.route = nn.Linear(d, n)
        self.noise = nn.Linear(d, n)

    def forward(self, x):
        logits = self.route(x)
        noise = torch.randn_like(logits) * F.softplus(self.noise(x))
        noisy = logits + noise
        top, idx = noisy.topk(self.k, dim=-1)
        zeros = torch.full_like(noisy, float("-inf"))
        sparse = zeros.scatter(-1, idx, top)
        return F.softmax(sparse, dim=-1), idx, logits


class SparseMoE(nn.Module):
    def __init__(self, d, n=4, k=2):
        super().__init__()
        self.router = NoisyTopkRouter(d, n, k)
        self.experts = nn.ModuleList([Expert(d, 2 * d) for _ in range(n)])

    def forward(self, x):
        gate, idx, logits = self.router(x)
        out = torch.zeros_like(x)
        flat_x, flat_g = x.view(-1, x.size(-1)), gate.view(-1, gate.size(-1))
        for i, expert in enumerate(self.experts):
            mask = (idx == i).any(dim=-1).view(-1)
            if mask.any():
                scores = flat_g[mask, i].unsqueeze(1)
                weighted = expert(flat_x[mask]) * scores
                out.view(-1, x.size(-1))[mask] += weighted
        return out, gate, logits


class MixtralMoE(nn.Module):
    def __init__(self, d, n=4, k=2):
        super().__init__()
        self.n, self.k = n, k
        self.gate = nn.Linear(d, n, bias=False)
        self.experts = nn.ModuleList(Expert(d, d) for _ in range(n))

    def forward(self, hidden):
        b, t, d = hidden.shape
        hidden = hidden.view(-1, d)
        router_logits = self.gate(hidden)
        weights = F.softmax(router_logits, dim=1, dtype=torch.float)
        weights, selected = torch.topk(weights, self.k, dim=-1)
        weights /= weights.sum(dim=-1, keepdim=True)
        weights = weights.to(hidden.dtype)
        final = torch.zeros((b * t, d), dtype=hidden.dtype, device=hidden.device)
        expert_mask = F.one_hot(selected, num_classes=self.n).permute(2, 1, 0)
        for e in range(self.n):
            idx, top_x = torch.where(expert_mask[e])
            if top_x.shape[0] == 0:
                continue
            current = hidden[None, top_x].reshape(-1, d)
            current = self.experts[e](current) * weights[top_x, idx, None]
            final.index_add_(0, top_x, current.to(hidden.dtype))
        return final.reshape(b, t, d), router_logits


def load_balancing_loss(router_logits, n, k):
    routing = F.softmax(router_logits, dim=-1)
    _, selected = torch.topk(routing, k, dim=-1)
    mask = F.one_hot(selected, n)
    tokens = torch.mean(mask.float(), dim=0)
    prob = torch.mean(routing, dim=0)
    return torch.sum(tokens * prob.unsqueeze(0)) * n


class Model(nn.Module):
    def __init__(self, v=20, d=16):
        super().__init__()
        self.emb = nn.Embedding(v, d)
        self.a, self.b = SparseMoE(d), MixtralMoE(d)
        self.ln1, self.ln2 = nn.LayerNorm(d), nn.RMSNorm(d)
        self.head = nn.Linear(d, v)

    def forward(self, x):
        h = self.emb(x)
        y, gate, _ = self.a(self.ln1(h))
        h = h + y
        y, logits = self.b(self.ln2(h))
        return self.head(h + y), gate, logits


model = Model()
print(model.b, model.ln2)
x = torch.randint(0, 20, (8, 10))
y = (x * 3 + 1) % 20
opt = torch.optim.RAdam(model.parameters(), lr=1e-2, weight_decay=1e-2, decoupled_weight_decay=True)
for step in range(20):
    logits, gate, router = model(x)
    importance = gate.sum((0, 1))
    cv2 = importance.var() / (importance.mean() ** 2 + 1e-10)
    loss = F.cross_entropy(logits.transpose(1, 2), y) + 0.01 * load_balancing_loss(router, 4, 2) + 0.01 * cv2
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 4 == 0:
        print(f"step {step:2d} loss {loss:.5f} cv {cv2:.5f} load {torch.bincount(router.argmax(1), minlength=4).tolist()}")
ent = torch.distributions.Categorical(logits=router).entropy().mean()
normal = Normal(torch.tensor([0.0]), torch.tensor([1.0]))
print(f"entropy {ent.item():.5f}", normal.cdf(torch.tensor([0.5])), (gate > 0).sum(-1).unique())
s = torch.zeros(4).scatter_add_(0, router.argmax(1), torch.ones(80))
c = torch.zeros(4, 16).index_reduce_(0, router.argmax(1), model.emb(x).reshape(-1, 16).detach(), "amax", include_self=False)
print(s, c.shape, f"{c.mean():.5f}")
