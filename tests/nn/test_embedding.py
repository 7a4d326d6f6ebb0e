"""Row-sparse gradients, shortened rows, bags: what the comparison with PyTorch does not see."""

import copy

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn
from minitorch_nlp.functional._rows import Rows

F = nn.functional


def sparse_gradient(rows=(5, 7, 5), n=9):
    weight = torch.zeros(n, 2, requires_grad=True)
    F.embedding(torch.tensor(rows), weight, sparse=True).sum().backward()
    return weight.grad


def test_what_a_row_sparse_gradient_is():
    g = sparse_gradient()
    assert (g.shape, g.size(0), g.dim(), g.ndim, g.numel()) == ((9, 2), 9, 2, 2, 18)
    assert (g.sparse_dim(), g.dense_dim(), g._nnz(), g.is_coalesced()) == (1, 1, 3, False)
    assert (g.is_sparse, g.requires_grad, g.is_leaf, g.dtype, str(g.device)) == (True, False, True, torch.float32, "cpu")
    assert g.layout is torch.sparse_coo
    assert g._indices().tolist() == [[5, 7, 5]]
    assert g._values().tolist() == [[1, 1]] * 3
    once = g.coalesce()
    assert (once.indices().tolist(), once.values().tolist(), once.coalesce()._nnz()) == ([[5, 7]], [[2, 2], [1, 1]], 2)
    assert g.to_dense()[:, 0].tolist() == [0, 0, 0, 0, 0, 2, 0, 1, 0]
    assert g.detach() is g.data is g.detach_() is g


def test_its_arithmetic():
    g = sparse_gradient()
    dense = g.to_dense().numpy()
    for result, expected in ((g * 2, dense * 2), (2 * g, dense * 2), (g / 4, dense / 4), (-g, -dense), (g + g, dense * 2)):
        np.testing.assert_array_equal(result.to_dense().numpy(), expected)
    assert (torch.ones(9, 2) + g).tolist() == (dense + 1).tolist()
    assert g.norm().item() == pytest.approx(np.linalg.norm(dense))
    assert g.sum().item() == 6
    kept = g.clone()
    g *= 3
    g /= 2
    np.testing.assert_array_equal(g.to_dense().numpy(), dense * 1.5)
    np.testing.assert_array_equal(kept.to_dense().numpy(), dense)
    assert copy.deepcopy(kept).cpu().to_dense().tolist() == dense.tolist()
    assert kept.to(torch.float64).dtype is torch.float64
    assert kept.zero_()._nnz() == 0
    assert not kept.to_dense().any()


def test_what_it_refuses():
    g = sparse_gradient()
    with pytest.raises(RuntimeError, match=r"add\(sparse, dense\) is not supported"):
        g + torch.ones(9, 2)
    with pytest.raises(AttributeError, match=r"no 'exp'; make it a Tensor with .to_dense\(\)"):
        g.exp()
    with pytest.raises(NotImplementedError, match=r"multiply: a row-sparse gradient cannot be used here; make it dense with .to_dense\(\)"):
        torch.ones(9, 2) * g
    with pytest.raises(NotImplementedError, match="by numbers only"):
        g * torch.ones(2)
    with pytest.raises(RuntimeError, match="uncoalesced"):
        g.values()


def test_it_is_assigned_and_added_to():
    weight = torch.zeros(9, 2, requires_grad=True)
    weight.grad = sparse_gradient()
    F.embedding(torch.tensor([1]), weight, sparse=True).sum().backward()
    assert weight.grad.to_dense()[:, 1].tolist() == [0, 1, 0, 0, 0, 2, 0, 1, 0]
    with pytest.raises(RuntimeError, match="shape and dtype"):
        weight.grad = sparse_gradient(n=8)


@pytest.mark.parametrize("order", ["sparse first", "dense first", "between"])
def test_one_weight_looked_up_and_multiplied(order):
    """A table that is the output layer too gets a dense gradient, however its parts arrive."""
    weight = torch.arange(8.0).reshape(4, 2).requires_grad_()
    look, product = F.embedding(torch.tensor([1, 1, 3]), weight, sparse=True).sum(), (weight * weight).sum()
    other = F.embedding(torch.tensor([0]), weight, sparse=True).sum()
    total = {"sparse first": look + other + product, "dense first": product + look + other, "between": look + product + other}[order]
    total.backward()
    assert weight.grad.tolist() == [[1, 3], [6, 8], [8, 10], [13, 15]]


def test_where_the_gradient_stays_dense():
    """Under create_graph, and where the table is no leaf."""
    weight = torch.ones(4, 2, requires_grad=True)
    y = F.embedding(torch.tensor([1, 1]), weight, sparse=True)
    (g,) = torch.autograd.grad((y * y).sum(), weight, create_graph=True)
    assert not g.is_sparse
    g.sum().backward()
    assert weight.grad.to_dense().tolist() == [[0, 0], [4, 4], [0, 0], [0, 0]]
    weight.grad = None
    F.embedding(torch.tensor([1, 1]), weight * 2, sparse=True).sum().backward()
    assert weight.grad.tolist() == [[0, 0], [4, 4], [0, 0], [0, 0]]


