"""Tensors from data, from sizes and like others; old-style constructors; dtypes, sizes, devices."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
torch.tensor(1)
torch.tensor(1.5)
torch.tensor(True)
torch.tensor([])
torch.tensor([[]])
torch.tensor([[], []])
torch.tensor([1, 2.5])
torch.tensor([True, 2])
torch.tensor([True, 2.5])
torch.tensor((1, 2))
torch.tensor(range(3))
torch.tensor([range(3), range(3)])
torch.tensor([(1, 2), [3, 4]])
torch.tensor(f)
torch.tensor(z)
torch.tensor([z, z])
torch.tensor([z, 1])
torch.tensor([zi, 1])
torch.tensor([f[0, 0:1], f[0, 1:2]])
torch.tensor([g[0], g[1]])
torch.tensor(g)
torch.tensor(np.array([1, 2]))
torch.tensor(np.array([1.0, 2.0]))
torch.tensor(np.array([1.0, 2.0], dtype=np.float32))
torch.tensor(np.array([True]))
torch.tensor(np.array([1, 2], dtype=np.uint16))
torch.tensor(np.float64(1))
torch.tensor(np.float32(1))
torch.tensor(np.int32(1))
torch.tensor(np.bool_(True))
torch.tensor([np.float64(1), 2])
torch.tensor([np.float32(1), np.float32(2)])
torch.tensor([np.int32(1), np.int32(2)])
torch.tensor([np.array([1, 2]), np.array([3, 4])])
torch.tensor([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
torch.tensor([np.array([1.0, 2.0], dtype=np.float32)])
torch.tensor([1, 2], dtype=torch.float32)
torch.tensor([1.7, -2.7], dtype=torch.int64)
torch.tensor([1, 2], dtype=torch.bool)
torch.tensor([0.5, 0], dtype=torch.bool)
torch.tensor([1, 2], dtype=float)
torch.tensor([1, 2.5], dtype=int)
torch.tensor([1, 2], dtype=bool)
torch.tensor([-1], dtype=torch.uint8)
torch.tensor(2**40)
torch.tensor(2**63, dtype=torch.float32)
torch.tensor(1e300, dtype=torch.float16)
torch.tensor(nan)
torch.tensor([1.0], requires_grad=True)
torch.tensor([1.0], device="cpu")
torch.tensor([1.0], device=torch.device("cpu"))
torch.tensor([1.0], device="cpu").device
torch.tensor(data=[1])
torch.tensor(b)
torch.tensor(i, dtype=torch.float32)
torch.as_tensor([1, 2])
torch.as_tensor(f) is f
torch.as_tensor(f, dtype=torch.float32) is f
torch.as_tensor(f, dtype=torch.float64)
torch.as_tensor(g) is g
torch.as_tensor(g, dtype=torch.float64)
torch.as_tensor(np.array([1, 2]))
torch.as_tensor(np.float64(1))
torch.as_tensor(3)
torch.as_tensor(3, dtype=torch.float32)
a = np.zeros(2); t = torch.as_tensor(a); a[0] = 5; t
a = np.zeros(2); t = torch.tensor(a); a[0] = 5; t
a = np.zeros(2); t = torch.from_numpy(a); t[0] = 5; a
a = np.zeros(2); t = torch.from_numpy(a); a[0] = 5; t
a = np.zeros(2); t = torch.as_tensor(a, dtype=torch.float32); a[0] = 5; t
torch.from_numpy(np.array(1.0))
torch.from_numpy(np.zeros((2, 3)).T).stride()
torch.zeros(2, 3)
torch.zeros((2, 3))
torch.zeros([2, 3])
torch.zeros(torch.Size([2, 3]))
torch.zeros(f.shape)
torch.zeros(size=(2, 3))
torch.zeros(2)
torch.zeros(())
torch.zeros([])
torch.zeros(0)
torch.zeros(2, 0)
torch.zeros(2, dtype=torch.int64)
torch.zeros(2, dtype=int)
torch.zeros(2, dtype=torch.bool)
torch.zeros(2, dtype=None)
torch.zeros(2, requires_grad=True)
torch.zeros(2, device="cpu")
torch.zeros(2, device=None)
torch.zeros(2, layout=torch.strided)
torch.zeros(2, pin_memory=False)
torch.zeros(zi)
torch.zeros(zi, 2)
torch.zeros((zi, 2))
torch.zeros(np.int64(2))
torch.zeros(np.int64(2), 3)
torch.zeros((np.int64(2), 3))
torch.ones(2, 3)
torch.ones((2,))
torch.ones(size=(2, 3), dtype=torch.int32)
torch.ones(2, dtype=torch.bool)
torch.empty(2, 3).shape
torch.empty(0)
torch.empty((2,), dtype=torch.int64).dtype
torch.empty(2, 3, memory_format=torch.contiguous_format).shape
torch.empty(size=(3,)).shape
torch.full((2, 3), 7)
torch.full((2, 3), 7.5)
torch.full((2, 3), True)
torch.full((2,), 7, dtype=torch.float32)
torch.full((2,), 7.9, dtype=torch.int64)
torch.full([2], 1)
torch.full((), 1)
torch.full((2,), fill_value=1)
torch.full(size=(2,), fill_value=1)
torch.full((2,), zi)
torch.full((2,), z)
torch.full((2,), nan)
torch.full((2,), inf)
torch.full((2,), -inf)
torch.full((2,), np.float32(3))
torch.full((2,), np.float64(3))
torch.full((2,), 1.0, requires_grad=True)
torch.full((0,), 1.0)
torch.arange(5)
torch.arange(0)
torch.arange(1, 5)
torch.arange(1, 5, 2)
torch.arange(5, 1, -1)
torch.arange(0, 1, 0.25)
torch.arange(5.0)
torch.arange(2.5)
torch.arange(0, 1, 0.1)
torch.arange(1, 2, 0.1)
torch.arange(0.1, 1, 0.3)
torch.arange(0, 5, dtype=torch.float32)
torch.arange(0, 5, dtype=torch.float64)
torch.arange(0, 5, 1.5, dtype=torch.int64)
torch.arange(end=5)
torch.arange(start=1, end=5)
torch.arange(start=1, end=5, step=2)
torch.arange(zi)
torch.arange(z)
torch.arange(zi, 5)
torch.arange(np.int64(3))
torch.arange(np.float64(3))
torch.arange(3.0, requires_grad=True)
torch.arange(3, device="cpu")
torch.arange(0, 10, 3, dtype=torch.int32)
torch.arange(True)
torch.linspace(0, 1, 5)
torch.linspace(0, 1, 1)
torch.linspace(0, 1, 0)
torch.linspace(0, 10, 4)
torch.linspace(1, 0, 3)
torch.linspace(-1, 1, 7)
torch.linspace(0, 1, steps=3)
torch.linspace(start=0, end=1, steps=3)
torch.linspace(0, 1, 3, dtype=torch.float64)
torch.linspace(0, 10, 4, dtype=torch.int64)
torch.linspace(-10, 10, 6, dtype=torch.int64)
torch.linspace(0, 1, 3, requires_grad=True)
torch.linspace(zi, 5, 3)
torch.logspace(0, 2, 3)
torch.logspace(0, 3, 4, base=2)
torch.logspace(0, 3, 4, base=2.0, dtype=torch.float64)
torch.logspace(0, 3, steps=0)
torch.eye(3)
torch.eye(2, 3)
torch.eye(3, 2)
torch.eye(0)
torch.eye(2, dtype=torch.int64)
torch.eye(2, dtype=torch.bool)
torch.eye(n=2, m=3)
torch.eye(2, requires_grad=True)
torch.zeros_like(f)
torch.zeros_like(i)
torch.zeros_like(b)
torch.zeros_like(g)
torch.zeros_like(f, dtype=torch.int64)
torch.zeros_like(f, requires_grad=True)
torch.zeros_like(f.T).stride()
torch.zeros_like(f[:, ::2]).stride()
torch.zeros_like(f[0].expand(4, 3)).stride()
torch.zeros_like(torch.zeros(2, 3, 4).permute(2, 0, 1)).stride()
torch.zeros_like(f, memory_format=torch.preserve_format).shape
torch.zeros_like(f.T, memory_format=torch.contiguous_format).stride()
torch.ones_like(f)
torch.ones_like(i, dtype=torch.float64)
torch.ones_like(e)
torch.ones_like(z)
torch.ones_like(f, device="cpu")
torch.empty_like(f).shape
torch.empty_like(f.T).stride()
torch.full_like(f, 2)
torch.full_like(i, 2.7)
torch.full_like(f, True)
torch.full_like(f, zi)
torch.full_like(b, 2)
torch.full_like(f, 1, dtype=torch.int64)
torch.full_like(f, nan)
torch.full_like(f, fill_value=3)
f.new_zeros(2)
f.new_zeros(2, 3)
f.new_zeros((2, 3))
f.new_zeros(size=(2, 3))
i.new_zeros(2)
i.new_zeros(2, dtype=torch.float64)
f.new_zeros(f.shape, requires_grad=True)
f.new_zeros(())
f.new_ones(2)
b.new_ones(2)
f.new_ones((2,), dtype=torch.long)
f.new_empty(2, 3).shape
f.new_empty((0,))
f.new_full((2,), 3)
f.new_full((2, 2), 1.5)
i.new_full((2,), 1.5)
i.new_full((2,), True)
f.new_full([2], 3, dtype=torch.long)
f.new_full(size=(2,), fill_value=3)
f.new_tensor([1, 2])
i.new_tensor([1.5, 2])
i.new_tensor(f)
f.new_tensor(3)
f.new_tensor([1], requires_grad=True)
f.new_tensor(np.array([1, 2]))
torch.Tensor([1, 2])
torch.Tensor([[1, 2], [3, 4]])
torch.Tensor(2, 3).shape
torch.Tensor(2).shape
torch.Tensor()
torch.Tensor((2, 3))
torch.Tensor(torch.Size([2, 3])).shape
torch.Tensor(f)
torch.Tensor(i)
torch.Tensor(d)
torch.Tensor(np.array([1, 2]))
torch.Tensor(np.array([1.0, 2.0], dtype=np.float32))
torch.Tensor([True, False])
torch.Tensor(range(3))
torch.Tensor([1, 2], device="cpu")
torch.Tensor([]).shape
torch.Tensor(zi)
torch.Tensor([zi, zi])
torch.Tensor(g)
torch.Tensor([1]).requires_grad
torch.FloatTensor([1, 2])
torch.FloatTensor(2, 3).shape
torch.FloatTensor(f)
torch.FloatTensor()
torch.LongTensor([1, 2])
torch.LongTensor([1.5, 2])
torch.LongTensor([[1, 2]])
torch.LongTensor(2).shape
torch.LongTensor(i)
torch.LongTensor(np.array([1, 2]))
torch.LongTensor(np.array([1, 2], dtype=np.int32))
torch.IntTensor([1, 2])
torch.DoubleTensor([1, 2])
torch.ByteTensor([1, 255])
torch.ByteTensor([-1])
torch.BoolTensor([0, 1])
torch.BoolTensor([True, False])
torch.HalfTensor([1, 2])
torch.ShortTensor([1])
torch.CharTensor([1])
isinstance(f, torch.FloatTensor)
isinstance(f, torch.LongTensor)
isinstance(i, torch.LongTensor)
isinstance(f, torch.Tensor)
torch.is_tensor(f)
torch.is_tensor(np.zeros(2))
torch.is_tensor([1])
torch.numel(f)
torch.is_floating_point(f)
torch.is_floating_point(i)
torch.tril_indices(3, 3)
torch.tril_indices(3, 4, 1)
torch.triu_indices(3, 3, offset=1)
torch.triu_indices(2, 4, -1)
torch.triu_indices(0, 4)
torch.tril_indices(3, 3, dtype=torch.int32)
torch.meshgrid(torch.arange(2), torch.arange(3), indexing="ij")
torch.meshgrid(torch.arange(2), torch.arange(3), indexing="xy")
torch.meshgrid([torch.arange(2), torch.arange(3)], indexing="ij")
torch.meshgrid(torch.arange(2), torch.tensor(5), indexing="ij")
torch.meshgrid(torch.arange(2), indexing="xy")
torch.scalar_tensor(3)
torch.scalar_tensor(3, dtype=torch.int64)
torch.rand(2, 3).shape
torch.rand((2, 3)).shape
torch.rand(size=(2, 3)).shape
torch.rand([2]).shape
torch.rand(()).shape
torch.rand(2, dtype=torch.float64).dtype
torch.rand(2, requires_grad=True).requires_grad
torch.rand(2, generator=torch.Generator()).shape
torch.randn(2, 3).shape
torch.randn(size=(2, 3)).shape
torch.randn(2, 3, requires_grad=True).requires_grad
torch.randn(zi).shape
torch.randn(*f.shape).shape
torch.randn(2, 3, device="cpu").shape
torch.rand_like(f).shape
torch.rand_like(i, dtype=torch.float32).dtype
torch.randn_like(f, requires_grad=True).requires_grad
torch.manual_seed(0); torch.rand_like(torch.zeros(4, 3).T)
torch.manual_seed(0); torch.randn_like(torch.zeros(40, 3).T)
torch.manual_seed(0); torch.randint_like(torch.zeros(4, 3).T, 9)
torch.randint(5, (2, 3)).shape
torch.randint(0, 5, (2, 3)).dtype
torch.randint(high=5, size=(2,)).shape
torch.randint(low=2, high=5, size=(2,)).shape
torch.randint(5, size=(2,)).shape
torch.randint(0, 5, size=(2,), dtype=torch.int32).dtype
torch.randint(0, 5, (2,), dtype=torch.float32).dtype
torch.randint(0, 5, [2]).shape
torch.randint_like(f, 5).dtype
torch.randint_like(i, 1, 5).shape
torch.randperm(5).sort().values
torch.randperm(0)
torch.randperm(3, dtype=torch.float32).dtype
torch.randperm(n=3).shape
torch.normal(0, 1, (2, 3)).shape
torch.normal(0.0, 1.0, size=(2, 3)).shape
torch.normal(mean=0.0, std=1.0, size=(2,)).shape
torch.normal(f, 1.0).shape
torch.normal(f, f.abs()).shape
torch.normal(0.0, f.abs()).shape
torch.normal(f).shape
torch.normal(torch.zeros(2, 1), torch.ones(3)).shape
torch.bernoulli(torch.tensor([0.0, 1.0]))
torch.bernoulli(torch.zeros(3), 1.0)
torch.bernoulli(torch.zeros(3), p=0.0)
torch.multinomial(torch.tensor([0.0, 1.0]), 1)
torch.multinomial(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), 1)
torch.multinomial(torch.tensor([0.0, 1.0]), 2)
torch.multinomial(torch.tensor([0.0, 1.0]), 2, replacement=True)
torch.multinomial(input=torch.tensor([0.0, 1.0]), num_samples=1)
torch.get_default_dtype()
torch.float32.is_floating_point
torch.int64.is_floating_point
torch.float32 == torch.float
torch.long is torch.int64
str(torch.float32)
torch.uint8.is_signed
torch.float32.itemsize
torch.finfo(torch.float32).eps
torch.finfo(torch.float32).max
torch.finfo(torch.float16).min
torch.finfo(torch.float64).tiny
torch.finfo().bits
torch.iinfo(torch.int64).max
torch.iinfo(torch.uint8).min
torch.Size([1, 2]) == (1, 2)
torch.Size([1, 2]) + (3,)
torch.Size([1, 2])[0]
torch.Size([1, 2])[:1]
torch.Size([2, 3]).numel()
torch.Size((2, 3)) == [2, 3]
torch.Size()
torch.Size([zi])
torch.Size([2]) * 2
(1,) + torch.Size([2])
hash(torch.Size([2, 3])) == hash((2, 3))
repr(torch.Size([2, 3]))
torch.device("cpu")
torch.device("cuda")
torch.device("cuda:1")
torch.device("cuda", 1)
torch.device("cuda", 1).index
torch.device("cpu").index
torch.device("cpu").type
torch.device("cpu", 0)
torch.device("cpu") == torch.device("cpu")
torch.device("cpu") == "cpu"
torch.device(torch.device("cpu"))
torch.device(type="cuda", index=0)
str(torch.device("cuda", 0))
hash(torch.device("cpu")) == hash(torch.device("cpu"))
f.new(2, 3).dtype
i.new([1, 2])
i.new(3).shape
f.new(f).data_ptr() == f.data_ptr()
f.new_empty_strided((2, 3), (1, 2)).stride()
f.new_empty_strided((2, 3), (1, 2), dtype=torch.int64).dtype
torch.empty_strided((2, 3), (1, 2), dtype=torch.int32, requires_grad=False).dtype
torch.empty_permuted((2, 3, 4), (0, 2, 1), dtype=torch.float64).stride()
import warnings; warnings.simplefilter("ignore"); torch.range(0, 4)
import warnings; warnings.simplefilter("ignore"); torch.range(1, 2, 0.5, dtype=torch.float64)
import warnings; warnings.simplefilter("ignore"); torch.range(0, 5, 2)
import warnings; warnings.simplefilter("ignore"); torch.range(5, 0)
import warnings; warnings.simplefilter("ignore"); torch.range(0, 3, 0)
torch.arange(5, 1)
torch.arange(0, nan)
torch.linspace(-3, 7, 11, dtype=torch.int32)
torch.linspace(0.5, 9.5, 4, dtype=torch.int64)
torch.linspace(9, -9, 8, dtype=torch.int64)
torch.linspace(0, 1, 4, dtype=torch.float16)
torch.linspace(torch.tensor(1), torch.tensor(2.0), 3)
torch.logspace(-2, 2, 5)
torch.logspace(0, 3, 4, 2)
torch.logspace(0, 3, 4, 2, dtype=torch.int64)
torch.eye(2, 3, out=torch.zeros(2, 3))
torch.zeros(2, 3, out=torch.ones(2, 3))
x = torch.ones(2); torch.zeros(2, out=x) is x
x = torch.ones(2); torch.full((2,), 3.5, out=x); x
x = torch.zeros(0); torch.arange(3, out=x); x
x = torch.zeros(0, dtype=torch.int64); torch.arange(3, out=x)
x = torch.zeros(0); torch.manual_seed(0); torch.rand(3, out=x); x
x = torch.zeros(0); torch.manual_seed(0); torch.randn(20, out=x); x
x = torch.zeros(0, dtype=torch.float64); torch.manual_seed(0); torch.normal(0.0, 1.0, (3,), out=x); x
x = torch.zeros(0, dtype=torch.int64); torch.manual_seed(0); torch.randperm(5, out=x); x
x = torch.zeros(0, dtype=torch.int64); torch.manual_seed(0); torch.randint(0, 9, (4,), out=x); x
x = torch.zeros(0, dtype=torch.int64); torch.manual_seed(0); torch.multinomial(torch.ones(4), 3, out=x); x
x = torch.zeros(0); torch.manual_seed(0); torch.bernoulli(torch.full((4,), 0.5), out=x); x
torch.manual_seed(0); torch.randint(0, 5, (3,), dtype=torch.float32)
torch.manual_seed(0); torch.randperm(4, dtype=torch.int32)
torch.manual_seed(0); torch.rand_like(f, generator=torch.Generator().manual_seed(3))
torch.manual_seed(0); torch.normal(mean=0.0, std=1.0, size=(2, 2), dtype=torch.float64)
torch.rand(2, layout=torch.strided).shape
torch.rand(2, pin_memory=False).shape
torch.randint(3, (2,), layout=torch.strided, pin_memory=False).shape
torch.rand_like(f, layout=torch.strided, pin_memory=False).shape
torch.randn(2, 2, size=(2,))
torch.zeros(2, size=(3,))
torch.tensor(np.ones((2, 2))[::-1].copy())
torch.tensor([np.ones((2, 2))[::-1]])
torch.as_tensor(np.ones(2)[::-1])
torch.tensor(3, dtype=torch.float32, device="cpu")
torch.tensor([[1, 2]], dtype=torch.int32, requires_grad=False)
torch.tril_indices(2, 2, requires_grad=False)
torch.scalar_tensor(2.5, layout=torch.strided)
torch.newaxis is None
f[:, torch.newaxis].shape
torch.zeros(2, 4, 5, 3).permute(0, 3, 1, 2).is_contiguous()
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
