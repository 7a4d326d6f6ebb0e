"""Linear algebra: what the generic test cannot see: errors in words, singular and degenerate matrices, extremes, memory."""

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp.functional import cholesky, det, eigh, inv, lu_factor, matrix_exp, pinv, qr, slogdet, solve, svd, svdvals
from minitorch_nlp.testing import check_sample

linalg = torch.linalg
rng = np.random.default_rng(0)


def real(*shape):
    return rng.standard_normal(shape)


def leaf(data):
    return torch.tensor(data, dtype=torch.float64, requires_grad=True)


SINGULAR = [[1.0, 2.0], [2.0, 4.0]]


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: linalg.inv(torch.tensor(SINGULAR)), linalg.LinAlgError, "linalg.inv: a matrix is singular"),
        (lambda: linalg.inv(torch.ones(2, 3)), RuntimeError, "linalg.inv: square matrices are wanted, these are 2 by 3"),
        (lambda: linalg.inv(torch.ones(3)), RuntimeError, "at least 2 dimensions; it has the shape (3,)"),
        (lambda: linalg.inv(torch.ones(2, 2).long()), RuntimeError, "not int64; convert it with .float()"),
        (lambda: linalg.det(torch.ones(2, 2).half()), NotImplementedError, "linalg.det: not implemented for float16"),
        (lambda: linalg.inv([[1.0]]), TypeError, "argument 'A' must be Tensor, not list"),
        (lambda: linalg.cholesky(torch.tensor(SINGULAR)), linalg.LinAlgError, "not positive-definite"),
        (lambda: linalg.solve(torch.eye(2), torch.ones(3, 1)), RuntimeError, "n = 3, but a has n = 2"),
        (lambda: linalg.solve(torch.eye(2), torch.ones(2).double()), RuntimeError, "float32, float64; cast with .to(dtype)"),
        (lambda: linalg.eigh(torch.eye(2), UPLO="x"), RuntimeError, "UPLO must be 'L' or 'U', not 'x'"),
        (lambda: linalg.eig(torch.eye(2)), NotImplementedError, "no complex tensors here; for symmetric matrices use eigh()"),
        (lambda: linalg.ldl_factor(torch.eye(2)), NotImplementedError, "linalg.ldl_factor is not supported: use cholesky()"),
        (lambda: linalg.svd(torch.eye(2), driver="gesvd"), RuntimeError, "a driver can be chosen on a GPU only"),
        (lambda: linalg.lu(torch.eye(2), pivot=False), RuntimeError, "without pivoting is not implemented"),
        (lambda: linalg.matrix_norm(torch.eye(2), 3), RuntimeError, "order 3 is not supported; use 'fro', 'nuc'"),
        (lambda: torch.addmv(torch.ones(3), torch.ones(2, 4), torch.ones(4)), RuntimeError, "does not broadcast to the product, (2,)"),
        (lambda: torch.tensordot(torch.ones(2, 3), torch.ones(4, 3), 1), RuntimeError, "dimension 1 of a has size 3"),
        (lambda: torch.cdist(torch.ones(2, 3), torch.ones(2, 4)), RuntimeError, "rows of one length"),
        (lambda: linalg.svd(torch.full((2, 2), float("nan"))), linalg.LinAlgError, "did not converge"),
    ],
)
def test_errors_say_op_fact_and_fix(call, kind, text):
    with pytest.raises(kind) as caught:
        call()
    assert text in str(caught.value)


