"""save and load: what goes in comes out, sharing included; wrong arguments and wrong files are named."""

import io
import pickle
import sys
from collections import Counter, OrderedDict, defaultdict

import numpy as np
import pytest

from minitorch_nlp import backend
from minitorch_nlp.nn.parameter import Buffer, Parameter
from minitorch_nlp.serialization import load, save
from minitorch_nlp.tensor.dtypes import DTYPES, Device, Size, float32, int64
from minitorch_nlp.tensor.storage import UntypedStorage
from minitorch_nlp.tensor.tensor import Tensor


def tensor(values, dtype="float32"):
    return Tensor._wrap(np.array(values, dtype=dtype))


def again(obj, protocol=2, **options):
    file = io.BytesIO()
    save(obj, file, pickle_protocol=protocol)
    file.seek(0)
    return load(file, **options)


def from_start(file, **options):
    file.seek(0)
    return load(file, **options)


PLAIN = [
    None,
    True,
    False,
    0,
    -1,
    255,
    65536,
    -(2**31),
    2**31,
    10**30,
    -(10**30),
    2.5,
    float("inf"),
    1 + 2j,
    "",
    "text é 漢 \U0001f600",
    "x" * 300,
    b"",
    b"\x00\xff",
    b"y" * 300,
    bytearray(b"ab"),
    [],
    [1, [2, [3]]],
    list(range(2000)),
    (),
    (1,),
    (1, 2),
    (1, 2, 3),
    (1, (2, 3), 4, 5),
    {},
    {"a": 1, 2: "b", None: (), (1, "x"): 3.0, 2.5: []},
    set(),
    {1, "a", (2, 3)},
    frozenset([1, 2]),
    OrderedDict(b=1, a=2),
    Counter("abca"),
    Size([2, 3]),
    Size([]),
    float32,
    [int64, float32, int64],
    Device("cpu"),
    Device("cuda", 1),
]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("obj", PLAIN, ids=lambda obj: type(obj).__name__)
def test_plain_data(obj, protocol):
    result = again([obj, obj], protocol)
    assert result == [obj, obj]
    assert type(result[0]) is type(obj)


def test_nan_and_what_refers_to_itself():
    assert np.isnan(again(float("nan")))
    loop = [1]
    loop.append((loop, {"back": loop}))
    result = again(loop)
    assert result[1][0] is result
    assert result[1][1]["back"] is result


@pytest.mark.parametrize("dtype", [str(d) for d in DTYPES])
@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (0,), (0, 3), (2, 1, 4)])
def test_tensors_of_every_dtype_and_shape(dtype, shape):
    values = np.random.default_rng(0).integers(0, 100, size=shape).astype(dtype)
    result = again(Tensor._wrap(values))
    assert type(result) is Tensor
    assert result.array.dtype == values.dtype
    assert result.array.shape == shape
    assert result.array.tobytes() == values.tobytes()
    result.array[...] = 1  # it may be written to


def test_float_bits_survive():
    bits = np.array([0x7FC00001, 0xFFC12345, 0x80000000, 0x00000001, 0x7F800000], np.uint32)
    assert again(Tensor._wrap(bits.view(np.float32))).array.view(np.uint32).tolist() == bits.tolist()


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a,
        lambda a: a.T,
        lambda a: a[1:, ::2],
        lambda a: a[2],
        lambda a: a[:, 3],
        lambda a: a[1:1],
        lambda a: np.broadcast_to(a[:, :1], (4, 9)),
        lambda a: np.transpose(a.reshape(4, 3, 2), (2, 0, 1)),
        lambda a: a.reshape(-1)[5:6].reshape(()),
    ],
)
def test_views_keep_strides_and_share_with_their_base(view):
    base = np.arange(24, dtype=np.float64).reshape(4, 6)
    part = view(base)
    loaded_base, loaded = again([Tensor._wrap(base), Tensor._wrap(part)])
    assert np.array_equal(loaded.array, part)
    if part.size:
        assert loaded.array.strides == part.strides
        assert np.shares_memory(loaded.array, loaded_base.array)
        loaded_base.array[...] = -7.0
        assert np.all(loaded.array == -7.0)


@pytest.mark.parametrize("view", [lambda a: a[::-1], lambda a: a[:, ::-2]])
def test_what_strides_cannot_say_is_copied(view):
    part = view(np.arange(24, dtype=np.float32).reshape(4, 6))
    assert np.array_equal(again(Tensor._wrap(part)).array, part)


