"""The format from before torch 1.6: read, written, and refused where it is damaged."""

import io
import pickle
import random
import struct
import sys
from collections import OrderedDict
from pickle import UnpicklingError

import numpy as np
import pytest

from minitorch_nlp import backend
from minitorch_nlp.nn.parameter import Parameter
from minitorch_nlp.serialization import load, save
from minitorch_nlp.serialization.legacy import in_file_order
from minitorch_nlp.tensor.tensor import Tensor
from tests.serialization.attacks import FLOATS, REBUILD, name, program, text

BASE = np.arange(12, dtype=np.float32).reshape(3, 4)


def tensor(values, dtype="float32"):
    return Tensor._wrap(np.array(values, dtype=dtype))


def written(obj, protocol=2):
    file = io.BytesIO()
    save(obj, file, pickle_protocol=protocol, _use_new_zipfile_serialization=False)
    return file.getvalue()


def storage(kind="FloatStorage", key="0", count=4, view=b"N", location="cpu"):
    return b"(" + text("storage") + name("torch", kind) + text(key) + text(location) + b"K" + bytes([count]) + view + b"tQ"


def tensor_of(saved, size=4):
    return REBUILD + b"(" + saved + b"K\x00K" + bytes([size]) + b"\x85K\x01\x85\x89" + name("collections", "OrderedDict") + b")RtR"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_is_written_is_read(protocol):
    whole = Tensor._wrap(BASE.copy())
    state = {
        "whole": whole,
        "view": whole.T,
        "row": whole[1],
        "p": Parameter(tensor([1.0, 2.0])),
        "none": tensor([]),
        "scalar": tensor(3, "int64"),
        "wide": tensor([1, 2], "uint32"),
        "other": OrderedDict(a=(1, [2.5, "x"]), b=b"yz"),
    }
    result = load(io.BytesIO(written(state, protocol)))
    assert result["other"] == state["other"]
    for key in ("whole", "view", "row", "p", "none", "scalar", "wide"):
        assert type(result[key]) is type(state[key])
        assert result[key].array.dtype == state[key].array.dtype
        assert result[key].tolist() == state[key].tolist()
    result["whole"].array[...] = 7.0
    assert np.all(result["view"].array == 7.0)
    assert np.all(result["row"].array == 7.0)
    assert not np.shares_memory(result["p"].array, result["whole"].array)


def test_several_in_one_file_from_wherever_it_stands(tmp_path):
    path = tmp_path / "a.pt"
    with open(path, "wb") as file:
        file.write(b"before")
        for step in range(3):
            save({"step": step, "x": tensor([step])}, file, _use_new_zipfile_serialization=False)
        file.write(b"behind")
    with open(path, "rb") as file:
        file.seek(6)
        for step in range(3):
            result = load(file)
            assert (result["step"], result["x"].tolist()) == (step, [step])
        assert file.read() == b"behind"
    with pytest.raises(RuntimeError, match=r"not a \.pt file"):
        load(path)


def test_a_file_that_takes_and_gives_a_few_bytes_at_a_time():
    class Trickle(io.BytesIO):
        def write(self, data):
            return super().write(bytes(data)[:7])

        def readinto(self, buffer):
            return super().readinto(memoryview(buffer)[:5])

    file = Trickle()
    save([tensor(np.arange(99)), "text"], file, _use_new_zipfile_serialization=False)
    file.seek(0)
    x, word = load(file)
    assert (x.tolist(), word) == (list(range(99)), "text")


def test_an_object_of_any_class_takes_weights_only_false():
    data = written({"x": tensor([1.0]), "n": np.float64(2.0)})
    with pytest.raises(UnpicklingError, match=r"multiarray\.scalar"):
        load(io.BytesIO(data))
    assert load(io.BytesIO(data), weights_only=False)["n"] == 2.0


def test_a_module_class_with_its_source(stream_of):
    """Whole modules name their class together with its source text, which is not looked at."""
    saved = b"(" + text("module") + name("collections", "OrderedDict") + text("file.py") + text("class Other: ...") + b"tQ)R"
    with pytest.raises(UnpicklingError, match="a persistent id must be"):
        load(stream_of(program(saved)))
    assert load(stream_of(program(saved)), weights_only=False) == OrderedDict()


def test_views_of_storages(stream_of):
    """Before torch 0.4, a storage could be part of another one."""
    parts = [storage(view=b"(" + text(f"v{offset}") + bytes([75, offset, 75, 2]) + b"t") for offset in (0, 2)]
    data = program(b"(", tensor_of(storage()), *(tensor_of(part, 2) for part in parts), b"t")
    whole, first, second = load(stream_of(data, {"0": (4, FLOATS)}))
    assert (whole.tolist(), first.tolist(), second.tolist()) == ([0, 1, 2, 3], [0, 1], [2, 3])
    assert np.shares_memory(whole.array, second.array)
    for view, error in ((b"(" + text("v") + b"K\x03K\x02t", RuntimeError), (b"K\x01", UnpicklingError), (b"(NNNt", UnpicklingError)):
        with pytest.raises(error, match="load: "):
            load(stream_of(program(tensor_of(storage(view=view), 2)), {"0": (4, FLOATS)}))


def test_text_of_python_2(stream_of):
    saved = b"(U\x07storage" + name("torch", "FloatStorage") + b"U\x010U\x03cpuK\x04NtQ"
    data = program(b"}(U\x01\xe9", tensor_of(saved), b"T\x03\x00\x00\x00abcU\x02\xe9\xe9u")
    for options, first in (({"encoding": "latin1"}, "é"), ({"encoding": "bytes"}, b"\xe9")):
        with pytest.warns(UserWarning, match="pickle_load_args"):
            result = load(stream_of(data, {"0": (4, FLOATS)}), **options)
        assert result[first].tolist() == [0, 1, 2, 3]
        assert first * 2 in result.values()
        assert load(stream_of(data, {"0": (4, FLOATS)}), weights_only=False, **options)[first].tolist() == [0, 1, 2, 3]
    with pytest.raises(UnpicklingError, match="damaged"):
        load(stream_of(data, {"0": (4, FLOATS)}))


