"""Optimizers and learning-rate schedules.

One optimizer per file: a pure update on arrays, and a class that keeps the state. A new one is a new file beside `sgd.py` and a line here.
"""

from typing import Any

from ..missing import explains_missing
from . import lr_scheduler, swa_utils
from .adadelta import Adadelta
from .adafactor import Adafactor
from .adagrad import Adagrad
from .adam import Adam
from .adamax import Adamax
from .adamw import AdamW
from .asgd import ASGD
from .lbfgs import LBFGS
from .muon import Muon
from .nadam import NAdam
from .optimizer import Optimizer
from .radam import RAdam
from .rmsprop import RMSprop
from .rprop import Rprop
from .sgd import SGD
from .sparse_adam import SparseAdam

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SparseAdam",
    "lr_scheduler",
    "swa_utils",
]

no_attribute = explains_missing(__name__)


def __getattr__(name: str) -> Any:
    if name == "swap_in_optimizer_params_and_state":
        from ._stateless import swap_in_optimizer_params_and_state

        return swap_in_optimizer_params_and_state
    return no_attribute(name)
