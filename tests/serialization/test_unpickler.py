"""Pickles that want more than plain data: refused, by name, with nothing executed and in bounded time and memory."""

import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from pickle import UnpicklingError

import pytest

from minitorch_nlp.serialization import load, storages
from minitorch_nlp.serialization.unpickler import STEPS
from minitorch_nlp.tensor.tensor import Tensor
from tests.serialization.attacks import BOMBS, FLOATS, REBUILD, STORAGE, TENSOR, TOWER, WITH_STATE, attacks, name, program, text


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "canary"


def test_no_attack_executes_anything(canary, archive_of):
    def state():
        function = storages.rebuild_tensor
        return dict(vars(function)), function.__defaults__, function.__kwdefaults__, Tensor.detach

    before = state()
    for what, data in attacks(canary).items():
        with pytest.raises((UnpicklingError, RuntimeError)) as caught:
            load(archive_of(data, data_0=FLOATS))
        assert "load:" in str(caught.value), what
        assert not canary.exists(), what
    assert state() == before
    assert not canary.exists()


def test_the_attacks_are_real(canary, archive_of):
    """The same pickle, trusted, does make the canary: the test above could fail."""
    load(archive_of(attacks(canary)["reduce 0 protocol 2"]), weights_only=False)
    assert canary.exists()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="how much memory is taken is asked of Linux")
def test_attacks_in_both_formats_in_little_memory(canary):
    """A process of its own, which may not take 100 MB more than it has at the start."""
    command = [sys.executable, "-m", "tests.serialization.attacks", str(canary), "100"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    outcomes = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(outcomes) == 2 * len(attacks(canary) | BOMBS)
    for what, kind, outcome in outcomes:
        assert outcome in ("UnpicklingError", "RuntimeError") or (what, kind, outcome) == ("memo index", "zip", "loaded"), (
            what,
            kind,
            outcome,
        )
    assert not canary.exists()


def test_what_does_not_fit_into_memory_is_an_unpickling_error(archive_of, monkeypatch):
    def full(reader):
        raise MemoryError

    monkeypatch.setitem(STEPS, b"\x8f", full)
    with pytest.raises(UnpicklingError, match="the first 3 bytes of the pickle make does not fit into memory"):
        load(archive_of(b"\x80\x04\x8f."))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (program(name("os", "system"), text("x"), b"\x85R"), "'os.system'"),
        (program(name("__builtin__", "eval"), text("x"), b"\x85R"), "'builtins.eval'"),
        (b"\x80\x04" + text("posix") + text("system") + b"\x93.", "'posix.system'"),
        (program(name("numpy._core.multiarray", "scalar"), b")R"), "'numpy._core.multiarray.scalar'"),
        (program(name("\x1b[2Jos", "system")), r"'\\x1b\[2Jos.system'"),
        (program(name("a" * 2000, "b")), "'aaa"),
    ],
)
def test_the_global_is_named(archive_of, data, words):
    with pytest.raises(UnpicklingError, match=words) as caught:
        load(archive_of(data))
    assert len(str(caught.value)) < 500


