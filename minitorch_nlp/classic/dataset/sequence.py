"""Pairs of a question and its answer, as characters: sums, and dates in many ways of writing.

A line of a file is a question filled up with blanks to one length, ``_``, and the answer filled up to one length: ``"16+75  _91  "`` and
``"september 27, 1994           _1994-09-27"``.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...serialization.atomic import replace_file
from . import _files

__all__ = ["get_vocab", "load_data"]

ROWS = 50_000
SEED = 1
FIRST_DAY, LAST_DAY = datetime.date(1970, 1, 1), datetime.date(2021, 12, 31)
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

Pair = tuple[np.ndarray, np.ndarray]
Vocab = tuple[dict[str, int], dict[int, str]]
vocabs: list[Vocab] = []  # of the file loaded last


def load_data(file_name: str = "addition.txt", seed: int | None = 1984) -> tuple[Pair, Pair]:
    """((x_train, t_train), (x_test, t_test)): questions (N, T) and answers (N, L) as character numbers, int64; a tenth is for testing.

    "addition.txt" and "date.txt" are made on first use, 50,000 lines each, and kept in the cache folder. Any other file is yours; it is read if
    it lies beside the script, in a folder ``dataset`` there or one folder up. The lines are shuffled by NumPy's global generator, seeded with
    `seed` unless that is None. Answers begin with ``_``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the lines are not as above.
    """
    path = find(file_name)
    questions, answers = read(path)
    chars = {c: None for pair in zip(questions, answers) for part in pair for c in part}
    char_to_id = {c: i for i, c in enumerate(chars)}
    vocabs[:] = [(char_to_id, {i: c for c, i in char_to_id.items()})]
    x, t = (np.array([[char_to_id[c] for c in line] for line in lines]) for lines in (questions, answers))
    order = np.arange(len(x))
    if seed is not None:
        np.random.seed(seed)
    np.random.shuffle(order)
    x, t = x[order], t[order]
    split = len(x) - len(x) // 10
    return (x[:split], t[:split]), (x[split:], t[split:])


def get_vocab() -> Vocab:
    """(char_to_id, id_to_char) of the file that `load_data` read last."""
    if not vocabs:
        raise RuntimeError("get_vocab: there is no vocabulary before load_data has read a file")
    return vocabs[0]


def find(file_name: str) -> Path:
    """Where the file is; made if it is one of ours and nowhere."""
    cache = _files.cache_folder()
    path = _files.find(file_name, [*_files.folders(), cache])
    if path is not None:
        return path
    if file_name not in MAKERS:
        looked = ", ".join(str(p) for p in _files.folders())
        raise FileNotFoundError(f"load_data: there is no {file_name!r} in {looked}; files made here are {', '.join(MAKERS)}")
    cache.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{line}\n" for line in MAKERS[file_name](random.Random(SEED)))
    replace_file(cache / file_name, lambda file: file.write(text.encode()))
    return cache / file_name


def read(path: Path) -> tuple[list[str], list[str]]:
    """Questions, and answers from their ``_`` on."""
    lines = path.read_text(encoding="utf-8").splitlines()
    marks = [line.find("_") for line in lines]
    questions, answers = [line[:k] for line, k in zip(lines, marks)], [line[k:] for line, k in zip(lines, marks)]
    if not lines or min(marks) < 0 or len({len(q) for q in questions}) > 1 or len({len(a) for a in answers}) > 1:
        raise ValueError(f"{path}: each line must be a question, '_' and an answer; all questions of one length, and all answers")
    return questions, answers


def addition_lines(dice: random.Random) -> Iterator[str]:
    """Different sums of two numbers of one to three digits, short ones as likely as long ones, as far as there are so many."""
    seen: set[tuple[int, int]] = set()
    while len(seen) < ROWS:
        a, b = (dice.randrange(10 ** dice.randint(1, 3)) for _ in range(2))
        if (a, b) not in seen:
            seen.add((a, b))
            yield f"{f'{a}+{b}':7}_{a + b!s:4}"


def date_lines(dice: random.Random) -> Iterator[str]:
    """Dates as people write them."""
    days = (LAST_DAY - FIRST_DAY).days
    for _ in range(ROWS):
        day = FIRST_DAY + datetime.timedelta(dice.randint(0, days))
        yield f"{written(day, dice):29}_{day.isoformat()}"


def written(day: datetime.date, dice: random.Random) -> str:
    """One of several ways to write a day, in capitals, small letters or both."""
    month, name = MONTHS[day.month - 1], DAYS[day.weekday()]
    text = dice.choice(
        (
            f"{month} {day.day}, {day.year}",
            f"{month[:3]} {day.day}, {day.year}",
            f"{name}, {month} {day.day}, {day.year}",
            f"{day.month}/{day.day}/{day.year % 100:02}",
        )
    )
    return dice.choice((text, text.lower(), text.upper()))


MAKERS = {"addition.txt": addition_lines, "date.txt": date_lines}
