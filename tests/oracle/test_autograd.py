"""backward, grad, hooks, modes and the graph's parts: values, who is called when, and exception types."""

import pytest

import minitorch_nlp

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
# backward
h = g * 2; (h * h).sum().backward(inputs=[h]); (h.grad, g.grad)
h = g * 2; (h * h).sum().backward(inputs=g); g.grad
h = g * 2; h.backward(torch.ones(3), inputs=[g, g]); g.grad
h = g * 2; (h * h).sum().backward(inputs=[h, g]); (h.grad, g.grad)
(g * g).sum().backward(inputs=[])
(g * g).sum().backward(inputs=[f])
w = g.detach().requires_grad_(); (g * g).sum().backward(inputs=[w]); w.grad
torch.autograd.backward([g.sum(), g.prod()], [z, None]); g.grad
torch.autograd.backward([g.sum(), (g * g).sum()]); g.grad
torch.autograd.backward([g.sum(), g.sum()], [z])
torch.autograd.backward(g * 2, torch.ones(3)); g.grad
(g * 2).backward()
(g * 2).sum().backward(1.0)
(g * 2).sum().backward((z,)); g.grad
(g * 2).sum().backward(gradient=z, retain_graph=False); g.grad
(g * 2).backward(torch.ones(3, dtype=torch.float64)); g.grad
(g * 2).backward(torch.ones(3, dtype=torch.long)); g.grad
(g * 2).backward(torch.ones(1))
(g * 2).sum().backward(torch.ones(1))
(g * 2).sum().backward(keep_graph=True)
y = (g * g).sum(); y.backward(); y.backward()
y = (g * g).sum(); y.backward(retain_graph=True); y.backward(); g.grad
y = (g * g).sum(); torch.autograd.grad(y, g); y.backward()
y = g.exp(); w = (y * y).sum(); torch.autograd.grad(w, y); y.backward(torch.ones(3)); g.grad
y = g.split(1)[0]; w = (y * y).sum(); torch.autograd.grad(w, y); y.backward(torch.ones(1)); g.grad
(g * g).sum().backward(); w = g.grad; (g * g).sum().backward(); (w is g.grad, w)
k = torch.ones(3); (g + 0).backward(k); g.grad.data_ptr() == k.data_ptr()
k = torch.ones(3); g.backward(k); (g.grad is k, g.grad.data_ptr() == k.data_ptr())
g.grad = torch.ones(3); (g * 2).sum().backward(); g.grad
g.sum().backward(torch.ones(()), create_graph=True); g.grad.requires_grad
f.sum().backward()
# grad
torch.autograd.grad((g * 2).sum(), [g], z)
torch.autograd.grad((g * 2).sum(), (g,), (z,))
torch.autograd.grad((g * 2).sum(), [])
torch.autograd.grad((g * 2).sum(), f)
w = torch.ones(3, requires_grad=True); torch.autograd.grad((g * 2).sum(), [g, w], materialize_grads=True)
w = torch.ones(3, requires_grad=True); torch.autograd.grad((g * 2).sum(), [g, w], materialize_grads=True, allow_unused=False)
w = torch.ones(3, requires_grad=True); torch.autograd.grad((g * 2).sum(), [g, w], allow_unused=True)
w = torch.ones(3, requires_grad=True); torch.autograd.grad((g * 2).sum(), [g, w])
torch.autograd.grad(g * g, g, torch.eye(3), is_grads_batched=True)
w = torch.ones(3, requires_grad=True); torch.autograd.grad(g * g, (g, w), torch.eye(3), is_grads_batched=True, allow_unused=True)
torch.autograd.grad([g * g, g], g, [torch.eye(3), torch.eye(3)], is_grads_batched=True)
torch.autograd.grad((g * g).sum(), g, None, True, True, True, True)
w = torch.ones(3, requires_grad=True); torch.autograd.grad((g * g).sum(), [g, w], z, None, False, True, True, False, False)
torch.autograd.grad((g * g).sum(), {"a": g})
w = torch.ones(3, requires_grad=True); torch.autograd.grad((g * g * w).sum(), {"w": w, "g": g}, create_graph=True)
w = torch.ones(3, requires_grad=True); torch.autograd.grad((g * g).sum(), {"w": w, "g": g})
torch.autograd.grad((g * g).sum(), {})
(g * g).sum().backward(inputs={"a": g}); g.grad
torch.autograd.grad(g, g, torch.ones(3))
h = g * 2; torch.autograd.grad((h * h).sum(), [h, g, h])
h = g * 2; torch.autograd.grad([h.sum(), h.sum(), g.sum()], [g])
torch.autograd.grad([g.sum(), g.sum()], g, [z])
y, = torch.autograd.grad((g ** 3).sum(), g, create_graph=True); torch.autograd.grad(y.sum(), g)
y, = torch.autograd.grad((g ** 3).sum(), g, create_graph=True, retain_graph=False); y.sum().backward(); g.grad
(g * 2).sum().backward(); torch.autograd.grad((g * 3).sum(), g); g.grad
# hooks on tensors
log = []; g.register_hook(lambda x: log.append(x.tolist())); (g * 2).sum().backward(); log
g.register_hook(lambda x: x * 10); g.register_hook(lambda x: x + 1); (g * 2).sum().backward(); g.grad
h = g * 2; h.register_hook(lambda x: x * 10); h.retain_grad(); h.register_hook(lambda x: x * 2); h.sum().backward(); (h.grad, g.grad)
h = g * 2; h.retain_grad(); h.retain_grad(); h.sum().backward(retain_graph=True); h.sum().backward(); (h.grad, h.retains_grad)
g.retain_grad(); g.retains_grad
f.retain_grad()
w = g.register_hook(lambda x: x * 10); w.remove(); w.remove(); (g * 2).sum().backward(); g.grad
w = g.register_hook(print); w2 = g.register_hook(lambda x: x * 3); w.remove(); g.sum().backward(); g.grad
h = g * 2; h.register_hook(lambda x: 5); h.sum().backward()
h = g * 2; h.register_hook(lambda x: torch.ones(2)); h.sum().backward()
h = g * 2; h.register_hook(lambda x: x.double()); h.sum().backward()
g.register_hook(lambda x: x.double()); g.sum().backward()
f.register_hook(print)
(g * 2).register_post_accumulate_grad_hook(print)
g.register_post_accumulate_grad_hook(lambda p: 5); g.sum().backward()
log = []; g.register_post_accumulate_grad_hook(lambda p: log.append((p is g, p.grad.tolist(), torch.is_grad_enabled()))); g.sum().backward(); log
g.register_post_accumulate_grad_hook(lambda p: p.sub_(p.grad)); (g * 2).sum().backward(); g
log = []; g.register_post_accumulate_grad_hook(lambda p: log.append(1)); torch.autograd.grad(g.sum(), g); log
log = []; g.register_hook(lambda x: log.append(1)); (torch.autograd.grad((g * g).sum(), g), log)
h = g * 2; h.register_hook(lambda x: x * 3); torch.autograd.grad(h.sum(), h)
h = g * 2; h.register_hook(lambda x: x * 3 if torch.is_grad_enabled() else x); h.sum().backward(create_graph=False); g.grad
log = []; g.register_hook(log.append); (g * g).sum().backward(); g.grad.mul_(5); log
log = []; h = g * 2; h.register_hook(lambda x: log.append("old")); h.mul_(3); h.register_hook(lambda x: log.append("new")); h.sum().backward(); log
# hooks on nodes
h = g * 2; h.grad_fn.register_hook(lambda i, o: tuple(x if x is None else x * 5 for x in i)); h.sum().backward(); g.grad
h = g * 2; h.grad_fn.register_prehook(lambda o: (o[0] * 3,)); h.sum().backward(); g.grad
h = g * 2; w = h.grad_fn.register_prehook(lambda o: (o[0] * 3,)); w.remove(); h.sum().backward(); g.grad
h = g * 2; h.grad_fn.register_hook(lambda i, o: (torch.ones(2), None)); h.sum().backward()
h = g * 2; h.grad_fn.register_hook(lambda i, o: (None,)); h.sum().backward()
log = []; h = g * g; h.grad_fn.register_hook(lambda i, o: log.append((len(i), len(o)))); h.sum().backward(); log
log = []; y, w = g.split([1, 2]); y.grad_fn.register_prehook(lambda o: log.append([x is None or x.tolist() for x in o])); w.sum().backward(); log
log = []; h = g * g; h.grad_fn.next_functions[0][0].register_hook(lambda i, o: log.append((i, o, g.grad.tolist()))); h.sum().backward(); log
log = []; w = (g * g).grad_fn.next_functions[0][0]; w.register_prehook(lambda o: log.append(g.grad) or (o[0] * 2,)); g.sum().backward(); (log, g.grad)
h = g * g; (h.grad_fn.next_functions[0][0].variable is g, h.grad_fn.next_functions[0][0] is h.grad_fn.next_functions[1][0])
h = g * g; h.grad_fn.metadata["a"] = 1; h.grad_fn.metadata
h = (g * 2).exp(); (h.grad_fn.name(), h.grad_fn.next_functions[0][0].name(), h.grad_fn.next_functions[0][0].next_functions[1])
(g * g).grad_fn._saved_self is g
g.exp().grad_fn._saved_result
h = g * g; h.sum().backward(); h.grad_fn._saved_self
[(y.output_nr, y.grad_fn.name()) for y in g.split(1)]
# torch.autograd.graph
torch.autograd.graph.get_gradient_edge(f)
h = g * g; torch.autograd.grad((h * h).sum(), torch.autograd.graph.get_gradient_edge(h))
h = g * g; torch.autograd.grad(torch.autograd.graph.get_gradient_edge(h), g, torch.ones(3))
torch.autograd.grad((g * g).sum(), torch.autograd.graph.get_gradient_edge(g))
torch.autograd.graph.get_gradient_edge(g * g).output_nr
h = g * 2; w = h * h; torch.autograd.graph.increment_version(h); w.sum().backward()
log = []; h = g * 2; torch.autograd.graph.register_multi_grad_hook((g, h), lambda x: log.append(x)); (h * h).sum().backward(); log
log = []; w = torch.ones(3, requires_grad=True); torch.autograd.graph.register_multi_grad_hook((g, w), log.append); (g * g).sum().backward(); log
log = []; torch.autograd.graph.register_multi_grad_hook((g, g * 1), log.append, mode="any"); (g * g).sum().backward(); g.prod().backward(); log
log = []; w = torch.autograd.graph.register_multi_grad_hook((g,), log.append); g.sum().backward(); w.remove(); g.sum().backward(); len(log)
torch.autograd.graph.register_multi_grad_hook((g,), print, mode="foo")
torch.autograd.graph.register_multi_grad_hook((f,), print)
# Variable, Function names
torch.autograd.Variable(f, requires_grad=True).requires_grad
isinstance(f, torch.autograd.Variable)
torch.autograd.Variable([1.0])
torch.autograd.function.InplaceFunction.__mro__[1].__name__
# modes
torch.no_grad()(lambda: (g * 2).requires_grad)()
torch.enable_grad()(lambda: torch.is_grad_enabled())()
torch.no_grad()(torch.enable_grad()(lambda: torch.is_grad_enabled()))()
torch.set_grad_enabled(False)(lambda: torch.is_grad_enabled())(), torch.is_grad_enabled()
torch.inference_mode()(lambda: (torch.is_grad_enabled(), torch.is_inference_mode_enabled()))()
torch.inference_mode(False)(lambda: (torch.is_grad_enabled(), torch.is_inference_mode_enabled()))()
torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()
torch.inference_mode()(torch.enable_grad()(lambda: (g * 2).requires_grad))()
torch.inference_mode()(torch.set_grad_enabled(True)(lambda: (g * 2).requires_grad))()
torch.inference_mode()(torch.inference_mode(False)(lambda: (g * 2).requires_grad))()
torch.no_grad()(torch.inference_mode(False)(lambda: (g * 2).requires_grad))()
torch.enable_grad()(torch.inference_mode()(lambda: (g * 2).requires_grad))()
torch.autograd.grad_mode.no_grad is torch.no_grad
"""

BLOCKS = """
log = []
def note(name):
    return lambda x: log.append((name, x.tolist(), torch.is_grad_enabled()))
