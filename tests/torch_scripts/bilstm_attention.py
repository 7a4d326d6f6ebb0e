"""A sentence classifier: bidirectional LSTM over packed sequences, attention over its outputs."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(7)
VOCAB = 30


class Sentences(Dataset):
    """Class 1: the word 5 comes before the word 6."""

    def __init__(self, n):
        generator = torch.Generator().manual_seed(n)
        self.items = []
        for _ in range(n):
            length = int(torch.randint(6, 15, (1,), generator=generator))
            words = torch.randint(7, VOCAB, (length,), generator=generator)
            i, j = torch.randperm(length, generator=generator)[:2].tolist()
            words[i], words[j] = 5, 6
            self.items.append((words, int(i < j)))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(batch):
    words, labels = zip(*batch)
    lengths = torch.tensor([len(w) for w in words])
    return pad_sequence(words, batch_first=True, padding_value=0), lengths, torch.tensor(labels, dtype=torch.float32)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, 24, num_layers=2, bidirectional=True, batch_first=True, dropout=0.2)
        self.score = nn.Linear(48, 1)
        self.out = nn.Linear(48, 1)

    def forward(self, words, lengths):
        packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True, enforce_sorted=False)
        output, (h, c) = self.lstm(packed)
        output, _ = pad_packed_sequence(output, batch_first=True)
        mask = torch.arange(output.size(1))[None, :] >= lengths[:, None]
        weights = self.score(torch.tanh(output)).squeeze(-1).masked_fill(mask, float("-inf")).softmax(-1)
        return self.out((weights.unsqueeze(-1) * output).sum(1)).squeeze(-1), weights


model = Classifier()
print(sum(p.numel() for p in model.parameters() if p.requires_grad), "parameters")
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
loader = DataLoader(Sentences(192), batch_size=25, shuffle=True, collate_fn=collate)
for epoch in range(6):
    model.train()
    total, right = 0.0, 0
    for words, lengths, labels in loader:
        optimizer.zero_grad()
        logits, _ = model(words, lengths)
        loss = criterion(logits, labels)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(labels)
        right += ((logits > 0) == labels.bool()).sum().item()
    print(f"epoch {epoch} loss {total / 192:.4f} accuracy {right / 192:.3f} norm {norm:.3f}")
model.eval()
with torch.inference_mode():
    words, lengths, labels = collate(Sentences(3).items)
    logits, weights = model(words, lengths)
print(weights.sum(1), weights.shape, torch.sigmoid(logits).round().tolist())
