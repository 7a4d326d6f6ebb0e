"""Type promotion over all pairs of dtypes: what torch computes in, for tensors, 0-dim tensors and Python numbers."""

import operator
import warnings

import numpy as np
import pytest

import minitorch_nlp

torch = pytest.importorskip("torch")

REAL = ["bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64", "float16", "float32", "float64"]
NAMED = ["bfloat16", "complex32", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2", "qint8"]
COMPUTED = [name for name in REAL if name not in ("uint16", "uint32", "uint64")]  # torch does not compute with these
NUMBERS = [True, 3, 2.5]


def outcome(call, *args):
    """The name of the dtype that a call gives, or of what it raises."""
    try:
        return str(call(*args))
    except (RuntimeError, TypeError) as error:
        return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")


def operands(library, name):
    """A 1-dim tensor, a 0-dim tensor and an empty one."""
    dtype = getattr(library, name)
    return [library.ones(2, dtype=dtype), library.ones((), dtype=dtype), library.ones(0, 2, dtype=dtype)]


@pytest.mark.parametrize("a", REAL + NAMED)
def test_promote_types_and_can_cast(a):
    for b in REAL + NAMED:
        for function in ("promote_types", "can_cast"):
            theirs, ours = (outcome(getattr(lib, function), getattr(lib, a), getattr(lib, b)) for lib in (torch, minitorch_nlp))
            assert theirs == ours, f"{function}({a}, {b})"


@pytest.mark.parametrize("a", REAL)
def test_result_type(a):
    for b in REAL:
        for i in range(3):
            for k in range(3):
                theirs, ours = (outcome(lib.result_type, operands(lib, a)[i], operands(lib, b)[k]) for lib in (torch, minitorch_nlp))
                assert theirs == ours, f"result_type({a} {i}, {b} {k})"
    for number in NUMBERS:
        for i in range(3):
            for swap in (False, True):
                pairs = [(operands(lib, a)[i], number)[:: -1 if swap else 1] for lib in (torch, minitorch_nlp)]
                theirs, ours = outcome(torch.result_type, *pairs[0]), outcome(minitorch_nlp.result_type, *pairs[1])
                assert theirs == ours, f"result_type({a} {i}, {number}) {swap}"


OPS = {
    "add": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "floordiv": lambda x, y: x // y,
    "pow": lambda x, y: x**y,
    "eq": lambda x, y: x == y,
    "lt": lambda x, y: x < y,
}


@pytest.mark.parametrize("a", COMPUTED)
def test_operators_compute_in_that_dtype(a):
    for name, op in OPS.items():
        for b in [*COMPUTED, *NUMBERS]:
            for i in range(3):
                for k in range(3 if isinstance(b, str) else 1):
                    both = []
                    for lib in (torch, minitorch_nlp):
                        x, y = operands(lib, a)[i], operands(lib, b)[k] if isinstance(b, str) else b
                        with warnings.catch_warnings():
                            warnings.simplefilter("ignore")
                            both += [outcome(lambda op=op, x=x, y=y: op(x, y).dtype), outcome(lambda op=op, x=x, y=y: op(y, x).dtype)]
                    assert both[:2] == both[2:], f"{name}({a} {i}, {b} {k})"


@pytest.mark.parametrize("name", REAL + NAMED)
def test_what_a_dtype_says(name):
    theirs, ours = getattr(torch, name), getattr(minitorch_nlp, name)
    for attribute in ("itemsize", "is_floating_point", "is_complex", "abbr"):
        assert getattr(theirs, attribute) == getattr(ours, attribute), attribute
    if not name.startswith("q"):
        assert theirs.is_signed == ours.is_signed
    assert repr(theirs) == repr(ours)
    for method in ("to_real", "to_complex"):
        assert outcome(getattr(theirs, method)) == outcome(getattr(ours, method))


@pytest.mark.parametrize("name", [n for n in REAL + NAMED if not n.startswith(("float8", "q"))])
def test_limits(name):
    for function, fields in (("finfo", "bits dtype max min eps tiny smallest_normal resolution"), ("iinfo", "bits dtype max min")):
        theirs, ours = (outcome(getattr(lib, function), getattr(lib, name)) for lib in (torch, minitorch_nlp))
        assert theirs == ours
        if "Error" not in theirs:
            for field in fields.split():
                limits = [getattr(getattr(lib, function)(getattr(lib, name)), field) for lib in (torch, minitorch_nlp)]
                assert limits[0] == limits[1], field


ARRAY_OPS = {
    **{name: op for name, op in OPS.items() if name != "lt"},  # PyTorch refuses to compare a tensor with an array by <
    "sub": lambda x, y: x - y,
    "mod": lambda x, y: x % y,
    "matmul": lambda x, y: x @ y,
    "iadd": operator.iadd,
    "itruediv": operator.itruediv,
    "imatmul": operator.imatmul,
}


@pytest.mark.parametrize("name", ARRAY_OPS)
def test_a_tensor_and_an_array_give_a_new_tensor_of_numpys_dtype(name):
    for dtype in ("int64", "float32", "float64"):
        for kind in ("bool", "int32", "int64", "float16", "float32", "float64"):
            both = []
            for library in (torch, minitorch_nlp):
                x, y = library.ones(2, 2, dtype=getattr(library, dtype)) * 3, np.ones((2, 2), kind)
                before = x
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    result = ARRAY_OPS[name](x, y)
                both.append((type(result).__name__, str(result.dtype), result.tolist(), result is before, before.tolist()))
            assert both[0] == both[1], f"{name}({dtype}, {kind})"


@pytest.mark.parametrize("number", [np.float64(2), np.float32(2), np.int64(2), np.int8(2)])
def test_a_numpy_scalar_counts_as_a_number(number):
    for dtype in ("int64", "float32", "float64"):
        for op in (operator.add, operator.truediv, operator.iadd, operator.lshift):
            both = [outcome(lambda x, op=op: op(x, number).dtype, lib.ones(2, dtype=getattr(lib, dtype))) for lib in (torch, minitorch_nlp)]
            assert both[0] == both[1], f"{op.__name__}({dtype}, {number!r})"
