"""Which of the pair runs, and what becomes of it where Numba is missing, broken, or cannot keep what it compiled."""

import os
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

pytest.importorskip("numba")

import minitorch_nlp as torch
import minitorch_nlp.functional as F
from minitorch_nlp import settings
from minitorch_nlp.kernels.choice import SMALLEST, TWINS, UPDATES
from minitorch_nlp.kernels.compiling import available
from minitorch_nlp.kernels.threads import Helpers, Part, in_parts, shared_out
from minitorch_nlp.utils.data import DataLoader, Dataset

from ..hanging import nothing_hangs  # noqa: F401 (a fixture)

pytestmark = pytest.mark.skipif(not available(), reason="MINITORCH_NLP_KERNELS=0")
big = np.random.default_rng(0).standard_normal((300, 700)).astype(np.float32)


def run(code, **environment):
    """Standard error of a fresh interpreter."""
    text = "import numpy as np, minitorch_nlp as torch, sys\nx = torch.randn(100, 200)\n" + code
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env={**os.environ, **environment}, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_numba_is_imported_with_the_first_large_array():
    run("torch.softmax(x[:2, :2], -1); assert 'numba' not in sys.modules; torch.softmax(x, -1); assert 'numba' in sys.modules")


def test_the_environment_turns_kernels_off():
    run("torch.softmax(x, -1); assert 'numba' not in sys.modules", MINITORCH_NLP_KERNELS="0")


def test_a_numba_that_cannot_be_imported(tmp_path):
    (tmp_path / "numba.py").write_text("raise ImportError('built for another NumPy')")
    warned = run("for _ in range(3): torch.softmax(x, -1).sum(); torch.tanh(x)", PYTHONPATH=os.pathsep.join([str(tmp_path), os.getcwd()]))
    assert warned.count("compiled kernels are off") == 1
    assert "built for another NumPy" in warned


def test_nowhere_to_keep_compiled_code():
    """As where neither the package's folder nor the user's can be written."""
    code = """
from numba.core import caching
def refuse(self): raise PermissionError("read-only")
caching._CacheLocator.ensure_cache_path = refuse
for _ in range(2): assert abs(torch.softmax(x, -1).sum().item() - 100) < 1e-3
"""
    warned = run(code)
    assert warned.count("cannot be kept on disk") == 1
    assert "kernels are off" not in warned


def test_a_smaller_or_other_array_is_the_definitions(monkeypatch):
    """A twin that must not run does not."""
    x = big.astype(np.float64)
    for array in (big[:10, :10], x, big.T, big[:, ::2]):
        y = F.softmax.run_forward(array, dim=0)[0]
        np.testing.assert_array_equal(y, F.softmax.forward(array, dim=0)[0])


@pytest.mark.parametrize("name", ["gelu", "softmax", "log_softmax", "layer_norm", "cross_entropy", "attention", "dropout", "conv1d"])
def test_second_derivatives(name):
    """Run by the definition, whatever the first forward saved."""

    def second(x, mask):
        x = torch.tensor(x, requires_grad=True)
        wide = x.shape[-1]
        if name == "attention":
            y = F.scaled_dot_product_attention(x, x, x, is_causal=True)
        elif name == "layer_norm":
            y = F.layer_norm(x, normalized_shape=(wide,))
        elif name == "cross_entropy":
            y = F.cross_entropy(x, torch.arange(len(x)) % wide, reduction="sum")
        elif name == "conv1d":
            y = torch.nn.functional.conv1d(x.repeat(2, 1).reshape(20, 8, 64), x[:6].reshape(16, 8, 3))
        elif name == "dropout":
            y = F.dropout_with_mask(x * x, torch.tensor(mask), p=0.5)
        else:
            y = getattr(F, name)(x)
        (g,) = torch.autograd.grad((y * y * y).sum(), x, create_graph=True)
        return torch.autograd.grad((g * g).sum(), x)[0].numpy()

    x = big[:80, :64]
    mask = x > 0
    exact = second(x.astype(np.float64), mask)
    np.testing.assert_allclose(second(x, mask), exact, rtol=1e-3, atol=1e-4 * np.abs(exact).max())


