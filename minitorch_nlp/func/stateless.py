"""Modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..nn.modules.module import Module
from ..nn.utils.stateless import call_with

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
    return call_with(module, merged(parameter_and_buffer_dicts), args, kwargs, tie_weights, strict)


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
