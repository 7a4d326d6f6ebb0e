"""What the book's examples share: weights to start from, a chain of layers, pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from minitorch_nlp.classic.base_model import BaseModel
from minitorch_nlp.text.plots import finished, new_figure


def weights(rows, columns, scale=None):
    """(rows, columns), normally distributed with standard deviation `scale`, 1 / sqrt(rows) unless given; float32."""
    return (np.random.randn(rows, columns) * (rows**-0.5 if scale is None else scale)).astype("f")


def zeros(n):
    return np.zeros(n, "f")


class Chain(BaseModel):
    """Layers one behind the other, and a loss behind them."""

    def __init__(self, layers, loss_layer):
        self.layers, self.loss_layer = layers, loss_layer
        self.params = [p for layer in layers for p in layer.params]
        self.grads = [g for layer in layers for g in layer.grads]

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def forward(self, x, t):
        return self.loss_layer.forward(self.predict(x), t)

    def backward(self, dout=1):
        dout = self.loss_layer.backward(dout)
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout

    def reset_state(self):
        for layer in self.layers:
            if hasattr(layer, "reset_state"):
                layer.reset_state()


def new_picture(width=6.0, height=4.0):
    """Matplotlib's (figure, axes), to be drawn on and given to `save`; None where it is not installed."""
    try:
        return new_figure("the picture", width, height)
    except ImportError as error:
        print(f"no picture: {error}")
        return None


def save(figure, folder, name):
    Path(folder).mkdir(parents=True, exist_ok=True)
    finished(figure, Path(folder) / name)
    print(f"picture: {Path(folder) / name}")
