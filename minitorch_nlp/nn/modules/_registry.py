"""What a module consists of: parameters, buffers and submodules, registered when they are assigned, in that order.

A member is an ordinary instance attribute, so reading ``self.weight`` costs what reading any attribute costs; ``_members`` says
beside it which attributes are members, and of what kind. `_parameters`, `_buffers` and `_modules` are live views of that.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from ...tensor.base import RemovableHandle
from ...tensor.tensor import Tensor
from ..parameter import Buffer, Parameter

__all__ = [
    "Registry",
    "register_module_buffer_registration_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

PARAMETER, BUFFER, MODULE = "parameter", "buffer", "module"
VIEWS = {PARAMETER: "_parameters", BUFFER: "_buffers", MODULE: "_modules"}
# Where a module pickled by PyTorch has its hooks.
TORCHS_HOOKS = (
    "_backward_pre_hooks", "_backward_hooks", "_forward_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called",
    "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)  # fmt: skip


class Members(MutableMapping[str, Any]):
    """The members of one kind, by name, in definition order. Writing to it registers."""

    def __init__(self, owner: Registry, kind: str) -> None:
        self.owner = owner
        self.kind = kind

    def __getitem__(self, name: str) -> Any:
        if self.owner._members.get(name) != self.kind:
            raise KeyError(name)
        return self.owner.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.owner._enter(name, self.kind, value)

    def __delitem__(self, name: str) -> None:
        del self.owner.__dict__[self.checked(name)], self.owner._members[name]

    def checked(self, name: str) -> str:
        self[name]
        return name

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, kind in self.owner._members.items() if kind == self.kind])

    def __len__(self) -> int:
        return sum(kind == self.kind for kind in self.owner._members.values())

    def __repr__(self) -> str:
        return repr(dict(self))


class UnknownAttribute(AttributeError):
    """Names the nearest attribute there is. It is looked for only when the text is read: `hasattr` must stay quick."""

    __module__, __qualname__ = "builtins", "AttributeError"  # so it is printed
    # Python's own "Did you mean" reads this; it would say it twice.
    name = property(lambda self: None, lambda self, value: None)  # type: ignore[assignment]

    def __init__(self, owner: Any, attribute: str) -> None:
        super().__init__(attribute)
        self.owner, self.attribute = owner, attribute

    def __str__(self) -> str:
        import difflib

        text = f"'{type(self.owner).__name__}' object has no attribute '{self.attribute}'"
        near = difflib.get_close_matches(self.attribute, dir(self.owner), 1)
        return f"{text}; did you mean '{near[0]}'?" if near else text

    def __reduce__(self) -> Any:
        return AttributeError, (str(self),)


UnknownAttribute.__name__ = "AttributeError"  # and so ``type(error).__name__`` says


class Registry:
    """Registration and listing of parameters, buffers and submodules: the part of `Module` that knows what it holds."""

    _members: dict[str, str]
    _non_persistent_buffers_set: set[str]

    @property
    def _parameters(self) -> Members:
        return Members(self, PARAMETER)

    @property
    def _buffers(self) -> Members:
        return Members(self, BUFFER)

    @property
    def _modules(self) -> Members:
        return Members(self, MODULE)

    # ---- attributes ----

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Parameter):
            self._assign_parameter(name, value)
        elif "_members" in self.__dict__ and name in self._members:
            self._replace_member(name, value)
        elif isinstance(value, Registry):
            self._require_init("module")
            self._enter(name, MODULE, run_registration_hooks(self, MODULE, name, value))
        elif isinstance(value, Buffer):
            self._require_init("buffer")
            self.__dict__.pop(name, None)
            self.register_buffer(name, value, value.persistent)
        else:
            object.__setattr__(self, name, value)

    def _require_init(self, what: str) -> None:
        if "_members" not in self.__dict__:
            owner = type(self).__name__
            raise AttributeError(f"cannot assign {what} before Module.__init__() call; call super().__init__() first in {owner}.__init__")

    def _assign_parameter(self, name: str, value: Parameter) -> None:
        """A parameter takes the place of whatever the instance had under its name."""
        self._require_init("parameters")
        if self._members.get(name) != PARAMETER:
            self._members.pop(name, None)
            self._non_persistent_buffers_set.discard(name)
            self.__dict__.pop(name, None)
        self.register_parameter(name, value)

    def _replace_member(self, name: str, value: Any) -> None:
        """Give a member another value of its kind, or None."""
        kind = self._members[name]
        what, wanted, shown = {
            PARAMETER: ("parameter", Parameter, "torch.nn.Parameter"),
            BUFFER: ("buffer", Tensor, "torch.Tensor"),
            MODULE: ("child module", Registry, "torch.nn.Module"),
        }[kind]
        if value is not None and not isinstance(value, wanted):
            raise TypeError(f"cannot assign '{type_name(value)}' as {what} '{name}' ({shown} or None expected); del it first")
        if isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        else:
            self.__dict__[name] = value if kind == PARAMETER else run_registration_hooks(self, kind, name, value)

    def __delattr__(self, name: str) -> None:
        self._members.pop(name, None)
        self._non_persistent_buffers_set.discard(name)
        object.__delattr__(self, name)

    def __getattr__(self, name: str) -> Any:
        raise UnknownAttribute(self, name)

    def __dir__(self) -> list[str]:
        names = {*dir(type(self)), *self.__dict__}
        return sorted(name for name in names if not name[0].isdigit())

    def __getstate__(self) -> dict[str, Any]:
        """What pickle and deepcopy take: the attributes, with the members sorted by kind as in torch's pickles."""
        state = {k: v for k, v in self.__dict__.items() if k not in self._members and k != "_members"}
        return state | {view: dict(Members(self, kind)) for kind, view in VIEWS.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        hooked = [name for name in TORCHS_HOOKS if state.get(name)]
        if hooked:
            raise NotImplementedError(
                f"{type(self).__name__}: it was pickled by PyTorch with hooks ({', '.join(hooked)}), which do not travel; load its state_dict instead"
            )
        self.__dict__.update({"_members": {}, "_hooks": None})
        for kind, view in VIEWS.items():
            for name, value in state.get(view, {}).items():
                self._enter(name, kind, value)
        self.__dict__.update((k, v) for k, v in state.items() if k not in VIEWS.values() and k not in TORCHS_HOOKS)

    # ---- registration ----

    def _enter(self, name: str, kind: str, value: Any) -> None:
        """Make `value` a member. One that changes its kind moves to the end."""
        if self._members.get(name, kind) != kind:
            del self._members[name]
            self._non_persistent_buffers_set.discard(name)
        self._members[name] = kind
        self.__dict__[name] = value

    def _check_name(self, name: Any, kind: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and self._members.get(name) != kind:
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under `name`. None reserves the name: it is then left out of `parameters` and `state_dict`."""
        self._require_init("parameter")
        self._check_name(name, PARAMETER)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"cannot assign '{type_name(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)")
        self._enter(name, PARAMETER, param if param is None else run_registration_hooks(self, PARAMETER, name, param))

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that moves with the module but is not trained; saved in `state_dict` if `persistent`.

        >>> import minitorch_nlp as torch
        >>> layer = torch.nn.Module()
        >>> layer.register_buffer("mask", torch.ones(3))
        >>> list(layer.state_dict())
        ['mask']
        """
        self._require_init("buffer")
        self._check_name(name, BUFFER)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{type_name(tensor)}' object to buffer '{name}' (torch Tensor or None required)")
        self._enter(name, BUFFER, run_registration_hooks(self, BUFFER, name, tensor))
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Any) -> None:
        """Add a submodule under `name`; it is then ``self.name``."""
        if module is not None and not isinstance(module, Registry):
            raise TypeError(f"{type_name(module)} is not a Module subclass")
        self._check_name(name, MODULE)
        self._enter(name, MODULE, run_registration_hooks(self, MODULE, name, module))

    def register_module(self, name: str, module: Any) -> None:
        """Alias for `add_module`."""
        self.add_module(name, module)

    # ---- listing ----

    def named_modules(self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """This module and all below it with their dotted names, each once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, kind in list(self._members.items()):
            module = self.__dict__[name]
            if kind == MODULE and module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        """This module and all below it, each once unless `remove_duplicate` is False."""
        return iter(tree(self, {})) if remove_duplicate else (module for _, module in self.named_modules(remove_duplicate=False))

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules directly below with their names, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Any]:
        """The modules directly below, each once."""
        for _, module in self.named_children():
            yield module

    def _named_members(self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        owners = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, owner in owners:
            for name, its_kind in list(owner._members.items()):
                if its_kind != kind:
                    continue
                value = owner.__dict__[name]
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield f"{path}.{name}" if path else name, value

    def _unnamed_members(self, kind: str, recurse: bool) -> Iterator[Any]:
        """As `_named_members`, without the cost of names."""
        found: dict[int, Any] = {}
        for owner in tree(self, {}) if recurse else (self,):
            state = owner.__dict__
            for name, its_kind in owner._members.items():
                if its_kind == kind and state[name] is not None:
                    found.setdefault(id(state[name]), state[name])
        return iter(found.values())

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Parameter]]:
        """Parameters with their dotted names; a shared one once, under its first name, unless `remove_duplicate` is False."""
        return self._named_members(PARAMETER, prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of this module and, with `recurse`, of all below it, each once: what an optimizer takes."""
        return self._unnamed_members(PARAMETER, recurse)

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Iterator[tuple[str, Tensor]]:
        """Buffers with their dotted names."""
        return self._named_members(BUFFER, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers of this module and, with `recurse`, of all below it."""
        return self._unnamed_members(BUFFER, recurse)

    # ---- by dotted name ----

    def get_submodule(self, target: str) -> Any:
        """The module at a dotted name: ``get_submodule("encoder.layers.0")``; the module itself for ""."""
        module: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Registry):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Put `module` at a dotted name; with `strict` only where there is one already."""
        path, _, name = target.rpartition(".")
        if not name:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Registry):
            raise ValueError(f"set_submodule wants an nn.Module, not {type_name(module)}")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{type(parent).__name__} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Registry):
            raise AttributeError(f"`{name}` is not an nn.Module")
        parent.add_module(name, module)

    def _get_member(self, target: str, kind: str, what: str) -> Any:
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if not hasattr(owner, name):
            raise AttributeError(f"{type(owner).__name__} has no attribute `{name}`")
        if owner._members.get(name) != kind:
            raise AttributeError(f"`{name}` is not {what}")
        return owner.__dict__[name]

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a dotted name."""
        return self._get_member(target, PARAMETER, "an nn.Parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a dotted name."""
        return self._get_member(target, BUFFER, "a buffer")


def tree(module: Any, found: dict[Any, None]) -> dict[Any, None]:
    """`module` and all below it, each once, added to `found` in definition order."""
    found[module] = None
    state = module.__dict__
    for name, kind in module._members.items():
        if kind == MODULE and state[name] is not None and state[name] not in found:
            tree(state[name], found)
    return found


def type_name(value: Any) -> str:
    """A value's type as torch's messages spell it."""
    return value.type() if isinstance(value, Tensor) else type(value).__name__


# ---- hooks on registration ----------------------------------------------------------------------------------------------------------

registration_hooks: OrderedDict[int, tuple[str, Callable[..., Any]]] = OrderedDict()  # (kind of member, hook)


def run_registration_hooks(owner: Registry, kind: str, name: str, value: Any) -> Any:
    """`value`, or what the hooks put in its place."""
    for its_kind, hook in list(registration_hooks.values()):
        if its_kind == kind:
            answer = hook(owner, name, value)
            value = value if answer is None else answer
    return value


def add_registration_hook(kind: str, hook: Callable[..., Any]) -> RemovableHandle:
    handle = RemovableHandle(registration_hooks)
    registration_hooks[handle.id] = kind, hook
    return handle


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, parameter)`` when any module gets a parameter; what it returns, if anything, takes its place."""
    return add_registration_hook(PARAMETER, hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, buffer)`` when any module gets a buffer; what it returns, if anything, takes its place."""
    return add_registration_hook(BUFFER, hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, submodule)`` when any module gets a submodule; what it returns, if anything, takes its place."""
    return add_registration_hook(MODULE, hook)