def test_memory_in_any_order_of_dimensions():
    owner = np.exp(np.arange(24, dtype=np.float32).reshape(2, 3, 4).transpose(2, 0, 1))
    assert owner.base is None
    assert not owner.flags.c_contiguous
    assert not owner.flags.f_contiguous
    whole, part = again([Tensor._wrap(owner), Tensor._wrap(owner[1])])
    assert whole.array.tobytes() == owner.tobytes()
    assert whole.array.strides == owner.strides
    assert np.shares_memory(whole.array, part.array)


def test_memory_with_holes_is_copied():
    holes = np.ndarray((2, 3), np.float32, bytearray(48), strides=(24, 8))
    holes[...] = np.arange(6).reshape(2, 3)
    assert again(Tensor._wrap(holes)).tolist() == holes.tolist()


def test_a_view_of_memory_of_another_dtype_is_saved():
    raw = np.zeros(20, np.uint8)
    aligned, odd = raw[4:12].view(np.float32), raw[1:9].view(np.float32)
    aligned[...] = [1.5, 2.5]
    assert again(Tensor._wrap(aligned)).tolist() == [1.5, 2.5]
    assert again(Tensor._wrap(odd)).array.tobytes() == odd.tobytes()


def test_two_dtypes_over_one_memory_are_refused():
    values = np.zeros(4, np.float32)
    with pytest.raises(RuntimeError, match="float32 and int32 share memory"):
        save([Tensor._wrap(values), Tensor._wrap(values.view(np.int32))], io.BytesIO())


def test_one_tensor_twice_is_one_tensor():
    x = tensor([1.0])
    a, b = again([x, x])
    assert a is b
    tied = Parameter(x)
    first, second = again(OrderedDict(first=tied, second=tied)).values()
    assert first is second


def test_requires_grad_parameters_buffers_and_attributes():
    leaf = tensor([1.0]).requires_grad_()
    frozen = Parameter(tensor([2.0]), requires_grad=False)
    marked = Parameter(tensor([3.0]))
    marked.sparse_rows = [1, 2]
    named = tensor([4.0])
    named.label = "x"
    named._private = "not saved"
    leaf.grad = tensor([9.0])
    r_leaf, r_product, r_frozen, r_marked, r_named, r_buffer = again(
        [leaf, leaf * 2.0, frozen, marked, named, Buffer(tensor([5.0]), persistent=False)]
    )
    assert (r_leaf.requires_grad, r_leaf.grad, r_leaf.is_leaf) == (True, None, True)
    assert r_product.requires_grad
    assert r_product.is_leaf
    assert type(r_frozen) is Parameter
    assert not r_frozen.requires_grad
    assert type(r_marked) is Parameter
    assert r_marked.requires_grad
    assert r_marked.sparse_rows == [1, 2]
    assert type(r_named) is Tensor
    assert r_named.__dict__ == {"label": "x"}
    assert type(r_buffer) is Buffer
    assert r_buffer.persistent is False


def test_a_state_dict_keeps_its_metadata():
    state = OrderedDict(weight=tensor([1.0]))
    state._metadata = OrderedDict({"": {"version": 2}})
    result = again(state)
    assert type(result) is OrderedDict
    assert result._metadata == {"": {"version": 2}}


def test_a_deep_nest_of_lists():
    deep = []
    for _ in range(100):
        deep = [deep]
    assert again(deep) == deep


def test_saving_the_same_makes_the_same_file(tmp_path):
    state = {"w": tensor(np.arange(6.0)), "step": 3}
    save(state, tmp_path / "a.pt")
    save(state, str(tmp_path / "b.pt"))
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b.pt").read_bytes()
    assert load(str(tmp_path / "a.pt"))["step"] == 3
    assert load(tmp_path / "b.pt")["w"].tolist() == list(range(6))


def test_a_file_object_that_writes_and_reads_in_small_pieces(tmp_path):
    class Trickle(io.RawIOBase):
        def __init__(self, data=b""):
            self.inner = io.BytesIO(data)

        def write(self, data):
            return self.inner.write(bytes(data)[:7])

        def read(self, n=-1):
            return self.inner.read(min(n, 5))

        def readinto(self, buffer):
            return self.inner.readinto(memoryview(buffer)[:5])

        def seek(self, *args):
            return self.inner.seek(*args)

        def tell(self):
            return self.inner.tell()

    class ReadOnly:
        def __init__(self, data):
            inner = io.BytesIO(data)
            self.read, self.seek, self.tell = (lambda n: inner.read(min(n, 6))), inner.seek, inner.tell

    out = Trickle()
    save(tensor([1.0, 2.0]), out)
    assert load(Trickle(out.inner.getvalue())).tolist() == [1.0, 2.0]
    assert load(ReadOnly(out.inner.getvalue())).tolist() == [1.0, 2.0]


