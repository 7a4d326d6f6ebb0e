"""JAX, jitted: the whole step is one compiled function. Waiting for the result is part of the step, as it is for everybody else."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np


def log_likelihood_loss(logits, t):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), t[:, None], axis=1))


def trained(loss_of, params, update, *data):
    """A step that trains `params` by `update(params, grads, state)`, jitted."""
    state = jax.tree.map(lambda p: (jnp.zeros_like(p), jnp.zeros_like(p)), params)
    count = jnp.zeros(())

    @jax.jit
    def compiled(params, state, count):
        loss, grads = jax.value_and_grad(loss_of)(params, *data)
        params, state, count = update(params, grads, state, count)
        return params, state, count, loss

    def step():
        nonlocal params, state, count
        params, state, count, loss = compiled(params, state, count)
        return loss.block_until_ready()

    return step


def sgd(lr):
    return lambda params, grads, state, count: (jax.tree.map(lambda p, g: p - lr * g, params, grads), state, count)


def adam(lr, b1=0.9, b2=0.999, eps=1e-8):
    def update(params, grads, state, count):
        count = count + 1

        def moved(p, g, averages):
            m, v = b1 * averages[0] + (1 - b1) * g, b2 * averages[1] + (1 - b2) * g * g
            return p - lr * (m / (1 - b1**count)) / (jnp.sqrt(v / (1 - b2**count)) + eps), (m, v)

        pairs = [moved(p, g, s) for p, g, s in zip(params, grads, state)]
        return [p for p, _ in pairs], [s for _, s in pairs], count

    return update


def layers(rng, *widths):
    """Weights and biases, one after the other."""
    for i, o in itertools.pairwise(widths):
        yield from (jnp.asarray(rng.normal(size=(i, o)) / np.sqrt(i), "float32"), jnp.zeros(o, "float32"))


def spiral():
    rng = np.random.default_rng(0)
    x, t = jnp.asarray(rng.normal(size=(30, 2)), "float32"), jnp.asarray(rng.integers(0, 3, 30))

    def loss_of(params, x, t):
        W1, b1, W2, b2 = params
        return log_likelihood_loss(jax.nn.sigmoid(x @ W1 + b1) @ W2 + b2, t)

    return trained(loss_of, list(layers(rng, 2, 10, 3)), sgd(1.0), x, t)


def mlp():
    rng = np.random.default_rng(0)
    x, t = jnp.asarray(rng.normal(size=(128, 784)), "float32"), jnp.asarray(rng.integers(0, 10, 128))

    def loss_of(params, x, t):
        W1, b1, W2, b2 = params
        return log_likelihood_loss(jax.nn.relu(x @ W1 + b1) @ W2 + b2, t)

    return trained(loss_of, list(layers(rng, 784, 256, 10)), adam(1e-3), x, t)
