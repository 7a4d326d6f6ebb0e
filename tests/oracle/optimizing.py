"""What the comparisons of optimizers share: the same parameters here and there, trained with the same gradients."""

import numpy as np
import pytest

import minitorch_nlp as mt

torch = pytest.importorskip("torch")

STEPS = 50
SHAPES = [(3, 4), (5,), (), (0, 2), (2, 3, 40)]
TOLERANCE = {"float64": 1e-12, "float32": 1e-6}


def pair(dtype, seed=0, shapes=SHAPES):
    """The same parameters here and there."""
    rng = np.random.default_rng(seed)
    arrays = [np.asarray(rng.normal(size=s), dtype) for s in shapes]
    ours = [mt.tensor(a, dtype=getattr(mt, dtype), requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    return ours, theirs


def train(steps, ours, theirs, optimizers, seed):
    """Steps with the same gradients, which depend on the parameters a little, as in life."""
    rng = np.random.default_rng(seed)
    ours_opt, theirs_opt = optimizers
    for _ in range(steps):
        for p, q in zip(ours, theirs, strict=True):
            noise = np.asarray(rng.normal(size=tuple(p.shape)), p.dtype.dtype)
            p.grad = mt.from_numpy(noise) + 0.5 * p.detach()
            q.grad = torch.from_numpy(noise) + 0.5 * q.detach()
        ours_opt.step()
        theirs_opt.step()


def close(ours, theirs, dtype):
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def translate(value, to):
    """A state_dict with the other library's tensors."""
    if isinstance(value, dict):
        return {k: translate(v, to) for k, v in value.items()}
    if isinstance(value, list):
        return [translate(v, to) for v in value]
    if isinstance(value, (mt.Tensor, torch.Tensor)):
        return to(value.detach().numpy().copy())
    return value