w1, w2 = (torch.tensor([1.0, 2.0, 3.0], requires_grad=True) for _ in range(2))
h = w1 * 2
y = h * w2
h.register_hook(note("h"))
h.retain_grad()
w2.register_hook(note("w2"))
w1.register_hook(note("w1"))
w1.register_post_accumulate_grad_hook(lambda p: log.append(("post", p.grad.tolist(), torch.is_grad_enabled())))
y.register_hook(note("y"))
y.grad_fn.register_hook(lambda gi, go: log.append(("node", [x.tolist() for x in gi], [x.tolist() for x in go])))
y.grad_fn.register_prehook(lambda go: log.append(("before", [x.tolist() for x in go])))
y.sum().backward()
log

log = []
a, b = (torch.ones(2, requires_grad=True) for _ in range(2))
a.register_hook(lambda x: log.append("a"))
b.register_hook(lambda x: log.append("b"))
h = (a * b).exp()
h.register_hook(lambda x: log.append("h"))
(h * b).sum().backward()
log, a.grad, b.grad

log = []
def pack(t):
    log.append(("pack", t.tolist(), t.requires_grad, torch.is_grad_enabled()))
    return t.numpy()
def unpack(n):
    log.append(("unpack", n.tolist()))
    return torch.from_numpy(n)
