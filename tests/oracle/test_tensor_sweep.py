"""Methods on every kind of dtype and shape, operators on every pair of dtypes and ranks: results and refusals as PyTorch's."""

import warnings

import numpy as np
import pytest

import minitorch_nlp

from ..scripts import describe, same, words

torch = pytest.importorskip("torch")

DTYPES = ["bool", "uint8", "int64", "float32", "float64"]
SHAPES = [(), (1,), (2, 3), (0, 3), (1, 1, 2)]
METHODS = words("""
sum() sum(0) sum(-1) sum(dim=0,keepdim=True) sum(dtype=t.float64) mean() mean(0) prod() prod(0) var() var(0) var(correction=0) std()
std(-1) std(0,unbiased=False) max() max(0) max(-1) min() min(0) argmax() argmax(0) argmin() argmin(-1,True) amax() amax(0) amin(-1) all()
any() all(0) any(-1,True) cumsum(0) cumsum(0,dtype=t.float32) cumprod(0) logsumexp(0) norm() norm(1) norm(dim=0) sort() sort(0,True)
argsort() topk(1) unique() nonzero() count_nonzero() count_nonzero(0) bincount() neg() exp() log() sqrt() rsqrt() sin() cos() tanh()
sigmoid() relu() erf() floor() ceil() round() round(decimals=1) trunc() sign() square() reciprocal() clamp(0,1) clamp(min=1) isnan()
isinf() isfinite() logical_not() clone() contiguous() float() double() half() int() long() short() char() byte() bool() flatten()
reshape(-1) view(-1) unsqueeze(0) squeeze() squeeze(0) t() flip(0) roll(1) roll(1,0) repeat(2,1,1) tile(2) unbind() chunk(2) split(1)
split(1,-1) expand(2,2,3) expand_as(x) transpose(0,-1) movedim(0,-1) permute(*range(x.ndim)) tril() diagonal() repeat_interleave(2)
unflatten(0,(-1,1)) select(0,0) narrow(0,0,1) T zero_() fill_(1) masked_fill(x==x,1) masked_select(x==x)
gather(0,t.zeros((1,)*x.ndim,dtype=t.int64)) take(t.tensor([0])) scatter(0,t.zeros((1,)*x.ndim,dtype=t.int64),1)
scatter_add(0,t.zeros((1,)*x.ndim,dtype=t.int64),x) nelement() tolist() is_contiguous() numpy() new_zeros(2) type() element_size() item()
eq(1) lt(1.5) pow(2) pow(2.0) pow(0.5) add(1) add(1.5) mul(True) div(2) sub(1) floor_divide(2) remainder(2) fmod(2) dot(x) outer(x)
equal(x) allclose(x) isclose(x) is_floating_point() __len__() __bool__() __invert__() __reversed__() to(t.float16)
""")
OPERATIONS = words("""
a+b a*b a/b a//b a%b a==b a<b a&b t.where(t.tensor([True,False,True]),a,b) t.cat([a,b]) t.stack([a,b]) t.logical_and(a,b)
t.div(a,b,rounding_mode="trunc") a.add_(b) a.mul_(b) a.div_(b) a.copy_(b) a.__setitem__(...,b)
a.masked_fill(t.tensor([True,False,True]),b) t.isclose(a,b) a^b
""")


