"""Special functions and windows: values at ordinary and extreme places, dtypes, gradients of both orders, names of nodes, errors."""

import numpy as np
import pytest

import minitorch_nlp

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
torch.special.erfcx(f)
torch.special.entr(torch.tensor([0.0, -0.0, 0.5, 1, -1, inf, nan]))
torch.special.log_ndtr(torch.tensor([-1e3, -40, -5, 0, 5, inf, -inf, nan]))
torch.special.ndtri(torch.tensor([0, 1e-30, 0.3, 0.5, 1, 1.5, -1, nan]))
torch.special.ndtri(torch.tensor([1e-300, 1e-20, 1 - 1e-16], dtype=torch.float64))
torch.erfinv(torch.tensor([-1, -0.999999, -0.5, -0.0, 0.3, 1, 1.5, nan]))
torch.erfinv(torch.tensor([1 - 1e-16, 1e-300], dtype=torch.float64))
torch.erfc(torch.tensor([-inf, -20, -3, 0, 0.4, 3, 5, 9, inf, nan]))
torch.erfc(torch.tensor([5, 12, 26.0], dtype=torch.float64)).log()
torch.special.xlog1py(torch.tensor([0.0, 0, 0, 1, 2]), torch.tensor([nan, -1, -2, -1, 3]))
torch.special.xlog1py(2, f)
torch.special.xlog1py(f, 2.5)
torch.special.xlog1py(zi, d)
torch.special.xlog1py(2, 3)
torch.lgamma(torch.tensor([0, -1, -0.5, 1, 2, 1e-20, 50, 1e30, inf, -inf, nan]))
torch.digamma(torch.tensor([0.0, -0.0, -1, -0.5, 1, 50, inf, -inf, nan]))
torch.polygamma(0, f)
torch.polygamma(1, torch.tensor([0.0, -0.5, 1, 50]))
torch.polygamma(2, torch.tensor([0.0, -1, -0.5, -3.25, 1, 50]))
torch.polygamma(5, torch.tensor([-3.25, 1, 0.1]))
torch.polygamma(-1, f)
torch.polygamma(1.5, f)
torch.polygamma(1, 2.0)
torch.polygamma(n=2, input=d)
d.polygamma(1)
torch.special.polygamma(1, i.abs())
torch.mvlgamma(f.abs() + 2, 3)
torch.mvlgamma(f, p=1)
torch.mvlgamma(f, 0)
torch.special.multigammaln(i.abs() + 2, 2)
torch.special.zeta(2, torch.tensor([1.0, 0.5, 0, -1, -0.5, -3.25]))
torch.special.zeta(torch.tensor([3.0, 1, 0.5, 2.5, 2]), torch.tensor([2, 2, 2, -0.5, 100]))
torch.special.zeta(f.abs() + 1, 2)
torch.special.zeta(i, d)
torch.i0(f)
torch.i0(i)
torch.special.i1e(torch.tensor([-1e4, -1, 0, 1, 1e4]))
torch.igamma(torch.tensor([0.0, 1, 2, -1]), torch.tensor([1.0, 0, 2, 1]))
torch.igammac(torch.tensor([0.0, 1, 2, 1]), torch.tensor([1.0, 0, 2, inf]))
torch.igamma(f, 2.0)
torch.igamma(torch.tensor([1.0, 2]), torch.tensor([1.0, 2], dtype=torch.float64))
torch.special.bessel_y0(torch.tensor([-1.0, 0, 1, 20]))
torch.special.modified_bessel_k1(torch.tensor([-1.0, 0, 1, 20]))
torch.special.scaled_modified_bessel_k0(torch.tensor([0.1, 1, 20, 1e3]))
torch.special.spherical_bessel_j0(torch.tensor([0.0, 1, -20, inf]))
torch.special.airy_ai(torch.tensor([-20.0, -1, 0, 1, 20]))
torch.special.chebyshev_polynomial_t(f, 3)
torch.special.chebyshev_polynomial_u(0.5, torch.tensor([0, 1, 5, -1]))
torch.special.chebyshev_polynomial_v(f, torch.tensor([[0], [2]]))
torch.special.hermite_polynomial_h(f, 2.7)
torch.special.hermite_polynomial_he(i, 3)
torch.special.laguerre_polynomial_l(f, torch.tensor(4))
torch.special.legendre_polynomial_p(torch.tensor([-1.0, 1, 2, 0]), 5)
torch.special.shifted_chebyshev_polynomial_w(d, 8)
torch.special.legendre_polynomial_p(2.0, 3)
torch.special.legendre_polynomial_p(e, 3)
torch.special.legendre_polynomial_p(g, 3).requires_grad
torch.special.airy_ai(g).grad_fn
torch.special.logit(torch.tensor([0.2, 0.5]), eps=0.3)
torch.special.expit(i)
torch.special.logsumexp(f, 1)
torch.special.softmax(f, 0)
torch.special.log_softmax(f, 0)
torch.special.round(f)
torch.special.xlogy(f.abs(), 2)
torch.special.xlog1py(g, 2).sum().backward(); g.grad
a, = torch.autograd.grad(torch.special.xlog1py(g * g, 2).sum(), g, create_graph=True); torch.autograd.grad(a.sum(), g)
[x.dtype for x in (torch.erfc(h), torch.lgamma(h), torch.erfinv(h / 4), torch.i0(h), torch.special.entr(h), torch.erfc(s), torch.lgamma(u))]
(torch.erfc(b), torch.digamma(b), torch.erfinv(b), torch.special.entr(i), torch.special.ndtr(u))
torch.erfc(zd * f)
torch.erfc(f, out=torch.empty(0))
torch.lgamma(d, out=torch.empty(3))
torch.special.ndtr(i, out=torch.empty(2, 3, dtype=torch.int64))
f.erfc_() is f
f.lgamma_()
d.digamma_()
(f / 4).erfinv_()
f.i0_()
d.polygamma_(2)
d.mvlgamma_(2)
d.igamma_(torch.ones(3, dtype=torch.float64))
d.igammac_(torch.ones(3, dtype=torch.float64))
i.erfc_()
torch.erfc_(f)
torch.i0_(f)
torch.igamma(g, f.abs()[:1]).sum().backward()
torch.special.zeta(g, f.abs()[:1]).sum().backward()
torch.igammac(f.abs(), g)
w = torch.tensor([[0.0]], requires_grad=True); torch.special.xlog1py(w, f[:, :2]).sum().backward(); w.grad
"""

WINDOWS = """
torch.hann_window(5)
torch.hann_window(5, False)
torch.hann_window(5, periodic=False, dtype=torch.float64)
torch.hann_window(0)
torch.hann_window(1)
torch.hann_window(2, False)
torch.hann_window(-1)
torch.hann_window(3.0)
torch.hann_window(4, dtype=torch.int64)
torch.hann_window(4, dtype=torch.float16).dtype
torch.hann_window(zi)
torch.hann_window(4, requires_grad=True)
torch.hann_window(4, 0.5, 0.5, 0.5)
torch.hamming_window(7)
torch.hamming_window(7, True, 0.5)
torch.hamming_window(7, False, 0.5, 0.3)
torch.hamming_window(-2)
torch.blackman_window(6)
torch.blackman_window(6, periodic=False)
torch.bartlett_window(6)
torch.bartlett_window(7, False, dtype=torch.float64)
torch.kaiser_window(6)
torch.kaiser_window(6, True, 4.0)
torch.kaiser_window(window_length=7, periodic=False, beta=0.5)
torch.kaiser_window(4, dtype=torch.bool)
"""

GRADIENTS = {
    "erfc": (-3, 0.2, 2),
    "erfinv": (-0.9, 0.0, 0.99),
    "lgamma": (-2.5, 0.7, 1, 9),
    "digamma": (-2.5, 0.7, 1, 9),
    "i0": (-2, 0.0, 4),
    "special.erfcx": (-2, 0, 9),
    "special.entr": (0.2, 3, 0.0, -1),
    "special.ndtr": (-8, 0, 3),
    "special.log_ndtr": (-30, 0, 8),
    "special.ndtri": (1e-10, 0.3, 0.5, 0.99),
    "special.i0e": (-3, 2, 40),
    "special.i1": (-2, 0.0, 4),
    "special.i1e": (-2, 0.0, 40),
}


@pytest.mark.parametrize("script", lines(SCRIPTS + WINDOWS))
def test_script(script):
    check(script, torch)


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name):
    """The name of the node, and the first and second derivative."""
    gradient = (
        f"x = torch.tensor({list(GRADIENTS[name])}, dtype=torch.float64, requires_grad=True); y = torch.{name}(x); "
        "a, = torch.autograd.grad(y.sum(), x, create_graph=True); "
    )
    check(f"{gradient}(y.grad_fn.name(), a.detach())", torch)
    check(f"{gradient}torch.autograd.grad(a.sum(), x)", torch)


SECOND = """
a, = torch.autograd.grad(torch.polygamma(1, g).sum(), g, create_graph=True); torch.autograd.grad(a.sum(), g)
a, = torch.autograd.grad(torch.mvlgamma(g, 2).sum(), g, create_graph=True); torch.autograd.grad(a.sum(), g)
a, = torch.autograd.grad(torch.igamma(torch.tensor([2, 1, 3]), g).sum(), g, create_graph=True); torch.autograd.grad(a.sum(), g)
a, = torch.autograd.grad(torch.igammac(d, g).sum(), g, create_graph=True); torch.autograd.grad(a.sum(), g)
a, = torch.autograd.grad(torch.special.zeta(3, g).sum(), g, create_graph=True); torch.autograd.grad(a.sum(), g)
a, = torch.autograd.grad(torch.special.xlog1py(g, g).sum(), g, create_graph=True); torch.autograd.grad(a.sum(), g)
"""


@pytest.mark.parametrize("script", lines(SECOND))
def test_second_derivatives(script):
    check(script, torch)


def test_every_name_is_there():
    missing = [name for name in torch.special.__all__ if not hasattr(minitorch_nlp.special, name)]
    assert not missing


@pytest.mark.parametrize("name", ["erfc", "erfinv", "lgamma", "digamma", "special.ndtri", "special.log_ndtr", "special.erfcx"])
def test_values_on_a_grid(name):
    """In float64, to 1e-12: of the absolute value, or where that is large, relatively."""
    x = np.concatenate([np.linspace(-0.99, 0.99, 500), np.linspace(-8.03, 30.01, 500)])
    theirs, ours = torch, minitorch_nlp
    for part in name.split("."):
        theirs, ours = getattr(theirs, part), getattr(ours, part)
    np.testing.assert_allclose(ours(minitorch_nlp.from_numpy(x)).numpy(), theirs(torch.from_numpy(x)).numpy(), rtol=1e-12, atol=1e-12)
