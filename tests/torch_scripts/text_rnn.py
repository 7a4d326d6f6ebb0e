"""Predict the last word from those before it with an RNN: the shape of many tutorials."""

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.autograd import Variable

torch.manual_seed(0)
dtype = torch.FloatTensor
sentences = ["i like dog", "i love coffee", "i hate milk", "you like tea", "you hate dogs"]
word_list = sorted(set(" ".join(sentences).split()))
word_dict = {w: i for i, w in enumerate(word_list)}
n_class, n_step, n_hidden = len(word_dict), 2, 5


def make_batch():
    inputs, targets = [], []
    for sentence in sentences:
        words = [word_dict[w] for w in sentence.split()]
        inputs.append(np.eye(n_class)[words[:-1]])
        targets.append(words[-1])
    return Variable(dtype(np.array(inputs))), Variable(torch.LongTensor(targets))


class TextRNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(input_size=n_class, hidden_size=n_hidden)
        self.W = nn.Linear(n_hidden, n_class, bias=False)
        self.b = nn.Parameter(torch.ones([n_class]))

    def forward(self, hidden, X):
        X = X.transpose(0, 1)
        outputs, hidden = self.rnn(X, hidden)
        return self.W(outputs[-1]) + self.b


model = TextRNN()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.01)
input_batch, target_batch = make_batch()
for epoch in range(400):
    optimizer.zero_grad()
    output = model(torch.zeros(1, len(sentences), n_hidden), input_batch)
    loss = criterion(output, target_batch)
    if (epoch + 1) % 100 == 0:
        print("Epoch:", "%04d" % (epoch + 1), "cost =", "{:.6f}".format(loss))
    loss.backward()
    optimizer.step()
predict = model(torch.zeros(1, len(sentences), n_hidden), input_batch).data.max(1, keepdim=True)[1]
print([sen.split()[:2] for sen in sentences], "->", [word_list[n.item()] for n in predict.squeeze()])
