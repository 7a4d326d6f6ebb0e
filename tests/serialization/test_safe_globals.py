"""What the user lets files name beside plain data: those classes come back, everything else stays refused."""

import collections
import enum
import io
import os
import pickle
from collections import defaultdict

import pytest

import minitorch_nlp as torch
from minitorch_nlp.serialization import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    get_unsafe_globals_in_checkpoint,
    safe_globals,
)
from tests.serialization.attacks import FLOATS, TENSOR, attacks, name, program, text


class Note:
    def __init__(self, words):
        self.words = words


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b


class Guarded:
    def __setstate__(self, state):
        self.state = dict(state, seen=True)


class Kind(enum.Enum):
    ONE = 1


def shout(words):
    return words.upper()


class Shouted:
    def __reduce__(self):
        return shout, ("abc",)


@pytest.fixture(autouse=True)
def none_before_or_after():
    clear_safe_globals()
    yield
    clear_safe_globals()


def saved(obj, protocol=2):
    file = io.BytesIO()
    torch.save(obj, file, pickle_protocol=protocol)
    return file.getvalue()


def load(data, **options):
    return torch.load(io.BytesIO(data), **options)


@pytest.mark.parametrize("protocol", [2, 4])
def test_objects_of_allowed_classes(protocol):
    guarded = Guarded()
    guarded.x = 1
    made = {
        "note": Note([torch.ones(2)]),
        "slotted": Slotted(1, "x"),
        "guarded": guarded,
        "kind": Kind.ONE,
        "default": defaultdict(list, a=[1]),
        "by kind": {Kind.ONE: 2},
        "class": Note,
    }
    data = saved(made, protocol)
    with pytest.raises(pickle.UnpicklingError, match=r"allow it with torch\.serialization\.add_safe_globals\(\[.*Note\]\)"):
        load(data)
    add_safe_globals([Note, Slotted, Guarded, Kind, defaultdict, list])
    result = load(data)
    assert result["note"].words[0].tolist() == [1.0, 1.0]
    assert (result["slotted"].a, result["slotted"].b) == (1, "x")
    assert result["guarded"].state == {"x": 1, "seen": True}
    assert result["kind"] is Kind.ONE
    assert result["default"]["b"] == []
    assert result["by kind"] == {Kind.ONE: 2}
    assert result["class"] is Note
    clear_safe_globals()
    with pytest.raises(pickle.UnpicklingError, match="nothing of it was executed"):
        load(data)


def test_functions_and_other_names():
    data = saved(Shouted())
    with safe_globals([shout]):
        assert load(data) == "ABC"
    with safe_globals([(len, f"{__name__}.shout")]):
        assert load(data) == 3
    with pytest.raises(pickle.UnpicklingError, match="shout"):
        load(data)


def test_the_list(recwarn):
    assert get_safe_globals() == []
    add_safe_globals([Note])
    add_safe_globals([Note, (len, "a.b")])
    assert get_safe_globals() == [Note, (len, "a.b")]
    with safe_globals([Note, Kind]):
        assert get_safe_globals() == [Note, (len, "a.b"), Kind]
    assert get_safe_globals() == [(len, "a.b")]  # as in torch: a block takes back what it names, also what was there before
    for wrong, error in (([(len,)], ValueError), ([(len, 3)], TypeError), ([3], TypeError), (3, TypeError)):
        with pytest.raises(error):
            add_safe_globals(wrong)
    assert get_safe_globals() == [(len, "a.b")]


@pytest.mark.parametrize(
    "made",
    [
        lambda: torch.nn.Linear(2, 3),
        lambda: torch.optim.lr_scheduler.StepLR(torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1), 3),
        lambda: torch.Generator().manual_seed(5),
    ],
)
def test_our_classes_go_by_torchs_names_too(made):
    obj = made()
    data = saved(obj)
    allowed = [type(obj), torch.optim.SGD, defaultdict, dict]
    with safe_globals(allowed):
        assert type(load(data)) is type(obj)
        assert get_unsafe_globals_in_checkpoint(io.BytesIO(data)) == []
    with pytest.raises(pickle.UnpicklingError):
        load(data)


@pytest.mark.parametrize("wanted", ["torch.nn.modules.linear\nLinear", "torch.nn\nLinear", "minitorch_nlp.nn.modules.linear\nLinear"])
def test_names_of_a_class_of_ours(archive_of, wanted):
    data = b"\x80\x02c" + wanted.encode() + b"\n."
    with safe_globals([torch.nn.Linear]):
        assert torch.load(archive_of(data)) is torch.nn.Linear
    with safe_globals([torch.nn.ReLU]), pytest.raises(pickle.UnpicklingError, match="Linear"):
        torch.load(archive_of(data))


