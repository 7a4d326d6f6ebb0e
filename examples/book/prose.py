"""English to learn from: the Penn Treebank where its files are found, else the prose of Python's own help topics."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from minitorch_nlp.classic.dataset import ptb
from minitorch_nlp.text import prose

WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[.,]")


def tokens():
    """All words in order."""
    try:
        corpus, _, id_to_word = ptb.load_data("train")
    except FileNotFoundError:
        return [word for line in prose().lower().splitlines() for word in [*WORD.findall(line), "<eos>"]]
    return [id_to_word[i] for i in corpus.tolist()]


def frequent_words(size, limit=None):
    """(corpus, word_to_id, id_to_word) of the first `limit` words; all but the `size` most frequent are ``<unk>``."""
    text = tokens()[:limit]
    names = [word for word, _ in Counter(text).most_common(size) if word != "<unk>"]
    word_to_id = {word: i for i, word in enumerate(["<unk>", *names[: size - 1]])}
    return np.array([word_to_id.get(word, 0) for word in text]), word_to_id, {i: w for w, i in word_to_id.items()}
