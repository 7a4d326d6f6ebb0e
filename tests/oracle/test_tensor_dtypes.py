"""Dtypes that are only names, limits, promotion; devices and defaults."""

import pytest

import minitorch_nlp

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
with torch.device("cpu"): x = torch.zeros(2)
torch.set_default_device("cpu"); torch.get_default_device()
torch.set_default_device(None); torch.get_default_device()
torch.set_default_device(torch.device("cpu")); torch.get_default_device()
torch.set_default_device("banana")
str(torch.get_default_device())
torch.promote_types(torch.int8, torch.int16)
torch.finfo(torch.float32).resolution
torch.finfo(torch.float16).resolution
torch.finfo(torch.float64).resolution
torch.finfo(torch.float32).smallest_normal
torch.finfo(torch.bfloat16).max
torch.finfo(torch.bfloat16).tiny
torch.finfo(torch.bfloat16).resolution
torch.finfo(torch.bfloat16).bits
torch.finfo(torch.complex64).dtype
torch.finfo(torch.float32).min
torch.iinfo(torch.uint8)
str(torch.iinfo(torch.int8))
torch.iinfo(torch.int64).bits
torch.iinfo(torch.float32)
torch.iinfo(torch.complex64)
{"bfloat16": torch.bfloat16}["bfloat16"] == torch.bfloat16
torch.bfloat16 == torch.float16
torch.bfloat16 in (torch.bfloat16, torch.float16)
{torch.bfloat16: 1, torch.float32: 2}[torch.bfloat16]
isinstance(torch.bfloat16, torch.dtype)
torch.complex64.is_floating_point
torch.complex64.is_complex
torch.cfloat is torch.complex64
hash(torch.bfloat16) == hash(torch.bfloat16)
import pickle; pickle.loads(pickle.dumps(torch.bfloat16)) is torch.bfloat16
import pickle; pickle.loads(pickle.dumps(torch.cfloat)) is torch.complex64
import copy; copy.deepcopy(torch.bfloat16) is torch.bfloat16
import pickle; pickle.loads(pickle.dumps(torch.channels_last)) is torch.channels_last
isinstance(torch.channels_last, torch.memory_format)
isinstance(torch.sparse_csr, torch.layout)
f.dtype.itemsize
f.dtype.abbr
torch.set_default_dtype(torch.float64); (torch.Tensor([1])).dtype
torch.set_default_dtype(torch.float64); (torch.FloatTensor([1])).dtype
torch.set_default_dtype(torch.float64); (torch.ones(1)).dtype
torch.set_default_dtype(torch.float64); (torch.tensor(1.0)).dtype
torch.set_default_dtype(torch.float64); (torch.arange(2.0)).dtype
torch.set_default_dtype(torch.float64); (torch.linspace(0, 1, 2)).dtype
torch.set_default_dtype(torch.float64); (torch.randn(1)).dtype
torch.set_default_dtype(torch.float64); (torch.eye(1)).dtype
torch.set_default_dtype(torch.float64); (i * 1.5).dtype
torch.set_default_dtype(torch.float64); (i / 2).dtype
torch.set_default_dtype(torch.float64); (i.float()).dtype
torch.set_default_dtype(torch.float64); (torch.scalar_tensor(1)).dtype
torch.set_default_dtype(torch.float64); (torch.full((1,), 1.0)).dtype
torch.set_default_dtype(torch.float64); (torch.zeros_like(f)).dtype
torch.set_default_dtype(torch.float64); (f.new_zeros(1)).dtype
torch.set_default_dtype(torch.float64); (torch.Tensor([1])).dtype
torch.set_default_dtype(torch.float64); ((i * i).sqrt()).dtype
torch.set_default_dtype(torch.float16); ([torch.ones(1).dtype, (i / 2).dtype])
import warnings; warnings.simplefilter("ignore"); torch.set_default_tensor_type("torch.DoubleTensor"); torch.ones(1)
import warnings; warnings.simplefilter("ignore"); torch.set_default_tensor_type(torch.DoubleTensor); torch.ones(1)
torch.set_default_tensor_type(torch.LongTensor)
torch.set_default_tensor_type("torch.IntTensor")
f.to(device=torch.device("cpu"), dtype=torch.float32) is f
torch.sparse_coo
torch.device("mps").type
torch.device("cuda:01")
torch.device("cuda:")
torch.device("meta") == torch.device("meta")
torch.device("xla", 1)
torch.device("cpu:0").index
torch.device(None)
torch.device()
torch.device("cpu", "0")
torch.device("cpu", -1)
torch.device("cuda:1", 0)
f.is_contiguous(memory_format=torch.channels_last)
torch.zeros(2, 3, 4, 5).is_contiguous(memory_format=torch.channels_last)
torch.zeros(2, 4, 5, 3).permute(0, 3, 1, 2).is_contiguous(memory_format=torch.channels_last)
torch.promote_types(torch.uint16, torch.bool)
"""


@pytest.fixture(autouse=True)
def usual_defaults():
    yield
    for library in (torch, minitorch_nlp):
        library.set_default_dtype(library.float32)
        library.set_default_device(None)


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
