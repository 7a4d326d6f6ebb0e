"""Counts against plain loops, PPMI against its formula, SVD against NumPy's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch_nlp as torch
from minitorch_nlp.text import cooccurrence, ppmi, truncated_svd

sparse = pytest.importorskip("scipy.sparse")
V = 5
SENTENCES = st.lists(st.lists(st.integers(0, V - 1), max_size=7), max_size=4)


def loop_counts(sentences, window, weighting, symmetric):
    C = np.zeros((V, V))
    for ids in sentences:
        for s in range(len(ids)):
            for t in range(s + 1, min(s + window, len(ids) - 1) + 1):
                weight = 1 if weighting == "uniform" else 1 / (t - s)
                C[ids[s], ids[t]] += weight
                if symmetric:
                    C[ids[t], ids[s]] += weight
    return C


def loop_ppmi(C, shift, alpha):
    out = np.zeros(C.shape)
    smooth = [sum(C[:, j]) ** alpha if sum(C[:, j]) else 0 for j in range(C.shape[1])]
    for i in range(C.shape[0]):
        for j in range(C.shape[1]):
            if C[i, j]:
                joint, word, context = C[i, j] / C.sum(), sum(C[i]) / C.sum(), smooth[j] / sum(smooth)
                out[i, j] = max(0.0, math.log(joint / (word * context)) - math.log(shift))
    return out


@given(SENTENCES, st.integers(1, 8), st.sampled_from(["uniform", "inverse"]), st.booleans())
def test_counts_are_those_of_a_loop(sentences, window, weighting, symmetric):
    found = cooccurrence(sentences, V, window, weighting=weighting, symmetric=symmetric)
    assert found.format == "csr"
    np.testing.assert_allclose(found.toarray(), loop_counts(sentences, window, weighting, symmetric), rtol=1e-12)


@given(SENTENCES, st.sampled_from([1.0, 2.0]), st.sampled_from([1.0, 0.75]), st.booleans())
def test_ppmi_is_its_formula(sentences, shift, alpha, dense):
    C = loop_counts(sentences, 2, "inverse", symmetric=False)
    found = ppmi(C if dense else sparse.csr_array(C), shift=shift, alpha=alpha)
    np.testing.assert_allclose(found.toarray(), loop_ppmi(C, shift, alpha), atol=1e-12)
    assert (found.data > 0).all()


def test_one_sequence_of_any_kind():
    expected = cooccurrence([[0, 1, 0]], 2, 1).toarray().tolist()
    assert expected == [[0, 2], [2, 0]]
    for ids in ([0, 1, 0], np.array([0, 1, 0], np.uint8), torch.tensor([0, 1, 0])):
        assert cooccurrence(ids, 2, 1).toarray().tolist() == expected


def test_nothing_to_count():
    for ids in ([], [3], [[1], [2]]):
        C = cooccurrence(ids, 4)
        assert C.nnz == 0
        assert ppmi(C).nnz == 0
    assert cooccurrence([0, 0, 0], 1, 1).toarray().tolist() == [[4]]
    assert ppmi(cooccurrence([0, 0, 0], 1, 1)).toarray().tolist() == [[0]]


def test_ppmi_leaves_its_argument_alone():
    C = cooccurrence([0, 1, 2, 1], 3)
    before = C.toarray()
    ppmi(C, alpha=0.5)
    assert (C.toarray() == before).all()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: cooccurrence([0, 5], 5), IndexError, "id 5"),
        (lambda: cooccurrence([0], 5, 0), ValueError, "window"),
        (lambda: cooccurrence([0], 5, weighting="no"), ValueError, "weighting"),
        (lambda: cooccurrence(["a"], 5), TypeError, "strings"),
        (lambda: ppmi([[1, -1]]), ValueError, "negative"),
        (lambda: ppmi([[1, math.inf]]), ValueError, "finite"),
        (lambda: ppmi([1, 2]), ValueError, "matrix"),
        (lambda: ppmi([[1]], shift=0), ValueError, "shift"),
        (lambda: truncated_svd(np.eye(3), 4), ValueError, "dim=4"),
        (lambda: truncated_svd(np.full((2, 2), np.nan), 1), ValueError, "nan"),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()


def svd_holds(A, U, S, Vh, tolerance):
    """Singular vectors and values of A, whatever the signs and the order of equal ones."""
    U, S, Vh = U.numpy(), S.numpy(), Vh.numpy()
    exact = np.linalg.svd(A, compute_uv=False)[: len(S)]
    np.testing.assert_allclose(S, exact, atol=tolerance)
    np.testing.assert_allclose(U.T @ U, np.eye(len(S)), atol=tolerance)
    np.testing.assert_allclose(Vh @ Vh.T, np.eye(len(S)), atol=tolerance)
    np.testing.assert_allclose(A @ Vh.T, U * S, atol=tolerance)
    assert (U[np.abs(U).argmax(0), np.arange(len(S))] > 0).all()


@pytest.mark.parametrize(("shape", "dim"), [((7, 4), 2), ((4, 7), 4), ((1, 1), 1), ((600, 700), 4)])
def test_svd(shape, dim):
    A = sparse.random(*shape, density=0.2, random_state=0).toarray()
    for matrix in (A, sparse.csr_array(A), sparse.coo_matrix(A)):
        svd_holds(A, *truncated_svd(matrix, dim), 1e-7)


def test_svd_of_low_rank_and_of_zeros():
    low = np.outer(np.arange(600.0), np.ones(600)) / 1000
    svd_holds(low, *truncated_svd(low, 4), 1e-5)
    for n in (3, 600):
        svd_holds(np.zeros((n, n)), *truncated_svd(sparse.csr_array((n, n)), 2), 0)
    huge = sparse.csr_array((10**6, 10**6))  # must not become dense
    assert truncated_svd(huge, 2)[0].shape == (10**6, 2)


def test_svd_repeats_bit_for_bit():
    A = sparse.random(700, 600, density=0.05, random_state=1)
    state = torch.get_rng_state()
    first, second = truncated_svd(A, 5), truncated_svd(A, 5)
    assert all(torch.equal(a, b) for a, b in zip(first, second))
    assert torch.equal(torch.get_rng_state(), state)


def test_many_ids():
    ids = torch.randint(0, 3000, (500_000,), generator=torch.Generator().manual_seed(0))
    C = cooccurrence(ids, 100_000, window=2)
    assert C.sum() == 2 * (499_999 + 499_998)
