"""Update rules of optimizers, in place, each operation rounded as in the definition: the new values are equal bit for bit."""

import numpy as np

from .compiling import compiled
from .threads import divided

exactly = compiled(floats=False)
ONE = np.float32(1)


def flat(*arrays):
    return (a.reshape(-1) for a in arrays)


def numbers(*values):
    """Coefficients as float32; 0 for one that is left out."""
    return (np.float32(0 if v is None else v) for v in values)


@divided(4, 131_072)
@exactly
def adam_each(param, grad, mean, square, step_size, intake, beta2, intake2, root, eps, decay, shrink, decays, shrinks, maximize):
    for i in range(param.size):
        p, g = param[i], grad[i]
        if shrinks:
            p = p * shrink
        if maximize:
            g = -g
        if decays:
            g = p * decay + g
        if intake < np.float32(0.5):
            m = mean[i] + (g - mean[i]) * intake
        else:
            m = g - (g - mean[i]) * (ONE - intake)
        s = square[i] * beta2 + g * intake2 * g
        mean[i], square[i] = m, s
        param[i] = p - m * step_size / (np.sqrt(s) / root + eps)


def adam_update(param, grad, mean, square, peak, step_size, intake, beta2, intake2, root, eps, decay=None, shrink=None, maximize=False):
    coefficients = numbers(step_size, intake, beta2, intake2, root, eps, decay, shrink)
    adam_each(*flat(param, grad, mean, square), *coefficients, decay is not None, shrink is not None, maximize)


@divided(2, 262_144)
@exactly
def sgd_each(param, grad, lr, weight_decay, decays, maximize):
    for i in range(param.size):
        g = -grad[i] if maximize else grad[i]
        if decays:
            g = param[i] * weight_decay + g
        param[i] -= g * lr


@divided(3, 262_144)
@exactly
def sgd_momentum_each(param, grad, buffer, lr, weight_decay, momentum, intake, decays, takes_part, nesterov, maximize, fresh):
    for i in range(param.size):
        g = -grad[i] if maximize else grad[i]
        if decays:
            g = param[i] * weight_decay + g
        if fresh:
            b = g
        else:
            b = buffer[i] * momentum + (g * intake if takes_part else g)
        buffer[i] = b
        param[i] -= (g + b * momentum if nesterov else b) * lr


def sgd_update(param, grad, buffer, lr, weight_decay=None, momentum=None, intake=None, nesterov=False, maximize=False, fresh=False):
    rate, decay, kept, part = numbers(lr, weight_decay, momentum, intake)
    decays = weight_decay is not None
    if buffer is None:
        sgd_each(*flat(param, grad), rate, decay, decays, maximize)
    else:
        sgd_momentum_each(*flat(param, grad, buffer), rate, decay, kept, part, decays, intake is not None, nesterov, maximize, fresh)
