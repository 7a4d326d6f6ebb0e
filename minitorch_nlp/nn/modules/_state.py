"""Saving and loading a module's parameters and buffers by their dotted names."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ...autograd.mode import no_grad
from ...tensor.base import RemovableHandle
from ...tensor.tensor import Tensor
from ..parameter import Parameter, is_lazy
from ._registry import BUFFER, MODULE, PARAMETER

__all__ = ["Stateful"]

EXTRA = "_extra_state"  # the key of what get_extra_state() returns


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` returns: the keys that were missing, and those it had no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"

    __str__ = __repr__


class Stateful:
    """The part of `Module` that writes and reads `state_dict`."""

    _version: int = 1
    _members: dict[str, str]
    _non_persistent_buffers_set: set[str]
    _add_hook: Callable[..., RemovableHandle]
    _hooks_of: Callable[[str], list[Any]]

    def get_extra_state(self) -> Any:
        """Override to put anything else in the state dict, together with `set_extra_state`."""
        raise RuntimeError("Module.get_extra_state() was called but is not overridden; define it in your Module")

    def set_extra_state(self, state: Any) -> None:
        """Override to take back what `get_extra_state` returned."""
        raise RuntimeError("the state dict has extra state, but Module.set_extra_state() is not overridden; define it in your Module")

    # ---- saving ----

    def state_dict(self, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """The parameters and persistent buffers by their dotted names: tensors that share the module's memory, outside the graph.

        Args:
            destination: a dict to add to; a new one if left out.
            prefix: put before each name.
            keep_vars: give the parameters themselves instead of detached tensors.

        >>> import minitorch_nlp as torch
        >>> list(torch.nn.Linear(2, 3).state_dict())
        ['weight', 'bias']
        """
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()  # type: ignore[attr-defined]
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in self._hooks_of("state_dict_pre"):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, kind in list(self._members.items()):
            module = self.__dict__[name]
            if kind == MODULE and module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook, public in self._hooks_of("state_dict_post"):
            answer = hook(self, destination, prefix, metadata)
            if answer is not None and public:
                raise RuntimeError("a hook of register_state_dict_post_hook must return None; change the state dict it is given in place")
            destination = destination if answer is None else answer
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Add this module's own members: parameters, then buffers, then extra state."""
        for kind in (PARAMETER, BUFFER):
            for name, value in self._own_tensors(kind):
                if value is not None:
                    destination[prefix + name] = value if keep_vars or is_lazy(value) else value.detach()
        if type(self).get_extra_state is not Stateful.get_extra_state:
            destination[prefix + EXTRA] = self.get_extra_state()

    def _own_tensors(self, kind: str) -> list[tuple[str, Any]]:
        skipped = self._non_persistent_buffers_set if kind == BUFFER else ()
        return [(name, self.__dict__[name]) for name, its_kind in self._members.items() if its_kind == kind and name not in skipped]

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before `state_dict` collects."""
        return self._add_hook("state_dict_pre", hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after `state_dict` has collected."""
        return self._add_hook("state_dict_post", (hook, True))

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """As `register_state_dict_post_hook`, but what the hook returns, if anything, takes the place of the state dict."""
        return self._add_hook("state_dict_post", (hook, False))

    # ---- loading ----

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> IncompatibleKeys:
        """Copy tensors into the parameters and buffers of the same names.

        Args:
            state_dict: what `state_dict` returned.
            strict: raise where a key is missing or has no place here.
            assign: take the given tensors themselves instead of copying their values.

        Returns:
            The missing and the unexpected keys.

        Raises:
            RuntimeError: naming every missing, unexpected and mismatched key; nothing has been loaded then.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        loading = Loading(getattr(state_dict, "_metadata", None), assign)
        loading.visit(self, "", dict(state_dict))
        hooked = [(module, hook) for module in loading.visited for hook in module._hooks_of("load_state_dict_post")]
        incompatible = IncompatibleKeys(loading.missing, loading.unexpected)
        if loading.errors or not hooked:
            loading.complain(self, strict)
        with no_grad():
            for write in loading.writes:
                write()
        for module, hook in hooked:
            if hook(module, incompatible) is not None:
                raise AssertionError("a hook of register_load_state_dict_post_hook must return None; change the lists of keys in place")
        loading.complain(self, strict)  # hooks see what was loaded, and may forgive keys
        return incompatible

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Check this module's own keys and note what has to be written; `load_state_dict` writes when all modules have agreed."""
        for hook, with_module in self._hooks_of("load_state_dict_pre"):
            args = (state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
            hook(self, *args) if with_module else hook(*args)
        for kind in (PARAMETER, BUFFER):
            for name, member in self._own_tensors(kind):
                key = prefix + name
                if member is None:
                    continue
                if key not in state_dict:
                    missing_keys.append(key)
                elif complaint := mismatch(key, member, state_dict[key]):
                    error_msgs.append(complaint)
                elif not is_lazy(member):
                    local_metadata["writes"].append(writer(self, name, state_dict[key], local_metadata["assign"]))
        if type(self).set_extra_state is not Stateful.set_extra_state:
            key = prefix + EXTRA
            if key in state_dict:
                local_metadata["writes"].append(lambda: self.set_extra_state(state_dict[key]))
            else:
                missing_keys.append(key)
        unexpected_keys.extend(k for k in state_dict if k.startswith(prefix) and not self._expects(k[len(prefix) :]))

    def _expects(self, key: str) -> bool:
        """Whether a key, this module's prefix taken off, belongs to it or to a module below."""
        name, dot, _ = key.partition(".")
        if dot and self._members.get(name) == MODULE:
            return True
        if key == EXTRA:
            return type(self).set_extra_state is not Stateful.set_extra_state
        return name == key and any(name == n and v is not None for kind in (PARAMETER, BUFFER) for n, v in self._own_tensors(kind))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)`` before loading."""
        return self._add_hook("load_state_dict_pre", (hook, True))

    def _register_load_state_dict_pre_hook(self, hook: Callable[..., Any], with_module: bool = False) -> RemovableHandle:
        """As above; without `with_module` the hook does not get the module."""
        return self._add_hook("load_state_dict_pre", (hook, with_module))

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after loading."""
        return self._add_hook("load_state_dict_post", hook)


