"""REINFORCE with torch.distributions on a walk along a line."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical

torch.manual_seed(543)
GOAL, STEPS = 4, 12
eps = np.finfo(np.float32).eps.item()


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(2 * GOAL + 1, 16)
        self.dropout = nn.Dropout(p=0.2)
        self.affine2 = nn.Linear(16, 2)
        self.saved_log_probs = []
        self.rewards = []

    def forward(self, x):
        x = F.relu(self.dropout(self.affine1(x)))
        return F.softmax(self.affine2(x), dim=1)


policy = Policy()
optimizer = optim.Adam(policy.parameters(), lr=1e-2)


def select_action(place):
    state = F.one_hot(torch.tensor([place + GOAL]), 2 * GOAL + 1).float()
    m = Categorical(policy(state))
    action = m.sample()
    policy.saved_log_probs.append(m.log_prob(action))
    return action.item()


def finish_episode():
    R, returns = 0, []
    for r in policy.rewards[::-1]:
        R = r + 0.95 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + eps)
    loss = torch.cat([-log_prob * R for log_prob, R in zip(policy.saved_log_probs, returns)]).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    del policy.rewards[:]
    del policy.saved_log_probs[:]
    return loss.item()


running_reward = 0.0
for episode in range(1, 121):
    place, total = 0, 0.0
    for t in range(STEPS):
        place += 1 if select_action(place) == 1 else -1
        reward = 1.0 if place == GOAL else -0.05
        policy.rewards.append(reward)
        total += reward
        if abs(place) == GOAL:
            break
    running_reward = 0.05 * total + 0.95 * running_reward
    loss = finish_episode()
    if episode % 20 == 0:
        print("Episode {}\tLast reward: {:.2f}\tAverage reward: {:.2f}\tLoss: {:.3f}".format(episode, total, running_reward, loss))
