"""An LSTM forecasts a noisy sine, trained with L-BFGS and then Adam with a plateau schedule."""

import numpy as np
import torch
import torch.nn as nn

np.random.seed(2)
torch.manual_seed(0)
t = np.arange(0, 24, 0.2)
series = (np.sin(t) + 0.1 * np.random.randn(len(t))).astype("float64")
windows = np.stack([series[i : i + 21] for i in range(len(series) - 21)])
x, y = torch.from_numpy(windows[:, :-1]).unsqueeze(-1), torch.from_numpy(windows[:, -1:])
split = 80


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 16, batch_first=True)
        self.linear = nn.Linear(16, 1)

    def forward(self, x):
        out, (h, c) = self.lstm(x)
        return self.linear(h.squeeze(0))


model = Forecaster().double()
criterion = nn.MSELoss()
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=5)
for step in range(4):

    def closure():
        optimizer.zero_grad()
        loss = criterion(model(x[:split]), y[:split])
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    print("step", step, "loss: %.6f" % loss.item())
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", factor=0.5, patience=2)
for epoch in range(20):
    model.train()
    loss = criterion(model(x[:split]), y[:split])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    model.eval()
    with torch.no_grad():
        validation = nn.functional.l1_loss(model(x[split:]), y[split:])
    scheduler.step(validation)
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1} train {loss:.6f} validation {validation:.6f} lr {optimizer.param_groups[0]['lr']}")
