"""The same weights and data give PyTorch's losses and gradients over 20 training steps."""

import numpy as np
import pytest

real = pytest.importorskip("torch")
import minitorch_nlp as ours  # noqa: E402


def mlp(torch):
    nn = torch.nn
    model = nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.LayerNorm(16), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 4))
    return model, lambda x: model(x), (12, 6), 4


def lstm_lm(torch):
    nn = torch.nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(11, 8)
            self.lstm = nn.LSTM(8, 10, num_layers=2, batch_first=True)
            self.head = nn.Linear(10, 11)

        def forward(self, x):
            h, _ = self.lstm(self.embedding(x))
            return self.head(h).reshape(-1, 11)

    model = Model()
    return model, model, (3, 7), 11


def gpt(torch):
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1, self.ln_2 = nn.LayerNorm(12), nn.LayerNorm(12)
            self.attn, self.proj = nn.Linear(12, 36), nn.Linear(12, 12)
            self.mlp = nn.Sequential(nn.Linear(12, 48), nn.GELU(), nn.Linear(48, 12))

        def forward(self, x):
            N, T, D = x.size()
            q, k, v = (p.view(N, T, 3, D // 3).transpose(1, 2) for p in self.attn(self.ln_1(x)).split(D, dim=2))
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.proj(y.transpose(1, 2).contiguous().view(N, T, D))
            return x + self.mlp(self.ln_2(x))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte, self.wpe = nn.Embedding(11, 12), nn.Embedding(7, 12)
            self.blocks = nn.ModuleList([Block(), Block()])
            self.ln_f = nn.LayerNorm(12)
            self.head = nn.Linear(12, 11, bias=False)
            self.wte.weight = self.head.weight

        def forward(self, x):
            h = self.wte(x) + self.wpe(torch.arange(x.shape[1]))
            for block in self.blocks:
                h = block(h)
            return self.head(self.ln_f(h)).view(-1, 11)

    model = GPT()
    return model, model, (3, 7), 11


MODELS = {"mlp": mlp, "lstm_lm": lstm_lm, "gpt": gpt}
OPTIMIZERS = {
    "sgd": lambda torch, p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "adamw": lambda torch, p: torch.optim.AdamW(p, lr=1e-2),
}


def run(torch, build, optimizer, state, data, dtype):
    """20 steps; the losses, and the gradients of the first and the last step by name."""
    model, forward, _, _ = build(torch)
    model.to(getattr(torch, dtype))
    model.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in state.items()})
    optimizer = OPTIMIZERS[optimizer](torch, model.parameters())
    losses, gradients = [], []
    for x, t in data:
        loss = torch.nn.functional.cross_entropy(forward(torch.from_numpy(x)), torch.from_numpy(t))
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        losses += [loss.item(), float(norm)]
        gradients.append({k: p.grad.detach().numpy().copy() for k, p in model.named_parameters()})
        optimizer.step()
    return losses, gradients


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-8), ("float32", 1e-4)])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", MODELS)
def test_twenty_steps(name, optimizer, dtype, tolerance):
    rng = np.random.default_rng(0)
    real.manual_seed(0)
    model, _, shape, classes = MODELS[name](real)
    model.to(getattr(real, dtype))
    state = {k: v.detach().numpy() for k, v in model.state_dict().items()}
    count = shape[0] * (shape[1] if name != "mlp" else 1)
    inputs = (lambda: rng.standard_normal(shape).astype(dtype)) if name == "mlp" else (lambda: rng.integers(0, classes, shape))
    data = [(inputs(), rng.integers(0, classes, count)) for _ in range(20)]
    expected, expected_gradients = run(real, MODELS[name], optimizer, state, data, dtype)
    losses, gradients = run(ours, MODELS[name], optimizer, state, data, dtype)
    np.testing.assert_allclose(losses, expected, rtol=tolerance, atol=tolerance)
    for mine, theirs in zip(gradients, expected_gradients):
        assert mine.keys() == theirs.keys()
        for key in mine:
            np.testing.assert_allclose(mine[key], theirs[key], rtol=tolerance, atol=tolerance, err_msg=key)
