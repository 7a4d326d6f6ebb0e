"""torch.nn.parallel: training runs on one device, in one process. What wraps a module for several says so."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

from .. import backend
from ..missing import explains_missing
from ..tensor.dtypes import Device, as_device
from ..tensor.tensor import Tensor
from .modules.module import Module

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel"]

__getattr__ = explains_missing(__name__)


class DataParallel(Module):
    """A module whose batches PyTorch divides among GPUs. Here all of it is computed on the first one, or on the CPU where there is none.

    The keys of its `state_dict` begin with ``module.``, as in PyTorch. Results are those of the module itself; in PyTorch batch norm in
    training sees only its GPU's part of a batch.

    Args:
        device_ids: GPUs, all by default. Those after the first are warned about.
        output_device: the first of these.
        dim: the dimension in which PyTorch would divide.

    >>> import minitorch_nlp as torch
    >>> net = torch.nn.DataParallel(torch.nn.Linear(2, 1))
    >>> list(net.state_dict())
    ['module.weight', 'module.bias']
    """

    def __init__(
        self, module: Module, device_ids: Sequence[int | Device] | None = None, output_device: int | Device | None = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.dim = dim
        self.module = module
        count = backend.gpu_count()
        ids = [as_device(d).index if not isinstance(d, int) else d for d in (range(count) if device_ids is None else device_ids)]
        self.device_ids = ids[:1] if count else []
        if count and len(ids) > 1:
            warnings.warn(f"DataParallel: everything is computed on GPU {ids[0]}; a batch is not divided here", stacklevel=2)
        if self.device_ids and output_device is not None and as_device(output_device).index != ids[0]:
            raise NotImplementedError(f"DataParallel: output_device must be the first of device_ids, {ids[0]}, not {output_device}")
        if self.device_ids:
            self.output_device = ids[0]
            module.to(Device("cuda", ids[0]))

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """``module(*inputs, **kwargs)``, tensors moved to where the module is."""
        if self.device_ids:
            inputs, kwargs = moved((inputs, kwargs), Device("cuda", self.device_ids[0]))
        return self.module(*inputs, **kwargs)


def moved(value: Any, device: Device) -> Any:
    """`value` with the tensors in its tuples, lists and dicts on `device`."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {k: moved(v, device) for k, v in value.items()}
    return type(value)(moved(v, device) for v in value) if type(value) in (tuple, list) else value


def data_parallel(
    module: Module, inputs: Any, device_ids: Sequence[int | Device] | None = None, output_device: int | Device | None = None, dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """`DataParallel`, called once."""
    arguments = inputs if isinstance(inputs, tuple) else (inputs,)
    return DataParallel(module, device_ids, output_device, dim)(*arguments, **(module_kwargs or {}))


class DistributedDataParallel(Module):
    """A module trained by several processes, of which there is one here: making it raises ValueError, as in PyTorch without a process group."""

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> NoReturn:
        raise ValueError(
            "Default process group has not been initialized: training in several processes is not supported; use the module itself, where "
            "torch.distributed.is_initialized() is False"
        )
