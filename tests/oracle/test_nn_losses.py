"""Losses against PyTorch: every reduction, the old flags, weights and options, shapes, extremes, errors; values and all gradients.

Cases are written as in `test_nn`.
"""

import inspect

import numpy as np
import pytest

import minitorch_nlp

torch = pytest.importorskip("torch")

from ..scripts import check, lines  # noqa: E402
from .test_nn import compare  # noqa: E402

REDUCTIONS = ("mean", "sum", "none")
AT_KINK = "(lambda x: x - x.detach() + 1)(f(6))"
SIGNS = "f({}).detach().sign()"
CTC_CALLS = [
    "F.log_softmax(f(7, 3, 5), 2), ints(4, (3, 4)) + 1, torch.tensor([7, 6, 5]), torch.tensor([4, 2, 1])",
    "F.log_softmax(f(9, 3, 5), 2), torch.tensor([1, 1, 2, 4, 4, 3]), (9, 8, 7), (3, 2, 1)",
    "F.log_softmax(f(9, 3, 5), 2), torch.tensor([1, 1, 2, 4, 4, 3]).int(), torch.tensor([9, 8, 7]).int(), torch.tensor([3, 2, 1]).int()",
    "F.log_softmax(f(7, 5), 1), torch.tensor([1, 2, 2]), torch.tensor(7), torch.tensor(3)",
    "F.log_softmax(f(7, 5), 1), torch.tensor([1, 2]), (6,), (2,)",
    "F.log_softmax(f(7, 5), 1), torch.tensor([[1, 2, 2]]), (6,), (2,)",
    "f(6, 2, 4), torch.tensor([[1, 2, 1], [3, 3, 0]]), (6, 5), (3, 2)",
    "F.log_softmax(f(3, 2, 4), 2), torch.tensor([[1, 2], [3, 3]]), (3, 2), (2, 2)",
    "F.log_softmax(f(3, 3, 4), 2), torch.tensor([[1, 2], [3, 3], [1, 1]]), (0, 2, 0), (2, 0, 0)",
    "F.log_softmax(f(3, 2, 4), 2), torch.zeros(2, 0).long(), (3, 2), (0, 0)",
    "F.log_softmax(f(5, 2, 4), 2), torch.tensor([[1, 2, -1, 99], [3, -100, 7, 0]]), (4, 2), (2, 1)",
]
CTC = [
    (f"nn.CTCLoss({o}, reduction='{r}')", f"m({c})") for c in CTC_CALLS for r in REDUCTIONS for o in ("0", "blank=0, zero_infinity=True")
]
CTC += [("nn.CTCLoss(3)", "m(F.log_softmax(f(7, 2, 4), 2), ints(3, (2, 3)), (7, 6), (2, 3))")]
CTC += [("None", f"torch.ctc_loss({CTC_CALLS[0]}, 2, 0)"), ("None", f"torch.ctc_loss({CTC_CALLS[1]}, 0, 2, True)")]

