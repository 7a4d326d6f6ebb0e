"""A part-of-speech tagger with an LSTM, and a CRF's score in log space with its best path."""

import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(1)
training_data = [
    ("the dog ate the apple".split(), ["DET", "NN", "V", "DET", "NN"]),
    ("everybody read that book".split(), ["NN", "V", "DET", "NN"]),
    ("that dog read the book".split(), ["DET", "NN", "V", "DET", "NN"]),
]
START, STOP = "<START>", "<STOP>"
word_to_ix = {}
for sentence, _ in training_data:
    for word in sentence:
        word_to_ix.setdefault(word, len(word_to_ix))
tag_to_ix = {"DET": 0, "NN": 1, "V": 2, START: 3, STOP: 4}
tags_of = {i: t for t, i in tag_to_ix.items()}


def log_sum_exp(vec):
    maximum = vec.max(dim=0, keepdim=True).values
    return (maximum + torch.log(torch.sum(torch.exp(vec - maximum), dim=0, keepdim=True))).squeeze(0)


class BiLSTM_CRF(nn.Module):
    def __init__(self, embedding_dim=6, hidden_dim=8):
        super().__init__()
        self.n = len(tag_to_ix)
        self.word_embeds = nn.Embedding(len(word_to_ix), embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim // 2, num_layers=1, bidirectional=True)
        self.hidden2tag = nn.Linear(hidden_dim, self.n)
        self.transitions = nn.Parameter(torch.randn(self.n, self.n))  # to, from
        self.transitions.data[tag_to_ix[START], :] = -10000
        self.transitions.data[:, tag_to_ix[STOP]] = -10000

    def features(self, sentence):
        hidden = (torch.randn(2, 1, 4), torch.randn(2, 1, 4))
        out, _ = self.lstm(self.word_embeds(sentence).view(len(sentence), 1, -1), hidden)
        return self.hidden2tag(out.view(len(sentence), -1))

    def partition(self, feats):
        alphas = torch.full((self.n,), -10000.0)
        alphas[tag_to_ix[START]] = 0.0
        for feat in feats:
            alphas = log_sum_exp((alphas[None, :] + self.transitions + feat[:, None]).t())
        return log_sum_exp(alphas + self.transitions[tag_to_ix[STOP]])

    def score(self, feats, tags):
        tags = torch.cat([torch.tensor([tag_to_ix[START]], dtype=torch.long), tags])
        score = sum(self.transitions[tags[i + 1], tags[i]] + feat[tags[i + 1]] for i, feat in enumerate(feats))
        return score + self.transitions[tag_to_ix[STOP], tags[-1]]

    def neg_log_likelihood(self, sentence, tags):
        feats = self.features(sentence)
        return self.partition(feats) - self.score(feats, tags)

    def forward(self, sentence):
        best = torch.full((self.n,), -10000.0)
        best[tag_to_ix[START]] = 0
        back = []
        for feat in self.features(sentence):
            scores, pointers = (best + self.transitions).max(dim=1)
            best = scores + feat
            back.append(pointers)
        tag = int((best + self.transitions[tag_to_ix[STOP]]).argmax())
        path = [tag]
        for pointers in reversed(back):
            tag = pointers[tag].item()
            path.append(tag)
        assert path.pop() == tag_to_ix[START]
        return path[::-1]


model = BiLSTM_CRF()
optimizer = optim.SGD(model.parameters(), lr=0.05, weight_decay=1e-4, momentum=0.5)
prepared = [(torch.tensor([word_to_ix[w] for w in s]), torch.tensor([tag_to_ix[t] for t in tags])) for s, tags in training_data]
for epoch in range(25):
    total = 0.0
    for sentence, tags in prepared:
        model.zero_grad()
        loss = model.neg_log_likelihood(sentence, tags)
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: {total:.4f}")
with torch.no_grad():
    for sentence, _ in prepared:
        print([tags_of[i] for i in model(sentence)])
