"""Chapter 1: a network of two layers learns which of three spiral arms a point belongs to.

    python examples/book/ch01_spiral.py

The same numbers as the book's script: data, first weights and order are drawn from one seeded generator in the same order.
"""

from __future__ import annotations

import argparse

import numpy as np
from shared import Chain, new_picture, save

from minitorch_nlp.classic.dataset import spiral
from minitorch_nlp.classic.layers import Affine, Sigmoid, SoftmaxWithLoss
from minitorch_nlp.classic.optimizer import SGD
from minitorch_nlp.classic.trainer import Trainer


def two_layer_net(inputs, hidden, outputs):
    first = Affine(0.01 * np.random.randn(inputs, hidden), np.zeros(hidden))
    second = Affine(0.01 * np.random.randn(hidden, outputs), np.zeros(outputs))
    return Chain([first, Sigmoid(), second], SoftmaxWithLoss())


def draw(model, x, t, losses, folder):
    picture = new_picture(5, 5)
    if picture is None:
        return
    figure, axes = picture
    side = np.linspace(-1.1, 1.1, 300)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    arms = model.predict(grid.reshape(-1, 2)).argmax(1).reshape(300, 300)
    axes.contourf(side, side, arms, levels=[-0.5, 0.5, 1.5, 2.5], colors=["#cfe2f3", "#fce5cd", "#d9ead3"])
    for arm, (marker, color) in enumerate(zip("o^x", ("tab:blue", "tab:orange", "tab:green"))):
        axes.scatter(*x[t[:, arm] == 1].T, marker=marker, color=color, s=14)
    axes.set(title=f"2-10-3 network, loss {losses[0]:.2f} to {losses[-1]:.2f}", xticks=[], yticks=[], aspect="equal")
    save(figure, folder, "ch01_spiral.png")


def main(argv=None):
    parser = argparse.ArgumentParser(description="Learn the spiral.")
    parser.add_argument("--epochs", type=int, default=300)
    parser.add_argument("--out", default="out")
    args = parser.parse_args(argv)
    x, t = spiral.load_data()
    model = two_layer_net(2, 10, 3)
    trainer = Trainer(model, SGD(lr=1.0))
    trainer.fit(x, t, args.epochs, batch_size=30, eval_interval=10)
    accuracy = (model.predict(x).argmax(1) == t.argmax(1)).mean()
    print(f"loss {trainer.loss_list[-1]:.3f}, accuracy {accuracy:.1%}")
    draw(model, x, t, trainer.loss_list, args.out)


if __name__ == "__main__":
    main()
