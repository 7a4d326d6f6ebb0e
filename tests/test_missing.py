"""A name that is not here is named in torch's terms, with the nearest name there is."""

import pytest

import minitorch_nlp as torch


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        (torch, "fork", ["torch.fork is not supported"]),
        (torch, "arrange", ["'minitorch_nlp' has no attribute 'arrange'", "did you mean 'arange'?"]),
        (torch.linalg, "eigvalz", ["'minitorch_nlp.linalg'", "did you mean 'eigvals'?"]),
        (torch.nn, "Lineer", ["did you mean 'Linear'?"]),
        (torch.nn.functional, "sofmax", ["did you mean 'softmax'?"]),
        (torch.special, "gamln", ["did you mean 'gammaln'?"]),
        (torch.func, "functional_cal", ["did you mean 'functional_call'?"]),
        (torch.autograd, "backwards", ["did you mean 'backward'?"]),
        (torch.nn.init, "xavier_unifrom_", ["did you mean 'xavier_uniform_'?"]),
    ],
)
def test_missing(module, name, words):
    with pytest.raises(AttributeError) as raised:
        getattr(module, name)
    assert all(word in str(raised.value) for word in words), str(raised.value)
    assert raised.value.name == name


def test_a_missing_method():
    with pytest.raises(AttributeError, match="'Tensor' object has no attribute 'sofmax'"):
        torch.zeros(2).sofmax()
