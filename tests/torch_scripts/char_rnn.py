"""A character RNN with an LSTM cell, truncated backpropagation and sampling."""

from pydoc_data.topics import topics

import torch
from torch import nn

torch.manual_seed(1234)
text = topics["for"][:1500]
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden=48, layers=2):
        super().__init__()
        self.embed = nn.Embedding(vocab, 24)
        self.cells = nn.ModuleList(nn.LSTMCell(24 if i == 0 else hidden, hidden) for i in range(layers))
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(hidden, vocab)
        self.hidden = hidden

    def start(self, batch):
        return [(torch.zeros(batch, self.hidden), torch.zeros(batch, self.hidden)) for _ in self.cells]

    def forward(self, x, state):
        x, new = self.embed(x), []
        for cell, s in zip(self.cells, state):
            h, c = cell(x, s)
            new.append((h, c))
            x = self.drop(h)
        return self.head(x), new


model = CharRNN(len(chars))
optimizer = torch.optim.RMSprop(model.parameters(), lr=3e-3)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.7)
batch, length = 10, 15
columns = data[: len(data) // batch * batch].view(batch, -1).t().contiguous()
for epoch in range(5):
    state, total, count = model.start(batch), 0.0, 0
    for i in range(0, columns.size(0) - 1 - length, length):
        state = [(h.detach(), c.detach()) for h, c in state]
        loss = 0
        for t in range(length):
            logits, state = model(columns[i + t], state)
            loss = loss + nn.functional.cross_entropy(logits, columns[i + t + 1])
        loss = loss / length
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)
        optimizer.step()
        total, count = total + loss.item(), count + 1
    scheduler.step()
    print(f"epoch {epoch} | loss {total / count:.4f} | lr {optimizer.param_groups[0]['lr']:.6f}")
model.eval()
with torch.no_grad():
    state, c, out = model.start(1), torch.tensor([stoi["T"]]), "T"
    for _ in range(60):
        logits, state = model(c, state)
        c = torch.multinomial(torch.softmax(logits / 0.8, dim=-1), num_samples=1).view(1)
        out += chars[c.item()]
print(repr(out))