def test_looking_a_name_up_imports_nothing(archive_of):
    import sys

    sys.modules.pop("minitorch_nlp.hub", None)
    with safe_globals([Note]), pytest.raises(pickle.UnpicklingError):
        torch.load(archive_of(program(name("torch.hub", "load"))))
    assert "minitorch_nlp.hub" not in sys.modules


def test_some_modules_stay_refused(archive_of, tmp_path):
    canary = tmp_path / "canary"
    with safe_globals([(os.system, "posix.system"), os.system, (os.system, "os.system")]):
        for module in ("posix", "os"):
            data = program(name(module, "system"), text(f"touch {canary}"), b"\x85R")
            with pytest.raises(pickle.UnpicklingError, match=rf"'{module}\.system'") as caught:
                torch.load(archive_of(data))
            assert "add_safe_globals" not in str(caught.value)
    assert not canary.exists()


def test_attacks_stay_refused_where_something_else_is_allowed(archive_of, tmp_path):
    canary = tmp_path / "canary"
    with safe_globals([Note, defaultdict, collections.deque]):
        for data in attacks(canary).values():
            with pytest.raises((pickle.UnpicklingError, RuntimeError)):
                torch.load(archive_of(data, data_0=bytes(16)))
    assert not canary.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (program(name("collections", "deque"), b")\x81"), "which is not among those"),
        (program(name("collections", "OrderedDict"), b")\x81"), "an object of OrderedDict, which is no class that was allowed"),
        (program(TENSOR, b")\x81"), "an object of a Tensor"),
        (program(name(__name__, "Note"), b"]\x81"), "an object of Note"),
        (program(name(__name__, "Note"), b")R"), "damaged at byte"),
        (program(name(__name__, "Note"), b")\x81K\x05b"), "damaged at byte"),
    ],
)
def test_what_is_no_use_of_an_allowed_class(archive_of, data, words):
    with safe_globals([Note]), pytest.raises(pickle.UnpicklingError, match=words):
        torch.load(archive_of(data, data_0=FLOATS))


# ---- which names a file wants ----


def test_unsafe_globals_of_files(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"x": torch.ones(2), "n": Note("hi"), "d": defaultdict(int), "s": {1, 2}, "t": torch.float32, "o": Shouted()}, path)
    here = __name__
    for f in (path, str(path), open(path, "rb")):  # noqa: SIM115
        assert get_unsafe_globals_in_checkpoint(f) == ["builtins.int", "collections.defaultdict", f"{here}.Note", f"{here}.shout"]
    f.close()
    with safe_globals([Note, defaultdict, int]):
        assert get_unsafe_globals_in_checkpoint(path) == [f"{here}.shout"]
    assert get_unsafe_globals_in_checkpoint(io.BytesIO(saved(torch.nn.Linear(2, 3).state_dict()))) == []


def test_unsafe_globals_of_attacks(archive_of, tmp_path):
    """Every attack that names what it wants is seen through; nothing is executed."""
    canary = tmp_path / "canary"
    seen = {}
    for what, data in attacks(canary).items():
        try:
            seen[what] = get_unsafe_globals_in_checkpoint(archive_of(data))
        except pickle.UnpicklingError as error:
            seen[what] = str(error)
    assert not canary.exists()
    assert seen["reduce 0 protocol 2"] == [f"{os.name}.system"] if os.name == "posix" else True
    assert seen["stack global"] == ["os.system"]
    assert seen["nested in a dict"] == ["os.system"]
    assert "which plain data has no use for" in seen["newobj_ex"]
    assert seen["Python 2's name"] == ["subprocess.getoutput"]
    assert seen["a dtype called"] == []


def test_unsafe_globals_of_other_files(archive_of, stream_of):
    with pytest.raises(ValueError, match="TorchScript"):
        get_unsafe_globals_in_checkpoint(archive_of(program(b"N"), **{"constants.pkl": b"x"}))
    with pytest.raises(ValueError, match="before torch 1.6"):
        get_unsafe_globals_in_checkpoint(stream_of(program(b"N")))
    with pytest.raises(pickle.UnpicklingError, match="damaged at byte"):
        get_unsafe_globals_in_checkpoint(archive_of(b"\x80\x02(K\x01"))
    with pytest.raises(AttributeError, match="seekable file, not int"):
        get_unsafe_globals_in_checkpoint(3)
