"""`minitorch-nlp check`: what it reads in a script, without running it."""

import json

import pytest

from minitorch_nlp.check import check, main

SCRIPT = """
import torch as t
from torch import nn as N, optim
from torch.nn import functional as F
from torch.linalg import *
import torch.backends.cudnn as cudnn
Adam, P = optim.Adam, N.Parameter

class Base(N.Module):
    def mine(self): ...

class Net(Base):
    def __init__(self):
        super().__init__()
        self.l = N.Linear(2, 3)
        self.register_buffer("x", t.zeros(3))
        self.mine()

    @t.no_grad()
    def forward(self, x: t.Tensor, y=None):
        q = F.relu(self.l(x)) + 1
        q.share_memory_()
        return cholesky(q), t.stft(x), x.resize(3)

net = Net()
opt = Adam(net.parameters())
opt.zero_grad(); opt.zork()
cudnn.benchmark = True
if isinstance(net, N.DataParallelism): pass
t.sort(net)
"""


def found(report, name):
    (finding,) = [f for f in report.findings if f.name == name]
    return finding


@pytest.fixture
def report(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    return check([str(tmp_path)])


@pytest.mark.parametrize(
    ("name", "status", "places"),
    [
        ("torch.optim.Adam", "supported", ["7"]),
        ("torch.nn.Module", "supported", ["9"]),
        ("torch.nn.Linear", "supported", ["15"]),
        ("torch.nn.Module.register_buffer", "supported", ["16"]),
        ("torch.zeros", "supported", ["16"]),
        ("torch.no_grad", "supported", ["19"]),
        ("torch.Tensor", "supported", ["20"]),
        ("torch.Tensor.share_memory_", "refused", ["22"]),
        ("torch.linalg.cholesky", "supported", ["23"]),
        ("torch.stft", "refused", ["23"]),
        ("torch.Tensor.resize", "missing", ["23"]),
        ("torch.nn.Module.parameters", "supported", ["26"]),
        ("torch.optim.Optimizer.zero_grad", "supported", ["27"]),
        ("torch.backends.cudnn.benchmark", "supported", ["28"]),
        ("torch.nn.DataParallelism", "missing", ["29"]),
        ("torch.sort", "differs", ["30"]),
    ],
)
def test_names(report, name, status, places):
    finding = found(report, name)
    assert (finding.status, finding.places) == (status, places)


def test_own_names_are_not_torchs(report):
    assert not [f.name for f in report.findings if f.name.endswith((".mine", ".l", ".zork"))]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import torch.fx", {"torch.fx": "missing"}),
        ("try:\n    from torch.fx import Graph\nexcept ImportError:\n    pass", {"torch.fx.Graph": "optional"}),
        ("import torch\ny.to_sparse()", {"torch": "supported", "torch.Tensor.to_sparse": "missing?"}),
        ("import torchvision.transforms", {"torchvision": "missing"}),
        ("from torch.nn import *\nLinear(1, 2)", {"torch.nn": "supported", "torch.nn.Linear": "supported"}),
        ("import torch\nf = torch.linalg\nf.zork", {"torch": "supported", "torch.linalg": "supported", "torch.linalg.zork": "missing"}),
        ("import torch\ngetattr(torch, 'stft')", {"torch": "supported", "torch.stft": "refused"}),
        ("import torch\ntorch.float32.itemsize.real", {"torch": "supported", "torch.float32.itemsize.real": "supported"}),
        ("from .torch import zork\nfrom torchlike import x", {}),
        ("import torch\ntorch = 3\ntorch.zork", {"torch": "supported"}),
        ("import torch\n[torch.zork for torch in ()]", {"torch": "supported"}),
        ("import torch\nlambda torch: torch.zork", {"torch": "supported"}),
    ],
)  # fmt: skip
def test_small_scripts(tmp_path, code, expected):
    path = tmp_path / "script.py"
    path.write_text(code)
    assert {f.name: f.status for f in check([str(path)]).findings} == expected


def test_what_it_cannot_know_is_said(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("import torch\nfrom helper import *\ngetattr(torch, name)\nexec(text)\nx.values()\n")
    report = check([str(path)])
    assert [place.rpartition(":")[2] for place, _ in report.notes] == ["2", "3", "4"]
    assert report.unknown == {str(path): ["values"]}


def test_notebooks(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["torch.zork"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip list\n", "import torch\n"]},
        {"cell_type": "code", "source": "x = 1\ntorch.nn.Zork()"},
    ]
    path = tmp_path / "book.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    finding = found(check([str(path)]), "torch.nn.Zork")
    assert (finding.status, finding.places) == ("missing", ["cell 3:2"])


def test_the_command(tmp_path, capsys):
    path = tmp_path / "script.py"
    path.write_text("import torch\ntorch.zeros(3)\n")
    assert main([str(path)]) == 0
    assert f"torch.zeros  {path}:2" in capsys.readouterr().out
    path.write_text("import torch\ntorch.zork(3)\n")
    assert main(["--json", str(path)]) == 1
    assert {"name": "torch.zork", "file": str(path), "status": "missing", "note": "", "places": ["2"]} in json.loads(
        capsys.readouterr().out
    )["findings"]
    assert main(["--problems", str(path)]) == 1
    assert "supported\n" not in capsys.readouterr().out


def test_not_python(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("import torch (")
    with pytest.raises(SystemExit, match="2"):
        main([str(path)])
