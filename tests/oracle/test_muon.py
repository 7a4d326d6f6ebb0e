"""Muon on larger matrices. Every product in it is rounded to 8 bits, so the order of its sums shows, and PyTorch's depends on the CPU: ours
must be as near to PyTorch as PyTorch on one kind of CPU is to PyTorch on another. (`test_optim_closures` has small matrices, equal bit for bit.)
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

SCRIPT = str(Path(__file__).parent / "muon_steps.py")


def parameters(path, *command, **environment):
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **environment}
    done = subprocess.run([sys.executable, *command, SCRIPT, str(path)], capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stderr
    with np.load(path) as saved:
        return list(saved.values())


def distance(xs, ys):
    return max(float(np.abs(x - y).max()) for x, y in zip(xs, ys, strict=True))


@pytest.mark.slow
def test_fifty_steps(tmp_path):
    theirs = parameters(tmp_path / "theirs.npz")
    other = parameters(tmp_path / "other.npz", ATEN_CPU_CAPABILITY="default")
    ours = parameters(tmp_path / "ours.npz", "-m", "minitorch_nlp.run")
    apart = distance(theirs, other)
    if apart == 0:
        pytest.skip("PyTorch has only its default kernels on this CPU")
    assert apart > 1e-5  # so that nothing can be within 1e-6 of both
    assert distance(theirs, ours) <= 3 * apart
