"""Imports go downwards only."""

import ast
from pathlib import Path

import minitorch_nlp

ROOT = Path(minitorch_nlp.__file__).parent
# A layer may import itself and those in earlier rows; names in one row are one layer.
LAYERS = [
    {"backend", "differences", "missing", "multiprocessing", "refused", "settings"},
    {"kernels", "profiler"},
    {"functional", "random"},
    {"autograd"},
    {"tensor"},
    {"linalg"},
    {"nn", "special"},
    {"amp", "distributions", "optim", "utils", "func", "viz"},
    {"serialization"},
    {"text"},
    {"classic"},
    {"testing", "cpu", "cuda", "backends", "compiler", "distributed", "hub", "jit", "onnx", "safetensors", "version", "_inductor"},
    {"accelerator", "_dynamo"},
    {"__init__"},
    {"support"},
    {"torch_alias"},
    {"check", "run"},
    {"recording"},
    {"compare", "examples"},
    {"cli"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def imports_of(path):
    """(layer imported, line) for each import of our own modules in a file."""
    package = path.relative_to(ROOT).with_suffix("").parts
    package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                base = list(package[: len(package) - node.level + 1])
                target = base + (node.module.split(".") if node.module else [])
                for name in [target[0]] if target else [a.name for a in node.names]:
                    yield name if name in RANK else "__init__", node.lineno
            elif node.module and node.module.split(".")[0] == "minitorch_nlp":
                parts = node.module.split(".")
                yield parts[1] if len(parts) > 1 else "__init__", node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                parts = alias.name.split(".")
                if parts[0] == "minitorch_nlp":
                    yield parts[1] if len(parts) > 1 else "__init__", node.lineno


def test_imports_go_downwards():
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        layer = path.relative_to(ROOT).with_suffix("").parts[0]
        for target, line in imports_of(path):
            if RANK[target] > RANK[layer] or (target != layer and RANK[target] == RANK[layer]):
                wrong.append(f"{path.relative_to(ROOT)}:{line} ({layer}) imports {target}")
    assert not wrong, "\n".join(wrong)


def test_no_cupy_outside_the_backend():
    files = [p for p in ROOT.rglob("*.py") if p.name != "backend.py" and "import cupy" in p.read_text(encoding="utf-8")]
    assert not files


def test_files_are_short():
    long = {str(p.relative_to(ROOT)): n for p in ROOT.rglob("*.py") if (n := len(p.read_text(encoding="utf-8").splitlines())) > 450}
    assert not long
