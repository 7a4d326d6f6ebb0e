"""A feed-forward n-gram language model over words."""

import re
from pydoc_data.topics import topics

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(1)
CONTEXT_SIZE, EMBEDDING_DIM = 2, 10
words = re.findall(r"[a-z]+", topics["while"].lower())
trigrams = [([words[i], words[i + 1]], words[i + 2]) for i in range(len(words) - 2)]
vocab = sorted(set(words))
word_to_ix = {word: i for i, word in enumerate(vocab)}


class NGramLanguageModeler(nn.Module):
    def __init__(self, vocab_size, embedding_dim, context_size):
        super(NGramLanguageModeler, self).__init__()
        self.embeddings = nn.Embedding(vocab_size, embedding_dim)
        self.linear1 = nn.Linear(context_size * embedding_dim, 64)
        self.linear2 = nn.Linear(64, vocab_size)

    def forward(self, inputs):
        embeds = self.embeddings(inputs).view((1, -1))
        out = F.relu(self.linear1(embeds))
        return F.log_softmax(self.linear2(out), dim=1)


losses = []
loss_function = nn.NLLLoss()
model = NGramLanguageModeler(len(vocab), EMBEDDING_DIM, CONTEXT_SIZE)
optimizer = optim.SGD(model.parameters(), lr=0.05)
print(model)
for epoch in range(8):
    total_loss = 0
    for context, target in trigrams:
        context_idxs = torch.tensor([word_to_ix[w] for w in context], dtype=torch.long)
        model.zero_grad()
        log_probs = model(context_idxs)
        loss = loss_function(log_probs, torch.tensor([word_to_ix[target]], dtype=torch.long))
        loss.backward()
        optimizer.step()
        total_loss += loss.item()
    losses.append(total_loss / len(trigrams))
    print("epoch %d loss %.4f" % (epoch, losses[-1]))
print(model.embeddings.weight[word_to_ix["while"]])
with torch.no_grad():
    guess = model(torch.tensor([word_to_ix["if"], word_to_ix["the"]])).argmax().item()
print("if the ->", vocab[guess])
