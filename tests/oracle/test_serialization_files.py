"""Files of both formats between torch and us: from anywhere in a file, to any place, of whole models, with every option."""

import io
import mmap
import os
import pickle
import re
import subprocess
import sys
import warnings
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

import minitorch_nlp
import minitorch_nlp.serialization as ours
from minitorch_nlp.serialization import load, save
from tests.oracle.test_serialization import assert_same, written_by_torch, written_here

torch = pytest.importorskip("torch")
nn = torch.nn


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(3)


def trained(model, make, x, steps=2):
    """State of a model, its optimizer and its schedule after some steps."""
    optimizer = make(model.parameters())
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    for _ in range(steps):
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()
        schedule.step()
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "step": steps}


def mlp():
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.GELU(), nn.Linear(8, 2))


def batch(*shape):
    return torch.arange(float(np.prod(shape))).reshape(shape) / 10


STATES = {
    "sgd": lambda: trained(mlp(), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9), batch(3, 4)),
    "adam": lambda: trained(mlp(), lambda p: torch.optim.Adam(p, 0.1, amsgrad=True), batch(3, 4)),
    "adamw": lambda: trained(mlp(), torch.optim.AdamW, batch(3, 4)),
    "adagrad": lambda: trained(mlp(), torch.optim.Adagrad, batch(3, 4)),
    "adadelta": lambda: trained(mlp(), torch.optim.Adadelta, batch(3, 4)),
    "adamax": lambda: trained(mlp(), torch.optim.Adamax, batch(3, 4)),
    "rmsprop": lambda: trained(mlp(), lambda p: torch.optim.RMSprop(p, 0.1, momentum=0.5, centered=True), batch(3, 4)),
    "rprop": lambda: trained(mlp(), torch.optim.Rprop, batch(3, 4)),
    "nadam": lambda: trained(mlp(), torch.optim.NAdam, batch(3, 4)),
    "radam": lambda: trained(mlp(), torch.optim.RAdam, batch(3, 4)),
    "asgd": lambda: trained(mlp(), torch.optim.ASGD, batch(3, 4)),
    "parameter groups": lambda: torch.optim.Adam([{"params": [nn.Parameter(batch(2))], "lr": 0.5}, {"params": [nn.Parameter(batch(3))]}]).state_dict(),
    "onecycle": lambda: torch.optim.lr_scheduler.OneCycleLR(torch.optim.SGD([nn.Parameter(batch(2))], 0.1), 1.0, total_steps=9).state_dict(),
    "plateau": lambda: torch.optim.lr_scheduler.ReduceLROnPlateau(torch.optim.SGD([nn.Parameter(batch(2))], 0.1)).state_dict(),
    "averaged": lambda: torch.optim.swa_utils.AveragedModel(mlp()).state_dict(),
    "scaler": lambda: torch.amp.GradScaler("cpu").state_dict(),
    "random state": lambda: {"cpu": torch.get_rng_state(), "own": torch.Generator().manual_seed(9).get_state()},
    "lstm": lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True).state_dict(),
    "gru cell": lambda: nn.GRUCell(3, 4).state_dict(),
    "bert layer": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2).state_dict(),
    "decoder": lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2).state_dict(),
    "embedding bag": lambda: nn.EmbeddingBag(9, 4, mode="sum").state_dict(),
    "adaptive softmax": lambda: nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10]).state_dict(),
    "instance norm": lambda: nn.InstanceNorm1d(4, affine=True, track_running_stats=True).state_dict(),
    "conv": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ConvTranspose1d(2, 3, 2)).state_dict(),
    "half": lambda: mlp().half().state_dict(),
    "mixed": lambda: {"weights": mlp().double().state_dict(), "ids": torch.arange(5), "mask": torch.ones(2, 2).triu().bool(),
                      "q": batch(3).to(torch.int8)},
    "views": lambda: (lambda x: {"x": x, "t": x.t(), "row": x[1], "column": x[:, 1], "wide": x[:1].expand(5, 4), "flip": x.flip(0)})(batch(3, 4)),
    "tied": lambda: (lambda e: nn.ModuleDict({"in": e, "out": e}).state_dict())(nn.Embedding(5, 3)),
    "keep_vars": lambda: mlp().state_dict(keep_vars=True),
    "nested": lambda: {"epochs": [{"loss": 0.5, "best": (1, batch(2))}], "config": OrderedDict(sizes=torch.Size([2, 3]), device=torch.device("cpu"),
                       dtype=torch.float32, name="gpt é", flags={"a", "b"}), 7: None, (1, 2): b"raw", "complex": 1 + 2j},
    "empty": lambda: {"none": torch.zeros(0), "shape": torch.zeros(0, 3), "scalar": torch.tensor(1.5), "dict": {}, "list": []},
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("stream", [False, True], ids=["zip", "stream"])
@pytest.mark.parametrize("what", STATES)
def test_states_there_and_back(what, stream):
    state = STATES[what]()
    how = {"_use_new_zipfile_serialization": not stream}
    mine = load(written_by_torch(state, **how))
    assert_same(mine, state)
    assert_same(load(written_by_torch(state, **how), weights_only=False), state)
    file = io.BytesIO()
    save(mine, file, **how)
    file.seek(0)
    assert_same(mine, torch.load(file))


