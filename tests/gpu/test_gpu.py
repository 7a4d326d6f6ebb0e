"""On CuPy arrays where a GPU is found: every op's forward and backward, and training. `make test-gpu`."""

import numpy as np
import pytest

import minitorch_nlp as torch
from minitorch_nlp import backend
from minitorch_nlp.autograd import engine
from minitorch_nlp.tensor.tensor import Tensor
from minitorch_nlp.testing import seeded_samples

from ..functional.test_every_op import OPS

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU: CuPy is not installed or sees no CUDA device"),
]


def to_gpu(value):
    if isinstance(value, np.ndarray):
        return backend.to_device(value, "cuda")
    if isinstance(value, (tuple, list)):
        return type(value)(to_gpu(v) for v in value)
    return value


def run(op, arrays, options):
    """Outputs and gradients, as NumPy arrays."""
    inputs = [Tensor._wrap(a) if hasattr(a, "dtype") else a for a in arrays]
    for t in inputs:
        if isinstance(t, Tensor) and t.array.dtype.kind == "f":
            t.requires_grad = True
    out = op(*inputs, **options)
    outs = out if isinstance(out, tuple) else (out,)
    roots = [(o.grad_fn or o, backend.as_array(o.array * 0 + 1)) for o in outs if o.requires_grad]
    results = engine.run(roots, wanted=None, retain_graph=False, create_graph=False) if roots else {}
    gradients = [backend.to_numpy(results[t][0]) for t in inputs if t in results]
    return [backend.to_numpy(o.array) for o in outs], gradients


@pytest.mark.parametrize("name", sorted(OPS))
def test_op(name):
    op = OPS[name]
    for arrays, options in seeded_samples(op, 10):
        expected = run(op, arrays, options)
        found = run(op, to_gpu(tuple(arrays)), {k: to_gpu(v) for k, v in options.items()})
        for a, b in zip(expected, found):
            for x, y in zip(a, b):
                np.testing.assert_allclose(y, x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ["mlp", "lstm", "attention"])
def test_training_gives_the_cpu_losses(kind):
    nn = torch.nn
    torch.manual_seed(0)
    x, t = torch.randn(5, 6, 8), torch.randint(0, 4, (30,))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(8, 8, batch_first=True) if kind == "lstm" else None
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True) if kind == "attention" else None
            self.head = nn.Sequential(nn.Linear(8, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 4))

        def forward(self, x):
            if self.lstm is not None:
                x = self.lstm(x)[0]
            if self.attention is not None:
                x = self.attention(x, x, x)[0]
            return self.head(x).reshape(-1, 4)

    model = Model()
    start = {k: v.clone() for k, v in model.state_dict().items()}

    def losses(device):
        model.to("cpu").load_state_dict(start)
        model.to(device)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        found = []
        for _ in range(20):
            loss = nn.functional.cross_entropy(model(x.to(device)), t.to(device))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            found.append(loss.item())
        return found

    np.testing.assert_allclose(losses("cuda"), losses("cpu"), rtol=1e-4)
