"""Draws against torch itself: the same bits and, after every call, the same generator state byte for byte."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from minitorch_nlp import random as R  # noqa: E402
from minitorch_nlp.random import twins  # noqa: E402
from minitorch_nlp.random.boxmuller import block32  # noqa: E402
from minitorch_nlp.random.engine import STATE  # noqa: E402

SIZES = (1, 2, 7, 15, 16, 17, 31, 32, 33, 100, 1000, 4099)
SEEDS = (0, 1, 42, -1, -12345, 2**32 + 7, 2**63, 2**64 - 1, 2**31 - 1, -(2**63))
FLOATS = {"f2": torch.float16, "f4": torch.float32, "f8": torch.float64}
DTYPES = {"?": torch.bool, "u1": torch.uint8, "i1": torch.int8, "i2": torch.int16, "i4": torch.int32, "i8": torch.int64, **FLOATS}
BOUNDS = [(-1 / 3, 1 / 3), (0.1, 7.3), (1, 1.01), (-3, 3), (1e-10, 1), (-1, 0), (-1, 1e-30), (5, 5), (-1e4, 3e4)]
NORMALS = [(0, 1), (-0.0, 0), (0, 1e-45), (0, 5e-324), (0, 0.02), (1.1, 0.3), (-2, 1), (0, 0), (1e-3, 1000.0)]
RANGES = [
    (0, 2), (-5, 9), (0, 100), (0, 2**28 - 1), (0, 2**28), (-(2**31), 2**31), (-(2**62), 2**62), (-(2**63), 2**63 - 1), (3, None),
    (0, None), (2**24 + 1, 2**24 + 3), (-(2**24) - 3, 5), (-2049, 2051), (2**53 - 1, 2**53 + 1), (2**53 + 1, 2**53 + 3),
    (2**53 + 3, 2**53 + 20), (-(2**53) - 3, -(2**53) + 1), (2**60 + 1, 2**61 + 1), (2**62 + 12345, 2**63 - 1), (2**63 - 1, 2**63 - 1),
]  # fmt: skip


def weights(n, dtype, rows=0):
    p = np.arange(n) % 7 + 0.5 + 0.3 * np.sin(np.arange(n))
    return (p if not rows else p * np.arange(1, rows + 1)[:, None]).astype(dtype)


def cases():
    """name -> (torch's draw, ours), both functions of a size."""
    table = {}
    for d, t in FLOATS.items():
        table[f"rand {d}"] = (lambda n, t=t: torch.rand(n, dtype=t), lambda n, d=d: R.uniform(n, d))
        for a, b in BOUNDS:
            table[f"uniform {a}..{b} {d}"] = (
                lambda n, t=t, a=a, b=b: torch.empty(n, dtype=t).uniform_(a, b),
                lambda n, d=d, a=a, b=b: R.uniform(n, d, a, b),
            )
        for m, s in NORMALS:
            table[f"normal {m},{s} {d}"] = (
                lambda n, t=t, m=m, s=s: torch.empty(n, dtype=t).normal_(m, s),
                lambda n, d=d, m=m, s=s: R.normal(n, d, m, s),
            )
            table[f"normal {m},{s} {d}, every second place"] = (
                lambda n, t=t, m=m, s=s: torch.empty(2 * n, dtype=t)[::2].normal_(m, s),
                lambda n, d=d, m=m, s=s: R.normal(n, d, m, s, scalar_path=True),
            )
        for rate in (1, 0.3, 1e30):
            table[f"exponential {rate} {d}"] = (
                lambda n, t=t, rate=rate: torch.empty(n, dtype=t).exponential_(rate),
                lambda n, d=d, rate=rate: R.exponential(n, d, rate),
            )
        table[f"coins {d}"] = (
            lambda n, d=d: torch.bernoulli(torch.from_numpy(np.linspace(0, 1, n).astype(d))),
            lambda n, d=d: R.bernoulli_from(np.linspace(0, 1, n).astype(d)),
        )
        for layout in ("vector", "rows", "columns", "one row repeated"):
            for k, replacement in ((1, False), (1, True), (5, True), (777, True)):
                table[f"multinomial {layout} {k} {replacement} {d}"] = (
                    lambda n, d=d, layout=layout, k=k, r=replacement: torch.multinomial(as_torch(laid_out(n, d, layout)), k, r),
                    lambda n, d=d, layout=layout, k=k, r=replacement: R.multinomial(laid_out(n, d, layout), k, r),
                )
    for p in (0, 1, 0.5, 0.1, 0.9, 1e-9):
        table[f"mask {p}"] = (lambda n, p=p: torch.empty(n, dtype=torch.bool).bernoulli_(p), lambda n, p=p: R.bernoulli_mask(n, p))
    for d, t in DTYPES.items():
        table[f"full {d}"] = (lambda n, t=t: torch.empty(n, dtype=t).random_(), lambda n, d=d: R.random_full(n, d))
        for lo, hi in RANGES:
            table[f"integers {lo}..{hi} {d}"] = (
                lambda n, t=t, lo=lo, hi=hi: torch.empty(n, dtype=t).random_(lo, hi),
                lambda n, d=d, lo=lo, hi=hi: R.integers(n, lo, hi, d),
            )
    for d in ("i8", "f4", "f8"):
        table[f"all 64 bits {d}"] = (
            lambda n, d=d: torch.empty(n, dtype=DTYPES[d]).random_(-(2**63), None),
            lambda n, d=d: R.integers(n, -(2**63), None, d),
        )
    table["permutation"] = (torch.randperm, R.permutation)
    return table


def laid_out(n, dtype, layout):
    if layout == "vector":
        return weights(n, dtype)
    if layout == "one row repeated":
        return np.broadcast_to(weights(n, dtype), (3, n))
    return weights(n, dtype, rows=3) if layout == "rows" else np.asfortranarray(weights(n, dtype, rows=3))


def as_torch(array):
    """`array` as a tensor with the same strides."""
    if 0 in array.strides:
        return torch.from_numpy(array[0].copy()).expand(array.shape)
    return torch.from_numpy(array)


@pytest.fixture(autouse=True)
def own_generator(monkeypatch):
    """A generator of its own, and draws through NumPy, whatever was drawn before."""
    monkeypatch.setattr(twins, "module", None)
    monkeypatch.setattr(twins, "available", lambda: False)
    before = R.default_generator
    R.set_default_generator(R.Generator())
    yield
    R.set_default_generator(before)


def outcome(draw, n):
    try:
        return draw(n)
    except RuntimeError:
        return None


def same_draw(theirs, ours, n):
    """Draw on both sides; the values' bits and the states must agree. False where both refuse."""
    expected, actual = outcome(theirs, n), outcome(ours, n)
    assert (expected is None) == (actual is None)
    if expected is None or actual is None:
        return False
    expected = expected.numpy()
    assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
    assert actual.tobytes() == expected.tobytes()
    assert R.default_generator.state_bytes().tobytes() == torch.get_rng_state().numpy().tobytes()
    return True


CASES = cases()


@pytest.mark.filterwarnings("ignore:.*out of bounds:UserWarning")
@pytest.mark.parametrize("name", CASES)
def test_same_bits(name):
    theirs, ours = CASES[name]
    few = name.startswith("integers") and "i8" not in name  # most of the table: the draws are those of int64
    for seed in SEEDS[2:5] if few else SEEDS:
        torch.manual_seed(seed)
        assert R.manual_seed(seed).initial_seed() == torch.initial_seed()
        if not all(same_draw(theirs, ours, n) for n in SIZES):
            return


@pytest.fixture
def compiled(monkeypatch):
    """Draws through compiled code."""
    pytest.importorskip("numba")
    from minitorch_nlp.kernels import draws

    monkeypatch.setattr(twins, "module", draws)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("normal", "permutation"))])
