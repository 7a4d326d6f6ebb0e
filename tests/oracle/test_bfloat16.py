"""bfloat16 beside PyTorch's: every bit pattern, roundings, what is printed, draws, files."""

import io
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("ml_dtypes")

import minitorch_nlp  # noqa: E402

BOTH = (torch, minitorch_nlp)


def bits(x):
    m = torch if isinstance(x, torch.Tensor) else minitorch_nlp
    return x.detach().contiguous().view(m.int16).numpy()


def rounded(array):
    """The bits that each library rounds a NumPy array to."""
    return [bits(m.from_numpy(array.copy()).to(m.bfloat16)) for m in BOTH]


def test_every_pattern_in_both_directions():
    patterns = np.arange(-(1 << 15), 1 << 15).astype(np.int16)
    values = torch.from_numpy(patterns).view(torch.bfloat16).double().numpy()
    for name in ("float32", "float64", "float16", "int64", "bool"):
        with np.errstate(all="ignore"):
            theirs, ours = (m.from_numpy(patterns.copy()).view(m.bfloat16).to(getattr(m, name)).numpy() for m in BOTH)
            fits = np.abs(values) < 2.0**63 if name == "int64" else slice(None)  # beyond, nothing is promised
        assert np.array_equal(theirs[fits], ours[fits], equal_nan=name.startswith("float"))
        if name in ("float32", "float64"):
            numbers = ~np.isnan(values)
            for back in rounded(theirs):
                assert np.array_equal(back[numbers], patterns[numbers])


@pytest.mark.parametrize("kind", ["float32", "float64", "float16", "int64", "int32", "uint8"])
def test_roundings(kind):
    rng = np.random.default_rng(0)
    if kind.startswith("float"):
        values = rng.integers(0, 1 << 16, 4 * 100_000, dtype=np.uint16).view(kind)
        values = values[np.isfinite(values)]
    else:
        limits = np.iinfo(kind)
        values = np.concatenate([rng.integers(limits.min, limits.max, 50_000, dtype=kind), rng.integers(0, 200, 999).astype(kind)])
    with np.errstate(all="ignore"):
        theirs, ours = rounded(values)
    assert np.array_equal(theirs, ours)