PAIRS = [
    *((f"nn.SoftMarginLoss(reduction='{r}')", f"m(f(4, 5), {SIGNS.format('4, 5')})") for r in REDUCTIONS),
    *((f"nn.HingeEmbeddingLoss({o}, reduction='{r}')", "m(f(4, 5), torch.tensor([1, -1, -1, 1, -1]).expand(4, 5))")
      for r in REDUCTIONS for o in ("1.0", "margin=0.3")),
    ("nn.HingeEmbeddingLoss(2)", "m(f(6).round(), torch.tensor([-1, 1, 0, -1, -1, -1]))"),
    ("nn.HingeEmbeddingLoss(1)", f"m({AT_KINK}, torch.tensor([-1, 1, 0, -1, -1, -1]))"),
    ("nn.MarginRankingLoss(1)", f"m({AT_KINK}, f(6) * 0, torch.ones(6))"),
    *((f"nn.MarginRankingLoss({o}, reduction='{r}')", f"m(f(4), f(4), {SIGNS.format('4')})") for r in REDUCTIONS for o in ("0.0", "margin=0.5")),
    ("nn.MarginRankingLoss()", "m(f(4, 1), f(1, 3), torch.ones(1, 1))"),
    *((f"nn.CosineEmbeddingLoss({o}, reduction='{r}')", "m(f(4, 5), f(4, 5), torch.tensor([1, -1, -1, 1]))")
      for r in REDUCTIONS for o in ("0.0", "margin=-0.5")),
    ("nn.CosineEmbeddingLoss()", "m(f(5), f(5), torch.tensor(-1))"),
    ("nn.CosineEmbeddingLoss(reduction='sum')", "m(f(1, 5), f(4, 5), torch.tensor([1, -1, 0, 1]))"),
    ("nn.CosineEmbeddingLoss()", "m(f(3, 5) * 0, f(3, 5), torch.tensor([1, -1, 1]))"),
    *((f"nn.TripletMarginLoss({o}, reduction='{r}')", "m(f(4, 5), f(4, 5), f(4, 5))")
      for r in REDUCTIONS for o in ("0.7", "p=1", "swap=True, margin=2.0", "eps=0.1")),
    ("nn.TripletMarginLoss()", "m(f(5), f(5), f(5))"),
    ("nn.TripletMarginLoss()", "m(f(2, 3, 5), f(2, 3, 5), f(1, 3, 5))"),
    ("nn.TripletMarginWithDistanceLoss()", "m(f(4, 5), f(4, 5), f(4, 5))"),
    ("nn.TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance(1), swap=True)", "m(f(4, 5), f(4, 5), f(4, 5))"),
    ("None", "F.triplet_margin_with_distance_loss(f(4, 5), f(4, 5), f(4, 5), distance_function=lambda x, y: 1 - F.cosine_similarity(x, y))"),
]  # fmt: skip
LABELS = "torch.tensor([[3, 0, -1, 1, 2], [4, 4, 1, -1, -1], [-1, 2, 2, 2, 2], [0, 1, 2, 3, 4]])"
CLASSIFIERS = [
    *((f"nn.MultiMarginLoss({o}, reduction='{r}')", "m(f(4, 5), ints(5, (4,)))")
      for r in REDUCTIONS for o in ("1", "p=2", "margin=0.3", "2, 1.5, const(5)", "weight=const(5).to(torch.get_default_dtype())")
      if "const" not in o),
    ("None", "F.multi_margin_loss(f(4, 5), ints(5, (4,)), 2, 1.5, const(5))"),
    ("None", "F.multi_margin_loss(f(4, 5), ints(5, (4,)), weight=const(5), reduction='none')"),
    ("nn.MultiMarginLoss()", "m(f(5), torch.tensor(3))"),
    ("nn.MultiMarginLoss(reduction='none')", "m(f(5), torch.tensor([3]))"),
    *((f"nn.MultiLabelMarginLoss(reduction='{r}')", f"m(f(4, 5), {LABELS})") for r in REDUCTIONS),
    ("nn.MultiLabelMarginLoss()", f"m(f(5), {LABELS}[1])"),
    *((f"nn.MultiLabelSoftMarginLoss(reduction='{r}')", "m(f(4, 5), p(4, 5))") for r in REDUCTIONS),
    ("nn.MultiLabelSoftMarginLoss(torch.arange(5.0))", "m(f(4, 5), p(4, 5))"),
    ("nn.MultiLabelSoftMarginLoss()", "m(f(5) * 1e4, p(5).round())"),
    *((f"nn.LinearCrossEntropyLoss(3, 5, reduction='{r}', {o})", "m(f(4, 3), torch.tensor([0, 4, 2, 2]))")
      for r in REDUCTIONS for o in ("", "bias=True, ignore_index=2", "label_smoothing=0.1, weight=torch.arange(5.0)")),
    ("nn.LinearCrossEntropyLoss(3, 5)", "m(f(3), torch.tensor(2))"),
    ("nn.LinearCrossEntropyLoss(3, 5, out_features=(2, 4), bias=True)", "m(f(6, 3), ints(5, (6, 2, 4)))"),
    ("nn.LinearCrossEntropyLoss(3, 5)", "m(f(6, 3), p(6, 5))"),
    ("nn.CrossEntropyLoss(label_smoothing=0.1)", "m(f(2, 5, 3, 2), p(2, 5, 3, 2))"),
    ("nn.CrossEntropyLoss(ignore_index=2, label_smoothing=0.1, reduction='none')", "m(f(2, 5, 3, 2), ints(5, (2, 3, 2)))"),
    ("nn.NLLLoss2d()", "m(f(2, 5, 3, 2), ints(5, (2, 3, 2)))"),
]  # fmt: skip
DISTRIBUTIONS = [
    *((f"nn.PoissonNLLLoss({o}, reduction='{r}')", "m(p(4, 5), const(4, 5) * 3)")
      for r in REDUCTIONS for o in ("True", "False", "True, True", "False, full=True, eps=0.1")),
    ("nn.PoissonNLLLoss()", "m(f(4, 5), ints(5, (4, 1)))"),
    ("nn.PoissonNLLLoss(full=True)", "m(f(4, 5), p(4, 5) * 3)"),
    ("nn.PoissonNLLLoss(False, full=True)", "m(p(4, 5), p(4, 5) * 3)"),
    *((f"nn.GaussianNLLLoss(full={o}, reduction='{r}')", "m(f(4, 5), f(4, 5), p(4, 5))") for r in REDUCTIONS for o in (True, False)),
    *(("nn.GaussianNLLLoss()", f"m(f(4, 5), f(4, 5), {v})") for v in ("p(4)", "p(4, 1)", "p(1, 5)", "0.5", "p(4, 5) * 0")),
    ("nn.GaussianNLLLoss(eps=0.5)", "m(f(4, 5), f(4, 1), p(4, 5))"),
]  # fmt: skip
FLAGS = [
    ("None", f"F.{call}, {flags})")
    for call in (
        "soft_margin_loss(f(4), f(4).detach()", "hinge_embedding_loss(f(4), torch.tensor([1, -1, 1, -1])", "smooth_l1_loss(f(4), f(4)",
        "margin_ranking_loss(f(4), f(4), torch.tensor([1, -1, 1, -1])", "multi_margin_loss(f(4, 2), ints(2, (4,))", "l1_loss(f(4), f(4)",
        "multilabel_margin_loss(f(4, 2), ints(2, (4, 2))", "multilabel_soft_margin_loss(f(4, 2), p(4, 2)", "poisson_nll_loss(f(4), p(4)",
        "cosine_embedding_loss(f(2, 3), f(2, 3), torch.tensor([1, -1])", "triplet_margin_loss(f(2, 3), f(2, 3), f(2, 3)",
        "kl_div(f(4), p(4)", "binary_cross_entropy(p(4), p(4)", "binary_cross_entropy_with_logits(f(4), p(4)", "nll_loss(f(4, 2), ints(2, (4,))",
    )
    for flags in ("size_average=False", "reduce=False", "size_average=True, reduce=True", "reduction='sum'")
]  # fmt: skip
TORCH_NAMESPACE = [
    ("None", f"torch.{call}")
    for call in lines("""
        binary_cross_entropy_with_logits(f(4, 5), p(4, 5), const(5).detach(), const(5).detach(), 2)
        cosine_embedding_loss(f(4, 5), f(4, 5), torch.tensor([1, -1, -1, 1]), 0.2, 2)
        hinge_embedding_loss(f(4), torch.tensor([1, -1, 1, -1]), 0.4, 0)
        kl_div(f(4), p(4), 2)
        kl_div(f(4), f(4), log_target=True)
        margin_ranking_loss(f(4), f(4), torch.tensor([1, -1, 1, -1]), 0.4, 0)
        poisson_nll_loss(f(4), p(4), False, True, 1e-3, 0)
        triplet_margin_loss(f(4, 5), f(4, 5), f(4, 5), 2.0, 1.0, 1e-3, True, 2)
    """)
]
FAMILIES = {
    "ctc": CTC, "pairs": PAIRS, "classifiers": CLASSIFIERS, "distributions": DISTRIBUTIONS, "flags": FLAGS, "namespace": TORCH_NAMESPACE,
}  # fmt: skip


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


