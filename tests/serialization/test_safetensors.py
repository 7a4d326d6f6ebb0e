"""safetensors files: written, read in part, in several files, damaged."""

import json
import os
import struct
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError

import minitorch_nlp as torch
from minitorch_nlp.safetensors import load, load_file, load_model, load_sharded, safe_open, save, save_file, save_model
from minitorch_nlp.tensor.dtypes import DTYPES

nn = torch.nn


def written(tmp_path, tensors=None, **options):
    path = tmp_path / "a.safetensors"
    save_file({"a": torch.arange(12.0).view(3, 4), "b": torch.tensor(7)} if tensors is None else tensors, path, **options)
    return path


@pytest.mark.parametrize("dtype", [d for d in DTYPES.values() if d is not torch.bfloat16], ids=repr)
@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (2, 3)])
@pytest.mark.parametrize("backend", ["mmap", "pread"])
def test_round_trip(tmp_path, dtype, shape, backend):
    t = torch.randint(0, 2, shape).to(dtype)
    path = written(tmp_path, {"t": t, "other": torch.ones(3, dtype=torch.uint8)})
    for found in (load_file(path, backend=backend)["t"], load(path.read_bytes())["t"]):
        assert found.dtype == dtype
        assert found.shape == shape
        assert found.is_contiguous()
        assert torch.equal(found, t)


def test_bfloat16():
    pytest.importorskip("ml_dtypes")
    t = torch.tensor([1.0, -2.5, 3.140625]).to(torch.bfloat16)
    found = load(save({"t": t, "f": torch.ones(2)}))["t"]
    assert found.dtype is torch.bfloat16
    assert found.float().tolist() == [1.0, -2.5, 3.140625]


def test_what_is_read_can_be_written_to_and_does_not_reach_the_file(tmp_path):
    path = written(tmp_path)
    for backend in ("mmap", "pread"):
        t = load_file(path, backend=backend)["a"]
        t += 1
        assert t[0, 0] == 1
        assert load_file(path)["a"][0, 0] == 0


def test_a_file_can_be_replaced_by_what_was_read_from_it(tmp_path):
    path = written(tmp_path)
    read = load_file(path)
    save_file({"a": read["a"].flip(0)}, path)
    assert read["a"][0, 1] == 1
    assert load_file(path)["a"][0, 1] == 9


def test_it_asks_for_what_is_there(tmp_path):
    path = written(tmp_path, metadata={"format": "pt"})
    with safe_open(path, framework="pt") as f:
        assert f.keys() == ["a", "b"]
        assert f.offset_keys() == ["b", "a"]  # bigger elements first
        assert f.metadata() == {"format": "pt"}
        part = f.get_slice("a")
        assert (part.get_shape(), part.get_dtype()) == ([3, 4], "F32")
        with pytest.raises(SafetensorError, match="'nothing'"):
            f.get_tensor("nothing")
        with pytest.raises(SafetensorError, match="'nothing'"):
            f.get_slice("nothing")
    for use in (f.keys, lambda: f.get_tensor("a"), lambda: part[0], f.get_tensors):
        with pytest.raises(SafetensorError, match="closed"):
            use()
    with safe_open(written(tmp_path), framework="pt") as f:
        assert f.metadata() is None
    for wrong in ({"framework": "np"}, {"framework": "pt", "backend": "gpu"}):
        with pytest.raises(SafetensorError, match="safe_open"):
            safe_open(path, **wrong)
    with pytest.raises(FileNotFoundError):
        load_file(tmp_path / "none")


def test_a_slice_owns_its_memory(tmp_path):
    with safe_open(written(tmp_path), framework="pt") as f:
        part = f.get_slice("a")[1:, :2]
    assert part.tolist() == [[4, 5], [8, 9]]
    assert part.untyped_storage().nbytes() == 16


def test_only_what_is_used_is_read(tmp_path):
    resource = pytest.importorskip("resource")
    path, rows = tmp_path / "big.safetensors", 1 << 19
    header = json.dumps({"big": {"dtype": "F32", "shape": [rows, 256], "data_offsets": [0, rows << 10]}}).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + (rows << 10))  # half a gigabyte, most of it a hole
        file.seek(-4, os.SEEK_END)
        file.write(struct.pack("<f", 5.0))
    f = safe_open(path, framework="pt")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert f.get_slice("big")[-1, -2:].tolist() == [0, 5]
    assert f.get_tensor("big").shape == (rows, 256)
    assert load_file(path)["big"][-1, -1] == 5
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 50_000 * (1024 if sys.platform == "darwin" else 1)


