"""`import torch` gives minitorch_nlp: one import finder that says so, and what stands for names of torch's that are not here.

``torch.nn`` and ``minitorch_nlp.nn`` are the same module object under two names. Importing a name that is not here does not fail, because
many scripts import more than they use; using it does, with the name in full. Where the script is prepared for a failing import
(``try: ... except ImportError:``) it fails at once, so that the script goes its other way.
"""

from __future__ import annotations

import ast
import dis
import linecache
import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec
from types import FrameType, ModuleType
from typing import Any, NoReturn

from .missing import explains_missing, torch_names
from .support import support
from .tensor import numpy_protocol

__all__ = ["Missing", "as_torch", "install", "nearest", "uninstall"]

OURS = "minitorch_nlp"
IMPORT_SYSTEM = {__name__, "importlib", "importlib._bootstrap", "_frozen_importlib"}
IMPORT_FROM, EXTENDED_ARG = dis.opmap["IMPORT_FROM"], dis.opmap["EXTENDED_ARG"]
TAKES_IMPORT_ERROR = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
# Packages whose compiled code, or whose models, are made of PyTorch itself.
BUILT_ON_TORCH = {
    "torchvision": "images can be read with Pillow, and a Dataset of your own made of them",
    "torchaudio": "sound files can be read with the standard library's wave",
    "torchtext": "PyTorch has given it up; torch.utils.data and collections.Counter do what most scripts want of it",
    "transformers": "its models are written for PyTorch's compiled code; its tokenizers work where it is installed",
    "pytorch_lightning": "a training loop of your own needs nothing but torch",
    "torch_geometric": "it needs compiled extensions of PyTorch",
}
INSTALLED_IS_FINE = {"transformers"}  # its tokenizers work without PyTorch
SAFETENSORS = f"{OURS}.safetensors"  # what safetensors.torch is then


# ---- who imports -------------------------------------------------------------------------------------------------------------------


def importer() -> FrameType | None:
    """The frame of the code whose import statement is being executed."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__")).removesuffix("_external") in IMPORT_SYSTEM:
        frame = frame.f_back
    return frame


def imports_from(frame: FrameType) -> bool:
    """Whether the frame stands at a ``from x import y``, rather than at an ``x.y``."""
    code, place = frame.f_code.co_code, frame.f_lasti
    while code[place] == EXTENDED_ARG:  # Python 3.10 stands at the prefix, later ones behind it
        place += 2
    return code[place] == IMPORT_FROM


def only_asks(frame: FrameType | None) -> bool:
    """Whether this is no import, but ``importlib.util.find_spec``."""
    return frame is not None and frame.f_globals.get("__name__") == "importlib.util"


def takes_import_error(handler: ast.ExceptHandler) -> bool:
    named = [] if handler.type is None else list(ast.walk(handler.type))
    return handler.type is None or any(isinstance(n, ast.Name) and n.id in TAKES_IMPORT_ERROR for n in named)


def is_prepared(frame: FrameType | None) -> bool:
    """Whether the line being executed stands in a ``try`` that takes an ImportError."""
    if frame is None:
        return False
    line = frame.f_lineno
    try:
        tree = ast.parse("".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals)))
    except SyntaxError:
        return False
    return any(
        isinstance(node, ast.Try)
        and any(part.lineno <= line <= (part.end_lineno or part.lineno) for part in node.body)
        and any(map(takes_import_error, node.handlers))
        for node in ast.walk(tree)
    )


# ---- what is not here --------------------------------------------------------------------------------------------------------------


def nearest(path: str) -> str | None:
    """The name most like a missing one among those that are here: the same word elsewhere in torch, or one like it in the same module."""
    from difflib import get_close_matches

    parent, _, word = path.rpartition(".")
    for space, names in torch_names().items():
        if word in names and support(f"{space}.{word}").status in ("supported", "differs"):
            return f"{space}.{word}"
    module = sys.modules.get(parent.replace("torch", OURS, 1))
    here = [n for n in dir(module) if not n.startswith("_")] if module and len(word) > 3 else []
    near = get_close_matches(word, here, n=1, cutoff=0.8)
    return f"{parent}.{near[0]}" if near else None


class Missing(ModuleType):
    """A module or a name of torch's that is not here. It can be imported and named in annotations; any other use raises."""

    def __init__(self, name: str, frame: FrameType | None = None) -> None:
        super().__init__(name, f"{name} is not supported.")
        self.__path__: list[str] = []
        self.__where = f" (imported at {frame.f_code.co_filename}:{frame.f_lineno})" if frame else ""

    def __text(self, path: str) -> str:
        near = nearest(path)
        return f"{path}{self.__where} is not supported by minitorch_nlp" + (f"; the nearest name there is: {near}" if near else "")

    def __getattr__(self, name: str) -> Any:
        path = f"{self.__name__}.{name}"
        if not name.startswith("__"):
            frame = sys._getframe(1)
            if imports_from(frame) and not is_prepared(frame):
                return Missing(path, frame)
        raise AttributeError(self.__text(path), name=name)

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(self.__text(self.__name__))

    __mro_entries__ = __instancecheck__ = __subclasscheck__ = __iter__ = __enter__ = __call__

    def __getitem__(self, item: Any) -> Missing:
        return self

    def __or__(self, other: Any) -> Missing:
        return self

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<not supported: {self.__name__}>"


