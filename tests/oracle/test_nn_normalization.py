"""Normalization layers and parametrizations against PyTorch: outputs, all gradients, running statistics, printed text, keys, errors.

Cases are written as in `test_nn`; a module is compared again after the call, for what it keeps.
"""

import itertools
import warnings

import numpy as np
import pytest

import minitorch_nlp

torch = pytest.importorskip("torch")

from ..scripts import check, lines  # noqa: E402
from .test_nn import Side, same  # noqa: E402

SHAPES = {1: ("f(6, 4)", "f(3, 4, 5)"), 2: ("f(3, 4, 5, 2)",), 3: ("f(2, 4, 3, 2, 3)",)}
BATCH = [
    "4",
    "4, eps=1e-2",
    "4, momentum=0.3",
    "4, momentum=None",
    "4, affine=False",
    "4, bias=False",
    "4, track_running_stats=False",
    "4, 1e-3, 0.2, False, False",
]
INSTANCE = ["4", "4, affine=True", "4, track_running_stats=True", "4, 1e-3, 0.3, True, True", "4, affine=True, bias=False", "5"]
INSTANCE += ["4, momentum=None, track_running_stats=True"]
ALONE = {1: ("f(3, 4, 5)", "f(4, 5)"), 2: ("f(3, 4, 5, 2)", "f(4, 5, 2)"), 3: ("f(2, 4, 3, 2, 3)", "f(4, 3, 2, 3)")}
CALLS = ("m({0})", "[m({0}), m({0})]", "[m({0}), m({0} * 3 + 1), m.eval()({0})]", "m.eval()({0})")
MODES = ("nn.{}", "nn.{}.requires_grad_(False)")
GROUP = ["1, 4", "2, 4", "4, 4", "2, 4, eps=0.1", "2, 4, affine=False", "2, 4, bias=False", "2, 4, 1e-5, True, None, torch.float64"]
NORMS = [
    *((f"nn.BatchNorm{n}d({args})", call.format(x)) for n in SHAPES for args in BATCH for x in SHAPES[n] for call in CALLS),
    *((f"nn.InstanceNorm{n}d({args})", call.format(x)) for n in ALONE for args in INSTANCE for x in ALONE[n] for call in CALLS
      if args != "5"),
    *((f"nn.GroupNorm({args})", f"m({x})") for args in GROUP for x in ("f(3, 4)", "f(3, 4, 5)", "f(2, 4, 40)", "f(2, 4, 3, 2)", "f(0, 4)")
      if args != "4, 4" or x != "f(3, 4)"),
    *((f"nn.LocalResponseNorm({args})", f"m({x})") for args in ("2", "3, 0.5, 0.4, 2.0", "5", "9, alpha=1.0")
      for x in ("f(2, 4, 5)", "f(2, 4, 5, 3)", "f(1, 4, 2, 3, 2)", "f(2, 0, 3)")),
    ("nn.InstanceNorm1d(5)", "m(f(3, 4, 5))"),
    ("nn.BatchNorm1d(3).double()", "m(torch.zeros(4, 3, dtype=m.weight.dtype))"),
    ("nn.BatchNorm1d(3)", "m(f(0, 3))"),
    ("nn.BatchNorm1d(3)", "m(f(2, 3, 0))"),
    ("nn.BatchNorm1d(3)", "m.eval()(f(0, 3))"),
    ("nn.BatchNorm1d(3)", "m.eval()(f(1, 3))"),
    ("nn.BatchNorm1d(3)", "m(f(1, 3, 2))"),
    ("nn.BatchNorm1d(4)", "m(f(3, 5, 4).transpose(1, 2))"),
    ("nn.BatchNorm1d(4)", "m(f(4, 6).t())"),
    ("nn.BatchNorm1d(3, affine=False)", "m(f(4, 3) * 1e4)"),
    ("nn.BatchNorm1d(40)", "m(f(50, 40, 33) + 10)"),
    ("nn.BatchNorm1d(3)", "(m(f(4, 3)).detach(), m.reset_running_stats(), m(f(4, 3)))"),
    ("nn.BatchNorm1d(3)", "(m(f(4, 3)).detach(), m.reset_parameters(), m.eval()(f(4, 3)))"),
    ("nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2))", "[m(f(6, 3)), m(f(6, 3)), m.eval()(f(6, 3))]"),
    ("nn.Sequential(nn.Conv1d(3, 6, 3), nn.GroupNorm(2, 6), nn.Conv1d(6, 4, 2), nn.BatchNorm1d(4))", "m(f(3, 3, 9))"),
    ("nn.BatchNorm1d(3).requires_grad_(False)", "[m(f(4, 3)), m.eval()(f(4, 3))]"),
    ("None", "F.batch_norm(f(4, 3), None, None, training=True)"),
    ("None", "F.batch_norm(f(4, 3, 2), const(3), const(3), f(3), f(3), False, 0.3, 1e-3)"),
    ("None", "F.batch_norm(f(4, 3, 2), const(3), const(3), f(3), None, True, 0.3, 1e-3)"),
    ("None", "torch.batch_norm(f(4, 3, 2), f(3), f(3), const(3), const(3), True, 0.3, 1e-3, True)"),
    ("None", "(lambda a, b: (torch.batch_norm(f(1, 3), None, f(3), a, b, True, 0.3, 1e-3, False), a))(const(3), const(3))"),
    ("None", "torch.group_norm(f(4, 6), 3)"),
    ("None", "torch.group_norm(f(4, 6), 6)"),
    ("None", "torch.group_norm(f(4, 6, 2), 3, f(6), f(6), 1e-3, True)"),
    ("None", "torch.instance_norm(f(4, 3, 2), f(3), f(3), const(3), const(3), True, 0.3, 1e-3, True)"),
    ("None", "torch.layer_norm(f(4, 3, 2), [3, 2], f(3, 2), None, 1e-3, True)"),
    ("None", "torch.rms_norm(f(4, 3), (3,), f(3), 1e-3)"),
    ("None", "F.instance_norm(f(4, 3, 2), const(3), const(3), f(3), f(3), use_input_stats=False)"),
    ("None", "F.rms_norm(f(2, 3), (3,), const(3).double())"),
    ("None", "F.normalize(f(2, 3, 4), dim=(1, 2))"),
    ("None", "F.normalize(const(2, 3), out=const(2, 3))"),
]  # fmt: skip

