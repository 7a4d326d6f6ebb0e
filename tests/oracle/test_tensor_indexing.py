"""Reading and writing by index: values, shapes, dtypes, layout, gradients, errors."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
f[0]
f[-1]
f[2]
f[-3]
f[0, 1]
f[0][1]
f[0, 0, 0]
f[0:1]
f[:, 1]
f[:, 1:]
f[:, -1]
f[..., 0]
f[0, ...]
f[..., 0, :]
f[...]
f[:]
f[()]
f[None]
f[:, None]
f[None, :, None, 0]
f[..., None]
f[True]
f[False]
f[None, True]
f[torch.tensor(True)]
f[torch.tensor(False)]
f[::-1]
f[:, ::2]
f[1:0]
f[5:]
f[-5:1]
f[f > 0]
f[~(f > 0)]
f[b[:2]]
f[:, b]
f[b]
f[[True, False]]
f[:, [True, False, True]]
f[[0, 1]]
f[[0]]
f[[]]
f[[0, 1], [1, 2]]
f[[[0, 1], [1, 0]]]
f[([0, 1], [1, 2])]
f[[0, 1], :]
f[:, [0, 2]]
f[:, [2, 0, 0, 1]]
f[torch.tensor([0, 1])]
f[torch.tensor([1, 1, 0])]
f[torch.tensor([-1, -2])]
f[torch.tensor([2])]
f[torch.tensor([-3])]
f[torch.tensor(1)]
f[torch.tensor([[0, 1], [1, 0]])]
f[torch.tensor([0, 1]), torch.tensor([2, 0])]
f[torch.tensor([[0], [1]]), torch.tensor([2, 0])]
f[torch.tensor([0, 1]), torch.tensor([2, 0, 1])]
f[torch.tensor([0, 1], dtype=torch.int32)]
f[torch.tensor([0, 1], dtype=torch.uint8)]
f[torch.tensor([0, 1], dtype=torch.int16)]
f[torch.tensor([0., 1.])]
f[torch.tensor(1.0)]
f[1.0]
f[np.array([0, 1])]
f[np.int64(1)]
f[np.array(1)]
f[np.array([True, False])]
f[np.float64(1)]
f["a"]
f[(0, "a")]
f[range(2)]
f[slice(0, 1)]
f[slice(torch.tensor(0), torch.tensor(1))]
f[torch.tensor(0):torch.tensor(1)]
f[:, zi:]
f[:, :zi - 1]
f[:, z:]
f[0:2:0]
f[1.0:]
f["a":]
f[0, torch.tensor([0, 2])]
f[torch.tensor([0, 1]), 0]
f[None, torch.tensor([0, 1])]
torch.arange(24).reshape(2, 3, 4)[0, :, torch.tensor([0, 1])]
torch.arange(24).reshape(2, 3, 4)[:, torch.tensor([0, 1]), torch.tensor([0, 1])]
torch.arange(24).reshape(2, 3, 4)[torch.tensor([0, 1]), :, torch.tensor([0, 1])]
torch.arange(24).reshape(2, 3, 4)[torch.tensor([0, 1]), ..., 0]
torch.arange(24).reshape(2, 3, 4)[..., torch.tensor([0, 1])]
torch.arange(24).reshape(2, 3, 4)[:, torch.tensor([[0, 1], [2, 0]])]
torch.arange(24).reshape(2, 3, 4)[torch.arange(24).reshape(2, 3, 4) % 5 == 0]
torch.arange(24).reshape(2, 3, 4)[:, torch.tensor([True, False, True])]
torch.arange(24).reshape(2, 3, 4)[torch.tensor([True, False]), :, 1]
torch.arange(24).reshape(2, 3, 4)[torch.tensor([[True, False, True], [False, True, False]])]
torch.arange(24).reshape(2, 3, 4)[torch.tensor([True, True]), torch.tensor([0, 2])]
torch.arange(24).reshape(2, 3, 4)[1, None, :, [0, 1]]
torch.arange(24).reshape(2, 3, 4)[[0, 1], None, [0, 1]]
torch.arange(24).reshape(2, 3, 4)[torch.ones(2, 2, dtype=torch.bool)]
torch.arange(24).reshape(2, 3, 4)[::2, 1:, -1]
torch.arange(3)[[zi - 1, 0]]
torch.arange(3)[[torch.tensor(1), torch.tensor(2)]]
torch.arange(3)[[torch.tensor([1]), torch.tensor([2])]]
f[[slice(0, 1), 0]]
f[[0, slice(None)]]
f[[None, 0]]
f[0, [0, 1]]
f[torch.Size([0, 1])]
f[i.abs().clamp(max=1)].shape
e[0]
e[:, 0]
e[torch.zeros(0, dtype=torch.long)]
e[[]]
f[torch.zeros(0, dtype=torch.long)]
f[torch.zeros(0)]
z[0]
z[()]
z[...]
z[None]
z[True]
z[torch.tensor(True)]
z[:]
z[torch.tensor(0)]
z[z > 0]
z[z < 0]
b[0]
i[0, 0]
f[0].is_contiguous()
f[:, 0].is_contiguous()
f[:, 0].stride()
f[:, ::2].stride()
x = f.clone(); y = x[0]; y += 1; x
x = f.clone(); y = x[:, [0]]; y += 1; x
x = f.clone(); y = x[...]; y += 1; x
x = f.clone(); y = x[True]; y += 1; x
g[0]
g[0:2]
g[None]
g[...]
g[:]
g[[0, 1]]
g[g > 1]
g[torch.tensor(1)]
g[b]
g[0:2][0]
g.reshape(1, 3)[0, 1]
g.reshape(1, 3)[:, 1]
g.reshape(1, 3)[0, 1:]
g.reshape(1, 3)[0, None]
g.reshape(1, 3)[..., 0]
g[True]
g[()]
g.view(1, 3)[0, [1, 2]]
g[[0, 0, 2]].sum().backward(); g.grad
g[g > 1].sum().backward(); g.grad
g[1:].sum().backward(); g.grad
g[-1].backward(); g.grad
(g[0] * g[1]).backward(); g.grad
(g[:2] * g[1:]).sum().backward(); g.grad
(g[None] * g[:, None]).sum().backward(); g.grad
(g * 2)[[2, 2, 1]].sum().backward(); g.grad
x = f.clone(); x[0] = 1; x
x = f.clone(); x[0, 1] = 7.5; x
x = f.clone(); x[:, 1] = torch.tensor([5.0, 6.0]); x
x = f.clone(); x[:, 1] = torch.tensor([[5.0, 6.0]]); x
x = f.clone(); x[:, 1] = torch.tensor([[5.0], [6.0]]); x
x = f.clone(); x[...] = 3; x
x = f.clone(); x[:] = i; x
x = f.clone(); x[:] = z; x
x = f.clone(); x[:] = torch.ones(1, 2, 3); x
x = f.clone(); x[:] = torch.ones(1, 1, 1, 1, 1); x
x = f.clone(); x[:] = torch.ones(3, 1); x
x = f.clone(); x[0] = torch.ones(2, 3); x
x = f.clone(); x[0] = torch.ones(1, 3); x
x = f.clone(); x[0] = [1, 2, 3]; x
x = f.clone(); x[0] = (1, 2, 3); x
x = f.clone(); x[0, 0] = [1]; x
x = f.clone(); x[0] = np.float64(2); x
x = f.clone(); x[0] = "a"; x
x = f.clone(); x[0] = None; x
x = f.clone(); x[0] = True; x
x = f.clone(); x[0] = 2**40; x
x = f.clone(); x[f > 0] = 0; x
x = f.clone(); x[f > 0] = torch.tensor(9.0); x
x = f.clone(); x[f > 0] = torch.tensor([1.0, 2.0, 3.0]); x
x = f.clone(); x[f > 0] = torch.tensor([1.0, 2.0]); x
x = f.clone(); x[f > 0] = torch.ones(1, 1); x
x = f.clone(); x[f > 0] += 1; x
x = f.clone(); x[f > 0] *= 2; x
x = f.clone(); x[f > 0] = x[f > 0] + 1; x
x = f.clone(); x[f > 100] = 5; x
x = f.clone(); x[f > 100] = torch.zeros(0); x
x = f.clone(); x[[0, 1], [1, 2]] = 5; x
x = f.clone(); x[[0, 1], [1, 2]] = torch.tensor([5.0, 6.0]); x
x = f.clone(); x[[0, 1], [1, 2]] = torch.tensor([5, 6]); x
x = f.clone(); x[[0, 1], [1, 2]] = torch.tensor([5.0, 6.0], dtype=torch.float64); x
x = f.clone(); x[f > 0] = zd; x
x = f.clone(); x[f > 0] = d; x
x = f.clone(); x[:, [0, 2]] = torch.tensor([5.0, 6.0]); x
x = f.clone(); x[:, [0, 2]] = torch.tensor([[5.0], [6.0]]); x
x = f.clone(); x[torch.tensor([0, 0])] += 1; x
x = torch.zeros(3); x[[0, 0, 1]] += 1; x
x = torch.zeros(3); x[torch.tensor([0, 0, 1])] = torch.tensor([1.0, 2.0, 3.0]); x
x = torch.zeros(2, 3); x[0][1] = 5; x
x = torch.zeros(2, 3); x[0][[1, 2]] = 5; x
x = torch.zeros(2, 3); x[:, 1:][0] += 2; x
x = torch.zeros(2, 3); x[torch.tensor([True, False])] = 4; x
x = torch.zeros(2, 3); x[:, torch.tensor([True, False, True])] = torch.tensor([4.0, 5.0]); x
x = torch.zeros(2, 3); x[None] = 4; x
x = torch.zeros(2, 3); x[..., None] = torch.ones(3, 1); x
x = torch.zeros(2, 3); x[True] = 4; x
x = torch.zeros(2, 3); x[False] = 4; x
x = torch.zeros(2, 3); x[zi - 2] = 4; x
x = torch.zeros(2, 3); x[torch.tensor(1), torch.tensor(2)] = 4; x
x = torch.zeros(2, 3); x[2] = 4; x
x = torch.zeros(2, 3); x[[2]] = 4; x
x = torch.zeros(2, 3); x[torch.tensor([0.5])] = 4; x
x = torch.zeros(2, 3); x[0, 0, 0] = 4; x
x = torch.zeros(2, 3); x[::-1] = 4; x
x = torch.zeros(2, 3); x[:, ::2] = torch.ones(2, 2); x
x = torch.zeros(2, 3); x["a"] = 4; x
x = torch.zeros(2, 3); x[0.5] = 4; x
x = torch.zeros(2, 3).T; x[0] = 4; x
x = torch.zeros(2, 3); x[(0, 1), (1, 2)] = 4; x
x = torch.zeros(2, 3).bool(); x[0] = 2; x
x = torch.zeros(2, 3).bool(); x[0, 1] = True; x
x = torch.zeros(2, 3).long(); x[0] = 2.7; x
x = torch.zeros(2, 3).long(); x[0] = torch.tensor(2.7); x
x = torch.zeros(2, 3).long(); x[[0]] = torch.ones(3); x
x = torch.zeros(2, 3).long(); x[0] = -torch.ones(3) * 1.5; x
x = torch.zeros(2, 3).long(); x[0] = nan; x
x = torch.zeros(3, dtype=torch.uint8); x[0] = 300; x
x = torch.zeros(3, dtype=torch.uint8); x[0] = -1; x
x = torch.zeros(3, dtype=torch.uint8); x[[0]] = 300; x
x = torch.zeros(3, dtype=torch.uint8); x[0] = torch.tensor(300); x
x = torch.zeros(3); x[()] = 1; x
x = torch.tensor(1.0); x[()] = 2; x
x = torch.tensor(1.0); x[...] = 2; x
x = torch.tensor(1.0); x[0] = 2; x
x = torch.tensor(1.0); x[x > 0] = 5; x
x = torch.zeros(0, 3); x[:] = 1; x
x = torch.zeros(0, 3); x[:] = torch.ones(3); x
x = torch.zeros(2, 3); x[:, :0] = 1; x
x = torch.zeros(2, 3); x[:, :0] = torch.ones(2, 3); x
x = torch.zeros(1).expand(3); x[:] = 1; x
x = torch.arange(5.0); x[[1, 2]] = x[[2, 1]]; x
x = torch.arange(4.0); x[0], x[1] = x[1].clone(), x[0].clone(); x
x = torch.zeros(3); x[1] = g[0]; x
x = torch.zeros(3); x[1] = g[0]; x.sum().backward(); g.grad
x = torch.zeros(2, 3); x[1] = g; (x * f).sum().backward(); g.grad
x = torch.zeros(2, 3); x[:, 1] = g[0]; (x * f).sum().backward(); g.grad
x = torch.zeros(2, 3); x[0][1] = g[0]; (x * f).sum().backward(); g.grad
x = torch.zeros(2, 3); x[f > 0] = g; (x * f).sum().backward(); g.grad
x = torch.zeros(2, 3); x[f > 0] = g[0]; (x * f).sum().backward(); g.grad
x = torch.zeros(2, 3); x[[0, 1]] = g; (x * f).sum().backward(); g.grad
x = torch.zeros(2, 3); x[:] = g; (x * f).sum().backward(); g.grad
x = torch.zeros(2, 3); x[...] = g[None]; (x * f).sum().backward(); g.grad
x = torch.zeros(2, 3); x[...] = g[None, None]; (x * f).sum().backward(); g.grad
x = torch.zeros(3).long(); x[:] = g; x
x = torch.zeros(3).double(); x[:] = g; x.sum().backward(); g.grad
x = torch.zeros(3).double(); x[[0, 1, 2]] = g; x
x = g * 1; x[0] = 5; x.sum().backward(); g.grad
x = g * 1; x[g > 1] = 5; x.sum().backward(); g.grad
x = g * 1; x[[0, 1]] = g[1:]; x.sum().backward(); g.grad
x = g * 1; x[0] = x[1] * x[2]; x.sum().backward(); g.grad
x = g * 1; x[0] += x[1] * x[2]; x.sum().backward(); g.grad
x = g * 1; x[[0, 0]] += 1; x.sum().backward(); (x, g.grad)
x = g * 1; x[[0, 0]] *= 3; x.sum().backward(); (x, g.grad)
g[0] = 1
g[g > 0] = 1
g[:] = g * 2
g[0] += 1
x = g.exp(); x[0] = 1; x.sum().backward(); g.grad
x = g * 1; y = x[:2]; y[0] = 7; x.sum().backward(); (x, g.grad)
x = g * 1; y = x[:2]; y *= 3; x.sum().backward(); (x, g.grad)
x = g * 1; y = x.view(1, 3); y[0, 1] = g[2] * 5; x.sum().backward(); (x, g.grad)
x = g * 1; x[0] = 1; x
x = g * 1; x[[0]] = 1; x
x = g * 1; x[0] = 1; x[1]
x = torch.zeros(3); x[0] = g[0]; x[0]
x = torch.zeros(3); x[0] = g[0]; x[1:]
x = torch.zeros(3); x[0] = g[0]; x.is_leaf
x = torch.zeros(3, requires_grad=True); y = x.clone(); y[0] = 0; y.sum().backward(); x.grad
x = f.clone(); x.index_put_((torch.tensor([0, 0]), torch.tensor([1, 1])), torch.tensor(1.0), accumulate=True); x
x = f.clone(); x.index_put_((torch.tensor([0, 0]), torch.tensor([1, 1])), torch.tensor(1.0)); x
x = f.clone(); x.index_put_([torch.tensor([0, 1])], torch.ones(3)); x
x = f.clone(); x.index_put_((torch.tensor([0, 0]),), 1.0); x
x = f.clone(); x.index_put_((f > 0,), torch.tensor(1.0)); x
g.view(1, 3)[0, :]
g.view(1, 3)[:, :]
g.view(1, 3)[:, None, :]
g.view(1, 3)[..., :]
g.view(1, 3)[0, ...]
g.view(1, 3)[:, 1:2]
# three dimensions
q[0, :, [0, 1]].shape
q[:, 0, [0, 1]].shape
q[0, [0, 1]].shape
q[[0, 1], :, 0].shape
q[[0, 1], :, [0, 1]].shape
q[:, [0, 1], [0, 1]].shape
q[[0], [[0], [1]]].shape
q[..., [0]].shape
q[None, [0, 1]].shape
q[[0, 1], None].shape
q[:, None, [0, 1]].shape
q[0, None, [0, 1]].shape
q[[0, 1], ..., [0, 1]].shape
q[q > 10].shape
q[:, q[0] > 5].shape
q[q[:, :, 0] > 5].shape
q[q[:, 0, 0] > -1, 0].shape
q[[True, False], 0].shape
q[0, :, torch.tensor([True, False, True, False])].shape
x = q.clone(); x[0, :, [0, 1]] = torch.tensor([[1.0, 2, 3], [4, 5, 6]]); x
x = q.clone(); x[0, :, [0, 1]] = torch.tensor([[1.0, 2], [3, 4], [5, 6]]); x
x = q.clone(); x[:, 0, [0, 1]] = torch.tensor([1.0, 2.0]); x
x = q.clone(); x[[0, 1], :, 0] = torch.tensor([1.0, 2.0, 3.0]); x
x = q.clone(); x[[0, 1], :, [0, 1]] = torch.ones(2, 3); x
x = q.clone(); x[..., [0]] += 100; x
x = q.clone(); x[:, q[0] > 5] = 0; x
x = q.clone(); x[q[:, :, 0] > 5] = torch.arange(4.0); x
x = q.clone(); x[q > 5] = q[q > 5] * 2; x
x = q.clone(); x[0][q[0] > 5] = -1; x
x = q.clone(); x[:, 1:2] = torch.zeros(1, 1, 4); x
x = q.clone(); x[:, :, 1] = torch.arange(3.0); x
x = q.clone(); x[1] = x[0]; x
x = q.clone(); x[:, [0, 1]] = x[:, [1, 0]]; x
x = torch.zeros(2, 3, 4); x[0, :, [0, 1]] = g; (x * q).sum().backward(); g.grad
x = torch.zeros(2, 3, 4); x[:, :, 1] = g; (x * q).sum().backward(); g.grad
x = torch.zeros(2, 3); x[f > 0] = g[None]; (x * f).sum().backward(); g.grad
x = torch.zeros(2, 3); x[:, [0, 1]] = g[:2]; (x * f).sum().backward(); g.grad
x = torch.zeros(2, 3); x[1:, 1:] = g[1:]; x[0] = g * 2; (x * f).sum().backward(); g.grad
x = torch.zeros(4, 3); y = x[1:3]; y[0] = g; z2 = y[0] * 2; z2.sum().backward(); g.grad
x = torch.zeros(4, 3); y = x[1:3]; x[1] = g; y.sum().backward(); g.grad
x = torch.zeros(4, 3); y = x[1:3]; x[1] = g; y.requires_grad
x = torch.zeros(4, 3); x[1] = g; y = x.detach(); y.requires_grad
out = torch.zeros(3, 3); [out.__setitem__(t, g * t) for t in range(3)]; out.sum().backward(); g.grad
hidden = torch.zeros(3); outs = []; [outs.append(hidden) for hidden in [g * 2, g * 3]]; torch.stack(outs).sum().backward(); g.grad
x = g * 1; x[1:] += x[:-1].clone(); x.sum().backward(); (x, g.grad)
x = g * 1; x[b] *= 2; x.sum().backward(); (x, g.grad)
x = g * 1; x[torch.tensor([0, 2])] -= 1; x.prod().backward(); (x, g.grad)
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
