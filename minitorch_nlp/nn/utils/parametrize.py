"""Parametrization: a module's tensor computed, at each access, from others that are trained in its place.

`register_parametrization` moves ``layer.weight`` to ``layer.parametrizations.weight.original`` and gives the layer a class of its own in
which ``weight`` is a property: reading it runs the parametrizations one after the other, writing to it runs their `right_inverse`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from ...autograd.mode import no_grad
from ...tensor.tensor import Tensor
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter

__all__ = [
    "ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
    "transfer_parametrizations_and_params", "type_before_parametrizations",
]  # fmt: skip


class Cache:
    """Values of parametrized tensors by module and name, kept while some `cached` block is open."""

    def __init__(self) -> None:
        self.depth = 0
        self.values: dict[tuple[int, str], Any] = {}


cache = Cache()


@contextmanager
def cached() -> Iterator[None]:
    """Inside, a parametrized tensor is computed at its first access only: for a weight that one forward uses several times.

    >>> import minitorch_nlp as torch
    >>> import minitorch_nlp.nn.utils.parametrize as P
    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2))
    >>> layer.weight is layer.weight
    False
    >>> with P.cached():
    ...     layer.weight is layer.weight
    True
    """
    cache.depth += 1
    try:
        yield
    finally:
        cache.depth -= 1
        if not cache.depth:
            cache.values = {}


# ---- the list under module.parametrizations ----------------------------------------------------------------------------------------


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor and what they start from: `original`, or `original0`, `original1`, ... if that is several.

    `register_parametrization` makes it. The first parametrization's `right_inverse` says how many originals there are.
    """

    original: Any

    def __init__(self, modules: Sequence[Module], original: Any, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        start = self.undone(original)
        self.is_tensor = isinstance(start, Tensor)
        self.ntensors = 1 if self.is_tensor else len(start)
        if self.is_tensor:
            if start.dtype != dtype:
                raise ValueError(f"right_inverse may not change the dtype where it returns one tensor: {dtype} became {start.dtype}")
            give_values(original, start)  # the same object: an optimizer that has it goes on training it
            register(self, "original", original)
        else:
            for i, part in enumerate(start):
                register(self, f"original{i}", original_part(i, part, original))
        if not unsafe:
            check_like("A parametrization", self(), shape, dtype)

    def undone(self, value: Any) -> Any:
        """`value` sent back through all parametrizations; one without a `right_inverse` passes it on."""
        with no_grad():
            for module in reversed(self):
                if hasattr(module, "right_inverse"):
                    try:
                        value = module.right_inverse(value)
                    except NotImplementedError:
                        continue
        if not isinstance(value, (Tensor, Sequence)):
            raise ValueError(f"right_inverse must return a Tensor or a sequence of tensors, got {type(value).__name__}")
        return value

    def right_inverse(self, value: Any) -> None:
        """What an assignment to the tensor does: the originals get the values from which the parametrizations give `value`."""
        for module in self:
            if not hasattr(module, "right_inverse"):
                raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse; it cannot be assigned to")
        with no_grad():
            for module in reversed(self):
                value = module.right_inverse(value)
        parts = [value] if self.is_tensor else value
        if not self.is_tensor and not (isinstance(value, Sequence) and len(value) == self.ntensors):
            raise ValueError(f"right_inverse must return a sequence of {self.ntensors} tensors, got {type(value).__name__}")
        originals = self.originals()
        for original, part in zip(originals, parts):
            if not isinstance(part, Tensor):
                raise ValueError(f"right_inverse must return tensors, got {type(part).__name__}")
            if part.dtype != original.dtype:
                raise ValueError(f"right_inverse returned a tensor of {part.dtype}, its original has {original.dtype}")
        for original, part in zip(originals, parts):
            give_values(original, part)

    def originals(self) -> list[Any]:
        return [self.original] if self.is_tensor else [getattr(self, f"original{i}") for i in range(self.ntensors)]

    def forward(self) -> Any:
        """The tensor as it is now."""
        first, *others = self
        value = first(*self.originals())
        for module in others:
            value = module(value)
        return value


def original_part(i: int, part: Any, original: Any) -> Any:
    """The i-th of several originals: trained if `original` is."""
    if not isinstance(part, Tensor):
        raise ValueError(f"right_inverse must return a Tensor or a sequence of tensors, element {i} is {type(part).__name__}")
    if isinstance(original, Parameter):
        return Parameter(part, original.requires_grad)
    return part.requires_grad_(original.requires_grad)


def give_values(target: Any, source: Any) -> None:
    if target is not source:
        target.data = source.detach()


def register(module: Any, name: str, tensor: Any) -> None:
    (module.register_parameter if isinstance(tensor, Parameter) else module.register_buffer)(name, tensor)


def check_like(what: str, value: Any, shape: Any, dtype: Any) -> None:
    """Refuse a value that could not stand in the tensor's place."""
    if not isinstance(value, Tensor):
        raise ValueError(f"{what} must return a tensor. Got {type(value).__name__}.")
    if value.dtype != dtype:
        raise ValueError(f"{what} may not change the dtype of the tensor, unless unsafe=True: {dtype} became {value.dtype}")
    if value.shape != shape:
        raise ValueError(f"{what} may not change the shape of the tensor, unless unsafe=True: {list(shape)} became {list(value.shape)}")


# ---- the class with the properties --------------------------------------------------------------------------------------------------


def refuse_pickling(self: Any) -> NoReturn:
    raise RuntimeError(
        "a parametrized module cannot be pickled; save its state_dict(), and register the parametrizations before loading it"
    )


def deep_copy(self: Any, memo: dict[int, Any]) -> Any:
    """A copy with a class of its own, so that parametrizations can be removed from either."""
    base = type_before_parametrizations(self)
    replica: Any = object.__new__(base)
    memo[id(self)] = replica
    replica.__setstate__(copy.deepcopy(base.__getstate__(self), memo))
    inject_class(replica)
    for name in self.parametrizations:
        inject_property(replica, name)
    return replica


def inject_class(module: Any) -> None:
    """Give the module a subclass of its class, to which properties can be added."""
    cls = type(module)
    members: dict[str, Any] = {"__getstate__": refuse_pickling}
    if not hasattr(cls, "__deepcopy__"):
        members["__deepcopy__"] = deep_copy
    object.__setattr__(module, "__class__", type(f"Parametrized{cls.__name__}", (cls,), members))


def inject_property(module: Any, name: str) -> None:
    """Let ``module.name`` run the parametrizations."""

    def read(self: Any) -> Any:
        parametrization = self.parametrizations[name]
        if not cache.depth:
            return parametrization()
        key = (id(self), name)
        if key not in cache.values:
            cache.values[key] = parametrization()
        return cache.values[key]

    def write(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(read, write))


# ---- registering and removing -------------------------------------------------------------------------------------------------------


def register_parametrization(module: Any, tensor_name: str, parametrization: Any, *, unsafe: bool = False) -> Any:
    """Compute ``module.tensor_name`` by `parametrization` from what it is now; several are run in the order they are registered.

    Args:
        tensor_name: a parameter or buffer of `module`.
        parametrization: a module whose forward takes the tensor and returns one like it. Its `right_inverse`, if there is one, makes
            the module start with the value it has; if that returns several tensors, forward takes these.
        unsafe: allow another dtype or shape, and check nothing.

    Returns:
        The module.

    >>> import minitorch_nlp as torch
    >>> class Symmetric(torch.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(3, 3), "weight", Symmetric())
    >>> torch.equal(layer.weight, layer.weight.T)
    True
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'parametrizations.weight.original']
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            check_addition(module, tensor_name, parametrization)
        parametrizations = module.parametrizations[tensor_name]
        parametrizations.append(parametrization)
        parametrizations.unsafe |= unsafe
    elif tensor_name in module._parameters or tensor_name in module._buffers:
        parametrizations = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            inject_class(module)
            module.parametrizations = ModuleDict()
        inject_property(module, tensor_name)
        module.parametrizations[tensor_name] = parametrizations
    else:
        raise ValueError(f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'")
    return module


def check_addition(module: Any, tensor_name: str, parametrization: Any) -> None:
    """Refuse a further parametrization that changes dtype or shape, or whose inverse does."""
    before = getattr(module, tensor_name)
    after = parametrization(before)
    check_like("A parametrization", after, before.shape, before.dtype)
    if hasattr(parametrization, "right_inverse"):
        try:
            back = parametrization.right_inverse(after)
        except NotImplementedError:
            return
        check_like("right_inverse of a further parametrization", back, before.shape, before.dtype)


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether the module has a parametrization, of this tensor or (None) at all."""
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Make ``module.tensor_name`` an ordinary parameter or buffer again.

    Args:
        leave_parametrized: it keeps the value it has now; False gives it back its original, where that is one tensor.

    Returns:
        The module.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = module.parametrizations[tensor_name]
    if parametrizations.is_tensor:
        tensor = parametrizations.original
        if leave_parametrized:
            with no_grad():
                give_values(tensor, getattr(module, tensor_name))
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        tensor = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    register(module, tensor_name, tensor)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        object.__setattr__(module, "__class__", type(module).__bases__[0])
    return module


def type_before_parametrizations(module: Any) -> type:
    """The module's class, without the subclass that a parametrization gave it."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Any, to_module: Any, tensor_name: str | None = None) -> Any:
    """Give `to_module` the parametrizations of `from_module` (of one tensor, or of all) and the tensors they start from.

    Returns:
        `to_module`; as it was if `from_module` is not parametrized.
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        source = from_module.parametrizations[name]
        for parametrization in source:
            register_parametrization(to_module, name, parametrization)
        target = to_module.parametrizations[name]
        for key in ["original"] if source.is_tensor else [f"original{i}" for i in range(source.ntensors)]:
            setattr(target, key, getattr(source, key))
    return to_module
