"""Pointwise functions beside plain arithmetic: values, dtypes, aliases, out=, in-place twins; gradients at their edges."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
torch.ldexp(torch.tensor([1.], dtype=torch.float16), torch.tensor([3]))
torch.ldexp(torch.tensor([1]), torch.tensor([3]))
torch.ldexp(torch.tensor([1], dtype=torch.float64), torch.tensor([200]))
torch.ldexp(torch.tensor([1.]), torch.tensor([-200]))
torch.ldexp(torch.tensor([1]), torch.tensor([3.], dtype=torch.float64))
torch.ldexp(torch.tensor([True]), torch.tensor([True]))
torch.lerp(torch.tensor([1.]), torch.tensor([2.], dtype=torch.float64), .5)
torch.lerp(torch.tensor([1.]), torch.tensor([2.]), torch.tensor([.5], dtype=torch.float64))
torch.lerp(torch.tensor([1.]), torch.tensor([2.]), torch.tensor(.5, dtype=torch.float64))
torch.lerp(torch.tensor([1]), torch.tensor([2]), 1)
torch.lerp(torch.tensor([1]), torch.tensor([2]), .5)
torch.lerp(torch.tensor([1.]), 2., .5)
torch.addcmul(torch.tensor([1]), torch.tensor([2]), torch.tensor([3]))
torch.addcmul(torch.tensor([1]), torch.tensor([2]), torch.tensor([3]), value=2)
torch.addcmul(torch.tensor([1]), torch.tensor([2]), torch.tensor([3]), value=1.5)
torch.addcmul(torch.tensor([1]), torch.tensor([2.]), torch.tensor([3]))
torch.addcmul(torch.tensor([1.]), torch.tensor([2]), torch.tensor([3]), value=2)
torch.addcmul(torch.tensor([True]), torch.tensor([True]), torch.tensor([True]))
torch.addcmul(torch.tensor([1.]), 2., torch.tensor([3.]))
torch.addcmul(torch.tensor([1.]), 2, torch.tensor([3.]), torch.tensor([4.]))
torch.tensor([1.]).addcmul(torch.tensor([3.]), torch.tensor([4.]), value=2)
torch.tensor([1.]).addcmul(2, torch.tensor([3.]), torch.tensor([4.]))
torch.tensor([1.]).addcmul_(2, torch.tensor([3.]), torch.tensor([4.]))
torch.tensor([1.]).addcdiv_(2, torch.tensor([3.]), torch.tensor([4.]))
torch.tensor([1.]).addcdiv_(torch.tensor([3.]), torch.tensor([4.]), value=2)
torch.addcdiv(torch.tensor([1]), torch.tensor([2]), torch.tensor([3]))
torch.addcdiv(torch.tensor([1.]), torch.tensor([2]), torch.tensor([3]))
torch.addcdiv(torch.tensor([1]), torch.tensor([2.]), torch.tensor([3]))
torch.tensor([1]).addcdiv_(torch.tensor([2.]), torch.tensor([3.]))
torch.tensor([1]).addcmul_(torch.tensor([2.]), torch.tensor([3.]))
torch.tensor([1.], requires_grad=True).addcdiv(torch.tensor([1.]), torch.tensor([2.]))
torch.tensor([1.]).add_(2, torch.tensor([3.]))
torch.tensor([1.]).sub_(2, torch.tensor([3.]))
torch.tensor([1.]).sub(2, torch.tensor([3.]))
torch.tensor([1.]).add_(-.1, torch.tensor([3.]))
torch.sub(torch.tensor([1.]), 2, torch.tensor([3.]))
torch.rsub(torch.tensor([1.]), torch.tensor([3.]), alpha=2)
torch.heaviside(torch.tensor([1., 0., -1., nan]), torch.tensor([.5]))
torch.heaviside(torch.tensor([1]), torch.tensor([.5]))
torch.heaviside(torch.tensor([1., 0.]), torch.tensor([nan, nan]))
torch.isin(torch.tensor([1, 2, 3]), torch.tensor([2, 3]))
torch.isin(torch.tensor([1, 2, 3]), 2)
torch.isin(2, torch.tensor([1, 2]))
torch.isin(torch.tensor([1, 2, 3]), torch.tensor([2, 3]), invert=True, assume_unique=True)
torch.isin(elements=torch.tensor([1, 2, 3]), test_elements=torch.tensor([2., 3.]))
torch.isin(elements=torch.tensor([1, 2, 3]), test_element=2)
torch.isin(element=2, test_elements=torch.tensor([2]))
torch.isin(torch.tensor([True]), torch.tensor([True]))
torch.isin(torch.tensor([nan]), torch.tensor([nan]))
torch.isin(2, 2)
torch.isin(torch.tensor([1.], dtype=torch.float16), torch.tensor([1.]))
torch.isin(torch.tensor([1, 2, 3]), [2, 3])
torch.is_nonzero(torch.tensor([1]))
torch.is_nonzero(torch.tensor(0.))
torch.is_nonzero(torch.tensor([1, 2]))
torch.is_nonzero(torch.tensor([]))
torch.tensor([1]).is_nonzero()
torch.gcd(torch.tensor([0, -4, 6]), torch.tensor([0, 6, -9]))
torch.lcm(torch.tensor([0, -4, 6]), torch.tensor([0, 6, -9]))
torch.gcd(torch.tensor([-128], dtype=torch.int8), torch.tensor([0], dtype=torch.int8))
torch.gcd(torch.tensor([4]), torch.tensor([6], dtype=torch.int8))
torch.lcm(torch.tensor([100], dtype=torch.int8), torch.tensor([3], dtype=torch.int8))
torch.frexp(torch.tensor([1.5, 0., inf, nan, -8.]))
torch.frexp(torch.tensor([1]))
torch.frexp(torch.tensor([1.5], requires_grad=True))
torch.frexp(torch.tensor([1.5], dtype=torch.float16))
torch.nan_to_num(torch.tensor([nan, inf, -inf], dtype=torch.float16))
torch.nan_to_num(torch.tensor([nan, inf, -inf]), nan=2, posinf=3)
torch.nan_to_num(torch.tensor([1]), nan=2.5)
torch.logit(torch.tensor([1, 0]))
torch.logit(torch.tensor([.2, -1.]), eps=0.3)
torch.logit(torch.tensor([.2, -1.]), 0.)
torch.float_power(torch.tensor([2.]), torch.tensor([2]))
torch.float_power(2, torch.tensor([2]))
torch.float_power(2, 2)
torch.signbit(torch.tensor([-0., 0., nan, -nan, -1.]))
torch.signbit(torch.tensor([-1, 0]))
torch.isneginf(torch.tensor([-inf, inf, 0.]))
torch.isposinf(torch.tensor([1]))
torch.isreal(torch.tensor([1., nan]))
2**torch.tensor([-1])
torch.tensor(2)**torch.tensor([-1, -2])
torch.tensor([-1, -1, 1, 2, 0, -2])**torch.tensor([-1, -2, -3, -1, -1, -3])
torch.tensor([2], dtype=torch.int8)**torch.tensor([-1])
torch.tensor([0])**-1
torch.pow(True, torch.tensor([True]))
torch.pow(torch.tensor([True]), torch.tensor([2]))
torch.tensor([True])**0
torch.tensor([True])**1.5
torch.pow(2, 3)
torch.fill(torch.tensor([1., 2.]), 3)
torch.fill(torch.tensor([1, 2]), 2.5)
torch.fill(torch.tensor([1, 2]), torch.tensor(3.))
torch.fill_(torch.tensor([1, 2]), 3)
torch.threshold(torch.tensor([1., 2., 3.]), 2, 9)
torch.threshold(torch.tensor([1, 2, 3]), 2, 9)
torch.threshold(torch.tensor([1, 2, 3]), 1.5, 9)
torch.threshold(torch.tensor([True]), 0, 1)
torch.square_(torch.tensor([2.]))
torch.bitwise_and(torch.tensor([1]), torch.tensor([True]))
torch.rsqrt_(torch.tensor([4.]))
torch.clip_(torch.tensor([4.]), 0, 1)
torch.conj_physical_(torch.tensor([4.]))
torch.logical_and(torch.tensor([1.]), True)
torch.logical_not(torch.tensor([1.]), out=torch.tensor([1.]))
torch.logical_and(torch.tensor([1]), torch.tensor([1.]), out=torch.tensor([5]))
torch.eq(torch.tensor([1.]), 1, out=torch.tensor([5.]))
torch.eq(torch.tensor([1.]), 1, out=torch.tensor([True]))
torch.isnan(torch.tensor([1.]), out=torch.tensor([True]))
torch.isposinf(torch.tensor([1.]), out=torch.tensor([True]))
torch.isposinf(torch.tensor([1.]), out=torch.tensor([1.]))
torch.signbit(torch.tensor([1.]), out=torch.tensor([1.]))
torch.logical_and(torch.tensor([1, 2]), torch.tensor([1, 2, 3]))
torch.tensor([1.]).real
torch.tensor([1.], requires_grad=True).real
torch.tensor([1.]).imag
torch.imag(torch.tensor([1.]))
torch.tensor([1.]).is_conj()
torch.tensor([1.]).is_neg()
torch.is_conj(torch.tensor([1.]))
torch.is_neg(torch.tensor([1.]))
torch.tensor([1.]).H
torch.tensor([1.]).absolute_()
torch.tensor([1.]).fix_()
torch.tensor([1.]).positive()
torch.tensor([1.]).not_equal_(1)
torch.tensor([1.]).greater_(0)
torch.tensor([1.]).clamp_min_(torch.tensor([2.]))
torch.tensor([1, 2]).__rpow__(2)
2<<torch.tensor([1])
torch.tensor([1])<<2.5
torch.abs(torch.tensor([True]))
torch.trunc(torch.tensor([True]))
torch.round(torch.tensor([True]))
torch.frac_(torch.tensor([1.5]))
torch.max(torch.tensor([1.]), torch.tensor([2.]))
torch.relu_(torch.tensor([-1.]))
torch.celu(torch.tensor([-1., 2.]))
torch.celu_(torch.tensor([-1., 2.]))
torch.hardshrink(torch.tensor([-1., .2]))
torch.prelu(torch.tensor([-1., .2]), torch.tensor([.2]))
torch.hardshrink(torch.tensor([1]))
torch.ceil(torch.tensor([1.], requires_grad=True))
torch.erf_(torch.tensor([1.]))
torch.copysign(torch.tensor([1]), -1)
torch.copysign(torch.tensor([1]), -0.)
torch.copysign(torch.tensor([1.]), torch.tensor([1]))
torch.xlogy(torch.tensor([0]), torch.tensor([0]))
torch.xlogy(2, 2)
torch.subtract(torch.tensor([1.]), torch.tensor([2.]), alpha=2)
torch.multiply(torch.tensor([1.]), 2)
torch.divide(torch.tensor([1.]), 2, rounding_mode="floor")
torch.true_divide(torch.tensor([1.]), 2)
torch.arctan2(torch.tensor([1.]), torch.tensor([2.]))
torch.tensor([1.]).arctan2_(torch.tensor([2.]))
torch.tensor([1.]).subtract_(1, alpha=2)
torch.tensor([1.]).divide_(2, rounding_mode="trunc")
torch.pow(f, exponent=2)
torch.pow(input=f, exponent=2)
f.pow(exponent=3)
f.pow(other=3)
torch.heaviside(f, values=torch.tensor(2.0))
f.addcmul(tensor1=f, tensor2=f, value=2)
f.lerp(end=f + 1, weight=0.5)
f.clamp(min=z, max=torch.tensor(3.0))
torch.float_power(2, exponent=i)
torch.copysign(f, other=-1)
torch.xlogy(2, other=f.abs())
torch.prelu(f, weight=z)
f.nan_to_num(nan=1, posinf=2)
f.logit(eps=0.1)
torch.gradient(torch.tensor([1.0, 4.0, 9.0, 16.0]))
torch.gradient(torch.tensor([1, 4, 9]), edge_order=2)
torch.gradient(f, spacing=2.0, dim=1)
torch.gradient(f, spacing=(2.0, 0.5))
torch.gradient(f, spacing=(torch.tensor([0.0, 1.0, 3.0]),), dim=-1, edge_order=2)
torch.gradient(f, spacing=(1, 2, 3))
torch.gradient(f, edge_order=2)
torch.gradient(f, edge_order=3)
torch.gradient(f, dim=(0, 0))
torch.gradient(f, dim=2)
w = torch.tensor([1.0, 4.0, 9.0], requires_grad=True); torch.gradient(w)[0].sum().backward(); w.grad
"""

