"""Whole scripts, written for PyTorch, print the same here with only the import changed: same seed, same loss curve."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

SCRIPTS = sorted((Path(__file__).parent / "curves").glob("*.py"))


def run(code, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "ignore", str(path)], capture_output=True, text=True, timeout=200, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ported(code):
    """The script with its imports changed, and nothing else."""
    code = re.sub(r"^import torch$", "import minitorch_nlp as torch", code, flags=re.MULTILINE)
    code = re.sub(r"^import torch\.([\w.]+) as", r"import minitorch_nlp.\1 as", code, flags=re.MULTILINE)
    return re.sub(r"^from torch\b", "from minitorch_nlp", code, flags=re.MULTILINE)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_same_output(script, tmp_path):
    code = script.read_text(encoding="utf-8")
    ours = run(ported(code), tmp_path)
    assert len(ours.splitlines()) > 5
    assert ours == run(code, tmp_path)
