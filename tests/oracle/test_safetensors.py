"""safetensors files beside `safetensors.torch`: each reads what the other wrote, and both refuse the same."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
theirs = pytest.importorskip("safetensors.torch")
import safetensors  # noqa: E402

import minitorch_nlp as mini  # noqa: E402
import minitorch_nlp.safetensors as ours  # noqa: E402
from minitorch_nlp.tensor.dtypes import DTYPES  # noqa: E402

NAMES = [d.name for d in DTYPES.values() if d is not mini.bfloat16]


def pair(name, shape=(2, 3)):
    x = torch.randint(0, 100, shape).to(getattr(torch, name))
    return x, mini.tensor(x.tolist(), dtype=getattr(mini, name)).reshape(shape)


def same(a, b):
    return a.dtype.__repr__() == repr(b.dtype) and a.shape == b.shape and a.tolist() == b.tolist()


def everything():
    pairs = {f"{name}{len(shape)}": pair(name, shape) for name in NAMES for shape in ((), (3,), (0, 2), (2, 1, 3))}
    return {k: a for k, (a, _) in pairs.items()}, {k: b for k, (_, b) in pairs.items()}


@pytest.mark.parametrize("metadata", [None, {}, {"größe": '"quoted"\n'}])
def test_the_same_bytes(metadata):
    a, b = everything()
    assert theirs.save(a, metadata) == ours.save(b, metadata)


def test_each_reads_what_the_other_wrote(tmp_path):
    a, b = everything()
    theirs.save_file(a, tmp_path / "a", metadata={"x": "y"})
    ours.save_file(b, tmp_path / "b", metadata={"x": "y"})
    from_a, from_b = ours.load_file(tmp_path / "a"), theirs.load_file(tmp_path / "b")
    assert list(from_a) == list(theirs.load_file(tmp_path / "a"))
    for name in a:
        assert same(a[name], from_a[name])
        assert same(from_b[name], b[name])
    assert all(same(t, ours.load((tmp_path / "a").read_bytes())[name]) for name, t in a.items())


INDEXES = [
    np.s_[:], np.s_[0], np.s_[-1], np.s_[1:], np.s_[::2], np.s_[:, 1], np.s_[..., 0], np.s_[0, 1:], np.s_[-1:, -2:], np.s_[5:2], np.s_[0:100],
    None, [0, 1], True, np.s_[2], np.s_[0, 0, 0], np.s_[::-1],
]  # fmt: skip


@pytest.mark.parametrize("index", INDEXES, ids=str)
def test_slices(tmp_path, index):
    theirs.save_file({"x": torch.arange(6.0).view(2, 3)}, tmp_path / "x")
    results = []
    for opened in (safetensors.safe_open(tmp_path / "x", framework="pt"), ours.safe_open(tmp_path / "x", framework="pt")):
        with opened as f:
            assert (f.keys(), f.offset_keys(), f.metadata()) == (["x"], ["x"], None)
            part = f.get_slice("x")
            assert (part.get_shape(), part.get_dtype()) == ([2, 3], "F32")
            try:
                results.append((tuple(part[index].shape), part[index].tolist()))
            except (IndexError, ValueError) as error:
                results.append(type(error))
    assert results[0] == results[1]


def refused(library, module, case, folder):
    t = library.arange(8.0).view(2, 4)
    flat = t.view(-1)
    cases = {
        "same": lambda: module.save({"a": t, "b": t}),
        "overlap": lambda: module.save({"a": flat[:5], "b": flat[4:]}),
        "both": lambda: module.save({"a": t, "b": t.t()}),
        "transposed": lambda: module.save({"a": t.t()}),
        "columns": lambda: module.save({"a": t[:, :2]}),
        "number": lambda: module.save({"a": 1}),
        "list": lambda: module.save([t]),
        "name": lambda: module.save({1: t}),
        "metadata": lambda: module.save({"a": t}, {"x": 1}),
        "folder": lambda: module.save_file({"a": t}, folder / "no" / "x"),
        "directory": lambda: module.save_file({"a": t}, folder),
        "missing": lambda: module.load_file(folder / "none"),
        "no name": lambda: module.safe_open(folder / "good", framework="pt").get_tensor("b"),
        "no slice": lambda: module.safe_open(folder / "good", framework="pt").get_slice("b"),
        "framework": lambda: module.safe_open(folder / "good", framework="xx"),
        "bytearray": lambda: module.load(bytearray(module.save({"a": t}))),
        "cut": lambda: module.load(module.save({"a": t})[:-1]),
        "halves": lambda: module.save({"a": flat[:4], "b": flat[4:]}) and None,
    }
    if case is None:
        return list(cases)
    try:
        return cases[case]()
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("case", refused(torch, theirs, None, None))
def test_refused_alike(tmp_path, case):
    theirs.save_file({"a": torch.ones(2)}, tmp_path / "good")
    assert refused(mini, ours, case, tmp_path) == refused(torch, theirs, case, tmp_path)


def tied(library):
    class Tied(library.nn.Module):
        def __init__(self):
            super().__init__()
            self.z, self.a = library.nn.Linear(3, 3), library.nn.Linear(3, 3)
            self.a.weight = self.z.weight

    return Tied()


def test_modules_with_one_parameter_under_two_names(tmp_path):
    models = [tied(torch), tied(mini)]
    theirs.save_model(models[0], tmp_path / "a")
    ours.save_model(models[1], tmp_path / "b")
    with ours.safe_open(tmp_path / "a", framework="pt") as f, ours.safe_open(tmp_path / "b", framework="pt") as g:
        assert (f.keys(), f.metadata()) == (g.keys(), g.metadata())
    assert ours.load_model(models[1], tmp_path / "a") == theirs.load_model(models[0], tmp_path / "a") == (set(), [])
    assert np.array_equal(models[0].z.weight.detach().numpy(), models[1].a.weight.detach().numpy())


@pytest.mark.parametrize("names", [["z.weight"], ["a.weight", "z.bias", "a.bias"], ["a.weight", "z.weight"], ["x"], []])
def test_missing_and_unexpected(tmp_path, names):
    theirs.save_file({n: torch.zeros((3, 3) if "weight" in n else 3) for n in names} or {"none": torch.ones(1)}, tmp_path / "x")
    theirs_says = theirs.load_model(tied(torch), tmp_path / "x", strict=False)
    assert ours.load_model(tied(mini), tmp_path / "x", strict=False) == theirs_says
    for module, model in ((theirs, tied(torch)), (ours, tied(mini))):
        try:
            outcome = module.load_model(model, tmp_path / "x")
        except RuntimeError:
            outcome = "refused"
        assert (outcome == "refused") == any(theirs_says)


def test_bfloat16(tmp_path):
    x = torch.tensor([1.0, -2.5, 3.1415, float("inf")]).to(torch.bfloat16)
    theirs.save_file({"x": x, "y": torch.ones(2)}, tmp_path / "x")
    found = ours.load_file(tmp_path / "x")["x"]
    assert found.dtype is mini.bfloat16
    assert found.float().tolist() == x.float().tolist()
    assert ours.save({"x": found}) == theirs.save({"x": x})


def test_several_files_as_transformers_writes_them(tmp_path):
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(n_layer=2, n_head=2, n_embd=16, vocab_size=50, n_positions=8)
    model = transformers.GPT2LMHeadModel(config)
    model.save_pretrained(tmp_path, max_shard_size="8KB")
    shards = set(json.loads((tmp_path / "model.safetensors.index.json").read_text())["weight_map"].values())
    assert len(shards) > 2
    found = ours.load_sharded(tmp_path)
    state = model.state_dict()
    del state["lm_head.weight"]
    assert found.keys() == state.keys()
    assert all(same(t, found[name]) for name, t in state.items())
