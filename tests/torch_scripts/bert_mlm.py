"""BERT in small: masked words and next sentences, attention written out."""

import math
import random
import re
from pydoc_data.topics import topics

import torch
import torch.nn as nn
import torch.nn.functional as F

random.seed(0)
torch.manual_seed(0)
sentences = [re.findall(r"[a-z]+", s.lower()) for s in topics["with"].split(".")]
sentences = [s[:10] for s in sentences if 4 < len(s)][:16]
word_dict = {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[MASK]": 3}
for s in sentences:
    for w in s:
        word_dict.setdefault(w, len(word_dict))
tokens = [[word_dict[w] for w in s] for s in sentences]
maxlen, batch_size, max_pred, d_model, n_heads, d_k, vocab_size = 26, 6, 3, 32, 2, 16, len(word_dict)


def make_batch():
    batch = []
    while len(batch) < batch_size:
        a, b = random.randrange(len(tokens)), random.randrange(len(tokens))
        if random.random() < 0.5:
            b = min(a + 1, len(tokens) - 1)
        ids = [1, *tokens[a], 2, *tokens[b], 2]
        segments = [0] * (len(tokens[a]) + 2) + [1] * (len(tokens[b]) + 1)
        places = [i for i, t in enumerate(ids) if t > 2]
        random.shuffle(places)
        masked_pos, masked = places[:max_pred], [ids[i] for i in places[:max_pred]]
        for i in masked_pos:
            ids[i] = 3 if random.random() < 0.8 else random.randrange(4, vocab_size)
        pad = maxlen - len(ids)
        batch.append([ids + [0] * pad, segments + [0] * pad, masked, masked_pos, int(a + 1 == b)])
    return map(torch.LongTensor, zip(*batch))


def gelu(x):
    return x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))


class MultiHeadAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.W_Q, self.W_K, self.W_V = (nn.Linear(d_model, d_k * n_heads) for _ in range(3))
        self.linear = nn.Linear(d_k * n_heads, d_model)
        self.norm = nn.LayerNorm(d_model)

    def forward(self, x, attn_mask):
        b = x.size(0)
        q, k, v = (w(x).view(b, -1, n_heads, d_k).transpose(1, 2) for w in (self.W_Q, self.W_K, self.W_V))
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(d_k)
        scores.masked_fill_(attn_mask.unsqueeze(1), -1e9)
        attn = nn.Softmax(dim=-1)(scores)
        context = torch.matmul(attn, v).transpose(1, 2).contiguous().view(b, -1, n_heads * d_k)
        return self.norm(self.linear(context) + x)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = MultiHeadAttention()
        self.fc1, self.fc2 = nn.Linear(d_model, 64), nn.Linear(64, d_model)

    def forward(self, x, mask):
        x = self.attention(x, mask)
        return self.fc2(gelu(self.fc1(x)))


class BERT(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok, self.pos, self.seg = nn.Embedding(vocab_size, d_model), nn.Embedding(maxlen, d_model), nn.Embedding(2, d_model)
        self.norm = nn.LayerNorm(d_model)
        self.layers = nn.ModuleList([Layer() for _ in range(2)])
        self.fc, self.activ = nn.Linear(d_model, d_model), nn.Tanh()
        self.classifier = nn.Linear(d_model, 2)
        self.decoder = nn.Linear(d_model, vocab_size, bias=False)
        self.decoder.weight = self.tok.weight
        self.decoder_bias = nn.Parameter(torch.zeros(vocab_size))

    def forward(self, ids, segments, masked_pos):
        position = torch.arange(ids.size(1), dtype=torch.long).unsqueeze(0).expand_as(ids)
        x = self.norm(self.tok(ids) + self.pos(position) + self.seg(segments))
        mask = ids.data.eq(0).unsqueeze(1).expand(ids.size(0), ids.size(1), ids.size(1))
        for layer in self.layers:
            x = layer(x, mask)
        next_sentence = self.classifier(self.activ(self.fc(x[:, 0])))
        masked = torch.gather(x, 1, masked_pos[:, :, None].expand(-1, -1, x.size(-1)))
        return self.decoder(F.gelu(masked)) + self.decoder_bias, next_sentence


model = BERT()
print(len(list(model.parameters())), "parameters,", len(model.state_dict()), "entries")
criterion = nn.CrossEntropyLoss(ignore_index=0)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(40):
    ids, segments, masked, masked_pos, is_next = make_batch()
    optimizer.zero_grad()
    logits_lm, logits_next = model(ids, segments, masked_pos)
    loss = criterion(logits_lm.transpose(1, 2), masked).float().mean() + nn.CrossEntropyLoss()(logits_next, is_next)
    if (epoch + 1) % 8 == 0:
        print("Epoch:", "%04d" % (epoch + 1), "cost =", "{:.4f}".format(loss.item()))
    loss.backward()
    optimizer.step()
