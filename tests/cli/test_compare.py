"""`minitorch-nlp compare`: texts and records laid beside each other. (The whole command is tested beside PyTorch.)"""

import pytest

from minitorch_nlp.compare import curves, first_difference, first_in_modules


@pytest.mark.parametrize(
    ("theirs", "ours", "line"),
    [
        ("a\nb", "a\nb", None),
        ("a\nb", "a\nc", 2),
        ("a\nb", "a", 2),
        ("loss 0.5123", "loss 0.5124", None),  # a unit of the last digit
        ("loss 0.5123", "loss 0.5125", 1),
        ("loss 1234.5678", "loss 1234.6", None),
        ("loss 1234.5678", "loss 1235.6", 1),
        ("1e-05", "1.0e-05", None),
        ("1.0e-05", "2.0e-05", 1),
        ("nan", "nan", None),
        ("nan", "1.0", 1),
        ("step 10", "step 11", None),  # a unit of the last digit again
        ("step 10", "step 12", 1),
        ("x1 y", "x2 y", 1),  # a digit in a word is no number
        ("tensor([1., 2.])", "tensor([1., 2.])", None),
        ("tensor([1.0000, 2.])", "tensor([1.0000])", 1),
        ("  a   b", " a b", None),
    ],
)
def test_first_difference(theirs, ours, line):
    found = first_difference(theirs, ours, 1e-4)
    assert (found and found.line) == line


def test_curves():
    theirs = "\n".join(f"epoch {i} loss {1 / (i + 1):.4f}" for i in range(5))
    ours = theirs.replace("0.2500", "0.2600")
    (curve,) = curves(theirs, ours, 1e-4)
    assert curve[:3] == ("epoch # loss #", 2, 5)
    assert curve.first_apart == 4
    assert curve.largest == pytest.approx(0.01 / 0.26)


def record(kind, module, value, shape=(1,)):
    return {"kind": kind, "module": module, "call": 1, "output": 0, "shape": list(shape), "rms": 1.0, "values": [value]}


@pytest.mark.parametrize(
    ("theirs", "ours", "text"),
    [
        ([("output", "a", 1.0)], [("output", "a", 1.0)], "all 1 outputs"),
        ([("output", "a", 1.0), ("output", "b", 1.0)], [("output", "b", 1.1), ("output", "a", 1.0)], "first output that differs: b"),
        ([("gradient", "a", 1.0), ("output", "b", 1.0)], [("gradient", "a", 2.0), ("output", "b", 2.0)], "first output that differs: b"),
        ([("gradient", "b", 1.0), ("gradient", "a", 1.0)], [("gradient", "a", 2.0), ("gradient", "b", 2.0)], "gradient that differs: b"),
        ([("output", "a", 1.0, (2,))], [("output", "a", 1.0)], "shape (2,) in PyTorch, (1,) here"),
        ([("output", "a", float("nan"))], [("output", "a", 1.0)], "nan in PyTorch"),
        ([("output", "a", 1.0), ("output", "c", 1.0)], [("output", "a", 1.0)], "1 were seen in PyTorch only, the first of c"),
    ],
)
def test_first_in_modules(theirs, ours, text):
    assert text in first_in_modules([record(*r) for r in theirs], [record(*r) for r in ours], 1e-3)
