"""`testing.assert_close` passes and fails as PyTorch's does."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import minitorch_nlp  # noqa: E402

CASES = """
m.tensor([1.0, 2.0]), m.tensor([1.0, 2.000001])
m.tensor([1.0, 2.0]), m.tensor([1.0, 2.00001])
m.tensor([1.0]).half(), m.tensor([1.001]).half()
m.tensor([1.0]).double(), m.tensor([1.0 + 1e-6]).double()
m.tensor([1.0]).bfloat16(), m.tensor([1.01]).bfloat16()
m.tensor([1e-6]), m.tensor([0.0])
m.tensor([1.0]), m.tensor([1.0]).double()
m.tensor([1]), m.tensor([2])
m.tensor([True]), m.tensor([True])
m.tensor([float("nan")]), m.tensor([float("nan")])
m.tensor([float("inf")]), m.tensor([float("-inf")])
m.tensor([1.0]), m.tensor([[1.0]])
m.tensor(1.0), 1.0
np.ones(2), np.ones(2)
np.ones(2), m.ones(2)
1.0, 1.0 + 2e-7
1.0, 1.0 + 1e-6
1, 1.0
[1, m.tensor(2.0)], (1, m.tensor(2.0))
[1, 2], [1, 2, 3]
{"a": 1}, {"b": 1}
{"a": m.tensor(1.0)}, {"a": m.tensor(2.0)}
"a", "a"
None, None
m.nn.Parameter(m.ones(1)), m.ones(1)
m.ones(2, 2), m.ones(2, 2).t()
""".strip().splitlines()
OPTIONS = [{}, {"rtol": 0.1, "atol": 0.0}, {"equal_nan": True, "check_dtype": False}, {"check_stride": True, "allow_subclasses": False}]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("text", CASES)
def test_same_verdict(text, options):
    verdicts = []
    for m in (torch, minitorch_nlp):
        actual, expected = eval(text, {"m": m, "np": np})
        try:
            m.testing.assert_close(actual, expected, **options)
            verdicts.append(None)
        except (AssertionError, TypeError) as error:
            verdicts.append(type(error))
    assert verdicts[0] is verdicts[1]
