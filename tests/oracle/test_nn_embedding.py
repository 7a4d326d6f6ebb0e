"""Embedding, EmbeddingBag and AdaptiveLogSoftmaxWithLoss against PyTorch; row-sparse gradients and the optimizers that take them."""

import itertools
import warnings

import numpy as np
import pytest

import minitorch_nlp as ours

torch = pytest.importorskip("torch")

from .test_nn import Side, compare  # noqa: E402

BAG = "m(ints(7, (9,)), torch.tensor([0, 2, 2, 9]){})"
SORTED_LAST = "m(ints(7, (9,)), torch.tensor([0, 0, 2, 7, 9]))"
BAG_OPTIONS = ("", "max_norm=1.0", "padding_idx=2", "padding_idx=-5, include_last_offset=True", "max_norm=0.5, norm_type=1.0")
CASES = [
    ("nn.Embedding(7, 3, max_norm=1.0)", "m(ints(7, (2, 9)))"),
    ("nn.Embedding(7, 3, max_norm=0.5, norm_type=1.0, padding_idx=1)", "m(ints(4, (2, 9)))"),
    ("nn.Embedding(7, 3, max_norm=2.0, norm_type=inf, scale_grad_by_freq=True)", "m(ints(7, (2, 9)))"),
    ("nn.Embedding(4, 3).eval()", "m(ints(4, (2, 0)))"),
    ("nn.Embedding(4, 3)", "m(ints(4, (2, 5)).int())"),
    ("nn.Embedding.from_pretrained(const(4, 2), False, 1, 1.0, 1.0, True)", "m(ints(4, (5,)))"),
    ("None", "F.embedding(ints(4, (2, 3)), f(4, 5) * 2, -1, 1.5, scale_grad_by_freq=True)"),
    ("None", "torch.embedding(f(4, 5), ints(4, (2, 3)))"),
    ("None", "torch.embedding(f(4, 5), ints(4, (2, 3)), 1, True)"),
    *((f"nn.EmbeddingBag(7, 3, mode='{mode}', {o})", call) for mode in ("sum", "mean", "max") for o in BAG_OPTIONS
      for call in (BAG.format(""), SORTED_LAST, "m(ints(7, (4, 3)))", "m(torch.tensor([2, 2, 2]), torch.tensor([0, 1]))")),
    *((f"nn.EmbeddingBag(3, 2, mode='{mode}', scale_grad_by_freq=True)", "m(torch.tensor([[0, 1], [2, 2], [1, 0]]))")
      for mode in ("sum", "mean")),
    ("nn.EmbeddingBag(7, 3, mode='sum')", BAG.format(", f(9)")),
    ("nn.EmbeddingBag(7, 3, mode='sum', padding_idx=2)", BAG.format(", f(9)")),
    ("nn.EmbeddingBag(7, 3, mode='sum', include_last_offset=True)", BAG.format(", per_sample_weights=f(9)")),
    ("nn.EmbeddingBag(7, 3, mode='sum')", "m(ints(7, (4, 3)), per_sample_weights=f(4, 3))"),
    ("nn.EmbeddingBag(7, 3)", "m(ints(7, (0,)), torch.tensor([0, 0]))"),
    ("nn.EmbeddingBag(7, 3)", "m(ints(7, (0, 4)))"),
    ("nn.EmbeddingBag(7, 3)", "m(ints(7, (4,)).int(), torch.tensor([0, 2]).int())"),
    ("nn.EmbeddingBag.from_pretrained(const(4, 2), mode='max')", "m(ints(4, (5, 2)))"),
    ("nn.EmbeddingBag.from_pretrained(const(4, 2), False, padding_idx=0, mode='sum')", "m(ints(4, (5, 2)))"),
    ("None", "F.embedding_bag(ints(4, (5,)), f(4, 3), torch.tensor([0, 2]), mode='sum', per_sample_weights=f(5))"),
    ("None", "F.embedding_bag(f(4, 3), ints(4, (5,)), torch.tensor([0, 2]))"),
    ("None", "torch.embedding_bag(f(4, 3), ints(4, (5,)), torch.tensor([0, 2]), mode=1)[0]"),
    *((f"nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 9], {o})", call) for o in ("", "head_bias=True", "div_value=2.0") for call in (
        "m(f(12, 16), ints(20, (12,)))", "m(f(5, 16), torch.tensor([0, 3, 1, 2, 0]))", "m(f(2, 16), torch.tensor([12, 19]))",
        "m(f(16), torch.tensor(7))", "m.log_prob(f(3, 16))", "m.predict(f(30, 16) * 9)", "m.predict(f(1, 16))")),
    ("nn.AdaptiveLogSoftmaxWithLoss(4, 5, (2,))", "m(f(3, 4) * 1e4, torch.tensor([0, 2, 4]))"),
]  # fmt: skip


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-10)])
def test_cases(dtype, tolerance):
    failures = []
    for module, call in CASES:
        try:
            compare(module, call, dtype, tolerance)
        except Exception as error:
            failures.append(f"{module}: {call}\n    {type(error).__name__}: {error}")
    assert not failures, f"{len(failures)} of {len(CASES)} differ\n" + "\n".join(failures)


