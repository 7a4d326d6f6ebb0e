"""Reads Python without running it, and says which names of torch's it uses, where.

What an expression stands for is followed as far as the text shows it: imports, aliases by assignment, attribute chains, the classes of the
file and what they inherit, what torch's constructors and functions return. Other values are unknown; of those only such attributes
are noted as no other type of Python's has.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..functional import Op
from ..missing import torch_names
from ..support import find
from ..torch_alias import BUILT_ON_TORCH, takes_import_error

__all__ = ["Instance", "Reader", "Use", "uses"]

TENSOR = "torch.Tensor"
TENSOR_MAKERS = ("torch", "torch.Tensor", "torch.nn.functional", "torch.linalg", "torch.special", "torch.fft")
GIVE_TENSORS = """add arange as_tensor cat clone contiguous cpu cross_entropy cuda detach div double empty empty_like expand eye flatten float
    from_numpy full full_like half int linspace long matmul mean mse_loss mul new_full new_ones new_tensor new_zeros ones ones_like permute rand
    rand_like randint randn randn_like randperm repeat requires_grad_ reshape sub sum squeeze stack tensor to transpose unsqueeze view view_as
    where zeros zeros_like"""
OTHER_TYPES = (
    str,
    bytes,
    list,
    dict,
    set,
    tuple,
    int,
    float,
    complex,
    np.ndarray,
    type(iter([])),
    type(lambda: 0),
    range,
    slice,
    Exception,
)
ELSEWHERE = {name for kind in OTHER_TYPES for name in dir(kind)}


CLASSES = [space for space in torch_names() if space.rpartition(".")[2][0].isupper()]


class Use(NamedTuple):
    """One use of a name of torch's."""

    name: str
    line: int
    sure: bool = True  # False: a method of a value that may be something else
    spared: bool = False  # the script is prepared for its absence (try ... except ImportError)


class Instance(NamedTuple):
    """A value known to be of a class of torch's, or of one that inherits it."""

    of: str


class OwnClass(NamedTuple):
    """A class of the file: those of torch's that it inherits, and what it defines itself."""

    bases: tuple[str, ...]
    names: frozenset[str]


