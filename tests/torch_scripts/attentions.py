"""Attention as recent papers write it, and what stands in for it: relative shift, slopes, windows, random features, gated and dynamic convolution."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(12)
D, H, N = 16, 2, 12


class RelMHA(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h, self.dh = h, d // h
        self.qkv, self.r, self.o = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False), nn.Linear(d, d, bias=False)
        self.r_w_bias, self.r_r_bias = nn.Parameter(torch.randn(h, self.dh) * 0.1), nn.Parameter(torch.randn(h, self.dh) * 0.1)
        inv_freq = 1 / (10000 ** (torch.arange(0.0, d, 2.0) / d))
        self.register_buffer("inv_freq", inv_freq)

    def _rel_shift(self, x, zero_triu=False):
        zero_pad = torch.zeros((x.size(0), 1, *x.size()[2:]), device=x.device, dtype=x.dtype)
        x_padded = torch.cat([zero_pad, x], dim=1)
        x_padded = x_padded.view(x.size(1) + 1, x.size(0), *x.size()[2:])
        x = x_padded[1:].view_as(x)
        if zero_triu:
            ones = torch.ones((x.size(0), x.size(1)))
            x = x * torch.tril(ones, x.size(1) - x.size(0))[:, :, None, None]
        return x

    def forward(self, w, mems=None):
        w = w.transpose(0, 1)
        cat = w if mems is None else torch.cat([mems.transpose(0, 1), w], 0)
        qlen, klen, bsz = w.size(0), cat.size(0), w.size(1)
        pos_seq = torch.arange(klen - 1, -1, -1.0)
        sinusoid = torch.ger(pos_seq, self.inv_freq)
        r = self.r(torch.cat([sinusoid.sin(), sinusoid.cos()], dim=-1)).view(klen, self.h, self.dh)
        q, k, v = torch.chunk(self.qkv(cat), 3, dim=-1)
        q = q[-qlen:].view(qlen, bsz, self.h, self.dh)
        k, v = k.view(klen, bsz, self.h, self.dh), v.view(klen, bsz, self.h, self.dh)
        AC = torch.einsum("ibnd,jbnd->ijbn", (q + self.r_w_bias, k))
        BD = self._rel_shift(torch.einsum("ibnd,jnd->ijbn", (q + self.r_r_bias, r)))
        score = (AC + BD).mul_(1 / (self.dh**0.5))
        mask = torch.triu(w.new_ones(qlen, klen), diagonal=1 + klen - qlen).bool()[:, :, None]
        score = score.float().masked_fill(mask[:, :, :, None], -float("inf")).type_as(score)
        out = torch.einsum("ijbn,jbnd->ibnd", (F.softmax(score, dim=1), v))
        return self.o(out.contiguous().view(qlen, bsz, -1)).transpose(0, 1)


class ALiBi(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.qkv = nn.Linear(d, 3 * d)
        slopes = torch.tensor([2 ** (-8.0 * (i + 1) / h) for i in range(h)])
        dist = torch.arange(N).view(1, -1) - torch.arange(N).view(-1, 1)
        self.register_buffer("bias", (slopes[:, None, None] * dist).masked_fill(dist > 0, float("-inf")), persistent=False)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.h, -1)).permute(2, 0, 3, 1, 4)
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=self.bias[:, : x.size(1), : x.size(1)])
        return out.transpose(1, 2).reshape_as(x)


class Window(nn.Module):
    def __init__(self, d, w=3, strided=False):
        super().__init__()
        self.q, self.kv, self.w, self.strided = nn.Linear(d, d), nn.Linear(d, 2 * d), w, strided

    def windows(self, t):
        t = F.pad(t, (0, 0, self.w - 1, 0))
        if self.strided:
            t = t.contiguous()
            b, n, d = t.shape
            s = t.stride()
            return t.as_strided((b, n - self.w + 1, self.w, d), (s[0], s[1], s[1], s[2]))
        return t.unfold(1, self.w, 1).transpose(2, 3)

    def forward(self, x):
        q, (k, v) = self.q(x), self.kv(x).chunk(2, -1)
        k, v = self.windows(k), self.windows(v)
        att = (q.unsqueeze(2) * k).sum(-1) / math.sqrt(q.size(-1))
        valid = torch.arange(x.size(1)).unsqueeze(1) + torch.arange(self.w) >= self.w - 1
        return torch.matmul(att.masked_fill(~valid, float("-inf")).softmax(-1).unsqueeze(2), v).squeeze(2)


def orthogonal_matrix_chunk(cols):
    q, r = torch.linalg.qr(torch.randn((cols, cols)), mode="reduced")
    return (q * r.diagonal().sign()).t()


class Performer(nn.Module):
    def __init__(self, d, m=16):
        super().__init__()
        self.qkv = nn.Linear(d, 3 * d)
        self.register_buffer("proj", torch.cat([orthogonal_matrix_chunk(d) for _ in range(m // d)]) * math.sqrt(d))

    def feats(self, x, is_query):
        x = x * x.size(-1) ** -0.25
        dash = x @ self.proj.T
        diag = x.square().sum(-1, keepdim=True) / 2
        mx = dash.amax(dim=-1, keepdim=True) if is_query else dash.amax(dim=(-1, -2), keepdim=True)
        return (torch.exp(dash - diag - mx.detach()) + 1e-4) / math.sqrt(self.proj.size(0))

    def forward(self, x):
        q, k, v = self.qkv(x).tensor_split(3, dim=-1)
        q, k = self.feats(q, True), self.feats(k, False)
        kv = torch.einsum("bnm,bnd->bnmd", k, v).cumsum(1)
        z = 1.0 / (torch.einsum("bnm,bnm->bn", q, k.cumsum(dim=1)) + 1e-6)
        return torch.einsum("bnm,bnmd,bn->bnd", q, kv, z)


class GMLP(nn.Module):
    def __init__(self, d, n):
        super().__init__()
        self.i, self.norm, self.o = nn.Linear(d, 2 * d), nn.LayerNorm(d), nn.Linear(d, d)
        self.spatial = nn.Conv1d(n, n, 1)
        nn.init.constant_(self.spatial.bias, 1.0)
        nn.init.normal_(self.spatial.weight, std=1e-2)

    def forward(self, x):
        u, v = F.gelu(self.i(x)).chunk(2, -1)
        w = self.spatial.weight.tril(0).squeeze(-1) if False else torch.tril(self.spatial.weight.squeeze(-1)).unsqueeze(-1)
        return self.o(u * F.conv1d(self.norm(v), w, self.spatial.bias))


class GatedConv(nn.Module):
    def __init__(self, d, k=3, dilation=2):
        super().__init__()
        self.pad = nn.ConstantPad1d(((k - 1) * dilation, 0), 0.0)
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv1d(d, 2 * d, k, dilation=dilation))
        self.up = nn.ConvTranspose1d(d, d, 2, stride=2)
        self.pool = nn.AvgPool1d(2)

    def forward(self, x):
        return self.pool(self.up(F.glu(self.conv(self.pad(x.transpose(1, 2))), dim=1))).transpose(1, 2)


class DynamicConv(nn.Module):
    def __init__(self, d, h, k=3):
        super().__init__()
        self.h, self.k, self.w = h, k, nn.Linear(d, h * k)

    def forward(self, x):
        b, n, d = x.shape
        w = self.w(x).view(b * n * self.h, self.k, 1).softmax(1)
        xu = F.unfold(x.transpose(1, 2).unsqueeze(-1), (self.k, 1), padding=(self.k - 1, 0))[..., :n]
        xu = xu.transpose(1, 2).reshape(b * n * self.h, d // self.h, self.k)
        return torch.bmm(xu, w).view(b, n, d)


class LM(nn.Module):
    def __init__(self, mixer):
        super().__init__()
        self.emb, self.mixer, self.ln, self.out = nn.Embedding(11, D), mixer, nn.LayerNorm(D), nn.Linear(D, 11)

    def forward(self, x):
        h = self.emb(x)
        return self.out(self.ln(h + self.mixer(h)))


x = (torch.arange(N) * torch.randint(1, 5, (8, 1)) + torch.randint(0, 11, (8, 1))) % 11
for make in (
    lambda: RelMHA(D, H),
    lambda: ALiBi(D, H),
    lambda: Window(D),
    lambda: Window(D, 4, True),
    lambda: Performer(D),
    lambda: GMLP(D, N - 1),
    lambda: GatedConv(D),
    lambda: DynamicConv(D, H),
):
    torch.manual_seed(5)
    lm = LM(make())
    opt = torch.optim.AdamW(lm.parameters(), lr=2e-2)
    losses = []
    for i in range(8):
        loss = F.cross_entropy(lm(x[:, :-1]).reshape(-1, 11), x[:, 1:].reshape(-1))
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(round(loss.item(), 5))
    print(type(lm.mixer).__name__, ["%.4f" % l for l in losses[::2]], sum(p.numel() for p in lm.parameters()))
mem = RelMHA(D, H)
print(f"{mem(torch.ones(2, 3, D), torch.zeros(2, 4, D)).sum():.5f}", mem._rel_shift(torch.arange(9.0).view(3, 3, 1, 1))[..., 0, 0])
