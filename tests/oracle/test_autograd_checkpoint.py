"""torch.utils.checkpoint: how often the function runs, gradients, random numbers, exception types."""

import pytest

import minitorch_nlp

from ..scripts import check

torch = pytest.importorskip("torch")

HEAD = """
C = torch.utils.checkpoint
calls = []
def fn(a, b=None):
    calls.append(torch.is_grad_enabled())
    y = (a * a).exp()
    return y * 2
x = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
"""

SCRIPTS = """
y = C.checkpoint(fn, x, use_reentrant=RE)
first = list(calls)
y.sum().backward()
first, calls, x.grad

torch.manual_seed(0)
w = torch.ones(6, requires_grad=True)
y = C.checkpoint(lambda a: torch.nn.functional.dropout(a * a, 0.5), w, use_reentrant=RE)
a = torch.rand(1).item()
y.sum().backward()
y.tolist(), w.grad, a, torch.rand(1).item()

torch.manual_seed(0)
w = torch.ones(6, requires_grad=True)
y = C.checkpoint(lambda a: torch.nn.functional.dropout(a * a, 0.5), w, use_reentrant=RE, preserve_rng_state=False)
a = torch.rand(1).item()
y.sum().backward()
y.tolist(), w.grad, a, torch.rand(1).item()

torch.autograd.grad(C.checkpoint(fn, x, use_reentrant=RE).sum(), x)

C.checkpoint(fn, x, use_reentrant=RE).sum().backward(inputs=[x])
x.grad

C.checkpoint(fn, x, b=x, use_reentrant=RE).sum().backward()
x.grad

with torch.no_grad():
    y = C.checkpoint(fn, x, use_reentrant=RE)
y.requires_grad, calls

y = C.checkpoint(fn, x, use_reentrant=RE).sum()
y.backward(retain_graph=True)
y.backward()
len(calls), x.grad

y = C.checkpoint(fn, x, use_reentrant=RE).sum()
y.backward()
y.backward()

def multi(a, b):
    return a * b, a + b, 5
w = torch.ones(3, requires_grad=True)
y = C.checkpoint(multi, x, w, use_reentrant=RE)
(y[0].sum() + y[1].prod()).backward()
x.grad, w.grad, y[2]

torch.manual_seed(0)
ms = [torch.nn.Linear(3, 3), torch.nn.Tanh(), torch.nn.Linear(3, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)]
y = C.checkpoint_sequential(ms, 2, x, use_reentrant=RE)
y.sum().backward()
y.detach(), x.grad, [m.weight.grad for m in ms[::2]]

C.checkpoint_sequential(torch.nn.Sequential(torch.nn.Tanh()), 5, x, use_reentrant=RE)

C.checkpoint_sequential(torch.nn.Sequential(torch.nn.Tanh()), 1, x, use_reentrant=RE, foo=1)

C.checkpoint(lambda d, k: d["a"] * k, {"a": x}, 3, use_reentrant=RE).requires_grad if not RE else None

y = C.checkpoint(fn, x, use_reentrant=RE)
(y * y).sum().backward()
x.grad, len(calls)

w = torch.ones(3, requires_grad=True)
C.checkpoint(lambda a: (a * w).exp(), x, use_reentrant=RE).sum().backward()
x.grad, w.grad
"""

ONLY = """
def outer(a):
    return C.checkpoint(fn, a * 2, use_reentrant=False).sin()
C.checkpoint(outer, x, use_reentrant=False).sum().backward()
len(calls), x.grad

w = torch.ones(3, requires_grad=True)
C.checkpoint(lambda a: (a * w).exp(), torch.ones(3), use_reentrant=False).sum().backward()
w.grad

C.checkpoint(fn, torch.ones(3), use_reentrant=False).requires_grad

y = C.checkpoint(fn, x, use_reentrant=False)
a, = torch.autograd.grad(y.sum(), x, create_graph=True)
b, = torch.autograd.grad(a.sum(), x)
b, calls

n = [0]
def changing(a):
    n[0] += 1
    return (a * a).exp() if n[0] % 2 else (a.sum() * a).exp().sin()
C.checkpoint(changing, x, use_reentrant=False).sum().backward()

log = []
def noisy(a):
    log.append("start")
    y = (a * a).exp()
    log.append("end")
    return y + 1
C.checkpoint(noisy, x, use_reentrant=False).sum().backward()
C.checkpoint(noisy, x, use_reentrant=False, early_stop=False).sum().backward()
with C.set_checkpoint_early_stop(False):
    y = C.checkpoint(noisy, x, use_reentrant=False)
y.sum().backward()
log

C.checkpoint(fn, x, use_reentrant=True, foo=1)

C.checkpoint(fn, x, use_reentrant=False, determinism_check="maybe").sum().backward()

C.checkpoint(fn, x, use_reentrant=False, context_fn=lambda: (torch.no_grad(), torch.no_grad())).sum().backward()

def twice_used(a):
    b = a.exp()
    return b * b + b.sin(), b
y, w = C.checkpoint(twice_used, x, use_reentrant=False)
(y * w).sum().backward()
x.grad

lstm = torch.nn.Linear(3, 4)
torch.nn.init.constant_(lstm.weight, 0.1); torch.nn.init.zeros_(lstm.bias)
def block(a):
    h = torch.nn.functional.layer_norm(lstm(a), (4,))
    p, q = h.chunk(2)
    return torch.cat([p, q * p.softmax(-1)])
C.checkpoint(block, x, use_reentrant=False).square().sum().backward()
x.grad, lstm.weight.grad

C.detach_variable((x, 5, torch.ones(1)))
"""


@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("script", SCRIPTS.strip().split("\n\n"))
def test_both_ways(script, reentrant):
    check(f"{HEAD}\nRE = {reentrant}\n{script}", torch)


@pytest.mark.parametrize("script", ONLY.strip().split("\n\n"))
def test_same(script):
    check(HEAD + script, torch)


def test_unsaid_use_reentrant_warns():
    x = minitorch_nlp.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        minitorch_nlp.utils.checkpoint.checkpoint(minitorch_nlp.exp, x)
