"""One pure-Python wheel: built, installed into an empty environment, and used from there."""

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_every_package_is_listed():
    text = (ROOT / "pyproject.toml").read_text()
    listed = set(re.findall(r"\"(minitorch_nlp[a-z_.]*)\"", text.split("packages = [")[1].split("]")[0]))
    found = {".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "minitorch_nlp").rglob("__init__.py")}
    assert listed == found | {"minitorch_nlp.examples"}


@pytest.mark.slow
def test_wheel_installs_and_trains(tmp_path):
    source = tmp_path / "source"  # a copy: setuptools leaves its build folder behind
    for name in ("minitorch_nlp", "examples"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", str(wheel)], check=True, timeout=300)
    code = """
import minitorch_nlp as torch
assert 'env' in torch.__file__, torch.__file__
layer = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
for _ in range(200):
    x = torch.rand(8, 2)
    loss = ((layer(x) - x.sum(1, keepdim=True)) ** 2).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
assert loss.item() < 0.05, loss
"""
    subprocess.run([python, "-c", code], check=True, cwd=tmp_path, timeout=60)
    out = tmp_path / "out"
    arguments = f"demo --steps 3 --width 16 --out {out}".split()
    done = subprocess.run(
        [tmp_path / "env" / "bin" / "minitorch-nlp", *arguments], capture_output=True, text=True, cwd=tmp_path, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert "validation perplexity" in done.stdout
    assert (out / "char_lstm.pt").exists()
