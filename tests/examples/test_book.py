"""The book's examples, chapter by chapter, as a user runs them, at reduced size."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent.parent / "examples" / "book"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run an example; its output. Data and pictures go to a folder of their own."""
    monkeypatch.delenv("MINITORCH_NLP_PTB", raising=False)
    # One thread: the matrices are small, and tests run side by side.
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

    def start(name, *arguments, picture):
        command = [sys.executable, "-W", "error", str(FOLDER / f"{name}.py"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=120)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "out" / picture).stat().st_size > 5_000
        return done.stdout

    return start


def last(kind, output):
    """The number behind `kind` in the last line that has it."""
    return float(re.findall(rf"{kind} ([\d.]+)", output)[-1].rstrip("."))


def test_ch01_spiral(run):
    output = run("ch01_spiral", picture="ch01_spiral.png")
    assert last("loss", output) < 0.2
    assert last("accuracy", output) > 95


def test_ch02_counting(run):
    output = run("ch02_counting", "--words", "300", "--size", "30", "--queries", "can", picture="ch02_counting.png")
    assert last("you and i: cosine", output) > 0.99
    assert "[query] can" in output
    assert re.search(r"^ (must|may|cannot|will|should|to): ", output.split("[query] can")[1], re.MULTILINE)


def test_ch03_cbow(run):
    assert last("loss", run("ch03_cbow", "--epochs", "1000", picture="ch03_cbow.png")) < 0.6


@pytest.mark.parametrize(("model", "below"), [("cbow", 3.9), ("skipgram", 39)])
def test_ch04_word2vec(run, model, below):
    """Guessing costs 6 ln 2 = 4.16 for a word, in skip-gram ten times that."""
    output = run("ch04_word2vec", "--model", model, "--epochs", "1", "--limit", "8000", "--lr", "0.01", picture=f"ch04_{model}.png")
    assert last("loss", output.rpartition(", at first")[0]) < below < last("at first", output)


def test_ch05_rnnlm(run):
    output = run("ch05_rnnlm", "--limit", "300", "--epochs", "100", picture="ch05_rnnlm.png")
    assert last("perplexity", output.rpartition(", at first")[0]) < 50


def test_ch06_lstm(run):
    output = run("ch06_lstm", "--limit", "8000", "--epochs", "2", "--size", "40", "--dropout", "0.1", picture="ch06_lstm.png")
    assert last("best validation perplexity", output) < last("a uniform guess has", output) / 3


def test_ch07_addition(run):
    output = run(
        "ch07_addition", "--rows", "2560", "--epochs", "2", "--tests", "5", "--hidden", "32", "--lr", "0.01", picture="ch07_addition.png"
    )
    assert last("loss", output.rpartition(", at first")[0]) < 2.1
    assert "Q " in output


def test_ch08_dates(run):
    output = run(
        "ch08_dates", "--rows", "1280", "--epochs", "2", "--tests", "3", "--hidden", "32", "--lr", "0.01", picture="ch08_attention.png"
    )
    assert last("loss", output.rpartition(", at first")[0]) < 2.6
