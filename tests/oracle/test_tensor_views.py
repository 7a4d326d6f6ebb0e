"""Views, joins, diagonals and scatters: values, strides, shared memory, gradients, and what is refused."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
# windows on memory
f.as_strided((2, 2), (1, 2))
f.as_strided((2, 2), (1, 2), 1)
f[1].as_strided((2,), (1,))
f[1].as_strided((2,), (1,), 0)
f.T.as_strided((3, 2), (1, 3))
f.as_strided((9,), (1,))
f.as_strided((2,), (-1,))
f.as_strided((2, 2), (1,))
x = f.as_strided((2,), (3,), 1); x.zero_(); f
x = g * 1; x.as_strided((2, 2), (1, 1)).sum().backward(); g.grad
x = g * 1; x.as_strided((2,), (2,)).mul_(3); x.sum().backward(); g.grad
torch.as_strided_scatter(f, torch.zeros(2, 2), (2, 2), (1, 2))
torch.as_strided_copy(f, (2, 2), (1, 2))
q.unfold(2, 2, 1)
q.unfold(1, 3, 1).shape
q.unfold(-1, 2, 3).stride()
z.unfold(0, 1, 1)
f.unfold(1, 4, 1)
f.unfold(1, 2, 0)
g.unfold(0, 2, 1).sum().backward(); g.grad
x = q.unfold(2, 2, 2); x.mul_(0); q
# diagonals
torch.diag(f)
torch.diag(f[0], 1)
torch.diag(q)
f.diag(-1).data_ptr() == f[1].data_ptr()
torch.diagflat(f, 1)
torch.diag_embed(f)
torch.diag_embed(f, 1, 0, 2).stride()
torch.diag_embed(f, dim1=0, dim2=0)
torch.diagonal_scatter(f, torch.ones(2))
torch.diagonal_scatter(f, torch.ones(3))
f.select_scatter(torch.ones(2), 1, -1)
f.select_scatter(torch.ones(2), 1, 3)
f.slice_scatter(torch.ones(2, 2), 1, 0, 3, 2)
f.fill_diagonal_(7)
torch.zeros(5, 2).fill_diagonal_(7, wrap=True)
torch.zeros(7, 3).fill_diagonal_(7, wrap=True)
torch.zeros(3, 3, 3).fill_diagonal_(1)
q.fill_diagonal_(1)
# joining and taking apart
torch.hstack([f, f])
torch.hstack([z, z])
torch.hstack([d, d])
torch.hstack([])
torch.vstack([d, d])
torch.dstack([d, d])
torch.row_stack([f, f])
torch.column_stack([d, d])
torch.column_stack((d, torch.ones(3, 2)))
torch.cat([f.T, f.T], 0).view(-1)
torch.cat([f, f], 1, out=torch.empty(2, 6))
torch.atleast_1d(z)
torch.atleast_2d(d, z)
torch.atleast_3d([d, f])
torch.atleast_3d(d).stride()
torch.tensor_split(d, 2)
torch.tensor_split(q, (1, 3), dim=2)
torch.tensor_split(q, torch.tensor([1, 3]), 2)
torch.tensor_split(d, torch.tensor(2))
torch.tensor_split(d, (2, 1, -1, 9))
torch.tensor_split(z, 1)
torch.tensor_split(d, 0)
f.hsplit(3)
f.hsplit(2)
f.vsplit((1,))
d.vsplit(1)
q.dsplit(2)
q.dsplit([1])
d.hsplit([1])
q.split_with_sizes([1, 2], 1)
q.split_with_sizes([1, 1], 1)
x = torch.zeros(4).unsafe_chunk(2)[1]; x.add_(g[0]).sum().backward(); (x.tolist(), g.grad)
# order and shape
torch.rot90(f)
torch.rot90(q, 3, (1, 2))
torch.rot90(q, -2, [0, 2])
torch.rot90(f, 1, (0, 0))
torch.rot90(d)
torch.fliplr(f)
torch.fliplr(d)
torch.flipud(d)
torch.flipud(z)
q.permute(2, 0, 1).flip(0).stride()
torch.ravel(f.T)
f.ravel().data_ptr() == f.data_ptr()
q.adjoint().shape
d.adjoint()
q.mH.shape
d.H
q.T.roll(1, 0).stride()
f.T.repeat(1, 1).stride()
q.squeeze((0, 1))
torch.zeros(1, 2, 1).squeeze((0, -1)).shape
torch.is_same_size(f, f)
f.is_set_to(f.view(2, 3))
f.is_set_to(f.clone())
# the same tensor in another shape
f.t_()
f.t_() is f
d.unsqueeze_(0)
d.unsqueeze_(0).squeeze_(0)
q.transpose_(0, 2).stride()
q.swapaxes_(0, 1).shape
f.as_strided_((2,), (1,))
g.unsqueeze_(0)
x = g * 1; x.unsqueeze_(0); (x * x).sum().backward(); g.grad
x = g * 1; y = x * 2; x.unsqueeze_(0); y.sum().backward(); g.grad
x = g * 1; v = x[1:]; x.unsqueeze_(0); v.mul_(3); x.sum().backward(); g.grad
x = g * 1; x.unsqueeze_(0); x[0, 1] = 7; x.sum().backward(); g.grad
d.resize_(2)
d.resize_(1, 2)
d.resize_(5).shape
d.resize_as_(z).shape
f.T.resize_(2, 2)
g.resize_(2)
d.set_(torch.ones(2, dtype=torch.float64))
d.set_(f)
# bytes
f.view(torch.int32)
f.view(torch.float64)
q.view(torch.float64).shape
f.view(torch.uint8).shape
u.view(torch.int8)
f.T.view(torch.int16)
f.view(torch.float32).data_ptr() == f.data_ptr()
# copies
torch.permute_copy(f, (1, 0)).stride()
torch.expand_copy(d, (2, 3)).stride()
torch.t_copy(f)
torch.narrow_copy(f, 1, 1, 2)
torch.unbind_copy(f)[1]
torch.split_copy(f, 2, 1)
torch.view_copy(f, (3, 2)).data_ptr() == f.data_ptr()
torch.select_copy(f, 0, 1)
torch.slice_copy(f, 1, 0, 3, 2)
torch.alias_copy(f)
torch.unfold_copy(d, 0, 2, 1)
torch.squeeze_copy(torch.ones(1, 2))
# scatters
torch.scatter_reduce(f, 1, j, f, "sum")
torch.scatter_reduce(f, 1, j, f, "prod")
torch.scatter_reduce(f, 1, j, f, reduce="mean", include_self=False)
torch.scatter_reduce(i, 1, j, i, "mean")
torch.scatter_reduce(f, 1, j, f, "amax", include_self=False)
f.scatter_reduce(1, j, f, "amin")
f.scatter_reduce_(1, j, f.clone(), "amin") is f
f.scatter_reduce(1, j, f, "median")
f.scatter(1, j[:, :1], 3.0, reduce="multiply")
f.scatter(1, j, f, reduce="no")
g.scatter_reduce(0, torch.tensor([0, 0]), g[1:] * 2, "prod").sum().backward(); g.grad
g.scatter_reduce(0, torch.tensor([0, 0]), g[1:] * 0, "prod").sum().backward(); g.grad
g.scatter_reduce(0, torch.tensor([0, 0]), g[:2], "amax").sum().backward(); g.grad
f.index_reduce(0, torch.tensor([1, 1]), f, "prod")
f.index_reduce(1, torch.tensor([1, 0]), f[:, :2], "mean", include_self=False)
f.index_reduce_(0, torch.tensor([0]), f[1:].clone(), "amax")
f.index_reduce(0, torch.tensor([0]), f[1:], "sum")
f.masked_scatter(f > 0, torch.arange(6.0))
f.masked_scatter_(b, torch.arange(6.0))
f.masked_scatter(b, torch.arange(2.0))
f.masked_scatter(b, i)
g.masked_scatter(b, g * 2).sum().backward(); g.grad
f.put(torch.tensor([0, -1]), torch.tensor([7.0, 8.0]))
f.put_(torch.tensor([0, 0]), torch.tensor([7.0, 8.0]), accumulate=True)
f.put(torch.tensor([6]), torch.tensor([7.0]))
f.put(torch.tensor([0, 1]), torch.tensor([7.0]))
f.take(torch.tensor([6]))
g.take(torch.tensor([[0, 0]])).sum().backward(); g.grad
torch.index_put(f, (torch.tensor([0]), torch.tensor([1])), torch.tensor(5.0))
torch.index_put(f, (None, torch.tensor([1])), torch.tensor(5.0))
w = torch.tensor(2.0, requires_grad=True); d.float().index_fill(0, torch.tensor([0, 0]), w).sum().backward(); w.grad
torch.gather(f, 1, j, out=torch.empty(2, 3))
# expanded memory
x = d.expand(2, 3); x.fill_(1); d
x = d.expand(2, 3); x.zero_(); d
x = d.expand(2, 3); x[1] = 5; d
x = d.expand(2, 3); x[:] = 5
x = d.expand(2, 3); x.add_(1)
x = d.expand(2, 3); x[0].mul_(2); d
# views that several views share an op with, or that were made without grad
x = g * 1; y = x.unbind()[0]; y.mul_(2)
x = g * 1; y = x.split(1)[0]; y.mul_(2)
x = g * 1; y = x.unbind()[0]; x.mul_(2); y * 1
x = g.detach().clone(); y = x.unbind()[0]; y.mul_(2); x
x = g.detach().clone(); y = x.chunk(3)[0]; y.mul_(g[0])
with torch.no_grad(): y = g[0]; y.mul_(2)
with torch.no_grad(): y = g[0]
with torch.no_grad(): y = g[:2].requires_grad
x = g.detach()[1:].detach(); x.storage_offset()
# indices
f[None, ..., None].stride()
f[np.bool_(True)]
f[range(1)]
f[[range(2), 0]]
f[torch.tensor([0])] = torch.tensor(7)
f[f > 0] = torch.tensor(7); f
f[0, 0] = torch.ones(1, 1); f
f[True] = torch.tensor(7); f
f[False] = 7; f
z[()] = torch.ones(1, 1, 1); z
# what is computed of a transposed tensor, and can be viewed in another shape where PyTorch's can
q.transpose(1, 2).sum(2).view(-1)
q.permute(2, 1, 0).sum(1).view(-1)
q.permute(2, 1, 0).mean(1, keepdim=True).view(-1)
q.permute(2, 1, 0).max(1).values.view(-1)
q.permute(2, 1, 0).min(1).indices.view(-1)
q.permute(2, 1, 0).amax(1).view(-1)
q.permute(2, 1, 0).logsumexp(1).view(-1)
q.permute(2, 1, 0).var(1).view(-1)
q.permute(2, 1, 0).norm(dim=1).view(-1)
q.permute(2, 1, 0).prod(1).view(-1)
q.permute(2, 1, 0).cumsum(1).view(-1)
q.permute(2, 1, 0).cummax(1).values.view(-1)
q.permute(2, 1, 0).softmax(1).view(-1)
q.transpose(1, 2).log_softmax(2).view(-1)
f.t().softmax(0).view(-1)
torch.nn.functional.avg_pool1d(q.transpose(1, 2), 2).view(-1)
torch.nn.functional.adaptive_avg_pool1d(q.transpose(1, 2), 1).view(-1)
torch.nn.functional.one_hot(j.t(), 3).view(-1)
torch.einsum("ij,kj->ki", f, f).view(-1)
torch.einsum("abc,dc->dab", q, torch.ones(2, 4)).view(-1)
w = torch.ones(11, 11, 8, 2).as_strided((11, 11, 8, 2), (88, 1, 11, 968)); torch.cat([torch.zeros(11, 1, 8, 2), w], dim=1).view(12, 11, 8, 2).shape
w = torch.zeros(2, 4, 5, 3).permute(0, 3, 1, 2); torch.cat([w, w], dim=1).stride()
w = torch.zeros(2, 4, 5, 3).permute(0, 3, 1, 2); torch.cat([w, w.contiguous()], dim=1).stride()
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
