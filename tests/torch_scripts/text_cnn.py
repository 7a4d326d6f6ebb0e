"""TextCNN: convolutions of several widths over embeddings, max-over-time pooling."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(3)
VOCAB, LENGTH, CLASSES = 60, 20, 3


def make(n):
    x = torch.randint(10, VOCAB, (n, LENGTH))
    y = torch.randint(0, CLASSES, (n,))
    place = torch.randint(0, LENGTH - 2, (n,))
    for k in range(2):  # a pair of words tells the class
        x[torch.arange(n), place + k] = y * 2 + k
    return x, y


class TextCNN(nn.Module):
    def __init__(self, filters=16, sizes=(2, 3, 4)):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, 24, padding_idx=0)
        self.convs = nn.ModuleList([nn.Conv2d(1, filters, (k, 24)) for k in sizes])
        self.dropout = nn.Dropout(0.3)
        self.fc = nn.Linear(filters * len(sizes), CLASSES)

    def forward(self, x):
        x = self.embedding(x).unsqueeze(1)
        x = [F.relu(conv(x)).squeeze(3) for conv in self.convs]
        x = [F.max_pool1d(c, c.size(2)).squeeze(2) for c in x]
        return self.fc(self.dropout(torch.cat(x, 1)))


x, y = make(256)
test_x, test_y = make(100)
model = TextCNN()
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-4)
for epoch in range(5):
    model.train()
    order = torch.randperm(len(x))
    for chosen in order.split(32):
        optimizer.zero_grad()
        loss = criterion(model(x[chosen]), y[chosen])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        logits = model(test_x)
        accuracy = (logits.max(1)[1] == test_y).float().mean()
    print("Epoch: {:02d} | Loss: {:.4f} | Test: {:.4f} {:.2%}".format(epoch, loss, criterion(logits, test_y), accuracy))