# ---- where storages go ----


def test_map_location(monkeypatch, archive_of):
    file = io.BytesIO()
    save([tensor([1.0]), tensor([2.0])], file)
    from_gpu = io.BytesIO(file.getvalue())
    seen = []
    for where in (
        "cpu",
        Device("cpu"),
        {"cpu": "cpu"},
        {},
        lambda s, loc: seen.append((type(s), s.nbytes(), len(s), loc)),
        lambda s, loc: s.cpu(),
    ):
        assert from_start(from_gpu, map_location=where)[1].tolist() == [2.0]
    assert seen == [(UntypedStorage, 4, 4, "cpu")] * 2
    monkeypatch.setattr(backend, "gpu_count", lambda: 0)
    with pytest.raises(RuntimeError, match="no CUDA device is available; use map_location='cpu'"):
        from_start(from_gpu, map_location="cuda")
    with pytest.raises(RuntimeError, match="to go to cuda:3"):
        from_start(from_gpu, map_location={"cpu": "cuda:3"})
    with pytest.raises(RuntimeError, match="a storage is to go to cuda, but no CUDA"):
        from_start(from_gpu, map_location=lambda s, loc: s.cuda())
    with pytest.raises(TypeError, match="must return a storage or None, not int"):
        from_start(from_gpu, map_location=lambda s, loc: 3)
    with pytest.raises(TypeError, match="map_location must be a device"):
        from_start(from_gpu, map_location=3)
    with pytest.raises(RuntimeError, match="meta"):
        from_start(from_gpu, map_location="meta")


def test_a_storage_from_a_gpu_goes_where_it_is_told(monkeypatch):
    monkeypatch.setattr(backend, "device_of", lambda array: ("cuda", 1))
    file = io.BytesIO()
    save(tensor([1.0]), file)
    monkeypatch.undo()
    monkeypatch.setattr(backend, "gpu_count", lambda: 0)
    assert from_start(file, map_location="cpu").tolist() == [1.0]
    with pytest.raises(RuntimeError, match="to go to cuda:1"):
        from_start(file)
    moved = []
    monkeypatch.setattr(backend, "gpu_count", lambda: 2)
    monkeypatch.setattr(backend, "to_device", lambda array, kind, index: moved.append((kind, index)) or array)
    from_start(file)
    from_start(file, map_location={"cuda:1": "cuda:0"})
    from_start(file, map_location=lambda storage, location: None)
    assert moved == [("cuda", 1), ("cuda", 0), ("cuda", 1)]


def test_mmap(tmp_path):
    path = tmp_path / "a.pt"
    save({"a": tensor(np.arange(1000.0)), "e": tensor([]), "n": 3}, path)
    before = path.read_bytes()
    state = load(path, mmap=True)
    assert state["a"].tolist() == list(range(1000))
    assert state["e"].tolist() == []
    state["a"].array[:] = 0
    assert path.read_bytes() == before
    with pytest.raises(ValueError, match="mmap needs f to be a path"):
        load(io.BytesIO(before), mmap=True)


def test_the_other_byte_order(archive_of):
    file = io.BytesIO()
    save([tensor([1.0, 2.0]), tensor([3], "int16")], file)
    pkl = io.BytesIO(file.getvalue())
    other = "big" if sys.byteorder == "little" else "little"
    data = read_record(pkl, "data.pkl")
    swapped = archive_of(
        data,
        byteorder=other.encode(),
        data_0=np.array([1, 2], np.float32).byteswap().tobytes(),
        data_1=np.array([3], np.int16).byteswap().tobytes(),
    )
    assert [t.tolist() for t in load(swapped)] == [[1.0, 2.0], [3]]
    unknown = archive_of(data, byteorder=b"middle", data_0=bytes(8), data_1=bytes(2))
    with pytest.raises(RuntimeError, match="byteorder is 'middle'"):
        load(unknown)


def read_record(file, name):
    from minitorch_nlp.serialization.source import Source
    from minitorch_nlp.serialization.zipfile_format import Archive

    return Archive(Source(file, "test")).read(name).tobytes()


# ---- what is not plain data ----


class Remark:
    """A class of the user's own."""

    def __init__(self, text):
        self.text = text


class Weighted(Tensor):
    """A tensor class of the user's own."""


