"""What modules of people's own use to read sizes: a number for each dimension from one number or several."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["_ntuple", "_pair", "_quadruple", "_single", "_triple", "consume_prefix_in_state_dict_if_present"]


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    """A function that makes a tuple of what can be iterated, and n copies of anything else."""

    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else tuple(itertools.repeat(x, n))

    parse.__name__ = name
    return parse


_single, _pair, _triple, _quadruple = (_ntuple(n, f"_{name}") for n, name in enumerate(("single", "pair", "triple", "quadruple"), start=1))


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Take `prefix` ("module." of a `DataParallel`, say) off the keys of a state_dict, in place.

    >>> from minitorch_nlp.nn.modules.utils import consume_prefix_in_state_dict_if_present
    >>> state = {"module.weight": 1, "step": 2}
    >>> consume_prefix_in_state_dict_if_present(state, "module.")
    >>> state
    {'step': 2, 'weight': 1}
    """
    metadata = getattr(state_dict, "_metadata", {})  # by module: the prefix without its dot is the outermost
    for keys in (state_dict, metadata):
        for key in [key for key in keys if key.startswith(prefix) or (keys is metadata and f"{key}." == prefix)]:
            keys[key[len(prefix) :]] = keys.pop(key)
