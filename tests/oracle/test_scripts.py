"""Scripts written for PyTorch print the same under `minitorch-nlp run`, unmodified; and what `compare` says of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from minitorch_nlp.check import check  # noqa: E402
from minitorch_nlp.compare import first_difference  # noqa: E402

SCRIPTS = sorted((Path(__file__).parents[1] / "torch_scripts").glob("*.py"))
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def execute(tmp_path, *command):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *map(str, command)], capture_output=True, text=True, timeout=200, cwd=tmp_path, env=ONE_THREAD
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_same_output(script, tmp_path):
    ours = execute(tmp_path, "-m", "minitorch_nlp.run", script)
    theirs = execute(tmp_path, script)
    assert len(ours.splitlines()) > 4
    assert first_difference(theirs, ours, 1e-4) is None, f"PyTorch:\n{theirs}\nhere:\n{ours}"


def test_check_finds_nothing_missing():
    report = check([str(path) for path in SCRIPTS])
    assert len(SCRIPTS) >= 15
    assert [f for f in report.findings if f.status in ("missing", "missing?", "refused")] == []
    assert report.count("supported") > 100


COMPARED = """
import sys, torch, random
from torch import nn
net = nn.Sequential(nn.Linear(3, 4), nn.{layer}, nn.Linear(4, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(8, 3)
print(sys.argv[1:], random.random() < 2, "minitorch" in torch.__file__ {wrong})
for step in range(4):
    loss = net(x).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"step {{step}} loss {{loss.item():.4f}}")
"""
OTHER_LAYER = 'ReLU() if "minitorch" in torch.__file__ else nn.Tanh()'


@pytest.mark.parametrize(
    ("layer", "wrong", "status", "words"),
    [
        ("Tanh()", "and False", 0, ["the same text: 5 lines", "'step # loss #', number 2: 4 points", "all 32 outputs and gradients"]),
        (
            "Tanh()",
            "",
            1,
            ["the first difference is in line 1:", "  PyTorch: ['--lr', '3'] True False", "  here:    ['--lr', '3'] True True"],
        ),
        (
            OTHER_LAYER,
            "and False",
            1,
            ["the first difference is in line 2:", "apart from point 1 on", "output that differs: Sequential.2 (Linear)"],
        ),
    ],
)
def test_compare(tmp_path, layer, wrong, status, words):
    (tmp_path / "script.py").write_text(COMPARED.format(layer=layer, wrong=wrong))
    done = subprocess.run(
        [sys.executable, "-m", "minitorch_nlp.cli", "compare", "--deep", "script.py", "--lr", "3"],
        capture_output=True, text=True, cwd=tmp_path, env=ONE_THREAD, timeout=100,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    assert all(word in done.stdout for word in words), done.stdout
