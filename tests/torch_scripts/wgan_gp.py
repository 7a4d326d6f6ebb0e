"""WGAN with gradient penalty on a ring of points: second derivatives through the critic; spectral and weight norm."""

import math

import torch
import torch.autograd as autograd
import torch.nn as nn
import torch.optim as optim
from torch.nn.utils import spectral_norm as old_spectral_norm
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

torch.manual_seed(1)
use_cuda = torch.cuda.is_available()
DIM, LAMBDA, BATCH = 24, 0.1, 32


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(2, DIM), nn.ReLU(True), nn.Linear(DIM, DIM), nn.ReLU(True), nn.Linear(DIM, 2))

    def forward(self, noise, real):
        return self.main(noise)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(2, DIM), nn.LeakyReLU(0.2), weight_norm(nn.Linear(DIM, DIM)), nn.SiLU(), nn.Linear(DIM, 1))

    def forward(self, x):
        return self.main(x).view(-1)


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Linear") != -1 and not hasattr(m, "parametrizations"):
        m.weight.data.normal_(0.0, 0.3)
        m.bias.data.fill_(0)


def inf_train_gen():
    while True:
        a = torch.rand(BATCH) * 2 * math.pi
        yield torch.stack((a.cos(), a.sin()), 1) + 0.05 * torch.randn(BATCH, 2)


def calc_gradient_penalty(netD, real, fake):
    alpha = torch.rand(BATCH, 1).expand(real.size())
    interpolates = (alpha * real + ((1 - alpha) * fake)).requires_grad_(True)
    d = netD(interpolates)
    gradients = autograd.grad(
        outputs=d, inputs=interpolates, grad_outputs=torch.ones(d.size()), create_graph=True, retain_graph=True, only_inputs=True
    )[0]
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean() * LAMBDA


netG, netD = Generator(), Discriminator()
netD.apply(weights_init)
netG.apply(weights_init)
print(netG)
print(netD)
print([n for n, _ in netD.named_parameters()])
optD, optG = optim.Adam(netD.parameters(), lr=1e-3, betas=(0.5, 0.9)), optim.Adam(netG.parameters(), lr=1e-3, betas=(0.5, 0.9))
one = torch.tensor(1, dtype=torch.float)
mone = one * -1
gen = inf_train_gen()
for it in range(8):
    for p in netD.parameters():
        p.requires_grad = True
    for _ in range(3):
        real = next(gen)
        netD.zero_grad()
        D_real = netD(real).mean()
        D_real.backward(mone)
        noise = torch.randn(BATCH, 2)
        with torch.no_grad():
            fake = netG(noise, real)
        D_fake = netD(fake).mean()
        D_fake.backward(one)
        gp = calc_gradient_penalty(netD, real, fake)
        gp.backward()
        D_cost, W = D_fake - D_real + gp, D_real - D_fake
        optD.step()
    for p in netD.parameters():
        p.requires_grad = False
    netG.zero_grad()
    G = netD(netG(torch.randn(BATCH, 2), real)).mean()
    G.backward(mone)
    G_cost = -G
    optG.step()
    print(f"{it} D {D_cost.item():.6f} G {G_cost.item():.6f} W {W.item():.6f} gp {gp.item():.6f}")

sn = nn.Sequential(spectral_norm(nn.Linear(2, 16)), nn.LeakyReLU(0.2), spectral_norm(nn.Linear(16, 1), n_power_iterations=2))
print(sn)
print(list(sn.state_dict()))
old = nn.Sequential(old_spectral_norm(nn.Linear(2, 16)), nn.LeakyReLU(0.2), old_spectral_norm(nn.Linear(16, 1)))
print(old, list(old.state_dict()))
for net in (sn, old):
    opt = optim.RMSprop(net.parameters(), lr=5e-3, eps=1e-3)
    for i in range(5):
        real, fake = next(gen), torch.randn(BATCH, 2)
        loss = torch.relu(1 - net(real)).mean() + torch.relu(1 + net(fake)).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        for p in net.parameters():
            p.data.clamp_(-0.5, 0.5)
        print(f"hinge {loss:.6f}", end=" ")
    print()
print("sigma %.5f %.5f" % (torch.linalg.matrix_norm(sn[0].weight, 2), torch.linalg.svdvals(old[0].weight)[0]))
