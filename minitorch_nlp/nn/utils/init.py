"""Making a module whose parameters are set later."""

from __future__ import annotations

import inspect
from typing import Any

from ...tensor.sampling import get_rng_state, set_rng_state
from ..modules.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """``module_cls(*args, **kwargs)`` with parameters of any values, and no random number drawn: for weights that are loaded afterwards.

    A big embedding is made at once instead of in seconds. What a layer draws elsewhere than in ``reset_parameters`` it does draw, and
    the generator then stays as it was.

    >>> import minitorch_nlp as torch
    >>> torch.nn.utils.skip_init(torch.nn.Linear, 5, 1).weight.shape
    torch.Size([1, 5])
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError(f"skip_init: {module_cls.__name__} must take a 'device' argument, as the layers of nn do")
    bare = type(module_cls.__name__, (module_cls,), {"reset_parameters": lambda self: None})
    before = get_rng_state()
    try:
        module: Any = bare(*args, **kwargs)
    finally:
        set_rng_state(before)
    module.__class__ = module_cls
    return module
