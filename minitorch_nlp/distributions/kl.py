"""Kullback and Leibler's divergence ``KL(p || q) = E_p [ln p(x) - ln q(x)]``, in closed form where there is one.

Between two of a kind the formulas are below. Between different kinds it is ``-H(p) - E_p ln q(x)``: for each q a function of a few
expectations under p (its mean and variance, E ln x, E e^(t x)), which the tables give for each p.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from ..autograd.api import grad
from ..linalg import solve_triangular
from ..nn.functional import softplus
from ..tensor.creation import full_like
from ..tensor.pointwise import where
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .dirichlet import Dirichlet
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .exponential import Exponential
from .gamma import Gamma
from .geometric import Geometric
from .gumbel import Gumbel
from .half_normal import HalfNormal
from .independent import Independent
from .laplace import Laplace
from .multivariate_normal import MultivariateNormal, half_log_det, squared_distance
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .poisson import Poisson
from .transformed_distribution import TransformedDistribution
from .uniform import Uniform
from .utils import EULER, sum_rightmost

__all__ = ["kl_divergence", "register_kl"]

REGISTRY: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Any], Any]:
    """Decorates a function ``(p, q) -> KL(p || q)`` for two classes of distributions and their subclasses.

    Raises:
        TypeError: something that is not a class of distributions.
    """
    for kind in (type_p, type_q):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"register_kl: needs subclasses of Distribution, but got {kind!r}")

    def keep(function: Any) -> Any:
        REGISTRY[type_p, type_q] = function
        return function

    return keep


def kl_divergence(p: Any, q: Any) -> Any:
    """KL(p || q), a tensor of the shape of the batch.

    Raises:
        NotImplementedError: no formula is known for the two classes.

    Example:
        >>> import minitorch_nlp as torch
        >>> normal = torch.distributions.Normal
        >>> torch.distributions.kl_divergence(normal(0.0, 1.0), normal(1.0, 1.0))
        tensor(0.5000)
    """
    return registered(type(p), type(q))(p, q)


def registered(type_p: type, type_q: type) -> Callable[[Any, Any], Any]:
    """The function for the nearest pair of classes that the two are subclasses of; p's class counts first."""
    order_p, order_q = type_p.__mro__, type_q.__mro__
    matches = [(order_p.index(a), order_q.index(b)) for a, b in REGISTRY if issubclass(type_p, a) and issubclass(type_q, b)]
    if not matches:
        raise NotImplementedError(f"kl_divergence: no formula for {type_p.__name__} and {type_q.__name__} is known; register_kl one")
    by_p, by_q = min(matches), min(matches, key=lambda m: m[::-1])
    found, other = (REGISTRY[order_p[i], order_q[j]] for i, j in (by_p, by_q))
    if found is not other:
        names = f"{order_p[by_p[0]].__name__}, {order_q[by_q[1]].__name__}"
        warnings.warn(
            f"kl_divergence({type_p.__name__}, {type_q.__name__}) is ambiguous: register_kl({names})", RuntimeWarning, stacklevel=3
        )
    return found


# ---- two of a kind -----------------------------------------------------------------------------------------------------------------


@register_kl(Bernoulli, Bernoulli)
def bernoulli_bernoulli(p: Any, q: Any) -> Any:
    """p ln p/q + (1 - p) ln (1 - p)/(1 - q)"""
    heads = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    tails = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    heads = where(p.probs == 0, 0.0, where(q.probs == 0, math.inf, heads))
    return heads + where(p.probs == 1, 0.0, where(q.probs == 1, math.inf, tails))


@register_kl(Beta, Beta)
def beta_beta(p: Any, q: Any) -> Any:
    return dirichlet_dirichlet(p._dirichlet, q._dirichlet)


@register_kl(Binomial, Binomial)
def binomial_binomial(p: Any, q: Any) -> Any:
    """n times that of one trial; inf where p can exceed q's count"""
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError("kl_divergence: not implemented for Binomials where q.total_count > p.total_count")
    trial = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return where(p.total_count > q.total_count, math.inf, p.total_count * trial)


