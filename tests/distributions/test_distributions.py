"""What holds of distributions by themselves: errors, caches, subclasses, draws that fit their densities."""

import math

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import distributions as d
from minitorch_nlp.refused import Refused


def test_an_invalid_parameter_is_named_with_its_constraint_and_values():
    with pytest.raises(
        ValueError, match=r"(?s)parameter scale \(Tensor of shape \(2,\)\) of distribution Normal.*GreaterThan.*invalid values"
    ):
        d.Normal(torch.zeros(2), torch.tensor([1.0, -1.0]))


def test_a_value_outside_the_support_is_named():
    with pytest.raises(ValueError, match=r"(?s)within the support \(Boolean\(\)\).*Bernoulli.*0.5"):
        d.Bernoulli(0.5).log_prob(torch.tensor(0.5))
    with pytest.raises(ValueError, match="must broadcast with batch_shape"):
        d.Normal(torch.zeros(2), 1.0).log_prob(torch.zeros(3))
    with pytest.raises(ValueError, match="must be those of event_shape"):
        d.OneHotCategorical(torch.ones(3)).log_prob(torch.zeros(2))


def test_validation_can_be_switched_off_for_all():
    try:
        d.Distribution.set_default_validate_args(False)
        assert d.Normal(0.0, -1.0).scale.item() == -1
    finally:
        d.Distribution.set_default_validate_args(True)
    with pytest.raises(ValueError, match="needs True or False"):
        d.Distribution.set_default_validate_args(3)


@pytest.mark.parametrize("made", [d.Gamma, d.Beta])
def test_the_gradient_of_a_gamma_draw_is_refused_not_wrong(made):
    concentration = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(NotImplementedError, match="in its concentration is not supported; draw with sample"):
        made(concentration, torch.ones(2)).rsample()
    assert not made(concentration, torch.ones(2)).sample().requires_grad


def test_the_rate_of_a_gamma_draw_has_a_gradient():
    rate = torch.tensor([2.0], requires_grad=True)
    draw = d.Gamma(torch.tensor([3.0]), rate).rsample((1000,))
    draw.sum().backward()
    np.testing.assert_allclose(rate.grad.item(), -draw.sum().item() / 2, rtol=1e-5)


def test_refused_names_say_what_to_use():
    refused = [name for name in d.__all__ if isinstance(getattr(d, name), Refused)]
    assert "VonMises" in refused
    for name in refused:
        with pytest.raises(NotImplementedError, match=name):
            getattr(d, name)(1.0)
    with pytest.raises(AttributeError, match="did you mean 'Normal'"):
        d.Norml


def test_a_subclass_of_ones_own():
    class Triangle(d.Distribution):
        arg_constraints = {"width": d.constraints.positive}
        support = d.constraints.real

        def __init__(self, width):
            self.width = torch.as_tensor(width)
            super().__init__(self.width.shape)

        def rsample(self, sample_shape=()):
            return self.width * torch.rand(self._extended_shape(sample_shape))

    it = Triangle(torch.ones(3))
    assert it.sample((2,)).shape == (2, 3)
    assert repr(it) == "Triangle(width: torch.Size([3]))"
    with pytest.raises(NotImplementedError, match="does not define mean"):
        it.mean
    for ask in (lambda: it.log_prob(torch.ones(3)), lambda: it.expand((2, 3)), it.entropy, lambda: it.icdf(torch.ones(3))):
        with pytest.raises(NotImplementedError, match="Triangle"):
            ask()


def test_a_subclass_with_its_own_init_needs_its_own_expand():
    class Standard(d.Normal):
        def __init__(self):
            super().__init__(0.0, 1.0)

    with pytest.raises(NotImplementedError, match="Standard has an __init__ of its own"):
        Standard().expand((2,))


def test_register_kl_takes_the_nearest_class():
    class Mine(d.Normal):
        pass

    assert d.kl_divergence(Mine(0.0, 1.0), Mine(0.0, 1.0)).item() == 0
    try:
        d.register_kl(Mine, Mine)(lambda p, q: "mine")
        assert d.kl_divergence(Mine(0.0, 1.0), Mine(0.0, 1.0)) == "mine"
        d.register_kl(Mine, d.Normal)(lambda p, q: "left")
        d.register_kl(d.Normal, Mine)(lambda p, q: "right")
        del d.kl.REGISTRY[Mine, Mine]
        with pytest.warns(RuntimeWarning, match=r"ambiguous: register_kl\(Mine, Mine\)"):
            assert d.kl_divergence(Mine(0.0, 1.0), Mine(0.0, 1.0)) == "left"
    finally:
        for pair in ((Mine, Mine), (Mine, d.Normal), (d.Normal, Mine)):
            d.kl.REGISTRY.pop(pair, None)
    with pytest.raises(TypeError, match="subclasses of Distribution"):
        d.register_kl(d.Normal, int)
    with pytest.raises(NotImplementedError, match="no formula for Normal and Categorical"):
        d.kl_divergence(d.Normal(0.0, 1.0), d.Categorical(torch.ones(2)))


MANY = {
    "Normal": d.Normal(1.0, 2.0), "Laplace": d.Laplace(1.0, 2.0), "Gumbel": d.Gumbel(1.0, 2.0), "Uniform": d.Uniform(-1.0, 2.0),
    "Exponential": d.Exponential(2.0), "LogNormal": d.LogNormal(0.0, 0.5), "HalfNormal": d.HalfNormal(2.0), "Gamma": d.Gamma(3.0, 2.0),
    "Beta": d.Beta(2.0, 3.0), "Poisson": d.Poisson(4.0), "Binomial": d.Binomial(9, torch.tensor(0.3)), "Geometric": d.Geometric(0.3),
    "Bernoulli": d.Bernoulli(0.3), "StudentT": d.StudentT(9.0), "Chi2": d.Chi2(torch.tensor(3.0)),
    "mixture": d.MixtureSameFamily(d.Categorical(torch.ones(2)), d.Normal(torch.tensor([-1.0, 2.0]), 1.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", MANY)
def test_draws_have_the_mean_variance_and_entropy_that_are_claimed(name):
    it, n = MANY[name], 6000
    torch.manual_seed(1)
    x = it.sample((n,))
    deviation = it.variance.sqrt().item()
    assert abs(x.mean().item() - it.mean.item()) < 5 * deviation / math.sqrt(n)
    np.testing.assert_allclose(x.var().item(), it.variance.item(), rtol=0.15)
    if name not in ("mixture", "Poisson") and type(it).entropy is not d.Distribution.entropy:
        surprise = -it.log_prob(x)
        assert abs(surprise.mean().item() - it.entropy().item()) < 5 * surprise.std().item() / math.sqrt(n) + 1e-4


@pytest.mark.parametrize("name", [n for n in MANY if n not in ("Poisson", "Binomial", "Geometric", "Bernoulli", "Beta", "StudentT")])
def test_cdf_is_the_integral_of_the_density(name):
    it = MANY[name]
    low, high = (it.mean - 0.4 * it.stddev).item(), (it.mean + 0.6 * it.stddev).item()
    x = torch.linspace(low, high, 2001)
    area = torch.trapezoid(it.log_prob(x).exp(), x).item()
    np.testing.assert_allclose(area, (it.cdf(torch.tensor(high)) - it.cdf(torch.tensor(low))).item(), rtol=1e-4)
