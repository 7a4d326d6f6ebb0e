"""Checkpointing lets go of memory."""

import tracemalloc

import pytest

import minitorch_nlp as torch
from minitorch_nlp.utils.checkpoint import CheckpointError, checkpoint

SIZE = 4 * 200_000  # bytes of one tensor


def held(run):
    """Bytes that the graph behind ``run(x)`` holds."""
    x = torch.ones(200_000, requires_grad=True)
    run(x)
    tracemalloc.start()
    try:
        y = run(x)
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    y.sum().backward()
    return used, x.grad


def deep(x):
    for _ in range(10):
        x = (x * 0.5).tanh()
    return x


@pytest.mark.parametrize("reentrant", [False, True])
def test_only_the_result_is_kept(reentrant):
    plain, expected = held(deep)
    used, grad = held(lambda x: checkpoint(deep, x, use_reentrant=reentrant))
    assert plain > 10 * SIZE
    assert used < 1.2 * SIZE
    assert torch.equal(grad, expected)


def test_memory_is_free_again_after_backward():
    x = torch.ones(200_000, requires_grad=True)
    tracemalloc.start()
    try:
        y = checkpoint(deep, x, use_reentrant=False)
        y.sum().backward()
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert used < 2.2 * SIZE  # the result and the gradient


def test_other_ops_the_second_time_are_named():
    calls = []

    def changing(a):
        calls.append(1)
        return a.exp().sum() if len(calls) == 1 else a.sin().sum()

    with pytest.raises(CheckpointError, match=r"op 0 .* was ExpBackward0\(float32\[2\]\) at first, but SinBackward0"):
        checkpoint(changing, torch.ones(2, requires_grad=True), use_reentrant=False).backward()


def test_fewer_ops_the_second_time():
    calls = []

    def changing(a):
        calls.append(1)
        return a.exp().sin().sum() if len(calls) == 1 else a.exp().sum()

    with pytest.raises(CheckpointError, match="2 ops saved values at first, but 1 did"):
        checkpoint(changing, torch.ones(2, requires_grad=True), use_reentrant=False).backward()


def test_in_place_ops_inside_have_their_own_gradients():
    def run(a):
        y = a * 2
        y.exp_()
        y.mul_(a)
        return y.sin()

    grads = []
    for call in (run, lambda a: checkpoint(run, a, use_reentrant=False), lambda a: checkpoint(run, a, use_reentrant=True)):
        x = torch.tensor([0.1, 0.2], dtype=torch.float64, requires_grad=True)
        call(x).sum().backward()
        grads.append(x.grad)
    assert torch.equal(grads[0], grads[1])
    assert torch.equal(grads[0], grads[2])


def test_a_function_inside():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a * a

        @staticmethod
        def backward(ctx, dy):
            return 2 * dy * ctx.saved_tensors[0]

    x = torch.tensor([3.0], requires_grad=True)
    y = checkpoint(lambda a: Square.apply(a.exp()), x, use_reentrant=False)
    y.backward()
    assert x.grad.item() == pytest.approx(2 * torch.exp(x).item() ** 2)


def test_refusals():
    from minitorch_nlp.utils import checkpoint as module

    with pytest.raises(NotImplementedError, match="smaller parts"):
        module.create_selective_checkpoint_contexts([])
    with pytest.raises(ValueError, match="use_reentrant=False"):
        checkpoint(torch.exp, torch.ones(1), use_reentrant=True, debug=True)