ERRORS = [
    ("nn.Embedding(4, 3, max_norm=1.0)", "m(torch.tensor([4]))"),
    ("nn.EmbeddingBag(4, 3, padding_idx=4)", "m"),
    ("nn.EmbeddingBag(4, 3, _weight=torch.ones(2, 2))", "m"),
    ("nn.EmbeddingBag.from_pretrained(torch.ones(2))", "m"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor([1, 2]))"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor([1, 2]), torch.tensor(0))"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor([[1, 2]]), torch.tensor([0]))"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor(1), torch.tensor([0]))"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor([1, 2]), torch.tensor([1]))"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor([1, 2]), torch.tensor([0, 3]))"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor([1, 4]), torch.tensor([0]))"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor([1.0]), torch.tensor([0]))"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor([1]), torch.tensor([0.0]))"),
    ("nn.EmbeddingBag(4, 3, include_last_offset=True)", "m(torch.tensor([1]), torch.tensor([]).long())"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor([[], []]).long())"),
    ("nn.EmbeddingBag(4, 3)", "m(torch.tensor([[1]]), None, f(1, 1))"),
    ("nn.EmbeddingBag(4, 3, mode='sum')", "m(torch.tensor([[1]]), None, f(1, 2))"),
    ("nn.EmbeddingBag(4, 3, mode='sum')", "m(torch.tensor([[1]]), None, f(1, 1).double())"),
    ("nn.EmbeddingBag(4, 3, mode='max', sparse=True)", "m(torch.tensor([[1]]))"),
    ("nn.EmbeddingBag(4, 3, mode='max', scale_grad_by_freq=True)", "m(torch.tensor([[1]]))"),
    ("nn.EmbeddingBag(4, 3, mode='avg')", "m(torch.tensor([[1]]))"),
    ("None", "F.embedding_bag(torch.tensor([[1]]), f(4))"),
    ("None", "F.embedding_bag(torch.tensor([[1]]), torch.ones(4, 2).long())"),
    ("None", "F.embedding_bag(torch.tensor([[1]]), f(4, 2), padding_idx=4)"),
    ("nn.Embedding(4, 3, sparse=True, scale_grad_by_freq=True)", "m(torch.tensor([1]))"),
    *((f"nn.AdaptiveLogSoftmaxWithLoss(4, 9, {cutoffs})", "m") for cutoffs in ("[]", "[3, 2]", "[0, 2]", "[2, 9]", "[2, 2]", "[2.5]")),
    *(("nn.AdaptiveLogSoftmaxWithLoss(4, 9, [3])", f"m({arguments})") for arguments in (
        "f(2, 4), torch.tensor([1, 9])", "f(2, 4), torch.tensor([-1, 0])", "f(2, 4), torch.tensor([1])", "f(4), torch.tensor([1])",
        "f(2, 4), torch.tensor(1)", "f(2, 4), torch.tensor([[1, 2]])")),
]  # fmt: skip


