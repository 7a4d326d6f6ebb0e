"""MLX on the CPU, its own modules and optimizers; lazy, so a step ends with `eval`."""

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim


def trained(model, optimizer, x, t):
    grads_of = nn.value_and_grad(model, lambda model: nn.losses.cross_entropy(model(x), t, reduction="mean"))

    def step():
        loss, grads = grads_of(model)
        optimizer.update(model, grads)
        mx.eval(model.parameters(), optimizer.state, loss)
        return loss

    return step


def spiral():
    model = nn.Sequential(nn.Linear(2, 10), nn.Sigmoid(), nn.Linear(10, 3))
    return trained(model, optim.SGD(learning_rate=1.0), mx.random.normal((30, 2)), mx.random.randint(0, 3, (30,)))


def mlp():
    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    return trained(model, optim.Adam(learning_rate=1e-3), mx.random.normal((128, 784)), mx.random.randint(0, 10, (128,)))