HALF = [
    "F.batch_norm(torch.full((4, 2), 3e2, dtype=torch.float16), None, None, training=True)",
    "F.layer_norm(torch.arange(8, dtype=torch.float16) * 200, (8,))",
    "F.rms_norm(torch.arange(8, dtype=torch.float16) * 200, (8,))",
    "F.group_norm(torch.arange(8, dtype=torch.float16).reshape(1, 4, 2) * 200, 2)",
    "F.batch_norm(torch.arange(8, dtype=torch.float16).reshape(4, 2), torch.zeros(2), torch.ones(2), torch.ones(2), training=True)",
]


def compare(module, call, dtype, tolerance):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine, theirs = Side(minitorch_nlp, dtype).run(module, call), Side(torch, dtype).run(module, call)
    for a, b in zip(mine.result, theirs.result, strict=True):
        same(a, b, tolerance)
        assert a.requires_grad == b.requires_grad
    for a, b in zip(mine.grads, theirs.grads, strict=True):
        assert (a is None) == (b is None)
        if b is not None:
            same(a, b, 10 * tolerance)
    np.testing.assert_array_equal(mine.state, theirs.state)
    if module != "None":
        assert repr(mine.m) == repr(theirs.m)
        assert [n for n, _ in mine.m.named_parameters()] == [n for n, _ in theirs.m.named_parameters()]
        states = [side.m.state_dict() for side in (mine, theirs)]
        assert list(states[0]) == list(states[1])
        assert dict(states[0]._metadata) == dict(states[1]._metadata)
        for a, b in zip(*(state.values() for state in states), strict=True):
            same(a, b, tolerance)


def failures(cases, dtype, tolerance):
    found = []
    for module, call in cases:
        try:
            compare(module, call, dtype, tolerance)
        except Exception as error:
            found.append(f"{module}: {call}\n    {type(error).__name__}: {error}")
    return found


PRECISIONS = [("float32", 2e-5), ("float64", 1e-10)]


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)
def test_norms(dtype, tolerance):
    found = failures(NORMS, dtype, tolerance)
    assert not found, f"{len(found)} of {len(NORMS)} differ\n" + "\n".join(found[:20])


