import random

import torch
import torch.nn as nn
import torch.nn.functional as F

random.seed(0)
torch.manual_seed(4)
V, H = 12, 24


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, H)
        self.gru = nn.GRU(H, H, bidirectional=True)
        self.merge = nn.Linear(2 * H, H)

    def forward(self, source):
        outputs, hidden = self.gru(self.embedding(source))
        return outputs, torch.tanh(self.merge(torch.cat((hidden[-2], hidden[-1]), dim=1)))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, H)
        self.attention = nn.Linear(3 * H, 1)
        self.cell = nn.GRU(3 * H, H)
        self.head = nn.Linear(H, V)
        self.dropout = nn.Dropout(0.1)

    def forward(self, token, hidden, memory):
        length = memory.shape[0]
        query = hidden.unsqueeze(0).repeat(length, 1, 1)
        scores = self.attention(torch.cat((query, memory), dim=2)).squeeze(2)
        weights = F.softmax(scores, dim=0).t().unsqueeze(1)
        context = torch.bmm(weights, memory.permute(1, 0, 2)).squeeze(1)
        embedded = self.dropout(self.embedding(token))
        output, hidden = self.cell(torch.cat((embedded, context), dim=1).unsqueeze(0), hidden.unsqueeze(0))
        return self.head(output.squeeze(0)), hidden.squeeze(0)


encoder, decoder = Encoder(), Decoder()
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=5e-3)
for step in range(25):
    source = torch.randint(2, V, (6, 16))
    target = source.flip(0)  # the task: say it backwards
    memory, hidden = encoder(source)
    outputs = torch.zeros(6, 16, V)
    token = torch.zeros(16, dtype=torch.long)
    for t in range(6):
        logits, hidden = decoder(token, hidden, memory)
        outputs[t] = logits
        token = target[t] if random.random() < 0.5 else logits.argmax(1)
    loss = F.cross_entropy(outputs.view(-1, V), target.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_([*encoder.parameters(), *decoder.parameters()], 1.0)
    optimizer.step()
    print(f"{step}: {loss.item():.4f} {norm.item():.3f}")
