"""784 -> 256 -> 10 with ReLU and Adam, batch 128: the MNIST classifier."""

STEPS = 100


def build(torch):
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, t = torch.randn(128, 784), torch.randint(0, 10, (128,))

    def step():
        loss = nn.functional.cross_entropy(model(x), t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step
