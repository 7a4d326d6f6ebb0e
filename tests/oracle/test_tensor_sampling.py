"""Draws that are a function of uniform or normal numbers, bit for bit PyTorch's."""

import pytest

import minitorch_nlp

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
torch.manual_seed(0); torch.empty(50).cauchy_()
torch.manual_seed(0); torch.empty(50, dtype=torch.float64).cauchy_(1, 2)
torch.manual_seed(0); torch.empty(50).log_normal_()
torch.manual_seed(0); torch.empty(51, dtype=torch.float64).log_normal_(0, 0.5).sum() + torch.randn(1)
torch.manual_seed(0); torch.empty(51).log_normal_(0, 0.5); torch.randn(3)
torch.manual_seed(0); torch.empty(50).geometric_(0.1)
torch.manual_seed(0); torch.empty(50, dtype=torch.int64).geometric_(0.3)
torch.manual_seed(0); torch.empty(50, dtype=torch.uint8).geometric_(0.3)
torch.manual_seed(0); torch.empty(5, 4).t().geometric_(0.3)
torch.manual_seed(0); torch.empty(5, 4).t().cauchy_()
torch.manual_seed(0); torch.empty(5, dtype=torch.float16).cauchy_()
torch.manual_seed(0); torch.empty(5, dtype=torch.float16).log_normal_()
i.log_normal_()
b.geometric_(0.5)
f.geometric_(0)
f.geometric_(1)
f.cauchy_(0, 0)
f.log_normal_(0, 0)
f.geometric_()
f.cauchy_(sigma=2).shape
f.log_normal_(std=-1)
f.log_normal_(mean=1000.0, std=1)
f.geometric_(p=0.5) is f
g.cauchy_()
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(("name", "args"), [("cauchy_", (1, 3)), ("log_normal_", (0, 0.5)), ("geometric_", (0.01,))])
def test_bits(name, args, dtype):
    drawn = []
    for library in (torch, minitorch_nlp):
        library.manual_seed(3)
        x = getattr(library.empty(3001, dtype=getattr(library, dtype)), name)(*args)
        drawn.append((x.numpy().tobytes(), library.randn(3).tolist()))  # the stream goes on from the same place
    assert drawn[0] == drawn[1]
