"""bfloat16 as a dtype of tensors, whose arrays the optional package ml_dtypes makes."""

import copy
import io
import pickle
import subprocess
import sys

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn

pytest.importorskip("ml_dtypes")
PATTERNS = np.arange(1 << 16, dtype=np.uint16)


def every_pattern():
    return torch.from_numpy(PATTERNS.view(np.int16).copy()).view(torch.bfloat16)


def rounded_bits(values):
    """The upper half of each float32 after rounding to the nearest, ties to even: by adding on the bits."""
    bits = values.view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


# ---- values ----


def test_all_patterns_are_the_upper_halves_of_floats():
    wide = every_pattern().float().numpy()
    assert np.array_equal(wide, (PATTERNS.astype(np.uint32) << 16).view(np.float32), equal_nan=True)
    back = torch.from_numpy(wide).bfloat16()
    known = ~np.isnan(wide)
    assert np.array_equal(back.view(torch.int16).numpy().view(np.uint16)[known], PATTERNS[known])
    assert back.isnan().numpy()[~known].all()


def test_floats_are_rounded_to_nearest_even():
    values = np.random.default_rng(0).integers(0, 1 << 32, 200_000, dtype=np.uint32).view(np.float32)
    values = np.concatenate([values[np.isfinite(values)], np.array([1.00390625, 1.01171875, 3.4e38, np.inf, -np.inf, 1e-45], np.float32)])
    got = torch.from_numpy(values).to(torch.bfloat16)
    assert np.array_equal(got.view(torch.int16).numpy().view(np.uint16), rounded_bits(values))


def test_other_dtypes():
    x = torch.tensor([1.7, -2.7, 257], dtype=torch.bfloat16)
    assert x.tolist() == [1.703125, -2.703125, 256.0]
    assert x.long().tolist() == [1, -2, 256]
    assert x.half().dtype is torch.float16
    assert x.double().tolist() == x.tolist()
    assert x.bool().tolist() == [True, True, True]
    assert torch.tensor([257, 2**40 + 1]).bfloat16().tolist() == [256.0, 2.0**40]
    assert torch.tensor(0.1, dtype=torch.bfloat16).item() == 0.10009765625
    assert x.type() == "torch.BFloat16Tensor"
    assert isinstance(x, torch.BFloat16Tensor)
    assert torch.BFloat16Tensor([1, 2]).dtype is torch.bfloat16


def test_made_from_sizes_and_numbers():
    for x, values in [
        (torch.zeros(2, dtype=torch.bfloat16), [0.0, 0.0]),
        (torch.ones(2, dtype=torch.bfloat16), [1.0, 1.0]),
        (torch.full((2,), 0.1, dtype=torch.bfloat16), [0.10009765625] * 2),
        (torch.ones(2, dtype=torch.bfloat16).new_full((2,), 1.5), [1.5, 1.5]),
        (torch.arange(0, 1, 0.3, dtype=torch.bfloat16), [0.0, 0.30078125, 0.6015625, 0.8984375]),
        (torch.frombuffer(bytearray(b"\x80\x3f\x00\x40"), dtype=torch.bfloat16), [1.0, 2.0]),
    ]:
        assert x.dtype is torch.bfloat16
        assert x.tolist() == values
    assert torch.empty(2, 3, dtype=torch.bfloat16).element_size() == 2
    with pytest.raises(RuntimeError, match="without overflow"):
        torch.full((2,), 3.4e38, dtype=torch.bfloat16)
    assert torch.tensor([1e40], dtype=torch.bfloat16).tolist() == [float("inf")]


def test_printed():
    assert repr(torch.tensor([1.0, 2.5], dtype=torch.bfloat16)) == "tensor([1.0000, 2.5000], dtype=torch.bfloat16)"
    assert repr(torch.tensor([1.0, 300.0], dtype=torch.bfloat16)) == "tensor([  1., 300.], dtype=torch.bfloat16)"
    assert repr(torch.bfloat16) == "torch.bfloat16"


