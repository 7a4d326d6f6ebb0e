"""``minitorch-nlp run SCRIPT [ARGS]``: run a script written for PyTorch as it is, on minitorch_nlp."""

from __future__ import annotations

import argparse
import builtins
import os
import runpy
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType

from . import torch_alias

__all__ = ["main", "run_module", "run_script"]

EPILOG = "The script sees itself as __main__; the arguments after it are its own. Also: python -m minitorch_nlp.run SCRIPT [ARGS]"
# What an import of an aliased name finds in a process that the script starts (DataLoader workers that are not forked).
STAND_IN = """import sys
if {root!r} not in sys.path:
    sys.path.append({root!r})
from importlib import import_module
from minitorch_nlp.torch_alias import install
sys.modules.pop({name!r})
install({names!r})
sys.modules[{name!r}] = import_module({name!r})
"""


# What the scripts of "Deep Learning from Scratch 2" import from the folder above them.
BOOK = {"common": "minitorch_nlp.classic", "dataset": "minitorch_nlp.classic.dataset"}


def aliases(pairs: list[str], book: bool = False) -> dict[str, str]:
    """``["a=b"]`` as a dict, beside torch's own and those of the `book`."""
    names = {"torch": "minitorch_nlp"} | (BOOK if book else {})
    for pair in pairs:
        name, equals, module = pair.partition("=")
        if not (equals and name.isidentifier() and module):
            raise ValueError(f"--alias wants NAME=MODULE, not {pair!r}")
        names[name] = module
    return names


@contextmanager
def for_children(names: dict[str, str]) -> Iterator[None]:
    """Let processes that inherit our sys.path find the aliases too."""
    with tempfile.TemporaryDirectory(prefix="minitorch_nlp-") as folder:
        for name in names:
            text = STAND_IN.format(root=str(Path(__file__).parents[1]), name=name, names=names)
            Path(folder, f"{name}.py").write_text(text, encoding="utf-8")
        sys.path.insert(1, folder)
        yield


def run_script(script: str, args: list[str]) -> None:
    """Execute a file as ``python script args`` would."""
    path = os.path.abspath(script)
    if os.path.isdir(path):
        path = os.path.join(path, "__main__.py")
    sys.argv = [script, *args]
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __file__=path, __cached__=None, __loader__=SourceFileLoader("__main__", path))
    code = compile(Path(path).read_bytes(), path, "exec")
    sys.modules["__main__"] = main
    exec(code, main.__dict__)


def run_module(name: str, args: list[str]) -> None:
    """Execute a module as ``python -m name args`` would."""
    sys.argv = [name, *args]
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.getcwd()
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def users(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback from the user's first line on."""
    runner = {__file__, str(Path(__file__).with_name("cli.py")), runpy.__file__, "<frozen runpy>"}
    while traceback is not None and traceback.tb_frame.f_code.co_filename in runner:
        traceback = traceback.tb_next
    return traceback


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="minitorch-nlp run", description="Run a script written for PyTorch on minitorch_nlp, unchanged.", epilog=EPILOG
    )
    parser.add_argument("--alias", action="append", default=[], metavar="NAME=MODULE", help="also let imports of NAME give MODULE")
    parser.add_argument("--book", action="store_true", help='for scripts of "Deep Learning from Scratch 2": its common and dataset, too')
    parser.add_argument("-m", dest="module", nargs=argparse.REMAINDER, metavar="MODULE [ARGS]", help="run a module")
    parser.add_argument("script", nargs=argparse.REMAINDER, metavar="SCRIPT [ARGS]", help="the script, and its own arguments")
    options = parser.parse_args(argv)
    target = options.module or options.script
    if not target or (options.module and options.script):
        parser.error("say which script to run, or -m MODULE")
    try:
        names = aliases(options.alias, options.book)
    except ValueError as error:
        parser.error(str(error))
    if not options.module and not os.path.exists(target[0]):
        parser.error(f"there is no file {target[0]}")
    torch_alias.install(names)
    with for_children(names):
        return execute(bool(options.module), target)


def execute(as_module: bool, target: list[str]) -> int:
    """Run it; the exit status. A SystemExit is passed on, as Python does it."""
    try:
        (run_module if as_module else run_script)(target[0], target[1:])
    except SystemExit:
        raise
    except BaseException as error:
        sys.stdout.flush()
        error.__traceback__ = users(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