class Loading:
    """One `load_state_dict`: what is wrong, and what will be written if nothing is."""

    def __init__(self, metadata: Any, assign: bool) -> None:
        self.metadata = metadata or {}
        self.assign = assign
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.errors: list[str] = []
        self.writes: list[Callable[[], Any]] = []
        self.visited: list[Any] = []

    def visit(self, module: Any, prefix: str, state_dict: dict[str, Any]) -> None:
        """Check `module` and all below it; children are visited before they are noted, as their hooks run first."""
        local = dict(self.metadata.get(prefix[:-1], {})) | {"writes": self.writes, "assign": self.assign}
        module._load_from_state_dict(state_dict, prefix, local, True, self.missing, self.unexpected, self.errors)
        for name, child in module._modules.items():
            if child is not None:
                path = f"{prefix}{name}."
                self.visit(child, path, {k: v for k, v in state_dict.items() if k.startswith(path)})
        self.visited.append(module)

    def complain(self, module: Any, strict: bool) -> None:
        """Raise one error that lists everything found."""
        lines = []
        if strict and self.missing:
            lines.append(f"Missing key(s) in state_dict: {quoted(self.missing)}. ")
        if strict and self.unexpected:
            lines.append(f"Unexpected key(s) in state_dict: {quoted(self.unexpected)}. ")
        lines += self.errors
        if lines:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(lines))


def quoted(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)


def mismatch(key: str, member: Any, value: Any) -> str:
    """What is wrong with loading `value` into `member`; "" if nothing."""
    if not isinstance(value, Tensor):
        wanted = "expected torch.Tensor or Tensor-like object from checkpoint"
        return f'While copying the parameter named "{key}", {wanted} but received {type(value)}'
    if not is_lazy(member) and value.shape != member.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
            f"the shape in current model is {member.shape}."
        )
    return ""


def writer(module: Any, name: str, value: Any, assign: bool) -> Callable[[], Any]:
    """The write of one member, for later."""
    member = module.__dict__[name]
    if not assign:
        return lambda: member.copy_(value)
    if isinstance(member, Parameter):
        value = value if isinstance(value, Parameter) else Parameter(value, requires_grad=False)
        value.requires_grad_(member.requires_grad)
    return lambda: setattr(module, name, value)