LOG_PROBS = "torch.zeros(6, 2, 4).log_softmax(2)"
SCRIPTS = lines(f"""
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(2, 3).long(), (6, 7), (3, 3))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(2, 3).long(), (6, -1), (3, 3))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(2, 3).long(), (6, 6), (3, -3))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(2, 3).long(), (6, 6), (3, 4))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(2, 3).long(), (6,), (3, 3))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(2, 3).long(), (6, 6), (3,))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(3, 3).long(), (6, 6), (3, 3))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(5).long(), (6, 6), (3, 3))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(7).long(), (6, 6), (3, 3))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(1, 2, 3).long(), (6, 6), (3, 3))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(2, 3).long(), torch.tensor([6.0, 6.0]), torch.tensor([3, 3]))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(2, 3).long(), (6, 6), (3, 3), blank=4)
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(2, 3).long(), (6, 6), (3, 3), reduction='x')
    torch.nn.functional.ctc_loss({LOG_PROBS}.half(), torch.ones(2, 3).long(), (6, 6), (3, 3))
    torch.nn.functional.ctc_loss({LOG_PROBS}.long(), torch.ones(2, 3).long(), (6, 6), (3, 3))
    torch.nn.functional.ctc_loss({LOG_PROBS}[:, :0], torch.ones(0, 3).long(), (), ())
    torch.nn.functional.ctc_loss({LOG_PROBS}[0, 0], torch.ones(3).long(), (6,), (3,))
    torch.nn.functional.ctc_loss({LOG_PROBS}, torch.ones(2, 3), (6, 6), (3, 3))
    torch.nn.MultiMarginLoss(3)
    torch.nn.MultiMarginLoss(weight=torch.ones(2, 2))
    torch.nn.functional.multi_margin_loss(f, torch.tensor([0, 1]), p=3)
    torch.nn.functional.multi_margin_loss(f, torch.tensor([0, 3]))
    torch.nn.functional.multi_margin_loss(f, torch.tensor([0, -1]))
    torch.nn.functional.multi_margin_loss(f, torch.tensor([0]))
    torch.nn.functional.multi_margin_loss(f, torch.tensor([0, 1]).int())
    torch.nn.functional.multi_margin_loss(f, torch.tensor([0, 1]), weight=torch.ones(2))
    torch.nn.functional.multi_margin_loss(f, torch.tensor([0, 1]), weight=torch.ones(3, 1))
    torch.nn.functional.multi_margin_loss(f, torch.tensor([0, 1]), reduction='x')
    torch.nn.functional.multi_margin_loss(i, torch.tensor([0, 1]))
    torch.nn.functional.multi_margin_loss(q, torch.tensor([0, 1]))
    torch.nn.functional.multi_margin_loss(f[:, :0], torch.tensor([0, 1]))
    torch.nn.functional.multi_margin_loss(f[:0], torch.tensor([0, 1])[:0], reduction='none')
    torch.nn.functional.multilabel_margin_loss(f, j + 3)
    torch.nn.functional.multilabel_margin_loss(f, j - 2)
    torch.nn.functional.multilabel_margin_loss(f, j.int())
    torch.nn.functional.multilabel_margin_loss(f, j[0])
    torch.nn.functional.multilabel_margin_loss(f, j)
    torch.nn.functional.multilabel_margin_loss(q, q.long())
    torch.nn.functional.multilabel_soft_margin_loss(f, f, reduction='x')
    torch.nn.functional.multilabel_soft_margin_loss(z, z)
    torch.nn.functional.multilabel_soft_margin_loss(i, f)
    torch.nn.functional.soft_margin_loss(f, q)
    torch.nn.functional.soft_margin_loss(f, f, reduction='x')
    torch.nn.functional.soft_margin_loss(f, i)
    torch.nn.functional.hinge_embedding_loss(f, i.sign())
    torch.nn.functional.hinge_embedding_loss(f, f, reduction='x')
    torch.nn.functional.margin_ranking_loss(f, f, f[0])
    torch.nn.functional.margin_ranking_loss(f, f, i)
    torch.nn.functional.cosine_embedding_loss(f, f, f)
    torch.nn.functional.cosine_embedding_loss(f, f[0], torch.tensor(1))
    torch.nn.functional.cosine_embedding_loss(f, f, torch.tensor(1))
    torch.nn.functional.cosine_embedding_loss(f, f, torch.ones(3))
    torch.nn.functional.cosine_embedding_loss(i, i, torch.ones(2))
    torch.nn.functional.cosine_embedding_loss(f.double(), f, torch.ones(2))
    torch.nn.TripletMarginLoss(0)
    torch.nn.TripletMarginLoss(-1.0)
    torch.nn.TripletMarginWithDistanceLoss(margin=0)
    torch.nn.functional.triplet_margin_loss(f, f, f[0])
    torch.nn.functional.triplet_margin_loss(f, f, f, margin=-1)
    torch.nn.functional.triplet_margin_loss(i, i, i)
    torch.nn.functional.triplet_margin_with_distance_loss(f, f, f, reduction='x')
    torch.nn.functional.poisson_nll_loss(i, i)
    torch.nn.functional.poisson_nll_loss(f, f, reduction='x')
    torch.nn.functional.gaussian_nll_loss(f, f, -1.0)
    torch.nn.functional.gaussian_nll_loss(f, f, 1)
    torch.nn.functional.gaussian_nll_loss(f, f, f)
    torch.nn.functional.gaussian_nll_loss(f, f, torch.ones(3))
    torch.nn.functional.gaussian_nll_loss(f, f, torch.ones(()))
    torch.nn.functional.gaussian_nll_loss(f, f, torch.ones(1, 1))
    torch.nn.functional.gaussian_nll_loss(f, f, torch.ones(2, 3), reduction='x')
    torch.nn.functional.linear_cross_entropy(f[0], torch.ones(2, 4, 3), f)
    torch.nn.functional.linear_cross_entropy(f, torch.ones(2, 4), torch.tensor([0, 1]))
    torch.nn.LinearCrossEntropyLoss(3, 4, weight=torch.ones(3))
    torch.nn.LinearCrossEntropyLoss(3, 4, label_smoothing=2)
    torch.kl_div(f, f, reduction='sum')
    torch.poisson_nll_loss(f, f)
    torch.nn.functional.soft_margin_loss(g, g.detach()).grad_fn.name()
    torch.nn.functional.multi_margin_loss(g, torch.tensor(1)).grad_fn.name()
    torch.nn.functional.multilabel_margin_loss(g, torch.tensor([1, -1, 0])).grad_fn.name()
    [torch.nn.functional.hinge_embedding_loss(g, g.detach(), reduction=r).grad_fn.name() for r in ('none', 'mean', 'sum')]
    [torch.nn.functional.margin_ranking_loss(g, g, g.detach(), reduction=r).grad_fn.name() for r in ('none', 'mean', 'sum')]
    [torch.nn.functional.poisson_nll_loss(g, g, reduction=r).grad_fn.name() for r in ('none', 'mean', 'sum')]
    [torch.nn.functional.gaussian_nll_loss(g, g, g, reduction=r).grad_fn.name() for r in ('none', 'mean', 'sum')]
    [torch.nn.functional.triplet_margin_loss(g, g, g, reduction=r).grad_fn.name() for r in ('mean', 'sum')]
    isinstance(torch.nn.CTCLoss(), torch.nn.modules.loss._Loss), isinstance(torch.nn.MultiMarginLoss(), torch.nn.modules.loss._WeightedLoss)
    torch.nn.functional.ctc_loss(torch.zeros(6, 4), torch.ones(3).long(), (6,), (2,))
    vars(torch.nn.CTCLoss(1)).keys() >= {{'blank', 'zero_infinity', 'reduction'}}
""")