# Gradients where a function has an edge, a kink or a pole: the function, and its arguments.
EDGES = """
torch.atan2 | 0, 1, -0.0, inf | 0, 0, -0.0, inf
torch.logaddexp | -inf, inf, -inf, 1000, nan | -inf, inf, 1, -1000, 1
torch.logaddexp2 | -inf, inf, -inf, 1000 | -inf, inf, 1, -1000
torch.nextafter | 1, 2, 3, nan | 1, 3, 2, 1
torch.hypot | 0, 3, inf | 0, 4, 1
torch.xlogy | 0, 0, 0, 1, 1, 0 | 0, -1, nan, 0, -1, 2
torch.copysign | 0, -0.0, 1, -2 | -1, -0.0, -1, -0.0
torch.fmax | 0, nan, 1, nan, -0.0 | 0, 1, nan, nan, 0
torch.fmin | 0, nan, 1, nan | 0, 1, nan, nan
torch.maximum | 0, nan, 1, nan, 2 | 0, 1, nan, nan, 1
torch.minimum | 0, nan, 1, nan, 2 | 0, 1, nan, nan, 1
torch.pow | 0, 0, 0, 2, -1, inf | 0, 1, -1, nan, 2, 0
torch.clamp | 1, 2, 3, nan, 5 | 1, 3, 4, 1, 6 | 3, 3, 2, 2, 4
torch.clamp_min | 1, 2, nan, 5 | 2, 2, 2, 2
torch.clamp_max | 1, 2, nan, 5 | 2, 2, 2, 2
torch.lerp | 1, 2 | 3, 5 | 0.2, 0.8
torch.addcmul | 1, 2 | 3, 5 | 0.2, 0
torch.addcdiv | 1, 2 | 3, 5 | 0.2, 0
torch.ldexp | 1, 2 | 3, 5
torch.logit | 0, 1, -1, 2, 0.5
lambda x: torch.logit(x, 0.1) | 0, 1, -1, 2, 0.5, 0.1, 0.05, 0.9
torch.sinc | 0, 1, 1e-4
torch.nan_to_num | nan, inf, -inf, 2
lambda x: torch.nan_to_num(x, 1, 2, 3) | nan, inf, -inf, 2
torch.angle | nan, inf, -inf, -0.0, 0, -2
torch.asin | 1, 2, 0
torch.acos | 1, 2, 0
torch.acosh | 1, 0.5
torch.atanh | 1, -1, 2
torch.log1p | -1, -2
torch.log2 | 0, -1
torch.log10 | 0, -1
torch.exp2 | 2000, -2000
torch.expm1 | 1000, -1000
torch.sinh | 1000, 0
torch.frac | 1.5, -1.5, inf, nan
torch.reciprocal | 0, inf, 2
lambda x: torch.frexp(x).mantissa | 1.5, 0, -8
lambda x, y: torch.div(x, y, rounding_mode="trunc") | 1, -7, 2 | 0, 2, 2
torch.nn.functional.hardshrink | 0.5, -0.5, 0.6, nan
torch.nn.functional.softshrink | 0.5, -0.5, 0.6, inf
torch.nn.functional.hardsigmoid | 3, -3, 0, 5
torch.nn.functional.hardswish | 3, -3, 0, 5, -5
torch.nn.functional.tanhshrink | 3, 0
torch.celu | 0, -1, 1
lambda x: torch.threshold(x, 1, 5) | 1, 2, 0
torch.prelu | 0, -1, 1 | 0.3
"""


def edge(row):
    """The script of a row: the value and the gradient of each argument."""
    function, *values = (part.strip() for part in row.split("|"))
    names = ["x", "y", "w"][: len(values)]
    made = "; ".join(f"{n} = torch.tensor([{v}], dtype=torch.float64, requires_grad=True)" for n, v in zip(names, values))
    call = f"({function})({', '.join(names)})"
    return f"{made}; out = {call}; (out.detach(), torch.autograd.grad(out, ({', '.join(names)},), torch.ones_like(out)))"


@pytest.mark.parametrize("row", lines(EDGES))
def test_edges(row):
    check(edge(row), torch)


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
