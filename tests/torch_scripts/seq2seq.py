"""Translate a reversed sequence of digits: GRU encoder and decoder with dot-product attention, teacher forcing."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim

torch.manual_seed(5)
random.seed(5)
SOS, EOS, SYMBOLS, HIDDEN = 0, 1, 12, 32


def pair():
    digits = [random.randrange(2, SYMBOLS) for _ in range(5)]
    return torch.tensor(digits + [EOS]).view(-1, 1), torch.tensor(digits[::-1] + [EOS]).view(-1, 1)


class EncoderRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, HIDDEN)
        self.gru = nn.GRU(HIDDEN, HIDDEN)

    def forward(self, input):
        return self.gru(self.embedding(input))


class AttnDecoderRNN(nn.Module):
    def __init__(self, dropout_p=0.1):
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, HIDDEN)
        self.dropout = nn.Dropout(dropout_p)
        self.gru = nn.GRU(HIDDEN, HIDDEN)
        self.out = nn.Linear(HIDDEN * 2, SYMBOLS)

    def forward(self, input, hidden, encoder_outputs):
        embedded = self.dropout(self.embedding(input).view(1, 1, -1))
        output, hidden = self.gru(embedded, hidden)
        scores = torch.bmm(output.transpose(0, 1), encoder_outputs.permute(1, 2, 0))
        weights = F.softmax(scores, dim=-1)
        context = torch.bmm(weights, encoder_outputs.transpose(0, 1))
        return F.log_softmax(self.out(torch.cat((output[0], context[:, 0]), 1)), dim=1), hidden, weights


encoder, decoder = EncoderRNN(), AttnDecoderRNN()
optimizers = [optim.Adam(m.parameters(), lr=5e-3) for m in (encoder, decoder)]
criterion = nn.NLLLoss()
running = 0
for iteration in range(1, 201):
    source, target = pair()
    for optimizer in optimizers:
        optimizer.zero_grad()
    encoder_outputs, hidden = encoder(source)
    word, loss = torch.tensor([[SOS]]), 0
    forcing = random.random() < 0.5
    for t in range(len(target)):
        output, hidden, weights = decoder(word, hidden, encoder_outputs)
        loss += criterion(output, target[t])
        word = target[t] if forcing else output.topk(1)[1].squeeze().detach()
        if not forcing and word.item() == EOS:
            break
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
    running += loss.item() / len(target)
    if iteration % 40 == 0:
        print("%d (%d%%) %.4f" % (iteration, iteration / 2, running / 40))
        running = 0
encoder.eval(), decoder.eval()
print(weights.shape, round(weights.sum().item(), 4))
