"""`import minitorch_nlp` is light: NumPy and our own modules, nothing else, and it works where parts of Python are missing."""

import subprocess
import sys


def run(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_only_numpy_and_ours():
    code = """
import sys, numpy
before = set(sys.modules)
import minitorch_nlp
new = {m.split('.')[0] for m in set(sys.modules) - before} - {'minitorch_nlp', 'numpy'}
print(*sorted(m for m in new if m not in sys.stdlib_module_names))
heavy = {'multiprocessing', 'zipfile', 'hypothesis', 'matplotlib', 'tqdm', 'cupy', 'torch', 'unittest', 'asyncio'}
assert not heavy & new, heavy & new
"""
    assert run(code).split() == []


def test_imports_without_ctypes_threads_processes():
    """As on WebAssembly: what is missing there is missing here."""
    code = """
import sys, numpy
for name in ('ctypes', '_multiprocessing', 'multiprocessing', '_posixsubprocess', 'subprocess', 'fcntl'):
    sys.modules[name] = None
import minitorch_nlp as torch
x = torch.ones(2, requires_grad=True)
(x * 3).sum().backward()
print(x.grad)
"""
    assert run(code).strip() == "tensor([3., 3.])"


def test_unknown_name_names_the_nearest():
    code = """
import minitorch_nlp as torch
try:
    torch.zeross
except AttributeError as error:
    print(error)
"""
    assert "zeros" in run(code)