def deferring(module: ModuleType) -> Any:
    """A module's ``__getattr__`` that lets ``from module import name`` have a `Missing` for what is not there."""
    ask = module.__dict__.get("__getattr__") or explains_missing(module.__name__)
    here = module.__name__.replace(OURS, "torch", 1)

    def no_attribute(name: str) -> Any:
        try:
            return ask(name)
        except AttributeError:
            frame = sys._getframe(1)
            if name.startswith("__") or not imports_from(frame) or is_prepared(frame):
                raise
        return Missing(f"{here}.{name}", frame)

    return no_attribute


# ---- the finder --------------------------------------------------------------------------------------------------------------------


class SameModule(Loader):
    """Gives a module under another name: the very object."""

    def __init__(self, finder: AliasFinder, real: str, as_torch: bool = True) -> None:
        self.finder, self.real, self.as_torch = finder, real, as_torch

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self.real)
        self.own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.own  # the import system has put that of the alias there
        if self.as_torch:
            self.finder.watch(module)


class NoModule(Loader):
    """Gives a `Missing`."""

    def __init__(self, finder: AliasFinder, frame: FrameType | None) -> None:
        self.finder, self.frame = finder, frame

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Missing(spec.name, self.frame)

    def exec_module(self, module: ModuleType) -> None:
        self.finder.stubs.append(module.__name__)


class SafetensorsLoader(SourceFileLoader):
    """Loads the package safetensors, whose `safe_open` then gives tensors of ours."""

    finder: AliasFinder

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        self.finder.give_tensors(module)


def opener(theirs: Any) -> Any:
    """safetensors' `safe_open`, with ours for torch's tensors."""

    def safe_open(filename: Any, framework: str, *args: Any, **options: Any) -> Any:
        ours = framework in ("pt", "torch", "pytorch")
        return (import_module(SAFETENSORS).safe_open if ours else theirs)(filename, framework, *args, **options)

    return safe_open


