"""TextCNN (Kim, 2014): V 10,000, 128 features, 100 channels of widths 3, 4 and 5, max over time, dropout; 50 sentences of 40 words, Adam."""

STEPS = 20


def build(torch):
    torch.manual_seed(0)
    nn = torch.nn

    class TextCNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(10_000, 128)
            self.convolutions = nn.ModuleList([nn.Conv1d(128, 100, width) for width in (3, 4, 5)])
            self.dropout = nn.Dropout(0.5)
            self.head = nn.Linear(300, 2)

        def forward(self, x):
            h = self.embedding(x).transpose(1, 2)
            return self.head(self.dropout(torch.cat([torch.relu(c(h)).max(dim=2).values for c in self.convolutions], dim=1)))

    model = TextCNN()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, t = torch.randint(0, 10_000, (50, 40)), torch.randint(0, 2, (50,))

    def step():
        loss = nn.functional.cross_entropy(model(x), t)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step