class Reader(ast.NodeVisitor):
    """Collects the uses in one file. What a name stands for is a path ("torch.nn"), an `Instance`, an `OwnClass`, or None: unknown."""

    def __init__(self) -> None:
        self.found: list[Use] = []
        self.scopes: list[dict[Any, Any]] = [{}]  # the key None: the class whose body it is
        self.stars: list[str] = []
        self.spared = 0
        self.unknown: set[str] = set()  # attributes of unknown values that may be a tensor's
        self.notes: list[tuple[int, str]] = []

    # ---- what names stand for ----

    def bind(self, name: str, meaning: Any) -> None:
        self.scopes[-1][name] = meaning

    def lookup(self, name: str) -> Any:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return next((f"{space}.{name}" for space in self.stars if name in torch_names().get(space, ())), None)

    def note(self, name: str, node: ast.AST, sure: bool = True) -> None:
        self.found.append(Use(name, getattr(node, "lineno", 0), sure, self.spared > 0))

    def meaning(self, node: ast.AST | None) -> Any:
        """What an expression stands for, without noting anything."""
        if isinstance(node, ast.Name):
            return self.lookup(node.id)
        if isinstance(node, ast.Attribute):
            return self.attribute(self.meaning(node.value), node.attr)
        if isinstance(node, ast.Call):
            return result_of(self.meaning(node.func))
        if isinstance(node, ast.BinOp):
            return next((m for m in (self.meaning(node.left), self.meaning(node.right)) if m == Instance(TENSOR)), None)
        if isinstance(node, ast.UnaryOp):
            return self.meaning(node.operand)
        if isinstance(node, ast.Subscript):
            return Instance(TENSOR) if self.meaning(node.value) == Instance(TENSOR) else None
        return None

    def attribute(self, owner: Any, name: str) -> Any:
        if isinstance(owner, str):
            return f"{owner}.{name}"
        if isinstance(owner, Instance):
            return f"{class_with(owner.of, name)}.{name}" if name in members_of(owner.of) else None
        return None

    # ---- imports ----

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.package(alias.name, node)
            if alias.name.partition(".")[0] == "torch":
                self.bind(alias.asname or "torch", alias.name if alias.asname else "torch")
                self.note(alias.name, node)
            else:
                self.bind(alias.asname or alias.name.partition(".")[0], None)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        ours = not node.level and module.partition(".")[0] == "torch"
        if not node.level:
            self.package(module, node)
        for alias in node.names:
            if not ours:
                self.bind(alias.asname or alias.name, None)
            elif alias.name == "*":
                self.note(module, node)
                self.stars.append(module)
            else:
                self.note(f"{module}.{alias.name}", node)
                self.bind(alias.asname or alias.name, f"{module}.{alias.name}")
        if not ours and any(alias.name == "*" for alias in node.names):
            self.notes.append((node.lineno, f"what `from {'.' * node.level}{module} import *` brings is not known"))

    def package(self, name: str, node: ast.AST) -> None:
        if name.partition(".")[0] in BUILT_ON_TORCH:
            self.note(name.partition(".")[0], node)

    def visit_Try(self, node: ast.Try) -> None:
        prepared = any(map(takes_import_error, node.handlers))
        self.spared += prepared
        for part in node.body:
            self.visit(part)
        self.spared -= prepared
        for part in [*node.handlers, *node.orelse, *node.finalbody]:
            self.visit(part)

    # ---- definitions ----

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.assign(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
        if isinstance(node.target, ast.Name):
            declared = self.meaning(node.annotation)
            self.bind(node.target.id, self.meaning(node.value) or (Instance(declared) if declared == TENSOR else None))
        else:
            self.visit(node.target)

    def assign(self, target: ast.AST, value: ast.AST | None) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, self.meaning(value))
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            for i, part in enumerate(target.elts):
                self.assign(part, values[i] if len(values) == len(target.elts) else None)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, None)
        else:
            self.visit(target)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self.assign(node.target, None)
        for part in [*node.body, *node.orelse]:
            self.visit(part)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, None)
        for part in node.body:
            self.visit(part)

    visit_AsyncWith = visit_With

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.assign(node.target, node.value)

    def visit_ListComp(self, node: Any) -> None:
        self.scopes.append({})
        for generator in node.generators:
            self.visit(generator.iter)
            self.assign(generator.target, None)
        for part in [
            *(i for g in node.generators for i in g.ifs),
            *([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]),
        ]:
            self.visit(part)
        self.scopes.pop()

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.bind(node.name, None)
        for part in [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d)]:
            self.visit(part)
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        scope: dict[str, Any] = {}
        for argument in filter(None, arguments):
            if argument.annotation is not None:
                self.visit(argument.annotation)
            scope[argument.arg] = Instance(TENSOR) if self.meaning(argument.annotation) == TENSOR else None
        if node.returns is not None:
            self.visit(node.returns)
        if arguments[0] is not None and isinstance(self.scopes[-1].get(None), OwnClass):
            scope[arguments[0].arg] = self.scopes[-1][None]
        self.inside(scope, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.inside({argument.arg: None for argument in node.args.args}, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(part)
        bases: list[str] = []
        names = set(defined_in(node))
        for meaning in map(self.meaning, node.bases):
            bases += [meaning] if isinstance(meaning, str) else meaning.bases if isinstance(meaning, OwnClass) else []
            names |= meaning.names if isinstance(meaning, OwnClass) else set()
        own = OwnClass(tuple(bases), frozenset(names))
        self.bind(node.name, own)
        self.inside({None: own}, node.body)

    def inside(self, scope: dict[Any, Any], body: list[Any]) -> None:
        self.scopes.append(scope)
        for part in body:
            self.visit(part)
        self.scopes.pop()

    # ---- uses ----

    def visit_Name(self, node: ast.Name) -> None:
        meaning = self.lookup(node.id)
        if isinstance(node.ctx, ast.Load) and isinstance(meaning, str) and not any(node.id in scope for scope in self.scopes):
            self.note(meaning, node)  # from a star import

    def visit_Attribute(self, node: ast.Attribute) -> None:
        owner = self.meaning(node.value)
        if isinstance(owner, (str, Instance)):
            path = self.attribute(owner, node.attr)
            if path:
                self.note(path, node)
        elif isinstance(owner, OwnClass):
            self.member(owner, node)
        elif node.attr in torch_names()[TENSOR]:
            if node.attr in ELSEWHERE:
                self.unknown.add(node.attr)
            else:
                self.note(f"{TENSOR}.{node.attr}", node, sure=False)
        if not isinstance(owner, str) or not isinstance(node.value, (ast.Name, ast.Attribute)):
            self.visit(node.value)

    def member(self, owner: OwnClass, node: ast.Attribute) -> None:
        """An attribute of ``self``: what the class does not define comes from torch's class that it inherits."""
        if node.attr in owner.names:
            return
        base = next((b for b in owner.bases if node.attr in members_of(b)), None)
        if base:
            self.note(f"{class_with(base, node.attr)}.{node.attr}", node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in ("getattr", "hasattr", "setattr") and len(node.args) > 1:
            self.by_text(node)
        elif isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec", "__import__"):
            self.notes.append((node.lineno, f"what {node.func.id}(...) does is not read"))
        self.generic_visit(node)

    def by_text(self, node: ast.Call) -> None:
        owner, name = self.meaning(node.args[0]), node.args[1]
        if not isinstance(owner, str):
            return
        assert isinstance(node.func, ast.Name)
        if not isinstance(name, ast.Constant):
            self.notes.append((node.lineno, f"{node.func.id}({owner}, ...) with a name made when it runs"))
        elif node.func.id == "getattr" and len(node.args) == 2:
            self.note(f"{owner}.{name.value}", node)


def members_of(path: str) -> list[str]:
    """The public members of a class of torch's, as far as its names are listed."""
    return torch_names().get(path if path in CLASSES else root_of(path), [])


def root_of(path: str) -> str:
    """The class at the root of torch's modules, or of its optimizers."""
    return "torch.nn.Module" if path.startswith("torch.nn.") else "torch.optim.Optimizer" if path.startswith("torch.optim.") else ""


def class_with(path: str, name: str) -> str:
    """The class whose list of members has `name`."""
    return path if path in CLASSES else root_of(path)


def defined_in(node: ast.ClassDef) -> Iterator[str]:
    """What a class binds: its methods and attributes, and those its methods give to ``self``."""
    for part in ast.walk(node):
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield part.name
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
            yield part.attr


def result_of(function: Any) -> Any:
    """What a call gives, where torch's names tell: of a class its instance, of an op or a well-known function a tensor."""
    if isinstance(function, OwnClass):
        return function
    if not isinstance(function, str):
        return None
    parent, _, name = function.rpartition(".")
    try:
        found = find(function)
    except LookupError:
        return None
    if isinstance(found, type):
        return Instance(TENSOR) if name.endswith("Tensor") else Instance(function) if members_of(function) else None
    known = isinstance(found, Op) and found.shapes.rpartition("->")[2].count("(") < 2
    known = known or (parent == "torch.nn.functional" and "indices" not in name and name != "multi_head_attention_forward")
    return Instance(TENSOR) if parent in TENSOR_MAKERS and (known or name in GIVE_TENSORS.split()) else None


def uses(source: str, filename: str = "<text>") -> Reader:
    """Read a source text."""
    reader = Reader()
    reader.visit(ast.parse(source, filename))
    return reader