class AliasFinder(MetaPathFinder):
    """Imports of each name in `names` get the module it stands for."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.stubs: list[str] = []
        self.opening: tuple[Any, Any] | None = None
        self.watched: list[tuple[ModuleType, dict[str, Any]]] = []

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        root, dot, rest = fullname.partition(".")
        if root not in self.names:
            return self.beside_torch(fullname) if self.names.get("torch") == OURS else None
        real = self.names[root] + dot + rest
        if exists(real):
            return ModuleSpec(fullname, SameModule(self, real, self.names[root] == OURS))
        if self.names[root] != OURS or is_prepared(frame := importer()) or only_asks(frame):
            return None
        return ModuleSpec(fullname, NoModule(self, frame), is_package=True)

    def beside_torch(self, name: str) -> ModuleSpec | None:
        """Of other packages: safetensors gives tensors of ours, those built on PyTorch say so."""
        if name == "safetensors.torch":
            return ModuleSpec(name, SameModule(self, SAFETENSORS, as_torch=False))
        if name == "safetensors":
            spec = PathFinder.find_spec(name)
            if spec is not None and spec.origin is not None:
                spec.loader = SafetensorsLoader(name, spec.origin)
                spec.loader.finder = self
            return spec
        if name in BUILT_ON_TORCH and not only_asks(importer()):
            self.explain(name)
        return None

    def give_tensors(self, safetensors: Any) -> None:
        self.opening = safetensors, safetensors.safe_open
        safetensors.safe_open = opener(safetensors.safe_open)

    def explain(self, package: str) -> None:
        if package not in INSTALLED_IS_FINE or PathFinder.find_spec(package) is None:
            text = f"{package} is built on PyTorch and does not run on minitorch_nlp: {BUILT_ON_TORCH[package]}"
            raise ModuleNotFoundError(text, name=package)

    def watch(self, module: ModuleType) -> None:
        """From now on, let importing what `module` does not have wait for its first use."""
        if module.__name__.partition(".")[0] == OURS and all(module is not seen for seen, _ in self.watched):
            own = module.__dict__
            self.watched.append((module, {name: own[name] for name in ("__getattr__", "__path__") if name in own}))
            own["__getattr__"] = deferring(module)
            own.setdefault("__path__", [])  # so that a submodule it does not have is asked of this finder


def exists(name: str) -> bool:
    try:
        return name in sys.modules or find_spec(name) is not None
    except ModuleNotFoundError:  # a parent that is none
        return False


installed: list[AliasFinder] = []


def install(names: dict[str, str] | None = None) -> AliasFinder:
    """From now on ``import torch`` gives minitorch_nlp; with `names`, imports of its keys give the modules they are mapped to.

    Raises:
        ImportError: such a name is imported already, and is something else.
    """
    names = {"torch": OURS} if names is None else names
    for name, real in names.items():
        loaded = sys.modules.get(name)
        if loaded is not None and loaded is not sys.modules.get(real):
            raise ImportError(f"{name} is already imported in this process; start a new one to have {real} under that name", name=name)
    finder = AliasFinder(dict(names))
    sys.meta_path.insert(0, finder)
    installed.append(finder)
    if names.get("torch") == OURS:
        numpy_protocol.scripts.append(finder)
    if "safetensors" in sys.modules and names.get("torch") == OURS:
        finder.give_tensors(sys.modules["safetensors"])
    return finder


def uninstall(finder: AliasFinder) -> None:
    """Take back what `install` did."""
    sys.meta_path.remove(finder)
    installed.remove(finder)
    if finder in numpy_protocol.scripts:
        numpy_protocol.scripts.remove(finder)
    for module, before in reversed(finder.watched):
        for name in ("__getattr__", "__path__"):
            del module.__dict__[name]
        module.__dict__.update(before)
    for name in finder.stubs:
        parent, _, word = name.rpartition(".")
        sys.modules[parent].__dict__.pop(word, None)
    for name in [n for n in sys.modules if n.partition(".")[0] in finder.names]:
        del sys.modules[name]
    if finder.opening is not None:
        package, package.safe_open = finder.opening
        package.__dict__.pop("torch", None)
        sys.modules.pop("safetensors.torch", None)


class as_torch:
    """Let ``import torch`` give minitorch_nlp, from now on or for a ``with`` block; for notebooks.

    with minitorch_nlp.as_torch():
        import torch
        from torch.nn import functional as F
    """

    def __init__(self) -> None:
        self.finder = install()

    def __enter__(self) -> ModuleType:
        return import_module(OURS)

    def __exit__(self, *exc: object) -> None:
        uninstall(self.finder)
