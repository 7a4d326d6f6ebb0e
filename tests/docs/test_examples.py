"""README, docs and docstrings are true: their Python runs, their output is what it prints, their links lead somewhere."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import minitorch_nlp

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def modules():
    names = [m.name for m in pkgutil.walk_packages(minitorch_nlp.__path__, "minitorch_nlp.")]
    return [n for n in names if not n.startswith("minitorch_nlp.examples")]


@pytest.mark.parametrize("name", modules())
def test_docstrings(name):
    module = importlib.import_module(name)
    results = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert results.failed == 0


def test_there_are_docstring_examples():
    finder = doctest.DocTestFinder()
    count = sum(len(t.examples) > 0 for n in modules() for t in finder.find(importlib.import_module(n)))
    assert count > 30


def test_readme_runs_and_prints_what_it_says(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    code = "\n".join(body for language, body in blocks if language == "python")
    shown = "".join(body for language, body in blocks if language == "")
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(shown), done.stdout


def test_readme_script_prints_the_same_under_pytorch(tmp_path):
    pytest.importorskip("torch")
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    code = (
        next(body for language, body in blocks if language == "python").replace("minitorch_nlp", "torch").replace("torch as torch", "torch")
    )
    shown = next(body for language, body in blocks if language == "")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.stdout == shown, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_paths_in_text_exist(page):
    """Names of files in backticks are real."""
    for path in re.findall(r"`((?:tests|examples|docs|benchmarks|minitorch_nlp)/[\w./]+\.\w+)`", page.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), f"{page.name} names {path}"
