"""The command line: ``minitorch-nlp run | check | compare | demo``."""

from __future__ import annotations

import argparse
import sys

from .version import __version__, own

__all__ = ["main"]

COMMANDS = {
    "run": "run a script written for PyTorch, unchanged",
    "check": "say which names of PyTorch's a script uses, and whether they are here",
    "compare": "run a script here and under PyTorch, and show the first difference",
    "demo": "train a character language model",
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="minitorch-nlp",
        description="PyTorch's nn.Module world on plain NumPy, for NLP.",
        epilog="\n".join(f"  {name:8}{text}" for name, text in COMMANDS.items()) + "\n\nminitorch-nlp COMMAND --help says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    release = __version__.partition("+")[0]
    parser.add_argument("--version", action="version", version=f"minitorch-nlp {own}, which follows PyTorch {release}")
    parser.add_argument("command", choices=COMMANDS, metavar="run | check | compare | demo")
    arguments = sys.argv[1:] if argv is None else argv
    options = parser.parse_args(arguments[:1])
    rest = arguments[1:]
    if options.command == "run":
        from . import run

        return run.main(rest)
    if options.command == "check":
        from . import check

        return check.main(rest)
    if options.command == "compare":
        from . import compare

        return compare.main(rest)
    from .examples import char_lm

    char_lm.main(rest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
