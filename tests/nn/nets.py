"""A network with a member of each kind: layers, a parameter, a buffer, a plain attribute."""

import minitorch_nlp as torch
from minitorch_nlp import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 3)
        self.scale = nn.Parameter(torch.ones(3))
        self.register_buffer("steps", torch.zeros(1))
        self.fc2 = nn.Linear(3, 2, bias=False)
        self.hidden = 3

    def forward(self, x):
        return self.fc2(self.fc1(x) * self.scale)
