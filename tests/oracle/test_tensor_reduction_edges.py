"""Reductions: nan left out, every form of `dim`, empty, half, infinite."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
# nan aside, both moments, extremes together
n.nansum()
n.nansum(1)
n.nansum((0, 1), keepdim=True)
n.nansum(dtype=torch.float64)
i.nansum(0)
b.nansum()
e.nansum(0)
h.nansum()
torch.nansum(n, dim=0, keepdim=True)
w = n.clone().requires_grad_(); w.nansum(1).sum().backward(); w.grad
n.nanmean(1)
n.nanmean()
n.nanmean(0, keepdim=True)
torch.nanmean(torch.tensor([nan, nan]))
torch.nanmean(n, dtype=torch.float64)
i.nanmean()
torch.var_mean(f)[0]
torch.var_mean(f, 1)[1]
torch.var_mean(f, (0, 1), correction=0)
torch.var_mean(f, dim=1, unbiased=False, keepdim=True)
torch.var_mean(f, False)
torch.var_mean(z)
torch.std_mean(f)
torch.std_mean(f, 0, True, True)
torch.std_mean(f, dim=0, correction=2)
torch.std_mean(i)
f.aminmax()
f.aminmax(dim=1)
f.aminmax(dim=0, keepdim=True)
torch.aminmax(i).max
torch.aminmax(b)
n.aminmax(dim=1)
z.aminmax(dim=0)
torch.aminmax(f, dim=(0, 1))
e.aminmax()
e.aminmax(dim=0)
e.aminmax(dim=1)
tie.aminmax().max.backward(); tie.grad
tie.aminmax(dim=1).min.sum().backward(); tie.grad
repr(f.aminmax(dim=0))
# every form of dim
q.sum(dim=[0, -1])
q.amax(dim=[0, -1])
q.amin(())
q.mean([])
q.std(())
q.norm(dim=())
q.all(())
u.all(())
q.any(dim=[])
q.all(dim=None)
q.all([0, 1])
q.any((0, 2), keepdim=True)
q.count_nonzero([0, 2])
q.count_nonzero(())
q.sum((0, 0))
q.amax((0, -3))
q.all((1, 1))
q.count_nonzero((0, 0))
q.norm(dim=(0, 0))
q.logsumexp((0, 0))
q.var((2, -1))
q.nansum((2, -1))
q.sum(3)
q.mean((0, 3))
q.amax(-4)
q.all(3)
q.any((0, 3))
q.count_nonzero(3)
q.argmax(3)
q.prod(3)
q.std(3)
q.nansum(3)
q.logsumexp(3)
z.all(1)
z.any((0,))
z.count_nonzero(0)
z.all(0, keepdim=True)
q.prod((0, 1))
q.argmax((0, 1))
# empty, half, nan, extremes
e.max()
e.min(0)
e.argmax()
e.argmax(0)
e.max(dim=1)
e.amax(())
e.amin(0)
e.prod()
e.std(0)
e.var(1)
torch.std_mean(e)
h.var()
h.norm(1)
h.logsumexp(0)
h.prod()
h.cumsum(0)
torch.full((3000,), 100.0, dtype=torch.float16).mean()
torch.full((70000,), 1.0, dtype=torch.float16).sum()
torch.tensor([60000.0, 60000.0], dtype=torch.float16).sum()
torch.tensor([nan, 1.0]).amax()
torch.tensor([nan, 1.0]).argmin()
torch.tensor([inf, -inf]).norm()
torch.tensor([1e30, 1e30]).norm()
torch.tensor([1e38, 1e38, 1e38]).prod()
w = torch.tensor([0.0, 2.0, 0.0, 3.0], requires_grad=True); w.prod().backward(); w.grad
w = torch.tensor([0.0, 2.0, 4.0, 3.0], requires_grad=True); w.prod(0, True).sum().backward(); w.grad
w = torch.tensor([[0.0, 2.0], [1.0, 3.0]], requires_grad=True); w.cumprod(0).sum().backward(); w.grad
w = torch.tensor([1.0, 2.0], requires_grad=True); w.var(correction=2).backward(); w.grad
w = torch.tensor([1.0, 2.0], requires_grad=True); w.var(correction=4).backward(); w.grad
w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True); w.var(correction=3).backward(); w.grad
w = torch.tensor([1.0, 2.0], requires_grad=True); w.std(correction=4).backward(); w.grad
w = torch.tensor([1.0, 2.0], requires_grad=True); w.var(0, correction=4).backward(); w.grad
w = torch.tensor([1.0, 2.0], requires_grad=True); w.var(0, correction=2).backward(); w.grad
w = torch.tensor(1.0, requires_grad=True); w.var(0, correction=2).backward(); w.grad
w = torch.tensor([nan, 2.0, nan], requires_grad=True); w.amax().backward(); w.grad
w = torch.tensor([nan, 2.0, nan], requires_grad=True); w.max(0).values.backward(); w.grad
f.max(2)
torch.max(2, f)
torch.max(f, 1.5)
torch.sum(2)
f.sum(dims=1)
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