def test_same_bits_from_compiled_draws(name):
    theirs, ours = CASES[name]
    for seed in SEEDS:
        torch.manual_seed(seed)
        R.manual_seed(seed)
        for n in (*SIZES, 14, 18, 47, 48, 49, 40_000):
            same_draw(theirs, ours, n)


@pytest.mark.usefixtures("compiled")
def test_interleaved_calls_of_compiled_draws():
    test_interleaved_calls(11)


@pytest.mark.parametrize("seed", [3, -3])
def test_interleaved_calls(seed):
    chosen = [c for name, c in CASES.items() if not name.startswith("integers")]
    choice = np.random.default_rng(abs(seed))
    torch.manual_seed(seed)
    R.manual_seed(seed)
    for _ in range(1500):
        theirs, ours = chosen[choice.integers(len(chosen))]
        same_draw(theirs, ours, int(choice.choice([1, 2, 3, 5, 16, 20, 64])))


def test_states_carry_over_both_ways():
    torch.manual_seed(5)
    torch.randn(7)
    R.default_generator.load_state_bytes(torch.get_rng_state().numpy())
    same_draw(torch.randn, R.normal, 4)
    R.manual_seed(2**40 + 1)
    R.normal(9)
    torch.set_rng_state(torch.from_numpy(R.default_generator.state_bytes()))
    assert torch.initial_seed() == 2**40 + 1
    same_draw(torch.randn, R.normal, 5)