@register_kl(Categorical, Categorical)
def categorical_categorical(p: Any, q: Any) -> Any:
    """sum p_i ln p_i/q_i"""
    terms = where(q.probs == 0, math.inf, p.probs * (p.logits - q.logits))
    return where(p.probs == 0, 0.0, terms).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def one_hot_one_hot(p: Any, q: Any) -> Any:
    return categorical_categorical(p._categorical, q._categorical)


@register_kl(Cauchy, Cauchy)
def cauchy_cauchy(p: Any, q: Any) -> Any:
    """ln ((s_p + s_q)^2 + (l_p - l_q)^2) - ln 4 s_p s_q"""
    return ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log() - (4 * p.scale * q.scale).log()


@register_kl(Dirichlet, Dirichlet)
def dirichlet_dirichlet(p: Any, q: Any) -> Any:
    """ln B(b) - ln B(a) + sum (a_i - b_i) (digamma(a_i) - digamma(a_0))"""
    a, b = p.concentration, q.concentration
    log_betas = (b.lgamma() - a.lgamma()).sum(-1) + a.sum(-1).lgamma() - b.sum(-1).lgamma()
    return log_betas + ((a - b) * (a.digamma() - a.sum(-1, True).digamma())).sum(-1)


@register_kl(Exponential, Exponential)
def exponential_exponential(p: Any, q: Any) -> Any:
    """r - 1 - ln r with r = rate_q / rate_p"""
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@register_kl(ExponentialFamily, ExponentialFamily)
def family_family(p: Any, q: Any) -> Any:
    """A(eta_q) - A(eta_p) - (eta_q - eta_p) . A'(eta_p): Bregman's divergence of the log normalizer"""
    if type(p) is not type(q):
        raise NotImplementedError(f"kl_divergence: {type(p).__name__} and {type(q).__name__} are different exponential families")
    natural_p, natural_q = [eta.detach().requires_grad_() for eta in p._natural_params], q._natural_params
    normalizer = p._log_normalizer(*natural_p)
    slopes = grad(normalizer.sum(), natural_p, create_graph=True)
    result = q._log_normalizer(*natural_q) - normalizer
    for eta_p, eta_q, slope in zip(natural_p, natural_q, slopes):
        result = result - sum_rightmost((eta_q - eta_p) * slope, len(q.event_shape))
    return result


@register_kl(Gamma, Gamma)
def gamma_gamma(p: Any, q: Any) -> Any:
    """b ln (rate_p / rate_q) + ln Gamma(b)/Gamma(a) + (a - b) digamma(a) + a (rate_q - rate_p) / rate_p"""
    a, b = p.concentration, q.concentration
    return b * (p.rate / q.rate).log() + b.lgamma() - a.lgamma() + (a - b) * a.digamma() + (q.rate - p.rate) * (a / p.rate)


@register_kl(Geometric, Geometric)
def geometric_geometric(p: Any, q: Any) -> Any:
    """-H(p) - ln (1 - q)/p - logit(q)"""
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(HalfNormal, HalfNormal)
def half_normal_half_normal(p: Any, q: Any) -> Any:
    return normal_normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def laplace_laplace(p: Any, q: Any) -> Any:
    """-ln r + d / s_q + r e^(-d / s_p) - 1 with r = s_p / s_q, d = |l_p - l_q|"""
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + distance / q.scale + ratio * (-distance / p.scale).exp() - 1


@register_kl(MultivariateNormal, MultivariateNormal)
def multivariate_multivariate(p: Any, q: Any) -> Any:
    """ln det L_q / det L_p + (|L_q^-1 L_p|^2 + |L_q^-1 (l_q - l_p)|^2 - n) / 2"""
    if p.event_shape != q.event_shape:
        raise ValueError(f"kl_divergence: needs MultivariateNormals of one event_shape, but they have {p.event_shape} and {q.event_shape}")
    lower_p, lower_q = p._unbroadcasted_scale_tril, q._unbroadcasted_scale_tril
    spread = solve_triangular(lower_q, lower_p, upper=False).square().sum((-2, -1))
    distance = squared_distance(lower_q, q.loc - p.loc)
    return half_log_det(lower_q) - half_log_det(lower_p) + 0.5 * (spread + distance - p.event_shape[0])


