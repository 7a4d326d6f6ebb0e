"""The page that says what of PyTorch is here is what the package says."""

import sys
from pathlib import Path

import pytest

import minitorch_nlp as torch
from minitorch_nlp.check import judge
from minitorch_nlp.differences import DIFFERS
from minitorch_nlp.missing import torch_names
from minitorch_nlp.support import page, support

PAGE = Path(__file__).parents[2] / "docs" / "support.md"


def test_the_page_is_true():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m minitorch_nlp.support > docs/support.md"


def test_every_difference_is_of_a_name_that_is_there():
    stale = [path for path in DIFFERS if path.split(".")[-1] in names_in(path) and support(path).status != "differs"]
    assert not stale


def names_in(path):
    return torch_names()[path.rpartition(".")[0]]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("torch.exp", "supported"),
        ("torch.Tensor.add_", "supported"),
        ("torch.nn.utils.rnn.no_such_thing", "missing"),
        ("torch.no.such.module", "missing"),
        ("torch.sort", "differs"),
        ("torch.stft", "refused"),
        ("torch.Tensor.to_sparse", "refused"),
    ],
)
def test_status(path, status):
    assert support(path).status == status


def test_a_name_that_needs_a_package_says_which(monkeypatch):
    from minitorch_nlp.utils import tensorboard

    tensorboard.writer_class.cache_clear()
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    for judged in (support("torch.utils.tensorboard.SummaryWriter"), judge("torch.utils.tensorboard.SummaryWriter.add_scalar")):
        assert judged.status == "differs"
        assert "pip install tensorboardX" in judged.note


def test_refused_names_raise_their_reason():
    refused = [
        f"{space}.{name}" for space, names in torch_names().items() for name in names if support(f"{space}.{name}").status == "refused"
    ]
    assert len(refused) > 20
    for path in refused:
        function = torch
        for part in path.split(".")[1:]:
            function = getattr(function, part)
        with pytest.raises(NotImplementedError, match=path.split(".")[-1]):
            function(torch.zeros(2))
