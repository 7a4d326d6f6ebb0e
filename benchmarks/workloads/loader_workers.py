"""The same DataLoader with two workers that persist."""

from .loader import STEPS as STEPS
from .loader import build as build_loader


def build(torch):
    return build_loader(torch, workers=2)
