"""Property-based tests of gradients: of the ops here, and of your own.

`gradcheck` and `gradgradcheck` need nothing more; `check_op` and the strategies need the extra ``testing`` (Hypothesis).
"""

from importlib import import_module
from typing import Any

from .comparison import assert_close
from .draw import HypothesisDraw, SeededDraw
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .op_check import OpError, check_op, check_record, check_sample, draw_sample, seeded_samples

__all__ = [
    "GradcheckError",
    "HypothesisDraw",
    "OpError",
    "SeededDraw",
    "assert_close",
    "check_op",
    "check_record",
    "check_sample",
    "draw_sample",
    "gradcheck",
    "gradgradcheck",
    "seeded_samples",
]


def __getattr__(name: str) -> Any:
    if name != "strategies":
        raise AttributeError(f"module 'minitorch_nlp.testing' has no attribute '{name}'")
    try:
        return import_module(".strategies", __name__)
    except ModuleNotFoundError as error:
        raise ImportError("minitorch_nlp.testing.strategies needs Hypothesis: pip install 'minitorch-nlp[testing]'") from error
