"""What a tensor says of itself; its storage; its memory handed to NumPy and others."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
[f.get_device(), f.is_cpu, f.is_cuda, f.is_meta, f.is_sparse, f.is_quantized, f.is_mkldnn, f.is_nested, f.is_mps, f.is_xpu, f.is_xla]
f.sparse_dim()
f.as_subclass(torch.Tensor).data_ptr() == f.data_ptr()
(g * 2).as_subclass(torch.Tensor).sum().backward(); g.grad
f.real is f
f.storage_offset()
f[1:].detach().storage_offset()
f[1:].data.storage_offset()
f[:, 1].untyped_storage().nbytes()
import warnings; warnings.simplefilter("ignore"); f[1].storage().size()
f.T.untyped_storage().tolist() == f.untyped_storage().tolist()
x = f.untyped_storage(); x[3] = 64; f[0, 0].item()
import warnings; warnings.simplefilter("ignore"); x = f.storage(); x[1] = 5; f
import warnings; warnings.simplefilter("ignore"); x = f.storage(); x.fill_(2); f
import warnings; warnings.simplefilter("ignore"); list(f.storage())
f.untyped_storage().cpu() == f.untyped_storage()
f.untyped_storage() == f.clone().untyped_storage()
f.untyped_storage().data_ptr() == f.data_ptr()
import warnings; warnings.simplefilter("ignore"); i.storage().type()
import warnings; warnings.simplefilter("ignore"); b.storage().tolist()
torch.zeros(0).untyped_storage().size()
z.untyped_storage().size()
np.asarray(f).flags.writeable
np.shares_memory(np.asarray(f), f.numpy())
f.T.numpy().flags.f_contiguous
a = np.ones(3, dtype=np.float32); t = torch.from_numpy(a); t += 1; a
a = np.ones(3, dtype=np.float32); t = torch.asarray(a); a[0] = 9; t
a = np.ones(3, dtype=np.float32); t = torch.from_dlpack(a); a[0] = 9; t
x = bytearray(4); t = torch.frombuffer(x, dtype=torch.uint8); t[0] = 7; x[0]
np.from_dlpack(f.T).strides
torch.from_dlpack(f)[0].fill_(7); f
torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(f))
torch.utils.dlpack.from_dlpack(f).data_ptr() == f.data_ptr()
np.float64(2) * f
np.float32(2) * f
[i.is_signed(), u.is_signed(), b.is_signed(), f.is_signed()]
[f.name, f.output_nr, f.volatile, f.is_inference(), f.is_shared(), f.is_pinned(), f.is_distributed()]
f[0].is_nonzero()
e.is_nonzero()
z.is_nonzero()
f.dim_order()
q.permute(2, 0, 1).dim_order()
f.is_set_to(f[:, :])
f.is_set_to(f.T)
f.is_same_size(f.T)
f.to_dense() is f
f.to_dense(torch.float64).dtype
f.dense_dim()
f.apply_(lambda v: v * 2)
i.apply_(lambda v: v * 2)
i.apply_(lambda v: v / 2)
f.map_(torch.ones(3), lambda a, b: a + b)
f.map_(torch.ones(4), lambda a, b: a + b)
f.map2_(f, f, lambda a, b, c: a + b * c)
g.apply_(abs)
f.const_data_ptr() == f.data_ptr()
f.type("torch.DoubleTensor").dtype
f.type(torch.DoubleTensor).dtype
f.type_as(d).dtype
f.to(d, copy=True).dtype
f.to("cpu", torch.float64, True)
f.to(torch.float64, True, True).dtype
f.to(torch.int64, copy=True)
f.to(device="cpu") is f
f.T.double().stride()
f.T.double(memory_format=torch.contiguous_format).stride()
f.T.to(torch.float64, memory_format=torch.preserve_format).stride()
f.T.to(copy=True).stride()
f.T.clone(memory_format=torch.preserve_format).stride()
f.double(torch.preserve_format)
f.cpu(memory_format=torch.preserve_format) is f
torch.is_storage(f.untyped_storage())
torch.is_storage(f)
torch.is_complex(f)
torch.is_complex(3)
torch.typename(f)
torch.typename(i.double())
torch.typename([1])
torch.typename("a")
torch.typename(None)
repr(torch.nn.Parameter(f))
repr([f[0], z])
repr({"a": i})
repr((g, g * 2))
str(torch.Size([]))
f.data = 3
f.data = g; f.requires_grad
g.data = f; g.shape
x = f[0]; x.data = torch.ones(2); x
torch.ones(2, dtype=torch.uint16) + torch.ones(2, dtype=torch.int8)
complex(z)
complex(f)
f.resolve_conj() is f
f.resolve_neg() is f
f.imag
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