@pytest.mark.parametrize(
    "run", [lambda x: torch.nn.functional.dropout(x, 0.5), lambda x: torch.nn.functional.scaled_dot_product_attention(x, x, x)]
)
def test_saved_tensors_hooks_see_tensors_only(run):
    """What else a twin saves, numbers of NumPy's types too, is left alone."""

    def gradient(pack, unpack):
        torch.manual_seed(0)
        x = torch.tensor(big, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
            y = run(x)
        return torch.autograd.grad((y * y).sum(), x)[0].numpy()

    found = gradient(lambda t: t.detach().numpy().copy(), torch.from_numpy)
    np.testing.assert_array_equal(found, gradient(lambda t: t, lambda t: t))


# ---- threads and processes --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_threads():
    n = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(n)


def test_set_num_threads_sets_the_kernels_too(two_threads):
    F.softmax(big)
    assert Helpers.count == 2
    torch.set_num_threads(1)
    assert Helpers.count == 1


def test_products_are_held_to_one_thread_by_several(two_threads):
    """Nobody sees it who asks, and who leaves first does not end it."""
    found = settings.blas()
    if found is None:
        pytest.skip("NumPy's BLAS cannot be asked")
    settings.hold_products()
    settings.hold_products()
    assert torch.get_num_threads() == 2
    settings.release_products()
    assert found[0]() == 1
    torch.set_num_threads(3)
    assert found[0]() == 1
    settings.release_products()
    assert found[0]() == torch.get_num_threads() == 3


def test_the_number_of_threads_after_an_error(two_threads):
    def fail(i):
        raise MemoryError("no more")

    with pytest.raises(MemoryError):
        shared_out(fail, [(0,), (1,)])
    assert torch.get_num_threads() == 2


def test_two_python_threads_at_once(two_threads):
    wanted = F.softmax.forward(big)[0]
    wrong = []

    def work():
        for _ in range(50):
            if not np.allclose(F.softmax(big), wanted, rtol=1e-5):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_an_error_in_a_helper_is_raised():
    def fail(n):
        if n:
            raise MemoryError("no more")

    Helpers.use(2)
    with pytest.raises(MemoryError):
        in_parts(fail, [(0,), (1,), (2,)])
    Part(fail, (0,)).run()


def test_no_part_runs_on_after_an_error(two_threads):
    ended = []

    def work(n):
        if n == 0:
            raise MemoryError("no more")
        time.sleep(0.05)
        ended.append(n)

    with pytest.raises(MemoryError):
        in_parts(work, [(0,), (1,), (2,)])
    assert sorted(ended) == [1, 2]


def test_a_helper_warns_as_the_caller_would(two_threads):
    large = np.full((3, 3), 1e30, np.float32)

    def square(i):
        if threading.current_thread() is threading.main_thread():
            time.sleep(0.05)
        large @ large

    with warnings.catch_warnings(), np.errstate(over="raise"):
        warnings.simplefilter("error")
        with pytest.raises(FloatingPointError):
            in_parts(square, [(0,), (1,)])
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("error")
        in_parts(square, [(0,), (1,), (2,)])


class Softmaxes(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        return F.softmax(big * (i + 1)).sum(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_worker_processes(two_threads):
    """Forked after the parent's threads have run: a child has none of them."""
    F.softmax(big)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on, a fork beside threads
        found = [row.numpy() for row in DataLoader(Softmaxes(), batch_size=None, num_workers=2, multiprocessing_context="fork")]
    for i, row in enumerate(found):
        np.testing.assert_allclose(row, F.softmax.forward(big * (i + 1))[0].sum(0), rtol=1e-4)
    np.testing.assert_allclose(F.softmax(big).sum(), len(big), rtol=1e-5)


def test_the_table_names_files_that_exist():
    from pathlib import Path

    import minitorch_nlp.kernels

    folder = Path(minitorch_nlp.kernels.__file__).parent
    assert all((folder / f"{twin.module}.py").exists() for twin in TWINS.values())


def test_nobody_asks_below_the_smallest():
    assert min(twin.smallest for twin in (*TWINS.values(), *UPDATES.values())) >= SMALLEST
