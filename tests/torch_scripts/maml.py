"""MAML with torch.func and with lists of weights; gradients per sample by vmap; an ensemble; Jacobians and Hessians."""

import copy
from collections import OrderedDict

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, stack_module_state, vjp, vmap

torch.manual_seed(0)
rng = np.random.RandomState(0)


class Sine(nn.Module):
    def __init__(self, h=20):
        super().__init__()
        self.net = nn.Sequential(
            OrderedDict(
                [("l1", nn.Linear(1, h)), ("relu1", nn.ReLU()), ("l2", nn.Linear(h, h)), ("relu2", nn.ReLU()), ("l3", nn.Linear(h, 1))]
            )
        )

    def forward(self, x):
        return self.net(x)


def task(k=10):
    amp, phase = rng.uniform(0.5, 2.0), rng.uniform(0, np.pi)
    x = torch.tensor(rng.uniform(-3, 3, size=(2 * k, 1)), dtype=torch.float)
    y = amp * torch.sin(x + phase)
    return x[:k], y[:k], x[k:], y[k:]


model = Sine()
params = dict(model.named_parameters())
opt = torch.optim.Adam(params.values(), lr=1e-2)
mse = nn.MSELoss()


def inner(params, x1, y1, x2, y2, lr=0.05):
    def loss_fn(p, x, y):
        return mse(functional_call(model, p, (x,)), y)

    g = grad(loss_fn)(params, x1, y1)
    fast = {k: params[k] - lr * g[k] for k in params}
    g = grad(loss_fn)(fast, x1, y1)
    fast = {k: fast[k] - lr * g[k] for k in fast}
    return loss_fn(fast, x2, y2)


for it in range(6):
    batch = [task() for _ in range(4)]
    loss = torch.stack([inner(params, *t) for t in batch]).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"maml {it} {loss.item():.6f}")
stacked = [torch.stack(t) for t in zip(*[task() for _ in range(3)])]
print(vmap(inner, in_dims=(None, 0, 0, 0, 0))(params, *stacked).shape)

# the older way: lists of weights
weights = [p.clone().detach().requires_grad_(True) for p in model.parameters()]


def argforward(x, w):
    x = F.relu(F.linear(x, w[0], w[1]))
    x = F.relu(F.linear(x, w[2], w[3]))
    return F.linear(x, w[4], w[5])


opt = torch.optim.SGD(weights, lr=0.01)
for it in range(4):
    x1, y1, x2, y2 = task()
    temp = [w.clone() for w in weights]
    for _ in range(2):
        loss = mse(argforward(x1, temp), y1)
        g = torch.autograd.grad(loss, temp, create_graph=True)
        temp = [w - 0.05 * gg for w, gg in zip(temp, g)]
    meta = mse(argforward(x2, temp), y2)
    metagrads = torch.autograd.grad(meta, weights)
    for w, gg in zip(weights, metagrads):
        w.grad = gg
    opt.step()
    print(f"fast {it} {meta:.6f}")


# per-sample gradients
def sample_loss(params, x, y):
    return F.mse_loss(functional_call(model, params, (x.unsqueeze(0),)), y.unsqueeze(0))


detached = {k: v.detach() for k, v in params.items()}
x, y = torch.randn(8, 1), torch.randn(8, 1)
per = vmap(grad(sample_loss), in_dims=(None, 0, 0))(detached, x, y)
print({k: tuple(v.shape) for k, v in per.items()})
norms = torch.stack([v.flatten(1).norm(dim=1) for v in per.values()]).norm(dim=0)
print(norms)
g, v = grad_and_value(sample_loss)(detached, x[0], y[0])
print(f"{v:.6f} {g['net.l3.bias'].item():.6f}")
noise = {k: (p * (1.0 / norms.clamp(min=1.0)).view(-1, *[1] * (p.dim() - 1))).mean(0) for k, p in per.items()}
print(f"dp {sum(t.sum() for t in noise.values()):.6f}")

# ensembling
models = [Sine(4) for _ in range(3)]
ps, bs = stack_module_state(models)
base = copy.deepcopy(models[0]).to("meta") if False else models[0]
out = vmap(lambda p, b, x: functional_call(base, (p, b), (x,)), in_dims=(0, 0, None))(ps, bs, x)
print(out.shape, torch.allclose(out, torch.stack([m(x) for m in models]), atol=1e-6))

f = lambda x: (x.sin() * x.pow(2)).sum()
p = torch.tensor([0.5, -1.0, 2.0])
print(hessian(f)(p))
print(jacrev(torch.tanh)(p))
print(jacfwd(lambda t: t * t)(p).diagonal())
o, fn = vjp(lambda t: t.outer(t), p)
print(o.shape, fn(torch.ones(3, 3))[0], jvp(torch.exp, (p,), (torch.ones(3),))[1])
print(vmap(torch.dot)(torch.arange(6.0).view(2, 3), torch.ones(2, 3)), vmap(lambda a: a[0] + a.mean())(torch.arange(6.0).view(2, 3)))
print(torch.vmap(lambda w: (w * p).sum())(torch.eye(3)), vmap(torch.mv, in_dims=(0, None), out_dims=0)(torch.ones(2, 2, 3), p))
