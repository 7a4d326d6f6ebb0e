"""Models: layers that can be drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...refused import refuse
from . import functions as F
from . import layers as L
from . import utils
from .core import Variable, as_variable
from .layers import Layer

__all__ = ["MLP", "Model", "ResNet", "ResNet101", "ResNet152", "ResNet50", "Sequential", "SqueezeNet", "VGG16"]

VGG16, ResNet, ResNet50, ResNet101, ResNet152, SqueezeNet = refuse(
    "VGG16 ResNet ResNet50 ResNet101 ResNet152 SqueezeNet",
    "nothing is downloaded, and models for images are not here; build one of layers.Conv2d",
)


class Model(Layer):
    """A Layer that stands for a whole network."""

    def plot(self, *inputs: Any, to_file: str | Path = "model.png") -> Path:
        """Draw the graph of one forward pass into a file; needs Graphviz, but for a .dot file."""
        return utils.plot_dot_graph(self.forward(*map(as_variable, inputs)), verbose=True, to_file=to_file)


class Sequential(Model):
    """Layers one after the other, as attributes ``l0``, ``l1``, ..."""

    def __init__(self, *layers: Any) -> None:
        super().__init__()
        self.layers = list(layers)
        for i, layer in enumerate(layers):
            setattr(self, f"l{i}", layer)

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x


class MLP(Model):
    """Linear layers ``l0``, ``l1``, ... of these sizes, with `activation` between them.

    >>> import numpy as np
    >>> from minitorch_nlp.classic.dezero.models import MLP
    >>> model = MLP((10, 3))
    >>> model(np.zeros((5, 2), dtype=np.float32)).shape
    (5, 3)
    >>> [name for name, _ in model.named_params()]
    ['l0/W', 'l0/b', 'l1/W', 'l1/b']
    """

    def __init__(self, fc_output_sizes: Any, activation: Callable[[Variable], Variable] = F.sigmoid) -> None:
        super().__init__()
        self.activation = activation
        self.layers = [L.Linear(size) for size in fc_output_sizes]
        for i, layer in enumerate(self.layers):
            setattr(self, f"l{i}", layer)

    def forward(self, x: Any) -> Variable:
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)
