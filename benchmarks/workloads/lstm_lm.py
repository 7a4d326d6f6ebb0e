"""A word language model: V 10,000, 200 units, 2 LSTM layers, T 35, N 20, SGD with clipping."""

STEPS = 6


def build(torch, T=35, N=20, H=200, V=10_000):
    torch.manual_seed(0)
    nn = torch.nn

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(V, H)
            self.lstm = nn.LSTM(H, H, 2)
            self.head = nn.Linear(H, V)

        def forward(self, x, state):
            h, state = self.lstm(self.embedding(x), state)
            return self.head(h.view(-1, H)), state

    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    x, t = torch.randint(0, V, (T, N)), torch.randint(0, V, (T * N,))
    state = (torch.zeros(2, N, H), torch.zeros(2, N, H))

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
