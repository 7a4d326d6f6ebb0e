"""Files of parameters as the book writes them, a pickled list of float16 arrays; read without executing anything that is in them."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np

from ..serialization.atomic import replace_file

__all__ = ["read", "write"]


def write(path: str, arrays: list[np.ndarray]) -> None:
    """A list of arrays as float16. An old file stays whole until the new one is complete."""
    halves = [a.astype(np.float16) for a in arrays]
    replace_file(path, lambda file: pickle.dump(halves, file, protocol=4))


def read(path: str) -> list[np.ndarray]:
    """The arrays of a file.

    Raises:
        OSError: there is no such file.
        UnpicklingError: it is damaged, or holds something other than a list of arrays.
    """
    with open(path, "rb") as file:
        try:
            found = Reader(file).load()
        except pickle.UnpicklingError:
            raise
        except Exception as error:  # what pickle raises for damaged files has many types
            raise pickle.UnpicklingError(f"{path} is damaged: {error}") from error
    if type(found) is not list or not all(isinstance(a, SavedArray) and hasattr(a, "array") for a in found):
        raise pickle.UnpicklingError(f"{path} does not hold a list of arrays")
    return [a.array for a in found]


class SavedDtype:
    """Stands for ``numpy.dtype``: numbers only."""

    def __init__(self, code: Any, *flags: Any) -> None:
        if type(code) is not str or not re.fullmatch("[fiu][1248]|b1", code):
            raise pickle.UnpicklingError(f"an array of dtype {code!r:.40} is not one of numbers")
        self.code = code

    def __setstate__(self, state: Any) -> None:
        self.code = {"<": "<", ">": ">"}.get(state[1], "") + self.code


class SavedArray:
    """Stands for a ``numpy.ndarray``, and for the functions that begin one; `array` is the real one."""

    def __init__(self, *begin: Any) -> None:
        """`begin`: a class, a shape and a dtype that the state replaces."""

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, by_columns, data = state
        if type(data) is not bytes or not isinstance(dtype, SavedDtype):
            raise pickle.UnpicklingError("an array's state is not its numbers")
        self.array = np.frombuffer(data, dtype.code).reshape(shape, order="F" if by_columns else "C")


def from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> SavedArray:
    """How pickle protocol 5 writes an array."""
    array = SavedArray()
    array.__setstate__((1, shape, dtype, order == "F", bytes(data)))
    return array


KNOWN = {"_reconstruct": SavedArray, "_frombuffer": from_buffer, "ndarray": SavedArray, "dtype": SavedDtype}


class Reader(pickle.Unpickler):
    """Knows the few names an array is written with, and gives them no code of NumPy's to run."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] != "numpy" or name not in KNOWN:
            raise pickle.UnpicklingError(f"the file wants {f'{module}.{name}'[:100]!r}, which arrays have no use for; nothing was executed")
        return KNOWN[name]
