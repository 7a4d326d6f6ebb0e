"""One of the two runs of `compare`: ``python -m minitorch_nlp.recording``, with PyTorch or with minitorch_nlp as ``torch``.

With a file to record to, each call of a module leaves a line there with a summary of its output, and later one with that of its gradient.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np

from . import run, torch_alias

__all__ = ["Recorder", "main", "summary"]

SAMPLE = 64


def summary(array: np.ndarray) -> dict[str, Any]:
    """Shape, root mean square, and up to 64 values that lie evenly in an array."""
    flat = np.asarray(array).reshape(-1).astype(np.float64)
    places = np.linspace(0, flat.size - 1, min(SAMPLE, flat.size)).astype(int)
    rms = math.sqrt(float(np.mean(flat * flat))) if flat.size else 0.0
    return {"shape": list(array.shape), "rms": rms, "values": flat[places].tolist()}


class Recorder:
    """Hooks on every module, and the file that they write to."""

    def __init__(self, torch: Any, path: str) -> None:
        self.torch = torch
        self.file = open(path, "w", encoding="utf-8")  # noqa: SIM115  (it stays open as long as the script runs)
        self.stack: list[Any] = []
        self.names: dict[int, tuple[Any, dict[int, str]]] = {}
        self.calls: Counter[str] = Counter()
        modules = import_module("torch.nn.modules.module")
        modules.register_module_forward_pre_hook(self.enter)
        modules.register_module_forward_hook(self.leave)

    def enter(self, module: Any, args: Any) -> None:
        self.stack.append(module)

    def leave(self, module: Any, args: Any, output: Any) -> None:
        root = self.stack[0]
        while self.stack and self.stack.pop() is not module:
            pass
        name = f"{self.name(root, module)} ({type(module).__name__})"
        self.calls[name] += 1
        for i, tensor in enumerate(self.tensors(output)):
            key = {"module": name, "call": self.calls[name], "output": i}
            self.write("output", key, tensor)
            if tensor.requires_grad:
                tensor.register_hook(lambda grad, key=key: self.write("gradient", key, grad))

    def name(self, root: Any, module: Any) -> str:
        """The module's place in the outermost one being called."""
        if id(root) not in self.names:
            self.names[id(root)] = root, {id(m): path for path, m in root.named_modules()}
        path = self.names[id(root)][1].get(id(module), "?")
        return f"{type(root).__name__}.{path}" if path else type(root).__name__

    def tensors(self, output: Any) -> Iterator[Any]:
        if isinstance(output, self.torch.Tensor):
            yield output
        elif isinstance(output, (tuple, list, dict)):
            for part in output.values() if isinstance(output, dict) else output:
                yield from self.tensors(part)

    def write(self, kind: str, key: dict[str, Any], tensor: Any) -> None:
        array = tensor.detach().cpu().double().numpy()
        self.file.write(json.dumps({"kind": kind, **key, **summary(array)}) + "\n")
        self.file.flush()


def main(argv: list[str]) -> int:
    """Run ``[torch | minitorch_nlp, seed, file or "", script, its arguments...]``."""
    library, seed, path, script, *args = argv
    if library == "minitorch_nlp":
        torch_alias.install()
    torch = import_module("torch")
    random.seed(int(seed))
    np.random.seed(int(seed) % 2**32)
    torch.manual_seed(int(seed))
    if path:
        Recorder(torch, path)
    return run.execute(False, [script, *args])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
