"""PyTorch on one thread: the tests run in several processes, and small tensors gain nothing from more."""

import importlib.util

if importlib.util.find_spec("torch"):
    import torch

    torch.set_num_threads(1)
