"""torch.amp beside PyTorch's: what autocast notes, and all that a GradScaler does on a CPU. One-line scripts, run in both."""

import pytest

import minitorch_nlp as mt

from ..scripts import check, lines

torch = pytest.importorskip("torch")

# `w` one parameter, `o` its optimizer, `s` a scaler; `back(x)` a scaled backward of w * x; `seen` what is left of it.
START = """
A = torch.amp; w = torch.tensor([41.0, 42.0], requires_grad=True); o = torch.optim.SGD([w], lr=0.5)
s = A.GradScaler('cpu', init_scale=8.0, growth_interval=2)
def back(x=3.0): o.zero_grad(); s.scale((w * x).sum()).backward(); return w.grad.clone()
def seen(): return (w.detach(), w.grad, s.get_scale(), s._get_growth_tracker(), s.state_dict())
def go(x=3.0): back(x); s.step(o); s.update(); return seen()
class Own(torch.optim.SGD):
    _step_supports_amp_scaling = True
    def step(self): return (self.grad_scale, self.found_inf)
def on(d='cpu'): return (torch.is_autocast_enabled(d), str(torch.get_autocast_dtype(d)), torch.is_autocast_cache_enabled())
"""

SCALER = r"""
seen()
s.get_scale(), s.get_growth_factor(), s.get_backoff_factor(), s.get_growth_interval(), s.is_enabled(), s._scale is None
back(), seen()
back(); s.step(o); seen()
back(); s.step(o), s.update(), seen()
for i in range(3): back(); s.step(o); s.update()\nseen()
for i in range(5): back(inf if i == 2 else i + 1.0); s.step(o); s.update()\nseen()
back(nan); s.step(o); s.update(); seen()
back(); s.unscale_(o); (w.grad, s.step(o), w.detach())
back(); s.unscale_(o); torch.nn.utils.clip_grad_norm_([w], 1.0); s.step(o); s.update(); seen()
back(); s.unscale_(o); s.unscale_(o)
back(); s.step(o); s.unscale_(o)
back(); s.step(o); s.step(o)
back(); s.step(o, closure=lambda: 1.0)
s.step(o)
s.unscale_(o)
s.update()
back(); s.update()
back(); o.zero_grad(); s.step(o)
back(); s.update(5.0); seen()
back(); s.update(torch.tensor(3.0)); seen()
back(); s.update(torch.tensor([3.0, 1.0]))
back(); s.update(torch.tensor(3.0, requires_grad=True))
s.scale([w, (w, w)])
list(s.scale(x for x in [w, w]))
s.scale(3.0)
s.scale(w.half()).dtype
p = w.detach().half().requires_grad_(); p.grad = p.detach(); s.scale(w); s.unscale_(torch.optim.SGD([p]))
p = torch.ones(1, requires_grad=True); q = torch.optim.SGD([p]); s.scale(p * inf).backward(); back(); s.step(q); s.step(o); s.update(); p, seen()
s.set_growth_factor(3.0); s.set_backoff_factor(0.25); s.set_growth_interval(1); (go(), go(inf))
t = A.GradScaler('cpu'); go(); t.load_state_dict(s.state_dict()); (t.get_scale(), t.state_dict(), t._scale is None)
go(); t = {**s.state_dict(), 'scale': 2.0, '_growth_tracker': 1}; s.load_state_dict(t); (s.get_scale(), s._scale, s._growth_tracker)
s.load_state_dict({})
t = A.GradScaler('cpu', enabled=False); (t.scale(w), t.unscale_(o), t.update(), t.get_scale(), t.state_dict(), t.is_enabled())
t = A.GradScaler('cpu', enabled=False); w.grad = torch.ones(2); (t.step(o), w)
t = A.GradScaler('cpu', enabled=False); t.step(o, closure=lambda: 3.0)
t = A.GradScaler('cpu', enabled=False); t.scale(3.0)
A.GradScaler('cpu', growth_factor=1.0)
A.GradScaler('cpu', backoff_factor=1.0)
s = A.GradScaler('cpu', 2.0**127, growth_interval=1); w.grad = torch.ones(2); s.scale(w * 0); s.step(o); s.update(); s.get_scale()
import pickle; go(); t = pickle.loads(pickle.dumps(s)); (t.get_scale(), t._growth_tracker, t.state_dict() == s.state_dict())
import pickle; back(); s.step(o); pickle.dumps(s)
import copy; go(); copy.deepcopy(s).get_scale()
q = Own([w], lr=0.1); back(); r = s.step(q); (r, hasattr(q, 'grad_scale'), s.update())
q = Own([w], lr=0.1); back(inf); s.unscale_(q); (s.step(q), s.update(), s.get_scale())
e = torch.nn.Embedding(43, 2, sparse=True); s.scale(e(w.long()).sum()).backward(); s.unscale_(torch.optim.SGD([e.weight])); e.weight.grad._values()
"""

