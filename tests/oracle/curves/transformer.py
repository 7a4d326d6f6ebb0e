import math

import torch
from torch import nn, optim

torch.manual_seed(11)
V, D, T = 20, 32, 10


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        position = torch.arange(T).unsqueeze(1)
        frequency = torch.exp(torch.arange(0, D, 2) * (-math.log(10000.0) / D))
        table = torch.zeros(T, D)
        table[:, 0::2] = torch.sin(position * frequency)
        table[:, 1::2] = torch.cos(position * frequency)
        self.register_buffer("table", table)
        layer = nn.TransformerEncoderLayer(D, nhead=4, dim_feedforward=64, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)
        self.head = nn.Linear(D, V)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def forward(self, x, mask):
        h = self.embedding(x) * math.sqrt(D) + self.table
        return self.head(self.encoder(h, mask=mask))


model = Model()
print(sum(p.numel() for p in model.parameters() if p.requires_grad), sorted(model.state_dict())[:3])
optimizer = optim.AdamW(model.parameters(), lr=1e-3)
mask = nn.Transformer.generate_square_subsequent_mask(T)
data = torch.randint(0, V, (64, T + 1))
for step in range(20):
    batch = data[torch.randperm(64)[:16]]
    logits = model(batch[:, :-1], mask)
    loss = nn.CrossEntropyLoss(label_smoothing=0.1)(logits.reshape(-1, V), batch[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    print("step %d | loss %.4f" % (step, loss.item()))
model.eval()
with torch.no_grad():
    probabilities = torch.softmax(model(data[:1, :-1], mask)[0, -1], dim=-1)
    values, indices = probabilities.topk(3)
print(indices, torch.multinomial(probabilities, 5, replacement=True).tolist(), f"{values.sum():.4f}")
