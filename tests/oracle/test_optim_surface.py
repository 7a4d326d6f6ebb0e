"""Optimizers beside PyTorch's: errors, hooks, names, old state dicts, averages of weights. One-line scripts, run in both."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

# `O` is torch.optim; `p` two parameters; `go(o)` three steps and what came of them.
START = """
O = torch.optim; p = [torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True), torch.tensor([[0.25, 1.0]], requires_grad=True)]
def go(o, n=3):
    for _ in range(n):
        o.zero_grad()
        loss = sum((x ** 2).sum() * 0.5 + x.sum() for x in p)
        loss.backward()
        o.step(lambda: loss) if isinstance(o, O.LBFGS) else o.step()
    return [x.detach() for x in p]
def state(o): return str(o.state_dict()).replace("dtype=torch.float32", "")
import sys; M = sys.modules[O.Optimizer.__module__]; pre, post = M.register_optimizer_step_pre_hook, M.register_optimizer_step_post_hook
log = []
def note(x): return lambda *a: log.append(x)
def in_double(f): torch.set_default_dtype(torch.float64); x = f(); torch.set_default_dtype(torch.float32); return str(x)
def older(o, n=3): go(o, n); s = o.state_dict(); s['param_groups'][0] = {k: v for k, v in s['param_groups'][0].items() if k not in LATER}; return s
LATER = ('foreach', 'maximize', 'capturable', 'differentiable')
"""

EVERY = [
    "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD", "LBFGS", "Muon",
]  # fmt: skip

FOR_EVERY = lines("""
go(O.X(p))
go(O.X(p, lr=torch.tensor(0.01)))
go(O.X(p, lr=torch.tensor([0.01])))
O.X(p, lr=torch.tensor([0.01, 0.02]))
O.X(p, lr=-1)
O.X(p, lr='0.1')
O.X([])
O.X(p[0])
O.X([1, 2])
O.X([p[0] * 2])
O.X({'a': p[0]})
O.X([{'params': p[:1]}, {'params': p[:1]}])
O.X([('a', p[0]), p[1]])
O.X([('a', p[0]), ('b', p[1])]).param_groups[0]['param_names']
repr(O.X([('a', p[0]), ('b', p[1])]))
state(O.X([('a', p[0]), ('b', p[1])]))
O.X(p, weight_decay=-1)
O.X(p, eps=-1)
O.X(p, betas=(1.0, 0.5))
O.X(p, betas=(0.5, -0.1))
O.X(p, momentum=-1)
O.X(p, alpha=-1)
O.X(p, rho=1.5)
O.X(p, etas=(0.5, 0.9))
O.X(p, unknown=1)
go(O.X(p, foreach=True))
go(O.X(p, foreach=False))
go(O.X(p, fused=True))
go(O.X(p, fused=True, foreach=True))
go(O.X(p, capturable=True))
go(O.X(p, maximize=True))
go(O.X(p, amsgrad=True))
go(O.X(p, 0.01))
o = O.X(p); o.add_param_group({'params': [torch.ones(1, 1, requires_grad=True)], 'lr': 0.5}); repr(o)
o = O.X(p); a = state(o); b = go(o); (a, b, list(o.state_dict()['state'][0]))
o = O.X(p); go(o, 2); q = O.X(p); q.load_state_dict(o.state_dict()); (state(o) == state(q), go(q, 2))
q = O.X(p); q.load_state_dict(older(O.X(p))); [str(sorted(g.items(), key=str)) for g in q.state_dict()['param_groups']]
o = O.X(p); o.load_state_dict(O.X([{'params': p[:1]}, {'params': p[1:]}]).state_dict())
o = O.X(p); o.load_state_dict(O.X(p[:1]).state_dict())
o = O.X(p); p[0].grad = torch.ones(2, 2); o.zero_grad(set_to_none=False); (p[0].grad, p[1].grad)
o = O.X(p); h = o.register_step_pre_hook(lambda o, a, k: log.append(type(o).__name__)); go(o, 2); h.remove(); go(o, 1); log
""")

OTHERS = """
O.Adam(p, lr=nan)
O.Rprop(p, lr=nan)
O.SGD(p, nesterov=True)
O.SGD(p, lr=0.1, momentum=0.9, nesterov=True, dampening=0.1)
O.Adam(p, betas=(torch.tensor(0.9), 0.99))
O.Adam(p, lr=torch.tensor(0.1), foreach=True)
O.Adam(p, betas=(torch.tensor(0.9), torch.tensor(0.99)), foreach=True)
go(O.Adam(p, betas=(torch.tensor([0.9]), torch.tensor([0.99]))))
repr(O.Adam(p, betas=(torch.tensor([0.9]), torch.tensor([0.99]))))
go(O.Adam(p, lr=torch.tensor(0.1), foreach=True, capturable=True))
o = O.Adam(p, fused=True); in_double(lambda: (go(o), [v.dtype for v in o.state_dict()['state'][0].values()]))
o = O.NAdam(p); in_double(lambda: (go(o), [v.dtype for v in o.state_dict()['state'][0].values()]))
O.Adafactor(p, beta2_decay=0.5)
O.Adafactor(p, eps=(-1, 1e-3))
O.Adafactor(p, eps=(None, -1))
O.Adafactor(p, d=0.5)
O.Muon([torch.ones(3, requires_grad=True)])
O.Muon(p, adjust_lr_fn='x')
go(O.Muon(p, ns_steps=100))
go(O.Muon(p, ns_coefficients=(1.0, 2.0)))
O.LBFGS([{'params': p[:1]}, {'params': p[1:]}])
O.LBFGS(p).step()
go(O.LBFGS(p, line_search_fn='x'))
O.NAdam(p, momentum_decay=-1)
o = O.LBFGS(p, max_iter=2); o.step(lambda: 1.0)
o = O.LBFGS(p, max_iter=2); p[0].grad = torch.ones(2, 2); (o.step(lambda: 1.0), p[0], p[1])
o = O.ASGD(p, t0=1, lr=0.5); go(o, 5); [o.state[x]['ax'] for x in p] + [o.state[p[0]]['eta'], o.state[p[0]]['mu']]
s = older(O.NAdam(p)); s['state'][0].update(step=2, mu_product=0.25); q = O.NAdam(p); q.load_state_dict(s); (go(q), q.state[p[0]]['mu_product'])
s = older(O.ASGD(p)); s['state'][0].update(step=2, eta=0.5, mu=1.0); q = O.ASGD(p); q.load_state_dict(s); (go(q), q.state[p[0]]['eta'])
p[0].grad = torch.full((2, 2), nan); p[1].grad = torch.tensor([[1.0, nan]]); o = O.Rprop(p); o.step(); o.step(); p
p[0].grad = torch.full((2, 2), nan); o = O.RMSprop(p, centered=True, momentum=0.5); o.step(); o.step(); p
p[0].grad = torch.full((2, 2), inf); o = O.Adamax(p); o.step(); o.step(); p
p[0].grad = torch.zeros(2, 2); o = O.Adafactor(p); o.step(); o.step(); p
p[0].grad = torch.zeros(2, 2); o = O.Adadelta(p); o.step(); o.step(); p
p = [torch.ones(2, 2).half().requires_grad_()]; o = O.Adamax(p, lr=0.125); go(o); (p[0], o.state[p[0]]['exp_inf'].dtype)
"""

HOOKS = """
h = pre(note('pre')); g = post(note('post')); o = O.SGD(p); go(o, 2); h.remove(); g.remove(); go(o, 1); log
o = O.SGD(p); q = O.Adam(p); h = post(lambda o, a, k: log.append(type(o).__name__)); go(o, 1); go(q, 1); h.remove(); go(q, 1); log
h, g, o = pre(note(1)), post(note(2)), O.SGD(p); o.register_step_pre_hook(note(3)); o.register_step_post_hook(note(4)); go(o), h.remove(), g.remove(), log
o = O.SGD(p); o.register_step_pre_hook(lambda o, a, k: 3); go(o)
o = O.SGD(p); o.register_step_pre_hook(lambda o, a, k: ((o, lambda: log.append(1)), {})); go(o, 2); log
o = O.SGD(p); o.register_state_dict_pre_hook(lambda o: o.param_groups[0].update(extra=1)); 'extra' in o.state_dict()['param_groups'][0]
o = O.SGD(p); o.register_state_dict_post_hook(lambda o, s: {'mine': s['param_groups'][0]['lr']}); o.state_dict()['mine']
o = O.SGD(p); f = o.register_state_dict_post_hook; f(lambda o, s: s.update(a=1)); f(lambda o, s: {**s, 'b': 2}, prepend=True); list(o.state_dict())
o = O.SGD(p); f = o.register_state_dict_pre_hook; f(note(1)); f(note(2), prepend=True); o.state_dict(); log
o = O.SGD(p); f = O.SGD(p, lr=7.0); o.register_load_state_dict_pre_hook(lambda o, s: f.state_dict()); o.load_state_dict({}); o.param_groups[0]['lr']
o = O.SGD(p); s = o.state_dict(); o.register_load_state_dict_pre_hook(lambda o, d: d.update(x=1)); o.load_state_dict(s); 'x' in s
o = O.SGD(p); o.register_load_state_dict_post_hook(lambda o: log.append(o.param_groups[0]['lr'])); o.load_state_dict(o.state_dict()); log
o = O.SGD(p); h = o.register_load_state_dict_post_hook(note(1)); h.remove(); o.load_state_dict(o.state_dict()); log
import copy; o = O.Adamax(p); go(o); q = copy.deepcopy(o); (type(q).__name__, [len(g['params']) for g in q.param_groups], repr(q) == repr(o))
import copy; q = copy.deepcopy(O.SGD(p)); h = pre(note(1)); q.step(); h.remove(); log
import copy; h = pre(note(1)); q = copy.deepcopy(O.SGD(p)); q.step(); h.remove(); log
o = O.SGD(p); s = o.state_dict(); s['param_groups'][0]['param_names'] = ['a', 'b']; o.load_state_dict(s); o.param_groups[0].get('param_names')
o = O.SGD([('a', p[0]), ('b', p[1])]); s = O.SGD(p).state_dict(); o.load_state_dict(s); o.param_groups[0].get('param_names')
o = O.SGD(p); o.add_param_group({'params': [('c', torch.ones(1, requires_grad=True))]})
o = O.SGD(p); o.add_param_group({'params': p[:1]})
o = O.SGD(p); o.add_param_group([p[0]])
o = O.SGD(p); o.add_param_group({'params': {p[0]}})
f = O.SGD.profile_hook_step(lambda o, x: log.append(x)); o = O.SGD(p); o.register_step_pre_hook(note(0)); f(o, 1); log
"""

OWN = """
class Mine(O.Optimizer):
    def __init__(self, params): super().__init__(params, {})
    def step(self, closure=None): [x.data.sub_(x.grad) for g in self.param_groups for x in g['params']]
