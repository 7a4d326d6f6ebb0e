"""Tensors as other types, as Python and NumPy values, as copies; leaves and gradients."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
f.to(torch.float64)
f.to(torch.int64)
f.to(torch.float32) is f
f.to(f) is f
f.to("cpu") is f
f.to(torch.device("cpu")) is f
f.to("cpu", torch.float64)
f.to(device="cpu", dtype=torch.int32)
f.to(dtype=torch.float16)
f.to(d)
f.to(other=d)
f.to(torch.float32, copy=True) is f
f.to(torch.float32, non_blocking=True) is f
f.to(torch.float32, False, True) is f
f.to("cpu", torch.float32, False, True) is f
f.to("float64")
f.to(float)
f.to(None) is f
f.to()
f.to(dtype=None) is f
f.to(torch.float64).sum().backward()
g.to(torch.float64)
g.to(torch.float64).sum().backward(); g.grad
g.to(torch.float32) is g
g.to(torch.int64)
g.to(copy=True) is g
g.float() is g
g.half()
f.type()
i.type()
b.type()
u.type()
h.type()
f.type(torch.int64)
f.type("torch.LongTensor")
f.type(torch.LongTensor)
f.type("torch.FloatTensor") is f
f.type("LongTensor")
f.type("banana")
f.type(f.dtype) is f
f.type(dtype=torch.float64)
f.type_as(i)
f.type_as(f) is f
f.float() is f
f.double()
f.half()
f.long()
f.int()
f.short()
f.char()
f.byte()
f.bool()
torch.tensor([nan, 0.0, -0.0, inf]).bool()
i.float()
i.byte()
torch.tensor([2.9, -2.9]).long()
torch.tensor([-1.0]).byte()
torch.tensor([1e10]).int()
torch.tensor([300]).byte()
torch.tensor([70000.0]).half()
f.cpu() is f
z.item()
zi.item()
b[0].item()
torch.tensor([[3.0]]).item()
f.item()
e.item()
f.tolist()
z.tolist()
e.tolist()
b.tolist()
torch.tensor(0.1).item()
torch.tensor(0.1).tolist()
h.tolist()
f.numpy()
g.numpy()
g.detach().numpy()
g.numpy(force=True)
with_grad = g * 2; with_grad.numpy()
a = f.numpy(); a[0, 0] = 9; f
f.cpu().numpy()
np.array(f)
np.asarray(f)
np.array(f, dtype=np.float64)
np.asarray(g)
np.array(g)
a = np.array(f); a[0, 0] = 100; f
a = np.asarray(f); a[0, 0] = 100; f
np.array([z, z])
np.array([1.0, z])
np.array([f[0], f[1]])
np.array(z)
float(np.array(z))
np.asarray(b)
np.zeros(3)[b]
np.zeros(3)[i[0].abs().clamp(max=2)]
np.arange(5)[zi]
np.arange(5)[torch.tensor([1, 2])]
np.exp(f)
np.sqrt(f.abs())
np.sin(f)
np.abs(f)
np.sign(f)
np.floor(f)
np.tanh(f)
np.log(f.abs() + 1)
np.maximum(f, 0)
np.add(f, f)
np.add(f, np.ones(3))
np.argmax(f)
np.dot(f, f.T)
np.allclose(f, f)
np.array_equal(f, f)
np.testing.assert_allclose(f, f)
np.testing.assert_array_equal(f, f)
np.testing.assert_allclose(f, f.numpy())
np.cumsum(f)
np.transpose(f)
np.reshape(f, (3, 2))
np.linalg.norm(f)
np.unique(i)
np.sort(f)
np.median(f)
np.isclose(f, f)
np.ravel(f)
np.squeeze(f)
np.ndim(f)
np.histogram(f, bins=2)
np.diff(f)
np.outer(f[0], f[1])
np.matmul(f, f.T)
np.power(f, 2)
np.mod(f, 2)
np.floor_divide(f, 2)
np.float64(f[0, 0])
np.float32(z)
np.int64(zi)
np.full(2, z)
np.zeros(zi)
np.vstack([f, f])
np.hstack([f, f])
np.nan_to_num(f)
f.size()
f.size(0)
f.size(-1)
f.size(2)
f.size(dim=1)
f.shape[0]
f.shape
f.ndim
f.dim()
f.numel()
f.nelement()
f.element_size()
f.nbytes
f.itemsize
f.stride()
f.stride(0)
f.stride(-1)
f.stride(2)
f.T.stride()
f[:, 1:].stride()
f.storage_offset()
f[1].storage_offset()
f[:, 1:].storage_offset()
f.T.storage_offset()
f.T[1].storage_offset()
f.clone()[1:].storage_offset()
f.expand(2, 2, 3).stride()
f[:1].expand(2, 3).stride()
torch.zeros(2, 1, 3).stride()
torch.zeros(1, 3).T.is_contiguous()
torch.zeros(3, 1)[:, 0].is_contiguous()
torch.zeros(2, 0).is_contiguous()
torch.zeros(()).stride()
f.unsqueeze(0).stride()
f.unsqueeze(-1).stride()
f.T.unsqueeze(1).stride()
f.is_contiguous()
f.T.is_contiguous()
f.T.contiguous().is_contiguous()
f.contiguous() is f
f.T.contiguous().stride()
f.data_ptr() == f[0].data_ptr()
f.data_ptr() == f.clone().data_ptr()
f.view(-1).data_ptr() == f.data_ptr()
f.dtype
f.device
f.layout
f.is_cuda
f.is_leaf
g.is_leaf
(g * 2).is_leaf
f.requires_grad
g.requires_grad
f.grad
f.grad_fn
f.is_floating_point()
f.is_complex()
f.T
f.mT
f.H
f[0].T
z.T
f[0].mT
torch.zeros(2, 3, 4).mT.shape
torch.zeros(2, 3, 4).H
torch.zeros(2, 3, 4).T.shape
f"{z}"
f"{z:.2f}"
f"{z:>8}"
f"{zi:03d}"
f"{zi:.2f}"
f"{f}"
f"{f:.2f}"
f"{torch.tensor([1.0]):.2f}"
f"{f[0]:>40}"
f"{b[0]}"
"%d" % zi
"%.2f" % z
"%s" % z
"{:.3f}".format(z)
str(z)
repr(g)
import copy; copy.copy(f) is f
import copy; x = copy.copy(f); x[0, 0] = 9; f
import copy; copy.copy(g)
import copy; x = copy.copy(g * 2); x
import copy; copy.deepcopy(f)
import copy; x = copy.deepcopy(f); x[0, 0] = 9; f
import copy; copy.deepcopy(g)
import copy; copy.deepcopy(g * 2)
import copy; (g * 2).sum().backward(); copy.deepcopy(g).grad
import copy; (g * 2).sum().backward(); x = copy.deepcopy(g); x.grad[0] = 7; g.grad
import copy; copy.deepcopy(f.T).stride()
import copy; x, y = copy.deepcopy([f, f]); x is y
import copy; f.tag = "a"; copy.deepcopy(f).tag
import copy; copy.deepcopy(torch.float32) is torch.float32
import copy; copy.deepcopy(torch.Size([2]))
import copy; copy.deepcopy(torch.device("cpu"))
import pickle; pickle.loads(pickle.dumps(f))
import pickle; pickle.loads(pickle.dumps(g))
import pickle; pickle.loads(pickle.dumps(g * 2))
import pickle; pickle.loads(pickle.dumps(f.T)).stride()
import pickle; pickle.loads(pickle.dumps(b))
import pickle; pickle.loads(pickle.dumps(e))
import pickle; pickle.loads(pickle.dumps(z))
import pickle; pickle.loads(pickle.dumps(torch.float32)) is torch.float32
import pickle; pickle.loads(pickle.dumps(torch.Size([2, 3])))
import pickle; pickle.loads(pickle.dumps(torch.device("cpu")))
import pickle; (g * 2).sum().backward(); pickle.loads(pickle.dumps(g)).grad
import pickle; x, y = pickle.loads(pickle.dumps((f, f))); x is y
g.data
g.data.requires_grad
g.data[0] = 9; g
g.data = torch.zeros(2); g
g.data = torch.zeros(2, dtype=torch.float64); g
g.data = torch.zeros(2, dtype=torch.int64); g
g.data = [1, 2]
f.data = i; f
f.data = np.zeros(2)
f.data = torch.zeros(2); f.shape
x = g * 2; x.data = torch.zeros(3); x.sum().backward(); g.grad
g.data.add_(1); g
g.detach()
g.detach()[0] = 9; 1
x = g.detach(); x[0] = 9; g
(g * 2).detach()
x = g * 2; x.detach_(); x
x = g * 2; x.detach_() is x
g.detach_(); g
x = (g * 2)[0]; x.detach_()
f.requires_grad_()
f.requires_grad_() is f
f.requires_grad_(False)
i.requires_grad_()
i.requires_grad_(False)
i.requires_grad = True; 1
g.requires_grad = False; g
x = g * 2; x.requires_grad = False
x = g * 2; x.requires_grad = True; x
x = g * 2; x.requires_grad_(False)
f.requires_grad = 1; f
g.clone()
g.clone().sum().backward(); g.grad
f.T.clone().stride()
f[:, ::2].clone().stride()
f[:1].expand(2, 3).clone().stride()
f.T.clone(memory_format=torch.contiguous_format).stride()
f.clone() is f
torch.clone(f)
g.backward()
g.sum().backward(); g.grad
g.sum().backward(torch.tensor(2.0)); g.grad
(g * 2).backward(torch.ones(3)); g.grad
(g * 2).backward(gradient=torch.ones(3)); g.grad
(g * 2).backward(torch.ones(2))
f.sum().backward()
g.sum().backward(); g.sum().backward(); g.grad
g.sum().backward(); g.grad.zero_(); g.grad
g.grad = torch.ones(3); g.sum().backward(); g.grad
g.grad = torch.ones(2); 1
g.grad = torch.ones(3, dtype=torch.float64); 1
g.grad = None; g.grad
g.grad = 1
g.grad = [1.0, 2.0, 3.0]
x = g * 2; x.retain_grad(); x.sum().backward(); x.grad
x = g * 2; x.sum().backward(); x.grad
f.retain_grad()
g.retain_grad(); g.retains_grad
x = g * 2; x.retain_grad(); x.retains_grad
g.register_hook(lambda v: v * 3); g.sum().backward(); g.grad
f.register_hook(lambda v: v)
g.foo = 1; g.foo
f.copy_(i)
f.copy_(torch.ones(3))
f.copy_(torch.ones(4))
f.copy_(1.0)
f.copy_(np.ones(3))
i.copy_(f)
b.copy_(f[0])
z.copy_(f)
f.copy_(g); f
f.copy_(g).sum().backward(); g.grad
f.fill_(2)
f.fill_(zi)
f.fill_(torch.ones(1))
f.fill_(torch.ones(2))
i.fill_(2.7)
b.fill_(2)
f.fill_("a")
f.zero_()
f.fill_(True)
x = g * 2; x.zero_(); x.sum().backward(); g.grad
g.zero_()
g.fill_(1)
f.uniform_(0, 1).shape
f.uniform_(1, 0)
i.uniform_()
f.normal_(0, -1)
f.normal_(mean=2, std=0)
i.normal_()
f.bernoulli_(0.0)
f.bernoulli_(1.0)
f.bernoulli_(2.0)
f.bernoulli_(torch.ones(3))
i.bernoulli_(1.0)
b.bernoulli_(1.0)
f.random_(1)
f.random_(3, 4)
f.random_(4, 4)
i.random_(2, 3)
f.exponential_(-1)
f.normal_() is f
g.uniform_()
x = g * 1; x.uniform_(); x.requires_grad
f.tril().is_contiguous()
f.byte().dtype
isinstance(f.shape, tuple)
zi.__index__()
z.__index__()
b[0].__index__()
torch.tensor([3]).__index__()
f.view_as(torch.zeros(3, 2))
reversed(f)
list(reversed(f[0]))
sum([g[0], g[1]])
sum(g.unbind())
max(g)
g[0] < g[1]
sorted([g[1], g[0]])
f in [f]
f == f.clone()
z in [1.0, 2.5]
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
