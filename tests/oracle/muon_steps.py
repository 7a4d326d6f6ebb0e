"""50 steps of Muon on matrices of several sizes; the parameters are saved under the name given."""

import sys

import numpy as np
import torch

SHAPES = [(32, 32), (64, 32), (48, 96), (128, 128), (100, 30)]

rng = np.random.default_rng(0)
parameters = [torch.nn.Parameter(torch.tensor(rng.normal(size=shape), dtype=torch.float32)) for shape in SHAPES]
optimizer = torch.optim.Muon(parameters, lr=0.01)
for _ in range(50):
    for p in parameters:
        p.grad = torch.tensor(rng.normal(size=tuple(p.shape)), dtype=torch.float32)
    optimizer.step()
np.savez(sys.argv[1], *[p.detach().numpy() for p in parameters])
