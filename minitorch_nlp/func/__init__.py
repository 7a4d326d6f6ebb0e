"""torch.func: transforms of functions (gradients, Jacobians, maps over a batch) and modules as functions."""

from typing import Any

from ..missing import explains_missing
from .stateless import functional_call, replace_all_batch_norm_modules_, stack_module_state
from .transforms import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp
from .vectorize import vmap

__all__ = [
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "vjp",
    "vmap",
]


def functionalize(func: Any, *, remove: str = "mutations") -> Any:
    """Refused: there is no compiler here that would need functions without writes in place."""
    raise NotImplementedError("functionalize is not supported; call the function itself")


__getattr__ = explains_missing(__name__)
