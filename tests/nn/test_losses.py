"""Losses, activations and distances where no other library is needed: known values, errors' texts, extremes."""

import itertools
import math

import numpy as np
import pytest

import minitorch_nlp as torch

F, nn = torch.nn.functional, torch.nn


def test_ctc_sums_to_one_over_all_words():
    """Every path spells exactly one word, so that the probabilities of all words of up to T letters add up to 1."""
    steps, letters = 4, (1, 2)
    log_probs = torch.randn(steps, 1, 3).log_softmax(2)
    words = [w for n in range(steps + 1) for w in itertools.product(letters, repeat=n)]
    losses = [F.ctc_loss(log_probs, torch.tensor([w or (0,)]), [steps], [len(w)], reduction="sum") for w in words]
    assert math.isclose(sum(math.exp(-loss.item()) for loss in losses), 1, rel_tol=1e-5)


def test_ctc_needs_a_blank_between_equal_letters():
    log_probs = torch.zeros(2, 2, 3).log_softmax(2)
    losses = F.ctc_loss(log_probs, torch.tensor([[1, 1], [1, 2]]), [2, 2], [2, 2], reduction="none")
    assert losses[0] == math.inf
    assert torch.allclose(losses[1], torch.tensor(2 * math.log(3)))


def test_ctc_of_many_steps_is_stable():
    x = torch.randn(400, 2, 6, requires_grad=True)
    loss = nn.CTCLoss()(x.mul(50).log_softmax(2), torch.randint(1, 6, (2, 30)), [400, 310], [30, 25])
    loss.backward()
    assert math.isfinite(loss.item())
    assert x.grad.isfinite().all()
    assert not x.grad[310:, 1].any()


ERRORS = [
    ("F.ctc_loss(torch.zeros(6, 1, 4), torch.tensor([[1, 4]]), [6], [2])", RuntimeError, "must be classes, 0 to 3; they are 1 to 4"),
    ("F.ctc_loss(torch.zeros(6, 1, 4), torch.tensor([[1, 2]]), [7], [2])", RuntimeError, "input_lengths must be at least 0 and at most 6"),
    ("F.ctc_loss(torch.zeros(6, 1, 4), torch.tensor([1, 2, 3]), [6], [2])", RuntimeError, "target_lengths' sum, 2, elements; they have 3"),
    ("F.multi_margin_loss(torch.zeros(2, 3), torch.tensor([0, 3]))", RuntimeError, "the classes are 0 to 2"),
    ("F.multi_margin_loss(torch.zeros(2, 3), torch.tensor([0, 1]), weight=torch.ones(2))", RuntimeError, r"weight must be \(3,\)"),
    ("F.multilabel_margin_loss(torch.zeros(2, 3), torch.zeros(2, 2).long())", RuntimeError, "the shape of the scores"),
    ("F.cosine_embedding_loss(torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, 1))", RuntimeError, r"\(N, D\), \(N, D\), \(N\)"),
    ("F.margin_ranking_loss(torch.ones(2), torch.ones(2), torch.tensor(1))", RuntimeError, "one number of dimensions"),
    ("F.gaussian_nll_loss(torch.ones(2, 3), torch.ones(2, 3), torch.ones(3))", ValueError, "it has .3,"),
    ("F.gaussian_nll_loss(torch.ones(2), torch.ones(2), torch.tensor([1.0, -1.0]))", ValueError, "negative"),
    ("F.triplet_margin_loss(torch.ones(2), torch.ones(2), torch.ones(2), margin=0)", ValueError, "greater than 0, got 0"),
    ("F.soft_margin_loss(torch.ones(2), torch.ones(2), reduction='avg')", ValueError, "avg is not a valid value for reduction"),
    ("F.linear_cross_entropy(torch.ones(2, 3), torch.ones(4, 3), torch.tensor([0, 1]), options=1)", NotImplementedError, "options"),
    ("torch.kl_div(torch.ones(2), torch.ones(2), 'sum')", TypeError, "0 none, 1 mean, 2 sum"),
    ("torch.kl_div(torch.ones(2), torch.ones(2), 5)", ValueError, "it is 5"),
    ("F.rrelu(torch.ones(2), 0.5, 0.1)", RuntimeError, "0.5 > 0.1"),
    ("nn.Softmax2d()(torch.ones(2, 2))", ValueError, "it has 2 dimensions"),
    ("F.feature_alpha_dropout(torch.ones(2), 0.5, True)", RuntimeError, "at least 2 dimensions"),
]


@pytest.mark.parametrize(("script", "error", "text"), ERRORS)
def test_error(script, error, text):
    with pytest.raises(error, match=text):
        eval(script)


def test_old_flags_warn():
    with pytest.warns(UserWarning, match="reduction='sum'"):
        nn.SoftMarginLoss(size_average=False)
    with pytest.warns(FutureWarning, match="NLLLoss"):
        nn.NLLLoss2d()
    with pytest.warns(FutureWarning, match="min_val"):
        nn.Hardtanh(min_value=-2)


@pytest.mark.parametrize("name", ["soft_margin_loss", "multilabel_soft_margin_loss", "hinge_embedding_loss"])
def test_large_scores(name):
    x = torch.tensor([[1e4, -1e4]], requires_grad=True)
    getattr(F, name)(x, torch.ones(1, 2)).backward()
    assert x.grad.isfinite().all()


def test_rrelu_in_place_is_recorded():
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    y = x * 1
    assert F.rrelu_(y, training=True) is y
    y.sum().backward()
    np.testing.assert_allclose(x.grad.tolist(), [-y[0].item(), 1.0])
