"""500 training steps: the loss curve is PyTorch's, to within ten times what PyTorch differs from itself on other CPU kernels."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

FOLDER = Path(__file__).parent / "long_curves"


def losses(*command, **environment):
    """The losses that a script prints, and the digest of the generator's state at its end."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **environment}
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stderr
    *curve, state = done.stdout.split()
    return [float(loss) for loss in curve], state


def distance(a, b):
    return max(abs(x - y) / abs(x) for x, y in zip(a, b))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mlp", "lstm", "gpt"])
def test_the_curve_is_pytorchs(name):
    script = FOLDER / f"{name}.py"
    theirs, their_state = losses(script)
    other, _ = losses(script, ATEN_CPU_CAPABILITY="default")
    ours, our_state = losses("-m", "minitorch_nlp.run", script)
    assert len(ours) == len(theirs) == 500
    assert our_state == their_state
    assert ours[0] == pytest.approx(theirs[0], rel=1e-6)
    assert distance(theirs, ours) <= 10 * distance(theirs, other)