EXPRESSIONS = """
m.tensor([True, 3, 1e40, float("nan"), -float("inf")], dtype=m.bfloat16)
m.tensor([1e-5, 1e5], dtype=m.bfloat16)
m.tensor([[1, 2], [3, 300]], dtype=m.bfloat16)
m.tensor([0.1, 3.3], dtype=m.bfloat16).tolist()
m.empty(2, 0, dtype=m.bfloat16)
m.arange(0, 1, 0.3, dtype=m.bfloat16), m.linspace(0, 1, 7, dtype=m.bfloat16), m.eye(2, dtype=m.bfloat16)
m.full((2,), 3.4e38, dtype=m.bfloat16)
x.type(), x.element_size(), x.is_signed(), x.is_floating_point(), x.stride()
x.view(m.int16), x.view(m.uint8), x.view(m.float32)
x.numpy()
x.half(), x.double(), x.long(), x.to(m.uint8), x.bool()
m.tensor([1.7]).type("torch.BFloat16Tensor"), m.BFloat16Tensor([1, 2])
x == 0.1, x == m.tensor([0.1, 2, 257, -3]), x < 257, x.equal(x.clone()), m.allclose(x, x * 1.0078125)
x + x, x + m.tensor([1.0]), x + m.tensor([257]), x + m.tensor([1.0]).half(), x + 1.1, 3 - x, x * 3, x / 7, m.tensor([1, 2, 3, 4]) / x
m.tensor([257, 258, 259, 260]) - x, m.tensor(257) - x, x ** 2, x // 0.7, x % x[0], -x, abs(x), x.sqrt(), x.exp(), x.sigmoid()
~x
x & 1
m.ones(1000, dtype=m.bfloat16).sum(), m.ones(1000, dtype=m.bfloat16).mean(), m.ones(1000, dtype=m.bfloat16).cumsum(0)[-1]
m.ones(1000, dtype=m.bfloat16).sum(dtype=m.float32), m.ones(10).sum(dtype=m.bfloat16), m.softmax(m.tensor([1.0, 2]), 0, dtype=m.bfloat16)
x.sort(), x.argsort(), x.max(0), x.argmax(), x.unique(), x.median(), x.topk(2)
x.std(), x.var(), x.norm(), x.prod(), x.any(), x.nonzero()
m.where(x > 1, x, 0.1), m.where(x > 1, x, m.ones(4)), x.masked_fill(x > 1, 0.1), x.clamp(0.2, 2)
m.cat([x, m.ones(1)]), m.cat([x, x]), m.stack([x, x])
x[1:], x[[0, 2]], x[x > 1], x[0], x.repeat(2), x.expand(2, 4).t().contiguous()
m.eye(4, dtype=m.bfloat16) @ x, x.dot(x), m.einsum("i,i->", x, x)
m.eye(4, dtype=m.bfloat16) @ m.ones(4, 2)
m.nn.functional.embedding(m.tensor([1, 0]), x.view(2, 2)), m.nn.functional.gelu(x), m.nn.functional.layer_norm(x, (4,))
m.finfo(m.bfloat16), m.bfloat16.itemsize, m.bfloat16.to_complex()
m.result_type(x, 1.5), m.result_type(x, m.ones(1).half()), m.promote_types(m.bfloat16, m.uint16), m.can_cast(m.bfloat16, m.int64)
x.requires_grad_(), x.float(), x[0], x.reshape(2, 2)
m.tensor([0.1], requires_grad=True).bfloat16()
x.copy_(m.full((4,), 0.1)), m.zeros(4).copy_(x), x.fill_(0.3), x.add_(0.1), x.add_(m.tensor([0.1])), m.zeros(4).add_(x), x.mul_(3).zero_()
m.tensor([1]).add_(x[0])
m.nn.Linear(2, 2).to(m.bfloat16).weight.dtype, m.nn.Linear(2, 2).bfloat16().float().weight.dtype
bool(x[0]), float(x[0]), int(x[1]), f"{x[1]:.2f}", 2 in x
m.tensor([m.tensor(1.5, dtype=m.bfloat16), m.tensor(2.0, dtype=m.bfloat16)]), m.tensor(x), m.as_tensor([1.5], dtype=m.bfloat16)
m.frombuffer(bytearray(b"\\x80\\x3f\\x00\\x40"), dtype=m.bfloat16), x.untyped_storage().tolist()
x.isnan(), x.logical_not(), m.isin(x, m.tensor([2.0], dtype=m.bfloat16)), m.searchsorted(x, m.tensor([1.7], dtype=m.bfloat16))
""".strip().splitlines()


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions(text):
    found = []
    for m in BOTH:
        x = m.tensor([0.1, 2, 256, -3], dtype=m.bfloat16)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found.append(repr(eval(text, {"m": m, "x": x})))
            except Exception as error:
                found.append(next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins"))
    assert found[0] == found[1]


DRAWS = [
    lambda m, n: m.rand(n, dtype=m.bfloat16),
    lambda m, n: m.randn(n, dtype=m.bfloat16),
    lambda m, n: m.empty(n, 2, dtype=m.bfloat16)[:, 0].normal_(0.5, 0.02),
    lambda m, n: m.empty(n, dtype=m.bfloat16).uniform_(-0.1, 0.7),
    lambda m, n: m.empty(n, dtype=m.bfloat16).exponential_(),
    lambda m, n: m.empty(n, dtype=m.bfloat16).cauchy_(),
    lambda m, n: m.empty(n, dtype=m.bfloat16).log_normal_(),
    lambda m, n: m.empty(n, dtype=m.bfloat16).geometric_(0.3),
    lambda m, n: m.empty(n, dtype=m.bfloat16).random_(),
    lambda m, n: m.bernoulli(m.full((n,), 0.3, dtype=m.bfloat16)),
    lambda m, n: m.randint(-3, 200, (n,), dtype=m.bfloat16),
    lambda m, n: m.nn.functional.dropout(m.ones(n, dtype=m.bfloat16), 0.3),
    lambda m, n: m.nn.Linear(7, n, dtype=m.bfloat16).weight,
]


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("n", [1, 5, 16, 17, 1000])
def test_draws(draw, n):
    found = []
    for m in BOTH:
        m.manual_seed(n)
        found.append(bits(draw(m, n)))
    assert np.array_equal(*found)


@pytest.mark.parametrize("zipped", [True, False])
def test_files_of_pytorch(zipped):
    x = torch.from_numpy(np.arange(1 << 16).astype(np.uint16).view(np.int16)).view(torch.bfloat16).view(256, 256)
    file = io.BytesIO()
    kinds = [torch.bfloat16, torch.complex64, torch.float8_e4m3fn, torch.qint8, torch.float32]
    torch.save({"x": x, "t": x.t(), "p": torch.nn.Parameter(x[0]), "kinds": kinds}, file, _use_new_zipfile_serialization=zipped)
    file.seek(0)
    found = minitorch_nlp.load(file)
    assert np.array_equal(bits(found["x"]), bits(x))
    assert found["t"].stride() == x.t().stride()
    assert repr(found["kinds"]) == repr(kinds)
    file = io.BytesIO()
    minitorch_nlp.save(found, file)
    file.seek(0)
    back = torch.load(file)
    assert np.array_equal(bits(back["x"]), bits(x))
    assert back["t"].stride() == x.t().stride()
    assert back["kinds"] == kinds
    assert type(back["p"]) is torch.nn.Parameter


def test_training_in_bfloat16_goes_the_same_way():
    """The forward and the gradients of a small net agree but for roundings in sums."""
    gradients = []
    for m in BOTH:
        m.manual_seed(0)
        net = m.nn.Sequential(m.nn.Linear(4, 8), m.nn.Tanh(), m.nn.LayerNorm(8), m.nn.Linear(8, 2)).bfloat16()
        loss = m.nn.functional.cross_entropy(net(m.randn(5, 4).bfloat16()), m.tensor([0, 1, 0, 1, 1]))
        loss.backward()
        gradients.append([loss.item()] + [p.grad.float().numpy() for p in net.parameters()])
    for a, b in zip(*gradients, strict=True):
        assert np.allclose(a, b, rtol=0.02, atol=0.004)