@pytest.mark.parametrize("call", HALF)
def test_float16(call):
    results = [eval(call, {"torch": library, "F": library.nn.functional}) for library in (minitorch_nlp, torch)]
    same(*results, tolerance=2e-3)


# ---- parametrizations ---------------------------------------------------------------------------------------------------------------

LAYERS = ["nn.Linear(4, 4)", "nn.Linear(3, 5, bias=False)", "nn.Linear(5, 3)", "nn.Conv1d(4, 6, 3)", "nn.ConvTranspose1d(4, 6, 3)"]
INPUTS = ["f(2, 4)", "f(2, 3)", "f(2, 5)", "f(2, 4, 6)", "f(2, 4, 6)"]
CHANGES = [
    "weight_norm({})",
    "parametrizations.weight_norm({})",
    "parametrizations.weight_norm({}, 'weight', 1)",
    "parametrizations.weight_norm({}, dim=None)",
    "weight_norm({}, dim=None)",
    "weight_norm({}, dim=-1)",
    "remove_weight_norm(nn.utils.weight_norm({}))",
    "spectral_norm({})",
    "spectral_norm({}, n_power_iterations=3, dim=1)",
    "parametrizations.spectral_norm({})",
    "parametrizations.spectral_norm({}, n_power_iterations=2, dim=-1, eps=1e-6)",
    "parametrize.remove_parametrizations(nn.utils.parametrizations.weight_norm({}), 'weight')",
    "parametrize.remove_parametrizations(nn.utils.parametrizations.spectral_norm({}), 'weight')",
    "parametrize.remove_parametrizations(nn.utils.parametrizations.spectral_norm({}), 'weight', False)",
    "parametrizations.spectral_norm(nn.utils.parametrizations.weight_norm({}))",
]
ORTHOGONAL = [
    *(f"orthogonal_map='{name}'" for name in ("matrix_exp", "cayley", "householder")),
    "orthogonal_map='householder', use_trivialization=False",
    "",
]
PARAMETRIZED = [
    *((f"nn.utils.{change.format(layer)}", call.format(x)) for change in CHANGES for layer, x in zip(LAYERS, INPUTS, strict=True)
      for call in ("m({0})", "[m({0}), m({0}), m.eval()({0})]")),
    *((f"nn.utils.parametrizations.orthogonal({layer}, {args})", f"(m({x}), m.weight)") for args in ORTHOGONAL
      for layer, x in zip(LAYERS, INPUTS, strict=True)),
    ("nn.utils.parametrizations.orthogonal(nn.Linear(4, 4), use_trivialization=False)", "(m(f(2, 4)), m.weight)"),
    ("nn.utils.parametrizations.orthogonal(nn.Linear(3, 5), orthogonal_map='cayley', use_trivialization=False)", "m(f(2, 3))"),
    ("nn.utils.parametrizations.spectral_norm(nn.Linear(4, 4), 'bias')", "m(f(2, 4))"),
    ("nn.utils.parametrizations.weight_norm(nn.Linear(4, 4), 'bias')", "m(f(2, 4))"),
    ("nn.utils.remove_spectral_norm(nn.utils.spectral_norm(nn.Linear(5, 3)))", "m(f(2, 5))"),
    ("nn.utils.weight_norm(nn.LSTM(3, 4), 'weight_hh_l0')", "m(f(5, 2, 3))"),
    ("nn.utils.parametrizations.weight_norm(nn.Embedding(5, 3))", "m(ints(5, (2, 4)))"),
    ("nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 4)), nn.Tanh(), nn.utils.spectral_norm(nn.Linear(4, 2)))", "m(f(2, 3))"),
]  # fmt: skip


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 5e-5), ("float64", 1e-6)])
def test_parametrized(dtype, tolerance):
    found = failures(PARAMETRIZED, dtype, tolerance)
    assert not found, f"{len(found)} of {len(PARAMETRIZED)} differ\n" + "\n".join(found[:20])


