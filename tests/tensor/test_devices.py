"""The default device, read-only memory, files: what needs more than one line, or a GPU that is not there."""

import threading
import warnings

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp.settings import settings
from minitorch_nlp.tensor import creation, interop


@pytest.fixture(autouse=True)
def cpu_again():
    yield
    torch.set_default_device(None)


@pytest.fixture
def moved(monkeypatch):
    """Where arrays were to be moved; they stay on the CPU."""
    calls = []
    monkeypatch.setattr(creation.backend, "to_device", lambda array, kind, index=0: calls.append(f"{kind}:{index}") or array)
    return calls


MAKERS = [
    lambda: torch.zeros(2), lambda: torch.ones(2), lambda: torch.empty(2), lambda: torch.full((2,), 1), lambda: torch.arange(3),
    lambda: torch.linspace(0, 1, 2), lambda: torch.logspace(0, 1, 2), lambda: torch.eye(2), lambda: torch.rand(2), lambda: torch.randn(2),
    lambda: torch.randint(3, (2,)), lambda: torch.randperm(3), lambda: torch.tensor([1]), lambda: torch.as_tensor([1]),
    lambda: torch.scalar_tensor(1), lambda: torch.tril_indices(2, 2), lambda: torch.empty_strided((2,), (1,)),
    lambda: torch.empty_permuted((2,), (0,)), lambda: torch.asarray([1.0]), lambda: torch.nn.Linear(2, 2).weight,
]  # fmt: skip


@pytest.mark.parametrize("make", MAKERS)
def test_creation_functions_go_to_the_default_device(make, moved):
    make()
    assert moved == []
    with torch.device("cuda", 1):
        make()
    assert set(moved) == {"cuda:1"}


def test_others_do_not(moved):
    x = torch.ones(2)
    with torch.device("cuda"):
        for make in (
            lambda: torch.zeros_like(x), lambda: torch.rand_like(x), lambda: x.new_zeros(2), lambda: x.new_tensor([1]),
            lambda: torch.from_numpy(np.ones(2)), lambda: x.clone(), lambda: torch.zeros(2, device="cpu"), lambda: torch.FloatTensor([1]),
        ):  # fmt: skip
            make()
    assert set(moved) <= {"cpu:0"}


def test_devices_nest_and_are_left_on_errors():
    assert torch.get_default_device() == torch.device("cpu")
    with torch.device("cuda:1"):
        with pytest.raises(ZeroDivisionError), torch.device("cpu"):
            assert torch.get_default_device() == torch.device("cpu")
            1 / 0
        assert torch.get_default_device() == torch.device("cuda:1")
    assert torch.get_default_device() == torch.device("cpu")


def test_a_device_decorates():
    @torch.device("cuda")
    def where():
        return torch.get_default_device()

    assert (str(where()), str(torch.get_default_device())) == ("cuda", "cpu")


def test_each_thread_has_its_own():
    torch.set_default_device("cuda")
    seen = []
    thread = threading.Thread(target=lambda: seen.append(str(torch.get_default_device())))
    thread.start()
    thread.join()
    assert seen == ["cpu"]


def test_read_only_memory_is_warned_of_once(monkeypatch):
    array = np.ones(3)
    array.flags.writeable = False
    for share in (torch.from_numpy, torch.as_tensor, torch.asarray, lambda a: torch.frombuffer(bytes(8), dtype=torch.uint8)):
        monkeypatch.setattr(settings, "warned", set())
        with pytest.warns(UserWarning, match="not writable"):
            share(array)
        share(array)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.tensor(array)
    with pytest.raises(RuntimeError, match="read-only|written"):
        torch.from_numpy(array).add_(1)
    assert array.tolist() == [1, 1, 1]


def test_a_file_as_memory(tmp_path):
    path = str(tmp_path / "numbers")
    x = torch.from_file(path, shared=True, size=4, dtype=torch.int32)
    x.copy_(torch.arange(4))
    del x
    private = torch.from_file(path, shared=False, size=4, dtype=torch.int32)
    assert private.tolist() == [0, 1, 2, 3]
    private[0] = 9
    assert torch.from_file(path, size=2, dtype=torch.int32).tolist() == [0, 1]
    with pytest.raises(RuntimeError, match="has 16 bytes, too few"):
        torch.from_file(path, size=5, dtype=torch.int32)


def test_a_capsule_is_used_once():
    capsule = torch.to_dlpack(torch.arange(3))
    assert interop.from_dlpack(capsule).tolist() == [0, 1, 2]
    with pytest.raises(RuntimeError, match="once"):
        interop.from_dlpack(capsule)


def test_dlpack_copies_where_asked_to():
    array = np.arange(3)
    shared, copied = torch.from_dlpack(array), torch.from_dlpack(array, copy=True)
    array[0] = 7
    assert (shared[0].item(), copied[0].item()) == (7, 0)


def test_numbers_become_arrays_of_others():
    x = torch.ones(2, dtype=torch.float64)
    assert type(np.ones(2) * x) is type(x)
    with pytest.raises(AttributeError, match="on the CPU"):
        x.__cuda_array_interface__


def test_linspace_gives_torch_s_halves():
    assert torch.linspace(9, -9, 8, dtype=torch.int64).tolist() == [9, 6, 3, 1, -1, -3, -6, -9]


def test_views_share_memory_in_one_deepcopy():
    import copy

    base = torch.zeros(3, 4)
    twin = copy.deepcopy({"row": base[1], "all": base, "detached": base[:, 2].detach()})
    twin["row"][2] = 5
    assert twin["all"][1, 2] == 5
    assert twin["detached"].tolist() == [0, 5, 0]
    assert base.sum() == 0
    saved = (torch.ones(4, requires_grad=True) * twin["all"][1]).sum()
    twin["row"].add_(1)  # one version counter among the copies
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        saved.backward()


def test_settings_tell_the_truth():
    assert torch.set_flush_denormal(False)
    assert not torch.set_flush_denormal(True)  # NumPy cannot
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)
    with pytest.warns(UserWarning, match="unchanged"):
        torch.set_float32_matmul_precision("low")
    assert torch.get_float32_matmul_precision() == "highest"
