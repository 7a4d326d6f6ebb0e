"""The book's spiral network, 2 -> 10 -> 3, batch 30, SGD: all overhead, hardly any arithmetic."""

STEPS = 2000


def build(torch):
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 10), nn.Sigmoid(), nn.Linear(10, 3))
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    x, t = torch.randn(30, 2), torch.randint(0, 3, (30,))

    def step():
        loss = loss_of(model(x), t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step
