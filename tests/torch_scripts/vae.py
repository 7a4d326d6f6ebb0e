"""A variational autoencoder on generated pictures."""

import torch
import torch.utils.data
from torch import nn, optim
from torch.nn import functional as F

torch.manual_seed(1)
device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else torch.device("cpu")
yy, xx = torch.meshgrid(torch.arange(12.0), torch.arange(12.0), indexing="ij")
centres = torch.rand(320, 2, 1, 1) * 6 + 3
pictures = torch.exp(-((yy - centres[:, :1, 0:1]) ** 2 + (xx - centres[:, 1:, 0:1]) ** 2).squeeze(1) / 6).clamp(0, 1)
pictures = pictures.reshape(320, 144)
train_loader = torch.utils.data.DataLoader(pictures[:256], batch_size=32, shuffle=True)
test = pictures[256:]


class VAE(nn.Module):
    def __init__(self):
        super(VAE, self).__init__()
        self.fc1 = nn.Linear(144, 64)
        self.fc21 = nn.Linear(64, 4)
        self.fc22 = nn.Linear(64, 4)
        self.fc3 = nn.Linear(4, 64)
        self.fc4 = nn.Linear(64, 144)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def decode(self, z):
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 144))
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 144), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD


model = VAE().to(device)
optimizer = optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(1, 6):
    model.train()
    train_loss = 0
    for batch_idx, data in enumerate(train_loader):
        data = data.to(device)
        optimizer.zero_grad()
        recon_batch, mu, logvar = model(data)
        loss = loss_function(recon_batch, data, mu, logvar)
        loss.backward()
        train_loss += loss.item()
        optimizer.step()
    print("====> Epoch: {} Average loss: {:.3f}".format(epoch, train_loss / len(train_loader.dataset)))
    model.eval()
    with torch.no_grad():
        recon, mu, logvar = model(test)
        print("====> Test set loss: {:.3f}".format(loss_function(recon, test, mu, logvar).item() / len(test)))
with torch.no_grad():
    sample = model.decode(torch.randn(2, 4).to(device)).cpu()
print(sample.shape, "%.3f" % sample.mean())
