"""Python's operators and arithmetic functions, on every mix of dtypes, ranks and kinds of operands."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
f + i
f + d
f + 1
f + 1.5
i + 1
i + 1.5
i + s
s + u
u + 10
u * 2
u - 4
-u
u + torch.tensor(300)
b + b
b + 1
b + 1.5
b * b
b * 2
b * i[0]
~b
~i
f + zd
i + z
i + zd
zi + z
zi * b
b + zi
z + zd
z * 2
e + 1
f[:1] + e
h + f[0]
h + 1.5
h * zd
h + 1
h + i
s + zi
u + s[0]
f + np.float64(2)
f * np.float64(2)
np.float64(2) * f
np.float32(2) * f
np.int64(2) * f
np.float64(2) * i
f * np.ones(3)
f + np.ones(3, dtype=np.float32)
np.float64(2) - f
np.float64(2) / f
f / np.float64(2)
f == np.float64(1)
np.float64(1) == f
np.float64(1) < f
np.ones(3) == f
i // 2
i // -2
-7 // i[0]
i % 3
i % -3
7 % i[0]
f // 0.4
f % 0.7
f % -0.7
5.5 % f
f // 0
f % 0
i / 0
i // 2.0
i % 2.5
u // 3
u % 4
b // 2
b % 2
f // f
f % f
torch.fmod(i, 3)
torch.fmod(f, 0.7)
torch.fmod(f, 0)
torch.fmod(f, -0.7)
torch.remainder(f, 0.7)
torch.remainder(7, i[0])
torch.div(i, 2)
torch.div(i, 2, rounding_mode="floor")
torch.div(i, 2, rounding_mode="trunc")
torch.div(i, -2, rounding_mode="trunc")
torch.div(f, 0.4, rounding_mode="trunc")
torch.div(f, 0.4, rounding_mode="floor")
torch.div(f, 0, rounding_mode="floor")
torch.div(f, 0, rounding_mode="trunc")
torch.floor_divide(i, 2)
torch.floor_divide(f, 2)
i / 2
i / i
b / 2
b / b
u / u
2 / i
f / i
f / 0
f ** 2
f ** -1
f ** 0.5
2 ** f
2.0 ** i
i ** 2
i ** 2.0
i ** 0.5
i ** i.abs()
(-2) ** i.abs()
b ** 2
u ** 2
f ** i
f ** z
i ** z
torch.pow(2, f)
torch.pow(f, 2)
torch.pow(2.5, i)
f.pow(2)
f == 1
f == i
f == None
f != None
i == 1.0
i == 1.5
b == 1
b == True
f == "a"
i & 1
i | 8
i ^ 3
i & i
b & b
b | True
b & i
u & s
True & b
5 & i
i << 1
i >> 1
b ^ b
f @ torch.ones(3)
f @ np.ones(3, dtype=np.float32)
i @ i.T
f.add(1, alpha=2)
f.add(f, alpha=0.5)
torch.add(f, 1)
torch.add(1, f)
torch.add(i, 1, alpha=2)
torch.add(b, b, alpha=True)
torch.sub(f, 1)
torch.sub(1, f)
torch.sub(f, f, alpha=2)
torch.rsub(f, 1)
torch.rsub(f, 1, alpha=2)
torch.mul(f, 2)
torch.mul(2, f)
torch.div(2, f)
torch.true_divide(i, 2)
torch.eq(f, 1)
f.eq(f)
torch.lt(i, 1.5)
u == 300
u == -1
5 in i
5 in f
torch.tensor(5) in i
bool(z)
bool(torch.zeros(1, 1))
not z
int(z)
float(zi)
complex(z)
abs(f)
abs(i)
abs(u)
+f
-f
-i
list(range(zi))
[10, 20, 30, 40][zi]
"abc" * zi
range(3)[torch.tensor([1])]
[1, 2, 3][torch.tensor([[1]])]
hash(f) == hash(f)
f is f
f == f
(f == f).all()
all(b)
sum(f)
max(f[0])
min(i[0])
sorted(f[0])
len(f)
len(e)
list(f)
list(e)
[x for x in i]
tuple(i)
f.sum() + 1
f.mean() * np.float64(3)
np.float64(3) * f.mean()
np.float64(3) + z
np.float32(3) + zi
f + True
i + True
b + True
True + b
b * True
i * True
i * 10**10
i == 2**63
i + 2.0**70
g ** 2
g / 2
g * g
g + g
g - 1
g % 2
-g
g.abs()
g > 1
g == g
g * b
g * i[0]
g + zd
g * 2
2 * g
g * z
z * g
g.floor()
g.sign()
g.round()
g.ceil()
g.trunc()
g.float()
g.double()
g.long()
g.remainder(2)
g.fmod(2)
g.floor().sum().backward(); g.grad
g.round().sum().backward(); g.grad
g.sign().sum().backward(); g.grad
(g % 2).sum().backward(); g.grad
torch.fmod(g, 2).sum().backward(); g.grad
w = torch.tensor([2.0, 1.5, 1.0], requires_grad=True); (g % w).sum().backward(); (g.grad, w.grad)
w = torch.tensor([2.0, 1.5, 1.0], requires_grad=True); torch.fmod(g, w).sum().backward(); (g.grad, w.grad)
(g * zd).sum().backward(); g.grad
(g.double() * 2).sum().backward(); g.grad
w = torch.tensor(2.0, requires_grad=True); (g * w).sum().backward(); w.grad
w = torch.ones(2, 1, 3, requires_grad=True); (g * w).sum().backward(); (g.grad, w.grad)
w = torch.tensor(2.0, requires_grad=True, dtype=torch.float64); (g * w).sum().backward(); (g.grad, w.grad)
w = torch.tensor(2.0, requires_grad=True); (w ** 3).backward(); w.grad
w = torch.tensor(0.0, requires_grad=True); (w ** 2).backward(); w.grad
w = torch.tensor(0.0, requires_grad=True); (w ** 0).backward(); w.grad
w = torch.tensor(0.0, requires_grad=True); (2 ** w).backward(); w.grad
w = torch.tensor(0.0, requires_grad=True); (0 ** w).backward(); w.grad
w = torch.zeros(2, requires_grad=True); (i[:, :2] * w).sum().backward(); w.grad
w = torch.tensor([2.0, 1.5, -1.0], requires_grad=True); (f % w).sum().backward(); w.grad
w = torch.tensor([2.0, 1.5, -1.0], requires_grad=True); torch.fmod(f, w).sum().backward(); w.grad
# refused
b - b
b - 1
1 - b
i - b[0]
-b
~f
f + e
i // 0
i % 0
i // i
i % i
b // b
torch.fmod(i, 0)
torch.remainder(i, 0)
torch.div(i, 0, rounding_mode="trunc")
torch.div(i, 0, rounding_mode="floor")
torch.div(i, 2, rounding_mode="round")
i ** -1
f < "a"
f + "a"
f + None
None + f
f + [1, 2, 3]
f * [1, 2, 3]
[1, 2, 3] + f
f + (1, 2, 3)
f < None
f < [1]
f & 1
b & f
i & 1.5
f @ d
i @ torch.ones(3)
f @ 2
f @ f
f == f.T
f < torch.ones(4)
f + torch.ones(4)
torch.add(i, i, alpha=0.5)
torch.eq(1, 2)
torch.eq(1, f)
torch.eq(f, None)
f.eq("a")
None in f
"a" in f
bool(f)
bool(e)
f and 1
int(f)
int(torch.tensor(nan))
int(torch.tensor(inf))
round(z)
round(torch.tensor(2.567), 2)
round(f, 1)
divmod(i, 2)
[1, 2][z]
len(z)
list(z)
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)
