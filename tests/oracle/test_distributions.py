"""Distributions against torch's: parameters, shapes, draws, densities, gradients, divergences, transforms."""

import warnings

import numpy as np
import pytest

import minitorch_nlp

from ..scripts import check, lines

torch = pytest.importorskip("torch")

# How each is made, with d for torch.distributions and T(name, shape) for parameters: "p" probabilities, "s" scales, "r" real numbers, ...
MADE = {
    "Normal": "d.Normal(r, s)",
    "Normal of numbers": "d.Normal(0.5, 2)",
    "Normal of number and tensor": "d.Normal(0, s)",
    "LogNormal": "d.LogNormal(r, s)",
    "Laplace": "d.Laplace(r, s)",
    "Cauchy": "d.Cauchy(r, s)",
    "Gumbel": "d.Gumbel(r, s)",
    "Uniform": "d.Uniform(-s, s)",
    "Exponential": "d.Exponential(s)",
    "HalfNormal": "d.HalfNormal(s)",
    "HalfCauchy": "d.HalfCauchy(s)",
    "Bernoulli": "d.Bernoulli(p)",
    "Bernoulli logits": "d.Bernoulli(logits=r)",
    "Geometric": "d.Geometric(p)",
    "Geometric logits": "d.Geometric(logits=r)",
    "Binomial": "d.Binomial(5, p)",
    "Binomial logits": "d.Binomial(50, logits=r)",
    "Poisson": "d.Poisson(s)",
    "Categorical": "d.Categorical(w)",
    "Categorical logits": "d.Categorical(logits=l)",
    "OneHotCategorical": "d.OneHotCategorical(w)",
    "OneHotCategorical logits": "d.OneHotCategorical(logits=l)",
    "OneHotCategoricalStraightThrough": "d.OneHotCategoricalStraightThrough(logits=l)",
    "Multinomial": "d.Multinomial(6, w)",
    "Multinomial logits": "d.Multinomial(6, logits=l)",
    "RelaxedBernoulli": "d.RelaxedBernoulli(t, p)",
    "RelaxedBernoulli logits": "d.RelaxedBernoulli(t, logits=r)",
    "RelaxedOneHotCategorical": "d.RelaxedOneHotCategorical(t, w)",
    "RelaxedOneHotCategorical logits": "d.RelaxedOneHotCategorical(t, logits=l)",
    "MultivariateNormal covariance": "d.MultivariateNormal(v, C)",
    "MultivariateNormal scale_tril": "d.MultivariateNormal(v, scale_tril=C.detach().tril())",
    "MultivariateNormal precision": "d.MultivariateNormal(v, precision_matrix=C)",
    "Independent": "d.Independent(d.Normal(r, s), 1)",
    "Gamma": "d.Gamma(s, s + 1)",
    "Chi2": "d.Chi2(s)",
    "Beta": "d.Beta(s, s + 1)",
    "Beta of numbers": "d.Beta(2.0, 3.0)",
    "Dirichlet": "d.Dirichlet(w)",
    "StudentT": "d.StudentT(s, r, s + 1)",
    "tanh": "d.TransformedDistribution(d.Normal(r, s), [d.TanhTransform(cache_size=1), d.AffineTransform(1.0, -2.0)])",
    "softplus, power": "d.TransformedDistribution(d.Normal(r, s), [d.SoftplusTransform(), d.PowerTransform(2.0)])",
    "stick breaking": "d.TransformedDistribution(d.Normal(r, s), d.StickBreakingTransform())",
    "reshaped": "d.TransformedDistribution(d.Independent(d.Normal(r, s), 1), d.ReshapeTransform((2,), (2, 1)))",
    "mixture": "d.MixtureSameFamily(d.Categorical(logits=r), d.Normal(r, s))",
    "mixture of vectors": "d.MixtureSameFamily(d.Categorical(logits=r[:, 0]), d.Independent(d.Normal(r, s), 1))",
}
# Draws are equal bit for bit; those of the others go through a logarithm or the like.
EXACT = [
    "Normal", "Uniform", "Exponential", "Bernoulli", "Geometric", "Binomial", "Poisson", "Categorical", "OneHotCategorical", "Multinomial",
    "Independent", "Cauchy", "HalfNormal", "HalfCauchy", "Beta", "Dirichlet", "Gamma", "Chi2", "mixture",
]  # fmt: skip
NO_GRADIENT = ("Gamma", "Chi2", "Beta", "Dirichlet", "StudentT")  # of rsample