@pytest.mark.parametrize("name", ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"])
def test_every_dtype_of_the_older_format(name):
    base = torch.arange(24).reshape(4, 6).to(getattr(torch, name))
    values = [base, base.T, base[1:, ::2], base[2, 2], torch.empty(0, 3, dtype=base.dtype), nn.Parameter(base, requires_grad=False)]
    for protocol in (2, 3, 4, 5):
        mine = load(written_by_torch(values, _use_new_zipfile_serialization=False, pickle_protocol=protocol))
        assert_same(mine, values)
    mine[0].array[...] = 1
    assert all(np.all(t.array == 1) for t in mine)
    file = io.BytesIO()
    save(mine, file, _use_new_zipfile_serialization=False)
    file.seek(0)
    back = torch.load(file)
    back[0].zero_()
    assert all(bool((t == 0).all()) for t in back)


# ---- where files stand, and where tensors go ----


@pytest.mark.parametrize("stream", [False, True], ids=["zip", "stream"])
def test_from_the_middle_of_a_file(tmp_path, stream):
    how = {"_use_new_zipfile_serialization": not stream}
    for library, other in ((torch, ours), (ours, torch)):
        path = tmp_path / library.__name__
        made = minitorch_nlp.arange(5) if library is ours else torch.arange(5)
        with open(path, "wb") as file:
            file.write(b"x" * 33)
            library.save({"a": made}, file, **how)
        with open(path, "rb") as file:
            file.seek(33)
            assert other.load(file)["a"].tolist() == [0, 1, 2, 3, 4]
        data = io.BytesIO(path.read_bytes())
        data.seek(33)
        assert other.load(data)["a"].tolist() == [0, 1, 2, 3, 4]
        for at in (0, len(data.getvalue())):
            data.seek(at)
            with pytest.raises(Exception) as theirs:
                torch.load(data)
            data.seek(at)
            with pytest.raises((type(theirs.value), RuntimeError)):
                load(data)


def test_what_map_location_is_given():
    for how in ({}, {"_use_new_zipfile_serialization": False}):
        seen = []
        for library in (torch, ours):

            def note(storage, location, seen=seen):
                seen.append((type(storage).__name__, storage.nbytes(), len(storage), storage.device.type, location))

            library.load(written_by_torch([torch.ones(2), torch.ones(3).double()], **how), map_location=note)
        assert seen[:2] == seen[2:] == [("UntypedStorage", 8, 8, "cpu", "cpu"), ("UntypedStorage", 24, 24, "cpu", "cpu")]
        for where in ("cpu", torch.device("cpu"), {"cpu": "cpu"}, lambda s, loc: s, lambda s, loc: s.cpu(), lambda s, loc: s.clone()):
            mine = minitorch_nlp.device("cpu") if isinstance(where, torch.device) else where
            file = written_by_torch(torch.arange(3), **how)
            assert torch.load(file, map_location=where).tolist() == [0, 1, 2]
            file.seek(0)
            assert load(file, map_location=mine).tolist() == [0, 1, 2]


def test_mmap_is_private_in_both(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"a": torch.zeros(4), "b": torch.ones(2, 2).t()}, path)
    for library in (torch, ours):
        state = library.load(path, mmap=True)
        state["a"][1] = 5.0
        assert state["a"].tolist() == [0, 5, 0, 0]
        assert library.load(path, mmap=True)["a"].tolist() == [0, 0, 0, 0]
        with (
            library.set_default_mmap_options(mmap.MAP_SHARED)
            if library is ours
            else torch.serialization.set_default_mmap_options(mmap.MAP_SHARED)
        ):
            library.load(path, mmap=True)["a"][2] = 0.0
    with torch.serialization.set_default_mmap_options(mmap.MAP_SHARED):
        torch.load(path, mmap=True)["a"][3] = 7.0
    assert load(path, mmap=True)["a"].tolist() == [0, 0, 0, 7]
    torch.save([1], path, _use_new_zipfile_serialization=False)
    for library in (torch, ours):
        with pytest.raises(RuntimeError, match="mmap"):
            library.load(path, mmap=True)


