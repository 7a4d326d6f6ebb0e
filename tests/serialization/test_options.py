"""What holds for every save and load: the environment, options, and where files stand."""

import io
import mmap
import os
import pickle
import sys
import types

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp.serialization import options, source
from minitorch_nlp.tensor.storage import TypedStorage
from tests.serialization.attacks import FLOATS, TENSOR, program

S = torch.serialization


@pytest.fixture(autouse=True)
def as_they_were(monkeypatch):
    for name in ("endianness", "checksums", "shared_maps"):
        monkeypatch.setattr(options.chosen, name, getattr(options.Options, name))
    for name in ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"):
        monkeypatch.delenv(name, raising=False)


def saved(obj, **how):
    file = io.BytesIO()
    torch.save(obj, file, **how)
    file.seek(0)
    return file


# ---- trust, by the environment ----

UNTRUSTED = pickle.UnpicklingError


@pytest.mark.parametrize("value", ["1", "y", "YES", "true"])
def test_the_environment_can_forbid_to_trust(monkeypatch, value):
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", value)
    for weights_only in (None, True, False):
        with pytest.raises(UNTRUSTED):
            torch.load(saved(np.float64(2.0)), weights_only=weights_only)
    with pytest.raises(RuntimeError, match="pickle_module"):
        torch.load(saved(1), weights_only=False, pickle_module=pickle)


def test_the_environment_can_trust_for_those_who_say_nothing(monkeypatch):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.warns(UserWarning, match="TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"):
        assert torch.load(saved(np.float64(2.0))) == 2.0
    with pytest.raises(UNTRUSTED):
        torch.load(saved(np.float64(2.0)), weights_only=True)
    assert torch.load(saved(np.float64(2.0)), weights_only=False) == 2.0


def test_the_environment_must_not_say_both(monkeypatch):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(RuntimeError, match="both set"):
        torch.load(saved(1))


@pytest.mark.parametrize("value", ["0", "no", "", "2"])
def test_other_values_say_nothing(monkeypatch, value):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", value)
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", value)
    with pytest.raises(UNTRUSTED):
        torch.load(saved(np.float64(2.0)))
    assert torch.load(saved(np.float64(2.0)), weights_only=False) == 2.0


# ---- where a file stands ----


def test_saving_and_loading_from_where_the_file_stands(tmp_path):
    for how in ({}, {"_use_new_zipfile_serialization": False}):
        path = tmp_path / "a.pt"
        with open(path, "wb") as file:
            file.write(b"x" * 77)
            torch.save({"a": torch.arange(5)}, file, **how)
        with open(path, "rb") as file:
            file.seek(77)
            assert torch.load(file)["a"].tolist() == [0, 1, 2, 3, 4]
            assert file.read() == b""
            with pytest.raises(EOFError, match="it stands at its end; seek"):
                torch.load(file)
            file.seek(76)
            with pytest.raises(RuntimeError, match=r"at byte 76, where it stands,"):
                torch.load(file)
        with open(path, "rb", buffering=0) as file:
            file.seek(77)
            assert torch.load(file)["a"].tolist() == [0, 1, 2, 3, 4]


def test_files_that_cannot_be_read(tmp_path):
    torch.save(1, tmp_path / "a.pt")
    with open(tmp_path / "a.pt", encoding="latin1") as file, pytest.raises(TypeError, match=r"binary mode; its read\(\) gives str"):
        torch.load(file)
    read, write = os.pipe()
    with open(read, "rb") as file, open(write, "wb"), pytest.raises(io.UnsupportedOperation, match="cannot seek"):
        torch.load(file)
    with pytest.raises(RuntimeError, match="in the safetensors format"):
        (tmp_path / "a.safetensors").write_bytes(b"\x02" + bytes(7) + b"{}")
        torch.load(tmp_path / "a.safetensors")


def test_a_file_bigger_than_memory_is_an_error(monkeypatch):
    def full(count, dtype):
        raise MemoryError

    monkeypatch.setattr(source.np, "empty", full)
    with pytest.raises(RuntimeError, match="do not fit into memory; mmap=True"):
        torch.load(saved(torch.ones(2)))


# ---- options ----


def test_checksums_can_be_left_out():
    assert S.get_crc32_options() is True
    S.set_crc32_options(False)
    assert S.get_crc32_options() is False
    data = bytearray(saved({"a": torch.arange(5)}).getvalue())
    S.set_crc32_options(True)
    assert torch.load(io.BytesIO(data))["a"].tolist() == [0, 1, 2, 3, 4]
    at = data.index(np.arange(5).tobytes())
    data[at + 8] = 9
    assert torch.load(io.BytesIO(data))["a"].tolist() == [0, 9, 2, 3, 4]  # nothing shows the damage
    data = bytearray(saved({"a": torch.arange(5)}).getvalue())
    data[at + 8] = 9
    with pytest.raises(RuntimeError, match="checksum"):
        torch.load(io.BytesIO(data))


