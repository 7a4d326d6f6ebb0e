"""torch.compile and torch.compiler: there is no compiler here, so what was to be compiled runs as it is."""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import Any

from .missing import explains_missing
from .nn import Module

__all__ = [
    "allow_in_graph", "assume_constant_result", "compile", "cudagraph_mark_step_begin", "disable", "is_compiling", "is_dynamo_compiling",
    "is_exporting", "list_backends", "reset", "set_stance",
]  # fmt: skip

OWN = ("_members", "_non_persistent_buffers_set", "_hooks")  # attributes every module has for itself
MODES = ("default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")

__getattr__ = explains_missing(__name__)


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
    **kwargs: Any,
) -> Any:
    """What runs as `model` does: the function itself, or an `OptimizedModule` around the module. Without `model`, a decorator.

    The other arguments say how to compile, which is not done. The keys of the new module's `state_dict` begin with ``_orig_mod.``.
    """
    if mode is not None and options is not None:
        raise RuntimeError("compile: give mode or options, not both")
    if mode is not None and mode not in MODES:
        raise RuntimeError(f"compile: mode must be one of {', '.join(MODES)}, not {mode!r}")
    if model is not None and not callable(model):
        raise TypeError(f"compile: a function or a module is wanted, not {type(model).__name__}")
    return prepared if model is None else prepared(model)


def prepared(model: Any) -> Any:
    return OptimizedModule(model) if isinstance(model, Module) and not isinstance(model, OptimizedModule) else model


class OptimizedModule(Module):
    """What `torch.compile` gives for a module: the module, under the name ``_orig_mod``, which is called when this is.

    Its parameters are named ``_orig_mod.weight`` and so on, also in `state_dict`, as in PyTorch. All attributes are those of the module.

    >>> import minitorch_nlp as torch
    >>> model = torch.compile(torch.nn.Linear(2, 1))
    >>> list(model.state_dict()), model.in_features, type(model._orig_mod).__name__
    (['_orig_mod.weight', '_orig_mod.bias'], 2, 'Linear')
    """

    def __init__(self, mod: Module) -> None:
        super().__init__()
        self._modules["_orig_mod"] = mod

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._orig_mod(*args, **kwargs)

    @property
    def training(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The module's."""
        return self._orig_mod.training

    @training.setter
    def training(self, mode: bool) -> None:
        if "_orig_mod" in self.__dict__:
            self._orig_mod.training = mode

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            raise AttributeError(name)
        return getattr(self._orig_mod, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in OWN or hasattr(type(self), name):
            super().__setattr__(name, value)
        else:
            setattr(self._orig_mod, name, value)

    def __len__(self) -> int:
        if isinstance(self._orig_mod, Sized):
            return len(self._orig_mod)
        raise TypeError(f"{type(self._orig_mod).__name__} does not support len()")


def unchanged(x: Any) -> Any:
    return x


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """`fn`, which was not compiled anyway; without one, a decorator."""
    return unchanged if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """`fn`."""
    return fn


def assume_constant_result(fn: Any) -> Any:
    """`fn`."""
    return fn


def reset() -> None:
    """Forget what was compiled: nothing."""


def cudagraph_mark_step_begin() -> None:
    """Nothing is recorded here."""


def list_backends(exclude_tags: Any = ("debug", "experimental")) -> list[str]:
    """None."""
    return []


def is_compiling() -> bool:
    """False."""
    return False


is_dynamo_compiling = is_exporting = is_compiling


class set_stance:
    """How to compile from now on, in a ``with`` block, or in the function decorated: there is nothing to choose."""

    def __init__(self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False, force_backend: Any = None) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass

    def __call__(self, fn: Any) -> Any:
        return fn
