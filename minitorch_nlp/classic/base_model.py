"""The base of models: parameters in files, and on a GPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..backend import Array
from . import _parameter_file
from .trainer import place
from .util import to_cpu, to_gpu

__all__ = ["BaseModel"]


class BaseModel:
    """A model with ``params`` and ``grads``, lists of arrays; a subclass makes them, and writes `forward` and `backward`."""

    def __init__(self) -> None:
        self.params: Any = None
        self.grads: Any = None

    def forward(self, *args: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def backward(self, *args: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no backward")

    def save_params(self, file_name: str | None = None) -> None:
        """Write the parameters, as float16, into a file: ``ClassName.pkl`` unless named."""
        _parameter_file.write(file_name or f"{type(self).__name__}.pkl", [to_cpu(p) for p in self.params])

    def load_params(self, file_name: str | None = None) -> None:
        """Read what `save_params` wrote into the parameters, in place.

        Nothing in the file is executed.

        Raises:
            OSError: there is no such file.
            UnpicklingError: it is damaged, or holds something other than a list of arrays.
            ValueError: the arrays are not as many, or not of the shapes, that the model has.
        """
        name = file_name or f"{type(self).__name__}.pkl"
        loaded = _parameter_file.read(name)
        here, there = [p.shape for p in self.params], [p.shape for p in loaded]
        if here != there:
            raise ValueError(f"{name} holds parameters of the shapes {there}, {type(self).__name__} has {here}")
        for param, value in zip(self.params, loaded):
            param[...] = value if isinstance(param, type(value)) else to_gpu(value)

    def to_gpu(self) -> None:
        """Move the parameters and gradients of the model and of its layers to the GPU; what was shared stays shared."""
        self._move(to_gpu)

    def to_cpu(self) -> None:
        """Move them to main memory."""
        self._move(to_cpu)

    def _move(self, move: Callable[[Array], Array]) -> None:
        lists = lists_of_arrays(self)
        before = [list(arrays) for arrays in lists]  # alive until all are moved, so that no place is used twice
        moved: dict[Any, Array] = {}

        def once(array: Array) -> Array:
            if place(array) not in moved:
                turned = moved.get(place(array.T))
                moved[place(array)] = move(array) if turned is None else turned.T
            return moved[place(array)]

        for arrays, old in zip(lists, before):
            arrays[:] = [once(a) for a in old]


def lists_of_arrays(root: Any) -> list[list[Array]]:
    """The ``params`` and ``grads`` of `root` and of all objects that it holds in attributes and lists; each list once."""
    found: dict[int, list[Array]] = {}
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, (list, tuple, dict)):
            waiting.extend(item.values() if isinstance(item, dict) else item)
        elif hasattr(item, "params") and hasattr(item, "grads") and id(item) not in seen:
            seen.add(id(item))
            found |= {id(arrays): arrays for arrays in (item.params, item.grads)}
            waiting.extend(vars(item).values())
    return list(found.values())
