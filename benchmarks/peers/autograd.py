"""HIPS autograd: NumPy, traced."""

import autograd.numpy as np
import numpy
from autograd import value_and_grad


def spiral():
    rng = numpy.random.default_rng(0)
    x, t = rng.normal(size=(30, 2)).astype("f"), rng.integers(0, 3, 30)
    params = [rng.normal(size=s).astype("f") for s in ((2, 10), (10,), (10, 3), (3,))]
    rows = numpy.arange(30)

    def loss_of(params):
        W1, b1, W2, b2 = params
        hidden = 1 / (1 + np.exp(-(np.dot(x, W1) + b1)))
        logits = np.dot(hidden, W2) + b2
        logits = logits - np.max(logits, axis=1, keepdims=True)
        return np.mean(np.log(np.sum(np.exp(logits), axis=1)) - logits[rows, t])

    both = value_and_grad(loss_of)

    def step():
        loss, grads = both(params)
        for p, g in zip(params, grads):
            p -= g
        return loss

    return step
