"""Running reductions, norms, and ``out=`` of reductions."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
# running
f.cummax(1)
f.cummax(dim=0)
f.cummin(-1)
torch.cummin(i, dim=1)
torch.cummax(b, 0)
torch.cummax(torch.tensor([1.0, nan, 3.0, nan, 0.0]), 0)
torch.cummin(torch.tensor([1.0, nan, 3.0, nan, 0.0]), 0)
torch.cummax(torch.tensor([1, 1, 0, 1]), 0)
z.cummax(0)
e.cummax(0)
e.cummin(1)
h.cummax(0)
tie.cummax(1).values.sum().backward(); tie.grad
tie.cummin(1).values.sum().backward(); tie.grad
f.cummax(2)
f.logcumsumexp(1)
f.logcumsumexp(dim=0)
torch.logcumsumexp(torch.tensor([-1e4, 0.0, 1e4, 1e4]), 0)
torch.logcumsumexp(torch.tensor([-inf, -inf, 1.0, inf, 2.0, nan]), 0)
z.logcumsumexp(0)
e.logcumsumexp(0)
i.logcumsumexp(0)
g.logcumsumexp(0)
(g.logcumsumexp(0) * f[0]).sum().backward(); g.grad
w = torch.tensor([-inf, 1.0, -inf, 3.0], requires_grad=True); w.logcumsumexp(0)[1:].sum().backward(); w.grad
x = f.clone(); x.cumsum_(1); x
x = f.clone(); x.cumprod_(1); x
x = s.clone(); x.cumsum_(0); x
f.cumprod(dim=1, dtype=torch.int64)
i.cumsum(1, dtype=torch.int32)
f.cumsum()
f.cumsum(5)
f.cumprod(axis=1)
# norms
f.norm(None)
f.norm("fro", (0, 1), True)
f.norm(2, 1, False, torch.float64)
f.norm(dim=[0, 1])
f.norm(-1)
f.norm(0.5, 0)
f.norm(-2, dim=1)
torch.norm(f, 2, 1, False, None, torch.float64)
torch.norm(i)
torch.norm(i, dtype=torch.float32)
torch.norm(i.float(), "no")
torch.norm(e, inf)
torch.norm(e, dim=1)
torch.norm(e, inf, dim=1)
torch.norm(e, inf, dim=0)
torch.dist(f, f * 2)
f.dist(f.T.reshape(2, 3), 1)
torch.dist(f, f[0], inf)
torch.dist(f, f[0], p=0)
torch.dist(i, i)
w = torch.tensor([1.0, 2.0], requires_grad=True); torch.dist(w, torch.zeros(2)).backward(); w.grad
w = torch.tensor([1.0, 2.0], requires_grad=True); torch.dist(w, w.detach()).backward(); w.grad
torch.renorm(f, 2, 0, 1.0)
torch.renorm(f, p=1, dim=1, maxnorm=2)
f.renorm(inf, -1, 1)
torch.renorm(q, 2, 1, 5).sum()
x = f.clone(); x.renorm_(2, 0, 1); x
g.renorm(2, 0, 1)
f.renorm(0, 0, 1)
f.renorm(2, 0, -1)
f.renorm(2, 2, 1)
i.renorm(2, 0, 1)
w = f.clone().requires_grad_(); (w.renorm(2, 0, 2) * f).sum().backward(); w.grad
w = torch.zeros(2, 3, requires_grad=True); (w.renorm(2, 0, 2) * f).sum().backward(); w.grad
f.sum_to_size(1, 3)
f.sum_to_size((3,))
f.sum_to_size(2, 3)
f.sum_to_size([2, 1])
f.sum_to_size(2)
f.sum_to_size(1, 2, 3)
b.sum_to_size(1)
torch.hash_tensor(i)
torch.hash_tensor(f, 1)
torch.hash_tensor(b, dim=0, keepdim=True)
torch.hash_tensor(f, mode=1)
f.norm("nuc")
f.norm("nuc", (0, 1), True)
q.norm("nuc", (0, 2))
q.norm("nuc")
q.norm("nuc", 1)
q.norm("nuc", (0, 0))
torch.norm(f, "nuc", dtype=torch.float64)
torch.sum(2)
torch.max(2, 3)
torch.cumsum([1], 0)
torch.sort(3)
# out=
o = torch.empty(0); r = torch.sum(f, 1, out=o); r is o, o
o = torch.empty(0); torch.mean(f, 1, True, out=o); o
o = torch.empty(0); torch.prod(f, 1, out=o); o
o = torch.empty(0); torch.std(f, 1, out=o); o
o = torch.empty(0); torch.logsumexp(f, 1, out=o); o
o = torch.empty(0); torch.amax(f, 1, out=o); o
o = torch.empty(0); torch.max(f, f.T.reshape(2, 3), out=o); o
o = torch.empty(0); torch.max(f, out=o); o
o = (torch.empty(0), torch.empty(0, dtype=torch.long)); r = torch.max(f, 1, out=o); r.values is o[0], o
o = (torch.empty(0), torch.empty(0, dtype=torch.long)); torch.cummax(f, 1, out=o); o
o = (torch.empty(0), torch.empty(0)); torch.aminmax(f, dim=1, out=o); o
o = torch.empty(0, dtype=torch.bool); torch.all(f, 1, out=o); o
o = torch.empty(0, dtype=torch.uint8); torch.any(f, 1, out=o); o
o = torch.empty(0, dtype=torch.long); torch.argmax(f, 1, out=o); o
o = torch.empty(0); torch.cumsum(f, 1, out=o); o
o = torch.empty(0); torch.norm(f, dim=1, out=o); o
o = torch.empty(0); torch.renorm(f, 2, 0, 1, out=o); o
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
