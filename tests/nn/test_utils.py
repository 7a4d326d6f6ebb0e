"""Clipping, vectors of parameters, padding."""

import math

import pytest

import minitorch_nlp as torch
from minitorch_nlp import nn
from minitorch_nlp.nn.utils.rnn import pad_sequence, unpad_sequence


def with_grads(*grads):
    params = [nn.Parameter(torch.zeros(len(g))) for g in grads]
    for p, g in zip(params, grads):
        p.grad = torch.tensor(g)
    return params


def test_clip_grad_norm_scales_all_by_one_factor():
    params = [*with_grads([3.0, 0.0], [4.0]), nn.Parameter(torch.zeros(1))]
    total = nn.utils.clip_grad_norm_(iter(params), 1.0)
    assert total.item() == 5.0
    assert total.shape == ()
    assert total.dtype is torch.float32
    assert params[0].grad.tolist() == pytest.approx([0.6, 0.0], rel=1e-5)
    assert params[1].grad.tolist() == pytest.approx([0.8], rel=1e-5)
    assert nn.utils.clip_grad_norm_(params, 2.0).item() == pytest.approx(1.0)  # within the limit: unchanged
    assert params[1].grad.tolist() == pytest.approx([0.8], rel=1e-5)


NORMS = [(1, 9.0), (2.0, math.sqrt(29)), (3.0, 99 ** (1 / 3)), (math.inf, 4.0), (-math.inf, 2.0), (0, 2.0)]  # of norms, also for 0


@pytest.mark.parametrize(("norm_type", "expected"), NORMS)
def test_norm_types(norm_type, expected):
    params = with_grads([-3.0, 2.0], [4.0])
    assert nn.utils.clip_grad_norm_(params, 100.0, norm_type).item() == pytest.approx(expected, rel=1e-6)


def test_clip_grad_norm_edges():
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0.0
    (p,) = with_grads([math.inf, 1.0])
    with pytest.raises(RuntimeError, match="non-finite"):
        nn.utils.clip_grad_norm_(p, 1.0, error_if_nonfinite=True)
    assert p.grad.tolist() == [math.inf, 1.0]
    assert nn.utils.clip_grad_norm_(p, 1.0).item() == math.inf
    assert math.isnan(p.grad[0].item())
    (p,) = with_grads([math.nan, 1.0])
    nn.utils.clip_grad_norm_(p, 1.0, foreach=False)
    assert math.isnan(p.grad[1].item())
    (p,) = with_grads([3.0, 4.0])
    assert nn.utils.get_total_norm([p.grad]).item() == 5
    nn.utils.clip_grads_with_norm_(p, 1.0, torch.tensor(10.0))
    assert p.grad.tolist() == pytest.approx([0.3, 0.4], rel=1e-5)


def test_clipping_is_seen_by_autograd():
    for clip in (lambda p: nn.utils.clip_grad_norm_(p, 1.0), lambda p: nn.utils.clip_grad_value_(p, 1.0)):
        (p,) = with_grads([3.0, 4.0])
        x = torch.ones(2, requires_grad=True)
        y = (x * p.grad).sum()
        clip(p)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.backward()


def test_clip_grad_value_():
    params = with_grads([-3.0, 0.5, 2.0])
    nn.utils.clip_grad_value_(params, 1)
    assert params[0].grad.tolist() == [-1, 0.5, 1]
    nn.utils.clip_grad_value_(params[0], 0.25)
    assert params[0].grad.tolist() == [-0.25, 0.25, 0.25]


def test_parameters_to_vector_and_back():
    net = nn.Linear(2, 3)
    vector = nn.utils.parameters_to_vector(net.parameters())
    assert vector.shape == (9,)
    assert vector[:6].tolist() == net.weight.flatten().tolist()
    vector.sum().backward()
    assert net.weight.grad.tolist() == [[1, 1]] * 3
    weight = net.weight
    nn.utils.vector_to_parameters(torch.arange(9.0), net.parameters())
    assert net.weight is weight
    assert weight.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert net.bias.tolist() == [6, 7, 8]
    assert weight.requires_grad
    with pytest.raises(TypeError, match=r"expected torch\.Tensor, but got: list"):
        nn.utils.vector_to_parameters([1.0], net.parameters())
    with pytest.raises(RuntimeError, match="the vector has 2 elements, the parameters 9"):
        nn.utils.vector_to_parameters(torch.ones(2), net.parameters())


def test_pad_sequence():
    a, b = torch.tensor([1, 2, 3]), torch.tensor([4])
    assert pad_sequence([a, b]).tolist() == [[1, 4], [2, 0], [3, 0]]
    assert pad_sequence((a, b), batch_first=True, padding_value=9).tolist() == [[1, 2, 3], [4, 9, 9]]
    assert pad_sequence(iter([a, b]), batch_first=True, padding_side="left").tolist() == [[1, 2, 3], [0, 0, 4]]
    assert pad_sequence([a, b]).dtype is torch.int64
    assert pad_sequence([torch.ones(2), b]).dtype is torch.float32
    assert pad_sequence([b, torch.ones(2)]).dtype is torch.int64  # that of the first
    assert pad_sequence([torch.ones(2, 3), torch.ones(1, 3)]).shape == (2, 2, 3)
    assert pad_sequence([torch.ones(0, 3), torch.ones(0, 3)]).shape == (0, 2, 3)


def test_pad_sequence_is_differentiable():
    a, b = (torch.ones(n, 2, requires_grad=True) for n in (3, 1))
    y = pad_sequence([a, b], batch_first=True)
    (y * torch.arange(12.0).reshape(2, 3, 2)).sum().backward()
    assert a.grad.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert b.grad.tolist() == [[6, 7]]


def test_pad_sequence_errors():
    for args, text in (
        (([],), "empty list"),
        (([torch.ones(2), torch.ones(2, 2)],), r"must have the shape \(T\); number 1 has \(2, 2\)"),
        (([torch.tensor(1.0)],), "number 0"),
        (([torch.ones(1)], False, 0.0, "up"), "Expected padding_side to be one of left or right, but got up."),
    ):
        with pytest.raises(RuntimeError, match=text):
            pad_sequence(*args)


@pytest.mark.parametrize("batch_first", [False, True])
def test_unpad_sequence(batch_first):
    sequences = [torch.arange(6.0).reshape(3, 2), torch.ones(1, 2)]
    padded = pad_sequence(sequences, batch_first)
    back = unpad_sequence(padded, torch.tensor([3, 1]), batch_first)
    assert [s.tolist() for s in back] == [s.tolist() for s in sequences]