def result(expression, **names):
    """What an expression gives, described; or what it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("error" if names["t"] is minitorch_nlp else "ignore")
        warnings.simplefilter("ignore", UserWarning)
        try:
            return describe(eval(expression, names))
        except Exception as error:
            return "raises", next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")


def values(t, shape, dtype):
    return t.tensor((np.arange(np.prod(shape)) * 7 % 5).astype(dtype).reshape(shape))


@pytest.mark.parametrize("method", METHODS)
def test_method(method):
    for dtype in DTYPES:
        for shape in SHAPES:
            theirs, ours = (result(f"x.{method}", t=t, x=values(t, shape, dtype)) for t in (torch, minitorch_nlp))
            assert same(theirs, ours), f"{dtype} {shape}\nPyTorch: {theirs}\nhere:    {ours}"


def operands(t, vector):
    for dtype in DTYPES:
        x = t.tensor(vector).to(getattr(t, dtype))
        yield from (x, x[0])
    yield from (True, 2, 2.5)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation(operation):
    for i in range(13):
        for j in range(13):
            if min(i, j) >= 10:
                continue  # two numbers
            a, b = ([list(operands(t, v))[k] for t in (torch, minitorch_nlp)] for v, k in (([2, 5, 4], i), ([3, 1, 2], j)))
            theirs, ours = (result(operation, t=t, a=x, b=y) for t, x, y in zip((torch, minitorch_nlp), a, b))
            assert same(theirs, ours), f"a = {a[0]!r}, b = {b[0]!r}\nPyTorch: {theirs}\nhere:    {ours}"


GRADIENTS = words("""
sum(0) sum((0,-1)) mean() mean(-1,True) prod() prod(0) var(0) std(-1) max() max(0).values min(-1).values amax(0) amin() cumsum(0)
cumprod(-1) logsumexp(0) norm() norm(1) norm(3,dim=0) norm(float("inf")) sort(0).values topk(1).values median(-1).values exp() log()
sqrt() rsqrt() sin() cos() tanh() sigmoid() relu() erf() floor() round() sign() square() reciprocal() abs() neg() clamp(0.5,2)
clamp(min=2) clone() contiguous() double() flatten() reshape(-1) view(-1) unsqueeze(0) squeeze() t() T flip(0) roll(1) repeat(2,1,1)
tile(2) unbind(-1)[0] chunk(2)[0] split(1,-1)[-1] expand(2,2,3) transpose(0,-1) permute(*reversed(range(x.ndim))) tril(1) diagonal()
repeat_interleave(2) select(-1,0) narrow(0,0,1) masked_fill(x>2,7) masked_select(x>1) gather(0,t.zeros((1,)*x.ndim,dtype=t.int64))
take(t.tensor([0,0])) take_along_dim(t.tensor([0,0])) scatter(0,t.zeros((1,)*x.ndim,dtype=t.int64),1)
scatter_add(-1,t.zeros(x.shape,dtype=t.int64),x*x) index_select(-1,t.tensor([0,0])) index_add(-1,t.tensor([0]),x[...,:1])
index_copy(0,t.tensor([0]),x[-1:]) index_fill(-1,t.tensor([0]),1) pow(2) pow(0.5) pow(x) add(x) sub(x,alpha=2) mul(x) div(x) remainder(2)
fmod(2) maximum(x) minimum(t.tensor(2.0)) __rsub__(1) __rpow__(2) __rtruediv__(2) __mod__(2) __neg__() matmul(x.mT) outer(x) softmax(-1)
log_softmax(0) where(x>1,0) __getitem__(0) __getitem__((...,0)) __getitem__(None) __getitem__([0,0]) __getitem__(x>1)
__getitem__((0,None)) __getitem__(slice(0,1)) __getitem__((slice(None),[0])) __getitem__((...,[0],None)) float().mul(2).add_(x)
clone().mul_(3) clone().clamp_(1) clone().zero_() clone().fill_(t.tensor(2.0)) clone().copy_(x*2) clone().masked_fill_(x>2,0)
clone()[0].mul_(2)
""")


def gradient(expression, x):
    """The gradient with respect to x of the result's elements, each with a weight of its own."""
    t = torch if isinstance(x, torch.Tensor) else minitorch_nlp
    y = eval(expression, {"t": t, "x": x})
    weights = t.ones_like(y).reshape(-1).cumsum(0)
    (y.reshape(-1) * weights).sum().backward()
    return describe(x.grad)[:3], x.grad.tolist()


@pytest.mark.parametrize("method", GRADIENTS)
def test_gradient(method):
    for shape in [(3,), (2, 3), (0, 3), (1, 3), (2, 1, 3)]:
        both = []
        for t in (torch, minitorch_nlp):
            x = (t.tensor((np.arange(np.prod(shape)) * 7 % 5).reshape(shape)) + 0.75).requires_grad_()
            with warnings.catch_warnings():
                warnings.simplefilter("error" if t is minitorch_nlp else "ignore")
                warnings.simplefilter("ignore", UserWarning)
                try:
                    both.append(gradient(f"x.{method}", x))
                except Exception as error:
                    both.append(next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"))
        assert same(*both), f"{shape}\nPyTorch: {both[0]}\nhere:    {both[1]}"
