"""Compiled twins of hot ops (Numba, extra `fast`): the same contract as the definition pair, one pass over memory instead of many.

`choice.py` says which op has a twin and from what size on it is used; `compiling.py` compiles it on first use. Without Numba every op
runs its definition.
"""

from .compiling import available

__all__ = ["available"]
