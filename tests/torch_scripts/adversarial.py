"""Training tricks around a small classifier: adversarial embeddings, R-Drop, checkpointing, several losses with weighted or projected gradients."""

import random
import re
from collections import Counter

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.checkpoint import checkpoint, checkpoint_sequential
from torch.utils.data import DataLoader, Subset, TensorDataset


def seed_everything(seed=42):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed(seed)
    torch.backends.cudnn.deterministic = True


class FGM:
    def __init__(self, model):
        self.model, self.backup = model, {}

    def attack(self, epsilon=0.5, emb_name="word_embeddings"):
        for name, param in self.model.named_parameters():
            if param.requires_grad and emb_name in name:
                self.backup[name] = param.data.clone()
                norm = torch.norm(param.grad)
                if norm != 0 and not torch.isnan(norm):
                    param.data.add_(epsilon * param.grad / norm)

    def restore(self, emb_name="word_embeddings"):
        for name, param in self.model.named_parameters():
            if param.requires_grad and emb_name in name:
                assert name in self.backup
                param.data = self.backup[name]
        self.backup = {}


class PGD:
    def __init__(self, model, emb_name="word_embeddings", epsilon=0.3, alpha=0.2):
        self.model, self.emb_name, self.epsilon, self.alpha = model, emb_name, epsilon, alpha
        self.emb_backup, self.grad_backup = {}, {}

    def _each(self):
        return [(n, p) for n, p in self.model.named_parameters() if p.requires_grad and self.emb_name in n]

    def attack(self, first=False):
        for n, p in self._each():
            if first:
                self.emb_backup[n] = p.data.clone()
            norm = p.grad.norm()
            if norm != 0:
                p.data.add_(self.alpha * p.grad / norm)
                r = p.data - self.emb_backup[n]
                if torch.norm(r) > self.epsilon:
                    r = self.epsilon * r / torch.norm(r)
                p.data = self.emb_backup[n] + r

    def restore(self):
        for n, p in self._each():
            p.data = self.emb_backup[n]
        self.emb_backup = {}

    def backup_grad(self):
        self.grad_backup = {n: p.grad.clone() for n, p in self.model.named_parameters() if p.requires_grad and p.grad is not None}

    def restore_grad(self):
        for n, p in self.model.named_parameters():
            if n in self.grad_backup:
                p.grad = self.grad_backup[n]


class Model(nn.Module):
    def __init__(self, v=30, d=16, ck=False):
        super().__init__()
        self.word_embeddings = nn.Embedding(v, d, padding_idx=0)
        self.layer = nn.ModuleList([nn.TransformerEncoderLayer(d, 2, 32, 0.1, batch_first=True) for _ in range(2)])
        self.dropouts = nn.ModuleList([nn.Dropout(p) for p in (0.1, 0.2, 0.3)])
        self.classifier, self.aux = nn.Linear(d, 3), nn.Linear(d, 1)
        self.ck = ck

    def forward(self, x, labels=None):
        mask = x == 0
        h = self.word_embeddings(x)
        for l in self.layer:
            h = checkpoint(l, h, None, mask, use_reentrant=False) if self.ck and self.training else l(h, src_key_padding_mask=mask)
        pooled = h.masked_fill(mask.unsqueeze(-1), 0).sum(1) / (~mask).sum(1, keepdim=True)
        logits = torch.mean(torch.stack([self.classifier(d(pooled)) for d in self.dropouts], dim=0), dim=0)
        return (logits, self.aux(pooled).squeeze(-1)) if labels is None else (F.cross_entropy(logits, labels), logits)


def compute_kl_loss(p, q, pad_mask=None):
    p_loss = F.kl_div(F.log_softmax(p, dim=-1), F.softmax(q, dim=-1), reduction="none")
    q_loss = F.kl_div(F.log_softmax(q, dim=-1), F.softmax(p, dim=-1), reduction="none")
    if pad_mask is not None:
        p_loss.masked_fill_(pad_mask, 0.0)
        q_loss.masked_fill_(pad_mask, 0.0)
    return (p_loss.sum() + q_loss.sum()) / 2


def layerwise(model, lr=5e-3, decay=0.8):
    groups = [{"params": model.classifier.parameters(), "lr": lr * 2}, {"params": model.aux.parameters(), "lr": lr}]
    for depth, l in enumerate(reversed(list(model.layer))):
        nd = [p for n, p in l.named_parameters() if re.search(r"norm|bias", n)]
        wd = [p for n, p in l.named_parameters() if not re.search(r"norm|bias", n)]
        groups += [
            {"params": wd, "lr": lr * decay ** (depth + 1), "weight_decay": 0.01},
            {"params": nd, "lr": lr * decay ** (depth + 1), "weight_decay": 0.0},
        ]
    return groups + [{"params": model.word_embeddings.parameters(), "lr": lr * decay**3}]


def get_linear_schedule_with_warmup(optimizer, num_warmup_steps, num_training_steps, last_epoch=-1):
    def lr_lambda(current_step: int):
        if current_step < num_warmup_steps:
            return float(current_step) / float(max(1, num_warmup_steps))
        return max(0.0, float(num_training_steps - current_step) / float(max(1, num_training_steps - num_warmup_steps)))

    return LambdaLR(optimizer, lr_lambda, last_epoch)