@pytest.mark.parametrize("script", SCRIPTS)
def test_script(script):
    check(script, torch)


def test_ctc_of_a_label_that_is_no_class():
    """PyTorch reads memory it does not own."""
    with pytest.raises(RuntimeError, match="classes, 0 to 3"):
        minitorch_nlp.nn.functional.ctc_loss(minitorch_nlp.zeros(6, 1, 4), minitorch_nlp.tensor([[1, 4]]), [6], [2])


def test_ctc_of_large_scores():
    """In float32 as PyTorch in float64: each step's parts are a softmax, so that they sum to 1."""
    scores, results = np.random.default_rng(0).standard_normal((4, 2, 4)) * 1e4, []
    for library, dtype in ((minitorch_nlp, "float32"), (torch, "float64")):
        x = library.tensor(scores.astype(np.float32), dtype=getattr(library, dtype), requires_grad=True)
        loss = library.nn.functional.ctc_loss(x.log_softmax(2), library.tensor([[1, 2], [3, 3]]), (4, 3), (2, 2), reduction="none")
        loss.sum().backward()
        results.append((loss.detach().numpy(), x.grad.numpy()))
    for mine, theirs in zip(*results):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-6)


def test_soft_margin_of_large_scores():
    """PyTorch overflows to inf."""
    F, x = minitorch_nlp.nn.functional, minitorch_nlp.tensor([-1e4, 1e4], requires_grad=True)
    y = F.soft_margin_loss(x, minitorch_nlp.tensor([1.0, 1.0]), reduction="none")
    y.sum().backward()
    assert y.tolist() == [1e4, 0.0]
    assert x.grad.tolist() == [-1.0, 0.0]


