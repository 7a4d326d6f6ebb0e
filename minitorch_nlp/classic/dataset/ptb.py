"""The Penn Treebank as prepared by Mikolov: 10,000 words, rare ones as ``<unk>``, numbers as ``N``. Bring the files yourself."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from . import _files

__all__ = ["load_data", "load_vocab"]

FILES = {"train": "ptb.train.txt", "test": "ptb.test.txt", "valid": "ptb.valid.txt"}
END = "<eos>"


def load_vocab(folder: str | os.PathLike[str] | None = None) -> tuple[dict[str, int], dict[int, str]]:
    """(word_to_id, id_to_word) of the words of ``ptb.train.txt``, numbered in the order they first occur in."""
    word_to_id: dict[str, int] = {}
    for word in words("train", folder):
        word_to_id.setdefault(word, len(word_to_id))
    return word_to_id, {i: w for w, i in word_to_id.items()}


def load_data(data_type: str = "train", folder: str | os.PathLike[str] | None = None) -> tuple[np.ndarray, dict[str, int], dict[int, str]]:
    """(corpus, word_to_id, id_to_word): the words of one of the files as numbers, every line ended by ``<eos>``.

    Args:
        data_type: "train", "test" or "valid" (or "val").
        folder: where ``ptb.train.txt``, ``ptb.test.txt`` and ``ptb.valid.txt`` are. Without it they are looked for in the folder that the environment
            variable MINITORCH_NLP_PTB names, beside the script, in a folder ``dataset`` there or one folder up, and in
            ~/.cache/minitorch_nlp.

    Raises:
        FileNotFoundError: the file is in none of them.
        ValueError: it has a word that ``ptb.train.txt`` does not have.
    """
    kind = "valid" if data_type == "val" else data_type
    if kind not in FILES:
        raise ValueError(f"load_data: data_type must be 'train', 'test' or 'valid', not {data_type!r}")
    word_to_id, id_to_word = load_vocab(folder)
    try:
        corpus = np.array([word_to_id[word] for word in words(kind, folder)])
    except KeyError as error:
        raise ValueError(f"load_data: {FILES[kind]} has the word {error}, which {FILES['train']} does not have") from None
    return corpus, word_to_id, id_to_word


def words(kind: str, folder: str | os.PathLike[str] | None) -> list[str]:
    """The words of a file, each line ended by ``<eos>``."""
    named = folder or os.environ.get("MINITORCH_NLP_PTB")
    places = [Path(named)] if named else [*_files.folders(), _files.cache_folder()]
    path = _files.find(FILES[kind], places)
    if path is None:
        raise FileNotFoundError(
            f"ptb: there is no {FILES[kind]} in {', '.join(map(str, places))}. The Penn Treebank is not part of this package: put "
            f"{', '.join(FILES.values())} into one folder, and name it: load_data(folder=...), or MINITORCH_NLP_PTB=folder in the environment"
        )
    return path.read_text(encoding="utf-8").replace("\n", f" {END} ").split()
