"""assert_close, as in torch.testing."""

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp.testing import assert_close

t = torch.tensor
NAN = float("nan")


@pytest.mark.parametrize(
    ("actual", "expected", "options"),
    [
        (t([1.0, 2.0]), t([1.0, 2.000001]), {}),
        (t([1.0]).half(), t([1.001]).half(), {}),
        (t([1e-6]), t([0.0]), {}),
        (t([1.0]), t([1.05]), {"rtol": 0.1, "atol": 0}),
        (t([float("inf")]), t([float("inf")]), {}),
        (t([NAN]), t([NAN]), {"equal_nan": True}),
        (t([1]), t([1.0]), {"check_dtype": False}),
        (torch.nn.Parameter(t([1.0])), t([1.0]), {}),
        (np.ones(2), np.ones(2), {}),
        (1.0, 1.0 + 1e-9, {}),
        (2**60, 2**60, {}),
        ({"a": [t(1.0), 2]}, {"a": (t(1.0), 2)}, {}),
        (None, None, {}),
        (t([]), t([]), {}),
    ],
)
def test_close(actual, expected, options):
    assert_close(actual, expected, **options)


@pytest.mark.parametrize(
    ("actual", "expected", "options", "error", "words"),
    [
        (
            t([1.0, 2.0]),
            t([1.0, 2.5]),
            {},
            AssertionError,
            r"1 of 2 elements .*\ngreatest absolute difference: 0.5 \(up to 1e-05 allowed\) at index \(1,\)",
        ),
        (t([1, 2]), t([1, 3]), {}, AssertionError, "1 of 2 elements"),
        (2**60, 2**60 + 1, {}, AssertionError, "1 of 1 elements"),
        (t([True]), t([False]), {}, AssertionError, "1 of 1 elements"),
        (t([NAN]), t([NAN]), {}, AssertionError, "1 of 1 elements"),
        (t([1.0]), t([1.0, 1.0]), {}, AssertionError, "'shape' differ"),
        (t([1]), t([1.0]), {}, AssertionError, r"'dtype' differ: torch.int64 and torch.float32"),
        (torch.ones(2, 2), torch.ones(2, 2).t(), {"check_stride": True}, AssertionError, r"'stride' differ: \(2, 1\) and \(1, 2\)"),
        (1, 1.0, {}, AssertionError, "the types differ: int and float"),
        ([1, 2], [1, 2, 3], {}, AssertionError, "the lengths differ: 2 and 3"),
        ({"a": 1}, {"b": 1}, {}, AssertionError, "the keys differ"),
        ({"a": [t(1.0), t(2.0)]}, {"a": [t(1.0), t(3.0)]}, {}, AssertionError, r"at item \['a'\]\[1\]"),
        (None, 1, {}, AssertionError, "None is not 1"),
        (t(1.0), t(2.0), {"msg": "mine"}, AssertionError, "^mine$"),
        (t(1.0), t(2.0), {"msg": lambda text: f"mine: {text}"}, AssertionError, "^mine: 1 of 1"),
        (t(1.0), 1.0, {}, TypeError, "Tensor and float cannot be compared"),
        (np.ones(1), t([1.0]), {}, TypeError, "ndarray and Tensor cannot be compared"),
        ("a", "a", {}, TypeError, "str and str"),
        (torch.nn.Parameter(t([1.0])), t([1.0]), {"allow_subclasses": False}, TypeError, "Parameter and Tensor"),
        (t(1.0), t(1.0), {"rtol": 1e-3}, ValueError, "must both be given"),
    ],
)
def test_not_close(actual, expected, options, error, words):
    with pytest.raises(error, match=words):
        assert_close(actual, expected, **options)
