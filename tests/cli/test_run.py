"""`minitorch-nlp run`: scripts with `import torch` as their users see them."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import minitorch_nlp


def run(tmp_path, code, *args, options=(), name="script.py"):
    (tmp_path / name).write_text(code, encoding="utf-8")
    return start(tmp_path, *options, name, *args)


def start(tmp_path, *arguments):
    command = [sys.executable, "-W", "error", "-m", "minitorch_nlp.run", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)


def output(tmp_path, code, *args, **named):
    done = run(tmp_path, code, *args, **named)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_modules_are_the_same_objects(tmp_path):
    code = """
import sys
import torch, torch.nn as nn, torch.nn.functional as F, torch.optim.lr_scheduler, torch.backends.cudnn as cudnn
from torch.nn.utils.rnn import pad_sequence
from torch.nn.modules.linear import Linear
from torch import optim
import minitorch_nlp
assert torch is minitorch_nlp and nn is minitorch_nlp.nn and F is minitorch_nlp.nn.functional
assert Linear is nn.Linear and optim is minitorch_nlp.optim and cudnn is minitorch_nlp.backends.cudnn
assert all(sys.modules["minitorch" + "_nlp" + n[5:]] is m for n, m in sys.modules.items() if n.startswith("torch."))
assert torch.nn.__spec__.name == "minitorch_nlp.nn"
print(sum(n.startswith("torch.") for n in sys.modules) > 5)
"""
    assert output(tmp_path, code) == ["True"]


def test_runs_as_python_would(tmp_path):
    (tmp_path / "helper.py").write_text("import torch\nx = torch.ones(2)\n")
    code = "import sys, helper\nprint(__name__, __file__, sys.argv, sys.path[0], helper.x, sys.modules['__main__'].helper is helper)\n"
    folder, script = os.path.realpath(tmp_path), str(tmp_path / "script.py")
    expected = f"__main__ {script} ['script.py', '--lr', '3', '-m'] {folder} tensor([1., 1.]) True"
    assert output(tmp_path, code, "--lr", "3", "-m") == [expected]


def test_a_module(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "train.py").write_text("import sys, torch\nfrom . import __name__ as p\nprint(__name__, p, sys.argv[1:], torch.ones(1))\n")
    done = start(tmp_path, "-m", "package.train", "a", "-b")
    assert done.stdout == "__main__ package ['a', '-b'] tensor([1.])\n", done.stderr


@pytest.mark.parametrize(
    ("code", "status"),
    [("pass", 0), ("import sys; sys.exit(5)", 5), ("raise SystemExit", 0), ("raise SystemExit('no')", 1), ("1 / 0", 1), ("(", 1)],
)
def test_exit_status(tmp_path, code, status):
    assert run(tmp_path, code).returncode == status


def test_traceback_begins_with_the_users_line(tmp_path):
    code = "import torch\n\ndef f():\n    torch.nn.functional.linear(torch.ones(2, 3), torch.ones(4, 5))\n\nf()\n"
    errors = run(tmp_path, code).stderr
    last = errors.rpartition("Traceback")[2]
    files = [line for line in last.splitlines() if line.startswith("  File")]
    assert [f'{tmp_path / "script.py"}", line {n}' in line for n, line in zip((6, 4), files)] == [True, True]
    assert "hint" in last
    assert "runpy" not in errors
    assert "run.py" not in errors


MISSING = """
import torch
from torch.nn import NoSuchLayer
from torch.fx import Graph, symbolic_trace
import torch.fx.node as node
from torch import fx as also_fx
from torch.nn.functional import nothing_like_that as f
def annotated(x: NoSuchLayer | None, y: "Graph") -> Graph[int]: pass
def subclass():
    class T(Graph): pass
for use in (lambda: NoSuchLayer(3), subclass, lambda: isinstance(1, Graph), lambda: node.x, lambda: also_fx.Proxy, lambda: f(1),
            lambda: symbolic_trace(1), lambda: torch.nn.Lineer, lambda: next(iter(Graph))):
    try:
        use()
    except Exception as error:
        print(type(error).__name__, error)