@register_kl(Normal, Normal)
def normal_normal(p: Any, q: Any) -> Any:
    """(v + (l_p - l_q)^2 / s_q^2 - 1 - ln v) / 2 with v = s_p^2 / s_q^2"""
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(Poisson, Poisson)
def poisson_poisson(p: Any, q: Any) -> Any:
    """r_p ln r_p/r_q - (r_p - r_q)"""
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Gumbel, Gumbel)
def gumbel_gumbel(p: Any, q: Any) -> Any:
    """ln s_q/s_p + (l_p - l_q)/s_q + r c + e^((l_q - l_p)/s_q) Gamma(1 + r) - 1 - c with r = s_p / s_q, Euler's c"""
    ratio, shift = p.scale / q.scale, (p.loc - q.loc) / q.scale
    return -ratio.log() + shift + ratio * EULER + ((1 + ratio).lgamma() - shift).exp() - (1 + EULER)


@register_kl(Uniform, Uniform)
def uniform_uniform(p: Any, q: Any) -> Any:
    """ln of the ratio of the widths; inf where p reaches outside q"""
    return outside_is_infinite((q.low > p.low) | (q.high < p.high), ((q.high - q.low) / (p.high - p.low)).log())


@register_kl(TransformedDistribution, TransformedDistribution)
def transformed_transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError("kl_divergence: transformed distributions must have equal transforms and event shapes")
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Independent, Independent)
def independent_independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("kl_divergence: Independent distributions must have equal reinterpreted_batch_ndims")
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


# ---- different kinds ---------------------------------------------------------------------------------------------------------------


def outside_is_infinite(outside: Any, value: Any) -> Any:
    return where(outside, math.inf, value)


def x_log_x(x: Any) -> Any:
    return x.xlogy(x)


def mean_log_uniform(low: Any, high: Any) -> Any:
    """The mean of ln x over [low, high]: x ln x - x at the ends, over the width."""
    return (x_log_x(high) - x_log_x(low)) / (high - low) - 1


MEAN_LOG: dict[type, Callable[[Any], Any]] = {  # E_p ln x
    Beta: lambda p: p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma(),
    Exponential: lambda p: -EULER - p.rate.log(),
    Uniform: lambda p: mean_log_uniform(p.low, p.high),
}
MEAN_EXP: dict[type, Callable[[Any, Any, Any], Any]] = {  # E_p e^(-(x - loc) / scale)
    Exponential: lambda p, loc, scale: (loc / scale).exp() * p.rate * scale / (p.rate * scale + 1),
    Gamma: lambda p, loc, scale: (loc / scale).exp() * (1 + (p.rate * scale).reciprocal()).pow(-p.concentration),
    Normal: lambda p, loc, scale: ((loc - p.loc) / scale + 0.5 * (p.scale / scale).pow(2)).exp(),
    Uniform: lambda p, loc, scale: (((loc - p.low) / scale).exp() - ((loc - p.high) / scale).exp()) * scale / (p.high - p.low),
}
LOWEST: dict[type, Callable[[Any], Any]] = {Beta: lambda p: p.concentration1 * 0, Uniform: lambda p: p.low}
HIGHEST: dict[type, Callable[[Any], Any]] = {Beta: lambda p: p.concentration1 * 0 + 1, Uniform: lambda p: p.high}


def to_exponential(kind: type, p: Any, q: Any) -> Any:
    """-H(p) - ln rate + rate E x"""
    value = -p.entropy() - q.rate.log() + q.rate * p.mean
    return outside_is_infinite(LOWEST[kind](p) < 0, value) if kind is Uniform else value


