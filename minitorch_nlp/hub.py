"""torch.hub: nothing is downloaded here."""

from __future__ import annotations

import os
from pathlib import Path

from .missing import explains_missing
from .refused import refuse

__all__ = ["download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir"]

__getattr__ = explains_missing(__name__)

NO_DOWNLOAD = "nothing is downloaded here; fetch the file yourself, and read it with torch.load"
download_url_to_file, help, list, load, load_state_dict_from_url = refuse(
    "download_url_to_file help list load load_state_dict_from_url", NO_DOWNLOAD
)
chosen: str | None = None


def get_dir() -> str:
    """Where PyTorch keeps what it downloads: `set_dir`'s folder, else "hub" in $TORCH_HOME, else in ~/.cache/torch."""
    if chosen is not None:
        return chosen
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return str(Path(os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))).expanduser() / "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Set that folder."""
    global chosen
    chosen = os.path.expanduser(d)
