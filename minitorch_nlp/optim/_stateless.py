"""An optimizer lent to other parameters and another state, for the length of a ``with``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..tensor.tensor import Tensor
from .optimizer import Optimizer

__all__ = ["swap_in_optimizer_params_and_state"]

NAME = "swap_in_optimizer_params_and_state"


@contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: Optimizer, swapin_parameters: dict[str, Tensor], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """Inside the ``with``, `optimizer` has these parameters, this state and these options; afterwards its own again, untouched.

    The steps made inside change the tensors that were handed in. Nothing else of what is done inside is kept.

    Args:
        optimizer: one that has made a step, so that it has a state.
        swapin_parameters: tensors by any names, in the order of the optimizer's own.
        swapin_optim_state: of the form of ``optimizer.state_dict()``, with the optimizer's groups and their options.

    Raises:
        RuntimeError: no state yet, or a state or parameters that do not fit.

    >>> import minitorch_nlp as torch
    >>> w = torch.ones(2, requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.5, momentum=0.9)
    >>> w.sum().backward()
    >>> optimizer.step()
    >>> other = torch.zeros(2, requires_grad=True)
    >>> other.grad = torch.ones(2)
    >>> with torch.optim.swap_in_optimizer_params_and_state(optimizer, {"w": other}, optimizer.state_dict()):
    ...     optimizer.step()
    >>> other.tolist(), w.tolist()
    ([-0.949999988079071, -0.949999988079071], [0.5, 0.5])
    """
    if not optimizer.state:
        raise RuntimeError(f"{NAME}: the optimizer has no state yet; make a step first")
    new_state, new_groups = check_form(swapin_optim_state)
    check_groups(optimizer.param_groups, new_groups)
    ids = [i for group in new_groups for i in group["params"]]
    unknown = [key for key in new_state if key not in ids]
    if unknown:
        raise RuntimeError(f"{NAME}: the state must belong to the parameters of param_groups, {ids}, but it has the keys {unknown}")
    tensors = list(swapin_parameters.values())
    if len(tensors) < len(ids):
        raise RuntimeError(
            f"{NAME}: the optimizer has {len(ids)} parameters, but only {len(tensors)} are given; give one for each, in order"
        )
    state: defaultdict[Any, Any] = defaultdict(dict)
    state.update((p, dict(new_state.get(i, {}))) for p, i in zip(tensors, ids))
    own_state, own_groups = optimizer.state, [dict(group) for group in optimizer.param_groups]
    try:
        following = iter(tensors)
        for group, new in zip(optimizer.param_groups, new_groups):
            group.update(new, params=[next(following) for _ in new["params"]])
        optimizer.state = state
        yield
    finally:
        for group, own in zip(optimizer.param_groups, own_groups):
            group.clear()
            group.update(own)
        optimizer.state = own_state


def check_form(saved: Any) -> tuple[dict[Any, Any], list[dict[str, Any]]]:
    """The parts of a state dict, or RuntimeError where it is none."""
    state, groups = (saved.get("state"), saved.get("param_groups")) if isinstance(saved, dict) else (None, None)
    if not isinstance(state, dict) or any(isinstance(key, Tensor) or not isinstance(own, dict) for key, own in state.items()):
        raise RuntimeError(
            f"{NAME}: 'state' must be a dict of dicts, by the numbers of the parameters; pass what optimizer.state_dict() returns"
        )
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise RuntimeError(f"{NAME}: 'param_groups' must be a list of dicts; pass what optimizer.state_dict() returns")
    for group in groups:
        ids = group.get("params")
        if not isinstance(ids, list) or not all(isinstance(i, int) for i in ids):
            raise RuntimeError(
                f"{NAME}: a group's 'params' must be a list of numbers, but it is {ids}; pass what optimizer.state_dict() returns"
            )
    return state, groups


def check_groups(own: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    """The same number of groups, of parameters in each, and the same options."""
    if len(own) != len(new):
        raise RuntimeError(f"{NAME}: the optimizer has {len(own)} parameter groups, but the state has {len(new)}")
    for i, (group, other) in enumerate(zip(own, new)):
        if len(group["params"]) != len(other["params"]):
            raise RuntimeError(f"{NAME}: group {i} has {len(group['params'])} parameters, but {len(other['params'])} in the state")
        if group.keys() != other.keys():
            raise RuntimeError(f"{NAME}: group {i} differs in the options {sorted(group.keys() ^ other.keys())}; both must have them")
