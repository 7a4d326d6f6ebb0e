"""Checkpoints travel between torch and us, both ways, to the bit."""

import io
import os
import pickle
import zipfile
from collections import Counter, OrderedDict, defaultdict

import numpy as np
import pytest

from minitorch_nlp.nn.parameter import Parameter
from minitorch_nlp.serialization import load, save
from minitorch_nlp.tensor.dtypes import Device, Size, dtype
from minitorch_nlp.tensor.tensor import Tensor

torch = pytest.importorskip("torch")
nn = torch.nn


def written_by_torch(obj, **options):
    file = io.BytesIO()
    torch.save(obj, file, **options)
    file.seek(0)
    return file


def written_here(obj):
    file = io.BytesIO()
    save(obj, file)
    file.seek(0)
    return file


def assert_same(ours, theirs):
    """One object here and one of torch's: the same types, structure, bits, strides, flags."""
    if isinstance(theirs, torch.Tensor):
        assert type(ours) is (Parameter if type(theirs) is nn.Parameter else Tensor)
        raw = theirs.detach().clone(memory_format=torch.contiguous_format)
        assert str(ours.dtype) == str(theirs.dtype)
        assert tuple(ours.shape) == tuple(theirs.shape)
        assert ours.array.tobytes() == raw.numpy().tobytes()
        assert ours.requires_grad == theirs.requires_grad
        if theirs.numel():
            assert tuple(s // ours.array.itemsize for s in ours.array.strides) == theirs.stride()
    elif isinstance(theirs, (torch.dtype, torch.device)):
        assert isinstance(ours, (dtype, Device))
        assert repr(ours) == repr(theirs)
    elif isinstance(theirs, torch.Size):
        assert type(ours) is Size
        assert tuple(ours) == tuple(theirs)
    elif isinstance(theirs, dict):
        assert type(ours) is type(theirs)
        assert list(ours) == list(theirs)
        for key in theirs:
            assert_same(ours[key], theirs[key])
        assert_same(getattr(ours, "_metadata", None), getattr(theirs, "_metadata", None))
    elif isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            assert_same(a, b)
    else:
        assert type(ours) is type(theirs)
        assert ours == theirs or (ours != ours and theirs != theirs)


def records(file):
    with zipfile.ZipFile(file) as z:
        return [(i.filename, z.read(i)) for i in z.infolist() if not i.filename.endswith("serialization_id")]


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(11, 4)
        self.head = nn.Linear(4, 11, bias=False)
        self.head.weight = self.embed.weight
        self.register_buffer("mask", torch.tril(torch.ones(3, 3)).bool())
        self.register_buffer("scratch", torch.zeros(2), persistent=False)
        self.scales = nn.ParameterList([nn.Parameter(torch.rand(2)), nn.Parameter(torch.rand(()))])


MODULES = {
    "linear": lambda: nn.Linear(3, 5),
    "no bias": lambda: nn.Linear(3, 5, bias=False),
    "double": lambda: nn.Linear(3, 5).double(),
    "half": lambda: nn.Linear(3, 5).half(),
    "mlp": lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(), nn.Linear(4, 2)),
    "embedding": lambda: nn.Embedding(10, 4, padding_idx=0),
    "batch norm": lambda: nn.BatchNorm1d(6),
    "layer norm": lambda: nn.LayerNorm((2, 3)),
    "conv": lambda: nn.Sequential(nn.Conv1d(3, 8, 3), nn.Conv2d(1, 2, (3, 5), bias=False)),
    "rnn": lambda: nn.RNN(3, 4, 2),
    "lstm": lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2),
    "gru": lambda: nn.GRU(3, 4, bias=False),
    "attention": lambda: nn.MultiheadAttention(8, 2, kdim=4, vdim=6),
    "transformer": lambda: nn.Transformer(8, 2, 1, 1, 16),
    "weight norm": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)),
    "tied": Tied,
    "bilinear": lambda: nn.Bilinear(2, 3, 4),
    "empty": lambda: nn.Identity(),
    "lazy sizes": lambda: nn.Linear(3, 0),
}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(3)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODULES)
def test_state_dicts(name):
    state = MODULES[name]().state_dict()
    theirs = written_by_torch(state)
    ours = load(theirs)
    assert_same(ours, state)
    back = written_here(ours)
    result = torch.load(back, weights_only=True)
    assert_same(ours, result)
    assert records(back) == records(theirs)  # the same file, to the byte
    MODULES[name]().load_state_dict(result)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.Adam(p, lr=1e-3, amsgrad=True),
        lambda p: torch.optim.AdamW(p),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
        lambda p: torch.optim.RMSprop(p, centered=True),
        lambda p: torch.optim.Adagrad([{"params": p[:1], "lr": torch.tensor(0.5)}, {"params": p[1:]}]),
        lambda p: torch.optim.Adadelta(p),
    ],
)
def test_training_checkpoints(make, tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    optimizer = make(list(model.parameters()))
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.rand(5, 3)).sum().backward()
        optimizer.step()
        schedule.step()
    checkpoint = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": {k: v for k, v in schedule.state_dict().items() if not callable(v)},
        "epoch": 3,
        "best": float("inf"),
        "rng": torch.get_rng_state(),
        "args": {"lr": 1e-3, "name": "run", "layers": (3, 4)},
    }
    torch.save(checkpoint, tmp_path / "theirs.pt")
    ours = load(tmp_path / "theirs.pt")
    assert_same(ours, checkpoint)
    save(ours, tmp_path / "ours.pt")
    result = torch.load(tmp_path / "ours.pt", weights_only=True)
    assert_same(ours, result)
    assert_same(load(tmp_path / "ours.pt", mmap=True), torch.load(tmp_path / "theirs.pt", mmap=True))
    assert_same(ours, torch.load(tmp_path / "ours.pt", mmap=True))
    optimizer.load_state_dict(result["optimizer"])


