"""The public names of PyTorch: ``python -m tests.oracle.names`` writes them into the package, a test holds that they are the installed PyTorch's.

PyTorch lists its public names nowhere: `torch` also shows its compiler's classes, and the back ends of its operators. What counts here is what
has a docstring, is a method or a function of `nn.functional` too, or is a value (a dtype, a number).
"""

from __future__ import annotations

import importlib
import textwrap
import types
from pathlib import Path

import torch
import torch.nn.functional as F

FILE = Path(__file__).parents[2] / "minitorch_nlp" / "torch_names.txt"
MODULES = (
    "torch torch.linalg torch.special torch.autograd torch.autograd.functional torch.autograd.graph torch.func "
    "torch.nn torch.nn.functional torch.nn.init torch.nn.utils torch.nn.utils.rnn torch.nn.utils.parametrize "
    "torch.nn.utils.parametrizations torch.nn.utils.prune torch.nn.attention torch.optim torch.optim.lr_scheduler torch.optim.swa_utils "
    "torch.utils.data torch.utils.checkpoint torch.utils.dlpack torch.distributions torch.amp torch.fft torch.cuda torch.random "
    "torch.serialization torch.jit torch.accelerator torch.profiler"
)
CLASSES = "torch.Tensor torch.Generator torch.nn.Module torch.optim.Optimizer torch.finfo torch.iinfo torch.dtype torch.device torch.Size"
INTERNAL = (
    "cudnn_ miopen_ mkldnn_ fbgemm_ quantized_ native_ batch_norm_ autocast_ get_autocast set_autocast is_autocast profiler_ parse_ import_ir "
    "sym_fresh sym_constrain merge_type unify_type fused_ choose_qparams prepare_multiprocessing has_torch_function handle_torch "
    "embedding_renorm_ norm_except_dim init_num_threads clear_autocast thread_safe cpp"
)
# Names of `torch` that the rule below would miss.
CLASSES_IN_TORCH = (
    "Size Tensor Generator device dtype finfo iinfo layout memory_format Storage TypedStorage UntypedStorage Stream Event SymInt SymFloat "
    "SymBool GradScaler autocast no_grad enable_grad inference_mode set_grad_enabled"
)
FUNCTIONS_IN_TORCH = (
    "broadcast_shapes set_default_dtype scalar_tensor binomial segment_reduce is_anomaly_enabled set_anomaly_enabled spmm dsmm from_dlpack "
    "nuclear_norm frobenius_norm pca_lowrank svd_lowrank rsub compiled_with_cxx11_abi"
)
TYPES = (torch.dtype, torch.layout, torch.memory_format, torch.qscheme, int, float, bool)


def documented(x):
    return bool(str(getattr(x, "__doc__", None) or "").strip())


def from_torch(x):
    module = getattr(x, "__module__", None) or "torch"
    return module.split(".")[0] in ("torch", "builtins")


def counts_in_torch(name, x):
    """Whether a name of the module `torch` itself is one that people use."""
    if isinstance(x, TYPES) or x is None:
        return not name.isupper() and not name.startswith(("bit", "has_"))
    if isinstance(x, type):
        return name in CLASSES_IN_TORCH.split() or name.endswith("Tensor")
    if name in FUNCTIONS_IN_TORCH.split():
        return True
    base = name.rstrip("_")
    return (documented(x) and name in torch.__all__) or hasattr(torch.Tensor, name) or hasattr(torch.Tensor, base) or hasattr(F, base)


def names_of(path):
    module = importlib.import_module(path)
    listed = getattr(module, "__all__", None)
    for name in dir(module) if path == "torch" or not listed else listed:
        x = getattr(module, name, None)
        if (
            name.startswith("_")
            or isinstance(x, types.ModuleType)
            or name.startswith(tuple(INTERNAL.split()))
            or name.endswith("_notes")
            or not from_torch(x)
        ):
            continue
        if path == "torch" and not counts_in_torch(name, x):
            continue
        if not listed and getattr(x, "__module__", path) in ("typing", "builtins") and not callable(x):
            continue
        yield name


def methods_of(path):
    module, _, name = path.rpartition(".")
    return [n for n in dir(getattr(importlib.import_module(module), name)) if not n.startswith("_")]


def text():
    """The file: a paragraph per namespace, its name and a colon first."""
    parts = [(path, sorted(set(names_of(path)))) for path in MODULES.split()] + [
        (path, sorted(methods_of(path))) for path in CLASSES.split()
    ]
    wrapped = (
        textwrap.fill(" ".join(names), 150, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False) for _, names in parts
    )
    return "\n".join(f"{path}:\n{lines}" for (path, _), lines in zip(parts, wrapped)) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
