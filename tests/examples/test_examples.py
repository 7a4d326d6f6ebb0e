"""The other examples, run as a user runs them."""

import subprocess
import sys


def run(module, *args):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", f"minitorch_nlp.examples.{module}", *args], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_spiral_learns(tmp_path):
    output = run("spiral", "--out", str(tmp_path))
    accuracy = float(output.split("accuracy: ")[1].split("%")[0])
    assert accuracy > 95
    assert (tmp_path / "spiral.png").stat().st_size > 10_000


def test_custom_op():
    output = run("custom_op")
    assert "hold on every sample" in output
    assert "a wrong backward is caught" in output
    assert "the gradient of x is" in output
