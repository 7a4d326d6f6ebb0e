"""GradScaler: multiplies the loss so that small gradients survive float16, and divides the gradients again before the step."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable
from enum import Enum
from typing import Any

import numpy as np

from .. import backend
from ..autograd.tape import mark_written
from ..tensor.creation import full
from ..tensor.dtypes import float16, float32, int32
from ..tensor.tensor import Tensor

__all__ = ["GradScaler", "OptState"]


class OptState(Enum):
    """What was done with an optimizer since the last `update`."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


def fresh() -> dict[str, Any]:
    return {"stage": OptState.READY, "found_inf_per_device": {}}


class GradScaler:
    """Scales the loss by a factor, unscales the gradients, skips steps with infinite or nan ones, and adapts the factor.

    ``scaler.scale(loss).backward(); scaler.step(optimizer); scaler.update()``. With ``enabled=False`` all of that passes through. Nothing
    is computed in float16 here unless the tensors are, so that a scaler has little to do; but it does it as in torch.

    Args:
        device: "cuda" or "cpu". Without a GPU, "cuda" is switched off with a warning.
        init_scale: the factor at first.
        growth_factor: what it grows by after `growth_interval` steps without infinite gradients.
        backoff_factor: what it is multiplied by after one with.
        growth_interval: see `growth_factor`.
        enabled: False to switch it off.

    >>> import minitorch_nlp as torch
    >>> scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.5)
    >>> scaler.scale((w * w).sum()).backward()
    >>> w.grad
    tensor([8.])
    >>> scaler.step(optimizer)
    >>> scaler.update()
    >>> w.item(), scaler.get_scale()
    (0.0, 4.0)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        self._enabled = enabled
        if enabled and device == "cuda" and not backend.gpu_count():
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
            self._enabled = False
        if not self._enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError(f"The growth factor must be > 1.0, but is {growth_factor}")
        if backoff_factor >= 1.0:
            raise AssertionError(f"The backoff factor must be < 1.0, but is {backoff_factor}")
        self._init_scale = init_scale
        self._scale: Tensor | None = None  # made by the first `scale`, on the device of what it scales
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._init_growth_tracker = 0
        self._growth_tracker: Tensor | None = None
        self._per_optimizer_states: dict[int, dict[str, Any]] = defaultdict(fresh)

    def _started(self, name: str) -> tuple[Tensor, Tensor]:
        if self._scale is None or self._growth_tracker is None:
            raise AssertionError(f"Attempted {name} but _scale is None; call scaler.scale(loss) earlier in the iteration")
        return self._scale, self._growth_tracker

    def scale(self, outputs: Any) -> Any:
        """A tensor, or an iterable of tensors, times the factor."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            scale = self._scale
            if scale is None:
                scale = self._scale = full((), self._init_scale, dtype=float32, device=outputs.device)
                self._growth_tracker = full((), self._init_growth_tracker, dtype=int32, device=outputs.device)
            return outputs * scale.to(outputs.device)
        if not isinstance(outputs, Iterable):
            raise ValueError(f"outputs must be a Tensor or an iterable of Tensors, but got {type(outputs).__name__}")
        scaled = map(self.scale, outputs)
        return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled  # type: ignore[call-arg]

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer by the factor, in place; before `step`, to clip them for example."""
        if not self._enabled:
            return
        scale, _ = self._started("unscale_")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update()")
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step(); call it before")
        state["found_inf_per_device"] = self._unscale(optimizer, float(np.float32(1 / scale.item())), False)
        state["stage"] = OptState.UNSCALED

    def _unscale(self, optimizer: Any, inverse: float, allow_float16: bool) -> dict[Any, Tensor]:
        """Multiply the gradients; by device, 1 where one is infinite or nan."""
        found: dict[Any, Tensor] = {}
        for group in optimizer.param_groups:
            for param in group["params"]:
                grad = param.grad
                if grad is None:
                    continue
                if grad.dtype is float16 and not allow_float16:
                    raise ValueError("Attempting to unscale FP16 gradients; keep the parameters in float32")
                array = grad.array.values if grad.is_sparse else grad.array
                flag = found.setdefault(grad.device, full((), 0.0, dtype=float32, device=grad.device))
                if not np.isfinite(array).all():
                    flag.fill_(1.0)
                if inverse != 1:
                    np.multiply(array, inverse, out=array)
                    if not grad.is_sparse:
                        mark_written(grad)
        return found

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """``optimizer.step(*args, **kwargs)`` with unscaled gradients, unless one of them is infinite or nan."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled")
        self._started("step")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update()")
        if getattr(optimizer, "_step_supports_amp_scaling", False):
            return self._step_scaled(optimizer, state, *args, **kwargs)
        if state["stage"] is OptState.READY:
            self.unscale_(optimizer)
        if not state["found_inf_per_device"]:
            raise AssertionError("No inf checks were recorded for this optimizer: none of its parameters has a gradient")
        result = None
        if not any(found.item() for found in state["found_inf_per_device"].values()):
            result = optimizer.step(*args, **kwargs)
        state["stage"] = OptState.STEPPED
        return result

    def _step_scaled(self, optimizer: Any, state: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The step of an optimizer that unscales and skips by itself: it finds `grad_scale` and `found_inf` among its attributes."""
        unscaled = state["stage"] is OptState.UNSCALED
        if not unscaled:
            state["found_inf_per_device"] = self._unscale(optimizer, 1.0, True)
        before = getattr(optimizer, "grad_scale", None)
        optimizer.grad_scale = before if unscaled else self._started("step")[0] * (1 if before is None else before)
        optimizer.found_inf = sum(state["found_inf_per_device"].values())
        result = optimizer.step(*args, **kwargs)
        state["stage"] = OptState.STEPPED
        del optimizer.grad_scale, optimizer.found_inf
        return result

    def update(self, new_scale: Any = None) -> None:
        """Adapt the factor to what the steps since the last `update` found, or set it to a float or a one-element tensor."""
        if not self._enabled:
            return
        scale, tracker = self._started("update")
        if isinstance(new_scale, float):
            scale.fill_(new_scale)
        elif new_scale is not None:
            if new_scale.device.type != self._device or new_scale.numel() != 1 or new_scale.requires_grad:
                raise AssertionError(f"new_scale should be a float or a 1-element tensor on {self._device} with requires_grad=False")
            scale.copy_(new_scale)
        else:
            found = [f for state in self._per_optimizer_states.values() for f in state["found_inf_per_device"].values()]
            if not found:
                raise AssertionError("No inf checks were recorded prior to update; call scaler.step(optimizer) before")
            self._adapt(scale, tracker, any(f.item() for f in found))
        self._per_optimizer_states = defaultdict(fresh)

    def _adapt(self, scale: Tensor, tracker: Tensor, infinite: bool) -> None:
        if infinite:
            scale.fill_(scale.item() * self._backoff_factor)
            tracker.fill_(0)
        elif tracker.item() + 1 == self._growth_interval:
            grown = scale.item() * self._growth_factor
            if grown <= float(np.finfo(np.float32).max):
                scale.fill_(grown)
            tracker.fill_(0)
        else:
            tracker += 1

    def get_scale(self) -> float:
        """The factor; 1.0 where switched off."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def get_growth_factor(self) -> float:
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        self._growth_interval = new_interval

    def _get_growth_tracker(self) -> int:
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else self._growth_tracker.item()

    def is_enabled(self) -> bool:
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """The factor and how it adapts, as numbers; empty where switched off. Save it after `update`."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; nothing where switched off."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError("The source state dict is empty, as that of a GradScaler that is switched off")
        self._init_scale = state_dict["scale"]
        if self._scale is not None:
            self._scale.fill_(state_dict["scale"])
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._init_growth_tracker = state_dict["_growth_tracker"]
        if self._growth_tracker is not None:
            self._growth_tracker.fill_(state_dict["_growth_tracker"])

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if self._enabled:
            if self._per_optimizer_states:
                raise AssertionError("A GradScaler may only be pickled at the beginning of an iteration, or after scaler.update()")
            state.update(_init_scale=self.get_scale(), _init_growth_tracker=self._get_growth_tracker(), _scale=None, _growth_tracker=None)
        return state
