"""A gradient of a gradient: the critic of a Wasserstein GAN, kept smooth by a penalty on its slope.

    python examples/smooth_critic.py

A network f is to tell two clouds of points apart by mean f(a) - mean f(b). Without a bound on its slope it can make that as large as it
likes; under |f'| <= 1 the largest value is the distance by which mass must be moved to turn one cloud into the other (Kantorovich and
Rubinstein). The penalty (|f'(x)| - 1)^2 between the clouds (Gulrajani et al., 2017) is made of a gradient, and training takes its gradient:
f'' is needed. Every op has it. The penalty is soft: s D - w (s - 1)^2 is largest at a slope of s = 1 + D / (2 w), a little over 1.
"""

from __future__ import annotations

import math

from minitorch_nlp.examples.tools import drawing, options, picture
from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn


def clouds(n: int, distance: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Two round clouds (n, 2), the second one moved to the right: turning one into the other takes just that move."""
    return 0.3 * torch.randn(n, 2), 0.3 * torch.randn(n, 2) + torch.tensor([distance, 0.0])


def slopes(critic: nn.Module, points: torch.Tensor) -> torch.Tensor:
    """|f'(x)| at each point, recorded, so that it can be differentiated again."""
    points = points.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    return gradient.norm(dim=1)


def train(critic: nn.Module, a: torch.Tensor, b: torch.Tensor, steps: int, batch: int, lr: float, weight: float) -> tuple[list, list]:
    """The estimated distance and the mean slope, step by step."""
    optimizer = torch.optim.Adam(critic.parameters(), lr=lr, betas=(0.5, 0.9))
    distances, means = [], []
    for _ in (bar := tqdm(range(steps), desc="training", unit="step")):
        some_a, some_b = a[torch.randint(0, len(a), (batch,))], b[torch.randint(0, len(b), (batch,))]
        mix = torch.rand(batch, 1)
        distance = critic(some_b).mean() - critic(some_a).mean()
        slope = slopes(critic, mix * some_a + (1 - mix) * some_b)
        loss = -distance + weight * ((slope - 1) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        distances.append(distance.item())
        means.append(slope.mean().item())
        bar.set_postfix(distance=f"{distances[-1]:.3f}", slope=f"{means[-1]:.3f}")
    return distances, means


def draw_critic(critic: nn.Module, a: torch.Tensor, b: torch.Tensor):
    def draw(axes):
        across, up = torch.linspace(-1.2, 3.2, 90), torch.linspace(-1.5, 1.5, 60)
        grid_y, grid_x = torch.meshgrid(up, across, indexing="ij")
        with torch.no_grad():
            f = critic(torch.stack([grid_x.flatten(), grid_y.flatten()], dim=1)).reshape(60, 90)
        lines = axes.contour(across.numpy(), up.numpy(), f.numpy(), levels=14, cmap="viridis")
        axes.clabel(lines, fontsize=7)
        for points, color in ((a, "tab:orange"), (b, "tab:blue")):
            axes.scatter(points[:200, 0].numpy(), points[:200, 1].numpy(), s=6, color=color)
        axes.set(title="The critic's levels rise at slope 1 from one cloud to the other", aspect="equal")

    return draw


def main(argv: list[str] | None = None) -> None:
    args = options(
        __doc__, argv, steps=1500, batch=64, width=64, lr=1e-3, weight=(50.0, "of the penalty"), distance=(2.0, "between the clouds")
    )  # fmt: skip
    a, b = (cloud.to(args.device) for cloud in clouds(2000, args.distance))
    critic = nn.Sequential(nn.Linear(2, args.width), nn.Tanh(), nn.Linear(args.width, args.width), nn.Tanh(), nn.Linear(args.width, 1)).to(
        args.device
    )
    distances, means = train(critic, a, b, args.steps, args.batch, args.lr, args.weight)
    last = max(args.steps // 10, 1)
    found = sum(distances[-last:]) / last
    print(
        f"distance {found:.3f}, true {args.distance}; mean slope {sum(means[-last:]) / last:.3f}, expected {1 + args.distance / (2 * args.weight):.3f}"
    )
    if math.isnan(found):
        raise SystemExit("the training diverged")
    picture(args.out / "smooth_critic.png", drawing, draw_critic(critic, a.cpu(), b.cpu()), size=(7, 4.5))


if __name__ == "__main__":
    main()
