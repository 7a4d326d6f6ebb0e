"""Files: 100 MB of parameters saved to disk, or loaded from there."""

import tempfile
from pathlib import Path

STEPS = 5


def build(torch, which):
    folder = tempfile.TemporaryDirectory()  # lives as long as the step, which asks for its name
    state = {f"layer{i}.weight": torch.randn(1024, 1024) for i in range(25)}

    def save():
        torch.save(state, Path(folder.name) / "model.pt")

    def load():
        return torch.load(Path(folder.name) / "model.pt")

    save()
    return {"save": save, "load": load}[which]
