"""Warnings for legal code: those of PyTorch, for the same calls. What PyTorch says once in a process is asked for each time here."""

import warnings

import pytest

import minitorch_nlp
from minitorch_nlp.settings import settings

from ..scripts import lines, run

torch = pytest.importorskip("torch")

SCRIPTS = """
# numbers of tensors that require grad
float(g[0])
float(g.sum() * 2)
complex(g[0])
float(f[0, 0])
float(g[0].detach())
int(g[0])
bool(g[0])
g[0].item()
g.tolist()
f"{g[0]:.2f}"
torch.tensor([g[0], f[0, 0]])
torch.full((2,), float(g[0]))
with torch.no_grad(): float(g[0])
# gradients of tensors that are no leaves
(g * 2).grad
y = g * 2; y.retain_grad(); y.grad
y = g * 2; y.grad = f[0]; y.grad
g[:2].grad
g.grad
g.detach().grad
(f * 2).grad
# new tensors
torch.tensor(f)
torch.tensor(g, requires_grad=True)
f.new_tensor(f)
torch.as_tensor(f)
torch.tensor(np.ones(2))
torch.as_tensor([np.ones(2)])
torch.tensor([1.0, np.float64(2)])
# statistics of too few numbers
torch.std(f[0, :1])
f[0, :1].var()
f[:1].std(0)
f[:1].var(0, unbiased=False)
f.var(0, correction=2)
torch.var_mean(f[:1], 0)
torch.std_mean(f[:1], 0)
torch.zeros(0, 3).std(1)
f.std()
# names and forms that are on their way out
torch.meshgrid(d, d)
torch.meshgrid(d, d, indexing="ij")
q.T
d.T
f.T
z.H
f.H
d.mT if d.ndim > 1 else None
torch.cross(f, f)
torch.cross(f, f, dim=1)
torch.linalg.cross(f, f)
torch.cholesky(torch.eye(2))
torch.eye(2).cholesky()
torch.linalg.cholesky(torch.eye(2))
torch.qr(f)
torch.svd(f)
torch.lu(torch.eye(2))
torch.linalg.lu_factor(torch.eye(2))
torch.lu_solve(f, *torch.linalg.lu_factor(torch.eye(2)))
torch.triangular_solve(f, torch.eye(2))
torch.chain_matmul(f, f.T)
torch.add(f, 2, f)
f.addcmul(2, f, f)
torch.addmm(0.5, f, 2, f[:, :2], f)
torch.addmv(f[:, 0], f, f[0], beta=2)
torch.addmv(0.5, f[:, 0], f, f[0])
f[torch.tensor([1, 0], dtype=torch.uint8)]
f[torch.tensor([True, False])]
f[torch.tensor([1, 0])]
torch.where(u, d, d)
torch.where(b, d, d)
# layers
torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(4, 2), 1)
torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(4, 2), 1, enable_nested_tensor=False)
torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(4, 2, batch_first=True), 1)
torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(4, 2, batch_first=True, norm_first=True), 1)
torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(4, 2, batch_first=True, activation=torch.tanh), 1)
torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(4, 2, batch_first=True, bias=False), 1)
torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(3, 3, batch_first=True), 1)
torch.nn.Transformer(4, 2, 1, 1, 4)
torch.nn.functional.mse_loss(f[:, :1], f[:, 0])
torch.nn.functional.l1_loss(f[:, :1], f[:, 0])
torch.nn.functional.mse_loss(f, f)
torch.nn.functional.softmax(f)
torch.nn.LogSoftmax()(f)
torch.nn.functional.softmax(f, 1)
o = torch.optim.SGD([g], lr=1.0); s = torch.optim.lr_scheduler.StepLR(o, 1); s.step()
o = torch.optim.SGD([g], lr=1.0); s = torch.optim.lr_scheduler.StepLR(o, 1); o.step(); s.step()
"""


def given(script, library):
    """The categories of the warnings that a script gives."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        run(script, library)
    return [warning.category for warning in seen]


@pytest.fixture
def each_time():
    for library in (torch, minitorch_nlp):
        library.set_warn_always(True)
    yield
    for library in (torch, minitorch_nlp):
        library.set_warn_always(False)


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script, each_time):
    assert given(script, minitorch_nlp) == given(script, torch)


@pytest.mark.parametrize("script", ["float(g[0])", "torch.meshgrid(d, d)", "torch.qr(f)", "torch.add(f, 2, f)", "torch.cross(f, f)"])
def test_once_in_a_process(script, monkeypatch):
    monkeypatch.setattr(settings, "warned", set())
    assert [len(given(script, minitorch_nlp)) for _ in range(3)] == [1, 0, 0]
    given(script, torch)
    assert not given(script, torch)


def test_the_caller_is_named(each_time):
    x = minitorch_nlp.ones((), requires_grad=True)
    for call in (lambda: (x * 2).grad, lambda: float(x), lambda: minitorch_nlp.tensor(x), lambda: minitorch_nlp.tensor([x])):
        with pytest.warns(UserWarning, match="leaf|detach") as seen:
            call()
        assert seen[0].filename == __file__
