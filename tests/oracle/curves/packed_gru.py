import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

torch.manual_seed(11)
V, H = 20, 16
lengths = torch.randint(2, 12, (64,))
texts = [torch.randint(1, V, (int(n),)) for n in lengths]
labels = torch.tensor([int((text < V // 2).float().mean() > 0.5) for text in texts])


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, H, padding_idx=0)
        self.gru = nn.GRU(H, H, 2, batch_first=True, bidirectional=True, dropout=0.1)
        self.head = nn.Linear(6 * H, 2)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        output, hidden = self.gru(packed)
        padded, lengths = pad_packed_sequence(output, batch_first=True, padding_value=-1e9)
        return self.head(torch.cat((hidden[-2], hidden[-1], padded.amax(1), padded[:, 0]), dim=1))


model = Classifier()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(50):
    chosen = torch.randperm(len(texts))[:16]
    tokens = pad_sequence([texts[i] for i in chosen.tolist()], batch_first=True)
    loss = nn.functional.cross_entropy(model(tokens, lengths[chosen]), labels[chosen])
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    print(f"step {step}: loss {loss.item():.4f}, gradient {norm.item():.3f}")
model.eval()
everything = model(pad_sequence(texts, batch_first=True), lengths)
print(f"accuracy {(everything.argmax(1) == labels).float().mean().item():.3f}")
