"""An LSTM language model with dropout: 500 steps."""

import hashlib
import pydoc_data.topics

import torch
from torch import nn

torch.manual_seed(12)
text = pydoc_data.topics.topics["assignment"][:4000]
letters = sorted(set(text))
data = torch.tensor([letters.index(c) for c in text])


class LanguageModel(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 24)
        self.lstm = nn.LSTM(24, 48, num_layers=2, dropout=0.1, batch_first=True)
        self.head = nn.Linear(48, vocabulary)

    def forward(self, x):
        return self.head(self.lstm(self.embedding(x))[0])


model = LanguageModel(len(letters))
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 500)
for _ in range(500):
    starts = torch.randint(len(data) - 17, (8,))
    batch = torch.stack([data[s : s + 17] for s in starts])
    loss = nn.functional.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    print(f"{loss.item():.9e}")
print(hashlib.sha256(bytes(torch.get_rng_state().tolist())).hexdigest())
