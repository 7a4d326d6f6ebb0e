"""Equal lengths are ordered as PyTorch's sort orders them."""

import random

import pytest

from minitorch_nlp.nn.utils._introsort import falling_order

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("seed", range(40))
def test_falling_order(seed):
    draw = random.Random(seed)
    for size in (1, 2, 15, 16, 17, 25, 33, 64, 100, 257):
        keys = [draw.randint(1, draw.choice([1, 3, 12, 1000])) for _ in range(size)]
        assert falling_order(keys) == torch.sort(torch.tensor(keys), descending=True).indices.tolist()


def test_falling_order_of_unlucky_keys():
    keys = [i if i % 2 else 1000 - i for i in range(1000)]
    assert [keys[i] for i in falling_order(keys)] == sorted(keys, reverse=True)
    assert sorted(falling_order(keys)) == list(range(1000))
