"""A word language model: V 10,000, 200 units, 2 LSTM layers, T 35, N 20, SGD with clipping."""

STEPS = 6


def build(torch):
    torch.manual_seed(0)
    nn = torch.nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(10000, 200)
            self.lstm = nn.LSTM(200, 200, 2)
            self.head = nn.Linear(200, 10000)

        def forward(self, x, state):
            h, state = self.lstm(self.embedding(x), state)
            return self.head(h.view(-1, 200)), state

    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    x, t = torch.randint(0, 10000, (35, 20)), torch.randint(0, 10000, (700,))
    state = (torch.zeros(2, 20, 200), torch.zeros(2, 20, 200))

    def step():
        nonlocal state
        logits, state = model(x, tuple(s.detach() for s in state))
        loss = nn.functional.cross_entropy(logits, t)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
        return loss

    return step