def test_it_replaces_only_when_complete(tmp_path, monkeypatch):
    path = written(tmp_path)
    before = path.read_bytes()

    def full(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full"):
        written(tmp_path, {"a": torch.ones(2)})
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.safetensors"]


OVERLAP = torch.arange(8.0)


@pytest.mark.parametrize(
    ("tensors", "metadata", "kind", "words"),
    [
        ({"x": OVERLAP, "y": OVERLAP}, None, RuntimeError, "'x', 'y'"),
        ({"x": OVERLAP[:5], "y": OVERLAP[4:]}, None, RuntimeError, "'x', 'y'"),
        ({"x": OVERLAP, "y": OVERLAP[7:], "z": torch.ones(2)}, None, RuntimeError, "memory: 'x', 'y'"),
        ({"x": OVERLAP.view(2, 4).t()}, None, ValueError, "'x' is not contiguous"),
        ({"x": 1}, None, ValueError, "'x' must be a tensor"),
        ([OVERLAP], None, ValueError, "dict"),
        ({1: OVERLAP}, None, TypeError, "text, not int"),
        ({"x": OVERLAP}, {"epoch": 3}, TypeError, "text, not int"),
        ({"__metadata__": OVERLAP}, None, ValueError, "__metadata__"),
    ],
)
def test_what_is_not_written(tmp_path, tensors, metadata, kind, words):
    for use in (lambda: save(tensors, metadata), lambda: save_file(tensors, tmp_path / "x", metadata)):
        with pytest.raises(kind, match=words):
            use()
    assert not os.listdir(tmp_path)


def test_parts_that_do_not_overlap_are_written():
    found = load(save({"x": OVERLAP[:4], "y": OVERLAP[4:], "none": OVERLAP[:0], "p": nn.Parameter(torch.ones(2))}))
    assert found["y"].tolist() == [4, 5, 6, 7]
    assert not found["p"].requires_grad


def test_no_folder(tmp_path):
    with pytest.raises(SafetensorError, match="does not exist"):
        save_file({"x": OVERLAP}, tmp_path / "no" / "x")


@pytest.mark.parametrize("kind", ["F8_E4M3", "F8_E5M2", "C64", "F4"])
def test_a_dtype_that_is_not_supported_is_named(tmp_path, kind):
    size = {"C64": 8, "F4": 0.5}.get(kind, 1)
    entries = {"odd": {"dtype": kind, "shape": [4], "data_offsets": [0, int(4 * size)]}}
    entries["fine"] = {"dtype": "U8", "shape": [2], "data_offsets": [int(4 * size), int(4 * size) + 2]}
    path = tmp_path / "odd"
    path.write_bytes(raw(entries, bytes(int(4 * size) + 2)))
    with pytest.raises(NotImplementedError, match=f"'odd' of .* dtype {kind}"):
        load_file(path)
    with safe_open(path, framework="pt") as f:
        assert f.get_tensor("fine").tolist() == [0, 0]
    with pytest.raises(NotImplementedError, match=f"'odd' is of dtype {kind}"):
        load(path.read_bytes())


def raw(entries, data):
    header = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(header)) + header + data


GOOD = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"abc", struct.pack("<Q", 1 << 60), struct.pack("<Q", 1 << 40) + b"{}", raw(b"{]}", b""), raw(b"[]", b""), raw(b"\xff\xfe", b""),
        raw({"a": GOOD}, bytes(7)), raw({"a": GOOD}, bytes(9)), raw({"a": {**GOOD, "shape": [3]}}, bytes(8)),
        raw({"a": {**GOOD, "shape": [-2]}}, bytes(8)), raw({"a": {**GOOD, "data_offsets": [8, 0]}}, bytes(8)),
        raw({"a": {**GOOD, "data_offsets": [0, 1 << 62]}}, bytes(8)), raw({"a": {**GOOD, "dtype": "F33"}}, bytes(8)),
        raw({"a": {**GOOD, "shape": [1 << 62, 1 << 62]}}, bytes(8)), raw({"a": {"shape": [2]}}, bytes(8)), raw({"a": 1}, b""),
        raw({"a": GOOD, "b": GOOD}, bytes(8)), raw({"a": GOOD, "__metadata__": {"k": 1}}, bytes(8)), raw(b"[" * 100_000, b""),
    ],
)  # fmt: skip
def test_damaged_files(tmp_path, content):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises((SafetensorError, ValueError)):
        load_file(path)
    with pytest.raises((SafetensorError, ValueError)):
        load(content)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_anywhere_gives_an_error_or_tensors(tmp_path_factory, data):
    content = bytearray(save({"a": torch.arange(4), "b": torch.ones(2, 3)}, {"k": "v"}))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.sampled_from([len(content)] * 3 + list(range(len(content))))) :]
    path = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    path.write_bytes(content)
    try:
        found = load_file(path)
    except (SafetensorError, ValueError, NotImplementedError):
        return
    assert sum(t.numel() * t.element_size() for t in found.values()) <= len(content)


def test_bytes_that_do_not_stand_where_their_elements_may(tmp_path):
    """Headers of odd length, as other programs write them."""
    path = tmp_path / "x"
    header = json.dumps({"a": GOOD}).encode() + b" "
    header += b" " * (len(header) % 2 == 0)
    path.write_bytes(raw(header, np.float32([1, 2]).tobytes()))
    a = load_file(path)["a"]
    assert a.tolist() == [1, 2]
    assert a.array.flags.aligned


