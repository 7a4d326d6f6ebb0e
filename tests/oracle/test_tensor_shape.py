"""Shape functions: values, layout, what is a view, gradients."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
f.reshape(3, 2)
f.reshape((3, 2))
f.reshape([3, 2])
f.reshape(-1)
f.reshape(2, -1)
f.reshape(shape=(3, 2))
torch.reshape(f, (3, 2))
torch.reshape(f, shape=(-1,))
z.reshape(())
z.reshape(1)
z.reshape(-1)
e.reshape(-1)
e.reshape(3, 0)
e.reshape(-1, 3)
f.reshape(zi, 2)
f.reshape(torch.Size([3, 2]))
f.reshape(np.int64(3), 2)
f.reshape(f.shape[1], -1)
f.T.reshape(6)
f.reshape(6).data_ptr() == f.data_ptr()
f.T.reshape(6).data_ptr() == f.data_ptr()
f.reshape_as(torch.zeros(3, 2))
f.reshape(2, 3) is f
f.view(3, 2)
f.view((3, 2))
f.view(-1)
f.view(-1, 2)
f.T.view(3, 2)
f.T.view(3, 2).stride()
f.T.view(3, 2, 1)
f[:, :2].view(2, 2, 1).stride()
f[:1].expand(2, 3).view(2, 3, 1)
f[:, None, :].view(6)
f.view(size=(6,))
z.view(1)
z.view(())
e.view(-1)
e.view(3, 0)
e.view(0)
e.T.view(0)
x = f.view(6); x[0] = 9; f
f.flatten()
f.flatten(0)
f.flatten(1)
f.flatten(start_dim=1)
f.flatten(0, 1)
f.flatten(end_dim=0)
z.flatten()
z.flatten(0, 0)
e.flatten()
f.flatten().data_ptr() == f.data_ptr()
torch.flatten(torch.zeros(2, 3, 4), 1).shape
torch.flatten(torch.zeros(2, 3, 4), -2, -1).shape
f.unflatten(1, (3, 1))
f.unflatten(1, (-1, 1))
f.unflatten(-1, (3, 1))
f.unflatten(1, [3, 1])
f.unflatten(dim=1, sizes=(1, 3))
torch.unflatten(f, 1, (1, 3))
f.permute(1, 0)
f.permute((1, 0))
f.permute([1, 0])
f.permute(-1, 0)
f.permute(dims=(1, 0))
z.permute(())
torch.permute(f, (1, 0))
f.transpose(0, 1)
f.transpose(0, -1)
f.transpose(dim0=0, dim1=1)
z.transpose(0, -1)
torch.transpose(f, 0, 1)
torch.swapaxes(f, 0, 1)
torch.swapdims(f, 0, 1)
f.swapaxes(0, 1)
f.movedim(0, 1)
f.movedim((0, 1), (1, 0))
torch.moveaxis(torch.zeros(2, 3, 4), 0, -1).shape
torch.movedim(torch.zeros(2, 3, 4), (0, 2), (1, 0)).shape
z.movedim(0, 0)
f.t()
f[0].t()
z.t()
torch.t(f)
f[0].t() is f
f.expand(4, 2, 3).shape
f.expand(-1, 3)
f[:1].expand(5, -1)
f[:1].expand(-1, -1)
f.expand((1, 2, 3)).shape
f.expand(torch.Size([2, 3]))
f.expand(size=(2, 3))
z.expand(3)
z.expand(2, 3)
z.expand(())
e.expand(0, 3)
e.expand(2, 0, 3)
f[:1].expand(0, 3)
f.expand_as(torch.zeros(1, 2, 3)).shape
f[:1].expand(2, 3).is_contiguous()
x = f[:1].expand(2, 3); f[0, 0] = 9; x
torch.broadcast_to(f, (1, 2, 3)).shape
f.broadcast_to((1, 2, 3)).shape
f.broadcast_to(1, 2, 3).shape
torch.broadcast_tensors(f, f[0])
torch.broadcast_tensors(f[:, :1], f[:1])
torch.broadcast_tensors()
f.squeeze()
f[:1].squeeze()
f[:1].squeeze(0)
f[:1].squeeze(1)
f[:1].squeeze(-2)
f[:1].squeeze((0, 1))
f[:1].squeeze([0])
f[:1].squeeze(dim=0)
f[:1].squeeze(())
z.squeeze()
z.squeeze(0)
torch.squeeze(f[:1], 0)
torch.zeros(1, 2, 1).squeeze().shape
torch.zeros(1, 1).squeeze().shape
f.squeeze() is f
f.unsqueeze(0)
f.unsqueeze(-1)
f.unsqueeze(2)
f.unsqueeze(dim=1)
z.unsqueeze(0)
z.unsqueeze(-1)
f.unsqueeze(zi - 3)
torch.unsqueeze(f, 0)
torch.cat([f, f])
torch.cat((f, f), 1)
torch.cat((f, f), dim=-1)
torch.cat([f, f], axis=1)
torch.cat(tensors=[f, f], dim=0)
torch.cat([f, i])
torch.cat([i, b[None].long()])
torch.cat([b, u])
torch.cat([h, f[0]])
torch.cat([f, d[None]])
torch.cat([z[None], z[None]])
torch.cat([f])
torch.cat([f, torch.zeros(0)])
torch.cat([e, f])
torch.concat([f, f])
torch.concatenate([f, f], axis=1)
torch.cat([f, f]).is_contiguous()
torch.stack([f, f])
torch.stack((f, f), 1)
torch.stack([f, f], dim=-1)
torch.stack([z, z])
torch.stack([f, i])
torch.stack([f])
torch.stack(tuple(f))
torch.stack([g[0], g[1]])
torch.stack([g[0], g[1]]).sum().backward(); g.grad
f.split(1)
f.split(2)
f.split(2, 1)
f.split(2, dim=1)
f.split(5)
f.split([1, 2], 1)
f.split((1, 2), dim=-1)
f.split([3, 0], 1)
f.split(split_size=2, dim=1)
e.split(1)
e.split(0)
e.split(2, 1)
torch.split(f, 2, 1)
torch.split(f, [1, 2], dim=1)
torch.split(f, split_size_or_sections=2, dim=1)
x = f.split(1)[0]; x[0, 0] = 9; f
(g * 1).split(2)[0]
(g * 1).split([1, 2])[0]
(g * 1).chunk(2)[0]
(g * 1).unbind()[0]
f.chunk(2)
f.chunk(2, 1)
f.chunk(3, dim=1)
f.chunk(5, 1)
torch.chunk(torch.arange(7), 3)
torch.chunk(torch.arange(10), 4)
torch.chunk(torch.arange(6), 4)
e.chunk(2)
e.chunk(2, 1)
torch.chunk(f, chunks=2, dim=0)
f.unbind()
f.unbind(1)
f.unbind(dim=-1)
e.unbind()
e.unbind(1)
torch.unbind(f, 1)
x = f.unbind()[0]; x[0] = 9; f
q, w = f; w
q, w, r = f.unbind(1); r
f.select(0, 1)
f.select(1, -1)
f.select(dim=1, index=0)
torch.select(f, 0, 1)
f.select(0, zi - 2)
f.narrow(1, 0, 2)
f.narrow(1, 1, 2)
f.narrow(1, -2, 2)
f.narrow(1, 3, 0)
f.narrow(dim=1, start=0, length=1)
f.narrow(1, zi - 2, 1)
torch.narrow(f, 0, 0, 1)
e.narrow(0, 0, 0)
x = f.narrow(1, 0, 1); x[0] = 9; f
f.flip(0)
f.flip(0, 1)
f.flip((0, 1))
f.flip([1])
f.flip(-1)
f.flip(dims=(0,))
f.flip(())
z.flip(0)
z.flip(())
e.flip(0)
torch.flip(f, [0])
torch.flip(f, dims=(1,))
f.roll(1)
f.roll(1, 0)
f.roll(-1, 1)
f.roll((1, 1), (0, 1))
f.roll(shifts=1, dims=1)
z.roll(1)
torch.roll(f, 1, 0)
torch.roll(f, shifts=(1,), dims=(1,))
f.repeat(2, 1)
f.repeat((2, 1))
f.repeat(2, 1, 1).shape
f.repeat(0, 1)
f.repeat(1, 1) is f
z.repeat(3)
z.repeat(2, 2)
e.repeat(2, 2).shape
f.repeat(repeats=(1, 2))
f.repeat(1, 2).data_ptr() == f.data_ptr()
f.tile(2)
f.tile((2, 1))
f.tile(2, 1, 1).shape
torch.tile(f, (2,))
torch.tile(f, dims=(1, 2))
z.tile(2)
f.repeat_interleave(2)
f.repeat_interleave(2, 0)
f.repeat_interleave(2, dim=1)
f.repeat_interleave(torch.tensor([1, 2]), dim=0)
f.repeat_interleave(torch.tensor([1, 2, 0]), dim=1)
f.repeat_interleave(torch.tensor(2))
f.repeat_interleave(torch.tensor([2]))
f.repeat_interleave(torch.tensor([2]), dim=0)
f.repeat_interleave(0)
f.repeat_interleave(2, output_size=12)
f.repeat_interleave(torch.tensor([1, 2]), dim=0, output_size=3)
z.repeat_interleave(2)
torch.repeat_interleave(f, 2, dim=0)
torch.repeat_interleave(f, repeats=2, dim=0)
torch.repeat_interleave(torch.tensor([1, 2, 0]))
g.repeat_interleave(2).sum().backward(); g.grad
f.diagonal()
f.diagonal(1)
f.diagonal(offset=-1)
f.diagonal(0, 1, 0)
torch.diagonal(f)
x = f.diagonal(); x[0] = 9; f
f.tril()
f.tril(1)
f.tril(diagonal=-1)
f.triu()
f.triu(1)
b[None].tril()
i.triu(1)
torch.tril(f)
torch.triu(f, 1)
torch.triu(torch.ones(3, 3), diagonal=1).bool()
torch.triu(torch.full((2, 2), -inf), 1)
torch.tril(torch.ones(2, 2, dtype=torch.bool))
g.reshape(3, 1)
g.view(3, 1)
g.T
g.view(1, 3).mT
g.view(1, 3).permute(1, 0)
g.view(1, 3).transpose(0, 1)
g.flatten()
g.view(1, 3).flatten()
g.view(1, 3).squeeze()
g.view(1, 3).squeeze(0)
g.unsqueeze(0)
g.expand(2, 3)
g.repeat(2)
g.flip(0)
g.roll(1)
g.tile(2)
g.select(0, 1)
g.narrow(0, 1, 2)
g.view(1, 3).diagonal()
g.view(1, 3).tril()
g.unflatten(0, (3, 1))
g.view(1, 3).movedim(0, 1)
g.view(1, 3).swapaxes(0, 1)
g.contiguous() is g
g.view(1, 3).T.contiguous()
torch.zeros(2, 3, requires_grad=True).T.contiguous()
torch.cat([g, g])
torch.stack([g, g])
g.reshape(3).sum().backward(); g.grad
g.expand(4, 3).sum().backward(); g.grad
g.repeat(2, 2).sum().backward(); g.grad
(g.flip(0) * f[0]).sum().backward(); g.grad
(torch.cat([g, g[:1]]) * torch.arange(4.0)).sum().backward(); g.grad
(g.view(3, 1).expand(3, 2) * torch.ones(3, 2)).sum().backward(); g.grad
(g.split(2)[1] * 3).sum().backward(); g.grad
q, w = (g * 1).split(2); (q.sum() * w.sum()).backward(); g.grad
(g.unbind()[1] * 3).backward(); g.grad
f.contiguous().stride()
f.view(6).view(3, 2).T.T.is_contiguous()
f.index_select(0, torch.tensor([1]))
torch.zeros(3).expand(2, 3).contiguous().stride()
torch.zeros(3).expand(2, 3).clone().stride()
# views share memory, copies do not
x = f.numpy(); f.add_(1); x
x = f.reshape(3, 2); x[0] = 9; f
x = f.T.reshape(-1); x[0] = 9; f
x = f.T.flatten(); x[0] = 9; f
x = f.contiguous(); x[0] = 9; f
x = f.T.contiguous(); x[0] = 9; f
x = f.to(torch.float32); x[0] = 9; f
x = f.float(); x[0] = 9; f
x = f.to(torch.float64); x[0] = 9; f
x = f.expand(1, 2, 3); f[0, 0] = 9; x
x = f.squeeze(); x[0] = 9; f
x = f.unsqueeze(0); x[0, 0] = 9; f
x = f.unbind(1)[0]; x[0] = 9; f
x, y = f.chunk(2); x[0] = 9; f
x = f.narrow(0, 0, 1); x[0] = 9; f
x = f.select(1, 0); x[0] = 9; f
x = f.flip(0); x[0] = 9; f
x = f.roll(1, 0); x[0] = 9; f
x = f[[0, 1]]; x[0] = 9; f
x = f[f > -9]; x[0] = 9; f
x = f[:]; x[0] = 9; f
x = f[...]; x[0] = 9; f
x = f[None]; x[0, 0] = 9; f
x = f.diagonal(); x += 9; f
x = f.permute(1, 0); x[0] = 9; f
x = f.movedim(0, 1); x[0] = 9; f
x = f.mT; x[0] = 9; f
x = torch.as_tensor(f); x[0] = 9; f
x = torch.tensor(f); x[0] = 9; f
x = torch.Tensor(f); x[0] = 9; f
x = torch.FloatTensor(f); x[0] = 9; f
x = +f; x[0] = 9; f
x = f.clamp(-9, 9); x[0] = 9; f
x = f.type(torch.float32); x[0] = 9; f
x = f.view(-1)[1:4]; x.storage_offset()
x = f.T[1:]; (x.storage_offset(), x.stride())
x = q[1, 1:, ::2]; (x.storage_offset(), x.stride(), x.shape)
q.transpose(0, 2).stride()
q.permute(2, 0, 1).contiguous().stride()
q[:, 1:2].is_contiguous()
q[:1].is_contiguous()
q[:, :, 1].is_contiguous()
q.unsqueeze(1).expand(2, 5, 3, 4).stride()
q.reshape(6, 4).stride()
q.flatten(1).shape
q.unflatten(2, (2, 2)).shape
torch.stack([q, q], -1).shape
torch.cat([q, q], -2).shape
torch.cat([q[:, :1], q], 1).shape
q.repeat(1, 2, 1).shape
q.tile(2).shape
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
