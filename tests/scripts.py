"""One-line scripts, run with PyTorch and with minitorch_nlp as `torch`: what they give must be the same.

A test file is a list of such lines, so that a new case is a new line. The names of `START` are there in each of them, made afresh.
"""

import ast
import math
import re
import warnings

import numpy as np

import minitorch_nlp

START = {
    "f": "torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.5, -1.5]])",
    "d": "torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)",
    "h": "torch.tensor([1.0, 2.0, 3.0], dtype=torch.float16)",
    "i": "torch.tensor([[1, -2, 3], [0, 5, -7]])",
    "s": "torch.tensor([3, -2, 1], dtype=torch.int32)",
    "u": "torch.tensor([250, 3, 7], dtype=torch.uint8)",
    "b": "torch.tensor([True, False, True])",
    "z": "torch.tensor(2.5)",
    "zd": "torch.tensor(2.5, dtype=torch.float64)",
    "zi": "torch.tensor(3)",
    "e": "torch.zeros(0, 3)",
    "q": "torch.arange(24.0).reshape(2, 3, 4)",
    "n": "torch.tensor([[1.0, nan, 3.0], [nan, 2.0, 2.0]])",
    "j": "torch.tensor([[0, 1, 0], [1, 0, 1]])",
    "g": "torch.tensor([1.0, 2.0, 3.0], requires_grad=True)",
    "tie": "torch.tensor([[2.0, 2.0, 1.0], [0.0, 0.0, 0.0]], requires_grad=True)",
}


def lines(text):
    """The scripts in a text, one a line, without empty lines and comments."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def words(text):
    """Short scripts without spaces, many a line."""
    return text.split()


def run(script, torch):
    """What the last line of a script gives: the value of its expression, or None."""
    names = {"torch": torch, "np": np, "nan": math.nan, "inf": math.inf}
    for name in START.keys() & set(re.findall(r"[a-z]+", script)):
        names[name] = eval(START[name], names)
    body = ast.parse(script).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "<script>", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "<script>", "eval"), names)


def describe(x):
    """All that is to be compared of a result, as nested tuples."""
    kind = type(x).__name__
    if hasattr(x, "grad_fn"):
        node = x.grad_fn and x.grad_fn.name().rsplit("::", 1)[-1]
        steps = tuple(step for step, size in zip(x.stride(), x.shape) if size > 1 and x.numel())  # the others mean nothing
        return kind, str(x.dtype), tuple(x.shape), steps, x.requires_grad, node, x.detach().tolist()
    if isinstance(x, (np.ndarray, np.generic)):
        return kind, str(x.dtype), np.shape(x), x.tolist()
    if isinstance(x, (tuple, list)):
        return kind.split(".")[-1], [describe(part) for part in x]
    return (kind, x) if isinstance(x, (bool, int, float, str)) else (kind.lower(), str(x))


def outcome(script, torch):
    """The description of a script's result, or of what it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("error" if torch is minitorch_nlp else "ignore")
        warnings.simplefilter("ignore", UserWarning)  # what is said of them: tests/oracle/test_warnings.py
        try:
            return describe(run(script, torch))
        except Exception as error:
            return "raises", next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")


def same(a, b):
    """Equal, floats within 1e-5 relatively, or 1e-6 absolutely; nan equals nan."""
    if isinstance(a, float) and isinstance(b, float):
        return a == b or math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-6) or (a != a and b != b)
    if isinstance(a, (tuple, list)) and type(a) is type(b):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def check(script, torch):
    """The script gives with minitorch_nlp what it gives with PyTorch."""
    theirs, ours = outcome(script, torch), outcome(script, minitorch_nlp)
    nonsense = ("NameError", "AttributeError", "SyntaxError", "IndentationError")
    assert theirs not in [("raises", kind) for kind in nonsense], f"{script}: not a script for PyTorch"
    assert same(theirs, ours), f"\n{script}\nPyTorch: {theirs}\nhere:    {ours}"
