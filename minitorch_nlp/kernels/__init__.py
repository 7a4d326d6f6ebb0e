"""Compiled twins of hot ops (Numba, extra `fast`): the same contract as the definition pair, one pass over memory instead of many.

`choice.py` says which op has a twin and when it runs; the twins are in files by family, `formulas.py` has the functions of one number
they share; `compiling.py` compiles them on first use and `threads.py` divides large arrays among threads. Without Numba every op runs
its definition.
"""

from .compiling import available

__all__ = ["available"]
