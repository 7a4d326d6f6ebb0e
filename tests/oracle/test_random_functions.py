"""Functions and methods that draw, and generators, as scripts: the same values and errors, and the streams stay in step."""

import random

import numpy as np
import pytest

import minitorch_nlp

from ..scripts import check, lines

torch = pytest.importorskip("torch")

SCRIPTS = """
# generators
torch.Generator().initial_seed()
torch.Generator(device="cpu").manual_seed(-3).initial_seed()
str(torch.Generator().device)
g = torch.Generator().manual_seed(5); h = g.clone_state(); (torch.rand(3, generator=g), torch.rand(3, generator=h))
g = torch.Generator().manual_seed(5); torch.randn(1, generator=g); h = g.clone_state(); (torch.randn(3, generator=g), torch.randn(3, generator=h))
torch.Generator().clone_state().initial_seed()
torch.Generator().get_offset()
torch.Generator().set_offset(3)
torch.Generator().graphsafe_get_state()
torch.Generator().graphsafe_set_state(torch.Generator())
g = torch.Generator().manual_seed(1); g.get_state().sum()
torch.Generator().get_state().dtype
torch.Generator().set_state(3)
torch.Generator().set_state(torch.zeros(5056))
torch.Generator().set_state(torch.zeros(3, dtype=torch.uint8))
torch.Generator().manual_seed(2**70)
torch.Generator().manual_seed(1.5)
torch.manual_seed(1.7).initial_seed()
torch.manual_seed(torch.tensor(3)).initial_seed()
torch.manual_seed(7); torch.initial_seed(), torch.random.initial_seed(), torch.default_generator.initial_seed()
torch.randn(2, generator=3)
torch.random.manual_seed(4); s = torch.random.get_rng_state(); a = torch.rand(2); torch.random.set_rng_state(s); (a == torch.rand(2)).all()
isinstance(torch.seed(), int), isinstance(torch.random.seed(), int)
torch.manual_seed(0); torch.random.fork_rng(devices=[]).__enter__(); torch.rand(2)
torch.manual_seed(0); c = torch.random.fork_rng(devices=[]); c.__enter__(); torch.rand(2); c.__exit__(None, None, None); torch.rand(2)
torch.manual_seed(0); c = torch.random.fork_rng(enabled=False); c.__enter__(); torch.rand(2); c.__exit__(None, None, None); torch.rand(2)
torch.manual_seed(0); f = torch.random.fork_rng()(lambda: torch.manual_seed(9)); f(); torch.rand(2)
torch.manual_seed(0); torch.randn(1); c = torch.random.fork_rng(); c.__enter__(); torch.randn(1); c.__exit__(None, None, None); torch.randn(3)
# counts
torch.manual_seed(0); torch.poisson(torch.tensor([[0.0, 0.5, 3.0], [9.99, 10.0, 1e5]]))
torch.manual_seed(0); torch.poisson(torch.full((40,), 2.5, dtype=torch.float64))
torch.manual_seed(0); torch.poisson(torch.full((40,), 25.0, dtype=torch.float16))
torch.manual_seed(0); torch.poisson(torch.rand(3, 4).t() * 30)
torch.manual_seed(0); torch.poisson(torch.full((9,), 2.5), torch.Generator().manual_seed(3))
torch.poisson(torch.zeros(2, 0))
torch.poisson(i)
torch.poisson(-z)
torch.poisson(n)
torch.poisson(2.5)
torch.manual_seed(0); torch.binomial(torch.tensor([0.0, 1, 5, 50, 1000, 1e6]), torch.tensor([0.3, 0.3, 0.9, 0.5, 0.01, 0.7]))
torch.manual_seed(0); torch.binomial(torch.full((3, 40), 20.0), torch.tensor(0.7))
torch.manual_seed(0); torch.binomial(torch.full((40,), 1e9, dtype=torch.float64), torch.full((40,), 0.4, dtype=torch.float64))
torch.manual_seed(0); torch.binomial(torch.tensor([-1.0, 2]), torch.tensor([0.5, 7])); torch.rand(1)
torch.binomial(i, z)
torch.binomial(f, zd)
torch.binomial(h, h)
torch.binomial(2.0, z)
# randperm, randint
torch.manual_seed(0); torch.randperm(5, dtype=torch.int8)
torch.manual_seed(0); torch.randperm(300, dtype=torch.float32)
torch.manual_seed(0); torch.randperm(40, dtype=torch.float16)
torch.manual_seed(0); torch.randperm(torch.tensor(4))
torch.manual_seed(0); torch.randperm(4, out=torch.empty(9, dtype=torch.int64))
torch.manual_seed(0); torch.randperm(4, out=torch.empty(0))
torch.manual_seed(0); torch.randperm(0), torch.randperm(1), torch.rand(1)
torch.manual_seed(0); torch.randperm(6, generator=torch.Generator().manual_seed(1), device="cpu"), torch.randperm(6)
torch.randperm(-1)
torch.randperm(300, dtype=torch.int8)
torch.randperm(300, dtype=torch.uint8)
torch.randperm(3000, dtype=torch.float16)
torch.randperm(3, dtype=torch.bool)
torch.manual_seed(0); torch.randint(0, 2**63 - 1, (20,))
torch.manual_seed(0); torch.randint(-2**63, 2**63 - 1, (20,))
torch.manual_seed(0); torch.randint(2**62, 2**63 - 1, (20,))
torch.manual_seed(0); torch.randint(2**28, (20,)), torch.randint(2**28 - 1, (20,))
torch.manual_seed(0); torch.randint(7, (3, 4), dtype=torch.float16), torch.randint(-5, 7, size=(2,), dtype=torch.int8)
torch.manual_seed(0); torch.randint(high=7, size=(3,)), torch.randint(low=2, high=7, size=(3,))
torch.manual_seed(0); torch.randint(7, (3,), generator=torch.Generator().manual_seed(1)), torch.randint(7, (3,))
torch.manual_seed(0); torch.randint(3, (5,), out=torch.empty(0))
torch.manual_seed(0); torch.randint(torch.tensor(3), (5,))
torch.manual_seed(0); torch.randint_like(f, 9), torch.randint_like(f, 2, 9), torch.randint_like(f, 2, 9, dtype=torch.int64)
torch.manual_seed(0); torch.randint_like(q.transpose(0, 2), 9)
torch.randint(2**63, (2,))
torch.randint(3, 3, (2,))
torch.randint(3, 5.5, (2,))
torch.randint(0, 300, (2,), dtype=torch.uint8)
# rand, randn, normal
torch.manual_seed(0); torch.rand(3, dtype=torch.float64), torch.rand((2, 2)), torch.rand([2]), torch.rand(())
torch.manual_seed(0); torch.rand(2, 3, out=torch.empty(2, 3)), torch.randn(3, out=torch.empty(3, dtype=torch.float64))
torch.manual_seed(0); torch.rand(20, requires_grad=True)
torch.manual_seed(0); torch.rand_like(q.transpose(0, 2)), torch.randn_like(q.transpose(0, 2))
torch.manual_seed(0); torch.rand_like(f, dtype=torch.float64), torch.randn_like(d, requires_grad=True)
torch.manual_seed(0); torch.randn_like(torch.zeros(3, 1).expand(3, 9))
torch.manual_seed(0); torch.normal(1.0, 2.0, (17,)), torch.normal(1.0, 2.0, size=(3,), dtype=torch.float64)
torch.manual_seed(0); torch.normal(d, 0.5), torch.normal(2.0, d), torch.normal(d, d), torch.normal(q, q)
torch.manual_seed(0); torch.normal(q.transpose(0, 2), 0.5)
torch.manual_seed(0); torch.normal(d, 0.5, out=torch.empty(3, dtype=torch.float64))
torch.manual_seed(0); torch.normal(mean=torch.zeros(2, 1), std=torch.ones(3))
torch.manual_seed(0); torch.normal(torch.zeros(20)), torch.rand(1)
torch.normal(0.0, -1.0, (3,))
torch.normal(d, -1.0)
torch.normal(d, -d)
torch.rand(3, dtype=torch.int64)
torch.rand(-1)
torch.randn(2, dtype=torch.bool)
# coins
torch.manual_seed(0); torch.bernoulli(torch.full((20,), 0.3)), torch.bernoulli(torch.full((20,), 0.3, dtype=torch.float64))
torch.manual_seed(0); torch.bernoulli(f, 0.4), f.bernoulli(0.4), torch.bernoulli(i, p=0.5), torch.empty(20).bernoulli_()
torch.manual_seed(0); torch.bernoulli(torch.full((4, 5), 0.3).t()), torch.rand(1)
torch.manual_seed(0); torch.empty(4, 5).t().bernoulli_(torch.linspace(0, 1, 20).reshape(5, 4))
torch.manual_seed(0); torch.empty(4, 5, dtype=torch.int64).bernoulli_(torch.linspace(0, 1, 5).double())
torch.manual_seed(0); torch.bernoulli(torch.full((5,), 0.3), out=torch.empty(5)), torch.bernoulli(z * 0.2)
torch.manual_seed(0); torch.bernoulli(torch.full((5,), 0.3), generator=torch.Generator().manual_seed(2)), torch.rand(1)
torch.bernoulli(f)
torch.bernoulli(i)
f.bernoulli_(1.5)
# gumbel_softmax
torch.manual_seed(0); torch.nn.functional.gumbel_softmax(q), torch.rand(1)
torch.manual_seed(0); torch.nn.functional.gumbel_softmax(q.transpose(0, 2), tau=0.3, dim=1), torch.rand(1)
torch.manual_seed(0); torch.nn.functional.gumbel_softmax(q, hard=True, dim=0), torch.nn.functional.gumbel_softmax(d, 2.0, True)
torch.manual_seed(0); torch.nn.functional.gumbel_softmax(g, hard=True).sum(); torch.rand(1)
torch.manual_seed(0); (torch.nn.functional.gumbel_softmax(g, 0.5, hard=True) * torch.arange(3.0)).sum().backward(); g.grad
# in place, in memory order
torch.manual_seed(0); torch.empty(4, 5).t().normal_(), torch.empty(4, 5).t().uniform_(), torch.empty(4, 5).t().exponential_()
torch.manual_seed(0); torch.empty(4, 10)[:, ::2].normal_(1, 2), torch.empty(4, 10)[:, ::2].uniform_(-1, 2), torch.randn(3)
torch.manual_seed(0); torch.empty(2, 3, 4).permute(2, 0, 1).random_(100), torch.empty(2, 3, 4).permute(1, 0, 2).bernoulli_(0.3)
torch.manual_seed(0); torch.empty(2, 3, 4).permute(2, 0, 1).log_normal_(), torch.empty(9, 4)[::3].t().geometric_(0.3)
torch.manual_seed(0); torch.empty(3, 1, 7).transpose(0, 2).normal_(), torch.empty(16, 1).t().normal_(), torch.empty(1, 16).t().normal_()
torch.manual_seed(0); torch.empty(0, 3).normal_(), torch.empty(0).random_(3), torch.rand(1)
torch.manual_seed(0); torch.empty(3, dtype=torch.int16).random_(3, 9), torch.empty(3, dtype=torch.bool).random_()
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(script, torch)


# Calls of all kinds in any order, on shapes around 16 and layouts of all kinds; {s} is a shape, {x} a tensor to fill.
CALLS = """
torch.rand({s})
torch.rand({s}, dtype=torch.float64)
torch.randn({s})
torch.randn({s}, dtype=torch.float64)
torch.randint(10, {s})
torch.randint(-2**40, 2**40, {s})
torch.bernoulli(torch.rand({s}))
torch.normal(torch.rand({s}), torch.rand({s}))
torch.normal(0.5, torch.rand({s}))
torch.poisson(torch.rand({s}) * 20)
torch.binomial(torch.full({s}, 30.0), torch.rand({s}))
torch.randperm({n})
torch.multinomial(torch.rand({n}) + 0.1, 3, True)
torch.multinomial(torch.rand(2, {n}) + 0.1, 1)
torch.rand_like({x})
torch.randn_like({x})
{x}.normal_(1, 0.5)
{x}.double().normal_()
{x}.uniform_(-2, 3)
{x}.exponential_(0.7)
{x}.bernoulli_(0.3)
{x}.random_(5)
{x}.cauchy_()
{x}.log_normal_()
{x}.geometric_(0.4)
torch.nn.functional.dropout({x}.fill_(1), 0.3)
torch.nn.functional.alpha_dropout({x}.fill_(1), 0.3)
torch.nn.functional.rrelu({x}.fill_(-1), training=True)
torch.nn.init.trunc_normal_({x})
torch.manual_seed({n})
"""
SHAPES = ["()", "(1,)", "(3,)", "(15,)", "(16,)", "(17,)", "(31,)", "(32,)", "(4, 4)", "(3, 5)", "(2, 3, 5)", "(0, 3)", "(33,)", "(5, 20)"]
LAYOUTS = [
    "torch.zeros(7)", "torch.zeros(16)", "torch.zeros(4, 9)", "torch.zeros(9, 4).t()", "torch.zeros(40)[::2]", "torch.zeros(3, 4, 5).permute(2, 0, 1)",
    "torch.zeros(6, 8)[:, 2:5]", "torch.zeros(5, 1, 4).transpose(0, 2)", "torch.zeros(33)", "torch.zeros(2, 3, 4)[:, 1]", "torch.zeros(())",
]  # fmt: skip
# Their values are logarithms or exponentials rounded by another library; the streams agree all the same.
ROUNDED = ("alpha_dropout", "rrelu")


@pytest.mark.parametrize("seed", range(12))
def test_any_sequence_of_calls_keeps_the_streams_in_step(seed):
    choose = random.Random(seed)
    for library in (torch, minitorch_nlp):
        library.manual_seed(seed - 5)
    for _ in range(120):
        call = choose.choice(lines(CALLS)).format(
            s=choose.choice(SHAPES), n=choose.choice([1, 2, 15, 16, 17, 350]), x=choose.choice(LAYOUTS)
        )
        theirs, ours = (eval(call, {"torch": library}) for library in (torch, minitorch_nlp))
        if "seed" not in call:
            same_values(call, theirs.numpy(), ours.numpy())
        assert bytes(torch.get_rng_state().numpy()) == bytes(minitorch_nlp.get_rng_state().numpy()), call


def same_values(call, theirs, ours):
    assert (theirs.dtype, theirs.shape) == (ours.dtype, ours.shape), call
    if any(name in call for name in ROUNDED):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6, err_msg=call)
    else:
        assert theirs.tobytes() == ours.tobytes(), call


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_counts_and_gamma_numbers_over_many_parameters(dtype):
    choose, n = np.random.default_rng(7), 8000
    for library in (torch, minitorch_nlp):
        library.manual_seed(11)
    rates = choose.choice([0, 0.1, 1, 5, 9.99, 10, 12, 50, 1e3, 1e5, 1e9], n) * choose.uniform(0.9, 1.1, n)
    trials = choose.choice([-1, 0, 1, 2.5, 3, 10, 50, 1e3, 1e5, 16777217, 1e9], n)
    chances = choose.choice([0, 0.01, 0.3, 0.5, 0.7, 0.99, 1, 1.2], n) * choose.uniform(0.95, 1.05, n)
    shapes = choose.choice([0.001, 0.01, 0.3, 0.99, 1, 2, 10, 1e3], n) * choose.uniform(0.9, 1.1, n)
    for name, *parameters in (("poisson", rates), ("binomial", trials, chances), ("gamma", shapes), ("dirichlet", shapes.reshape(-1, 4))):
        drawn = [count(library, name, [library.from_numpy(p.astype(dtype)) for p in parameters]) for library in (torch, minitorch_nlp)]
        assert drawn[0].numpy().tobytes() == drawn[1].numpy().tobytes(), name
        assert bytes(torch.get_rng_state().numpy()) == bytes(minitorch_nlp.get_rng_state().numpy()), name


def count(library, name, parameters):
    if name in ("poisson", "binomial"):
        return getattr(library, name)(*parameters)
    distributions = library.distributions
    return (distributions.Gamma(*parameters, 1.0) if name == "gamma" else distributions.Dirichlet(*parameters)).sample()
