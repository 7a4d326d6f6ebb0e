"""word2vec: skip-gram with negative sampling."""

import random
import re
from collections import Counter
from pydoc_data.topics import topics

import numpy as np
import torch
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

random.seed(0)
np.random.seed(0)
torch.manual_seed(0)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
words = re.findall(r"[a-z_]+", topics["assignment"].lower())
counts = Counter(words)
vocab = [word for word, n in counts.most_common() if n > 1]
index = {word: i for i, word in enumerate(vocab)}
corpus = [index[word] for word in words if word in index]
frequency = np.array([counts[word] for word in vocab], dtype=np.float32) ** 0.75
noise = torch.from_numpy(frequency / frequency.sum())
pairs = [(corpus[i], corpus[j]) for i in range(len(corpus)) for j in range(max(0, i - 2), min(len(corpus), i + 3)) if i != j]
data = DataLoader(TensorDataset(torch.LongTensor(pairs)), batch_size=64, shuffle=True, drop_last=True)


class SkipGram(nn.Module):
    def __init__(self, n_vocab, n_embed):
        super().__init__()
        self.in_embed = nn.Embedding(n_vocab, n_embed)
        self.out_embed = nn.Embedding(n_vocab, n_embed)
        self.in_embed.weight.data.uniform_(-1, 1)
        nn.init.zeros_(self.out_embed.weight)

    def forward(self, center, context, negatives):
        v = self.in_embed(center)
        positive = F.logsigmoid((v * self.out_embed(context)).sum(dim=1))
        negative = F.logsigmoid(-torch.bmm(self.out_embed(negatives), v.unsqueeze(2)).squeeze(2)).sum(1)
        return -(positive + negative).mean()


model = SkipGram(len(vocab), 32).to(device)
optimizer = optim.Adam(model.parameters(), lr=0.01)
for epoch in range(4):
    total = 0.0
    for (batch,) in data:
        batch = batch.to(device)
        negatives = torch.multinomial(noise, batch.size(0) * 5, replacement=True).view(batch.size(0), 5).to(device)
        loss = model(batch[:, 0], batch[:, 1], negatives)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch}: loss {total / len(data):.4f}")
vectors = F.normalize(model.in_embed.weight.detach(), dim=1)
for word in ("list", "object"):
    similarity = vectors @ vectors[index[word]]
    best = similarity.topk(3).indices[1:]
    print(word, "is like", [vocab[i] for i in best.tolist()], ["%.2f" % similarity[i] for i in best])