def test_map_location(monkeypatch, stream_of):
    seen = []
    data = program(tensor_of(storage()))
    for where in ("cpu", {"cpu": "cpu"}, lambda s, loc: seen.append((s.nbytes(), loc)), lambda s, loc: s, lambda s, loc: s.clone()):
        assert load(stream_of(data, {"0": (4, FLOATS)}), map_location=where).tolist() == [0, 1, 2, 3]
    assert seen == [(16, "cpu")]
    from_gpu = stream_of(program(tensor_of(storage(location="cuda:1"))), {"0": (4, FLOATS)})
    monkeypatch.setattr(backend, "gpu_count", lambda: 0)
    with pytest.raises(RuntimeError, match="to go to cuda:1"):
        load(from_gpu)
    from_gpu.seek(0)
    assert load(from_gpu, map_location="cpu").tolist() == [0, 1, 2, 3]


def test_the_order_of_bytes_in_the_file(monkeypatch):
    raw = np.array([1, 2], "<u4").view(np.uint8)
    assert in_file_order(raw, 4) is raw
    monkeypatch.setattr(sys, "byteorder", "big")
    assert in_file_order(raw, 4).view(">u4").tolist() == [1, 2]
    assert in_file_order(raw, 1) is raw


def test_mmap_is_refused(tmp_path):
    (tmp_path / "a.pt").write_bytes(written([1]))
    with pytest.raises(RuntimeError, match="mmap=True reads the zip format only"):
        load(tmp_path / "a.pt", mmap=True)


GOOD = {"0": (4, FLOATS)}
TWICE = tensor_of(storage()) + tensor_of(storage(kind="IntStorage"))


@pytest.mark.parametrize(
    ("data", "storages", "keys", "words"),
    [
        (tensor_of(storage()), {}, None, "are not those that its tensors have"),
        (tensor_of(storage()), GOOD, ["0", "0"], "are not those that its tensors have"),
        (tensor_of(storage()), GOOD | {"1": (4, FLOATS)}, None, "are not those that its tensors have"),
        (tensor_of(storage()), GOOD, [0], "are not those that its tensors have"),
        (tensor_of(storage()), GOOD, 5, "are not those that its tensors have"),
        (tensor_of(storage()), {"0": (3, FLOATS)}, None, "should be 4 x torch.FloatStorage, but has 3 elements"),
        (tensor_of(storage()), {"0": (-1, FLOATS)}, None, "but has 18446744073709551615 elements"),
        (tensor_of(storage()), {"0": (4, FLOATS[:9])}, None, "it ends at byte"),
        (tensor_of(storage(count=255)), {"0": (255, FLOATS)}, None, "more than its .* bytes"),
        (b"(" + b"".join(tensor_of(storage(key=str(i), count=99)) for i in range(20)) + b"t", GOOD, None, "more than its .* bytes"),
        (b"(" + TWICE + b"t", GOOD, None, "of torch.FloatStorage in one place, of 4 x torch.IntStorage in another"),
        (tensor_of(b"(" + text("storage") + b"K\x00tQ"), GOOD, None, "a persistent id must be"),
        (tensor_of(storage(), 5), GOOD, None, "reaches out of its storage"),
    ],
)
def test_damage(stream_of, data, storages, keys, words):
    with pytest.raises((RuntimeError, UnpicklingError), match=words):
        load(stream_of(program(data), storages, keys))


def test_a_wrong_head(stream_of):
    good = stream_of(program(b"N")).getvalue()
    assert load(io.BytesIO(good)) is None
    head = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    for version in (1002, "x", [[]]):
        with pytest.raises(RuntimeError, match="its version is not 1001"):
            load(io.BytesIO(head + pickle.dumps(version, 2) + good[40:]))
    with pytest.raises(UnpicklingError, match="only its own description"):
        load(io.BytesIO(head + pickle.dumps(1001, 2) + program(storage())))


def test_truncated_at_every_length_and_damaged_at_random():
    """Every outcome is an error of ours or a load; the bytes of tensors have no checksum, all else is checked as far as it can be."""
    good = written({"a": tensor(np.arange(50)), "b": [tensor([1, 2], "int16"), "text"]})
    draw = random.Random(8)
    damaged = [good[:n] for n in range(len(good))]
    for _ in range(600):
        data = bytearray(good)
        for _ in range(draw.choice([1, 1, 3, 20])):
            at, n = draw.randrange(len(data)), draw.randrange(1, 12)
            if draw.random() < 0.6:
                data[at] = draw.randrange(256)
            elif draw.random() < 0.5:
                del data[at : at + n]
            else:
                data[at:at] = draw.randbytes(n)
        damaged.append(bytes(data))
    for at, data in enumerate(damaged):
        error = ""
        try:
            load(io.BytesIO(data))
        except (RuntimeError, UnpicklingError, EOFError, NotImplementedError) as caught:
            error = str(caught)
        assert error.startswith("load: ") or (not error and at >= len(good))


def test_counts_are_little_endian_and_storages_follow_the_keys():
    data = written([tensor([1.5]), tensor([2, 3], "int64")])
    tail = pickle.dumps(["0", "1"], 2) + struct.pack("<qf", 1, 1.5) + struct.pack("<qqq", 2, 2, 3)
    assert data.endswith(tail)