def test_the_determinant_of_a_singular_matrix_has_the_cofactors_as_gradient():
    for matrix in (SINGULAR, [[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], np.zeros((3, 3))):
        x = leaf(matrix)
        linalg.det(x).backward()
        n = len(matrix)
        minors = [[np.delete(np.delete(x.detach().numpy(), i, 0), j, 1) for j in range(n)] for i in range(n)]
        expected = [[(-1) ** (i + j) * np.linalg.det(minors[i][j]) for j in range(n)] for i in range(n)]
        np.testing.assert_allclose(x.grad.numpy(), expected, atol=1e-12)


def test_gradients_that_do_not_depend_on_the_vectors_survive_equal_values():
    for function in (lambda x: linalg.eigh(x).eigenvalues, lambda x: linalg.svd(x).S, linalg.svdvals, linalg.eigvalsh):
        x = leaf(np.eye(3))
        function(x).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("name", ["qr", "svd", "eigh", "lu_factor"])
def test_results_can_be_written_to_without_harm_to_the_gradient(name):
    gradients = []
    for write in (False, True):
        x = leaf(np.diag([1.0, 2.0, 4.0]) + 0.3)
        parts = getattr(linalg, name)(x)
        loss = sum((part * torch.arange(part.numel()).reshape(part.shape)).sum() for part in parts if part.requires_grad)
        with torch.no_grad():
            for part in parts if write else ():
                part.fill_(7)
        loss.backward()
        gradients.append(x.grad.numpy())
    assert np.any(gradients[0])
    np.testing.assert_array_equal(*gradients)


@pytest.mark.parametrize("norm", [1e-8, 0.1, 5.0, 30.0, 200.0])
def test_matrix_exp_at_every_size(norm):
    skew = np.triu(real(4, 4), 1)
    skew = norm * (skew - skew.T) / np.linalg.norm(skew)  # its exponential is a rotation
    for dtype, tolerance in ((np.float64, 1e-13), (np.float32, 2e-5)):
        y = matrix_exp(skew.astype(dtype))
        assert y.dtype == dtype
        np.testing.assert_allclose(y @ y.T, np.eye(4), atol=tolerance * max(norm, 1))


def test_matrix_exp_scales_each_matrix_of_a_stack_by_itself():
    small, big = real(3, 3) * 1e-3, real(3, 3) * 10
    np.testing.assert_array_equal(matrix_exp(np.stack([small, big]))[0], matrix_exp(small))


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0), (0, 2, 2), (0, 3), (3, 0)], ids=str)
def test_matrices_without_elements(shape):
    x = np.zeros(shape)
    for op in (qr, svd, svdvals, pinv, lu_factor):
        check_sample(op, (x,), {})
    if shape[-1] == shape[-2]:
        for op in (inv, det, slogdet, cholesky, eigh, matrix_exp):
            check_sample(op, (x,), {})
        check_sample(solve, (x, np.zeros((shape[-1], 2))), {})


def test_complete_and_r_only_qr_have_no_gradient_where_they_lack_q():
    for options, matrix in (({"mode": "r"}, real(2, 2)), ({"mode": "complete"}, real(3, 2))):
        r = linalg.qr(leaf(matrix), **options).R
        with pytest.raises(RuntimeError, match="mode='reduced'"):
            r.sum().backward()


def test_distances_by_product_and_by_difference_agree():
    x, y = torch.tensor(real(30, 4)), torch.tensor(real(2, 7, 4))
    direct = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    np.testing.assert_allclose(torch.cdist(x, y).numpy(), direct.numpy(), atol=1e-12)


def test_the_low_rank_svd_finds_a_low_rank():
    torch.manual_seed(0)
    x = torch.tensor(real(20, 3) @ real(3, 12))
    u, s, v = torch.svd_lowrank(x, q=5)
    np.testing.assert_allclose(((u * s) @ v.T).numpy(), x.numpy(), atol=1e-10)
    centred = torch.pca_lowrank(x, q=4)
    np.testing.assert_allclose(centred[1].numpy(), linalg.svdvals(x - x.mean(0))[:4].numpy(), atol=1e-10)


def test_einsum_of_one_operand_is_a_view_only_as_a_function_of_tensors():
    x = torch.ones(3, 3)
    torch.einsum("ii->i", x).zero_()
    assert x.trace() == 0
    assert torch.einsum("ij->", x).item() == 6
