"""tanh and its first six derivatives, each the gradient of the one before ("Deep Learning from Scratch 3", steps 34 and 35).

Written for DeZero; it runs on minitorch_nlp as it stands:

    minitorch-nlp run --alias dezero=minitorch_nlp.classic.dezero examples/dezero_tanh.py
"""

from __future__ import annotations

import argparse

import dezero.functions as F
import numpy as np
from dezero import Variable


def derivatives(order: int, x: Variable) -> list[np.ndarray]:
    """tanh at x and its derivatives up to `order`."""
    y = F.tanh(x)
    values = [y.data]
    for _ in range(order):
        x.cleargrad()
        y.backward(create_graph=True)
        y = x.grad
        values.append(y.data)
    return values


def draw(x: np.ndarray, values: list[np.ndarray], path: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for n, y in enumerate(values):
        axes.plot(x, y / np.abs(y).max(), label="tanh" if n == 0 else f"derivative {n}")
    axes.set(xlabel="x", ylabel="divided by its maximum", title="tanh and its derivatives")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default="tanh.png", help="the picture")
    options = parser.parse_args()
    x = Variable(np.linspace(-4, 4, 401))
    values = derivatives(6, x)
    t = np.tanh(x.data)
    sixth = 16 * t * (1 - t**2) * (-45 * t**4 + 60 * t**2 - 17)
    print(f"sixth derivative: largest error {np.abs(values[6] - sixth).max():.0e} of values up to {np.abs(sixth).max():.0f}")
    draw(x.data, values, options.out)
    print(f"picture: {options.out}")


if __name__ == "__main__":
    main()
