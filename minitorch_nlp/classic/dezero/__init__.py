"""DeZero's names on this package's tape: the framework of "Deep Learning from Scratch 3" (Koki Saitoh, O'Reilly Japan 2020).

``minitorch-nlp run --alias dezero=minitorch_nlp.classic.dezero script.py`` runs a script that imports `dezero`. `Variable` is an array
with a gradient; every function here is one of `minitorch_nlp.functional`, with the same hand-written gradient, recorded on the same tape.

Different from DeZero: `Layer.params` gives Parameters in the order they were assigned; a Python number never widens float32; nothing is
downloaded; models and transforms for pictures are refused by name.
"""

from __future__ import annotations

from . import core, cuda, dataloaders, datasets, functions, functions_conv, layers, models, optimizers, transforms, utils
from .core import (
    Config, Function, Parameter, Variable, as_array, as_variable, no_grad, test_mode, using_config,
)  # fmt: skip
from .dataloaders import DataLoader, SeqDataLoader
from .datasets import Dataset
from .layers import Layer
from .models import Model

__all__ = [
    "Config", "DataLoader", "Dataset", "Function", "Layer", "Model", "Parameter", "SeqDataLoader", "Variable", "as_array", "as_variable", "core",
    "cuda", "dataloaders", "datasets", "functions", "functions_conv", "layers", "models", "no_grad", "optimizers", "test_mode", "transforms",
    "using_config", "utils",
]  # fmt: skip
