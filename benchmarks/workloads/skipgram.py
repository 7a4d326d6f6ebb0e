"""Skip-gram with negative sampling: V 10,000, 100 features, 128 centre words, each with 1 true and 5 drawn contexts, Adam."""

STEPS = 60


def build(torch):
    torch.manual_seed(0)
    nn = torch.nn
    V, D, N, K = 10_000, 100, 128, 5

    class SkipGram(nn.Module):
        def __init__(self):
            super().__init__()
            self.word, self.context = nn.Embedding(V, D), nn.Embedding(V, D)

        def forward(self, centre, contexts):
            return torch.bmm(self.context(contexts), self.word(centre).unsqueeze(2)).squeeze(2)

    model = SkipGram()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = nn.BCEWithLogitsLoss()
    centre, contexts = torch.randint(0, V, (N,)), torch.randint(0, V, (N, 1 + K))
    labels = torch.zeros(N, 1 + K)
    labels[:, 0] = 1

    def step():
        loss = loss_of(model(centre, contexts), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step