def to_gamma(kind: type, p: Any, q: Any) -> Any:
    """-H(p) - a ln rate + ln Gamma(a) - (a - 1) E ln x + rate E x"""
    a = q.concentration
    value = -p.entropy() - a * q.rate.log() + a.lgamma() - (a - 1) * MEAN_LOG[kind](p) + q.rate * p.mean
    return outside_is_infinite(LOWEST[kind](p) < 0, value) if kind is Uniform else value


def to_normal(kind: type, p: Any, q: Any) -> Any:
    """-H(p) + ln s + ln sqrt(2 pi) + (Var x + (E x - l)^2) / 2 s^2"""
    spread = p.variance + (p.mean - q.loc).pow(2)
    return -p.entropy() + q.scale.log() + 0.5 * math.log(2 * math.pi) + 0.5 * spread / q.scale.pow(2)


def to_gumbel(kind: type, p: Any, q: Any) -> Any:
    """-H(p) + ln s + E z + E e^-z with z = (x - l) / s"""
    return -p.entropy() + q.scale.log() + (p.mean - q.loc) / q.scale + MEAN_EXP[kind](p, q.loc, q.scale)


def to_uniform(kind: type, p: Any, q: Any) -> Any:
    """-H(p) + ln (high - low)"""
    return outside_is_infinite((q.low > LOWEST[kind](p)) | (q.high < HIGHEST[kind](p)), -p.entropy() + (q.high - q.low).log())


for kinds, target, formula in (
    ((Beta, Gamma, Uniform), Exponential, to_exponential),
    ((Beta, Exponential, Uniform), Gamma, to_gamma),
    ((Beta, Exponential, Gamma, Gumbel, Laplace, Uniform), Normal, to_normal),
    ((Exponential, Gamma, Normal, Uniform), Gumbel, to_gumbel),
    ((Beta,), Uniform, to_uniform),
):
    for kind in kinds:
        register_kl(kind, target)(partial(formula, kind))


@register_kl(Normal, Laplace)
def normal_laplace(p: Any, q: Any) -> Any:
    """-H(p) + ln 2 s_q + E |x - l_q| / s_q; E |y| = s sqrt(2/pi) e^(-m^2 / 2 s^2) + m erf(m / s sqrt 2) for y normal (m, s)"""
    m = p.loc - q.loc
    distance = math.sqrt(2 / math.pi) * p.scale * (-0.5 * (m / p.scale).pow(2)).exp() + m * (math.sqrt(0.5) * m / p.scale).erf()
    return -p.entropy() + (2 * q.scale).log() + distance / q.scale


@register_kl(Uniform, Beta)
def uniform_beta(p: Any, q: Any) -> Any:
    """-ln (high - low) + ln B(a, b) - (a - 1) E ln x - (b - 1) E ln (1 - x)"""
    a, b = q.concentration1, q.concentration0
    log_beta = a.lgamma() + b.lgamma() - (a + b).lgamma()
    value = log_beta - p.entropy() - (a - 1) * mean_log_uniform(p.low, p.high) - (b - 1) * mean_log_uniform(1 - p.high, 1 - p.low)
    return outside_is_infinite((p.high > 1) | (p.low < 0), value)


@register_kl(Bernoulli, Poisson)
def bernoulli_poisson(p: Any, q: Any) -> Any:
    """-H(p) - p ln rate + rate"""
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


def infinite(name: str, p: Any, q: Any) -> Any:
    """p reaches where q does not."""
    return full_like(getattr(p, name), math.inf)


for kind, name, unreached in (
    (Exponential, "rate", (Beta, Uniform)),
    (Gamma, "concentration", (Beta, Uniform)),
    (Gumbel, "loc", (Beta, Exponential, Gamma, Uniform)),
    (Laplace, "loc", (Beta, Exponential, Gamma, Uniform)),
    (Normal, "loc", (Beta, Exponential, Gamma, Uniform)),
    (Poisson, "rate", (Bernoulli, Binomial)),
):
    for target in unreached:
        register_kl(kind, target)(partial(infinite, name))
