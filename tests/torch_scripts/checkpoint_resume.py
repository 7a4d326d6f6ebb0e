"""Train, save, load into a new model and optimizer, go on: the losses are those of training without a break."""

import os
import tempfile

import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(64, 8)
y = (x @ torch.randn(8, 1)).tanh()


def build():
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Dropout(0.2), nn.Linear(16, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, amsgrad=True)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.05, total_steps=20)
    return model, optimizer, scheduler


def train(model, optimizer, scheduler, steps):
    model.train()
    for _ in range(steps):
        loss = nn.functional.smooth_l1_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        print(f"  {scheduler.last_epoch:2d} {scheduler.get_last_lr()[0]:.6f} {loss.item():.6f}")


parts = build()
train(*parts, 6)
path = os.path.join(tempfile.mkdtemp(), "checkpoint.pt")
model, optimizer, scheduler = parts
torch.save(
    {
        "epoch": 6,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "scheduler_state_dict": scheduler.state_dict(),
        "rng": torch.get_rng_state(),
    },
    path,
)
print("without a break")
train(*parts, 6)
torch.manual_seed(99)
model, optimizer, scheduler = build()
checkpoint = torch.load(path, map_location="cpu", weights_only=True)
print(sorted(checkpoint), model.load_state_dict(checkpoint["model_state_dict"]))
optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
scheduler.load_state_dict(checkpoint["scheduler_state_dict"])
torch.set_rng_state(checkpoint["rng"])
print("resumed after epoch", checkpoint["epoch"])
train(model, optimizer, scheduler, 6)
same = all(torch.equal(a, b) for a, b in zip(parts[0].state_dict().values(), model.state_dict().values()))
print("the same parameters:", same)
os.remove(path)
