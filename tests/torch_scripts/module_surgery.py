"""What can be done to modules: hooks, extra state, old state_dicts, replaced layers, containers changed, copies; and the errors they raise."""

import copy
import io
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import List, Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn

torch.manual_seed(14)


@dataclass
class Output:
    logits: Tensor
    hidden: Optional[List[Tensor]] = None


class Versioned(nn.Module):
    _version = 2

    def __init__(self, d):
        super().__init__()
        self.proj = nn.Linear(d, d)
        self.calls = 0

    def get_extra_state(self):
        return {"calls": self.calls}

    def set_extra_state(self, state):
        self.calls = state["calls"]

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs):
        version = local_metadata.get("version", None)
        if version is None or version < 2:
            for old in ("weight", "bias"):
                key = prefix + "linear." + old
                if key in state_dict:
                    state_dict[prefix + "proj." + old] = state_dict.pop(key)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)

    def forward(self, x, scale: float = 1.0, *, bias: Optional[Tensor] = None):
        self.calls += 1
        out = self.proj(x) * scale
        return out if bias is None else out + bias


class Block(nn.Module):
    expansion: int = 2

    def __init__(self, d, act=F.relu, norm=partial(nn.LayerNorm, eps=1e-6)):
        super().__init__()
        self.norm, self.v, self.act = norm(d), Versioned(d), act
        self.mlp = nn.Sequential(
            OrderedDict(
                [
                    ("fc", nn.Linear(d, d * self.expansion)),
                    ("act", nn.Softplus(beta=2, threshold=10)),
                    ("drop", nn.Dropout(0.1)),
                    ("out", nn.Linear(d * self.expansion, d)),
                ]
            )
        )

    def forward(self, x):
        x = x + self.v(self.norm(x), scale=0.5, bias=torch.ones(x.shape[-1]))
        return x + self.mlp(self.act(x))


class Net(nn.Module):
    def __init__(self, d=8, n=3, share=True):
        super().__init__()
        self.inp = nn.Embedding(10, d)
        blk = Block(d)
        self.blocks = nn.ModuleList([blk if share and i else Block(d) for i in range(n)])
        self.head = nn.Linear(d, 10)
        self.head.weight = self.inp.weight
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("seen", torch.tensor(0))

    @property
    def device(self):
        return next(self.parameters()).device

    def forward(self, x):
        hs = []
        h = self.inp(x)
        for b in self.blocks:
            h = b(h)
            hs.append(h)
        self.seen += x.numel()
        return Output(self.head(h.mean(1)) * self.scale, hs)


