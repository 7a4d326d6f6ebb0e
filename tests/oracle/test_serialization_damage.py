"""Files that torch wrote, damaged: an error of ours, or what was saved to the last bit."""

import io
import random
import subprocess
import sys
from pathlib import Path
from pickle import UnpicklingError

import pytest

from minitorch_nlp.serialization import load
from minitorch_nlp.tensor.tensor import Tensor

torch = pytest.importorskip("torch")
ERRORS = (RuntimeError, UnpicklingError, EOFError)  # NotImplementedError is a RuntimeError


def written(**how):
    torch.manual_seed(2)
    model = torch.nn.Sequential(torch.nn.Linear(7, 5), torch.nn.Linear(5, 3).double())
    optimizer = torch.optim.Adam(model[0].parameters())
    model[0](torch.ones(2, 7)).sum().backward()
    optimizer.step()
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "words": ["a", "b", ("c", 1.5)], "step": 3}, file, **how)
    return file.getvalue()


def bits(obj):
    """Something comparable: every bit of the tensors, and types."""
    if isinstance(obj, Tensor):
        return str(obj.dtype), tuple(obj.shape), obj.array.tobytes(), obj.requires_grad
    if isinstance(obj, dict):
        return type(obj), [(bits(k), bits(v)) for k, v in obj.items()], bits(getattr(obj, "_metadata", None))
    return (type(obj), [bits(v) for v in obj]) if isinstance(obj, (list, tuple)) else (type(obj), obj)


def damaged(data, draw):
    """`data` with a bit flipped, cut off, with bytes inserted, removed, overwritten, or moved."""
    data = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 2, 5, 30])):
        kind, at, n = draw.randrange(7), draw.randrange(len(data)), draw.randrange(1, 40)
        if kind <= 1:
            data[at] ^= 1 << draw.randrange(8)
        elif kind == 2:
            del data[max(at, 1) :]
        elif kind == 3:
            data[at:at] = draw.randbytes(n)
        elif kind == 4 and len(data) > n + 1:
            del data[at : at + n]
        elif kind == 5:
            data[at : at + n] = draw.choice([b"\x00", b"\xff", draw.randbytes(1)]) * n
        else:
            data[at:at] = data[draw.randrange(len(data)) :][:n]
    return bytes(data)


def outcome(data):
    """What was loaded, or None where that is an error."""
    try:
        return bits(load(io.BytesIO(data)))
    except ERRORS as caught:
        error = caught
    assert str(error).startswith("load: "), repr(error)
    return None


def test_1000_damaged_zip_files():
    good, draw = written(), random.Random(21)
    expected = outcome(good)
    loaded = 0
    for _ in range(1000):
        result = outcome(damaged(good, draw))
        assert result in (None, expected)
        loaded += result is not None
    assert 0 < loaded < 300  # padding and dates may change


def test_every_bit_of_a_tensor_counts():
    file = io.BytesIO()
    torch.save({"a": torch.arange(1000, 1008)}, file)
    good = file.getvalue()
    at = good.index(torch.arange(1000, 1008).numpy().tobytes())
    assert outcome(good) is not None
    for bit in range(8 * 64):
        data = bytearray(good)
        data[at + bit // 8] ^= 1 << bit % 8
        assert outcome(bytes(data)) is None


def test_300_damaged_files_of_the_older_format():
    """It has no checksums, so numbers may be wrong; it is never anything but an error or a load."""
    good, draw = written(_use_new_zipfile_serialization=False), random.Random(22)
    expected = outcome(good)
    assert expected == outcome(written())
    results = [outcome(damaged(good, draw)) for _ in range(300)]
    assert results.count(None) > 100
    assert any(result not in (None, expected) for result in results)
    assert all(outcome(good[:n]) is None for n in range(0, len(good), 37))


TRUSTING = """
import sys, warnings
from pathlib import Path
import torch
from tests.serialization.attacks import archive_of, attacks, stream_of

warnings.simplefilter("ignore")
canary = Path(sys.argv[1])
made = 0
for data in attacks(canary).values():
    for make, trusted in ((archive_of, False), (stream_of, False), (archive_of, True)):
        canary.unlink(missing_ok=True)
        try:
            torch.load(make(data), weights_only=not trusted)
        except Exception:
            pass
        assert trusted or not canary.exists()
        made += canary.exists()
print(made)
"""


def test_the_attacks_are_files_that_torch_reads(tmp_path):
    """Trusted by torch, many of them make the canary: the files around the attacks are as torch wants them. In a process of its own, since
    some of them change torch's own functions."""
    command = [sys.executable, "-c", TRUSTING, str(tmp_path / "canary")]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 30
