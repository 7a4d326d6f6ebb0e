"""The NLP examples at a reduced size, as a user runs them: each must learn what it says it learns."""

import re

import pytest

from .test_examples import run

pytestmark = pytest.mark.slow


def number(pattern, output):
    """The number in the one place of `output` that matches."""
    found = re.findall(pattern, output)
    assert len(found) == 1, output
    return float(found[0])


# module, options, pattern of a number in the output, the least and the most it may be; what does not learn is outside
CASES = [
    ("count_vectors", "", r"true +false (\S+),", 0.7, 1),
    ("word2vec", "--epochs 2 --dim 32", r"at first, (\S+) at the end", 1, 2.8),
    ("word2vec", "--model cbow --epochs 2 --dim 32", r"at first, (\S+) at the end", 1, 2.9),
    ("word_lm", "--epochs 2 --width 48 --layers 1 --lr 0.01 --dropout 0.1", r"this model (\d+)", 50, 180),  # word frequencies: 198
    ("masked_lm", "--steps 150 --width 32 --layers 1 --length 24 --lr 0.01", r"text found: (\S+)%", 6, 50),  # always "the": 4.8
    ("gpt", "--steps 60 --width 48 --layers 2 --vocabulary 300 --length 40 --lr 0.01", r", (\S+) bits per character", 2, 4.7),
    ("dates", "--examples 6000 --width 64 --epochs 3 --batch 32 --lr 0.01", r"unseen dates: (\S+)%", 97, 100),
    ("number_words", "--steps 110 --layers 1 --width 32 --batch 64 --lr 0.01 --numbers 5000", r"unseen numbers: (\S+)%", 40, 100),
    ("brackets", "--steps 60 --longest 8", r"after +balanced (\S+)%", 90, 100),
    ("smooth_critic", "--steps 400 --width 32", r"distance (\S+),", 1.9, 2.15),
    ("spaces", "--steps 80 --width 48 --length 50 --lr 0.02", r"whole words on unseen text: (\S+)", 0.6, 1),
    ("topics", "--epochs 6 --classes 4", r"unseen paragraphs: (\S+)%", 50, 100),  # the commonest topic: 38
]


@pytest.mark.parametrize(("module", "options", "pattern", "least", "most"), CASES, ids=[f"{c[0]} {c[1]}"[:24].strip() for c in CASES])
def test_learns(module, options, pattern, least, most, tmp_path):
    if module == "count_vectors":
        pytest.importorskip("scipy")
    if module == "gpt":
        pytest.importorskip("tokenizers")
    output = run(module, *options.split(), "--out", str(tmp_path))
    assert least <= number(pattern, output) <= most, output
    assert "ANOTHER TEXT" not in output
    pictures = list(tmp_path.glob("*.png"))
    assert pictures, output
    assert all(p.stat().st_size > 5_000 for p in pictures)


def test_skip_gram_finds_sensible_neighbours(tmp_path):
    output = run("word2vec", "--epochs", "4", "--dim", "32", "--out", str(tmp_path))
    neighbours = {line.split()[0]: line.split()[1::2] for line in output.splitlines() if line[:1].isalpha() and "," in line}
    assert "right" in neighbours["left"]
    assert "false" in neighbours["true"]
    header, first = (tmp_path / "skipgram.txt").read_text().splitlines()[:2]
    assert header.split()[1] == "32"
    assert len(first.split()) == 33
