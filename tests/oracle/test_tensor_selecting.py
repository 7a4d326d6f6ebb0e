"""Gathering, scattering, masks, writing in place, products of matrices."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
torch.masked_fill(f, f > 0, 9)
f.masked_fill(f > 0, 9)
f.masked_fill(f > 0, z)
f.masked_fill(f > 0, zd)
f.masked_fill(f > 0, zi)
f.masked_fill(f > 0, -inf)
f.masked_fill(b, 9)
f.masked_fill(i == 0, True)
i.masked_fill(i > 0, 9.5)
i.masked_fill(i > 0, 9)
i.masked_fill(i > 0, z)
b.masked_fill(b, False)
f.masked_fill(mask=f > 0, value=1)
f[0].masked_fill(f > 0, 1)
h.masked_fill(b, 1e4)
e.masked_fill(e > 0, 1)
z.masked_fill(z > 0, 1)
g.masked_fill(b, 0).sum().backward(); g.grad
w = torch.tensor(2.0, requires_grad=True); g.masked_fill(b, w).sum().backward(); (g.grad, w.grad)
f.masked_fill_(f > 0, 9)
f.masked_fill_(f > 0, z) is f
f.masked_fill_(b, z)
i.masked_fill_(i > 0, 1.5)
f.masked_select(f > 0)
f.masked_select(b)
f[0].masked_select(f > 0)
torch.masked_select(f, f > 0)
f.masked_select(mask=b)
f.masked_select(f > 100)
z.masked_select(z > 0)
f.gather(0, j[:1])
f.gather(1, j)
f.gather(-1, j)
f.gather(dim=1, index=j)
torch.gather(f, 1, j)
torch.gather(f, dim=0, index=j[:, :2])
torch.gather(input=f, dim=1, index=j)
f.gather(1, j.int())
f.gather(0, torch.zeros(5, 3, dtype=torch.long))
f.gather(1, torch.zeros(2, 0, dtype=torch.long))
f.gather(1, j[:, :1]).squeeze(1)
f.gather(1, f.argmax(1, keepdim=True))
f.gather(1, f.argmax(1).unsqueeze(1))
z.gather(0, torch.tensor(0))
z.gather(0, torch.tensor([0]))
e.gather(0, torch.zeros(0, 3, dtype=torch.long))
g.gather(0, torch.tensor([0, 0, 2])).sum().backward(); g.grad
f.scatter(1, j, 9.0)
f.scatter(1, j, f * 10)
f.scatter(0, j[:1], f)
f.scatter(1, j[:, :1], 1)
f.scatter(1, j, value=9)
f.scatter(dim=1, index=j, value=9.0)
f.scatter(dim=1, index=j, src=f)
f.scatter(1, j.int(), 1.0)
f.scatter(1, j, f, reduce="add")
f.scatter(1, j, 2.0, reduce="add")
torch.scatter(f, 1, j, 9.0)
torch.scatter(f, 1, j, f)
torch.zeros(2, 3).scatter_(1, torch.tensor([[0], [2]]), 1)
torch.zeros(2, 3).scatter_(1, torch.tensor([[0], [2]]), 1.0)
torch.zeros(2, 3).scatter_(1, torch.tensor([[0], [2]]), value=1)
torch.zeros(2, 3).scatter_(dim=1, index=torch.tensor([[0], [2]]), value=1)
torch.zeros(2, 3).scatter_(1, torch.tensor([[0], [2]]), torch.ones(2, 1))
torch.zeros(2, 3).scatter_(1, torch.tensor([[0], [2]]), src=torch.ones(2, 1))
torch.zeros(2, 3).long().scatter_(1, torch.tensor([[0], [2]]), 1.5)
torch.zeros(2, 3).bool().scatter_(1, torch.tensor([[0], [2]]), True)
f.scatter_(1, j, 0) is f
f.scatter_add(1, j, f)
f.scatter_add(0, j, f)
f.scatter_add(1, j[:, :1], f)
f.scatter_add(dim=1, index=j, src=f)
torch.scatter_add(f, 1, j, f)
torch.zeros(3).scatter_add_(0, torch.tensor([0, 0, 2]), torch.ones(3))
i.scatter_add(1, j, i)
b.scatter_add(0, j[0], b)
g.scatter(0, torch.tensor([0]), g[1:2] * 2).sum().backward(); g.grad
g.scatter_add(0, torch.tensor([0]), g[1:2] * 2).sum().backward(); g.grad
f.index_select(0, torch.tensor([1, 0, 1]))
f.index_select(1, torch.tensor([2]))
f.index_select(-1, torch.tensor(1))
f.index_select(dim=1, index=torch.tensor([0]))
torch.index_select(f, 0, torch.tensor([0]))
f.index_select(0, torch.tensor([0], dtype=torch.int32))
f.index_select(0, torch.tensor([], dtype=torch.long))
z.index_select(0, torch.tensor([0]))
f.index_add(0, torch.tensor([0, 0]), f)
f.index_add(1, torch.tensor([0]), f[:, :1], alpha=2)
f.index_add(dim=0, index=torch.tensor([0]), source=f[:1])
torch.index_add(f, 0, torch.tensor([0]), f[:1])
f.index_add_(0, torch.tensor([0, 0]), torch.ones(2, 3))
i.index_add(0, torch.tensor([0]), i[:1])
f.index_copy(0, torch.tensor([1]), f[:1])
f.index_copy(1, torch.tensor([1, 0]), f[:, :2])
f.index_copy_(0, torch.tensor([1]), f[:1].clone())
torch.index_copy(f, 0, torch.tensor([1]), f[:1])
f.index_fill(0, torch.tensor([1]), 9)
f.index_fill(1, torch.tensor([0, 2]), 9.5)
f.index_fill(1, torch.tensor([0, 2]), z)
f.index_fill(1, torch.tensor([-1]), 1)
f.index_fill_(0, torch.tensor([1]), 9)
i.index_fill(0, torch.tensor([1]), 9.5)
torch.index_fill(f, 0, torch.tensor([0]), 1)
g.index_add(0, torch.tensor([0]), g[1:2] * 2).sum().backward(); g.grad
g.index_copy(0, torch.tensor([0]), g[1:2] * 2).sum().backward(); g.grad
g.index_fill(0, torch.tensor([0]), 3.0).sum().backward(); g.grad
w = torch.tensor(2.0, requires_grad=True); g.index_fill(0, torch.tensor([0, 1]), w).sum().backward(); (g.grad, w.grad)
f.take(torch.tensor([0, 5]))
f.take(torch.tensor([[0, 5]]))
f.take(torch.tensor(5))
f.take(torch.tensor([-1]))
torch.take(f, torch.tensor([0]))
f.T.take(torch.tensor([1]))
f.take_along_dim(j, 1)
f.take_along_dim(torch.tensor([0, 5]))
f.take_along_dim(j[:, :1], dim=1)
torch.take_along_dim(f, f.argsort(1), dim=1)
f.add_(1)
f.add_(f)
f.add_(f, alpha=2)
f.add_(i)
f.add_(d)
f.add_(1, alpha=3)
f.add_(torch.ones(2, 1))
f.add_(zd)
f.add_(np.float64(1))
i.add_(b[0])
i.add_(True)
b.add_(b)
b.mul_(b)
u.add_(10)
u.sub_(5)
u.add_(i[0])
h.add_(f[0])
h.mul_(d)
s.add_(i[0])
i.div_(2, rounding_mode="floor")
f.div_(2)
f.div_(0)
f.div_(2, rounding_mode="trunc")
i.sub_(1)
f.sub_(1, alpha=2)
f.mul_(2)
f.mul_(i)
i.mul_(2)
i.pow_(2)
f.pow_(2)
f.neg_()
f.exp_()
f.log_()
f.sqrt_()
f.abs_()
i.abs_()
f.tanh_()
f.sigmoid_()
f.relu_()
f.floor_()
i.floor_()
f.round_()
f.round_(decimals=1)
f.sign_()
f.square_()
f.trunc_()
f.ceil_()
f.sin_()
f.cos_()
f.rsqrt_()
f.clip_(0, 1)
f.tril_()
f.triu_(1)
f.cumsum_(0)
f.addcmul_(f, f)
f.addcmul_(f, f, value=0.5)
f.addcdiv_(f, torch.ones(3) * 2, value=0.5)
f.addcdiv_(f, f)
i.addcmul_(i, i)
f.lerp_(f * 2, 0.5)
f.lerp_(torch.ones(2, 3), torch.full((2, 3), 0.5))
f.add_(1) is f
f += 1; f
f += i; f
i //= 2; i
i %= 2; i
f //= 2; f
f %= 2; f
f -= 1; f
f *= 2; f
f /= 2; f
f **= 2; f
i **= 2; i
b &= True; b
b |= b; b
b ^= b; b
i &= 3; i
i ^= 3; i
i <<= 1; i
i >>= 1; i
f[0] += 1; f
f[0] *= f[1]; f
f[:, 1] -= 5; f
f.T.add_(1); f
x = f; x += 1; f
x = f[0]; x += 1; f
x = f.view(-1); x.mul_(2); f
y = f; y = y + 1; f
g.detach().add_(1); g
g.data.mul_(2); g
x = g * 1; x += 1; x
x = g * 1; x.add_(g); x.sum().backward(); g.grad
x = g * 1; x.mul_(2).add_(1).sum().backward(); g.grad
x = g * 1; y = x * 2; x += 1; y.sum().backward(); g.grad
x = torch.zeros(3); x += g; x
x = torch.zeros(3); x += g; x.sum().backward(); g.grad
x = torch.zeros(3); x.add_(g).mul_(g).sum().backward(); g.grad
x = torch.zeros(3); x.copy_(g).sum().backward(); g.grad
x = g * 1; x.relu_(); x.sum().backward(); g.grad
x = g * 1; x.clamp_(1.5, 2.5).sum().backward(); g.grad
x = g * 1; x.masked_fill_(b, 0).sum().backward(); g.grad
x = g * 1; x.zero_().sum().backward(); g.grad
x = g * 1; x._version
x = f; x += 1; x._version
torch.mm(f, f.T)
torch.mv(f, f[0])
torch.dot(f[0], f[1])
torch.bmm(f[None], f.T[None])
torch.matmul(f, f.T)
torch.matmul(f, f[0])
torch.matmul(f[0], f[0])
torch.outer(f[0], f[1])
torch.einsum("ij,kj->ik", f, f)
torch.einsum("ij,kj->ik", [f, f])
torch.einsum("ii", f @ f.T)
torch.einsum("i,j->ij", f[0], f[1])
torch.einsum("ij,jk", f, f.T)
torch.einsum("...j,j", f, f[0])
torch.einsum("ij,ij->", f, f)
torch.addmm(torch.ones(2), f, f.T)
torch.addmm(torch.ones(2), f, f.T, beta=2, alpha=0.5)
torch.baddbmm(torch.ones(1, 2, 2), f[None], f.T[None])
f.mm(f.T)
f.mv(f[0])
f[0].dot(f[1])
f.matmul(f.T)
f[0].outer(f[1])
g.outer(g)
torch.mm(g.view(1, 3), g.view(3, 1))
torch.bmm(g.view(1, 1, 3), g.view(1, 3, 1))
torch.addmm(g[0], g.view(1, 3), g.view(3, 1))
e @ f.T
e.T @ e
torch.zeros(2, 0) @ torch.zeros(0, 3)
torch.zeros(0, 2, 3) @ torch.zeros(3, 4)
# in place, and what it does to gradients
x = g * 1; x.mul_(x); x.sum().backward(); g.grad
x = g * 1; x.pow_(2).sum().backward(); g.grad
x = g * 1; x.sigmoid_().sum().backward(); g.grad
x = g * 1; x.div_(2).exp_().sum().backward(); g.grad
x = g * 1; x.floor_().sum().backward(); g.grad
x = g * 1; x.scatter_(0, torch.tensor([0]), 5.0).sum().backward(); g.grad
x = g * 1; x.scatter_add_(0, torch.tensor([0, 0]), g[:2]).sum().backward(); g.grad
x = g * 1; x.index_add_(0, torch.tensor([0]), g[:1]).sum().backward(); g.grad
x = g * 1; x.addcmul_(g, g, value=2).sum().backward(); g.grad
x = g * 1; x.addcdiv_(g, g * g).sum().backward(); g.grad
x = g * 1; x.lerp_(torch.zeros(3), 0.25).sum().backward(); g.grad
x = g.reshape(1, 3).repeat(2, 1); x.tril_().sum().backward(); g.grad
x = g * 1; x.cumsum_(0).sum().backward(); g.grad
x = g * 1; x.remainder_(2).sum().backward(); g.grad
x = g * 1; x %= 2; x.sum().backward(); (x, g.grad)
x = i.clone(); y = x; x //= 2; y
x = i.clone(); y = x; x %= 3; y
x = b.clone(); y = x; x ^= True; y
x = b.clone(); y = x; x &= False; y
x = i.clone(); x |= 8; x
x = i.clone(); x <<= 2; x
x = f.clone(); x += 1; x *= 2; x -= 0.5; x /= 4; x **= 2; x
x = f.clone(); x += b; x
x = f.clone(); x *= i; x
x = i.clone(); x -= b[0]
x = i.clone(); x += True; x
x = u.clone(); x += i[0]
x = u.clone(); x += u; x
x = h.clone(); x += f[0]; x
x = d.clone(); x += f[0]; x
x = f.clone(); x[0] -= d; x
x = f.clone(); x[:, 1:] @= torch.eye(2)
x = f.clone(); x[0].fill_(7); x
x = f.clone(); x[:, 0].zero_(); x
x = f.clone(); x[0].copy_(torch.tensor(1.0)); x
x = f.clone(); x.T.copy_(torch.arange(6).reshape(3, 2)); x
x = f.clone(); x[0].uniform_(1.0, 1.0); x
x = f.clone(); x.copy_(h[:1]); x
x = f.clone(); x.copy_(torch.ones(2, 1)); x
x = f.clone(); x.copy_(b); x
x = i.clone(); x.copy_(f); x
f.clone()[0].fill_(7)
x = torch.zeros(3); x.data.copy_(g.data); x
g.data.add_(-0.1 * g); g
x = g.detach().clone(); x[0] = 9; g
x = g.detach().numpy(); x[0] = 9; g
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