def test_objects_of_any_class_take_weights_only_false(monkeypatch):
    monkeypatch.setitem(sys.modules, Remark.__module__, sys.modules.get(Remark.__module__) or type(sys)(Remark.__module__))
    for made in (Remark, Weighted):
        monkeypatch.setattr(sys.modules[Remark.__module__], made.__name__, made, raising=False)
    own = tensor([5.0])
    own.__class__ = Weighted
    file = io.BytesIO()
    save({"note": Remark("hi"), "x": tensor([1.0]), "d": defaultdict(list, a=[1]), "s": Size([2]), "t": float32, "own": own}, file)
    with pytest.raises(pickle.UnpicklingError, match=r"\.Remark', which is not among"):
        from_start(file)
    with pytest.raises(pickle.UnpicklingError, match="Remark"):
        from_start(file, weights_only=True)
    result = from_start(file, weights_only=False)
    assert result["note"].text == "hi"
    assert result["x"].tolist() == [1.0]
    assert result["d"]["new"] == []
    assert type(result["s"]) is Size
    assert result["t"] is float32
    assert type(result["own"]) is Weighted
    assert from_start(file, weights_only=False, pickle_module=pickle)["note"].text == "hi"


def test_torch_classes_without_a_counterpart_are_named(archive_of):
    for name in (b"torch.jit\nScriptThing", b"torch.nn.parameter\nNoSuch.Thing"):
        with pytest.raises(pickle.UnpicklingError, match="has no counterpart here"):
            load(archive_of(b"\x80\x02c" + name + b"\n."), weights_only=False)


@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.parametrize("name", ["ComplexFloatStorage", "QInt8Storage", "bits8"])
def test_dtypes_we_do_not_have_are_named(archive_of, name, weights_only):
    with pytest.raises(NotImplementedError, match=rf"torch\.{name}"):
        load(archive_of(b"\x80\x02ctorch\n" + name.encode() + b"\n."), weights_only=weights_only)


@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.parametrize("name", ["bfloat16", "complex64", "float8_e4m3fn", "qint8", "bool"])
def test_dtype_objects_are_data(archive_of, name, weights_only):
    kind = load(archive_of(b"\x80\x02ctorch\n" + name.encode() + b"\n."), weights_only=weights_only)
    assert repr(kind) == f"torch.{name}"
    assert kind is load(archive_of(b"\x80\x02ctorch\n" + name.encode() + b"\n."))


# ---- wrong arguments ----


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda tmp: save(1, 3), AttributeError, "'write' method, not int"),
        (lambda tmp: load(3), AttributeError, "seekable file, not int"),
        (lambda tmp: load(tmp / "none.pt"), FileNotFoundError, "none.pt"),
        (lambda tmp: load(io.BytesIO(), pickle_module=pickle), RuntimeError, "weights_only=False beside it"),
        (lambda tmp: load(io.BytesIO(), buffers=[]), NotImplementedError, "buffers not supported"),
        (lambda tmp: load(io.BytesIO()), EOFError, "is empty"),
        (lambda tmp: load(io.BytesIO(b"hello world, hello")), RuntimeError, "not a .pt file"),
        (lambda tmp: load(io.BytesIO(pickle.dumps({"a": 1}))), RuntimeError, "not a .pt file"),
        (lambda tmp: load(io.BytesIO(b"storages" + bytes(249) + b"ustar" + bytes(300))), RuntimeError, "tar format from before 0.1.10"),
        (lambda tmp: save(1, io.BytesIO(), pickle_module=io), NotImplementedError, "pickle_module"),
        (lambda tmp: save(1, io.BytesIO(), pickle_protocol=0), NotImplementedError, "pickle_protocol 0"),
        (lambda tmp: save(1, tmp / "no" / "a.pt"), RuntimeError, "parent directory .* does not exist"),
        (lambda tmp: save(1, tmp), RuntimeError, "is a directory"),
    ],
)
def test_wrong_arguments(tmp_path, call, error, words):
    with pytest.raises(error, match=words):
        call(tmp_path)


def test_torchscript_files_and_unknown_versions_are_refused(archive_of):
    with pytest.raises(RuntimeError, match="TorchScript"):
        load(archive_of(b"\x80\x02N.", **{"constants.pkl": b"x"}))
    with pytest.raises(RuntimeError, match="format version b'11'"):
        load(archive_of(b"\x80\x02N.", version=b"11"))
    assert load(archive_of(b"\x80\x02N.", version=None, byteorder=None)) is None