def test_the_byte_order_of_files_that_do_not_say(archive_of):
    def numbers():
        return torch.load(archive_of(program(TENSOR), byteorder=None, data_0=FLOATS))

    other = np.frombuffer(FLOATS, ">f4" if sys.byteorder == "little" else "<f4")
    E = S.LoadEndianness
    for chosen, values in ((None, "little"), (E.LITTLE, "little"), (E.BIG, "big"), (E.NATIVE, sys.byteorder)):
        S.set_default_load_endianness(chosen)
        assert S.get_default_load_endianness() is chosen
        assert numbers().tolist() == ([0, 1, 2, 3] if values == sys.byteorder else other.tolist())
    assert torch.load(saved(torch.ones(1))).tolist() == [1.0]  # this one says
    with pytest.raises(TypeError, match="LoadEndianness or None"):
        S.set_default_load_endianness("big")
    S.set_default_load_endianness(E.BIG)
    assert torch.load(saved(torch.ones(1), _disable_byteorder_record=True)).tolist() != [1.0]


@pytest.mark.skipif(os.name != "posix", reason="Windows maps are private")
def test_maps_that_are_shared(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"a": torch.zeros(4)}, path)
    assert S.get_default_mmap_options() == mmap.MAP_PRIVATE
    torch.load(path, mmap=True)["a"][1] = 5.0
    assert torch.load(path)["a"].tolist() == [0, 0, 0, 0]
    with S.set_default_mmap_options(mmap.MAP_SHARED):
        assert S.get_default_mmap_options() == mmap.MAP_SHARED
        torch.load(path, mmap=True)["a"][1] = 5.0
    assert S.get_default_mmap_options() == mmap.MAP_PRIVATE
    assert torch.load(path, mmap=True)["a"].tolist() == [0, 5, 0, 0]
    with pytest.raises(RuntimeError, match="checksum"):
        torch.load(path)
    S.set_default_mmap_options(mmap.MAP_SHARED)
    assert S.get_default_mmap_options() == mmap.MAP_SHARED
    with pytest.raises(ValueError, match="MAP_PRIVATE or"):
        S.set_default_mmap_options(77)


def test_small_helpers():
    with S.mkdtemp() as folder:
        assert os.path.isdir(folder)
    assert not os.path.exists(folder)
    module = types.SimpleNamespace(__name__="m", __version__="0.3.10")
    check = S.check_module_version_greater_or_equal
    assert check(module, (0, 3, 2))
    assert not check(module, (0, 4))
    with pytest.raises(RuntimeError, match="cannot be compared"):
        check(module, (0, 3, 2, 1))
    with pytest.warns(UserWarning, match="new enough"):
        assert check(types.SimpleNamespace(__name__="m", __version__="x"), (1,), False)
    storage = torch.ones(2).untyped_storage()
    assert S.location_tag(storage) == "cpu"
    assert S.default_restore_location(storage, "cpu") is storage
    with pytest.raises(RuntimeError, match="to go to 'somewhere'"):
        S.default_restore_location(storage, "somewhere")
    with pytest.raises(RuntimeError, match="CUDA devices are available"):
        S.validate_cuda_device("cuda:99")
    for name in ("skip_data", "register_package", "StorageType", "validate_hpu_device"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(S, name)()
    with pytest.raises(AttributeError, match="did you mean 'add_safe_globals'"):
        S.add_safe_global


# ---- more that is plain data ----


def test_layouts_storages_and_generators_come_back():
    assert torch.load(saved(torch.strided)) is torch.strided
    x = torch.arange(4.0)
    view, typed = torch.load(saved([x[1:], TypedStorage(x.array)]))
    assert typed.tolist() == [0, 1, 2, 3]
    typed[2] = 9.0
    assert view.tolist() == [1, 9, 3]
    raw = torch.load(saved(torch.ones(1).untyped_storage()))
    assert bytes(raw.tolist()) == np.ones(1, np.float32).tobytes()
    part = torch.load(saved(x.untyped_storage()[4:8]))
    assert bytes(part.tolist()) == np.ones(1, np.float32).tobytes()
    with pytest.raises(RuntimeError, match="share memory"):
        saved([x, x.untyped_storage()])
    generator = torch.Generator().manual_seed(7)
    torch.rand(3, generator=generator)
    with S.safe_globals([torch.Generator]):
        again = torch.load(saved(generator))
    assert type(again) is torch.Generator
    assert again.initial_seed() == 7
    assert torch.equal(torch.rand(5, generator=again), torch.rand(5, generator=generator))
    assert torch.equal(torch.load(saved(torch.get_rng_state())), torch.get_rng_state())