def test_numpy_does_not_have_it():
    x = torch.ones(2, dtype=torch.bfloat16)
    for call in (x.numpy, lambda: x.numpy(force=True), lambda: np.asarray(x)):
        with pytest.raises(TypeError, match=r"Got unsupported ScalarType BFloat16; use \.float\(\)\.numpy\(\)"):
            call()


# ---- in computations ----


def test_promotion():
    x = torch.ones(2, dtype=torch.bfloat16)
    for other, expected in [
        (torch.ones(2), torch.float32), (torch.ones(2).half(), torch.float32), (torch.ones(2).double(), torch.float64),
        (torch.ones(2).long(), torch.bfloat16), (torch.ones(2).bool(), torch.bfloat16), (1.5, torch.bfloat16), (2, torch.bfloat16),
        (torch.tensor(1.0), torch.bfloat16),
    ]:  # fmt: skip
        assert (x + other).dtype is (other + x).dtype is torch.result_type(x, other) is expected
    assert torch.cat([x, torch.ones(1)]).dtype is torch.float32


def test_an_integer_tensor_is_rounded_first():
    assert (torch.tensor([257]) - torch.tensor([256.0], dtype=torch.bfloat16)).item() == 0.0


def test_sums_do_not_stop_at_256():
    x = torch.ones(3, 1000, dtype=torch.bfloat16)
    assert x.sum().item() == 3008.0  # 3000, rounded
    assert x.mean().item() == 1.0
    assert x[0].cumsum(0)[-1].item() == 1000.0
    assert (x @ x.t())[0, 0].item() == 1000.0
    assert x.sum(dtype=torch.float32).item() == 3000.0
    assert torch.zeros(2, dtype=torch.bfloat16).index_add(0, torch.zeros(1000, dtype=torch.int64), x[0])[0].item() == 1000.0


def test_comparisons():
    x = torch.tensor([0.1, 256.0, float("nan")], dtype=torch.bfloat16)
    assert (x == 0.1).tolist() == [True, False, False]
    assert (x[:2] < torch.tensor([1, 257])).tolist() == [True, False]
    assert (x == x.float()).tolist() == [True, True, False]
    assert torch.equal(x[:2], x[:2].clone())
    assert torch.allclose(x, x.clone(), equal_nan=True)
    assert x.sort().values.tolist()[:2] == [0.10009765625, 256.0]
    assert x.argmax().item() == 2
    assert torch.isin(x[:2], torch.tensor([256.0], dtype=torch.bfloat16)).tolist() == [False, True]


def test_memory_is_shared_as_for_other_dtypes():
    x = torch.arange(6.0).bfloat16().view(2, 3)
    x.t()[0, 1] = 7.7
    assert x[1, 0].item() == 7.6875
    x[:, 1].fill_(0.3)
    x[[0], [2]] = x[1, 1]
    assert x.tolist() == [[0.0, 0.30078125, 0.30078125], [7.6875, 0.30078125, 5.0]]
    assert torch.stack([x, x]).reshape(4, 3)[:, :2].contiguous().is_contiguous()
    x.view(torch.int16)[0, 0] = 0x3F80
    assert x[0, 0].item() == 1.0
    y = torch.zeros(2, 3).copy_(x)
    assert y.tolist() == x.tolist()
    assert x.copy_(torch.full((2, 3), 0.1)).tolist() == [[0.10009765625] * 3] * 2
    with pytest.raises(RuntimeError, match="can't be cast"):
        torch.zeros(3, dtype=torch.int64).add_(x[0])