NAMES = ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool", "uint16", "uint32", "uint64"]


@pytest.mark.parametrize("name", NAMES)
def test_every_dtype(name):
    kind = getattr(torch, name)
    values = [torch.arange(24).reshape(4, 6).to(kind), torch.ones((), dtype=kind), torch.empty(0, 3, dtype=kind), kind]
    values += [values[0].T, values[0][1:, ::2]]
    theirs = written_by_torch(values)
    ours = load(theirs)
    assert_same(ours, values)
    back = written_here(ours)
    assert_same(ours, torch.load(back))
    assert records(back) == records(theirs)


def test_sharing_views_parameters_and_attributes():
    base = torch.arange(12.0).reshape(3, 4)
    leaf = torch.ones(2, requires_grad=True)
    marked = nn.Parameter(base[0])
    marked.rows = [1]
    named = torch.ones(1)
    named.label = "x"
    values = [base, base.T, base[1], base[:, 1:3], base[2, 2], base[:, :1].expand(3, 5), marked, named]
    values += [leaf, leaf * 2, nn.Parameter(torch.ones(2), requires_grad=False), nn.Parameter(leaf.detach().long(), requires_grad=False)]
    theirs = written_by_torch(values)
    ours = load(theirs)
    assert_same(ours, values)
    assert ours[6].rows == [1]
    assert ours[7].label == "x"
    ours[0].array[...] = 5.0
    assert all(np.all(t.array == 5.0) for t in ours[:7])
    back = written_here(ours)
    result = torch.load(back)
    result[0].fill_(7.0)
    assert all(bool((t == 7.0).all()) for t in result[:7])
    assert result[6].rows == [1]
    assert result[7].label == "x"
    assert type(result[6]) is nn.Parameter
    assert len([n for n, _ in records(back) if "/data/" in n]) == len([n for n, _ in records(theirs) if "/data/" in n])


def test_buffers():
    ours = load(written_by_torch(nn.Buffer(torch.ones(2), persistent=False)))
    assert type(ours).__name__ == "Buffer"
    assert ours.persistent is False
    theirs = torch.load(written_here(ours))
    assert isinstance(theirs, nn.Buffer)
    assert theirs.persistent is False


