"""Hooks on modules: functions called around `forward` and when gradients pass."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ...tensor.base import RemovableHandle
from ._crossing import Crossing

__all__ = [
    "Hooked",
    "everywhere",
    "register_module_backward_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
]

Hook = Callable[..., Any]
everywhere: OrderedDict[int, tuple[str, Any]] = OrderedDict()  # (kind, entry): the hooks on all modules, which run before a module's own


class Hooked:
    """The part of `Module` that keeps hooks and calls the ones around `forward`.

    `_hooks` is None until a first hook is registered, so that a module without hooks pays one attribute read per call.
    """

    _hooks: dict[str, OrderedDict[int, Any]] | None
    forward: Callable[..., Any]

    def _add_hook(self, kind: str, entry: Any, prepend: bool = False) -> RemovableHandle:
        if self._hooks is None:
            self._hooks = {}
        hooks = self._hooks.setdefault(kind, OrderedDict())
        handle = RemovableHandle(hooks)
        hooks[handle.id] = entry
        if prepend:
            hooks.move_to_end(handle.id, last=False)
        return handle

    def _hooks_of(self, kind: str) -> list[Any]:
        own = list(self._hooks.get(kind, {}).values()) if self._hooks else []
        return [entry for its_kind, entry in everywhere.values() if its_kind == kind] + own if everywhere else own

    def _own_hooks(self, kind: str) -> Any:
        """The dict of the hooks of one kind, for scripts that look at it or clear it."""
        return self._hooks.get(kind, OrderedDict()) if self._hooks else OrderedDict()

    _forward_hooks = property(lambda self: self._own_hooks("forward"))
    _forward_pre_hooks = property(lambda self: self._own_hooks("forward_pre"))
    _backward_hooks = property(lambda self: self._own_hooks("backward"))
    _backward_pre_hooks = property(lambda self: self._own_hooks("backward_pre"))
    _state_dict_hooks = property(lambda self: self._own_hooks("state_dict_post"))

    def register_forward_pre_hook(self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False) -> RemovableHandle:
        """Call ``hook(module, args)`` before `forward`; what it returns replaces the arguments.

        With `with_kwargs`, ``hook(module, args, kwargs)`` returns None or the pair ``(args, kwargs)``.
        """
        return self._add_hook("forward_pre", (hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after `forward`; what it returns replaces the output.

        With `with_kwargs`, ``hook(module, args, kwargs, output)``. With `always_call` also where the forward raised (output None).

        >>> import minitorch_nlp as torch
        >>> layer = torch.nn.Linear(2, 3)
        >>> handle = layer.register_forward_hook(lambda module, args, output: print(output.shape))
        >>> y = layer(torch.ones(4, 2))
        torch.Size([4, 3])
        >>> handle.remove()
        """
        return self._add_hook("forward", (hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` before the module's gradients are computed; what it returns replaces `grad_output`."""
        return self._add_hook("backward_pre", hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are known; it may return other ones."""
        return self._add_hook("backward", hook, prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """Not supported: torch's deprecated form, which sees only the last op's gradients."""
        raise NotImplementedError("register_backward_hook is not supported; use register_full_backward_hook")

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        waiting = {id(entry): entry for entry in self._hooks_of("forward") if entry[2]}
        try:
            return self._call_in_order(args, kwargs, waiting)
        except Exception:
            for hook, with_kwargs, _ in waiting.values():
                try:
                    hook(self, args, kwargs, None) if with_kwargs else hook(self, args, None)
                except Exception as error:  # the forward's own error is the one to see
                    warnings.warn(f"module forward hook with always_call=True raised an exception that was silenced: {error}", stacklevel=3)
            raise

    def _call_in_order(self, args: tuple[Any, ...], kwargs: dict[str, Any], waiting: dict[int, Any]) -> Any:
        """Pre hooks, forward, hooks. `waiting` loses the hooks that have been called."""
        for hook, with_kwargs in self._hooks_of("forward_pre"):
            args, kwargs = run_pre_hook(self, hook, with_kwargs, args, kwargs)
        pre_hooks, hooks = self._hooks_of("backward_pre"), self._hooks_of("backward")
        crossing = Crossing(self, pre_hooks, hooks) if pre_hooks or hooks else None
        if crossing:
            args = crossing.enter(args)
        output = self.forward(*args, **kwargs)
        for entry in self._hooks_of("forward"):
            waiting.pop(id(entry), None)
            hook, with_kwargs, _ = entry
            replaced = hook(self, args, kwargs, output) if with_kwargs else hook(self, args, output)
            output = output if replaced is None else replaced
        return crossing.leave(output) if crossing else output


def run_pre_hook(module: Any, hook: Hook, with_kwargs: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    if not with_kwargs:
        replaced = hook(module, args)
        if replaced is None:
            return args, kwargs
        return replaced if isinstance(replaced, tuple) else (replaced,), kwargs
    replaced = hook(module, args, kwargs)
    if replaced is None:
        return args, kwargs
    if not (isinstance(replaced, tuple) and len(replaced) == 2):
        raise RuntimeError(f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {replaced}.")
    return replaced


# ---- on all modules -----------------------------------------------------------------------------------------------------------------


def add_everywhere(kind: str, entry: Any) -> RemovableHandle:
    handle = RemovableHandle(everywhere)
    everywhere[handle.id] = kind, entry
    return handle


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, args)`` before the forward of every module, and before the module's own hooks."""
    return add_everywhere("forward_pre", (hook, False))


def register_module_forward_hook(hook: Hook, *, with_kwargs: bool = False, always_call: bool = False) -> RemovableHandle:
    """Call ``hook(module, args, output)`` after the forward of every module; options as of `Module.register_forward_hook`.

    >>> import minitorch_nlp as torch
    >>> from minitorch_nlp.nn.modules.module import register_module_forward_hook
    >>> net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    >>> with register_module_forward_hook(lambda module, args, output: print(type(module).__name__)):
    ...     y = net(torch.ones(1, 2))
    Linear
    ReLU
    Sequential
    """
    return add_everywhere("forward", (hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, grad_output)`` before the gradients of any module are computed."""
    return add_everywhere("backward_pre", hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(module, grad_input, grad_output)`` when the gradients of any module's inputs are known."""
    return add_everywhere("backward", hook)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """Not supported: torch's deprecated form, which sees only the last op's gradients."""
    raise NotImplementedError("register_module_backward_hook is not supported; use register_module_full_backward_hook")
