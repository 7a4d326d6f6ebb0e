"""Seq2seq with attention as for dates: 29 characters in, 10 out, V 60, 16 features per character, H 256, N 128, Adam with clipping."""

STEPS = 6


def build(torch, H=256, N=128):
    torch.manual_seed(0)
    nn = torch.nn
    V, D, S, T = 60, 16, 29, 10

    class Seq2Seq(nn.Module):
        def __init__(self):
            super().__init__()
            self.source, self.target = nn.Embedding(V, D), nn.Embedding(V, D)
            self.encoder, self.decoder = nn.LSTM(D, H, batch_first=True), nn.LSTM(D, H, batch_first=True)
            self.head = nn.Linear(2 * H, V)

        def forward(self, x, y):
            keys, state = self.encoder(self.source(x))
            h, _ = self.decoder(self.target(y), state)
            weights = torch.softmax(h @ keys.transpose(1, 2), dim=-1)
            return self.head(torch.cat([weights @ keys, h], dim=-1))

    model = Seq2Seq()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y, t = torch.randint(0, V, (N, S)), torch.randint(0, V, (N, T)), torch.randint(0, V, (N, T))

    def step():
        loss = nn.functional.cross_entropy(model(x, y).reshape(-1, V), t.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        return loss

    return step
