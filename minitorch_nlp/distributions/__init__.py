"""Probability distributions, as in ``torch.distributions``: draws, densities, entropies, divergences, and gradients through them.

Draws go through the same generators as everything random here, so they are torch's numbers for the same seed and calls.

>>> import minitorch_nlp as torch
>>> policy = torch.distributions.Categorical(logits=torch.zeros(2, 4))
>>> policy.sample((3,)).shape, policy.entropy()
(torch.Size([3, 2]), tensor([1.3863, 1.3863]))
"""

from __future__ import annotations

from ..missing import explains_missing
from ..refused import refuse
from . import constraints, constraint_registry, kl, transforms, utils
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .chi2 import Chi2
from .constraint_registry import biject_to, transform_to
from .dirichlet import Dirichlet
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .exponential import Exponential
from .gamma import Gamma
from .geometric import Geometric
from .gumbel import Gumbel
from .half_cauchy import HalfCauchy
from .half_normal import HalfNormal
from .independent import Independent
from .kl import kl_divergence, register_kl
from .laplace import Laplace
from .log_normal import LogNormal
from .mixture_same_family import MixtureSameFamily
from .multinomial import Multinomial
from .multivariate_normal import MultivariateNormal
from .normal import Normal
from .one_hot_categorical import OneHotCategorical, OneHotCategoricalStraightThrough
from .poisson import Poisson
from .relaxed_bernoulli import RelaxedBernoulli
from .relaxed_categorical import RelaxedOneHotCategorical
from .studentT import StudentT
from .transformed_distribution import TransformedDistribution
from .transforms import (
    AbsTransform, AffineTransform, CatTransform, ComposeTransform, CorrCholeskyTransform, CumulativeDistributionTransform, ExpTransform,
    IndependentTransform, LowerCholeskyTransform, PositiveDefiniteTransform, PowerTransform, ReshapeTransform, SigmoidTransform,
    SoftmaxTransform, SoftplusTransform, StackTransform, StickBreakingTransform, TanhTransform, Transform, identity_transform,
)  # fmt: skip
from .uniform import Uniform

__all__ = [
    "AbsTransform", "AffineTransform", "Bernoulli", "Beta", "Binomial", "CatTransform", "Categorical", "Cauchy", "Chi2", "ComposeTransform",
    "ContinuousBernoulli", "CorrCholeskyTransform", "CumulativeDistributionTransform", "Dirichlet", "Distribution", "ExpTransform",
    "Exponential", "ExponentialFamily", "FisherSnedecor", "Gamma", "GeneralizedPareto", "Geometric", "Gumbel", "HalfCauchy", "HalfNormal",
    "Independent", "IndependentTransform", "InverseGamma", "Kumaraswamy", "LKJCholesky", "Laplace", "LogNormal", "LogisticNormal",
    "LowRankMultivariateNormal", "LowerCholeskyTransform", "MixtureSameFamily", "Multinomial", "MultivariateNormal", "NegativeBinomial",
    "Normal", "OneHotCategorical", "OneHotCategoricalStraightThrough", "Pareto", "Poisson", "PositiveDefiniteTransform", "PowerTransform",
    "RelaxedBernoulli", "RelaxedOneHotCategorical", "ReshapeTransform", "SigmoidTransform", "SoftmaxTransform", "SoftplusTransform",
    "StackTransform", "StickBreakingTransform", "StudentT", "TanhTransform", "Transform", "TransformedDistribution", "Uniform", "VonMises",
    "Weibull", "Wishart", "biject_to", "identity_transform", "kl_divergence", "register_kl", "transform_to",
]  # fmt: skip

MAKE = "not supported; make it of Uniform, Exponential or Normal and a TransformedDistribution"
GeneralizedPareto, Kumaraswamy, LogisticNormal, Pareto, Weibull = refuse(
    "GeneralizedPareto Kumaraswamy LogisticNormal Pareto Weibull", MAKE
)
FisherSnedecor, InverseGamma, NegativeBinomial = refuse(
    "FisherSnedecor InverseGamma NegativeBinomial", "not supported; make its draws of Gamma and Poisson ones"
)
LKJCholesky, Wishart = refuse("LKJCholesky Wishart", "not supported; random matrices are not")
ContinuousBernoulli, VonMises = refuse("ContinuousBernoulli VonMises", "not supported; use Beta or Normal")
(LowRankMultivariateNormal,) = refuse("LowRankMultivariateNormal", "not supported; pass the full covariance to MultivariateNormal")

__getattr__ = explains_missing(__name__)
