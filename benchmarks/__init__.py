"""The same models here and in PyTorch, timed in turn: `make bench`."""
