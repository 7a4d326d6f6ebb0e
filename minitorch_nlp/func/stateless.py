"""Modules as functions of their parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..nn.modules.module import Module
from ..tensor.tensor import Tensor

__all__ = ["functional_call", "replace_all_batch_norm_modules_", "stack_module_state"]


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call `module` with other tensors in the place of its parameters and buffers, given by their names.

    Args:
        parameter_and_buffer_dicts: one dict of tensors, or several that share no key.
        args: the arguments of the call: a tuple, or one that is no tuple.
        tie_weights: a tensor that the module has under several names is replaced under all of them.
        strict: every parameter and buffer must be given, and nothing else.

    >>> import minitorch_nlp as torch
    >>> layer = torch.nn.Linear(2, 1)
    >>> w = {"weight": torch.tensor([[1.0, 2.0]]), "bias": torch.zeros(1)}
    >>> torch.func.functional_call(layer, w, torch.tensor([3.0, 4.0]))
    tensor([11.])
    """
    tensors = merged(parameter_and_buffer_dicts)
    places = dict(slots(module))
    tensors = checked(module, tensors, places, tie_weights, strict)
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with replaced({name: places[name] for name in tensors}, tensors):
        return module(*arguments, **(kwargs or {}))


def merged(dicts: Any) -> dict[str, Any]:
    if isinstance(dicts, Mapping):
        return dict(dicts)
    if not isinstance(dicts, Sequence) or not all(isinstance(d, Mapping) for d in dicts):
        raise ValueError(f"expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts).__name__}")
    whole: dict[str, Any] = {}
    for d in dicts:
        for key, value in d.items():
            if key in whole:
                raise ValueError(f"{key} appears in several of the dicts; each name may be given once")
            whole[key] = value
    return whole


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


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(parameters, buffers) of several like modules, each stacked under its name: for `vmap` over an ensemble.

    >>> import minitorch_nlp as torch
    >>> models = [torch.nn.Linear(2, 1) for _ in range(3)]
    >>> params, buffers = torch.func.stack_module_state(models)
    >>> params["weight"].shape
    torch.Size([3, 1, 2])
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({m.training for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(m) for m in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    first = dict(models[0].named_parameters())
    params = stacked([dict(m.named_parameters()) for m in models])
    for name, p in params.items():
        p.requires_grad_(first[name].requires_grad)
    buffers = stacked([dict(m.named_buffers()) for m in models])
    return params, buffers


def stacked(dicts: list[dict[str, Any]]) -> dict[str, Any]:
    """Dicts of like keys as one dict of stacks, outside any graph."""
    found: dict[str, Any] = {}
    for name in dicts[0]:
        whole: Any = np.stack([d[name].detach() for d in dicts])
        found[name] = whole
    return found


def replace_all_batch_norm_modules_(root: Module) -> Module:
    """Let every batch norm in `root` use the statistics of the batch, and keep none."""
    for m in root.modules():
        if "running_mean" in m._buffers:
            m._buffers.update(running_mean=None, running_var=None, num_batches_tracked=None)
            object.__setattr__(m, "track_running_stats", False)
    return root
