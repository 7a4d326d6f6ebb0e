"""Module: the base class of every layer and network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ...autograd.mode import no_grad
from ...tensor.dtypes import as_dtype, bfloat16, dtype
from ...tensor.tensor import Tensor
from ..parameter import is_lazy
from ._hooks import (
    Hooked,
    everywhere,
    register_module_backward_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
)
from ._registry import (
    BUFFER,
    PARAMETER,
    Registry,
    register_module_buffer_registration_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from ._state import Stateful

__all__ = [
    "Module",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

T = TypeVar("T", bound="Module")


class Module(Registry, Hooked, Stateful):
    """A layer or a network: parameters, buffers and submodules, and a `forward`.

    Subclass it, assign layers in ``__init__`` after ``super().__init__()``, and say in `forward` what they do. Assigned parameters
    and modules are found by `parameters`, `state_dict`, `to` and the rest.

    >>> import minitorch_nlp as torch
    >>> class Net(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.fc = torch.nn.Linear(2, 3)
    ...
    ...     def forward(self, x):
    ...         return self.fc(x).relu()
    >>> net = Net()
    >>> net(torch.ones(4, 2)).shape
    torch.Size([4, 3])
    >>> [name for name, _ in net.named_parameters()]
    ['fc.weight', 'fc.bias']
    """

    training: bool
    call_super_init: bool = False
    dump_patches: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            extra = f"an unexpected keyword argument '{next(iter(kwargs))}'" if kwargs else f"{len(args)} unexpected positional arguments"
            raise TypeError(f"{type(self).__name__}.__init__() got {extra}")
        setattr = object.__setattr__
        setattr(self, "training", True)
        setattr(self, "_members", {})
        setattr(self, "_non_persistent_buffers_set", set())
        setattr(self, "_hooks", None)
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes: every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._hooks is None and not everywhere:
            return self.forward(*args, **kwargs)
        return self._call_with_hooks(args, kwargs)

    # ---- modes ----

    def train(self: T, mode: bool = True) -> T:
        """Set training mode here and below: dropout drops."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: T) -> T:
        """Set evaluation mode here and below: ``train(False)``."""
        return self.train(False)

    def requires_grad_(self: T, requires_grad: bool = True) -> T:
        """Say for every parameter whether it is trained; False freezes them."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop every parameter's gradient, or with ``set_to_none=False`` fill it with zeros."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad = parameter.grad.detach().zero_()

    def apply(self: T, fn: Callable[[Module], Any]) -> T:
        """Call ``fn(module)`` for every module below, then for this one: often to initialise weights."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Accepted as in torch; there is no compiler here, and nothing changes."""

    # ---- moving and casting ----

    def _apply(self: T, fn: Callable[[Any], Any], recurse: bool = True) -> T:
        """Replace the values of every parameter, its gradient and every buffer by ``fn(tensor)``.

        Parameters stay the same objects, so that an optimizer made before goes on working.
        """
        if recurse:
            for module in self.children():
                module._apply(fn)
        with no_grad():
            for name, kind in self._members.items():
                value = self.__dict__[name]
                if kind == PARAMETER and value is not None:
                    adopt(value, fn(value.data))
                    if value.grad is not None:
                        value.grad = fn(value.grad)
                elif is_lazy(value):
                    adopt(value, fn(value.data))
                elif kind == BUFFER and value is not None:
                    self.__dict__[name] = fn(value)
        return self

    def to(self: T, *args: Any, **kwargs: Any) -> T:
        """Move to a device, cast to a floating point dtype, or both, in place: ``to("cuda")``, ``to(torch.float64)``, ``to(tensor)``.

        Only floating point members are cast.
        """
        if "tensor" in kwargs:
            args = (kwargs.pop("tensor"), *args)
        target = requested_dtype(args, kwargs)
        if target is not None and not target.is_floating_point:
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={target}")
        uncast_args = tuple(a.device if isinstance(a, Tensor) else a for a in args if not is_dtype(a))
        uncast_kwargs = {k: v for k, v in kwargs.items() if k != "dtype"}

        def convert(t: Tensor) -> Tensor:
            if t.array.dtype.kind in "fV":
                return t.to(*args, **kwargs)
            return t.to(*uncast_args, **uncast_kwargs) if uncast_args or uncast_kwargs else t

        return self._apply(convert)

    def cpu(self: T) -> T:
        """Move to the CPU."""
        return self._apply(lambda t: t.cpu())

    def cuda(self: T, device: Any = None) -> T:
        """Move to a CUDA device."""
        return self._apply(lambda t: t.cuda(device))

    def type(self: T, dst_type: Any) -> T:
        """Cast every parameter and buffer to `dst_type`."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self: T) -> T:
        """Cast floating point members to float32."""
        return self.to(as_dtype("float32"))

    def double(self: T) -> T:
        """Cast floating point members to float64."""
        return self.to(as_dtype("float64"))

    def half(self: T) -> T:
        """Cast floating point members to float16."""
        return self.to(as_dtype("float16"))

    def bfloat16(self: T) -> T:
        """Cast floating point members to bfloat16."""
        return self.to(bfloat16)

    def to_empty(self: T, *, device: Any, recurse: bool = True) -> T:
        """Move to a device without keeping the values."""
        return self._apply(lambda t: t.to(device), recurse=recurse)

    def share_memory(self: T) -> T:
        """Refused where there is anything to share: tensors cannot be moved to memory shared by processes."""
        return self._apply(lambda t: t.share_memory_())

    # ---- printing ----

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What stands between the brackets when the module is printed."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        children = [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        if not children and "\n" not in extra:
            return f"{self._get_name()}({extra})"
        lines = (extra.split("\n") if extra else []) + children
        return f"{self._get_name()}(\n  " + "\n  ".join(lines) + "\n)"


def indented(text: str) -> str:
    """All lines but the first, two columns further right."""
    return text.replace("\n", "\n  ")


def adopt(tensor: Tensor, other: Tensor) -> None:
    """Give `tensor` the memory of `other`."""
    if is_lazy(tensor) or other.array is not tensor.array:
        tensor.array, tensor._cell = other.array, other._cell


def is_dtype(value: Any) -> bool:
    return isinstance(value, dtype) or value in (bool, int, float)


def requested_dtype(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dtype | None:
    """The dtype among the arguments of `to`."""
    other = kwargs.get("tensor", kwargs.get("other"))
    for a in (kwargs.get("dtype"), other, *args):
        if isinstance(a, Tensor):
            return a.dtype
        if a is not None and is_dtype(a):
            return as_dtype(a)
    return None
