"""Modules called with other tensors in the place of their parameters and buffers."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

from ...tensor.tensor import Tensor
from ..modules.module import Module

__all__ = ["functional_call"]


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """`torch.func.functional_call` under its older name. Superseded: warns."""
    warnings.warn("nn.utils.stateless.functional_call is deprecated; use torch.func.functional_call", FutureWarning, stacklevel=2)
    return call_with(module, dict(parameters_and_buffers), args, kwargs, tie_weights, strict)


def call_with(module: Module, tensors: dict[str, Any], args: Any, kwargs: dict[str, Any] | None, tie: bool, strict: bool) -> Any:
    """``module(*args, **kwargs)`` with `tensors` in it for the time of the call."""
    places = dict(slots(module))
    tensors = checked(module, tensors, places, tie, strict)
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with replaced({name: places[name] for name in tensors}, tensors):
        return module(*arguments, **(kwargs or {}))


def slots(module: Module) -> Iterator[tuple[str, tuple[dict[str, Any], str]]]:
    """(full name, (the dict that holds it, its name there)) for each parameter and buffer, tied ones under each name."""
    for prefix, m in module.named_modules(remove_duplicate=False):
        for held in (m._parameters, m._buffers):
            for name, value in held.items():
                if value is not None:
                    yield (f"{prefix}.{name}" if prefix else name), (held, name)


def checked(module: Module, tensors: dict[str, Any], places: dict[str, Any], tie: bool, strict: bool) -> dict[str, Any]:
    """The tensors to put in, tied names included."""
    for name, value in tensors.items():
        if not isinstance(value, Tensor):
            raise TypeError(f"{value!r} (for '{name}') is not a torch.Tensor")
    unexpected = [name for name in tensors if name not in places]
    tied: dict[int, list[str]] = {}
    for name, (held, key) in places.items():
        tied.setdefault(id(held[key]), []).append(name)
    whole = {name: value for name, value in tensors.items() if name in places}
    for names in tied.values() if tie else ():
        given = [name for name in names if name in whole]
        if any(whole[name] is not whole[given[0]] for name in given):
            raise ValueError(
                f"functional_call got values for both {given[0]} and {given[1]}, which are tied; pass one, or tie_weights=False"
            )
        if given:
            whole.update(dict.fromkeys(names, whole[given[0]]))
    missing = [name for name in places if name not in whole]
    if strict and (unexpected or missing):
        raise RuntimeError(
            f"functional_call: {type(module).__name__} with strict=True: unexpected keys {unexpected}, missing keys {missing}"
        )
    for name in unexpected:  # an attribute that is there during the call only
        owner, _, key = name.rpartition(".")
        places[name] = vars(module.get_submodule(owner)), key
        whole[name] = tensors[name]
    return whole


@contextlib.contextmanager
def replaced(places: dict[str, tuple[dict[str, Any], str]], tensors: dict[str, Any]) -> Iterator[None]:
    before = {name: held.get(key, ABSENT) for name, (held, key) in places.items()}
    try:
        for name, (held, key) in places.items():
            held[key] = tensors[name]
        yield
    finally:
        for name, (held, key) in places.items():
            held[key] = before[name]
            if before[name] is ABSENT:
                del held[key]


ABSENT = object()