def parameters(library, dtype):
    choose, kind = np.random.default_rng(1), getattr(library, dtype)
    make = lambda values: library.tensor(values, dtype=kind, requires_grad=True)
    a = choose.normal(size=(2, 3, 3))
    return {
        "r": make(choose.normal(size=(3, 2))), "s": make(choose.uniform(0.3, 3, (3, 2))), "p": make(choose.uniform(0.1, 0.9, (3, 2))),
        "w": make(choose.uniform(0.3, 3, (2, 4))), "l": make(choose.normal(size=(2, 4))), "v": make(choose.normal(size=(2, 3))),
        "C": make(a @ a.transpose(0, 2, 1) + np.eye(3)), "t": make(0.7),
    }  # fmt: skip


class Side:
    """A distribution of one library, with the parameters it was made of."""

    def __init__(self, library, made, dtype):
        self.library, self.leaves = library, parameters(library, dtype)
        self.it = eval(made, {"d": library.distributions, **self.leaves})

    def gradients(self, result):
        for leaf in self.leaves.values():
            leaf.grad = None
        if result.requires_grad:
            result.sum().backward(retain_graph=True)
        return [leaf.grad for leaf in self.leaves.values()]


def outcome(function):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function()
        except (NotImplementedError, ValueError, RuntimeError, AttributeError) as error:
            return type(error)


def agree(theirs, ours, exact=False, tolerance=2e-5):
    if isinstance(theirs, list):
        for a, b in zip(theirs, ours):
            agree(a, b, exact, tolerance)
        return
    if not hasattr(theirs, "grad_fn"):
        assert theirs == ours or str(theirs) == str(ours)
        return
    assert (str(theirs.dtype), tuple(theirs.shape), theirs.requires_grad) == (str(ours.dtype), tuple(ours.shape), ours.requires_grad)
    a, b = theirs.detach().numpy(), ours.detach().numpy()
    if exact:
        assert a.tobytes() == b.tobytes()
    else:
        np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance)


@pytest.fixture(params=["float32", "float64"])
def both(request, name):
    return [Side(library, MADE[name], request.param) for library in (torch, minitorch_nlp)]


@pytest.mark.parametrize("name", MADE)
def test_what_it_is(both, name):
    for ask in (
        repr, lambda d: (tuple(d.batch_shape), tuple(d.event_shape)), lambda d: (bool(d.has_rsample), d.has_enumerate_support),
        lambda d: repr(d.support), lambda d: d.mean, lambda d: d.mode, lambda d: d.variance, lambda d: d.stddev, lambda d: d.entropy(),
        lambda d: d.perplexity(), lambda d: d.enumerate_support(), lambda d: d.enumerate_support(expand=False),
        lambda d: repr(d.expand((4, *d.batch_shape))), lambda d: d.expand((4, *d.batch_shape)).mean,
    ):  # fmt: skip
        agree(*[outcome(lambda ask=ask, side=side: ask(side.it)) for side in both])


@pytest.mark.parametrize("name", MADE)
def test_draws(both, name):
    exact = name.split()[0] in EXACT
    for ask in (
        lambda d: d.sample(), lambda d: d.sample((5,)), lambda d: d.sample((2, 3)), lambda d: d.sample((20,)), lambda d: d.sample((0,)),
        lambda d: d.expand((4, *d.batch_shape)).sample((2,)),
        lambda d: None if name.split()[0] in NO_GRADIENT and d.mean.requires_grad else d.rsample((3,)),
    ):  # fmt: skip
        for side in both:
            side.library.manual_seed(4)
        agree(*[outcome(lambda ask=ask, side=side: ask(side.it)) for side in both], exact)
        assert bytes(torch.get_rng_state().numpy()) == bytes(minitorch_nlp.get_rng_state().numpy())


