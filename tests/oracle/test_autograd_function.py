"""torch.autograd.Function: what its ctx offers, what forward and backward may return, and what is refused."""

import pytest

from ..scripts import check

torch = pytest.importorskip("torch")

# Each script may use `My(forward, backward)`, a Function made of two functions.
MAKE = """
def My(forward, backward, **more):
    members = {"forward": staticmethod(forward), "backward": staticmethod(backward), **more}
    return type("My", (torch.autograd.Function,), members).apply
def saved_exp(ctx, x):
    y = x.exp(); ctx.save_for_backward(y); return y
def double_(ctx, x):
    x.mul_(2); ctx.mark_dirty(x); return x
log = []
"""

SCRIPTS = """
My(lambda c, x: x * 2, lambda c, d: d * 2)(x=g).sum().backward(); g.grad

type("My", (torch.autograd.Function,), {"forward": staticmethod(lambda c, x: x * 2)}).apply(g).sum().backward()

type("My", (torch.autograd.Function,), {}).apply(g)

My(lambda c, a, b: a * b, lambda c, d: d)(g, g).sum().backward()

My(lambda c, x: x * 2, lambda c, d: (d, None))(g).sum().backward(); g.grad

My(lambda c, x: x * 2, lambda c, d: (d, d))(g).sum().backward()

My(lambda c, x: x * 2, lambda c, d: torch.ones(2))(g).sum().backward()

My(lambda c, x: x * 2, lambda c, d: torch.ones(2, 3))(g).sum().backward(); g.grad

My(lambda c, x: x * 2, lambda c, d: torch.ones(()))(g).sum().backward()

My(lambda c, x: x * 2, lambda c, d: d.double())(g).sum().backward(); g.grad

My(lambda c, x: x * 2, lambda c, d: 5.0)(g).sum().backward()

My(lambda c, x: x * 2, lambda c, d: None)(g).sum().backward(); g.grad

[getattr(y, "requires_grad", y) for y in My(lambda c, x: (x * 2, 5, None, "s"), lambda c, d, *r: d)(g)]

My(lambda c, x: 5, lambda c, d: d)(g)

My(lambda c, x: [x * 2], lambda c, d: d)(g)

My(lambda c, x: (x * 2,), lambda c, d: d)(g)

My(lambda c, x: (x.long(), x * 2), lambda c, i, d: log.append((i, d)) or d)(g)[1].sum().backward()
[[t.tolist() for t in pair] for pair in log]

def forward(c, x):
    y = x * 2; c.mark_non_differentiable(y); return y, x * 3
a, b = My(forward, lambda c, i, d: log.append(i.tolist()) or d)(g)
b.sum().backward()
a.requires_grad, b.requires_grad, log, g.grad

def forward(c, x):
    c.set_materialize_grads(False); return x * 2, x * 3
My(forward, lambda c, i, d: log.append(i) or d)(g)[1].sum().backward()
log, g.grad

My(lambda c, x: (x * 2, x * 3), lambda c, i, d: log.append(i) or d)(g)[1].sum().backward()
log

y = My(lambda c, x: x, lambda c, d: d * 2)(g)
y.sum().backward()
y is g, y.data_ptr() == g.data_ptr(), y.requires_grad, g.grad

with torch.no_grad():
    y = My(lambda c, x: x, lambda c, d: d * 2)(g)
y is g, y.requires_grad

y = My(lambda c, x: x, lambda c, d: d * 2)(g * 1)
y.mul_(2)

y = My(lambda c, x: x.view(3, 1), lambda c, d: d.view(3) * 2)(g)
y.sum().backward()
g.grad

y = My(lambda c, x: x.view(3, 1), lambda c, d: d.view(3) * 2)(g)
y.mul_(2)

h = g * 1
y = My(double_, lambda c, d: d * 2)(h)
(y * y).sum().backward()
y is h, h._version, g.grad

My(double_, lambda c, d: d * 2)(g)

h = g * 1
y = My(double_, lambda c, d: d * 2)(h[:2])
(h * h).sum().backward()
h, g.grad

y = My(double_, lambda c, d: d * 2)(f)
y is f, f._version, f.requires_grad

def forward(c, x):
    x.mul_(2); c.mark_dirty(x); return x * 1
My(forward, lambda c, d: d)(g * 1)

def forward(c, a, b):
    a.mul_(b); c.mark_dirty(a); c.save_for_backward(b); return a
w = torch.ones(3)
y = My(forward, lambda c, d: (d * c.saved_tensors[0], d * 7))(w, g)
y.sum().backward()
g.grad, y is w, w.requires_grad

y = My(saved_exp, lambda c, d: d * c.saved_tensors[0])(g)
a, = torch.autograd.grad(y.sum(), g, create_graph=True)
b, = torch.autograd.grad(a.sum(), g, create_graph=True)
torch.autograd.grad(b.sum(), g)

y = My(saved_exp, lambda c, d: d * c.saved_tensors[0])(g)
y.sum().backward()
y.grad_fn.saved_tensors

y = My(saved_exp, lambda c, d: d * c.saved_tensors[0])(g)
w = y.grad_fn.saved_tensors[0]
w.tolist(), w.requires_grad, y.grad_fn.needs_input_grad, y.grad_fn.name()

y = My(saved_exp, lambda c, d: d * c.saved_tensors[0])(g)
y.sum().backward(retain_graph=True); y.sum().backward(); y.sum().backward()

def forward(c, x):
    c.save_for_backward(x); return x * x
h = g * 1
y = My(forward, lambda c, d: d * 2 * c.saved_tensors[0])(h)
h.mul_(2)
y.sum().backward()

My(lambda c, x: c.save_for_backward(5), lambda c, d: d)(g)

My(lambda c, x: c.mark_dirty(5), lambda c, d: d)(g)

My(lambda c, x: c.mark_non_differentiable(5), lambda c, d: d)(g)

def forward(c, x):
    c.save_for_backward(None, x); return x * 2
My(forward, lambda c, d: log.append([t is None for t in c.saved_tensors]) or d)(g).sum().backward()
log

def forward(c, *args):
    log.append(c.needs_input_grad); c.k = args[2]; return args[0] * c.k
My(forward, lambda c, d: (d * c.k, None, None, None))(g, f, 5, [g]).sum().backward()
log, g.grad

My(lambda c, x, i: x * 2, lambda c, d: (d, torch.ones(2)))(g, i).sum().backward(); g.grad

class S(torch.autograd.Function):
    @staticmethod
    def forward(x, k=4):
        return x * k, x + k
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.k = inputs[1]
        ctx.save_for_backward(inputs[0], output[0])
        log.append((len(inputs), len(output), torch.is_grad_enabled()))
    @staticmethod
    def backward(ctx, d, e):
        log.append(([t.requires_grad for t in ctx.saved_tensors], torch.is_grad_enabled(), e.tolist()))
        return d * ctx.k + e, None
S.apply(g, 3)[0].sum().backward()
S.apply(g)[0].sum().backward()
log, g.grad

class V(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def vjp(ctx, d):
        return d * 3
V.apply(g).sum().backward()
g.grad

class VB(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def vjp(ctx, d):
        return d
    @staticmethod
    def backward(ctx, d):
        return d
VB.apply(g).sum().backward()

@torch.autograd.function.once_differentiable
def backward(c, d):
    return d * c.saved_tensors[0] * 2
def forward(c, x):
    c.save_for_backward(x); return x * x
y = My(forward, backward)(g)
w, = torch.autograd.grad((y * y).sum(), g, create_graph=True)
a = w.tolist()
w.sum().backward()

@torch.autograd.function.once_differentiable
def backward(c, d):
    return d * c.saved_tensors[0] * 2
def forward(c, x):
    c.save_for_backward(x); return x * x
(My(forward, backward)(g) ** 2).sum().backward()
g.grad

def backward(c, d):
    raise KeyError("boo")
My(lambda c, x: x * 2, backward)(g).sum().backward()

def backward(c, d):
    log.append(torch.is_grad_enabled()); return d * 2
y = My(lambda c, x: x * 2, backward)(g)
torch.autograd.grad(y.sum(), g, retain_graph=True)
torch.autograd.grad(y.sum(), g, create_graph=True)
log

class Outer(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        with torch.enable_grad():
            ctx.x = x.detach().requires_grad_()
            ctx.y = ctx.x.sin()
        return ctx.y.detach()
    @staticmethod
    def backward(ctx, d):
        return torch.autograd.grad(ctx.y, ctx.x, d)[0]
Outer.apply(g).sum().backward()
g.grad

with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
    y = My(saved_exp, lambda c, d: d * c.saved_tensors[0])(g)
w, = torch.autograd.grad(y.sum(), g, create_graph=True)
w

torch.autograd.gradcheck(lambda x: My(saved_exp, lambda c, d: d * c.saved_tensors[0])(x), d.requires_grad_())

torch.autograd.gradcheck(lambda x: My(saved_exp, lambda c, d: d * 2)(x), d.requires_grad_())

torch.autograd.gradcheck(lambda x: My(saved_exp, lambda c, d: d * 2)(x), d.requires_grad_(), raise_exception=False)

torch.autograd.gradgradcheck(lambda x: My(saved_exp, lambda c, d: d * c.saved_tensors[0])(x), (d.requires_grad_(),))

torch.autograd.gradgradcheck(torch.sin, (d,))

torch.manual_seed(0); torch.autograd.gradgradcheck(lambda x: (x.sin(), x.cos()), (d.requires_grad_(),)); torch.rand(2)

torch.autograd.gradcheck(torch.mul, (d.requires_grad_(), zd.requires_grad_()), eps=1e-5, atol=1e-4, rtol=1e-3, fast_mode=True)

torch.autograd.gradcheck(torch.sin, f)
"""


@pytest.mark.parametrize("script", SCRIPTS.strip().split("\n\n"))
def test_same(script):
    check(MAKE + script, torch)
