"""The command line: ``minitorch-nlp demo`` trains a character language model on real English."""

from __future__ import annotations

import argparse
import sys

from . import __version__

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="minitorch-nlp", description="PyTorch's nn.Module world on plain NumPy, for NLP.")
    parser.add_argument("--version", action="version", version=f"minitorch-nlp {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="train a character language model; its options follow (try: demo --help)", add_help=False)
    demo.add_argument("options", nargs=argparse.REMAINDER)
    args, rest = parser.parse_known_args(argv)
    from .examples import char_lm

    char_lm.main([*rest, *args.options])
    return 0


if __name__ == "__main__":
    sys.exit(main())
