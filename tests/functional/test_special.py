"""Special functions where samples from a domain do not go: tails, poles, dtypes, without SciPy."""

import math
import sys

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import backend
from minitorch_nlp import functional as F
from minitorch_nlp.functional import Op, special, special_bessel, special_gamma, special_polynomials

inf, nan = math.inf, math.nan
MODULES = (special, special_bessel, special_gamma, special_polynomials)
OPS = {op.name: op for module in MODULES for op in vars(module).values() if isinstance(op, Op) and op.__module__ == module.__name__}
OPTIONS = {"polygamma": {"n": 1}, "mvlgamma": {"p": 1}}
NEED_SCIPY = [
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "i0", "i0e", "i1", "i1e", "igamma", "igammac", "modified_bessel_i0",
    "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0", "scaled_modified_bessel_k1",
]  # fmt: skip


def call(name, x):
    """The op at `x`, all its arrays alike."""
    return OPS[name](*[x] * len(OPS[name].array_names), **OPTIONS.get(name, {}))


@pytest.mark.parametrize(
    ("op", "x", "y"),
    [
        (F.erfc, [0.3, 5, 28, -28, inf, -inf], [math.erfc(v) for v in (0.3, 5, 28, -28, inf, -inf)]),
        (F.erfc, np.linspace(9, 25, 30) * 1.01, [math.erfc(v) for v in (np.linspace(9, 25, 30) * 1.01).tolist()]),
        (F.erfcx, [1e3, 1e200, inf, -30], [(1 - 0.5e-6 + 0.75e-12) / (1e3 * math.sqrt(math.pi)), 5.641895835477563e-201, 0, inf]),
        (F.erfinv, [1, -1, 1.1, nan, math.erf(0.3), math.erf(-2)], [inf, -inf, nan, nan, 0.3, -2]),
        (F.ndtr, [-8, 40], [math.erfc(8 / math.sqrt(2)) / 2, 1]),
        (F.log_ndtr, [-1e10, 5, -inf, inf], [-5e19, math.log1p(-math.erfc(5 / math.sqrt(2)) / 2), -inf, 0]),
        (F.ndtri, [0, 1, -1, math.erfc(20 / math.sqrt(2)) / 2, math.erfc(30 / math.sqrt(2)) / 2], [-inf, inf, nan, -20, -30]),
        (F.entr, [0, -1, inf], [0, -inf, -inf]),
        (F.lgamma, [1, 2, 1e-300, 1e300, -0.5, -3, inf, -inf], [math.lgamma(v) for v in (1, 2, 1e-300, 1e300, -0.5)] + [inf] * 3),
        (F.digamma, [1, 0.5, -0.5, 0, -0.0, -1, inf],
         [-np.euler_gamma, -np.euler_gamma - math.log(4), 2 - np.euler_gamma - math.log(4), -inf, inf, nan, inf]),
        (F.spherical_bessel_j0, [0, inf, math.pi], [1, 0, 0]),
    ],
    ids=lambda v: getattr(v, "name", None),
)  # fmt: skip
def test_extremes(op, x, y):
    roots = op in (F.lgamma, F.digamma, F.spherical_bessel_j0)  # near these, relative errors mean little
    x, y = np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
    np.testing.assert_allclose(op(x), y, rtol=2e-14, atol=2e-15 if roots else 0)


def test_zeta_and_polygamma():
    pi = math.pi
    found = F.zeta(np.array([2.0, 4, 3, 1, 0.5, 2, 2, 2.5]), np.array([1, 1, 1, 1, 1, -1, -0.5, -0.5]))
    expected = [pi**2 / 6, pi**4 / 90, 1.2020569031595942, inf, nan, inf, pi**2 / 2 + 4, nan]
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    np.testing.assert_allclose(F.polygamma(np.array([1.0, 0.5, 0, -1]), n=1), [pi**2 / 6, pi**2 / 2, inf, inf], rtol=1e-14)
    np.testing.assert_allclose(F.polygamma(np.array([1.0]), n=30), [-math.factorial(30) * (1 + 2.0**-31)], rtol=1e-14)


def test_far_negative_arguments_take_no_longer():
    x = np.array([-1e9 - 0.5])
    np.testing.assert_allclose(F.polygamma(x, n=1), math.pi**2, rtol=1e-8)
    np.testing.assert_allclose(F.zeta(np.array([3.0]), x), 0, atol=1e-12)


@pytest.mark.parametrize("name", sorted(OPS))
def test_dtypes(name):
    """Floats keep their dtype, integers and bools become the default one; an empty tensor and a 0-dim one keep their shape."""
    for dtype in ("float16", "float32", "float64"):
        y = call(name, np.full((2, 1), 0.5, dtype=dtype))
        assert (y.dtype, y.shape) == (np.dtype(dtype), (2, 1))
    x = torch.ones(2)
    assert [call(name, x.to(d)).dtype for d in (torch.int64, torch.uint8, torch.bool)] == [torch.float32] * 3
    backend.set_default_dtype(np.dtype("float64"))
    try:
        assert call(name, x.long()).dtype is torch.float64
    finally:
        backend.set_default_dtype(np.dtype("float32"))
    assert call(name, torch.ones(0, 3)).shape == (0, 3)
    assert call(name, torch.tensor(0.5)).shape == ()


def test_float32_is_as_exact_as_it_can_be():
    x = np.linspace(-3, 9, 1001).astype(np.float32)
    expected = np.array([math.erfc(v) for v in x.tolist()])
    assert np.max(np.abs(F.erfc(x) / expected - 1)) <= 2**-24


@pytest.mark.parametrize("op", [F.igamma, F.igammac, F.zeta], ids=lambda op: op.name)
def test_a_gradient_in_the_order_is_refused(op):
    a, x = torch.tensor([2.0], requires_grad=True), torch.tensor([1.5], requires_grad=True)
    with pytest.raises(NotImplementedError, match="detach"):
        op(a, x).sum().backward()
    op(a.detach(), x).sum().backward()
    assert x.grad is not None


@pytest.mark.parametrize("name", sorted(n for n, op in OPS.items() if op.backward is None))
def test_functions_without_gradient(name):
    x = torch.full((2,), 0.5, requires_grad=True)
    assert not call(name, x).requires_grad


@pytest.mark.parametrize("name", sorted(OPS))
def test_without_scipy(name, monkeypatch):
    """Tables that only SciPy has are asked for by name; all else works."""
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    x = torch.full((2,), 0.5)
    if name in NEED_SCIPY:
        with pytest.raises(ImportError, match=r"pip install 'minitorch-nlp\[special\]'"):
            call(name, x)
    else:
        assert call(name, x).shape == (2,)


def test_what_cupy_lacks_is_refused(monkeypatch):
    """On a GPU the functions are CuPy's; the few it has not are named."""

    class GpuArray:
        dtype = np.dtype("float32")

    monkeypatch.setitem(sys.modules, "cupyx.scipy.special", math)
    assert backend.special("erf", GpuArray()) is math.erf
    with pytest.raises(NotImplementedError, match="airy"):
        backend.special("airy", GpuArray())


@pytest.mark.parametrize("order", [-1, 0, 1, 7.9])
def test_orders_of_polynomials(order):
    x = np.array([-1.0, 0.3, 2])
    expected = np.polynomial.legendre.legval(x, [0] * int(order) + [1]) if order >= 0 else 0 * x
    np.testing.assert_allclose(F.legendre_polynomial_p(x, order), expected)


def test_every_public_name_says_what_it_is():
    for name in torch.special.__all__:
        assert getattr(torch.special, name).__doc__, name