PLAIN = [
    None, True, 0, -5, 300, 70_000, 2**40, -(2**40), 10**50, 1.5, -0.0, float("nan"), 1j, "", "é漢", b"ab", bytearray(b"x"),
    [], (), {}, set(), {1, 2}, OrderedDict(a=[1, (2, {"b": None})]), Counter("hello"),
    torch.Size([2, 3]), torch.device("cpu"), torch.device("cuda", 1), torch.device("cuda"),
    {(1, "a"): {2.5: "x"}, None: 1}, [[[[1]]]], list(range(1500)), "x" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("obj", PLAIN, ids=lambda obj: type(obj).__name__)
def test_plain_data(obj):
    theirs = written_by_torch([obj, obj, {"again": obj}])
    ours = load(theirs)
    assert_same(ours, [obj, obj, {"again": obj}])
    back = written_here(ours)
    assert_same(ours, torch.load(back))
    if not (isinstance(obj, set) and len(obj) > 1):  # their order is their own
        assert records(back) == records(theirs)
    for protocol in (3, 4, 5):
        assert_same(load(written_by_torch([obj], pickle_protocol=protocol)), [obj])
        assert_same(load(written_by_torch([obj]), weights_only=False), [obj])


def test_empty_bytes_which_torch_itself_writes_but_does_not_read():
    assert load(written_by_torch(b"")) == b""
    with pytest.raises(pickle.UnpicklingError):
        torch.load(io.BytesIO(written_by_torch(b"").getvalue()))
    assert torch.load(written_here(b"")) == b""


class Foreign:
    pass


@pytest.mark.parametrize(
    "obj", [defaultdict(int), np.float64(2.0), np.arange(3), os.getcwd, len, io.BytesIO()], ids=lambda o: type(o).__name__
)
def test_what_torch_refuses_we_refuse(obj):
    file = written_by_torch({"x": torch.ones(1), "it": obj})
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(file, weights_only=True)
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="which is not among those that plain data needs"):
        load(file)
    file.seek(0)
    ours = load(file, weights_only=False)
    assert ours["x"].tolist() == [1.0]


@pytest.mark.parametrize("kind", [torch.complex64, torch.float8_e4m3fn])
def test_dtypes_we_do_not_have(kind):
    for weights_only in (True, False):
        with pytest.raises(NotImplementedError, match="not supported"):
            load(written_by_torch(torch.ones(2).to(kind)), weights_only=weights_only)


@pytest.mark.filterwarnings("ignore")
def test_other_kinds_of_tensor_and_file_are_refused_by_name():
    for obj, error in [
        (torch.ones(2, 2).to_sparse(), pickle.UnpicklingError),
        (torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), (pickle.UnpicklingError, NotImplementedError)),
        (torch.ones(2, device="meta"), pickle.UnpicklingError),
    ]:
        with pytest.raises(error, match="load: "):
            load(written_by_torch(obj))
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), script)
    script.seek(0)
    with pytest.raises(RuntimeError, match="TorchScript"):
        load(script)


def test_errors_are_of_torchs_types(tmp_path):
    whole = written_by_torch({"a": torch.ones(100)}).getvalue()
    cases = [
        (lambda m: m.load(tmp_path / "none.pt"), FileNotFoundError),
        (lambda m: m.load(io.BytesIO()), EOFError),
        (lambda m: m.load(io.BytesIO(whole[:-100])), RuntimeError),
        (lambda m: m.load(io.BytesIO(whole), mmap=True), ValueError),
        (lambda m: m.load(io.BytesIO(whole), map_location="cuda"), RuntimeError),
        (lambda m: m.load(io.BytesIO(whole), map_location=3), TypeError),
        (lambda m: m.load(io.BytesIO(whole), pickle_module=pickle, weights_only=True), RuntimeError),
        (lambda m: m.load(3), AttributeError),
        (lambda m: m.save(1, 3), AttributeError),
        (lambda m: m.save(1, tmp_path / "no" / "a.pt"), RuntimeError),
        (lambda m: m.save(1, tmp_path), RuntimeError),
    ]
    import minitorch_nlp.serialization as ours

    for call, error in cases:
        for library in (torch, ours):
            with pytest.raises(error):
                call(library)


def test_our_modules_load_into_torchs():
    import minitorch_nlp

    for make in (
        lambda m: m.nn.Linear(3, 4),
        lambda m: m.nn.Sequential(m.nn.Linear(3, 4), m.nn.ReLU(), m.nn.LayerNorm(4)),
        lambda m: m.nn.LSTM(3, 4, num_layers=2, bidirectional=True),
        lambda m: m.nn.Embedding(5, 3),
        lambda m: m.nn.GRU(3, 4, bias=False),
    ):
        ours, theirs = make(minitorch_nlp), make(torch)
        theirs.load_state_dict(torch.load(written_here(ours.state_dict())))
        assert_same(ours.state_dict(), theirs.state_dict())
        for p in theirs.parameters():
            nn.init.uniform_(p)
        ours.load_state_dict(load(written_by_torch(theirs.state_dict())))
        assert_same(ours.state_dict(), theirs.state_dict())