@pytest.mark.parametrize("name", MADE)
def test_functions_of_values_and_gradients(both, name):
    values = both[0].it.sample((3,)).numpy()
    inside = [side.library.tensor(values) for side in both]
    chances = [side.library.full((3, 2), 0.3, dtype=side.library.float32) for side in both]
    for ask in (
        lambda d, x, u: d.log_prob(x), lambda d, x, u: d.cdf(x), lambda d, x, u: d.icdf(u), lambda d, x, u: d.entropy(),
        lambda d, x, u: d.expand((4, *d.batch_shape)).log_prob(x[:1]), lambda d, x, u: d.log_prob(x[:0]),
        lambda d, x, u: d.log_prob(3), lambda d, x, u: d.log_prob(x.new_full((7,), -3.3)), lambda d, x, u: d.log_prob(x * float("nan")),
    ):  # fmt: skip
        theirs, ours = [outcome(lambda ask=ask, side=s, x=x, u=u: ask(side.it, x, u)) for s, x, u in zip(both, inside, chances)]
        agree(theirs, ours)
        if hasattr(theirs, "grad_fn"):
            agree(*[outcome(lambda side=s, y=y: side.gradients(y)) for s, y in zip(both, (theirs, ours))], tolerance=2e-4)


@pytest.mark.parametrize("name", [n for n in MADE if n.split()[0] not in NO_GRADIENT])
def test_gradients_of_draws(both, name):
    if both[0].it.has_rsample:
        for side in both:
            side.library.manual_seed(9)
        agree(*[side.gradients(side.it.rsample((4,))) for side in both], tolerance=1e-4)


# ---- divergences -------------------------------------------------------------------------------------------------------------------

KINDS = {
    "Bernoulli": "d.Bernoulli({p})", "Beta": "d.Beta({s}, {s} + 1)", "Binomial": "d.Binomial(5, {p})", "Categorical": "d.Categorical({w})",
    "Cauchy": "d.Cauchy({r}, {s})", "Dirichlet": "d.Dirichlet({w})", "Exponential": "d.Exponential({s})", "Gamma": "d.Gamma({s}, {s} + 1)",
    "Geometric": "d.Geometric({p})", "Gumbel": "d.Gumbel({r}, {s})", "HalfNormal": "d.HalfNormal({s})", "Laplace": "d.Laplace({r}, {s})",
    "MultivariateNormal": "d.MultivariateNormal({v}, {C})", "Normal": "d.Normal({r}, {s})", "OneHotCategorical": "d.OneHotCategorical({w})",
    "Poisson": "d.Poisson({s})", "Uniform": "d.Uniform({p} * 0.5, {p} + 0.1)", "LogNormal": "d.LogNormal({r}, {s})", "Chi2": "d.Chi2({s})",
    "Independent": "d.Independent(d.Normal({r}, {s}), 1)", "StudentT": "d.StudentT({s})", "Uniform below 0": "d.Uniform(-{s}, {s})",
}  # fmt: skip


@pytest.mark.parametrize("kind_q", KINDS)
@pytest.mark.parametrize("kind_p", KINDS)
def test_divergence(kind_p, kind_q):
    results = []
    for library in (torch, minitorch_nlp):
        names = parameters(library, "float64") | {"d": library.distributions}
        p = KINDS[kind_p].format(**{n: n for n in names})
        q = KINDS[kind_q].format(**{n: f"{n}.flip(0)" for n in names})
        result = outcome(lambda p=p, q=q, names=names: names["d"].kl_divergence(eval(p, names), eval(q, names)))
        results.append(result if isinstance(result, type) else [result.detach() + 0, *gradients_of(result, names)])
    if isinstance(results[0], list) and np.isinf(results[0][0].numpy()).any():
        results = [r[:1] for r in results]  # where the result is inf the gradient means nothing
    agree(*results, tolerance=1e-9)