o = Mine(p); o.register_step_post_hook(note(1)); (go(o), log)
"""

SWA = """
S = O.swa_utils; m = torch.nn.Linear(1, 2); a = S.AveragedModel(m); (list(a.state_dict()), a.n_averaged, repr(a))
S = O.swa_utils; S.get_ema_avg_fn(1.5)
S = O.swa_utils; S.get_ema_multi_avg_fn(-0.5)
S = O.swa_utils; S.AveragedModel(torch.nn.Linear(1, 2), avg_fn=S.get_swa_avg_fn(), multi_avg_fn=S.get_swa_multi_avg_fn())
S = O.swa_utils; S.get_ema_avg_fn(0.9)(torch.ones(2), torch.zeros(2), 3)
S = O.swa_utils; S.get_swa_avg_fn()(torch.ones(2), torch.zeros(2), 3)
S = O.swa_utils; a = [torch.ones(2)]; S.get_ema_multi_avg_fn(0.75)(a, [torch.zeros(2)], 3); a
S = O.swa_utils; a = [torch.ones(2)]; S.get_swa_multi_avg_fn()(a, [torch.zeros(2)], torch.tensor(3)); a
S = O.swa_utils; a = [torch.tensor([7, 3])]; S.get_ema_multi_avg_fn(0.75)(a, [torch.tensor([1, 2])], 3); a
S = O.swa_utils; S.SWALR(O.SGD(p), 0.1, anneal_strategy='x')
S = O.swa_utils; S.SWALR(O.SGD(p), 0.1, anneal_epochs=-1)
S = O.swa_utils; S.SWALR(O.SGD(p), [0.1, 0.2])
S = O.swa_utils; S.SWALR(O.SGD(p), 0.1, 1.5)
"""
AVERAGES = ["", "avg_fn=S.get_ema_avg_fn(0.9)", "multi_avg_fn=S.get_ema_multi_avg_fn(0.9)", "avg_fn=S.get_swa_avg_fn()",
            "multi_avg_fn=S.get_swa_multi_avg_fn(), use_buffers=False", "use_buffers=True", "avg_fn=S.get_ema_avg_fn(0.5), use_buffers=True",
            "multi_avg_fn=S.get_ema_multi_avg_fn(0.5), use_buffers=True", "device='cpu'"]  # fmt: skip
AVERAGED = """
S = O.swa_utils; torch.manual_seed(0); m = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
a = S.AveragedModel(m, OPTIONS); x = torch.arange(12.0).reshape(6, 2)
for i in range(4):
    m(x * i).sum().backward()
    for q in m.parameters(): q.data.add_(i + 0.5)
    a.update_parameters(m)