def test_shapes_of_several_dims():
    torch.manual_seed(0)
    R.manual_seed(0)
    for shape in ((), (3, 0), (2, 3), (4, 5, 6)):
        same_draw(lambda s: torch.randn(s), R.normal, shape)
        same_draw(lambda s: torch.rand(s), R.uniform, shape)
        same_draw(lambda s: torch.randint(7, s), lambda s: R.integers(s, 0, 7), shape)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_random_bounds_means_and_deviations(dtype):
    choice = np.random.default_rng(0)
    torch.manual_seed(9)
    R.manual_seed(9)
    for _ in range(400):
        scale = 2.0 ** int(choice.integers(-100, 100) * (1 if dtype == "f4" else 9))
        low, high = sorted((choice.standard_normal(2) * 2.0 ** choice.integers(-12, 12, 2) * scale).tolist())
        mean, std = choice.standard_normal() * scale, abs(choice.standard_normal()) * scale * 2.0 ** int(choice.integers(-10, 10))
        same_uniforms_and_normals(dtype, low, high, mean, std)


def same_uniforms_and_normals(dtype, low, high, mean, std):
    empty = torch.empty(33, dtype=FLOATS[dtype])
    same_draw(lambda n: empty.uniform_(low, high), lambda n: R.uniform(n, dtype, low, high), 33)
    same_draw(lambda n: empty.normal_(mean, std), lambda n: R.normal(n, dtype, mean, std), 33)
    same_draw(lambda n: empty[:n].normal_(mean, std), lambda n: R.normal(n, dtype, mean, std), 7)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("layout", ["vector", "rows", "columns", "one row repeated"])
def test_multinomial_without_replacement_up_to_the_order_of_equal_keys(dtype, layout):
    torch.manual_seed(1)
    R.manual_seed(1)
    for n in SIZES[1:]:
        p, count = laid_out(n, dtype, layout), min(n, 50)
        before = R.default_generator.state_bytes()
        theirs, ours = torch.multinomial(as_torch(p), count).numpy(), R.multinomial(p, count)
        assert R.default_generator.state_bytes().tobytes() == torch.get_rng_state().numpy().tobytes()
        again = R.Generator()
        again.load_state_bytes(before)
        if layout == "columns":
            q = R.exponential(p.shape[::-1], dtype, generator=again).T
        else:
            q = R.exponential(p.shape, dtype, generator=again)
        with np.errstate(over="ignore", divide="ignore"):
            keys = p / q
        assert np.take_along_axis(keys, theirs, -1).tolist() == np.take_along_axis(keys, ours, -1).tolist()
        assert dtype == "f2" or (theirs == ours).mean() > 0.99


def untempered(y):
    """The state words from which the Mersenne Twister's output step makes the words `y`."""
    y = y ^ (y >> 18)
    y ^= (y << 15) & np.uint32(0xEFC60000)
    x = y
    for _ in range(5):
        x = y ^ ((x << 7) & np.uint32(0x9D2C5680))
    y = x
    for _ in range(3):
        x = y ^ (x >> 11)
    return x


def torch_blocks(k):
    """torch's normals for chosen 24-bit integers (b, 16), by putting the words into its state."""
    generator, out = torch.Generator(), np.empty(k.shape, np.float32)
    state, words = generator.get_state().numpy().copy(), untempered(k.astype(np.uint32))
    record = state.view(STATE)
    record["left"], record["next"] = 624, 1
    for start in range(0, len(k), 38):
        chunk = words[start : start + 38].ravel()
        record["words"][0, 1 : 1 + chunk.size] = chunk
        generator.set_state(torch.from_numpy(state))
        out[start : start + 38] = torch.randn(chunk.size, generator=generator).numpy().reshape(-1, 16)
    return out


@pytest.mark.parametrize("angle_is_varied", [True, False])
def test_hardest_inputs_of_the_float32_polynomials(angle_is_varied):
    """Angles where sine or cosine nearly vanish and octants change; radii next to powers of two, sqrt(1/2) and 1."""
    middles = np.arange(33) << 19 if angle_is_varied else np.array([0, 1 << 24, *(2**24 - (1 << e) for e in range(24)), 4913933, 11863283])
    near = (middles[:, None] + np.arange(-512, 512)).ravel()
    near = near[(near >= 0) & (near < 1 << 24)]
    near = near[: len(near) // 8 * 8].reshape(-1, 8)
    other = np.full_like(near, 6601320 if angle_is_varied else 0)
    k = np.concatenate((other, near) if angle_is_varied else (near, other), axis=1).astype(np.int32)
    np.testing.assert_array_equal(block32(k, 0, 1), torch_blocks(k))


def test_large_arrays():
    torch.manual_seed(12)
    R.manual_seed(12)
    n = 300_001
    same_draw(torch.randn, R.normal, n)
    same_draw(torch.randperm, R.permutation, n)
    same_draw(lambda n: torch.empty(n).normal_(0.7, 1.3), lambda n: R.normal(n, "f4", 0.7, 1.3), n)
    same_draw(lambda n: torch.empty(n).exponential_(2.5), lambda n: R.exponential(n, "f4", 2.5), n)