def gradients_of(result, names):
    if result.requires_grad:
        result.sum().backward()
    return [leaf.grad for leaf in names.values() if hasattr(leaf, "grad_fn")]


# ---- constraints, transforms, the rest ---------------------------------------------------------------------------------------------

START = "d = torch.distributions; c = d.constraints; x = torch.tensor([[-1.5, 0.0, 0.5], [1.0, 2.0, 3.0]]); "
SCRIPTS = """
[str(k) for k in (c.real, c.positive, c.boolean, c.simplex, c.real_vector, c.unit_interval, c.nonnegative_integer, c.one_hot, c.dependent)]
[str(k) for k in (c.interval(-1, 2), c.greater_than(3.0), c.less_than(1), c.integer_interval(0, 4), c.multinomial(3), c.half_open_interval(0, 1))]
[(k.event_dim, k.is_discrete) for k in (c.real, c.boolean, c.simplex, c.real_vector, c.lower_cholesky, c.positive_definite, c.multinomial(3))]
[k.check(x) for k in (c.real, c.positive, c.nonnegative, c.boolean, c.unit_interval, c.nonnegative_integer, c.positive_integer, c.interval(-1, 2))]
[k.check(x) for k in (c.greater_than(0.5), c.greater_than_eq(0.5), c.less_than(1), c.integer_interval(0, 2), c.half_open_interval(-1, 2))]
[k.check(x) for k in (c.simplex, c.one_hot, c.real_vector, c.multinomial(7), c.independent(c.positive, 2))]
c.simplex.check(torch.softmax(x, -1)), c.one_hot.check(torch.eye(3)), c.independent(c.positive, 3).check(x)
[k.check(torch.eye(3)) for k in (c.lower_triangular, c.lower_cholesky, c.corr_cholesky, c.square, c.symmetric, c.positive_definite)]
[k.check(x.new_ones(2, 3, 3)) for k in (c.lower_triangular, c.lower_cholesky, c.symmetric, c.positive_semidefinite, c.positive_definite)]
c.square.check(torch.ones(2, 3)), c.symmetric.check(torch.ones(4, 2, 3)), c.positive_definite.check(torch.ones(2, 2) + torch.arange(4.0).view(2, 2))
c.dependent.check(x)
c.dependent.event_dim
c.is_dependent(c.dependent), c.is_dependent(c.real), c.is_dependent(d.Categorical.support)
[(t(x), t.inv(t(x)), t.log_abs_det_jacobian(x, t(x))) for t in (d.ExpTransform(), d.SigmoidTransform(), d.TanhTransform(), d.SoftplusTransform())]
[(t(x), t.inv(t(x)), t.log_abs_det_jacobian(x, t(x))) for t in (d.AffineTransform(1.0, -2.0), d.AffineTransform(x, x + 5, event_dim=1))]
t = d.PowerTransform(3.0); t(x[1]), t.inv(x[1]), t.log_abs_det_jacobian(x[1], t(x[1])), t.sign
t = d.SoftmaxTransform(); t(x), t.inv(t(x))
t = d.StickBreakingTransform(); t(x), t.inv(t(x)), t.log_abs_det_jacobian(x, t(x)), t.forward_shape((2, 3)), t.inverse_shape((2, 3))
t = d.LowerCholeskyTransform(); t(torch.ones(2, 2)), t.inv(t(torch.ones(2, 2)))
t = d.PositiveDefiniteTransform(); t(torch.ones(2, 2)), t.inv(t(torch.ones(2, 2)))
t = d.AbsTransform(); t(x), t.inv(x)
d.AbsTransform().log_abs_det_jacobian(x, x)
d.AbsTransform().sign
t = d.ReshapeTransform((3,), (3, 1)); t(x), t.inv(t(x)), t.log_abs_det_jacobian(x, t(x))
d.ReshapeTransform((3,), (2,))
t = d.ComposeTransform([d.ExpTransform(), d.AffineTransform(1.0, 2.0), d.SigmoidTransform()]); t(x), t.inv(t(x)), t.log_abs_det_jacobian(x, t(x))
t = d.ComposeTransform([d.AffineTransform(0.0, 2.0), d.StickBreakingTransform()]); t.domain.event_dim, t.log_abs_det_jacobian(x, t(x))
t = d.ComposeTransform([d.ReshapeTransform((3,), (3, 1)), d.ExpTransform()]); t.log_abs_det_jacobian(x, t(x)), str(t.codomain), str(t.inv.domain)
t = d.IndependentTransform(d.ExpTransform(), 1); t.log_abs_det_jacobian(x, t(x)), str(t), t.event_dim, str(t.domain)
t = d.CumulativeDistributionTransform(d.Normal(0.0, 1.0)); t(x), t.inv(t(x)), t.log_abs_det_jacobian(x, t(x))
d.IndependentTransform(d.ExpTransform(), 3)(x)
d.identity_transform(x), d.identity_transform.inv(x), d.identity_transform.log_abs_det_jacobian(x, x)
str(d.ComposeTransform([d.ExpTransform().inv, d.TanhTransform()])), d.ExpTransform() == d.ExpTransform(), d.ExpTransform() == d.TanhTransform()
d.AffineTransform(0, 1) == d.AffineTransform(0, 1), d.AffineTransform(0, x) == d.AffineTransform(0, x), d.AffineTransform(0, 2) == d.AffineTransform(0, 1)
d.ExpTransform().inv.inv == d.ExpTransform(), d.ExpTransform().inv == d.ExpTransform().inv, d.PowerTransform(2.0) == d.PowerTransform(2.0)
t = d.TanhTransform(cache_size=1); y = t(x * 30); t.inv(y) is t.inv(y), t.inv(y)
t = d.ExpTransform().with_cache(); t(x) is t(x), t.inv(t(x)) is x
d.ExpTransform(cache_size=2)
[d.biject_to(k)(x) for k in (c.real, c.positive, c.greater_than(2.0), c.less_than(1), c.unit_interval, c.interval(-1.0, 3.0), c.simplex, c.real_vector)]
[d.transform_to(k)(x) for k in (c.real, c.nonnegative, c.greater_than_eq(2.0), c.half_open_interval(-1.0, 3.0), c.simplex, c.independent(c.positive, 1))]
d.transform_to(c.lower_cholesky)(torch.ones(3, 3)), d.transform_to(c.positive_definite)(torch.ones(3, 3))
d.biject_to(c.boolean)
d.biject_to(c.lower_cholesky)
d.transform_to.register(3, x)
d.Normal(0.0, -1.0)
d.Normal(0.0, -1.0, validate_args=False).scale
d.Normal("a", 1.0)
d.Bernoulli(probs=1.5)
d.Bernoulli()
d.Bernoulli(probs=0.5, logits=0.0)
d.Categorical(torch.tensor([-1.0, 2.0]))
d.Categorical(torch.tensor(0.5))
d.Categorical(logits=torch.tensor(0.5))
d.Categorical(torch.ones(3)).log_prob(torch.tensor(3))
d.Categorical(torch.ones(2, 3)).log_prob(torch.tensor([0, 2])), d.Categorical(torch.ones(2, 3)).log_prob(torch.zeros(4, 1))
d.Categorical(torch.ones(2, 3)).log_prob(torch.zeros(4, 3))
d.Uniform(1.0, 0.0)
d.Uniform(0.0, 1.0).log_prob(torch.tensor([0.0, 1.0]))
d.Uniform(0.0, 1.0, validate_args=False).log_prob(torch.tensor([-1.0, 2.0]))
d.Geometric(0.0)
d.Geometric(torch.tensor([1.0, 0.5])).log_prob(torch.zeros(2))
d.Multinomial(torch.tensor([1, 2]), torch.ones(2, 2))
d.MultivariateNormal(torch.zeros(2))
d.MultivariateNormal(torch.zeros(2), torch.eye(2), scale_tril=torch.eye(2))
d.MultivariateNormal(torch.zeros(2), -torch.eye(2))
d.MultivariateNormal(torch.zeros(2), torch.ones(2))
d.MultivariateNormal(torch.zeros(3, 1, 2), torch.eye(2).expand(4, 2, 2)).log_prob(torch.ones(5, 3, 4, 2)).contiguous()
m = d.MultivariateNormal(torch.zeros(2), torch.eye(2) * 4); m.scale_tril, m.precision_matrix, m.variance, m.covariance_matrix
d.Independent(d.Normal(0.0, 1.0), 1)
d.Independent(d.Bernoulli(torch.ones(2) / 2), 1).enumerate_support()
d.Independent(d.Bernoulli(torch.ones(2) / 2), 0).enumerate_support()
d.TransformedDistribution(d.Normal(0.0, 1.0), 3)
d.TransformedDistribution(d.Normal(0.0, 1.0), d.SoftmaxTransform())
d.TransformedDistribution(d.Normal(0.0, 1.0), d.AbsTransform()).cdf(torch.tensor(1.0))
d.MixtureSameFamily(d.Normal(0.0, 1.0), d.Normal(0.0, 1.0))
d.MixtureSameFamily(d.Categorical(torch.ones(2)), d.Normal(torch.zeros(3), 1.0))
d.Binomial(torch.tensor([3.0, 4.0]), torch.tensor([0.5, 0.5])).entropy()
d.kl_divergence(d.Binomial(3, torch.tensor(0.5)), d.Binomial(4, torch.tensor(0.5)))
d.kl_divergence(d.Bernoulli(torch.tensor([0.0, 1.0, 0.5])), d.Bernoulli(torch.tensor([0.5, 1.0, 0.0])))
d.kl_divergence(d.Categorical(torch.tensor([0.0, 1.0])), d.Categorical(torch.tensor([0.5, 0.5])))
d.kl_divergence(d.Categorical(torch.tensor([0.5, 0.5])), d.Categorical(torch.tensor([0.0, 1.0])))
d.Distribution(validate_args=False).sample()
d.Distribution(validate_args=False).mean
d.Distribution(validate_args=False).expand((2,))
d.Normal(0.0, 1.0).expand((2, 3)).expand((4, 2, 3)).batch_shape, d.Normal(torch.zeros(3), 1.0).expand((2,))
d.Normal(torch.zeros(3), 1.0, validate_args=False).expand((2, 3))._validate_args
d.utils.vec_to_tril_matrix(torch.arange(1.0, 7.0)), d.utils.tril_matrix_to_vec(torch.arange(9.0).view(3, 3)), d.utils.vec_to_tril_matrix(torch.ones(3), -1)
d.utils.vec_to_tril_matrix(torch.ones(5))
d.utils.tril_matrix_to_vec(torch.ones(2, 2), 2)
d.utils.probs_to_logits(torch.tensor([0.0, 0.5, 1.0]), True), d.utils.logits_to_probs(x), d.utils.clamp_probs(torch.tensor([0.0, 1.0]))
"""


@pytest.mark.parametrize("script", lines(SCRIPTS))
def test_same(script):
    check(START + script, torch)


def test_the_files_have_torchs_names():
    for name in torch.distributions.__all__:
        ours = getattr(minitorch_nlp.distributions, name)
        if isinstance(ours, type):
            module = getattr(torch.distributions, name).__module__
            exec(f"from {module.replace('torch', 'minitorch_nlp', 1)} import {name}", {})
