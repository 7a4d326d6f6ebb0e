"""Optimizer: parameter groups, per-parameter state, and how both are saved; `step` is each subclass's own."""

from __future__ import annotations

import functools
import warnings
import weakref
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any, ClassVar

import numpy as np

from .. import backend
from ..autograd.mode import enable_grad
from ..autograd.tape import mark_written
from ..tensor.base import RemovableHandle
from ..tensor.tensor import Tensor
from ._update import refuse_bfloat16

__all__ = [
    "Optimizer",
    "ParamsT",
    "check_capturable",
    "check_differentiable",
    "check_flags",
    "check_lr",
    "check_on_gpu",
    "refuse_sparse",
    "register_optimizer_step_post_hook",
    "register_optimizer_step_pre_hook",
    "required",
]

ParamsT = Iterable[Any]  # of tensors, (name, tensor) pairs or dicts; one kind throughout


class Required:
    """The default of an option that every group has to give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = Required()

live: weakref.WeakSet[Optimizer] = weakref.WeakSet()  # whose steps have to run the hooks of all optimizers
pre_hooks_of_all: dict[int, Any] = {}
post_hooks_of_all: dict[int, Any] = {}


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` before each step of every optimizer; it may return new (args, kwargs) for it."""
    return register_for_all(pre_hooks_of_all, hook)


