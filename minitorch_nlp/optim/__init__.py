"""Optimizers and learning-rate schedules.

One optimizer per file: a pure update on arrays, and a class that keeps the state. A new one is a new file beside `sgd.py` and a line here.
"""

from ..missing import explains_missing
from . import lr_scheduler
from .adam import Adam
from .adamw import AdamW
from .optimizer import Optimizer
from .sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler"]

__getattr__ = explains_missing(__name__)