def test_anomaly_detection_looks_into_rows():
    weight = torch.zeros(4, 2, requires_grad=True)
    with torch.autograd.detect_anomaly(), pytest.warns(UserWarning, match="Error detected"), pytest.raises(RuntimeError, match="nan"):
        (F.embedding(torch.tensor([1]), weight, sparse=True).sum() * float("nan")).backward()


def test_an_array_takes_rows():
    rows = Rows(np.array([1, 1, 0]), np.ones((3, 2)), 3)
    array = np.zeros((3, 2))
    same = array
    array += rows
    assert array is same
    assert array.tolist() == (np.zeros((3, 2)) + rows).tolist() == (rows + np.zeros((3, 2))).tolist() == [[1, 1], [2, 2], [0, 0]]
    assert rows.astype(np.float32).dtype == np.float32
    assert not np.isnan(rows).any()


def test_max_norm_is_checked_first_and_counts_as_a_write():
    weight = torch.ones(4, 2)
    with pytest.raises(IndexError, match="index 9, but weight has 4 rows"):
        F.embedding(torch.tensor([0, 9]), weight, max_norm=0.5)
    assert weight.tolist() == [[1, 1]] * 4
    before = weight._version
    F.embedding(torch.tensor([[2, 2]]), weight, max_norm=0.5)
    assert weight._version == before + 1
    np.testing.assert_allclose(weight.norm(dim=1).numpy(), [2**0.5, 2**0.5, 0.5, 2**0.5], rtol=1e-6)


def test_bags():
    table = torch.arange(8.0).reshape(4, 2)
    words, starts = torch.tensor([3, 0, 0, 1]), torch.tensor([0, 1, 1])
    bags = [[[6, 7], [0, 0], [2, 5]], [[6, 7], [0, 0], [2 / 3, 5 / 3]], [[6, 7], [0, 0], [2, 3]]]
    for mode, expected in zip(("sum", "mean", "max"), bags, strict=True):
        np.testing.assert_allclose(F.embedding_bag(words, table, starts, mode=mode).numpy(), expected, rtol=1e-6)
    y, places, sizes, best = torch.embedding_bag(table, words, starts, mode=2)
    assert (places.tolist(), sizes.tolist(), best.tolist()) == ([0, 2, 2, 2], [1, 0, 3], [[3, 3], [-1, -1], [1, 1]])
    with pytest.raises(RuntimeError, match=r"mode must be 0 \(sum\), 1 \(mean\) or 2 \(max\), not 3"):
        torch.embedding_bag(table, words, starts, mode=3)
    with pytest.raises(RuntimeError, match="in increasing order"):
        F.embedding_bag(words, table, torch.tensor([0, 3, 1]))
    with pytest.raises(ValueError, match="it says where the bags start"):
        F.embedding_bag(words, table)


def test_a_bags_frequency_is_the_words():
    """Each word's gradient is divided by how often that word occurs, also where the words before it occur more often."""
    weight = torch.ones(3, 1, requires_grad=True)
    F.embedding_bag(torch.tensor([0, 0, 1]), weight, torch.tensor([0]), mode="sum", scale_grad_by_freq=True).sum().backward()
    assert weight.grad.tolist() == [[1], [1], [0]]


@pytest.mark.parametrize("name", ["Adagrad", "SparseAdam", "SGD"])
def test_rows_without_gradient_stay_as_they_are(name):
    torch.manual_seed(0)
    layer = nn.Embedding(50, 3, sparse=True)
    before = layer.weight.detach().clone()
    optimizer = getattr(torch.optim, name)(layer.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (layer(torch.tensor([7, 40, 7])) ** 2).sum().backward()
        optimizer.step()
    changed = (layer.weight != before).any(dim=1)
    assert changed.nonzero().flatten().tolist() == [7, 40]


def test_a_module_takes_its_rows_along():
    layer = nn.Embedding(4, 2, sparse=True)
    layer(torch.tensor([1, 1])).sum().backward()
    assert layer.double().weight.grad.to_dense().tolist() == [[0, 0], [2, 2], [0, 0], [0, 0]]
    assert layer.weight.grad.dtype is torch.float64


def test_momentum_refuses_rows():
    layer = nn.Embedding(4, 2, sparse=True)
    layer(torch.tensor([1])).sum().backward()
    with pytest.raises(NotImplementedError, match="momentum is not supported for sparse gradients"):
        torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9).step()


def test_a_large_vocabulary_needs_no_clusters_that_no_target_is_in():
    """The gradient of an unused cluster is None, as its layers were not computed."""
    softmax = nn.AdaptiveLogSoftmaxWithLoss(16, 40, [5, 20])
    output, loss = softmax(torch.randn(3, 16), torch.tensor([1, 7, 4]))
    loss.backward()
    assert softmax.tail[0][0].weight.grad is not None
    assert softmax.tail[1][0].weight.grad is None
    np.testing.assert_allclose(softmax.log_prob(torch.randn(4, 16)).exp().sum(1).detach().numpy(), 1, rtol=1e-5)
    assert loss.item() == pytest.approx(-output.mean().item())