def register_optimizer_step_post_hook(hook: Callable[..., None]) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after each step of every optimizer."""
    return register_for_all(post_hooks_of_all, hook)


def register_for_all(hooks: dict[int, Any], hook: Callable[..., Any]) -> RemovableHandle:
    for optimizer in live:
        optimizer._wrap_step()
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


class Optimizer:
    """The base of all optimizers. A subclass gives its options' defaults and writes `step`.

    Args:
        params: tensors, (name, tensor) pairs, or dicts, each a parameter group with options of its own.
        defaults: the options of groups that do not give them.

    Attributes:
        param_groups: dicts of ``params`` (the tensors) and options; options may be changed between steps.
        state: what the optimizer remembers of each parameter, a dict per tensor.

    >>> import minitorch_nlp as torch
    >>> class SignDescent(torch.optim.Optimizer):
    ...     def __init__(self, params, lr):
    ...         super().__init__(params, {"lr": lr})
    ...     @torch.no_grad()
    ...     def step(self):
    ...         for group in self.param_groups:
    ...             for p in group["params"]:
    ...                 p.add_(p.grad.sign(), alpha=-group["lr"])
    >>> w = torch.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = SignDescent([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.tolist()
    [0.5, -1.5]
    """

    # What may be registered to run around a step: for type annotations.
    OptimizerPreHook: ClassVar[Any] = Callable[["Optimizer", tuple[Any, ...], dict[str, Any]], Any]
    OptimizerPostHook: ClassVar[Any] = Callable[["Optimizer", tuple[Any, ...], dict[str, Any]], None]
    _opt_called: bool = False  # whether `step` ran since `_wrap_step`

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                f"params argument given to the optimizer should be an iterable of Tensors or dicts, but got {type_name(params)}; "
                "put it in a list"
            )
        self.defaults = defaults
        self.state: defaultdict[Any, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._prepare_hooks()
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list; give it the tensors to train, as in model.parameters()")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    # ---- parameter groups ----

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group, ``{"params": tensors, option: value, ...}``; options it lacks are the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        tensors, names = split_names(param_group["params"])
        for p in tensors:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type_name(p)}")
            refuse_bfloat16(p.array)
            if not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor; give the tensor it was computed from")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
        check_differentiable(self.defaults | param_group)
        if len(set(tensors)) != len(tensors):
            warnings.warn("optimizer contains a parameter group with duplicate parameters; they are updated more than once", stacklevel=3)
        named = bool(names) or "param_names" in param_group
        if any(("param_names" in group) != named for group in self.param_groups):
            raise ValueError(
                "all optimizer param groups should be with/without names; "
                f"cannot add a group {'with' if named else 'without'} names to the optimizer"
            )
        taken = {p for group in self.param_groups for p in group["params"]}
        if not taken.isdisjoint(tensors):
            raise ValueError("some parameters appear in more than one parameter group")
        param_group["params"] = tensors
        if names:
            param_group["param_names"] = names
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        self.param_groups.append(param_group)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.extend(([""] if i else []) + [f"Parameter Group {i}"])
            lines.extend(f"    {key}: {group[key]}" for key in sorted(group) if key != "params")
        return "\n".join([*lines, ")"])

    # ---- the training loop ----

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients: None, or zeros in the same memory with ``set_to_none=False``."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p._grad = None
                elif p.grad is not None and p.grad.is_sparse:
                    p.grad.zero_()
                elif p.grad is not None:
                    p.grad.detach_()
                    p.grad.array[...] = 0
                    mark_written(p.grad)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters once. `closure` clears the gradients, computes the loss, calls backward and returns the loss."""
        raise NotImplementedError(f"{type(self).__name__} has no step(): an Optimizer subclass must write it")

    @staticmethod
    def _evaluate(closure: Callable[[], Any]) -> Any:
        with enable_grad():
            return closure()

    def _prepare_hooks(self) -> None:
        self._hooks: dict[str, OrderedDict[int, Any]] = defaultdict(OrderedDict)
        live.add(self)
        if pre_hooks_of_all or post_hooks_of_all:
            self._wrap_step()

    def _add_hook(self, kind: str, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        hooks = self._hooks[kind]
        handle = RemovableHandle(hooks)
        hooks[handle.id] = hook
        if prepend:
            hooks.move_to_end(handle.id, last=False)
        return handle

    def _run_hooks(self, kind: str, *args: Any) -> Any:
        """Call the hooks with the optimizer and `args`; a hook's result, where it is one, replaces the argument for the next."""
        for hook in list(self._hooks[kind].values()):
            result = hook(self, *args)
            if result is not None and args:
                args = (result,)
        return args[0] if args else None

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return new (args, kwargs) for it. ``args[0]`` is the optimizer."""
        self._wrap_step()
        return self._add_hook("step_pre", hook)

    def register_step_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        self._wrap_step()
        return self._add_hook("step_post", hook)

    def _wrap_step(self) -> None:
        """Let this one optimizer's `step` run the hooks and note that it ran (schedulers ask). Others stay as quick as they are."""
        if hasattr(self.step, "_wrapped_by_lr_sched"):
            return
        function = getattr(self.step, "__func__", None) or (lambda optimizer, *args, _step=self.step, **kwargs: _step(*args, **kwargs))
        hooked = self.profile_hook_step(function)
        here = weakref.ref(self)  # a strong reference would keep parameters and state alive until a garbage collection

        @functools.wraps(function)
        def step(*args: Any, **kwargs: Any) -> Any:
            optimizer = here()
            assert optimizer is not None
            optimizer._opt_called = True
            return hooked(optimizer, *args, **kwargs)

        step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]
        self.step = step

    @staticmethod
    def profile_hook_step(func: Callable[..., Any]) -> Callable[..., Any]:
        """A `step` that runs the step hooks before and after `func`, a function of the optimizer and the step's arguments."""

        @functools.wraps(func)
        def step(*args: Any, **kwargs: Any) -> Any:
            self = args[0]
            for hook in [*pre_hooks_of_all.values(), *self._hooks["step_pre"].values()]:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(f"a step pre hook must return None or a tuple of (new_args, new_kwargs), but got {changed}")
                    args, kwargs = changed
            result = func(*args, **kwargs)
            for hook in [*self._hooks["step_post"].values(), *post_hooks_of_all.values()]:
                hook(self, args, kwargs)
            return result

        return step

    # ---- saving and loading ----

    def register_state_dict_pre_hook(self, hook: Callable[[Optimizer], None], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before each `state_dict`; with `prepend` before the other hooks."""
        return self._add_hook("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` after each `state_dict`; what it returns, if not None, is returned instead."""
        return self._add_hook("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before each `load_state_dict`, on a shallow copy; what it returns is loaded instead."""
        return self._add_hook("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[[Optimizer], None], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after each `load_state_dict`."""
        return self._add_hook("load_state_dict_post", hook, prepend)

    def state_dict(self) -> dict[str, Any]:
        """The state and the options as plain dicts, parameters by number: ``{"state": {0: {...}}, "param_groups": [...]}``.

        The tensors in it are the optimizer's own; deep-copy it to keep it through further steps.
        """
        self._run_hooks("state_dict_pre")
        index: dict[int, int] = {}
        groups = []
        start = 0
        for group in self.param_groups:
            for i, p in enumerate(group["params"], start):
                index.setdefault(id(p), i)
            start += len(group["params"])
            packed = {k: v for k, v in group.items() if k != "params"}
            packed["params"] = [index[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {index[id(k)] if isinstance(k, Tensor) else k: v for k, v in self.state.items()}
        return self._run_hooks("state_dict_post", {"state": state, "param_groups": groups})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the state and options of an optimizer with groups of the same sizes.

        State tensors get the dtype and device of the parameter they belong to.
        """
        state_dict = self._run_hooks("load_state_dict_pre", state_dict.copy())
        groups, saved = self.param_groups, deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError(
                f"loaded state dict has a different number of parameter groups: {len(saved)}, for an optimizer of {len(groups)}"
            )
        for i, (group, new) in enumerate(zip(groups, saved)):
            if len(group["params"]) != len(new["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                    f"group {i} has {len(new['params'])} parameters, but {len(group['params'])} in the optimizer"
                )
            check_differentiable(new)
        owners = {key: (p, new) for new, group in zip(saved, groups) for key, p in zip(list(new["params"]), group["params"])}
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in owners:
                param, new = owners[key]
                state[param] = fit_state(value, param, new, None)
            else:
                state[key] = value
        for group, new in zip(groups, saved):
            new["params"] = group["params"]
            if "param_names" in group:
                new.setdefault("param_names", group["param_names"])
        self.__setstate__({"state": state, "param_groups": saved})
        self._run_hooks("load_state_dict_post")

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_hooks" not in self.__dict__:
            self._prepare_hooks()


def split_names(params: Any) -> tuple[list[Any], list[str]]:
    """The tensors of a group, and their names where it was given (name, tensor) pairs."""
    if isinstance(params, Tensor):
        return [params], []
    if isinstance(params, set):
        raise TypeError("optimizer parameters need to be in an ordered collection: a set's order changes between runs; use a list instead")
    params = list(params)
    names = [p[0] for p in params if isinstance(p, tuple)]
    if names and len(names) != len(params):
        raise ValueError(f"all optimizer params should be with/without names; {len(params) - len(names)} of {len(params)} have none")
    return [p[1] if isinstance(p, tuple) else p for p in params], names


def fit_state(value: Any, param: Any, group: dict[str, Any], key: Any) -> Any:
    """A saved value with its tensors in `param`'s dtype and on its device. The step count stays what it is."""
    if isinstance(value, dict):
        return {k: fit_state(v, param, group, k) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(fit_state(v, param, group, None) for v in value)
    if not isinstance(value, Tensor):
        return value
    array = value.array
    if key == "step":
        array = array.astype(np.float32) if (group.get("fused") or group.get("capturable")) and array.dtype != np.float32 else array
    else:
        if param.array.dtype.kind in "fV" and array.dtype != param.array.dtype:
            array = array.astype(param.array.dtype)
        array = backend.to_device(array, *backend.device_of(param.array))
    return value if array is value.array else Tensor._wrap(array)


def check_differentiable(options: dict[str, Any]) -> None:
    if options.get("differentiable"):
        raise NotImplementedError("differentiable=True is not supported: steps are not recorded for autograd; use differentiable=False")


def check_flags(foreach: bool | None, fused: bool | None) -> None:
    """torch's choices of implementation change nothing here, but those it refuses are refused."""
    if foreach and fused:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together; here neither changes anything")


def refuse_sparse(name: str, groups: list[dict[str, Any]], instead: str = "") -> None:
    """Refuse row-sparse gradients, before anything is changed."""
    for group in groups:
        for p in group["params"]:
            if p._grad is not None and p._grad.is_sparse:
                raise RuntimeError(f"{name} does not support sparse gradients{instead}")


def check_capturable(groups: list[dict[str, Any]]) -> None:
    """CUDA graphs are of no use on a CPU; torch refuses ``capturable=True`` there at the first step."""
    for group in groups:
        if group.get("capturable") and not group.get("fused"):
            check_on_gpu([p for p in group["params"] if p._grad is not None])


def check_on_gpu(params: Sequence[Any]) -> None:
    if any(backend.device_of(p.array)[0] == "cpu" for p in params):
        raise AssertionError("If capturable=True, params must be on a GPU; use capturable=False on the CPU")


def check_lr(lr: Any) -> None:
    """A learning rate is a number or a one-element tensor, at least 0."""
    if isinstance(lr, Tensor) and lr.array.size != 1:
        raise ValueError(f"Tensor lr must be 1-element, but has shape {list(lr.shape)}")
    if not lr >= 0.0:
        raise ValueError(f"Invalid learning rate: {lr}")


def type_name(x: Any) -> str:
    kind = type(x)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