# ---- several files -----------------------------------------------------------------------------------------------------------------


def sharded(folder, weight_map=None, **more):
    save_file({"a": torch.ones(2), "b": torch.zeros(3)}, folder / "one.safetensors")
    save_file({"c": torch.ones(1)}, folder / "two.safetensors")
    places = {"a": "one.safetensors", "b": "one.safetensors", "c": "two.safetensors"}
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": places if weight_map is None else weight_map, **more}))
    return index


def test_several_files(tmp_path):
    index = sharded(tmp_path)
    for path in (tmp_path, str(tmp_path), index):
        found = load_sharded(path)
        assert sorted(found) == ["a", "b", "c"]
        assert found["b"].tolist() == [0, 0, 0]
    index.unlink()
    os.rename(tmp_path / "two.safetensors", tmp_path / "model.safetensors")
    assert list(load_sharded(tmp_path)) == ["c"]


@pytest.mark.parametrize(
    "name", ["../one.safetensors", "/etc/passwd", "sub/one.safetensors", "..\\one.safetensors", "..", "", "C:one.safetensors", 3]
)
def test_an_index_names_files_beside_it_only(tmp_path, name):
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    save_file({"a": torch.ones(2)}, tmp_path / "one.safetensors")
    with pytest.raises(ValueError, match="beside its index"):
        load_sharded(sharded(folder, {"a": name}))


def test_missing_files_are_all_named(tmp_path):
    index = sharded(tmp_path)
    os.unlink(tmp_path / "one.safetensors")
    os.unlink(tmp_path / "two.safetensors")
    with pytest.raises(FileNotFoundError, match=r"one\.safetensors, two\.safetensors"):
        load_sharded(index)
    index.unlink()
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors"):
        load_sharded(tmp_path)


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ({"a": "one.safetensors", "b": "one.safetensors"}, None),
        ({"a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"}, "'b'"),
        ({"a": "one.safetensors", "b": "one.safetensors", "d": "one.safetensors", "c": "two.safetensors"}, "'d'"),
        ({"a": "one.safetensors", "c": "two.safetensors"}, "'b'"),
    ],
)
def test_an_index_that_does_not_fit_the_files(tmp_path, places, words):
    index = sharded(tmp_path, places)
    if words is None:
        assert sorted(load_sharded(index)) == ["a", "b"]
    else:
        with pytest.raises(ValueError, match=words):
            load_sharded(index)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"weight_map": 3}', '{"weight_map": {"a": "x", "a": "y"}}', '{"weight_map": {"a": []}}', "[" * 100_000]
)
def test_damaged_indexes(tmp_path, text):
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(text)
    with pytest.raises(ValueError, match="index"):
        load_sharded(tmp_path)


# ---- modules -----------------------------------------------------------------------------------------------------------------------


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)
        self.b.weight = self.a.weight


def test_a_module_with_a_parameter_under_two_names(tmp_path):
    path, model, other = tmp_path / "m", Tied(), Tied()
    save_model(model, path, metadata={"by": "me"})
    with safe_open(path, framework="pt") as f:
        assert f.metadata() == {"b.weight": "a.weight", "by": "me"}
        assert f.keys() == ["a.bias", "a.weight", "b.bias"]
    assert load_model(other, path) == (set(), [])
    assert torch.equal(other.b.weight, model.b.weight)
    assert other.b.weight is other.a.weight


def test_missing_and_unexpected_names(tmp_path):
    path, model = tmp_path / "m", Tied()
    save_file({"b.weight": torch.ones(3, 3), "x": torch.ones(1)}, path)
    assert load_model(model, path, strict=False) == ({"a.bias", "b.bias"}, ["x"])
    assert model.a.weight[0, 0] == 1
    with pytest.raises(RuntimeError, match=r"Tied:\n.*Missing.*'a.bias', 'b.bias'\n.*Unexpected.*'x'"):
        load_model(model, path)
    save_file({"a.weight": torch.ones(3, 3), "b.weight": torch.ones(3, 3), "a.bias": torch.ones(3), "b.bias": torch.ones(3)}, path)
    assert load_model(model, path, strict=False) == (set(), ["b.weight"])


def test_parameters_of_which_none_has_all_of_the_memory(tmp_path):
    model, memory = nn.Linear(2, 2), torch.ones(6)
    model.weight, model.bias = nn.Parameter(memory[:4].view(2, 2)), nn.Parameter(memory[3:5])
    with pytest.raises(RuntimeError, match="'weight', 'bias'"):
        save_model(model, tmp_path / "m")
    model.bias = nn.Parameter(memory[2:4])
    save_model(model, tmp_path / "m")
    assert list(load_file(tmp_path / "m")) == ["weight"]


def test_the_package_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "safetensors", None)
    with pytest.raises(ImportError, match=r"minitorch-nlp\[safetensors\]"):
        load(b"")
