"""Everything a file may name, under the names torch gives it, and how each function among them may be called."""

from __future__ import annotations

import _compat_pickle
import codecs
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from ..nn.parameter import Parameter
from ..tensor import dtypes
from ..tensor.dtypes import Device, Size, dtype, layout
from ..tensor.tensor import Tensor
from . import storages
from .safe_globals import NEVER, find_chosen

__all__ = ["CALLS", "NAMES", "find", "get_layout", "known"]


def known(module: str, name: str) -> Any:
    """The object among `ALLOWED` that a file means by ``module.name``, or None.

    Raises:
        NotImplementedError: it is a dtype NumPy does not have.
    """
    if module == "torch" and name.startswith(NO_DTYPE):
        raise NotImplementedError(f"load: the file holds torch.{name[:50]}, a dtype that is not supported; save it as float32 in torch")
    return ALLOWED.get(f"{module}.{name}")


def current_name(module: str, name: str) -> tuple[str, str]:
    """Python 3's name for what Python 2, and pickles up to protocol 2, call ``module.name``."""
    if (module, name) in _compat_pickle.NAME_MAPPING:
        return _compat_pickle.NAME_MAPPING[module, name]
    return _compat_pickle.IMPORT_MAPPING.get(module, module), name


def find(module: str, name: str, chosen: dict[str, Any]) -> Any:
    """The object a file means by ``module.name``.

    Raises:
        UnpicklingError: it is none of `ALLOWED`, and none that the user has `chosen`.
        NotImplementedError: it is a dtype NumPy does not have.
    """
    module, name = current_name(module, name)
    found = known(module, name)
    if found is None and chosen:
        found = find_chosen(module, name, chosen)
    if found is None:
        full = repr(f"{module}.{name}"[:100])
        allow = f"If you trust it, allow it with torch.serialization.add_safe_globals([{full[1:-1]}]); " if module not in NEVER else ""
        raise UnpicklingError(
            f"load: the file wants the global {full}, which is not among those that plain data needs; nothing of it was executed. {allow}"
            "weights_only=False executes all that the file asks for: only for files you trust"
        )
    return found


def need(fine: bool, name: str) -> None:
    if not fine:
        raise UnpicklingError(f"load: the file calls {name} with arguments that plain data has no use for")


def build_ordered_dict(*args: Any) -> OrderedDict[Any, Any]:
    need(not args, "OrderedDict")
    return OrderedDict()


def build_counter(*args: Any) -> Counter[Any]:
    need(not args or (len(args) == 1 and type(args[0]) is dict), "Counter")
    counter: Counter[Any] = Counter()
    dict.update(counter, *args)  # the counts as they are: Counter(...) would add them up
    return counter


def build_set(items: Any = ()) -> set[Any]:
    need(type(items) in (list, tuple), "set")
    return set(items)


def build_frozenset(items: Any = ()) -> frozenset[Any]:
    need(type(items) in (list, tuple), "frozenset")
    return frozenset(items)


def build_bytes(*args: Any) -> bytes:
    need(not args, "bytes")
    return b""


def build_bytearray(data: Any = b"") -> bytearray:
    need(type(data) is bytes, "bytearray")
    return bytearray(data)


def build_complex(real: Any, imag: Any) -> complex:
    need(type(real) is type(imag) is float, "complex")
    return complex(real, imag)


def encode(text: Any, encoding: Any) -> bytes:
    """How old pickle protocols write bytes."""
    need(type(text) is type(encoding) is str and encoding == "latin1", "encode")
    return text.encode("latin1")


def build_size(sizes: Any) -> Size:
    need(type(sizes) is tuple and all(type(n) is int for n in sizes), "torch.Size")
    return Size(sizes)


def get_layout(name: Any) -> layout:
    """The layout that prints as `name`: "torch.strided"."""
    found = getattr(dtypes, name.removeprefix("torch."), None) if type(name) is str else None
    if type(found) is not layout:
        raise UnpicklingError("load: the file asks for a layout by no layout's name")
    return found


def build_device(kind: Any, index: Any = None) -> Device:
    need(type(kind) is str and (index is None or type(index) is int), "torch.device")
    need(kind in ("cpu", "cuda"), "torch.device")
    return Device(kind, index)


ALLOWED: dict[str, Any] = {
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "builtins.set": set,
    "builtins.frozenset": frozenset,
    "builtins.bytes": bytes,
    "builtins.bytearray": bytearray,
    "builtins.complex": complex,
    "_codecs.encode": codecs.encode,
    "torch.Size": Size,
    "torch.device": Device,
    "torch.Tensor": Tensor,
    "torch.serialization._get_layout": get_layout,
    "torch.nn.parameter.Parameter": Parameter,
    "torch._utils._rebuild_tensor_v2": storages.rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": storages.rebuild_tensor_v3,
    "torch._utils._rebuild_parameter": storages.rebuild_parameter,
    "torch._utils._rebuild_parameter_with_state": storages.rebuild_parameter_with_state,
    "torch._tensor._rebuild_from_type_v2": storages.rebuild_from_type,
    **{kind.name: kind for kind in storages.STORAGE_TYPES},
    **{f"torch.{kind.name}": kind for kind in vars(dtypes).values() if isinstance(kind, dtype)},
}
NAMES = {id(value): name for name, value in ALLOWED.items()}
ALLOWED["torch._utils._rebuild_tensor"] = storages.rebuild_tensor  # an older name
NO_DTYPE = ("Complex", "QInt", "QUInt", "bits")  # how the names of storages, and of dtypes we cannot even name, begin
CALLS: dict[int, Callable[..., Any]] = {
    id(OrderedDict): build_ordered_dict,
    id(Counter): build_counter,
    id(set): build_set,
    id(frozenset): build_frozenset,
    id(bytes): build_bytes,
    id(bytearray): build_bytearray,
    id(complex): build_complex,
    id(codecs.encode): encode,
    id(Size): build_size,
    id(Device): build_device,
    id(get_layout): get_layout,
    **{id(f): f for f in ALLOWED.values() if getattr(f, "__module__", "") == storages.__name__ and callable(f)},
}
