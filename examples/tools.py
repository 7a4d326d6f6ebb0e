"""What the examples have in common: their options, and pictures that do without matplotlib where it is missing."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import minitorch_nlp as torch
from minitorch_nlp.text.plots import finished, new_figure


def options(about: str | None, argv: list[str] | None, **defaults: Any) -> argparse.Namespace:
    """The command line: an option per default, and --seed, --device and --out. Seeds the generator and makes the folder.

    A default that is a pair is (value, help).
    """
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for name, default in defaults.items():
        value, text = default if isinstance(default, tuple) else (default, name.replace("_", " "))
        parser.add_argument("--" + name.replace("_", "-"), type=type(value), default=value, help=text)
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for pictures")
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    return args


def picture(path: Path, plot: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """``plot(*args, path=path, **kwargs)``; says where the picture is, or what to install."""
    try:
        plot(*args, path=path, **kwargs)
    except ImportError as error:
        print(f"no picture: {error}")
        return
    print(f"picture: {path}")


def drawing(draw: Callable[[Any], None], path: Path, size: tuple[float, float] = (6.0, 4.0)) -> None:
    """A picture of what ``draw(axes)`` draws; for `picture`."""
    figure, axes = new_figure("drawing", *size)
    draw(axes)
    finished(figure, path)
