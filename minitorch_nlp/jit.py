"""torch.jit: there is no compiler here, so a scripted or traced function is the function, and runs as Python."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from .missing import explains_missing
from .nn.modules.module import Module
from .refused import refuse

__all__ = [
    "Attribute", "CompilationUnit", "Error", "Final", "Future", "ScriptFunction", "ScriptModule", "annotate", "enable_onednn_fusion",
    "export", "export_opnames", "fork", "freeze", "ignore", "interface", "is_scripting", "is_tracing", "isinstance", "load",
    "onednn_fusion_enabled", "optimize_for_inference", "save", "script", "script_if_tracing", "script_method", "set_fusion_strategy",
    "strict_fusion", "trace", "trace_module", "unused", "wait",
]  # fmt: skip

__getattr__ = explains_missing(__name__)

TORCHSCRIPT = "there is no TorchScript here; save the state_dict with torch.save, and load it into the module's class"
CompilationUnit, export_opnames, load, save = refuse("CompilationUnit export_opnames load save", TORCHSCRIPT)


class Error(RuntimeError):
    """What a scripted function raises in PyTorch; here it raises its own exception."""


class Attribute(NamedTuple):
    """A value with its TorchScript type."""

    value: Any
    type: Any


class ScriptFunction:
    """What `script` makes of a function in PyTorch; here nothing is one."""


class ScriptModule(Module):
    """A module written for TorchScript: an ordinary one here."""


def script(obj: Any, optimize: Any = None, _frames_up: int = 0, _rcb: Any = None, example_inputs: Any = None) -> Any:
    """`obj` itself: a function, a class or a module."""
    return obj


def trace(func: Any, example_inputs: Any = None, *args: Any, **kwargs: Any) -> Any:
    """`func` itself. PyTorch's trace keeps the branches that the example took; here each call takes its own."""
    return func


def trace_module(mod: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
    """`mod` itself."""
    return mod


def freeze(mod: Any, preserved_attrs: Any = None, optimize_numerics: bool = True) -> Any:
    """`mod` itself, which must be in evaluation mode."""
    if getattr(mod, "training", False):
        raise RuntimeError("Freezing is currently only implemented for modules in eval mode. Please call .eval() on your module first.")
    return mod


def optimize_for_inference(mod: Any, other_methods: Any = None) -> Any:
    """`mod` itself."""
    return mod


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function decorated; also ``@ignore(drop=True)``."""
    return drop if callable(drop) else export


def export(fn: Any) -> Any:
    """`fn`."""
    return fn


unused = script_if_tracing = script_method = interface = export


def annotate(the_type: Any, the_value: Any) -> Any:
    """`the_value`."""
    return the_value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Python's own."""
    return builtins.isinstance(obj, target_type)


def is_scripting() -> bool:
    """False."""
    return False


is_tracing = onednn_fusion_enabled = is_scripting


def enable_onednn_fusion(enabled: bool) -> None:
    """Nothing is fused by oneDNN."""


def set_fusion_strategy(strategy: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Nothing is fused; the strategy before was the empty one."""
    return []


class strict_fusion:
    """A ``with`` block in which all is to be fused: there is nothing that would."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass


class Future:
    """The result of `fork`, which is there already."""

    def __init__(self, value: Any) -> None:
        self.result = value

    def wait(self) -> Any:
        """The result."""
        return self.result

    value = wait

    def done(self) -> bool:
        """True."""
        return True


def fork(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Future:
    """Call `func` at once; `wait` gives what it returned."""
    return Future(func(*args, **kwargs))


def wait(future: Future) -> Any:
    """What the function given to `fork` returned."""
    return future.wait()
