"""Writing a file so that, whenever the program or the machine stops, either the old or the new one is there, whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Any

__all__ = ["replace_file"]


def replace_file(path: str | os.PathLike[str], write: Callable[[Any], None]) -> None:
    """Let ``write(file)`` fill a new file, then put that in the place of `path`.

    The new file grows beside the old one and is on the disk before it takes the name, so the old one is never touched. A
    symbolic link is followed. What is no ordinary file (``/dev/null``, a pipe) is written to directly.

    Raises:
        RuntimeError: the folder is not there, or `path` is a folder.
    """
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise RuntimeError(f"save: parent directory {folder} does not exist; create it first")
    if os.path.isdir(target):
        raise RuntimeError(f"save: {target} is a directory; give the path of a file")
    old = os.stat(target) if os.path.exists(target) else None
    if old is not None and not stat.S_ISREG(old.st_mode):
        with open(target, "wb") as file:
            write(file)
        return
    fresh = os.path.join(folder, f".saving-{os.urandom(8).hex()}.tmp")
    try:
        with open(fresh, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            os.chmod(fresh, stat.S_IMODE(old.st_mode))
        os.replace(fresh, target)
    except BaseException:
        if os.path.exists(fresh):
            os.unlink(fresh)
        raise
    sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Make the new name last through a power failure; only POSIX systems can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
