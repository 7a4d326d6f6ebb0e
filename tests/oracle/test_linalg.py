"""Linear algebra: products, factorizations, systems, norms; named results, node names, errors, degenerate cases."""

import pytest

from ..scripts import check, lines

torch = pytest.importorskip("torch")

START = """
A = torch.tensor([[4.0, 1.0, 2.0], [1.0, 3.0, 0.0], [2.0, 0.0, 5.0]]);
B = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]]);
T = torch.tensor([[1.0, 2.0, 0.5], [-2.0, 1.0, 3.0], [0.0, 4.0, -1.0], [2.0, 2.0, 1.0]]);
G = torch.tensor([[4.0, 1.0, 2.0], [1.0, 3.0, 0.5], [2.0, 0.0, 5.0]], requires_grad=True);
S = torch.tensor([[1.0, 2.0], [2.0, 4.0]]);
v = torch.tensor([1.0, -2.0, 3.0]);
L = torch.linalg;
"""

SCRIPTS = """
# products
torch.dot(v, v)
torch.vdot(v, v)
torch.dot(v, v.double())
torch.dot(v, T[:, 0])
torch.inner(T, v)
torch.inner(T, A)
torch.inner(v, torch.tensor(2.0))
torch.ger(v, v)
torch.outer(v, v.long())
torch.kron(v, B)
torch.kron(A, B.long())
torch.kron(torch.tensor(2.0), v)
torch.tensordot(T, A, 1)
torch.tensordot(T, T, 2)
torch.tensordot(T, T, dims=([0], [0]))
torch.tensordot(T, T, dims=([-2, 1], [0, -1]))
torch.tensordot(v, B, 0)
torch.tensordot(T, A, 2)
torch.tensordot(T, T, ([0, 1], [0]))
torch.addmv(T[:, 0], T, v)
torch.addmv(T[:, 0], T, v, beta=0.5, alpha=2)
torch.addmv(torch.full((4,), nan), T, v, beta=0)
torch.addmv(v, T, v)
torch.addr(T, T[:, 0], v, beta=2)
torch.addr(T.long(), T[:, 0].long(), v.long(), alpha=0.5)
torch.addr(T > 0, T[:, 0] > 0, v > 0)
torch.addbmm(A, q, q.transpose(1, 2), alpha=0.5)
torch.addbmm(v, q, q.transpose(1, 2))
torch.addbmm(v, q, q)
A.addmm_(A.clone(), A.clone())
A.addmm_(A, A) is A
A.addr_(v, v, alpha=2)
v.addmv_(A, v.clone())
torch.addmv_(v, A, v.clone(), beta=0.5)
A.addbmm_(q, q.transpose(1, 2))
A.addmm_(T, A)
torch.chain_matmul(T, A, B)
L.multi_dot([v, A, B])
L.multi_dot([T, A, v])
L.multi_dot([T])
L.multi_dot([T, T])
torch.trace(T)
torch.trace(i)
torch.trace(v)
torch.mm(T, v)
torch.mm(A, B, out=torch.empty(0))
torch.mv(T, B)
L.vecdot(T, v)
L.vecdot(T, T, dim=0)
L.vecdot(i, i)
L.cross(v, torch.ones(3))
L.cross(A, A.T, dim=0)
L.cross(T, v)
torch.cross(T, 2 * T)
torch.cross(B, B)
L.vander(v)
L.vander(v, N=2)
L.vander(v, N=1)
torch.vander(v)
torch.vander(v, 2, True)
torch.vander(T)
# einsum
torch.einsum('ij,jk', [A, B])
torch.einsum(A, [0, 1], B, [1, 2], [0, 2])
torch.einsum(A, [1, 0], B, [0, 2])
torch.einsum(A, [..., 1], B, [1, 2], [..., 2])
torch.einsum(A, [0, 60])
torch.einsum('i j , j k -> i k', A, B)
torch.einsum('...', A)
torch.einsum('ij->j', A > 2)
torch.einsum('ij,j->i', A > 2, v > 0)
torch.einsum('ab->ba', A).stride()
x = A.clone(); torch.einsum('ii->i', x).zero_(); x
torch.einsum('i->i->i', v)
torch.einsum('...i...', v)
torch.einsum('i.j', A)
torch.einsum('i')
torch.einsum(['i'], v)
torch.einsum('ij,jk', A)
torch.einsum('ij', A, A)
torch.einsum('iij->j', q)
torch.einsum('ijk->ki', q).tolist()
# inverses and systems
L.inv(A)
L.inv(S)
L.inv(T)
L.inv(v)
L.inv(i)
L.inv(h)
L.inv(torch.zeros(2, 0, 0))
L.inv(G)
torch.inverse(A)
A.inverse()
L.inv_ex(A)
L.inv_ex(S).info
L.inv_ex(S, check_errors=True)
L.solve(A, v)
L.solve(A, B)
L.solve(A, B.T, left=False)
L.solve(A, v.double())
L.solve(A, T)
L.solve(S, torch.ones(2))
L.solve(torch.stack([A, 2 * A]), torch.stack([v, v])).tolist()
L.solve(torch.stack([A, 2 * A]), v).tolist()
L.solve_ex(A, v)
L.solve_ex(S, torch.ones(2)).info
L.solve_triangular(A, B, upper=True)
L.solve_triangular(A, B, upper=False, unitriangular=True)
L.solve_triangular(A, T, upper=True, left=False)
L.solve_triangular(A, v, upper=True)
L.solve_triangular(A, B)
L.solve_triangular(torch.zeros(2, 2), torch.ones(2, 1), upper=True)
torch.triangular_solve(B, A).solution
torch.triangular_solve(B, A, upper=False, transpose=True).solution
L.pinv(T)
L.pinv(T, rtol=0.9)
L.pinv(T, atol=5.0, rtol=0.0)
L.pinv(A, hermitian=True)
L.pinv(i)
torch.pinverse(T)
L.lstsq(T, torch.ones(4))
[x.tolist() for x in L.lstsq(T, torch.ones(4, 2), driver='gelsd')]
[x.tolist() for x in L.lstsq(T, torch.ones(4, 2), driver='gels')]
L.lstsq(T, torch.ones(4, 2), driver='x')
L.lstsq(T, torch.ones(5, 2))
L.matrix_power(A, 5)
L.matrix_power(A, -2)
L.matrix_power(A, 0)
L.matrix_power(G, 0).requires_grad
L.matrix_power(A.long(), 3)
L.matrix_power(A.long(), -1)
L.matrix_power(T, 2)
L.matrix_exp(A / 4)
torch.matrix_exp(torch.stack([A / 100, A / 3]))
L.matrix_exp(torch.zeros(2, 2))
L.matrix_exp(i)
A.matrix_power(2)
L.tensorinv(torch.eye(6).reshape(2, 3, 6) * 2, ind=2)
L.tensorinv(A, ind=0)
L.tensorsolve(torch.eye(6).reshape(2, 3, 6) * 2, f)
L.tensorsolve(torch.eye(6).reshape(2, 6, 3), f, dims=(1,))
# determinants
L.det(A)
L.det(torch.zeros(0, 0))
L.det(i)
L.det(G)
A.det()
torch.det(torch.stack([A, -A]))
L.slogdet(-A)
torch.slogdet(A)
repr(torch.slogdet(A))[:30]
repr(L.slogdet(A))[:40]
L.slogdet(S).logabsdet
torch.logdet(A)
torch.logdet(-A)
torch.logdet(S)
# factorizations
L.cholesky(A)
L.cholesky(A, upper=True)
L.cholesky(S)
L.cholesky(T)
L.cholesky(i)
L.cholesky(G @ G.T)
torch.cholesky(A)
L.cholesky_ex(S)
L.cholesky_ex(S, check_errors=True)
L.cholesky_ex(torch.stack([A[:2, :2], S]))
torch.cholesky_solve(B, L.cholesky(A))
torch.cholesky_solve(v, L.cholesky(A))
torch.cholesky_inverse(L.cholesky(A))
torch.cholesky_inverse(L.cholesky(A, upper=True), upper=True)
L.qr(T)
L.qr(T.T)
L.qr(T, mode='complete').R
L.qr(T, mode='r')
L.qr(T, mode='x')
L.qr(i)
torch.qr(T)
torch.qr(T, some=False).Q.shape
T.qr().Q
L.qr(T.requires_grad_(), mode='r').R.sum().backward()
L.qr(T.requires_grad_(), mode='complete').R.sum().backward()
L.lu(A)
L.lu(T)
L.lu(T.T)
L.lu(A, pivot=False)
L.lu_factor(T)
L.lu_factor(S)
L.lu_factor_ex(S)
torch.lu(A)
torch.lu(A, get_infos=True).info
torch.lu_unpack(*L.lu_factor(T))
torch.lu_unpack(*L.lu_factor(T), unpack_data=False)
torch.lu_unpack(*L.lu_factor(T), unpack_pivots=False)
torch.lu_unpack(A, v)
L.lu_solve(*L.lu_factor(A), B)
L.lu_solve(*L.lu_factor(A), T, left=False).tolist()
L.lu_solve(*L.lu_factor(A), B, adjoint=True).tolist()
torch.lu_solve(B, *L.lu_factor(A))
torch.geqrf(T)
torch.orgqr(*torch.geqrf(T)).tolist()
L.householder_product(*torch.geqrf(T)).tolist()
torch.ormqr(*torch.geqrf(T), torch.ones(4, 2)).tolist()
torch.ormqr(*torch.geqrf(T), torch.ones(2, 4), left=False, transpose=True)
L.eigh(A).eigenvalues
abs(L.eigh(A).eigenvectors)
L.eigvalsh(A)
L.eigvalsh(T)
L.eigvalsh(i)
L.eigvalsh(G.detach(), UPLO='U')
L.eigvalsh(A, UPLO='x')
L.svd(T).S
L.svd(T).U.shape
L.svd(T, full_matrices=False).U.shape
L.svd(T, driver='gesvd')
L.svd(torch.zeros(0, 3)).Vh
abs(torch.svd(T).V)
torch.svd(T, compute_uv=False)
L.svdvals(T)
L.svdvals(i)
repr(L.svd(torch.eye(2)))[:36]
L.matrix_rank(T)
L.matrix_rank(S)
L.matrix_rank(T, tol=3.0)
L.matrix_rank(T, atol=torch.tensor([1.0, 3.0]))
L.matrix_rank(A, hermitian=True)
L.matrix_rank(v)
# norms
L.norm(A)
L.norm(A, 'nuc')
L.norm(A, 2)
L.norm(v, 3)
L.norm(v, 'fro')
L.norm(q, 2)
L.norm(q, -1, dim=(0, 2))
L.norm(A, 3)
L.norm(i)
L.norm(A.double(), dtype=torch.float32)
L.vector_norm(q, 1, dim=(0, 2), keepdim=True)
L.vector_norm(v, 0)
L.vector_norm(v, 'fro')
L.vector_norm(torch.zeros(3, 0), inf, dim=1)
L.vector_norm(torch.zeros(3, 0), dim=1)
L.matrix_norm(A, inf)
L.matrix_norm(q, 1, keepdim=True)
L.matrix_norm(q, -2)
L.matrix_norm(A, dim=(0, 0))
L.matrix_norm(v)
torch.frobenius_norm(A, dim=(0, 1))
torch.nuclear_norm(q, dim=(1, 2), keepdim=True)
L.cond(A)
L.cond(A, 1)
L.cond(A, 'nuc')
L.cond(torch.zeros(2, 2), 'fro')
L.cond(torch.stack([S, A[:2, :2]]), 1)
L.cond(A, 3)
torch.cdist(T, A)
torch.cdist(T, A, p=1)
torch.cdist(T, A, p=0)
torch.cdist(T, A, p=inf)
torch.cdist(T, A, p=3)
torch.cdist(torch.linspace(0, 3, 90).reshape(30, 3), T)
torch.cdist(T, B)
torch.cdist(T, A, p=-1)
torch.cdist(i, i)
torch.cdist(T, A, compute_mode='x')
torch.pdist(T)
torch.pdist(T, 1)
torch.pdist(v)
L.diagonal(q)
L.diagonal(T, offset=-1)
# gradients
L.inv(G).sum().backward(); G.grad
L.det(G).backward(); G.grad
L.slogdet(G).logabsdet.backward(); G.grad
torch.logdet(G).backward(); G.grad
L.solve(G, v).sum().backward(); G.grad
L.solve(G, T.T).square().sum().backward(); G.grad
L.solve_triangular(G, B, upper=True).sum().backward(); G.grad
L.pinv(G[:, :2]).square().sum().backward(); G.grad
L.lstsq(G[:, :2], v).solution.sum().backward(); G.grad
L.matrix_exp(G / 5).square().sum().backward(); G.grad
L.cholesky(G @ G.T).square().sum().backward(); G.grad
L.cholesky(G).sum().backward(); G.grad
L.qr(G).R.sum().backward(); G.grad
L.qr(G[:2]).R.sum().backward(); G.grad
L.qr(G[:, :2]).Q.square()[0].sum().backward(); G.grad
L.eigh(G).eigenvalues[0].backward(); G.grad
L.eigh(G).eigenvectors[0].square()[1].backward(); G.grad
L.eigvalsh(G).square().sum().backward(); G.grad
L.svd(G).S[1].backward(); G.grad
L.svd(G[:2], full_matrices=False).Vh.square()[0, 1].backward(); G.grad
L.svdvals(G).sum().backward(); G.grad
L.norm(G, 'nuc').backward(); G.grad
L.cond(G).backward(); G.grad
L.lu(G)[2].square().sum().backward(); G.grad
L.lu_factor(G[:, :2]).LU.square().sum().backward(); G.grad
L.multi_dot([G, B, B.T]).square().sum().backward(); G.grad
torch.kron(G, B).square().sum().backward(); G.grad
torch.cdist(G, T).sum().backward(); G.grad
torch.cdist(G, G).sum().backward(); G.grad
torch.pdist(G).sum().backward(); G.grad
torch.einsum('ii->i', G).square().sum().backward(); G.grad
x = torch.eye(2, requires_grad=True); L.svdvals(x).sum().backward(); x.grad
x = torch.zeros(2, 2, requires_grad=True); L.norm(x, 'nuc').backward(); x.grad
x = S.requires_grad_(); L.eigh(x).eigenvalues.sum().backward(); x.grad
g, = torch.autograd.grad(L.inv(G).sum(), G, create_graph=True); g.square().sum().backward(); G.grad
g, = torch.autograd.grad(L.svdvals(G).square()[0], G, create_graph=True); g.square().sum().backward(); G.grad
g, = torch.autograd.grad(L.cholesky(G @ G.T).sum(), G, create_graph=True); g.square().sum().backward(); G.grad
# out=
torch.mv(A, v, out=torch.empty(0))
torch.einsum('ij->ji', A) is A
o = torch.empty(0), torch.empty(0); L.qr(T, out=o); o[1].shape
L.inv(A, out=torch.empty(0, dtype=torch.int64))
L.svdvals(T, out=torch.empty(0))
issubclass(L.LinAlgError, RuntimeError)
L.LinAlgError.__name__.strip('_')
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same_as_torch(script):
    check(START.replace("\n", " ").strip() + script, torch)
