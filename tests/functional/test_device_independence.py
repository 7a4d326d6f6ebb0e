"""No op has a device branch: every forward and backward runs, unchanged, on an array type that refuses to become a NumPy array."""

import sys

import numpy as np
import pytest
import scipy.special

from minitorch_nlp import backend
from minitorch_nlp.testing import seeded_samples

from .foreign_array import Foreign, lift, strip
from .test_every_op import OPS


class At:
    """A ufunc whose ``at`` takes Foreign arrays."""

    def __init__(self, ufunc):
        self.ufunc = ufunc

    def at(self, target, index, values):
        self.ufunc.at(target.host, strip(index), strip(values))


class FakeCuPy:
    """The few CuPy functions the backend calls, for Foreign arrays."""

    ndarray = Foreign
    add, multiply, maximum, minimum = map(At, (np.add, np.multiply, np.maximum, np.minimum))

    class lib:
        class stride_tricks:
            @staticmethod
            def as_strided(array, shape, strides):
                return Foreign(np.lib.stride_tricks.as_strided(array.host, shape, strides))

    @staticmethod
    def asarray(host):
        return Foreign(np.asarray(host))


def lift_all(value):
    if isinstance(value, np.ndarray):
        return Foreign(value)
    if isinstance(value, (tuple, list)):
        return type(value)(lift_all(v) for v in value)
    return value


def flat(out):
    return out if isinstance(out, tuple) else (out,)


@pytest.mark.parametrize("name", sorted(n for n in OPS if n not in ("elementwise.to_device",)))
def test_runs_on_foreign_arrays(name, monkeypatch):
    monkeypatch.setattr(backend, "cupy", lambda: FakeCuPy)
    monkeypatch.setitem(sys.modules, "cupyx.scipy.special", scipy.special)
    op = OPS[name]
    for arrays, options in seeded_samples(op, 6):
        out, saved = op.forward(*prepared(op, arrays), **options)
        foreign_options = {k: lift_all(v) for k, v in options.items()}
        foreign_out, foreign_saved = op.forward(*prepared(op, lift_all(tuple(arrays))), **foreign_options)
        compare(out, foreign_out)
        floats = [np.asarray(o) for o in flat(out)]
        if op.backward is None or not any(o.dtype.kind == "f" for o in floats):
            continue
        dys = tuple(np.ones(o.shape) if o.dtype.kind == "f" else np.zeros(o.shape) for o in floats)
        dy = dys if isinstance(out, tuple) else dys[0]
        gradients = op.backward(dy, saved)
        foreign_gradients = op.backward(lift_all(dy), foreign_saved)
        for g, f in zip(gradients, foreign_gradients):
            assert (g is None) == (f is None)
            if g is not None:
                compare(g, f)


def prepared(op, arrays):
    return op.casts(list(arrays)) if op.casts else arrays


def compare(host, foreign):
    for h, f in zip(flat(host), flat(foreign)):
        np.testing.assert_allclose(np.asarray(h), strip(f), rtol=1e-12, atol=1e-12)


def test_the_foreign_array_refuses_to_become_numpy():
    x = lift(np.ones(2))
    with pytest.raises(TypeError):
        np.asarray(x)
    with pytest.raises(TypeError):
        x + np.ones(2)