print(hasattr(torch, "no_such_thing"), hasattr(torch.nn, "NoSuchLayer"))
"""


def test_what_is_missing_raises_when_used(tmp_path):
    lines = output(tmp_path, MISSING)
    here = f"{tmp_path / 'script.py'}"
    assert lines[0] == f"NotImplementedError torch.nn.NoSuchLayer (imported at {here}:3) is not supported by minitorch_nlp"
    assert lines[1].startswith("NotImplementedError torch.fx.Graph (imported at ")
    assert lines[2].startswith("NotImplementedError torch.fx.Graph")
    assert lines[3].startswith("AttributeError torch.fx.node.x")
    assert lines[4].startswith("AttributeError torch.fx.Proxy")
    assert lines[5].startswith("NotImplementedError torch.nn.functional.nothing_like_that")
    assert lines[6].startswith("NotImplementedError torch.fx.symbolic_trace")
    assert "did you mean 'Linear'?" in lines[7]
    assert lines[8].startswith("NotImplementedError torch.fx.Graph")
    assert lines[9] == "False False"


def test_a_nearer_name_is_told(tmp_path):
    lines = output(tmp_path, "from torch.nn import Adam\ntry:\n    Adam()\nexcept NotImplementedError as e:\n    print(e)")
    assert lines[0].endswith("the nearest name there is: torch.optim.Adam")


def test_prepared_scripts_go_their_other_way(tmp_path):
    code = """
for statement in ("from torch.nn import NoSuchLayer", "import torch.fx", "from torch.fx import Graph", "from torch import fx"):
    pass
try:
    from torch.nn import NoSuchLayer
except ImportError:
    print("no layer")
try:
    import torch.fx
except (ImportError, OSError):
    print("no module")
try:
    from torch.fx.node import Node
except ModuleNotFoundError:
    print("no node")
"""
    assert output(tmp_path, code) == ["no layer", "no module", "no node"]


@pytest.mark.parametrize("name", ["torchvision", "torchtext", "torchaudio", "transformers"])
def test_packages_made_of_pytorch(tmp_path, name):
    if name == "transformers" and find_spec(name):
        pytest.skip("transformers is installed, and its tokenizers can be used")
    done = run(tmp_path, f"import {name}")
    assert f"ModuleNotFoundError: {name} is built on PyTorch" in done.stderr
    assert done.stderr.count("built on PyTorch") == 1


def test_who_only_asks_is_told_that_they_are_not_there(tmp_path):
    """As transformers does before it chooses what to import."""
    code = """
from importlib.util import find_spec
print([name for name in ("torch", "torch.nn", "torch.no_such_module", "torchaudio", "no_such_package") if find_spec(name)])
"""
    assert output(tmp_path, code) == ["['torch', 'torch.nn']"]


SAFETENSORS = """
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, load_file, load_model, save, save_file, save_model
import safetensors.numpy
save_file({"w": torch.eye(2)}, "w.safetensors", metadata={"format": "pt"})
print(load_file("w.safetensors"), load(save({"x": torch.ones(1)})))
with safe_open("w.safetensors", framework="pt", device="cpu") as f, safe_open("w.safetensors", "np") as g:
    print(f.keys(), f.metadata(), f.get_tensor("w")[1], f.get_slice("w")[:, 1:].shape, type(g.get_tensor("w")).__name__)
print(safetensors.numpy.load_file("w.safetensors")["w"].dtype, safetensors.torch.__name__)
a, b = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
save_model(a, "m.safetensors")
print(load_model(b, "m.safetensors"), torch.equal(a.weight, b.weight))
"""


def test_safetensors_gives_our_tensors(tmp_path):
    lines = output(tmp_path, SAFETENSORS)
    assert lines == [
        "{'w': tensor([[1., 0.],", "        [0., 1.]])} {'x': tensor([1.])}",
        "['w'] {'format': 'pt'} tensor([0., 1.]) torch.Size([2, 1]) ndarray",
        "float32 minitorch_nlp.safetensors", "(set(), []) True",
    ]  # fmt: skip


def test_safetensors_is_itself_again_after_as_torch(tmp_path):
    code = """
import sys, minitorch_nlp, safetensors
theirs = safetensors.safe_open
with minitorch_nlp.as_torch():
    from safetensors.torch import save_file
    save_file({"w": minitorch_nlp.ones(2)}, "w")
    print(safetensors.safe_open("w", framework="pt").get_tensor("w"))
