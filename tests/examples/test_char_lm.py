"""The main job, in real processes: interrupted at any moment and resumed, it ends with the bit-identical model."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time

import pytest

import minitorch_nlp as torch

TEXT = "the quick brown fox jumps over the lazy dog and runs away from the bear. " * 40


def command(tmp_path, out, *extra, steps=60):
    text = tmp_path / "text.txt"
    text.write_text(TEXT, encoding="utf-8")
    options = f"--text {text} --out {out} --steps {steps} --length 16 --batch 4 --width 16 --save-every 1 --seed 3".split()
    return [sys.executable, "-m", "minitorch_nlp.cli", "demo", *options, *extra]


def run(args):
    done = subprocess.run(args, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def digest(path):
    state = torch.load(path)
    h = hashlib.sha256()
    for key, value in sorted(state["model"].items()):
        h.update(key.encode())
        h.update(value.numpy().tobytes())
    return h.hexdigest(), state["losses"]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["lstm", "gpt"])
def test_killed_and_resumed_is_bit_identical(tmp_path, model):
    extra = ("--model", model, "--dropout", "0.1", "--layers", "2")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run(command(tmp_path, whole, *extra))
    path = broken / f"char_{model}.pt"
    dice = random.Random(model)
    kills = 0
    while kills < 3:
        process = subprocess.Popen(command(tmp_path, broken, "--resume", *extra), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not path.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(dice.uniform(0.0, 0.4))
        if process.poll() is not None:
            break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
    assert kills
    run(command(tmp_path, broken, "--resume", *extra))
    assert digest(path) == digest(whole / f"char_{model}.pt")


def test_learns_and_reports(tmp_path):
    output = run(command(tmp_path, tmp_path / "out", "--width", "64", "--save-every", "1000", "--lr", "0.01", steps=250))
    words = output[output.index("validation perplexity") :].replace(",", " ").split()
    unigram, bigram, model = (float(words[words.index(name) + 1]) for name in ("unigram", "bigram", "lstm"))
    assert model < bigram < unigram
    assert "--- before training ---" in output
    assert "--- after training ---" in output
    assert (tmp_path / "out" / "char_lstm.png").stat().st_size > 10_000


def test_text_too_short(tmp_path):
    text = tmp_path / "short.txt"
    text.write_text("too short", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "minitorch_nlp.cli", "demo", "--text", str(text), "--out", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "too short" in done.stderr