with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
    y = (g * g) + 1
y.sum().backward()
log, g.grad

with torch.autograd.graph.saved_tensors_hooks(lambda t: t * 2, lambda t: t):
    y = (g * g).sum()
torch.autograd.grad(y, g)

with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy().copy(), lambda n: torch.from_numpy(n)):
    y = (g.exp() * g.sin()).sum()
w, = torch.autograd.grad(y, g, create_graph=True)
torch.autograd.grad(w.sum(), g)

with torch.autograd.graph.disable_saved_tensors_hooks("not now"):
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        pass

with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 5):
    y = g * g
y.sum().backward()

with torch.autograd.graph.saved_tensors_hooks(lambda t: t.mul_(2), lambda t: t):
    y = g * g

h = g * 2
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    y = (h * h).sum()
    h.mul_(3)
    y.backward()
g.grad

with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().numpy().copy(), torch.from_numpy):
    y = torch.nn.functional.cross_entropy(g.flatten(), torch.tensor(1))
torch.autograd.grad(y, g)

with torch.autograd.graph.save_on_cpu():
    y = (g.exp() * g).sum()
y.backward()
g.grad

with torch.autograd.detect_anomaly(check_nan=False):
    w = torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()
w, torch.is_anomaly_enabled()

w = torch.autograd.set_detect_anomaly(True)
w = torch.is_anomaly_enabled()
torch.autograd.set_detect_anomaly(False)
w, torch.is_anomaly_enabled()

@torch.no_grad()
def generate():
    got = yield torch.is_grad_enabled()
    yield got, torch.is_grad_enabled()
it = generate()
next(it), torch.is_grad_enabled(), it.send(5), torch.is_grad_enabled()

@torch.no_grad
def plain(x):
    return (x * 2).requires_grad
plain(g), torch.is_grad_enabled()

with torch.set_grad_enabled(False):
    w = torch.is_grad_enabled()
    with torch.set_grad_enabled(True):
        w = w, torch.is_grad_enabled()
w, torch.is_grad_enabled()
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)


@pytest.mark.parametrize("script", BLOCKS.strip().split("\n\n"))
def test_same_block(script):
    check(script, torch)


def test_enable_grad_within_inference_mode():
    seen = []
    for library in (torch, minitorch_nlp):
        x = library.ones(2, requires_grad=True)
        with library.inference_mode(), library.enable_grad():
            y = x * 2
            seen.append((y.requires_grad, library.is_inference_mode_enabled(), library.is_grad_enabled()))
    assert seen == [(False, True, True), (False, True, False)]  # is_grad_enabled: docs/differences.md
