"""The spiral of "Deep Learning from Scratch 2" (Koki Saitoh, O'Reilly 2020, section 1.4), by torch's API.

Three arms of 100 points; a network 2 -> 10 -> 3 learns which arm a point belongs to. Prints the accuracy and draws the regions it learned.

    python examples/spiral.py
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from minitorch_nlp.examples.tools import drawing, picture

import minitorch_nlp as torch
import minitorch_nlp.nn as nn


def spiral(points: int = 100, arms: int = 3):
    """(points * arms, 2) coordinates and their arm: radius grows with the angle, which is a little noisy."""
    radius = torch.linspace(0, 1, points)
    coordinates, labels = [], []
    for arm in range(arms):
        angle = 4 * arm + 4 * radius + 0.2 * torch.randn(points)
        coordinates.append(torch.stack([radius * torch.sin(angle), radius * torch.cos(angle)], dim=1))
        labels += [arm] * points
    return torch.cat(coordinates), torch.tensor(labels)


def train(epochs: int, batch_size: int = 30, lr: float = 1.0):
    """The trained network, its data and the loss of each epoch."""
    x, t = spiral()
    model = nn.Sequential(nn.Linear(2, 10), nn.Sigmoid(), nn.Linear(10, 3))
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, t), batch_size=batch_size, shuffle=True)
    losses = []
    for epoch in range(epochs):
        total = 0.0
        for batch_x, batch_t in loader:
            loss = loss_of(model(batch_x), batch_t)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() / len(loader)
        losses.append(total)
        if (epoch + 1) % 100 == 0:
            print(f"epoch {epoch + 1:4d}: loss {total:.4f}")
    return model, x, t, losses


def draw_regions(model, x, t):
    """The regions the network assigns to each arm, and the points: a function of the axes."""

    def draw(axes):
        axis = torch.linspace(-1.1, 1.1, 300)
        grid_y, grid_x = torch.meshgrid(axis, axis, indexing="ij")
        with torch.no_grad():
            arm = model(torch.stack([grid_x.flatten(), grid_y.flatten()], dim=1)).argmax(1).view(300, 300)
        axes.contourf(grid_x.numpy(), grid_y.numpy(), arm.numpy(), levels=[-0.5, 0.5, 1.5, 2.5], colors=["#cfe2f3", "#fce5cd", "#d9ead3"])
        for label, (marker, color) in enumerate(zip("o^x", ("tab:blue", "tab:orange", "tab:green"))):
            points = x[t == label]
            axes.scatter(points[:, 0].numpy(), points[:, 1].numpy(), marker=marker, color=color, s=14)
        axes.set(title="What a 2-10-3 network learned of the spiral", xticks=[], yticks=[], aspect="equal")

    return draw


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Learn the spiral.")
    parser.add_argument("--epochs", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"))
    args = parser.parse_args(argv)
    torch.manual_seed(args.seed)
    model, x, t, _ = train(args.epochs)
    accuracy = (model(x).argmax(1) == t).float().mean().item()
    print(f"accuracy: {accuracy:.1%}, chance would be {1 / 3:.1%}, loss of chance {math.log(3):.3f}")
    args.out.mkdir(parents=True, exist_ok=True)
    picture(args.out / "spiral.png", drawing, draw_regions(model, x, t), size=(5, 5))


if __name__ == "__main__":
    main()
