"""One test for every Op record in the package: whatever module it is in, it is found and checked."""

import importlib
import pkgutil

import pytest

from minitorch_nlp import functional
from minitorch_nlp.functional import Op
from minitorch_nlp.testing import check_op


def every_op():
    found = {}
    for info in pkgutil.iter_modules(functional.__path__):
        module = importlib.import_module(f"{functional.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, Op) and value.__module__ == module.__name__:
                found[f"{info.name}.{value.name}"] = value
    return found


OPS = every_op()


def test_records_are_found():
    assert len(OPS) > 80
    assert {"arithmetic.add", "softmax.softmax", "recurrent.lstm_layer"} <= OPS.keys()


@pytest.mark.parametrize("name", sorted(OPS))
def test_op(name):
    check_op(OPS[name])


def test_every_op_is_exported():
    missing = [name for name, op in OPS.items() if getattr(functional, op.name, None) is not op]
    assert not missing
