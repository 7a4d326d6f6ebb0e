"""Second derivatives against PyTorch's: every sample of OpInfo that PyTorch can differentiate twice, in float64.

``python -m tests.oracle.gradgrad`` prints each op whose gradient of ``sum(w * gradient)`` differs; with names, for these only.
"""

from __future__ import annotations

import sys
import warnings
from itertools import islice

import numpy as np
import torch

import minitorch_nlp

from .opinfo import Unsupported, convert, op_db, ours, tensors

LIMIT = 8  # samples for each op


def floats(values):
    return [t for t in tensors(values) if t.requires_grad]


def second(function, library, sample):
    """(values of the first gradients, values of the gradients of their weighted sum)."""
    inputs = floats([sample[0], sample[1], list(sample[2].values())])
    outputs = [y for y in tensors(function(sample[0], *sample[1], **sample[2])) if y.requires_grad]
    if not inputs or not outputs:
        return None
    seeds = [library.from_numpy(w(y.shape)).requires_grad_() for y in outputs]
    firsts = library.autograd.grad(outputs, inputs, seeds, create_graph=True, allow_unused=True)
    useful = [g for g in firsts if g is not None and g.requires_grad]
    if not useful:
        return None
    loss = sum((g * library.from_numpy(w(g.shape))).sum() for g in useful)
    seconds = library.autograd.grad(loss, [*inputs, *seeds], allow_unused=True)
    return [None if g is None else g.detach().numpy() for g in seconds]


def w(shape):
    """Fixed weights of a shape."""
    n = int(np.prod(shape))
    return np.cos(np.arange(n, dtype=np.float64) + 0.5).reshape(tuple(shape))


def check(info):
    """The first difference of an op, or None."""
    for sample in islice(info.sample_inputs("cpu", torch.float64, requires_grad=True), LIMIT):
        given = (sample.input, sample.args, sample.kwargs)
        try:
            mine = tuple(map(convert, given))
        except Unsupported:
            continue
        function = ours(info.op, info.name)
        if function is None:
            return None
        torch.manual_seed(42)
        try:
            theirs = second(info.op, torch, given)
        except (RuntimeError, NotImplementedError):
            continue
        if theirs is None:
            continue
        minitorch_nlp.manual_seed(42)
        try:
            found = second(function, minitorch_nlp, mine)
        except Exception as error:
            return f"{type(error).__name__}: {error}"[:300]
        if found is None:
            if any(t is not None and np.any(t) for t in theirs):
                return "no graph behind the first gradient"
            continue
        for a, b in zip(theirs, found):
            a, b = (np.zeros(()) if x is None else x for x in (a, b))
            if a.shape != b.shape and a.ndim and b.ndim:
                return f"shape {b.shape}, not {a.shape}"
            if not np.allclose(a, b, atol=1e-6, rtol=1e-6, equal_nan=True):
                return f"{sample.args} {sample.kwargs}: {b.ravel()[:4]}, not {a.ravel()[:4]}"[:300]
    return None


def main(names):
    good = 0
    for info in op_db:
        if (names and info.name not in names) or not info.supports_gradgrad or not info.supports_autograd:
            continue
        if torch.float64 not in info.dtypes or ours(info.op, info.name) is None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                problem = check(info)
            except Exception as error:
                problem = f"(harness) {type(error).__name__}: {error}"[:200]
        if problem:
            print(f"{info.name}{'.' + info.variant_test_name if info.variant_test_name else ''}: {problem}", flush=True)
        else:
            good += 1
    print(good, "agree")


if __name__ == "__main__":
    main(sys.argv[1:])
