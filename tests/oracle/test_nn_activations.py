"""Activations, dropout and distances against PyTorch: modules, functions, in-place forms, random streams, errors.

Cases are written as in `test_nn`.
"""

import inspect

import numpy as np
import pytest

import minitorch_nlp

torch = pytest.importorskip("torch")

from ..scripts import check, lines  # noqa: E402
from .test_nn import compare  # noqa: E402

MODULES = lines("""
    CELU()
    CELU(inplace=True)
    ELU(0.4, True)
    Hardshrink()
    Hardshrink(1.0)
    Hardswish()
    Hardswish(True)
    Hardtanh(min_value=-0.3, max_value=0.4)
    LeakyReLU(0.2, True)
    Mish(True)
    PReLU()
    PReLU(4, 0.1)
    RReLU()
    RReLU(0.1, 0.9, True)
    RReLU(0.2, 0.2)
    RReLU().eval()
    RReLU(inplace=True).eval()
    ReLU6(True)
    SELU(True)
    SiLU(True)
    Softmax2d()
    Softmin(1)
    Softmin()
    Softshrink()
    Softshrink(1.0)
    Tanhshrink()
    Threshold(0.1, -2)
    Threshold(0.5, 0.7, inplace=True)
    Dropout(0.4, inplace=True)
    AlphaDropout(0.4, inplace=True)
    FeatureAlphaDropout()
    FeatureAlphaDropout(0.3, inplace=True)
    FeatureAlphaDropout(0.3).eval()
    FeatureAlphaDropout(1.0)
    FeatureAlphaDropout(0.0)
    Dropout1d(0.4, inplace=True)
""")
INPUTS = ["m(f(2, 4, 3) * 3)", "m((f(3, 4, 2) * 3).permute(2, 1, 0))"]
FOUR = [
    "Softmax2d()",
    "PReLU(4)",
    "FeatureAlphaDropout(0.4)",
    "FeatureAlphaDropout(0.4, True)",
    "Dropout2d(0.4, True)",
    "RReLU()",
    "Softmin()",
]
FIVE = ["Dropout3d(0.4, True)", "FeatureAlphaDropout(0.4)", "CELU()"]
ACTIVATIONS = [
    *((f"nn.{module}", call) for module in MODULES for call in INPUTS if "Dropout1d" not in module or call is INPUTS[0]),
    *((f"nn.{module}", "m(f(2, 4, 3, 2) * 3)") for module in FOUR),
    *((f"nn.{module}", "m(f(2, 4, 3, 2, 2) * 3)") for module in FIVE),
    ("nn.PReLU()", "m(f())"),
    ("nn.RReLU()", "m(f(0, 3))"),
    ("nn.RReLU()", "m(f())"),
    ("nn.RReLU()", "m(F.relu(f(4, 5)) - F.relu(f(4, 5)))"),
    ("nn.AlphaDropout(0.4)", "m(f(3, 4).t())"),
]
SETTLED = {  # those with what comes after the input
    "elu_": ("", "0.3"), "celu_": ("",), "leaky_relu_": ("", "0.2"), "relu_": ("",), "selu_": ("",), "hardtanh_": ("", "-0.2, 0.7"),
    "threshold_": ("0.1, 2.0",), "rrelu_": ("", "0.1, 0.2, True"),
}  # fmt: skip
TAKING_INPLACE = ("relu", "relu6", "elu", "celu", "selu", "silu", "mish", "hardswish", "hardtanh", "leaky_relu", "rrelu")
FUNCTIONS = [
    *(("None", f"F.{name}(f(4, 5) * 2, {rest})") for name, options in SETTLED.items() for rest in options),
    *(("None", f"F.{name}(f(4, 5) * 2, inplace=True)") for name in TAKING_INPLACE),
    *(("None", f"(lambda x: [torch.{name}(x[1:3], {rest}), x])(f(4, 5) * 2)") for name, (rest, *_) in SETTLED.items() if hasattr(torch, name)),
    *(("None", f"F.{name}(f(3, 4, 5) * 1, 0.4, True, inplace=True)") for name in ("dropout", "alpha_dropout", "feature_alpha_dropout", "dropout1d")),
    *(("None", f"torch.{name}({x}, {p}, {train})")
      for name, x in (("dropout", "f(3, 4)"), ("alpha_dropout", "f(3, 4)"), ("feature_alpha_dropout", "f(3, 4, 2)"),
                      ("feature_dropout", "f(3, 4, 2)"), ("dropout_", "(f(3, 4) * 1)"), ("alpha_dropout_", "(f(3, 4) * 1)"),
                      ("feature_alpha_dropout_", "(f(3, 4, 2) * 1)"), ("feature_dropout_", "(f(3, 4, 2) * 1)"))
      for p, train in (("0.4", "True"), ("0.4", "False"), ("1.0", "True"))),
    *(("None", f"torch.{call}") for call in lines("""
        rrelu(f(9), 0.1, 0.4, True)
        rrelu(f(9))
        rrelu(f(9), training=True, generator=torch.Generator().manual_seed(5))
        rrelu_(f(9) * 1, 0.1, 0.4, True)
        celu(f(9), 0.5)
        celu_(f(9) * 1, alpha=0.5)
        selu(f(9))
        prelu(f(2, 3), f(3))
        threshold(f(9), 0.1, 20)
        hardshrink(f(9), 0.7)
        hardshrink(f(9), lambd=0.7)
        bilinear(f(2, 3), f(2, 4), f(5, 3, 4), f(5))
        bilinear(f(2, 3), f(2, 4), f(5, 3, 4), None)
        cosine_similarity(f(2, 3), f(2, 3), 0, 1e-3)
        pairwise_distance(f(2, 3), f(2, 3), 1.0, 1e-3, True)
        pdist(f(4, 3), 3.0)
    """)),
]  # fmt: skip
DISTANCES = [
    ("nn.CosineSimilarity()", "m(f(3, 4), f(3, 4))"),
    ("nn.CosineSimilarity(dim=-1, eps=1e-3)", "m(f(2, 3, 4), f(4))"),
    ("nn.CosineSimilarity(0)", "m(f(3, 4, 2), f(3, 1, 2))"),
    ("nn.CosineSimilarity(0)", "m(f(4), f(4))"),
    ("nn.PairwiseDistance()", "m(f(3, 4), f(3, 4))"),
    ("nn.PairwiseDistance(1, 0.1, True)", "m(f(3, 4), f(4))"),
    ("nn.PairwiseDistance(inf)", "m(f(3, 4), f(3, 4))"),
    ("nn.PairwiseDistance(0.5)", "m(f(2, 3, 4), f(2, 1, 4))"),
    ("nn.PairwiseDistance()", "m(f(4), f(4))"),
    *(("None", f"F.pdist(f(4, 3){p})") for p in ("", ", 1", ", p=3.0", ", inf")),
    ("None", "F.pdist(f(1, 3))"),
    ("None", "F.pdist(f(3, 0))"),
    ("None", "F.one_hot(ints(4, (2, 0)), 6)"),
    ("None", "F.one_hot(ints(4, (2, 1, 3)))"),
    ("None", "F.gumbel_softmax(f(3, 4).t(), tau=2.0, hard=True)"),
    ("None", "F.gumbel_softmax(f(2, 3, 4), dim=1)"),
    ("None", "F.normalize(f(3, 4), inf, 0)"),
]
ROUNDED = [  # PyTorch's gradients have a constant rounded to float32
    *(
        (f"nn.{module}", call)
        for module in ("CELU(0.4)", "CELU(alpha=0.4, inplace=True)", "Hardsigmoid()", "Hardsigmoid(True)")
        for call in INPUTS
    ),
    ("None", "F.celu_(f(4, 5) * 2, alpha=0.3)"),
    ("None", "F.hardsigmoid(f(4, 5) * 2, inplace=True)"),
]
FAMILIES = {"activations": ACTIVATIONS, "functions": FUNCTIONS, "distances": DISTANCES}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-10)])
@pytest.mark.parametrize("family", FAMILIES)
def test_cases(family, dtype, tolerance):
    failures = []
    for module, call in FAMILIES[family]:
        try:
            compare(module, call, dtype, tolerance)
        except Exception as error:
            failures.append(f"{module}: {call}\n    {type(error).__name__}: {error}")
    assert not failures, f"{len(failures)} of {len(FAMILIES[family])} differ\n" + "\n".join(failures)


