"""torch.onnx: nothing is exported here."""

from __future__ import annotations

from .missing import explains_missing
from .refused import Refused

__all__ = ["OnnxExporterError", "export", "is_in_onnx_export"]

__getattr__ = explains_missing(__name__)

export = Refused("export", "ONNX files are not written; load the state_dict that torch.save wrote into PyTorch, and export there")


class OnnxExporterError(RuntimeError):
    """What a failing export raises in PyTorch."""


def is_in_onnx_export() -> bool:
    """False."""
    return False