AUTOCAST = r"""
on(), on('cuda'), on('xpu'), on('cpu:0')
with torch.autocast('cpu'): r = on()\nr, on()
with A.autocast('cpu', torch.float16): r = on()\nr
with A.autocast('cpu', dtype=torch.float16, cache_enabled=False): r = on()\nr, on()
with A.autocast('cpu'):\n    with A.autocast('cpu', enabled=False): r = on()\n    q = on()\nr, q, on()
with A.autocast('cpu', enabled=False): r = on()\nr
a = A.autocast('cpu')\nwith a: r = on()\nwith a: q = on()\nr, q, on()
f = A.autocast('cpu')(lambda x, y=1: (x, y, on())); (f(3, y=4), on())
f = A.autocast('cpu', enabled=False)(on); f()
A.autocast('cpu')(3)
A.autocast('foo')
A.autocast('meta')
A.autocast('hip')
A.autocast(3)
A.autocast()
A.autocast('cpu', torch.float16).fast_dtype == torch.float16
a = A.autocast('cpu', torch.float16); (a.device, a._enabled, a._cache_enabled)
A.is_autocast_available('cpu'), A.is_autocast_available('cuda'), A.is_autocast_available('meta'), A.is_autocast_available('cuda:1')
A.is_autocast_available('foo')
torch.is_autocast_enabled('foo')
torch.is_autocast_enabled(3)
torch.is_autocast_enabled()
torch.get_autocast_dtype('foo')
torch.set_autocast_dtype('cpu', 3)
torch.set_autocast_enabled('cpu', 1)
torch.set_autocast_enabled('cpu', True); r = on(); torch.set_autocast_enabled('cpu', False); r, on()
torch.set_autocast_enabled(True); r = on('cuda'); torch.set_autocast_enabled(False); r, on('cuda')
torch.set_autocast_dtype('cpu', torch.float16); r = on(); torch.set_autocast_dtype('cpu', torch.bfloat16); r
torch.set_autocast_cache_enabled(False); r = on(); torch.set_autocast_cache_enabled(True); r
f, g = torch.autocast_increment_nesting, torch.autocast_decrement_nesting; f(), f(), g(), g()
torch.clear_autocast_cache()
try:\n    with A.autocast('cpu'): 1 / 0\nexcept ZeroDivisionError: pass\non()
A.custom_fwd(device_type=3)
A.custom_bwd(device_type=None)
torch.GradScaler is A.GradScaler, torch.autocast is A.autocast
c = torch.cpu; c.is_available(), c.device_count(), c.current_device(), c.is_initialized(), c.synchronize(), c.set_device('cpu')
"""

FUNCTION = """
class F(torch.autograd.Function):
    @staticmethod
    @A.custom_fwd(device_type='cpu'CAST)
    def forward(ctx, x, y): log.append((on()[:2], str(x.dtype), str(y[0].dtype))); return x * 2
    @staticmethod
    @A.custom_bwd(device_type='cpu')
    def backward(ctx, g): log.append(on()[:2]); return g * 2, None
log = []
with A.autocast('cpu', enabled=ON): r = F.apply(w, [w.detach().double()])
r.sum().backward(); (log, w.grad)
"""

WARNED = [
    ("A.autocast('cpu', torch.float32)._enabled", UserWarning),
    ("A.autocast('cuda')._enabled", UserWarning),
    ("A.GradScaler().is_enabled()", UserWarning),
    ("torch.cuda.amp.GradScaler(enabled=False).is_enabled()", FutureWarning),
    ("torch.cuda.amp.autocast(enabled=False)._enabled", FutureWarning),
    ("torch.cpu.amp.autocast().device", FutureWarning),
    ("torch.cpu.amp.GradScaler(4.0).get_scale()", FutureWarning),
    ("torch.cuda.amp.custom_fwd(lambda c: 3).__name__", FutureWarning),
    ("torch.cuda.amp.custom_bwd(lambda c: 3).__name__", FutureWarning),
    ("torch.is_autocast_cpu_enabled()", DeprecationWarning),
    ("str(torch.get_autocast_cpu_dtype())", DeprecationWarning),
    ("str(torch.get_autocast_gpu_dtype())", DeprecationWarning),
    ("torch.set_autocast_cpu_enabled(False)", DeprecationWarning),
    ("torch.set_autocast_cpu_dtype(torch.bfloat16)", DeprecationWarning),
    ("torch.set_autocast_gpu_dtype(torch.float16)", DeprecationWarning),
]


@pytest.mark.parametrize("script", lines(SCALER) + lines(AUTOCAST))
def test_amp(script):
    check(START + script.replace("\\n", "\n"), torch)


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("cast", ["", ", cast_inputs=torch.float32", ", cast_inputs=torch.float16"])
def test_custom_function(cast, on):
    check(START + FUNCTION.replace("CAST", cast).replace("ON", str(on)), torch)


@pytest.mark.parametrize(("script", "kind"), WARNED)
def test_amp_warns(script, kind):
    values = []
    for library in (mt, torch):
        with pytest.warns(kind):
            values.append(eval(script, {"torch": library, "A": library.amp}))
    assert values[0] == values[1]