OWN = """
class Symmetric({nn}.Module):
    def forward(self, x): return x.triu() + x.triu(1).mT
class Rank1({nn}.Module):
    def forward(self, x, y): return x.unsqueeze(-1) @ y.unsqueeze(-2)
    def right_inverse(self, z): return z[:, 0].clone(), z[0].clone()
class Scale({nn}.Module):
    def forward(self, x): return 2 * x
    def right_inverse(self, x): return x / 2
class Wide({nn}.Module):
    def forward(self, x): return x.double()
class Long({nn}.Module):
    def forward(self, x): return {torch}.cat([x, x])
class Text({nn}.Module):
    def forward(self, x): return "w"
class BadInverse(Scale):
    def right_inverse(self, x): return 3
class WideInverse(Scale):
    def right_inverse(self, x): return x.double()
class NoInverse(Scale):
    def right_inverse(self, x): raise NotImplementedError
"""
SCRIPTS = lines("""
    R(l, 'weight', Symmetric()); (l.weight, [n for n, _ in l.named_parameters()], P.is_parametrized(l), repr(l))
    w = l.weight; R(l, 'weight', Scale()); (l.parametrizations.weight.original is w, l.weight, w)
    R(l, 'weight', Rank1()); (l.weight, list(l.state_dict()))
    R(l, 'weight', Rank1()); D(l, 'weight'); (l.weight, list(l.state_dict()))
    R(l, 'weight', Rank1()); D(l, 'weight', leave_parametrized=False)
    R(l, 'weight', Scale()); R(l, 'weight', Symmetric()); (l.weight, len(l.parametrizations.weight))
    R(l, 'weight', Scale()); R(l, 'bias', Scale()); (repr(l), list(l.state_dict()))
    R(l, 'weight', Scale()); l.weight = torch.ones(3, 3); (l.weight, l.parametrizations.weight.original)
    R(l, 'weight', Rank1()); l.weight = torch.ones(3, 3); (l.weight, l.parametrizations.weight.original0)
    R(l, 'weight', Symmetric()); l.weight = torch.ones(3, 3)
    R(l, 'weight', Scale()); l.weight = nn.Parameter(torch.ones(3, 3))
    R(l, 'weight', NoInverse()); (l.weight, l.parametrizations.weight.original)
    R(l, 'weight', Wide())
    R(l, 'weight', Wide(), unsafe=True).weight.dtype
    R(l, 'weight', Long())
    R(l, 'weight', Text())
    R(l, 'weight', BadInverse())
    R(l, 'weight', WideInverse())
    R(l, 'x', Scale())
    R(l, 'weight', Scale()); R(l, 'weight', Wide())
    R(l, 'weight', Scale()); R(l, 'weight', Long())
    R(l, 'weight', Scale()); R(l, 'weight', WideInverse())
    R(l, 'weight', Scale()); R(l, 'weight', Text())
    D(l, 'weight')
    R(l, 'weight', Scale()); D(l, 'weight'); (l.weight, repr(l), type(l) is nn.Linear)
    R(l, 'weight', Scale()); D(l, 'weight', leave_parametrized=False); (l.weight, hasattr(l, 'parametrizations'))
    R(l, 'weight', Scale()); R(l, 'bias', Scale()); D(l, 'bias'); (repr(l), P.is_parametrized(l, 'bias'), P.is_parametrized(l, 'weight'))
    (P.type_before_parametrizations(l) is nn.Linear, P.type_before_parametrizations(R(l, 'weight', Scale())) is nn.Linear)
    isinstance(R(l, 'weight', Scale()), nn.Linear)
    b = nn.BatchNorm1d(3); R(b, 'running_var', Scale()); (b.running_var, list(b.state_dict()), b.eval()(torch.ones(2, 3)))
    R(l, 'weight', Scale()); k = nn.Linear(3, 3); P.transfer_parametrizations_and_params(l, k); (k.weight, repr(k))
    R(l, 'weight', Rank1()); k = nn.Linear(3, 3); P.transfer_parametrizations_and_params(l, k, 'weight'); k.weight
    P.transfer_parametrizations_and_params(l, nn.Linear(2, 2)).weight.shape
    R(l, 'weight', Scale()); k = copy.deepcopy(l); k.weight = torch.zeros(3, 3); (l.weight, k.weight, repr(k))
    R(l, 'weight', Scale()); pickle.dumps(l)
    R(l, 'weight', Scale()); s = l.state_dict(); k = R(nn.Linear(3, 3), 'weight', Scale()); (str(k.load_state_dict(s)), k.weight)
    R(l, 'weight', Scale()); nn.Linear(3, 3).load_state_dict(l.state_dict())
    R(l, 'weight', Scale()); l(torch.ones(3)).sum().backward(); l.parametrizations.weight.original.grad
    R(l, 'weight', Scale()); l.eval(); R(l, 'bias', Scale()); l.parametrizations.bias[0].training
    k = nn.utils.parametrizations.weight_norm(nn.Linear(3, 3)); (k.load_state_dict(nn.utils.weight_norm(l).state_dict()), k.weight)[1]
    P.ParametrizationList([], torch.ones(3))
    nn.utils.parametrizations.orthogonal(l, orthogonal_map='x')
    nn.utils.parametrizations.orthogonal(l, 'bias')
    nn.utils.parametrizations.orthogonal(l, 'x')
    nn.utils.parametrizations.orthogonal(l, orthogonal_map='cayley', use_trivialization=False).weight = torch.eye(3)
    nn.utils.parametrizations.orthogonal(l); l.weight = torch.eye(3); (l.weight, l.parametrizations.weight.original)
    nn.utils.parametrizations.orthogonal(l); l.weight = torch.eye(2)
    nn.utils.parametrizations.spectral_norm(l, 'x')
    nn.utils.parametrizations.spectral_norm(l, dim=2)
    nn.utils.parametrizations.spectral_norm(l, n_power_iterations=0)
    nn.utils.spectral_norm(l, n_power_iterations=0)
    nn.utils.spectral_norm(nn.utils.spectral_norm(l))
    nn.utils.weight_norm(nn.utils.weight_norm(l))
    nn.utils.remove_weight_norm(l)
    nn.utils.remove_spectral_norm(l)
    [torch.norm_except_dim(torch.arange(24.).reshape(2, 3, 4), p, d) for p in (1, 2) for d in (-1, 0, 1, 2)]
    nn.utils.fuse_linear_bn_eval(l.eval(), nn.BatchNorm1d(3).eval())(torch.ones(2, 3)).detach()
    b = nn.BatchNorm1d(3); b(torch.arange(12.).reshape(4, 3)); nn.utils.fuse_linear_bn_eval(nn.Linear(2, 3, bias=False).eval(), b.eval()).bias
    b = nn.BatchNorm1d(3); b(torch.arange(12.).reshape(4, 3)); c = nn.utils.fuse_conv_bn_eval(nn.Conv1d(2, 3, 2).eval(), b.eval()); (c.weight, c.bias)
    b = nn.BatchNorm1d(3, affine=False); c = nn.utils.fuse_conv_bn_eval(nn.ConvTranspose1d(2, 3, 2).eval(), b.eval(), transpose=True); (c.weight, c.bias)
    nn.utils.fuse_linear_bn_eval(l, nn.BatchNorm1d(3).eval())
    nn.utils.fuse_linear_bn_eval(l.eval(), nn.BatchNorm1d(2).eval())
    nn.utils.fuse_conv_bn_eval(nn.Conv1d(2, 3, 2).eval(), nn.BatchNorm1d(3, track_running_stats=False).eval())
    k = nn.utils.skip_init(nn.Linear, 2, 3); (repr(k), torch.rand(2))
    nn.utils.skip_init(nn.ReLU)
    nn.utils.skip_init(int)
    c = nn.Conv2d(2, 3, 2); nn.utils.convert_conv2d_weight_memory_format(c, torch.channels_last); (c.weight.stride(), c.weight)
    b = nn.BatchNorm1d(3); (b.num_batches_tracked, str(b.load_state_dict({k: v for k, v in b.state_dict().items() if k[0] != 'n'})))
    nn.BatchNorm1d(3)(torch.ones(1, 3))
    nn.BatchNorm1d(3)(torch.ones(3))
    nn.BatchNorm1d(3)(torch.ones(2, 4))
    nn.BatchNorm1d(3)(torch.ones(2, 3).double())
    nn.BatchNorm2d(3)(torch.ones(2, 3, 4))
    nn.BatchNorm3d(3)(torch.ones(2, 3, 4))
    nn.InstanceNorm1d(3)(torch.ones(3))
    nn.InstanceNorm1d(3)(torch.ones(2, 3, 1))
    nn.InstanceNorm1d(3, affine=True)(torch.ones(2, 4, 5))
    nn.InstanceNorm2d(3)(torch.ones(2, 3))
    nn.InstanceNorm1d(3).load_state_dict({'running_mean': torch.ones(3)})
    nn.GroupNorm(2, 3)
    nn.GroupNorm(0, 3)
    nn.GroupNorm(2, 4)(torch.ones(2, 3, 2))
    nn.GroupNorm(2, 4)(torch.ones(4))
    nn.LocalResponseNorm(2)(torch.ones(2, 3))
    nn.LocalResponseNorm(0)(torch.ones(2, 3, 4))
    nn.LayerNorm(3, bias=False).bias
    nn.functional.batch_norm(torch.ones(4, 3), None, None)
    nn.functional.batch_norm(torch.ones(4, 3), torch.ones(3), None, training=True)
    nn.functional.batch_norm(torch.ones(4, 3), torch.ones(2), torch.ones(2), training=True)
    nn.functional.batch_norm(torch.ones(4, 3), None, None, torch.ones(2), training=True)
    nn.functional.batch_norm(torch.ones(4, 3), None, None, torch.ones(3).double(), training=True)
    nn.functional.batch_norm(torch.ones(4, 3).long(), None, None, training=True)
    nn.functional.batch_norm(torch.ones(4, 3), None, None, training=True, eps=0.0)
    nn.functional.batch_norm(torch.ones(4, 3), torch.ones(3), torch.ones(3), eps=-1.0)
    nn.functional.batch_norm(torch.ones(4, 3), torch.ones(3), torch.ones(3), training=True, momentum=None)
    nn.functional.group_norm(torch.ones(1, 3), 3)
    nn.functional.group_norm(torch.ones(2, 3), 0)
    nn.functional.instance_norm(torch.ones(2, 3, 4), use_input_stats=False)
    nn.functional.rms_norm(torch.ones(3), 3)
    nn.functional.normalize(torch.ones(2, 3).long())
    torch.native_batch_norm(torch.arange(6.).reshape(3, 2), None, None, None, None, True, 0.1, 1e-5)
    torch.native_layer_norm(torch.arange(6.).reshape(3, 2), (2,), None, None, 1e-5)
    torch.native_group_norm(torch.arange(8.).reshape(2, 4), None, None, 2, 4, 1, 2, 1e-5)
""")
PRELUDE = """import copy, pickle, warnings
nn = torch.nn; P = nn.utils.parametrize; R, D = P.register_parametrization, P.remove_parametrizations
warnings.simplefilter("ignore"); exec(OWN.format(nn="nn", torch="torch"), globals()); torch.manual_seed(0); l = nn.Linear(3, 3)
"""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda text: text)
def test_scripts(script):
    check(f"OWN = {OWN!r}\n{PRELUDE}\n{script}", torch)


def test_state_dicts_are_exchanged():
    """PyTorch's checkpoints of parametrized and normalizing layers make ours compute the same, and ours PyTorch's."""
    pairs = itertools.product(
        (
            "nn.utils.weight_norm(nn.Linear(3, 4))",
            "nn.utils.spectral_norm(nn.Linear(3, 4))",
            "nn.utils.parametrizations.weight_norm(nn.Linear(3, 4))",
            "nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4))",
            "nn.utils.parametrizations.orthogonal(nn.Linear(3, 4))",
            "nn.BatchNorm1d(3)",
            "nn.GroupNorm(1, 3)",
        ),
        ((minitorch_nlp, torch), (torch, minitorch_nlp)),
    )
    for text, (source, target) in pairs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source.manual_seed(1)
            made, taker = (eval(text, {"nn": library.nn}) for library in (source, target))
        made(source.ones(2, 3) * source.arange(2.0).reshape(2, 1))
        taker.load_state_dict({k: target.tensor(v.detach().numpy()) for k, v in made.state_dict().items()})
        outputs = [net.eval()(library.ones(2, 3)).detach().numpy() for net, library in ((made, source), (taker, target))]
        np.testing.assert_allclose(*outputs, rtol=1e-5, atol=1e-6)
