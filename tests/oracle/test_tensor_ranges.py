"""Numbers at and beyond the range of their dtype, bits, rounded quotients, bools refused, in-place results that do not fit."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
u+300
u-300
u*300
u+(-1)
300+u
300-u
u*-1
torch.tensor([100, -3], dtype=torch.int8)+200
torch.tensor([100, -3], dtype=torch.int8)*1000
torch.tensor([100, -3], dtype=torch.int8)-129
s+2**31
s*2**40
s+2**63
i+2**63
i+2**64
i+-2**63
i*2**63
i*(2**63-1)
u//300
u%300
u/300
300//u
-1//u
-1%u
u**300
u**2
u**-1
2**u
300**u
i**-1
i**torch.tensor(-1)
i**torch.tensor([-1, 2])
torch.tensor([100, -3], dtype=torch.int8)**2
b**2
b**True
b**b
2**b
b**b.int()
torch.pow(b, True)
f**b
b+300
b*300
u==300
u==-1
u<300
u>-1
u<2**70
u.clamp(-1, 300)
u.clamp(0, 300)
u.clamp(max=300)
torch.tensor([100, -3], dtype=torch.int8).clamp(-200, 200)
u.clamp(-5.5, 20)
u.fill_(300)
u.fill_(-1)
u.fill_(1.7)
u.add_(300)
u.mul_(300)
u.sub_(300)
torch.tensor([100, -3], dtype=torch.int8).add_(200)
torch.tensor([100, -3], dtype=torch.int8).fill_(200)
s.fill_(2**31)
i.fill_(2**63)
b.fill_(300)
b.fill_(2.5)
u.copy_(torch.tensor(300))
u.__setitem__(0, 300); u
u.__setitem__(0, -1); u
u.masked_fill(b, 300)
torch.where(b, u, 300)
torch.where(b, 300, u)
torch.maximum(u, torch.tensor(300))
torch.maximum(u, torch.tensor([300]))
u&300
u|300
u&-1
u^-1
300&u
u<<9
u<<-1
u>>9
u>>-1
i<<64
i<<63
i<<-1
i>>64
i>>-1
torch.tensor([100, -3], dtype=torch.int8)<<7
torch.tensor([100, -3], dtype=torch.int8)<<8
b<<1
b<<b
b>>1
1<<i
1>>i
f<<1
torch.bitwise_left_shift(f, 1)
torch.bitwise_left_shift(i, torch.tensor([1, 2]))
torch.bitwise_left_shift(1, i)
torch.bitwise_and(u, 300)
torch.bitwise_and(300, u)
torch.bitwise_and(b, True)
torch.bitwise_and(b, 1)
torch.bitwise_and(i, 1.5)
torch.bitwise_not(f)
torch.bitwise_not(b)
torch.bitwise_not(u)
u&torch.tensor([100, -3], dtype=torch.int8)
abs(b)
b.abs()
torch.abs(b)
b-b
b-1
1-b
b-1.5
1.5-b
b-i
i-b
f-b
b-f
b.sub(1)
torch.rsub(b, 1)
torch.rsub(i, True)
i-True
b.sub_(b)
i.add_(1.5)
i.mul_(1.5)
i.div_(2)
i.div_(2, rounding_mode="floor")
i.div_(2.5, rounding_mode="floor")
i.pow_(2.5)
i.pow_(-1)
i.exp_()
i.sqrt_()
i.atan2_(i)
i.add_(f)
i.mul_(torch.tensor(1.5))
b.add_(1)
b.add_(b)
b.mul_(True)
b.mul_(2)
i.eq_(f)
f.eq_(i)
f.lt_(0)
f.logical_not_()
i.logical_and_(i)
b.logical_xor_(b)
f.logical_or_(i)
f.eq_(1)
b.eq_(f)
g.eq(1)
torch.div(g, 2, rounding_mode="floor")
torch.div(g, 2, rounding_mode="trunc")
torch.div(g, g, rounding_mode="trunc").grad_fn.name()
torch.div(2, g, rounding_mode="trunc").grad_fn.name()
torch.div(g, 2, rounding_mode="trunc").sum().backward(); g.grad
torch.div(g, f, rounding_mode="trunc").sum().backward(); g.grad
torch.div(f, g, rounding_mode="trunc").sum().backward(); g.grad
torch.div(2, i)
torch.div(7, i, rounding_mode="floor")
g%2
torch.fmod(2, g)
torch.fmod(2, f)
f.__rmod__(2)
2%f
b%b
b//b
b//2
b%2
torch.div(b, b, rounding_mode="trunc")
torch.div(b, b)
torch.div(b, 2, rounding_mode="trunc")
torch.fmod(b, b)
torch.fmod(b, 2)
torch.remainder(b, 2)
u//2.5
h//2
i//0.0
torch.tensor([-2**63])//-1
torch.tensor([-2**63])%-1
torch.fmod(torch.tensor([-2**63]), -1)
torch.tensor([-128], dtype=torch.int8)//-1
torch.div(torch.tensor([-128], dtype=torch.int8), -1, rounding_mode="trunc")
torch.tensor([3.3, inf, -inf, nan, 1., -1., 0.])//torch.tensor([0.1, 2., 2., 1., inf, inf, 0.])
torch.div(torch.tensor([3.3, inf, -inf, nan, 1., -1., 0., 1., -0.]), torch.tensor([0.1, 2., 2., 1., inf, inf, 0., 0., 2.]), rounding_mode="trunc")
torch.tensor([1., -1., 0., -0., 5.])//torch.tensor([0., 0., 1., 1., -inf])
torch.tensor([1., -1., 0., -0., 5., -5., inf])%torch.tensor([0., 0., 1., 1., -inf, inf, 2.])
torch.fmod(torch.tensor([1., -1., 0., -0., 5., -5., inf]), torch.tensor([0., 0., 1., 1., -inf, inf, 2.]))
torch.true_divide(i, 0)
torch.abs(torch.tensor([-2**63]))
i.abs_()
torch.square(b)
torch.positive(b)
torch.positive(i)
+b
torch.sign(b)
torch.sgn(b)
torch.sgn(f)
torch.reciprocal(b)
torch.reciprocal(i)
torch.neg(b)
torch.add(b, b, alpha=2)
torch.add(b, b, alpha=True)
torch.add(i, b, alpha=2)
torch.add(i, f, alpha=1.5)
torch.add(b, b, alpha=1.5)
torch.add(f, 2, 3)
f.add(2, 3)
torch.add(f, 3, f)
f*10**400
i+None
i+"a"
torch.add(i, "a")
torch.mul(i, [1])
f.mul()
f.add()
torch.fmax(f, 1)
torch.eq(1, f)
i.true_divide_(2)
i.float_power(2)
i.float_power_(2)
f.float_power_(2)
f.double().float_power_(2)
torch.sub(i, i, alpha=True)
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
