"""FloatTensor, torch.cuda.FloatTensor and their kind."""

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import backend
from minitorch_nlp.tensor.dtypes import default

NAMES = ["BFloat16", "Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short"]


@pytest.mark.parametrize("name", NAMES)
def test_for_the_gpu_there_are_as_many(name, monkeypatch):
    if name == "BFloat16":
        pytest.importorskip("ml_dtypes")
    on_cpu, on_gpu = getattr(torch, f"{name}Tensor"), getattr(torch.cuda, f"{name}Tensor")
    x = on_cpu([1, 0])
    assert x.type() == f"torch.{name}Tensor"
    assert isinstance(x, on_cpu)
    assert not isinstance(x, on_gpu)
    assert x.float().type(on_cpu).dtype is x.dtype
    with pytest.raises(TypeError, match=rf"type torch\.cuda\.{name}Tensor not available"):
        on_gpu([1, 0])
    asked = []
    monkeypatch.setattr(backend, "gpu_count", lambda: 1)
    monkeypatch.setattr(backend, "to_device", lambda array, kind, index=0: asked.append((array.dtype, kind)) or np.asarray(array))
    assert on_gpu([1, 0]).tolist() == x.tolist()
    x.float().type(on_gpu)
    assert asked == [(x.array.dtype, "cuda")] * 2


def test_as_the_default_type():
    try:
        with pytest.warns(UserWarning, match="deprecated"):
            torch.set_default_tensor_type(torch.cuda.FloatTensor)
        assert str(default.device) == "cuda"
        with pytest.warns(UserWarning, match="deprecated"):
            torch.set_default_tensor_type(torch.DoubleTensor)
        assert default.device is None
        assert torch.get_default_dtype() is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
        default.device = None