WRONG = {
    "empty": b"",
    "no stop": b"\x80\x02N",
    "nothing to return": b"\x80\x02.",
    "protocol 0 text": b"\x80\x02I5\n.",
    "protocol 1": b"\x80\x01N.",
    "protocol 9": b"\x80\x09N.",
    "no mark": program(b"t"),
    "append to an int": program(b"K\x01K\x02a"),
    "append to a tuple": program(b")K\x02a"),
    "append to what is not there": program(b"K\x01a"),
    "items of a list": program(b"]K\x01K\x02s"),
    "an odd number of items": program(b"}(K\x01u"),
    "a list as a key": program(b"}]Ns"),
    "a dict in a set": program(name("__builtin__", "set"), b"]}a\x85R"),
    "a tensor as a key": program(b"}", TENSOR, b"Ns"),
    "add to a list": b"\x80\x04](K\x01\x90.",
    "memo not set": program(b"h\x05"),
    "put without a value": program(b"q\x00"),
    "text cut off": b"\x80\x02X\xff\x00\x00\x00abc.",
    "text not utf-8": program(b"X\x01\x00\x00\x00\xff"),
    "huge text": b"\x80\x04\x8d" + b"\xff" * 8 + b"abc.",
    "huge bytes": b"\x80\x04\x8e" + b"\xff\xff\xff\xff\xff\xff\xff\x7f" + b"abc.",
    "huge bytearray": b"\x80\x05\x96" + b"\x00\x00\x00\x00\x00\x01\x00\x00" + b"abc.",
    "huge number": b"\x80\x02\x8b\xff\xff\xff\x7f12.",
    "bytearray of a size": program(name("__builtin__", "bytearray"), b"J\xff\xff\xff\x7f\x85R"),
    "bytes of a size": program(name("__builtin__", "bytes"), b"J\xff\xff\xff\x7f\x85R"),
    "complex of text": program(name("__builtin__", "complex"), text("1"), text("2"), b"\x86R"),
    "set of text": program(name("__builtin__", "set"), text("abc"), b"\x85R"),
    "arguments not in a tuple": program(name("collections", "OrderedDict"), b"]R"),
    "OrderedDict of a list": program(name("collections", "OrderedDict"), b"]\x85R"),
    "counter of a list": program(name("collections", "Counter"), b"]\x85R"),
    "size of text": program(name("torch", "Size"), text("a"), b"\x85R"),
    "size of texts": program(name("torch", "Size"), text("a"), b"\x85\x85R"),
    "device of an unknown kind": program(name("torch", "device"), text("mps"), b"\x85R"),
    "device of a number": program(name("torch", "device"), b"K\x01\x85R"),
    "too many arguments": program(name("torch", "device"), b"(K\x01K\x01K\x01tR"),
    "a parameter of text": program(name("torch._utils", "_rebuild_parameter"), text("x"), b"\x88N\x87R"),
    "a parameter with hooks": program(name("torch._utils", "_rebuild_parameter"), TENSOR, b"\x88]K\x01a\x87R"),
    "a parameter's attributes": program(WITH_STATE, b"(", TENSOR, b"\x88NK\x01tR"),
    "a parameter's methods": program(WITH_STATE, b"(", TENSOR, b"\x88N}", text("detach"), b"NstR"),
    "a tensor's storage is text": program(REBUILD, b"(", text("x"), b"K\x00K\x04\x85K\x01\x85\x89NtR"),
    "a v3 tensor's storage is text": program(name("torch._utils", "_rebuild_tensor_v3"), b"(", text("x"), b"K\x00)", b")\x89NNtR"),
    "a pid of numbers": program(b"(K\x01K\x02K\x03K\x04K\x05tQ"),
    "a pid of tensors": program(b"(", TENSOR, b"K\x02K\x03K\x04K\x05tQ"),
    "a short pid": program(text("storage"), b"\x85Q"),
    "a negative count": program(b"(", text("storage"), name("torch", "FloatStorage"), text("0"), text("cpu"), b"J\xff\xff\xff\xfftQ"),
    "a storage type that is a dtype": program(b"(", text("storage"), name("torch", "float32"), text("0"), text("cpu"), b"K\x04tQ"),
    "attributes that are no dict": program(name("collections", "OrderedDict"), b")R]b"),
    "attributes with numbers": program(name("collections", "OrderedDict"), b")R}K\x01Nsb"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_wrong_pickles(archive_of, what):
    with pytest.raises((UnpicklingError, RuntimeError), match="load: "):
        load(archive_of(WRONG[what], data_0=FLOATS))


def view(offset, size, stride, dtype_name="FloatStorage", count=4, rest=b"\x89N"):
    def number(n):
        return b"\x8a\x0a" + n.to_bytes(10, "little", signed=True)

    def numbers(ns):
        return b"(" + b"".join(map(number, ns)) + b"t"

    storage = b"(" + text("storage") + name("torch", dtype_name) + text("0") + text("cpu") + number(count) + b"tQ"
    return program(REBUILD, b"(", storage, number(offset), numbers(size), numbers(stride), rest, b"tR")


OUTSIDE, NO_NUMBERS, MISSIZED = (
    "reaches out of its storage of 4 elements",
    r"must be \(up to 32\) integers from 0 up",
    "should be .* but has 16 bytes",
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (view(1, [4], [1]), OUTSIDE),
        (view(0, [5], [1]), OUTSIDE),
        (view(0, [2, 2], [3, 2]), OUTSIDE),
        (view(0, [2], [4]), OUTSIDE),
        (view(0, [2], [1, 1]), OUTSIDE),
        (view(0, [2, 2], [1]), OUTSIDE),
        (view(0, [2**62], [1]), OUTSIDE),
        (view(2**62, [2], [2**62]), OUTSIDE),
        (view(4, [], []), OUTSIDE),
        (view(-1, [2], [1]), NO_NUMBERS),
        (view(3, [4], [-1]), NO_NUMBERS),
        (view(0, [-1], [1]), NO_NUMBERS),
        (view(0, [2**70], [0]), NO_NUMBERS),
        (view(2**70, [1], [1]), NO_NUMBERS),
        (view(0, [1] * 33, [1] * 33), NO_NUMBERS),
        (view(0, [2**62], [0]), "a tensor of size .* is too big"),
        (view(0, [2**31, 2**31], [0, 0]), "a tensor of size .* is too big"),
        (view(0, [0, 2**62, 2**62], [0, 0, 0]), "a tensor of size .* is too big"),
        (view(0, [4], [1], count=5), MISSIZED),
        (view(0, [4], [1], count=3), MISSIZED),
        (view(0, [4], [1], count=2**60), MISSIZED),
        (view(0, [4], [1], "DoubleStorage"), MISSIZED),
        (view(0, [4], [1], count=2**75), "must have a type, key, location and count"),
        (view(0, [4], [1], rest=b"K\x01N"), "requires_grad must be a bool"),
        (view(0, [4], [1], rest=b"\x89]K\x01a"), "hooks none"),
    ],
)
def test_tensors_that_reach_out_of_their_storage(archive_of, data, words):
    with pytest.raises((RuntimeError, UnpicklingError), match=words):
        load(archive_of(data, data_0=FLOATS))


@pytest.mark.parametrize("what", ["text cut off", "huge text", "huge bytes", "huge bytearray", "huge number"])
def test_lengths_beyond_the_end(archive_of, what):
    with pytest.raises(UnpicklingError, match=r"at byte \d+: \d+ more bytes are wanted, \d+ are left"):
        load(archive_of(WRONG[what]))


def test_tensors_at_the_edge_of_their_storage(archive_of):
    for data, values in [
        (view(0, [4], [1]), [0, 1, 2, 3]),
        (view(3, [], []), 3),
        (view(1, [2, 2], [1, 1]), [[1, 2], [2, 3]]),
        (view(4, [0], [1]), []),
        (view(2, [3], [0]), [2, 2, 2]),
        (view(0, [2, 2], [1, 2]), [[0, 2], [1, 3]]),
    ]:
        assert load(archive_of(data, data_0=FLOATS)).tolist() == values


def test_one_key_with_two_types_is_refused(archive_of):
    other = STORAGE.replace(b"FloatStorage", b"IntStorage")
    with pytest.raises(UnpicklingError, match=r"4 x torch[.]FloatStorage in one place, 4 x torch[.]IntStorage in another"):
        load(archive_of(program(b"(", STORAGE, other, b"t"), data_0=FLOATS))


def test_missing_and_misshapen_records(archive_of):
    with pytest.raises(RuntimeError, match="record 'data/0' is missing"):
        load(archive_of(program(TENSOR)))
    with pytest.raises(RuntimeError, match=r"storage '0' should be 4 x torch[.]FloatStorage, but has 12 bytes"):
        load(archive_of(program(TENSOR), data_0=FLOATS[:12]))
    with pytest.raises(RuntimeError, match=r"has no data[.]pkl"):
        load(archive_of(None))


# ---- bombs ----


@pytest.mark.parametrize("what", BOMBS)
def test_bombs_are_refused_in_time_and_memory(archive_of, what):
    file = archive_of(BOMBS[what], data_0=FLOATS)
    tracemalloc.start()
    started = time.process_time()
    try:
        if what == "memo index":
            load(file)  # no harm in it
        else:
            with pytest.raises((UnpicklingError, RuntimeError)) as caught:
                load(file)
            assert len(str(caught.value)) < 1000
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 5e6 + 400 * len(BOMBS[what])
    assert time.process_time() - started < 20


@pytest.mark.parametrize("opener", [b"](", b"K\x01\x85", b"}N", b"}K\x01"])
def test_deep_nests_do_not_overflow_the_stack(archive_of, opener):
    depth = 100_000
    data = {
        b"](": b"](" * depth + b"N" + b"e" * depth,
        b"K\x01\x85": b"K\x01" + b"\x85" * depth,
        b"}N": b"}N" * depth + b"N" + b"s" * depth,
        b"}K\x01": b"}K\x01" * depth + b"N" + b"s" * depth,
    }[opener]
    result = load(archive_of(b"\x80\x02" + data + b"."))
    assert result is not None
    del result


def test_a_tower_that_is_only_data_loads(archive_of):
    result = load(archive_of(program(TOWER)))
    for _ in range(60):
        assert result[0] is result[1]
        result = result[0]