SCRIPTS = lines("""
    torch.nn.functional.rrelu(f, 0.5, 0.1)
    torch.nn.functional.rrelu(f, 0.5, 0.1, True)
    torch.nn.functional.rrelu(i)
    torch.nn.functional.rrelu(i, training=True)
    torch.nn.functional.rrelu(h, training=True)
    torch.nn.functional.rrelu(n, training=True).isnan()
    torch.nn.functional.rrelu(g, training=True).grad_fn.name()
    torch.nn.functional.relu_(f) is f
    torch.nn.functional.elu_(f) is f
    torch.nn.functional.threshold_(f, 0, 1) is f
    torch.nn.functional.leaky_relu(f, inplace=True) is f
    torch.nn.functional.dropout(f, 0.5, True, True) is f
    torch.nn.functional.dropout(f, 0.5, False) is f
    torch.nn.functional.alpha_dropout(f, 0.5, True, True) is f
    torch.nn.functional.feature_alpha_dropout(f, 0.5, True, True) is f
    torch.nn.functional.feature_alpha_dropout(f) is f
    torch.nn.functional.elu_(g)
    torch.nn.functional.relu_(g)
    torch.nn.functional.rrelu_(g, training=True)
    torch.nn.functional.hardtanh_(g)
    torch.nn.functional.dropout(g, inplace=True)
    torch.nn.functional.celu(f, 0)
    torch.nn.functional.celu_(i)
    torch.nn.functional.threshold_(i, 0, 1)
    torch.nn.functional.threshold(f, 0.1)
    torch.nn.functional.hardtanh_(i)
    torch.nn.functional.softshrink(f, -1)
    torch.nn.functional.prelu(f, torch.ones(2))
    torch.nn.functional.prelu(f, torch.ones(3, 1))
    torch.nn.functional.feature_alpha_dropout(z, 0.5, True)
    torch.nn.functional.feature_alpha_dropout(d, 0.5, True)
    torch.nn.functional.feature_alpha_dropout(f, 1.5)
    torch.nn.functional.alpha_dropout(i, 0.5, True)
    torch.nn.functional.feature_alpha_dropout(i, 0.5, True)
    torch.dropout(f, 1.5, True)
    torch.dropout(f, 0.5)
    torch.alpha_dropout(f, -0.5, True)
    torch.feature_dropout(d, 0.5, True)
    torch.dropout(f, p=0.0, train=True) is f
    torch.alpha_dropout(g, 0.5, True).grad_fn.name()
    torch.nn.FeatureAlphaDropout(2)
    torch.nn.Softmax2d()(f)
    torch.nn.Softmax2d()(torch.ones(1, 1, 1, 1, 1))
    torch.nn.Threshold(1)
    torch.nn.Hardtanh(1, 0)
    isinstance(torch.nn.FeatureAlphaDropout(), torch.nn.modules.dropout._DropoutNd)
    torch.nn.PReLU(3, 0.5, dtype=torch.float64).weight
    torch.nn.PReLU(3).num_parameters, torch.nn.PReLU(init=0.5).init
    torch.nn.PairwiseDistance(3).norm
    torch.nn.functional.pdist(d)
    torch.nn.functional.pdist(f, -1)
    torch.nn.functional.pdist(i)
    torch.nn.functional.cosine_similarity(i, i)
    torch.nn.functional.cosine_similarity(f, f, 2)
    torch.nn.functional.cosine_similarity(f, q)
    torch.nn.functional.pairwise_distance(i, i)
    torch.nn.functional.pairwise_distance(f, q)
    torch.nn.functional.normalize(f, out=torch.empty(0))
    torch.nn.functional.gumbel_softmax(f, dim=3)
    torch.nn.functional.gumbel_softmax(i)
""")


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-8)])
@pytest.mark.parametrize(("module", "call"), ROUNDED)
def test_rounded(module, call, dtype, tolerance):
    compare(module, call, dtype, tolerance)


@pytest.mark.parametrize("script", SCRIPTS)
def test_script(script):
    check(script, torch)


def test_rrelu_draws_bit_for_bit():
    x = np.random.default_rng(0).standard_normal((50, 7)).astype(np.float32).T
    results = []
    for library in (minitorch_nlp, torch):
        library.manual_seed(3)
        results.append(library.nn.functional.rrelu(library.from_numpy(x), training=True).numpy())
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("place", ["activation", "dropout", "distance"])
def test_no_module_is_missing(place):
    theirs = getattr(torch.nn.modules, place)
    for name in theirs.__all__:
        ours = getattr(getattr(minitorch_nlp.nn.modules, place), name)
        assert getattr(minitorch_nlp.nn, name) is ours
        expected, found = (inspect.signature(c.__init__).parameters.values() for c in (getattr(theirs, name), ours))
        if "args" not in [p.name for p in expected]:
            assert [(p.name, p.default, p.kind) for p in found] == [(p.name, p.default, p.kind) for p in expected], name
