"""Property-based tests of gradients: of the ops here, and of your own."""

from .draw import HypothesisDraw, SeededDraw
from .op_check import OpError, check_op, check_record, check_sample, draw_sample

__all__ = ["HypothesisDraw", "OpError", "SeededDraw", "check_op", "check_record", "check_sample", "draw_sample"]
