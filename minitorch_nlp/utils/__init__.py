"""Helpers around training: `data` loads it."""

from . import data

__all__ = ["data"]
