"""The package as a whole: light to import, useful without its extras, and its page in the docs is true."""

import re
import subprocess
import sys
from pathlib import Path

import minitorch_nlp
from minitorch_nlp import text

PAGE = Path(__file__).parent.parent.parent / "docs" / "text.md"


def run(code, **options):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=100, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_name_is_there():
    assert all(callable(getattr(text, name)) or name == "Step" for name in text.__all__)
    assert len(set(text.__all__)) == len(text.__all__)


def test_importing_it_loads_nothing_more():
    code = """
import sys, numpy, minitorch_nlp
before = set(sys.modules)
import minitorch_nlp.text
new = {m.split('.')[0] for m in set(sys.modules) - before}
print(*sorted(new - {'minitorch_nlp'} - set(sys.stdlib_module_names)))
assert not new & {'tqdm', 'multiprocessing', 'asyncio'}, new
"""
    assert run(code).split() == []


def test_without_the_extras_the_rest_works():
    code = """
import sys
for name in ('tokenizers', 'scipy', 'sacrebleu', 'matplotlib'):
    sys.modules[name] = None
from minitorch_nlp import text
needs = {
    'text': [lambda: text.train_bpe(['a'], 300), lambda: text.load_tokenizer('x'), lambda: text.load_gpt2('x', 'y'),
             lambda: text.cooccurrence([0], 1), lambda: text.ppmi([[1]]), lambda: text.truncated_svd([[1]], 1),
             lambda: text.bleu(['a'], ['a']), lambda: text.chrf(['a'], ['a'])],
    'plot': [lambda: text.attention_map([[1]], ['a'], ['a']), lambda: text.embedding_plot([[1]], ['a']), lambda: text.loss_curve([1])],
}
for extra, calls in needs.items():
    for call in calls:
        try:
            call()
        except ImportError as error:
            assert f"pip install 'minitorch-nlp[{extra}]'" in str(error), error
        else:
            raise AssertionError(extra)
corpus = text.prose()[:2000]
vocab = text.Vocab.from_tokens(text.words(corpus), specials=['<unk>'], unk='<unk>')
x, y = next(iter(text.BPTTBatches(vocab.encode(text.words(corpus)), 2, 5)))
text.skipgram_pairs(x.flatten()), text.edit_distance('ab', 'b'), text.WordVectors(['a', 'b'], [[1, 2], [3, 4]]).most_similar('a')
print(x.shape)
"""
    assert run(code).strip() == "torch.Size([5, 2])"


def test_the_page_runs_and_prints_what_it_says(tmp_path):
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    code = "\n".join(body for language, body in blocks if language == "python")
    shown = "".join(body for language, body in blocks if language == "")
    code += "\nimport sys\nassert 'matplotlib.pyplot' not in sys.modules  # the user's own pictures are left alone\n"
    assert run(code, cwd=tmp_path) == shown


def test_the_page_names_everything():
    page = PAGE.read_text(encoding="utf-8")
    missing = [name for name in text.__all__ if not re.search(rf"\b{name}\b", page)]
    assert not missing


def test_tests_run_this_package():
    assert Path(minitorch_nlp.__file__).parent / "text" == Path(text.__file__).parent