print(safetensors.safe_open is theirs, "safetensors.torch" in sys.modules, hasattr(safetensors, "torch"))
"""
    (tmp_path / "notebook.py").write_text(code)
    done = subprocess.run([sys.executable, "-W", "error", "notebook.py"], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.stdout.splitlines() == ["tensor([1., 1.])", "True False False"], done.stderr


def test_aliases(tmp_path):
    (tmp_path / "mine.py").write_text("value = 3\n")
    code = "import theirs, mine, torch, numeric.linalg\nassert theirs is mine\nprint(theirs.value, numeric.linalg.__name__)"
    options = ("--alias", "theirs=mine", "--alias", "numeric=numpy")
    assert output(tmp_path, code, options=options) == ["3 numpy.linalg"]
    assert start(tmp_path, "--alias", "x", "script.py").returncode == 2


@pytest.mark.parametrize("arguments", [[], ["--book", "script.py"], ["no_such_file.py"]])
def test_refusals(tmp_path, arguments):
    done = start(tmp_path, *arguments)
    assert done.returncode == 2
    assert "minitorch-nlp run: error: " in done.stderr


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_that_are_not_forked_have_the_alias(tmp_path, method):
    if sys.platform == "win32" and method == "forkserver":
        pytest.skip("not on Windows")
    code = f"""
import torch, helper
from torch.utils.data import DataLoader, Dataset
class Squares(Dataset):
    def __len__(self):
        return 4
    def __getitem__(self, i):
        return torch.tensor(float(i)) ** 2 + helper.value
if __name__ == "__main__":
    for batch in DataLoader(Squares(), batch_size=4, num_workers=1, multiprocessing_context="{method}"):
        print(batch)
"""
    (tmp_path / "mine.py").write_text("value = 1\n")
    assert output(tmp_path, code, options=("--alias", "helper=mine")) == ["tensor([ 1.,  2.,  5., 10.])"]


def test_numpy_joins_tensors_to_arrays_as_with_pytorch(tmp_path):
    code = """
import numpy as np, torch
x = torch.arange(3.0)
print(type(np.concatenate([x, x])).__name__, np.stack([x, x]).shape, np.where(x > 1), type(np.exp(x)).__name__)
w = x.clone().requires_grad_()
(g,) = torch.autograd.grad(torch.stack([w * w, torch.cat([w[1:], w[:1]])]).prod(0).sum(), w, create_graph=True)
print(torch.autograd.grad(g.sum(), w)[0])  # the second backward joins Tensors with the same functions
try:
    np.concatenate([w, w])
except RuntimeError as error:
    print("grad" in str(error))
"""
    assert output(tmp_path, code) == ["ndarray (2, 3) (array([2]),) Tensor", "tensor([6., 6., 6.])", "True"]
    assert type(np.concatenate([minitorch_nlp.ones(2)] * 2)) is minitorch_nlp.Tensor


def test_as_torch_in_a_block():
    before = set(sys.modules)
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "torch"}
    try:
        with minitorch_nlp.as_torch() as module:
            import torch
            import torch.fx
            from torch.nn import functional as F

            assert torch is module is minitorch_nlp
            assert F is minitorch_nlp.nn.functional
            assert repr(torch.fx) == "<not supported: torch.fx>"
        assert not hasattr(minitorch_nlp, "fx")
        assert "torch" not in sys.modules
        with pytest.raises(ImportError, match="cannot import name"):
            from minitorch_nlp.nn import NoSuchLayer  # noqa: F401
    finally:
        sys.modules.update(hidden)
    assert not {n for n in set(sys.modules) - before if n.partition(".")[0] == "torch"}


def test_another_torch_is_not_replaced(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", sys)
    with pytest.raises(ImportError, match="already imported"):
        minitorch_nlp.as_torch()


def test_names_beyond_256(tmp_path):
    """An import statement whose bytecode needs a prefix is seen as one too."""
    code = "import torch\n" + "\n".join(f"a{i} = {i}.5" for i in range(300)) + "\nfrom torch.nn import NoSuchLayer\nprint(NoSuchLayer)"
    assert output(tmp_path, code) == ["<not supported: torch.nn.NoSuchLayer>"]