def test_second_derivative_of_ctc():
    """PyTorch has none; a Hessian's row sums to zero over the scores of one step, because softmax does not see a shift."""
    x = minitorch_nlp.tensor(np.random.default_rng(0).standard_normal((5, 1, 3)), requires_grad=True)
    loss = minitorch_nlp.nn.functional.ctc_loss(x.log_softmax(2), minitorch_nlp.tensor([[1, 2]]), [5], [2])
    (first,) = minitorch_nlp.autograd.grad(loss, x, create_graph=True)
    (second,) = minitorch_nlp.autograd.grad(first[0, 0, 1], x)
    assert abs(second.sum(2)).max() < 1e-12
    assert abs(second).max() > 1e-3


@pytest.mark.parametrize("name", ["nn", "nn.functional"])
def test_no_loss_is_missing(name):
    theirs, ours = (library.nn.functional if "." in name else library.nn for library in (torch, minitorch_nlp))
    losses = [n for n in dir(theirs) if n.lower().endswith(("loss", "cross_entropy")) and not n.startswith("Adaptive")]
    for n in losses:
        expected = inspect.signature(getattr(theirs, n)).parameters
        found = inspect.signature(getattr(ours, n)).parameters
        assert [(p.name, p.default, p.kind) for p in found.values()] == [(p.name, p.default, p.kind) for p in expected.values()], n