seed_everything(2022)
X = torch.randint(1, 30, (60, 8))
X[::4, 5:] = 0
Y = X.sum(1) % 3
for kind in ("plain", "fgm", "pgd", "rdrop", "checkpoint", "anomaly"):
    seed_everything(1)
    model = Model(ck=kind == "checkpoint")
    opt = torch.optim.AdamW(layerwise(model), eps=1e-6)
    sched = get_linear_schedule_with_warmup(opt, 2, 12)
    fgm, pgd = FGM(model), PGD(model)
    out = []
    for step, (x, y) in enumerate(DataLoader(TensorDataset(X, Y), 20, shuffle=True)):
        with torch.autograd.set_detect_anomaly(kind == "anomaly", check_nan=True):
            loss, logits = model(x, y)
            if kind == "rdrop":
                loss2, logits2 = model(x, y)
                loss = 0.5 * (loss + loss2) + 0.5 * compute_kl_loss(logits, logits2)
            loss.backward()
        if kind == "fgm":
            fgm.attack()
            model(x, y)[0].backward()
            fgm.restore()
        if kind == "pgd":
            pgd.backup_grad()
            for t in range(3):
                pgd.attack(first=t == 0)
                if t != 2:
                    model.zero_grad()
                else:
                    pgd.restore_grad()
                model(x, y)[0].backward()
            pgd.restore()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        sched.step()
        opt.zero_grad()
        out.append(f"{loss.item():.5f}")
    print(kind, out, ["%.5f" % lr for lr in sched.get_last_lr()][:3], len(opt.param_groups))


class AutoWeighted(nn.Module):
    def __init__(self, num=2):
        super().__init__()
        self.params = nn.Parameter(torch.ones(num, requires_grad=True))

    def forward(self, *losses):
        return sum(0.5 / (self.params[i] ** 2) * l + torch.log(1 + self.params[i] ** 2) for i, l in enumerate(losses))


def pcgrad(losses, params):
    grads = [torch.cat([g.flatten() for g in torch.autograd.grad(l, params, retain_graph=True)]) for l in losses]
    out = [g.clone() for g in grads]
    for gi in out:
        for gj in random.sample(grads, len(grads)):
            dot = torch.dot(gi, gj)
            if dot < 0:
                gi -= dot * gj / gj.norm() ** 2
    total, i = torch.stack(out).sum(0), 0
    for p in params:
        p.grad = total[i : i + p.numel()].view_as(p).clone()
        i += p.numel()


target = X.float().mean(1) / 30
model, awl = Model(), AutoWeighted(2)
opt = torch.optim.Adam([{"params": model.parameters()}, {"params": awl.parameters(), "weight_decay": 0}], lr=2e-3)
for i in range(4):
    logits, reg = model(X)
    loss = awl(F.cross_entropy(logits, Y), F.mse_loss(reg, target))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"awl {loss.item():.5f} {awl.params.tolist()[0]:.5f}", end=" ")
print()
shared = [p for n, p in model.named_parameters() if n.startswith(("word", "layer"))]
opt = torch.optim.SGD(shared, lr=0.05)
for i in range(3):
    logits, reg = model(X)
    pcgrad([F.cross_entropy(logits, Y), F.mse_loss(reg, target)], shared)
    opt.step()
    print(f"pcgrad {F.cross_entropy(logits, Y).item():.5f}", end=" ")
print()
w = nn.Parameter(torch.ones(2))
l0 = None
for i in range(3):
    logits, reg = model(X)
    task = torch.stack([F.cross_entropy(logits, Y), F.mse_loss(reg, target)])
    l0 = task.detach() if l0 is None else l0
    (w * task).sum().backward(retain_graph=True)
    W = model.layer[-1].linear2.weight
    gw = torch.stack([torch.norm(torch.autograd.grad(w[k] * task[k], W, retain_graph=True, create_graph=True)[0]) for k in range(2)])
    rate = (task.detach() / l0) / (task.detach() / l0).mean()
    const = (gw.mean() * rate**1.5).detach()
    w.grad = torch.autograd.grad((gw - const).abs().sum(), w)[0]
    with torch.no_grad():
        w -= 0.1 * w.grad
        w *= 2 / w.sum()
    print("gradnorm", w.data)
folds = np.array_split(np.random.permutation(60), 4)
scores = []
for k, val in enumerate(folds):
    tr = np.setdiff1d(np.arange(60), val)
    m = nn.Sequential(nn.Embedding(30, 8), nn.Flatten(), nn.Linear(64, 3))
    o = torch.optim.Adam(m.parameters(), 1e-2)
    for x, y in DataLoader(Subset(TensorDataset(X, Y), tr), 15, shuffle=True):
        l = F.cross_entropy(m(x), y)
        o.zero_grad()
        l.backward()
        o.step()
    with torch.no_grad():
        scores.append((m(X[val]).argmax(1) == Y[val]).float().mean().item())
print("kfold", [f"{s:.4f}" for s in scores], f"{np.mean(scores):.4f}", Counter(Y.tolist()))
try:
    with torch.autograd.detect_anomaly():
        z = torch.tensor([-1.0], requires_grad=True)
        (z.sqrt() * 0).sum().backward()
except RuntimeError as e:
    print("RuntimeError", "nan" in str(e))
seq = nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), nn.Tanh()) for _ in range(4)])
xx = torch.randn(3, 4, requires_grad=True)
a = checkpoint_sequential(seq, 2, xx, use_reentrant=False).sum()
a.backward()
g = xx.grad.clone()
xx.grad = None
seq(xx).sum().backward()
print(torch.allclose(g, xx.grad))