def test_copies():
    x = torch.tensor([0.1, 2.0], dtype=torch.bfloat16, requires_grad=True)
    for y in (copy.deepcopy(x), copy.copy(x), pickle.loads(pickle.dumps(x))):
        assert y.requires_grad
        assert torch.equal(x.detach(), y.detach())
    code = "import pickle, sys; print(pickle.loads(sys.stdin.buffer.read()).dtype)"
    out = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(x), capture_output=True, check=True)
    assert out.stdout.split() == [b"torch.bfloat16"]


# ---- modules and files ----


def test_modules():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).bfloat16()
    assert {str(v.dtype) for v in net.state_dict().values()} == {"torch.bfloat16", "torch.int64"}
    weight = net[0].weight.tolist()
    y = net(torch.ones(2, 3, dtype=torch.bfloat16))
    y.sum().backward()
    assert y.dtype is net[0].weight.grad.dtype is torch.bfloat16
    other = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    other.load_state_dict(net.state_dict())
    assert other[0].weight.dtype is net.float()[0].weight.dtype is torch.float32
    assert other[0].weight.tolist() == net.float()[0].weight.tolist() == weight


def test_saved_and_loaded():
    x = every_pattern().view(256, 256)
    file = io.BytesIO()
    torch.save({"x": x, "t": x.t()[1:], "kind": torch.bfloat16, "p": nn.Parameter(x[0])}, file)
    assert len(file.getvalue()) < 2 * x.numel() + 3000
    file.seek(0)
    found = torch.load(file)
    assert found["kind"] is torch.bfloat16
    assert torch.equal(found["x"].view(torch.int16), x.view(torch.int16))
    assert found["t"].stride() == (1, 256)
    assert found["t"].data_ptr() == found["x"].data_ptr() + 2
    assert type(found["p"]) is nn.Parameter


def test_optimizers_refuse():
    weight = nn.Parameter(torch.ones(2, dtype=torch.bfloat16))
    with pytest.raises(NotImplementedError, match="optimizers do not update bfloat16 parameters"):
        torch.optim.SGD([weight], lr=0.1)
    weight = nn.Parameter(torch.ones(2))
    optimizer = torch.optim.Adam([weight], lr=0.1)
    weight.data = weight.data.bfloat16()
    weight.grad = torch.ones(2, dtype=torch.bfloat16)
    with pytest.raises(NotImplementedError, match="optimizers do not update bfloat16 parameters"):
        optimizer.step()
    assert weight.tolist() == [1.0, 1.0]


def test_not_the_default_and_not_on_a_gpu():
    with pytest.raises(NotImplementedError, match="set_default_dtype: bfloat16"):
        torch.set_default_dtype(torch.bfloat16)
    with pytest.raises(NotImplementedError, match="bfloat16 tensors stay in main memory"):
        torch.ones(2, dtype=torch.bfloat16).cuda()


# ---- without the package ----

WITHOUT = """
import sys
sys.modules["ml_dtypes"] = None
import minitorch_nlp as torch
assert torch.promote_types(torch.bfloat16, torch.float16) is torch.float32
assert torch.finfo(torch.bfloat16).eps == 2.0**-7
calls = [lambda: torch.ones(2).bfloat16(), lambda: torch.zeros(2, dtype=torch.bfloat16), lambda: torch.nn.Linear(2, 2).bfloat16(),
         lambda: torch.load(sys.argv[1])]
for call in calls:
    try:
        call()
    except ImportError as error:
        assert str(error).endswith("install it with: pip install 'minitorch-nlp[bfloat16]'"), error
    else:
        raise AssertionError("no error")
"""


def test_without_the_package_an_error_names_the_extra(tmp_path):
    torch.save(torch.ones(2, dtype=torch.bfloat16), tmp_path / "x.pt")
    subprocess.run([sys.executable, "-c", WITHOUT, str(tmp_path / "x.pt")], check=True)


def test_the_package_is_imported_when_it_is_used():
    code = "import sys, minitorch_nlp; assert 'ml_dtypes' not in sys.modules; minitorch_nlp.ones(1).bfloat16(); assert 'ml_dtypes' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