def test_files_without_checksums():
    torch.serialization.set_crc32_options(False)
    try:
        assert load(written_by_torch({"a": torch.arange(3)}))["a"].tolist() == [0, 1, 2]
    finally:
        torch.serialization.set_crc32_options(True)
    ours.set_crc32_options(False)
    try:
        assert torch.load(written_here({"a": minitorch_nlp.arange(3)}))["a"].tolist() == [0, 1, 2]
    finally:
        ours.set_crc32_options(True)


# ---- whole objects ----

MODULES = {
    "mlp": (lambda m: m.nn.Sequential(m.nn.Linear(4, 8), m.nn.LayerNorm(8), m.nn.GELU(), m.nn.Dropout(0.5), m.nn.Linear(8, 2)), (3, 4)),
    "batch norm": (lambda m: m.nn.BatchNorm1d(4), (3, 4)),
    "lstm": (lambda m: m.nn.LSTM(4, 5, 2, batch_first=True, bidirectional=True), (2, 3, 4)),
    "gru": (lambda m: m.nn.GRU(4, 5), (2, 3, 4)),
    "conv": (lambda m: m.nn.Conv1d(3, 4, 2), (2, 3, 4)),
    "transformer": (lambda m: m.nn.TransformerEncoder(m.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2), (2, 3, 8)),
    "bilinear": (lambda m: m.nn.ModuleList([m.nn.Linear(2, 2), m.nn.ParameterList([m.nn.Parameter(m.ones(2))])]), None),
    "average": (lambda m: m.optim.swa_utils.AveragedModel(m.nn.Linear(4, 4)), (3, 4)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("stream", [False, True], ids=["zip", "stream"])
@pytest.mark.parametrize("what", MODULES)
def test_whole_modules_of_torchs(what, stream):
    make, shape = MODULES[what]
    theirs = make(torch).eval()
    file = written_by_torch(theirs, _use_new_zipfile_serialization=not stream)
    with pytest.raises(pickle.UnpicklingError, match=r"wants the global 'torch\."):
        load(file)
    file.seek(0)
    mine = load(file, weights_only=False)
    assert type(mine).__module__.startswith("minitorch_nlp.")
    assert repr(mine).replace("minitorch_nlp", "torch") == repr(theirs)
    assert_same(mine.state_dict(), theirs.state_dict())
    if shape:
        x = batch(*shape)
        result, wanted = mine(minitorch_nlp.tensor(x.numpy())), theirs(x)
        result, wanted = (result[0], wanted[0]) if isinstance(wanted, tuple) else (result, wanted)
        np.testing.assert_allclose(result.detach().numpy(), wanted.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_optimizers_schedules_and_generators_of_torchs():
    weight = nn.Parameter(torch.ones(2))
    schedule = torch.optim.lr_scheduler.StepLR(torch.optim.Adam([weight], 0.1), 1, 0.5)
    schedule.optimizer.step()
    schedule.step()
    mine = load(written_by_torch(schedule), weights_only=False)
    assert type(mine) is minitorch_nlp.optim.lr_scheduler.StepLR
    assert mine.get_last_lr() == schedule.get_last_lr()
    theirs = torch.Generator().manual_seed(4)
    torch.rand(7, generator=theirs)
    file = written_by_torch(theirs)
    mine = load(file, weights_only=False)
    file.seek(0)
    with ours.safe_globals([minitorch_nlp.Generator]):
        assert type(load(file)) is minitorch_nlp.Generator
    back = torch.load(written_here(mine), weights_only=False)
    assert back.initial_seed() == mine.initial_seed() == 4
    for generator, module in ((mine, minitorch_nlp), (back, torch)):
        assert module.rand(3, generator=generator).tolist() == torch.rand(3, generator=theirs.clone_state()).tolist()


def test_a_module_with_hooks_is_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hooked = nn.utils.weight_norm(nn.Linear(2, 2))
    with pytest.raises(NotImplementedError, match="_forward_pre_hooks"):
        load(written_by_torch(hooked), weights_only=False)


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_storages_and_layouts():
    x = torch.arange(4.0)
    for value in (x.untyped_storage(), torch.strided):
        mine = load(written_by_torch(value))
        assert repr(mine) == repr(torch.load(written_by_torch(value))) == repr(torch.load(written_here(mine)))
    view, storage = load(
        written_by_torch([x[1:], torch.storage.TypedStorage(wrap_storage=x.untyped_storage(), dtype=x.dtype, _internal=True)])
    )
    storage[3] = 9.0
    assert view.tolist() == [1, 2, 9]


# ---- names ----


def test_the_names_a_file_wants():
    def strip(names):
        return sorted(re.sub(r"^torch\.", "", name) for name in names)

    for obj in (
        nn.Linear(2, 3),
        torch.optim.SGD([nn.Parameter(torch.ones(1))], 0.1),
        {"a": torch.ones(1)},
        np.float64(1.0),
        {"f": os.getcwd},
    ):
        file = written_by_torch(obj)
        theirs = torch.serialization.get_unsafe_globals_in_checkpoint(file)
        file.seek(0)
        assert strip(ours.get_unsafe_globals_in_checkpoint(file)) == strip(theirs)


def test_torch_serialization_has_no_other_names():
    assert set(torch.serialization.__all__) <= set(ours.__all__)
    assert set(ours.__all__) - set(torch.serialization.__all__) == set()


def test_the_environment(monkeypatch):
    """What may be executed, for every setting of the two variables and of the argument, is what torch says."""
    for force in ("0", "1"):
        for no_force in ("0", "1"):
            monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", force)
            monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", no_force)
            for weights_only in (None, True, False):
                outcomes = []
                for library in (torch, ours):
                    with warnings.catch_warnings(record=True) as caught:
                        warnings.simplefilter("always")
                        try:
                            outcomes.append(library.load(written_by_torch(Fraction()), weights_only=weights_only))
                        except (RuntimeError, pickle.UnpicklingError) as error:
                            outcomes.append(type(error))
                    outcomes[-1] = (outcomes[-1], any("TORCH_FORCE_NO" in str(w.message) for w in caught))
                assert outcomes[0] == outcomes[1], (force, no_force, weights_only)


class Fraction:
    def __eq__(self, other):
        return type(other) is Fraction

    __hash__ = None


WHOLE = """
import sys
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.rnn = nn.GRU(4, 5, batch_first=True)
        self.register_buffer("scale", torch.tensor(2.0))

    def forward(self, x):
        return self.rnn(self.embed(x))[0][:, -1] * self.scale

torch.manual_seed(1)
if sys.argv[1] == "save":
    torch.save(Net().eval(), sys.argv[2])
net = torch.load(sys.argv[2], weights_only=False)
print(type(net).__name__, net)
print(net(torch.arange(6).view(2, 3)).mul(1e4).round().long().tolist())
"""


def test_a_script_loads_the_model_that_torch_pickled_whole(tmp_path):
    script, model = tmp_path / "script.py", tmp_path / "model.pt"
    script.write_text(WHOLE)
    said = []
    for command in (["python", script, "save"], ["python", "-m", "minitorch_nlp.run", script, "load"]):
        done = subprocess.run(
            [sys.executable, *command[1:], model], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert said[0] == said[1]