@pytest.mark.parametrize(("module", "call"), ERRORS, ids=lambda text: text)
def test_error_types(module, call):
    raised = []
    for library in (ours, torch):
        with warnings.catch_warnings(), pytest.raises(Exception) as error:
            warnings.simplefilter("ignore")
            Side(library, "float32").run(module, call)
        raised.append(error.type)
    assert issubclass(raised[0], raised[1]), raised


def test_max_norm_writes_to_the_weight():
    """The rows that were looked up are shortened in the weight itself, which counts as a change of it."""
    results = []
    for library in (ours, torch):
        layer = library.nn.Embedding.from_pretrained(library.arange(8.0).reshape(4, 2), freeze=False, max_norm=1.0)
        before = layer.weight._version
        layer(library.tensor([0, 2, 2]))
        results.append((layer.weight.tolist(), layer.weight._version > before, repr(layer)))
        y = layer.weight * layer.weight
        layer(library.tensor([1]))
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()
    assert np.allclose(results[0][0], results[1][0])
    assert results[0][1:] == results[1][1:]


# ---- row-sparse gradients -------------------------------------------------------------------------------------------------------------

SPARSE = {
    "embedding": ("Embedding(6, 2, sparse=True)", lambda m, t, i: m(t.tensor(i))),
    "padding": ("Embedding(6, 2, padding_idx=1, sparse=True)", lambda m, t, i: m(t.tensor(i))),
    "bag": ("EmbeddingBag(6, 2, mode='mean', sparse=True, padding_idx=2)", lambda m, t, i: m(t.tensor(i))),
}
ROWS = ([[1, 3], [1, 2]], [[5, 5], [5, 2]], [[0, 1], [2, 3]], [[4, 4], [4, 4]])


def grads(layer):
    g = layer.weight.grad.coalesce()
    return g.indices().numpy(), g.values().numpy()


@pytest.mark.parametrize("case", SPARSE)
def test_gradients(case):
    text, call = SPARSE[case]
    found = []
    for library in (ours, torch):
        library.manual_seed(0)
        layer = eval(f"library.nn.{text}")
        x = call(layer, library, ROWS[0])
        (x * x).sum().backward()
        parts = [*grads(layer), repr(layer.weight.grad.coalesce()), layer.weight.grad.is_sparse, str(layer.weight.grad.layout)]
        call(layer, library, ROWS[1]).sum().backward()  # added to it
        parts += [*grads(layer), layer.weight.grad.to_dense().numpy(), layer.weight.grad.norm().item()]
        (layer.weight * layer.weight).sum().backward()  # makes it dense
        parts += [layer.weight.grad.numpy().copy(), layer.weight.grad.is_sparse]
        call(layer, library, ROWS[1]).sum().backward()
        parts.append(layer.weight.grad.numpy())
        (g,) = library.autograd.grad(call(layer, library, ROWS[1]).sum(), layer.weight)
        parts.append(g.to_dense().numpy())
        found.append(parts)
    for a, b in zip(*found, strict=True):
        if isinstance(a, np.ndarray):
            np.testing.assert_allclose(a, b, rtol=1e-6)
        else:
            assert a == b or np.isclose(a, b)


OPTIMIZERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "maximize": True}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.3, "initial_accumulator_value": 0.2, "maximize": True}),
    ("SparseAdam", {"lr": 0.1}),
    ("SparseAdam", {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-3, "maximize": True}),
]


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
@pytest.mark.parametrize(("name", "options"), OPTIMIZERS, ids=str)
@pytest.mark.parametrize("case", SPARSE)
def test_training_with_rows(case, name, options):
    """Rows that come and go: weights and state stay PyTorch's, also through a state_dict."""
    text, call = SPARSE[case]
    results = []
    for library in (ours, torch):
        library.manual_seed(0)
        layer = eval(f"library.nn.{text}").double()
        optimizer = getattr(library.optim, name)(layer.parameters(), **options)
        for indices in itertools.islice(itertools.cycle(ROWS), 10):
            y = call(layer, library, indices)
            (y * y * 0.5 + y).sum().backward()
            optimizer.step()
            optimizer.zero_grad()
        state = optimizer.state_dict()
        values = {k: v.tolist() if hasattr(v, "tolist") else v for k, v in state["state"].get(0, {}).items()}
        results.append((layer.weight.tolist(), values, repr(optimizer)))
        again = getattr(library.optim, name)(layer.parameters(), **options)
        again.load_state_dict(state)
        assert again.state_dict()["state"].keys() == state["state"].keys()
    (mine, my_state, text), (theirs, their_state, their_text) = results
    np.testing.assert_allclose(mine, theirs, rtol=1e-12)
    assert list(my_state) == list(their_state)
    for key, value in my_state.items():
        np.testing.assert_allclose(value, their_state[key], rtol=1e-12)
    assert text == their_text.replace("foreach: False", "foreach: None")


@pytest.mark.parametrize(
    ("name", "options"),
    [("Adam", {}), ("AdamW", {}), ("SGD", {"weight_decay": 0.1}), ("Adagrad", {"weight_decay": 0.1})],
    ids=str,
)
def test_optimizers_that_refuse_rows(name, options):
    for library in (ours, torch):
        layer, other = library.nn.Embedding(4, 2, sparse=True), library.nn.Linear(2, 2)
        before = [p.tolist() for p in other.parameters()]
        optimizer = getattr(library.optim, name)([*other.parameters(), layer.weight], lr=0.1, **options)
        other(layer(library.tensor([1, 2]))).sum().backward()
        with pytest.raises(RuntimeError, match="sparse"):
            optimizer.step()
        if library is ours:
            assert [p.tolist() for p in other.parameters()] == before


def test_what_else_refuses_rows_or_asks_for_them():
    for library in (ours, torch):
        layer = library.nn.Embedding(4, 2, sparse=True)
        layer(library.tensor([1, 2])).sum().backward()
        for call in ("clip_grad_norm_([layer.weight], 1.0)", "clip_grad_value_([layer.weight], 1.0)"):
            with pytest.raises(NotImplementedError):
                eval(f"library.nn.utils.{call}")
        with pytest.raises(RuntimeError, match="uncoalesced"):
            layer.weight.grad.indices()
        with pytest.raises(RuntimeError, match="add"):
            layer.weight.grad + layer.weight.detach()
        dense = library.nn.Linear(2, 2)
        dense(library.ones(2)).sum().backward()
        with pytest.raises(RuntimeError, match="dense gradients"):
            library.optim.SparseAdam(dense.parameters()).step()
        for arguments in ({"lr": 0.0}, {"eps": 0.0}, {"betas": (1.0, 0.9)}, {"betas": (0.9, -1.0)}):
            with pytest.raises(ValueError, match="Invalid"):
                library.optim.SparseAdam(dense.parameters(), **arguments)


def test_hooks_see_rows():
    for library in (ours, torch):
        layer = library.nn.Embedding(4, 2, sparse=True)
        seen = []
        layer.weight.register_hook(lambda g, seen=seen: seen.append(g.is_sparse) or g * 2)
        layer(library.tensor([1, 1])).sum().backward()
        assert seen == [True]
        assert layer.weight.grad.coalesce().values().tolist() == [[4.0, 4.0]]
        optimizer = library.optim.SGD([layer.weight], lr=0.1)
        optimizer.zero_grad(set_to_none=False)
        assert layer.weight.grad._nnz() == 0
