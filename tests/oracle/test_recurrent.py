"""The recurrent layers give PyTorch's outputs and gradients."""

import numpy as np
import pytest

from minitorch_nlp.functional import recurrent

torch = pytest.importorskip("torch")

# kind, its torch module, options of both, gates, states
KINDS = [
    ("rnn", "RNN", {"nonlinearity": "tanh"}, 1, 1),
    ("rnn", "RNN", {"nonlinearity": "relu"}, 1, 1),
    ("lstm", "LSTM", {}, 4, 2),
    ("gru", "GRU", {}, 3, 1),
]
SHAPES = [(5, 3, 4, 6), (1, 1, 1, 1), (7, 1, 3, 2), (2, 20, 8, 5), (3, 0, 4, 2)]  # T, N, D, H


@pytest.mark.parametrize(("kind", "name", "options", "gates", "states"), KINDS, ids=lambda v: str(v))
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("reverse", [False, True])
def test_layer(kind, name, options, gates, states, bias, reverse):
    rng = np.random.default_rng(0)
    for dtype, tolerance in (("float64", 1e-12), ("float32", 2e-6)):
        for steps, n, features, hidden in SHAPES:
            module = getattr(torch.nn, name)(features, hidden, bias=bias, dtype=getattr(torch, dtype), **options)
            leaves = [rng.standard_normal(s).astype(dtype) for s in ((steps, n, features), *[(n, hidden)] * states)]
            weights = [p.detach().numpy() for p in module.parameters()]
            arrays = (*leaves, *weights, *[None] * (0 if bias else 2))
            outputs, saved = getattr(recurrent, f"{kind}_layer_forward")(*arrays, reverse=reverse, **options)
            dys = tuple(rng.standard_normal(o.shape).astype(dtype) for o in outputs)
            gradients = getattr(recurrent, f"{kind}_layer_backward")(dys, saved)

            theirs = [torch.from_numpy(a).requires_grad_() for a in leaves]
            x = theirs[0].flip(0) if reverse else theirs[0]
            hx = tuple(s[None] for s in theirs[1:])
            output, last = module(x, hx if states == 2 else hx[0])
            last = last if states == 2 else (last,)
            expected = (output.flip(0) if reverse else output, *(s[0] for s in last))
            torch.autograd.backward(expected, [torch.from_numpy(d) for d in dys])
            for a, b in zip(outputs, expected, strict=True):
                np.testing.assert_allclose(a, b.detach().numpy(), rtol=tolerance, atol=tolerance)
            for a, b in zip([g for g in gradients if g is not None], [*theirs, *module.parameters()], strict=True):
                np.testing.assert_allclose(a, b.grad.numpy(), rtol=10 * tolerance, atol=10 * tolerance)