net = Net()
print(net)
print(
    len(list(net.parameters())),
    len(list(net.named_parameters(remove_duplicate=False))),
    len(list(net.modules())),
    [n for n, _ in net.named_modules(remove_duplicate=False)][-7:],
    net.device,
)
log = []
net.blocks[1].v.register_forward_pre_hook(lambda m, a, k: (log.append(("pre", sorted(k))), (a, {**k, "scale": 0.25}))[1], with_kwargs=True)
net.blocks[1].v.register_forward_hook(lambda m, a, k, o: log.append(("post", k["scale"], tuple(o.shape))), with_kwargs=True)
h = net.blocks[0].mlp.register_forward_hook(lambda m, a, o: o * 2)
net.head.register_full_backward_pre_hook(lambda m, go: log.append(("bpre", tuple(go[0].shape))))
net.head.register_full_backward_hook(lambda m, gi, go: (gi[0] * 0.5,))
x, y = torch.randint(0, 10, (12, 5)), torch.randint(0, 10, (12,))
opt = torch.optim.Adam(net.parameters(), 1e-2)
for i in range(6):
    out = net(x)
    loss = F.cross_entropy(out.logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{i} {loss.item():.4f} {len(out.hidden)} {net.scale.item():.5f} seen {net.seen.item()}")
print(log[:4], len(log))
h.remove()
sd = net.state_dict()
print([k for k in sd if "extra" in k], sd["blocks.0.v._extra_state"], sd._metadata["blocks.1.v"], sd["blocks.1.v._extra_state"])
other = Net()
print(other.load_state_dict(copy.deepcopy(sd)), other.blocks[0].v.calls)
old = OrderedDict((k.replace("v.proj", "v.linear"), v) for k, v in sd.items())
print(other.load_state_dict(old))
net.eval()
other.eval()
print(torch.equal(net(x).logits, other(x).logits))


# surgery
def replace(module, kind, make):
    for name, child in module.named_children():
        if isinstance(child, kind):
            setattr(module, name, make(child))
        else:
            replace(child, kind, make)


class Quant(nn.Module):
    def __init__(self, lin):
        super().__init__()
        self.scale = lin.weight.detach().abs().max() / 127
        self.register_buffer("w", (lin.weight.detach() / self.scale).round().clamp(-128, 127).to(torch.int8))
        self.bias = lin.bias

    def forward(self, x):
        return F.linear(x, self.w.float() * self.scale, self.bias)


clone = copy.deepcopy(net)
replace(clone, nn.Linear, Quant)
with torch.no_grad():
    err = (clone(x).logits - net(x).logits).abs().max()
print(f"{err < 0.5}", clone.blocks[0].mlp, clone.state_dict()["head.w"].dtype, sum(b.numel() * b.element_size() for b in clone.buffers()))
for k in list(net._modules):
    print(k, type(net._modules[k]).__name__, end=" ")
del net.scale
print(hasattr(net, "scale"), "scale" in net._parameters)
net.add_module("extra", nn.Identity())
net.scale = nn.Parameter(torch.ones(()), requires_grad=False)
print(net.extra(3), net.scale.requires_grad, [n for n, p in net.named_parameters() if not p.requires_grad])
with torch.no_grad():
    mask = {
        n: (p.abs() > p.abs().flatten().kthvalue(max(1, int(0.5 * p.numel()))).values).float()
        for n, p in net.named_parameters()
        if p.dim() > 1
    }
    for n, p in net.named_parameters():
        if n in mask:
            p.mul_(mask[n])
print({n: round((p == 0).float().mean().item(), 3) for n, p in list(net.named_parameters())[:3]})
seq = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
seq.append(nn.Linear(3, 1))
seq.insert(1, nn.BatchNorm1d(3))
seq.extend([nn.Sigmoid()])
popped = seq.pop(1)
print(seq, popped, seq[-1], len(seq))
del seq[1]
seq[0] = nn.Linear(2, 3, bias=False)
print(seq, nn.Sequential(*list(seq.children())[:-1]), seq + nn.Sequential(nn.Tanh()))
ml = nn.ModuleList([nn.Linear(1, 1)] * 2)
ml += [nn.ReLU()]
ml.insert(0, nn.Tanh())
print(ml, ml[1] is ml[2], ml[-1:])
md = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Tanh()})
md.pop("a")
md["c"] = nn.GELU()
print(md, list(md)[0:1])
buf = io.BytesIO()
torch.save(seq, buf)
buf.seek(0)
again = torch.load(buf, weights_only=False)
print(torch.equal(again[0].weight, seq[0].weight), pickle.loads(pickle.dumps(seq))[0])
for bad in (
    lambda: nn.Linear(2, 3)(torch.ones(1, 3)),
    lambda: nn.Embedding(3, 2)(torch.tensor([5])),
    lambda: nn.Embedding(3, 2)(torch.ones(1)),
    lambda: net.nothing,
    lambda: nn.Module().forward(1),
    lambda: setattr(net, "head", 3),
    lambda: net.register_buffer("head", torch.ones(1)),
    lambda: nn.LSTM(2, 3)(torch.ones(4, 5)),
    lambda: nn.CrossEntropyLoss()(torch.ones(2, 3), torch.ones(3).long()),
    lambda: nn.CrossEntropyLoss()(torch.ones(2, 3), torch.tensor([0, 5])),
    lambda: nn.MultiheadAttention(5, 2),
    lambda: torch.ones(2, 3) @ torch.ones(2, 3),
    lambda: torch.ones(2) + torch.ones(3),
    lambda: torch.cat([torch.ones(2), torch.ones(2, 2)]),
    lambda: torch.ones(2, 3).view(4),
    lambda: torch.tensor([1, 2]).requires_grad_(),
    lambda: torch.ones(1).backward(),
    lambda: torch.ones(2, requires_grad=True).backward(),
    lambda: nn.BatchNorm1d(3)(torch.ones(1, 3)),
    lambda: torch.stack([torch.ones(1), torch.ones(2)]),
    lambda: torch.tensor([[1, 2], [3]]),
    lambda: torch.ones(3)[5],
    lambda: torch.ones(3).item(),
    lambda: torch.zeros(2, dtype=torch.long) + "a",
    lambda: nn.Conv1d(2, 3, 3)(torch.ones(1, 3, 5)),
    lambda: F.nll_loss(torch.ones(2, 3), torch.ones(2)),
    lambda: nn.Dropout(1.5),
    lambda: torch.ones(2).foo(),
    lambda: torch.load("nowhere.pt"),
    lambda: torch.manual_seed("x"),
    lambda: torch.ones(2, 2).softmax(3),
):
    try:
        bad()
        print("nothing raised")
    except Exception as e:
        print(type(e).__name__, end=" ")
print()
