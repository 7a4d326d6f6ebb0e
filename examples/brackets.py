"""Teach a policy to write balanced brackets by reward alone: REINFORCE (Williams, 1992).

    python examples/brackets.py

A GRU writes strings of `( ) [ ]` until it chooses to end. A string earns its length, as a share of the longest, if it is balanced, and
loses a little if it is not. No string is ever shown to it. At first it balances one in five, nearly all of them empty; a longer one is a
rare accident to learn from.
"""

from __future__ import annotations

from minitorch_nlp.examples.tools import drawing, options, picture
from tqdm import tqdm

import minitorch_nlp as torch
import minitorch_nlp.nn as nn

SYMBOLS = "()[]"
END = 4  # the action that ends a string; also what the policy sees at the start
CLOSES = {")": "(", "]": "["}


def balanced(text: str) -> bool:
    """
    >>> balanced("([])[]"), balanced("([)]")
    (True, False)
    """
    open_ones: list[str] = []
    for c in text:
        if c not in CLOSES:
            open_ones.append(c)
        elif not open_ones or open_ones.pop() != CLOSES[c]:
            return False
    return not open_ones


def reward(text: str, longest: int) -> float:
    return len(text) / longest if balanced(text) else -0.1


class Policy(nn.Module):
    """Scores (N, 5) of the next symbol, from the one before and the GRU's state."""

    def __init__(self, width: int):
        super().__init__()
        self.embedding = nn.Embedding(5, width)
        self.cell = nn.GRUCell(width, width)
        self.head = nn.Linear(width, 5)

    def forward(self, symbol, state):
        state = self.cell(self.embedding(symbol), state)
        return self.head(state), state


def write(policy: Policy, n: int, longest: int):
    """`n` strings, the log-probability of each, and the mean entropy of the choices made."""
    symbol = torch.full((n,), END)
    state = torch.zeros(n, policy.cell.hidden_size)
    writing = torch.ones(n)
    log_probability, entropy = torch.zeros(n), torch.zeros(())
    chosen = []
    for _ in range(longest):
        scores, state = policy(symbol, state)
        choice = torch.distributions.Categorical(logits=scores)
        symbol = choice.sample()
        log_probability = log_probability + choice.log_prob(symbol) * writing
        entropy = entropy + (choice.entropy() * writing).mean()
        chosen.append(torch.where(writing > 0, symbol, torch.full_like(symbol, END)))
        writing = writing * (symbol != END)
    texts = ["".join(SYMBOLS[i] for i in row if i != END) for row in torch.stack(chosen, 1).tolist()]
    return texts, log_probability, entropy


def train(policy: Policy, steps: int, batch: int, longest: int, lr: float, bonus: float) -> tuple[list[float], list[float]]:
    """The mean reward and the share of balanced strings, step by step.

    d E[r] = E[(r - b) d log p], for any b that does not depend on the string: here the batch's mean, which lowers the variance. The bonus keeps the
    policy from settling too early; it fades.
    """
    optimizer = torch.optim.Adam(policy.parameters(), lr=lr)
    rewards, shares = [], []
    for step in (bar := tqdm(range(steps), desc="training", unit="step")):
        texts, log_probability, entropy = write(policy, batch, longest)
        r = torch.tensor([reward(text, longest) for text in texts])
        advantage = (r - r.mean()) / (r.std() + 1e-6)
        loss = -(advantage * log_probability).mean() - bonus * (1 - step / steps) * entropy
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        rewards.append(r.mean().item())
        shares.append(sum(map(balanced, texts)) / batch)
        bar.set_postfix(reward=f"{rewards[-1]:.2f}", balanced=f"{shares[-1]:.0%}")
    return rewards, shares


def main(argv: list[str] | None = None) -> None:
    args = options(
        __doc__, argv, steps=300, batch=128, longest=(12, "symbols of a string"), width=64, lr=5e-3, bonus=(0.1, "weight of the entropy")
    )
    policy = Policy(args.width).to(args.device)
    with torch.no_grad():
        before = write(policy, 1000, args.longest)[0]
    rewards, shares = train(policy, args.steps, args.batch, args.longest, args.lr, args.bonus)
    with torch.no_grad():
        after = write(policy, 1000, args.longest)[0]
    for name, texts in (("before", before), ("after", after)):
        good = [t for t in texts if balanced(t)]
        length = sum(map(len, good)) / max(len(good), 1)
        print(
            f"{name:7} balanced {len(good) / len(texts):.1%}, of mean length {length:.1f}, {len(set(good))} different; such as {texts[:4]}"
        )

    def draw(axes):
        axes.plot(rewards, label="reward")
        axes.plot(shares, label="share that is balanced")
        axes.set(xlabel="step", title="A policy that learns to balance brackets", ylim=(-0.15, 1.02))
        axes.legend()
        axes.grid(alpha=0.3)

    picture(args.out / "brackets.png", drawing, draw)


if __name__ == "__main__":
    main()