S.update_bn([x, (x * 2, 1), [x + 1]], a) if i_bn else None
[*a.state_dict().values(), a.training, a.module[1].momentum, a.eval()(x)]
"""
SWALR = """
o = O.SGD([{'params': p[:1]}, {'params': p[1:], 'lr': 0.5}], lr=RATE); s = O.swa_utils.SWALR(o, OPTIONS); log = []
for i in range(8):
    log.append([float(x) for x in s.get_last_lr()]); o.step(); s.step()
t = s.state_dict(); r = O.swa_utils.SWALR(o, 9.0); r.load_state_dict(t); r.step(); log.append([float(g['lr']) for g in o.param_groups])
[log, sorted(t), t['last_epoch']]
"""


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("script", FOR_EVERY)
@pytest.mark.parametrize("name", EVERY)
def test_every_optimizer(name, script):
    check(START + script.replace("O.X", f"O.{name}"), torch)


@pytest.mark.parametrize("script", [*lines(OTHERS), *lines(HOOKS), *lines(SWA), OWN])
def test_optimizer_scripts(script):
    check(START + script, torch)


@pytest.mark.parametrize("bn", [False, True])
@pytest.mark.parametrize("options", AVERAGES)
def test_averaged_model(options, bn):
    check(START + AVERAGED.replace("OPTIONS", options).replace("i_bn", str(bn)), torch)


@pytest.mark.parametrize("lr", ["0.7", "torch.tensor(0.7)"])
@pytest.mark.parametrize("options", ["0.1", "[0.1, 0.2]", "0.1, 3, 'linear'", "0.1, 0", "0.1, anneal_epochs=1", "0.1, 5, 'cos'"])
def test_swalr(options, lr):
    check(START + SWALR.replace("OPTIONS", options).replace("RATE", lr), torch)
