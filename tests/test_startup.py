"""OpenBLAS is told how long its threads wait, once, before NumPy loads it; the environment is as before afterwards."""

import os
import subprocess
import sys

import pytest

SETTING = "OPENBLAS_THREAD_TIMEOUT"
WATCH = f"""
import os, sys

class Watch:  # asked for every module that is imported
    seen = []

    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            self.seen.append(os.environ.get({SETTING!r}))

sys.meta_path.insert(0, Watch())
"""


@pytest.mark.parametrize(
    ("first", "given", "while_loading", "afterwards"),
    [
        ("import minitorch_nlp", None, "20", None),
        ("import minitorch_nlp.functional", None, "20", None),
        ("import minitorch_nlp", "10", "10", "10"),
        ("import numpy, minitorch_nlp", None, None, None),
    ],
)
def test_the_environment_while_numpy_is_loaded_and_afterwards(first, given, while_loading, afterwards):
    environment = {key: value for key, value in os.environ.items() if key != SETTING}
    if given is not None:
        environment[SETTING] = given
    code = f"{WATCH}\n{first}\nprint(Watch.seen, os.environ.get({SETTING!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == f"{[while_loading]} {afterwards}"
